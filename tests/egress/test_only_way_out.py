"""No module but those of egress opens a connection to a server over HTTP or by its address.

The drivers of the database and of gRPC connect by themselves, and botocore asks the metadata service for AWS credentials.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import strongroom
import strongroom_server

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CLIENTS = {
    *(
        "aiohttp",
        "ftplib",
        "h11",
        "h2",
        "http.client",
        "httpcore",
        "httpx",
        "niquests",
        "requests",
        "smtplib",
        "telnetlib",
    ),
    *("urllib.request", "urllib3", "websockets", "xmlrpc.client"),
}
CONNECTING = {
    "connect_ex",
    "create_connection",
    "create_datagram_endpoint",
    "open_connection",
    "sock_connect",
    "urlopen",
}


def ways_out(path: Path) -> Iterator[str]:
    """What a module imports or calls to get out."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from clients_among(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from clients_among(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and node.attr in CONNECTING:
            yield node.attr


def clients_among(names: Iterable[str]) -> Iterator[str]:
    """The clients that contain what is named."""
    return (each for name in names for each in CLIENTS if f"{name}.".startswith(f"{each}."))


@pytest.mark.parametrize(
    "source",
    [
        "import aiohttp",
        "import http.client as quiet",
        "import urllib3.poolmanager",
        "from http import client",
        "from httpx._client import Client",
        "from urllib.request import urlopen",
        "def f():\n    import requests.sessions",
        "loop.create_connection",
    ],
)
def test_each_way_out_is_found(source: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(source)
    assert list(ways_out(path))


def test_only_egress_gets_out() -> None:
    found = {}
    for package in (strongroom, strongroom_server):
        root = Path(package.__path__[0])
        for path in root.rglob("*.py"):
            if ways := set(ways_out(path)):
                found[str(path.relative_to(root))] = ways
    assert found == {
        # Of the client library: it authenticates the requests of a caller's own httpx client.
        "httpx_auth.py": {"httpx"},
        "egress/connection.py": {"h11", "create_connection", "sock_connect"},
        "egress/exchange.py": {"h11"},
        "egress/messages.py": {"h11"},
        # The handler of the method CreateConnection, which connects to nothing.
        "rpc/methods.py": {"create_connection"},
        # To a server of its own process, on the loopback address.
        "node/proxy_relay.py": {"create_connection"},
    }
