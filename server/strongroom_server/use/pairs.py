"""What is sealed of a token: the content of a box of the table `tokens`."""

from __future__ import annotations

import hashlib

import msgspec


class Pair(msgspec.Struct, frozen=True, omit_defaults=True):
    """An access token, and what came with it. The repr has no values.

    `seed_sha256` is the hash of the refresh token of the credential's data with which a grant began: as long as the data has it, the
    grant goes on with its own refresh token. `rotates` is False if the provider left the refresh token as it was.
    """

    access_token: str
    token_type: str = ""
    scopes: tuple[str, ...] = ()
    refresh_token: str = ""
    seed_sha256: bytes = b""
    rotates: bool = True
    # Of AWS: access_token is the secret access key.
    access_key_id: str = ""
    session_token: str = ""

    def __repr__(self) -> str:
        return "<Pair>"


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Pair)


def encode(pair: Pair) -> bytes:
    """The content of the box."""
    return _ENCODER.encode(pair)


def decode(content: bytes) -> Pair:
    """The pair in the content of a box that a node sealed."""
    return _DECODER.decode(content)


def sha256_of(token: str) -> bytes:
    """The hash by which callers name a token that was rejected, and by which a grant knows its seed."""
    return hashlib.sha256(token.encode()).digest()
