"""The exception that carries an error reason to the caller, and the log of unexpected exceptions.

Knows no gRPC and no HTTP: core/reasons.py renders it.
"""

from __future__ import annotations

import secrets
import traceback
from typing import Final, NamedTuple

import structlog

from strongroom.v1 import error_reason_pb2

_log = structlog.get_logger()

# The exit status of a command whose node lacks a private key that it needs, or whose keys do not fit the database.
KEY_ERROR_STATUS: Final = 3


class FieldViolation(NamedTuple):
    """The path of a field, and the rule that its value breaks. Neither contains the value, which may be a secret."""

    field: str
    rule: str


class ServiceError(Exception):
    """An error that the caller receives: a reason of error_reason.proto, its metadata, and field violations."""

    def __init__(
        self,
        reason: error_reason_pb2.ErrorReason.ValueType,
        violations: tuple[FieldViolation, ...] = (),
        /,
        **metadata: str,
    ) -> None:
        super().__init__(error_reason_pb2.ErrorReason.Name(reason))
        self.reason = reason
        self.violations = violations
        self.metadata = metadata


class InternalError(Exception):
    """A bug or a broken dependency. Its text is logged, so it must be an error code or a constraint's name, never a value."""


class OperatorError(Exception):
    """Ends a command of `strongroom-server`. The text names the setting, file or option at fault and the remedy, never a secret."""

    exit_status: int = 1


def invalid(field: str, rule: str) -> ServiceError:
    """The error for one field that breaks a rule."""
    return ServiceError(error_reason_pb2.ERROR_REASON_FIELD_INVALID, (FieldViolation(field, rule),))


def log_fields(error: BaseException) -> dict[str, object]:
    """The fields that a log line may have of an exception: its type and traceback. Its text could contain a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__qualname__,
        "detail": str(error) if isinstance(error, InternalError) else "",
        "at": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-8:]],
    }


def log_internal_error(method: str, error: Exception) -> ServiceError:
    """Log an unexpected exception. Returns INTERNAL with the id of the log line, and nothing of the exception."""
    error_id = secrets.token_hex(8)
    _log.error("internal error", error_id=error_id, method=method, **log_fields(error))
    return ServiceError(error_reason_pb2.ERROR_REASON_INTERNAL, error_id=error_id)
