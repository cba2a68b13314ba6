"""Measures a rotation of the sealing key: the CPU of a resealed box, and how long requests wait meanwhile.

`python -m bench.reseal`. The floor of a box is to open and to seal it. Requests are sent at a fixed rate, in turns alone and during
a reseal. The waiting times include what a request waits to be sent.
"""

from __future__ import annotations

import asyncio
import itertools
import resource
import sys
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import grpc.aio
from nacl.bindings import crypto_box_keypair

from bench import programs
from bench.operations import NEW_CREDENTIAL
from bench.programs import KEY, STRONGROOM
from strongroom.v1.credential_service_pb2 import AccessCredentialRequest, ImportCredentialsRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom_server.sealing import boxes

if TYPE_CHECKING:
    from bench.programs import Deployment

_BOXES: Final = 10_000
_PER_SECOND: Final = 60
_SECONDS: Final = 10
_ROUNDS: Final = 2
_METADATA: Final = (("authorization", f"Bearer {KEY}"),)


def _floor() -> float:
    """The CPU of opening and sealing a box, in microseconds."""
    public_key, private_key = crypto_box_keypair()
    header = boxes.Header("abcdabcd", "default", uuid4(), 1, "basic_auth")
    data = NEW_CREDENTIAL.credential.data.SerializeToString()
    box = boxes.seal(public_key, header, data)
    started = time.process_time()
    for _ in range(_BOXES):
        boxes.unseal(public_key, private_key, header, box)
        boxes.seal(public_key, header, data)
    return (time.process_time() - started) / _BOXES * 1e6


async def _fill(stub: CredentialServiceStub) -> list[str]:
    """Create the credentials, and return their ids."""
    requests = (ImportCredentialsRequest(creates=[NEW_CREDENTIAL] * 50) for _ in range(_BOXES // 50))
    call = stub.ImportCredentials(requests, metadata=_METADATA)
    return [result.created.id async for response in call for result in response.results]


async def _p50_and_p99(stub: CredentialServiceStub, ids: list[str]) -> tuple[float, float]:
    """The waiting times of accesses, in milliseconds."""
    waited: list[float] = []
    chosen = itertools.cycle(ids)

    async def access(due: float) -> None:
        await stub.AccessCredential(AccessCredentialRequest(id=next(chosen)), metadata=_METADATA)
        waited.append((time.monotonic() - due) * 1000)

    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for index in range(_PER_SECOND * _SECONDS):
            due = started + index / _PER_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(access(due))
    waited.sort()
    return waited[len(waited) // 2], waited[len(waited) * 99 // 100]


async def _rotate(deployment: Deployment) -> str:
    """Create a sealing key and activate it. Returns the id of the key before it."""
    before = await deployment.watching.fetchval("select id from sealing_keys where state = 'active'")
    await deployment.run_to_end(STRONGROOM, "sealing-keys", "create")
    key_id = await deployment.watching.fetchval("select id from sealing_keys where state = 'pending'")
    await deployment.run_to_end(STRONGROOM, "sealing-keys", "activate", key_id)
    return str(before)


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


async def _benchmark() -> None:
    async with programs.postgres() as postgres:
        deployment = await postgres.create_deployment("reseal")
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(deployment.program(STRONGROOM, "serve"))
            channel = await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{server.ports[0]}"))
            stub = CredentialServiceStub(channel)
            ids = await _fill(stub)
            await deployment.wait_until_chained()
            await _p50_and_p99(stub, ids)  # warm-up
            for rate in ("200", "0"):
                for _ in range(_ROUNDS):
                    alone = await _p50_and_p99(stub, ids)
                    before = await _rotate(deployment)
                    reseal = asyncio.create_task(
                        deployment.run_to_end(STRONGROOM, "sealing-keys", "reseal", before, "--rate", rate)
                    )
                    meanwhile = await _p50_and_p99(stub, ids)
                    reseal.cancel()
                    await asyncio.wait([reseal])
                    sys.stdout.write(
                        f"rate {rate}: access p50 {alone[0]:.1f} -> {meanwhile[0]:.1f} ms, "
                        f"p99 {alone[1]:.1f} -> {meanwhile[1]:.1f} ms\n"
                    )
                    await deployment.run_to_end(STRONGROOM, "sealing-keys", "reseal", before, "--rate", "0")
                    await deployment.wait_until_chained()
            # Without a server, so that only the command is measured. Its start costs as much as one that finds nothing.
        for _ in range(_ROUNDS):
            floor, before = _floor(), await _rotate(deployment)
            started = _children_cpu()
            await deployment.run_to_end(STRONGROOM, "sealing-keys", "reseal", before, "--rate", "0")
            resealed = _children_cpu()
            await deployment.run_to_end(STRONGROOM, "sealing-keys", "reseal", before, "--rate", "0")
            cost = ((resealed - started) - (_children_cpu() - resealed)) / _BOXES * 1e6
            sys.stdout.write(f"CPU of a box: {cost:.0f} us, open and seal alone {floor:.0f} us: {cost / floor:.2f}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    programs.run(_benchmark())
