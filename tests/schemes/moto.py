"""AWS STS as a real server: moto, over TLS with a certificate of the tests' CA."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from egress.servers import CA, client
from keys.servers import process
from ports import free_port
from waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom_server.egress.client import Client

ROLE = "arn:aws:iam::123456789012:role/reader"


class Sts(NamedTuple):
    """A running moto server. It takes every signature."""

    url: str
    client: Client


@pytest.fixture(scope="module")
async def sts(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sts]:
    """A moto server for the tests of a module."""
    home, port = tmp_path_factory.mktemp("sts"), free_port()
    served = CA.issue_cert("127.0.0.1")
    served.private_key_pem.write_to_path(str(home / "key.pem"))
    for pem in served.cert_chain_pems:
        pem.write_to_path(str(home / "certificate.pem"), append=True)
    moto = str(Path(sys.executable).with_name("moto_server"))
    tls = ("-c", str(home / "certificate.pem"), "-k", str(home / "key.pem"))
    async with process(moto, "-H", "127.0.0.1", "-p", str(port), *tls, cwd=home):
        await until(lambda: _listens(port))
        yield Sts(f"https://127.0.0.1:{port}", client(port, home))


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 5):
            return True
    except OSError:
        return False
