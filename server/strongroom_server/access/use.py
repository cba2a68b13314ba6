"""Decides whether a caller may use a credential's secret for a host. Every use of a secret must ask this module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, READ_ACCESS_SPECIFIC_TEAMS
from strongroom.v1.organisation_service_pb2 import ROLE_USER
from strongroom_server.access import scopes
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.rules import hosts
from strongroom_server.rules.state import stored_violations, stored_warnings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Credential

# What the caller gets: the secret data, a token, what is added to a request, or the response to a request.
Kind = Literal["data", "token", "authorization", "response"]

# The secret itself of these variants goes into a request, in place of a token or a signature.
BARE_SECRETS: Final = frozenset({"access_token", "api_id_key", "api_key", "basic_auth", "key_values", "raw", "text"})
# A shorter secret cannot be told from other text in a response, and is not looked for.
SHORTEST_SECRET: Final = 8


def require_use(
    caller: Caller,
    row: Credential,
    target_host: str,
    kind: Kind = "data",
    *,
    allow_invalid: bool = False,
    invoker_domains: Sequence[str] = (),
    now: datetime | None = None,
) -> None:
    """Raises ServiceError unless the caller may use the credential for the host. `allow_invalid` is for the kind `data` alone.

    `invoker_domains` are the domains below which a caller without the role user may have a bare secret sent to hosts that only a
    wildcard of allowed_hosts matches. `now` is required for client certificates.

    The row must be verified. The SQL that read it has decided what depends on other rows and on the clock: that it is neither
    deleted nor expired, and that a test credential still has its live credential.
    """
    if not _is_readable(caller, row):
        raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
    is_invoker = ROLE_USER not in caller.roles
    # Without allowed_hosts the caller would choose where the secret goes.
    if not row.allowed_hosts and (kind == "response" or (kind == "authorization" and is_invoker)):
        raise ServiceError(reasons.ERROR_REASON_HOSTS_REQUIRED)
    if row.allowed_hosts and not (target_host and hosts.is_allowed(row.allowed_hosts, target_host)):
        raise ServiceError(reasons.ERROR_REASON_HOST_NOT_ALLOWED)
    if row.violations and not (allow_invalid and kind == "data"):
        raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_INVALID, stored_violations(row))
    if kind != "data" and (warnings := (*stored_warnings(row), *_expiry_warnings(row, now))):
        raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_UNUSABLE, warnings)
    if is_invoker:
        _require_release(row, target_host, kind, invoker_domains)


def require_long_secret(caller: Caller, secret: str) -> None:
    """Raises SECRET_NOT_RELEASED if a caller without the role user would have a bare secret sent that is too short to be found in
    the response.
    """
    if ROLE_USER not in caller.roles and len(secret.encode()) < SHORTEST_SECRET:
        raise _not_released(f"it must have at least {SHORTEST_SECRET} bytes, so that it is found in a response")


def _require_release(row: Credential, host: str, kind: Kind, invoker_domains: Sequence[str]) -> None:
    """Raises SECRET_NOT_RELEASED if a caller that cannot read the secret would get it, or have it sent where it chooses."""
    if kind == "data":
        raise _not_released("it needs the role user")
    # A bare secret makes no token.
    if kind == "token" or row.variant not in BARE_SECRETS:
        return
    if kind == "authorization":
        raise _not_released("forward the request instead")
    # Behind a wildcard anybody may have a host that returns what it receives.
    exact = [pattern for pattern in row.allowed_hosts if "*" not in pattern]
    if not hosts.is_allowed(exact, host) and not hosts.is_below(invoker_domains, host):
        raise _not_released("allowed_hosts must name the host without a wildcard")


def _expiry_warnings(row: Credential, now: datetime | None) -> Iterator[FieldViolation]:
    if row.certificate_expire_time is not None:
        assert now is not None
        if row.certificate_expire_time <= now:
            yield FieldViolation("data.mtls.client_certificate", "has expired")


def _not_released(rule: str) -> ServiceError:
    return ServiceError(reasons.ERROR_REASON_SECRET_NOT_RELEASED, rule=rule)


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
