"""Owns what goes wrong, as a vendor's module renders it: from the service's errors, or refused by the gateway itself.

Knows no HTTP and no vendor. The service's messages and rules hold no values; neither do the gateway's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import grpc

from strongroom import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

# The gateway's own reasons; all others are of error_reason.proto.
ROUTE_UNKNOWN = "ROUTE_UNKNOWN"
METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
BODY_TOO_LARGE = "BODY_TOO_LARGE"
BODY_TOO_SLOW = "BODY_TOO_SLOW"

_INDEX = re.compile(r"\[\d+\]")


class Violation(NamedTuple):
    """A field, by the name that the client used, and the rule it breaks."""

    field: str
    rule: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request got no result. `error_id` is set where only the log says more."""

    code: grpc.StatusCode
    reason: str
    message: str
    violations: tuple[Violation, ...] = ()
    error_id: str | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """What to tell the client: one sentence a violation, else the message."""
        return tuple(f"{field} {rule}" for field, rule in self.violations) or (self.message,)


class RefusedError(Exception):
    """The gateway refuses a request before the service sees it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


STOPPING = Problem(grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN", "this node is stopping: try again")


def invalid_field(field: str, rule: str) -> RefusedError:
    """The refusal of a field that breaks a rule."""
    return RefusedError(
        Problem(grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", "a field is invalid", (Violation(field, rule),))
    )


def internal_error(error_id: str) -> Problem:
    """The problem of which the log alone knows the cause."""
    message = f"something went wrong; its error id is {error_id}"
    return Problem(grpc.StatusCode.INTERNAL, "INTERNAL", message, error_id=error_id)


def from_service(error: grpc.aio.AioRpcError, names: Mapping[str, str], words: Mapping[str, str]) -> Problem | None:
    """Decode an error of the service, its fields renamed, and the words of its rules. None is an error that no service of ours
    has made.
    """
    decoded = errors.from_rpc(error)
    if not decoded.reason:
        return None
    if "error_id" in decoded.metadata:
        return internal_error(decoded.metadata["error_id"])
    violations = (
        Violation(vendor_field(field, names), _reworded(rule, words)) for field, rule in decoded.field_violations
    )
    return Problem(decoded.code, decoded.reason, decoded.message, tuple(violations))


def _reworded(rule: str, words: Mapping[str, str]) -> str:
    for ours, theirs in words.items():
        rule = rule.replace(ours, theirs)
    return rule


def vendor_field(path: str, names: Mapping[str, str]) -> str:
    """The vendor's name for a field of our request: that of its longest known beginning, and the rest as it is.

    `[]` in the names stands for any index.
    """
    generic = _INDEX.sub("[]", path)
    known = [name for name in names if generic == name or generic.startswith((f"{name}.", f"{name}["))]
    if not known:
        return path
    longest = max(known, key=len)
    indices = iter(_INDEX.findall(path))
    return re.sub(r"\[\]", lambda _: next(indices), names[longest] + generic[len(longest) :])
