"""The rules of the settings that credentials have for Tines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import uuid4

from strongroom.v1.credential_pb2 import AWS_AUTHENTICATION_TYPE_UNSPECIFIED, AwsAuthenticationType, Credential
from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules import fields
from strongroom_server.rules.surfaces import SURFACES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom_server.rules.surfaces import Surface

FIELD: Final = "tines_settings"
# The fields that an update mask may name.
PATHS: Final = frozenset(
    f"{FIELD}.{field.name}" for field in Credential.TinesSettings.DESCRIPTOR.fields if field.name != "external_id"
)

_LARGEST_TTL: Final = (1 << 31) - 1
_PATH: Final = f"credential.{FIELD}"


def settings_violations(credential: Credential, surface: Surface) -> Iterator[FieldViolation]:
    """The settings must be in bounds, and the surface must have such settings."""
    settings = credential.tines_settings
    if credential.HasField("tines_settings") and not surface.tines_settings:
        names = [each.name for each in SURFACES.values() if each.tines_settings]
        yield FieldViolation(_PATH, f"must be empty unless the surface is {' or '.join(names)}")
    yield from fields.enumeration(
        f"{_PATH}.aws_authentication_type", settings.aws_authentication_type, AwsAuthenticationType.DESCRIPTOR
    )
    if not 0 <= settings.token_ttl_seconds <= _LARGEST_TTL:
        yield FieldViolation(f"{_PATH}.token_ttl_seconds", f"must be 0 to {_LARGEST_TTL:,}")
    recipients = settings.notification_recipient_user_ids
    yield from fields.at_most(f"{_PATH}.notification_recipient_user_ids", recipients)
    if any(recipient < 1 for recipient in recipients):
        yield FieldViolation(f"{_PATH}.notification_recipient_user_ids", "must be numbers from 1")


def aws_violations(variant: str, surface: Surface, settings: Credential.TinesSettings) -> Iterator[FieldViolation]:
    """An AWS credential must have an authentication type where its surface requires one."""
    unset = settings.aws_authentication_type == AWS_AUTHENTICATION_TYPE_UNSPECIFIED
    if unset and variant == "aws" and surface.aws_authentication_type_required:
        yield FieldViolation(f"{_PATH}.aws_authentication_type", f"is required for aws at {surface.name}")


def external_id_of(variant: str, surface: Surface, present: str = "") -> str:
    """The external id for AWS: the present one, a new one where the surface has external ids, or empty."""
    return present or (str(uuid4()) if variant == "aws" and surface.aws_external_id else "")


def stored_settings(credential: Credential, external_id: str) -> bytes:
    """The settings for the row: as in the message, with the server's external id."""
    if not external_id and not credential.HasField("tines_settings"):
        return b""
    settings = Credential.TinesSettings()
    settings.CopyFrom(credential.tines_settings)
    settings.external_id = external_id
    return settings.SerializeToString(deterministic=True)
