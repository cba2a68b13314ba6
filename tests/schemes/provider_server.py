"""The mock provider's process: `python provider_server.py <certificate and key> <CA of clients>`. See provider.py.

It serves HTTPS on a free port of 127.0.0.1, prints the port, and runs until it is killed or its standard input is closed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import gzip
import hashlib
import json
import random
import socket
import ssl
import struct
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

import h11

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from schemes.provider_consent import PATHS, Consents
from schemes.provider_tokens import Modes, Reply, Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_MIB = 1024 * 1024


class Exchange:
    """One request on a connection, and its response."""

    def __init__(
        self, head: h11.Request, protocol: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.method = head.method.decode()
        self.path, _, self.query = head.target.decode("latin-1").partition("?")
        self.parameters = dict(parse_qsl(self.query))
        self.headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers.raw_items()]
        self.by_name = {name.lower(): value for name, value in self.headers}
        self.trailers: list[tuple[bytes, bytes]] = []
        self.status = 0
        self.writer = writer
        self._protocol = protocol
        self._reader = reader

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body, piece by piece."""
        while True:
            event = self._protocol.next_event()
            if event is h11.NEED_DATA:
                if self._protocol.they_are_waiting_for_100_continue:
                    self.write(h11.InformationalResponse(status_code=100, headers=[]))
                self._protocol.receive_data(await self._reader.read(65536))
            elif isinstance(event, h11.Data):
                yield bytes(event.data)
            else:
                if isinstance(event, h11.EndOfMessage):
                    self.trailers = list(event.headers)
                return

    async def body(self) -> bytes:
        return b"".join([piece async for piece in self.pieces()])

    def write(self, event: h11.Event) -> None:
        self.writer.write(self._protocol.send(event) or b"")

    def begin(self, status: int, *headers: tuple[str, str]) -> None:
        self.status = status
        self.write(h11.Response(status_code=status, headers=list(headers)))

    async def send(self, data: bytes) -> None:
        self.write(h11.Data(data=data))
        await self.writer.drain()

    async def end(self) -> None:
        self.write(h11.EndOfMessage())
        await self.writer.drain()

    async def respond(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        """Answer with a whole body. The body of the request must have been read."""
        given = {name.lower() for name, _ in headers}
        kind = () if "content-type" in given else (("Content-Type", "application/json"),)
        self.begin(status, *headers, *kind, ("Content-Length", str(len(body))))
        if self.method != "HEAD":
            await self.send(body)
        await self.end()

    async def respond_json(self, document: Any, status: int = 200, *headers: tuple[str, str]) -> None:
        await self.respond(status, json.dumps(document).encode(), *headers)


class Server:
    def __init__(self) -> None:
        self.tokens = Tokens()
        self.consents = Consents(self.tokens)
        self.log: list[dict[str, Any]] = []
        self.running: dict[str, int] = {}
        self.token_urls: list[str] = []
        self._handlers = {
            "token": self._token,
            "api": self._api,
            "echo": self._echo,
            "answer": self._canned,
            "sse": self._sse,
            "big": self._big,
            "count": self._count,
            "duplex": self._duplex,
            **dict.fromkeys(PATHS, self._consent),
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        protocol = h11.Connection(h11.SERVER)
        try:
            while True:
                event = protocol.next_event()
                if event is h11.NEED_DATA:
                    protocol.receive_data(await reader.read(65536))
                elif isinstance(event, h11.Request):
                    await self._answer(Exchange(event, protocol, reader, writer))
                    if protocol.our_state is not h11.DONE or protocol.their_state is not h11.DONE:
                        break
                    protocol.start_next_cycle()
                else:
                    break
        except (OSError, h11.ProtocolError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, exchange: Exchange) -> None:
        path = exchange.path
        _, first, *rest = [*path.split("/"), ""]
        if first == "admin":
            return await self._admin(exchange, rest[0])
        entry = {
            "time": time.time(),
            "method": exchange.method,
            "path": path,
            "concurrency": 0,
            "status": 0,
            "grant": "",
            "client_id": "",
            "authentication": "",
            "family": "",
            "generation": 0,
        }
        self.log.append(entry)
        try:
            if first not in self._handlers:
                await exchange.body()
                return await exchange.respond_json({"error": "not found"}, 404)
            await self._handlers[first](exchange, entry)
        finally:
            entry["status"] = exchange.status
        return None

    @contextlib.contextmanager
    def _counted(self, entry: dict[str, Any], kind: str) -> Iterator[None]:
        """Count the requests of one kind that are running."""
        entry["concurrency"] = self.running[kind] = self.running.get(kind, 0) + 1
        try:
            yield
        finally:
            self.running[kind] -= 1

    async def _admin(self, exchange: Exchange, name: str) -> None:
        given = json.loads(await exchange.body() or b"{}")
        answer: Any = {}
        match name:
            case "mode":
                try:
                    self.tokens.set(**given)
                except ValueError as error:
                    return await exchange.respond_json(str(error), 400)
            case "reset":
                self.tokens.modes = Modes()
                self.log.clear()
            case "log":
                answer = self.log
            case "grant":
                answer = self.tokens.grant(given["expires_in"])
            case "access-token":
                answer = self.tokens.access_token()
            case "revoke":
                self.tokens.revoke(given["token"])
            case "trust":
                self.tokens.issuers[given["issuer"]] = given["public_key"]
        await exchange.respond_json(answer)
        return None

    async def _token(self, exchange: Exchange, entry: dict[str, Any]) -> None:
        body = await exchange.body()
        reply = self.tokens.answer(body, exchange.by_name, self.token_urls, entry)
        with self._counted(entry, entry["family"] or json.dumps(entry["fields"])):
            latency = self.tokens.modes.latency
            await asyncio.sleep(random.uniform(*latency) if isinstance(latency, list) else latency)
            await _send(exchange, reply)

    async def _consent(self, exchange: Exchange, entry: dict[str, Any]) -> None:
        body = (await exchange.body()).decode()
        reply = self.consents.answer(exchange.method, exchange.path, exchange.query, body, exchange.by_name, entry)
        await _send(exchange, reply)

    async def _api(self, exchange: Exchange, _: dict[str, Any]) -> None:
        await exchange.body()
        scheme, token = exchange.by_name.get("authorization", "").partition(" ")[::2]
        if scheme.lower() == "bearer" and self.tokens.is_live(token):
            await exchange.respond_json({"ok": True})
        else:
            refusal = ("WWW-Authenticate", 'Bearer error="invalid_token"')
            await exchange.respond_json({"error": "invalid_token"}, 401, refusal)

    async def _echo(self, exchange: Exchange, _: dict[str, Any]) -> None:
        body = await exchange.body()
        if way := exchange.parameters.get("as"):
            return await _echo_secret(exchange, way)
        is_digest = "digest" in exchange.parameters
        certificate: Any = exchange.writer.get_extra_info("peercert") or {}
        names = dict(pair for each in certificate.get("subject", ()) for pair in each)
        await exchange.respond_json(
            {
                "method": exchange.method,
                "path": exchange.path,
                "query": exchange.query,
                "headers": [[name, _sha256(value) if is_digest else value] for name, value in exchange.headers],
                "body": body.decode("latin-1"),
                "client_certificate": names.get("commonName", names.get("organizationalUnitName", "")),
            }
        )
        return None

    async def _canned(self, exchange: Exchange, _: dict[str, Any]) -> None:
        await exchange.body()
        headers = [value.partition(":")[::2] for name, value in parse_qsl(exchange.query) if name == "header"]
        await asyncio.sleep(float(exchange.parameters.get("seconds", 0)))
        status, body = int(exchange.parameters.get("status", 200)), exchange.parameters.get("body", "")
        await exchange.respond(status, body.encode(), *headers)

    async def _sse(self, exchange: Exchange, _: dict[str, Any]) -> None:
        await exchange.body()
        exchange.begin(200, ("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked"))
        for number in range(int(exchange.parameters.get("events", 5))):
            await exchange.send(f"data: {number}\n\n".encode())
            await asyncio.sleep(float(exchange.parameters.get("seconds", 0.05)))
        await exchange.end()

    async def _big(self, exchange: Exchange, _: dict[str, Any]) -> None:
        await exchange.body()
        left = int(exchange.parameters.get("bytes", _MIB))
        exchange.begin(200, ("Content-Type", "application/octet-stream"), ("Content-Length", str(left)))
        piece = bytes(64 * 1024)
        while left > 0:
            await exchange.send(piece[:left])
            left -= len(piece)
        await exchange.end()

    async def _count(self, exchange: Exchange, _: dict[str, Any]) -> None:
        digest, size = hashlib.sha256(), 0
        async for piece in exchange.pieces():
            digest.update(piece)
            size += len(piece)
        await exchange.respond_json({"bytes": size, "sha256": digest.hexdigest()})

    async def _duplex(self, exchange: Exchange, _: dict[str, Any]) -> None:
        exchange.begin(200, ("Content-Type", "application/octet-stream"), ("Transfer-Encoding", "chunked"))
        async for piece in exchange.pieces():
            await exchange.send(piece)
        exchange.write(h11.EndOfMessage(headers=exchange.trailers))
        await exchange.writer.drain()


async def _send(exchange: Exchange, reply: Reply) -> None:
    """Send an answer of the token endpoint the way that its mode asks for."""
    transport = exchange.writer.transport
    kind = ("Content-Type", reply.content_type)
    match reply.way:
        case "":
            await exchange.respond(reply.status, reply.body, *reply.headers, kind)
        case "drop":
            exchange.writer.close()
        case "reset":
            connected = exchange.writer.get_extra_info("socket")
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        case "hang":
            await asyncio.sleep(3600)
        case "drip":
            exchange.begin(reply.status, kind, ("Content-Length", str(len(reply.body))))
            for byte in reply.body:
                await exchange.send(bytes([byte]))
                await asyncio.sleep(0.2)
            await exchange.end()
        case "huge":
            exchange.begin(reply.status, kind, ("Content-Length", str(64 * _MIB)))
            for _ in range(64):
                await exchange.send(b" " * _MIB)
            await exchange.end()
        case "gzip":
            await exchange.respond(reply.status, _bomb(), kind, ("Content-Encoding", "gzip"))


async def _echo_secret(exchange: Exchange, way: str) -> None:
    name = exchange.parameters.get("of", "authorization").lower()
    secret = exchange.by_name.get(name, "")
    if name == "authorization":
        secret = secret.partition(" ")[2]
    before = b"x" * int(exchange.parameters.get("offset", 0))
    text = ("Content-Type", "text/plain")
    forms = {
        "raw": lambda: before + secret.encode(),
        "base64": lambda: base64.b64encode(before + secret.encode()),
        "percent": lambda: quote(secret, safe="").encode(),
        "escaped": lambda: "".join(f"\\u{ord(each):04x}" for each in secret).encode(),
        "gzip": lambda: gzip.compress(secret.encode()),
    }
    if way == "header":
        await exchange.respond(200, b"", text, ("X-Echo", secret))
    elif way == "bytewise":
        exchange.begin(200, text, ("Transfer-Encoding", "chunked"))
        for byte in secret.encode():
            await exchange.send(bytes([byte]))
        await exchange.end()
    elif way == "gzip":
        await exchange.respond(200, forms[way](), text, ("Content-Encoding", "gzip"))
    else:
        await exchange.respond(200, b"before " + forms[way]() + b" after", text)


@functools.cache
def _bomb() -> bytes:
    return gzip.compress(b'{"access_token": "' + b"t" * 32 * _MIB)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("latin-1")).hexdigest()


async def main(certificate: str, clients: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.load_verify_locations(clients)
    context.verify_mode = ssl.CERT_OPTIONAL
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    port = listening.sockets[0].getsockname()[1]
    server.consents.issuer = f"https://127.0.0.1:{port}"
    server.token_urls = [f"https://{host}:{port}/token" for host in ("127.0.0.1", "localhost")]
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # Ends with the process that has started it.
    parent_is_gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), parent_is_gone.set)
    await parent_is_gone.wait()
    listening.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
