"""Commits the audit events of one use of a credential."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom_server.core.errors import ServiceError
from strongroom_server.store import audit

if TYPE_CHECKING:
    from strongroom.v1.audit_service_pb2 import CredentialUse
    from strongroom_server.access.caller import Caller
    from strongroom_server.use.context import Context, Selected

STARTED: Final = "STARTED"
_CANCELLED: Final = "CANCELLED"


class Trail:
    """The events of one use: STARTED before something is sent, and the outcome before the response. A use that sends nothing has
    the second alone.

    As a context it records the reason if the use fails after it has started. Failures before that are denials, which the pipeline
    records. A request for a token goes on when the call has ended, and then `answered` records its outcome. CANCELLED means that
    a call was cut off: its caller went away, or the node stopped. STARTED alone means that a process ended, and nobody knows the
    outcome.
    """

    def __init__(self, context: Context, caller: Caller, action: str, selected: Selected, use: CredentialUse) -> None:
        self._context = context
        self._caller = caller
        self._action = action
        self._is_started = False
        self._has_ended = False
        # Whether a request for a token is waited for. Then `answered` records the outcome, also of a call that is cut off.
        self.is_asked = False
        self.selected = selected
        self.use = use

    async def started(self) -> None:
        """Commit STARTED, unless that has been done. Raises AUDIT_UNAVAILABLE."""
        if not self._is_started:
            self._forget_response()
            await self._commit(STARTED)
            self._is_started = True

    async def succeeded(self) -> None:
        """Commit OK, before the response. Raises AUDIT_UNAVAILABLE."""
        await self._commit("OK")

    async def answered(self, error: ServiceError | None) -> None:
        """Commit the outcome of a request for a token, unless the call waits for it. None is a token."""
        self.is_asked = False
        if self._is_started and self._has_ended:
            self._forget_response()
            await self._try_to_commit("OK" if error is None else _outcome_of(error))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        self._has_ended = True
        if not self._is_started or error is None:
            return
        if isinstance(error, Exception):
            await self._try_to_commit(_outcome_of(error))
        elif not self.is_asked:
            # A call that is cancelled must not wait.
            self._context.background.start(self._try_to_commit(_CANCELLED))

    def _forget_response(self) -> None:
        """The generation that the call returned is not that of a token that is requested after it."""
        if self._has_ended:
            self.use.ClearField("generation")

    async def _try_to_commit(self, outcome: str) -> None:
        """Commit the outcome of a use that has failed, or whose call has ended. The caller gets the error of the use."""
        with suppress(ServiceError):
            await self._commit(outcome)

    async def _commit(self, outcome: str) -> None:
        vault, use = self._context.vault, self.use.SerializeToString()
        event = vault.recorder.event(self._caller, self._action, self.selected.row, outcome=outcome, use=use)
        await audit.commit(vault.database, event)


def _outcome_of(error: Exception) -> str:
    reason = error.reason if isinstance(error, ServiceError) else ErrorReason.ERROR_REASON_INTERNAL
    return ErrorReason.Name(reason).removeprefix("ERROR_REASON_")
