"""Stores what a provider sent back with a person's browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from strongroom.v1.connection_service_pb2 import (
    CONNECTION_SESSION_STATE_CONSENTED,
    CONNECTION_SESSION_STATE_FAILED,
)
from strongroom_server.connections import session_rows as rows

if TYPE_CHECKING:
    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.context import Context
    from strongroom_server.schemes.authorization import Callback
    from strongroom_server.store.connection_sessions import StoredSession


async def store_callback(
    context: Context, stored: StoredSession, callback: Callback, caller: Caller
) -> StoredSession | None:
    """Store what the provider of a pending session sent. None if the session has changed since it was read.

    Link and state are of no use from now on.
    """
    ended = CONNECTION_SESSION_STATE_FAILED if callback.error else CONNECTION_SESSION_STATE_CONSENTED
    content = rows.EMPTY
    if callback.code:
        content = structs.replace(rows.content_of(context, stored), code=callback.code)
    return await rows.replace(
        context,
        stored,
        caller,
        "ReceiveConsent",
        outcome=callback.error.upper() or "OK",
        content=content,
        state=ended,
        error=callback.error,
        link_sha256=b"",
        state_sha256=b"",
        cookie_sha256=b"",
    )
