"""A node as a process of its own, and its callers: grpcurl and curl, with the key in a file that other processes cannot read."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from node.test_process import BIN, KEY, running
from ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from node.test_process import Run
    from schemes.provider import Provider

_STATUS = "\nstatus of the response: "


@dataclass(frozen=True)
class Shell:
    """A running node with a proxy, and the two programs that call it. `grpcurl` and `curl` return what the program prints."""

    run: Run
    proxy_url: str
    directory: Path

    async def call(self, method: str, request: dict[str, Any], key: str = KEY) -> dict[str, Any]:
        """Call a method of UseService, or of another service by its whole name, and expect a response."""
        return await self.run.grpcurl(_whole(method), request, key)

    async def refusal(self, method: str, request: dict[str, Any], key: str) -> str:
        """Call a method of UseService, and expect an error. Returns all that grpcurl prints of it."""
        status, out, err = await _ended(
            BIN / "grpcurl", "-plaintext", "-expand-headers", "-H", "authorization: Bearer ${KEY}", "-d", "@",
            self.run.target, _whole(method), given=json.dumps(request), KEY=key,
        )  # fmt: skip
        assert status != 0, out
        return err

    async def proxied(self, credential_id: str, url: str, key: str, *arguments: str) -> tuple[int, str]:
        """Send a request by the proxy with curl. Returns the status and the body of the response."""
        scheme, _, rest = url.partition("://")
        config = self.directory / "curl.config"
        config.write_text(f'header = "Strongroom-Key: {key}"\n')
        config.chmod(0o600)
        status, out, err = await _ended(
            "curl", "--silent", "--show-error", "--config", config, *arguments, "--write-out", f"{_STATUS}%{{http_code}}",
            f"{self.proxy_url}/proxy/{credential_id}/{scheme}/{rest}",
        )  # fmt: skip
        assert status == 0, err
        body, _, code = out.rpartition(_STATUS)
        return int(code), body


@asynccontextmanager
async def shell(database_url: str, directory: Path, provider: Provider) -> AsyncIterator[Shell]:
    """Run a node that may reach the provider."""
    port = free_port()
    environment = {
        "STRONGROOM_DATA_DIR": str(directory / "data"),
        "STRONGROOM_DATABASE_URL": database_url,
        "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
        "STRONGROOM_PROXY_PORT": str(port),
        "STRONGROOM_EGRESS_ALLOW": "127.0.0.1",
        "STRONGROOM_EGRESS_PORTS": f"443,{provider.port}",
        "STRONGROOM_EGRESS_CA": str(provider.ca_file),
    }
    async with running("run", **environment) as run:
        yield Shell(run, f"http://127.0.0.1:{port}", directory)


def _whole(method: str) -> str:
    return method if "/" in method else f"strongroom.v1.UseService/{method}"


async def _ended(*command: Any, given: str = "", **environment: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *command, env={"PATH": "/usr/bin:/bin", **environment}, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate(given.encode())
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()
