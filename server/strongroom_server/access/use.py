"""Decides whether a caller may use a credential's secret for a host. Every use of a secret must ask this module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, READ_ACCESS_SPECIFIC_TEAMS
from strongroom_server.access import scopes
from strongroom_server.core.errors import ServiceError
from strongroom_server.rules import hosts
from strongroom_server.rules.state import stored_violations

if TYPE_CHECKING:
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Credential


def require_use(caller: Caller, row: Credential, target_host: str, *, allow_invalid: bool = False) -> None:
    """Raises CREDENTIAL_NOT_FOUND, HOST_NOT_ALLOWED or CREDENTIAL_INVALID unless the caller may use the secret for the host.

    The row must be verified. The SQL that read it has decided what depends on the clock and on other rows: that it is neither
    deleted nor expired, and that a test credential still has its live credential.
    """
    if not _is_readable(caller, row):
        raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
    if row.allowed_hosts and not (target_host and hosts.is_allowed(row.allowed_hosts, target_host)):
        raise ServiceError(reasons.ERROR_REASON_HOST_NOT_ALLOWED)
    if row.violations and not allow_invalid:
        raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_INVALID, stored_violations(row))


def _is_readable(caller: Caller, row: Credential) -> bool:
    """Whether the credential is in the caller's scope and its teams may use it. The store's SQL asks the same; here the row is
    verified.
    """
    if row.organisation_id != caller.organisation_id or not scopes.contains(caller.scope, row):
        return False
    if caller.team_ids is None or row.read_access == READ_ACCESS_GLOBAL or row.team_id in caller.team_ids:
        return True
    shared = row.read_access == READ_ACCESS_SPECIFIC_TEAMS and row.team_id is not None
    return shared and not set(caller.team_ids).isdisjoint(row.shared_team_ids)
