"""Each command of `strongroom-server` reports a mistake in one line that names the path or the setting, and creates nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import asyncpg
import pytest
from conftest import API_KEY, new_database, url_of
from node.test_process import BILLING, CREATE, data_dir, ended, running, stopped

from strongroom_server.core.errors import KEY_ERROR_STATUS
from strongroom_server.node.embedded_postgres.home import SHARED
from strongroom_server.node.settings import from_environment
from strongroom_server.node.setup import set_up
from strongroom_server.sealing import key_files
from strongroom_server.sealing.private_keys import KeyFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["data_dir"]

# The commands that need a database, and those of them that read key files.
COMMANDS = [
    ("serve",),
    ("serve", "--workers", "2"),
    ("setup",),
    ("migrate",),
    ("grant-writer", "strongroom"),
    ("sealing-keys", "list"),
    ("signing-keys", "list"),
    ("audit", "verify"),
    ("audit", "heads"),
]
COMMANDS_WITH_KEYS = [
    command for command in COMMANDS if command[0] in ("serve", "audit", "setup") and "--workers" not in command
]
PORTS = {"STRONGROOM_GRPC_PORT": "0", "STRONGROOM_HTTP_PORT": "0", "STRONGROOM_DRAIN_SECONDS": "0"}

each_command = pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
each_command_with_keys = pytest.mark.parametrize("command", COMMANDS_WITH_KEYS, ids=" ".join)


async def refusal(*command: str, expected_status: int = 1, **environment: str) -> str:
    """The line of the error that ends a command."""
    status, said = await ended(*command, **PORTS, **environment)
    assert status == expected_status, said
    assert said.startswith("strongroom-server: "), said
    assert said.count("\n") == 1, said
    assert "ERROR_REASON" not in said
    assert "Errno" not in said
    return said


def tree(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


def make_file(path: Path) -> None:
    path.write_text("")


async def make_keys(directory: Path) -> None:
    """Create key files in a directory that every user can reach."""
    await key_files.make(directory, directory / "root.key")
    directory.parent.chmod(0o755)


def is_absent(path: Path) -> bool:
    return not path.exists()


@contextmanager
def as_another_user(own: Path, mode: int = 0) -> Iterator[None]:
    """Run as a user who is bound by the mode of this directory. Root is not: it may read everything."""
    own.chmod(mode if os.geteuid() == 0 else mode & 0o333)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        own.chmod(0o700)


@each_command
async def test_a_mistyped_data_directory_is_named_and_not_created(command: tuple[str, ...], data_dir: Path) -> None:
    mistyped = data_dir.with_name("mistyped")
    said = await refusal(*command, STRONGROOM_DATA_DIR=str(mistyped))
    assert f"{mistyped} does not exist: set STRONGROOM_DATABASE_URL" in said
    assert is_absent(mistyped)


@each_command
async def test_a_data_directory_without_a_database_is_named_and_stays_as_it_is(
    command: tuple[str, ...], data_dir: Path
) -> None:
    await make_keys(data_dir / "keys")
    before = tree(data_dir)
    assert f"{data_dir} holds no database" in await refusal(*command, STRONGROOM_DATA_DIR=str(data_dir))
    assert tree(data_dir) == before


@pytest.mark.parametrize("command", [*COMMANDS, ("run",)], ids=" ".join)
async def test_a_data_directory_that_is_a_file_is_named(command: tuple[str, ...], data_dir: Path) -> None:
    make_file(data_dir)
    path = data_dir / "below" if command == ("run",) else data_dir
    assert str(path) in await refusal(*command, STRONGROOM_DATA_DIR=str(path))


@pytest.mark.parametrize("command", [*COMMANDS, ("run",)], ids=" ".join)
async def test_a_database_that_does_not_exist_is_reported_with_its_setting(
    command: tuple[str, ...], data_dir: Path, postgres_url: str
) -> None:
    url = url_of(postgres_url, "nowhere")
    said = await refusal(*command, STRONGROOM_DATABASE_URL=url, STRONGROOM_DATA_DIR=str(data_dir))
    assert "the database that STRONGROOM_DATABASE_URL names does not exist: create it first" in said
    assert is_absent(data_dir)


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("postgresql://anna:hunter2@127.0.0.1:1/none", "start it, or correct the host and the port in"),
        ("postgresql://%:%/", "must be a postgresql:// URL"),
    ],
)
async def test_a_database_that_cannot_be_reached_is_reported_with_its_setting(
    url: str, remedy: str, data_dir: Path
) -> None:
    said = await refusal("sealing-keys", "list", STRONGROOM_DATABASE_URL=url, STRONGROOM_DATA_DIR=str(data_dir))
    assert "STRONGROOM_DATABASE_URL" in said
    assert remedy in said
    assert "hunter2" not in said


@pytest.mark.parametrize("command", [each for each in COMMANDS if each[0] not in ("setup", "migrate")], ids=" ".join)
async def test_a_database_that_is_not_set_up_is_reported(
    command: tuple[str, ...], data_dir: Path, postgres_url: str
) -> None:
    url = await new_database(postgres_url, "template0")
    said = await refusal(*command, STRONGROOM_DATA_DIR=str(data_dir), STRONGROOM_DATABASE_URL=url)
    assert "run `strongroom-server setup`" in said
    assert is_absent(data_dir)


@each_command_with_keys
async def test_a_directory_without_keys_is_named_and_not_filled(
    command: tuple[str, ...], data_dir: Path, database_url: str
) -> None:
    await set_up(from_environment({"STRONGROOM_DATA_DIR": str(data_dir.with_name("right"))}), database_url)
    environment = {"STRONGROOM_DATA_DIR": str(data_dir), "STRONGROOM_DATABASE_URL": database_url}
    said = await refusal(*command, expected_status=KEY_ERROR_STATUS, **environment)
    assert f"{data_dir}/keys holds no" in said
    assert "STRONGROOM_DATA_DIR" in said
    assert is_absent(data_dir)


@each_command_with_keys
async def test_a_changed_row_of_a_sealing_key_is_not_reported_as_another_deployment(
    command: tuple[str, ...], data_dir: Path, database_url: str
) -> None:
    await set_up(from_environment({"STRONGROOM_DATA_DIR": str(data_dir)}), database_url)
    connection = await asyncpg.connect(database_url)
    await connection.execute("update sealing_keys set state = 'retiring'")
    await connection.close()
    environment = {"STRONGROOM_DATA_DIR": str(data_dir), "STRONGROOM_DATABASE_URL": database_url}
    said = await refusal(*command, expected_status=KEY_ERROR_STATUS, **environment)
    assert "the row of the sealing key" in said
    assert "another deployment" not in said


@each_command_with_keys
async def test_a_replaced_digest_key_is_reported_in_one_line(
    command: tuple[str, ...], data_dir: Path, database_url: str
) -> None:
    await set_up(from_environment({"STRONGROOM_DATA_DIR": str(data_dir)}), database_url)
    (path,) = (data_dir / "keys").glob("digest-*.key")
    path.write_text("ab" * 32)
    environment = {"STRONGROOM_DATA_DIR": str(data_dir), "STRONGROOM_DATABASE_URL": database_url}
    assert str(path) in await refusal(*command, expected_status=KEY_ERROR_STATUS, **environment)


async def test_keys_that_cannot_be_read_are_named_before_the_database_is_touched(data_dir: Path) -> None:
    directory = data_dir / "keys"
    await make_keys(directory)
    settings = from_environment({"STRONGROOM_DATA_DIR": str(data_dir)})
    with as_another_user(directory):
        for act in (key_files.exist, key_files.open_boxes):
            with pytest.raises(KeyFileError, match=f"{directory}.*: Permission denied. Run as the user"):
                act(directory)
        for keys in (key_files.make(directory, directory / "root.key"), key_files.load(directory, opens=True)):
            with pytest.raises(KeyFileError, match=f"{directory}.*: Permission denied. Run as the user"):
                await keys
        with pytest.raises(KeyFileError, match=f"{directory}.*: Permission denied. Run as the user"):
            act(directory)
        with pytest.raises(KeyFileError, match=f"{directory}.*: Permission denied. Run as the user"):
            await set_up(settings, "postgresql://127.0.0.1:1/none")


async def test_a_directory_that_cannot_be_listed_is_not_taken_for_an_empty_one(data_dir: Path) -> None:
    directory = data_dir / "keys"
    await make_keys(directory)
    with as_another_user(directory, 0o711), pytest.raises(KeyFileError, match=f"{directory}: Permission denied"):
        key_files.open_boxes(directory)


async def test_every_command_reaches_the_embedded_database_running_or_not(data_dir: Path) -> None:
    environment = {"STRONGROOM_DATA_DIR": str(data_dir), "STRONGROOM_BOOTSTRAP_API_KEY": API_KEY}
    commands = [command for command in COMMANDS if command[0] != "serve"]
    async with running("run", **environment) as run:
        await run.grpcurl(CREATE, BILLING, API_KEY)
        for command in commands:
            status, said = await ended(*command, **environment)
            assert status == 0, said
        assert await stopped(run, signal.SIGTERM) == 0
    for command in commands:
        status, said = await ended(*command, **environment)
        assert status == 0, said
    for command in (("serve",), ("serve", "--workers", "2")):
        async with running(*command, **environment) as run:
            assert (await run.grpcurl(CREATE, BILLING, API_KEY))["name"] == "billing"
            assert await stopped(run, signal.SIGTERM) == 0
    pid_file = data_dir / "postgres" / "data" / "postmaster.pid"
    assert not await asyncio.to_thread(pid_file.exists)


if os.geteuid() == 0:

    async def test_run_says_where_the_database_is_stored_if_that_is_not_in_the_data_directory(data_dir: Path) -> None:
        async with running("run", STRONGROOM_DATA_DIR=str(data_dir)) as run:
            assert "The database is stored in" not in run.greeting
        closed = data_dir / "closed"
        closed.mkdir(mode=0o700)
        async with running("run", STRONGROOM_DATA_DIR=str(closed / "data")) as run:
            home = SHARED / (closed / "data" / "postgres.id").read_text().strip()
            try:
                assert f"The database is stored in {home}: " in run.greeting
                status, said = await ended("sealing-keys", "list", STRONGROOM_DATA_DIR=str(closed / "data"))
                assert status == 0, said
                assert await stopped(run, signal.SIGTERM) == 0
            finally:
                await asyncio.to_thread(shutil.rmtree, home)
