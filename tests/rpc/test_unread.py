"""Tests which connections are closed because their clients read no responses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from samples import named
from waiting import until

from bench.connection_attacks import unread_calls
from strongroom.v1.credential_pb2 import CredentialData, RawData
from strongroom.v1.credential_service_pb2 import AccessCredentialRequest, CreateCredentialRequest
from strongroom_server.core import memory
from strongroom_server.rpc import unread

if TYPE_CHECKING:
    from conftest import Deployment

ACCESS = "/strongroom.v1.CredentialService/AccessCredential"


@pytest.mark.parametrize(("size", "count", "taken"), [(60_000, 5, 600_000), (100, 320, 2_000_000)])
async def test_only_a_connection_that_reads_nothing_is_closed_and_only_while_memory_is_short(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, size: int, count: int, taken: int
) -> None:
    monkeypatch.setattr(unread, "UNREAD_SECONDS", 0.2)
    credential = named(data=CredentialData(raw=RawData(value=b"x" * size)))
    request = CreateCredentialRequest(credential=credential)
    made = await deployment.credentials.CreateCredential(request, metadata=deployment.metadata)
    access = AccessCredentialRequest(id=made.id)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(deployment.grpc_target.rpartition(":")[2]))
    try:
        writer.write(unread_calls(ACCESS, *deployment.metadata, request=access.SerializeToString(), count=count))
        await until(lambda: memory.RESPONSES.taken > taken)
        await asyncio.sleep(0.5)
        assert memory.RESPONSES.taken > taken, "it is not closed"
        monkeypatch.setattr(memory.RESPONSES, "total", taken // 2)

        async def is_closed() -> bool:
            await deployment.credentials.AccessCredential(access, metadata=deployment.metadata)
            await reader.read(65_536)
            return reader.at_eof()

        await until(is_closed)
        await until(lambda: memory.RESPONSES.taken == 0)
        await deployment.credentials.AccessCredential(access, metadata=deployment.metadata)
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("ipv4:192.0.2.1:4711", ("192.0.2.1", 4711)),
        ("ipv6:%5B2001:db8::1%5D:80", ("2001:db8::1", 80)),
        ("ipv6:%5B::ffff:192.0.2.1%5D:80", ("192.0.2.1", 80)),
        ("ipv6:%5Bfe80::1%252%5D:80", ("fe80::1", 80)),
        ("unix:/run/x", ("", 0)),
        ("unknown", ("", 0)),
    ],
)
def test_a_peer_is_an_address_and_a_port(peer: str, expected: tuple[str, int]) -> None:
    assert unread._endpoint_of(peer) == expected
