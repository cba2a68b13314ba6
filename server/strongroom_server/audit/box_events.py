"""Reads from a version's audit events which box was sealed for it, and whether the version was destroyed.

The row of a credential has the hash of its current box only. The hash of an older box is in the event that created it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from strongroom_server.core.records import AuditEvent

RESEAL: Final = "ResealCredentialVersion"
DESTROY: Final = "DestroyCredentialVersion"
# Actions of the events that replace the events of a kept version when their month is dropped.
KEEP: Final = "KeepVersion"
KEEP_DESTROYED: Final = "KeepDestroyedVersion"
# The action of the event that repeats the revision of a credential's last write, if that stored no version.
KEEP_REVISION: Final = "KeepRevision"

# The hash in events that destroy. The store reads only events with a hash as events of a box. Older releases test this hash and not
# the action, and have it in their KeepVersion events too.
NO_BOX: Final = b""


def is_destroyed(events: Iterable[AuditEvent]) -> bool:
    """Whether an authentic event of a version says that it was destroyed, so that a box from a backup must be rejected."""
    return any(event.action in (DESTROY, KEEP_DESTROYED) or event.box_sha256 == NO_BOX for event in events)


def box_hashes(events: Iterable[AuditEvent]) -> set[bytes]:
    """The hashes of boxes in the authentic events of a version that no other of them replaced: one, unless events are missing or of
    another version. When the box is sealed under another key, the event has the hash of the previous box as its subject.
    """
    events = [event for event in events if event.box_sha256]
    replaced = {event.subject for event in events if event.action in (RESEAL, KEEP)}
    return {event.box_sha256 for event in events if event.box_sha256 and event.box_sha256.hex() not in replaced}
