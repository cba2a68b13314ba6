"""Reads, verifies and changes the rows of sessions. Each change is signed and sealed anew, and has an audit event."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.connection_service_pb2 import (
    CONNECTION_SESSION_STATE_CONSENTED,
    CONNECTION_SESSION_STATE_EXPIRED,
    CONNECTION_SESSION_STATE_PENDING,
    ConnectionSession,
)
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.timestamps import timestamp
from strongroom_server.rules import fields
from strongroom_server.sealing.keyring import seal_broken
from strongroom_server.store import connection_sessions as store
from strongroom_server.store.connection_sessions import StoredSession

if TYPE_CHECKING:
    from datetime import datetime

    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.context import Context
    from strongroom_server.core import records
    from strongroom_server.store.database import Database, Transaction

LONGEST_USER: Final = 255
LIFE: Final = timedelta(minutes=10)
# The code may have been sent. It is never sent twice: a provider then revokes what it issued for it (RFC 6749 §4.1.2).
IN_DOUBT: Final = "exchange_in_doubt"
# Why else a session gives no connection, besides the codes of OAuth and the reasons of errors.
EXPIRED: Final = "expired"
APP_CHANGED: Final = "app_changed"
CREATOR_REVOKED: Final = "creator_revoked"
_KEY_RETIRED: Final = "key_retired"
_RANDOM_BYTES: Final = 32
_OPEN_STATES: Final = (CONNECTION_SESSION_STATE_PENDING, CONNECTION_SESSION_STATE_CONSENTED)


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sealed of a session. The repr has no values.

    `app_sha256` is the hash of the app that the consent URL was made for, as `Client.sha256` has it.
    """

    verifier: str = ""
    nonce: str = ""
    app_sha256: bytes = b""
    code: str = ""

    def __repr__(self) -> str:
        return "<Content>"


EMPTY: Final = Content()
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Content)


def new_secret() -> str:
    """A secret for a link or a cookie."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def sha256_of(secret: str) -> bytes:
    """What is stored of a secret: its hash, or nothing if there is none."""
    return hashlib.sha256(secret.encode()).digest() if secret else b""


def is_secret(secret: str, sha256: bytes) -> bool:
    """Whether a secret is the one with that hash. Nothing is, if the hash is empty."""
    return bool(sha256) and hmac.compare_digest(sha256_of(secret), sha256)


def creator_of(caller: Caller) -> str:
    """Who begins a session: the id of the API key, or that of the identity with the principal. Ids have no space."""
    return f"{caller.key_id} {caller.principal}".rstrip()


def state_of(session: records.ConnectionSession, now: datetime) -> int:
    """The state at this time: after ten minutes a session that has not ended has expired."""
    is_over = session.state in _OPEN_STATES and session.expire_time <= now
    return CONNECTION_SESSION_STATE_EXPIRED if is_over else session.state


def failed(error: str) -> ServiceError:
    """The error of a session that gives no connection any more."""
    return ServiceError(reasons.ERROR_REASON_CONSENT_FAILED, error=error)


def message_of(session: records.ConnectionSession, now: datetime) -> ConnectionSession:
    """The message of a verified session."""
    return ConnectionSession(
        id=str(session.id),
        organisation_id=session.organisation_id,
        app_id=str(session.app_id),
        user=session.user_id,
        state=state_of(session, now),  # type: ignore[arg-type] # a number of the enumeration
        error=session.error,
        connection_id=str(session.connection_id) if session.connection_id else "",
        create_time=timestamp(session.create_time),
        expire_time=timestamp(session.expire_time),
    )


async def read_own(context: Context, path: str, session_id: str, caller: Caller) -> StoredSession:
    """Read and verify a session that the caller has begun. Raises FIELD_INVALID, CONNECTION_SESSION_NOT_FOUND, SEAL_BROKEN."""
    fields.require(fields.uuid(path, session_id))
    stored = await store.get(context.vault.database, caller.organisation_id, UUID(session_id))
    if stored is not None:
        await verify(context, stored.session)
    if stored is None or stored.session.creator != creator_of(caller):
        raise ServiceError(reasons.ERROR_REASON_CONNECTION_SESSION_NOT_FOUND)
    return stored


async def verify(context: Context, session: records.ConnectionSession) -> None:
    """Raises SEAL_BROKEN if no node signed the row, it was changed, or this node has seen a newer one.

    Raises CONSENT_FAILED if its signer was retired meanwhile: sessions are not signed again.
    """
    keyring = context.vault.keyring
    signer = keyring.keys.signers.get(session.signer_id)
    if signer is not None and signer.is_retired:
        raise failed(_KEY_RETIRED)
    await keyring.verify(session)
    highest = context.vault.seen.see(session.id.bytes, session.revision)
    if session.revision == highest:
        return
    # A concurrent call may have read the newer row before this call got its own. A row that was put back is still there.
    present = await store.revision(context.vault.database, session.organisation_id, session.id)
    if present is not None and present < highest:
        raise seal_broken(session)


def content_of(context: Context, stored: StoredSession) -> Content:
    """Open the box of a verified session. Raises SEAL_BROKEN, SEALING_KEY_DESTROYED."""
    return _DECODER.decode(context.vault.keyring.unseal_session(*stored))


def prepare(context: Context, session: records.ConnectionSession, content: Content) -> StoredSession:
    """Seal and sign a session. Raises SEALING_KEY_DESTROYED."""
    return StoredSession(*context.vault.keyring.seal_session(session, _ENCODER.encode(content)))


def act_of(
    context: Context, session: records.ConnectionSession, caller: Caller, action: str, outcome: str = "OK"
) -> records.Act:
    """What is recorded of a change of a session: the event names it, its app and its connection."""
    recorder = context.vault.recorder
    named = [each for each in (session.app_id, session.connection_id) if each is not None]
    event = recorder.event(
        caller,
        action,
        outcome=outcome,
        organisation_id=session.organisation_id,
        subject=str(session.id),
        credential_ids=tuple(dict.fromkeys(named)),
    )
    return recorder.act(event, None)


async def replace(
    context: Context,
    present: StoredSession,
    caller: Caller,
    action: str,
    *,
    content: Content = EMPTY,
    outcome: str = "OK",
    database: Database | Transaction | None = None,
    **changes: Any,
) -> StoredSession | None:
    """Store a change of a verified session with its audit event, and return it. None if the session has changed since it was read.

    `content` replaces what is sealed. Raises SEALING_KEY_DESTROYED, KEY_RETIRED.
    """
    session = present.session
    changed = prepare(context, structs.replace(session, revision=session.revision + 1, **changes), content)
    act = act_of(context, changed.session, caller, action, outcome)
    if not await store.replace(database or context.vault.database, changed, session.revision, act):
        return None
    return changed
