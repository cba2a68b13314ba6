"""Starts the command `strongroom-server`, also as `python -m strongroom_server`.

A bare install of the client library has this module too, so it checks for the extra `server` before it imports any of it.
"""

from __future__ import annotations

import gc
import sys
from importlib.util import find_spec

from strongroom_server.node.grpc_environment import set_grpc_environment


def main() -> None:
    """Run the command line, or end with one line if the server is not installed."""
    if any(find_spec(name) is None for name in ("asyncpg", "click")):
        sys.exit("strongroom-server: the server is not installed: install strongroom[server]")
    set_grpc_environment()
    # By default, garbage is searched for dozens of times while the modules are imported: a fifth of the CPU time of a start.
    gc.set_threshold(50_000)
    from strongroom_server.cli.main import cli  # noqa: PLC0415 - imports click, and through the commands grpc

    cli(prog_name="strongroom-server")


if __name__ == "__main__":
    main()
