"""The content of a token's box."""

from __future__ import annotations

import msgspec


class Pair(msgspec.Struct, frozen=True):
    """An access token, with its refresh token if it has one. The repr has no values."""

    access_token: str
    token_type: str
    scopes: tuple[str, ...]
    refresh_token: str = ""
    seed_sha256: bytes = b""
    access_key_id: str = ""
    session_token: str = ""

    def __repr__(self) -> str:
        return "<Pair>"
