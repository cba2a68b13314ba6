"""Converts the claim patterns of an identity to the form in its row, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

_STORED: Final = msgspec.msgpack.Decoder(list[tuple[str, str]])


def encode(claims: Mapping[str, str]) -> bytes:
    """The form of claims in a row: equal claims have equal bytes. Empty if there are none."""
    return msgspec.msgpack.encode(sorted(claims.items())) if claims else b""


def decode(stored: bytes) -> dict[str, str]:
    """The claims in a verified row."""
    return dict(_STORED.decode(stored)) if stored else {}
