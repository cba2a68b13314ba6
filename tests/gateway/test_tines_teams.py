"""Tests Tines' teams, and the description of the tenant, which clients use to check their key."""

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
BASE = "http://tenant.example.com/api/v1/teams"
METHODS = ("PUT", "PATCH")
NOT_FOUND = {"errors": [{"message": "Not Found", "details": "there is no such team"}]}


async def key_of_new_organisation(deployment: Deployment) -> str:
    """A key of a new organisation, which has two teams."""
    return (await another_organisation(deployment))[1]


async def create(api: VendorApi, name: str) -> Any:
    return await api.request_json("POST", json={"name": name})


def details_of(answer: Any) -> str:
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert error["message"] == "Validation failed"
    return str(error["details"])


async def test_a_team_is_created_read_and_listed(deployment: Deployment) -> None:
    api = tines(deployment, "teams", await key_of_new_organisation(deployment))
    answer = await api.request("POST", "/", json={"name": "Team Ä", "kwargs": {}, "id": 99})

    assert answer.status_code == 201
    assert answer.text == '{"id":3,"name":"Team Ä","groups":[]}'
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert await api.request_json("GET", "/3") == answer.json()
    assert await api.request_json("GET", headers=HOST) == {
        "teams": [
            {"id": 1, "name": "Team 1", "groups": []},
            {"id": 2, "name": "Team 2", "groups": []},
            {"id": 3, "name": "Team Ä", "groups": []},
        ],
        "meta": {
            "current_page": f"{BASE}?per_page=20&page=1",
            "previous_page": None,
            "next_page": None,
            "next_page_number": None,
            "per_page": 20,
            "pages": 1,
            "count": 3,
        },
    }


async def test_teams_are_listed_page_by_page(deployment: Deployment) -> None:
    api = tines(deployment, "teams", await key_of_new_organisation(deployment))
    for name in "abc":
        await create(api, name)
    pages = [await api.request_json("GET", f"?page={number}&per_page=2", headers=HOST) for number in (1, 2, 3, 4)]

    assert [[team["id"] for team in page["teams"]] for page in pages] == [[1, 2], [3, 4], [5], []]
    assert [page["meta"]["next_page"] for page in pages] == [
        f"{BASE}?per_page=2&page=2",
        f"{BASE}?per_page=2&page=3",
        None,
        None,
    ]
    assert [page["meta"]["next_page_number"] for page in pages] == [2, 3, None, None]
    assert {(page["meta"]["pages"], page["meta"]["count"]) for page in pages} == {(3, 5)}


async def test_a_list_ignores_a_body_and_empty_values(deployment: Deployment) -> None:
    api = tines(deployment, "teams", await key_of_new_organisation(deployment))
    answer = await api.request(
        "GET", "/?page=&per_page=", headers={"Content-Type": "application/json"}, content=b'{"per_page": 1}'
    )

    assert [team["id"] for team in answer.json()["teams"]] == [1, 2]


@pytest.mark.parametrize("query", ["page=0", "page=abc", "per_page=0", "per_page=x", "page=1&page=1"])
async def test_a_bad_page_is_refused_by_its_name(deployment: Deployment, query: str) -> None:
    name = query.partition("=")[0]

    assert details_of(await tines(deployment, "teams").request("GET", f"?{query}")).startswith(f"{name} must ")


@pytest.mark.parametrize("method", METHODS)
async def test_a_team_is_renamed(deployment: Deployment, method: str) -> None:
    key = await key_of_new_organisation(deployment)
    api = tines(deployment, "teams", key)
    team = await create(api, "old")
    sent = {**TEXT, "read_access": "SPECIFIC_TEAMS", "shared_team_slugs": ["old"]}
    shared = await tines(deployment, key=key).request_json("POST", json=sent)
    answer = await api.request(method, f"/{team['id']}", json={"name": "New Name", "kwargs": {}, "id": 99})

    assert answer.status_code == 200
    assert answer.json() == {"id": team["id"], "name": "New Name", "groups": []}
    assert answer.headers["Cache-Control"] == "no-store"
    assert await api.request_json("GET", f"/{team['id']}") == answer.json()
    # A credential that is shared with the team is still shared.
    after = await tines(deployment, key=key).request_json("GET", f"/{shared['id']}")
    assert after["shared_team_slugs"] == ["new_name"]


@pytest.mark.parametrize("method", METHODS)
async def test_a_team_may_be_renamed_to_its_own_name(deployment: Deployment, method: str) -> None:
    api = tines(deployment, "teams", await key_of_new_organisation(deployment))

    assert await api.request_json(method, "/1", json={"name": "Team 1"}) == {"id": 1, "name": "Team 1", "groups": []}


@pytest.mark.parametrize("name", ["Team 1", "team-1", "  TEAM   1 "])
async def test_two_teams_may_have_names_of_the_same_slug(deployment: Deployment, name: str) -> None:
    key = await key_of_new_organisation(deployment)
    api = tines(deployment, "teams", key)

    assert (await create(api, name))["name"] == name
    for method in METHODS:
        assert (await api.request_json(method, "/2", json={"name": name}))["name"] == name
    # The second slug has a number, because credentials are shared by slug.
    slugs = ["team_1", "team_1_2", "team_1_3"]
    sent = {**TEXT, "read_access": "SPECIFIC_TEAMS", "shared_team_slugs": slugs}
    assert (await tines(deployment, key=key).request_json("POST", json=sent))["shared_team_slugs"] == slugs


async def test_a_teams_members_are_an_empty_page(deployment: Deployment) -> None:
    api = tines(deployment, "teams", await key_of_new_organisation(deployment))
    link = f"{BASE}/1/members?per_page=5&page=1"

    assert await api.request_json("GET", "/1/members?per_page=5", headers=HOST) == {
        "members": [],
        "meta": {
            "current_page": link,
            "previous_page": None,
            "next_page": None,
            "next_page_number": None,
            "per_page": 5,
            "pages": 1,
            "count": 0,
        },
    }
    assert details_of(await api.request("GET", "/1/members?page=0")).startswith("page must ")


async def test_destroying_a_static_external_id_returns_the_team_id(deployment: Deployment) -> None:
    api = tines(deployment, "teams", await key_of_new_organisation(deployment))
    answer = await api.request("POST", "/2/destroy_static_external_id", headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()) == (200, 2)


@pytest.mark.parametrize(("method", "below"), [("GET", "members"), ("POST", "destroy_static_external_id")])
async def test_resources_of_an_unknown_team_are_404(deployment: Deployment, method: str, below: str) -> None:
    for team_id in ("99", "0", "x"):
        answer = await tines(deployment, "teams").request(method, f"/{team_id}/{below}")
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    ("sent", "details"),
    [
        ({}, "name is required"),
        ({"name": None}, "name is required"),
        ({"name": 5}, "name must be a string"),
        ({"name": ""}, "name must be 1 to 255 characters long"),
        ({"name": "n" * 256}, "name must be 1 to 255 characters long"),
        ({"name": "hunter2\0"}, "name must not contain NUL"),
        ({"name": "?!"}, "name must "),
    ],
)
async def test_a_bad_name_is_refused(deployment: Deployment, sent: dict[str, object], details: str) -> None:
    api = tines(deployment, "teams", await key_of_new_organisation(deployment))

    for method, below in (("POST", ""), ("PUT", "/2"), ("PATCH", "/2")):
        answer = await api.request(method, below, json=sent)
        assert answer.status_code == 422
        assert [error for error in answer.json()["errors"] if error["details"].startswith(details)]
        assert "hunter2" not in answer.text
    assert [team["name"] for team in (await api.request_json("GET"))["teams"]] == ["Team 1", "Team 2"]


async def test_a_deleted_team_is_404(deployment: Deployment) -> None:
    api = tines(deployment, "teams", await key_of_new_organisation(deployment))
    team = await create(api, "t")
    answer = await api.request("DELETE", f"/{team['id']}", headers={"Content-Type": "application/json"})

    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["Cache-Control"] == "no-store"
    for method in ("GET", "DELETE", *METHODS):
        gone = await api.request(method, f"/{team['id']}", json={"name": "new"})
        assert (gone.status_code, gone.json()) == (404, NOT_FOUND)
    # The slug can be used again, the number cannot.
    assert await create(api, "t") == {"id": team["id"] + 1, "name": "t", "groups": []}


async def test_a_team_with_credentials_or_folders_is_not_deleted(deployment: Deployment) -> None:
    key = await key_of_new_organisation(deployment)
    api = tines(deployment, "teams", key)
    owner, holder = await create(api, "owner"), await create(api, "holder")
    credential = await tines(deployment, key=key).request_json("POST", json={**TEXT, "team_id": owner["id"]})
    folder = await tines(deployment, "folders", key).request_json(
        "POST", json={"name": "f", "content_type": "CREDENTIAL", "team_id": holder["id"]}
    )

    for team in (owner, holder):
        assert details_of(await api.request("DELETE", f"/{team['id']}")) == "the team owns credentials or folders"
        assert await api.request_json("GET", f"/{team['id']}") == team
    await tines(deployment, key=key).request("DELETE", f"/{credential['id']}")
    await tines(deployment, "folders", key).request("DELETE", f"/{folder['id']}")
    assert [(await api.request("DELETE", f"/{team['id']}")).status_code for team in (owner, holder)] == [204, 204]


async def test_credentials_are_no_longer_shared_with_a_deleted_team(deployment: Deployment) -> None:
    key = await key_of_new_organisation(deployment)
    api, credentials = tines(deployment, "teams", key), tines(deployment, key=key)
    team = await create(api, "shared")
    sent = {**TEXT, "read_access": "SPECIFIC_TEAMS", "shared_team_slugs": ["team_1", "shared"]}
    credential = await credentials.request_json("POST", json=sent)

    assert (await api.request("DELETE", f"/{team['id']}")).status_code == 204
    after = await credentials.request_json("GET", f"/{credential['id']}")
    assert after["shared_team_slugs"] == ["team_1"]
    # The body of a read can still be sent as an update.
    assert (await credentials.request("PUT", f"/{credential['id']}", json=after)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE", *METHODS])
@pytest.mark.parametrize("team_id", ["0", "-1", "01", "999", "9" * 19, "9" * 5_000, "x", "team_1", "%00"])
async def test_an_unknown_team_is_404(deployment: Deployment, method: str, team_id: str) -> None:
    answer = await tines(deployment, "teams").request(method, f"/{team_id}", json={"name": "new"})

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


async def test_a_team_of_another_organisation_is_404(deployment: Deployment) -> None:
    mine, theirs = [tines(deployment, "teams", await key_of_new_organisation(deployment)) for _ in range(2)]
    team = await create(theirs, "theirs")

    assert (await mine.request("GET", f"/{team['id']}")).status_code == 404
    assert (await mine.request("DELETE", f"/{team['id']}")).status_code == 404
    assert await theirs.request_json("GET", f"/{team['id']}") == team


async def test_only_an_admin_changes_teams(deployment: Deployment) -> None:
    [(_, authorization)] = await key_of(deployment, ROLE_WRITER, ROLE_READER, ROLE_USER)
    api = tines(deployment, "teams", authorization.removeprefix("Bearer "))

    changes = [("POST", ""), ("PUT", "/1"), ("PATCH", "/1"), ("DELETE", "/1")]
    answers = [await api.request(method, below, json={"name": "new"}) for method, below in changes]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert {answer.json()["errors"][0]["message"] for answer in answers} == {"Forbidden"}
    assert (await api.request_json("GET", "/1"))["name"] == "Team 1"


async def test_two_teams_with_one_slug_can_be_created_concurrently(deployment: Deployment) -> None:
    api = tines(deployment, "teams", await key_of_new_organisation(deployment))
    for name in ("a", "b", "c"):
        answers = await asyncio.gather(*(api.request("POST", json={"name": name}) for _ in range(2)))
        assert sorted(answer.status_code for answer in answers) == [201, 201]


async def test_concurrent_renames_leave_one_of_the_names(deployment: Deployment) -> None:
    api = tines(deployment, "teams", await key_of_new_organisation(deployment))
    for index in range(5):
        names = [f"one {index}", f"two {index}"]
        answers = await asyncio.gather(*(api.request("PUT", "/1", json={"name": name}) for name in names))
        assert [answer.status_code for answer in answers] == [200, 200]
        assert (await api.request_json("GET", "/1"))["name"] in names


INFO = {"stack": {"name": "strongroom", "type": "dedicated", "region": "local", "egress_ips": []}}


@pytest.mark.parametrize(
    "sent",
    [
        {"Authorization": "Bearer {}"},
        {"X-User-Token": "{}"},
        {"X-User-Token": "{}", "X-User-Email": "anna@example.com"},
        {"X-User-Token": "{}", "X-User-Email": ""},
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/info", "/api/v1/info/", "/api/v1/info?unknown=1"])
async def test_info_is_200_with_a_valid_key(deployment: Deployment, path: str, sent: dict[str, str]) -> None:
    headers = {name: value.replace("{}", deployment.api_key) for name, value in sent.items()}
    answer = await deployment.http.get(path, headers=headers)

    assert answer.status_code == 200
    assert answer.json() == INFO
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Authorization": "Bearer sr_none_0123456789abcdef"},
        {"Authorization": "{}"},
        {"X-User-Token": "sr_none_0123456789abcdef"},
        {"X-User-Email": "anna@example.com"},
        {"Authorization": "Bearer {}", "X-User-Token": "{}"},
        {"Authorization": "Bearer {}", "X-User-Token": "{}", "X-User-Email": "anna@example.com"},
    ],
)
async def test_info_is_401_without_a_valid_key(deployment: Deployment, sent: dict[str, str]) -> None:
    headers = {name: value.replace("{}", deployment.api_key) for name, value in sent.items()}
    answer = await deployment.http.get("/api/v1/info", headers=headers)

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"] == "Unauthorized"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_info_needs_no_role(deployment: Deployment) -> None:
    for role in (ROLE_USER, ROLE_READER, ROLE_WRITER):
        [(_, authorization)] = await key_of(deployment, role)
        answer = await deployment.http.get("/api/v1/info", headers={"Authorization": authorization})
        assert answer.status_code == 200
