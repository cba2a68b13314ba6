"""What a restored database is: the same rows, verified, with new numbers, at the schema of this version."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest
from backup.commands import AgeKey, age_key, back_up, restored, restored_badly
from conftest import ORGANISATION, Deployment, new_database, open_deployment
from credentials.test_versions import destroy
from events.publishing import published
from organisations.binding import bound, mapped
from rpc.calls import accessed, deleted, key_of, make_key, other_organisation, refused, revoke_key, updated
from rpc.event_requests import event_request
from samples import created, named, samples
from use.sealed_tokens import put_token
from waiting import until

from strongroom.v1.credential_service_pb2 import ListCredentialsRequest
from strongroom.v1.event_service_pb2_grpc import EventServiceStub
from strongroom.v1.organisation_service_pb2 import ROLE_READER, CreateFolderRequest, CreateTeamRequest, Folder, Team
from strongroom_server.backup import database as tables
from strongroom_server.core import records
from strongroom_server.sealing import age_files
from strongroom_server.store import connections, restores
from strongroom_server.store import migrate as migrations
from strongroom_server.store.backups import TABLES
from strongroom_server.store.restores import SKIPPED_CREDENTIAL_NUMBERS, SKIPPED_NUMBERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["age_key"]


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def contents(url: str) -> dict[str, list[asyncpg.Record]]:
    """The rows of every table but schema_migrations, as text."""
    async with connected(url) as connection:
        return {name: await connection.fetch(f"select t::text from {name} t order by 1") for name in TABLES}


@pytest.fixture
async def empty_url(postgres_url: str) -> str:
    return await new_database(postgres_url, "template0")


async def team(deployment: Deployment, name: str) -> Team:
    request = CreateTeamRequest(team=Team(name=name))
    return await deployment.organisations.CreateTeam(request, metadata=deployment.metadata)


async def folder(deployment: Deployment, name: str) -> Folder:
    request = CreateFolderRequest(folder=Folder(name=name, team_id=1))
    return await deployment.organisations.CreateFolder(request, metadata=deployment.metadata)


async def put_connection(deployment: Deployment, credential_id: str) -> None:
    """Store that the credential is a connection."""
    service, now = deployment.service, deployment.service.watch.now()
    connection = records.Connection(
        ORGANISATION,
        UUID(credential_id),
        UUID(credential_id),
        "anna",
        "",
        "1",
        "anna@example.com",
        ("a", "b"),
        now,
        now,
        1,
    )
    async with service.database.transaction() as transaction:
        await connections.insert_in(transaction, service.recorder.keyring.sign(connection))


async def fill(deployment: Deployment) -> str:
    """Store a row of every kind, with every variant, and values that are hard to copy. Returns the id of one credential."""
    await other_organisation(deployment)
    await key_of(deployment, ROLE_READER, display_name='"quoted"\\N\t\n{}, \u2603')
    for variant, data in samples().items():
        await created(deployment, named(variant + "\n\\.\t\\N,{}\u2603\U0001f600", data=data), request_id=variant)
    await folder(deployment, "folder")
    await mapped(deployment, await bound(deployment, spiffe_trust_domain="prod.example"), "a", team_ids=[1])
    await EventServiceStub(deployment.grpc).CreateWebhook(
        await event_request(deployment, "CreateWebhook"), metadata=deployment.metadata
    )
    await published(deployment, ORGANISATION)
    row = await created(deployment)
    await updated(deployment, row.id, "data", data=samples()["basic_auth"])
    # A row of notices, due in years.
    await created(deployment, named(expire_time=datetime(2091, 1, 1, tzinfo=UTC)))
    await put_connection(deployment, row.id)
    await put_token(deployment, row.id, "access token")
    await destroy(deployment, row.id, 1)
    await deleted(deployment, (await created(deployment)).id)
    return row.id


async def test_every_row_comes_back_as_it_was(
    own_deployment: Deployment, age_key: AgeKey, tmp_path: Path, empty_url: str
) -> None:
    row_id = await fill(own_deployment)
    async with own_deployment.sql() as sql:
        await until(lambda: sql.fetchval("select not exists (select from audit_events where chain_position is null)"))
    before = await contents(own_deployment.database_url)
    assert all(before.values())
    rows = sum(map(len, before.values()))
    said = await restored(await back_up(own_deployment, age_key, tmp_path), age_key, tmp_path / "new", empty_url)
    after = await contents(empty_url)

    # Only the last numbers of organisations and of their events differ, and when deliveries are tried again.
    for table in ("organisations", "event_heads", "deliveries"):
        assert len(before[table]) <= len(after[table])
        before[table] = after[table]
    assert after == before
    assert f"restored {rows:,} rows of {len(TABLES)} tables, as of 20" in said
    assert "checked the audit trail of 3 organisations, and opened " in said
    assert "identities: 1. List them" in said
    async with open_deployment(empty_url, tmp_path / "new") as again:
        assert (await accessed(again, row_id)).data == samples()["basic_auth"]


async def test_numbers_go_on_beyond_those_that_were_assigned_after_the_backup(
    own_deployment: Deployment, age_key: AgeKey, tmp_path: Path, empty_url: str
) -> None:
    before, first_team, first_folder = (
        await created(own_deployment), await team(own_deployment, "one"), await folder(own_deployment, "one"),
    )  # fmt: skip
    files = await back_up(own_deployment, age_key, tmp_path)
    lost = [(await created(own_deployment)).number for _ in range(200)]
    lost_team, lost_folder = await team(own_deployment, "two"), await folder(own_deployment, "two")
    said = await restored(files, age_key, tmp_path / "new", empty_url)

    assert "leave out 100,000,000 and 10,000 numbers" in said
    async with open_deployment(empty_url, tmp_path / "new") as again:
        number = (await created(again)).number
        assert max(lost) < before.number + SKIPPED_CREDENTIAL_NUMBERS < number
        new_team, new_folder = await team(again, "three"), await folder(again, "three")
        assert new_team.id == first_team.id + SKIPPED_NUMBERS + 1 > lost_team.id
        assert new_folder.id == first_folder.id + SKIPPED_NUMBERS + 1 > lost_folder.id
        # The number of an unchanged team stays.
        assert (await team(again, "four")).id == new_team.id + 1


async def test_a_backup_of_a_restored_database_restores(
    own_deployment: Deployment, age_key: AgeKey, tmp_path: Path, postgres_url: str
) -> None:
    row = await created(own_deployment)
    files = await back_up(own_deployment, age_key, tmp_path)
    for turn in ("one", "two"):
        url = await new_database(postgres_url, "template0")
        await restored(files, age_key, tmp_path / turn, url)
        (tmp_path / f"files-{turn}").mkdir()
        async with open_deployment(url, tmp_path / turn) as deployment:
            assert (await accessed(deployment, row.id)).number == row.number
            files = await back_up(deployment, age_key, tmp_path / f"files-{turn}")


async def test_an_api_key_that_was_revoked_after_the_backup_is_valid_again_and_the_output_says_so(
    own_deployment: Deployment, age_key: AgeKey, tmp_path: Path, empty_url: str
) -> None:
    early, late = [await make_key(own_deployment, ROLE_READER) for _ in range(2)]
    await revoke_key(own_deployment, early.id)
    files = await back_up(own_deployment, age_key, tmp_path)
    await revoke_key(own_deployment, late.id)
    said = await restored(files, age_key, tmp_path / "new", empty_url)

    # The first key of the deployment, and the late one.
    assert "valid API keys: 2. List them, and revoke again those that were revoked after 20" in said
    async with open_deployment(empty_url, tmp_path / "new") as again:
        call = again.credentials.ListCredentials
        assert await call(ListCredentialsRequest(), metadata=(("authorization", f"Bearer {late.key}"),))
        refusal = await refused(call(ListCredentialsRequest(), metadata=(("authorization", f"Bearer {early.key}"),)))
        assert refusal.reason == "API_KEY_INVALID"


async def test_a_repeated_request_of_before_the_backup_is_recognised(
    own_deployment: Deployment, age_key: AgeKey, tmp_path: Path, empty_url: str
) -> None:
    credential = named()
    row = await created(own_deployment, credential, request_id="one")
    await restored(await back_up(own_deployment, age_key, tmp_path), age_key, tmp_path / "new", empty_url)
    async with open_deployment(empty_url, tmp_path / "new") as again:
        assert (await created(again, credential, request_id="one")).id == row.id


async def test_a_request_id_of_an_earlier_version_beside_one_of_this_is_restored(
    own_deployment: Deployment, age_key: AgeKey, tmp_path: Path, empty_url: str
) -> None:
    await created(own_deployment, request_id="one")
    async with own_deployment.sql() as sql:
        # The trigger refuses such a row if it is inserted after the other one.
        await sql.execute(
            "alter table request_ids disable trigger user; insert into request_ids (organisation_id, request_id, method,"
            " digest_key_id, body_digest, create_time) select organisation_id, request_id, method, digest_key_id,"
            " body_digest, create_time from request_ids; alter table request_ids enable trigger user"
        )
    await restored(await back_up(own_deployment, age_key, tmp_path), age_key, tmp_path / "new", empty_url)
    async with connected(empty_url) as sql:
        assert await sql.fetchval("select count(*) from request_ids") == 2
        assert await sql.fetchval(
            "select bool_and(tgenabled = 'O') from pg_trigger where tgname = 'request_ids_without_key'"
        )


async def test_events_return_to_the_partition_of_their_month(
    own_deployment: Deployment, age_key: AgeKey, tmp_path: Path, empty_url: str
) -> None:
    await created(own_deployment)
    async with own_deployment.sql() as sql:
        await sql.execute(
            "create table audit_events_2024_02 partition of audit_events"
            " for values from ('2024-02-01 00:00+00') to ('2024-03-01 00:00+00')"
        )
    await restored(await back_up(own_deployment, age_key, tmp_path), age_key, tmp_path / "new", empty_url)
    async with connected(empty_url) as sql:
        bounds = "select pg_get_expr(relpartbound, oid) from pg_class where relname = 'audit_events_2024_02'"
        await sql.execute("set timezone = 'UTC'")
        assert await sql.fetchval(bounds) == "FOR VALUES FROM ('2024-02-01 00:00:00+00') TO ('2024-03-01 00:00:00+00')"
        assert await sql.fetchval("select count(*) from audit_events") > 0
        assert await sql.fetchval("select count(*) from audit_events_default") == 0


@dataclass(frozen=True, slots=True)
class Broken:
    """A change of the stored data, and what a restore says about it."""

    change: str
    finding: str


@pytest.mark.parametrize(
    "broken",
    [
        Broken("update boxes set box = sha256(box)", "the row was changed, or its box does not open"),
        Broken("update credentials set allowed_hosts = '{*}'", "the row was changed, or its box does not open"),
        Broken("delete from audit_events where chain_position = 2", "position 2: the event was removed"),
    ],
    ids=["box", "row", "trail"],
)
async def test_a_restore_finds_what_was_changed_before_the_backup(
    broken: Broken, own_deployment: Deployment, age_key: AgeKey, tmp_path: Path, empty_url: str
) -> None:
    await created(own_deployment)
    async with own_deployment.sql() as sql:
        await until(lambda: sql.fetchval("select not exists (select from audit_events where chain_position is null)"))
        await sql.execute(broken.change)
    out, said = await restored_badly(
        await back_up(own_deployment, age_key, tmp_path), age_key, tmp_path / "new", empty_url
    )
    assert broken.finding in out
    assert "the database is restored, but the findings above say that it is not whole" in said
    # The data is there to be examined.
    async with connected(empty_url) as sql:
        assert await sql.fetchval("select count(*) from credentials") == 1


async def test_a_missing_private_key_is_a_finding(
    own_deployment: Deployment, age_key: AgeKey, tmp_path: Path, empty_url: str
) -> None:
    await created(own_deployment)
    async with own_deployment.sql() as sql:
        # A box of a key whose private part this node does not have.
        await sql.execute(
            "insert into boxes select organisation_id, credential_id, 2, sealing_key_id, box, create_time, variant"
            " from boxes; update boxes set sealing_key_id = 'other' where version = 2"
        )
        await sql.execute(
            "insert into sealing_keys (id, public_key, state, canary, create_time, signature_format, signature)"
            " select 'other', public_key, 'retiring', canary, create_time, signature_format, signature from sealing_keys"
        )
    out, said = await restored_badly(
        await back_up(own_deployment, age_key, tmp_path), age_key, tmp_path / "new", empty_url
    )
    assert "is not whole" in said
    assert "boxes that cannot be opened: 1. keys/ has no private key for the sealing key other" in out


async def test_a_backup_of_an_earlier_schema_is_restored_and_migrated(
    own_deployment: Deployment, age_key: AgeKey, tmp_path: Path, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, _ = await back_up(own_deployment, age_key, tmp_path)
    scripts = migrations._scripts()
    script = "update teams set name = name || '!'; alter table teams add column note text not null default 'new'"
    monkeypatch.setattr(migrations, "_scripts", lambda: {**scripts, 9999: ("9999_next.sql", script)})
    with age_files.open_encrypted(database, age_files.read_identities(age_key.identity)) as file:
        header = await tables.read_header(file)
        async with restores.restore(empty_url, header.contents) as restoring:
            await tables.read_into(restoring, file, header)
            await restoring.finish(header.contents)
    assert await migrations.is_current(empty_url)
    async with connected(empty_url) as sql:
        found = await sql.fetch("select name, note from teams")
        assert found
        assert all(row["name"].endswith("!") and row["note"] == "new" for row in found)
