"""Runs the proxy in front of a node whose StreamHttpRequest is a test's own, with the node's real pipeline and authentication."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import grpc.aio

from strongroom.v1.use_service_pb2 import (
    HttpHeader,
    HttpRequestHead,
    HttpResponseHead,
    HttpTrailer,
    StreamHttpRequestRequest,
    StreamHttpRequestResponse,
)
from strongroom_server.gateway.app import application
from strongroom_server.gateway.proxy.app import Proxy
from strongroom_server.gateway.services import CHANNEL_OPTIONS, services
from strongroom_server.node.grpc_server import serve_grpc
from strongroom_server.node.http_server import serve_http, serve_proxy
from strongroom_server.node.stopping import Stopping
from strongroom_server.node.tls import open_tls
from strongroom_server.rpc.streams import Streams

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from conftest import Deployment
    from node.tls_samples import Files

METHOD = "/strongroom.v1.UseService/StreamHttpRequest"
HOST = "proxy.example.com"
RECEIVER = "/proxy/7/https/api.example.com"


def response_head(status: int = 200, **headers: str) -> StreamHttpRequestResponse:
    named = [HttpHeader(name=name.replace("_", "-"), value=value) for name, value in headers.items()]
    return StreamHttpRequestResponse(head=HttpResponseHead(status=status, headers=named))


def chunk(data: bytes) -> StreamHttpRequestResponse:
    return StreamHttpRequestResponse(chunk=data)


TRAILER = StreamHttpRequestResponse(trailer=HttpTrailer())


@dataclass
class Fake:
    """A handler of StreamHttpRequest: notes what it gets, and answers as `answer` does, which reads the rest of the request."""

    answer: Callable[[AsyncIterator[StreamHttpRequestRequest]], AsyncIterator[StreamHttpRequestResponse]]
    heads: list[HttpRequestHead] = field(default_factory=list)
    has_ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(
        self, requests: AsyncIterator[StreamHttpRequestRequest], _caller: object
    ) -> AsyncIterator[StreamHttpRequestResponse]:
        self.has_ended.clear()
        self.heads.append((await anext(requests)).head)
        try:
            async for response in self.answer(requests):
                yield response
        finally:
            self.has_ended.set()


async def whole(requests: AsyncIterator[StreamHttpRequestRequest]) -> bytes:
    """The body of a request. Raises EOFError without its end."""
    body = bytearray()
    async for request in requests:
        kind = request.WhichOneof("message")
        if kind == "trailer":
            return bytes(body)
        assert kind == "chunk"
        assert 0 < len(request.chunk) <= 65_536
        body += request.chunk
    raise EOFError


async def echo(requests: AsyncIterator[StreamHttpRequestRequest]) -> AsyncIterator[StreamHttpRequestResponse]:
    body = await whole(requests)
    yield response_head(content_type="application/octet-stream")
    if body:
        yield chunk(body)
    yield TRAILER


@dataclass(frozen=True)
class Proxied:
    """The ports of a proxy, and of an HTTP port on which it has a host name."""

    fake: Fake
    port: int
    http_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def send(self, request: bytes, port: int = 0) -> Answer:
        """Send these bytes, and read until the server closes the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port or self.port)
        try:
            writer.write(request)
            async with asyncio.timeout(10):
                return Answer(await reader.read())
        finally:
            writer.close()

    async def get(self, target: str | bytes, *headers: str, method: str = "GET", port: int = 0) -> Answer:
        """Send a request without a body and with these headers."""
        path = target if isinstance(target, bytes) else target.encode()
        lines = b"".join(f"{line}\r\n".encode("latin-1") for line in headers)
        host = b"" if any(line.startswith("Host:") for line in headers) else b"Host: p\r\n"
        head = b"%s %s HTTP/1.1\r\n%sConnection: close\r\n%s\r\n" % (method.encode(), path, host, lines)
        return await self.send(head, port)


@dataclass(frozen=True)
class Answer:
    """A response as bytes."""

    raw: bytes

    @property
    def status(self) -> int:
        return int(self.raw.split(b" ", 2)[1])

    @property
    def headers(self) -> list[tuple[str, str]]:
        lines = self.raw.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
        return [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]

    def header(self, name: str) -> str:
        return ", ".join(value for each, value in self.headers if each == name)

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The reason of an error of the proxy, empty for a response of the receiver."""
        return self.header("strongroom-error")


@asynccontextmanager
async def proxied(deployment: Deployment, *, apart: bool = False, files: Files | None = None) -> AsyncIterator[Proxied]:
    """A proxy in front of a node: in its process, or over the network. With `files`, both its ports serve TLS."""
    fake = Fake(echo)
    served = deployment.service
    methods = {**served.methods, METHOD: replace(served.methods[METHOD], handle=fake)}
    # The node of the module goes on when this proxy stops.
    streams = Streams(served.pipeline, served.database, served.streams._denials)
    served = replace(served, methods=methods, streams=streams, stopping=Stopping())
    configured = replace(deployment.settings, proxy_port=0, proxy_host=HOST)
    if files is not None:
        configured = files.settings(configured)
    async with AsyncExitStack() as stack:
        tls = await stack.enter_async_context(open_tls(configured))
        if apart:
            grpc_port = await stack.enter_async_context(serve_grpc(configured, served))
            channel = await stack.enter_async_context(
                grpc.aio.insecure_channel(f"127.0.0.1:{grpc_port}", options=CHANNEL_OPTIONS)
            )
            stubs = services(channel)
        else:
            stubs = services(served.channel(), served.authenticate)
        proxy = Proxy(stubs, configured.trusted_proxies)
        app = application(stubs, served.ready)
        http_port = await stack.enter_async_context(serve_http(configured, app, served.stopping, tls, proxy=proxy))
        port = await stack.enter_async_context(serve_proxy(configured, proxy, served.stopping, tls))
        assert port is not None
        yield Proxied(fake, port, http_port)
