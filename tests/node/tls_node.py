"""A node that serves TLS in the process of the tests, and its clients."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc.aio
import httpx
import trustme
from node.tls_samples import NAMES, Files, chain_of
from ports import free_port

from strongroom.v1.credential_service_pb2 import ListCredentialsRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom_server.gateway.app import application
from strongroom_server.gateway.services import services
from strongroom_server.node.grpc_server import serve_grpc
from strongroom_server.node.http_server import serve_http
from strongroom_server.node.tls import Tls, open_tls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from conftest import Deployment
    from starlette.types import Receive, Scope, Send

# Without it, channels of a process share their connections.
OWN_CONNECTION = (("grpc.use_local_subchannel_pool", 1),)


@dataclass(frozen=True)
class TlsNode:
    """A node and its ports.

    `grpc_port` never asks for a client certificate, `mtls` and `only_mtls` require one, `http` and `echo` ask for one.
    `echo` answers with the certificate that the application sees.
    """

    deployment: Deployment
    files: Files
    authority: trustme.CA
    client_authority: trustme.CA
    tls: Tls
    grpc_port: int
    mtls: int
    only_mtls: int
    http: int
    echo: int

    @property
    def client(self) -> trustme.LeafCert:
        """A client's certificate that the node accepts."""
        return self.client_authority.issue_cert("client.example")

    async def reset(self) -> None:
        """Give the node a new pair of its authority, and its client CA."""
        self.files.put_pair(self.authority.issue_cert(*NAMES))
        self.files.put_client_ca(self.client_authority)
        await self.tls.reload()

    def context(self, leaf: trustme.LeafCert | None = None) -> ssl.SSLContext:
        """The context of a client that trusts the node, with its certificate."""
        context = ssl.create_default_context(cadata=self.authority.cert_pem.bytes().decode())
        if leaf is not None:
            leaf.configure_cert(context)
        return context

    def channel(self, port: int, leaf: trustme.LeafCert | None = None) -> grpc.aio.Channel:
        """A channel with a connection of its own."""
        key, chain = (leaf.private_key_pem.bytes(), chain_of(leaf)) if leaf else (None, None)
        credentials = grpc.ssl_channel_credentials(self.authority.cert_pem.bytes(), key, chain)
        return grpc.aio.secure_channel(f"localhost:{port}", credentials, options=OWN_CONNECTION)

    async def call(self, channel: grpc.aio.Channel) -> str:
        """Call a method with the API key. Returns OK, or why there was no connection."""
        stub = CredentialServiceStub(channel)
        try:
            await stub.ListCredentials(ListCredentialsRequest(), metadata=self.deployment.metadata, timeout=10)
        except grpc.aio.AioRpcError as error:
            return error.details() or error.code().name
        return "OK"

    async def call_once(self, port: int, leaf: trustme.LeafCert | None = None) -> str:
        """The same over a new connection."""
        async with self.channel(port, leaf) as channel:
            return await self.call(channel)

    def http_client(self, leaf: trustme.LeafCert | None = None, port: int | None = None) -> httpx.AsyncClient:
        """A client of the HTTP port."""
        url = f"https://localhost:{port or self.http}"
        return httpx.AsyncClient(base_url=url, verify=self.context(leaf), trust_env=False)

    async def get(self, leaf: trustme.LeafCert | None = None, port: int | None = None) -> httpx.Response:
        """GET over a new connection."""
        async with self.http_client(leaf, port) as client:
            return await client.get("/livez")

    async def handshake(self, port: int, context: ssl.SSLContext) -> ssl.SSLObject:
        """Make a connection, and return what was negotiated."""
        _, writer = await asyncio.open_connection("localhost", port, ssl=context, family=2)
        negotiated: ssl.SSLObject = writer.get_extra_info("ssl_object")
        # Closing it would wait for an answer, which gRPC does not give.
        writer.transport.abort()
        return negotiated


async def echo(scope: Scope, _: Receive, send: Send) -> None:
    chain = scope.get("extensions", {}).get("tls", {}).get("client_cert_chain", ())
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-scheme", scope["scheme"].encode())]})
    await send({"type": "http.response.body", "body": "".join(chain).encode()})


@asynccontextmanager
async def open_tls_node(deployment: Deployment, directory: Path) -> AsyncIterator[TlsNode]:
    """Serve the service of a deployment with TLS too. The deployment ends with it."""
    files, authority, client_authority = Files(directory), trustme.CA(), trustme.CA()
    files.put_pair(authority.issue_cert(*NAMES))
    files.put_client_ca(client_authority)
    settings = files.settings(deployment.settings)
    mtls = free_port()
    with_mtls_port = files.settings(deployment.settings, grpc_mtls_port=mtls)
    service = deployment.service
    app = application(services(service.channel()), service.ready)
    async with AsyncExitStack() as stack:
        tls = await stack.enter_async_context(open_tls(settings))
        assert tls is not None
        yield TlsNode(
            deployment,
            files,
            authority,
            client_authority,
            tls,
            grpc_port=await stack.enter_async_context(serve_grpc(with_mtls_port, service, tls)),
            mtls=mtls,
            only_mtls=await stack.enter_async_context(serve_grpc(settings, service, tls)),
            http=await stack.enter_async_context(serve_http(settings, app, service.stopping, tls)),
            echo=await stack.enter_async_context(serve_http(settings, echo, service.stopping, tls)),
        )
