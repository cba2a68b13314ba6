"""Tests Tines' test credentials, each linked to a live one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from gateway.apis import MILLISECONDS, another_organisation, data_of, tines
from gateway.tines_samples import ANSWER, AWS_KEY, TEXT

from strongroom.v1.organisation_service_pb2 import CreateFolderRequest, Folder

if TYPE_CHECKING:
    import httpx
    from conftest import Deployment

METHODS = ("PUT", "PATCH")
TIMES = {"created_at": MILLISECONDS, "updated_at": MILLISECONDS}


async def create(deployment: Deployment, **changed: object) -> Any:
    return await tines(deployment).request_json("POST", json={**TEXT, **changed})


async def create_test_credential(deployment: Deployment, live: Any, **changed: object) -> Any:
    sent = {"name": "twin", "mode": "TEXT", "value": "of the twin", "live_credential_id": live["id"], **changed}
    return await tines(deployment).request_json("POST", json=sent)


async def read(deployment: Deployment, credential: Any) -> Any:
    return await tines(deployment).request_json("GET", f"/{credential['id']}")


async def update(deployment: Deployment, credential: Any, method: str = "PUT", **sent: object) -> httpx.Response:
    return await tines(deployment).request(method, f"/{credential['id']}", json={"mode": credential["mode"], **sent})


async def value_of(deployment: Deployment, credential: Any) -> str:
    return (await data_of(deployment, str(credential["id"]))).text.value


def details_of(answer: httpx.Response) -> str:
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["message"] == "Validation failed"
    return str(error["details"])


async def test_a_test_credential_takes_its_defaults_from_the_live_one(deployment: Deployment) -> None:
    folder = await deployment.organisations.CreateFolder(
        CreateFolderRequest(folder=Folder(team_id=2, name="f")), metadata=deployment.metadata
    )
    live = await create(
        deployment,
        description="d",
        read_access="SPECIFIC_TEAMS",
        shared_team_slugs=["team_1"],
        folder_id=folder.id,
        metadata={"of": "live"},
    )
    twin = await create_test_credential(deployment, live)

    assert twin == {
        **ANSWER,
        "name": "twin",
        "slug": "twin",
        "description": "d",
        "read_access": "SPECIFIC_TEAMS",
        "shared_team_slugs": ["team_1"],
        "folder_id": folder.id,
    }
    assert twin["id"] != live["id"]
    assert await read(deployment, twin) == twin
    assert await read(deployment, live) == {**live, "test_credential_enabled": True, "test_credential": TIMES}
    assert (await read(deployment, live))["test_credential"] == {name: twin[name] for name in TIMES}


async def test_a_test_credential_may_have_its_own_settings(deployment: Deployment) -> None:
    own = {"description": "own", "team_id": 1, "read_access": "GLOBAL", "metadata": {"of": "twin"}}
    twin = await create_test_credential(deployment, await create(deployment, description="d"), **own)

    assert twin.items() >= own.items()


async def test_a_second_test_credential_or_one_of_another_mode_is_refused(deployment: Deployment) -> None:
    live = await create(deployment)
    sent = {"name": "twin", "mode": "TEXT", "value": "t", "live_credential_id": live["id"]}

    mismatch = await tines(deployment).request("POST", json={**sent, **AWS_KEY, "mode": "AWS"})
    first = await tines(deployment).request("POST", json=sent)
    second = await tines(deployment).request("POST", json=sent)
    of_a_test = await tines(deployment).request("POST", json={**sent, "live_credential_id": first.json()["id"]})

    assert first.status_code == 201
    assert details_of(mismatch).startswith("mode must be ")
    assert details_of(second).startswith("live_credential_id must be ")
    assert details_of(of_a_test).startswith("live_credential_id must be ")


async def test_one_of_two_concurrent_creates_of_a_test_credential_is_refused(deployment: Deployment) -> None:
    for _ in range(5):
        live = await create(deployment)
        sent = {"name": "twin", "mode": "TEXT", "value": "t", "live_credential_id": live["id"]}
        answers = await asyncio.gather(*(tines(deployment).request("POST", json=sent) for _ in range(2)))
        assert sorted(answer.status_code for answer in answers) == [201, 422]


async def test_lists_omit_test_credentials(deployment: Deployment) -> None:
    _, key = await another_organisation(deployment)
    api = tines(deployment, key=key)
    live = await api.request_json("POST", json=TEXT)
    await api.request_json("POST", json={"name": "t", "mode": "TEXT", "value": "t", "live_credential_id": live["id"]})
    for query in ("", "?filter=UNRESTRICTED", "?team_id=2"):
        answer = await api.request_json("GET", query)
        assert [each["id"] for each in answer["user_credentials"]] == [live["id"]]
        assert answer["user_credentials"] == [{**live, "test_credential_enabled": True, "test_credential": TIMES}]
        assert (answer["meta"]["count"], answer["meta"]["pages"]) == (1, 1)


@pytest.mark.parametrize("method", METHODS)
async def test_a_test_credential_is_disabled_and_enabled(deployment: Deployment, method: str) -> None:
    live = await create(deployment)
    await create_test_credential(deployment, live)

    for enabled in (False, False, True, True):
        answer = await update(deployment, live, method, test_credential_enabled=enabled)
        assert answer.status_code == 200
        assert answer.json() == {
            **live,
            "updated_at": MILLISECONDS,
            "test_credential_enabled": enabled,
            "test_credential": TIMES,
        }
        assert await read(deployment, live) == answer.json()


@pytest.mark.parametrize("method", METHODS)
async def test_is_test_updates_the_test_credential_and_shows_the_live_one(deployment: Deployment, method: str) -> None:
    live = await create(deployment)
    twin = await create_test_credential(deployment, live)
    sent = {"name": "New twin", "value": "new", "description": "e", "metadata": {"of": "twin"}}
    answer = await update(deployment, live, method, is_test=True, **sent)

    assert answer.status_code == 200
    assert answer.json() == {**live, "test_credential_enabled": True, "test_credential": TIMES}
    after = await read(deployment, twin)
    assert after == {
        **twin,
        "name": "New twin",
        "slug": "new_twin",
        "description": "e",
        "metadata": {"of": "twin"},
        "updated_at": MILLISECONDS,
    }
    assert answer.json()["test_credential"] == {name: after[name] for name in TIMES}
    assert (await value_of(deployment, live), await value_of(deployment, twin)) == ("hunter2", "new")


@pytest.mark.parametrize("is_test", [False, None])
async def test_without_is_test_the_live_one_is_updated(deployment: Deployment, is_test: bool | None) -> None:
    live = await create(deployment)
    twin = await create_test_credential(deployment, live)
    answer = await update(deployment, live, is_test=is_test, value="new")

    assert answer.status_code == 200
    assert (await value_of(deployment, live), await value_of(deployment, twin)) == ("new", "of the twin")
    assert await read(deployment, twin) == twin


@pytest.mark.parametrize("method", METHODS)
async def test_a_test_credential_is_also_updated_by_its_own_id(deployment: Deployment, method: str) -> None:
    live = await create(deployment)
    twin = await create_test_credential(deployment, live)
    answer = await update(deployment, twin, method, name="renamed", value="new")

    assert answer.status_code == 200
    assert answer.json() == {**twin, "name": "renamed", "slug": "renamed", "updated_at": MILLISECONDS}
    assert (await value_of(deployment, live), await value_of(deployment, twin)) == ("hunter2", "new")


@pytest.mark.parametrize("sent", [{"is_test": True}, {"is_test": True, "test_credential_enabled": True}])
async def test_an_update_of_a_missing_test_credential_is_refused(deployment: Deployment, sent: dict[str, Any]) -> None:
    live = await create(deployment)

    assert "test credential" in details_of(await update(deployment, live, name="new", **sent))
    assert await read(deployment, live) == live


async def test_enabling_a_missing_test_credential_is_refused(deployment: Deployment) -> None:
    live = await create(deployment)

    assert "test credential" in details_of(await update(deployment, live, name="new", test_credential_enabled=True))
    assert await read(deployment, live) == live
    # Disabling a missing test credential succeeds, because clients send back what they read.
    assert (await update(deployment, live, test_credential_enabled=False)).status_code == 200


async def test_a_disabled_test_credential_is_updated_only_if_the_update_enables_it(deployment: Deployment) -> None:
    live = await create(deployment)
    twin = await create_test_credential(deployment, live)
    await update(deployment, live, test_credential_enabled=False)
    still_off: list[dict[str, Any]] = [{}, {"test_credential_enabled": False}]
    for sent in still_off:
        assert "test credential" in details_of(await update(deployment, live, is_test=True, value="new", **sent))
        assert (await read(deployment, live))["test_credential_enabled"] is False
        assert await value_of(deployment, twin) == "of the twin"

    answer = await update(deployment, live, is_test=True, value="new", test_credential_enabled=True)
    assert (answer.status_code, answer.json()["test_credential_enabled"]) == (200, True)
    assert (await value_of(deployment, live), await value_of(deployment, twin)) == ("hunter2", "new")


async def test_a_test_credential_keeps_the_mode_of_its_live_one(deployment: Deployment) -> None:
    live = await create(deployment)
    twin = await create_test_credential(deployment, live)
    body = {"mode": "AWS", **AWS_KEY, "is_test": True}

    assert details_of(await tines(deployment).request("PUT", f"/{live['id']}", json=body)).startswith("mode must be ")
    assert await value_of(deployment, twin) == "of the twin"


async def test_the_body_of_a_read_can_be_sent_as_an_update(deployment: Deployment) -> None:
    live = await create(deployment, description="d")
    twin = await create_test_credential(deployment, live)
    shown = await read(deployment, live)
    answer = await tines(deployment).request("PUT", f"/{live['id']}", json=shown)

    assert answer.status_code == 200
    assert answer.json() == {**shown, "updated_at": MILLISECONDS, "test_credential": TIMES}
    assert await read(deployment, twin) == {**twin, "updated_at": MILLISECONDS}
    assert (await value_of(deployment, live), await value_of(deployment, twin)) == ("hunter2", "of the twin")


async def test_a_test_credential_moves_with_its_live_one(deployment: Deployment) -> None:
    live = await create(deployment)
    twin, elsewhere = await create_test_credential(deployment, live), await create(deployment)
    other = await create_test_credential(deployment, elsewhere, team_id=1)
    for credential in (live, elsewhere):
        assert (await update(deployment, credential, team_id=1)).status_code == 200
        assert (await update(deployment, credential, team_id=2)).status_code == 200

    assert (await read(deployment, twin))["team_id"] == 2
    # The test credential was in the same team as the live one, and moved with it.
    assert (await read(deployment, other))["team_id"] == 2


async def test_the_live_one_takes_its_test_credential_along_when_deleted(deployment: Deployment) -> None:
    live = await create(deployment)
    twin = await create_test_credential(deployment, live)

    assert (await tines(deployment).request("DELETE", f"/{live['id']}")).status_code == 204
    for gone in (live, twin):
        assert (await tines(deployment).request("GET", f"/{gone['id']}")).status_code == 404


async def test_a_test_credential_is_deleted_alone_and_another_may_follow(deployment: Deployment) -> None:
    live = await create(deployment)
    twin = await create_test_credential(deployment, live)

    assert (await tines(deployment).request("DELETE", f"/{twin['id']}")).status_code == 204
    assert await read(deployment, live) == live
    assert "test credential" in details_of(await update(deployment, live, is_test=True))
    again = await create_test_credential(deployment, live)
    assert again["id"] != twin["id"]
    assert (await read(deployment, live))["test_credential_enabled"] is True
