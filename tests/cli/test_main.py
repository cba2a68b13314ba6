"""The command line itself: its version, its help, and what a subcommand imports."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import strongroom_server
from strongroom_server.cli.main import _MODULES
from strongroom_server.node.settings import VARIABLES, Variable

# Runs the command in this process and prints the modules that it imported.
MODULES_AFTER = """
import sys
from strongroom_server.__main__ import main
sys.argv = ["strongroom-server", *sys.argv[1:]]
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
finally:
    print(*sys.modules, sep="\\n")
"""


def run(*command: str) -> str:
    done = subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True)
    return done.stdout


def test_the_module_runs_as_the_command_and_shows_the_version() -> None:
    assert strongroom_server.__version__ == version("strongroom")
    assert run("-m", "strongroom_server", "--version") == f"strongroom-server, version {version('strongroom')}\n"


def test_the_help_lists_every_command_and_every_variable_with_its_default() -> None:
    words = " ".join(run("-m", "strongroom_server", "--help").split())
    for command in _MODULES:
        assert f" {command} " in words
    for variable in VARIABLES:
        assert " or ".join(variable.names) in words
        assert f"[default: {variable.default or 'none'}]" in words


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_every_variable_is_documented(variable: Variable) -> None:
    root = Path(__file__).parents[2]
    pages = [root / "README.md", *(root / "docs").rglob("*.md")]
    assert any(variable.name in page.read_text() for page in pages)


def test_the_gateway_imports_neither_the_database_driver_nor_the_cryptography() -> None:
    modules = run("-c", MODULES_AFTER, "gateway", "--help").split("\n")
    assert "strongroom_server.gateway.app" in modules
    assert "grpc" in modules
    assert not {"asyncpg", "nacl"} & {name.partition(".")[0] for name in modules}
