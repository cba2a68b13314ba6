"""Helpers for tests of the vendors' APIs: clients of each API, and values that match parts of responses."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conftest import API_KEY, ORGANISATION
from rpc.calls import other_organisation

from strongroom.v1.credential_service_pb2 import AccessCredentialRequest, GetCredentialRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx
    from conftest import Deployment

    from strongroom.v1.credential_pb2 import CredentialData

# JSON bodies that every API refuses, with the rule that they break.
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
    '{"extra":' * 5_000: "must not be nested deeper than",
    '{"extra":' * 100_000: "must not hold more than",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Equals every string that matches the pattern."""

    pattern: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self.pattern, other) is not None

    def __hash__(self) -> int:
        return hash(self.pattern)


@dataclass(frozen=True, slots=True)
class Number:
    """Equals every integer from 1."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and other >= 1

    def __hash__(self) -> int:
        return 0


ULID = Shape("[0-7][0-9A-HJKMNP-TV-Z]{25}")
UUID = Shape("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
MILLISECONDS = Shape(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def base_64(value: str | bytes) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


async def count_credentials(deployment: Deployment) -> int:
    """The number of credentials in the database, in every state."""
    async with deployment.sql() as connection:
        count = await connection.fetchval("SELECT count(*) FROM credentials")
    assert isinstance(count, int)
    return count


async def data_of(deployment: Deployment, credential_id: str, target_host: str = "") -> CredentialData:
    """All secret data of a credential, as AccessCredential returns it."""
    request = AccessCredentialRequest(id=credential_id, allow_invalid=True, target_host=target_host)
    return (await deployment.credentials.AccessCredential(request, metadata=deployment.metadata)).data


async def id_of(deployment: Deployment, number: int) -> str:
    """The id of the credential with this number."""
    request = GetCredentialRequest(id=str(number))
    return (await deployment.credentials.GetCredential(request, metadata=deployment.metadata)).id


@dataclass(frozen=True, slots=True)
class VendorApi:
    """A client of a vendor's API. `path` is the path of a collection, to which `below` is appended."""

    http: httpx.AsyncClient
    path: str
    headers: Mapping[str, str]

    async def request(
        self, method: str, below: str = "", *, headers: Mapping[str, str] | None = None, **sent: Any
    ) -> httpx.Response:
        return await self.http.request(method, self.path + below, headers={**self.headers, **(headers or {})}, **sent)

    async def request_json(self, method: str, below: str = "", **sent: Any) -> Any:
        """The JSON body of a response, which must be a success."""
        response = await self.request(method, below, **sent)
        assert response.is_success, response.text
        return response.json()


def versori(deployment: Deployment, key: str = API_KEY, organisation: str = ORGANISATION) -> VendorApi:
    path = f"/api/switchboard/v1alpha1/organisations/{organisation}/credentials"
    return VendorApi(deployment.http, path, {"Authorization": f"Bearer {key}"})


def slashid(deployment: Deployment, key: str = API_KEY, organisation: str = ORGANISATION) -> VendorApi:
    headers = {"SlashID-API-Key": key, "SlashID-OrgID": organisation}
    return VendorApi(deployment.http, "/organizations/config/external-credentials", headers)


def tines(deployment: Deployment, resource: str = "user_credentials", key: str = API_KEY) -> VendorApi:
    return VendorApi(deployment.http, f"/api/v1/{resource}", {"Authorization": f"Bearer {key}"})


async def another_organisation(deployment: Deployment) -> tuple[str, str]:
    """The id of a new organisation, and a key with every role of it except operator."""
    name, [(_, authorization)] = await other_organisation(deployment)
    return name, authorization.removeprefix("Bearer ")
