"""A gateway in a process of its own calls a node over mutual TLS, and so does the client library."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import certificates
import httpx
import pytest
from node.test_process import ended, running
from node.tls_node import TlsNode, open_tls_node
from samples import created, named

import strongroom

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment

EXAMPLES = Path(__file__).parents[2] / "examples"
LIST = "/api/v1/user_credentials"


@pytest.fixture(scope="module")
async def node(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TlsNode]:
    async with open_tls_node(deployment, tmp_path_factory.mktemp("tls")) as node:
        yield node


@pytest.fixture
def ca(node: TlsNode, tmp_path: Path) -> Path:
    """The file of the CA of the node's certificate."""
    return certificates.write_ca(tmp_path, node.authority)


async def test_gateway_workers_call_a_node_that_requires_client_certificates(
    node: TlsNode, tmp_path: Path, ca: Path
) -> None:
    certificate, key = certificates.write_pair(tmp_path, node.client)
    options = ("--service-ca", str(ca), "--service-cert", str(certificate), "--service-key", str(key))
    async with (
        running("gateway", "--service", f"localhost:{node.mtls}", *options, "--workers", "2") as run,
        httpx.AsyncClient(base_url=run.url) as http,
    ):
        answer = await http.get(LIST, headers={"Authorization": f"Bearer {node.deployment.api_key}"})
        refused = await http.get(LIST, headers={"Authorization": "Bearer sr_nobody_hunter2"})
    assert (answer.status_code, refused.status_code) == (200, 401)


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_gateway_does_not_start_in_clear_text_to_another_machine(workers: str) -> None:
    status, output = await ended("gateway", "--service", "vault.internal:50051", "--workers", workers)
    assert status == 1
    assert output == (
        "strongroom-server: --service is vault.internal:50051, to which keys and secrets would cross the network in clear text: "
        "pass --service-ca, or set STRONGROOM_INSECURE=1 if the network encrypts\n"
    )


async def test_the_client_library_calls_a_node_over_tls_and_over_mutual_tls(
    node: TlsNode, tmp_path: Path, ca: Path
) -> None:
    certificate, key = certificates.write_pair(tmp_path, node.client)
    api_key = node.deployment.api_key
    async with strongroom.Client(f"localhost:{node.grpc_port}", api_key, root_certificates=ca) as client:
        team = await client.get_team(1)
    async with strongroom.Client(
        f"localhost:{node.mtls}", api_key, root_certificates=ca, certificate_file=certificate, key_file=key
    ) as client:
        assert await client.get_team(1) == team


@pytest.mark.parametrize("program", ["credentials.py", "workload.py"])
async def test_the_examples_work_over_tls(program: str, node: TlsNode, tmp_path: Path, ca: Path) -> None:
    if program == "workload.py":
        await created(node.deployment, named(name="billing"))
    # The key stands for a workload's token here: both are sent in the same way.
    (tmp_path / "token").write_text(node.deployment.api_key)
    process = await asyncio.create_subprocess_exec(
        sys.executable, EXAMPLES / program,
        env={
            "STRONGROOM_TARGET": f"localhost:{node.grpc_port}",
            "STRONGROOM_CA": str(ca),
            "STRONGROOM_API_KEY": node.deployment.api_key,
            "STRONGROOM_TOKEN_FILE": str(tmp_path / "token"),
        },
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    assert " billing\n" in output.decode()
