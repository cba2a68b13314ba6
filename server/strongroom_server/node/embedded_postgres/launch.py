"""Starts Postgres on a cluster."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Final

from strongroom_server.node.embedded_postgres.cluster import SETTINGS, create_cluster, last_log_lines, open_log
from strongroom_server.node.embedded_postgres.postmaster import POLL_SECONDS, name_of, read_pid_file, stop_leftover
from strongroom_server.node.embedded_postgres.process import EmbeddedPostgresError, spawn

if TYPE_CHECKING:
    from pathlib import Path

    from strongroom_server.node.embedded_postgres.cluster import Cluster

# The pauses between tries while a killed postmaster's processes still use the data.
_PAUSES_SECONDS: Final = (0.2, 1.0, 3.0, 0.0)
# When the signal to end is sent again.
_AGAIN_SECONDS: Final = 0.1


async def launch(cluster: Cluster, *, create: bool) -> subprocess.Popen[bytes]:
    """Start Postgres and return once it takes connections. With `create`, a missing cluster is created first.

    Raises EmbeddedPostgresError, OSError.
    """
    data = cluster.data
    with open_log(cluster.home) as log:
        if not data.exists():
            if not create:
                raise EmbeddedPostgresError(f"{data} does not exist: restore it")
            await create_cluster(cluster, log)
        fixed = {
            "hba_file": str(cluster.home / "pg_hba.conf"),
            "ident_file": str(cluster.home / "pg_ident.conf"),
            # Each process of this cluster shows this in its title.
            "cluster_name": name_of(data),
        }
        command = [str(cluster.binaries / "postgres"), "-D", str(data)]
        command += [f"--{name}={value}" for name, value in {**SETTINGS, **cluster.settings, **fixed}.items()]
        crashed = await stop_leftover(data)
        for pause in _PAUSES_SECONDS:
            begin = log.seek(0, os.SEEK_END)
            process = spawn(cluster.account, command, log)
            if await _is_ready(process, data):
                return process
            crashed = await stop_leftover(data) or crashed
            if not crashed:
                break
            await asyncio.sleep(pause)
    raise EmbeddedPostgresError(f"{data}: Postgres does not start: {last_log_lines(cluster.home, begin)}")


async def _is_ready(process: subprocess.Popen[bytes], data: Path) -> bool:
    """Wait until Postgres takes connections, without a limit because a recovery can be long. False if it has ended."""
    try:
        while process.poll() is None:
            if read_pid_file(data) == (process.pid, "ready"):
                return True
            await asyncio.sleep(POLL_SECONDS)
    except BaseException:  # a cancelled start must leave nothing running
        _end(process)
        raise
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a Postgres that starts, and wait for its end.

    If a shell script started this process with `&`, it ignores SIGQUIT, and so does Postgres until it has handlers of its own.
    """
    while process.poll() is None:
        process.send_signal(signal.SIGQUIT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_AGAIN_SECONDS)
