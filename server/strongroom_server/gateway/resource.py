"""Answers the requests for one path of a vendor: calls the operation's handler, or renders a problem as the vendor does.

Logs the requests that the gateway refuses itself. The service logs the calls that reach it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import secrets
import time
from contextlib import nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import grpc
import structlog
from prometheus_client import Histogram
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from strongroom_server.core import memory
from strongroom_server.core.errors import ServiceError, log_fields
from strongroom_server.core.names import SURFACE
from strongroom_server.core.tracing import TRACEPARENT
from strongroom_server.gateway.body_turns import SMALL
from strongroom_server.gateway.calls import Call
from strongroom_server.gateway.connections import note_success
from strongroom_server.gateway.problems import (
    METHOD_NOT_ALLOWED,
    ROUTE_UNKNOWN,
    STOPPING,
    Problem,
    RefusedError,
    from_service,
    internal_error,
    overloaded,
    unreachable,
)
from strongroom_server.gateway.requests import client, has_unread_body, respond_unread, size_of_body
from strongroom_server.gateway.traced import passed_on, span_of
from strongroom_server.gateway.vendor import HEADERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from starlette.types import Receive, Scope, Send
    from structlog.typing import FilteringBoundLogger

    from strongroom_server.gateway.requests import Metadata
    from strongroom_server.gateway.services import Services
    from strongroom_server.gateway.vendor import Operation, Vendor

log: FilteringBoundLogger = structlog.get_logger()

# The memory of smaller bodies is not counted. A larger one takes twice its size, for its bytes and what they are parsed into.
_LARGE_BODY: Final = 16 * 1024
_COPIES: Final = 2

_seconds = Histogram(
    "strongroom_http_request_seconds",
    "Duration of requests to the vendors' endpoints.",
    ("vendor", "route", "method", "status"),
)


@dataclass(frozen=True, slots=True)
class Resource:
    """The ASGI application of one path of a vendor. Without operations it answers 404 to every path."""

    vendor: Vendor
    path: str
    operations: Mapping[str, Operation]
    services: Services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        begin = time.perf_counter()
        request = Request(scope, receive)
        # The server omits the body of a response to HEAD.
        method = "GET" if request.method == "HEAD" else request.method
        try:
            response = await self._response(request, method)
        except asyncio.CancelledError:
            # The HTTP server cancels requests only when the node stops and its grace period is over.
            response = self._refuse(request, STOPPING)
        label = method if method in self.operations else "other"
        seconds = _series(self.vendor.name, self.path, label, response.status_code)
        seconds.observe(time.perf_counter() - begin)
        if response.status_code >= HTTPStatus.BAD_REQUEST and has_unread_body(request):
            await respond_unread(request, response, send)
        else:
            await response(scope, receive, send)

    async def _response(self, request: Request, method: str) -> Response:
        operation = self.operations.get(method)
        if operation is not None and operation.callback and request.method == "HEAD":
            operation = None
        try:
            if operation is None:
                if self.vendor.hides_paths:
                    await self.services.authenticate(((SURFACE, self.vendor.name), *self.vendor.caller(request)))
                return self._refuse(request, self._unroutable())
            who = client(request) if operation.callback else self.vendor.caller(request)
            metadata = ((SURFACE, self.vendor.name), *who)
            organisation_id = await self.services.authenticate(metadata) if operation.body is not None else ""
            # Nobody knows who follows a link.
            trace = nullcontext(passed_on(request)) if operation.callback else self._span_of(request)
            with trace as traced:
                call = Call(request, (*metadata, *traced), self.services, self.vendor, operation, self.path)
                return await self._handle(call, organisation_id)
        except RefusedError as refusal:
            return self._refuse(request, refusal.problem)
        except grpc.aio.AioRpcError as error:
            problem = from_service(error, self.vendor.fields, self.vendor.words)
            return self._render(problem) if problem else self._refuse(request, unreachable(error))
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except Exception as error:
            # The error's text may hold a secret value, so the response does not quote it.
            return self._fail(error)

    def _span_of(self, request: Request) -> AbstractContextManager[Metadata]:
        return span_of(request, self.vendor.name, self.path)

    async def _handle(self, call: Call, organisation_id: str) -> Response:
        """The response of the operation's handler. Raises RefusedError if there is no turn or memory for the body in time."""
        if call.operation.body is not None and (size := size_of_body(call.request)) > SMALL:
            try:
                turn_of_body = self.services.bodies.turn(organisation_id, _caller_of(call))
                counted = memory.REQUESTS.part(_COPIES * size) if size > _LARGE_BODY else nullcontext()
                async with turn_of_body as turn, counted:
                    response = await call.operation.handle(dataclasses.replace(call, turn=turn))
            except ServiceError as error:
                raise RefusedError(overloaded(error)) from None
        else:
            response = await call.operation.handle(call)
        if not call.operation.callback and response.status_code < HTTPStatus.BAD_REQUEST:
            note_success(call.request.scope)
        return response

    def _unroutable(self) -> Problem:
        if not self.operations:
            return Problem(grpc.StatusCode.UNIMPLEMENTED, ROUTE_UNKNOWN, "no resource has this path")
        message = f"the method must be one of {self._methods()}"
        return Problem(grpc.StatusCode.UNIMPLEMENTED, METHOD_NOT_ALLOWED, message)

    def _refuse(self, request: Request, problem: Problem) -> Response:
        response = self._render(problem)
        log.info(
            "request refused",
            vendor=self.vendor.name,
            route=self.path,
            peer=request.client.host if request.client else "",
            status=int(response.status_code),
            reason=problem.reason,
        )
        return response

    def _fail(self, error: Exception) -> Response:
        error_id = secrets.token_hex(8)
        log.error("request failed", vendor=self.vendor.name, route=self.path, error_id=error_id, **log_fields(error))
        return self._render(internal_error(error_id))

    def _render(self, problem: Problem) -> Response:
        statuses = self.vendor.statuses
        by_code = statuses.get(problem.code, HTTPStatus.INTERNAL_SERVER_ERROR)
        status = statuses.get(problem.reason, by_code)
        response = self.vendor.render(problem, status)
        headers = {"Allow": self._methods(), "Retry-After": problem.retry_seconds}
        response.headers.update({name: headers[name] for name in HEADERS.get(status, ())})
        return response

    def _methods(self) -> str:
        return ", ".join(self.operations)


def _caller_of(call: Call) -> str:
    """What tells callers apart while their bodies wait."""
    return str(hash(tuple(pair for pair in call.metadata if pair[0] != TRACEPARENT)))


@functools.cache
def _series(vendor: str, route: str, method: str, status: int) -> Histogram:
    return _seconds.labels(vendor, route, method, status)
