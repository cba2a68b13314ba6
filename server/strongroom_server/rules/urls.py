"""Checks URLs."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_SPACE_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f]")


def is_url(text: str, *, public: bool = False) -> bool:
    """Whether the text is an http or https URL. A public one has neither user name, password nor fragment."""
    # urlsplit() drops some of these characters, so it would check a different text.
    if _SPACE_OR_CONTROL.search(text):
        return False
    try:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            return False
    except ValueError:
        return False
    return not (public and ("@" in parts.netloc or "#" in text))
