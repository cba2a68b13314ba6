"""Refreshes the tokens of grants: which request is sent when, and what its outcome means.

Grants are managed oauth2_refresh credentials, which connections are too, and on Tines' surface connected credentials of the variant
oauth. Whose client refreshes a connection is in connected.py.

A refresh with rotation is a transaction with a party that keeps no fence: if the response is lost, so is the grant. The states:

- ACTIVE. A pair that is stored leads here from every other state, however late it comes.
- BACKOFF: nothing was issued. Retried after 1, 2, 4 … 300 s, or after the provider's Retry-After. The first `invalid_grant` leads
  here too, because replicas of a provider may lag.
- REAUTH_SUSPECTED: a request may have been answered, and the response is lost. Retried at once, then as BACKOFF.
- REAUTH_REQUIRED: `invalid_grant` in doubt, or for the second time without a success between, or connected.py says that no request
  may be made. Retried only after the credential has changed, and after its app has, if that changed the token URL.
- MISCONFIGURED: the provider does not take the client. Retried hourly, and after the credential or its app has changed.

In every state the access token is served while it lives.
"""

from __future__ import annotations

import contextlib
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import (
    REFRESH_STATE_BACKOFF,
    REFRESH_STATE_MISCONFIGURED,
    REFRESH_STATE_REAUTH_REQUIRED,
    REFRESH_STATE_REAUTH_SUSPECTED,
    RefreshState,
)
from strongroom_server.core.errors import InternalError, ServiceError
from strongroom_server.core.timestamps import text_of
from strongroom_server.credentials.pairs import Pair, origin_of, sha256_of
from strongroom_server.rules.use_settings import USE_SETTINGS
from strongroom_server.schemes.sending import Sender
from strongroom_server.schemes.token_endpoint import TokenRequest, request_token
from strongroom_server.schemes.token_errors import TokenNotIssued
from strongroom_server.store.tokens import Failure
from strongroom_server.use.asking import HARMLESS, AskFailed, Issued, Patience
from strongroom_server.use.connected import CONSENT_REASONS, DISCONNECTED, client_of, is_irreplaceable
from strongroom_server.use.provider_errors import endpoint_failed

if TYPE_CHECKING:
    from datetime import datetime

    from strongroom.v1.credential_pb2 import Credential, CredentialData
    from strongroom_server.core.records import Refresh
    from strongroom_server.schemes.token import Token
    from strongroom_server.use.asking import Ask, BeforeSend
    from strongroom_server.use.connected import Client
    from strongroom_server.use.context import Context, Selected
    from strongroom_server.use.tokens import Fresh, Reread
    from strongroom_server.use.trail import Trail

# A provider may be slow. The response is waited for as long as the lease lasts.
_RESPONSE_SECONDS: Final = 15.0
# For a provider that replaces refresh tokens, or may: together below the time for which most accept the previous one (30 to 60 s).
_CAREFUL: Final = Patience(timedelta(seconds=15), timedelta(seconds=10))
_LONGEST_BACKOFF: Final = timedelta(seconds=300)
# A provider that says 0 must not be asked in a loop.
_SHORTEST_RETRY_AFTER: Final = timedelta(seconds=1)
_LONGEST_RETRY_AFTER: Final = timedelta(hours=24)
# The replicas of a provider may lag.
_SECOND_TRY: Final = timedelta(seconds=60)
_MISCONFIGURED_RETRY: Final = timedelta(hours=1)

_INVALID_GRANT: Final = "invalid_grant"
_CLIENT_ERRORS: Final = frozenset({"invalid_client", "unauthorized_client"})
# Of an app that changes again and again, so many clients are tried in one refresh.
_MOST_CLIENTS: Final = 3


async def fresh(
    context: Context,
    selected: Selected,
    reread: Reread,
    *,
    min_remaining: float,
    trail: Trail,
    rejected_sha256: bytes = b"",
) -> Fresh:
    """The access token of a managed grant. While it lives it is returned, also if it cannot be refreshed.

    Raises as Tokens.fresh, and GRANT_UNMANAGED, NOT_CONNECTED, REAUTH_REQUIRED, REFRESH_PENDING.
    """
    _require_grant(selected)

    async def reread_grant() -> Selected:
        again = await reread()
        _require_grant(again)
        return again

    return await context.tokens.obtain(
        selected,
        b"",
        Grant(context),
        reread_grant,
        min_remaining=min_remaining,
        trail=trail,
        rejected_sha256=rejected_sha256,
    )


def _require_grant(selected: Selected) -> None:
    """Raises GRANT_UNMANAGED, NOT_CONNECTED."""
    if selected.row.variant != "oauth":
        require_managed(selected)
    elif selected.token is None or selected.token.box is None:
        raise ServiceError(reasons.ERROR_REASON_NOT_CONNECTED)


def require_managed(selected: Selected) -> None:
    """Raises GRANT_UNMANAGED."""
    if not settings_of(selected).managed:
        raise ServiceError(reasons.ERROR_REASON_GRANT_UNMANAGED)


def settings_of(selected: Selected) -> Credential.UseSettings:
    """The use settings of a credential."""
    settings: Credential.UseSettings = USE_SETTINGS.of(selected.row)
    return settings


class Grant:
    """How the pairs of a grant are requested: the Kind of Tokens.fresh."""

    keeps_pair = True

    def __init__(self, context: Context) -> None:
        self._context = context

    def ask_of(self, selected: Selected, pair: Pair | None) -> Ask:
        """Requests the next pair, with the present one or, if the grant begins, with the refresh token of the data."""
        before = _pair_before(self._context.vault.open(selected.stored), pair)

        async def ask(before_send: BeforeSend) -> Issued:
            for _ in range(_MOST_CLIENTS):
                client = await client_of(self._context, selected, before)
                request = _request_of(client, settings_of(selected), before.refresh_token)
                sender = Sender(self._context.client, _RESPONSE_SECONDS, selected.row.organisation_id, before_send)
                try:
                    token, _ = await request_token(sender, request)
                except TokenNotIssued as error:
                    failed = endpoint_failed(error)
                else:
                    return Issued(_next_pair(token, before), token.expire_seconds)
                if failed.code not in _CLIENT_ERRORS or not await self._has_changed_client(selected, before, client):
                    raise failed
            # Nobody knows whether the provider takes the present client: MISCONFIGURED would delay the next try by an hour.
            raise AskFailed(ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE), "unavailable")

        return ask

    async def _has_changed_client(self, selected: Selected, pair: Pair, client: Client) -> bool:
        """Whether the app of a connection has changed since its client was read. The provider has refused what was sent."""
        with contextlib.suppress(ServiceError, InternalError):
            return await client_of(self._context, selected, pair) != client
        return False

    def origin_of(self, selected: Selected, pair: Pair | None) -> str:
        """The origin of the token endpoint. The one that issued a connection's pair is the only one that gets it."""
        if pair is not None and pair.endpoint_origin:
            return pair.endpoint_origin
        return origin_of(self._context.vault.open(selected.stored).oauth2_refresh.token_url)

    def begins_again(self, selected: Selected, pair: Pair | None) -> bool:
        if pair is None or pair.endpoint_origin:
            return False
        return pair.seed_sha256 != sha256_of(self._context.vault.open(selected.stored).oauth2_refresh.refresh_token)

    def outlasts_changes(self, selected: Selected, pair: Pair) -> bool:
        return is_irreplaceable(self._context, selected, pair)

    def patience_of(self, selected: Selected, pair: Pair | None) -> Patience:
        settings = settings_of(selected)
        if settings.HasField("refresh_token_rotates"):
            return _CAREFUL if settings.refresh_token_rotates else HARMLESS
        return HARMLESS if pair is not None and not pair.rotates else _CAREFUL

    def require_start(self, selected: Selected, now: datetime) -> bool:
        """Raises REAUTH_REQUIRED, REFRESH_PENDING. A change of the credential since the last failure allows one more request."""
        refresh = selected.token.refresh if selected.token else None
        if refresh is None or refresh.failure_time is None:
            return False
        if refresh.state == REFRESH_STATE_REAUTH_REQUIRED and refresh.reason == DISCONNECTED:
            raise _reauth_required(refresh)
        if _has_changed(selected, refresh):
            return True
        if refresh.state == REFRESH_STATE_REAUTH_REQUIRED:
            # Only a change of its app sets a time to try it again.
            if refresh.retry_time is None:
                raise _reauth_required(refresh)
            return True
        if refresh.retry_time is not None and refresh.retry_time > now:
            raise _pending(refresh)
        return False

    def failure_of(self, failed: AskFailed, selected: Selected, *, in_doubt: bool) -> Failure:
        before = selected.token.refresh if selected.token else None
        failures = before.failures if before else 0
        if failed.outcome == "refused" and failed.code in CONSENT_REASONS:
            return Failure(REFRESH_STATE_REAUTH_REQUIRED, failed.code, None, in_doubt)
        if failed.outcome == "refused" and failed.code in _CLIENT_ERRORS:
            return Failure(REFRESH_STATE_MISCONFIGURED, failed.code, _MISCONFIGURED_RETRY, in_doubt)
        if failed.outcome == "refused" and failed.code == _INVALID_GRANT:
            if in_doubt or _was_refused(selected):
                return Failure(REFRESH_STATE_REAUTH_REQUIRED, failed.code, None, in_doubt)
            return Failure(REFRESH_STATE_BACKOFF, failed.code, _SECOND_TRY, in_doubt)
        retry = _backoff(failures)
        if failed.retry_seconds is not None:
            retry = max(_SHORTEST_RETRY_AFTER, min(timedelta(seconds=failed.retry_seconds), _LONGEST_RETRY_AFTER))
        if failed.outcome == "in_doubt" and not in_doubt:
            # At once: a provider accepts the previous refresh token for a short time, if at all. One that did not respond may
            # still be at work.
            retry = _CAREFUL.patience if failed.error.metadata.get("cause") == "timeout" else timedelta(0)
        in_doubt = in_doubt or failed.outcome == "in_doubt"
        state = REFRESH_STATE_REAUTH_SUSPECTED if in_doubt else REFRESH_STATE_BACKOFF
        # A provider that is away meanwhile takes back no refusal.
        reason = failed.code or (_INVALID_GRANT if _was_refused(selected) else "")
        return Failure(state, reason, retry, in_doubt)

    def error_of(self, error: ServiceError, selected: Selected) -> ServiceError:
        refresh = selected.token.refresh if selected.token else None
        if refresh is not None and refresh.state == REFRESH_STATE_REAUTH_REQUIRED:
            return _reauth_required(refresh)
        return error


def _was_refused(selected: Selected) -> bool:
    """Whether the provider has refused the refresh token, with the present data of the credential."""
    refresh = selected.token.refresh if selected.token else None
    return refresh is not None and refresh.reason == _INVALID_GRANT and not _has_changed(selected, refresh)


def _has_changed(selected: Selected, refresh: Refresh) -> bool:
    """Whether the credential has changed since the last failure."""
    return refresh.failure_time is not None and selected.row.update_time > refresh.failure_time


def _pair_before(data: CredentialData, pair: Pair | None) -> Pair:
    """The present pair or, if the grant begins, one with the refresh token of the data. Raises NOT_CONNECTED."""
    if pair is not None and pair.endpoint_origin:
        return pair
    if not data.HasField("oauth2_refresh"):
        # The pair, if there is one, is of another grant_type.
        raise ServiceError(reasons.ERROR_REASON_NOT_CONNECTED)
    refresh_token = data.oauth2_refresh.refresh_token
    seed = sha256_of(refresh_token)
    if pair is not None and pair.seed_sha256 == seed:
        return pair
    return Pair("", refresh_token=refresh_token, seed_sha256=seed)


def _next_pair(token: Token, before: Pair) -> Pair:
    """The pair after this one."""
    # RFC 6749 §6: without a new refresh token the present one stays valid.
    refresh_token = token.refresh_token or before.refresh_token
    return structs.replace(
        before,
        access_token=token.access_token,
        token_type=token.token_type,
        scopes=token.scopes,
        refresh_token=refresh_token,
        rotates=refresh_token != before.refresh_token,
    )


def _request_of(client: Client, settings: Credential.UseSettings, refresh_token: str) -> TokenRequest:
    fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    if settings.scopes:
        fields["scope"] = " ".join(settings.scopes)
    if settings.audience:
        fields["audience"] = settings.audience
    return TokenRequest(client.token_url, fields, client.client_id, client.client_secret, client.style)


def _backoff(failures: int) -> timedelta:
    """1, 2, 4 … 300 s, each up to a quarter longer, so that nodes and grants don't retry at the same moment."""
    seconds = min(2.0 ** min(failures, 16), _LONGEST_BACKOFF.total_seconds())
    return timedelta(seconds=seconds * random.uniform(1, 1.25))  # noqa: S311 - not for cryptography


def _reauth_required(refresh: Refresh) -> ServiceError:
    return ServiceError(reasons.ERROR_REASON_REAUTH_REQUIRED, error=refresh.reason, since=text_of(refresh.state_time))


def _pending(refresh: Refresh) -> ServiceError:
    state = RefreshState.Name(RefreshState.ValueType(refresh.state)).removeprefix("REFRESH_STATE_")
    retry_time = text_of(refresh.retry_time) if refresh.retry_time else ""
    return ServiceError(reasons.ERROR_REASON_REFRESH_PENDING, state=state, retry_time=retry_time)
