"""A node with a proxy and a provider, whose calls keep what callers were told and what nothing may show."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import grpc.aio
import httpx
from canary import MARKER
from conftest import open_deployment
from samples import created, named
from schemes.provider import CLIENT_SECRET
from use.calls import invoker_of
from use.minting import reaching
from use.receivers import TRAILER

from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.use_service_pb2 import (
    AuthorizeHttpRequestRequest,
    ForwardHttpRequestRequest,
    HttpRequestHead,
    MintTokenRequest,
    StreamHttpRequestRequest,
)
from strongroom.v1.use_service_pb2_grpc import UseServiceStub
from strongroom_server.gateway.proxy.app import Proxy
from strongroom_server.gateway.services import services
from strongroom_server.node.http_server import serve_proxy
from strongroom_server.node.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from conftest import Deployment
    from rpc.calls import Metadata
    from schemes.provider import Provider

    from strongroom.v1.credential_pb2 import CredentialData

IN_QUERY = "in-query-5b1d0e77"


@dataclass(frozen=True)
class World:
    """A node with a proxy, its provider, what callers were told, and what nothing may show."""

    deployment: Deployment
    provider: Provider
    http: httpx.AsyncClient
    invoker: Metadata
    told: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=lambda: {MARKER, IN_QUERY, CLIENT_SECRET}, repr=False)

    @property
    def stub(self) -> UseServiceStub:
        return UseServiceStub(self.deployment.grpc)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.provider.port}"

    async def stored(self, data: CredentialData, hosts: tuple[str, ...] = (), **fields: Any) -> str:
        settings = Credential.UseSettings(**fields.pop("settings", {}))
        made = named(data=data, allowed_hosts=[self.host, *hosts], use_settings=settings, **fields)
        return (await created(self.deployment, made)).id

    async def attempt(self, call: Awaitable[Any]) -> Any:
        """The response, or None if the call fails: then what the caller is told must hold nothing."""
        try:
            return await call
        except grpc.aio.AioRpcError as error:
            self.told.append(f"{error.details()} {error.debug_error_string()} {error.trailing_metadata()!r}")
            return None

    async def minted(self, credential: str, by: Metadata = ()) -> Any:
        request = MintTokenRequest(id=credential, target_host=self.host)
        response = await self.attempt(self.stub.MintToken(request, metadata=by or self.invoker))
        if response is not None:
            self.secrets.add(response.token)
        return response

    async def authorized(self, credential: str, url: str, by: Metadata = ()) -> Any:
        request = AuthorizeHttpRequestRequest(
            id=credential, method="GET", url=url, body_sha256=hashlib.sha256(b"").hexdigest()
        )
        return await self.attempt(self.stub.AuthorizeHttpRequest(request, metadata=by or self.deployment.metadata))

    async def forwarded(self, credential: str, url: str, **head: Any) -> Any:
        request = ForwardHttpRequestRequest(head=head_of(credential, url, **head))
        return await self.attempt(self.stub.ForwardHttpRequest(request, metadata=self.invoker))

    async def streamed(self, credential: str, url: str) -> bytes:
        messages = [StreamHttpRequestRequest(head=head_of(credential, url)), TRAILER]

        async def read() -> bytes:
            call = self.stub.StreamHttpRequest(iter(messages), metadata=self.invoker)
            return b"".join([message.chunk async for message in call])

        return await self.attempt(read()) or b""

    async def proxied(self, credential: str, url: str) -> httpx.Response | None:
        key = self.invoker[0][1].removeprefix("Bearer ")
        scheme, _, rest = url.partition("://")
        try:
            response = await self.http.get(f"/proxy/{credential}/{scheme}/{rest}", headers={"X-Api-Key": key})
        except httpx.HTTPError as error:
            self.told.append(repr(error))
            return None
        if response.headers.get("strongroom-error"):
            self.told.append(f"{response.headers} {response.text}")
        return response


def head_of(credential: str, url: str, **fields: Any) -> HttpRequestHead:
    return HttpRequestHead(**{"id": credential, "method": "GET", "url": url, **fields})


@asynccontextmanager
async def world_of(database_url: str, directory: Path, provider: Provider) -> AsyncIterator[World]:
    async with open_deployment(database_url, directory, **reaching(provider)) as deployment:
        served = deployment.service
        proxy = Proxy(services(served.channel(), served.authenticate))
        async with (
            serve_proxy(replace(deployment.settings, proxy_port=0), proxy, Stopping()) as port,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, verify=False) as http,
        ):
            by = await invoker_of(deployment)
            world = World(deployment, provider, http, by)
            world.secrets.update(key.split("_", 2)[2] for key in (by[0][1], deployment.api_key))
            yield world
