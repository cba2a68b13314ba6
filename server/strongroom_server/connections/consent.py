"""What a browser does: it opens a link, starts the consent, and comes back with a code.

Nobody here has an API key. A link or a state is the authorization, and every refusal is the same CONSENT_UNKNOWN.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import structlog

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.connection_service_pb2 import (
    CONNECTION_SESSION_STATE_CONSENTED,
    CONNECTION_SESSION_STATE_PENDING,
    Consent,
    ReceiveConsentResponse,
    StartConsentResponse,
)
from strongroom.v1.credential_pb2 import SURFACE_VERSORI
from strongroom_server.access.caller import Caller
from strongroom_server.connections import session_rows as rows
from strongroom_server.connections.callbacks import store_callback
from strongroom_server.connections.clients import Client, read_client
from strongroom_server.connections.completion import complete_at_once
from strongroom_server.connections.redirects import CALLBACK_PATHS, redirect_uri_of
from strongroom_server.connections.session_rows import Content
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.retries import Conflict
from strongroom_server.credentials.vault import until_stored
from strongroom_server.egress import urls
from strongroom_server.egress.endpoints import origin_of
from strongroom_server.egress.refusals import Refusal
from strongroom_server.schemes.authorization import Callback, InvalidCallback, callback_of, is_from
from strongroom_server.store import connection_sessions as store
from strongroom_server.store.credentials import Visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom.v1.connection_service_pb2 import GetConsentRequest, ReceiveConsentRequest, StartConsentRequest
    from strongroom_server.connections.context import Context
    from strongroom_server.core import records
    from strongroom_server.store.connection_sessions import StoredSession

# Longer texts are none of this service's.
_LONGEST_SECRET: Final = 100
# So often the consent of a link can be started. Each start has an audit event.
_MOST_STARTS: Final = 50
# What says that a session or its app is broken, gone or changed.
_HIDDEN: Final = frozenset(
    {
        reasons.ERROR_REASON_SEAL_BROKEN,
        reasons.ERROR_REASON_SEALING_KEY_DESTROYED,
        reasons.ERROR_REASON_CONSENT_FAILED,
        reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND,
        reasons.ERROR_REASON_CREDENTIAL_INVALID,
        reasons.ERROR_REASON_FIELD_INVALID,
    }
)

_log = structlog.get_logger()


async def get_consent(context: Context, request: GetConsentRequest, peer: str) -> Consent:  # noqa: ARG001 - as the others
    """What the person of a link is about to consent to. Raises CONSENT_UNKNOWN."""
    session = (await _of_link(context, request.link)).session
    client = await _client_of(context, session)
    organisation = await context.vault.settings(session.organisation_id)
    try:
        provider = origin_of(client.provider.authorization_url)
    except Refusal:
        raise _unknown() from None
    return Consent(
        app_display_name=client.row.name,
        provider_host=provider.authority,
        provider_display_name=client.provider.display_name,
        organisation_display_name=organisation.display_name or organisation.organisation_id,
        scopes=client.requested(session.scopes),
    )


async def start(context: Context, request: StartConsentRequest, peer: str) -> StartConsentResponse:
    """Make the consent URL of a link, and the cookie of the browser that goes there. Earlier ones end. Raises CONSENT_UNKNOWN."""

    async def attempt() -> StartConsentResponse:
        stored = await _of_link(context, request.link)
        session = stored.session
        if session.revision > _MOST_STARTS:
            raise _unknown()
        client = await _client_of(context, session)
        with _hiding_details():
            consent = client.consent(session)
        cookie = rows.new_secret()
        changed = await rows.replace(
            context,
            stored,
            Caller.system(session.organisation_id, peer),
            "StartConsent",
            content=Content(consent.verifier, consent.nonce, client.sha256),
            state_sha256=rows.sha256_of(consent.state),
            cookie_sha256=rows.sha256_of(cookie),
        )
        if changed is None:
            raise Conflict
        return StartConsentResponse(url=consent.url, cookie=cookie)

    return await until_stored(attempt)


async def receive(context: Context, request: ReceiveConsentRequest, peer: str) -> ReceiveConsentResponse:
    """Store the code of a callback, sealed, or why there is none. The state is accepted once. Raises CONSENT_UNKNOWN."""
    context.vault.require_opening()
    try:
        callback = callback_of(request.query)
    except InvalidCallback:
        raise _unknown() from None
    stored = await _of_callback(context, request, callback)
    client = await _client_of(context, stored.session)
    if not is_from(client.provider, callback):
        # Of another provider: the code must go nowhere.
        raise _unknown()
    with _hiding_details():
        received = await store_callback(context, stored, callback, Caller.system(stored.session.organisation_id, peer))
    if received is None:
        # Another callback with this state was faster.
        raise _unknown()
    session = received.session
    return ReceiveConsentResponse(
        consented=not callback.error,
        return_url=_with_session(session.return_url, session) if session.return_url else "",
        connection_id=await _exchanged_at_once(context, received, peer),
    )


async def _of_link(context: Context, link: str) -> StoredSession:
    context.vault.require_opening()
    stored = None
    if 0 < len(link) <= _LONGEST_SECRET:
        stored = await store.by_link(context.vault.database, rows.sha256_of(link))
    return await _pending(context, stored)


async def _of_callback(context: Context, request: ReceiveConsentRequest, callback: Callback) -> StoredSession:
    """The session of a callback, if it came to its redirect URI, from the browser that has its cookie."""
    if request.surface not in CALLBACK_PATHS or len(request.cookie) > _LONGEST_SECRET:
        raise _unknown()
    stored = await _pending(context, await store.by_state(context.vault.database, rows.sha256_of(callback.state)))
    session = stored.session
    # Not the one of a program on the person's machine, which has no cookie either.
    is_here = session.redirect_uri == redirect_uri_of(context.public_url, request.surface)
    if not is_here or session.surface != request.surface:
        raise _unknown()
    if session.surface != SURFACE_VERSORI and not rows.is_secret(request.cookie, session.cookie_sha256):
        raise _unknown()
    return stored


async def _pending(context: Context, stored: StoredSession | None) -> StoredSession:
    """A session, verified, that waits for the person. Raises CONSENT_UNKNOWN."""
    if stored is None:
        raise _unknown()
    with _hiding_details():
        await rows.verify(context, stored.session)
    if rows.state_of(stored.session, context.vault.watch.now()) != CONNECTION_SESSION_STATE_PENDING:
        raise _unknown()
    return stored


async def _client_of(context: Context, session: records.ConnectionSession) -> Client:
    with _hiding_details():
        return await read_client(context, Visible(session.organisation_id, None), "app_id", str(session.app_id))


@contextmanager
def _hiding_details() -> Iterator[None]:
    """Raises CONSENT_UNKNOWN for what is broken, gone or changed: a stranger learns no details. Errors of the database go on."""
    try:
        yield
    except ServiceError as error:
        if error.reason not in _HIDDEN:
            raise
        if error.reason == reasons.ERROR_REASON_SEAL_BROKEN:
            _log.error("row forged: consent refused", **error.metadata)
        raise _unknown() from None


async def _exchanged_at_once(context: Context, stored: StoredSession, peer: str) -> str:
    """The connection, where an organisation has Switchboard's codes exchanged as they come. Otherwise empty."""
    session = stored.session
    if session.surface != SURFACE_VERSORI or session.state != CONNECTION_SESSION_STATE_CONSENTED:
        return ""
    if not (await context.vault.settings(session.organisation_id)).switchboard_callback_exchanges:
        return ""
    context.leave_strangers()
    return str(await complete_at_once(context, stored, peer))


def _with_session(return_url: str, session: records.ConnectionSession) -> str:
    joint = "&" if "?" in return_url else "?"
    # A header takes a name only in ASCII.
    url = f"{origin_of(return_url)}{urls.parse(return_url).path}"
    return f"{url}{joint}{urlencode({'session_id': str(session.id)})}"


def _unknown() -> ServiceError:
    return ServiceError(reasons.ERROR_REASON_CONSENT_UNKNOWN)
