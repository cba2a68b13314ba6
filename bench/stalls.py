"""Measures how long one request stops the event loop, and how long `/livez` takes while strangers send large bodies.

`python -m bench.stalls`. Each request is sent five times; the figure is the median of the longest stalls. A stall that only other
programs cause shows in time and not in CPU.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import grpc.aio
import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.protobuf.field_mask_pb2 import FieldMask

from bench import programs
from bench.programs import KEY
from strongroom.v1.credential_pb2 import (
    SURFACE_NATIVE,
    Credential,
    CredentialData,
    JsonDocumentData,
    JwtData,
    KeyValuesData,
    RawData,
    TextData,
)
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    CreateCredentialRequest,
    ImportCredentialsRequest,
    ListCredentialsRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

_TIMES: Final = 5
_SIZE: Final = 980_000
_METADATA: Final = (("authorization", f"Bearer {KEY}"),)
_TINES: Final = "/api/v1/user_credentials"
_SLASHID: Final = "/organizations/config/external-credentials"
_HEADERS: Final = {"Authorization": f"Bearer {KEY}", "SlashID-API-Key": KEY, "SlashID-OrgID": "default"}
_STRANGERS: Final = 16
_LOAD_SECONDS: Final = 3


def _many(value: str, size: int = _SIZE) -> str:
    """A JSON object of that size, with an array of this value."""
    return '{"a":[' + ",".join([value] * (size // (len(value) + 1) - 5)) + "]}"


def _bodies() -> Iterator[tuple[str, str]]:
    """Large JSON bodies."""
    yield "open brackets", "[" * _SIZE
    yield "nested objects", '{"a":' * (_SIZE // 5)
    yield "empty arrays", _many("[]")
    yield "empty objects", _many("{}")
    yield "numbers", _many("1")
    yield "32,000 keys and a long string", json.dumps({"a": "x" * 400_000, **{str(i): 1 for i in range(16_000)}})
    yield "objects of 30 levels", _many('{"a":' * 30 + "1" + "}" * 30)
    yield "one number", '{"a":' + "1" * _SIZE + "}"
    yield "escaped backslashes and a pair", '{"a":"' + "\\\\" * (_SIZE // 2) + '\\ud83d\\ude00"}'
    yield "commas in 10,000 strings", json.dumps({str(i): "," * 85 for i in range(10_000)})
    yield "1,000 strings", json.dumps({str(i): "x" * 960 for i in range(1_000)})
    yield "one string", json.dumps({"name": "n", "mode": "TEXT", "team_id": 1, "value": "x" * 900_000})


def _pem(bits: int) -> bytes:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=bits)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _text(extra_json: str = "") -> CredentialData:
    return CredentialData(text=TextData(value="x"), extra_json=extra_json)


def _creates() -> Iterator[tuple[str, Credential]]:
    """Credentials of large requests to create one, of which most are refused."""

    def credential(data: CredentialData | None = None, **fields: Any) -> Credential:
        data = data or _text()
        return Credential(surface=SURFACE_NATIVE, name="n", data=data, **fields)

    def values(count: int, size: int) -> CredentialData:
        return CredentialData(key_values=KeyValuesData(values={str(i): b"x" * size for i in range(count)}))

    yield "gRPC: a map of 65,000 entries", credential(values(65_000, 1))
    yield "gRPC: a map of 100 entries in 64 KB", credential(values(100, 600))
    yield "gRPC: a value of 1 MB", credential(values(1, _SIZE))
    yield "gRPC: extra_json of 1 MB", credential(_text(extra_json=_many("[]")))
    extra = _text(extra_json=_many("{}", 65_000))
    yield "gRPC: extra_json of 64 KiB", credential(extra)
    yield (
        "gRPC: a JSON document of 64 KiB",
        credential(CredentialData(json_document=JsonDocumentData(json=_many("[]", 65_000)))),
    )
    yield "gRPC: metadata_json of 1 MB", credential(metadata_json=_many("[]"))
    yield "gRPC: a map of 90,000 entries", credential(values(90_000, 0))
    yield "gRPC: a map of 20,000 entries", credential(values(20_000, 1))
    yield "gRPC: 160,000 redact_fields", credential(redact_fields=["abcd"] * 160_000)
    yield "gRPC: 160,000 allowed_hosts", credential(allowed_hosts=["a.bc"] * 160_000)
    yield "gRPC: 100 allowed_hosts of 9,000 wildcards", credential(allowed_hosts=["*a" * 4_500] * 100)
    yield "gRPC: 100 allowed_hosts of 120 labels", credential(allowed_hosts=[".".join(["*-a"] * 60)] * 100)
    yield "gRPC: a name of 1 MB", Credential(surface=SURFACE_NATIVE, name="A-" * (_SIZE // 2))
    yield "gRPC: 60,000 labels", credential(labels={str(i): "abcd" for i in range(60_000)})
    yield "gRPC: 160,000 scopes", credential(use_settings=Credential.UseSettings(scopes=["abcd"] * 160_000))
    for bits in (2048, 4096):
        jwt = JwtData(algorithm="RS256", payload_json="{}", private_key=_pem(bits).decode())
        yield f"gRPC: a JWT with an RSA key of {bits:,} bits", credential(CredentialData(jwt=jwt))


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the result of the benchmark


class _Client:
    """The connections to the metered server."""

    def __init__(self, http: httpx.AsyncClient, stub: CredentialServiceStub) -> None:
        self.http = http
        self.stub = stub

    async def stall(self) -> tuple[float, float]:
        """The longest stall since the last call, in milliseconds of time and of CPU."""
        wall, cpu = (await self.http.get("/stall")).text.split()
        return float(wall), float(cpu)

    async def measure(self, name: str, send: Callable[[], Awaitable[object]]) -> None:
        found = []
        for _ in range(_TIMES):
            await self.stall()
            answer = "OK"
            try:
                response = await send()
                if isinstance(response, httpx.Response):
                    answer = str(response.status_code)
            except grpc.aio.AioRpcError as error:
                answer = error.code().name
            found.append(await self.stall())
        wall, cpu = (statistics.median(each) for each in zip(*found, strict=True))
        _print(f"| {name} | {answer} | {wall:.1f} | {cpu:.1f} |")


def _requests(client: _Client, ids: list[str]) -> Iterator[tuple[str, Callable[[], Awaitable[object]]]]:
    http, stub = client.http, client.stub
    post: Callable[..., Awaitable[object]] = http.post
    for name, body in _bodies():
        yield (
            f"a stranger: {name}",
            partial(post, _TINES, content=body, headers={"Authorization": "Bearer sr_a_bcd"}),
        )
        yield f"HTTP: {name}", partial(post, _TINES, content=body, headers=_HEADERS)
    for name, credential in _creates():
        request = CreateCredentialRequest(credential=credential, accept_invalid=True)
        yield name, partial(stub.CreateCredential, request, metadata=_METADATA)
    yield (
        "gRPC: an update of 64 KiB of which one value changes",
        lambda: stub.UpdateCredential(
            UpdateCredentialRequest(
                id=ids[0],
                credential=Credential(data=CredentialData(key_values=KeyValuesData(values={"0": b"y"}))),
                update_mask=FieldMask(paths=["data.key_values.values"]),
            ),
            metadata=_METADATA,
        ),
    )
    yield (
        "gRPC: a mask of 120,000 paths",
        lambda: stub.UpdateCredential(
            UpdateCredentialRequest(
                id=ids[0], credential=Credential(), update_mask=FieldMask(paths=["name"] * 120_000)
            ),
            metadata=_METADATA,
        ),
    )
    yield (
        "gRPC: 64 creates of 15 KB in an import",
        lambda: _imported(stub, *[CredentialData(raw=RawData(value=b"x" * 15_000))] * 64),
    )
    for count in (20_000, 90_000):
        bomb = CredentialData(key_values=KeyValuesData(values={str(i): b"" for i in range(count)}))
        yield f"gRPC: a map of {count:,} entries in an import", partial(_imported, stub, bomb)
    full = ListCredentialsRequest(view=CREDENTIAL_VIEW_FULL, page_size=50, surface=SURFACE_NATIVE)
    yield "gRPC: a FULL page of 50 with 64 KB each", lambda: stub.ListCredentials(full, metadata=_METADATA)
    yield "gRPC: a page of 500", lambda: stub.ListCredentials(ListCredentialsRequest(page_size=500), metadata=_METADATA)
    yield "SlashID: its list of 2,000", lambda: http.get(_SLASHID, headers=_HEADERS)


async def _imported(stub: CredentialServiceStub, *data: CredentialData) -> None:
    creates = [
        CreateCredentialRequest(credential=Credential(surface=SURFACE_NATIVE, name="n", data=each)) for each in data
    ]

    async def once() -> AsyncIterator[ImportCredentialsRequest]:
        yield ImportCredentialsRequest(creates=creates)

    async for _ in stub.ImportCredentials(once(), metadata=_METADATA):
        pass


async def _fill(client: _Client) -> list[str]:
    """Create what the reads of `_requests` list. Returns the ids of large credentials."""
    data = CredentialData(key_values=KeyValuesData(values={str(i): b"x" * 600 for i in range(100)}))
    large = CreateCredentialRequest(credential=Credential(surface=SURFACE_NATIVE, name="n", data=data))
    made = [await client.stub.CreateCredential(large, metadata=_METADATA) for _ in range(50)]
    body = {"extcred_provider": "generic", "extcred_type": "api_key", "json_blob": {"api_key": "k"}}
    for _ in range(125):
        sent = (client.http.post(_SLASHID, json=body, headers=_HEADERS) for _ in range(16))
        assert {response.status_code for response in await asyncio.gather(*sent)} == {201}
    return [credential.id for credential in made]


async def _send_bodies(url: str, key: str) -> None:
    """Send bodies of 0.9 MB on 16 connections for three seconds, in a process of its own."""
    place, body = urlsplit(url), b'{"a":' * 180_000
    head = f"POST {_TINES} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    over = time.monotonic() + _LOAD_SECONDS

    async def send() -> None:
        while time.monotonic() < over:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection(place.hostname, place.port)
                writer.write(head.encode() + body)
                await reader.read(64)
                writer.close()

    await asyncio.gather(*(send() for _ in range(_STRANGERS)))


async def _livez(client: _Client, url: str, key: str) -> str:
    """How long `/livez` takes while such bodies are sent, and the longest stall of the server."""
    sending = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.stalls", url, key)
    await client.stall()
    times: list[float] = []
    while sending.returncode is None:
        began = time.perf_counter()
        await client.http.get("/livez")
        times.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.005)
    wall, cpu = await client.stall()
    times.sort()
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    return f"{p50:.1f} | {p99:.1f} | {times[-1]:.1f} | {wall:.1f} | {cpu:.1f}"


async def _benchmark() -> None:
    async with programs.postgres() as postgres:
        deployment = await postgres.create_deployment("stalls")
        async with deployment.program(sys.executable, "-m", "bench.metered", "run") as server:
            grpc_port, http_port = server.ports[:2]
            url = f"http://127.0.0.1:{http_port}"
            async with (
                grpc.aio.insecure_channel(
                    f"127.0.0.1:{grpc_port}", options=(("grpc.max_receive_message_length", 32 << 20),)
                ) as channel,
                httpx.AsyncClient(base_url=url, timeout=60) as http,
            ):
                client = _Client(http, CredentialServiceStub(channel))
                _print(
                    "| `/livez` | p50 ms | p99 ms | longest ms | longest stall, ms | of it CPU, ms |\n|---|---|---|---|---|---|"
                )
                for name, key in (("strangers", "sr_a_bcd"), ("callers with a key", KEY)):
                    _print(f"| while 16 {name} send 0.9 MB | {await _livez(client, url, key)} |")
                ids = await _fill(client)
                _print("\n| request | answer | longest stall, ms | of it CPU, ms |\n|---|---|---|---|")
                await client.measure("nothing", lambda: asyncio.sleep(0.05))
                for name, send in _requests(client, ids):
                    await client.measure(name, send)


if __name__ == "__main__":
    programs.run(_send_bodies(*sys.argv[1:]) if sys.argv[1:] else _benchmark())
