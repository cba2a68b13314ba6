"""One request for a token, from the lease to the stored token.

The order: connect and finish TLS, take the lease (a commit, which also records that a request may be under way), check lock and
clock, send, read, store. A flight is a task of its own: no caller's deadline cancels it, because what a provider has issued must be
stored. A success is stored by the generation of the pair, however late it comes, and a failure by the fence of the lease.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, get_args

import structlog
from msgspec import structs
from prometheus_client import Counter

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.core import records
from strongroom_server.core.errors import InternalError, ServiceError, log_fields, log_internal_error
from strongroom_server.credentials.pairs import encode, is_same_policy, policy_of
from strongroom_server.store import connections
from strongroom_server.store import tokens as store
from strongroom_server.store.node_session import GONE_SECONDS, boot_time
from strongroom_server.store.tokens import Taking
from strongroom_server.use import told
from strongroom_server.use.asking import AskFailed, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom_server.credentials.pairs import Pair
    from strongroom_server.credentials.vault import Vault
    from strongroom_server.store.node_session import Held, NodeSession
    from strongroom_server.store.tokens import Failure, Key, Lease
    from strongroom_server.use.asking import Ask, Issued, Kind, Patience
    from strongroom_server.use.context import Selected
    from strongroom_server.use.trail import Trail

# A request is sent only so soon after its lease was requested: other nodes count this one as gone only later.
_SEND_WITHIN_SECONDS: Final = GONE_SECONDS / 2
# How long a token is tried to be stored while the database does not take it.
_STORE_SECONDS: Final = 10.0
_STORE_PAIR_SECONDS: Final = 600.0
_LONGEST_PAUSE_SECONDS: Final = 2.0

# Of the requests of grants, by what came of them.
_REFRESHES: Final = Counter("strongroom_refreshes", "Refreshes of grants by result.", ("result",))
# Show results that have not happened yet as 0.
for _result in ("issued", *get_args(Outcome)):
    _REFRESHES.labels(_result)

_log = structlog.get_logger()


class _Missed(Exception):
    """The lease is another's, or came too late to send. Nothing was sent."""


class Flight:
    """A request. `error` is why it gave no token. `has_missed` says that nothing was sent because another process has the lease."""

    def __init__(
        self,
        vault: Vault,
        session: NodeSession,
        selected: Selected,
        key: Key,
        pair: Pair | None,
        kind: Kind,
        gone_node: int | None,
        *,
        is_forced: bool = False,
    ) -> None:
        self._vault = vault
        self._session = session
        self._selected = selected
        self.key: Final = key
        self._pair = pair
        self._kind = kind
        self._gone_node = gone_node
        # The session that found it gone.
        self._held = session.held
        self._is_forced = is_forced
        self._lease: Lease | None = None
        self._generation = selected.token.token.generation if selected.token else 0
        self._fence = selected.token.refresh.fence if selected.token else 0
        # Of a grant: whom its events name.
        self._connection: records.Connection | None = None
        self.task: asyncio.Task[None]
        self.error: ServiceError | None = None
        self.has_missed = False

    def is_for(self, selected: Selected) -> bool:
        """Whether it requests with the present data and policy of a credential, so that its error is that of the caller too."""
        return is_same_policy(self._selected.row, selected.row)

    def start(self, trail: Trail, ended: Callable[[], Any]) -> None:
        """Run it as a task. `ended` is called before those that wait for it go on."""

        async def run() -> None:
            try:
                await self._run(trail)
            except ServiceError as error:
                self.error = error
            except Exception as error:  # its callers get INTERNAL, as from a call
                self.error = log_internal_error("token", error)
            finally:
                ended()
            missed = ServiceError(reasons.ERROR_REASON_REFRESH_PENDING) if self.has_missed else None
            await trail.answered(self.error or missed)

        self.task = asyncio.create_task(run())

    async def _run(self, trail: Trail) -> None:
        # Parameters that the credential does not allow must not make a row.
        ask = self._kind.ask_of(self._selected, self._pair)
        if self._selected.token is None:
            await store.add(self._vault.database, self.key)
            added = await store.read(self._vault.database, self.key)
            if added is None:
                raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
            self._generation, self._fence = added.token.generation, added.refresh.fence
        await trail.started()
        if self._kind.keeps_pair:
            # Before the request: nothing may delay the response's way into the database.
            self._connection = await self._signed_connection()
        try:
            await self._store(await self._request(ask))
        except _Missed:
            self.has_missed = True

    async def _signed_connection(self) -> records.Connection | None:
        """The connection of a grant. An event must not name whom somebody has written into its row."""
        connection = await connections.of_credential(self._vault.database, *self.key[:2])
        if connection is not None:
            try:
                await self._vault.keyring.verify(connection)
            except ServiceError:
                return None
        return connection

    async def _request(self, ask: Ask) -> Issued:
        """Request a token, and once more if that must be done at once. Stores a failure. Raises _Missed and its error."""
        try:
            return await ask(self._before_send)
        except AskFailed as failed:
            failure = await self._fail(failed)
            if failure is None or failure.retry != timedelta(0):
                raise failed.error from None
        except _Missed:
            raise
        except Exception as error:
            # Nobody knows how far it came.
            if self._lease is not None:
                await self._fail(AskFailed(_service_error_of(error), "in_doubt"))
            raise
        self._lease = None
        # It is the same request again, which a limit must not delay: a provider takes the previous refresh token for a short time.
        self._is_forced = False
        return await self._request(ask)

    async def _before_send(self) -> None:
        """Take the lease, or extend it before a second request. Raises _Missed, and the database's errors."""
        began, held, database = boot_time(), self._session.held, self._vault.database
        patience = self._kind.patience_of(self._selected, self._pair)
        if held is None:
            raise _Missed
        if self._lease is None:
            # With another session the server may be another one too: there, the holder may not be back yet.
            gone_node = self._gone_node if held == self._held else None
            taking = Taking(
                *patience,
                gone_node,
                self._is_forced,
                self._kind.require_start(self._selected, self._vault.watch.now()),
            )
            self._lease = await store.take(
                database, self.key, self._selected.row.version, self._generation, held, taking
            )
            if self._lease is None:
                raise _Missed
            self._fence = self._lease.fence
        elif not await self._extend(held, patience):
            await self._give_back()
            raise _Missed
        if boot_time() - began > _SEND_WITHIN_SECONDS:
            await self._give_back()
            raise _Missed

    async def _extend(self, held: Held, patience: Patience) -> bool:
        """Extend the lease before a second request. Nothing is in doubt if that fails: the first one was refused."""
        try:
            return await store.extend(self._vault.database, self.key, self._fence, held, patience.lease)
        except Exception:
            await self._give_back()
            raise

    async def _give_back(self) -> None:
        """Give back the lease of a request that is not sent, so that nobody waits for it, nor counts it as in doubt."""
        self._lease = None
        with contextlib.suppress(ServiceError, InternalError):
            await store.release(self._vault.database, self.key, self._fence)

    async def _fail(self, failed: AskFailed) -> Failure | None:
        """Store a failure, and return it. Nothing changes if another has the lease by now, or another pair is stored."""
        refresh = self._selected.token.refresh if self._selected.token else None
        if self._lease is not None:
            in_doubt = self._lease.in_doubt
        else:
            in_doubt = refresh is not None and (refresh.in_doubt or refresh.lease_until is not None)
        # What may have been answered was a request with the refresh token of an earlier grant.
        in_doubt = in_doubt and not self._kind.begins_again(self._selected, self._pair)
        failure = self._kind.failure_of(failed, self._selected, in_doubt=in_doubt)
        if self._kind.keeps_pair:
            _REFRESHES.labels(failed.outcome).inc()
        if self._lease is None and not self._kind.keeps_pair:
            return None
        # If the database does not answer, the lease ends by itself, and the request counts as in doubt.
        with contextlib.suppress(ServiceError):
            revision = self._selected.row.revision
            events = self._told(failure)
            await store.fail(self._vault.database, self.key, revision, self._generation, self._fence, failure, events)
        return failure

    async def _store(self, issued: Issued) -> None:
        """Seal and store a token. Tries again while the database does not take it, or a key is retired."""
        lease, row, loop = self._lease, self._selected.row, asyncio.get_running_loop()
        assert lease is not None
        if self._kind.keeps_pair:
            _REFRESHES.labels("issued").inc()
        life = issued.expire_seconds
        token = records.Token(
            *self.key,
            version=row.version,
            policy_sha256=policy_of(row),
            generation=self._generation + 1,
            sealing_key_id="",
            box_sha256=b"",
            create_time=lease.time,
            expire_time=None if life is None else lease.time + timedelta(seconds=life),
        )
        latest = loop.time() + (_STORE_PAIR_SECONDS if self._kind.keeps_pair else _STORE_SECONDS)
        content, pause, has_logged = encode(issued.pair), 0.05, False
        while True:
            try:
                sealed, box = self._vault.keyring.seal_token(token, content)
                if await store.replace(self._vault.database, token.generation - 1, sealed, box, self._told(None)):
                    return
                superseded = await self._generation_before(token)
            except Exception as error:  # after any error a pair must still be stored
                if loop.time() > latest:
                    raise
                if not has_logged:
                    _log.warning("token not stored yet", credential=str(row.id), **log_fields(error))
                has_logged = True
                if isinstance(error, ServiceError) and error.reason in _KEYS_CHANGED:
                    await self._reload_keys()
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            else:
                if superseded is None:
                    _log.info("token came after a later one", credential=str(row.id))
                    return
                token = structs.replace(token, generation=superseded + 1)

    def _told(self, failure: Failure | None) -> list[records.OutboxEvent]:
        """The events of a failure, or of a new pair, for the statement that stores it."""
        if not self._kind.keeps_pair:
            return []
        if failure is None:
            return told.of_success(self._vault.recorder, self.key, self._connection)
        return told.of_failure(self._vault.recorder, self.key, failure, self._connection)

    async def _generation_before(self, token: records.Token) -> int | None:
        """The generation to store a token after, if it is of newer data than the one that is stored by now, or if the database has
        lost the one that it was requested with.
        """
        present = await store.read(self._vault.database, self.key)
        if present is None:
            return None
        if present.box is None and self._kind.keeps_pair:
            # Disconnected meanwhile.
            return None
        if present.token.version == token.version and present.token.generation < token.generation - 1:
            # After a promotion an older pair may be all that is left. The provider does not take it any more.
            return present.token.generation
        if present.box is not None and present.token.version >= token.version:
            return None
        return present.token.generation

    async def _reload_keys(self) -> None:
        with contextlib.suppress(Exception):
            await self._vault.keyring.reload()


def _service_error_of(error: Exception) -> ServiceError:
    return error if isinstance(error, ServiceError) else ServiceError(reasons.ERROR_REASON_INTERNAL)


_KEYS_CHANGED: Final = (reasons.ERROR_REASON_KEY_RETIRED, reasons.ERROR_REASON_SEALING_KEY_DESTROYED)
