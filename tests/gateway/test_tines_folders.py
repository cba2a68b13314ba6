"""Tests Tines' folders."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from gateway.apis import VendorApi, another_organisation, tines
from gateway.tines_samples import TEXT
from rpc.calls import key_of

from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_USER, ROLE_WRITER

if TYPE_CHECKING:
    from conftest import Deployment

HOST = {"Host": "tenant.example.com"}
BASE = "http://tenant.example.com/api/v1/folders"
METHODS = ("PUT", "PATCH")
GOOD: dict[str, object] = {"name": "f", "content_type": "CREDENTIAL", "team_id": 2}
NOT_FOUND = {"errors": [{"message": "Not Found", "details": "there is no such folder"}]}


async def key_of_new_organisation(deployment: Deployment) -> str:
    """A key of a new organisation, which has two teams."""
    return (await another_organisation(deployment))[1]


async def create(api: VendorApi, **changed: object) -> Any:
    return await api.request_json("POST", json={**GOOD, **changed})


def details_of(answer: Any) -> str:
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert error["message"] == "Validation failed"
    return str(error["details"])


async def test_a_folder_is_created_and_read(deployment: Deployment) -> None:
    api = tines(deployment, "folders", await key_of_new_organisation(deployment))
    answer = await api.request("POST", "/", json={**GOOD, "name": "Ä", "kwargs": {}, "id": 99, "size": 5})
    within = await create(api, parent_folder_id=1)

    assert answer.status_code == 201
    assert answer.text == (
        '{"id":1,"name":"Ä","team_id":2,"content_type":"CREDENTIAL","size":0,"parent_folder_id":null}'
    )
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert await api.request_json("GET", "/1") == answer.json()
    assert within == {
        "id": 2,
        "name": "f",
        "team_id": 2,
        "content_type": "CREDENTIAL",
        "size": 0,
        "parent_folder_id": 1,
    }
    assert await api.request_json("GET", "/2/") == within


async def test_the_size_of_a_folder_is_the_number_of_its_credentials(deployment: Deployment) -> None:
    key = await key_of_new_organisation(deployment)
    api, credentials = tines(deployment, "folders", key), tines(deployment, key=key)
    folder, other = await create(api), await create(api)

    async def sizes() -> tuple[int, int]:
        listed = [each["size"] for each in (await api.request_json("GET"))["folders"]]
        shown = [(await api.request_json("GET", f"/{each['id']}"))["size"] for each in (folder, other)]
        assert listed == shown
        return shown[0], shown[1]

    first, second = [await credentials.request_json("POST", json={**TEXT, "folder_id": folder["id"]}) for _ in range(2)]
    assert await sizes() == (2, 0)
    twin = {"name": "t", "mode": "TEXT", "value": "t", "live_credential_id": first["id"]}
    assert (await credentials.request_json("POST", json=twin))["folder_id"] == folder["id"]
    assert await sizes() == (2, 0)
    await credentials.request_json("PUT", f"/{second['id']}", json={"mode": "TEXT", "folder_id": other["id"]})
    assert await sizes() == (1, 1)
    await credentials.request("DELETE", f"/{first['id']}")
    assert await sizes() == (0, 1)


async def test_folders_are_listed_with_links_that_keep_the_filters(deployment: Deployment) -> None:
    api = tines(deployment, "folders", await key_of_new_organisation(deployment))
    folders = [await create(api, name=name, team_id=team_id) for name, team_id in (("a", 1), ("b", 2), ("c", 2))]

    for query in ("", "?team_id=", "/?team_id=&content_type=&page=&per_page=", "?unknown=1"):
        answer = await api.request_json("GET", query, headers=HOST)
        assert answer["folders"] == folders
        assert answer["meta"]["current_page"] == f"{BASE}?per_page=20&page=1"
    assert await api.request_json("GET", "?content_type=CREDENTIAL&page=1&per_page=1&team_id=2", headers=HOST) == {
        "folders": [folders[1]],
        "meta": {
            "current_page": f"{BASE}?per_page=1&page=1&team_id=2&content_type=CREDENTIAL",
            "previous_page": None,
            "next_page": f"{BASE}?per_page=1&page=2&team_id=2&content_type=CREDENTIAL",
            "next_page_number": 2,
            "per_page": 1,
            "pages": 2,
            "count": 2,
        },
    }
    assert (await api.request_json("GET", "?team_id=99"))["folders"] == []


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ("?page=0", "page must be an integer from 1 "),
        ("?per_page=abc", "per_page must be an integer, at least 1"),
        ("?team_id=abc", "team_id must be an integer from 1 "),
        ("?team_id=0", "team_id must be an integer from 1 "),
        ("?content_type=FILE", "content_type must be one of CREDENTIAL, RESOURCE, STORY"),
        ("?content_type=credential", "content_type must be one of CREDENTIAL"),
    ],
)
async def test_a_bad_parameter_is_refused_by_name_and_rule(deployment: Deployment, query: str, details: str) -> None:
    assert details_of(await tines(deployment, "folders").request("GET", query)).startswith(details)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("below", "sent"),
    [
        ("", {"json": {"name": "New Ä"}}),
        ("/", {"json": {"name": "New Ä", "id": 99, "kwargs": {}, "team_id": 1, "content_type": "STORY"}}),
        ("?name=other", {"json": {"name": "New Ä"}}),
        ("?name=New%20%C3%84", {}),
        ("?name=New+%C3%84", {"headers": {"Content-Type": "application/json"}}),
        ("/?name=New%20%C3%84&unknown=1", {"content": b" \n"}),
        ("?name=New%20%C3%84", {"json": {}}),
        ("?name=New%20%C3%84", {"json": {"name": None}}),
    ],
)
async def test_a_folder_is_renamed_by_the_body_or_the_query(
    deployment: Deployment, method: str, below: str, sent: dict[str, Any]
) -> None:
    api = tines(deployment, "folders")
    folder = await create(api)
    answer = await api.request(method, f"/{folder['id']}{below}", **sent)

    assert answer.status_code == 200
    assert answer.json() == {**folder, "name": "New Ä"}
    assert list(answer.json()) == list(folder)
    assert answer.headers["Cache-Control"] == "no-store"
    assert await api.request_json("GET", f"/{folder['id']}") == answer.json()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("below", "sent", "details"),
    [
        ("", {}, "name is required"),
        ("?name=", {}, "name is required"),
        ("", {"json": {}}, "name is required"),
        ("", {"json": {"name": 5}}, "name must be a string"),
        ("", {"json": {"name": ""}}, "name must be 1 to 255 characters long"),
        ("?name=other", {"json": {"name": ""}}, "name must be 1 to 255 characters long"),
        ("?name=a&name=b", {}, "name must not be repeated"),
        ("?name=" + "n" * 256, {}, "name must be 1 to 255 characters long"),
        ("?name=%00", {}, "name must not contain NUL"),
        ("?name=other", {"content": b"[]"}, "body must be a JSON object"),
        ("?name=other", {"content": b"{"}, "body must be JSON"),
    ],
)
async def test_a_bad_name_is_refused(
    deployment: Deployment, method: str, below: str, sent: dict[str, Any], details: str
) -> None:
    api = tines(deployment, "folders")
    folder = await create(api)

    assert details_of(await api.request(method, f"/{folder['id']}{below}", **sent)).startswith(details)
    assert await api.request_json("GET", f"/{folder['id']}") == folder


@pytest.mark.parametrize(
    ("changed", "details"),
    [
        ({"name": None}, "name is required"),
        ({"name": ""}, "name must be 1 to 255 characters long"),
        ({"name": "n" * 256}, "name must be 1 to 255 characters long"),
        ({"name": "hunter2\0"}, "name must not contain NUL"),
        ({"name": 5}, "name must be a string"),
        ({"content_type": None}, "content_type is required"),
        ({"content_type": "hunter2"}, "content_type must be one of CREDENTIAL"),
        ({"team_id": None}, "team_id is required"),
        ({"team_id": "x"}, "team_id must be an integer"),
        ({"team_id": 0}, "team_id must be an integer, at least 1"),
        ({"team_id": 99}, "team_id must be "),
        ({"parent_folder_id": "x"}, "parent_folder_id must be an integer"),
        ({"parent_folder_id": 0}, "parent_folder_id must be an integer, at least 1"),
        ({"parent_folder_id": 99}, "parent_folder_id must be "),
    ],
)
async def test_bad_input_is_refused_by_field_and_rule(
    deployment: Deployment, changed: dict[str, object], details: str
) -> None:
    api = tines(deployment, "folders", await key_of_new_organisation(deployment))
    answer = await api.request("POST", json={**GOOD, **changed})

    assert details_of(answer).startswith(details)
    assert "hunter2" not in answer.text
    assert (await api.request_json("GET"))["meta"]["count"] == 0


async def test_a_parent_must_be_of_the_same_team(deployment: Deployment) -> None:
    api = tines(deployment, "folders")
    parent = await create(api, team_id=1)
    answer = await api.request("POST", json={**GOOD, "parent_folder_id": parent["id"]})

    assert details_of(answer).startswith("parent_folder_id must be ")


async def test_a_deleted_folder_is_404(deployment: Deployment) -> None:
    api = tines(deployment, "folders")
    folder = await create(api)
    answer = await api.request("DELETE", f"/{folder['id']}/", headers={"Content-Type": "application/json"})

    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["Cache-Control"] == "no-store"
    for method in ("GET", "DELETE", *METHODS):
        gone = await api.request(method, f"/{folder['id']}", json={"name": "new"})
        assert (gone.status_code, gone.json()) == (404, NOT_FOUND)
    assert (await create(api))["id"] > folder["id"]


async def test_a_folder_with_content_is_not_deleted(deployment: Deployment) -> None:
    api = tines(deployment, "folders")
    outer, full = await create(api), await create(api)
    inner = await create(api, parent_folder_id=outer["id"])
    credential = await tines(deployment).request_json("POST", json={**TEXT, "folder_id": full["id"]})

    for folder in (outer, full):
        answer = await api.request("DELETE", f"/{folder['id']}")
        assert details_of(answer) == "the folder contains credentials or folders"
    assert (await api.request_json("GET", f"/{full['id']}"))["size"] == 1
    await api.request("DELETE", f"/{inner['id']}")
    await tines(deployment).request("DELETE", f"/{credential['id']}")
    assert [(await api.request("DELETE", f"/{folder['id']}")).status_code for folder in (outer, full)] == [204, 204]


@pytest.mark.parametrize("method", ["GET", "DELETE", *METHODS])
@pytest.mark.parametrize("folder_id", ["0", "-1", "01", "9999", "9" * 19, "9" * 5_000, "x", "%00"])
async def test_an_unknown_folder_is_404(deployment: Deployment, method: str, folder_id: str) -> None:
    answer = await tines(deployment, "folders").request(method, f"/{folder_id}", json={"name": "new"})

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


async def test_a_folder_of_another_organisation_is_404(deployment: Deployment) -> None:
    mine, theirs = [tines(deployment, "folders", await key_of_new_organisation(deployment)) for _ in range(2)]
    folder = await create(theirs)

    assert (await mine.request("GET", f"/{folder['id']}")).status_code == 404
    assert (await mine.request("DELETE", f"/{folder['id']}")).status_code == 404
    assert (await mine.request_json("GET"))["folders"] == []
    assert await theirs.request_json("GET", f"/{folder['id']}") == folder


async def test_only_an_admin_changes_folders(deployment: Deployment) -> None:
    [(_, authorization)] = await key_of(deployment, ROLE_WRITER, ROLE_READER, ROLE_USER)
    api = tines(deployment, "folders", authorization.removeprefix("Bearer "))
    folder = await create(tines(deployment, "folders"))
    below = f"/{folder['id']}"

    changes = [("POST", ""), ("PUT", below), ("PATCH", below), ("DELETE", below)]
    answers = [await api.request(method, path, json={**GOOD, "name": "new"}) for method, path in changes]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert await api.request_json("GET", below) == folder


async def test_concurrent_renames_leave_one_of_the_names(deployment: Deployment) -> None:
    api = tines(deployment, "folders")
    folder = await create(api)
    for index in range(5):
        names = [f"one {index}", f"two {index}"]
        answers = await asyncio.gather(*(api.request("PUT", f"/{folder['id']}", json={"name": name}) for name in names))
        assert [answer.status_code for answer in answers] == [200, 200]
        assert await api.request_json("GET", f"/{folder['id']}") in [answer.json() for answer in answers]


@pytest.mark.parametrize("kind", ["STORY", "RESOURCE"])
async def test_a_folder_of_stories_or_resources_is_created_renamed_and_deleted(
    deployment: Deployment, kind: str
) -> None:
    api = tines(deployment, "folders", await key_of_new_organisation(deployment))
    folder = await create(api, content_type=kind)
    inner = await create(api, content_type=kind, parent_folder_id=folder["id"])

    assert (folder["content_type"], folder["size"]) == (kind, 0)
    assert await api.request_json("GET", f"/{folder['id']}") == folder
    for method in METHODS:
        renamed = await api.request_json(method, f"/{inner['id']}", json={"name": method, "content_type": "CREDENTIAL"})
        assert renamed == {**inner, "name": method}
    assert details_of(await api.request("DELETE", f"/{folder['id']}")) == "the folder contains credentials or folders"
    assert [(await api.request("DELETE", f"/{each['id']}")).status_code for each in (inner, folder)] == [204, 204]


async def test_a_list_shows_folders_of_every_content_type_or_of_one(deployment: Deployment) -> None:
    api = tines(deployment, "folders", await key_of_new_organisation(deployment))
    folders = [await create(api, content_type=kind) for kind in ("STORY", "CREDENTIAL", "RESOURCE", "STORY")]
    elsewhere = await create(api, content_type="STORY", team_id=1)

    assert (await api.request_json("GET", "?team_id=2"))["folders"] == folders
    assert (await api.request_json("GET"))["folders"] == [*folders, elsewhere]
    for kind, expected in (("STORY", [0, 3]), ("CREDENTIAL", [1]), ("RESOURCE", [2])):
        answer = await api.request_json("GET", f"?team_id=2&content_type={kind}&per_page=1", headers=HOST)
        assert answer["folders"] == [folders[expected[0]]]
        assert answer["meta"]["count"] == len(expected)
        assert answer["meta"]["current_page"] == f"{BASE}?per_page=1&page=1&team_id=2&content_type={kind}"
    second = await api.request_json("GET", "?team_id=2&content_type=STORY&per_page=1&page=2")
    assert second["folders"] == [folders[3]]


@pytest.mark.parametrize("kind", ["STORY", "RESOURCE"])
async def test_credentials_can_only_be_in_folders_for_credentials(deployment: Deployment, kind: str) -> None:
    folder = await create(tines(deployment, "folders"), content_type=kind)
    credential = await tines(deployment).request_json("POST", json=TEXT)

    requests = [("POST", ""), *((method, f"/{credential['id']}") for method in METHODS)]
    sent = {**TEXT, "folder_id": folder["id"]}
    answers = [await tines(deployment).request(method, below, json=sent) for method, below in requests]
    assert {details_of(answer) for answer in answers} == {"folder_id must be a folder for credentials of the team"}
    assert await tines(deployment).request_json("GET", f"/{credential['id']}") == credential


async def test_a_parent_must_be_of_the_same_content_type(deployment: Deployment) -> None:
    api = tines(deployment, "folders")
    story = await create(api, content_type="STORY")

    for kind in ("CREDENTIAL", "RESOURCE"):
        answer = await api.request("POST", json={**GOOD, "content_type": kind, "parent_folder_id": story["id"]})
        assert details_of(answer).startswith("parent_folder_id must be ")
