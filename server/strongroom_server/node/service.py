"""Wires the service of a node: which part is made from which, and in which order they stop. Knows no request."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from strongroom_server.access.api_keys import ApiKeys
from strongroom_server.access.authentication import Authenticator
from strongroom_server.access.certificate_identities import CertificateIdentities
from strongroom_server.access.identities import Identities
from strongroom_server.access.known_keys import KnownKeys
from strongroom_server.access.organisations import Organisations
from strongroom_server.access.workload_tokens import WorkloadTokens
from strongroom_server.audit.chain import chain_forever
from strongroom_server.audit.denials import Denials
from strongroom_server.audit.record import Recorder
from strongroom_server.audit.service import AuditServicer
from strongroom_server.connections.context import Context as ConnectionsContext
from strongroom_server.connections.service import ConnectionServicer
from strongroom_server.core.tasks import cancel_all
from strongroom_server.credentials.service import CredentialServicer
from strongroom_server.credentials.vault import Vault
from strongroom_server.events.context import Context as EventsContext
from strongroom_server.events.service import EventServicer
from strongroom_server.jobs.notices import tell_forever
from strongroom_server.jobs.planner import plan_forever
from strongroom_server.jobs.refresher import refresh_forever
from strongroom_server.jobs.sweeper import sweep_forever
from strongroom_server.jobs.webhooks import deliver_forever
from strongroom_server.keys.context import Context as KeysContext
from strongroom_server.keys.service import KeyServicer
from strongroom_server.node.egress import egress_client, recipe_authorities
from strongroom_server.node.key_provider import key_provider
from strongroom_server.node.key_reloading import KeyReloading
from strongroom_server.node.keyring import open_keyring
from strongroom_server.node.obstacles import show_obstacles
from strongroom_server.node.pulse import measuring
from strongroom_server.node.stopping import REQUEST_SECONDS, Stopping
from strongroom_server.organisations.context import Context as OrganisationsContext
from strongroom_server.organisations.identity_service import IdentityServicer
from strongroom_server.organisations.service import OrganisationServicer
from strongroom_server.rpc.limits import Limits
from strongroom_server.rpc.local import LocalChannel
from strongroom_server.rpc.methods import methods
from strongroom_server.rpc.pipeline import Pipeline
from strongroom_server.rpc.strangers import Strangers
from strongroom_server.rpc.streams import Streams
from strongroom_server.sealing import key_files
from strongroom_server.sealing.private_keys import KeyFileError
from strongroom_server.store import batching, database
from strongroom_server.store.identities import IDENTITIES_CHANNEL
from strongroom_server.store.keys import API_KEYS_CHANNEL, KEYS_CHANNEL
from strongroom_server.store.node_session import NodeSession
from strongroom_server.store.numbers import Numbers
from strongroom_server.store.organisations import ORGANISATIONS_CHANNEL
from strongroom_server.store.primary import Primary
from strongroom_server.store.regions import Regions
from strongroom_server.store.watch import Watch
from strongroom_server.store.writability import Writability
from strongroom_server.use.context import Context as UseContext
from strongroom_server.use.service import UseServicer
from strongroom_server.use.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    import grpc.aio

    from strongroom_server.node.settings import Settings
    from strongroom_server.rpc.methods import Method
    from strongroom_server.sealing.key_files import KeyFiles
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database


PartT = TypeVar("PartT", Watch, Writability)


@dataclass(frozen=True, slots=True)
class Service:
    """Answers requests, over the network or from the same process."""

    pipeline: Pipeline
    streams: Streams
    methods: Mapping[str, Method]
    database: Database
    recorder: Recorder
    watch: Watch
    writability: Writability
    key_reloading: KeyReloading
    stopping: Stopping

    def channel(self) -> grpc.aio.Channel:
        """A channel for stubs in this process."""
        return cast("grpc.aio.Channel", LocalChannel(self.pipeline, self.streams, self.methods))

    async def authenticate(self, metadata: Sequence[tuple[str, str | bytes]]) -> str:
        """Authenticate the caller of a request that a gateway in this process has not read yet, and return its organisation.

        Raises as a call does.
        """
        return await LocalChannel(self.pipeline, self.streams, self.methods).authenticate(metadata)

    async def ready(self) -> bool:
        """Whether the database takes writes, its clock is right, the node has its keys and does not stop. gRPC Health and HTTP both
        answer this.
        """
        return not any(self.obstacles().values()) and not self.stopping.has_begun

    def obstacles(self) -> dict[str, bool]:
        """What keeps the node from being ready, by cause."""
        return {
            "database": not self.writability.is_given,
            "clock": not self.watch.clock_is_right,
            "keys": not self.key_reloading.is_complete,
        }


@asynccontextmanager
async def service(settings: Settings, url: str, *, opens: bool = True) -> AsyncIterator[Service]:
    """The service on a database that is set up. With `opens` false the node is a writer: it holds neither a private
    sealing key nor an admin key.

    Raises KeyFileError or KeyringError if the keys of the node do not belong to the database.
    """
    if not opens:
        key_files.require_writer(settings.keys_dir)

    async def read_files() -> KeyFiles:
        return await key_files.load(settings.keys_dir, opens=opens, provider=key_provider(settings))

    files = await read_files()
    async with AsyncExitStack() as stack:
        primary = Primary(url)
        pool = await batching.connect(primary)
        stack.push_async_callback(pool.close)
        keyring = await open_keyring(files, pool, read_files)
        _require_admin_key(files, keyring, opens=opens)
        known_keys = KnownKeys(pool)
        api_keys = ApiKeys(pool, keyring, known_keys)
        organisations = Organisations(pool, keyring)
        identities = Identities(pool, keyring)

        def forget_verified() -> None:
            api_keys.forget(None)
            organisations.forget(None)
            identities.forget(None)

        def api_key_changed(key_id: str | None) -> None:
            api_keys.forget(key_id)
            known_keys.read(key_id)

        key_reloading = KeyReloading(keyring, forget_verified)
        session = NodeSession()
        watch = Watch(
            primary,
            {
                API_KEYS_CHANNEL: api_key_changed,
                ORGANISATIONS_CHANNEL: organisations.forget,
                IDENTITIES_CHANNEL: identities.forget,
                KEYS_CHANNEL: key_reloading.wake,
            },
            # A writer requests no tokens, and its database role may not take a number.
            session if opens else None,
        )
        stack.push_async_callback(cancel_all, [asyncio.create_task(key_reloading.run())], primary.leave)
        stack.push_async_callback(known_keys.close, primary.leave)
        await _start(stack, watch)
        workload_tokens = await stack.enter_async_context(_workload_tokens(settings, primary, identities, watch))
        writability = await _start(stack, Writability(primary, pool))
        recorder = Recorder(keyring, watch.now)
        denials = Denials(pool, recorder)
        pipeline = Pipeline(
            pool,
            Authenticator(api_keys, identities, workload_tokens, CertificateIdentities(identities)),
            watch,
            Regions(pool, settings.regions),
            recorder,
            denials,
            Limits(settings.key_limits, settings.organisation_limits),
            Strangers(settings.peer_limits),
        )
        context = OrganisationsContext(
            pool, keyring, recorder, watch, api_key_changed, organisations.forget, identities.forget
        )
        vault = Vault(pool, keyring, Numbers(pool), recorder, watch, organisations)
        uses = UseContext(
            vault,
            egress_client(settings),
            Tokens(vault, session),
            authorities=recipe_authorities(settings),
            invoker_domains=settings.invoker_domains,
        )
        # If the newest rows were lost, older ones are the newest now.
        session.on_new_timeline(vault.seen.forget, uses.seen_connections.forget)
        stopping = _stopping(pipeline, primary)
        connections = ConnectionsContext(
            uses, settings.public_url, lambda: stopping.has_begun, pipeline.strangers.leave
        )
        table = methods(
            CredentialServicer(vault, denials),
            UseServicer(uses),
            ConnectionServicer(connections),
            OrganisationServicer(context),
            IdentityServicer(context),
            AuditServicer(pool, keyring),
            EventServicer(EventsContext(pool, recorder, egress_client(settings))),
            KeyServicer(
                KeysContext(pool, keyring, recorder, settings.keys_dir, settings.root_key_path, key_provider(settings))
            ),
        )
        if opens:
            # The database role of a writer may not delete rows or extend the audit chain.
            await stack.enter_async_context(_run_jobs(settings, primary, recorder, watch, uses))
        served = Service(
            pipeline,
            Streams(pipeline, pool, denials),
            table,
            pool,
            recorder,
            watch,
            writability,
            key_reloading,
            stopping,
        )
        stack.enter_context(show_obstacles(lambda: {**served.obstacles(), "disk": pool.is_full}))
        stack.enter_context(measuring(lambda: pipeline.calls_in_flight))
        try:
            yield served
        finally:
            await _finish(stopping, pipeline, uses, connections)


async def _finish(stopping: Stopping, pipeline: Pipeline, uses: UseContext, connections: ConnectionsContext) -> None:
    """Refuse new calls, and wait for what is in flight."""
    stopping.refuse()
    # Handlers that the gRPC server no longer waits for still hold connections.
    await pipeline.drain(stopping.seconds_left)
    # Their requests for tokens may be under way, and what a provider issues must be stored.
    await asyncio.gather(
        uses.finish(stopping.seconds_left + REQUEST_SECONDS),
        connections.exchanges.finish(stopping.seconds_left + REQUEST_SECONDS),
    )


async def _start(stack: AsyncExitStack, part: PartT) -> PartT:
    """Start a part of the node that runs until the stack ends, and return it."""
    await part.start()
    stack.push_async_callback(part.close)
    return part


def _stopping(pipeline: Pipeline, primary: Primary) -> Stopping:
    """How the node stops."""
    stopping = Stopping()
    stopping.at_end(pipeline.end_calls)
    # Otherwise a statement that a frozen database never answers would hold its call.
    stopping.at_end(primary.leave)
    return stopping


def _require_admin_key(files: KeyFiles, keyring: Keyring, *, opens: bool) -> None:
    if opens and not keyring.administers:
        raise KeyFileError(
            f"{files.directory}: there is no admin-<id>.key: run `strongroom-server setup` with the root key, which makes "
            "one; a node without one is started with --role=writer"
        )


@asynccontextmanager
async def _workload_tokens(
    settings: Settings, primary: Primary, identities: Identities, watch: Watch
) -> AsyncIterator[WorkloadTokens]:
    """Authenticates by tokens of workloads. Until the context ends it fetches the keys of their issuers, also on a writer node."""
    tokens = WorkloadTokens(identities, egress_client(settings))
    fetches = asyncio.create_task(tokens.fetch_forever(watch))
    try:
        yield tokens
    finally:
        await cancel_all([fetches], primary.leave)


@asynccontextmanager
async def _run_jobs(
    settings: Settings, primary: Primary, recorder: Recorder, watch: Watch, uses: UseContext
) -> AsyncIterator[None]:
    """Run the jobs of a node until the context ends, on their own connections so that no request waits for a job. Refreshes share
    their requests with callers, and so their connections too.
    """
    pool = await database.connect(primary, size=2)
    jobs = [
        asyncio.create_task(sweep_forever(pool, recorder, settings.audit_retention_days, lambda: watch.clock_is_right)),
        asyncio.create_task(chain_forever(pool, recorder)),
        asyncio.create_task(plan_forever(pool)),
        asyncio.create_task(refresh_forever(uses, lambda: watch.clock_is_right)),
        asyncio.create_task(tell_forever(pool, recorder, lambda: watch.clock_is_right)),
        asyncio.create_task(
            deliver_forever(EventsContext(pool, recorder, egress_client(settings)), lambda: watch.clock_is_right)
        ),
    ]
    try:
        yield
    finally:
        await cancel_all(jobs, primary.leave)
        await pool.close()
