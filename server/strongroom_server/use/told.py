"""Prepares the events by which an organisation learns of the states of its grants.

The statement that stores a change stores those that apply: store/grant_rows.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.v1.credential_pb2 import REFRESH_STATE_ACTIVE, RefreshState
from strongroom_server.audit.outbox import GRANT_REAUTH_REQUIRED, GRANT_RECOVERED, GRANT_REFRESH_FAILED, prepare_event
from strongroom_server.core.timestamps import text_of

if TYPE_CHECKING:
    from datetime import datetime

    from strongroom_server.audit.record import Recorder
    from strongroom_server.core.records import Connection, OutboxEvent
    from strongroom_server.store.tokens import Failure, Key


def of_failure(recorder: Recorder, key: Key, failure: Failure, connection: Connection | None) -> list[OutboxEvent]:
    """The events of a refresh that failed, each for another change of the state."""
    retry_time = None if failure.retry is None else recorder.now() + failure.retry
    return [
        _event(recorder, event_type, key, failure.state, failure.reason, retry_time, connection)
        for event_type in (GRANT_REFRESH_FAILED, GRANT_REAUTH_REQUIRED)
    ]


def of_success(recorder: Recorder, key: Key, connection: Connection | None) -> list[OutboxEvent]:
    """The event of a grant that has a new pair, for one that was not ACTIVE."""
    return [_event(recorder, GRANT_RECOVERED, key, REFRESH_STATE_ACTIVE, "", None, connection)]


def _event(
    recorder: Recorder,
    event_type: str,
    key: Key,
    state: int,
    reason: str,
    retry_time: datetime | None,
    connection: Connection | None,
) -> OutboxEvent:
    data = {
        "state": RefreshState.Name(RefreshState.ValueType(state)).removeprefix("REFRESH_STATE_"),
        "reason": reason,
        "since": text_of(recorder.now()),
        "retry_time": None if retry_time is None else text_of(retry_time),
    }
    if connection is not None:
        data |= {"app_id": str(connection.app_id), "user": connection.user_id}
    return prepare_event(recorder, key.organisation_id, event_type, key.credential_id, data)
