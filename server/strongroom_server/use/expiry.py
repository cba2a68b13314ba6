"""When a token expires whose provider does not say: a JWT says it itself."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from strongroom_server.rules.json_text import JsonTextError, parse_object

if TYPE_CHECKING:
    from datetime import datetime

_MOST_SECONDS: Final = 1e9


def seconds_of_jwt(token: str, now: datetime) -> float | None:
    """How long a token still lives if it is a JWT (RFC 7519) with `exp`, otherwise None. The receiver checks its signature."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = parse_object(base64.urlsafe_b64decode(f"{parts[1]}==="))
    except (JsonTextError, ValueError):
        return None
    expire = claims.get("exp")
    if isinstance(expire, bool) or not isinstance(expire, int | float):
        return None
    seconds = expire - now.timestamp()
    return max(seconds, 0.0) if seconds < _MOST_SECONDS else None
