"""Lists show, count and page through only what is in the caller's scope."""

from __future__ import annotations

import base64
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from credentials.listing import backward, forward, ids, ids_of, on_surface, ordered, page
from credentials.scoping import World, new_world
from rpc.calls import deleted, got, refused
from samples import created

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_SLASHID, SURFACE_TINES, Credential
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL, ListCredentialsResponse
from strongroom.v1.organisation_service_pb2 import ROLE_READER, Scope
from strongroom_server.rules.surfaces import SURFACES
from strongroom_server.store import scans

if TYPE_CHECKING:
    from conftest import Deployment

# Arguments of lists.
LISTS: list[dict[str, Any]] = [
    {},
    {"surface": SURFACE_NATIVE},
    {"surface": SURFACE_TINES, "restricted": True},
    {"restricted": False, "order_by": "name desc"},
    {"team_id": 1},
    {"team_id": 1, "order_by": "name"},
    {"team_id": 2, "surface": SURFACE_NATIVE},
    {"folder_id": 1},
    {"folder_id": 2, "order_by": "name"},
    {"folder_id": 3, "team_id": 2},
    {"name_prefix": "a", "order_by": "name"},
    {"name_prefix": "b"},
    {"variant": "text", "order_by": "variant"},
    {"order_by": "expire_time"},
]
SCOPES = [
    "ids",
    "one folder",
    "two folders",
    "surface",
    "surfaces",
    "ids and surface",
    "two folders and surface",
    "all",
]


class Lists:
    """An organisation whose credentials are on every surface, in three folders and in none."""

    def __init__(self, world: World, shown: list[Credential], gone: list[Credential]) -> None:
        self.world, self.shown, self.gone = world, shown, gone
        some = [each.id for each in (*shown, *gone)[::3]]
        self.scopes = {
            "ids": Scope(credential_ids=some),
            "one folder": Scope(folder_ids=[world.inside]),
            "two folders": Scope(folder_ids=[world.inside, world.elsewhere]),
            "surface": Scope(surfaces=[SURFACE_NATIVE]),
            "surfaces": Scope(surfaces=[SURFACE_NATIVE, SURFACE_TINES]),
            "ids and surface": Scope(credential_ids=some, surfaces=[SURFACE_TINES, SURFACE_SLASHID]),
            "two folders and surface": Scope(folder_ids=[world.outside, world.elsewhere], surfaces=[SURFACE_NATIVE]),
            "all": Scope(
                credential_ids=some,
                folder_ids=[world.inside, world.elsewhere],
                surfaces=[SURFACE_NATIVE, SURFACE_TINES],
            ),
        }


@pytest.fixture(scope="module")
async def lists(deployment: Deployment) -> Lists:
    world = await new_world(deployment)
    places = itertools.cycle([(1, world.inside), (1, world.outside), (2, world.elsewhere), (1, 0), (0, 0)])
    hosts, names = itertools.cycle([["a.example.com"], [], []]), itertools.cycle(["a", "b", "ab"])
    made = [
        await created(
            deployment,
            on_surface(surface, f"{next(names)}-{number}", next(places), allowed_hosts=next(hosts)),
            world.admin,
        )
        for number, surface in zip(range(44), itertools.cycle(SURFACES), strict=False)
    ]
    # Ids of the same millisecond have no order.
    made.sort(key=lambda each: each.id)
    for each in made[30:]:
        await deleted(deployment, each.id, world.admin)
    return Lists(world, made[:30], made[30:])


def contains(scope: Scope, credential: Credential) -> bool:
    """Says it again in other words than the service does."""
    return (
        (not scope.credential_ids or credential.id in scope.credential_ids)
        and (not scope.folder_ids or credential.folder_id in scope.folder_ids)
        and (not scope.surfaces or credential.surface in scope.surfaces)
    )


def fits(asked: dict[str, Any], credential: Credential) -> bool:
    return (
        all(asked.get(name, value) == value for name, value in fields_of(credential).items())
        and credential.name.startswith(asked.get("name_prefix", ""))
        and asked.get("restricted", bool(credential.allowed_hosts)) == bool(credential.allowed_hosts)
    )


def fields_of(credential: Credential) -> dict[str, Any]:
    return {name: getattr(credential, name) for name in ("surface", "team_id", "folder_id", "variant")}


@pytest.mark.parametrize("name", SCOPES)
async def test_a_list_and_its_total_have_exactly_what_the_scope_contains(lists: Lists, name: str) -> None:
    world, scope = lists.world, lists.scopes[name]
    by = await world.scoped(scope)
    seen = 0
    for asked in LISTS:
        expected = [each for each in lists.shown if contains(scope, each) and fits(asked, each)]
        expected = ordered(expected, asked.get("order_by", ""))
        pages = await forward(world.deployment, by, page_size=4, with_total_size=True, **asked)
        assert ids_of(pages) == ids(expected)
        assert {each.total_size for each in pages} == {len(expected)}
        bounded = await forward(world.deployment, by, page_size=4, **asked)
        assert ids_of(bounded) == ids(expected)
        before = await backward(world.deployment, by, bounded[-1], page_size=4, **asked)
        assert {*ids_of(before), *ids(bounded[-1].credentials)} == set(ids(expected))
        seen += len(expected)
    assert seen


@pytest.mark.parametrize("name", SCOPES)
async def test_no_page_token_has_the_name_or_the_id_of_a_credential_outside_of_the_scope(
    lists: Lists, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even if a page ends early because it has read as many rows as it may."""
    monkeypatch.setattr(scans, "SCANNED", 2)
    world, scope = lists.world, lists.scopes[name]
    by = await world.scoped(scope)
    outside = [each for each in (*lists.shown, *lists.gone) if not contains(scope, each)]
    for asked in (*LISTS, {"variant": "text"}, {"deleted": True}, {"deleted": True, "name_prefix": "b"}):
        for each in await forward(world.deployment, by, page_size=2, **asked):
            for token in (each.next_page_token, each.previous_page_token):
                place = base64.urlsafe_b64decode(token)[16:].decode()
                assert not any(other.id in place or f'"{other.name}"' in place for other in outside)


@pytest.mark.parametrize("name", SCOPES)
async def test_a_list_of_the_deleted_has_only_those_of_the_scope(lists: Lists, name: str) -> None:
    world, scope = lists.world, lists.scopes[name]
    by = await world.scoped(scope)
    for asked in ({}, {"surface": SURFACE_NATIVE}, {"folder_id": world.inside}, {"team_id": 2}):
        expected = [each.id for each in lists.gone if contains(scope, each) and fits(asked, each)]
        pages = await forward(world.deployment, by, page_size=3, deleted=True, **asked)
        assert ids_of(pages) == expected
        total = await page(world.deployment, by, deleted=True, with_total_size=True, **asked)
        assert total.total_size == len(expected)


async def test_the_full_view_opens_only_what_the_scope_contains(lists: Lists) -> None:
    world, scope = lists.world, lists.scopes["two folders and surface"]
    by = await world.scoped(scope)
    found = await page(world.deployment, by, view=CREDENTIAL_VIEW_FULL)
    assert ids(found.credentials) == [each.id for each in lists.shown if contains(scope, each)]
    assert all(each.HasField("data") for each in found.credentials)


async def test_a_page_token_of_another_scope_is_refused(lists: Lists) -> None:
    world = lists.world
    keys = [world.admin, *[await world.scoped(lists.scopes[name]) for name in ("surface", "surfaces")]]
    tokens = [(await page(world.deployment, by, page_size=1)).next_page_token for by in keys]
    for by, (own, token) in itertools.product(keys, zip(keys, tokens, strict=True)):
        if by is own:
            await page(world.deployment, by, page_size=1, page_token=token)
            continue
        assert (await refused(page(world.deployment, by, page_size=1, page_token=token))).reason == "PAGE_TOKEN_INVALID"


async def test_a_scope_without_credentials_lists_nothing(lists: Lists) -> None:
    by = await lists.world.scoped(
        Scope(folder_ids=[lists.world.inside], surfaces=[SURFACE_SLASHID], credential_ids=[lists.shown[0].id])
    )
    for asked in ({}, {"order_by": "name"}, {"deleted": True}, {"surface": SURFACE_NATIVE}):
        assert await page(lists.world.deployment, by, with_total_size=True, **asked) == ListCredentialsResponse()


async def test_a_scope_narrows_what_teams_may_read_and_does_not_widen_it(lists: Lists) -> None:
    world = lists.world
    by = await world.scoped(Scope(folder_ids=[world.inside, world.elsewhere]), team_ids=[1])
    expected = [each.id for each in lists.shown if each.folder_id == world.inside]
    assert ids((await page(world.deployment, by)).credentials) == expected
    other = next(each for each in lists.shown if each.folder_id == world.elsewhere)
    assert (await refused(got(world.deployment, other.id, by))).reason == "CREDENTIAL_NOT_FOUND"


async def test_networks_alone_limit_no_list(lists: Lists) -> None:
    by = await lists.world.scoped(Scope(networks=["127.0.0.0/8"]), ROLE_READER)
    asked = {"with_total_size": True, "page_size": 500}
    assert await page(lists.world.deployment, by, **asked) == await page(
        lists.world.deployment, lists.world.admin, **asked
    )
