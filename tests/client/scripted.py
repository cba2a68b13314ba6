"""A gRPC server whose responses a test sets: errors, delays and messages."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import grpc
from grpc import aio

import strongroom

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import trustme
    from google.protobuf.message import Message
    from google.rpc.status_pb2 import Status

    Context = aio.ServicerContext[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Failure:
    """A response that is an error."""

    code: grpc.StatusCode
    status: Status | None = None
    trailers: tuple[tuple[str, str | bytes], ...] = ()


API_KEY = "sr_test_hunter2"

HANG = "hang"
"""The server never responds."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the server received it."""

    method: str
    request: bytes
    metadata: dict[str, str | bytes]
    seconds_left: float
    # The client certificate in PEM, empty without one.
    certificate: bytes


@dataclass(slots=True)
class Scripted:
    """The responses of the server, one per call and then the last one repeatedly, and the calls that it received.

    With `knows_callers` it answers GetCaller itself, by which a gateway authenticates before it reads a body.
    """

    answers: list[Message | Failure | str]
    target: str = ""
    knows_callers: bool = True
    calls: list[Call] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, method: str, request: bytes, context: Context) -> bytes:
        if method == "GetCaller" and self.knows_callers:
            return b""
        metadata = {str(key): value for key, value in context.invocation_metadata() or ()}
        certificate = b"".join(context.auth_context().get("x509_pem_cert", ()))
        self.calls.append(Call(method, request, metadata, context.time_remaining() or 0.0, certificate))
        self.arrived.set()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, str):
            try:
                await asyncio.sleep(3600)
            finally:
                self.cancelled.set()
        elif isinstance(answer, Failure):
            trailers = answer.trailers
            if answer.status is not None:
                trailers += (("grpc-status-details-bin", answer.status.SerializeToString()),)
            await context.abort(answer.code, answer.status.message if answer.status else "scripted", trailers)
        else:
            return answer.SerializeToString()
        raise AssertionError("unreachable")


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, scripted: Scripted) -> None:
        self._scripted = scripted

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        method = handler_call_details.method.rpartition("/")[2]

        async def answer(request: bytes, context: Context) -> bytes:
            return await self._scripted.answer(method, request, context)

        return grpc.unary_unary_rpc_method_handler(answer)


@asynccontextmanager
async def serve(
    *answers: Message | Failure | str,
    address: str = "127.0.0.1:0",
    tls: trustme.LeafCert | None = None,
    client_ca: trustme.CA | None = None,
) -> AsyncIterator[Scripted]:
    """Start a server with these responses, over TLS with a certificate. With a client CA it requires a client certificate."""
    scripted = Scripted(list(answers))
    server = aio.server(options=[("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((_Handler(scripted),))
    if tls:
        roots = client_ca.cert_pem.bytes() if client_ca else None
        chain = b"".join(each.bytes() for each in tls.cert_chain_pems)
        credentials = grpc.ssl_server_credentials([(tls.private_key_pem.bytes(), chain)], roots, client_ca is not None)
        port = server.add_secure_port(address, credentials)
    else:
        port = server.add_insecure_port(address)
    scripted.target = f"{address.rpartition(':')[0]}:{port}"
    await server.start()
    try:
        yield scripted
    finally:
        await server.stop(None)


@asynccontextmanager
async def connect(
    *answers: Message | Failure | str, timeout_seconds: float = 10.0
) -> AsyncIterator[tuple[Scripted, strongroom.Client]]:
    """Start a server with these responses, and connect a client to it."""
    async with (
        serve(*answers) as server,
        strongroom.Client(server.target, API_KEY, plaintext=True, timeout_seconds=timeout_seconds) as client,
    ):
        yield server, client
