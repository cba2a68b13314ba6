"""Runs commands of `strongroom-server` that end by themselves, each in a process of its own that is forked, not started.

To import the program takes about 0.4 s of CPU time, and the tests run some hundred commands. So one process imports it, once for
each worker of pytest, and then forks for each command. A node, and what the tests kill, is started as the program itself.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Ended(NamedTuple):
    """What a command leaves: its exit status, negative if a signal ended it, its output and its error output."""

    status: int
    out: str
    err: str


async def run_command(*arguments: str, environment: Mapping[str, str]) -> Ended:
    """Run `strongroom-server` with these arguments and only these environment variables until it ends."""
    ours, theirs = socket.socketpair()
    with ours, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        ours.setblocking(False)
        with theirs:
            request = json.dumps((arguments, dict(environment), str(Path.cwd()))).encode()
            socket.send_fds(_requests(), [request], [out.fileno(), err.fileno(), theirs.fileno()])
        status = await asyncio.get_running_loop().sock_recv(ours, 16)
        out.seek(0)
        err.seek(0)
        return Ended(int(status), out.read().decode(), err.read().decode())


@functools.cache
def _requests() -> socket.socket:
    """The socket to the process that forks, which is started now."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        # -P keeps this directory out of the module path. The process ends with the other end of its standard input.
        server = subprocess.Popen(
            [sys.executable, "-P", __file__],
            stdin=theirs.fileno(),
            env={"PATH": os.environ["PATH"]},
            start_new_session=True,
        )
    atexit.register(server.wait)
    atexit.register(ours.close)
    return ours


def _import_everything() -> None:
    from strongroom_server.node.grpc_environment import set_grpc_environment

    set_grpc_environment()
    from strongroom_server.cli.main import _MODULES

    for module in set(_MODULES.values()):
        import_module(f"strongroom_server.cli.{module}")


def _until_forked() -> None:
    """Fork for each request. Returns in each process that has to become a command, once it looks as if it was started as one."""
    # A collection would copy the memory that the processes share.
    gc.freeze()
    # The kernel reaps the children.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=os.dup(0)) as requests:
        while True:
            request, descriptors, *_ = socket.recv_fds(requests, 65_536, 3)
            if not request:
                sys.exit()
            if os.fork() == 0:
                break
            for descriptor in descriptors:
                os.close(descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    out, err, reply = descriptors
    if (child := os.fork()) != 0:
        _, status = os.waitpid(child, 0)
        os.write(reply, str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.closerange(3, max(descriptors) + 1)
    arguments, environment, directory = json.loads(request)
    sys.argv[1:] = arguments
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)


if __name__ == "__main__":
    _import_everything()
    _until_forked()
    from strongroom_server.__main__ import main

    try:
        main()
    except SystemExit as ended:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        # The rest of the interpreter's end would free every imported module, which takes longer than most commands.
        os._exit(ended.code if isinstance(ended.code, int) else 1)
