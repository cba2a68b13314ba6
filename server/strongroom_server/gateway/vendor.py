"""Declares what a vendor's API consists of: its operations, and how its errors look. Knows no vendor by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc

from strongroom_server.gateway.parameters import IDEMPOTENCY_KEY
from strongroom_server.gateway.problems import (
    BODY_TOO_LARGE,
    BODY_TOO_SLOW,
    METHOD_NOT_ALLOWED,
    ROUTE_UNKNOWN,
    Problem,
)

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from strongroom.v1.credential_pb2 import Surface
    from strongroom_server.gateway.calls import Call
    from strongroom_server.gateway.members import Body
    from strongroom_server.gateway.parameters import Parameter
    from strongroom_server.gateway.requests import Metadata

# The HTTP status of a problem: by its reason if the table has it, else by its code, else 500.
Statuses: TypeAlias = Mapping[grpc.StatusCode | str, int]

# The statuses that most vendors share. A vendor overrides some of them.
STATUSES: Statuses = MappingProxyType(
    {
        ROUTE_UNKNOWN: HTTPStatus.NOT_FOUND,
        METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
        BODY_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        BODY_TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
        "CALL_RATE_LIMITED": HTTPStatus.TOO_MANY_REQUESTS,
        "CALLS_AT_ONCE_LIMITED": HTTPStatus.TOO_MANY_REQUESTS,
        "BYTES_IN_FLIGHT_LIMITED": HTTPStatus.TOO_MANY_REQUESTS,
        "FAILED_AUTHENTICATIONS_LIMITED": HTTPStatus.TOO_MANY_REQUESTS,
        "CONSENT_LIMITED": HTTPStatus.TOO_MANY_REQUESTS,
        grpc.StatusCode.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
        grpc.StatusCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
        grpc.StatusCode.PERMISSION_DENIED: HTTPStatus.FORBIDDEN,
        grpc.StatusCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
        grpc.StatusCode.ALREADY_EXISTS: HTTPStatus.CONFLICT,
        grpc.StatusCode.FAILED_PRECONDITION: HTTPStatus.CONFLICT,
        grpc.StatusCode.ABORTED: HTTPStatus.CONFLICT,
        grpc.StatusCode.RESOURCE_EXHAUSTED: HTTPStatus.SERVICE_UNAVAILABLE,
        grpc.StatusCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED: HTTPStatus.GATEWAY_TIMEOUT,
    }
)

# The headers that responses of a status have.
HEADERS: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        HTTPStatus.SEE_OTHER: ("Location",),
        HTTPStatus.METHOD_NOT_ALLOWED: ("Allow",),
        HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After",),
        HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",),
    }
)


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of one path does, with all that its OpenAPI description says.

    `status` and `response` describe success: `response` is the type of the body, None for an empty body. `links` name the
    operations that take something out of the response, and map each of their parameters to its place in the response.
    """

    id: str
    method: str
    path: str
    summary: str
    handle: Callable[[Call], Awaitable[Response]]
    status: HTTPStatus
    response: Any = None
    parameters: tuple[Parameter[Any], ...] = ()
    body: Body | None = None
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # False for a POST that may be repeated, so that it takes no Idempotency-Key.
    effect: bool = True
    # The headers that a success may have.
    headers: tuple[str, ...] = ()
    # Whether a provider sends browsers to it: it needs no authentication, may send the browser on with 303, and has no HEAD,
    # because what the browser brings is accepted once.
    callback: bool = False
    # The operation's own parameters, and those of every operation that changes something.
    all_parameters: tuple[Parameter[Any], ...] = field(init=False)

    def __post_init__(self) -> None:
        """Compute once what every request reads."""
        further = (IDEMPOTENCY_KEY,) if self.changes else ()
        object.__setattr__(self, "all_parameters", (*self.parameters, *further))

    @property
    def changes(self) -> bool:
        """Whether repeating it would change something again."""
        return self.effect and self.method != "GET"

    @property
    def tag(self) -> str:
        """The group of the operation in the document: the last part of its path that is no parameter."""
        return [part for part in self.path.split("/") if not part.startswith("{")][-1]


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor's API, which owns all paths below `prefix` and each of the `aliases`.

    `surface` is the one of the credentials that its operations create and show. `fields` map the fields of our requests to the
    vendor's names, `words` replace words of our rules. `caller` makes the metadata of the calls for a request, and raises
    RefusedError if it presents nothing to authenticate with. `render` makes the response to a problem, and `problems` declare the
    type of its body by status, None for an empty body. `security` are the OpenAPI security schemes. With `hides_paths`, a request
    for an unknown path or method is authenticated before it gets 404 or 405.
    """

    name: str
    title: str
    surface: Surface.ValueType
    prefix: str
    operations: tuple[Operation, ...]
    caller: Callable[[Request], Metadata]
    fields: Mapping[str, str]
    render: Callable[[Problem, int], Response]
    problems: Mapping[int, Any]
    security: Mapping[str, Mapping[str, str]]
    statuses: Statuses = field(default_factory=lambda: STATUSES)
    words: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    hides_paths: bool = False

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The prefix and its aliases."""
        return (self.prefix, *self.aliases)

    def resources(self) -> dict[str, dict[str, Operation]]:
        """The operations of each path, by method."""
        resources: dict[str, dict[str, Operation]] = {}
        for operation in self.operations:
            resources.setdefault(operation.path, {})[operation.method] = operation
        return resources
