"""Owns what a vendor is to the gateway, and the one way of a request: a handler's answer, or a problem as the vendor's.

Knows no vendor by name. Logs what the service never sees; calls that reach the service are logged there.
"""

from __future__ import annotations

import asyncio
import functools
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import grpc
import structlog
from prometheus_client import Histogram
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from strongroom_server.core.errors import log_fields
from strongroom_server.gateway import json_body, requests
from strongroom_server.gateway.json_body import JsonObject
from strongroom_server.gateway.parameters import IDEMPOTENCY_KEY
from strongroom_server.gateway.problems import (
    BODY_TOO_LARGE,
    BODY_TOO_SLOW,
    METHOD_NOT_ALLOWED,
    ROUTE_UNKNOWN,
    STOPPING,
    Problem,
    RefusedError,
    from_service,
    internal,
)

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send
    from structlog.typing import FilteringBoundLogger

    from strongroom_server.gateway.members import Body, Member
    from strongroom_server.gateway.parameters import Parameter
    from strongroom_server.gateway.services import Services

# The HTTP status of a problem: that of its reason if it stands here, else that of its code, else 500.
Statuses: TypeAlias = Mapping[grpc.StatusCode | str, int]

T = TypeVar("T")

# What most vendors share. A vendor's own table says where it differs.
STATUSES: Statuses = MappingProxyType(
    {
        ROUTE_UNKNOWN: HTTPStatus.NOT_FOUND,
        METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
        BODY_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        BODY_TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
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

# What the answers to some problems carry.
HEADERS: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {HTTPStatus.METHOD_NOT_ALLOWED: ("Allow",), HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",)}
)

log: FilteringBoundLogger = structlog.get_logger()

_seconds = Histogram(
    "strongroom_http_request_seconds", "Requests at the vendors' doors.", ("vendor", "route", "method", "status")
)


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of one path does, and all that its description says.

    `status` and `answer` are those of success: `answer` is the type of its body, None where there is none. `links` say which
    operations take what was answered, and which of their parameters is found where in it.
    """

    id: str
    method: str
    path: str
    summary: str
    handle: Callable[[Call], Awaitable[Response]]
    status: HTTPStatus
    answer: Any = None
    parameters: tuple[Parameter[Any], ...] = ()
    body: Body | None = None
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # Whether a request of another method than GET changes something, so that it must be safe to repeat.
    effect: bool = True
    # Its own, and that of every operation that changes something.
    all_parameters: tuple[Parameter[Any], ...] = field(init=False)

    def __post_init__(self) -> None:
        """Put together what is looked at with every request."""
        further = (IDEMPOTENCY_KEY,) if self.changes else ()
        object.__setattr__(self, "all_parameters", (*self.parameters, *further))

    @property
    def changes(self) -> bool:
        """Whether it changes something."""
        return self.effect and self.method != "GET"

    @property
    def tag(self) -> str:
        """What it is about: the last part of its path that is no parameter."""
        return [part for part in self.path.split("/") if not part.startswith("{")][-1]


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor's API: below `prefix` and each of the `aliases` all paths are this vendor's, and `operations` are what there is.

    `fields` name the fields of our requests as the vendor's clients do, `words` the values in our rules; `render` makes the
    body of a problem, which `problems` describe by status: the type of the body, None for an empty one. `security` is how a
    caller says who it is. With `authenticate`, an unknown path or method is refused without a valid key.
    """

    name: str
    title: str
    prefix: str
    operations: tuple[Operation, ...]
    statuses: Statuses
    fields: Mapping[str, str]
    render: Callable[[Problem, int], Response]
    problems: Mapping[int, Any]
    security: Mapping[str, Mapping[str, str]]
    words: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    authenticate: Callable[[Request, Services], Awaitable[None]] | None = None

    def resources(self) -> dict[str, dict[str, Operation]]:
        """The operations of each path, by method."""
        resources: dict[str, dict[str, Operation]] = {}
        for operation in self.operations:
            resources.setdefault(operation.path, {})[operation.method] = operation
        return resources


@dataclass(frozen=True, slots=True)
class Call:
    """A request to one operation. What is read of it must be among what the operation declares."""

    request: Request
    services: Services
    operation: Operation
    # The route, with the vendor's prefix.
    path: str

    def value(self, parameter: Parameter[T]) -> T | None:
        """The value of a parameter, None if absent or empty. Raises RefusedError."""
        assert parameter in self.operation.all_parameters
        return parameter.of(self.request)

    def required(self, parameter: Parameter[T]) -> T:
        """The value of a parameter that must be there. Raises RefusedError."""
        assert parameter in self.operation.all_parameters
        return parameter.required_of(self.request)

    @property
    def request_id(self) -> str:
        """By which the request can be told when it is repeated, empty if it says nothing. Raises RefusedError."""
        return self.value(IDEMPOTENCY_KEY) or ""

    async def body(self) -> Sent:
        """The body. Raises RefusedError."""
        declared = self.operation.body
        assert declared is not None
        octets = await requests.body(self.request)
        if octets.strip():
            return Sent(declared, json_body.parsed(octets))
        query = self.request.query_params
        if declared.lenient and query:
            return Sent(declared, json_body.of_query(query, [member.name for member in declared.all_members]))
        return Sent(declared, JsonObject({}, {}) if declared.optional else json_body.parsed(octets))

    def answer(self, content: object = None) -> Response:
        """The answer of success."""
        if self.operation.answer is None:
            assert content is None
            return Response(status_code=self.operation.status)
        assert isinstance(content, self.operation.answer)
        return json_body.answer(self.operation.status, content)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request's body, to be read by the members that its operation declares."""

    declared: Body
    json: JsonObject

    def value(self, member: Member[T]) -> T | None:
        """The value of a member, None if absent, null or blank. Raises RefusedError."""
        assert member in self.declared.all_members
        return None if self.blank(member) else member.of(self.json)

    def required(self, member: Member[T]) -> T:
        """The value of a member that must be there. Raises RefusedError."""
        assert member in self.declared.all_members
        return member.required_of(self.json)

    def blank(self, member: Member[Any]) -> bool:
        """Whether the member is an empty string where that counts as absent."""
        return member in self.declared.blank_members and self.json.values.get(member.name) == ""

    def has(self, member: Member[Any]) -> bool:
        """Whether the member is there, be it null."""
        assert member in self.declared.all_members
        return member.name in self.json.values


@dataclass(frozen=True, slots=True)
class Resource:
    """The ASGI application of one path of a vendor; without operations, of all paths that the vendor does not know."""

    vendor: Vendor
    route: str
    operations: Mapping[str, Operation]
    services: Services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        begin = time.perf_counter()
        request = Request(scope, receive)
        # The server leaves out the body of an answer to HEAD.
        method = "GET" if request.method == "HEAD" else request.method
        try:
            response = await self._response(request, method)
        except asyncio.CancelledError:
            # The HTTP server cancels requests only when the node stops and its grace is over.
            response = self._refuse(request, STOPPING)
        label = method if method in self.operations else "other"
        seconds = _series(self.vendor.name, self.route, label, response.status_code)
        seconds.observe(time.perf_counter() - begin)
        await response(scope, receive, send)

    async def _response(self, request: Request, method: str) -> Response:
        operation = self.operations.get(method)
        try:
            if operation is None:
                if self.vendor.authenticate is not None:
                    await self.vendor.authenticate(request, self.services)
                return self._refuse(request, self._unroutable())
            return await operation.handle(Call(request, self.services, operation, self.route))
        except RefusedError as refusal:
            return self._refuse(request, refusal.problem)
        except grpc.aio.AioRpcError as error:
            problem = from_service(error, self.vendor.fields, self.vendor.words)
            return self._rendered(problem) if problem else self._refuse(request, _unreached(error))
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except Exception as error:
            # Whatever it is, its text may hold a value.
            return self._fail(error)

    def _unroutable(self) -> Problem:
        if not self.operations:
            return Problem(grpc.StatusCode.UNIMPLEMENTED, ROUTE_UNKNOWN, "there is no such resource")
        return Problem(grpc.StatusCode.UNIMPLEMENTED, METHOD_NOT_ALLOWED, f"the methods here are {self._methods()}")

    def _refuse(self, request: Request, problem: Problem) -> Response:
        response = self._rendered(problem)
        log.info(
            "request refused",
            vendor=self.vendor.name,
            route=self.route,
            peer=request.client.host if request.client else "",
            status=int(response.status_code),
            reason=problem.reason,
        )
        return response

    def _fail(self, error: Exception) -> Response:
        error_id = secrets.token_hex(8)
        log.error(
            "request failed",
            vendor=self.vendor.name,
            route=self.route,
            error_id=error_id,
            **log_fields(error),
        )
        return self._rendered(internal(error_id))

    def _rendered(self, problem: Problem) -> Response:
        statuses = self.vendor.statuses
        by_code = statuses.get(problem.code, HTTPStatus.INTERNAL_SERVER_ERROR)
        status = statuses.get(problem.reason, by_code)
        response = self.vendor.render(problem, status)
        headers = {"Allow": self._methods(), "Retry-After": "1"}
        response.headers.update({name: headers[name] for name in HEADERS.get(status, ())})
        if problem.reason == BODY_TOO_SLOW:
            # The rest of the body may still come, and nobody would read it.
            response.headers["Connection"] = "close"
        return response

    def _methods(self) -> str:
        return ", ".join(self.operations)


@functools.cache
def _series(vendor: str, route: str, method: str, status: int) -> Histogram:
    """What measures these requests."""
    return _seconds.labels(vendor, route, method, status)


def _unreached(error: grpc.aio.AioRpcError) -> Problem:
    """The problem of a call that ended on its way. The error's own text tells of our network."""
    code = error.code()
    # A service that stops cancels calls before it has executed them.
    code = grpc.StatusCode.UNAVAILABLE if code is grpc.StatusCode.CANCELLED else code
    return Problem(code, code.name, "the service did not answer")
