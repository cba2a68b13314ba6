"""The rules of headers that a credential adds to a request."""

from __future__ import annotations

import re
from typing import Final

from strongroom_server.rules.use_settings import HEADERS_OF_THE_CLIENT

# RFC 9110 §5.6.2.
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,255}", re.ASCII)
_VALUE: Final = re.compile(r"[\x20-\x7e\t]*")


def broken_name_rule(name: str) -> str | None:
    """The rule that the name of a header breaks, or None."""
    if not _NAME.fullmatch(name):
        return "must have names of 1 to 255 of the characters that RFC 9110 allows in a token"
    if name.lower() in HEADERS_OF_THE_CLIENT or name.lower() == "accept-encoding":
        return "must not have a header that describes the connection or the body, such as Host or Accept-Encoding"
    return None


def broken_value_rule(value: str) -> str | None:
    """The rule that the value of a header breaks, or None. The rule holds nothing of the value."""
    if "\r" in value or "\n" in value:
        return "must not have CR or LF in a value"
    return None if _VALUE.fullmatch(value) else "must have values of printable ASCII characters"
