"""Creates, reads, changes and deletes a credential at each vendor's API with a client that uses only the OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ORGANISATION
from gateway.apis import base_64

if TYPE_CHECKING:
    import httpx
    from conftest import Deployment


@dataclass(frozen=True, slots=True)
class Client:
    """Calls operations by their operationId, as the document describes them."""

    http: httpx.AsyncClient
    document: dict[str, Any]
    headers: dict[str, str]

    async def __call__(self, operation_id: str, *, body: dict[str, Any] | None = None, **parameters: Any) -> Any:
        """Call an operation, which must succeed, and return the body of its response."""
        answer, success = await self._answer(operation_id, body, parameters)
        assert answer.status_code == success, answer.text
        return answer.json() if answer.content else None

    async def status(self, operation_id: str, **parameters: Any) -> int:
        """Call an operation, and return the status of its response."""
        answer, _ = await self._answer(operation_id, None, parameters)
        return answer.status_code

    async def _answer(
        self, operation_id: str, body: dict[str, Any] | None, parameters: dict[str, Any]
    ) -> tuple[httpx.Response, int]:
        [(method, path, operation)] = [
            (method, path, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
            if operation["operationId"] == operation_id
        ]
        places = {each["name"]: each["in"] for each in operation.get("parameters", ())}
        assert parameters.keys() <= places.keys()
        assert (body is None) == ("requestBody" not in operation)
        [success] = [int(status) for status in operation["responses"] if status < "300"]
        server, *_ = self.document["servers"]
        answer = await self.http.request(
            method.upper(),
            server["url"].rstrip("/") + path.format(**parameters),
            params={name: value for name, value in parameters.items() if places[name] == "query"},
            headers=self.headers,
            json=body,
        )
        return answer, success


@pytest.fixture
async def client(deployment: Deployment, request: pytest.FixtureRequest) -> Client:
    """A client of the vendor that the test's name ends with."""
    vendor = request.node.name.rpartition("_")[2]
    document = (await deployment.http.get(f"/openapi/{vendor}.json")).json()
    # The keys of the document's security schemes, and its required headers.
    headers = {
        "versori": {"Authorization": f"Bearer {deployment.api_key}"},
        "slashid": {"SlashID-API-Key": deployment.api_key, "SlashID-OrgID": ORGANISATION},
        "tines": {"Authorization": f"Bearer {deployment.api_key}"},
    }[vendor]
    return Client(deployment.http, document, headers)


async def test_a_credential_is_created_changed_and_deleted_at_versori(client: Client) -> None:
    here: dict[str, Any] = {"organisationId": ORGANISATION}
    token = {"name": "token", "type": "Raw", "data": {"raw": base_64("hunter2")}}
    billing = {"username": base_64("anna"), "password": base_64("hunter2")}
    created = await client("CreateCredential", **here, body=token)
    this = {**here, "credentialId": created["id"]}

    assert await client("GetCredential", **this) == created
    assert created in (await client("GetCredentials", **here, first=50))["items"]
    updated = await client("UpdateCredential", **this, body={"name": "billing", "type": "BasicAuth", "data": billing})
    assert (updated["name"], updated["data"]) == ("billing", {"username": billing["username"]})
    assert (await client("GetCredentials", **here))["items"] == [updated]
    assert await client("DeleteCredential", **this) == {"id": created["id"]}
    assert await client.status("GetCredential", **this) == 404
    assert await client("GetCredentials", **here) == {"items": [], "totalCount": 0}


async def test_a_credential_is_created_changed_and_deleted_at_slashid(client: Client) -> None:
    body = {"extcred_provider": "generic", "extcred_type": "api_key", "json_blob": {"api_key": "hunter2"}}
    created = await client("PostOrganizationsConfigExternalCredentials", body=body)
    this: dict[str, Any] = {"cred_id": created["result"][0]}

    shown = (await client("GetOrganizationsConfigExternalCredentialsCredId", **this))["result"]
    assert shown == {
        "external_cred_id": this["cred_id"], "organization_id": ORGANISATION, "extcred_label": "", **body,
    }  # fmt: skip
    await client("PatchOrganizationsConfigExternalCredentialsCredId", **this, body={"extcred_label": "store"})
    listed = (await client("GetOrganizationsConfigExternalCredentials"))["result"]
    del shown["json_blob"]
    assert listed == [{**shown, "extcred_label": "store"}]
    await client("DeleteOrganizationsConfigExternalCredentials", credentialId=this["cred_id"])
    assert await client.status("GetOrganizationsConfigExternalCredentialsCredId", **this) == 404
    assert (await client("GetOrganizationsConfigExternalCredentials"))["result"] == []


async def test_a_credential_is_created_changed_and_deleted_at_tines(client: Client) -> None:
    team = await client("CreateTeam", body={"name": "Payments"})
    folder = await client("CreateFolder", body={"name": "Shops", "content_type": "CREDENTIAL", "team_id": team["id"]})
    text = {"mode": "TEXT", "name": "token", "value": "hunter2", "team_id": team["id"]}
    created = await client("CreateUserCredential", body=text)
    this = {"id": created["id"]}

    assert await client("GetUserCredential", **this) == created
    updated = await client("UpdateUserCredential", **this, body={"mode": "TEXT", "folder_id": folder["id"]})
    assert updated == {**created, "folder_id": folder["id"], "updated_at": updated["updated_at"]}
    patched = await client("PatchUserCredential", **this, body={"mode": "TEXT", "name": "Store token"})
    assert (patched["slug"], patched["folder_id"]) == ("store_token", folder["id"])
    listed = await client("ListUserCredentials", folder_id=folder["id"], per_page=5)
    assert (listed["user_credentials"], listed["meta"]["count"]) == ([patched], 1)
    assert await client.status("DeleteTeam", id=team["id"]) == 422
    await client("DeleteUserCredential", **this)
    assert await client.status("GetUserCredential", **this) == 404
    await client("DeleteFolder", id=folder["id"])
    await client("DeleteTeam", id=team["id"])
    assert await client.status("GetTeam", id=team["id"]) == 404
