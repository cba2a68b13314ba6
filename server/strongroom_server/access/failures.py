"""Defines the error of a failed authentication, and counts these errors by kind."""

from __future__ import annotations

from typing import Final, Literal, get_args

from prometheus_client import Counter

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError

Kind = Literal[
    "missing",
    "malformed",
    "unknown_key",
    "wrong_secret",
    "bad_token",
    "revoked",
    "expired",
    "wrong_network",
    "unknown_identity",
    "ambiguous_identity",
    "denied_identity",
    "expired_certificate",
    "wrong_purpose",
    "conflict",
]

FAILURES: Final = Counter("strongroom_authentication_failures", "Failed authentication by kind.", ("kind",))
# Show kinds that have not happened yet as 0.
for _kind in get_args(Kind):
    FAILURES.labels(_kind)


class AuthenticationFailed(ServiceError):
    """A request that could not be authenticated. The caller gets only the reason; `kind` is for metrics and the audit trail.

    `key_id` is the id that the request claims, or empty. `organisation_id` is the organisation of the key with this id, or of the
    issuer that the request's certificate or token lies in; empty if there is none. `principal` is the name in the certificate, or
    the issuer and subject of the token.
    """

    def __init__(
        self,
        kind: Kind,
        key_id: str = "",
        organisation_id: str = "",
        *,
        principal: str = "",
        reason: error_reason_pb2.ErrorReason.ValueType = error_reason_pb2.ERROR_REASON_API_KEY_INVALID,
        **metadata: str,
    ) -> None:
        super().__init__(reason, **metadata)
        self.kind = kind
        self.key_id = key_id
        self.organisation_id = organisation_id
        self.principal = principal
