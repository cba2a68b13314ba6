"""The rules that connect a test credential with its live credential."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.v1 import error_reason_pb2
from strongroom.v1.credential_pb2 import Credential
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.store import credential_locks
from strongroom_server.store.credentials import Visible

if TYPE_CHECKING:
    from uuid import UUID

    from strongroom_server.core.records import StoredCredential
    from strongroom_server.store.database import Transaction

_PATH = "credential.live_credential_id"


def with_defaults(sent: Credential, live: StoredCredential) -> Credential:
    """A new test credential with the defaults that it gets from its live credential for unset fields."""
    credential = Credential()
    credential.CopyFrom(sent)
    credential.description = sent.description or live.row.description
    if not sent.read_access:
        credential.read_access = live.row.read_access  # type: ignore[assignment] # an enumeration's number
        if not sent.shared_team_slugs:
            credential.shared_team_slugs.extend(live.shared_team_slugs)
    credential.team_id = sent.team_id or live.row.team_id or 0
    if credential.team_id == live.row.team_id:
        credential.folder_id = sent.folder_id or live.row.folder_id or 0
    return credential


def unknown() -> ServiceError:
    """The error for a live_credential_id that names no live credential that the caller may change."""
    return ServiceError(
        error_reason_pb2.ERROR_REASON_LIVE_CREDENTIAL_UNKNOWN,
        (FieldViolation(_PATH, "must be a live credential of this surface"),),
    )


async def require_present(transaction: Transaction, visible: Visible, live_id: UUID) -> None:
    """Lock the live credential until the commit. Raises LIVE_CREDENTIAL_UNKNOWN if it is deleted or expired."""
    if not await credential_locks.lock_with_test_credential(
        transaction, Visible(visible.organisation_id, None), live_id
    ):
        raise unknown()


def require_same_surface(live: StoredCredential, surface: int) -> None:
    """Raises LIVE_CREDENTIAL_MISMATCH, with the rule for an unknown one, because a vendor's endpoint shows one surface only."""
    if live.row.surface != surface:
        raise ServiceError(
            error_reason_pb2.ERROR_REASON_LIVE_CREDENTIAL_MISMATCH,
            (FieldViolation(_PATH, "must be a live credential of this surface"),),
        )


def require_same_variant(live_variant: str, variant: str) -> None:
    """Raises LIVE_CREDENTIAL_MISMATCH."""
    if live_variant != variant:
        raise ServiceError(
            error_reason_pb2.ERROR_REASON_LIVE_CREDENTIAL_MISMATCH,
            (
                FieldViolation(
                    "credential.data", "must be of the variant of the live credential and its test credential"
                ),
            ),
        )
