"""Answers the requests for one path of the pages for people: calls the handler of the method, and shows a page for every error.

Logs what the gateway refuses itself, without the path and the query: they hold links, states and codes.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import grpc
import structlog
from starlette.requests import ClientDisconnect, Request

from strongroom import errors
from strongroom_server.core.errors import log_fields
from strongroom_server.gateway.consent import pages
from strongroom_server.gateway.problems import METHOD_NOT_ALLOWED, ROUTE_UNKNOWN, STOPPING, unreachable
from strongroom_server.gateway.requests import has_unread_body, respond_unread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
    # By method. The server omits the body of a response to HEAD.
    Handlers: TypeAlias = Mapping[str, Handler]

_log = structlog.get_logger()

# The service is away, stopping, overloaded or incomplete, and another attempt may succeed.
_TEMPORARY: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.FAILED_PRECONDITION,
    }
)
_UNUSABLE: Final = frozenset({grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT})


@dataclass(frozen=True, slots=True)
class ConsentResource:
    """The ASGI application of one path. Without handlers it shows the page of an unknown link."""

    path: str
    handlers: Handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._response(request)
        except asyncio.CancelledError:
            # The HTTP server cancels requests only when the node stops and its grace period is over.
            self._log_refusal(request, STOPPING.reason)
            response = pages.unavailable()
        if has_unread_body(request):
            await respond_unread(request, response, send)
        else:
            await response(scope, receive, send)

    async def _response(self, request: Request) -> Response:
        if not self.handlers:
            self._log_refusal(request, ROUTE_UNKNOWN)
            return pages.unknown()
        handle = self.handlers.get(request.method)
        if handle is None:
            self._log_refusal(request, METHOD_NOT_ALLOWED)
            return pages.method_not_allowed(", ".join(self.handlers))
        try:
            return await handle(request)
        except grpc.aio.AioRpcError as error:
            return self._page_of(request, error)
        except ClientDisconnect:
            return pages.unavailable()
        except Exception as error:
            error_id = secrets.token_hex(8)
            _log.error("request failed", route=self.path, error_id=error_id, **log_fields(error))
            return pages.broken(error_id)

    def _page_of(self, request: Request, error: grpc.aio.AioRpcError) -> Response:
        decoded = errors.from_rpc(error)
        if not decoded.reason:
            self._log_refusal(request, unreachable(error).reason)
            return pages.unavailable()
        if decoded.reason == "CONSENT_LIMITED":
            return pages.limited(decoded.metadata["retry_seconds"])
        if decoded.code in _UNUSABLE:
            return pages.unknown()
        if decoded.code in _TEMPORARY:
            return pages.unavailable()
        return pages.broken(decoded.metadata.get("error_id", decoded.reason))

    def _log_refusal(self, request: Request, reason: str) -> None:
        peer = request.client.host if request.client else ""
        _log.info("request refused", route=self.path, peer=peer, reason=reason)
