"""Reads the header Retry-After of a response (RFC 9110 §10.2.3)."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_SECONDS: Final = 86_400.0


def retry_after_of(headers: Iterable[tuple[str, str]]) -> float | None:
    """The seconds that it says, at most a day. None if it is absent or has a mistake."""
    values = dict(headers)
    value = values.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value, re.ASCII):
        return min(float(value), _LONGEST_SECONDS)
    try:
        # By the server's clock alone.
        seconds = (parsedate_to_datetime(value) - parsedate_to_datetime(values["date"])).total_seconds()
    except (KeyError, ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), _LONGEST_SECONDS)
