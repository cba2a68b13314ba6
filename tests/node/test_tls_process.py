"""Runs the program itself with TLS: the lines that it prints, and workers whose certificates change while they are called."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import ssl
from typing import TYPE_CHECKING

import grpc
import grpc.aio
import trustme
from node.test_process import BILLING, BIN, CREATE, KEY, LIST, data_dir, running, stopped
from node.test_workers import set_up
from node.tls_node import OWN_CONNECTION
from node.tls_samples import NAMES, Files, chain_of, serial_of
from ports import free_port
from waiting import until

from strongroom.v1.credential_service_pb2 import ListCredentialsRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

__all__ = ["data_dir"]


async def test_the_lines_that_run_prints_work_with_its_local_ca(database_url: str, data_dir: Path) -> None:
    environment = {
        "STRONGROOM_DATA_DIR": str(data_dir),
        "STRONGROOM_DATABASE_URL": database_url,
        "STRONGROOM_TLS": "auto",
        "SSLKEYLOGFILE": str(data_dir.parent / "session-keys"),
    }
    async with running("run", ca=str(data_dir / "tls" / "ca.pem"), **environment) as run:
        assert run.process.stdout is not None
        lines = run.greeting
        while "ListCredentials" not in lines:
            lines += (await run.process.stdout.readline()).decode()
        pasted = lines[lines.index("export ") :]
        shell = await asyncio.create_subprocess_exec(
            "bash", "-euc", pasted,
            env={"PATH": f"{BIN}:{os.environ['PATH']}"}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await shell.communicate()
        assert await stopped(run, signal.SIGTERM) == 0
    assert (shell.returncode, err) == (0, b"")
    assert re.fullmatch(rb'\{"user_credentials":\[\],.*\}\{\s*\}\s*', out)
    assert not (data_dir.parent / "session-keys").exists()


async def test_two_workers_take_new_certificates_and_no_call_fails(
    database_url: str, data_dir: Path, tmp_path: Path
) -> None:
    environment = await set_up(database_url, data_dir)
    files, authority, client_authority = Files(tmp_path), trustme.CA(), trustme.CA()
    files.put_pair(authority.issue_cert(*NAMES))
    files.put_client_ca(client_authority)
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca)
    mtls_port, client = free_port(), client_authority.issue_cert("client.example")
    environment |= {
        "STRONGROOM_TLS": "files",
        "STRONGROOM_TLS_CERT": str(files.certificate),
        "STRONGROOM_TLS_KEY": str(files.key),
        "STRONGROOM_TLS_CLIENT_CA": str(files.client_ca),
        "STRONGROOM_GRPC_MTLS_PORT": str(mtls_port),
    }
    credentials = grpc.ssl_channel_credentials(ca.read_bytes(), client.private_key_pem.bytes(), chain_of(client))
    over, counts = asyncio.Event(), {"call": 0, "request": 0}

    def channel() -> grpc.aio.Channel:
        return grpc.aio.secure_channel(f"127.0.0.1:{mtls_port}", credentials, options=OWN_CONNECTION)

    async def call(channel: grpc.aio.Channel) -> None:
        await CredentialServiceStub(channel).ListCredentials(
            ListCredentialsRequest(), metadata=(("authorization", f"Bearer {KEY}"),), timeout=10
        )
        counts["call"] += 1

    async def calls() -> None:
        async with channel() as kept:
            while not over.is_set():
                await call(kept)
                async with channel() as new:
                    await call(new)

    async def requests(http: httpx.AsyncClient) -> None:
        while not over.is_set():
            assert (await http.get("/livez")).text == "alive"
            counts["request"] += 1

    trusting = ssl.create_default_context(cafile=ca)

    async def is_served_by_all(leaf: trustme.LeafCert, ports: tuple[int, ...]) -> bool:
        for _ in range(8):
            for port in ports:
                _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
                found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
                writer.transport.abort()
                if serial_of(ssl.DER_cert_to_PEM_cert(found).encode()) != serial_of(chain_of(leaf)):
                    return False
        return True

    async with running("serve", "--workers", "2", ca=str(ca), **environment) as run:
        assert f"and, for client certificates, 127.0.0.1:{mtls_port}" in run.greeting
        assert (await run.grpcurl(CREATE, BILLING))["name"] == "billing"
        ports = tuple(int(address.rpartition(":")[2]) for address in (run.target, run.url))
        renewed = authority.issue_cert(*NAMES)
        async with run.client() as http, asyncio.TaskGroup() as tasks:
            tasks.create_task(calls())
            tasks.create_task(requests(http))
            files.put_pair(renewed)
            await until(lambda: is_served_by_all(renewed, ports))
            over.set()
        assert len((await run.grpcurl(LIST, {}))["credentials"]) == 1
        assert await stopped(run, signal.SIGTERM) == 0
    assert min(counts.values()) > 5
