"""A Postgres with TLS, of the programs that Debian installs: the embedded one is built without TLS."""

from __future__ import annotations

import os
import signal
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import asyncpg
from node.tls_samples import chain_of, replace
from ports import free_port
from waiting import until

from strongroom_server.node.embedded_postgres.files import make_directory
from strongroom_server.node.embedded_postgres.process import run, spawn, unprivileged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import trustme

PROGRAMS = Path("/usr/lib/postgresql/15/bin")


@dataclass(frozen=True)
class TlsPostgres:
    """A running Postgres that listens on 127.0.0.1 and on a socket in its directory."""

    directory: Path
    port: int

    def url(self, host: str, **query: object) -> str:
        return f"postgresql://strongroom@{host}:{self.port}/postgres?{urlencode(query)}"

    async def serve(self, leaf: trustme.LeafCert | None) -> None:
        """Serve TLS with this certificate, or no TLS."""
        if leaf is not None:
            replace(self.directory / "server.crt", chain_of(leaf))
            _write_key(self.directory / "server.key", leaf)
        connection = await asyncpg.connect(
            host=str(self.directory), port=self.port, user="strongroom", database="postgres"
        )
        try:
            before = await connection.fetchval("select pg_conf_load_time()")
            await connection.execute(f"alter system set ssl = {'off' if leaf is None else 'on'}")
            await connection.execute("select pg_reload_conf()")

            async def has_loaded() -> bool:
                # Postgres itself loads the configuration before its connections do.
                return bool(await connection.fetchval("select pg_conf_load_time() > $1", before))

            await until(has_loaded)
        finally:
            await connection.close()


@asynccontextmanager
async def tls_postgres(leaf: trustme.LeafCert) -> AsyncIterator[TlsPostgres]:
    """Create a cluster, and run Postgres until the context ends."""
    account, port = unprivileged(), free_port()
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as output:
        parent = Path(name)
        parent.chmod(0o711)
        directory = parent / "postgres"
        make_directory(directory, account)
        directory.chmod(0o711)
        data = str(directory / "data")
        initdb = (
            str(PROGRAMS / "initdb"),
            "-D",
            data,
            "-U",
            "strongroom",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
        )
        assert await run(account, (*initdb, "--locale=C.UTF-8"), output, "") == 0
        replace(directory / "server.crt", chain_of(leaf))
        _write_key(directory / "server.key", leaf)
        settings = {
            "fsync": "off",
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": str(directory),
            "ssl_cert_file": str(directory / "server.crt"),
            "ssl_key_file": str(directory / "server.key"),
        }
        options = [f"--{setting}={value}" for setting, value in settings.items()]
        process = spawn(account, [str(PROGRAMS / "postgres"), "-D", data, *options], output)
        try:
            await until((directory / f".s.PGSQL.{port}").exists)
            postgres = TlsPostgres(directory, port)
            await until(lambda: _serves(postgres, leaf))
            yield postgres
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


async def _serves(postgres: TlsPostgres, leaf: trustme.LeafCert) -> bool:
    try:
        await postgres.serve(leaf)
    except (OSError, asyncpg.CannotConnectNowError):
        return False
    return True


def _write_key(path: Path, leaf: trustme.LeafCert) -> None:
    """Postgres refuses a key that another user owns."""
    account = unprivileged()
    replace(path, leaf.private_key_pem.bytes(), 0o600)
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)
