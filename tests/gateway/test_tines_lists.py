"""Tests Tines' lists: numbered pages, links to the neighbours, and filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from gateway.apis import VendorApi, another_organisation, tines, versori
from gateway.tines_samples import ANSWER, TEXT
from rpc.calls import bearer

from strongroom.v1.credential_pb2 import SURFACE_TINES, Credential, CredentialData, TextData
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest
from strongroom.v1.organisation_service_pb2 import CreateFolderRequest, Folder
from strongroom_server.gateway.vendors.tines import pages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conftest import Deployment

HOST = {"Host": "tenant.example.com"}
BASE = "http://tenant.example.com/api/v1/user_credentials"


async def api_of_new_organisation(deployment: Deployment) -> VendorApi:
    """A client for a new organisation."""
    _, key = await another_organisation(deployment)
    return tines(deployment, key=key)


async def create(api: VendorApi, *changes: Mapping[str, object]) -> list[int]:
    """Create a credential for each of these changes to TEXT, and return their ids."""
    return [(await api.request_json("POST", json={**TEXT, **changed}))["id"] for changed in changes]


async def ids_of_all(api: VendorApi) -> list[int]:
    """The ids of all credentials in the order of the list."""
    return ids(await page(api, "?per_page=500"))


async def page(api: VendorApi, query: str = "") -> Any:
    return await api.request_json("GET", query, headers=HOST)


def ids(page: Any) -> list[int]:
    return [each["id"] for each in page["user_credentials"]]


async def test_without_credentials_the_list_is_one_empty_page(deployment: Deployment) -> None:
    answer = await (await api_of_new_organisation(deployment)).request("GET", headers=HOST)

    assert answer.status_code == 200
    assert answer.json() == {
        "user_credentials": [],
        "meta": {
            "current_page": f"{BASE}?per_page=20&page=1",
            "previous_page": None,
            "next_page": None,
            "next_page_number": None,
            "per_page": 20,
            "pages": 1,
            "count": 0,
        },
    }
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_list_shows_each_credential_like_a_read_by_id(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    made = await create(api, {"name": "a"}, {"name": "b", "allowed_hosts": ["example.com"]})
    answer = await api.request("GET")

    assert sorted(ids(answer.json())) == made
    assert answer.json()["user_credentials"] == [
        await api.request_json("GET", f"/{each}") for each in ids(answer.json())
    ]
    assert [list(each) for each in answer.json()["user_credentials"]] == [list(ANSWER)] * 2
    assert list(answer.json()) == ["user_credentials", "meta"]
    assert list(answer.json()["meta"]) == [
        "current_page",
        "previous_page",
        "next_page",
        "next_page_number",
        "per_page",
        "pages",
        "count",
    ]
    assert "hunter2" not in answer.text


async def test_a_page_links_to_the_previous_and_next_page(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    await create(api, *({"name": name, "allowed_hosts": ["example.com"]} for name in "abc"))
    made = await ids_of_all(api)

    assert await page(api, "?per_page=1&page=2&filter=RESTRICTED") == {
        "user_credentials": [await api.request_json("GET", f"/{made[1]}")],
        "meta": {
            "current_page": f"{BASE}?per_page=1&page=2&filter=RESTRICTED",
            "previous_page": f"{BASE}?per_page=1&page=1&filter=RESTRICTED",
            "next_page": f"{BASE}?per_page=1&page=3&filter=RESTRICTED",
            "next_page_number": 3,
            "per_page": 1,
            "pages": 3,
            "count": 3,
        },
    }


async def test_links_keep_every_filter_in_a_fixed_order(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    folder = (
        await tines(deployment, "folders", api.headers["Authorization"].removeprefix("Bearer ")).request_json(
            "POST", json={"name": "f", "content_type": "CREDENTIAL", "team_id": 2}
        )
    )["id"]
    await create(api, *({"folder_id": folder} for _ in range(3)))
    query = f"/?filter=UNRESTRICTED&folder_id={folder}&unknown=1&page=2&team_id=2&per_page=1"
    meta = (await page(api, query))["meta"]

    filters = f"team_id=2&folder_id={folder}&filter=UNRESTRICTED"
    assert meta["current_page"] == f"{BASE}?per_page=1&page=2&{filters}"
    assert meta["next_page"] == f"{BASE}?per_page=1&page=3&{filters}"
    assert meta["previous_page"] == f"{BASE}?per_page=1&page=1&{filters}"


@pytest.mark.parametrize("per_page", [1, 2, 3, 7, 8])
async def test_following_next_page_reads_every_row_once(deployment: Deployment, per_page: int) -> None:
    api = await api_of_new_organisation(deployment)
    made = await create(api, *({"name": f"n{index}"} for index in range(7)))
    listed = await ids_of_all(api)

    rows: list[int] = []
    numbers: list[int | None] = []
    url, requests = f"{deployment.http_url}/api/v1/user_credentials?per_page={per_page}", 0
    while True:
        # The link is used unchanged, because it has the host of the request.
        answer = (await deployment.http.get(url, headers=api.headers)).json()
        rows += ids(answer)
        numbers.append(answer["meta"]["next_page_number"])
        requests += 1
        if answer["meta"]["next_page"] is None:
            break
        url = answer["meta"]["next_page"]
        assert urlsplit(url).netloc == urlsplit(deployment.http_url).netloc
        assert parse_qs(urlsplit(url).query)["page"] == [str(requests + 1)]

    assert (rows, sorted(rows)) == (listed, made)
    assert (answer["meta"]["count"], answer["meta"]["pages"]) == (len(rows), requests)
    assert numbers == [*range(2, requests + 1), None]


async def test_following_previous_page_reads_the_list_backwards(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    await create(api, *({} for _ in range(5)))

    rows: list[int] = []
    url = f"{deployment.http_url}/api/v1/user_credentials?per_page=2&page=3"
    while url:
        answer = (await deployment.http.get(url, headers=api.headers)).json()
        rows = ids(answer) + rows
        url = answer["meta"]["previous_page"]

    assert rows == await ids_of_all(api)


async def test_a_page_beyond_the_end_is_empty_and_links_to_the_last(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    await create(api, {}, {}, {})

    for number in (3, 4, 1_000_000_000):
        assert await page(api, f"?per_page=2&page={number}") == {
            "user_credentials": [],
            "meta": {
                "current_page": f"{BASE}?per_page=2&page={number}",
                "previous_page": f"{BASE}?per_page=2&page=2",
                "next_page": None,
                "next_page_number": None,
                "per_page": 2,
                "pages": 2,
                "count": 3,
            },
        }


async def test_a_page_beyond_the_rows_that_can_be_skipped_is_refused_if_the_list_has_more(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_SKIPPED", 2)
    api = await api_of_new_organisation(deployment)
    await create(api, {}, {})
    assert ids(await page(api, "?per_page=1&page=1000000000")) == []

    await create(api, {})
    assert len(ids(await page(api, "?per_page=1&page=3"))) == 1
    answer = await api.request("GET", "?per_page=1&page=4")
    assert answer.status_code == 422
    assert "page must start within the first 2 rows" in answer.text


async def test_a_page_has_20_rows_by_default_and_500_at_most(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    metadata = bearer(api.headers["Authorization"].removeprefix("Bearer "))
    credential = Credential(name="n", surface=SURFACE_TINES, team_id=2, data=CredentialData(text=TextData(value="v")))
    request = CreateCredentialRequest(credential=credential)
    made = [(await deployment.credentials.CreateCredential(request, metadata=metadata)).number for _ in range(501)]

    first, second = await page(api, "?per_page=500"), await page(api, "?per_page=500&page=2")
    assert sorted(ids(first) + ids(second)) == made
    assert ids(await page(api)) == ids(first)[:20]
    for asked in (500, 501, 1_000_000_000):
        answer = await page(api, f"?per_page={asked}")
        assert ids(answer) == ids(first)
        assert (answer["meta"]["per_page"], answer["meta"]["pages"], answer["meta"]["count"]) == (500, 2, 501)
        assert answer["meta"]["next_page"] == f"{BASE}?per_page=500&page=2"
        assert ids(await page(api, f"?per_page={asked}&page=2")) == ids(second)


async def test_filters_work_alone_and_together(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    key = api.headers["Authorization"].removeprefix("Bearer ")
    folder = await deployment.organisations.CreateFolder(
        CreateFolderRequest(folder=Folder(team_id=2, name="f")), metadata=bearer(key)
    )
    a, b, c, d = await create(
        api,
        {"team_id": 1},
        {"team_id": 1, "allowed_hosts": ["example.com"]},
        {"team_id": 2, "folder_id": folder.id},
        {"team_id": 2, "folder_id": folder.id, "allowed_hosts": ["example.com"]},
    )

    for query, expected in {
        "": [a, b, c, d],
        "?team_id=&folder_id=&filter=&page=&per_page=": [a, b, c, d],
        "?team_id=1": [a, b],
        "?team_id=2": [c, d],
        "?team_id=99": [],
        "?folder_id={}": [c, d],
        "?folder_id=99": [],
        "?team_id=1&folder_id={}": [],
        "?filter=RESTRICTED": [b, d],
        "?filter=UNRESTRICTED": [a, c],
        "?filter=UNUSED_IN_ACTIONS": [a, b, c, d],
        "?filter=RESTRICTED&team_id=2&folder_id={}": [d],
    }.items():
        answer = await page(api, query.format(folder.id))
        assert (sorted(ids(answer)), answer["meta"]["count"]) == (expected, len(expected)), query


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ("?page=0", "page must be an integer from 1 "),
        ("?page=-1", "page must be an integer from 1 "),
        ("?page=abc", "page must be an integer from 1 "),
        ("?page=1.5", "page must be an integer from 1 "),
        ("?page=" + "9" * 4_000, "page must be an integer from 1 "),
        ("?page=1&page=2", "page must not be repeated"),
        ("?per_page=0", "per_page must be an integer, at least 1"),
        ("?per_page=abc", "per_page must be an integer, at least 1"),
        ("?per_page=%D9%A1", "per_page must be an integer, at least 1"),
        ("?team_id=0", "team_id must be an integer from 1 "),
        ("?team_id=abc", "team_id must be an integer from 1 "),
        ("?team_id=9223372036854775808", "team_id must be an integer from 1 "),
        ("?folder_id=-5", "folder_id must be an integer from 1 "),
        ("?filter=hunter2", "filter must be one of UNUSED_IN_ACTIONS, UNRESTRICTED, RESTRICTED"),
        ("?filter=restricted", "filter must be one of UNUSED_IN_ACTIONS, UNRESTRICTED, RESTRICTED"),
        ("?filter=RESTRICTED,UNRESTRICTED", "filter must be one of UNUSED_IN_ACTIONS, UNRESTRICTED, RESTRICTED"),
        ("?filter=RESTRICTED&filter=UNRESTRICTED", "filter must not be repeated"),
    ],
)
async def test_a_bad_parameter_is_refused_by_name_and_rule(deployment: Deployment, query: str, details: str) -> None:
    answer = await tines(deployment).request("GET", query)

    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["message"] == "Validation failed"
    assert error["details"].startswith(details)
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("resource", ["user_credentials", "teams", "folders"])
@pytest.mark.parametrize(
    "forwarded",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "444"},
        {"Forwarded": "host=evil.example;proto=https"},
        {"X-Forwarded-Prefix": "/evil", "X-Original-URL": "/evil", "X-Script-Name": "/evil"},
    ],
)
async def test_links_use_the_host_header_and_no_forwarded_headers(
    deployment: Deployment, resource: str, forwarded: dict[str, str]
) -> None:
    for host in ("tenant.example.com", "localhost:8443", "[::1]:8080"):
        answer = await tines(deployment, resource).request_json("GET", headers={"Host": host, **forwarded})
        assert answer["meta"]["current_page"] == f"http://{host}/api/v1/{resource}?per_page=20&page=1"


async def test_a_list_has_only_credentials_of_this_surface_and_organisation(deployment: Deployment) -> None:
    organisation, key = await another_organisation(deployment)
    api = tines(deployment, key=key)
    made = await create(api, {}, {})
    await versori(deployment, key, organisation).request_json("POST", json={"name": "n", "type": "Default", "data": {}})
    await create(tines(deployment), {})
    answer = await page(api)

    assert (sorted(ids(answer)), answer["meta"]["count"]) == (made, 2)


async def test_deleted_credentials_are_neither_listed_nor_counted(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    made = await create(api, {}, {}, {})
    await api.request("DELETE", f"/{made[1]}")
    answer = await page(api)

    assert (sorted(ids(answer)), answer["meta"]["count"]) == ([made[0], made[2]], 2)


async def test_a_body_is_ignored(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    made = await create(api, {}, {})
    answer = await api.request(
        "GET", "/", headers={"Content-Type": "application/json"}, content=b'{"per_page": 1, "page": 2}'
    )

    assert sorted(ids(answer.json())) == made


@pytest.mark.parametrize("resource", ["user_credentials", "teams", "folders"])
async def test_a_missing_key_is_reported_before_other_mistakes(deployment: Deployment, resource: str) -> None:
    answer = await deployment.http.get(f"/api/v1/{resource}?page=abc")

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"] == "Unauthorized"
