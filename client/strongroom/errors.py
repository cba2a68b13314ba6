"""The errors that a call can raise, and how they are read from the wire.

Owns the table of status codes. Knows nothing of methods, channels or retries.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, cast

from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2
from grpc import StatusCode
from grpc_status import rpc_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from google.protobuf.any_pb2 import Any as AnyMessage
    from google.rpc.status_pb2 import Status
    from grpc import Call, aio

DOMAIN = "strongroom"


class FieldViolation(NamedTuple):
    """A rule that a field of the request breaks."""

    field: str
    """The path in the request message, such as `credential.data.basic_auth.password`."""
    description: str
    """The rule, such as `is required`. Never a value."""


class StrongroomError(Exception):
    """A call failed. Subclasses tell the status codes apart; codes without one raise this class itself.

    Holds no secret value and no API key.
    """

    code: StatusCode
    """The gRPC status code."""
    message: str
    """For people; its wording may change."""
    reason: str
    """A value of `strongroom.v1.ErrorReason` without its prefix, such as `CREDENTIAL_NOT_FOUND`; empty where the error
    is not Strongroom's own, such as a connection refused."""
    metadata: Mapping[str, str]
    """What goes with the reason, such as `credential_id`: see error_reason.proto."""
    field_violations: tuple[FieldViolation, ...]
    """The fields at fault, at most 20."""

    def __init__(
        self,
        code: StatusCode,
        message: str,
        reason: str = "",
        metadata: Mapping[str, str] = MappingProxyType({}),
        field_violations: tuple[FieldViolation, ...] = (),
    ) -> None:
        # All of them are the exception's args, so that it can be pickled and copied.
        super().__init__(code, message, reason, dict(metadata), field_violations)
        self.code = code
        self.message = message
        self.reason = reason
        self.metadata = dict(metadata)
        self.field_violations = field_violations

    def __str__(self) -> str:
        # The message repeats the first violation, for clients that read no details.
        violations = "; ".join(f"{violation.field} {violation.description}" for violation in self.field_violations)
        return f"{self.reason or self.code.name}: {violations or self.message}"


class AbortedError(StrongroomError):
    """ABORTED: the etag is not the present one, or something changed at the same moment. Read again, then decide."""


class AlreadyExistsError(StrongroomError):
    """ALREADY_EXISTS: an id, a slug, a test credential or a request_id is taken."""


class DataLossError(StrongroomError):
    """DATA_LOSS: what is stored is not what was sealed."""


class DeadlineExceededError(StrongroomError):
    """DEADLINE_EXCEEDED: the call took longer than its timeout or the server's own. A write may have happened."""


class FailedPreconditionError(StrongroomError):
    """FAILED_PRECONDITION: the credential is INVALID, the node cannot open it, or a team or folder is not empty."""


class InternalError(StrongroomError):
    """INTERNAL: something unexpected went wrong. The server's log has the cause under `metadata["error_id"]`."""


class InvalidArgumentError(StrongroomError):
    """INVALID_ARGUMENT: `field_violations` names the fields at fault."""


class NotFoundError(StrongroomError):
    """NOT_FOUND: absent, of another organisation, deleted, expired, or outside the teams of the key."""


class PermissionDeniedError(StrongroomError):
    """PERMISSION_DENIED: a role, a team, the organisation or the target host is not allowed."""


class ResourceExhaustedError(StrongroomError):
    """RESOURCE_EXHAUSTED: a request over 1 MiB, an answer over 32 MiB, or no room in the database."""


class UnauthenticatedError(StrongroomError):
    """UNAUTHENTICATED: the API key is missing, unknown, revoked or expired."""


class UnavailableError(StrongroomError):
    """UNAVAILABLE: no connection, or the server or its database does not answer. A write may have happened."""


CLASSES: Mapping[StatusCode, type[StrongroomError]] = {
    StatusCode.ABORTED: AbortedError,
    StatusCode.ALREADY_EXISTS: AlreadyExistsError,
    StatusCode.DATA_LOSS: DataLossError,
    StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
    StatusCode.FAILED_PRECONDITION: FailedPreconditionError,
    StatusCode.INTERNAL: InternalError,
    StatusCode.INVALID_ARGUMENT: InvalidArgumentError,
    StatusCode.NOT_FOUND: NotFoundError,
    StatusCode.PERMISSION_DENIED: PermissionDeniedError,
    StatusCode.RESOURCE_EXHAUSTED: ResourceExhaustedError,
    StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    StatusCode.UNAVAILABLE: UnavailableError,
}


_CODES: Mapping[int, StatusCode] = {code.value[0]: code for code in StatusCode}


def from_rpc(error: aio.AioRpcError) -> StrongroomError:
    """The typed error of a failed call. Details that cannot be read, and others' details, leave the reason empty."""
    try:
        # What from_call reads of a call, an aio error has too.
        status = rpc_status.from_call(cast("Call", error))
        return _typed(error.code(), error.details() or "", status.details if status else ())
    except (DecodeError, ValueError):  # from something between here and the server
        return _typed(error.code(), error.details() or "", ())


def from_status(status: Status) -> StrongroomError:
    """The typed error of one part of a call."""
    return _typed(_CODES.get(status.code, StatusCode.UNKNOWN), status.message, status.details)


def _typed(code: StatusCode, message: str, details: Iterable[AnyMessage]) -> StrongroomError:
    info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in details:
        # Unpack leaves alone what is of another type.
        detail.Unpack(info)
        detail.Unpack(bad_request)
    if info.domain != DOMAIN:
        info.Clear()
    return CLASSES.get(code, StrongroomError)(
        code,
        message,
        info.reason,
        dict(info.metadata),
        tuple(FieldViolation(violation.field, violation.description) for violation in bad_request.field_violations),
    )
