"""Servers that misbehave, over TLS: each costs a bounded time and size, and gets its class."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import gzip
import os
import socket
import ssl
import struct
import time
import warnings
from asyncio.subprocess import DEVNULL, PIPE
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
import trustme
from egress.servers import CA, client, server, serving
from ports import free_port
from waiting import until

from strongroom_server.egress.client import Client, Limits, Request, Response
from strongroom_server.egress.connection import connect
from strongroom_server.egress.endpoints import Destination, Endpoint
from strongroom_server.egress.policy import Policy, networks_of
from strongroom_server.egress.refusals import EgressRefused, Refusal
from strongroom_server.egress.tls import tls_context

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = Limits(seconds=10, body_bytes=1024 * 1024)
OK = b"HTTP/1.1 200 OK\r\n"
MIB = 1024 * 1024


async def get(port: int, directory: Path, limits: Limits = LIMITS) -> Response:
    to, target = client(port, directory).destination_of(f"https://127.0.0.1:{port}/x")
    return await client(port, directory).send(to, Request("GET", target), limits)


async def hang(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"Content-Length: 1000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def drip_head(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)
    while True:
        writer.write(b"A: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


def flood(first: bytes, piece: bytes) -> object:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        for _number in range(100 * MIB // len(piece)):
            writer.write(piece)
            await writer.drain()

    return answer


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"Content-Length: 10\r\n\r\nhalf")
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize("answer", [hang, drip, drip_head], ids=["hang", "drip", "drip of a head"])
async def test_a_slow_server_is_left_in_time(answer: object, tmp_path: Path) -> None:
    async with server(answer, serving("127.0.0.1")) as (port, _):  # type: ignore[arg-type] # one of several answers
        began = time.monotonic()
        with pytest.raises(EgressRefused) as caught:
            await get(port, tmp_path, Limits(0.4))
        assert time.monotonic() - began < 2
    assert (caught.value.cause, caught.value.metadata["class"]) == ("response_timeout", "timeout")
    assert caught.value.detail == "did not respond within 0.4 seconds"


async def test_a_server_that_sends_in_each_turn_of_a_busy_process_is_left_in_time(tmp_path: Path) -> None:
    async def send_in_each_turn(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"\r\n")
        for _number in range(2000):
            writer.write(b"x")
            # Other work of the process.
            time.sleep(0.002)  # noqa: ASYNC251 - it has to occupy the event loop
            await asyncio.sleep(0)

    async with server(send_in_each_turn) as (port, _):
        began = time.monotonic()
        with pytest.raises(EgressRefused) as caught:
            await client(port, tmp_path).send(Endpoint("http", "127.0.0.1", port), Request("GET", "/"), Limits(0.2))
        assert time.monotonic() - began < 2.5
    assert caught.value.cause == "response_timeout"


async def test_a_server_that_never_ends_its_handshake_is_left_in_time(tmp_path: Path) -> None:
    async with server(hang) as (port, _):
        with pytest.raises(EgressRefused) as caught:
            await get(port, tmp_path, Limits(0.3))
    assert caught.value.cause == "connect_timeout"


@pytest.mark.parametrize(
    ("answer", "cause", "kind"),
    [
        (b"", "not_http", "not_http"),
        (b"SSH-2.0-OpenSSH\r\n", "not_http", "not_http"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "not_http", "not_http"),
        (OK + b"Content-Length: 10\r\n\r\nshort", "not_http", "not_http"),
        (OK + b"Content-Length: x\r\n\r\n", "not_http", "not_http"),
        (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "not_http", "not_http"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", "not_http", "not_http"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n", "not_http", "not_http"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n", "not_http", "not_http"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "not_http", "not_http"),
        (OK + b"Transfer-Encoding: gzip\r\n\r\nabc", "not_http", "not_http"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "not_http", "not_http"),
        (OK + b"A: " + b"x" * 100_000 + b"\r\n\r\n", "head_too_large", "too_large"),
        (flood(OK, b"A: " + b"x" * 60_000 + b"\r\n"), "head_too_large", "too_large"),
        (flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500), "head_too_large", "too_large"),
        (flood(b"", b"HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n" * 500), "head_too_large", "too_large"),
        (OK + b"Content-Length: 99999999\r\n\r\n" + b"x" * 2 * MIB, "body_too_large", "too_large"),
        (flood(OK + b"\r\n", b"x" * MIB), "body_too_large", "too_large"),
        (
            flood(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
            "body_too_large",
            "too_large",
        ),
        (flood(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 2000), "framing", "not_http"),
        (
            flood(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"e" * 20_000 + b"\r\nx\r\n"),
            "framing",
            "not_http",
        ),
        (flood(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n" * 1000), "not_http", "not_http"),
        (reset, "closed", "connection"),
    ],
    ids=[
        "nothing",
        "not HTTP",
        "half a head",
        "half a body",
        "length that is no number",
        "two lengths",
        "chunk size that is no number",
        "chunk longer than its size",
        "negative chunk",
        "chunks without an end",
        "unknown coding",
        "switched protocol",
        "long head",
        "100 MB of headers",
        "100 MB of 100 Continue",
        "100 MB of early hints",
        "long body",
        "100 MB without a length",
        "100 MB of chunks",
        "100 MB of chunks of one byte",
        "100 MB of chunk extensions",
        "100 MB of trailers",
        "reset",
    ],
)
async def test_a_bad_response_is_refused_by_its_class(answer: object, cause: str, kind: str, tmp_path: Path) -> None:
    async with server(answer, serving("127.0.0.1")) as (port, _):  # type: ignore[arg-type] # one of several answers
        with pytest.raises(EgressRefused) as caught:
            await get(port, tmp_path)
    assert (caught.value.cause, caught.value.metadata["class"]) == (cause, kind)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 204 No\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not\r\nContent-Length: 99\r\n\r\n", 304, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 10 + OK + b"Content-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, b"until the end"),
        (OK + b"Content-Length: 2\r\n\r\nok and more", 200, b"ok"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nTrailer: x\r\n\r\n", 200, b"ok"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n", 302, b""),
        (b"HTTP/1.1 500 Bad\r\nContent-Length: 4\r\n\r\noops", 500, b"oops"),
    ],
    ids=[
        "204",
        "304",
        "100s",
        "early hints",
        "HTTP/1.0",
        "more than its length",
        "chunks",
        "redirect to metadata",
        "500",
    ],
)
async def test_a_complete_response_is_returned(answer: bytes, status: int, body: bytes, tmp_path: Path) -> None:
    async with server(answer, serving("127.0.0.1")) as (port, _):
        response = await get(port, tmp_path)
    assert (response.status, response.body) == (status, body)


async def test_a_compressed_body_stays_compressed(tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * 64 * MIB, 1)
    answer = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb
    async with server(answer, serving("127.0.0.1")) as (port, _):
        assert (await get(port, tmp_path)).body == bomb


async def test_a_response_before_the_request_was_read_is_kept(tmp_path: Path) -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 413 Large\r\nContent-Length: 2\r\n\r\nno")
        await writer.drain()
        await asyncio.sleep(0.1)

    async with server(refuse, serving("127.0.0.1")) as (port, _):
        request = Request("POST", "/", body=b"x" * 8 * MIB)
        response = await client(port, tmp_path).send(Destination("https", "127.0.0.1", port), request, LIMITS)
    assert (response.status, response.body) == (413, b"no")


@pytest.mark.parametrize(
    ("head", "cause"),
    [(OK + b"\r\n", "closed"), (OK + b"Content-Length: 4\r\n\r\n", None)],
    ids=["until the end", "with a length"],
)
async def test_a_body_until_the_end_is_refused_if_somebody_on_the_way_ends_it(
    head: bytes, cause: str | None, tmp_path: Path
) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head + b"half")
        await writer.drain()
        # TCP ends, and TLS does not.
        with socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno())) as connected:
            connected.shutdown(socket.SHUT_WR)
        await reader.read()

    async with server(cut, serving("127.0.0.1")) as (port, _):
        if cause is None:
            assert (await get(port, tmp_path)).body == b"half"
            return
        with pytest.raises(EgressRefused) as caught:
            await get(port, tmp_path)
    assert caught.value.cause == cause


@pytest.mark.parametrize("with_tls", [False, True], ids=["plain", "TLS"])
async def test_a_complete_response_is_kept_if_a_reset_follows(*, with_tls: bool, tmp_path: Path) -> None:
    async def answer_and_reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chunk = b"20\r\n" + b"x" * 0x20 + b"\r\n"
        writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3000 + b"0\r\n\r\n")
        await until(lambda: not writer.transport.get_write_buffer_size())
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with server(answer_and_reset, serving("127.0.0.1") if with_tls else None) as (port, _):
        to = Endpoint("https" if with_tls else "http", "127.0.0.1", port)
        for _number in range(5):
            response = await client(port, tmp_path).send(to, Request("POST", "/", body=b"x" * 100_000), LIMITS)
            assert len(response.body) == 3000 * 0x20


async def test_a_server_that_takes_no_connections_is_left_in_time(tmp_path: Path) -> None:
    with socket.socket() as listening, contextlib.ExitStack() as waiting:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        # The kernel drops connections beyond the queue of those that wait to be accepted.
        for _ in range(4):
            queued = waiting.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(listening.getsockname())
        began = time.monotonic()
        with pytest.raises(EgressRefused) as caught:
            await get(listening.getsockname()[1], tmp_path, Limits(0.3))
        assert time.monotonic() - began < 2
    assert caught.value.cause == "connect_timeout"
    assert caught.value.detail == "cannot be connected to within 0.3 seconds"


async def test_one_byte_chunks_do_not_hold_the_event_loop(tmp_path: Path) -> None:
    answer = OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 12_000 + b"0\r\n\r\n"
    longest, ended = 0.0, False

    async def measure() -> None:
        nonlocal longest
        while not ended:
            # CPU time of this thread, because other processes use the machine too.
            began = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - began)

    async with server(answer, serving("127.0.0.1")) as (port, _):
        measuring = asyncio.create_task(measure())
        response = await get(port, tmp_path)
        ended = True
        await measuring
    assert response.body == b"x" * 12_000
    assert longest < 0.02


def expired() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    CA.issue_cert("127.0.0.1", not_before=past, not_after=past + datetime.timedelta(days=1)).configure_cert(context)
    return context


def only_common_name() -> ssl.SSLContext:
    """A certificate for good.com by its common name, and for nothing by its alternative names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert("nobody@good.com", common_name="good.com").configure_cert(context)
    return context


async def test_the_common_name_of_a_certificate_names_no_server(tmp_path: Path) -> None:
    client(0, tmp_path)
    async with server(OK + b"\r\n", only_common_name()) as (port, _):
        with pytest.raises(Refusal) as caught:
            await connect(
                "good.com",
                port,
                [ip_address("127.0.0.1")],
                tls_context(tmp_path / "ca.pem"),
                asyncio.get_running_loop().time() + 5,
            )
    assert caught.value.cause == "certificate"


@pytest.mark.parametrize(
    ("tls", "cause"),
    [
        (serving("127.0.0.1", ca=trustme.CA()), "certificate"),
        (serving("127.0.0.2"), "certificate"),
        (serving("127.0.0.1.good.com"), "certificate"),
        (expired(), "certificate"),
        (None, "tls"),
    ],
    ids=["unknown CA", "another address", "a name", "expired", "no TLS"],
)
async def test_a_server_that_cannot_be_verified_is_sent_nothing(
    tls: ssl.SSLContext | None, cause: str, tmp_path: Path
) -> None:
    async with server(OK + b"\r\n", tls) as (port, requests):
        with pytest.raises(EgressRefused) as caught:
            await get(port, tmp_path)
    assert caught.value.cause == cause
    assert not any(b"HTTP/1.1" in request for request in requests)


async def test_a_server_of_an_old_tls_is_refused(tmp_path: Path) -> None:
    issued = CA.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    port = free_port()
    command = [
        "openssl",
        "s_server",
        "-accept",
        f"127.0.0.1:{port}",
        "-cert",
        str(tmp_path / "server.pem"),
        "-www",
        "-quiet",
        "-cipher",
        "DEFAULT@SECLEVEL=0",
    ]
    for version, name, cause in (
        ("-tls1", "TLSv1", "tls"),
        ("-tls1_1", "TLSv1.1", "tls"),
        ("-tls1_2", "TLSv1.2", None),
    ):
        process = await asyncio.create_subprocess_exec(*command, version, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL)
        try:
            assert await outcome(port, tmp_path) == cause
            assert await asyncio.to_thread(version_of, port) == name
        finally:
            process.kill()
            await process.wait()


def version_of(port: int) -> str | None:
    """The version of TLS that a client without our rules gets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with socket.create_connection(("127.0.0.1", port)) as plain, context.wrap_socket(plain) as connected:
        return connected.version()


async def outcome(port: int, directory: Path) -> str | None:
    """The cause of a refusal, once the server listens."""
    for _ in range(200):
        try:
            await get(port, directory)
        except EgressRefused as refused:
            if refused.detail != "cannot be connected to (ConnectionRefusedError)":
                return refused.cause
            await asyncio.sleep(0.02)
        else:
            return None
    raise TimeoutError


async def test_the_keys_of_connections_are_not_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    async with server(OK + b"Content-Length: 0\r\n\r\n", serving("127.0.0.1")) as (port, _):
        assert (await get(port, tmp_path)).status == 200
    assert not (tmp_path / "keys").exists()


async def test_the_node_itself_is_refused_unless_its_very_address_is_allowed(tmp_path: Path) -> None:
    async with server(OK + b"\r\n", serving("127.0.0.1")) as (port, requests):
        wide = Client(Policy(networks_of("127.0.0.0/8"), ports=frozenset({port})), tls_context(None))
        with pytest.raises(EgressRefused) as caught:
            await wide.send(Destination("https", "127.0.0.1", port), Request("GET", "/"), LIMITS)
    assert caught.value.cause == "own_address"
    assert requests == []
