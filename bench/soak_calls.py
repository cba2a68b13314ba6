"""The calls of `bench.soak`: rounds of what clients do over gRPC and HTTP, with calls that fail, streams and new connections."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
import struct
import time
from collections import Counter
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import grpc.aio
import httpx
from google.protobuf.field_mask_pb2 import FieldMask

from bench.programs import KEY
from strongroom.v1.audit_service_pb2 import StreamAuditEventsRequest
from strongroom.v1.audit_service_pb2_grpc import AuditServiceStub
from strongroom.v1.credential_pb2 import SURFACE_NATIVE, Credential, CredentialData, TextData
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from google.protobuf.message import Message

_METADATA: Final = (("authorization", f"Bearer {KEY}"),)
_HEADERS: Final = {"Authorization": f"Bearer {KEY}"}
_TINES: Final = "/api/v1/user_credentials"
_LIVEZ: Final = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
# With this option, closing a connection resets it.
_RESETS: Final = struct.pack("ii", 1, 0)
_NO_CREDENTIAL: Final = "01900000-0000-7000-8000-000000000000"
OWN_CONNECTION: Final = (("grpc.use_local_subchannel_pool", 1),)
# The server sends what is new twice a second.
_QUIET_SECONDS: Final = 0.1
# Without it each client of httpx reads the CAs of the machine, for some tens of milliseconds.
_NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# Failing calls are in one of so many rounds, and streams and new connections in another: with more, their limits hold them back.
_ROUNDS: Final = 10


def _data(size: int) -> CredentialData:
    return CredentialData(text=TextData(value="x" * size))


def _create(name: str, size: int = 64) -> CreateCredentialRequest:
    return CreateCredentialRequest(credential=Credential(surface=SURFACE_NATIVE, name=name, data=_data(size)))


class Calls:
    """The calls of many clients. They begin at a rate that may be set, and those that did not end as they must are counted."""

    def __init__(self, channels: list[grpc.aio.Channel], https: list[httpx.AsyncClient], target: str, url: str) -> None:
        self._stubs = [CredentialServiceStub(channel) for channel in channels]
        self._audits = [AuditServiceStub(channel) for channel in channels]
        self._https = https
        self._target = target
        self._url = url
        self._rounds = itertools.count()
        self._due = 0.0
        # That of the last audit event that was read.
        self._position = 0
        self.seconds_apart = 0.0
        self.made = 0
        self.surprises: Counter[str] = Counter()

    async def repeat(self, worker: int) -> None:
        """Make rounds of calls until cancelled."""
        while True:
            number = next(self._rounds)
            try:
                await self._round(worker, number)
                if number % _ROUNDS == 0:
                    await self._fail(worker)
                if number % _ROUNDS == 1:
                    await self._connect(worker)
            except (grpc.aio.AioRpcError, httpx.HTTPError, OSError, EOFError, KeyError) as error:
                self.surprises[f"{type(error).__name__} {getattr(error, 'code', lambda: '')()}"] += 1

    async def _grpc(
        self, method: Any, request: Message, fails: grpc.StatusCode | None = None, metadata: Any = _METADATA
    ) -> Any:
        """Make a call, and check how it ends. Returns its response if it had to succeed."""
        await self._wait()
        try:
            response = await method(request, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            if error.code() != fails:
                raise
            return None
        if fails is not None:
            self.surprises[f"OK instead of {fails.name}"] += 1
        return response

    async def _http(
        self, method: Callable[..., Awaitable[httpx.Response]], path: str, status: HTTPStatus, **content: Any
    ) -> httpx.Response:
        """Make a request, and check its status."""
        await self._wait()
        response = await method(path, **content)
        if response.status_code != status:
            self.surprises[f"{response.status_code} instead of {int(status)}"] += 1
        return response

    async def _wait(self) -> None:
        """Wait until the next call is due."""
        self.made += 1
        now = time.monotonic()
        self._due = max(self._due + self.seconds_apart, now - 1)
        if self._due > now:
            await asyncio.sleep(self._due - now)

    async def _round(self, worker: int, number: int) -> None:
        """The 16 calls of a credential's life over gRPC, or in every third round the 8 over HTTP."""
        if number % 3 == 0:
            await self._http_round(self._https[worker % len(self._https)], number)
            return
        stub = self._stubs[worker % len(self._stubs)]
        created = await self._grpc(stub.CreateCredential, _create(f"soak {number}"))
        for index in range(8):
            await self._grpc(stub.AccessCredential, AccessCredentialRequest(id=created.id))
            if index % 2:
                await self._grpc(stub.GetCredential, GetCredentialRequest(id=created.id))
        update = UpdateCredentialRequest(
            id=created.id, credential=Credential(data=_data(32)), update_mask=FieldMask(paths=["data.text.value"])
        )
        await self._grpc(stub.UpdateCredential, update)
        await self._grpc(stub.ListCredentials, ListCredentialsRequest(page_size=20))
        await self._grpc(stub.DeleteCredential, DeleteCredentialRequest(id=created.id))

    async def _http_round(self, http: httpx.AsyncClient, number: int) -> None:
        body = {"name": f"soak {number}", "mode": "TEXT", "team_id": 2, "value": "x" * 64}
        created = await self._http(http.post, _TINES, HTTPStatus.CREATED, json=body)
        path = f"{_TINES}/{created.json()['id']}"
        for _ in range(4):
            await self._http(http.get, path, HTTPStatus.OK)
        await self._http(http.put, path, HTTPStatus.OK, json={**body, "value": "y"})
        await self._http(http.get, _TINES, HTTPStatus.OK, params={"per_page": 20})
        await self._http(http.delete, path, HTTPStatus.NO_CONTENT)

    async def _fail(self, worker: int) -> None:
        """Calls that must fail."""
        stub, http = self._stubs[worker % len(self._stubs)], self._https[worker % len(self._https)]
        access = AccessCredentialRequest(id=_NO_CREDENTIAL)
        unknown = (("authorization", f"Bearer sr_unknown_{next(self._rounds)}"),)
        await self._grpc(stub.AccessCredential, access, grpc.StatusCode.NOT_FOUND)
        await self._grpc(stub.CreateCredential, _create("", 4096), grpc.StatusCode.INVALID_ARGUMENT)
        await self._grpc(stub.AccessCredential, access, grpc.StatusCode.UNAUTHENTICATED, unknown)
        await self._http(http.post, _TINES, HTTPStatus.UNPROCESSABLE_ENTITY, content=b'{"name":')
        headers = {"Authorization": f"Bearer sr_unknown_{next(self._rounds)}"}
        await self._http(http.get, _TINES, HTTPStatus.UNAUTHORIZED, headers=headers)

    async def _connect(self, worker: int) -> None:
        """A stream, and a connection of each kind for one call."""
        await self._follow(self._audits[worker % len(self._audits)])
        async with grpc.aio.insecure_channel(self._target, options=OWN_CONNECTION) as channel:
            page = ListCredentialsRequest(page_size=1)
            await self._grpc(CredentialServiceStub(channel).ListCredentials, page)
        async with httpx.AsyncClient(base_url=self._url, headers=_HEADERS, timeout=60, verify=_NO_TLS) as http:
            await self._http(http.get, _TINES, HTTPStatus.OK, params={"per_page": 1})
        await self._reset()

    async def _follow(self, audit: Any) -> None:
        """Read the audit events that are new, and cancel while the server waits for more, as a consumer that is stopped does."""
        await self._wait()
        request = StreamAuditEventsRequest(after_chain_position=self._position)
        stream = audit.StreamAuditEvents(request, metadata=_METADATA)
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(_QUIET_SECONDS):
                    self._position = max(self._position, (await stream.read()).chain_position)
        stream.cancel()

    async def _reset(self) -> None:
        """A connection that the client resets after a request, as one does that crashes."""
        await self._wait()
        url = httpx.URL(self._url)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(_LIVEZ)
        if not (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200"):
            self.surprises["no 200 before a reset"] += 1
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESETS)
        writer.close()


async def open_clients(stack: Any, target: str, url: str, count: int) -> Calls:
    """Open so many connections of each kind."""
    channels = [
        await stack.enter_async_context(grpc.aio.insecure_channel(target, options=OWN_CONNECTION)) for _ in range(count)
    ]
    https = [
        await stack.enter_async_context(httpx.AsyncClient(base_url=url, headers=_HEADERS, timeout=60))
        for _ in range(count)
    ]
    return Calls(channels, https, target, url)
