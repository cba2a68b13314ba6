"""gRPC and HTTP over TLS: what is negotiated, which clients are accepted, and what refused ones get to know."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest
import trustme
from cryptography.x509.oid import ExtendedKeyUsageOID
from node.tls_node import TlsNode, echo, open_tls_node
from node.tls_samples import expired, issued

from strongroom_server.node import http_server
from strongroom_server.node.grpc_server import serve_grpc
from strongroom_server.node.http_server import serve_http
from strongroom_server.node.settings import SettingsError
from strongroom_server.node.stopping import Stopping
from strongroom_server.node.tls.tls import HANDSHAKE_SECONDS
from strongroom_server.rpc import server as grpc_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment

PORTS = ("grpc_port", "mtls", "only_mtls", "http")


@pytest.fixture(scope="module")
async def shared_node(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TlsNode]:
    async with open_tls_node(deployment, tmp_path_factory.mktemp("tls")) as node:
        yield node


@pytest.fixture
async def node(shared_node: TlsNode) -> TlsNode:
    await shared_node.reset()
    return shared_node


async def output_of(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    return out.decode(errors="replace")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda version: version.name)
@pytest.mark.parametrize("port", PORTS)
async def test_each_port_speaks_its_protocol_over_tls(node: TlsNode, port: str, version: ssl.TLSVersion) -> None:
    context = node.context(node.client)
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])
    negotiated = await node.handshake(getattr(node, port), context)
    assert negotiated.selected_alpn_protocol() == ("http/1.1" if port == "http" else "h2")
    assert negotiated.version() == version.name.replace("_", ".")


@pytest.mark.parametrize("port", PORTS)
async def test_tls_1_1_is_refused(node: TlsNode, port: str) -> None:
    target = ("-connect", f"127.0.0.1:{getattr(node, port)}", "-cipher", "ALL:@SECLEVEL=0")
    assert "Cipher is (NONE)" in await output_of("openssl", "s_client", "-tls1_1", *target)
    assert "Cipher is ECDHE" in await output_of("openssl", "s_client", "-tls1_2", *target)


async def test_calls_and_requests_are_answered_over_tls(node: TlsNode) -> None:
    assert await node.call_once(node.grpc_port) == "OK"
    response = await node.get()
    assert (response.status_code, response.text) == (200, "alive")
    headers = {"Authorization": f"Bearer {node.deployment.api_key}"}
    async with node.http_client() as client:
        page = await client.get("/api/v1/user_credentials", headers=headers)
    assert page.json()["meta"]["current_page"].startswith(f"https://localhost:{node.http}/")


async def test_a_client_certificate_is_required_where_the_settings_say_so(node: TlsNode) -> None:
    assert await node.call_once(node.grpc_port, node.client) == "OK"
    for port in (node.mtls, node.only_mtls):
        assert await node.call_once(port, node.client) == "OK"
        assert "failed to connect" in await node.call_once(port)


async def test_http_gives_the_application_the_verified_certificate(node: TlsNode) -> None:
    leaf = node.client
    with_certificate, without = await node.get(leaf, node.echo), await node.get(None, node.echo)
    assert with_certificate.content == leaf.cert_chain_pems[0].bytes()
    assert (without.content, without.headers["x-scheme"]) == (b"", "https")


def request_in(
    context: ssl.SSLContext, port: int, session: ssl.SSLSession | None = None
) -> tuple[ssl.SSLSession | None, bool, bytes]:
    """Make a request, blocking. Returns the session, whether it was resumed, and the response."""
    with (
        socket.create_connection(("127.0.0.1", port)) as connection,
        context.wrap_socket(connection, server_hostname="localhost", session=session) as wrapped,
    ):
        wrapped.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        response = b""
        while part := wrapped.recv(65536):
            response += part
        return wrapped.session, bool(wrapped.session_reused), response


def refused_clients(node: TlsNode) -> dict[str, trustme.LeafCert]:
    leaf = node.client_authority.issue_cert("client.example")
    for_servers = issued(node.client_authority, leaf, usages=[ExtendedKeyUsageOID.SERVER_AUTH])
    wrong = trustme.LeafCert(leaf.private_key_pem.bytes(), for_servers, [])
    return {
        "unknown CA": trustme.CA().issue_cert("client.example"),
        "expired": expired(node.client_authority, "client.example"),
        "wrong purpose": wrong,
        "the server's CA": node.authority.issue_cert("client.example"),
    }


@pytest.mark.parametrize(
    ("name", "alert"),
    [
        ("unknown CA", "UNKNOWN_CA"),
        ("expired", "CERTIFICATE_EXPIRED"),
        ("wrong purpose", "UNSUPPORTED_CERTIFICATE"),
        ("the server's CA", "UNKNOWN_CA"),
    ],
)
async def test_a_client_certificate_that_is_not_valid_is_refused(node: TlsNode, name: str, alert: str) -> None:
    leaf = refused_clients(node)[name]
    for port in (node.mtls, node.only_mtls):
        assert "failed to connect" in await node.call_once(port, leaf)
    # The client gets to know why, although it may have sent its request already.
    with pytest.raises(ssl.SSLError, match=alert):
        await asyncio.to_thread(request_in, node.context(leaf), node.http)


async def test_an_intermediate_in_the_file_of_the_client_ca_is_enough(node: TlsNode) -> None:
    intermediate = trustme.CA(parent_cert=node.client_authority)
    node.files.put_client_ca(intermediate)
    await node.tls.reload()
    leaf = intermediate.issue_cert("client.example")
    assert await node.call_once(node.mtls, leaf) == "OK"
    assert (await node.get(leaf)).status_code == 200
    # A certificate of the root is not of this CA.
    assert "failed to connect" in await node.call_once(node.mtls, node.client)


async def first_answer(port: int, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(4096), 5)
    writer.close()
    return answer


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n\r\n", b"DELETE /x HTTP/1.1\r\n\r\n", b"\0\1\2\3\4\5\6\7"])
async def test_a_client_without_tls_is_told_to_use_it(node: TlsNode, sent: bytes) -> None:
    head, _, body = (await first_answer(node.http, sent)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in head
    assert body == b"This port takes TLS only: use https:// in place of http://\n"


async def test_a_real_http_client_without_tls_gets_the_answer(node: TlsNode) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        response = await client.get(f"http://127.0.0.1:{node.http}/livez", headers={"X-Long": "x" * 100_000})
    assert response.status_code == 400
    assert "use https://" in response.text


async def test_a_stranger_who_never_finishes_the_handshake_is_disconnected(
    node: TlsNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = dict(grpc_server._OPTIONS)
    assert (options["grpc.server_handshake_timeout_ms"], HANDSHAKE_SECONDS) == (10_000, 10.0)
    options["grpc.server_handshake_timeout_ms"] = 300
    monkeypatch.setattr(grpc_server, "_OPTIONS", tuple(options.items()))
    monkeypatch.setattr(http_server, "HANDSHAKE_SECONDS", 0.3)
    settings, service = node.files.settings(node.deployment.settings), node.deployment.service
    server = grpc_server.Server(
        service.pipeline, service.streams, service.methods, settings.host, 0, service.ready,
        partial(node.tls.grpc_credentials, requires_certificate=False),
    )  # fmt: skip
    await server.start()
    async with serve_http(settings, echo, Stopping(), node.tls) as http:
        for port in (server.port, http):
            for sent in (b"", b"\x16\x03\x01\x02\x00\x01"):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(sent)
                assert await asyncio.wait_for(reader.read(), 5) == b""
                writer.close()
    await server.stop(0)


async def test_idle_connections_do_not_delay_the_stop(node: TlsNode) -> None:
    settings = node.files.settings(node.deployment.settings)
    async with serve_http(settings, echo, Stopping(), node.tls) as port:
        # Its socket is read only during a request, so it does not notice that the server closes.
        idle = node.http_client(port=port)
        await idle.get("/")
        started_at = time.monotonic()
    assert time.monotonic() - started_at < 5
    await idle.aclose()


async def test_a_server_without_the_tls_of_its_settings_is_refused(node: TlsNode) -> None:
    settings = node.files.settings(node.deployment.settings)
    servers = (serve_http(settings, echo, Stopping()), serve_grpc(settings, node.deployment.service))
    for server in servers:
        with pytest.raises(SettingsError, match="STRONGROOM_TLS is files, and this server was started without it"):
            async with server:
                raise AssertionError("it must not serve")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda version: version.name)
async def test_a_session_is_not_resumed_after_the_files_have_changed(node: TlsNode, version: ssl.TLSVersion) -> None:
    leaf = node.client
    context = node.context(leaf)
    context.minimum_version = context.maximum_version = version
    session, _, first = await asyncio.to_thread(request_in, context, node.echo)
    _, is_resumed, second = await asyncio.to_thread(request_in, context, node.echo, session)
    # The application sees the certificate in a resumed session too.
    assert is_resumed
    for response in (first, second):
        assert leaf.cert_chain_pems[0].bytes() in response

    node.files.put_client_ca(trustme.CA())
    await node.tls.reload()
    with pytest.raises(ssl.SSLError, match="UNKNOWN_CA"):
        await asyncio.to_thread(request_in, context, node.echo, session)
