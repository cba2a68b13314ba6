"""Runs the program itself: starts it, calls it with grpcurl, kills it, starts it again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import ssl
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest
from directories import database_directory
from forking import run_command
from ports import free_port
from waiting import until

from strongroom_server.node.settings import from_environment
from strongroom_server.node.setup import set_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

BIN = Path(sys.executable).parent
KEY = "sr_first_only-ever-used-by-the-tests"


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory that the embedded Postgres can reach as any user."""
    with database_directory() as directory:
        yield directory / "data"


class Run:
    """A running `strongroom-server`, and what it has printed."""

    def __init__(self, process: asyncio.subprocess.Process, grpc_port: int, http_port: int, ca: str) -> None:
        self.process = process
        self.target = f"127.0.0.1:{grpc_port}"
        self.url = f"{'https' if ca else 'http'}://127.0.0.1:{http_port}"
        self.greeting = ""
        self._ca = ca

    def client(self) -> httpx.AsyncClient:
        """An HTTP client that trusts the CA of the node."""
        verify = ssl.create_default_context(cafile=self._ca) if self._ca else True
        return httpx.AsyncClient(base_url=self.url, verify=verify)

    async def grpcurl(self, method: str, request: dict[str, Any], key: str = KEY) -> dict[str, Any]:
        """Call a method with the real grpcurl, by reflection."""
        transport = ("-cacert", self._ca) if self._ca else ("-plaintext",)
        grpcurl = await asyncio.create_subprocess_exec(
            BIN / "grpcurl", *transport, "-H", f"authorization: Bearer {key}", "-d", "@", self.target, method,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await grpcurl.communicate(json.dumps(request).encode())
        assert grpcurl.returncode == 0, err.decode()
        answer: dict[str, Any] = json.loads(out)
        return answer


@asynccontextmanager
async def running(*arguments: str, through: Sequence[str] = (), ca: str = "", **environment: str) -> AsyncIterator[Run]:
    """A node that is ready. With `through`, another program starts it; with `ca`, the file of a CA, it serves TLS."""
    grpc_port, http_port = free_port(), free_port()
    # A file, because nobody reads a pipe while the node runs.
    with tempfile.TemporaryFile() as errors:
        process = await asyncio.create_subprocess_exec(
            *through,
            BIN / "strongroom-server",
            *arguments,
            env={
                "PATH": os.environ["PATH"],
                "STRONGROOM_GRPC_PORT": str(grpc_port),
                "STRONGROOM_HTTP_PORT": str(http_port),
                # No load balancer has to notice that it stops.
                "STRONGROOM_DRAIN_SECONDS": "0",
                **environment,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
        run = Run(process, grpc_port, http_port, ca)
        operations_port = environment.get("STRONGROOM_OPERATIONS_PORT")
        probes = run.url if operations_port is None else f"{run.url.partition(':')[0]}://127.0.0.1:{operations_port}"
        try:
            assert process.stdout is not None
            async with asyncio.timeout(60):
                while not re.search(r"on 127\.0\.0\.1:\d+|on \S+:\d+, in front", run.greeting):
                    line = await process.stdout.readline()
                    assert line, f"it ended before it was ready: {_text(errors)}"
                    run.greeting += line.decode()
                async with run.client() as http:
                    while True:
                        try:
                            if (await http.get(f"{probes}/readyz")).status_code == 200:
                                break
                        except httpx.TransportError:
                            pass
                        await asyncio.sleep(0.05)
            yield run
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()


def _text(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read().decode()


async def stopped(run: Run, *signals: int) -> int:
    """The status of the process after these signals. It may end before the last ones."""
    for number in signals:
        with contextlib.suppress(ProcessLookupError):
            run.process.send_signal(number)
        await asyncio.sleep(0.01)
    async with asyncio.timeout(30):
        await run.process.communicate()
    assert run.process.returncode is not None
    return run.process.returncode


async def set_up_database(environment: Mapping[str, str]) -> None:
    """Do what the command `setup` does with these settings, without the start of a process."""
    settings = from_environment(environment)
    assert settings.database_url is not None
    await set_up(settings, settings.database_url)


async def ended(*arguments: str, **environment: str) -> tuple[int, str]:
    """The status and the error output of a command that ends by itself."""
    async with asyncio.timeout(60):
        status, _, err = await run_command(*arguments, environment={"PATH": os.environ["PATH"], **environment})
    return status, err


CREATE = "strongroom.v1.CredentialService/CreateCredential"
LIST = "strongroom.v1.CredentialService/ListCredentials"
ACCESS = "strongroom.v1.CredentialService/AccessCredential"
BILLING = {"credential": {"name": "billing", "data": {"basic_auth": {"username": "anna", "password": "hunter2"}}}}


async def test_acknowledged_writes_survive_kill_9_and_a_stop(data_dir: Path) -> None:
    environment = {"STRONGROOM_DATA_DIR": str(data_dir), "STRONGROOM_BOOTSTRAP_API_KEY": KEY}
    async with running("run", **environment) as run:
        assert KEY not in run.greeting
        created = await run.grpcurl(CREATE, BILLING)
        await stopped(run, signal.SIGKILL)
    async with running("run", **environment) as run:
        assert (await run.grpcurl(ACCESS, {"id": created["id"]}))["data"] == BILLING["credential"]["data"]
        async with httpx.AsyncClient() as http:
            body = {"name": "text credential", "value": "bar", "mode": "TEXT", "team_id": 2}
            headers = {"Authorization": f"Bearer {KEY}"}
            answer = await http.post(f"{run.url}/api/v1/user_credentials", json=body, headers=headers)
            assert answer.status_code == 201
        status, output = await ended("run", **environment)
        assert (status, output.count("\n")) == (1, 1)
        assert await stopped(run, signal.SIGTERM, signal.SIGINT, signal.SIGTERM) == 0
    async with running("run", **environment) as run:
        names = [credential["name"] for credential in (await run.grpcurl(LIST, {}))["credentials"]]
        assert names == ["billing", "text credential"]
        assert await stopped(run, signal.SIGINT) == 0
    for path in (data_dir / "keys").glob("sealing-*.key"):
        path.chmod(0o644)
    status, output = await ended("run", **environment)
    assert status == 3
    assert "0600" in output
    assert "Traceback" not in output


async def test_service_and_gateway_run_in_separate_processes_on_a_configured_database(
    database_url: str, data_dir: Path
) -> None:
    environment = {"STRONGROOM_DATA_DIR": str(data_dir), "STRONGROOM_DATABASE_URL": database_url}
    assert (await ended("serve", **environment))[0] == 3
    process = await asyncio.create_subprocess_exec(
        BIN / "strongroom-server", "setup", env={**environment}, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    key = re.search(rb"sr_\S+?(?=:? |:?$)", out, re.MULTILINE)
    assert key is not None
    text = key[0].decode().rstrip(":")
    async with running("serve", **environment) as service, running("gateway", "--service", service.target) as gateway:
        created = await service.grpcurl(CREATE, BILLING, text)
        assert created["name"] == "billing"
        async with httpx.AsyncClient(base_url=gateway.url) as http:
            headers = {"SlashID-API-Key": text, "SlashID-OrgID": "default"}
            path = "/organizations/config/external-credentials"
            body = {"extcred_provider": "generic", "extcred_type": "api_key", "json_blob": {"api_key": "k", "n": 1.10}}
            answer = await http.post(path, json=body, headers=headers)
            assert answer.status_code == 201
            shown = await http.get(f"{path}/{answer.json()['result'][0]}", headers=headers)
            assert shown.json()["result"]["json_blob"] == {"api_key": "k", "n": 1.10}
            wrong = await http.get(f"{path}/{created['id']}", headers=headers)
            assert wrong.status_code == 404
        async with httpx.AsyncClient() as http:
            assert "strongroom_calls_total" in (await http.get(f"{service.url}/metrics")).text
        assert await stopped(gateway, signal.SIGTERM) == 0
        assert await stopped(service, signal.SIGTERM) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STRONGROOM_GRPC_PORT", "http"),
        ("STRONGROOM_HTTP_PORT", "70000"),
        ("STRONGROOM_BOOTSTRAP_API_KEY", "hunter2"),
        ("STRONGROOM_BOOTSTRAP_ORGANISATION", "strongroom"),
        ("STRONGROOM_REGIONS", "eu west"),
        ("STRONGROOM_DATABASE_URL", "postgresql://anna:hunter2@127.0.0.1:1/none"),
    ],
)
async def test_a_mistake_in_the_environment_is_reported_in_one_line(name: str, value: str, data_dir: Path) -> None:
    status, output = await ended("run", STRONGROOM_DATA_DIR=str(data_dir), **{name: value})
    assert status == 1
    assert output.startswith("strongroom-server: ")
    assert output.count("\n") == 1
    assert "hunter2" not in output


async def test_a_call_in_flight_ends_before_the_node_does(database_url: str, data_dir: Path) -> None:
    environment = {
        "STRONGROOM_DATA_DIR": str(data_dir),
        "STRONGROOM_DATABASE_URL": database_url,
        "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
    }
    holder = await asyncpg.connect(database_url)
    async with running("run", **environment) as run:
        async with holder.transaction():
            await holder.execute("lock table credentials in exclusive mode")
            call = asyncio.create_task(run.grpcurl(CREATE, BILLING))
            await until(lambda: holder.fetchval("select exists (select from pg_locks where not granted)"))
            run.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.3)
            assert run.process.returncode is None
        assert (await call)["name"] == "billing"
        assert await stopped(run) == 0
    assert await holder.fetchval("select count(*) from credentials") == 1
    await holder.close()
