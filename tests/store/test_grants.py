"""The rights of database roles: a writer's role, which cannot read boxes, and a role without grants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest
from conftest import ORGANISATION, new_database
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import refused
from waiting import until
from writer_nodes import writer_role, writer_settings

from strongroom.v1.credential_pb2 import (
    READ_ACCESS_SPECIFIC_TEAMS,
    SURFACE_TINES,
    Credential,
    CredentialData,
    TextData,
)
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    AccessCredentialRequest,
    CreateCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    ListCredentialVersionsRequest,
    UndeleteCredentialRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2 import CreateFolderRequest, DeleteFolderRequest, Folder, UpdateFolderRequest
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub
from strongroom_server.audit import outbox
from strongroom_server.node import service as node
from strongroom_server.node.embedded_postgres import ROLE, SUPERUSER
from strongroom_server.store import events
from strongroom_server.store.grants import grant_writer
from strongroom_server.store.migrate import _scripts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment

WRITER = 'the "writer"'


@pytest.fixture(scope="module")
async def writer_url(deployment: Deployment) -> AsyncIterator[str]:
    """The deployment's database, as a role with the grants of a writer."""
    async with writer_role(deployment.database_url, WRITER) as url:
        yield url


@pytest.fixture(scope="module")
async def ungranted_url(deployment: Deployment) -> AsyncIterator[str]:
    """The deployment's database, as a role that may only connect."""
    superuser = await asyncpg.connect(deployment.database_url, user=SUPERUSER)
    try:
        await superuser.execute("create role ungranted")
        await superuser.execute(f"grant ungranted to {ROLE}")
        yield f"{deployment.database_url}&role=ungranted"
        await superuser.execute("drop owned by ungranted")
        await superuser.execute("drop role ungranted")
    finally:
        await superuser.close()


@pytest.fixture(scope="module")
async def writer(
    deployment: Deployment, writer_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[node.Service]:
    settings = await writer_settings(deployment, tmp_path_factory.mktemp("writer") / "data")
    async with node.service(settings, writer_url, opens=False) as service:
        yield service


def text(value: str) -> CredentialData:
    return CredentialData(text=TextData(value=value))


async def test_granting_to_an_unknown_role_returns_false(deployment: Deployment) -> None:
    assert not await grant_writer(deployment.database_url, "no such role")


async def test_a_writers_role_cannot_read_boxes_or_delete_rows(writer_url: str) -> None:
    connection = await asyncpg.connect(writer_url)
    try:
        await connection.execute("select organisation_id, credential_id, version, sealing_key_id from boxes")
        for forbidden in (
            "select box from boxes",
            "select * from boxes",
            "insert into boxes select * from boxes returning box",
            "update boxes set version = 0",
            "update boxes set box = null",
            "delete from boxes",
            "delete from credentials",
            "delete from audit_events",
            "select * from audit_events",
            "update events set sequence = 1",
            "select * from events",
            "select * from webhooks",
            "select * from deliveries",
            "insert into signing_keys default values",
            "insert into organisations default values",
            "insert into api_keys default values",
            "insert into teams default values",
            "update organisations set undelete_window = '0'",
            "update organisations set last_team_id = 0",
            "update api_keys set revoke_time = null",
            "update teams set slug = 'x'",
            "delete from teams",
            "update sealing_keys set state = 'active'",
            "create table t ()",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(forbidden)
    finally:
        await connection.close()


OWNERS_CALLS = (
    "strongroom_add_audit_partitions(now() + interval '10 years')",
    "strongroom_drop_audit_partition('audit_events_' || to_char(now() at time zone 'UTC', 'YYYY_MM'))",
    "strongroom_analyze_grown()",
)


@pytest.mark.parametrize("call", OWNERS_CALLS)
async def test_only_the_owner_can_call_functions_with_the_owners_rights(
    deployment: Deployment, ungranted_url: str, writer_url: str, call: str
) -> None:
    async with deployment.sql() as owner:
        months = await owner.fetch("select inhrelid from pg_inherits where inhparent = 'audit_events'::regclass")
        for url in (ungranted_url, writer_url):
            connection = await asyncpg.connect(url)
            try:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(f"select {call}")
            finally:
                await connection.close()
        assert months == await owner.fetch(
            "select inhrelid from pg_inherits where inhparent = 'audit_events'::regclass"
        )


async def test_public_has_no_rights_in_the_schema(deployment: Deployment) -> None:
    async with deployment.sql() as owner:
        granted = await owner.fetch(
            """
            select p.proname from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
            where p.pronamespace = current_schema()::regnamespace and a.grantee = 0
            union all
            select c.relname from pg_class c, aclexplode(c.relacl) a
            where c.relnamespace = current_schema()::regnamespace and a.grantee = 0
            union all
            select t.typname from pg_type t join pg_class c on c.oid = t.typrelid and c.relkind = 'c',
                aclexplode(coalesce(t.typacl, acldefault('T', t.typowner))) a
            where t.typnamespace = current_schema()::regnamespace and a.grantee = 0
            union all
            select n.nspname from pg_namespace n, aclexplode(n.nspacl) a
            where n.nspname = current_schema() and a.grantee = 0 and a.privilege_type = 'CREATE'
            """
        )
    assert granted == []


async def test_functions_with_the_owners_rights_search_temporary_tables_last(
    deployment: Deployment,
) -> None:
    async with deployment.sql() as owner:
        found = await owner.fetch(
            "select proname, proconfig from pg_proc where pronamespace = current_schema()::regnamespace and prosecdef"
        )
    # A writer may call it: it reads the administrative events about the rows that a node loads.
    for_writers = {"strongroom_newer_events", "strongroom_newer_signed_events"}
    # Only a trigger calls it.
    for_triggers = {"strongroom_schedule_notices"}
    assert {row["proname"] for row in found} == {
        *(call.partition("(")[0] for call in OWNERS_CALLS),
        *for_writers,
        *for_triggers,
    }
    assert {tuple(row["proconfig"]) for row in found} == {("search_path=public, pg_temp",)}


async def test_public_cannot_call_a_function_of_a_later_migration(deployment: Deployment, ungranted_url: str) -> None:
    async with deployment.sql() as owner:
        await owner.execute("create function made_later() returns integer language sql as 'select 1'")
        connection = await asyncpg.connect(ungranted_url)
        try:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("select made_later()")
        finally:
            await connection.close()
            await owner.execute("drop function made_later()")


async def test_a_writer_can_create_update_list_and_delete_credentials(
    deployment: Deployment, writer: node.Service
) -> None:
    stub, metadata = CredentialServiceStub(writer.channel()), deployment.metadata
    sent = CreateCredentialRequest(
        credential=Credential(
            name="w",
            surface=SURFACE_TINES,
            team_id=1,
            read_access=READ_ACCESS_SPECIFIC_TEAMS,
            shared_team_slugs=["team_2"],
            data=text("one"),
        ),
        request_id="w-1",
    )
    made = await stub.CreateCredential(sent, metadata=metadata)
    assert (await stub.CreateCredential(sent, metadata=metadata)).id == made.id
    twin = Credential(name="t", surface=SURFACE_TINES, live_credential_id=made.id, data=text("twin"))
    await stub.CreateCredential(CreateCredentialRequest(credential=twin), metadata=metadata)

    update = UpdateCredentialRequest(id=made.id, credential=Credential(name="v", data=text("two")))
    update.update_mask.paths.extend(("name", "data"))
    assert (await stub.UpdateCredential(update, metadata=metadata)).version == 2
    share = UpdateCredentialRequest(id=made.id, credential=Credential(shared_team_slugs=["team_1"]))
    share.update_mask.paths.append("shared_team_slugs")
    await stub.UpdateCredential(share, metadata=metadata)

    assert (await stub.GetCredential(GetCredentialRequest(id=made.id), metadata=metadata)).name == "v"
    listed = await stub.ListCredentials(ListCredentialsRequest(name_prefix="v"), metadata=metadata)
    assert [credential.id for credential in listed.credentials] == [made.id]
    # A node with the private key opens what the writer sealed.
    access = AccessCredentialRequest(id=made.id)
    assert (await deployment.credentials.AccessCredential(access, metadata=metadata)).data == text("two")
    versions = await stub.ListCredentialVersions(ListCredentialVersionsRequest(id=made.id), metadata=metadata)
    assert [version.variant for version in versions.versions] == ["text", "text"]
    await stub.DeleteCredential(DeleteCredentialRequest(id=made.id), metadata=metadata)
    await stub.UndeleteCredential(UndeleteCredentialRequest(id=made.id), metadata=metadata)
    await stub.DeleteCredential(DeleteCredentialRequest(id=made.id), metadata=metadata)
    assert (await refused(deployment.credentials.AccessCredential(access, metadata=metadata))).reason == (
        "CREDENTIAL_NOT_FOUND"
    )


async def test_a_writer_can_manage_folders(deployment: Deployment, writer: node.Service) -> None:
    stub, metadata = OrganisationServiceStub(writer.channel()), deployment.metadata
    folder = await stub.CreateFolder(CreateFolderRequest(folder=Folder(team_id=1, name="f")), metadata=metadata)
    rename = UpdateFolderRequest(id=folder.id, folder=Folder(name="g"), update_mask=FieldMask(paths=["name"]))
    assert (await stub.UpdateFolder(rename, metadata=metadata)).name == "g"
    await stub.DeleteFolder(DeleteFolderRequest(id=folder.id), metadata=metadata)


async def test_a_role_that_an_earlier_version_granted_more_loses_it(postgres_url: str, template_database: str) -> None:
    url = await new_database(postgres_url, template_database)
    async with writer_role(url, "earlier") as writer_url:
        owner, writer = await asyncpg.connect(url), await asyncpg.connect(writer_url)
        try:
            await owner.execute("grant insert, update, delete on organisations, api_keys, teams to earlier")
            assert await grant_writer(url, "earlier")
            for table in ("organisations", "api_keys", "teams"):
                for forbidden in (f"insert into {table} default values", f"delete from {table}"):
                    with pytest.raises(asyncpg.InsufficientPrivilegeError):
                        await writer.execute(forbidden)
        finally:
            await owner.close()
            await writer.close()


async def test_a_writer_cannot_open_boxes(deployment: Deployment, writer: node.Service) -> None:
    stub, metadata = CredentialServiceStub(writer.channel()), deployment.metadata
    sent = CreateCredentialRequest(credential=Credential(name="w", data=text("one")))
    made = await deployment.credentials.CreateCredential(sent, metadata=metadata)
    part = UpdateCredentialRequest(id=made.id, credential=Credential(data=text("two")))
    part.update_mask.paths.append("data.text.value")
    for call in (
        stub.AccessCredential(AccessCredentialRequest(id=made.id), metadata=metadata),
        stub.GetCredential(GetCredentialRequest(id=made.id, view=CREDENTIAL_VIEW_FULL), metadata=metadata),
        stub.ListCredentials(ListCredentialsRequest(view=CREDENTIAL_VIEW_FULL), metadata=metadata),
        stub.UpdateCredential(part, metadata=metadata),
    ):
        assert (await refused(call)).reason == "OPENING_KEY_ABSENT"


async def test_a_writers_role_can_insert_events(deployment: Deployment, writer_url: str) -> None:
    connection = await asyncpg.connect(writer_url)
    event = outbox.prepare_event(deployment.service.recorder, ORGANISATION, outbox.CREDENTIAL_INVALID, None, {})
    try:
        await connection.execute(events.insert(1), *events.arguments(event))
    finally:
        await connection.close()

    async def is_published() -> bool:
        found = await events.after(deployment.service.database, ORGANISATION, 0, limit=10)
        return event in [each.event for each in found]

    await until(is_published)


async def test_a_writers_role_of_an_earlier_version_gets_the_rights_in_new_tables(postgres_url: str) -> None:
    url = await new_database(postgres_url, "template0")
    connection = await asyncpg.connect(url, user=SUPERUSER)
    try:
        for name, sql in sorted(_scripts().values()):
            if name == "0010_digest_keys.sql":
                await connection.execute(
                    'create role "old ""writer"; grant select on signing_keys to "old ""writer";'
                    ' grant insert on audit_events to "old ""writer"'
                )
            await connection.execute(sql)
        has_right = "select has_table_privilege('old \"writer', $1, $2)"
        for table in ("digest_keys", "node_lock"):
            assert await connection.fetchval(has_right, table, "select")
            assert not await connection.fetchval(has_right, table, "insert")
        assert not await connection.fetchval(has_right, "node_lock", "update")
        assert await connection.fetchval(has_right, "events", "insert")
        assert not await connection.fetchval(has_right, "events", "select")
    finally:
        await connection.execute('drop owned by "old ""writer"; drop role "old ""writer"')
        await connection.close()
