"""Finds the token of a credential, and has a new one requested, stored and found by all that wait for it.

There is one Tokens per node. Nothing is cached in the process: a token counts only together with a row of its credential that was
read after the token was stored, so none is handed out after a revocation or a change.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import timedelta

    from strongroom_server.core import records
    from strongroom_server.core.errors import ServiceError
    from strongroom_server.use.context import Selected
    from strongroom_server.use.pairs import Pair


class Issued(NamedTuple):
    """What a provider issued. `expire_seconds` counts from before the request, and is None if the provider did not say."""

    pair: Pair
    expire_seconds: float | None = None


Outcome = Literal["refused", "not_sent", "in_doubt", "unavailable"]


class AskFailed(Exception):
    """No token was issued. `error` is what the caller gets, and `outcome` what is known of the request.

    refused: the provider answered with an error, in `code` if it is one of OAuth. not_sent: it got nothing. unavailable: it cannot
    answer now, and issued nothing. in_doubt: nobody knows. `retry_seconds` is its Retry-After, or None.
    """

    def __init__(
        self, error: ServiceError, outcome: Outcome, code: str = "", retry_seconds: float | None = None
    ) -> None:
        super().__init__(outcome)
        self.error = error
        self.outcome = outcome
        self.code = code
        self.retry_seconds = retry_seconds


# The asker has connected. It awaits this and then sends at once, or gives up without sending if this raises.
BeforeSend = Callable[[], Awaitable[None]]
# Requests a token. Raises AskFailed, and lets what BeforeSend raises pass.
Ask = Callable[[BeforeSend], Awaitable[Issued]]
# Selects the credential again, with its token, and decides again by access/use.py. Raises ServiceError.
Reread = Callable[[], Awaitable["Selected"]]


class Fresh(NamedTuple):
    """A token that is opened and verified, and the row that it was read with. `selected` was decided about."""

    pair: Pair
    token: records.Token
    refresh: records.Refresh
    selected: Selected


class Tokens:
    """The tokens of a node."""

    async def fresh(
        self,
        selected: Selected,
        parameters_sha256: bytes,
        ask: Ask,
        reread: Reread,
        *,
        min_remaining: float,
        before_ask: Callable[[], Awaitable[None]],
        rejected_sha256: bytes = b"",
        life: timedelta | None = None,
    ) -> Fresh:
        """Return a token that still lives `min_remaining` seconds, or a new one.

        A token counts if its version is the credential's, and its policy too: see `policy_of`. One that counts is returned without
        a statement, and `ask` and `before_ask` are not called. Otherwise one process at a time calls `before_ask`, which
        commits the audit event STARTED, and `ask`; both go on when the call is cancelled. All others wait and call `reread`.

        `life` limits how long a token is used. With 0 it is used only by those that waited for it. A token that is `rejected_sha256`
        is replaced, at most one a minute for a credential.

        Raises the error of an AskFailed, what `before_ask` and `reread` raise, CONCURRENT_CHANGE if the credential's data or policy
        changed meanwhile, REFRESH_LIMITED.
        """
        raise NotImplementedError
