"""Measures what TLS and client certificates cost: per call on kept connections, and per handshake. `python -m bench.tls`.

Three servers of one deployment are measured in turns: plaintext, TLS, and TLS that requires client certificates, where callers have
an API key or only a certificate.
"""

from __future__ import annotations

import argparse
import asyncio
import ssl
import statistics
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import grpc.aio
import trustme

from bench import figures, load, operations, programs
from bench.figures import Bench
from bench.measure import cpu
from bench.programs import KEY
from strongroom.v1.credential_service_pb2 import AccessCredentialRequest, GetCredentialRequest
from strongroom.v1.identity_service_pb2 import (
    CreateIdentityIssuerRequest,
    CreateIdentityRequest,
    Identity,
    IdentityIssuer,
)
from strongroom.v1.identity_service_pb2_grpc import IdentityServiceStub
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_USER, ROLE_WRITER

if TYPE_CHECKING:
    from pathlib import Path

_HANDSHAKES: Final = 200
_SUFFIX: Final = "bench.example.org"
_CALLERS: Final = ("TLS", "mTLS, key", "mTLS, certificate")


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the result of the benchmark


class _Certificates:
    """A CA with the certificates of the server and of a client, as files of a directory."""

    def __init__(self, directory: Path) -> None:
        self.ca = trustme.CA()
        self.ca_file = directory / "ca.pem"
        self.ca.cert_pem.write_to_path(self.ca_file)
        self.server = self._write(directory, "localhost", "127.0.0.1")
        self.client = self._write(directory, f"client.{_SUFFIX}")

    def _write(self, directory: Path, *names: str) -> tuple[Path, Path]:
        issued = self.ca.issue_cert(*names)
        chain, key = directory / f"{names[0]}.pem", directory / f"{names[0]}.key"
        chain.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
        key.touch(mode=0o600)
        issued.private_key_pem.write_to_path(key)
        return chain, key

    def context(self, *alpn: str, with_certificate: bool) -> ssl.SSLContext:
        """What a client connects with."""
        context = ssl.create_default_context(cafile=self.ca_file)
        context.set_alpn_protocols(list(alpn))
        if with_certificate:
            context.load_cert_chain(*self.client)
        return context

    def settings(self, *, mutual: bool) -> dict[str, str]:
        """The settings of a server."""
        chain, key = map(str, self.server)
        settings = {"STRONGROOM_TLS": "files", "STRONGROOM_TLS_CERT": chain, "STRONGROOM_TLS_KEY": key}
        return settings | ({"STRONGROOM_TLS_CLIENT_CA": str(self.ca_file)} if mutual else {})


async def _bind_identity(port: int) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub, metadata = IdentityServiceStub(channel), (("authorization", f"Bearer {KEY}"),)
        issuer = await stub.CreateIdentityIssuer(
            CreateIdentityIssuerRequest(identity_issuer=IdentityIssuer(organisation_id="default", dns_suffix=_SUFFIX)),
            metadata=metadata,
        )
        identity = Identity(issuer_id=issuer.id, name=f"*.{_SUFFIX}", roles=[ROLE_READER, ROLE_WRITER, ROLE_USER])
        await stub.CreateIdentity(CreateIdentityRequest(identity=identity), metadata=metadata)


async def _handshakes(pid: int, port: int, context: ssl.SSLContext) -> float:
    """CPU microseconds of a server for a connection with a full handshake, and over HTTP a request to /livez.

    A client of TLS 1.3 is done before the server has verified its certificate, so it waits for the server's first byte.
    """
    begun = cpu(pid)
    for _ in range(_HANDSHAKES):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        is_http2 = writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
        writer.write(load.PREFACE if is_http2 else b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert await reader.read(1)
        writer.transport.abort()
    await asyncio.sleep(0.2)
    return (cpu(pid) - begun) / _HANDSHAKES


def _bare_handshake(certificates: _Certificates, *, mutual: bool) -> float:
    """CPU microseconds of the server's side of a handshake by Python's ssl, without a socket."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*certificates.server)
    if mutual:
        server.load_verify_locations(certificates.ca_file)
        server.verify_mode = ssl.CERT_REQUIRED
    client, spent = certificates.context(with_certificate=mutual), 0.0
    for _ in range(_HANDSHAKES):
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        ours = client.wrap_bio(to_client, to_server, server_hostname="localhost")
        begun = time.thread_time()
        theirs = server.wrap_bio(to_server, to_client, server_side=True)
        spent += time.thread_time() - begun
        done: set[Any] = set()
        while len(done) < 2:
            for side in (ours, theirs):
                begun = time.thread_time()
                try:
                    side.do_handshake()
                    done.add(side)
                except ssl.SSLWantReadError:
                    pass
                spent += time.thread_time() - begun if side is theirs else 0.0
    return spent / _HANDSHAKES * 1_000_000


async def _measure(rounds: int, count: int) -> None:
    async with programs.postgres() as postgres, AsyncExitStack() as stack:
        deployment = await postgres.create_deployment("tls")
        certificates = _Certificates(postgres.directory)
        plain = await stack.enter_async_context(deployment.program(programs.STRONGROOM, "serve"))
        await _bind_identity(plain.ports[0])
        tls, mutual = [
            await stack.enter_async_context(
                deployment.program(programs.STRONGROOM, "serve", **certificates.settings(mutual=each))
            )
            for each in (False, True)
        ]
        credential_id = await operations.create_one(plain)
        callers = (
            ("plaintext", plain, KEY, None),
            ("TLS", tls, KEY, certificates.context("h2", with_certificate=False)),
            ("mTLS, key", mutual, KEY, certificates.context("h2", with_certificate=True)),
            ("mTLS, certificate", mutual, "", certificates.context("h2", with_certificate=True)),
        )
        methods = {
            "create": ("CreateCredential", operations.NEW_CREDENTIAL),
            "access": ("AccessCredential", AccessCredentialRequest(id=credential_id)),
            "get": ("GetCredential", GetCredentialRequest(id=credential_id)),
        }
        measured = [
            [
                operations.grpc_operation(f"{what} {name}", program, method, request, key=key, tls=context)
                for name, program, key, context in callers
            ]
            for what, (method, request) in methods.items()
        ]
        counters = await asyncpg.connect(deployment.url)
        bench = Bench(count, postgres.pid, counters)
        for turn in range(rounds + 1):
            for same in measured:
                for operation in same if turn % 2 else same[::-1]:
                    for concurrency in (64, 16):
                        await bench.measure(operation, concurrency, kept=turn > 0)
        await counters.close()
        _print(figures.as_text(sorted(figures.table(bench), key=lambda row: (row["concurrency"], row["operation"]))))
        for concurrency in (64, 16):
            for what in methods:
                floor = bench.samples[f"{what} plaintext", concurrency]
                for name in _CALLERS:
                    ratio = statistics.median(
                        one.server / other.server
                        for one, other in zip(bench.samples[f"{what} {name}", concurrency], floor, strict=True)
                    )
                    _print(f"{what}, {concurrency} callers, {name}: {ratio:.2f} x the server's CPU in plaintext")
        for name, program, with_certificate in (("TLS", tls, False), ("mTLS", mutual, True)):
            bare = _bare_handshake(certificates, mutual=with_certificate)
            for protocol, port in zip(("h2", "http/1.1"), program.ports, strict=True):
                context = certificates.context(protocol, with_certificate=with_certificate)
                spent = await _handshakes(program.pid, port, context)
                _print(
                    f"handshake, {name}, {protocol}: {spent:.0f} us, {spent / bare:.2f} x Python's ssl ({bare:.0f} us)"
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--count", type=int, default=600, help="requests of an operation in a round")
    arguments = parser.parse_args()
    programs.run(_measure(arguments.rounds, arguments.count))
