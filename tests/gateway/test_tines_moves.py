"""Tests moves of Tines' credentials to another team, into a folder, and back to the root."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gateway.apis import tines
from gateway.tines_samples import TEXT
from rpc.calls import key_of

from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_WRITER, CreateFolderRequest, Folder

if TYPE_CHECKING:
    from conftest import Deployment

METHODS = ("PUT", "PATCH")


async def create_folder(deployment: Deployment, team_id: int) -> int:
    request = CreateFolderRequest(folder=Folder(team_id=team_id, name="f"))
    return (await deployment.organisations.CreateFolder(request, metadata=deployment.metadata)).id


async def create(deployment: Deployment, **changed: object) -> Any:
    return await tines(deployment).request_json("POST", json={**TEXT, **changed})


async def place_after(deployment: Deployment, credential: Any, method: str, **sent: object) -> tuple[int, int | None]:
    """Update a credential, and return its team and folder, which a read must repeat."""
    below = f"/{credential['id']}"
    answer = await tines(deployment).request_json(method, below, json={"mode": "TEXT", **sent})
    assert await tines(deployment).request_json("GET", below) == answer
    return answer["team_id"], answer["folder_id"]


@pytest.mark.parametrize("method", METHODS)
async def test_a_credential_moves_into_a_folder_of_its_team_and_to_another(deployment: Deployment, method: str) -> None:
    first, second = await create_folder(deployment, 2), await create_folder(deployment, 2)
    credential = await create(deployment)

    assert credential["folder_id"] is None
    assert await place_after(deployment, credential, method, folder_id=first) == (2, first)
    assert await place_after(deployment, credential, method, folder_id=second, team_id=2) == (2, second)
    assert await place_after(deployment, credential, method, name="renamed") == (2, second)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("root", [None, ""])
async def test_an_empty_folder_is_the_root_of_the_team(deployment: Deployment, method: str, root: str | None) -> None:
    credential = await create(deployment, folder_id=await create_folder(deployment, 2))

    assert await place_after(deployment, credential, method, folder_id=root) == (2, None)
    assert await place_after(deployment, credential, method, folder_id=root) == (2, None)


@pytest.mark.parametrize("method", METHODS)
async def test_a_move_to_another_team_removes_the_credential_from_its_folder(
    deployment: Deployment, method: str
) -> None:
    here, there = await create_folder(deployment, 2), await create_folder(deployment, 1)
    credential = await create(deployment, folder_id=here)

    assert await place_after(deployment, credential, method, team_id=2) == (2, here)
    assert await place_after(deployment, credential, method, team_id=1) == (1, None)
    assert await place_after(deployment, credential, method, team_id=2, folder_id=here) == (2, here)
    assert await place_after(deployment, credential, method, team_id=1, folder_id=there) == (1, there)
    assert await place_after(deployment, credential, method, team_id=2, folder_id=None) == (2, None)


@pytest.mark.parametrize("method", METHODS)
async def test_the_folder_must_belong_to_the_team(deployment: Deployment, method: str) -> None:
    here, there = await create_folder(deployment, 2), await create_folder(deployment, 1)
    credential = await create(deployment, folder_id=here)

    for sent in ({"folder_id": there}, {"team_id": 1, "folder_id": here}, {"team_id": 2, "folder_id": there}):
        answer = await tines(deployment).request(method, f"/{credential['id']}", json={"mode": "TEXT", **sent})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["message"] == "Validation failed"
        assert answer.json()["errors"][0]["details"].startswith("folder_id must be ")
    assert await tines(deployment).request_json("GET", f"/{credential['id']}") == credential


async def test_a_key_limited_to_teams_moves_credentials_only_between_them(deployment: Deployment) -> None:
    [(_, authorization)] = await key_of(deployment, ROLE_WRITER, ROLE_READER, team_ids=(2,))
    api = tines(deployment, key=authorization.removeprefix("Bearer "))
    mine, theirs = await create(deployment, team_id=2), await create(deployment, team_id=1, read_access="GLOBAL")

    out = await api.request("PUT", f"/{mine['id']}", json={"mode": "TEXT", "team_id": 1})
    into = await api.request("PUT", f"/{theirs['id']}", json={"mode": "TEXT", "team_id": 2})
    stays = await api.request("PUT", f"/{mine['id']}", json={"mode": "TEXT", "name": "renamed"})

    assert [answer.status_code for answer in (out, into, stays)] == [403, 403, 200]
    assert out.json()["errors"][0]["message"] == "Forbidden"
    assert await tines(deployment).request_json("GET", f"/{theirs['id']}") == theirs


async def test_a_list_of_a_folder_shows_moved_credentials(deployment: Deployment) -> None:
    first, second = await create_folder(deployment, 2), await create_folder(deployment, 2)
    credential = await create(deployment, folder_id=first)

    async def listed(folder_id: int) -> list[int]:
        answer = await tines(deployment).request_json("GET", params={"folder_id": folder_id})
        return [each["id"] for each in answer["user_credentials"]]

    assert (await listed(first), await listed(second)) == ([credential["id"]], [])
    await place_after(deployment, credential, "PUT", folder_id=second)
    assert (await listed(first), await listed(second)) == ([], [credential["id"]])
    await place_after(deployment, credential, "PUT", folder_id="")
    assert (await listed(first), await listed(second)) == ([], [])
