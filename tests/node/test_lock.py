"""`lock` ends every node on one database, whatever it is doing, and only `unlock` lets them start again."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import time
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from forking import run_command
from keys import weak_passphrases
from keys.servers import Bao, Kms, bao, kms, new_identity
from node.test_process import (
    BILLING,
    BIN,
    CREATE,
    KEY,
    LIST,
    data_dir,
    ended,
    running,
    set_up_database,
    stopped,
)
from node.test_workers import children, lives
from ports import free_port
from waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from node.test_process import Run

__all__ = ["bao", "data_dir", "kms"]

LOCKED = "strongroom-server: the nodes are locked: an operator unlocks them with `strongroom-server unlock`\n"


@pytest.fixture
def identity_file(tmp_path: Path) -> Path:
    path = tmp_path / "identity"
    path.write_text(new_identity() + "\n")
    path.chmod(0o600)
    return path


def environment_of(database_url: str, data_dir: Path, **provider: str) -> dict[str, str]:
    return {
        "STRONGROOM_DATA_DIR": str(data_dir),
        "STRONGROOM_DATABASE_URL": database_url,
        "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
        **provider,
    }


async def succeed(*command: str, **environment: str) -> str:
    """What a command that ends with the status 0 prints on standard output."""
    status, out, err = await run_command(*command, environment={"PATH": os.environ["PATH"], **environment})
    assert status == 0, err
    return out


@pytest.fixture
async def environment(database_url: str, data_dir: Path, identity_file: Path) -> dict[str, str]:
    """The settings of a node with the provider age, on a database that is set up."""
    made = environment_of(
        database_url, data_dir, STRONGROOM_KEY_PROVIDER="age", STRONGROOM_AGE_IDENTITY_FILE=str(identity_file)
    )
    await set_up_database(made)
    return made


async def actions(database_url: str) -> list[str]:
    connection = await asyncpg.connect(database_url)
    try:
        return [
            row["action"]
            for row in await connection.fetch(
                "select action from audit_events where organisation_id = 'strongroom' order by event_time"
            )
        ]
    finally:
        await connection.close()


async def test_lock_ends_every_process_of_every_node_and_unlock_lets_them_serve_again(
    environment: dict[str, str], database_url: str
) -> None:
    async with AsyncExitStack() as stack:
        runs = [
            await stack.enter_async_context(running("serve", "--workers", "2", **environment)),
            await stack.enter_async_context(running("serve", **environment)),
        ]
        await runs[0].grpcurl(CREATE, BILLING)
        processes = [pid for run in runs for pid in (run.process.pid, *children(run))]
        assert len(processes) == 5

        said = await succeed("lock", **environment)

        assert said == "locked: every node that reaches the database ends within a second\n"
        for run in runs:
            assert await asyncio.wait_for(run.process.wait(), 10) == 4
        assert not any(map(lives, processes))
    for command in (("serve",), ("serve", "--workers", "2"), ("run",)):
        status, said = await ended(*command, STRONGROOM_GRPC_PORT="0", STRONGROOM_HTTP_PORT="0", **environment)
        assert (status, said) == (4, LOCKED)
    assert await succeed("lock", **environment) == "the nodes are locked already\n"

    assert await succeed("unlock", **environment) == "unlocked: start the nodes\n"

    async with running("serve", "--workers", "2", **environment) as run:
        assert len((await run.grpcurl(LIST, {}))["credentials"]) == 1
    assert await succeed("unlock", **environment) == "the nodes are not locked\n"
    assert await actions(database_url) == ["CreateOrganisation", "LockNodes", "UnlockNodes"]
    await succeed("audit", "verify", **environment)


async def test_a_reseal_that_is_running_ends_and_one_that_is_started_afterwards_runs(
    environment: dict[str, str],
) -> None:
    async with running("serve", **environment) as run:
        for _ in range(2):
            await run.grpcurl(CREATE, BILLING)
    (before, *_) = (await succeed("sealing-keys", "list", **environment)).split()
    (after, *_) = (await succeed("sealing-keys", "create", **environment)).split()
    await succeed("sealing-keys", "activate", after, **environment)
    # A box in a minute: it waits after the first.
    process = await asyncio.create_subprocess_exec(
        BIN / "strongroom-server", "sealing-keys", "reseal", before, "--rate", "0.02",
        env={"PATH": os.environ["PATH"], **environment}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip

    async def has_begun() -> bool:
        return (
            f"{before} retiring" in (said := await succeed("sealing-keys", "list", **environment))
            and ", 2 rows" in said
        )

    await until(has_begun)
    await succeed("lock", **environment)
    assert await asyncio.wait_for(process.wait(), 10) == 4

    assert "resealed 1 boxes" in await succeed("sealing-keys", "reseal", before, **environment)


async def test_a_frozen_worker_loses_its_keys_too(environment: dict[str, str]) -> None:
    async with running("serve", "--workers", "2", **environment) as run:
        workers = children(run)
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        await succeed("lock", **environment)
        assert await asyncio.wait_for(run.process.wait(), 10) == 4
        assert not any(map(lives, workers))
        assert time.monotonic() - began < 10


async def test_a_node_that_was_frozen_while_the_nodes_were_locked_ends_nevertheless(
    environment: dict[str, str],
) -> None:
    async with running("serve", **environment) as run:
        processes = [run.process.pid, *children(run)]
        # The lock is read once before the node freezes.
        await asyncio.sleep(1)
        for pid in processes:
            os.kill(pid, signal.SIGSTOP)
        await succeed("lock", **environment)
        await succeed("unlock", **environment)
        for pid in processes:
            os.kill(pid, signal.SIGCONT)
        assert await asyncio.wait_for(run.process.wait(), 10) == 4
        assert not any(map(lives, processes))


async def test_workers_end_although_the_process_that_watches_them_is_frozen(environment: dict[str, str]) -> None:
    async with running("serve", **environment) as run:
        workers = children(run)
        os.kill(run.process.pid, signal.SIGSTOP)
        try:
            await succeed("lock", **environment)
            await until(lambda: not any(map(has_memory, workers)))
        finally:
            os.kill(run.process.pid, signal.SIGCONT)
        assert await asyncio.wait_for(run.process.wait(), 10) == 4


def has_memory(pid: int) -> bool:
    """Whether a process still has memory. One that ended has none, even before its parent has asked for its status."""
    try:
        return "VmRSS" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


async def test_a_single_process_ends_itself(database_url: str, data_dir: Path, environment: dict[str, str]) -> None:
    plain = environment_of(database_url, data_dir)
    await succeed("keys", "unwrap", **environment)
    async with running("serve", **plain) as one, running("run", **plain) as all_in_one:
        assert children(one) == []
        await execute(database_url, "update node_lock set locked = true")
        for run in (one, all_in_one):
            assert await asyncio.wait_for(run.process.wait(), 10) == 4


async def test_a_lock_is_seen_after_the_connection_was_lost(environment: dict[str, str], database_url: str) -> None:
    async with running("serve", **environment) as run:
        await execute(
            database_url,
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'strongroom lock' "
            "and datname = current_database()",
        )
        await succeed("lock", **environment)
        assert await asyncio.wait_for(run.process.wait(), 10) == 4


async def test_a_deleted_row_stops_the_nodes_and_starts_none(environment: dict[str, str], database_url: str) -> None:
    async with running("serve", **environment) as run:
        await execute(database_url, "delete from node_lock")
        assert await asyncio.wait_for(run.process.wait(), 10) == 4
    status, said = await ended("serve", **environment)
    assert (status, said) == (4, LOCKED)


async def test_who_forges_the_unlocking_gets_no_key(
    environment: dict[str, str], database_url: str, identity_file: Path
) -> None:
    await succeed("lock", **environment)
    identity_file.unlink()
    await execute(database_url, "update node_lock set locked = false")

    status, said = await ended("serve", **environment)

    assert status == 3
    assert said == (
        f"strongroom-server: STRONGROOM_AGE_IDENTITY_FILE: {identity_file}: No such file or directory: "
        "an operator has to give it\n"
    )


async def test_locking_plain_key_files_is_refused(database_url: str, data_dir: Path) -> None:
    environment = environment_of(database_url, data_dir)
    await set_up_database(environment)
    status, said = await ended("lock", **environment)
    assert status == 1
    assert "locking would gain nothing" in said
    async with running("serve", **environment) as run:
        assert await run.grpcurl(LIST, {}) == {}


async def test_locking_needs_no_key_and_says_that_it_is_not_in_the_trail(
    environment: dict[str, str], identity_file: Path
) -> None:
    identity = identity_file.read_text()
    async with running("serve", **environment) as run:
        identity_file.unlink()
        status, said = await ended("lock", **environment)
        assert status == 1
        assert "the nodes are locked, but the audit trail does not show it: STRONGROOM_AGE_IDENTITY_FILE" in said
        assert await asyncio.wait_for(run.process.wait(), 10) == 4
    status, said = await ended("unlock", **environment)
    assert (status, said.count("\n")) == (3, 1)
    identity_file.write_text(identity)
    identity_file.chmod(0o600)
    await succeed("unlock", **environment)


async def test_an_identity_is_read_once_and_replaces_a_killed_worker(
    environment: dict[str, str], identity_file: Path
) -> None:
    async with running("serve", "--workers", "2", **environment) as run:
        identity = identity_file.read_text().strip()
        identity_file.unlink()
        first = children(run)
        os.kill(first[0], signal.SIGKILL)
        await until(lambda: len(children(run)) == 2 and first[0] not in children(run))
        await until(lambda: starts_to_listen(run))
        for pid in (run.process.pid, *children(run)):
            for name in ("cmdline", "environ"):
                assert identity.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()
        for _ in range(4):
            assert await run.grpcurl(LIST, {}) == {}
        assert await stopped(run, signal.SIGTERM) == 0


async def test_a_passphrase_is_asked_for_once_on_the_terminal(environment: dict[str, str], identity_file: Path) -> None:
    identity_file.write_bytes(weak_passphrases.encrypt(identity_file.read_bytes(), "correct horse"))
    status, said = await ended("serve", **environment)
    assert (status, said.count("\n")) == (3, 1)
    assert "start the command on a terminal" in said
    async with on_a_terminal("serve", "--workers", "2", **environment) as (process, terminal):
        await until(lambda: select.select([terminal], [], [], 0)[0])
        os.write(terminal, b"correct horse\n")
        assert process.stdout is not None
        assert (await asyncio.wait_for(process.stdout.readline(), 60)).startswith(b"gRPC on")
        shown = os.read(terminal, 65536)
        assert shown.count(b"Passphrase") == 1
        assert b"correct horse" not in shown
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 30) == 0
    for number in (signal.SIGINT, signal.SIGTERM):
        async with on_a_terminal("serve", **environment) as (process, terminal):
            await until(lambda: select.select([terminal], [], [], 0)[0])
            process.send_signal(number)
            assert await asyncio.wait_for(process.wait(), 30) == 3
            assert b"no passphrase was given" in os.read(terminal, 65536)


@asynccontextmanager
async def on_a_terminal(*command: str, **environment: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """Run a command whose standard input and error are a terminal. Yields the other end of the terminal too."""
    terminal, its_end = os.openpty()
    process = await asyncio.create_subprocess_exec(
        BIN / "strongroom-server", *command,
        env={"PATH": os.environ["PATH"], "STRONGROOM_GRPC_PORT": "0", "STRONGROOM_HTTP_PORT": "0", **environment},
        stdin=its_end, stdout=asyncio.subprocess.PIPE, stderr=its_end, start_new_session=True,
    )  # fmt: skip
    try:
        yield process, terminal
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
        os.close(terminal)
        os.close(its_end)


@pytest.mark.parametrize("fault", ["readable by others", "beside the keys"])
async def test_an_identity_that_protects_nothing_is_refused(
    environment: dict[str, str], identity_file: Path, data_dir: Path, fault: str
) -> None:
    if fault == "beside the keys":
        identity_file = identity_file.rename(data_dir / "keys" / "identity")
        rule = "is in the data directory, beside the keys that it opens"
    else:
        identity_file.chmod(0o640)
        rule = "has mode 0640; it must be 0600"
    environment["STRONGROOM_AGE_IDENTITY_FILE"] = str(identity_file)
    status, said = await ended("serve", **environment)
    assert (status, said.count("\n")) == (3, 1)
    assert f"{identity_file} {rule}" in said


async def starts_to_listen(run: Run) -> bool:
    """Whether both workers answer: the kernel gives connections to each that listens."""
    try:
        for _ in range(6):
            await run.grpcurl(LIST, {})
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("kind", ["transit", "aws-kms"])
async def test_a_node_serves_with_keys_that_another_service_unwraps_and_stops_with_status_3_without_it(
    database_url: str, data_dir: Path, bao: Bao, kms: Kms, kind: str
) -> None:
    provider, setting = {
        "transit": (bao.environment, "STRONGROOM_TRANSIT_URL"),
        "aws-kms": (kms.environment, "STRONGROOM_AWS_KMS_URL"),
    }[kind]
    environment = environment_of(database_url, data_dir)
    await set_up_database(environment)
    said = await succeed("keys", "wrap", **environment, **provider)
    assert said.endswith("5 keys wrapped\n")
    environment |= provider
    async with running("serve", **environment) as run:
        assert await run.grpcurl(CREATE, BILLING)
        assert await stopped(run, signal.SIGTERM) == 0

    environment[setting] = f"http://127.0.0.1:{free_port()}"
    status, said = await ended("serve", STRONGROOM_GRPC_PORT="0", STRONGROOM_HTTP_PORT="0", **environment)

    assert status == 3
    # The log says which outbound request was refused.
    first, *rest = [line for line in said.splitlines() if not line.startswith("{")]
    assert first.startswith(f"strongroom-server: {data_dir}/keys/signing-")
    assert "cannot be connected to" in first
    assert setting in first
    assert rest == ["strongroom-server: a worker did not start"]


async def execute(database_url: str, statement: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
