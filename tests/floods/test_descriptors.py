"""More connections than a node has descriptors, at all of its ports: it answers probes, and serves the clients that it has."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import grpc.aio
import httpx
from gateway.running import TINES, headers
from grpc_health.v1 import health_pb2, health_pb2_grpc
from node.test_process import KEY, running
from ports import free_port
from waiting import until

from bench.connection_attacks import ATTACKS
from strongroom.v1.identity_service_pb2 import GetCallerRequest
from strongroom.v1.identity_service_pb2_grpc import IdentityServiceStub

if TYPE_CHECKING:
    from node.test_process import Run

_DESCRIPTORS: Final = 400
_LIMITED: Final = ("sh", "-c", f'ulimit -n {_DESCRIPTORS} && exec "$0" "$@"')
_METADATA: Final = (("authorization", f"Bearer {KEY}"),)
_PROBES: Final = ("/livez", "/readyz", "/metrics")
# Several, because a peer without a key may only have a part of the connections of a port.
_FLOODERS: Final = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
_OWN_CONNECTION: Final = (("grpc.use_local_subchannel_pool", 1),)


def taken(run: Run) -> int:
    """How many descriptors the node has taken."""
    return len(list(Path(f"/proc/{run.process.pid}/fd").iterdir()))


async def flood(stack: AsyncExitStack, ports: tuple[int, ...]) -> None:
    """Open as many connections to each port as the node may have in all. The node closes some of them at once."""
    opened = b"".join(ATTACKS["idle"].frames())
    for index in range(_DESCRIPTORS):
        flooder = _FLOODERS[index % len(_FLOODERS)]
        for port in ports:
            _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(flooder, 0))
            stack.callback(writer.close)
            if port == ports[0]:
                writer.write(opened)


async def is_healthy(target: str) -> bool:
    """Whether health checks succeed over a new gRPC connection."""
    async with grpc.aio.insecure_channel(target, options=_OWN_CONNECTION) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # its stub file has no methods
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
        except grpc.aio.AioRpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def test_a_node_without_free_descriptors_answers_probes_and_the_clients_that_it_has(
    database_url: str, tmp_path: Path
) -> None:
    operations, proxy = free_port(), free_port()
    environment = {
        "STRONGROOM_DATA_DIR": str(tmp_path / "data"),
        "STRONGROOM_DATABASE_URL": database_url,
        "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
        "STRONGROOM_OPERATIONS_PORT": str(operations),
        "STRONGROOM_PROXY_PORT": str(proxy),
    }
    async with (
        running("run", through=_LIMITED, **environment) as run,
        grpc.aio.insecure_channel(run.target) as channel,
        httpx.AsyncClient(base_url=run.url, headers=headers(KEY)) as client,
    ):
        identities = IdentityServiceStub(channel)

        async def call() -> None:
            assert (await identities.GetCaller(GetCallerRequest(), metadata=_METADATA)).id
            assert (await client.get(TINES)).status_code == 200

        await call()
        async with AsyncExitStack() as stack:
            ports = (int(run.target.rpartition(":")[2]), httpx.URL(run.url).port or 0, proxy, operations)
            await flood(stack, ports)
            for _ in range(5):
                await call()
                async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{operations}") as new:
                    assert [(await new.get(path)).status_code for path in _PROBES] == [200] * 3
                async with httpx.AsyncClient(base_url=run.url, headers=headers(KEY)) as new:
                    assert (await new.get(TINES)).status_code == 200
            # gRPC's are all taken. What the database and files need is left.
            assert not await is_healthy(run.target)
            assert taken(run) < _DESCRIPTORS - 10
        await until(lambda: is_healthy(run.target))
        await call()
