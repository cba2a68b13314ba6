"""The rules of the settings that credentials have for Tines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
    AWS_AUTHENTICATION_TYPE_ROLE,
    AwsAuthenticationType,
    Credential,
)
from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules import fields
from strongroom_server.rules.settings import Settings
from strongroom_server.rules.variants.table import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LARGEST_TTL: Final = (1 << 31) - 1
_REQUIRED_OF_AWS: Final[Mapping[AwsAuthenticationType.ValueType, tuple[str, ...]]] = {
    AWS_AUTHENTICATION_TYPE_ROLE: ("assumed_role_arn",),
    AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE: (),
}


def _bounds(settings: Credential.TinesSettings) -> Iterator[FieldViolation]:
    yield from fields.enumeration(
        "aws_authentication_type", settings.aws_authentication_type, AwsAuthenticationType.DESCRIPTOR
    )
    if not 0 <= settings.token_ttl_seconds <= _LARGEST_TTL:
        yield FieldViolation("token_ttl_seconds", f"must be 0 to {_LARGEST_TTL:,}")
    recipients = settings.notification_recipient_user_ids
    yield from fields.at_most("notification_recipient_user_ids", recipients)
    if any(recipient < 1 for recipient in recipients):
        yield FieldViolation("notification_recipient_user_ids", "must be numbers from 1")


def _required_of_aws(settings: Credential.TinesSettings) -> tuple[str, ...]:
    return _REQUIRED_OF_AWS.get(settings.aws_authentication_type, VARIANTS["aws"].required)


TINES_SETTINGS: Final = Settings(
    "tines_settings",
    Credential.TinesSettings,
    # These select the data that is used at AWS, and the identity.
    uses=("aws_authentication_type", "use_static_external_id"),
    others=("token_ttl_seconds", "expiry_notifications_enabled", "notification_recipient_user_ids"),
    output_only=("external_id",),
    bounds=_bounds,
    required_data={"aws": _required_of_aws},
)
