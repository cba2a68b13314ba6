"""Defines the errors that calls raise, one class per gRPC status code, and creates them from gRPC errors."""

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
    """A field of the request that breaks a rule."""

    field: str
    """The path of the field in the request, such as `credential.data.basic_auth.password`."""
    description: str
    """The rule, such as `is required`. It never contains a value."""


class StrongroomError(Exception):
    """A failed call. Each status code of Strongroom has a subclass; for other codes calls raise this class.

    It contains no secret value and no API key.
    """

    code: StatusCode
    """The gRPC status code."""
    message: str
    """A text for people. Its wording may change."""
    reason: str
    """A value of `strongroom.v1.ErrorReason` without its prefix, such as `CREDENTIAL_NOT_FOUND`. Empty if the error does not come
    from Strongroom, for example if the connection is refused."""
    metadata: Mapping[str, str]
    """Details of the reason, such as `credential_id`. error_reason.proto lists them."""
    field_violations: tuple[FieldViolation, ...]
    """The fields of the request that break rules, at most 20."""

    def __init__(
        self,
        code: StatusCode,
        message: str,
        reason: str = "",
        metadata: Mapping[str, str] = MappingProxyType({}),
        field_violations: tuple[FieldViolation, ...] = (),
    ) -> None:
        # Pickling and copying pass an exception's args to its class.
        super().__init__(code, message, reason, dict(metadata), field_violations)
        self.code = code
        self.message = message
        self.reason = reason
        self.metadata = dict(metadata)
        self.field_violations = field_violations

    def __str__(self) -> str:
        # The server's message repeats the first violation.
        violations = "; ".join(f"{violation.field} {violation.description}" for violation in self.field_violations)
        return f"{self.reason or self.code.name}: {violations or self.message}"


class AbortedError(StrongroomError):
    """ABORTED: the etag is out of date, or there was a concurrent change. Read the resource again, then decide."""


class AlreadyExistsError(StrongroomError):
    """ALREADY_EXISTS: the id, slug, test credential or request_id exists already."""


class DataLossError(StrongroomError):
    """DATA_LOSS: the stored data was modified or damaged, so its seal or signature is not valid."""


class DeadlineExceededError(StrongroomError):
    """DEADLINE_EXCEEDED: the call took longer than its timeout or the server's limit. A write may have been done."""


class FailedPreconditionError(StrongroomError):
    """FAILED_PRECONDITION: the present state does not allow it, such as an INVALID credential or a team that is not empty."""


class InternalError(StrongroomError):
    """INTERNAL: an unexpected error. The server logs its cause with the id in `metadata["error_id"]`."""


class InvalidArgumentError(StrongroomError):
    """INVALID_ARGUMENT: `field_violations` names the fields that break rules."""


class NotFoundError(StrongroomError):
    """NOT_FOUND: it does not exist, is deleted or expired, or belongs to another organisation or to teams the key cannot see."""


class PermissionDeniedError(StrongroomError):
    """PERMISSION_DENIED: the role, team, organisation or target host is not allowed."""


class ResourceExhaustedError(StrongroomError):
    """RESOURCE_EXHAUSTED: the request or response is too large, a limit of requests is reached, or the database is full."""


class UnauthenticatedError(StrongroomError):
    """UNAUTHENTICATED: the API key, token or certificate is missing, unknown, revoked or expired."""


class UnavailableError(StrongroomError):
    """UNAVAILABLE: there is no connection, or the server or its database does not answer. A write may have been done."""


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
    """The error of a failed call. The reason is empty if the details cannot be parsed or do not come from Strongroom."""
    try:
        # from_call uses only methods that AioRpcError has too.
        status = rpc_status.from_call(cast("Call", error))
        return _error_of(error.code(), error.details() or "", status.details if status else ())
    except (DecodeError, ValueError):  # a proxy can send other details
        return _error_of(error.code(), error.details() or "", ())


def from_status(status: Status) -> StrongroomError:
    """The error of one create of an import."""
    return _error_of(_CODES.get(status.code, StatusCode.UNKNOWN), status.message, status.details)


def _error_of(code: StatusCode, message: str, details: Iterable[AnyMessage]) -> StrongroomError:
    info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in details:
        # Unpack does nothing if the type is another one.
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
