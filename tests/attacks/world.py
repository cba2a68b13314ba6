"""A deployment with a history, to attack copies of its database.

The tables of the schema `old` are a dump from the middle of that history.
"""

from __future__ import annotations

import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncpg
from attacks import connected_history, consent_history, identity_history, webhook_history
from conftest import API_KEY, ORGANISATION, copied_database, new_database, open_deployment
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import accessed, bearer, change_key, deleted, make_key, other_organisation, revoke_key, updated
from samples import created, named, samples
from use.sealed_tokens import put_token
from waiting import until
from writer_nodes import writer_settings

from strongroom.v1.audit_service_pb2_grpc import AuditServiceStub
from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.credential_service_pb2 import DestroyCredentialVersionRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2 import (
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    CreateFolderRequest,
    CreateTeamRequest,
    DeleteFolderRequest,
    DeleteTeamRequest,
    Folder,
    Organisation,
    Scope,
    Team,
    UpdateOrganisationRequest,
    UpdateTeamRequest,
)
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub
from strongroom_server.audit.verify import verify
from strongroom_server.audit.verify_rows import Checked, verify_rows
from strongroom_server.jobs import sweeper
from strongroom_server.node import service as node
from strongroom_server.node.embedded_postgres import SUPERUSER
from strongroom_server.node.keyring import audited
from strongroom_server.store import audit_chain, schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from conftest import Deployment
    from rpc.calls import Metadata

    from strongroom_server.core.records import AuditHead
    from strongroom_server.node.settings import Settings

SECRET = "s3cr3t-of-the-attacked"


@dataclass(frozen=True, slots=True)
class World:
    """The stopped deployment whose database is copied for each attack."""

    settings: Settings
    # The settings of a writer node, with its own key files.
    writer: Settings
    postgres_url: str
    database: str
    # Exported at the end of the history.
    heads: Sequence[AuditHead]
    # Ids of credentials, API keys, identities, teams and folders by what was done to them, and the other organisation.
    ids: dict[str, str]
    # The keys of these API keys.
    keys: dict[str, str] = field(repr=False)

    @asynccontextmanager
    async def attacked(self) -> AsyncIterator[Attacked]:
        """A copy of the database, with a node that serves it and a superuser's connection."""
        async with copied_database(self.postgres_url, self.database) as url:
            superuser = await asyncpg.connect(url, user=SUPERUSER)
            try:
                async with node.service(self.settings, url) as service:
                    yield Attacked(self, url, superuser, service)
            finally:
                await superuser.close()


@dataclass(slots=True)
class Attacked:
    """A node whose database somebody attacks."""

    world: World
    url: str
    sql: asyncpg.Connection[asyncpg.Record]
    service: node.Service
    api_key: str = API_KEY

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The metadata of a call with the API key that has every role."""
        return bearer(self.api_key)

    @property
    def credentials(self) -> CredentialServiceStub:
        """CredentialService of the node."""
        return CredentialServiceStub(self.service.channel())

    @property
    def organisations(self) -> OrganisationServiceStub:
        """OrganisationService of the node."""
        return OrganisationServiceStub(self.service.channel())

    @property
    def audit(self) -> AuditServiceStub:
        """AuditService of the node."""
        return AuditServiceStub(self.service.channel())

    async def run(self, script: str) -> None:
        """Run SQL as the superuser. `{name}` stands for an id of the world."""
        while True:
            # A script that changes a table can deadlock with a job of the node. Postgres then rolls the script back.
            with suppress(asyncpg.DeadlockDetectedError):
                await self.sql.execute(script.format(**self.world.ids))
                break
        await self.hear()

    async def hear(self) -> None:
        """Let the node read its API keys and identities again, as it does at its start and when it reconnects."""
        authenticator = self.service.pipeline._authenticator
        authenticator._api_keys.forget(None)
        authenticator._certificates._identities.forget(None)

    async def beat(self) -> None:
        """Wait until the node has read the database's clock again."""
        watch, called_at = self.service.watch, time.monotonic()
        await until(lambda: watch._heard_at > called_at)

    @asynccontextmanager
    async def restarted(self) -> AsyncIterator[Attacked]:
        """Another node on the same database, which has seen nothing."""
        async with node.service(self.world.settings, self.url) as service:
            yield Attacked(self.world, self.url, self.sql, service, self.api_key)

    async def chained(self) -> None:
        """Wait until every authentic event is chained."""
        await until(
            lambda: self.sql.fetchval(
                "select not exists (select from audit_events where chain_position is null and action <> 'Forged')"
            )
        )

    async def findings(self, exported: Sequence[AuditHead] = (), *, with_rows: bool = False) -> list[str]:
        """What `audit verify` prints, with or without --rows."""
        async with audited(self.world.settings, self.url, opens=with_rows) as (database, keyring):
            found = [finding.text for finding in await verify(database, keyring, exported)]
            found += await schema.differences(database)
            if with_rows:
                found += [finding.text async for finding in verify_rows(database, keyring, Checked())]
        return found


async def make_world(postgres_url: str, template_database: str, directory: Path) -> World:
    """Run a deployment through its history, and stop it."""
    url = await new_database(postgres_url, template_database)
    ids: dict[str, str] = {}
    keys: dict[str, str] = {}
    async with open_deployment(url, directory) as deployment, deployment.sql() as sql:
        await _begin(deployment, ids, keys)
        state = await consent_history.begin(deployment, ids)
        await connected_history.begin(deployment, ids, keys)
        await _all_chained(sql)
        await _dump(sql)
        await _go_on(deployment, ids)
        await consent_history.go_on(deployment, ids, state)
        await connected_history.go_on(deployment, ids)
        await _all_chained(sql)
        heads = await audit_chain.heads(deployment.service.database)
        settings = deployment.settings
        writer = await writer_settings(deployment, directory / "writer")
    return World(settings, writer, postgres_url, url.rpartition("/")[2].partition("?")[0], heads, ids, keys)


async def _begin(deployment: Deployment, ids: dict[str, str], keys: dict[str, str]) -> None:
    ids["other"], by = await other_organisation(deployment)
    keys["other"] = by[0][1].removeprefix("Bearer ")
    ids["theirs"] = (await created(deployment, named("theirs"), by)).id
    for name in ("plain", "updated", "narrowed", "renamed", "deleted", "removed", "destroyed"):
        data = samples(SECRET)["basic_auth"]
        credential = named(name, data=data, allowed_hosts=["a.example.com"], team_id=1)
        ids[name] = (await created(deployment, credential, request_id=f"create-{name}")).id
    for name, roles in (("revoked", (ROLE_USER,)), ("limited", (ROLE_USER, ROLE_READER)), ("present", (ROLE_USER,))):
        made = await make_key(deployment, *roles)
        ids[f"key_{name}"], keys[name] = made.id, made.key
    writer = await make_key(deployment, ROLE_WRITER)
    ids["key_writer"], keys["writer"] = writer.id, writer.key
    for name in ("gone", "renamed"):
        request = CreateTeamRequest(team=Team(name=f"team {name}"))
        ids[f"team_{name}"] = str((await deployment.organisations.CreateTeam(request, metadata=deployment.metadata)).id)
    for name in ("gone", "kept"):
        folder = CreateFolderRequest(folder=Folder(name=f"folder {name}", team_id=1))
        ids[f"folder_{name}"] = str(
            (await deployment.organisations.CreateFolder(folder, metadata=deployment.metadata)).id
        )
    for name in ("granted", "regranted", "their grant"):
        await _grant(deployment, ids, name, by if name == "their grant" else ())
    scoped = await make_key(deployment, ROLE_USER, ROLE_READER, scope=Scope(folder_ids=[int(ids["folder_kept"])]))
    ids["key_scoped"], keys["scoped"] = scoped.id, scoped.key
    await identity_history.begin(deployment, ids)
    await webhook_history.begin(deployment, ids, by)


async def _grant(deployment: Deployment, ids: dict[str, str], name: str, by: Metadata) -> None:
    """A managed grant with its first pair."""
    settings = Credential.UseSettings(managed=True)
    credential = named(name, data=samples(SECRET)["oauth2_refresh"], use_settings=settings)
    ids[name.replace(" ", "_")] = (await created(deployment, credential, by)).id
    await _refresh(deployment, ids, name)


async def _refresh(deployment: Deployment, ids: dict[str, str], name: str) -> None:
    """Store the next pair of a grant."""
    organisation = ids["other"] if name == "their grant" else ORGANISATION
    await put_token(deployment, ids[name.replace(" ", "_")], f"{SECRET} of {name}", SECRET, organisation)


async def _dump(sql: asyncpg.Connection[asyncpg.Record]) -> None:
    """Copy every table into the schema `dump`, whose tables have names that nothing else has."""
    await sql.execute("create schema dump")
    for table in schema.TABLES:
        await sql.execute(f"create table dump.old_{table} as select * from {table}")


async def _go_on(deployment: Deployment, ids: dict[str, str]) -> None:
    for marker in ("second", "third"):
        await updated(deployment, ids["updated"], "data", data=samples(marker)["basic_auth"])
        await updated(deployment, ids["destroyed"], "data", data=samples(marker)["basic_auth"])
    await updated(deployment, ids["narrowed"], "allowed_hosts", allowed_hosts=["b.example.com"])
    await updated(deployment, ids["renamed"], "name", name="a new name")
    await _refresh(deployment, ids, "regranted")
    await deployment.credentials.DestroyCredentialVersion(
        DestroyCredentialVersionRequest(id=ids["destroyed"], version=1), metadata=deployment.metadata
    )
    await deleted(deployment, ids["removed"])
    await _set_window(deployment, 0)
    await sweeper.sweep(deployment.service.database, deployment.service.recorder)
    await _set_window(deployment, 7)
    await deleted(deployment, ids["deleted"])
    await revoke_key(deployment, ids["key_revoked"])
    await change_key(deployment, ids["key_limited"], "roles", roles=[ROLE_READER])
    organisations = deployment.organisations
    await organisations.DeleteTeam(DeleteTeamRequest(id=int(ids["team_gone"])), metadata=deployment.metadata)
    rename = UpdateTeamRequest(
        id=int(ids["team_renamed"]), team=Team(name="another team"), update_mask=FieldMask(paths=["name"])
    )
    await organisations.UpdateTeam(rename, metadata=deployment.metadata)
    await organisations.DeleteFolder(DeleteFolderRequest(id=int(ids["folder_gone"])), metadata=deployment.metadata)
    await identity_history.go_on(deployment, ids)
    await webhook_history.go_on(deployment, ids)
    await accessed(deployment, ids["updated"], target_host="a.example.com")


async def _set_window(deployment: Deployment, days: int) -> None:
    organisation = Organisation(id=ORGANISATION, undelete_window=Duration(seconds=days * 86_400))
    request = UpdateOrganisationRequest(organisation=organisation, update_mask=FieldMask(paths=["undelete_window"]))
    await deployment.organisations.UpdateOrganisation(request, metadata=deployment.metadata)


async def _all_chained(sql: asyncpg.Connection[asyncpg.Record]) -> None:
    await until(lambda: sql.fetchval("select not exists (select from audit_events where chain_position is null)"))


async def columns_of(sql: asyncpg.Connection[asyncpg.Record], table: str) -> str:
    """The columns of a table that are not generated."""
    found: Any = await sql.fetch(
        "select column_name from information_schema.columns where table_schema = 'public' and table_name = $1"
        " and is_generated = 'NEVER' order by ordinal_position",
        table,
    )
    return ", ".join(row[0] for row in found)
