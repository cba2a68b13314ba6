"""What is sealed of a token, the content of a box of the table `tokens`, and when a stored token belongs to a credential."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from strongroom_server.sealing.keyring import seal_broken

if TYPE_CHECKING:
    from strongroom_server.core.records import Credential, StoredToken
    from strongroom_server.sealing.keyring import Keyring


class Pair(msgspec.Struct, frozen=True, omit_defaults=True):
    """An access token, and what came with it. The repr has no values.

    `seed_sha256` is the hash of the refresh token in the credential's data when a grant began: while the data has it, the grant
    goes on with its own. `rotates` is False if the provider left the refresh token as it was. `endpoint_origin` is set if the grant
    began with a person's consent: the origin of the token endpoint that issued it, the only one that may get its refresh token.
    """

    access_token: str
    token_type: str = ""
    scopes: tuple[str, ...] = ()
    refresh_token: str = ""
    seed_sha256: bytes = b""
    rotates: bool = True
    endpoint_origin: str = ""
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


def origin_of(url: str) -> str:
    """The scheme and the authority of the URL of a token endpoint, as `endpoint_origin` has them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def policy_of(row: Credential) -> bytes:
    """The hash of what decides, besides the data, which token a provider issues and how it is sent."""
    return hashlib.sha256(len(row.use_settings).to_bytes(4) + row.use_settings + row.tines_settings).digest()


def is_same_policy(one: Credential, other: Credential) -> bool:
    """Whether a token of one row of a credential is a token of the other: data and policy are the same."""
    return (one.id, one.version, policy_of(one)) == (other.id, other.version, policy_of(other))


def is_of(row: Credential, stored: StoredToken) -> bool:
    """Whether the token was issued for the present data and policy of the credential."""
    return stored.token.version == row.version and stored.token.policy_sha256 == policy_of(row)


async def open_pair(keyring: Keyring, row: Credential, parameters_sha256: bytes, stored: StoredToken) -> Pair:
    """Verify and open a token of a verified credential. Raises SEAL_BROKEN, OPENING_KEY_ABSENT, SEALING_KEY_DESTROYED."""
    token = stored.token
    key = (row.organisation_id, row.id, parameters_sha256)
    if (token.organisation_id, token.credential_id, token.parameters_sha256) != key or stored.box is None:
        raise seal_broken(row)
    await keyring.verify(token)
    return decode(keyring.unseal_token(row, token, stored.box))
