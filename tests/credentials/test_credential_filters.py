"""Tests lists of credentials: filters, totals, and what a caller may see."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from credentials.listing import (
    Filled,
    backward,
    expire,
    filled,
    forward,
    ids,
    ids_of,
    made_folder,
    on_surface,
    ordered,
    page,
)
from google.protobuf.timestamp_pb2 import Timestamp
from key_samples import certificate_that_expires, mtls
from rpc.calls import Metadata, bearer, deleted, other_organisation, refused
from samples import created, named

from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, READ_ACCESS_SPECIFIC_TEAMS, SURFACE_NATIVE, Credential
from strongroom.v1.credential_service_pb2 import ListCredentialsResponse
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_WRITER, ApiKey, CreateApiKeyRequest
from strongroom_server.rules.surfaces import SURFACES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Deployment

__all__ = ["filled"]


@pytest.mark.parametrize("skip", [1000, 1_000_000])
async def test_a_page_beyond_the_end_has_only_the_total(deployment: Deployment, filled: Filled, skip: int) -> None:
    for surface in (0, SURFACE_NATIVE):
        total = sum(surface in (0, credential.surface) for credential in filled.credentials)
        asked = {"skip": skip, "surface": surface, "with_total_size": True}
        assert await page(deployment, filled.metadata, **asked) == ListCredentialsResponse(total_size=total)


async def test_an_empty_list_has_no_credentials_and_a_total_of_0(deployment: Deployment) -> None:
    _, by = await other_organisation(deployment)
    for surface in (0, SURFACE_NATIVE):
        assert await page(deployment, by, surface=surface, with_total_size=True) == ListCredentialsResponse()


async def test_a_total_is_counted_only_on_request(deployment: Deployment, filled: Filled) -> None:
    assert (await page(deployment, filled.metadata)).total_size == 0


async def test_every_page_has_the_total_of_the_whole_list(deployment: Deployment, filled: Filled) -> None:
    pages = await forward(deployment, filled.metadata, page_size=7, order_by="name", with_total_size=True)
    pages += await backward(deployment, filled.metadata, pages[-1], page_size=7, order_by="name", with_total_size=True)
    assert {each.total_size for each in pages} == {len(filled.credentials)}


FILTERS: dict[str, tuple[Any, ...]] = {
    "surface": (None, *SURFACES),
    "variant": (None, "text", "basic_auth"),
    "team_id": (None, 1, 2, 99),
    # The index of one of the folders, or of none that exists.
    "folder_id": (None, 1, 2, 99),
    "restricted": (None, True, False),
    "name_prefix": (None, "a", "\U0001f511", "%", "nobody"),
}


def filters() -> Iterator[dict[str, Any]]:
    """Each filter alone, and every pair of filters."""
    for one, other in itertools.combinations(FILTERS, 2):
        for values in itertools.product(FILTERS[one], FILTERS[other]):
            narrowed = zip((one, other), values, strict=True)
            yield {name: value for name, value in narrowed if value is not None}


def holds(credential: Credential, narrowed: dict[str, Any]) -> bool:
    for name, value in narrowed.items():
        if name == "name_prefix":
            kept = credential.name.startswith(value)
        elif name == "restricted":
            kept = bool(credential.allowed_hosts) == value
        else:
            kept = getattr(credential, name) == value
        if not kept:
            return False
    return True


async def test_pairs_of_filters_apply_together_and_to_the_total(deployment: Deployment, filled: Filled) -> None:
    lengths = set()
    for narrowed in filters():
        if narrowed.get("folder_id") in (1, 2):
            narrowed["folder_id"] = filled.folder_ids[narrowed["folder_id"] - 1]
        for order_by in ("id", "name desc"):
            expected = ids(ordered((each for each in filled.credentials if holds(each, narrowed)), order_by))
            found = await page(deployment, filled.metadata, order_by=order_by, with_total_size=True, **narrowed)
            assert (ids(found.credentials), found.total_size) == (expected, len(expected)), narrowed
            one = await page(
                deployment, filled.metadata, order_by=order_by, with_total_size=True, page_size=1, skip=2, **narrowed
            )
            assert (ids(one.credentials), one.total_size) == (expected[2:3], len(expected)), narrowed
        lengths.add(len(expected))
    assert len(lengths) > 5


async def test_what_expires_before_a_time_is_listed_in_any_order_and_by_pages(
    deployment: Deployment, filled: Filled
) -> None:
    for time in (Timestamp(seconds=5 << 30), Timestamp(seconds=5 << 30, nanos=1_000), Timestamp(seconds=1 << 34)):
        expected = [
            each
            for each in filled.credentials
            if each.HasField("expire_time") and each.expire_time.ToNanoseconds() < time.ToNanoseconds()
        ]
        for order_by in ("id", "name desc", "expire_time"):
            pages = await forward(
                deployment, filled.metadata, page_size=3, order_by=order_by, expires_before=time, with_total_size=True
            )
            assert ids_of(pages) == ids(ordered(expected, order_by))
            assert {each.total_size for each in pages} == {len(expected)}


async def test_what_has_a_certificate_that_expires_is_listed_too(deployment: Deployment) -> None:
    _, by = await other_organisation(deployment)
    certificates = {}
    for year in (2020, 2041, 2042):
        data = mtls(*certificate_that_expires(datetime(year, 1, 1, tzinfo=UTC)))
        certificates[year] = await created(deployment, named(data=data), by)
    both = named(data=mtls(*certificate_that_expires(datetime(2042, 1, 1, tzinfo=UTC))))
    both.expire_time.FromDatetime(datetime(2030, 1, 1, tzinfo=UTC))
    first = await created(deployment, both, by)
    await created(deployment, named(), by)
    before = Timestamp()
    before.FromDatetime(datetime(2041, 1, 1, microsecond=1, tzinfo=UTC))
    # Ids are in the order of the database's clock, which the node estimates: it may give the same time twice.
    assert sorted(ids((await page(deployment, by, expires_before=before)).credentials)) == sorted(
        (certificates[2020].id, certificates[2041].id, first.id)
    )
    await deleted(deployment, first.id, by)
    assert ids((await page(deployment, by, expires_before=before, deleted=True)).credentials) == [first.id]
    refusal = await refused(page(deployment, by, expires_before=Timestamp(seconds=1 << 40)))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["expires_before"])


async def test_all_filters_apply_together(deployment: Deployment, filled: Filled) -> None:
    wanted = next(
        credential for credential in filled.credentials if credential.folder_id and not credential.allowed_hosts
    )
    narrowed = {
        "surface": wanted.surface,
        "variant": wanted.variant,
        "team_id": wanted.team_id,
        "folder_id": wanted.folder_id,
        "restricted": False,
        "name_prefix": wanted.name,
    }
    expected = ids(credential for credential in filled.credentials if holds(credential, narrowed))
    found = await page(deployment, filled.metadata, with_total_size=True, **narrowed)
    assert wanted.id in expected
    assert (ids(found.credentials), found.total_size) == (expected, len(expected))
    for other in ({"variant": "raw"}, {"team_id": 3 - wanted.team_id}, {"restricted": True}, {"name_prefix": "no"}):
        assert (
            await page(deployment, filled.metadata, with_total_size=True, **narrowed | other)
            == ListCredentialsResponse()
        )


async def limited_key(deployment: Deployment, by: Metadata, *team_ids: int) -> Metadata:
    key = ApiKey(roles=[ROLE_READER, ROLE_WRITER], team_ids=team_ids)
    made = await deployment.organisations.CreateApiKey(CreateApiKeyRequest(api_key=key), metadata=by)
    return bearer(made.key)


async def test_a_key_that_is_limited_to_teams_lists_and_counts_only_what_it_may_read(deployment: Deployment) -> None:
    _, by = await other_organisation(deployment)
    specific = READ_ACCESS_SPECIFIC_TEAMS
    own = await created(deployment, named(team_id=1), by)
    given = await created(deployment, named(team_id=2, read_access=specific, shared_team_slugs=["team_1"]), by)
    everyones = await created(deployment, named(read_access=READ_ACCESS_GLOBAL), by)
    other = await created(deployment, named(team_id=2), by)
    nobodys = await created(deployment, named(), by)
    seen = {
        (): [own, given, everyones, other, nobodys],
        (1,): [own, given, everyones],
        (2,): [given, everyones, other],
        (1, 2): [own, given, everyones, other],
    }
    for team_ids, expected in seen.items():
        limited = await limited_key(deployment, by, *team_ids)
        for narrowed in ({}, {"surface": SURFACE_NATIVE}, {"team_id": 1}, {"team_id": 2}, {"order_by": "name"}):
            team_id = narrowed.get("team_id")
            left = [credential for credential in expected if team_id in (None, credential.team_id)]
            found = await page(deployment, limited, page_size=1, skip=1, with_total_size=True, **narrowed)
            assert found.total_size == len(left), (team_ids, narrowed)
            walked = ids_of(await forward(deployment, limited, page_size=2, **narrowed))
            assert sorted(walked) == sorted(ids(left)), (team_ids, narrowed)


async def test_test_credentials_and_deleted_credentials_are_not_counted(deployment: Deployment) -> None:
    _, by = await other_organisation(deployment)
    folder_id = await made_folder(deployment, by, team_id=1)
    place: dict[str, Any] = {"team_id": 1, "folder_id": folder_id}
    live, gone, over = [await created(deployment, named("n", **place), by) for _ in range(3)]
    for each in (live, gone, over):
        await created(deployment, named("n", live_credential_id=each.id), by)
    await deleted(deployment, gone.id, by)
    await expire(deployment, over.id)
    # It expires in the future.
    later = Timestamp(seconds=4_000_000_000)
    lasting = await created(deployment, named("n", expire_time=later, **place), by)
    for narrowed in ({}, {"surface": SURFACE_NATIVE}, {"team_id": 1}, {"folder_id": folder_id}, {"name_prefix": "n"}):
        for order_by in ("id", "name"):
            found = await page(deployment, by, with_total_size=True, order_by=order_by, **narrowed)
            assert (ids(found.credentials), found.total_size) == ([live.id, lasting.id], 2), narrowed


async def test_another_organisations_credentials_are_neither_listed_nor_counted(
    deployment: Deployment, filled: Filled
) -> None:
    _, by = await other_organisation(deployment)
    mine = [await created(deployment, on_surface(surface, "a", (1, 0)), by) for surface in SURFACES]
    narrowings: list[dict[str, Any]] = [{}, {"team_id": 1}, {"name_prefix": "a"}, {"restricted": False}]
    for narrowed in (*narrowings, *({"surface": surface} for surface in SURFACES)):
        expected = ids(credential for credential in mine if holds(credential, narrowed))
        for order_by in ("id", "name desc"):
            found = await page(deployment, by, with_total_size=True, order_by=order_by, **narrowed)
            assert sorted(ids(found.credentials)) == expected
            assert found.total_size == len(expected)
    nothing = await page(deployment, by, folder_id=filled.folder_ids[0], with_total_size=True)
    assert nothing == ListCredentialsResponse()


async def test_a_list_with_its_total_is_one_statement(own_deployment: Deployment) -> None:
    await created(own_deployment)
    seen: list[str] = []
    for holder in own_deployment.service.database._pool._holders:  # type: ignore[attr-defined] # its stubs leave it out
        if holder._con is not None:
            holder._con.add_query_logger(lambda logged: seen.append(logged.query))
    assert (await page(own_deployment, own_deployment.metadata, with_total_size=True)).total_size == 1
    assert len([query for query in seen if "from credentials" in query]) == 1
