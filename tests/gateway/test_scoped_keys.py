"""Vendors' clients whose key has a scope see and change only what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from credentials.listing import made_folder
from gateway.apis import another_organisation, slashid, tines, versori
from gateway.tines_samples import TEXT
from rpc.calls import bearer, make_key

from strongroom.v1.credential_pb2 import SURFACE_SLASHID, SURFACE_TINES, SURFACE_VERSORI
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_USER, ROLE_WRITER, Scope

if TYPE_CHECKING:
    from conftest import Deployment

SLASHID_BODY = {"extcred_provider": "generic", "extcred_type": "api_key", "json_blob": {"api_key": "k"}}
VERSORI_BODY = {"name": "n", "type": "Default", "data": {"k": "dmFsdWU="}}


async def scoped(deployment: Deployment, by: str, **fields: Any) -> str:
    """A key with this scope that may use, read and write."""
    roles = (ROLE_READER, ROLE_WRITER, ROLE_USER)
    return (await make_key(deployment, *roles, by=bearer(by), scope=Scope(**fields))).key


async def test_slashids_delete_all_deletes_only_what_is_in_the_scope(deployment: Deployment) -> None:
    organisation, key = await another_organisation(deployment)
    whole = slashid(deployment, key, organisation)
    inside, outside = [(await whole.request_json("POST", json=SLASHID_BODY))["result"][0] for _ in range(2)]
    limited = slashid(deployment, await scoped(deployment, key, credential_ids=[inside]), organisation)
    assert [each["external_cred_id"] for each in (await limited.request_json("GET"))["result"]] == [inside]
    assert (await limited.request("GET", f"/{outside}")).status_code == 404
    # Like an id that does not exist.
    assert (await limited.request("DELETE", f"?credentialId={outside}")).status_code == 204
    assert (await limited.request("DELETE", "?deleteAll=true")).status_code == 204
    assert [each["external_cred_id"] for each in (await whole.request_json("GET"))["result"]] == [outside]
    assert (await limited.request("POST", json=SLASHID_BODY)).status_code == 403


async def test_a_key_of_one_surface_does_not_use_another_vendors_endpoints(deployment: Deployment) -> None:
    organisation, key = await another_organisation(deployment)
    await tines(deployment, key=key).request_json("POST", json={**TEXT, "team_id": 1})
    made = await versori(deployment, key, organisation).request("POST", json=VERSORI_BODY)
    limited = await scoped(deployment, key, surfaces=[SURFACE_SLASHID, SURFACE_VERSORI])
    at_tines = tines(deployment, key=limited)
    assert (await at_tines.request_json("GET"))["user_credentials"] == []
    refused = await at_tines.request("POST", json={**TEXT, "team_id": 1})
    assert refused.status_code == 403
    at_versori = versori(deployment, limited, organisation)
    assert (await at_versori.request("POST", json=VERSORI_BODY)).status_code == made.status_code == 201


async def test_tines_shows_and_moves_only_what_is_in_the_folders_of_the_scope(deployment: Deployment) -> None:
    _, key = await another_organisation(deployment)
    inside, outside = [await made_folder(deployment, bearer(key), team_id=1) for _ in range(2)]
    whole = tines(deployment, key=key)
    shown, hidden = [
        await whole.request_json("POST", json={**TEXT, "team_id": 1, "folder_id": folder_id})
        for folder_id in (inside, outside)
    ]
    limited = tines(deployment, key=await scoped(deployment, key, folder_ids=[inside], surfaces=[SURFACE_TINES]))
    page = await limited.request_json("GET")
    assert [each["id"] for each in page["user_credentials"]] == [shown["id"]]
    assert page["meta"]["count"] == 1
    assert (await limited.request_json("GET", f"?folder_id={outside}"))["user_credentials"] == []
    assert (await limited.request("GET", f"/{hidden['id']}")).status_code == 404
    moved = await limited.request("PUT", f"/{shown['id']}", json={"mode": "TEXT", "folder_id": outside})
    assert moved.status_code == 403
    assert "folder_id must be within the scope" in moved.text
    assert (await limited.request("DELETE", f"/{hidden['id']}")).status_code == 404
