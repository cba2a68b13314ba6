"""Refreshes grants ahead of need, idle ones weekly, and those that failed when they may be tried again.

The row says when (store/grant_rows.py). A node takes a grant by moving that time on, so that no other node takes it too. If the
node dies, the grant is due again. Whether a request is made is decided as for a call, by use/tokens.py.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from prometheus_client import Gauge

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import RefreshState
from strongroom_server.core.errors import ServiceError, log_fields
from strongroom_server.jobs.provider_slots import ProviderSlots
from strongroom_server.store import refreshes
from strongroom_server.use.refresh import refresh

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom_server.store.refreshes import Due
    from strongroom_server.use.context import Context

EVERY_SECONDS: Final = 1.0
# Refreshes under way at a time, of this node, and of one organisation and one provider on it: so that a slow provider delays no
# others.
MOST: Final = 64
MOST_OF_ORGANISATION: Final = 4
MOST_OF_PROVIDER: Final = 16
# When another node takes the grants of one that died.
CLAIM: Final = timedelta(seconds=30)
# When a grant is looked at again that was left alone, or is broken.
_LATER: Final = timedelta(hours=1)
# Nothing was stored of a refresh that ends so. The grant is due again after the claim: whoever is at work may die.
_PASSING: Final = frozenset(
    {
        reasons.ERROR_REASON_REFRESH_PENDING,
        reasons.ERROR_REASON_DATABASE_UNAVAILABLE,
        reasons.ERROR_REASON_AUDIT_UNAVAILABLE,
    }
)
_COUNT_SECONDS: Final = 60.0

_GRANTS: Final = Gauge(
    "strongroom_grants", "Grants of all organisations by state.", ("state",), multiprocess_mode="mostrecent"
)
_OLDEST: Final = Gauge(
    "strongroom_oldest_failing_grant_seconds",
    "For how long the grant has failed that failed first, 0 if there is none.",
    multiprocess_mode="mostrecent",
)

_log = structlog.get_logger()


class Refresher:
    """The refreshes of this node that are under way."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._running: dict[asyncio.Task[None], str] = {}
        self._slots = ProviderSlots(MOST_OF_PROVIDER)

    async def start_due(self) -> int:
        """Begin to refresh what is due, within the bounds, and return how many. They run on."""
        free = MOST - len(self._running) + self._slots.waiting
        if free <= 0:
            return 0
        running = Counter(self._running.values())
        taken = await refreshes.take_due(
            self._context.vault.database, limit=free, of_organisation=MOST_OF_ORGANISATION, running=running, claim=CLAIM
        )
        for due in taken:
            task = asyncio.create_task(self._refresh(due))
            self._running[task] = due.key.organisation_id
            task.add_done_callback(self._running.pop)
        return len(taken)

    async def settle(self) -> None:
        """Wait for those that are under way."""
        while self._running:
            await asyncio.wait(self._running)

    async def close(self) -> None:
        """End the waiting. Requests that are under way go on until Tokens.finish."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _refresh(self, due: Due) -> None:
        # A failed refresh has stored when it is tried again, and its audit event says why it failed.
        try:
            if await refresh(self._context, due.key, due.generation, self._slots.of):
                return
        except ServiceError as error:
            if error.reason in _PASSING:
                return
        except Exception as error:  # one grant must not stop the others
            _log.error("grant not refreshed", credential=str(due.key.credential_id), **log_fields(error))
        try:
            await refreshes.postpone(self._context.vault.database, due, _LATER)
        except Exception as error:  # it is due again after the claim
            _log.warning("refresh not postponed", credential=str(due.key.credential_id), **log_fields(error))


async def refresh_forever(context: Context, clock_is_right: Callable[[], bool]) -> None:
    """Refresh what is due every second until cancelled, except while the database's clock is wrong. An error ends the turn."""
    refresher, counted_at = Refresher(context), float("-inf")
    try:
        while True:
            try:
                if clock_is_right():
                    await refresher.start_due()
                if time.monotonic() - counted_at > _COUNT_SECONDS:
                    counted_at = time.monotonic()
                    await count(context)
            except Exception as error:  # the job must outlive any error
                _log.warning("refreshing failed", **log_fields(error))
            # Nodes that were started together look at different times.
            await asyncio.sleep(EVERY_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311 - not for cryptography
    finally:
        await refresher.close()


async def count(context: Context) -> None:
    """Set the metrics of all grants."""
    counted = await refreshes.count(context.vault.database)
    for name, state in RefreshState.items():
        if state:
            label = name.removeprefix("REFRESH_STATE_")
            _GRANTS.labels(label).set(counted.by_state.get(state, 0))
    since = counted.failing_since
    age = timedelta(0) if since is None else context.vault.watch.now() - since
    _OLDEST.set(max(0.0, age.total_seconds()))
