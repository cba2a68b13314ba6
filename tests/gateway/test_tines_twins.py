"""Tines' door: test credentials, each the twin of a live one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from gateway.doors import MILLISECONDS, another_organisation, data_of, tines
from gateway.tines_samples import ANSWER, AWS_KEY, TEXT

from strongroom.v1.organisation_service_pb2 import CreateFolderRequest, Folder

if TYPE_CHECKING:
    import httpx
    from conftest import House

METHODS = ("PUT", "PATCH")
TIMES = {"created_at": MILLISECONDS, "updated_at": MILLISECONDS}


async def created(house: House, **changed: object) -> Any:
    return await tines(house).answered("POST", json={**TEXT, **changed})


async def twin_of(house: House, live: Any, **changed: object) -> Any:
    sent = {"name": "twin", "mode": "TEXT", "value": "of the twin", "live_credential_id": live["id"], **changed}
    return await tines(house).answered("POST", json=sent)


async def read(house: House, credential: Any) -> Any:
    return await tines(house).answered("GET", f"/{credential['id']}")


async def update(house: House, credential: Any, method: str = "PUT", **sent: object) -> httpx.Response:
    return await tines(house).ask(method, f"/{credential['id']}", json={"mode": credential["mode"], **sent})


async def value_of(house: House, credential: Any) -> str:
    return (await data_of(house, str(credential["id"]))).text.value


def details_of(answer: httpx.Response) -> str:
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["message"] == "Validation failed"
    return str(error["details"])


async def test_a_test_credential_takes_over_from_its_live_one(house: House) -> None:
    folder = await house.organisations.CreateFolder(
        CreateFolderRequest(folder=Folder(team_id=2, name="f")), metadata=house.metadata
    )
    live = await created(
        house,
        description="d",
        read_access="SPECIFIC_TEAMS",
        shared_team_slugs=["team_1"],
        folder_id=folder.id,
        metadata={"of": "live"},
    )
    twin = await twin_of(house, live)

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
    assert await read(house, twin) == twin
    assert await read(house, live) == {**live, "test_credential_enabled": True, "test_credential": TIMES}
    assert (await read(house, live))["test_credential"] == {name: twin[name] for name in TIMES}


async def test_a_test_credential_may_have_its_own_settings(house: House) -> None:
    own = {"description": "own", "team_id": 1, "read_access": "GLOBAL", "metadata": {"of": "twin"}}
    twin = await twin_of(house, await created(house, description="d"), **own)

    assert twin.items() >= own.items()


async def test_a_second_test_credential_or_one_of_another_mode_is_refused(house: House) -> None:
    live = await created(house)
    sent = {"name": "twin", "mode": "TEXT", "value": "t", "live_credential_id": live["id"]}

    mismatch = await tines(house).ask("POST", json={**sent, **AWS_KEY, "mode": "AWS"})
    first = await tines(house).ask("POST", json=sent)
    second = await tines(house).ask("POST", json=sent)
    of_a_test = await tines(house).ask("POST", json={**sent, "live_credential_id": first.json()["id"]})

    assert first.status_code == 201
    assert details_of(mismatch).startswith("mode must be ")
    assert details_of(second).startswith("live_credential_id must be ")
    assert details_of(of_a_test).startswith("live_credential_id must be ")


async def test_of_two_made_at_once_one_is_refused(house: House) -> None:
    for _ in range(5):
        live = await created(house)
        sent = {"name": "twin", "mode": "TEXT", "value": "t", "live_credential_id": live["id"]}
        answers = await asyncio.gather(*(tines(house).ask("POST", json=sent) for _ in range(2)))
        assert sorted(answer.status_code for answer in answers) == [201, 422]


async def test_lists_leave_test_credentials_out(house: House) -> None:
    _, key = await another_organisation(house)
    door = tines(house, key=key)
    live = await door.answered("POST", json=TEXT)
    await door.answered("POST", json={"name": "t", "mode": "TEXT", "value": "t", "live_credential_id": live["id"]})
    for query in ("", "?filter=UNRESTRICTED", "?team_id=2"):
        answer = await door.answered("GET", query)
        assert [each["id"] for each in answer["user_credentials"]] == [live["id"]]
        assert answer["user_credentials"] == [{**live, "test_credential_enabled": True, "test_credential": TIMES}]
        assert (answer["meta"]["count"], answer["meta"]["pages"]) == (1, 1)


@pytest.mark.parametrize("method", METHODS)
async def test_a_test_credential_is_turned_off_and_on(house: House, method: str) -> None:
    live = await created(house)
    await twin_of(house, live)

    for enabled in (False, False, True, True):
        answer = await update(house, live, method, test_credential_enabled=enabled)
        assert answer.status_code == 200
        assert answer.json() == {
            **live,
            "updated_at": MILLISECONDS,
            "test_credential_enabled": enabled,
            "test_credential": TIMES,
        }
        assert await read(house, live) == answer.json()


@pytest.mark.parametrize("method", METHODS)
async def test_is_test_updates_the_test_credential_and_answers_the_live_one(house: House, method: str) -> None:
    live = await created(house)
    twin = await twin_of(house, live)
    sent = {"name": "New twin", "value": "new", "description": "e", "metadata": {"of": "twin"}}
    answer = await update(house, live, method, is_test=True, **sent)

    assert answer.status_code == 200
    assert answer.json() == {**live, "test_credential_enabled": True, "test_credential": TIMES}
    after = await read(house, twin)
    assert after == {
        **twin,
        "name": "New twin",
        "slug": "new_twin",
        "description": "e",
        "metadata": {"of": "twin"},
        "updated_at": MILLISECONDS,
    }
    assert answer.json()["test_credential"] == {name: after[name] for name in TIMES}
    assert (await value_of(house, live), await value_of(house, twin)) == ("hunter2", "new")


@pytest.mark.parametrize("is_test", [False, None])
async def test_without_is_test_the_live_one_is_updated(house: House, is_test: bool | None) -> None:
    live = await created(house)
    twin = await twin_of(house, live)
    answer = await update(house, live, is_test=is_test, value="new")

    assert answer.status_code == 200
    assert (await value_of(house, live), await value_of(house, twin)) == ("new", "of the twin")
    assert await read(house, twin) == twin


@pytest.mark.parametrize("method", METHODS)
async def test_a_test_credential_is_also_updated_by_its_own_id(house: House, method: str) -> None:
    live = await created(house)
    twin = await twin_of(house, live)
    answer = await update(house, twin, method, name="renamed", value="new")

    assert answer.status_code == 200
    assert answer.json() == {**twin, "name": "renamed", "slug": "renamed", "updated_at": MILLISECONDS}
    assert (await value_of(house, live), await value_of(house, twin)) == ("hunter2", "new")


@pytest.mark.parametrize("sent", [{"is_test": True}, {"is_test": True, "test_credential_enabled": True}])
async def test_without_a_test_credential_there_is_none_to_update(house: House, sent: dict[str, Any]) -> None:
    live = await created(house)

    assert "test credential" in details_of(await update(house, live, name="new", **sent))
    assert await read(house, live) == live


async def test_without_a_test_credential_there_is_none_to_turn_on(house: House) -> None:
    live = await created(house)

    assert "test credential" in details_of(await update(house, live, name="new", test_credential_enabled=True))
    assert await read(house, live) == live
    # What is not there is off already: clients send back what they read.
    assert (await update(house, live, test_credential_enabled=False)).status_code == 200


async def test_a_test_credential_that_is_off_is_updated_only_when_turned_on_with_it(house: House) -> None:
    live = await created(house)
    twin = await twin_of(house, live)
    await update(house, live, test_credential_enabled=False)
    still_off: list[dict[str, Any]] = [{}, {"test_credential_enabled": False}]
    for sent in still_off:
        assert "test credential" in details_of(await update(house, live, is_test=True, value="new", **sent))
        assert (await read(house, live))["test_credential_enabled"] is False
        assert await value_of(house, twin) == "of the twin"

    answer = await update(house, live, is_test=True, value="new", test_credential_enabled=True)
    assert (answer.status_code, answer.json()["test_credential_enabled"]) == (200, True)
    assert (await value_of(house, live), await value_of(house, twin)) == ("hunter2", "new")


async def test_a_test_credential_keeps_the_mode_of_its_live_one(house: House) -> None:
    live = await created(house)
    twin = await twin_of(house, live)
    body = {"mode": "AWS", **AWS_KEY, "is_test": True}

    assert details_of(await tines(house).ask("PUT", f"/{live['id']}", json=body)).startswith("mode must be ")
    assert await value_of(house, twin) == "of the twin"


async def test_what_a_read_answered_can_be_put_back(house: House) -> None:
    live = await created(house, description="d")
    twin = await twin_of(house, live)
    shown = await read(house, live)
    answer = await tines(house).ask("PUT", f"/{live['id']}", json=shown)

    assert answer.status_code == 200
    assert answer.json() == {**shown, "updated_at": MILLISECONDS, "test_credential": TIMES}
    assert await read(house, twin) == {**twin, "updated_at": MILLISECONDS}
    assert (await value_of(house, live), await value_of(house, twin)) == ("hunter2", "of the twin")


async def test_a_test_credential_moves_with_its_live_one(house: House) -> None:
    live = await created(house)
    twin, elsewhere = await twin_of(house, live), await created(house)
    other = await twin_of(house, elsewhere, team_id=1)
    for credential in (live, elsewhere):
        assert (await update(house, credential, team_id=1)).status_code == 200
        assert (await update(house, credential, team_id=2)).status_code == 200

    assert (await read(house, twin))["team_id"] == 2
    # In the one team it was beside its live one, and so left with it.
    assert (await read(house, other))["team_id"] == 2


async def test_the_live_one_takes_its_test_credential_along_when_deleted(house: House) -> None:
    live = await created(house)
    twin = await twin_of(house, live)

    assert (await tines(house).ask("DELETE", f"/{live['id']}")).status_code == 204
    for gone in (live, twin):
        assert (await tines(house).ask("GET", f"/{gone['id']}")).status_code == 404


async def test_a_test_credential_is_deleted_alone_and_another_may_follow(house: House) -> None:
    live = await created(house)
    twin = await twin_of(house, live)

    assert (await tines(house).ask("DELETE", f"/{twin['id']}")).status_code == 204
    assert await read(house, live) == live
    assert "test credential" in details_of(await update(house, live, is_test=True))
    again = await twin_of(house, live)
    assert again["id"] != twin["id"]
    assert (await read(house, live))["test_credential_enabled"] is True
