"""No module but those of egress opens a connection to a server over HTTP or by its address.

The drivers of the database and of gRPC connect by themselves, and botocore asks the metadata service for AWS credentials.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import strongroom
import strongroom_server

if TYPE_CHECKING:
    from collections.abc import Iterator

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
            yield from ({alias.name for alias in node.names} & CLIENTS)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)} & CLIENTS)
        elif isinstance(node, ast.Attribute) and node.attr in CONNECTING:
            yield node.attr


def test_only_egress_gets_out() -> None:
    found = {}
    for package in (strongroom, strongroom_server):
        root = Path(package.__path__[0])
        for path in root.rglob("*.py"):
            if ways := set(ways_out(path)):
                found[str(path.relative_to(root))] = ways
    assert found == {
        "egress/client.py": {"h11"},
        "egress/connection.py": {"h11", "create_connection", "sock_connect"},
    }
