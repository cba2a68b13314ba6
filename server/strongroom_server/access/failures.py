"""Owns failed authentication: the error that says what failed, to the service alone, and how often each kind happened."""

from __future__ import annotations

from typing import Final, Literal, get_args

from prometheus_client import Counter

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError

Kind = Literal["missing", "malformed", "unknown_key", "wrong_secret", "bad_token", "revoked", "expired"]

FAILURES: Final = Counter("strongroom_authentication_failures", "Failed authentication by kind.", ("kind",))
# A kind that did not happen yet is shown as 0.
for _kind in get_args(Kind):
    FAILURES.labels(_kind)


class AuthenticationFailed(ServiceError):
    """A caller proved no identity. It is told the reason and nothing else.

    `key_id` is the id that the caller claimed, empty if none. `organisation_id` is the organisation of the key of this id, empty if
    there is no such key.
    """

    def __init__(
        self,
        kind: Kind,
        key_id: str = "",
        organisation_id: str = "",
        *,
        reason: error_reason_pb2.ErrorReason.ValueType = error_reason_pb2.ERROR_REASON_API_KEY_INVALID,
        **metadata: str,
    ) -> None:
        super().__init__(reason, **metadata)
        self.kind = kind
        self.key_id = key_id
        self.organisation_id = organisation_id
