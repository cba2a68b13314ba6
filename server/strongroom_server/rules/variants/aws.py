"""The rules of the variant aws. Which fields are required depends on the authentication type in Tines' settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_KEY,
    AWS_AUTHENTICATION_TYPE_ROLE,
    AWS_AUTHENTICATION_TYPE_UNSPECIFIED,
    AwsAuthenticationType,
    Credential,
    CredentialData,
)
from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules.variants.variant import Variant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_REQUIRED: Final[Mapping[AwsAuthenticationType.ValueType, tuple[str, ...]]] = {
    AWS_AUTHENTICATION_TYPE_UNSPECIFIED: ("access_key_id", "secret_access_key"),
    AWS_AUTHENTICATION_TYPE_KEY: ("access_key_id", "secret_access_key"),
    AWS_AUTHENTICATION_TYPE_ROLE: ("assumed_role_arn",),
}


def _required_fields(data: CredentialData, settings: Credential.TinesSettings) -> Iterator[FieldViolation]:
    for name in _REQUIRED.get(settings.aws_authentication_type, ()):
        if not data.aws.HasField(name):  # type: ignore[arg-type] # a literal of the table above
            yield FieldViolation(name, "is required")


AWS: Final = Variant(
    secrets=("secret_access_key",),
    uses=("access_key_id", "assumed_role_arn"),
    ids=("access_key_id", "assumed_role_arn"),
    further=_required_fields,
)
