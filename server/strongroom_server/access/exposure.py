"""Decides which changes of a credential expose its stored secrets further, and who may make them. Knows no storage.

A caller without the role `user` cannot read a secret, so it must not send one elsewhere: such a change must send every secret field
again in the same request. A caller with the role may make the change: an API key that may change a credential may also access it.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from strongroom.v1 import error_reason_pb2
from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, READ_ACCESS_SPECIFIC_TEAMS, READ_ACCESS_TEAM
from strongroom.v1.organisation_service_pb2 import ROLE_USER
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.rules import hosts
from strongroom_server.rules.surfaces import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping, Sequence

    from strongroom_server.access.caller import Caller
    from strongroom_server.core import records
    from strongroom_server.rules.settings import Settings


@dataclass(frozen=True, slots=True)
class Guard:
    """Says whether a change exposes secrets further, given the row before and after, and which rule it breaks then."""

    exposes: Callable[[records.Credential, records.Credential], bool]
    rule: str


_UNLESS: Final = "unless every secret field is sent again"
_MUST_STAY: Final = f"must not change {_UNLESS}"
_READ_ACCESS_ORDER: Final = (READ_ACCESS_TEAM, READ_ACCESS_SPECIFIC_TEAMS, READ_ACCESS_GLOBAL)


def _allows_more(before: Collection[Hashable], after: Collection[Hashable], excepted: Collection[Hashable]) -> bool:
    """Whether a list allows what the other does not. An empty list allows everything but what is excepted."""
    if not before:
        return not set(after).isdisjoint(excepted)
    return not after or not set(after) <= set(before)


def _more_hosts(before: records.Credential, after: records.Credential) -> bool:
    # Names are compared as text, so fewer matches of a wildcard do not count. An empty list allows a caller that reads the secret
    # everything, and others nothing: nothing is forwarded, and an invoker has nothing authorised. So any host is more.
    named = {hosts.canonical(pattern) for pattern in before.allowed_hosts}
    others = {hosts.canonical(pattern) for pattern in after.allowed_hosts}
    return not others <= named or (bool(named) and not others)


def _wider_read_access(before: records.Credential, after: records.Credential) -> bool:
    return _READ_ACCESS_ORDER.index(after.read_access) > _READ_ACCESS_ORDER.index(before.read_access)


def _more_teams(before: records.Credential, after: records.Credential) -> bool:
    # With GLOBAL every team already has access.
    if before.read_access == READ_ACCESS_GLOBAL:
        return False
    return not set(after.shared_team_ids) <= set(before.shared_team_ids)


def _shows_more(before: records.Credential, after: records.Credential) -> bool:
    return before.variant == "key_values" and not set(before.redact_fields) <= set(after.redact_fields)


def _guard(settings: Settings, name: str) -> Guard | None:
    """The guard of a field of a settings message, by the list that it is in."""
    if name in settings.uses:
        return Guard(_comparing(settings, name, operator.ne), _MUST_STAY)
    if name in settings.limits:
        exposes = partial(_allows_more, excepted=settings.limits[name])
        return Guard(_comparing(settings, name, exposes), f"must not allow more {_UNLESS}")
    return None


def _comparing(
    settings: Settings, name: str, exposes: Callable[[Any, Any], bool]
) -> Callable[[records.Credential, records.Credential], bool]:
    def compare(before: records.Credential, after: records.Credential) -> bool:
        if getattr(before, settings.name) == getattr(after, settings.name):
            return False
        return exposes(getattr(settings.of(before), name), getattr(settings.of(after), name))

    return compare


# Every field of a Credential that a request can set, without those of `data`, whose rules are in rules/variants. None means that
# no change of the field exposes secrets.
FIELDS: Final[Mapping[str, Guard | None]] = {
    "name": None,
    "provider": None,
    "description": None,
    "metadata_json": None,
    "allowed_hosts": Guard(_more_hosts, f"must only name fewer hosts {_UNLESS}"),
    "read_access": Guard(_wider_read_access, f"must not be wider {_UNLESS}"),
    "team_id": Guard(lambda before, after: before.team_id != after.team_id, _MUST_STAY),
    "folder_id": None,
    "shared_team_slugs": Guard(_more_teams, f"must not name more teams {_UNLESS}"),
    "redact_fields": Guard(_shows_more, "must keep the keys that it names, unless the values are sent again"),
    "expire_time": None,
    "reminder_time": None,
    "labels": None,
    "live_credential_id": Guard(
        lambda before, after: before.live_credential_id != after.live_credential_id, _MUST_STAY
    ),
    "test_credential.enabled": None,
    **{
        f"{settings.name}.{name}": _guard(settings, name)
        for settings in SETTINGS.values()
        for name in settings.settable
    },
}
# Who may use a credential, and where its secrets may go.
_COPIED: Final = ("allowed_hosts", "read_access", "team_id", "shared_team_slugs")
_GUARDS: Final = tuple((name, guard) for name, guard in FIELDS.items() if guard)


def may_use_stored_secrets(caller: Caller) -> bool:
    """Whether the caller may expose the stored secrets of a credential that it may change."""
    return ROLE_USER in caller.roles


def require_secrets(
    caller: Caller,
    before: records.Credential,
    after: records.Credential,
    *,
    changed_uses: Sequence[str] = (),
    keeps_secrets: bool = True,
) -> bool:
    """Check a change of a credential, given its row before and after. Raises SECRET_REQUIRED.

    `changed_uses` are the fields of the arm that change and say how its secrets are used. `keeps_secrets` says whether a stored
    secret remains that the request does not send.

    Returns whether the policy becomes wider than the caller may make it for older versions, whose secrets the request has not sent.
    """
    if may_use_stored_secrets(caller):
        return False
    exposing = [name for name, guard in _GUARDS if guard.exposes(before, after)]
    if keeps_secrets and (exposing or changed_uses):
        raise secret_required(
            *(FieldViolation(f"credential.{name}", guard.rule) for name, guard in _GUARDS if name in exposing),
            *(FieldViolation(f"credential.data.{before.variant}.{name}", _MUST_STAY) for name in changed_uses),
        )
    # Each version stays redacted by its own redact_fields.
    return any(name != "redact_fields" for name in exposing)


def require_as_narrow(caller: Caller, source: records.Credential, copy: records.Credential) -> None:
    """Check a new credential that gets the stored secrets of another one, with which it is used alike. Raises SECRET_REQUIRED."""
    if may_use_stored_secrets(caller):
        return
    exposing = [name for name in _COPIED if (guard := FIELDS[name]) and guard.exposes(source, copy)]
    if copy.team_id is None or source.read_access == READ_ACCESS_GLOBAL:
        # Every team has access already, or none gets it.
        exposing = [name for name in exposing if name != "team_id"]
    if exposing:
        rule = "must not allow more than the credential whose secrets it gets, unless the caller has the role user"
        raise secret_required(*(FieldViolation(f"credential.{name}", rule) for name in exposing))


def secret_required(*violations: FieldViolation) -> ServiceError:
    """The error of a change that would expose stored secrets further."""
    return ServiceError(error_reason_pb2.ERROR_REASON_SECRET_REQUIRED, violations)
