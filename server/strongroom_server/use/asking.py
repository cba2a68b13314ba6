"""What a request for a token is, and how it ends. Knows no database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import REFRESH_STATE_ACTIVE
from strongroom_server.core.errors import ServiceError
from strongroom_server.credentials.pairs import is_same_policy
from strongroom_server.store.tokens import Failure

if TYPE_CHECKING:
    from datetime import datetime

    from strongroom_server.core import records
    from strongroom_server.credentials.pairs import Pair
    from strongroom_server.use.context import Selected


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
# Requests a token. Raises AskFailed, and lets pass what BeforeSend raises.
Ask = Callable[[BeforeSend], Awaitable[Issued]]


class Patience(NamedTuple):
    """How long a lease is taken for, and how long after its end a silent holder is waited for."""

    lease: timedelta
    patience: timedelta


# Longer than any request takes that askers.py makes.
_MINTING: Final = Patience(timedelta(seconds=30), timedelta(seconds=5))
# For a provider that leaves a refresh token valid: a second request does no harm.
HARMLESS: Final = Patience(timedelta(seconds=12), timedelta(seconds=4))


class Kind(Protocol):
    """How tokens differ that can be requested again at any time (Minting) and the pairs of a grant (grants.py)."""

    @property
    def keeps_pair(self) -> bool:
        """Whether a pair that is lost cannot be requested again."""

    def ask_of(self, selected: Selected, pair: Pair | None) -> Ask:
        """How to request a token for a credential as it was read, whose present pair is given. Raises ServiceError."""

    def begins_again(self, selected: Selected, pair: Pair | None) -> bool:
        """Whether the data has another grant than the one that the pair is of."""

    def outlasts_changes(self, selected: Selected, pair: Pair) -> bool:
        """Whether a pair still counts that was issued for earlier data or an earlier policy of the credential."""

    def patience_of(self, selected: Selected, pair: Pair | None) -> Patience:
        """How long a holder of the lease is waited for."""

    def require_start(self, selected: Selected, now: datetime) -> bool:
        """Raises ServiceError if no request may be made now. Returns whether the state of earlier ones is ignored."""

    def failure_of(self, failed: AskFailed, selected: Selected, *, in_doubt: bool) -> Failure:
        """What to store of a failure. `in_doubt` says that an earlier request may have been answered. A retry after 0 s is made at
        once, and its own failure must wait longer.
        """

    def error_of(self, error: ServiceError, selected: Selected) -> ServiceError:
        """The caller's error, if a request failed and no valid token is left."""


class Minting:
    """Tokens that can be requested again at any time."""

    keeps_pair = False

    def __init__(self, prepare: Callable[[], Ask], row: records.Credential) -> None:
        """`prepare` makes a request for the data and the policy of the row. Raises ServiceError."""
        self._prepare = prepare
        self._row = row

    def ask_of(self, selected: Selected, _pair: Pair | None) -> Ask:
        if not is_same_policy(selected.row, self._row):
            raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)
        return self._prepare()

    def begins_again(self, _selected: Selected, _pair: Pair | None) -> bool:
        return False

    def outlasts_changes(self, _selected: Selected, _pair: Pair) -> bool:
        return False

    def patience_of(self, _selected: Selected, _pair: Pair | None) -> Patience:
        return _MINTING

    def require_start(self, _selected: Selected, _now: datetime) -> bool:
        return False

    def failure_of(self, _failed: AskFailed, _selected: Selected, *, in_doubt: bool) -> Failure:
        del in_doubt
        return Failure(REFRESH_STATE_ACTIVE, "", None, in_doubt=False)

    def error_of(self, error: ServiceError, _selected: Selected) -> ServiceError:
        return error
