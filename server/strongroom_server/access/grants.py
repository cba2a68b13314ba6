"""Owns what an API key may grant: to keys that it makes, and to keys that it changes. Knows no storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom.v1 import error_reason_pb2
from strongroom.v1.organisation_service_pb2 import ROLE_ADMIN, ROLE_OPERATOR, ROLE_UNSPECIFIED, Role
from strongroom_server.core.errors import FieldViolation, ServiceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import ApiKey

# The first signature format that covers grantable_roles.
_FIRST_FORMAT: Final = 3
_EXPIRE_TIME: Final = "api_key.expire_time"
_NO_WIDER: Final = "must not be wider than before: no key widens itself"


class _Bounds(NamedTuple):
    """What a key may have at most. None is no bound."""

    roles: Collection[int]
    grantable_roles: Collection[int]
    team_ids: Collection[int] | None
    expire_time: datetime | None


def every_grant(roles: Collection[int]) -> tuple[int, ...]:
    """What the first key of an organisation may grant: every role, operator only if it has it; nothing without admin."""
    if ROLE_ADMIN not in roles:
        return ()
    return tuple(
        role for role in Role.values() if role != ROLE_UNSPECIFIED and (role != ROLE_OPERATOR or ROLE_OPERATOR in roles)
    )


def grantable_roles(key: ApiKey) -> Sequence[int]:
    """The roles that a key may grant. An older row does not sign them: it grants what every admin key could grant then.

    The format is signed, so a changed format breaks the signature.
    """
    return key.grantable_roles if key.signature_format >= _FIRST_FORMAT else every_grant(key.roles)


def grants_left(grantable: Sequence[int], roles: Collection[int]) -> tuple[int, ...]:
    """What a key with these roles may keep of its grantable_roles."""
    possible = every_grant(roles)
    return tuple(role for role in grantable if role in possible)


def require_grant(caller: Caller, key: ApiKey) -> None:
    """Raises GRANT_NOT_ALLOWED unless the caller may make this key."""
    _refuse(_beyond(_of_caller(caller), key))


def require_change(caller: Caller, before: ApiKey, after: ApiKey) -> None:
    """Raises GRANT_NOT_ALLOWED unless the caller may change a key so.

    Its own key it may only narrow. Another key must have nothing that the caller could not grant, but for its expire_time, and
    what the change widens must be within what the caller may grant.
    """
    widened = _widened(before, after)
    if before.id == caller.key_id:
        _refuse((path, _NO_WIDER) for path in widened)
        return
    bounds = _of_caller(caller)
    if any(path != _EXPIRE_TIME for path, _ in _beyond(bounds, before)):
        _refuse([("id", "the key has roles, grantable_roles or teams that the caller may not grant")])
    _refuse((path, rule) for path, rule in _beyond(bounds, after) if path in widened)


def makes_admins(key: ApiKey) -> bool:
    """Whether a key can make admin keys of its whole organisation."""
    return not key.team_ids and ROLE_ADMIN in key.roles and ROLE_ADMIN in grantable_roles(key)


def disarmed_at(before: ApiKey, after: ApiKey, now: datetime) -> datetime | None:
    """The time from which a change takes an admin key from its organisation. None: the change takes none."""
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


def require_revocation(caller: Caller, key: ApiKey) -> None:
    """Raises GRANT_NOT_ALLOWED for an operator's key, unless the caller is an operator."""
    if ROLE_OPERATOR in key.roles and ROLE_OPERATOR not in caller.roles:
        _refuse([("id", "the key has the role operator: only an operator revokes it")])


def _of_caller(caller: Caller) -> _Bounds:
    return _Bounds(caller.grantable_roles, caller.grantable_roles, caller.team_ids, caller.expire_time)


def _widened(before: ApiKey, after: ApiKey) -> set[str]:
    """The paths of the fields in which a key is wider after a change."""
    bounds = _Bounds(before.roles, grantable_roles(before), before.team_ids or None, before.expire_time)
    widened = {path for path, _ in _beyond(bounds, after)}
    if before.jwt_audience and after.jwt_audience != before.jwt_audience:
        widened.add("api_key.jwt_audience")
    if before.max_token_age_seconds and not 0 < after.max_token_age_seconds <= before.max_token_age_seconds:
        widened.add("api_key.max_token_age")
    return widened


def _beyond(bounds: _Bounds, key: ApiKey) -> Iterator[tuple[str, str]]:
    """The fields in which a key is beyond the bounds, with the rules that they break."""
    if not set(key.roles) <= set(bounds.roles):
        yield "api_key.roles", f"must be among the caller's grantable_roles: {_named(bounds.roles)}"
    if not set(grantable_roles(key)) <= set(bounds.grantable_roles):
        yield "api_key.grantable_roles", f"must be among the caller's grantable_roles: {_named(bounds.grantable_roles)}"
    if bounds.team_ids is not None and not (key.team_ids and set(key.team_ids) <= set(bounds.team_ids)):
        yield "api_key.team_ids", "must name only teams that the caller's key is limited to, at least one"
    if bounds.expire_time is not None and (key.expire_time is None or key.expire_time > bounds.expire_time):
        yield _EXPIRE_TIME, f"must be set, to at most the caller's own: {bounds.expire_time.isoformat()}"


def _named(roles: Collection[int]) -> str:
    return ", ".join(name for name, role in Role.items() if role in roles) or "none"


def _refuse(violations: Iterator[tuple[str, str]] | Sequence[tuple[str, str]]) -> None:
    if found := tuple(FieldViolation(*violation) for violation in violations):
        raise ServiceError(error_reason_pb2.ERROR_REASON_GRANT_NOT_ALLOWED, found)
