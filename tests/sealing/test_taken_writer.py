"""What somebody can do who has taken a writer node: its key files, its database role and, in the worst case, the whole database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import grpc
import pytest
from conftest import ORGANISATION
from google.protobuf.field_mask_pb2 import FieldMask
from msgspec import structs
from nacl.bindings import crypto_sign_seed_keypair
from rpc.calls import accessed, bearer, deleted, make_key, refused, revoke_key, updated
from samples import created, named, samples
from waiting import until
from writer_nodes import writer_role, writer_settings

from strongroom.v1.credential_pb2 import READ_ACCESS_SPECIFIC_TEAMS, SURFACE_TINES, Credential
from strongroom.v1.credential_service_pb2 import (
    CreateCredentialRequest,
    ListCredentialsRequest,
    ListCredentialVersionsRequest,
    UndeleteCredentialRequest,
)
from strongroom.v1.key_service_pb2 import DESCRIPTOR as KEYS
from strongroom.v1.organisation_service_pb2 import (
    DESCRIPTOR,
    ROLE_READER,
    GetOrganisationRequest,
    GetTeamRequest,
    ListTeamsRequest,
    Organisation,
    Role,
    UpdateOrganisationRequest,
)
from strongroom_server.access import api_keys
from strongroom_server.access.caller import Caller
from strongroom_server.audit.chain import chain_all
from strongroom_server.audit.record import Recorder
from strongroom_server.audit.verify import verify
from strongroom_server.core import records
from strongroom_server.jobs import sweeper
from strongroom_server.organisations import verified_rows
from strongroom_server.sealing import chain, key_files, signatures
from strongroom_server.sealing.key_files import KeyFiles, SigningPair
from strongroom_server.sealing.keyring import Keyring, _signed
from strongroom_server.sealing.registration import root_signed
from strongroom_server.sealing.trusted_keys import KeyRows
from strongroom_server.store import keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from conftest import Deployment

TABLES: dict[type[records.Row], str] = {
    records.ApiKey: "api_keys",
    records.AuditEvent: "audit_events",
    records.AuditHead: "audit_heads",
    records.SigningKey: "signing_keys",
    records.Team: "teams",
}
NOW = datetime(2026, 11, 28, tzinfo=UTC)
SYSTEM = Caller.system(ORGANISATION)


@dataclass(frozen=True, slots=True)
class Taken:
    """A deployment, and a writer node of it that an attacker has taken."""

    deployment: Deployment
    files: KeyFiles
    role_url: str

    def signed(self, row: Any) -> Any:
        """The row, signed by the writer's key as if it were a credential."""
        return _signed(self.files.signing, row)

    async def insert(self, row: records.Row, *, url: str = "") -> None:
        """Insert a row as the owner of the database, unless another URL is given."""
        names, values = row.__struct_fields__, structs.astuple(row)
        placeholders = ", ".join(f"${index}" for index in range(1, len(names) + 1))
        connection = await asyncpg.connect(url or self.deployment.database_url)
        try:
            statement = f"insert into {TABLES[type(row)]} ({', '.join(names)}) values ({placeholders})"
            await connection.execute(statement, *values)
        finally:
            await connection.close()

    async def not_allowed(self, row: records.Row) -> None:
        """Check that the writer's database role cannot insert the row."""
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await self.insert(row, url=self.role_url)


@pytest.fixture
async def taken(own_deployment: Deployment, tmp_path: Path) -> AsyncIterator[Taken]:
    settings = await writer_settings(own_deployment, tmp_path / "writer")
    async with writer_role(own_deployment.database_url, "taken") as url:
        yield Taken(own_deployment, await key_files.load(settings.keys_dir, opens=False), url)


def api_key(whole_key: str) -> records.ApiKey:
    """The row of a key with every role."""
    key_id, secret_sha256 = api_keys.split(whole_key)
    return records.ApiKey(
        id=key_id,
        organisation_id=ORGANISATION,
        display_name="",
        secret_sha256=secret_sha256,
        roles=Role.values()[1:],
        team_ids=(),
        expire_time=None,
        create_time=NOW,
        revoke_time=None,
        jwt_public_key="",
        revision=1,
        grantable_roles=(),
        jwt_audience="",
        max_token_age_seconds=0,
        scope=b"",
        signature_format=0,
        signer_id="",
        signature=b"",
    )


async def authenticates_nobody(deployment: Deployment, whole_key: str) -> None:
    call = deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=bearer(whole_key))
    refusal = await refused(call)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "API_KEY_INVALID")


async def broken(call: Any) -> None:
    refusal = await refused(call)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")


async def test_an_api_key_that_a_writer_signs_authenticates_nobody(taken: Taken) -> None:
    whole_key = api_keys.generate()
    forged = taken.signed(api_key(whole_key))
    await taken.not_allowed(forged)
    await taken.insert(forged)
    await authenticates_nobody(taken.deployment, whole_key)


async def test_a_signing_key_that_a_writer_registers_is_not_trusted(taken: Taken) -> None:
    public_key, secret_key = crypto_sign_seed_keypair(bytes(range(32)))
    pair = SigningPair("forged", public_key, secret_key)
    row = records.SigningKey("forged", public_key, "active", NOW, signatures.ADMIN, NOW, 1, 0, b"")
    for root in (taken.files.signing, pair):
        forged = root_signed(root, row)
        await taken.not_allowed(forged)
        await taken.insert(structs.replace(forged, id=f"by-{root.id}"))
    await taken.insert(root_signed(taken.files.signing, row))
    whole_key = api_keys.generate()
    await taken.insert(_signed(pair, api_key(whole_key)))
    await authenticates_nobody(taken.deployment, whole_key)
    await created(taken.deployment)


async def test_settings_of_an_organisation_that_a_writer_signs_are_refused_where_they_decide(
    taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment, metadata = taken.deployment, taken.deployment.metadata
    gone, live = await created(deployment), await created(deployment)
    await updated(deployment, live.id, "data", data=samples("new")["basic_auth"])
    await deleted(deployment, gone.id)
    database = deployment.service.database
    logged: list[str] = []
    monkeypatch.setattr(
        sweeper._log, "error", lambda *_, **fields: logged.append(fields["organisation"]), raising=False
    )
    async with deployment.sql() as connection:
        columns = ", ".join(records.Organisation.__struct_fields__)
        found = await connection.fetchrow(f"select {columns} from organisations")
        assert found is not None
        present = records.Organisation(*found)
        forged = taken.signed(structs.replace(present, undelete_window=timedelta(0), kept_versions=1))
        placeholders = ", ".join(f"${index}" for index in range(1, len(structs.astuple(forged)) + 1))
        statement = f"update organisations set ({columns}) = row({placeholders})"
        attacker = await asyncpg.connect(taken.role_url)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await attacker.execute(statement, *structs.astuple(forged))
        await attacker.close()
        await connection.execute(statement, *structs.astuple(forged))
        await connection.execute("select pg_notify('strongroom_organisations', $1)", ORGANISATION)
        await deployment.hear()

        stub, settings = deployment.credentials, deployment.organisations
        await broken(settings.GetOrganisation(GetOrganisationRequest(), metadata=metadata))
        renamed = UpdateOrganisationRequest(
            organisation=Organisation(display_name="x"), update_mask=FieldMask(paths=["display_name"])
        )
        await broken(settings.UpdateOrganisation(renamed, metadata=metadata))
        await broken(stub.ListCredentialVersions(ListCredentialVersionsRequest(id=live.id), metadata=metadata))
        await broken(accessed(deployment, live.id, version=1))
        await broken(deleted(deployment, live.id))
        await broken(stub.UndeleteCredential(UndeleteCredentialRequest(id=gone.id), metadata=metadata))
        await broken(stub.ListCredentials(ListCredentialsRequest(deleted=True), metadata=metadata))
        assert (await accessed(deployment, live.id)).version == 2

        assert await sweeper.sweep(database, deployment.service.recorder) == 0
        assert set(logged) == {ORGANISATION}
        assert await connection.fetchval("select count(*) from credentials") == 2
        assert await connection.fetchval("select count(*) from boxes") == 3


async def test_a_team_that_a_writer_signs_is_given_nothing_and_hides_no_other_team(
    taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment, metadata = taken.deployment, taken.deployment.metadata
    logged: list[str] = []
    monkeypatch.setattr(verified_rows._log, "error", lambda *_, **fields: logged.append(fields["id"]), raising=False)
    forged = taken.signed(records.Team(ORGANISATION, 99, "Forged", "forged", 1, NOW, NOW))
    await taken.not_allowed(forged)
    await taken.insert(forged)

    shared = Credential(
        name="n",
        surface=SURFACE_TINES,
        team_id=1,
        read_access=READ_ACCESS_SPECIFIC_TEAMS,
        shared_team_slugs=["forged"],
        data=samples()["text"],
    )
    create = CreateCredentialRequest(credential=shared)
    await broken(deployment.credentials.CreateCredential(create, metadata=metadata))
    await broken(make_key(deployment, ROLE_READER, team_ids=(99,)))
    await broken(deployment.organisations.GetTeam(GetTeamRequest(id=99), metadata=metadata))
    page = await deployment.organisations.ListTeams(ListTeamsRequest(), metadata=metadata)
    assert [team.id for team in page.teams] == [1, 2]
    assert logged == ["99"]


async def test_a_deleted_credential_is_not_moved_because_of_a_changed_team(taken: Taken) -> None:
    deployment = taken.deployment
    credential = await created(deployment, named(team_id=1))
    await deleted(deployment, credential.id)
    async with deployment.sql() as connection:
        await connection.execute("update teams set name = 'x' where team_id = 1")
    request = UndeleteCredentialRequest(id=credential.id, team_id=2)
    await broken(deployment.credentials.UndeleteCredential(request, metadata=deployment.metadata))


@pytest.mark.parametrize(
    "service",
    [DESCRIPTOR.services_by_name["OrganisationService"], KEYS.services_by_name["KeyService"]],
    ids=lambda service: service.name,
)
def test_every_method_that_changes_rows_of_admin_keys_is_an_administrative_act(service: Any) -> None:
    changes = {
        method.name
        for method in service.methods
        if not method.name.startswith(("Get", "List")) and not method.name.endswith("Folder")
    }
    assert changes
    assert changes <= signatures.ADMINISTRATIVE_ACTIONS


async def test_revoking_a_key_whose_row_somebody_marked_as_revoked_does_not_succeed(own_deployment: Deployment) -> None:
    key = await make_key(own_deployment, ROLE_READER)
    async with own_deployment.sql() as connection:
        await connection.execute("update api_keys set revoke_time = now() where id = $1", key.id)
    await broken(revoke_key(own_deployment, key.id))


async def findings(deployment: Deployment) -> list[str]:
    service = deployment.service
    return [finding.text for finding in await verify(service.database, service.recorder.keyring)]


async def test_an_audit_head_that_a_writer_signs_is_found(taken: Taken) -> None:
    deployment = taken.deployment
    await created(deployment)
    await chain_all(deployment.service.database, deployment.service.recorder)
    assert not await findings(deployment)
    async with deployment.sql() as connection:
        columns = ", ".join(records.AuditHead.__struct_fields__)
        found = await connection.fetchrow(f"select {columns} from audit_heads where organisation_id = $1", ORGANISATION)
        assert found is not None
        await connection.execute("delete from audit_heads where organisation_id = $1", ORGANISATION)
    forged = taken.signed(records.AuditHead(*found))
    await taken.not_allowed(forged)
    await taken.insert(forged)
    [text] = await findings(deployment)
    assert text.startswith("the newest head, at position")
    assert text.endswith("was not signed by a node")


async def test_an_event_by_which_a_writer_claims_an_administrative_act_is_not_chained_and_is_found(
    taken: Taken,
) -> None:
    deployment = taken.deployment
    database = deployment.service.database

    async def read_rows() -> KeyRows:
        return KeyRows(await keys.sealing_keys(database), await keys.signing_keys(database))

    # Everything of the writer's files is used: its digest key makes a correct MAC.
    recorder = Recorder(Keyring(taken.files, await read_rows(), read_rows), deployment.service.watch.now)
    honest = recorder.event(SYSTEM, "ListCredentials")
    forged = [recorder.event(SYSTEM, action, subject="1") for action in sorted(signatures.ADMINISTRATIVE_ACTIONS)]
    signed = recorder.event(SYSTEM, "UpdateOrganisation", subject="kept_versions")
    signed = structs.replace(signed, signer_id=taken.files.signing.id, revision=9)
    mac = signatures.sign_bytes(taken.files.signing.secret_key, chain.encode(signed))
    forged.append(structs.replace(signed, mac=mac))
    for event in (honest, *forged):
        await taken.insert(event, url=taken.role_url)

    async def only_honest_ones_are_chained() -> bool:
        await chain_all(database, deployment.service.recorder)
        async with deployment.sql() as connection:
            found = await connection.fetch("select event_id from audit_events where chain_position is null")
        return {row[0] for row in found} == {event.event_id for event in forged}

    await until(only_honest_ones_are_chained)
    [text] = await findings(deployment)
    assert text.endswith("was changed or added: it does not carry a node's proof")
