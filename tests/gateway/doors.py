"""What the tests of the vendors' doors share: the house they knock at, and how an answer may look."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import asyncpg

from strongroom.v1.credential_pb2 import CredentialData
from strongroom.v1.credential_service_pb2 import AccessCredentialRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub

if TYPE_CHECKING:
    import grpc
    import httpx

ORGANISATION = "default"

# JSON bodies that no door takes, with the rule that they break.
BAD_JSON = {
    "": "must be JSON",
    '{"name": "n"': "must be JSON",
    '{"name": "n"} {}': "nothing after it",
    "[]": "must be a JSON object",
    '{"name": NaN}': "must not hold NaN or Infinity",
    '{"name": "n", "name": "n"}': "must not repeat a key",
    '{"extra": {"a": 1, "a": 2}}': "must not repeat a key",
    '{"name": "\\ud800"}': "must not hold lone surrogates",
    '{"extra": ' + "[" * 40 + "]" * 40 + "}": "must not be nested deeper than",
    '{"extra":' * 100_000: "must not be nested deeper than",
}


class House(Protocol):
    """A whole running service, with its bootstrap key: every role, in an organisation that has the teams 1 and 2."""

    @property
    def http(self) -> httpx.AsyncClient: ...
    @property
    def grpc(self) -> grpc.aio.Channel: ...
    @property
    def api_key(self) -> str: ...
    @property
    def database_url(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Shape:
    """Equals every text of this pattern."""

    pattern: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self.pattern, other) is not None

    def __hash__(self) -> int:
        return hash(self.pattern)


@dataclass(frozen=True, slots=True)
class Number:
    """Equals every whole number from 1."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and other >= 1

    def __hash__(self) -> int:
        return 0


ULID = Shape("[0-7][0-9A-HJKMNP-TV-Z]{25}")
UUID = Shape("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
MILLISECONDS = Shape(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def base_64(value: str | bytes) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


async def stored(house: House) -> int:
    """How many credentials there are, of every kind and state."""
    connection = await asyncpg.connect(house.database_url)
    try:
        count = await connection.fetchval("SELECT count(*) FROM credentials")
    finally:
        await connection.close()
    assert isinstance(count, int)
    return count


async def data_of(house: House, credential_id: str, target_host: str = "") -> CredentialData:
    """All secret data of a credential, as its users get it."""
    credential = await CredentialServiceStub(house.grpc).AccessCredential(
        AccessCredentialRequest(id=credential_id, target_host=target_host, allow_invalid=True),
        metadata=(("authorization", f"Bearer {house.api_key}"),),
    )
    return credential.data
