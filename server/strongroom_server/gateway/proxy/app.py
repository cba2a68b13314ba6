"""The ASGI application of the proxy: passes each request to StreamHttpRequest as it arrives, and its response to the client."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import grpc
import structlog
from starlette.requests import Request

from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.access.proxies import TrustedProxies
from strongroom_server.core.errors import log_fields
from strongroom_server.core.names import SURFACE
from strongroom_server.gateway.connections import IS_CLOSED, TARGET, note_success
from strongroom_server.gateway.forwarded import take_forwarded
from strongroom_server.gateway.hosts import has_valid_host
from strongroom_server.gateway.problems import STOPPING, Problem, RefusedError, internal_error, invalid_field
from strongroom_server.gateway.proxy.body import Messages
from strongroom_server.gateway.proxy.errors import HTTP_VERSION, problem_of, response_to
from strongroom_server.gateway.proxy.heads import body_length, head_of, response_headers
from strongroom_server.gateway.requests import has_unread_body, respond_unread
from strongroom_server.gateway.traced import span_of

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send
    from structlog.typing import FilteringBoundLogger

    from strongroom.v1.use_service_pb2 import HttpRequestHead, StreamHttpRequestResponse
    from strongroom_server.gateway.requests import Metadata
    from strongroom_server.gateway.services import Services

log: FilteringBoundLogger = structlog.get_logger()

_NOBODY: Final = TrustedProxies()
_HTTP_1_0: Final = Problem(
    grpc.StatusCode.UNIMPLEMENTED,
    HTTP_VERSION,
    "use HTTP/1.1: in HTTP/1.0 the end of a response is not certain",
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """Answers the requests of a port or a host name. It serves no path that does not begin with /proxy/."""

    services: Services
    proxies: TrustedProxies = _NOBODY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            await _Exchange(self, Request(scope, receive), send).run()


class _Exchange:
    """One request and its response."""

    def __init__(self, proxy: Proxy, request: Request, send: Send) -> None:
        self._proxy = proxy
        self._request = request
        self._send = send
        self._has_begun = False
        self._is_complete = False
        # How much of a body of known length is not sent yet.
        self._left: int | None = None
        self._is_abandoned = False
        self._task: asyncio.Task[None] | None = None
        self._url = ""

    async def run(self) -> None:
        """Answer the request. A failure after the head of the response ends the connection without an end of the body."""
        try:
            head, who = self._read_head()
            metadata = ((SURFACE, "proxy"), *who)
            if has_unread_body(self._request):
                # So that nobody else's body is read, or asked for if the client waits for 100 Continue.
                await self._proxy.services.authenticate(metadata)
            with span_of(self._request, "proxy", "/proxy") as traced:
                await self._relay(head, (*metadata, *traced))
        except RefusedError as refusal:
            await self._refuse(refusal.problem)
        except grpc.aio.AioRpcError as error:
            await self._respond(response_to(*problem_of(error)))
        except asyncio.CancelledError:
            # Else the HTTP server cancelled it, which it does only when the node stops and its grace period is over.
            if not self._is_abandoned:
                await self._refuse(STOPPING)
        except Exception as error:
            await self._fail(error)

    def _read_head(self) -> tuple[HttpRequestHead, Metadata]:
        """The head and the metadata of the call. Raises RefusedError."""
        scope = self._request.scope
        if scope["http_version"] != "1.1":
            raise RefusedError(_HTTP_1_0)
        if not has_valid_host(scope):
            raise invalid_field("Host", "must be one name or address")
        try:
            take_forwarded(scope, self._proxy.proxies)
        except AuthenticationFailed:
            raise invalid_field("Client-Cert", "cannot be read") from None
        return head_of(self._request, scope[TARGET])

    async def _relay(self, head: HttpRequestHead, metadata: Metadata) -> None:
        self._task, self._url = asyncio.current_task(), head.url
        messages = Messages(self._request, head, self._abandon)
        try:
            async with self._proxy.services.stream_http_request(messages, metadata) as responses:
                # To the end of the call, which comes after the last message: leaving earlier would cancel it.
                async for response in responses:
                    await self._pass_on(response)
            if not self._is_complete:
                raise EOFError("the call ended before the response")
        finally:
            messages.close()

    def _abandon(self) -> None:
        """End the call, because the client has disconnected."""
        # A client that has the whole body may leave before the call has ended, whose outcome is then recorded.
        is_whole = self._left is not None and self._left <= 0
        if not (self._is_complete or is_whole or self._is_abandoned):
            assert self._task is not None
            self._is_abandoned = True
            self._task.cancel()

    async def _pass_on(self, response: StreamHttpRequestResponse) -> None:
        if self._request.scope[IS_CLOSED]():
            # Nobody receives a request whose body is not read to its end, and sending does not tell.
            self._abandon()
            await asyncio.sleep(0)
        kind = response.WhichOneof("message")
        if kind == "head":
            start = {"type": "http.response.start", "status": response.head.status}
            headers = response_headers(response.head, self._url, self._request.headers["host"])
            self._has_begun = True
            note_success(self._request.scope)
            self._left = body_length(self._request.method, response.head)
            await self._send({**start, "headers": headers})
        elif kind == "chunk":
            # Each read of the field copies it.
            body = response.chunk
            if self._left is not None:
                self._left -= len(body)
            await self._send({"type": "http.response.body", "body": body, "more_body": True})
        elif kind == "trailer":
            self._is_complete = True
            await self._send({"type": "http.response.body"})

    async def _refuse(self, problem: Problem) -> None:
        response = response_to(problem)
        request = self._request
        log.info(
            "request refused",
            vendor="proxy",
            route="/proxy",
            peer=request.client.host if request.client else "",
            status=int(response.status_code),
            reason=problem.reason,
        )
        await self._respond(response)

    async def _fail(self, error: Exception) -> None:
        # The error's text may hold a secret value.
        error_id = secrets.token_hex(8)
        log.error("request failed", vendor="proxy", error_id=error_id, **log_fields(error))
        await self._respond(response_to(internal_error(error_id)))

    async def _respond(self, response: Response) -> None:
        """Send a response of the proxy, unless that of the receiver has begun: then the HTTP server closes the connection."""
        if self._has_begun:
            return
        if has_unread_body(self._request):
            await respond_unread(self._request, response, self._send)
        else:
            await response(self._request.scope, self._request.receive, self._send)
