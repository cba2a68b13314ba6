"""The measured operations: Strongroom's and the floors."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import asyncpg
import grpc.aio

from bench import load
from bench.programs import KEY
from strongroom import Client
from strongroom.v1.credential_pb2 import (
    SURFACE_NATIVE,
    SURFACE_SLASHID,
    SURFACE_TINES,
    SURFACE_UNSPECIFIED,
    SURFACE_VERSORI,
    BasicAuthData,
    Credential,
    CredentialData,
    Surface,
)
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_READER,
    ROLE_WRITER,
    ApiKey,
    CreateApiKeyRequest,
    CreateOrganisationRequest,
    Organisation,
)
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub
from strongroom_server.core import records

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

    from bench.programs import Deployment, Program


class Load(Protocol):
    """Sends requests."""

    async def run(self, count: int) -> list[float]:
        """Send so many requests, and return the time of each in milliseconds. Raises LoadError."""


_SERVICE: Final = "CredentialService"
_SECRET: Final = "s" * 60

NEW_CREDENTIAL: Final = CreateCredentialRequest(
    credential=Credential(
        name="bench", data=CredentialData(basic_auth=BasicAuthData(username="someone", password=_SECRET))
    )
)


@dataclass(frozen=True, slots=True)
class Operation:
    """A measured operation: its name, the processes whose CPU it uses, and its load at a concurrency.

    share: the part of a round's requests that it sends; expensive operations send fewer. deployment: where it creates audit events,
    if it does.
    """

    name: str
    pids: tuple[int, ...]
    load: Callable[[int], Awaitable[Load]]
    share: float = 1.0
    deployment: Deployment | None = None


def floors(program: Program) -> list[Operation]:
    """The floors that bench/floors.py serves."""
    grpc_port, http_port = map(int, program.first_line.split())

    def call(name: str) -> Operation:
        return Operation(
            f"floor: {name}",
            (program.pid,),
            lambda concurrency: load.grpc_load(grpc_port, f"/Floors/{name.title()}", KEY, b"", concurrency),
        )

    request = itertools.repeat(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
    return [
        *map(call, ("empty", "sealed", "insert", "create", "access")),
        Operation("floor: http", (program.pid,), lambda concurrency: load.http_load(http_port, request, concurrency)),
    ]


def grpc_operation(
    name: str,
    program: Program,
    method: str,
    request: Any,
    *,
    service: str = _SERVICE,
    key: str = KEY,
    streams: int = 16,
    tls: ssl.SSLContext | None = None,
    **further: Any,
) -> Operation:
    """A unary call with the same request each time."""
    port, message = program.ports[0], request.SerializeToString()
    path = f"/strongroom.v1.{service}/{method}"
    return Operation(
        name,
        (program.pid,),
        lambda concurrency: load.grpc_load(port, path, key, message, concurrency, streams=streams, tls=tls),
        **further,
    )


def create(program: Program, deployment: Deployment, name: str = "create", *, streams: int = 16) -> Operation:
    """A create over gRPC."""
    return grpc_operation(name, program, "CreateCredential", NEW_CREDENTIAL, deployment=deployment, streams=streams)


async def access(program: Program, deployment: Deployment, name: str = "access", *, streams: int = 16) -> Operation:
    """An access over gRPC, to a new credential."""
    request = AccessCredentialRequest(id=await create_one(program))
    return grpc_operation(name, program, "AccessCredential", request, deployment=deployment, streams=streams)


async def get(program: Program) -> Operation:
    """A get over gRPC, of a new credential's metadata."""
    return grpc_operation("get", program, "GetCredential", GetCredentialRequest(id=await create_one(program)))


def page(program: Program, name: str, key: str) -> Operation:
    """A page of 50 credentials, of the key's organisation."""
    return grpc_operation(name, program, "ListCredentials", ListCredentialsRequest(page_size=50), key=key, share=0.25)


# A create at each vendor's endpoint: path, headers, body.
_VENDOR_CREATES: Final[dict[Surface.ValueType, tuple[str, dict[str, str], dict[str, object]]]] = {
    SURFACE_VERSORI: (
        "/api/switchboard/v1alpha1/organisations/default/credentials",
        {"Authorization": f"Bearer {KEY}"},
        {"name": "bench", "type": "BasicAuth", "data": {"username": "YW5uYQ==", "password": "aHVudGVyMg=="}},
    ),
    SURFACE_SLASHID: (
        "/organizations/config/external-credentials",
        {"SlashID-API-Key": KEY, "SlashID-OrgID": "default"},
        {
            "extcred_provider": "shopify",
            "extcred_type": "json_credentials",
            "extcred_label": "bench",
            "json_blob": {"multipass_secret": _SECRET},
        },
    ),
    SURFACE_TINES: (
        "/api/v1/user_credentials",
        {"Authorization": f"Bearer {KEY}"},
        {"name": "bench", "mode": "TEXT", "team_id": 2, "value": _SECRET},
    ),
}

# Every vendor's surface, by its name in lower case. A vendor without a create above ends the bench with a KeyError.
VENDORS: Final = {
    Surface.Name(surface).removeprefix("SURFACE_").lower(): surface
    for surface in Surface.values()
    if surface not in (SURFACE_UNSPECIFIED, SURFACE_NATIVE)
}


def vendor_creates(name: str, port: int, pids: tuple[int, ...], deployment: Deployment) -> list[Operation]:
    """A create at each vendor's endpoint, named `<name>: <vendor>`."""
    return [
        _http_operation(f"{name}: {vendor}", port, pids, deployment, _http(*_VENDOR_CREATES[surface]))
        for vendor, surface in VENDORS.items()
    ]


def _http_operation(name: str, port: int, pids: tuple[int, ...], deployment: Deployment, request: bytes) -> Operation:
    requests = itertools.repeat(request)
    return Operation(name, pids, lambda concurrency: load.http_load(port, requests, concurrency), deployment=deployment)


def _http(path: str, headers: dict[str, str], body: dict[str, object]) -> bytes:
    content = json.dumps(body).encode()
    lines = {"Host": "bench", "Content-Type": "application/json", "Content-Length": str(len(content)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + content


class _Import:
    """Imports with the client library. The client's CPU is not measured."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def run(self, count: int) -> list[float]:
        """Import so many credentials. The returned time of each is the average."""
        begin = time.perf_counter()
        async with Client(f"127.0.0.1:{self._port}", KEY, plaintext=True) as client:
            results = [result async for result in client.import_credentials(itertools.repeat(NEW_CREDENTIAL, count))]
        assert len(results) == count
        return [(time.perf_counter() - begin) * 1000 / count] * count


def import_(program: Program, deployment: Deployment) -> Operation:
    """An import of three times as many credentials as a round has requests."""

    async def load_import(_concurrency: int) -> Load:
        return _Import(program.ports[0])

    return Operation("import", (program.pid,), load_import, share=3, deployment=deployment)


async def create_one(program: Program, key: str = KEY) -> str:
    """Create a credential, and return its id."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{program.ports[0]}") as channel:
        made = await CredentialServiceStub(channel).CreateCredential(NEW_CREDENTIAL, metadata=_metadata(key))
        return made.id


async def create_organisation(program: Program, deployment: Deployment, organisation_id: str, count: int) -> str:
    """Create an organisation with so many credentials, and return a key for it.

    The credentials are copies of one row, made in the database: lists do not verify signatures.
    """
    async with grpc.aio.insecure_channel(f"127.0.0.1:{program.ports[0]}") as channel:
        organisations = OrganisationServiceStub(channel)
        made = await organisations.CreateOrganisation(
            CreateOrganisationRequest(organisation=Organisation(id=organisation_id)), metadata=_metadata(KEY)
        )
        reader = await organisations.CreateApiKey(
            CreateApiKeyRequest(api_key=ApiKey(display_name="bench", roles=[ROLE_ADMIN, ROLE_READER, ROLE_WRITER])),
            metadata=_metadata(made.api_key.key),
        )
    await create_one(program, reader.key)
    connection = await asyncpg.connect(deployment.url)
    columns = records.Credential.__struct_fields__
    # Ids that grow in the order of creation, as real ids do.
    other = {
        "id": "('01900000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid",
        "number": "nextval('credential_numbers')",
        "name": "'credential ' || g",
    }
    await connection.execute(
        f"insert into credentials ({', '.join(columns)})"
        f" select {', '.join(other.get(column, column) for column in columns)}"
        f" from credentials, generate_series(1, {count - 1}) g where organisation_id = $1",
        organisation_id,
        timeout=600,
    )
    await connection.execute("vacuum analyze credentials", timeout=600)
    await connection.close()
    return reader.key


def _metadata(key: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {key}"),)
