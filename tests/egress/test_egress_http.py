"""One request, one bounded response: against real servers on this machine that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import ssl
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from node.test_process import free_port

from strongroom_server.egress import http
from strongroom_server.egress.endpoints import Endpoint, tls_context
from strongroom_server.egress.http import EgressError, post

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TLS = tls_context(None)


@asynccontextmanager
async def server(
    answer: bytes, *, silent: bool = False, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that reads one request and sends these bytes; a silent one waits first. Yields its port and the requests."""
    requests: list[bytes] = []
    ending = asyncio.Event()
    handling: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handling.add(task)
        requests.append(await reader.read(65536))
        if silent:
            await ending.wait()
        with contextlib.suppress(OSError):
            writer.write(answer)
            await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1], requests
    finally:
        ending.set()
        listening.close()
        await asyncio.gather(*handling, return_exceptions=True)


async def get(port: int, scheme: str = "http", host: str = "127.0.0.1", tls: ssl.SSLContext = TLS) -> http.Response:
    return await post(Endpoint(scheme, host, port), "/v1/x", [("X-Token", "t")], b'{"a":1}', tls)


async def test_the_response_is_returned_and_the_request_is_what_was_asked() -> None:
    async with server(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n") as (
        port,
        requests,
    ):
        assert await get(port) == (200, b"abc")
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert head.split(b"\r\n") == [
        b"POST /v1/x HTTP/1.1",
        b"Host: 127.0.0.1:%d" % port,
        b"X-Token: t",
        b"Content-Length: 7",
        b"Connection: close",
    ]


async def test_a_redirect_is_a_response_and_is_not_followed() -> None:
    async with server(b"") as (trap, requests):
        location = b"HTTP/1.1 307 Temporary\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n" % trap
        async with server(location) as (port, _):
            assert (await get(port)).status == 307
        assert requests == []


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(b"") as (trap, trapped), server(b"HTTP/1.1 204 No\r\n\r\n") as (port, _):
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{trap}")
        assert (await get(port)).status == 204
        assert trapped == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "did not send a complete HTTP response"),
        (b"SSH-2.0-OpenSSH\r\n", "did not send a complete HTTP response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "did not send a complete HTTP response"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000, "did not send a complete HTTP response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 100_000, "sent more than 64 KiB"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000, "sent more than 64 KiB"),
    ],
    ids=["nothing", "not HTTP", "truncated", "long head", "long body", "body without an end"],
)
async def test_a_bad_response_is_an_error(answer: bytes, message: str) -> None:
    async with server(answer) as (port, _):
        with pytest.raises(EgressError, match=message):
            await get(port)


async def test_a_server_that_does_not_respond_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.3)
    began = time.monotonic()
    async with server(b"", silent=True) as (port, _):
        with pytest.raises(EgressError, match="did not respond within"):
            await get(port)
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("secret", ["hunter2\n", "hunter2\x00", "hünter2"])
async def test_a_header_that_cannot_be_sent_is_an_error_that_does_not_show_it(secret: str) -> None:
    async with server(b"") as (port, requests):
        with pytest.raises(EgressError, match="a header has a character that HTTP does not allow") as caught:
            await post(Endpoint("http", "127.0.0.1", port), "/v1/x", [("X-Token", secret)], b"{}", TLS)
    assert "nter2" not in str(caught.value)
    assert not any(requests)


async def test_a_closed_port_is_an_error() -> None:
    with pytest.raises(EgressError, match="cannot be connected to"):
        await get(free_port())


async def test_only_a_certificate_of_the_ca_for_this_host_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "server.pem"
    path.write_bytes(certificate("127.0.0.1"))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(path)
    async with server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", tls=serving) as (port, _):
        own = tls_context(path)
        assert await get(port, "https", tls=own) == (200, b"ok")
        with pytest.raises(EgressError, match="has a certificate that is refused"):
            await get(port, "https")
        with pytest.raises(EgressError, match="has a certificate that is refused"):
            await get(port, "https", "localhost", own)
    async with server(b"HTTP/1.1 200 OK\r\n\r\n") as (port, _):
        with pytest.raises(EgressError, match="does not speak TLS"):
            await get(port, "https")


def certificate(address: str) -> bytes:
    """A self-signed certificate for an address, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
