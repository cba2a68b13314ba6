"""Serves gRPC: passes each call to the pipeline, and sends its errors as status details."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import aclosing
from operator import methodcaller
from typing import TYPE_CHECKING, Any, Final

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from strongroom_server.core.errors import ServiceError
from strongroom_server.core.limits import LARGEST_REQUEST_WITH_BODY, LARGEST_RESPONSE
from strongroom_server.core.reasons import render
from strongroom_server.rpc import listening
from strongroom_server.rpc.in_flight import InFlight
from strongroom_server.rpc.methods import SERVICES
from strongroom_server.rpc.presented import presented
from strongroom_server.rpc.reflection import add_reflection
from strongroom_server.rpc.unread import Unread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from google.protobuf.message import Message

    from strongroom_server.rpc.methods import Method
    from strongroom_server.rpc.pipeline import Pipeline
    from strongroom_server.rpc.presented import Context, Present
    from strongroom_server.rpc.streams import Streams

# How often the status of health checks is updated.
_REPORT_SECONDS: Final = 0.1

# grpcio's server accepts one call in four turns of its event loop. Calls that it has not accepted wait in the order in which
# they came, whoever sent them, and a fair queue does not see them. Several servers at one port accept several calls.
_ACCEPTING: Final = 8

# How long the status of a stream may wait for a caller that reads nothing.
_STATUS_SECONDS: Final = 5.0
# How long a message of a stream may wait for a caller that reads nothing, as in gateway/connections.py.
_WRITE_SECONDS: Final = 75.0
# How long a server that stops waits after its last call, for the response to be sent.
_RESPONSE_SECONDS: Final = 1.0

_OPTIONS: Final = (
    ("grpc.max_receive_message_length", LARGEST_REQUEST_WITH_BODY),
    ("grpc.max_send_message_length", LARGEST_RESPONSE),
    # Clients may ping an idle connection every ten seconds.
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # From the connection to the end of the TLS handshake and of HTTP/2's.
    ("grpc.server_handshake_timeout_ms", 10_000),
    # Twice as many as one key may have streams at once, so that a client with one connection can also make calls.
    ("grpc.max_concurrent_streams", 512),
    # gRPC has one limit for connections that have made a call and for those that have not. A client connects again by itself.
    ("grpc.max_connection_idle_ms", 20_000),
    # Long connections end, so that clients find new nodes. Calls under way go on, and new ones take the next connection.
    ("grpc.max_connection_age_ms", 600_000),
    ("grpc.max_connection_age_grace_ms", 3_600_000),
    ("grpc.so_reuseport", 1),
)


class Server:
    """A gRPC server with health checking and reflection, which need no key."""

    def __init__(
        self,
        pipeline: Pipeline,
        streams: Streams,
        methods: Mapping[str, Method],
        host: str,
        port: int,
        ready: Callable[[], Awaitable[bool]],
        credentials: Callable[[], grpc.ServerCredentials] | None = None,
        *,
        presented: Present = presented,
        shared: bool = False,
        connections: int = 4_096,
        reflection: bool = True,
    ) -> None:
        """Bind to the port, without TLS if there are no credentials. Raises OSError.

        Port 0 takes a free one; with `shared` other processes can bind to it too. `ready` decides the status of health checks.
        `presented` reads what a call presents to authenticate its caller. Each port holds at most so many `connections`.
        """
        options = (*_OPTIONS, ("grpc.max_allowed_incoming_connections", max(connections // _ACCEPTING, 1)))
        self._servers = [grpc.aio.server(options=options) for _ in range(_ACCEPTING)]
        self._underway = _Underway()
        self._shared = shared
        self._ready = ready
        self._health = health.aio.HealthServicer()
        self._reporting: asyncio.Task[None] | None = None
        self._unread = Unread()
        self._ports: set[int] = set()
        handlers = _Handlers(pipeline, streams, methods, presented, self._underway, self._unread)
        for server in self._servers:
            health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
            if reflection:
                add_reflection(server, (*(service.full_name for service in SERVICES), health.SERVICE_NAME))
            server.add_generic_rpc_handlers((handlers,))
        self._host = host
        self.port = self.add_port(port, "STRONGROOM_GRPC_PORT", credentials)

    def add_port(self, port: int, variable: str, credentials: Callable[[], grpc.ServerCredentials] | None) -> int:
        """Bind to a port before the start, and return its number. `variable` is its environment variable. Raises OSError.

        `credentials` makes those of one server: gRPC takes the first certificate of each once.
        """
        with contextlib.ExitStack() as stack:
            if not self._shared:
                port = stack.enter_context(listening.reserve(self._host, port, variable)).getsockname()[1]
            for server in self._servers:
                address = f"{listening.bracketed(self._host)}:{port}"
                try:
                    if credentials is None:
                        port = server.add_insecure_port(address)
                    else:
                        port = server.add_secure_port(address, credentials())
                except RuntimeError:
                    # gRPC does not say why: it prints the reason to standard error at most.
                    raise listening.bind_error(self._host, port, variable) from None
        self._ports.add(port)
        return port

    async def start(self) -> None:
        """Start to serve, and to report whether the node is ready."""
        await self._report(ready=await self._ready())
        for server in self._servers:
            await server.start()
        self._reporting = asyncio.create_task(self._report_changes())

    async def stop(self, seconds: float) -> None:
        """Refuse new calls, and end those that are still in flight after so many seconds."""
        await self._health.enter_graceful_shutdown()
        stops = [asyncio.create_task(server.stop(seconds)) for server in self._servers]
        # gRPC also waits for handshakes: a client that sends nothing would delay the stop until its handshake times out.
        responded = 0.0
        while responded < _RESPONSE_SECONDS and not all(stop.done() for stop in stops):
            await asyncio.wait(stops, timeout=_REPORT_SECONDS)
            responded = 0.0 if self._underway.calls else responded + _REPORT_SECONDS
        for stop in stops:
            stop.cancel()
        await asyncio.gather(*stops, return_exceptions=True)
        if self._reporting is not None:
            self._reporting.cancel()
            await asyncio.gather(self._reporting, return_exceptions=True)

    async def _report(self, *, ready: bool) -> None:
        status = health_pb2.HealthCheckResponse.SERVING if ready else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in ("", *(service.full_name for service in SERVICES)):
            await self._health.set(name, status)

    async def _report_changes(self) -> None:
        reported = None
        while True:
            ready = await self._ready()
            if ready != reported:
                await self._report(ready=ready)
                reported = ready
            await self._unread.bound(self._ports)
            await asyncio.sleep(_REPORT_SECONDS)


class _Underway:
    """How many calls a server handles."""

    calls = 0


class _Handlers(grpc.GenericRpcHandler):
    """Finds the handler of a call. The pipeline parses requests, so that a malformed one gets REQUEST_MALFORMED."""

    def __init__(
        self,
        pipeline: Pipeline,
        streams: Streams,
        methods: Mapping[str, Method],
        presented: Present,
        underway: _Underway,
        unread: Unread,
    ) -> None:
        self._handlers = {
            path: _handler(pipeline, streams, method, presented, underway, unread) for path, method in methods.items()
        }

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        return self._handlers.get(handler_call_details.method)


def _handler(
    pipeline: Pipeline, streams: Streams, method: Method, presented: Present, underway: _Underway, unread: Unread
) -> grpc.RpcMethodHandler[Any, Any]:
    serialise = methodcaller("SerializeToString")
    if not method.streams_requests and not method.streams_responses:
        return grpc.unary_unary_rpc_method_handler(_call(pipeline, method, presented, underway, unread))

    def respond(requests: Any, context: Context) -> AsyncGenerator[Message, None]:
        if method.converses:
            return streams.converse(method, requests, presented(context))
        if method.streams_requests:
            return streams.exchange(method, requests, presented(context))
        return streams.responses(method, requests, presented(context))

    stream: Any = _stream(respond, underway)
    if method.streams_requests:
        return grpc.stream_stream_rpc_method_handler(stream, response_serializer=serialise)
    return grpc.unary_stream_rpc_method_handler(stream, response_serializer=serialise)


def _call(
    pipeline: Pipeline, method: Method, presented: Present, underway: _Underway, unread: Unread
) -> Callable[[bytes, Context], Awaitable[bytes]]:
    async def call(request: bytes, context: Context) -> bytes:
        underway.calls += 1
        try:
            try:
                # As bytes, because gRPC would keep the message too until the response is sent.
                response = (await pipeline.call(method, request, presented(context))).SerializeToString()
            except ServiceError as error:
                status = rpc_status.to_status(render(error))
            else:
                unread.add(context, len(response))
                return response
            # Here, where the exception that ends the call has no other as its context.
            await context.abort_with_status(status)
        except grpc.aio.AbortError as end:
            # gRPC keeps it with the call. If a frame of its traceback had the call too, both would be garbage that only a
            # collection finds. In a flood of refused calls each collection took 0.1 s.
            del request, context
            raise end.with_traceback(None) from None
        finally:
            underway.calls -= 1

    return call


def _stream(
    respond: Callable[[Any, Context], AsyncGenerator[Message, None]], underway: _Underway
) -> Callable[[Any, Context], Awaitable[None]]:
    # One timer for all messages: see InFlight.
    writes = InFlight()

    async def write(requests: Any, context: Context) -> None:
        # Closing it ends the requests that are still being handled, however the stream ends. Writing in here lets it end while the
        # caller takes no message.
        async with aclosing(respond(requests, context)) as responses:
            async for message in responses:
                with writes.within(_WRITE_SECONDS):
                    await context.write(message)

    async def stream(requests: Any, context: Context) -> None:
        underway.calls += 1
        try:
            try:
                return await write(requests, context)
            except ServiceError as error:
                status = rpc_status.to_status(render(error))
            async with asyncio.timeout(_STATUS_SECONDS):
                await context.abort_with_status(status)
        except TimeoutError:
            # A caller that takes no message does not take the status either. It is sent once the caller reads.
            raise asyncio.CancelledError from None
        except grpc.aio.AbortError as end:
            # As in `_call`.
            del requests, context
            raise end.with_traceback(None) from None
        finally:
            underway.calls -= 1

    return stream
