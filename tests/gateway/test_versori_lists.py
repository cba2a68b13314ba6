"""Tests Versori's lists: pages forwards and backwards, orders, and page tokens."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ORGANISATION
from gateway.apis import VendorApi, another_organisation, base_64, slashid, tines, versori

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conftest import Deployment

# Two credentials have the same name, so that another field decides their order.
NAMES = ("delta", "alpha", "charlie", "alpha", "Bravo")
# The value of `sort`, and the complete order that it means.
ORDERS = {
    "": "id:asc",
    "id:asc": "id:asc",
    "id:desc": "id:desc",
    "name:asc": "name:asc,id:asc",
    "name:desc": "name:desc,id:desc",
    "name:asc,id:asc": "name:asc,id:asc",
    "name:asc,id:desc": "name:asc,id:desc",
    "name:desc,id:asc": "name:desc,id:asc",
    "name:desc,id:desc": "name:desc,id:desc",
    "id:asc,name:desc": "id:asc",
    "id:desc,name:asc": "id:desc",
}


async def api_of_new_organisation(deployment: Deployment) -> VendorApi:
    """A client for a new organisation."""
    organisation, key = await another_organisation(deployment)
    return versori(deployment, key, organisation)


async def create(api: VendorApi, names: Iterable[str]) -> list[str]:
    """Create credentials with these names, and return their ids in order."""
    sent = [{"name": name, "type": "Default", "data": {"k": base_64(name)}} for name in names]
    return sorted([(await api.request_json("POST", json=body))["id"] for body in sent])


async def page(api: VendorApi, **query: object) -> Any:
    return await api.request_json("GET", params=query)


def ids(page: Any) -> list[str]:
    return [item["id"] for item in page["items"]]


async def test_without_credentials_the_list_is_one_empty_page(deployment: Deployment) -> None:
    answer = await (await api_of_new_organisation(deployment)).request("GET")

    assert answer.status_code == 200
    assert answer.json() == {"items": [], "totalCount": 0}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_list_shows_each_credential_like_a_read_by_id(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    data = {"username": base_64("anna"), "password": base_64("hunter2")}
    for sent in (
        {"type": "Default", "data": data, "redactFields": ["password"], "expiresAt": "2100-01-01T00:00:00Z"},
        {"type": "Raw", "data": {"raw": base_64("hunter2")}},
        {"type": "BasicAuth", "data": data},
        {"type": "BasicAuth", "data": {}},
    ):
        await api.request_json("POST", json={"name": "n", **sent})
    listed = await page(api)

    assert listed == {
        "items": [await api.request_json("GET", f"/{credential_id}") for credential_id in ids(listed)],
        "totalCount": 4,
    }
    assert sorted(item["isValid"] for item in listed["items"]) == [False, True, True, True]
    assert ids(listed) == sorted(ids(listed))
    assert base_64("hunter2") not in str(listed)


async def test_next_leads_forwards_and_prev_backwards(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    made = await create(api, "abcdefg")

    first = await page(api, first=3)
    second = await page(api, first=3, after=first["next"])
    third = await page(api, first=3, after=second["next"])
    back = await page(api, first=3, before=third["prev"])
    start = await page(api, first=3, before=back["prev"])
    again = await page(api, first=3, after=start["next"])

    assert [ids(each) for each in (first, second, third)] == [made[:3], made[3:6], made[6:]]
    assert (ids(back), ids(start), ids(again)) == (made[3:6], made[:3], made[3:6])
    assert {each["totalCount"] for each in (first, second, third, back, start)} == {7}
    assert [set(each) - {"items", "totalCount"} for each in (first, second, third, back, start)] == [
        {"next"},
        {"next", "prev"},
        {"prev"},
        {"next", "prev"},
        {"next"},
    ]


async def test_a_page_that_ends_with_the_list_has_no_next(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    made = await create(api, "abcd")

    first = await page(api, first=2)
    second = await page(api, first=2, after=first["next"])

    assert ids(first) + ids(second) == made
    assert "next" not in second


@pytest.mark.parametrize(("sort", "order"), ORDERS.items(), ids=[sort or "none" for sort in ORDERS])
async def test_a_list_is_sorted_as_requested_in_both_directions(deployment: Deployment, sort: str, order: str) -> None:
    api = await api_of_new_organisation(deployment)
    made = [await api.request_json("GET", f"/{credential_id}") for credential_id in await create(api, NAMES)]
    for term in reversed(order.split(",")):
        column, direction = term.split(":")
        made.sort(key=operator.itemgetter(column), reverse=direction == "desc")
    expected = [each["id"] for each in made]

    pages = [await page(api, first=2, sort=sort)]
    while "next" in pages[-1]:
        pages.append(await page(api, first=2, sort=sort, after=pages[-1]["next"]))
    back = [pages[-1]]
    while "prev" in back[0]:
        back.insert(0, await page(api, first=2, sort=sort, before=back[0]["prev"]))

    assert ids(await page(api, sort=sort)) == expected
    assert [credential_id for each in pages for credential_id in ids(each)] == expected
    assert [credential_id for each in back for credential_id in ids(each)] == expected


MANY: list[dict[str, Any]] = [
    {"name": "c", "type": "Raw", "data": {"raw": base_64("r")}, "expiresAt": "2101-01-01T00:00:00Z"},
    {"name": "a", "type": "Default", "data": {}, "redactFields": ["b"]},
    {"name": "b", "type": "BasicAuth", "data": {"username": base_64("u"), "password": base_64("p")}},
    {"name": "a", "type": "BasicAuth", "data": {}, "expiresAt": "2100-01-01T00:00:00Z"},
    {"name": "b", "type": "Raw", "data": {}, "expiresAt": "2100-01-01T00:00:01Z"},
    {"name": "c", "type": "Default", "data": {}, "redactFields": ["a"]},
]


def sorted_by(items: Iterable[Any], sort: str) -> list[str]:
    """The ids as Python sorts them. Objects, arrays and organisationID have no effect."""
    terms = [term.split(":") for term in sort.split(",")]
    deciding = [
        (field, direction) for field, direction in terms if field in ("id", "name", "type", "expiresAt", "isValid")
    ]
    first_direction = deciding[0][1] if deciding else "asc"
    found = [{"expiresAt": "9999", **item} for item in items]
    for field, direction in reversed([*deciding, ("id", first_direction)]):
        found.sort(key=operator.itemgetter(field), reverse=direction == "desc")
    return [item["id"] for item in found]


@pytest.mark.parametrize(
    "sort",
    [
        "type:asc",
        "type:desc",
        "expiresAt:asc",
        "expiresAt:desc",
        "isValid:asc",
        "isValid:desc",
        "organisationID:asc",
        "data:desc",
        "redactFields:asc",
        "errors:desc",
        "organisationID:desc,name:asc",
        "isValid:asc,type:desc,name:asc",
        "type:asc,name:desc,id:asc",
        "name:asc,expiresAt:desc,id:desc",
        "expiresAt:asc,isValid:desc,data:asc,id:desc",
    ],
)
async def test_a_list_is_sorted_by_any_field_that_a_credential_shows(deployment: Deployment, sort: str) -> None:
    api = await api_of_new_organisation(deployment)
    for sent in MANY:
        await api.request_json("POST", json=sent)
    expected = sorted_by((await page(api))["items"], sort)

    pages = [await page(api, first=2, sort=sort)]
    while "next" in pages[-1]:
        pages.append(await page(api, first=2, sort=sort, after=pages[-1]["next"]))
    back = [pages[-1]]
    while "prev" in back[0]:
        back.insert(0, await page(api, first=2, sort=sort, before=back[0]["prev"]))

    assert ids(await page(api, sort=sort)) == expected
    assert [credential_id for each in pages for credential_id in ids(each)] == expected
    assert [credential_id for each in back for credential_id in ids(each)] == expected


async def test_a_page_has_20_rows_by_default_and_50_at_most(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    made = await create(api, map(str, range(51)))

    assert ids(await page(api)) == made[:20]
    for first in (50, 51, 1_000, 1_000_001, "9" * 4_000):
        answer = await page(api, first=first)
        assert (ids(answer), answer["totalCount"]) == (made[:50], 51)
        assert ids(await page(api, first=first, after=answer["next"])) == made[50:]


async def test_empty_parameters_unknown_parameters_and_a_body_are_ignored(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    made = await create(api, "abc")
    answer = await api.request(
        "GET",
        "/?first=&after=&before=&sort=&unknown=1",
        headers={"Content-Type": "application/json"},
        content=b'{"first": 1',
    )

    assert answer.status_code == 200
    assert ids(answer.json()) == made


FIRST = "first must be an integer, at least 1"
SORT = (
    "sort must name fields of id, name, type, expiresAt, isValid, organisationID, data, redactFields, errors, "
    "each once with :asc or :desc, such as name:asc,id:desc"
)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("first=0", FIRST),
        ("first=-1", FIRST),
        ("first=abc", FIRST),
        ("first=1.0", FIRST),
        ("first=%2B1", FIRST),
        ("first=1e1", FIRST),
        ("first=%D9%A1", FIRST),
        ("first=-" + "9" * 4_000, FIRST),
        ("first=1&first=2", "first must not be repeated"),
        ("sort=name", SORT),
        ("sort=name:up", SORT),
        ("sort=name:ASC", SORT),
        ("sort=Name:asc", SORT),
        ("sort=rating:asc", SORT),
        ("sort=name:asc,rating:desc,id:desc", SORT),
        ("sort=name:asc,", SORT),
        ("sort=,name:asc", SORT),
        ("sort=name:asc,%20id:asc", SORT),
        ("sort=name:asc;id:asc", SORT),
        ("sort=name%20asc", SORT),
        ("sort=name:asc%0A", SORT),
        ("sort=hunter2;drop%20table%20credentials", SORT),
        ("sort=name:asc,name:desc", SORT),
        ("sort=type:asc,type:asc", SORT),
        ("sort=variant:asc", SORT),
        ("sort=expiresat:asc", SORT),
        ("sort=id:asc&sort=id:asc", "sort must not be repeated"),
    ],
)
async def test_a_bad_parameter_is_refused_by_name_and_rule(deployment: Deployment, query: str, message: str) -> None:
    answer = await versori(deployment).request("GET", f"?{query}")

    assert answer.status_code == 400
    assert answer.json()["code"] == "400014"
    assert answer.json()["message"].startswith(message)
    assert answer.json()["extensions"]["reason"] == "FIELD_INVALID"
    assert answer.json()["extensions"]["fields"][0]["field"] == message.split(maxsplit=1)[0]
    assert "hunter2" not in answer.text


async def test_after_and_before_together_are_refused(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    await create(api, "abc")
    token = (await page(api, first=1))["next"]
    answer = await api.request("GET", params={"after": token, "before": token})

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "400014",
        "message": "before must not be sent together with after",
        "extensions": {
            "reason": "FIELD_INVALID",
            "fields": [{"field": "before", "message": "must not be sent together with after"}],
        },
    }


async def test_a_page_token_is_valid_only_for_its_own_list(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    other = await api_of_new_organisation(deployment)
    made = await create(api, "abcde")
    await create(other, "abcde")
    by_id = (await page(api, first=2))["next"]
    by_name = (await page(api, first=2, sort="name:asc"))["next"]
    foreign = (await page(other, first=2))["next"]

    # The page size may change between pages.
    assert ids(await page(api, first=1, after=by_id)) == made[2:3]
    for query in (
        {"after": foreign},
        {"before": foreign},
        {"after": by_name},
        {"after": by_id, "sort": "name:asc"},
        {"after": by_name, "sort": "name:desc"},
        {"after": made[0]},
        {"before": "hunter2"},
        {"after": "%00"},
        {"after": "ü"},
        {"after": by_id[:-4]},
    ):
        answer = await api.request("GET", params=query)
        assert (answer.status_code, answer.json()["code"]) == (400, "400020"), query
        assert answer.json()["extensions"] == {"reason": "PAGE_TOKEN_INVALID"}
        assert "hunter2" not in answer.text


async def test_a_deletion_between_two_pages_moves_no_row(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    made = await create(api, "abcde")
    first = await page(api, first=2)
    for gone in (made[1], made[2]):
        await api.request_json("DELETE", f"/{gone}")
    second = await page(api, first=2, after=first["next"])

    assert (ids(second), second["totalCount"]) == (made[3:], 3)
    assert ids(await page(api, before=second["prev"])) == made[:1]


async def test_a_list_has_only_credentials_of_this_surface_and_organisation(deployment: Deployment) -> None:
    organisation, key = await another_organisation(deployment)
    api = versori(deployment, key, organisation)
    made = await create(api, "ab")
    await versori(deployment).request_json("POST", json={"name": "theirs", "type": "Default", "data": {}})
    await slashid(deployment, key, organisation).request_json(
        "POST", json={"extcred_provider": "generic", "extcred_type": "api_key", "json_blob": {"api_key": "k"}}
    )
    await tines(deployment, key=key).request_json(
        "POST", json={"name": "n", "mode": "TEXT", "team_id": 1, "value": "v"}
    )

    assert (ids(await page(api)), (await page(api))["totalCount"]) == (made, 2)


@pytest.mark.parametrize("organisation", ["other", "strongroom", ORGANISATION.upper()])
@pytest.mark.parametrize("query", ["", "?first=1&sort=name:desc"])
async def test_another_organisation_in_the_path_is_forbidden(
    deployment: Deployment, organisation: str, query: str
) -> None:
    answer = await versori(deployment, organisation=organisation).request("GET", query)

    assert answer.status_code == 403
    assert answer.json()["code"] == "403005"
    assert answer.json()["extensions"] == {"reason": "ORGANISATION_MISMATCH"}


async def test_a_missing_key_is_reported_before_other_mistakes(deployment: Deployment) -> None:
    answer = await deployment.http.get(f"{versori(deployment).path}?first=abc")

    assert (answer.status_code, answer.json()["code"]) == (401, "401001")
