"""Declares the settings that only Tines' credentials have, `tines_settings` in our message, and shows them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, TypedDict

from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
    AWS_AUTHENTICATION_TYPE_KEY,
    AWS_AUTHENTICATION_TYPE_ROLE,
)
from strongroom_server.gateway.members import BOOLEAN, NUMBERS, Member, choice, integer

if TYPE_CHECKING:
    from strongroom.v1.credential_pb2 import Credential

_AWS_TYPES = MappingProxyType(
    {
        "KEY": AWS_AUTHENTICATION_TYPE_KEY,
        "ROLE": AWS_AUTHENTICATION_TYPE_ROLE,
        "INSTANCE_PROFILE": AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
    }
)
_AWS_TYPE_NAMES = MappingProxyType({value: name for name, value in _AWS_TYPES.items()})

TTL = Member(
    "http_request_ttl",
    integer(0, (1 << 31) - 1),
    "In seconds. An update without it sets it to null.",
    "tines_settings.token_ttl_seconds",
)
AWS_AUTHENTICATION_TYPE = Member(
    "aws_authentication_type", choice("AwsAuthenticationType", _AWS_TYPES), "", "tines_settings.aws_authentication_type"
)
USE_STATIC_EXTERNAL_ID = Member("use_static_external_id", BOOLEAN, "", "tines_settings.use_static_external_id")
NOTIFICATIONS = Member("expiry_notifications_enabled", BOOLEAN, "", "tines_settings.expiry_notifications_enabled")
RECIPIENTS = Member(
    "credential_notification_recipient_user_ids", NUMBERS, "", "tines_settings.notification_recipient_user_ids"
)


class Settings(TypedDict):
    """The members of a response that show the settings."""

    aws_assumed_role_external_id: str | None
    aws_authentication_type: str | None
    use_static_external_id: bool
    expiry_notifications_enabled: bool
    credential_notification_recipient_user_ids: list[int]


def settings_of(credential: Credential) -> Settings:
    """The settings as Tines shows them."""
    settings = credential.tines_settings
    return {
        "aws_assumed_role_external_id": settings.external_id or None,
        "aws_authentication_type": _AWS_TYPE_NAMES.get(settings.aws_authentication_type),
        "use_static_external_id": settings.use_static_external_id,
        "expiry_notifications_enabled": settings.expiry_notifications_enabled,
        "credential_notification_recipient_user_ids": list(settings.notification_recipient_user_ids),
    }
