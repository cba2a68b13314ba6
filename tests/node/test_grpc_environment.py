"""gRPC's environment variables are set by the command, before grpc is imported, and not by importing the package."""

from __future__ import annotations

import subprocess
import sys

NAMES = ("GRPC_EXPERIMENTS", "GRPC_ENABLE_FORK_SUPPORT", "GRPC_VERBOSITY")


def run(program: str, **environment: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_importing_the_package_sets_nothing() -> None:
    program = f"import os, strongroom_server.node.service\nprint(*(os.environ.get(name) for name in {NAMES[:2]}))"
    assert run(program) == "None None"


def test_the_environment_is_set_without_importing_grpc() -> None:
    program = (
        "import os, sys\n"
        "from strongroom_server.node.grpc_environment import set_grpc_environment\n"
        "set_grpc_environment()\n"
        f"print('grpc' in sys.modules, *(os.environ[name] for name in {NAMES}))"
    )
    assert run(program) == "False -event_engine_listener 0 NONE"
    assert run(program, GRPC_VERBOSITY="DEBUG") == "False -event_engine_listener 0 DEBUG"
