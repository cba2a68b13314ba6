"""`audit verify` finds every change of the audit trail in the database, and nothing in a trail that was not changed."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from conftest import ORGANISATION, Deployment, copied_database, new_database, open_deployment, url_of
from forking import run_command
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from msgspec import structs
from nacl.bindings import crypto_sign_keypair
from rpc.calls import accessed, deleted, other_organisation, updated
from samples import created, samples
from waiting import until

from strongroom.v1.credential_service_pb2 import UndeleteCredentialRequest
from strongroom.v1.organisation_service_pb2 import Organisation, UpdateOrganisationRequest
from strongroom_server.audit.verify import verify
from strongroom_server.core.records import AuditEvent, AuditHead
from strongroom_server.jobs import sweeper
from strongroom_server.node.keyring import audited
from strongroom_server.sealing import chain, signatures
from strongroom_server.store import audit_chain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from strongroom_server.node.settings import Settings
    from strongroom_server.store.database import Database


@dataclass(frozen=True, slots=True)
class Trail:
    """A database with a chained trail to copy, and the keys of the stopped node that wrote it."""

    settings: Settings
    postgres_url: str
    database: str
    # Exported after about half of the events.
    heads: Sequence[AuditHead]
    # The last position in the chain of the first organisation.
    end: int
    other: str
    # Credentials by what was done to them.
    ids: dict[str, str]

    @asynccontextmanager
    async def copy(self) -> AsyncIterator[tuple[str, asyncpg.Connection[asyncpg.Record]]]:
        """The URL of a copy, and a connection to it as its owner."""
        async with copied_database(self.postgres_url, self.database) as url:
            connection = await asyncpg.connect(url)
            try:
                yield url, connection
            finally:
                await connection.close()

    async def findings(self, url: str, exported: Sequence[AuditHead] = ()) -> dict[str, str]:
        """The findings by organisation."""
        async with audited(self.settings, url) as (database, keyring):
            return {finding.organisation_id: finding.text for finding in await verify(database, keyring, exported)}


async def all_chained(deployment: Deployment) -> None:
    async with deployment.sql() as connection:
        await until(
            lambda: connection.fetchval("select not exists (select from audit_events where chain_position is null)")
        )


async def kept_window(deployment: Deployment, days: int) -> None:
    organisation = Organisation(undelete_window=Duration(seconds=days * 86_400))
    await deployment.organisations.UpdateOrganisation(
        UpdateOrganisationRequest(organisation=organisation, update_mask=FieldMask(paths=["undelete_window"])),
        metadata=deployment.metadata,
    )


@pytest.fixture(scope="module")
async def trail(postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Trail:
    """Some dozens of events of two organisations and of the operators."""
    url = await new_database(postgres_url, template_database)
    async with open_deployment(url, tmp_path_factory.mktemp("trail")) as deployment, deployment.sql() as connection:
        other, by = await other_organisation(deployment)
        ids = {}
        for name in ("updated", "gone", "removed", "undeleted", "hidden"):
            ids[name] = (await created(deployment)).id
            for _ in range(4):
                await accessed(deployment, ids[name])
            theirs = await created(deployment, by=by)
            await accessed(deployment, theirs.id, by=by)
        await all_chained(deployment)
        heads = await audit_chain.heads(deployment.service.database)
        await connection.execute("create table old_heads as select * from audit_heads")
        await connection.execute("create table old_credentials as select * from credentials")
        await updated(deployment, ids["updated"], "data", data=samples("new")["basic_auth"])
        await deleted(deployment, ids["undeleted"])
        await deployment.credentials.UndeleteCredential(
            UndeleteCredentialRequest(id=ids["undeleted"]), metadata=deployment.metadata
        )
        await deleted(deployment, ids["removed"])
        await connection.execute("create table deleted_credentials as select * from credentials")
        await kept_window(deployment, 0)
        # The node's own sweeper may have removed it, or be about to.
        await sweeper.sweep(deployment.service.database, deployment.service.recorder)
        is_removed = "select not exists (select from credentials where id = $1)"
        await until(lambda: connection.fetchval(is_removed, UUID(ids["removed"])))
        await deleted(deployment, ids["gone"])
        await kept_window(deployment, 30)
        await deleted(deployment, ids["hidden"])
        await all_chained(deployment)
        end = await connection.fetchval(
            "select max(chain_position) from audit_events where organisation_id = $1", ORGANISATION
        )
        settings = deployment.settings
    assert end > 20
    made = Trail(settings, postgres_url, url.rpartition("/")[2].partition("?")[0], heads, end, other, ids)
    assert url_of(postgres_url, made.database) == url
    return made


AT = f"organisation_id = '{ORGANISATION}' and chain_position = "
# A change of each column of an event.
CHANGES = {
    "organisation_id": "'elsewhere'",
    "event_id": "gen_random_uuid()",
    "event_time": "event_time + interval '1 microsecond'",
    "action": "action || 'x'",
    "outcome": "'ROLE_MISSING'",
    "key_id": "key_id || 'x'",
    "peer": "'10.0.0.1'",
    "credential_id": "gen_random_uuid()",
    "credential_ids": "array[gen_random_uuid()]",
    "redact_fields": "redact_fields || '{x}'::text[]",
    "version": "coalesce(version, 0) + 1",
    "revision": "coalesce(revision, 0) + 1",
    "box_sha256": "sha256(mac)",
    "request_id": "coalesce(request_id, '') || 'x'",
    "subject": "coalesce(subject, '') || 'x'",
    "principal": "principal || 'x'",
    "use": "use || '\\x78'::bytea",
    "signer_id": "signer_id || 'x'",
    "mac": "sha256(mac)",
    "chain_position": "chain_position + 1000",
    "chain_hash": "sha256(chain_hash)",
}
POSITIONS: list[Callable[[int], int]] = [lambda _: 1, lambda end: end // 2, lambda end: end]
EACH_POSITION = pytest.mark.parametrize("position_of", POSITIONS, ids=["first", "middle", "last"])


async def test_an_unchanged_trail_has_no_finding_even_with_exported_heads(trail: Trail) -> None:
    async with trail.copy() as (url, connection):
        columns = await connection.fetch(
            "select column_name from information_schema.columns where table_name = 'audit_events'"
        )
        assert {row[0] for row in columns} == set(CHANGES)
        assert set(AuditEvent.__struct_fields__) | {"chain_position", "chain_hash"} == set(CHANGES)
        assert {head.organisation_id for head in trail.heads} == {ORGANISATION, trail.other, "strongroom"}
        assert await trail.findings(url) == {}
        assert await trail.findings(url, trail.heads) == {}


@EACH_POSITION
@pytest.mark.parametrize("column", CHANGES)
async def test_a_changed_column_is_found_and_named(
    trail: Trail, column: str, position_of: Callable[[int], int]
) -> None:
    position = position_of(trail.end)
    async with trail.copy() as (url, connection):
        await connection.execute(f"update audit_events set {column} = {CHANGES[column]} where {AT}{position}")
        found = await trail.findings(url)
    assert re.search(rf"\bposition {position}\b", found[ORGANISATION])
    assert set(found) - {"elsewhere"} == {ORGANISATION}
    assert ("elsewhere" in found) == (column == "organisation_id")


@pytest.mark.parametrize("column", ["credential_id", "version", "revision", "box_sha256"])
async def test_a_column_that_was_set_to_null_is_found(trail: Trail, column: str) -> None:
    async with trail.copy() as (url, connection):
        position = await connection.fetchval(
            f"select min(chain_position) from audit_events where organisation_id = $1 and {column} is not null",
            ORGANISATION,
        )
        await connection.execute(f"update audit_events set {column} = null where {AT}{position}")
        found = await trail.findings(url)
    assert re.search(rf"\bposition {position}\b", found[ORGANISATION])


@EACH_POSITION
@pytest.mark.parametrize(
    "change",
    ["delete from audit_events", "update audit_events set chain_position = null"],
    ids=["deleted", "taken out of the chain"],
)
async def test_a_removed_event_is_named_by_its_position(
    trail: Trail, change: str, position_of: Callable[[int], int]
) -> None:
    position = position_of(trail.end)
    async with trail.copy() as (url, connection):
        assert (await connection.execute(f"{change} where {AT}{position}")).endswith(" 1")
        found = await trail.findings(url)
    assert set(found) == {ORGANISATION}
    assert f"position {position}: the event was removed" in found[ORGANISATION]


INSERTIONS = {
    "unchained": ("gen_random_uuid()", "event_time", "null", "null"),
    "chained at the same place": ("gen_random_uuid()", "event_time", "chain_position", "chain_hash"),
    "chained at the end": (
        "gen_random_uuid()",
        "event_time",
        "1 + (select max(chain_position) from audit_events)",
        "mac",
    ),
    "at position 0": ("gen_random_uuid()", "event_time", "0", "chain_hash"),
    "at a negative position": ("gen_random_uuid()", "event_time", "-5", "null"),
    "of the same id a moment later": ("event_id", "event_time + interval '1 microsecond'", "null", "null"),
    "of the same id in a time of no month": ("event_id", "event_time - interval '20 years'", "null", "null"),
}


@pytest.mark.parametrize("insertion", INSERTIONS)
@pytest.mark.parametrize("organisation", [ORGANISATION, "nowhere"])
async def test_an_added_event_is_found(trail: Trail, insertion: str, organisation: str) -> None:
    event_id, event_time, position, chain_hash = INSERTIONS[insertion]
    async with trail.copy() as (url, connection):
        added = await connection.fetchval(
            "insert into audit_events (organisation_id, event_id, event_time, action, outcome, key_id, peer,"
            " credential_id, credential_ids, version, revision, box_sha256, request_id, subject, mac,"
            " chain_position, chain_hash)"
            f" select $1, {event_id}, {event_time}, action, outcome, key_id, peer, credential_id, credential_ids,"
            f" version, revision, box_sha256, request_id, subject, mac, {position}, {chain_hash}"
            f" from audit_events where {AT}{trail.end // 2} returning event_id",
            organisation,
        )
        found = await trail.findings(url)
    assert set(found) == {organisation}
    if organisation == ORGANISATION and insertion != "chained at the same place":
        assert str(added) in found[organisation] or "position" in found[organisation]


@pytest.mark.parametrize(("first", "second"), [(1, 2), (3, 9)])
@pytest.mark.parametrize("columns", ["chain_position", "chain_position, chain_hash"])
async def test_two_swapped_events_are_found(trail: Trail, first: int, second: int, columns: str) -> None:
    async with trail.copy() as (url, connection):
        await connection.execute(
            f"update audit_events a set ({columns}) = (select {columns} from audit_events b"
            f" where b.organisation_id = a.organisation_id and b.chain_position = $1 + $2 - a.chain_position)"
            " where organisation_id = $3 and chain_position in ($1, $2)",
            first,
            second,
            ORGANISATION,
        )
        found = await trail.findings(url)
    assert set(found) == {ORGANISATION}
    assert f"position {first}: " in found[ORGANISATION]
    assert "reordered" in found[ORGANISATION]


HEAD_CHANGES = {
    "organisation_id": "'elsewhere'",
    "kind": "'dropped'",
    "position": "position - 1",
    "chain_hash": "sha256(chain_hash)",
    "head_time": "head_time + interval '1 second'",
    "signature_format": "2",
    "signer_id": "'other'",
    "signature": "sha512(signature)",
}


@pytest.mark.parametrize("column", HEAD_CHANGES)
async def test_a_changed_head_is_found(trail: Trail, column: str) -> None:
    assert set(AuditHead.__struct_fields__) == set(HEAD_CHANGES)
    async with trail.copy() as (url, connection):
        await connection.execute(
            f"update audit_heads set {column} = {HEAD_CHANGES[column]} where organisation_id = $1", ORGANISATION
        )
        found = await trail.findings(url)
    assert "head" in found[ORGANISATION]
    assert set(found) - {"elsewhere"} == {ORGANISATION}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("delete from audit_heads where organisation_id = $1", "the newest head is gone"),
        (
            (
                "update audit_heads h set (position, chain_hash, head_time, signature) ="
                " (select position, chain_hash, head_time, signature from old_heads o"
                " where o.organisation_id = h.organisation_id and o.kind = h.kind) where organisation_id = $1"
            ),
            "the newest head is an older one",
        ),
        (
            (
                "update audit_heads h set (position, chain_hash, head_time, signer_id, signature) ="
                " (select position, chain_hash, head_time, signer_id, signature from old_heads o"
                " where o.organisation_id = 'strongroom') where organisation_id = $1"
            ),
            "not signed by a node",
        ),
    ],
    ids=["deleted", "rolled back", "of another organisation"],
)
async def test_an_older_head_is_found(trail: Trail, change: str, told: str) -> None:
    async with trail.copy() as (url, connection):
        await connection.execute(change, ORGANISATION)
        found = await trail.findings(url)
    assert set(found) == {ORGANISATION}
    assert told in found[ORGANISATION]


@pytest.mark.parametrize("organisation", [ORGANISATION, "strongroom"])
@pytest.mark.parametrize(
    ("tables", "told"),
    [
        (("audit_events",), "position 1: the event was removed"),
        (("audit_events", "audit_heads"), "the whole chain is gone"),
    ],
)
async def test_a_chain_that_was_removed_as_a_whole_is_found(
    trail: Trail, organisation: str, tables: tuple[str, ...], told: str
) -> None:
    async with trail.copy() as (url, connection):
        for table in tables:
            await connection.execute(f"delete from {table} where organisation_id = $1", organisation)
        found = await trail.findings(url)
        assert set(found) == {organisation}
        assert told in found[organisation]
        assert set(await trail.findings(url, trail.heads)) == {organisation}


async def rewritten(database: Database, organisation_id: str, *, without: int) -> tuple[int, bytes]:
    """Rewrite an organisation's chain without one of its events. Returns the last position."""
    events = await audit_chain.chained(database, organisation_id, after=0, limit=10_000)
    position, chain_hash = 0, chain.first(organisation_id)
    async with database.transaction() as transaction:
        block = []
        for chained in events:
            if chained.chain_position == without:
                await transaction.execute("delete from audit_events where event_id = $1", chained.event.event_id)
                continue
            position += 1
            chain_hash = chain.link(chain_hash, position, chained.event)
            block.append((chained.event, position, chain_hash))
        await audit_chain.chain(transaction, organisation_id, block)
    return position, chain_hash


@pytest.mark.parametrize("signed", [False, True], ids=["under the old head", "under a head of a stranger"])
async def test_a_chain_that_was_rewritten_without_a_nodes_signature_is_found(trail: Trail, signed: bool) -> None:
    async with trail.copy() as (url, _), audited(trail.settings, url) as (database, _):
        position, chain_hash = await rewritten(database, ORGANISATION, without=trail.end)
        if signed:
            (present,) = [head for head in await audit_chain.heads(database) if head.organisation_id == ORGANISATION]
            _, secret_key = crypto_sign_keypair()
            forged = structs.replace(present, position=position, chain_hash=chain_hash)
            forged = structs.replace(forged, signature=signatures.sign(secret_key, forged))
            async with database.transaction() as transaction:
                await audit_chain.set_head(transaction, forged)
        found = await trail.findings(url)
    assert set(found) == {ORGANISATION}
    assert ("not signed by a node" if signed else f"position {trail.end}: ") in found[ORGANISATION]


async def test_exported_heads_show_a_chain_that_a_node_rewrote(trail: Trail) -> None:
    async with trail.copy() as (url, _), audited(trail.settings, url) as (database, keyring):
        present = await audit_chain.heads(database)
        position, chain_hash = await rewritten(database, ORGANISATION, without=2)
        async with database.transaction() as transaction:
            head = AuditHead(ORGANISATION, "newest", position, chain_hash, present[0].head_time, 0, "", b"")
            await audit_chain.set_head(transaction, keyring.sign(head))
        assert await trail.findings(url) == {}
        found = await trail.findings(url, trail.heads)
        assert set(found) == {ORGANISATION}
        assert "an exported head has another hash: the chain was rewritten" in found[ORGANISATION]
        assert "removed; an exported head says" in (await trail.findings(url, present))[ORGANISATION]


async def test_exported_heads_show_a_chain_whose_end_was_removed(trail: Trail) -> None:
    async with trail.copy() as (url, connection), audited(trail.settings, url) as (database, _):
        present = await audit_chain.heads(database)
        (old,) = [head for head in trail.heads if head.organisation_id == ORGANISATION]
        await connection.execute(
            "delete from audit_events where organisation_id = $1 and chain_position > $2", ORGANISATION, old.position
        )
        async with database.transaction() as transaction:
            await audit_chain.set_head(transaction, old)
        found = await trail.findings(url, present)
    assert set(found) == {ORGANISATION}
    assert f"position {old.position + 1}: removed" in found[ORGANISATION]


@pytest.mark.parametrize(
    "change",
    [
        {"position": 1},
        {"chain_hash": b"x" * 32},
        {"signature": b"x" * 64},
        {"signature": b""},
        {"position": 10**30},
        {"position": -1},
        {"organisation_id": "elsewhere"},
    ],
    ids=str,
)
async def test_an_exported_head_that_no_node_signed_is_found(trail: Trail, change: dict[str, Any]) -> None:
    heads = [structs.replace(head, **change) if head.organisation_id == ORGANISATION else head for head in trail.heads]
    async with trail.copy() as (url, _):
        found = await trail.findings(url, heads)
    assert set(found) == {str(change.get("organisation_id", ORGANISATION))}


_PUT_BACK = "update credentials c set ({0}) = (select {0} from old_credentials o where o.id = c.id) where id = $1"


async def columns_of(connection: asyncpg.Connection[asyncpg.Record], table: str) -> str:
    """The columns that are not generated."""
    found = await connection.fetch(
        "select column_name from information_schema.columns where table_name = $1 and is_generated = 'NEVER'", table
    )
    return ", ".join(row[0] for row in found)


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("updated", _PUT_BACK, "is older than its events"),
        ("undeleted", _PUT_BACK, "is older than its events"),
        ("hidden", _PUT_BACK, "is older than its events"),
        ("updated", "delete from credentials where id = $1", "is gone, and no event says so"),
        ("undeleted", "delete from credentials where id = $1", "is gone, and no event says so"),
        (
            "gone",
            "insert into credentials ({0}) select {0} from old_credentials where id = $1",
            "is older than its events",
        ),
        (
            "removed",
            "insert into credentials ({0}) select {0} from old_credentials where id = $1",
            "is older than its events",
        ),
        (
            "removed",
            "insert into credentials ({0}) select {0} from deleted_credentials where id = $1",
            "exists, although its events say that it was removed for good",
        ),
    ],
)
async def test_a_credential_that_differs_from_its_events_is_named(
    trail: Trail, name: str, change: str, told: str
) -> None:
    async with trail.copy() as (url, connection):
        statement = change.format(await columns_of(connection, "credentials"))
        assert (await connection.execute(statement, trail.ids[name])).endswith(" 1")
        found = await trail.findings(url)
    assert set(found) == {ORGANISATION}
    assert trail.ids[name] in found[ORGANISATION]
    assert told in found[ORGANISATION]


async def test_a_finding_in_one_organisation_does_not_hide_others(trail: Trail) -> None:
    async with trail.copy() as (url, connection):
        for organisation in (ORGANISATION, trail.other, "strongroom"):
            await connection.execute(
                "delete from audit_events where organisation_id = $1 and chain_position = 1", organisation
            )
        assert set(await trail.findings(url)) == {ORGANISATION, trail.other, "strongroom"}


async def test_a_trail_that_grows_during_the_check_has_no_finding(own_deployment: Deployment) -> None:
    deployment = own_deployment
    _, by = await other_organisation(deployment)
    stop = asyncio.Event()

    async def act() -> int:
        acts = 0
        while not stop.is_set():
            credential = await created(deployment)
            theirs = await created(deployment, by=by)
            await updated(deployment, credential.id, "data", data=samples("new")["basic_auth"])
            await asyncio.gather(*(accessed(deployment, credential.id) for _ in range(5)))
            await accessed(deployment, theirs.id, by=by)
            await deleted(deployment, credential.id)
            acts += 1
        return acts

    workers = [asyncio.create_task(act()) for _ in range(3)]
    try:
        async with audited(deployment.settings, deployment.database_url) as (database, keyring):
            checked = 0

            def count(events: int) -> None:
                nonlocal checked
                checked += events

            for _ in range(12):
                assert await verify(database, keyring, await audit_chain.heads(database), count) == []
    finally:
        stop.set()
        acts = await asyncio.gather(*workers)
    assert min(acts) > 0
    assert checked > 0


async def ran(trail: Trail, url: str, *arguments: str) -> tuple[int, list[str], str]:
    """The status, the lines on stdout and the text on stderr of `strongroom-server audit`."""
    environment = {"STRONGROOM_DATA_DIR": str(trail.settings.data_dir), "STRONGROOM_DATABASE_URL": url}
    status, out, err = await run_command("audit", *arguments, environment=environment)
    return status, out.splitlines(), err


async def test_the_exit_status_of_the_command_says_whether_the_trail_is_broken(trail: Trail, tmp_path: Path) -> None:
    async with trail.copy() as (url, connection):
        status, lines, progress = await ran(trail, url, "verify")
        assert (status, lines) == (0, ["the audit trail is whole"])
        assert "events" in progress

        status, exported, _ = await ran(trail, url, "heads")
        assert status == 0
        assert len(exported) == 3
        heads = await asyncio.to_thread(_written, tmp_path / "heads", "\n".join([*exported, ""]).encode())
        assert (await ran(trail, url, "verify", "--heads", heads))[:2] == (0, ["the audit trail is whole"])

        await connection.execute(f"delete from audit_events where {AT}3")
        await connection.execute("delete from audit_heads where organisation_id = 'strongroom'")
        status, lines, told = await ran(trail, url, "verify", "--heads", heads)
        assert status == 1
        assert lines[0].startswith(f"{ORGANISATION}: position 3: ")
        assert lines[1].startswith("strongroom: ")
        assert len(lines) == 2
        assert "the audit trail is broken in 2 organisations" in told
        assert "Traceback" not in told


def _written(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize(
    "content",
    [b"no json\n", b"{}\n", b"\xff\xfe\0\n", b"[1, 2]", b'{"organisation_id": 1}', b"{" * 10_000],
    ids=["text", "empty object", "no UTF-8", "array", "wrong type", "deep"],
)
async def test_a_malformed_file_of_heads_is_an_error_in_one_line(trail: Trail, content: bytes, tmp_path: Path) -> None:
    heads = await asyncio.to_thread(_written, tmp_path / "heads", content)
    async with trail.copy() as (url, _):
        status, lines, told = await ran(trail, url, "verify", "--heads", heads)
    assert (status, lines) == (1, [])
    assert told == "strongroom-server: the file of --heads must be what `strongroom-server audit heads` printed\n"


async def test_a_head_with_values_out_of_range_is_a_finding_of_the_command(trail: Trail, tmp_path: Path) -> None:
    line = msgspec.json.encode(structs.replace(trail.heads[0], position=10**18)).replace(b"0" * 18, b"0" * 30)
    heads = await asyncio.to_thread(_written, tmp_path / "heads", line)
    async with trail.copy() as (url, _):
        status, lines, told = await ran(trail, url, "verify", "--heads", heads)
    assert status == 1
    assert "Traceback" not in told
    assert len(lines) <= 1
