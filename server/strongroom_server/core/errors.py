"""Owns the one exception that carries a reason to the caller. Knows no gRPC and no HTTP: core/reasons.py renders it."""

from __future__ import annotations

import secrets
import traceback
from typing import NamedTuple

import structlog

from strongroom.v1 import error_reason_pb2

_log = structlog.get_logger()


class FieldViolation(NamedTuple):
    """A field by its path, and the rule it breaks. Neither ever holds a value."""

    field: str
    rule: str


class ServiceError(Exception):
    """What a call ends with when it cannot be done: a reason of error_reason.proto, its metadata, the fields at fault."""

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
    """Something that should not happen. Its text is for the log: an error code or a constraint's name, never a value."""


class OperatorError(Exception):
    """Ends a command of `strongroom-server`. The text names the setting, file or option at fault and the remedy, never a secret."""


def invalid(field: str, rule: str) -> ServiceError:
    """The error for one field that breaks a rule."""
    return ServiceError(error_reason_pb2.ERROR_REASON_FIELD_INVALID, (FieldViolation(field, rule),))


def described(error: BaseException) -> dict[str, object]:
    """What a log may say of an exception: its type and where it came from. Its text could hold a value."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__qualname__,
        "detail": str(error) if isinstance(error, InternalError) else "",
        "at": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-8:]],
    }


def opaque_error(method: str, error: Exception) -> ServiceError:
    """The opaque INTERNAL for what nobody foresaw, whose id the log repeats."""
    error_id = secrets.token_hex(8)
    _log.error("internal error", error_id=error_id, method=method, **described(error))
    return ServiceError(error_reason_pb2.ERROR_REASON_INTERNAL, error_id=error_id)
