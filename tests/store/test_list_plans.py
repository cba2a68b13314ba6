"""The plans of lists: a page reads only its rows of an index, a total only an index, and a filter without an index a bounded number
of rows.
"""

from __future__ import annotations

import ipaddress
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from conftest import new_database

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES
from strongroom_server.access.scopes import Scope
from strongroom_server.rules.surfaces import SURFACES
from strongroom_server.store import audit, credential_lists, credentials, folders, scans
from strongroom_server.store.credential_lists import Filter, Window
from strongroom_server.store.credentials import Visible
from strongroom_server.store.database import Database, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from strongroom_server.store.credential_order import Order

BY_ID: Order = (("id", False),)
BY_NAME: Order = (("name", False), ("id", False))
MIXED: Order = (("name", True), ("id", False))
SIZE = 21
ROWS = 8000
ALL_SURFACES = tuple(SURFACES)

# Two organisations, two surfaces, twenty teams with five folders each. One in ten rows is deleted, one in ten is a test credential.
FILL = """
    insert into organisations (organisation_id, display_name, last_team_id, last_folder_id, create_time, update_time)
    values ('one', '', 0, 0, now(), now()), ('two', '', 0, 0, now(), now());
    insert into teams select o, t, 'n', 's' || t, 1, now(), now()
        from unnest(array['one', 'two']) o, generate_series(1, 20) t;
    insert into folders select o, t * 10 + f, t, null, 'n', 1, now(), now()
        from unnest(array['one', 'two']) o, generate_series(1, 20) t, generate_series(1, 5) f;
    insert into credentials (
        organisation_id, id, number, surface, variant, state, provider, name, slug, description, metadata_json,
        allowed_hosts, read_access, team_id, folder_id, shared_team_ids, redact_fields, expire_time, live_credential_id,
        test_enabled, tines_settings, violations, version, revision, sealing_key_id, box_sha256, create_time, update_time,
        delete_time, signature_format, signer_id, signature
    )
    select o, gen_random_uuid(), n, case when n % 2 = 0 then 1 else 4 end, 'text', 1, 0, md5(n::text), '', repeat('d', 300),
        '{{}}', case when n % 3 = 0 then '{{a.com}}'::text[] else '{{}}' end, 1, n % 20 + 1, (n % 20 + 1) * 10 + n / 20 % 5 + 1,
        '{{}}', '{{}}', null, case when n % 10 = 7 then gen_random_uuid() end, false, '', '{{}}', 1, 1, 'k',
        sha256(n::text::bytea), now(), now(), case when n % 10 = 6 then now() end, 1, 's', sha512(n::text::bytea)
    from unnest(array['one', 'two']) o, generate_series(1, {rows}) n;
"""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a plan."""

    kind: str
    relation: str
    index: str
    # The number of rows that it read, including those that it discarded.
    read: float
    # How often it had to read the table to see whether a row is visible.
    fetches: int


class Explained(Database):
    """A database that executes statements and keeps their plans."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        super().__init__(pool)
        self.plans: list[list[Node]] = []

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        explained = await super().fetch(f"explain (analyze, format json) {query}", *arguments)
        self.plans.append(list(nodes(json.loads(explained[0][0])[0]["Plan"])))
        return await super().fetch(query, *arguments)

    async def fetch_plainly(self, query: str) -> None:
        """Run a statement without keeping its plan."""
        await super().fetch(query)


def nodes(plan: dict[str, Any]) -> Iterator[Node]:
    """A plan's nodes from the top."""
    loops = plan["Actual Loops"]
    removed = sum(plan.get(f"Rows Removed by {what}", 0) for what in ("Filter", "Join Filter", "Index Recheck"))
    yield Node(
        plan["Node Type"],
        plan.get("Relation Name", ""),
        plan.get("Index Name", ""),
        (plan["Actual Rows"] + removed) * loops,
        plan.get("Heap Fetches", 0),
    )
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


# An organisation whose credentials all have no allowed hosts, and are in one folder of one team.
FILL_BARE = """
    insert into organisations (organisation_id, display_name, last_team_id, last_folder_id, create_time, update_time)
    values ('bare', '', 0, 0, now(), now());
    insert into teams select 'bare', t, 'n', 's' || t, 1, now(), now() from generate_series(1, 2) t;
    insert into folders select 'bare', f, f, null, 'n', 1, now(), now() from generate_series(1, 2) f;
    create temporary table bare as select * from credentials where organisation_id = 'one' and surface = 4
        and delete_time is null and live_credential_id is null;
    alter table bare drop column owning_team_id, drop column owning_folder_id, drop column restricted;
    update bare set organisation_id = 'bare', allowed_hosts = '{}', team_id = 1, folder_id = 1;
    do $$ declare names text := (
        select string_agg(quote_ident(attname), ', ') from pg_attribute
        where attrelid = 'bare'::regclass and attnum > 0 and not attisdropped
    ); begin execute format('insert into credentials (%s) select %s from bare', names, names); end $$;
    drop table bare;
"""

END = datetime(2041, 1, 1, tzinfo=UTC)
FILL_ENDS = f"""
    update credentials set expire_time = '{END}' where organisation_id = 'one' and number % 100 = 0;
    update credentials set certificate_expire_time = '{END}' where organisation_id = 'one' and number % 100 = 1;
"""


@pytest.fixture(scope="module")
async def filled(postgres_url: str, template_database: str) -> AsyncIterator[Explained]:
    """A database with some thousand credentials, vacuumed and analyzed."""
    url = await new_database(postgres_url, template_database)
    connection = await asyncpg.connect(url)
    await connection.execute(FILL.format(rows=ROWS))
    await connection.execute(FILL_BARE)
    await connection.execute(FILL_ENDS)
    await connection.execute("vacuum analyze")
    await connection.close()
    database = await connect(url, size=1)
    try:
        yield Explained(database._pool)
    finally:
        await database.close()


MIDDLE = uuid.UUID("80000000-0000-0000-0000-000000000000")

# A list, its order, the index that must serve it, and how many rows a page may read. A list of all surfaces reads a page of each.
PAGES = {
    "a surface by id": (Visible("one", None, SURFACE_TINES), Filter(), BY_ID, "credentials_by_surface", SIZE),
    "a surface by name": (Visible("one", None, SURFACE_TINES), Filter(), BY_NAME, "credentials_by_name", SIZE),
    "a surface by name and, the other way, by id": (
        Visible("one", None, SURFACE_TINES),
        Filter(),
        MIXED,
        "credentials_by_name",
        SIZE + 1,
    ),
    "every surface by id": (Visible("one", None), Filter(), BY_ID, "credentials_by_surface", 2 * SIZE),
    "every surface by name": (Visible("one", None), Filter(), BY_NAME, "credentials_by_name", 2 * SIZE),
    "a team": (Visible("one", None), Filter(team_id=3), BY_ID, "credentials_by_team", SIZE),
    "a team on a surface": (
        Visible("one", None, SURFACE_NATIVE),
        Filter(team_id=3),
        BY_ID,
        "credentials_by_team",
        SIZE,
    ),
    "a folder": (Visible("one", None), Filter(folder_id=31), BY_ID, "credentials_by_folder", SIZE),
    "a scope of a folder": (
        Visible("one", None, limits=Scope(folder_ids=frozenset({31}))),
        Filter(),
        BY_ID,
        "credentials_by_folder",
        SIZE,
    ),
    "a scope of a surface": (
        Visible("one", None, limits=Scope(surfaces=frozenset({SURFACE_TINES}))),
        Filter(),
        BY_ID,
        "credentials_by_surface",
        SIZE,
    ),
    "a scope of surfaces by name": (
        Visible("one", None, limits=Scope(surfaces=frozenset({SURFACE_TINES, SURFACE_NATIVE}))),
        Filter(),
        BY_NAME,
        "credentials_by_name",
        2 * SIZE,
    ),
    "a scope of networks": (
        Visible("one", None, limits=Scope(networks=(ipaddress.ip_network("10.0.0.0/8"),))),
        Filter(),
        BY_ID,
        "credentials_by_surface",
        2 * SIZE,
    ),
}


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("from_place", [False, True], ids=["first page", "page from a place"])
@pytest.mark.parametrize("name", PAGES)
async def test_a_page_reads_only_its_own_rows_of_the_index(
    filled: Explained, name: str, from_place: bool, backward: bool
) -> None:
    visible, narrowed, order, index, most = PAGES[name]
    place = tuple("8" if column == "name" else MIDDLE for column, _ in order) if from_place else None
    found, _ = await credential_lists.page(
        filled, visible, narrowed, Window(order, SIZE, place, backward=backward), ALL_SURFACES
    )
    plan = filled.plans[-1]
    assert len(found) == SIZE
    assert not [node for node in plan if node.kind == "Seq Scan" and node.relation == "credentials"]
    assert index in {node.index for node in plan}
    # Nor does it sort more rows.
    assert max(node.read for node in plan) <= most


TOTALS = {
    "a surface": (Visible("one", None, SURFACE_TINES), Filter(), "credentials_by_surface"),
    "every surface": (Visible("one", None), Filter(), "credentials_by_surface"),
    "a surface, restricted": (Visible("one", None, SURFACE_TINES), Filter(restricted=True), "credentials_by_surface"),
    "a surface, for teams": (Visible("one", (1, 2), SURFACE_TINES), Filter(), "credentials_by_surface"),
    "a team": (Visible("one", None), Filter(team_id=3), "credentials_by_team"),
    "a team, on a surface, restricted": (
        Visible("one", None, SURFACE_NATIVE),
        Filter(team_id=3, restricted=True),
        "credentials_by_team",
    ),
    "a folder": (Visible("one", None), Filter(folder_id=31), "credentials_by_folder"),
    "a folder of a team, for teams": (
        Visible("one", (1, 3), SURFACE_NATIVE),
        Filter(team_id=3, folder_id=31),
        "credentials_by_folder",
    ),
}


@pytest.mark.parametrize("name", TOTALS)
async def test_a_total_is_counted_with_an_index_only(filled: Explained, name: str) -> None:
    visible, narrowed, index = TOTALS[name]
    found, total = await credential_lists.page_and_total(filled, visible, narrowed, Window(BY_ID, 1), ALL_SURFACES)
    plan = filled.plans[-1]
    aggregated = plan[[node.kind for node in plan].index("Aggregate") + 1 :]
    counting = next(node for node in aggregated if node.relation == "credentials")
    assert (len(found), counting.kind, counting.index, counting.fetches) == (1, "Index Only Scan", index, 0)
    assert counting.read >= total > 50


@pytest.mark.parametrize("order", [BY_ID, BY_NAME])
@pytest.mark.parametrize("narrowed", [Filter(), Filter(variant="text"), Filter(team_id=3)], ids=str)
async def test_a_page_within_ids_or_folders_reads_only_those(filled: Explained, narrowed: Filter, order: Order) -> None:
    """However many credentials the organisation has. A generic plan does not know how many values the scope has."""
    found = await filled.fetch("select id from credentials where organisation_id = 'one' order by number limit 300")
    ids = frozenset(row[0] for row in found)
    for limits, most in (
        (Scope(credential_ids=ids), len(ids)),
        (Scope(folder_ids=frozenset({31, 32, 41, 42})), 4 * ROWS // 100),
        (Scope(credential_ids=ids, folder_ids=frozenset({31, 32}), surfaces=frozenset({SURFACE_NATIVE})), len(ids)),
    ):
        visible = Visible("one", None, limits=limits)
        _, edge = await credential_lists.page(filled, visible, narrowed, Window(order, SIZE), ALL_SURFACES)
        plan = filled.plans[-1]
        assert edge is None
        assert max(node.read for node in plan if node.relation == "credentials") <= most
        assert not [node for node in plan if node.kind == "Seq Scan" and node.relation == "credentials"]
        _, total = await credential_lists.page_and_total(filled, visible, narrowed, Window(order, 1), ALL_SURFACES)
        assert max(node.read for node in filled.plans[-1] if node.relation == "credentials") <= most
        assert total <= most


@pytest.mark.parametrize("limits", [None, Scope(folder_ids=frozenset({11, 21}))], ids=["all", "folders"])
@pytest.mark.parametrize("order", [BY_ID, (("expire_time", False), ("id", False))], ids=["by id", "by expire_time"])
async def test_a_page_of_what_expires_reads_only_that(filled: Explained, order: Order, limits: Scope | None) -> None:
    window, narrowed = Window(order, 1000), Filter(expires_before=END + timedelta(microseconds=1))
    visible = Visible("one", None, limits=limits)
    found, _ = await credential_lists.page(filled, visible, narrowed, window, ALL_SURFACES)
    assert len(found) >= (ROWS // 100 * 2 if limits is None else 1)
    assert max(node.read for node in filled.plans[-1] if node.relation == "credentials") <= ROWS // 50
    assert not [node for node in filled.plans[-1] if node.kind == "Seq Scan" and node.relation == "credentials"]
    nothing = Filter(expires_before=END)
    assert await credential_lists.page_and_total(filled, visible, nothing, window, ALL_SURFACES) == ([], 0)


class Statements(Database):
    """A database that keeps the statements that it executes."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        super().__init__(pool)
        self.texts: list[tuple[str, tuple[object, ...]]] = []

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        self.texts.append((query, arguments))
        return await super().fetch(query, *arguments)


async def test_networks_alone_change_no_statement(filled: Explained) -> None:
    plain, limited = (
        Visible("one", None),
        Visible("one", None, limits=Scope(networks=(ipaddress.ip_network("10.0.0.0/8"),))),
    )
    texts = []
    for visible in (plain, limited):
        database = Statements(filled._pool)
        await credentials.get(database, visible, MIDDLE)
        await credential_lists.page(database, visible, Filter(), Window(BY_ID, SIZE), ALL_SURFACES)
        await credential_lists.page(database, visible, Filter(deleted=True), Window(BY_ID, SIZE), ALL_SURFACES)
        texts.append(database.texts)
    assert texts[0] == texts[1]
    assert not any("= any(" in text for text, _ in texts[0][1:])


async def test_skipped_rows_are_read_from_an_index_only(filled: Explained) -> None:
    skipped = Window(BY_ID, SIZE, skip=1000)
    found, _ = await credential_lists.page(filled, Visible("one", None, SURFACE_TINES), Filter(), skipped, ALL_SURFACES)
    scans = [node for node in filled.plans[-1] if node.index == "credentials_by_surface"]
    # One range of the index has the credentials with allowed hosts, the other those without.
    assert {(node.kind, node.fetches) for node in scans} == {("Index Only Scan", 0)}
    assert sum(node.read for node in scans) <= 1000 + SIZE + len(scans)
    assert len(found) == SIZE


# Filters of Tines' list that match nothing in an organisation with thousands of credentials.
EMPTY = {
    "restricted": (Visible("bare", None, SURFACE_TINES), Filter(restricted=True)),
    "restricted of a team": (Visible("bare", None, SURFACE_TINES), Filter(team_id=1, restricted=True)),
    "restricted of a folder": (Visible("bare", None, SURFACE_TINES), Filter(folder_id=1, restricted=True)),
    "restricted on every surface": (Visible("bare", None), Filter(restricted=True)),
    "another team": (Visible("bare", None, SURFACE_TINES), Filter(team_id=2)),
    "another folder": (Visible("bare", None, SURFACE_TINES), Filter(folder_id=2)),
    "a folder of another team": (Visible("bare", None, SURFACE_TINES), Filter(team_id=2, folder_id=1)),
    "a team on another surface": (Visible("bare", None, SURFACE_NATIVE), Filter(team_id=1)),
    "a folder on another surface": (Visible("bare", None, SURFACE_NATIVE), Filter(folder_id=1)),
}


@pytest.mark.parametrize("name", EMPTY)
async def test_a_filter_that_matches_nothing_reads_nothing(filled: Explained, name: str) -> None:
    found, total = await credential_lists.page_and_total(filled, *EMPTY[name], Window(BY_ID, SIZE), ALL_SURFACES)
    assert (found, total) == ([], 0)
    assert sum(node.read for node in filled.plans[-1] if node.relation == "credentials") == 0


async def test_a_name_prefix_uses_the_index_of_names(filled: Explained) -> None:
    narrowed, window = Filter(name_prefix="ff"), Window(BY_NAME, SIZE)
    found, edge = await credential_lists.page(
        filled, Visible("one", None, SURFACE_TINES), narrowed, window, ALL_SURFACES
    )
    assert (len({stored.row.name[:2] for stored in found}), edge) == (1, None)
    scans_of_names = [node for node in filled.plans[-1] if node.index == "credentials_by_name"]
    assert 0 < sum(node.read for node in scans_of_names) <= SIZE


NOT_INDEXED = {
    "a variant": (Visible("one", None, SURFACE_TINES), Filter(variant="jwt")),
    "a variant on every surface": (Visible("one", None), Filter(variant="jwt")),
    "a variant of a team": (Visible("one", None), Filter(team_id=3, variant="jwt")),
    "a name prefix by id": (Visible("one", None, SURFACE_TINES), Filter(name_prefix="x")),
    "a key limited to a team": (Visible("one", (99,), SURFACE_TINES), Filter()),
    "a team that a key is not limited to": (Visible("one", (99,), SURFACE_TINES), Filter(team_id=4)),
    "the deleted of a team": (Visible("one", None), Filter(team_id=99, deleted=True)),
}


@pytest.mark.parametrize("name", NOT_INDEXED)
async def test_a_filter_without_an_index_stops_after_a_bounded_number_of_rows(
    filled: Explained, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "SCANNED", 100)
    found, edge = await credential_lists.page(filled, *NOT_INDEXED[name], Window(BY_ID, SIZE), ALL_SURFACES)
    assert found == []
    assert edge is not None
    # Of each merged range of an index one additional row is read.
    assert max(node.read for node in filled.plans[-1]) <= 100 + 8


async def test_a_full_page_is_read_no_further_than_it_goes_whatever_filters_it(filled: Explained) -> None:
    found, edge = await credential_lists.page(
        filled, Visible("one", None), Filter(variant="text"), Window(BY_ID, SIZE), ALL_SURFACES
    )
    assert (len(found), edge) == (SIZE, None)
    assert max(node.read for node in filled.plans[-1]) <= 2 * SIZE


async def test_a_list_of_a_teams_folders_reads_only_those(filled: Explained) -> None:
    found, total = await folders.page(filled, "one", 3, 0, after=0, skip=0, size=SIZE, with_total=True)
    assert (len(found), total) == (5, 5)
    assert {node.read for node in filled.plans[-1] if node.relation == "folders"} == {5}


async def test_a_list_of_events_without_matches_stops_after_a_bounded_number(
    filled: Explained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "SCANNED", 100)
    await filled.fetch_plainly(
        "insert into audit_events (organisation_id, event_id, event_time, action, key_id, credential_ids)"
        " select 'one', gen_random_uuid(), now() - n * interval '1 ms', 'x', '', '{}' from generate_series(1, 1000) n"
    )
    await filled.fetch_plainly("analyze audit_events")
    found, place = await audit.page(filled, "one", audit.EventFilter(action="none"), before=None, size=SIZE)
    assert found == []
    assert place is not None
    assert max(node.read for node in filled.plans[-1]) <= 101
