"""A command that cannot start prints one line with the reason and the remedy, and gRPC prints nothing."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from node.test_process import KEY, data_dir, ended, set_up_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["data_dir"]


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which another process listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.parametrize("service", ["http://127.0.0.1:50051", "localhost", "foo:bar:baz", "x:65536"])
async def test_a_service_that_is_no_host_and_port_is_refused(service: str) -> None:
    status, output = await ended("gateway", "--service", service, STRONGROOM_HTTP_PORT="0")
    rule = "--service must be host:port, such as 127.0.0.1:50051, without http://"
    assert (status, output) == (1, f"strongroom-server: {rule}\n")


@pytest.mark.parametrize(
    ("variable", "workers"),
    [("STRONGROOM_GRPC_PORT", "1"), ("STRONGROOM_HTTP_PORT", "1"), ("STRONGROOM_GRPC_PORT", "2")],
)
async def test_a_port_in_use_is_named_with_its_variable(
    variable: str, workers: str, database_url: str, data_dir: Path, taken_port: int
) -> None:
    environment = {
        "STRONGROOM_DATA_DIR": str(data_dir),
        "STRONGROOM_DATABASE_URL": database_url,
        "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
        "STRONGROOM_GRPC_PORT": "0",
        "STRONGROOM_HTTP_PORT": "0",
    }
    await set_up_database(environment)
    status, output = await ended("serve", "--workers", workers, **{**environment, variable: str(taken_port)})
    remedy = f"stop the process that listens there, or set {variable} to another port"
    assert (status, output) == (1, f"strongroom-server: 127.0.0.1:{taken_port} is in use: {remedy}\n")


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
@pytest.mark.parametrize("command", [("run",), ("gateway", "--service", "127.0.0.1:1")], ids=["gRPC", "HTTP"])
async def test_an_address_of_another_machine_is_refused_with_the_remedy(
    host: str, command: tuple[str, ...], database_url: str, data_dir: Path
) -> None:
    status, output = await ended(
        *command,
        STRONGROOM_DATA_DIR=str(data_dir),
        STRONGROOM_DATABASE_URL=database_url,
        STRONGROOM_HOST=host,
        STRONGROOM_INSECURE="1",
        STRONGROOM_GRPC_PORT="0",
        STRONGROOM_HTTP_PORT="0",
    )
    warning, _, line = output.partition("\n")
    assert '"event":"serving without TLS' in warning
    remedy = "set STRONGROOM_HOST to one that is"
    assert (status, line) == (1, f"strongroom-server: {host}:0 is not an address of this machine: {remedy}\n")


@pytest.mark.parametrize("command", [("serve", "--workers", "2"), ("gateway", "--service", "127.0.0.1:1")])
async def test_a_mistake_in_the_settings_of_tls_is_reported_in_one_line(
    command: tuple[str, ...], data_dir: Path
) -> None:
    status, output = await ended(
        *command, STRONGROOM_DATA_DIR=str(data_dir), STRONGROOM_TLS="files", STRONGROOM_TLS_CERT="/no/such.pem"
    )
    assert (status, output) == (
        1, "strongroom-server: STRONGROOM_TLS=files needs STRONGROOM_TLS_KEY: set it to the path of a PEM file\n"
    )  # fmt: skip
