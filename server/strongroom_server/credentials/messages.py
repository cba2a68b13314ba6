"""Translates between a credential's row and its message. Knows no SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from strongroom.v1.credential_pb2 import (
    CREDENTIAL_VERSION_STATE_DESTROYED,
    CREDENTIAL_VERSION_STATE_KEPT,
    READ_ACCESS_TEAM,
    Credential,
    CredentialData,
    CredentialVersion,
    CredentialWarning,
    Violation,
)
from strongroom_server.core.timestamps import put, timestamp
from strongroom_server.rules import fields
from strongroom_server.rules.state import stored_violations
from strongroom_server.rules.surfaces import SETTINGS
from strongroom_server.rules.use_settings import USE_SETTINGS
from strongroom_server.rules.variants.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from strongroom_server.core import records
    from strongroom_server.rules.surfaces import Surface


class Policy(TypedDict):
    """The columns that a request can set, without settings and secret data."""

    provider: int
    name: str
    slug: str
    description: str
    metadata_json: str
    allowed_hosts: Sequence[str]
    read_access: int
    team_id: int | None
    folder_id: int | None
    shared_team_ids: Sequence[int]
    redact_fields: Sequence[str]
    expire_time: datetime | None
    reminder_time: datetime | None
    labels: Sequence[str]


def policy_of(credential: Credential, shared_team_ids: Sequence[int]) -> Policy:
    """The policy columns of a checked message."""
    return Policy(
        provider=credential.provider,
        name=credential.name,
        slug=fields.slug_of(credential.name),
        description=credential.description,
        metadata_json=credential.metadata_json or "{}",
        allowed_hosts=tuple(credential.allowed_hosts),
        read_access=credential.read_access or READ_ACCESS_TEAM,
        team_id=credential.team_id or None,
        folder_id=credential.folder_id or None,
        shared_team_ids=tuple(shared_team_ids),
        redact_fields=tuple(credential.redact_fields),
        expire_time=_optional_time(credential, "expire_time"),
        reminder_time=_optional_time(credential, "reminder_time"),
        labels=_labels_of(credential),
    )


def settings_of(
    credential: Credential, variant: str, surface: Surface, present: Credential | None = None
) -> dict[str, Any]:
    """The columns of the settings of a checked message. `present` is the message before an update."""
    columns = dict.fromkeys(SETTINGS, b"")
    if credential.HasField("use_settings"):
        columns[USE_SETTINGS.name] = USE_SETTINGS.column_of(credential, None, {})
    if surface.settings is not None:
        generators = surface.generated_settings.get(variant, {})
        columns[surface.settings.name] = surface.settings.column_of(credential, present, generators)
    return columns


def message_of(
    stored: records.StoredCredential, data: CredentialData | None = None, make: Callable[..., Credential] = Credential
) -> Credential:
    """The message of a row, with the data that the caller may see. `make` creates the message, for example in a list."""
    row = stored.row
    message = make()
    # Assignments take a quarter less time than keyword arguments, which counts for a page of 50.
    message.id = str(row.id)
    message.number = row.number
    message.organisation_id = row.organisation_id
    message.surface = row.surface  # type: ignore[assignment] # an enumeration's number
    message.name = row.name
    message.slug = row.slug
    message.variant = row.variant
    message.state = row.state  # type: ignore[assignment] # an enumeration's number
    message.metadata_json = row.metadata_json
    message.read_access = row.read_access  # type: ignore[assignment] # an enumeration's number
    message.version = row.version
    message.etag = str(row.revision)
    put(message.create_time, row.create_time)
    put(message.update_time, row.update_time)
    if data is not None:
        message.data.CopyFrom(data)
    _set_optional_fields(message, row)
    _set_related_fields(message, row, stored)
    return message


def echo(stored: records.StoredCredential, sent: CredentialData) -> Credential:
    """The message of a credential with the data that a request has sent for it, redacted."""
    message = message_of(stored, sent)
    redact(message.data, stored.row.redact_fields)
    return message


def _set_optional_fields(message: Credential, row: records.Credential) -> None:
    """Set the fields that are empty in most credentials. Assigning an empty value costs as much time as any other."""
    if row.provider:
        message.provider = row.provider  # type: ignore[assignment] # an enumeration's number
    if row.team_id:
        message.team_id = row.team_id
    if row.folder_id:
        message.folder_id = row.folder_id
    if row.description:
        message.description = row.description
    if row.allowed_hosts:
        message.allowed_hosts.extend(row.allowed_hosts)
    if row.redact_fields:
        message.redact_fields.extend(row.redact_fields)
    if row.expire_time:
        put(message.expire_time, row.expire_time)
    if row.reminder_time:
        put(message.reminder_time, row.reminder_time)
    if row.delete_time:
        put(message.delete_time, row.delete_time)
    if row.labels:
        message.labels.update(zip(row.labels[::2], row.labels[1::2], strict=False))
    for name, settings in SETTINGS.items():
        if getattr(row, name):
            settings.show(row, message)


def _set_related_fields(message: Credential, row: records.Credential, stored: records.StoredCredential) -> None:
    if stored.shared_team_slugs:
        message.shared_team_slugs.extend(stored.shared_team_slugs)
    if row.violations:
        message.violations.extend(
            Violation(field=violation.field, description=violation.rule) for violation in stored_violations(row)
        )
    if row.warnings:
        message.warnings.extend(
            CredentialWarning(field=name, description=text)
            for name, text in zip(row.warnings[::2], row.warnings[1::2], strict=False)
        )
    if row.certificate_expire_time:
        put(message.certificate_expire_time, row.certificate_expire_time)
    if row.live_credential_id is not None:
        message.live_credential_id = str(row.live_credential_id)
    if (test := stored.test_credential) is not None:
        message.test_credential.id = str(test.id)
        message.test_credential.number = test.number
        message.test_credential.enabled = test.enabled
        put(message.test_credential.create_time, test.create_time)
        put(message.test_credential.update_time, test.update_time)


def set_purge_time(message: Credential, row: records.Credential, undelete_window: timedelta) -> None:
    """Set the time at which the sweeper removes a deleted credential."""
    if row.delete_time is not None:
        put(message.purge_time, row.delete_time + undelete_window)


def version_message(version: records.Version) -> CredentialVersion:
    """The message of a version."""
    return CredentialVersion(
        version=version.version,
        state=CREDENTIAL_VERSION_STATE_KEPT if version.destroy_time is None else CREDENTIAL_VERSION_STATE_DESTROYED,
        variant=version.variant,
        create_time=timestamp(version.create_time),
        creator_key_id=version.creator_key_id,
        destroy_time=timestamp(version.destroy_time),
    )


def _labels_of(credential: Credential) -> Sequence[str]:
    labels = credential.labels
    return tuple(part for label in sorted(labels.items()) for part in label) if labels else ()


def _optional_time(credential: Credential, name: str) -> datetime | None:
    if not credential.HasField(name):  # type: ignore[arg-type] # one of two literals
        return None
    return fields.time(f"credential.{name}", getattr(credential, name))
