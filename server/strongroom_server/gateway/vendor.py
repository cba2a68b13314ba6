"""Owns what a vendor is to the gateway, and the one way of a request: a handler's answer, or a problem as the vendor's.

Knows no vendor by name. Logs what the service never sees; calls that reach the service are logged there.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import grpc
import structlog
from prometheus_client import Histogram
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from strongroom_server.errors import described
from strongroom_server.gateway.problems import (
    BODY_TOO_LARGE,
    BODY_TOO_SLOW,
    METHOD_NOT_ALLOWED,
    ROUTE_UNKNOWN,
    Problem,
    RefusedError,
    from_service,
    internal,
)
from strongroom_server.gateway.services import Services

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send
    from structlog.typing import FilteringBoundLogger

Handler: TypeAlias = Callable[[Request, Services], Awaitable[Response]]
# The HTTP status of a problem: that of its reason if it stands here, else that of its code, else 500.
Statuses: TypeAlias = Mapping[grpc.StatusCode | str, int]

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

log: FilteringBoundLogger = structlog.get_logger()

_seconds = Histogram(
    "strongroom_http_request_seconds", "Requests at the vendors' doors.", ("vendor", "route", "method", "status")
)


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor's API: below `prefix` all paths are this vendor's, and `resources` are those that there are.

    `fields` name the fields of our requests as the vendor's clients do; `render` makes the body of a problem.
    """

    name: str
    prefix: str
    resources: Mapping[str, Mapping[str, Handler]]
    statuses: Statuses
    fields: Mapping[str, str]
    render: Callable[[Problem, int], Response]


@dataclass(frozen=True, slots=True)
class Resource:
    """The ASGI application of one path of a vendor; without handlers, of all paths that the vendor does not know."""

    vendor: Vendor
    route: str
    handlers: Mapping[str, Handler]
    services: Services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        begin = time.perf_counter()
        request = Request(scope, receive)
        # The server leaves out the body of an answer to HEAD.
        method = "GET" if request.method == "HEAD" else request.method
        response = await self._response(request, method)
        label = method if method in self.handlers else "other"
        _seconds.labels(self.vendor.name, self.route, label, response.status_code).observe(time.perf_counter() - begin)
        await response(scope, receive, send)

    async def _response(self, request: Request, method: str) -> Response:
        handler = self.handlers.get(method)
        if handler is None:
            return self._refuse(self._unroutable())
        try:
            return await handler(request, self.services)
        except RefusedError as refusal:
            return self._refuse(refusal.problem)
        except grpc.aio.AioRpcError as error:
            problem = from_service(error, self.vendor.fields)
            return self._rendered(problem) if problem else self._refuse(_unreached(error))
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except Exception as error:
            # Whatever it is, its text may hold a value.
            return self._fail(error)

    def _unroutable(self) -> Problem:
        if not self.handlers:
            return Problem(grpc.StatusCode.UNIMPLEMENTED, ROUTE_UNKNOWN, "there is no such resource")
        return Problem(grpc.StatusCode.UNIMPLEMENTED, METHOD_NOT_ALLOWED, f"the methods here are {self._methods()}")

    def _refuse(self, problem: Problem) -> Response:
        response = self._rendered(problem)
        log.info(
            "request refused",
            vendor=self.vendor.name,
            route=self.route,
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
            **described(error),
        )
        return self._rendered(internal(error_id))

    def _rendered(self, problem: Problem) -> Response:
        statuses = self.vendor.statuses
        by_code = statuses.get(problem.code, HTTPStatus.INTERNAL_SERVER_ERROR)
        status = statuses.get(problem.reason, by_code)
        response = self.vendor.render(problem, status)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = self._methods()
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers["Retry-After"] = "1"
        return response

    def _methods(self) -> str:
        return ", ".join(self.handlers)


def _unreached(error: grpc.aio.AioRpcError) -> Problem:
    """The problem of a call that ended on its way. The error's own text tells of our network."""
    return Problem(error.code(), error.code().name, "the service did not answer")
