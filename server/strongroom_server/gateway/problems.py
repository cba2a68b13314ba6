"""Describes why a request failed, for a vendor's package to render: an error of the service, or a refusal by the gateway.

Knows no HTTP and no vendor. Messages never quote a value of the request, which may be a secret.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import grpc

from strongroom import errors
from strongroom_server.core.reasons import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strongroom_server.core.errors import ServiceError

# Reasons that only the gateway uses. All others are in error_reason.proto.
ROUTE_UNKNOWN = "ROUTE_UNKNOWN"
METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
BODY_TOO_LARGE = "BODY_TOO_LARGE"
BODY_TOO_SLOW = "BODY_TOO_SLOW"

_INDEX = re.compile(r"\[\d+\]")


class Violation(NamedTuple):
    """A field violation: the field by the vendor's name, and the rule it breaks."""

    field: str
    rule: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request failed. `error_id` identifies the log line with the cause of an internal error. `retry_seconds` says when the
    client may try again.
    """

    code: grpc.StatusCode
    reason: str
    message: str
    violations: tuple[Violation, ...] = ()
    error_id: str | None = None
    retry_seconds: str = "1"

    @property
    def sentences(self) -> tuple[str, ...]:
        """The messages for the client: one per field violation, else the message."""
        return tuple(f"{field} {rule}" for field, rule in self.violations) or (self.message,)


class RefusedError(Exception):
    """The gateway refuses a request itself, without a call of the service."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


STOPPING = Problem(grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN", "this node is stopping: try again")


def invalid_field(field: str, rule: str) -> RefusedError:
    """The error for a field that breaks a rule."""
    return RefusedError(
        Problem(grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", "a field is invalid", (Violation(field, rule),))
    )


def internal_error(error_id: str) -> Problem:
    """The problem for an unexpected error, whose cause is only in the log."""
    message = f"internal error: its id in the log is {error_id}"
    return Problem(grpc.StatusCode.INTERNAL, "INTERNAL", message, error_id=error_id)


def overloaded(error: ServiceError) -> Problem:
    """The problem of a request for which the process has no memory left."""
    status = render(error)
    return Problem(grpc.StatusCode.UNAVAILABLE, str(error).removeprefix("ERROR_REASON_"), status.message)


def from_service(error: grpc.aio.AioRpcError, names: Mapping[str, str], words: Mapping[str, str]) -> Problem | None:
    """The problem of an error of the service, with its fields and words replaced by the vendor's.

    None if the error has no reason of ours, such as an error of the network.
    """
    decoded = errors.from_rpc(error)
    if not decoded.reason:
        return None
    if "error_id" in decoded.metadata:
        return internal_error(decoded.metadata["error_id"])
    violations = (
        Violation(vendor_field(field, names), _reworded(rule, words)) for field, rule in decoded.field_violations
    )
    retry_seconds = decoded.metadata.get("retry_seconds", "1")
    return Problem(decoded.code, decoded.reason, decoded.message, tuple(violations), retry_seconds=retry_seconds)


def unreachable(error: grpc.aio.AioRpcError) -> Problem:
    """The problem of a call without an answer from our service. The error's text describes our network, so it is left out."""
    code = error.code()
    # A service that stops cancels calls before it executes them.
    code = grpc.StatusCode.UNAVAILABLE if code is grpc.StatusCode.CANCELLED else code
    return Problem(code, code.name, "the service did not respond")


def _reworded(rule: str, words: Mapping[str, str]) -> str:
    for ours, theirs in words.items():
        rule = rule.replace(ours, theirs)
    return rule


def vendor_field(path: str, names: Mapping[str, str]) -> str:
    """The vendor's name for a field of our request: the longest known prefix of the path is replaced, the rest is kept.

    `[]` in `names` matches any index.
    """
    generic = _INDEX.sub("[]", path)
    known = [name for name in names if generic == name or generic.startswith((f"{name}.", f"{name}["))]
    if not known:
        return path
    longest = max(known, key=len)
    indices = iter(_INDEX.findall(path))
    return re.sub(r"\[\]", lambda _: next(indices), names[longest] + generic[len(longest) :])
