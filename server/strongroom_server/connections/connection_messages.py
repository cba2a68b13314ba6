"""Shows a connection as its message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.v1.connection_service_pb2 import Connection
from strongroom.v1.credential_pb2 import REFRESH_STATE_ACTIVE
from strongroom_server.core.timestamps import put

if TYPE_CHECKING:
    from strongroom_server.core import records
    from strongroom_server.core.records import StoredToken
    from strongroom_server.store.connections import ConnectedCredential


def message_of(connected: ConnectedCredential, *, verified: bool = True) -> Connection:
    """The message of a connection. Of one that could not be verified it has only what its credential says."""
    row = connected.stored.row
    message = Connection(
        id=str(row.id),
        number=row.number,
        organisation_id=row.organisation_id,
        name=row.name,
        variant=row.variant,
        surface=row.surface,  # type: ignore[arg-type] # a number of the enumeration
        refresh_state=REFRESH_STATE_ACTIVE,
        labels=dict(zip(row.labels[::2], row.labels[1::2], strict=True)),
    )
    if verified:
        _put_connection(message, connected.connection)
    if connected.token is not None:
        _put_token(message, connected.token)
    return message


def _put_connection(message: Connection, connection: records.Connection) -> None:
    message.app_id = str(connection.app_id)
    message.user = connection.user_id
    message.account.subject = connection.account_subject
    message.account.label = connection.account_label
    message.account.issuer = connection.account_issuer
    message.scopes.extend(connection.scopes)
    put(message.create_time, connection.create_time)
    put(message.consent_time, connection.consent_time)


def _put_token(message: Connection, stored: StoredToken) -> None:
    token, refresh = stored.token, stored.refresh
    message.generation = token.generation
    message.refresh_state = refresh.state  # type: ignore[assignment] # a number of the enumeration
    message.refresh_reason = refresh.reason
    put(message.refresh_state_time, refresh.state_time)
    if refresh.retry_time is not None:
        put(message.retry_time, refresh.retry_time)
    if token.expire_time is not None:
        put(message.token_expire_time, token.expire_time)
