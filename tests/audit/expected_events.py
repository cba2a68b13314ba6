"""Audit events as tests expect them, and as the database has them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from conftest import ORGANISATION, Deployment

from strongroom.v1.organisation_service_pb2 import Role

if TYPE_CHECKING:
    from rpc.calls import Metadata

    from strongroom.v1.credential_pb2 import Credential

ROLES = [role for role in Role.values() if role != Role.ROLE_UNSPECIFIED]
NEVER = "019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11"
COLUMNS = (
    "organisation_id", "action", "outcome", "peer", "credential_id", "credential_ids", "version", "revision",
    "box_sha256", "request_id", "subject",
)  # fmt: skip
Event = dict[str, Any]


def event(action: str, credential: Credential | None = None, **columns: Any) -> Event:
    """The expected event, in the first organisation and from this machine."""
    made: Event = dict.fromkeys(COLUMNS)
    made |= {"organisation_id": ORGANISATION, "action": action, "outcome": "OK", "peer": "127.0.0.1"}
    made |= {"credential_id": credential.id if credential else None, "credential_ids": []}
    return made | columns


def key_id_of(by: Metadata) -> str:
    return by[0][1].split("_")[1]


async def events_of(deployment: Deployment, by: Metadata, columns: tuple[str, ...] = COLUMNS) -> list[Event]:
    """The stored events of a key."""
    async with deployment.sql() as connection:
        rows = await connection.fetch(
            f"select {', '.join(columns)} from audit_events where key_id = $1 order by event_time, action",
            key_id_of(by),
        )
    return [
        {
            name: str(value)
            if isinstance(value, uuid.UUID)
            else [str(part) for part in value]
            if name == "credential_ids"
            else value
            for name, value in row.items()
        }
        for row in rows
    ]
