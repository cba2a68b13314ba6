"""If a node cannot write audit events, changes and accesses are refused, and metadata can still be read."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import asyncpg
import grpc.aio
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import read, refused
from samples import created, named

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, Credential
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    AccessCredentialRequest,
    CreateCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    PurgeCredentialsRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2 import (
    ROLE_WRITER,
    ApiKey,
    CreateApiKeyRequest,
    CreateTeamRequest,
    ListTeamsRequest,
    Team,
)
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub
from strongroom_server.node import service as node
from strongroom_server.node.embedded_postgres import ROLE, SUPERUSER
from strongroom_server.node.embedded_postgres.process import unprivileged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from conftest import Deployment

SERVING = "serving"


@pytest.fixture
async def superuser(own_deployment: Deployment) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(own_deployment.database_url, user=SUPERUSER)
    try:
        await connection.execute(
            f"create role {SERVING}; grant {SERVING} to {ROLE}; grant usage on schema public to {SERVING};"
            f" grant all on all tables in schema public to {SERVING}; grant all on all sequences in schema public to {SERVING};"
            f" grant execute on all functions in schema public to {SERVING}"
        )
        yield connection
        await connection.execute(f"drop owned by {SERVING}; drop role {SERVING}")
    finally:
        await connection.close()


async def test_a_call_that_cannot_be_recorded_has_no_effect(
    own_deployment: Deployment, superuser: asyncpg.Connection[asyncpg.Record]
) -> None:
    credential = await created(own_deployment, named())
    metadata: Any = own_deployment.metadata
    url = f"{own_deployment.database_url}&role={quote(SERVING)}"
    async with node.service(own_deployment.settings, url) as served:
        stub = CredentialServiceStub(served.channel())
        organisations = OrganisationServiceStub(served.channel())
        access = AccessCredentialRequest(id=credential.id)
        create = CreateCredentialRequest(credential=named("new"), request_id="r-1")
        assert (await stub.AccessCredential(access, metadata=metadata)).id == credential.id
        await superuser.execute(f"revoke insert on audit_events from {SERVING}")

        for call in (
            stub.AccessCredential(access, metadata=metadata),
            stub.GetCredential(GetCredentialRequest(id=credential.id, view=CREDENTIAL_VIEW_FULL), metadata=metadata),
            stub.CreateCredential(create, metadata=metadata),
            stub.UpdateCredential(
                UpdateCredentialRequest(
                    id=credential.id, credential=Credential(name="other"), update_mask=FieldMask(paths=["name"])
                ),
                metadata=metadata,
            ),
            stub.DeleteCredential(DeleteCredentialRequest(id=credential.id), metadata=metadata),
            stub.PurgeCredentials(PurgeCredentialsRequest(surface=SURFACE_NATIVE), metadata=metadata),
            organisations.CreateTeam(CreateTeamRequest(team=Team(name="new")), metadata=metadata),
            organisations.CreateApiKey(CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_WRITER])), metadata=metadata),
        ):
            refusal = await refused(call)
            assert (refusal.code.name, refusal.reason) == ("UNAVAILABLE", "AUDIT_UNAVAILABLE")

        listed = await stub.ListCredentials(ListCredentialsRequest(), metadata=metadata)
        assert [(each.name, each.etag) for each in listed.credentials] == [(credential.name, "1")]
        assert (await stub.GetCredential(GetCredentialRequest(id=credential.id), metadata=metadata)).etag == "1"
        teams = await organisations.ListTeams(ListTeamsRequest(), metadata=metadata)
        assert [team.name for team in teams.teams] == ["Team 1", "Team 2"]
        assert await superuser.fetchval("select count(*) from request_ids") == 0
        assert await superuser.fetchval("select count(*) from boxes") == 1

        await superuser.execute(f"grant insert on audit_events to {SERVING}")
        assert (await stub.AccessCredential(access, metadata=metadata)).id == credential.id
        assert (await stub.CreateCredential(create, metadata=metadata)).name == "new"


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A directory of the Postgres user on a disk of one megabyte."""
    account = unprivileged()
    if account is None:
        pytest.skip("only root can mount a disk that is small enough to fill")
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        place.chmod(0o711)
        disk = place / "disk"
        disk.mkdir()
        options = f"size=1m,mode=0700,uid={account.pw_uid},gid={account.pw_gid}"
        if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=False).returncode:
            pytest.skip("this machine lets nobody mount a disk")
        try:
            yield disk
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)


async def test_a_full_audit_disk_refuses_accesses_but_not_lists(own_deployment: Deployment, small_disk: Path) -> None:
    credential = await created(own_deployment, named())
    access = AccessCredentialRequest(id=credential.id)
    superuser = await asyncpg.connect(own_deployment.database_url, user=SUPERUSER)
    try:
        month = await superuser.fetchval("select tableoid::regclass::text from audit_events limit 1")
        await superuser.execute(f"create tablespace small location '{small_disk}'")
        await superuser.execute(f"alter table {month} set tablespace small")
        filler = (
            "insert into audit_events (organisation_id, event_id, event_time, action, key_id, credential_ids, subject)"
            " select 'filler', gen_random_uuid(), strongroom_now(), '', '', '{}', repeat('x', 500) from generate_series(1, $1)"
        )
        with pytest.raises(asyncpg.DiskFullError):
            await superuser.execute(filler, 10_000)

        async def until_refused() -> None:
            # The last page may have space for a few more events.
            for _ in range(200):
                await own_deployment.credentials.AccessCredential(access, metadata=own_deployment.metadata)

        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await until_refused()
        assert read(caught.value).reason == "AUDIT_UNAVAILABLE"
        listed = await own_deployment.credentials.ListCredentials(
            ListCredentialsRequest(), metadata=own_deployment.metadata
        )
        assert [each.id for each in listed.credentials] == [credential.id]

        await superuser.execute(f"alter table {month} set tablespace pg_default")
        await superuser.execute("drop tablespace small")
        accessed = await own_deployment.credentials.AccessCredential(access, metadata=own_deployment.metadata)
        assert accessed.id == credential.id
    finally:
        await superuser.close()
