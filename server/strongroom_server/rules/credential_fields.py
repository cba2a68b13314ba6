"""Checks the fields of a Credential that requests set, by the rules of its surface. Knows no storage."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from strongroom.v1.credential_pb2 import (
    PROVIDER_UNSPECIFIED,
    READ_ACCESS_SPECIFIC_TEAMS,
    Credential,
    Provider,
    ReadAccess,
)
from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules import fields, hosts, json_text
from strongroom_server.rules.surfaces import SETTINGS, SURFACES, Surface
from strongroom_server.rules.use_settings import USE_SETTINGS
from strongroom_server.rules.variants.table import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    Rule = Callable[[Credential, Surface, datetime], Iterator[FieldViolation]]

_LONGEST_DESCRIPTION: Final = 4_096
_LARGEST_METADATA_BYTES: Final = 16 * 1024
_LARGEST_DATA_BYTES: Final = 64 * 1024
_MOST_LABELS: Final = 64
_LABEL_KEY: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}", re.ASCII)
_LABEL_VALUE: Final = re.compile(r"[a-z0-9_-]{0,63}", re.ASCII)


def data_bounds(credential: Credential, surface: Surface) -> Iterator[FieldViolation]:
    """Secret data must be of one of the surface's variants and within its bounds."""
    sent = credential.data
    path = "credential.data"
    variant = sent.WhichOneof("variant")
    if variant is None:
        yield FieldViolation(path, "must have exactly one variant")
        return
    if variant not in surface.variants:
        yield FieldViolation(f"{path}.{variant}", "is not a variant of this surface")
    if sent.ByteSize() > _LARGEST_DATA_BYTES:
        yield FieldViolation(f"{path}.{variant}", "must be at most 64 KiB")
        return
    if (bounds := VARIANTS[variant].bounds) is not None:
        for violation in bounds(sent):
            yield FieldViolation(f"{path}.{variant}.{violation.field}", violation.rule)
    if sent.extra_json and (rule := json_text.broken_rule(sent.extra_json)):
        yield FieldViolation(f"{path}.extra_json", rule)


def metadata(credential: Credential, paths: Iterable[str], surface: Surface, now: datetime) -> Iterator[FieldViolation]:
    """The fields at these paths, which are keys of METADATA_RULES, must keep their rules."""
    present = {field.name for field, _ in credential.ListFields()}
    for path in paths:
        if path in present or path in _CHECKED_WHEN_UNSET:
            yield from METADATA_RULES[path](credential, surface, now)


def _name(credential: Credential, surface: Surface, _: datetime) -> Iterator[FieldViolation]:
    shortest = 0 if surface.name_may_be_empty else 1
    return fields.text("credential.name", credential.name, fields.LONGEST_NAME, shortest=shortest)


def _provider(credential: Credential, surface: Surface, _: datetime) -> Iterator[FieldViolation]:
    if surface.provider_required and credential.provider == PROVIDER_UNSPECIFIED:
        yield FieldViolation("credential.provider", f"is required at {surface.name}")
    yield from fields.enumeration("credential.provider", credential.provider, Provider.DESCRIPTOR)


def _description(credential: Credential, _: Surface, _now: datetime) -> Iterator[FieldViolation]:
    return fields.text("credential.description", credential.description, _LONGEST_DESCRIPTION)


def _metadata_json(credential: Credential, _: Surface, _now: datetime) -> Iterator[FieldViolation]:
    path = "credential.metadata_json"
    if len(credential.metadata_json.encode()) > _LARGEST_METADATA_BYTES:
        yield FieldViolation(path, "must be at most 16 KiB")
    elif credential.metadata_json and (rule := json_text.broken_rule(credential.metadata_json)):
        yield FieldViolation(path, rule)


def _allowed_hosts(credential: Credential, _: Surface, _now: datetime) -> Iterator[FieldViolation]:
    path = "credential.allowed_hosts"
    yield from fields.at_most(path, credential.allowed_hosts)
    for index, pattern in enumerate(credential.allowed_hosts[: fields.MOST_ELEMENTS]):
        if hosts.has_broken_port(pattern):
            yield FieldViolation(f"{path}[{index}]", "must have a port from 1 to 65535 after the colon")
        elif not hosts.is_pattern(pattern):
            yield FieldViolation(
                f"{path}[{index}]",
                "must be a DNS name or IPv4 address, with * as wildcard and with or without a port, without scheme and path",
            )


def _read_access(credential: Credential, _: Surface, _now: datetime) -> Iterator[FieldViolation]:
    return fields.enumeration("credential.read_access", credential.read_access, ReadAccess.DESCRIPTOR)


def _team_id(credential: Credential, _: Surface, _now: datetime) -> Iterator[FieldViolation]:
    return fields.number("credential.team_id", credential.team_id)


def _folder_id(credential: Credential, _: Surface, _now: datetime) -> Iterator[FieldViolation]:
    yield from fields.number("credential.folder_id", credential.folder_id)
    if credential.folder_id and not credential.team_id:
        yield FieldViolation("credential.folder_id", "must be empty without a team")


def _shared_team_slugs(credential: Credential, _: Surface, _now: datetime) -> Iterator[FieldViolation]:
    path = "credential.shared_team_slugs"
    specific = credential.read_access == READ_ACCESS_SPECIFIC_TEAMS
    if specific and not credential.shared_team_slugs:
        yield FieldViolation(path, "is required with READ_ACCESS_SPECIFIC_TEAMS")
    if not specific and credential.shared_team_slugs:
        yield FieldViolation(path, "must be empty unless read_access is READ_ACCESS_SPECIFIC_TEAMS")
    yield from fields.texts(path, credential.shared_team_slugs)


def _redact_fields(credential: Credential, _: Surface, _now: datetime) -> Iterator[FieldViolation]:
    return fields.texts("credential.redact_fields", credential.redact_fields)


def _expire_time(credential: Credential, _: Surface, now: datetime) -> Iterator[FieldViolation]:
    if credential.HasField("expire_time"):
        path = "credential.expire_time"
        yield from fields.future(path, fields.time(path, credential.expire_time), now)


def _reminder_time(credential: Credential, _: Surface, _now: datetime) -> Iterator[FieldViolation]:
    if credential.HasField("reminder_time"):
        fields.time("credential.reminder_time", credential.reminder_time)
    return iter(())


def _labels(credential: Credential, _: Surface, _now: datetime) -> Iterator[FieldViolation]:
    if len(credential.labels) > _MOST_LABELS:
        yield FieldViolation("credential.labels", f"must have at most {_MOST_LABELS} labels")
    elif not all(map(_LABEL_KEY.fullmatch, credential.labels)):
        # The key is not named: it can be longer than an error may be.
        yield FieldViolation(
            "credential.labels", "must have keys of 1 to 63 of the characters a-z 0-9 _ - that start with a letter"
        )
    else:
        for key, value in credential.labels.items():
            if not _LABEL_VALUE.fullmatch(value):
                yield FieldViolation(f"credential.labels[{key}]", "must be at most 63 of the characters a-z 0-9 _ -")


def _settings(name: str) -> Rule:
    def violations(credential: Credential, surface: Surface, _: datetime) -> Iterator[FieldViolation]:
        if surface.settings is not None and surface.settings.name == name:
            yield from surface.settings.violations(credential)
        elif credential.HasField(name):  # type: ignore[arg-type] # the name of a field
            names = [each.name for each in SURFACES.values() if each.settings and each.settings.name == name]
            yield FieldViolation(f"credential.{name}", f"must be empty unless the surface is {' or '.join(names)}")

    return violations


# The rules of each field that a create or an update can set, other than `data`.
METADATA_RULES: Final[dict[str, Rule]] = {
    "name": _name,
    "provider": _provider,
    "description": _description,
    "metadata_json": _metadata_json,
    "allowed_hosts": _allowed_hosts,
    "read_access": _read_access,
    "team_id": _team_id,
    "folder_id": _folder_id,
    "shared_team_slugs": _shared_team_slugs,
    "redact_fields": _redact_fields,
    "expire_time": _expire_time,
    "reminder_time": _reminder_time,
    "labels": _labels,
    "use_settings": lambda credential, _surface, _now: USE_SETTINGS.violations(credential),
    **{name: _settings(name) for name in SETTINGS if name != USE_SETTINGS.name},
}
# The fields whose rules can be broken by leaving the field unset.
_CHECKED_WHEN_UNSET: Final = frozenset({"name", "provider", "shared_team_slugs"})
