"""Tests lists of credentials: orders, directions, skipping, and pages that end early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from credentials.listing import (
    MOST_PAGES,
    NAMES,
    ORDERS,
    Filled,
    backward,
    expire,
    filled,
    forward,
    ids,
    ids_of,
    ordered,
    page,
)
from rpc.calls import deleted, key_of, other_organisation
from samples import created, named

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL, ListCredentialsResponse
from strongroom.v1.organisation_service_pb2 import ROLE_READER
from strongroom_server.store import scans

if TYPE_CHECKING:
    from conftest import Deployment

__all__ = ["filled"]


def test_the_sample_names_have_another_order_by_utf_16_units() -> None:
    assert sorted(NAMES) != sorted(NAMES, key=lambda name: name.encode("utf-16-be"))
    assert sorted(NAMES) != sorted(NAMES, key=str.lower)


@pytest.mark.parametrize("surface", [0, SURFACE_NATIVE], ids=["every surface", "one surface"])
@pytest.mark.parametrize("order_by", ORDERS)
async def test_credentials_are_in_order_in_pages_of_any_size_in_both_directions(
    deployment: Deployment, filled: Filled, order_by: str, surface: int
) -> None:
    listed = [credential for credential in filled.credentials if surface in (0, credential.surface)]
    expected = ids(ordered(listed, order_by))
    asked = {"order_by": order_by, "surface": surface}
    for size in (1, 2, 5, len(expected) - 1, len(expected), 500):
        pages = await forward(deployment, filled.metadata, page_size=size, **asked)
        assert ids_of(pages) == expected
        assert [len(each.credentials) for each in pages[:-1]] == [size] * (len(pages) - 1)
        assert pages[0].previous_page_token == ""
        assert all(each.previous_page_token for each in pages[1:])
        back = await backward(deployment, filled.metadata, pages[-1], page_size=size, **asked)
        assert back[::-1] == pages[:-1]


@pytest.mark.parametrize("order_by", ["id", "id desc", "name", "name desc, id"])
async def test_a_page_token_can_be_used_in_either_direction(
    deployment: Deployment, filled: Filled, order_by: str
) -> None:
    expected = ids(ordered(filled.credentials, order_by))
    first, second, third, *_ = await forward(deployment, filled.metadata, page_size=5, order_by=order_by)

    async def found(**request: Any) -> list[str]:
        return ids((await page(deployment, filled.metadata, page_size=4, order_by=order_by, **request)).credentials)

    # The next token has the place of the last credential of the page, the previous token that of the first.
    assert await found(page_token=second.next_page_token) == expected[10:14]
    assert await found(before_page_token=second.next_page_token) == expected[5:9]
    assert await found(before_page_token=second.previous_page_token) == expected[1:5]
    assert await found(page_token=second.previous_page_token) == expected[6:10]
    assert await found(before_page_token=first.next_page_token) == expected[:4]
    assert await found(page_token=third.previous_page_token) == expected[11:15]


async def test_the_page_before_the_first_credential_is_empty(deployment: Deployment, filled: Filled) -> None:
    second = (await forward(deployment, filled.metadata, page_size=1))[1]
    alone = await page(deployment, filled.metadata, page_size=1, before_page_token=second.previous_page_token)
    assert ids(alone.credentials) == ids(filled.credentials[:1])
    assert (alone.previous_page_token, bool(alone.next_page_token)) == ("", True)
    # That token has the place of the first credential.
    nothing = await page(deployment, filled.metadata, before_page_token=alone.next_page_token)
    assert nothing == ListCredentialsResponse()


async def test_a_full_page_read_backward_shows_data_and_records_one_event(deployment: Deployment) -> None:
    organisation, by = await other_organisation(deployment)
    # Ids of the same millisecond have no order.
    made = sorted([await created(deployment, named(), by) for _ in range(5)], key=lambda each: each.id)
    last = (await forward(deployment, by, page_size=2, view=CREDENTIAL_VIEW_FULL))[-1]
    before = await page(
        deployment, by, page_size=2, view=CREDENTIAL_VIEW_FULL, before_page_token=last.previous_page_token
    )
    assert ids(before.credentials) == ids(made[2:4])
    assert [credential.data.basic_auth.username for credential in before.credentials] == ["anna", "anna"]
    async with deployment.sql() as connection:
        events = await connection.fetch(
            "select credential_ids from audit_events where organisation_id = $1 and action = 'ListCredentials'"
            " order by event_time",
            organisation,
        )
    assert [len(event[0]) for event in events] == [2, 2, 1, 2]
    assert {str(credential_id) for credential_id in events[-1][0]} == set(ids(made[2:4]))


@pytest.mark.parametrize("surface", [0, SURFACE_NATIVE], ids=["every surface", "one surface"])
@pytest.mark.parametrize("order_by", ["id", "id desc", "name", "name desc", "name, id desc"])
@pytest.mark.parametrize("backwards", [False, True], ids=["forward", "backward"])
async def test_each_remaining_credential_is_listed_once_while_others_are_created_and_deleted(
    deployment: Deployment, order_by: str, backwards: bool, surface: int
) -> None:
    _, by = await other_organisation(deployment)
    rows = [await created(deployment, named(f"row {index % 4}"), by) for index in range(24)]
    walk = ids(ordered(rows, order_by))
    asked = {"page_size": 4, "order_by": order_by, "surface": surface}
    if backwards:
        walk.reverse()
        # The place after the last credential of the list.
        end = (await forward(deployment, by, **asked))[-1]
        tail, token = ids(end.credentials)[::-1], end.previous_page_token
    else:
        tail, token = [], ""
    stays = {credential_id for index, credential_id in enumerate(walk) if index % 4 not in (1, 3)}
    goes = [credential_id for credential_id in walk if credential_id not in stays]
    seen = list(tail)
    for _ in range(MOST_PAGES):
        # Delete the credential at the token's place, unless it must stay, and the next one that need not stay.
        for credential_id in seen[-1:]:
            if credential_id not in stays:
                await deleted(deployment, credential_id, by)
        for credential_id in [credential_id for credential_id in goes if credential_id not in seen][:1]:
            await expire(deployment, credential_id)
            goes.remove(credential_id)
        await created(deployment, named("row 0"), by)
        await created(deployment, named("row 9"), by)
        found = await page(
            deployment, by, **({"before_page_token": token} if backwards else {"page_token": token}), **asked
        )
        shown = ids(found.credentials)
        seen += shown[::-1] if backwards else shown
        token = found.previous_page_token if backwards else found.next_page_token
        if not token:
            break
    assert not token
    assert len(seen) == len(set(seen))
    assert [credential_id for credential_id in seen if credential_id in stays] == [
        credential_id for credential_id in walk if credential_id in stays
    ]
    assert not set(walk) - stays - set(goes) & set(seen)


@pytest.mark.parametrize("order_by", ["id", "id desc", "name", "name desc, id"])
async def test_pages_by_skip_have_the_whole_list_and_its_total(
    deployment: Deployment, filled: Filled, order_by: str
) -> None:
    expected = ids(ordered(filled.credentials, order_by))
    for size in (1, 5, len(expected)):
        for skip in range(0, len(expected) + 2, size):
            found = await page(
                deployment, filled.metadata, page_size=size, skip=skip, order_by=order_by, with_total_size=True
            )
            assert ids(found.credentials) == expected[skip : skip + size]
            assert found.total_size == len(expected)
            assert bool(found.next_page_token) == (skip + size < len(expected))
            assert bool(found.previous_page_token) == (0 < skip < len(expected))


async def test_skipped_credentials_are_on_the_previous_page(deployment: Deployment, filled: Filled) -> None:
    expected = ids(filled.credentials)
    found = await page(deployment, filled.metadata, page_size=3, skip=7)
    before = await page(deployment, filled.metadata, page_size=3, before_page_token=found.previous_page_token)
    assert ids(before.credentials) == expected[4:7]
    after = await page(deployment, filled.metadata, page_size=3, page_token=found.next_page_token)
    assert ids(after.credentials) == expected[10:13]


async def test_skip_counts_from_the_place_of_the_token_in_the_direction_of_reading(
    deployment: Deployment, filled: Filled
) -> None:
    expected = ids(filled.credentials)
    start = await page(deployment, filled.metadata, page_size=10)
    found = await page(deployment, filled.metadata, page_size=3, skip=4, page_token=start.next_page_token)
    assert ids(found.credentials) == expected[14:17]
    found = await page(deployment, filled.metadata, page_size=3, skip=4, before_page_token=start.next_page_token)
    assert ids(found.credentials) == expected[2:5]
    assert found.next_page_token
    assert found.previous_page_token


# Filters without an index, in the orders that have one.
FILTERED: tuple[dict[str, Any], ...] = (
    {"variant": "text"},
    {"variant": "basic_auth", "surface": SURFACE_NATIVE},
    {"variant": "basic_auth", "team_id": 1},
    {"name_prefix": "a"},
    {"name_prefix": "a", "order_by": "name desc"},
    {"name_prefix": "\U0001f511", "order_by": "name"},
    {"variant": "basic_auth", "order_by": "name, id desc"},
    {"restricted": True, "order_by": "name"},
    {"variant": "basic_auth", "order_by": "id desc"},
    {"deleted": True, "surface": SURFACE_TINES},
)


@pytest.mark.parametrize("scanned", [1, 2, 5])
@pytest.mark.parametrize("filters", FILTERED, ids=str)
async def test_pages_that_end_early_have_the_whole_list_in_both_directions(
    deployment: Deployment, filled: Filled, filters: dict[str, Any], scanned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await page(deployment, filled.metadata, page_size=500, **filters)
    assert whole.credentials
    assert whole.next_page_token == ""
    monkeypatch.setattr(scans, "SCANNED", scanned)
    for size in (1, 2, 500):
        pages = await forward(deployment, filled.metadata, page_size=size, **filters)
        assert ids_of(pages) == ids(whole.credentials)
        assert all(len(each.credentials) <= size for each in pages)
        # From the first credential of the last page that has one, back to the start.
        last = [each for each in pages if each.credentials][-1]
        back = await backward(deployment, filled.metadata, last, page_size=size, **filters)
        assert ids_of(reversed(back)) == ids(whole.credentials)[: len(whole.credentials) - len(last.credentials)]


@pytest.mark.parametrize("filters", FILTERED, ids=str)
async def test_skipping_continues_on_the_pages_after_one_that_ended_early(
    deployment: Deployment, filled: Filled, filters: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ids((await page(deployment, filled.metadata, page_size=500, **filters)).credentials)
    monkeypatch.setattr(scans, "SCANNED", 3)
    for skip in range(1, len(whole) + 2):
        pages = [await page(deployment, filled.metadata, skip=skip, page_size=2, **filters)]
        while token := pages[-1].next_page_token:
            pages.append(await page(deployment, filled.metadata, page_token=token, page_size=2, **filters))
        assert ids_of(pages) == whole[skip:]


async def test_a_total_counts_every_match_of_any_filter(
    deployment: Deployment, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [(await page(deployment, filled.metadata, page_size=500, **filters)).credentials for filters in FILTERED]
    monkeypatch.setattr(scans, "SCANNED", 1)
    for filters, expected in zip(FILTERED, whole, strict=True):
        found = await page(deployment, filled.metadata, page_size=500, with_total_size=True, **filters)
        assert (ids(found.credentials), found.total_size) == (ids(expected), len(expected))


async def test_a_key_that_is_limited_to_teams_can_read_its_list_in_pages_that_end_early(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = await key_of(deployment, ROLE_READER, team_ids=(2,))
    before = ids_of(await forward(deployment, limited, page_size=500))
    for index in range(10):
        await created(deployment, named(team_id=1 if index % 5 else 2))
    whole = ids_of(await forward(deployment, limited, page_size=500))
    assert len(whole) == len(before) + 2
    monkeypatch.setattr(scans, "SCANNED", 4)
    assert ids_of(await forward(deployment, limited)) == whole
