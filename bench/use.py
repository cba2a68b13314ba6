"""Measures what the use of credentials costs, beside accesses and beside a bare relay. `python -m bench.use`.

A kept token and what is added to a request are compared with an access; a signature's own cost is measured alone. The proxy is
compared with bench/relay.py, for small requests and for a response of 100 MiB. Both open a TLS connection for each request.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg
import trustme

from bench import figures, load, programs
from bench.figures import Bench
from bench.measure import cpu
from bench.operations import Operation, grpc_operation
from bench.programs import KEY
from bench.receiver import LARGE_BYTES
from strongroom import Client
from strongroom.v1.credential_pb2 import (
    AwsData,
    BasicAuthData,
    ClientCredentialsData,
    Credential,
    CredentialData,
    JwtData,
)
from strongroom.v1.credential_service_pb2 import AccessCredentialRequest
from strongroom.v1.use_service_pb2 import AuthorizeHttpRequestRequest, MintTokenRequest
from strongroom_server.egress.endpoints import Destination
from strongroom_server.schemes.aws_signing import AwsKey, AwsRequest, signature_headers

if TYPE_CHECKING:
    from bench.programs import Deployment, Program

_TARGET: Final = 1.15
_S3: Final = "https://bucket.s3.eu-west-1.amazonaws.com/key"
_SIGNATURES: Final = 2_000
_LARGE_ROUNDS: Final = 5
_DIRECTORY: Final = Path(__file__).parent


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the result of the benchmark


def _certificates(directory: Path) -> tuple[str, str, str]:
    """The files of a CA, and of the receiver's certificate and key."""
    ca, paths = trustme.CA(), [directory / name for name in ("ca.pem", "receiver.pem", "receiver.key")]
    issued = ca.issue_cert("127.0.0.1")
    ca.cert_pem.write_to_path(paths[0])
    paths[1].write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(paths[2])
    return str(paths[0]), str(paths[1]), str(paths[2])


async def _credentials(program: Program, receiver: int) -> dict[str, str]:
    """Create a credential of each measured variant. Returns their ids."""
    host = f"127.0.0.1:{receiver}"
    new = {
        "basic": Credential(
            allowed_hosts=[host],
            data=CredentialData(basic_auth=BasicAuthData(username="someone", password="s" * 60)),
        ),
        "client": Credential(
            use_settings=Credential.UseSettings(token_url=f"https://{host}/token"),
            data=CredentialData(client_credentials=ClientCredentialsData(client_id="id", client_secret="s" * 60)),
        ),
        "aws": Credential(
            data=CredentialData(aws=AwsData(access_key_id="AKIABENCH", secret_access_key="s" * 40)),
        ),
        "jwt": Credential(
            data=CredentialData(
                jwt=JwtData(algorithm="HS256", payload_json="{}", auto_generate_time_claims=True, private_key="s" * 40)
            ),
        ),
    }
    made = {}
    async with Client(f"127.0.0.1:{program.ports[0]}", KEY, plaintext=True) as client:
        for name, credential in new.items():
            credential.name = name
            made[name] = (await client.create_credential(credential)).id
        await client.mint_token(made["client"])
    return made


def _measured(program: Program, deployment: Deployment, receiver: int, ids: dict[str, str]) -> list[Operation]:
    def call(name: str, method: str, request: object, service: str = "UseService") -> Operation:
        return grpc_operation(name, program, method, request, service=service, deployment=deployment)

    host = f"127.0.0.1:{receiver}"
    authorize = {
        "authorize, basic_auth": AuthorizeHttpRequestRequest(id=ids["basic"], method="GET", url=f"https://{host}/"),
        "authorize, aws": AuthorizeHttpRequestRequest(id=ids["aws"], method="GET", url=_S3),
        "authorize, jwt": AuthorizeHttpRequestRequest(id=ids["jwt"], method="GET", url=f"https://{host}/"),
        "authorize, kept token": AuthorizeHttpRequestRequest(id=ids["client"], method="GET", url=f"https://{host}/"),
    }
    access = AccessCredentialRequest(id=ids["basic"], target_host=host)
    return [
        call("access", "AccessCredential", access, "CredentialService"),
        call("mint, kept token", "MintToken", MintTokenRequest(id=ids["client"])),
        *(call(name, "AuthorizeHttpRequest", request) for name, request in authorize.items()),
    ]


def _http(name: str, program: Program, port: int, path: str, deployment: Deployment | None) -> Operation:
    key = f"Strongroom-Key: {KEY}\r\n" if deployment else ""
    requests = itertools.repeat(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{key}\r\n".encode())
    return Operation(
        name, (program.pid,), lambda concurrency: load.http_load(port, requests, concurrency), deployment=deployment
    )


def _signature_microseconds() -> float:
    """CPU microseconds of one signature by botocore, as an S3 request without a body has."""
    request = AwsRequest("GET", Destination("https", "bucket.s3.eu-west-1.amazonaws.com", 443), "/key", (), None)
    begun = time.thread_time()
    for _ in range(_SIGNATURES):
        signature_headers(request, "s3", "eu-west-1", AwsKey("AKIABENCH", "s" * 40))
    return (time.thread_time() - begun) / _SIGNATURES * 1_000_000


async def _large(program: Program, port: int, path: str, key: str) -> float:
    """CPU milliseconds of a program that relays 100 MiB."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    begun = cpu(program.pid)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{key}Connection: close\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    received = 0
    while piece := await reader.read(1 << 20):
        received += len(piece)
    assert received >= LARGE_BYTES, received
    writer.close()
    return (cpu(program.pid) - begun) / 1000


async def _measure(rounds: int, count: int) -> None:
    async with programs.postgres() as postgres, AsyncExitStack() as stack:
        deployment = await postgres.create_deployment("use")
        ca, chain, private = _certificates(postgres.directory)
        run = deployment.program
        receiver = await stack.enter_async_context(run(sys.executable, str(_DIRECTORY / "receiver.py"), chain, private))
        to = receiver.ports[0]
        relay = await stack.enter_async_context(run(sys.executable, str(_DIRECTORY / "relay.py"), str(to), ca))
        served = await stack.enter_async_context(
            run(
                programs.STRONGROOM,
                "serve",
                STRONGROOM_PROXY_PORT="0",
                STRONGROOM_EGRESS_ALLOW="127.0.0.1/32",
                STRONGROOM_EGRESS_PORTS=f"443,{to}",
                STRONGROOM_EGRESS_CA=ca,
            )
        )
        ids = await _credentials(served, to)
        proxy, path = served.ports[2], f"/proxy/{ids['basic']}/https/127.0.0.1:{to}"
        small = [
            _http("floor: relay", relay, relay.ports[0], "/", None),
            _http("proxy", served, proxy, f"{path}/", deployment),
        ]
        counters = await asyncpg.connect(deployment.url)
        bench = Bench(count, postgres.pid, counters)
        for turn in range(rounds + 1):
            for operation in (*_measured(served, deployment, to, ids), *small):
                for concurrency in (64, 16):
                    await bench.measure(operation, concurrency, kept=turn > 0)
        await counters.close()
        _print(figures.as_text(sorted(figures.table(bench), key=lambda row: (row["concurrency"], row["operation"]))))
        _ratios(bench)
        key = f"Strongroom-Key: {KEY}\r\n"
        pairs = [
            (await _large(relay, relay.ports[0], "/large", ""), await _large(served, proxy, f"{path}/large", key))
            for _ in range(_LARGE_ROUNDS)
        ]
        floor, own = (statistics.median(each) for each in zip(*pairs, strict=True))
        _print(f"100 MiB: relay {floor:.0f} ms of CPU, proxy {own:.0f} ms, {own / floor:.2f} x")


def _ratios(bench: Bench) -> None:
    signature = _signature_microseconds()
    _print(f"signature of AWS alone: {signature:.0f} us")
    for concurrency in (64, 16):
        access = bench.samples["access", concurrency]
        for (name, at), samples in bench.samples.items():
            if at != concurrency or name in ("access", "floor: relay"):
                continue
            own = signature if name == "authorize, aws" else 0.0
            floor = bench.samples["floor: relay", concurrency] if name == "proxy" else access
            ratio = statistics.median((one.cpu - own) / other.cpu for one, other in zip(samples, floor, strict=True))
            beside = "the relay" if name == "proxy" else f"an access (target {_TARGET})"
            _print(f"{name}, {concurrency} callers: {ratio:.2f} x the CPU of {beside}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--count", type=int, default=600, help="requests of an operation in a round")
    arguments = parser.parse_args()
    programs.run(_measure(arguments.rounds, arguments.count))
