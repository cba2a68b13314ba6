"""The client uses TLS unless plaintext is set, and each mistake of a certificate is one line with the remedy."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import certificates
import pytest
import trustme
from client.scripted import API_KEY, Scripted, serve

import strongroom
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest
from strongroom.v1.organisation_service_pb2 import Team

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

CA, OTHER_CA = trustme.CA(), trustme.CA()
ROOT = CA.cert_pem.bytes()
SERVER = CA.issue_cert("127.0.0.1")


async def test_a_client_given_the_root_certificate_calls_over_tls(tmp_path: Path) -> None:
    async with serve(Team(id=1), tls=SERVER) as server:
        for roots in (ROOT, certificates.write_ca(tmp_path, CA), str(certificates.write_ca(tmp_path, CA))):
            async with strongroom.Client(server.target, API_KEY, root_certificates=roots) as client:
                assert (await client.get_team(1)).id == 1
    assert [call.metadata["authorization"] for call in server.calls] == [f"Bearer {API_KEY}"] * 3


MISTAKES = {
    "no TLS": (None, "the server does not speak TLS: for a server without TLS pass plaintext=True"),
    "expired": (certificates.expired(CA, "127.0.0.1"), "the server's certificate has expired: renew it"),
    "not yet valid": (
        certificates.not_yet_valid(CA, "127.0.0.1"),
        "the server's certificate is not yet valid: compare the clocks of client and server",
    ),
    "unknown CA": (
        OTHER_CA.issue_cert("127.0.0.1"),
        "the server's certificate is not trusted: pass its root as root_certificates",
    ),
    "another name": (
        CA.issue_cert("vault.example"),
        "the server's certificate is for another name: use one of its names to connect, or issue it for the name that you use",
    ),
    "another purpose": (
        certificates.for_clients_only(CA),
        "the server's certificate is not for servers: it needs the extended key usage serverAuth",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_of_the_server_is_one_line_at_once_and_nothing_is_sent(mistake: str) -> None:
    tls, message = MISTAKES[mistake]
    async with (
        serve(Team(id=1), tls=tls) as server,
        strongroom.Client(server.target, API_KEY, root_certificates=ROOT, timeout_seconds=60) as client,
        asyncio.timeout(20),
    ):
        with pytest.raises(strongroom.UnavailableError) as caught:
            await client.delete_team(1)
        assert str(caught.value) == f"UNAVAILABLE: {message}"
        with pytest.raises(strongroom.UnavailableError) as caught:
            await anext(client.import_credentials([CreateCredentialRequest()]))
        assert caught.value.message == message
        with pytest.raises(strongroom.UnavailableError) as caught:
            await anext(client.stream_audit_events())
        assert caught.value.message == message
    assert server.calls == []


async def test_a_port_of_https_is_named_as_such() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    SERVER.configure_cert(context)
    listening = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context)
    target = f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening, strongroom.Client(target, API_KEY, root_certificates=ROOT) as client:
        with pytest.raises(strongroom.UnavailableError) as caught:
            await client.get_team(1)
    assert caught.value.message == "the server does not speak HTTP/2: the target must be its gRPC port"


REFUSED = "it may refuse the client certificate, as expired, for another purpose or of an unknown CA"
CLIENTS: dict[str, tuple[Callable[[], trustme.LeafCert] | None, str]] = {
    "missing": (None, "if it requires a client certificate, pass certificate_file and key_file"),
    "expired": (lambda: certificates.expired(CA, "billing.example"), REFUSED),
    "unknown CA": (lambda: OTHER_CA.issue_cert("billing.example"), REFUSED),
    "another purpose": (lambda: certificates.for_servers_only(CA), REFUSED),
}


@pytest.mark.parametrize("mistake", CLIENTS)
async def test_a_client_certificate_that_is_missing_or_refused_is_one_line(mistake: str, tmp_path: Path) -> None:
    certificate, remedy = CLIENTS[mistake]
    async with (
        serve(Team(id=1), tls=SERVER, client_ca=CA) as server,
        with_certificate(server, tmp_path, certificate and certificate(), timeout_seconds=0.5) as client,
    ):
        with pytest.raises(strongroom.UnavailableError) as caught:
            await client.get_team(1)
    assert str(caught.value) == f"UNAVAILABLE: the server closed the new connection: {remedy}"
    assert server.calls == []


async def test_a_plaintext_client_at_a_tls_port_is_one_line() -> None:
    async with (
        serve(Team(id=1), tls=SERVER) as server,
        strongroom.Client(server.target, API_KEY, plaintext=True, timeout_seconds=0.5) as client,
    ):
        with pytest.raises(strongroom.UnavailableError) as caught:
            await client.get_team(1)
    remedy = "for a server with TLS do not pass plaintext=True"
    assert str(caught.value) == f"UNAVAILABLE: the server closed the new connection: {remedy}"
    assert server.calls == []


async def test_a_closed_connection_is_retried_because_a_proxy_closes_it_while_its_server_restarts() -> None:
    closed = asyncio.Event()

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        closed.set()
        writer.close()

    proxy = await asyncio.start_server(close, "127.0.0.1", 0)
    target = f"127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
    async with strongroom.Client(target, API_KEY, root_certificates=ROOT) as client:
        async with proxy:
            calling = asyncio.create_task(client.get_team(1))
            await closed.wait()
        async with serve(Team(id=1), tls=SERVER, address=target) as server:
            assert (await calling).id == 1
    assert len(server.calls) == 1


PROGRAM = """
import asyncio, sys, strongroom

async def main(target):
    async with strongroom.Client(target, "sr_test_hunter2") as client:
        try:
            await client.get_team(1)
        except strongroom.StrongroomError as error:
            print(error.message)

asyncio.run(main(sys.argv[1]))
"""


async def test_grpc_prints_nothing_beside_the_line() -> None:
    async with serve(Team(id=1)) as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, server.target, env={},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
    assert said.decode() == f"{MISTAKES['no TLS'][1]}\n"


async def test_the_error_of_a_refused_connection_names_the_cause() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{unheard.getsockname()[1]}"
        async with strongroom.Client(target, API_KEY, plaintext=True, timeout_seconds=1) as client:
            with pytest.raises(strongroom.UnavailableError, match=f"^UNAVAILABLE: .*{target}.*refused"):
                await client.get_team(1)


@pytest.mark.parametrize("target", ["", "http://127.0.0.1:50051", "https://vault.example"])
async def test_a_target_that_is_a_url_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match=r"^target must be host:port, such as vault\.example:443, without http://$"):
        strongroom.Client(target, API_KEY)


@asynccontextmanager
async def with_certificate(
    server: Scripted,
    directory: Path,
    certificate: trustme.LeafCert | None,
    api_key: str | None = API_KEY,
    **options: Any,
) -> AsyncIterator[strongroom.Client]:
    """A client that presents a certificate, if there is one."""
    if certificate is not None:
        chain_file, key_file = certificates.write_pair(directory, certificate)
        options |= {"certificate_file": chain_file, "key_file": key_file}
    async with strongroom.Client(server.target, api_key, root_certificates=ROOT, **options) as client:
        yield client
