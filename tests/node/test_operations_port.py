"""The operations port, and a node that drains: probes say so first."""

from __future__ import annotations

import asyncio
import signal
import ssl
from typing import TYPE_CHECKING

import grpc.aio
import httpx
import pytest
import trustme
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from node.test_process import KEY, running
from node.test_workers import set_up
from node.tls_samples import NAMES, Files
from ports import free_port
from waiting import until
from writer_nodes import writer_settings

from strongroom.v1.credential_service_pb2 import ListCredentialsRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment

PATHS = ("/livez", "/readyz", "/metrics")
METADATA = (("authorization", f"Bearer {KEY}"),)


async def test_probes_and_metrics_move_to_the_operations_port_and_say_first_that_a_node_drains(
    database_url: str, tmp_path: Path
) -> None:
    operations = free_port()
    environment = await set_up(database_url, tmp_path / "data") | {
        "STRONGROOM_OPERATIONS_PORT": str(operations),
        "STRONGROOM_DRAIN_SECONDS": "1.5",
        "STRONGROOM_REFLECTION": "0",
    }
    async with (
        running("serve", "--workers", "2", **environment) as run,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{operations}") as probes,
        httpx.AsyncClient(base_url=run.url) as public,
        grpc.aio.insecure_channel(run.target) as channel,
    ):
        assert [(await probes.get(path)).status_code for path in PATHS] == [200] * 3
        assert [(await public.get(path)).status_code for path in PATHS] == [404] * 3
        credentials, health = CredentialServiceStub(channel), HealthStub(channel)
        await credentials.ListCredentials(ListCredentialsRequest(), metadata=METADATA)
        path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
        describe: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(path)
        assert await describe(iter((b"",))).code() is grpc.StatusCode.UNIMPLEMENTED

        run.process.send_signal(signal.SIGTERM)
        await until(lambda: _is_draining(probes))
        await until(lambda: _reports_draining(health))
        await credentials.ListCredentials(ListCredentialsRequest(), metadata=METADATA)
        assert await asyncio.wait_for(run.process.wait(), 20) == 0


async def _is_draining(probes: httpx.AsyncClient) -> bool:
    return (await probes.get("/readyz")).status_code == 503 and (await probes.get("/livez")).status_code == 200


async def _reports_draining(health: HealthStub) -> bool:
    status = (await health.Check(health_pb2.HealthCheckRequest())).status  # type: ignore[attr-defined] # its stub has no types
    return bool(status == health_pb2.HealthCheckResponse.NOT_SERVING)


@pytest.mark.parametrize(
    "arguments",
    [("run",), ("serve", "--role=writer"), ("gateway", "--service"), ("gateway", "--workers", "2", "--service")],
    ids=" ".join,
)
async def test_each_kind_of_process_has_the_port_with_the_tls_of_http(
    deployment: Deployment, database_url: str, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    files, authority, ca = Files(tmp_path), trustme.CA(), tmp_path / "ca.pem"
    files.put_pair(authority.issue_cert(*NAMES))
    # Then gRPC requires certificates of its clients, which probes do not have.
    files.put_client_ca(trustme.CA())
    authority.cert_pem.write_to_path(ca)
    operations, data_dir = free_port(), tmp_path / "data"
    environment = {
        "STRONGROOM_OPERATIONS_PORT": str(operations),
        "STRONGROOM_DRAIN_SECONDS": "1",
        "STRONGROOM_TLS": "files",
        "STRONGROOM_TLS_CERT": str(files.certificate),
        "STRONGROOM_TLS_KEY": str(files.key),
        "STRONGROOM_TLS_CLIENT_CA": str(files.client_ca),
    }
    if arguments[0] == "gateway":
        arguments += (deployment.grpc_target,)
    else:
        is_writer = "--role=writer" in arguments
        if is_writer:
            await writer_settings(deployment, data_dir)
        environment |= {
            "STRONGROOM_DATA_DIR": str(data_dir),
            "STRONGROOM_DATABASE_URL": deployment.database_url if is_writer else database_url,
        }
    trusting = ssl.create_default_context(cafile=ca)
    async with (
        running(*arguments, ca=str(ca), **environment) as run,
        httpx.AsyncClient(base_url=f"https://127.0.0.1:{operations}", verify=trusting) as probes,
        run.client() as public,
    ):
        assert [(await probes.get(path)).status_code for path in PATHS] == [200] * 3
        assert [(await public.get(path)).status_code for path in PATHS] == [404] * 3
        async with httpx.AsyncClient(verify=False) as plain:
            refused = await plain.get(f"http://127.0.0.1:{operations}/livez")
            assert (refused.status_code, "https" in refused.text) == (400, True)
        run.process.send_signal(signal.SIGTERM)
        await until(lambda: _is_draining(probes))
        assert await asyncio.wait_for(run.process.wait(), 20) == 0


async def test_the_port_of_http_has_probes_without_an_operations_port(deployment: Deployment) -> None:
    assert [(await deployment.http.get(path)).status_code for path in PATHS] == [200] * 3
