"""Decides which rights an API key may give to other keys and to identities: when it creates them, changes them and revokes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom.v1 import error_reason_pb2
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_INVOKER,
    ROLE_OPERATOR,
    ROLE_UNSPECIFIED,
    ROLE_USER,
    Role,
)
from strongroom_server.access import scopes
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.core.records import ApiKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from strongroom_server.access.caller import Caller
    from strongroom_server.access.scopes import Scope
    from strongroom_server.core.records import Identity

# The first signature format that covers grantable_roles.
_FIRST_FORMAT: Final = 3
_NO_WIDER: Final = "must not be wider than before: no key widens itself"


class _Rights(NamedTuple):
    """What a key or identity has, or the most that it may have. None means no bound."""

    roles: Collection[int]
    grantable_roles: Collection[int]
    team_ids: Collection[int] | None
    expire_time: datetime | None
    scope: Scope | None


def all_grantable(roles: Collection[int]) -> tuple[Role.ValueType, ...]:
    """All roles that a key with these roles may be given to grant: none without admin, and operator only with operator."""
    if ROLE_ADMIN not in roles:
        return ()
    return tuple(
        role for role in Role.values() if role != ROLE_UNSPECIFIED and (role != ROLE_OPERATOR or ROLE_OPERATOR in roles)
    )


def grantable_roles(key: ApiKey) -> Sequence[int]:
    """The roles that a key may grant. In older rows they are not signed: there, an admin key may grant all that it could then.

    The signature covers the format, so an attacker cannot make a new row look like an older one.
    """
    return key.grantable_roles if key.signature_format >= _FIRST_FORMAT else all_grantable(key.roles)


def still_grantable(grantable: Sequence[int], roles: Collection[int]) -> tuple[int, ...]:
    """Those of a key's grantable_roles that it may keep with these roles."""
    possible = all_grantable(roles)
    return tuple(role for role in grantable if role in possible)


def require_grant(caller: Caller, row: ApiKey | Identity) -> None:
    """Raises GRANT_NOT_ALLOWED unless the caller may create this key or identity."""
    _require(_violations(_bounds_of(caller), row))


def require_change(caller: Caller, before: ApiKey | Identity, after: ApiKey | Identity) -> None:
    """Raises GRANT_NOT_ALLOWED unless the caller may make this change to a key or identity.

    A caller may only narrow its own key. It may change another one if it could grant all that it has, its expire_time aside, and
    all that the change widens.
    """
    widened = _widened_fields(before, after)
    if before.id == caller.key_id:
        _require(FieldViolation(path, _NO_WIDER) for path in widened)
        return
    bounds = _bounds_of(caller)
    if any(not path.endswith(".expire_time") for path, _ in _violations(bounds, before)):
        what = "the key" if isinstance(before, ApiKey) else "the identity"
        _require(
            [FieldViolation("id", f"{what} has roles, grantable_roles, teams or a scope that the caller may not grant")]
        )
    _require(violation for violation in _violations(bounds, after) if violation.field in widened)


def require_revocation(caller: Caller, key: ApiKey) -> None:
    """Raises GRANT_NOT_ALLOWED if the key is an operator's and the caller is not an operator."""
    if ROLE_OPERATOR in key.roles and ROLE_OPERATOR not in caller.roles:
        _require([FieldViolation("id", "the key has the role operator: only an operator revokes it")])


def makes_admins(key: ApiKey) -> bool:
    """Whether a key can create admin keys for its whole organisation."""
    return not key.team_ids and ROLE_ADMIN in key.roles and ROLE_ADMIN in grantable_roles(key)


def admin_until(before: ApiKey, after: ApiKey, now: datetime) -> datetime | None:
    """When a key stops being the admin key that it is, if this change makes it stop earlier. Else None."""
    if ROLE_ADMIN not in before.roles or (before.expire_time is not None and before.expire_time <= now):
        return None
    if after.revoke_time is not None or ROLE_ADMIN not in after.roles:
        return now
    if makes_admins(before) and not makes_admins(after):
        return now
    ends_earlier = before.expire_time is None or (
        after.expire_time is not None and after.expire_time < before.expire_time
    )
    return after.expire_time if ends_earlier else None


def _bounds_of(caller: Caller) -> _Rights:
    roles = caller.grantable_roles
    if ROLE_USER in roles:
        # An invoker may do less. Keys that were created before the role existed do not name it.
        roles |= {ROLE_INVOKER}
    return _Rights(roles, roles, caller.team_ids, caller.expire_time, caller.scope)


def _rights_of(row: ApiKey | Identity) -> _Rights:
    # An identity grants nothing.
    grantable = grantable_roles(row) if isinstance(row, ApiKey) else ()
    return _Rights(row.roles, grantable, row.team_ids or None, row.expire_time, scopes.decode(row.scope))


def _widened_fields(before: ApiKey | Identity, after: ApiKey | Identity) -> set[str]:
    """The paths of the fields in which a change gives a key or identity more."""
    widened = {path for path, _ in _violations(_rights_of(before), after)}
    if not (isinstance(before, ApiKey) and isinstance(after, ApiKey)):
        return widened
    if before.jwt_audience and after.jwt_audience != before.jwt_audience:
        widened.add("api_key.jwt_audience")
    if before.max_token_age_seconds and not 0 < after.max_token_age_seconds <= before.max_token_age_seconds:
        widened.add("api_key.max_token_age")
    return widened


def _violations(bounds: _Rights, row: ApiKey | Identity) -> Iterator[FieldViolation]:
    """The fields in which a key or identity has more than the bounds."""
    path, own = "api_key" if isinstance(row, ApiKey) else "identity", _rights_of(row)
    if not set(own.roles) <= set(bounds.roles):
        yield FieldViolation(f"{path}.roles", f"must be among the caller's grantable_roles: {_names_of(bounds.roles)}")
    if not set(own.grantable_roles) <= set(bounds.grantable_roles):
        yield FieldViolation(
            f"{path}.grantable_roles",
            f"must be among the caller's grantable_roles: {_names_of(bounds.grantable_roles)}",
        )
    if bounds.team_ids is not None and not (own.team_ids and set(own.team_ids) <= set(bounds.team_ids)):
        yield FieldViolation(
            f"{path}.team_ids", "must name only teams that the caller's key is limited to, at least one"
        )
    if bounds.expire_time is not None and (own.expire_time is None or own.expire_time > bounds.expire_time):
        yield FieldViolation(
            f"{path}.expire_time", f"must be set, to at most the caller's own: {bounds.expire_time.isoformat()}"
        )
    for name in scopes.wider_fields(bounds.scope, own.scope):
        yield FieldViolation(f"{path}.scope.{name}", "must lie within the scope of the caller's key, and not be empty")


def _names_of(roles: Collection[int]) -> str:
    return ", ".join(name for name, role in Role.items() if role in roles) or "none"


def _require(violations: Iterable[FieldViolation]) -> None:
    """Raises GRANT_NOT_ALLOWED with the violations, if there are any."""
    if found := tuple(violations):
        raise ServiceError(error_reason_pb2.ERROR_REASON_GRANT_NOT_ALLOWED, found)
