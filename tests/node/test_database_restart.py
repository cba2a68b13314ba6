"""A node whose embedded Postgres is killed recovers without help, and loses no acknowledged write."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import grpc.aio
import pytest
from node.test_process import KEY, data_dir, running, stopped
from node.test_workers import children_of
from samples import named

from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, GetCredentialRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["data_dir"]

METADATA = (("authorization", f"Bearer {KEY}"),)


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "data" / "postmaster.pid").read_text().partition("\n")[0])


async def create_until(stub: CredentialServiceStub, stop: asyncio.Event, acknowledged: list[str]) -> None:
    while not stop.is_set():
        try:
            request = CreateCredentialRequest(credential=named(f"number {len(acknowledged)}"))
            acknowledged.append((await stub.CreateCredential(request, metadata=METADATA, timeout=5)).id)
        except grpc.aio.AioRpcError as error:
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                raise
            await asyncio.sleep(0.02)


async def until_more(acknowledged: list[str], count: int) -> None:
    """Wait until `count` more creates are acknowledged."""
    wanted = len(acknowledged) + count
    async with asyncio.timeout(60):
        while len(acknowledged) < wanted:  # noqa: ASYNC110 - other tasks run the creates
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("victim", ["the postmaster", "all of its processes"])
async def test_creates_continue_after_postgres_is_killed_and_no_acknowledged_one_is_lost(
    data_dir: Path, victim: str
) -> None:
    async with (
        running("run", STRONGROOM_DATA_DIR=str(data_dir), STRONGROOM_BOOTSTRAP_API_KEY=KEY) as run,
        grpc.aio.insecure_channel(run.target) as channel,
    ):
        stub, stop, acknowledged = CredentialServiceStub(channel), asyncio.Event(), list[str]()
        creating = [asyncio.create_task(create_until(stub, stop, acknowledged)) for _ in range(8)]
        await until_more(acknowledged, 50)

        killed = postmaster(data_dir)
        victims = [killed]
        if victim == "all of its processes":
            victims += children_of(killed)
        for pid in victims:
            # The others may end with the postmaster.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await until_more(acknowledged, 50)

        stop.set()
        await asyncio.gather(*creating)
        assert postmaster(data_dir) != killed
        for credential_id in acknowledged:
            assert (
                await stub.GetCredential(GetCredentialRequest(id=credential_id), metadata=METADATA)
            ).id == credential_id
        assert await stopped(run, signal.SIGTERM) == 0
