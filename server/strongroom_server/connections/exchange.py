"""One exchange of a session's code for tokens, from the write-ahead to the stored connection.

The order: connect and finish TLS, mark the session as in doubt and record that the code is about to be sent (one commit), send,
read, ask for the account, store. If the process ends after that commit, the session stays in doubt, and the code is not sent again.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.connection_service_pb2 import CONNECTION_SESSION_STATE_CONSENTED, CONNECTION_SESSION_STATE_FAILED
from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom_server.connections import app_checks, results
from strongroom_server.connections import session_rows as rows
from strongroom_server.connections.results import COMPLETE, Issued, NotStorable
from strongroom_server.core.errors import ServiceError
from strongroom_server.schemes.account import request_account
from strongroom_server.schemes.authorization import OPENID
from strongroom_server.schemes.authorization_code import AccountRejected, CodeGrant, Exchanged, exchange_code
from strongroom_server.schemes.discovery import DiscoveryFailed, fetch_keys
from strongroom_server.schemes.revocation import revoke_token
from strongroom_server.schemes.sending import Sender
from strongroom_server.schemes.token_endpoint import request_token
from strongroom_server.schemes.token_errors import TokenNotIssued
from strongroom_server.use.provider_errors import endpoint_failed
from strongroom_server.use.trail import STARTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any
    from uuid import UUID

    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.clients import Client
    from strongroom_server.connections.context import Context
    from strongroom_server.connections.session_rows import Content
    from strongroom_server.schemes.account import Account
    from strongroom_server.schemes.token import Token
    from strongroom_server.schemes.token_endpoint import Style
    from strongroom_server.store.connection_sessions import StoredSession

_RESPONSE_SECONDS: Final = 15.0
# While the account is asked for, the tokens are not stored yet.
_ACCOUNT_SECONDS: Final = 5.0


class _Superseded(Exception):
    """The session has changed since it was read: another process was faster. Nothing was sent."""


class Exchange:
    """An exchange. `_stored` is the session as it is stored: first with its code, and marked as in doubt once that is sent."""

    def __init__(self, context: Context, stored: StoredSession, client: Client, caller: Caller) -> None:
        self._context = context
        self._stored = stored
        self._client = client
        self._caller = caller
        self._content = rows.content_of(context, stored)
        self._is_marked = False
        self._time = context.vault.watch.now()
        # For the requests that follow the code.
        self._sender = Sender(context.client, _RESPONSE_SECONDS, stored.session.organisation_id)

    async def run(self) -> UUID | None:
        """The id of the connection. None if another process was faster. Raises ServiceError."""
        if self._client.needs_consent and self._content.app_sha256 != self._client.sha256:
            # The person has consented to something else, and the code would go to another place.
            raise await self._failed(rows.failed(rows.APP_CHANGED), rows.APP_CHANGED)
        try:
            exchanged = await self._exchange()
        except _Superseded:
            return None
        except AccountRejected as rejected:
            await self._revoke_unless_own(rejected.token, rejected.style, is_other=False)
            error = ServiceError(reasons.ERROR_REASON_ACCOUNT_REJECTED, rule=rejected.rule)
            raise await self._failed(error) from None
        except TokenNotIssued as not_issued:
            raise await self._not_issued(not_issued) from None
        issued = Issued(exchanged.token, exchanged.style, await self._account(exchanged), self._time)
        try:
            return await results.store(self._context, self._stored, self._client, self._caller, issued)
        except NotStorable as failed:
            is_other = failed.error.reason == reasons.ERROR_REASON_SUBJECT_MISMATCH and issued.account is not None
            await self._revoke_unless_own(issued.token, issued.style, is_other=is_other)
            raise await self._failed(failed.error) from None

    async def _exchange(self) -> Exchanged:
        """Raises what `exchange_code` raises, _Superseded, DISCOVERY_FAILED."""
        client, sender = self._client, self._sender._replace(before_sending=self._before_sending)
        if not client.needs_consent:
            form = {"grant_type": "client_credentials"}
            if scopes := self._stored.session.scopes:
                form["scope"] = " ".join(scopes)
            token, style = await request_token(sender, client.request(client.provider.token_url, form))
            return Exchanged(token, style, None)
        grant = CodeGrant(
            self._content.code,
            client.data.client_id,
            client.data.client_secret,
            self._stored.session.redirect_uri,
            self._content.verifier,
            self._content.nonce,
            await self._keys(),
        )
        return await exchange_code(sender, client.provider, grant, self._context.vault.watch.now())

    async def _before_sending(self) -> None:
        """Mark the session as in doubt, before the first request. Raises _Superseded, and the database's errors."""
        if self._is_marked:
            # The same request in the other style of authentication: the provider has refused the first.
            return
        self._time = self._context.vault.watch.now()
        marked = await rows.replace(
            self._context,
            self._stored,
            self._caller,
            COMPLETE,
            outcome=STARTED,
            state=CONNECTION_SESSION_STATE_FAILED,
            error=rows.IN_DOUBT,
        )
        if marked is None:
            raise _Superseded
        self._stored, self._is_marked = marked, True

    async def _keys(self) -> Sequence[Mapping[str, Any]] | None:
        """The keys of the issuer, if the app names their place and an id_token is expected. Raises DISCOVERY_FAILED."""
        url = self._client.settings.app.jwks_url
        if not url or OPENID not in self._client.requested(self._stored.session.scopes):
            return None
        try:
            return await fetch_keys(self._sender, url)
        except DiscoveryFailed as failed:
            raise app_checks.discovery_failed(failed) from None

    async def _account(self, exchanged: Exchanged) -> Account | None:
        place = self._client.provider.account
        if exchanged.account is not None or place is None or not place.url or not self._client.needs_consent:
            return exchanged.account
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ACCOUNT_SECONDS):
                return await request_account(self._sender, place, exchanged.token)
        return None

    async def _not_issued(self, not_issued: TokenNotIssued) -> ServiceError:
        """Store that there are no tokens, and return the error. A code that the provider has not used is kept."""
        failed = endpoint_failed(not_issued)
        match failed.outcome:
            case "refused":
                await self._end(failed.error, failed.code or "other")
            case "in_doubt":
                await self._end(failed.error, rows.IN_DOUBT)
            case _ if self._is_marked:
                await self._end(failed.error, "", self._content)
        return failed.error

    async def _failed(self, error: ServiceError, kept: str = "") -> ServiceError:
        await self._end(error, kept or _name_of(error))
        return error

    async def _end(self, error: ServiceError, kept: str, content: Content = rows.EMPTY) -> None:
        """Store how the exchange ended. With content the session can be completed again.

        If the database does not take it, the session stays in doubt.
        """
        state = CONNECTION_SESSION_STATE_CONSENTED if content.code else CONNECTION_SESSION_STATE_FAILED
        with contextlib.suppress(ServiceError):
            await rows.replace(
                self._context,
                self._stored,
                self._caller,
                COMPLETE,
                outcome=_name_of(error),
                content=content,
                state=state,
                error=kept,
            )

    async def _revoke_unless_own(self, token: Token, style: Style, *, is_other: bool) -> None:
        """Revoke tokens that are not stored, if the provider can do that, as well as it works.

        Not those that may be for the account of a connection that exists: many providers revoke a whole grant with one token.
        """
        url = self._client.provider.revocation_url
        if not url or not (is_other or self._stored.session.connection_id is None):
            return
        request = self._client.request(url, {}, style)
        if token.refresh_token:
            await revoke_token(self._sender, request, token.refresh_token)
        else:
            await revoke_token(self._sender, request, token.access_token, "access_token")


def _name_of(error: ServiceError) -> str:
    return ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_")
