"""Decides whether a caller may use a credential's secret for a host. Every use of a secret must ask this module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, READ_ACCESS_SPECIFIC_TEAMS
from strongroom.v1.organisation_service_pb2 import ROLE_USER
from strongroom_server.access import scopes
from strongroom_server.core.errors import ServiceError
from strongroom_server.rules import hosts
from strongroom_server.rules.state import stored_violations, stored_warnings

if TYPE_CHECKING:
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Credential

# What the caller gets: the secret data, a token, what is added to a request, or the response to a request.
Kind = Literal["data", "token", "authorization", "response"]


def require_use(
    caller: Caller,
    row: Credential,
    target_host: str,
    kind: Kind = "data",
    *,
    allow_invalid: bool = False,
    sends_secret: bool = True,
) -> None:
    """Raises ServiceError unless the caller may use the credential for the host. `sends_secret` says whether the secret itself goes
    to the caller or to the host, in place of a token or a signature.

    The row must be verified. The SQL that read it has decided what depends on the clock and on other rows: that it is neither
    deleted nor expired, and that a test credential still has its live credential.
    """
    if not _is_readable(caller, row):
        raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
    is_invoker = ROLE_USER not in caller.roles
    if not row.allowed_hosts and (kind == "response" or (kind == "authorization" and is_invoker)):
        raise ServiceError(reasons.ERROR_REASON_HOSTS_REQUIRED)
    if row.allowed_hosts and not (target_host and hosts.is_allowed(row.allowed_hosts, target_host)):
        raise ServiceError(reasons.ERROR_REASON_HOST_NOT_ALLOWED)
    if row.violations and not allow_invalid:
        raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_INVALID, stored_violations(row))
    if kind == "data":
        return
    if row.warnings:
        raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_UNUSABLE, stored_warnings(row))
    if is_invoker and sends_secret:
        _require_release(row, target_host, kind)


def _require_release(row: Credential, host: str, kind: Kind) -> None:
    """Raises SECRET_NOT_RELEASED unless a caller that cannot read the secret may have it sent."""
    if kind == "authorization":
        raise ServiceError(reasons.ERROR_REASON_SECRET_NOT_RELEASED, rule="forward the request instead")
    # Behind a wildcard anybody may have a host that returns what it receives.
    if not hosts.is_allowed([pattern for pattern in row.allowed_hosts if "*" not in pattern], host):
        raise ServiceError(
            reasons.ERROR_REASON_SECRET_NOT_RELEASED, rule="allowed_hosts must name the host without a wildcard"
        )


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
