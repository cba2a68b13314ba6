"""Tests lists of credentials: orders, directions, page tokens, skipping, filters and totals."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from rpc.calls import Metadata, bearer, deleted, key_of, other_organisation, refused
from samples import created, named

from strongroom.v1.credential_pb2 import (
    PROVIDER_SHOPIFY,
    READ_ACCESS_GLOBAL,
    READ_ACCESS_SPECIFIC_TEAMS,
    SURFACE_NATIVE,
    SURFACE_TINES,
    Credential,
)
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    ListCredentialsRequest,
    ListCredentialsResponse,
)
from strongroom.v1.organisation_service_pb2 import (
    ROLE_READER,
    ROLE_WRITER,
    ApiKey,
    CreateApiKeyRequest,
    CreateFolderRequest,
    Folder,
)
from strongroom_server.rules.surfaces import SURFACES
from strongroom_server.store import scans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conftest import Deployment

# With equal names, upper and lower case, and two names that UTF-16 units sort differently from code points.
NAMES = ("b", "a", "B", "a", "ab", "é", "\uff5e", "\U0001f511", "a", "~", "b", "Z")
# A test that reads more pages is in an endless loop.
MOST_PAGES = 100

# Values of order_by, and their columns with whether each descends.
ORDERS: dict[str, tuple[tuple[str, bool], ...]] = {
    "": (("id", False),),
    "id": (("id", False),),
    "id asc": (("id", False),),
    "id desc": (("id", True),),
    "id desc, name": (("id", True),),
    "name": (("name", False), ("id", False)),
    "name asc": (("name", False), ("id", False)),
    "name desc": (("name", True), ("id", True)),
    "name,id": (("name", False), ("id", False)),
    "name, id desc": (("name", False), ("id", True)),
    "name desc, id": (("name", True), ("id", False)),
    " name  desc ,id desc ": (("name", True), ("id", True)),
    "variant": (("variant", False), ("id", False)),
    "variant desc, name": (("variant", True), ("name", False), ("id", True)),
    "variant, name desc, id": (("variant", False), ("name", True), ("id", False)),
    "state": (("state", False), ("id", False)),
    "expire_time": (("expire_time", False), ("id", False)),
    "expire_time desc": (("expire_time", True), ("id", True)),
    "expire_time desc, name, id desc": (("expire_time", True), ("name", False), ("id", True)),
    "state desc, expire_time, variant desc, name": (
        ("state", True),
        ("expire_time", False),
        ("variant", True),
        ("name", False),
        ("id", True),
    ),
}


@dataclass(frozen=True, slots=True)
class Filled:
    """An organisation with credentials of every kind, and those that its lists must show."""

    metadata: Metadata
    credentials: Sequence[Credential]
    folder_ids: tuple[int, int]


@pytest.fixture(scope="module")
async def filled(deployment: Deployment) -> Filled:
    """Credentials on every surface, in teams and folders, among test credentials, deleted and expired ones."""
    _, by = await other_organisation(deployment)
    first, second = [await made_folder(deployment, by, team_id=team_id) for team_id in (1, 2)]
    # Teams and folders of the credentials.
    places = itertools.cycle([(0, 0), (1, 0), (1, first), (2, 0), (2, second)])
    hosts = itertools.cycle([[], ["a.example.com"], []])
    # Some times are equal, and two differ by a microsecond.
    times = itertools.cycle(
        [None, Timestamp(seconds=1 << 33), None, *(Timestamp(seconds=5 << 30, nanos=n) for n in (0, 1_000))]
    )
    shown = [
        await created(
            deployment, on_surface(surface, name, place, allowed_hosts=next(hosts), expire_time=next(times)), by
        )
        for name, surface, place in zip(NAMES * 2, itertools.cycle(SURFACES), places, strict=False)
    ]
    for live, name in zip(shown, NAMES, strict=False):
        await created(deployment, on_surface(live.surface, name, live_credential_id=live.id), by)
    for surface in SURFACES:
        place = (1, first)
        gone = await created(deployment, on_surface(surface, "a", place), by)
        await deleted(deployment, gone.id, by)
        over = await created(deployment, on_surface(surface, "a", place), by)
        await expire(deployment, over.id)
    return Filled(by, shown, (first, second))


def on_surface(surface: int, name: str, place: tuple[int, int] = (0, 0), **fields: Any) -> Credential:
    """A credential with a variant of the surface and the fields that the surface requires."""
    team_id, folder_id = place
    rules = SURFACES[surface]
    if rules.provider_required:
        fields["provider"] = PROVIDER_SHOPIFY
    variant = "basic_auth" if "basic_auth" in rules.variants else "text"
    return named(name, variant=variant, surface=surface, team_id=team_id, folder_id=folder_id, **fields)


async def made_folder(deployment: Deployment, by: Metadata, *, team_id: int) -> int:
    request = CreateFolderRequest(folder=Folder(team_id=team_id, name="f"))
    return (await deployment.organisations.CreateFolder(request, metadata=by)).id


async def expire(deployment: Deployment, credential_id: str) -> None:
    async with deployment.sql() as connection:
        status = await connection.execute(
            "update credentials set expire_time = strongroom_now() where id = $1", credential_id
        )
    assert status == "UPDATE 1"


async def page(deployment: Deployment, by: Metadata, **request: Any) -> ListCredentialsResponse:
    return await deployment.credentials.ListCredentials(ListCredentialsRequest(**request), metadata=by)


async def forward(deployment: Deployment, by: Metadata, **request: Any) -> list[ListCredentialsResponse]:
    """The pages of a list from its start."""
    pages = [await page(deployment, by, **request)]
    while token := pages[-1].next_page_token:
        assert len(pages) < MOST_PAGES
        pages.append(await page(deployment, by, page_token=token, **request))
    return pages


async def backward(
    deployment: Deployment, by: Metadata, last: ListCredentialsResponse, **request: Any
) -> list[ListCredentialsResponse]:
    """The pages before this one, the nearest first."""
    pages = [last]
    while token := pages[-1].previous_page_token:
        assert len(pages) < MOST_PAGES
        pages.append(await page(deployment, by, before_page_token=token, **request))
    return pages[1:]


def ids(credentials: Iterable[Credential]) -> list[str]:
    return [credential.id for credential in credentials]


def ids_of(pages: Iterable[ListCredentialsResponse]) -> list[str]:
    return [credential.id for each in pages for credential in each.credentials]


def ordered(credentials: Iterable[Credential], order_by: str) -> list[Credential]:
    """The credentials sorted by Python, which compares texts by code points."""
    found = list(credentials)
    for column, descends in reversed(ORDERS[order_by]):
        found.sort(key=lambda credential: key_of_order(credential, column), reverse=descends)
    return found


def key_of_order(credential: Credential, column: str) -> Any:
    if column == "expire_time":
        return credential.expire_time.ToNanoseconds() if credential.HasField("expire_time") else math.inf
    return getattr(credential, column)


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
    made = [await created(deployment, named(), by) for _ in range(5)]
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


OTHER_LISTS: dict[str, dict[str, Any]] = {
    "surface": {"surface": SURFACE_TINES},
    "another surface": {"surface": SURFACE_NATIVE, "order_by": "name"},
    "variant": {"variant": "text"},
    "team": {"team_id": 1},
    "folder": {"folder_id": 1},
    "restricted": {"restricted": True},
    "not restricted": {"restricted": False},
    "name prefix": {"name_prefix": "a"},
    "view": {"view": CREDENTIAL_VIEW_FULL},
    "order": {"order_by": "name"},
    "other direction": {"order_by": "id desc"},
}


@pytest.mark.parametrize("other", OTHER_LISTS)
async def test_a_token_of_another_list_is_refused(deployment: Deployment, filled: Filled, other: str) -> None:
    first, second, *_ = await forward(deployment, filled.metadata, page_size=3)
    tokens = (first.next_page_token, second.previous_page_token)
    for token, name in itertools.product(tokens, ("page_token", "before_page_token")):
        assert (await page(deployment, filled.metadata, **{name: token})).credentials
        refusal = await refused(page(deployment, filled.metadata, **{name: token}, **OTHER_LISTS[other]))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID")
    # And in the other direction.
    names = {"page_size": 1, **OTHER_LISTS[other]}
    theirs = (await page(deployment, filled.metadata, **names)).next_page_token
    if theirs:
        for name in ("page_token", "before_page_token"):
            assert (await refused(page(deployment, filled.metadata, **{name: theirs}))).reason == "PAGE_TOKEN_INVALID"


async def test_a_token_of_another_organisation_is_refused_in_either_direction(
    deployment: Deployment, filled: Filled
) -> None:
    token = (await page(deployment, filled.metadata, page_size=1)).next_page_token
    _, by = await other_organisation(deployment)
    await created(deployment, named(), by)
    for name in ("page_token", "before_page_token"):
        assert (await refused(page(deployment, by, **{name: token}))).reason == "PAGE_TOKEN_INVALID"
        assert (
            await refused(page(deployment, filled.metadata, **{name: token[:-4] + "AAAA"}))
        ).reason == "PAGE_TOKEN_INVALID"


async def test_orders_with_the_same_meaning_share_their_page_tokens(deployment: Deployment, filled: Filled) -> None:
    token = (await page(deployment, filled.metadata, page_size=3, order_by="name desc")).next_page_token
    same = await page(deployment, filled.metadata, page_size=3, order_by="name desc,id desc", page_token=token)
    assert ids(same.credentials) == ids(ordered(filled.credentials, "name desc"))[3:6]


async def test_a_request_with_two_page_tokens_is_refused(deployment: Deployment, filled: Filled) -> None:
    token = (await page(deployment, filled.metadata, page_size=1)).next_page_token
    refusal = await refused(page(deployment, filled.metadata, page_token=token, before_page_token=token))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["before_page_token"])


@pytest.mark.parametrize(
    "order_by",
    [
        "create_time",
        "Name",
        "name asc desc",
        "name up",
        "name,",
        ",",
        ", id",
        "name name",
        "name, name",
        "id, id desc",
        "id, name, id",
        "name;id",
        "c.name",
        "name desc nulls first",
        "id --",
        "hunter2'; drop table credentials",
    ],
)
async def test_an_unknown_order_is_refused(deployment: Deployment, filled: Filled, order_by: str) -> None:
    refusal = await refused(page(deployment, filled.metadata, order_by=order_by))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID")
    assert list(refusal.fields) == ["order_by"]
    assert "hunter2" not in str(refusal)


@pytest.mark.parametrize("skip", [-1, 1_000_001, (1 << 63) - 1, -(1 << 63)])
async def test_a_skip_out_of_range_is_refused(deployment: Deployment, filled: Filled, skip: int) -> None:
    refusal = await refused(page(deployment, filled.metadata, skip=skip))
    assert (refusal.reason, refusal.fields) == ("FIELD_INVALID", {"skip": "must be 0 to 1,000,000"})


@pytest.mark.parametrize("name", ["team_id", "folder_id"])
async def test_a_negative_number_is_refused(deployment: Deployment, filled: Filled, name: str) -> None:
    refusal = await refused(page(deployment, filled.metadata, **{name: -1}))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", [name])
    assert (await page(deployment, filled.metadata, **{name: (1 << 63) - 1})) == ListCredentialsResponse()


async def test_a_list_with_its_total_is_one_statement(own_deployment: Deployment) -> None:
    await created(own_deployment)
    seen: list[str] = []
    for holder in own_deployment.service.database._pool._holders:  # type: ignore[attr-defined] # its stubs leave it out
        if holder._con is not None:
            holder._con.add_query_logger(lambda logged: seen.append(logged.query))
    assert (await page(own_deployment, own_deployment.metadata, with_total_size=True)).total_size == 1
    assert len([query for query in seen if "from credentials" in query]) == 1
