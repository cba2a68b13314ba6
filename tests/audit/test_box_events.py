"""audit/box_events.py: what the audit events of a version say of its box, in events of this release and of older ones."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from strongroom_server.audit.box_events import box_hashes, is_destroyed
from strongroom_server.core.records import AuditEvent

HASH = bytes(range(32))
OTHER_HASH = bytes(range(1, 33))


def event(action: str, box_sha256: bytes | None) -> AuditEvent:
    return AuditEvent(
        organisation_id="default",
        event_id=uuid.uuid4(),
        event_time=datetime(2026, 1, 1, tzinfo=UTC),
        action=action,
        outcome="OK",
        key_id="key",
        peer="",
        credential_id=uuid.uuid4(),
        version=1,
        box_sha256=box_sha256,
    )


CREATED = event("CreateCredential", HASH)


@pytest.mark.parametrize(
    "last",
    [
        event("DestroyCredentialVersion", b""),
        event("KeepDestroyedVersion", b""),
        # Without the hash, the action says it.
        event("DestroyCredentialVersion", None),
        # Retention of older releases kept the hash and not the action.
        event("KeepVersion", b""),
    ],
    ids=["destroyed", "destroyed and kept", "destroyed without a hash", "destroyed and kept by an older release"],
)
def test_a_destroyed_version_is_recognised(last: AuditEvent) -> None:
    assert is_destroyed([CREATED, last])
    assert box_hashes([CREATED, last]) == {HASH}


@pytest.mark.parametrize("action", ["UpdateCredential", "KeepVersion", "AccessCredential"])
def test_no_other_event_destroys(action: str) -> None:
    events = [CREATED, event(action, None)]
    assert not is_destroyed(events)
    assert box_hashes(events) == {HASH}


def test_a_second_box_of_a_version_does_not_destroy_it() -> None:
    events = [CREATED, event("KeepVersion", OTHER_HASH)]
    assert not is_destroyed(events)
    assert box_hashes(events) == {HASH, OTHER_HASH}
