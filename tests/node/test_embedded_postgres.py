"""Starts the embedded Postgres, in this process and in other processes that are killed."""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from directories import database_directory
from node.test_workers import lives
from waiting import DEADLINE_SECONDS

from strongroom_server.node import embedded_postgres
from strongroom_server.node.embedded_postgres import EmbeddedPostgresError, start, supervisor
from strongroom_server.node.embedded_postgres.launch import launch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from strongroom_server.node.embedded_postgres import EmbeddedPostgres

ROOT = os.geteuid() == 0

# A server in its own process, which ends only by a signal. With a user it changes to that user before it starts, and imports
# nothing after that, because the modules may be in a directory that only root can read.
SERVER = """
import asyncio, concurrent.futures.thread, os, sys, asyncpg
from pathlib import Path
from strongroom_server.node import embedded_postgres

async def main(data_dir, packages, user):
    sys.path.insert(0, packages)
    if user:
        os.setgroups([]); os.setgid(int(user)); os.setuid(int(user))
    postgres = await embedded_postgres.start(Path(data_dir), {"fsync": "off"})
    connection = await asyncpg.connect(postgres.url)
    await connection.execute("create table if not exists kept (word text); insert into kept values ('here')")
    print(postgres.pid, os.getuid(), await connection.fetchval("select count(*) from kept"), flush=True)
    await asyncio.sleep(600)

asyncio.run(main(*sys.argv[1:]))
"""

ASLEEP = "select wait_event = 'PgSleep' from pg_stat_activity where pid = $1"


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that every user can reach, unlike `tmp_path`, with a path short enough for a socket."""
    with database_directory() as place:
        yield place


@pytest.fixture(scope="module")
async def created() -> AsyncIterator[Path]:
    """A data directory with a database that was stopped."""
    with database_directory() as directory:
        async with running(directory / "data"):
            pass
        yield directory / "data"


@pytest.fixture
def data_dir(place: Path, created: Path) -> Path:
    """A data directory with a database, which is a copy: to create one takes 0.4 s of CPU time."""
    subprocess.run(["cp", "--archive", created, place / "data"], check=True)
    return place / "data"


@pytest.fixture
def shared(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that replaces home.SHARED in this test."""
    monkeypatch.setattr(embedded_postgres.home, "SHARED", place / "shared")
    return place / "shared"


@asynccontextmanager
async def running(data_dir: Path) -> AsyncIterator[EmbeddedPostgres]:
    postgres = await start(data_dir, {"fsync": "off"})
    try:
        yield postgres
    finally:
        await postgres.stop()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def keep(url: str, word: str) -> None:
    async with connected(url) as connection:
        await connection.execute("create table if not exists kept (word text)")
        await connection.execute("insert into kept values ($1)", word)


async def kept(url: str) -> list[str]:
    async with connected(url) as connection:
        return [row["word"] for row in await connection.fetch("select word from kept")]


async def until(condition: Callable[[], bool]) -> None:
    """Look every millisecond: some conditions hold only for a moment."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            if condition():
                return
            await asyncio.sleep(0.001)


def program(pid: int) -> Path:
    return Path(f"/proc/{pid}/exe").resolve()


def user_of(path: Path | str) -> int:
    return Path(path).stat().st_uid


def mode_for_others(path: Path) -> int:
    return path.stat().st_mode & 0o077


def kinds_in(shared: Path) -> list[str]:
    """What home.SHARED contains: `postgresql` for each copy of the programs, `home` for each database."""
    return sorted(path.name.split("-")[0] if "-" in path.name else "home" for path in shared.iterdir())


def socket_dir(postgres: EmbeddedPostgres) -> Path:
    (directory,) = parse_qs(urlsplit(postgres.url).query)["host"]
    return Path(directory)


@contextmanager
def stranger(user: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is not Postgres."""
    with subprocess.Popen(["sleep", "600"], user=user) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def server(data_dir: Path, packages: Path | None = None, user: int | None = None) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SERVER, str(data_dir), str(packages or data_dir), str(user or "")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


async def first_line(process: subprocess.Popen[str]) -> list[int]:
    assert process.stdout is not None
    return [int(word) for word in (await asyncio.to_thread(process.stdout.readline)).split()]


async def test_the_cluster_is_utf8_checksummed_and_durable(place: Path) -> None:
    postgres = await start(place / "data")
    try:
        async with connected(postgres.url) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
                assert await connection.fetchval("select current_setting($1)", setting) == "on"
            assert await connection.fetchval("show server_encoding") == "UTF8"
            assert await connection.fetchval("show listen_addresses") == ""
            # Texts are ordered by code point, independent of the machine's locales.
            assert await connection.fetchval("select 'Z' < 'a' and 'z' < 'ä' and upper('ä') = 'Ä'")
    finally:
        await postgres.stop()


async def test_the_role_of_the_service_is_not_a_superuser(data_dir: Path) -> None:
    async with running(data_dir) as postgres, connected(postgres.url) as connection:
        assert await connection.fetchval("select current_user") == "strongroom"
        assert not await connection.fetchval("select rolsuper from pg_roles where rolname = current_user")
        assert await connection.fetchval(
            "select pg_get_userbyid(datdba) = current_user from pg_database where datname = current_database()"
        )


async def test_rows_survive_a_stop_and_a_start(place: Path) -> None:
    async with running(place / "data") as postgres:
        await keep(postgres.url, "first")
    assert not lives(postgres.pid)
    async with running(place / "data") as postgres:
        assert await kept(postgres.url) == ["first"]


async def test_a_stop_ends_open_transactions(data_dir: Path) -> None:
    async with running(data_dir) as postgres:
        connection = await asyncpg.connect(postgres.url)
        await connection.execute("begin")
        await postgres.stop()
        assert not lives(postgres.pid)
        connection.terminate()


async def test_a_second_server_on_the_same_data_is_refused(data_dir: Path) -> None:
    async with running(data_dir) as postgres:
        with pytest.raises(EmbeddedPostgresError, match=f"is in use by the process {os.getpid()}"):
            await start(data_dir)
        await keep(postgres.url, "still here")


async def test_two_data_directories_are_two_databases(place: Path) -> None:
    async with running(place / "one") as one, running(place / "two") as two:
        await keep(one.url, "one")
        await keep(two.url, "two")
        assert (await kept(one.url), await kept(two.url)) == (["one"], ["two"])


async def test_a_postgres_that_a_killed_server_left_running_is_stopped_and_keeps_its_data(data_dir: Path) -> None:
    with server(data_dir) as process:
        left, _, _ = await first_line(process)
        process.kill()
        process.wait()
        assert lives(left)
        async with running(data_dir) as postgres:
            assert postgres.pid != left
            assert not lives(left)
            assert await kept(postgres.url) == ["here"]


async def test_a_signal_to_the_process_group_does_not_reach_postgres(data_dir: Path) -> None:
    with server(data_dir) as process:
        postmaster, _, _ = await first_line(process)
        assert os.getsid(postmaster) != os.getsid(process.pid)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert lives(postmaster)
        async with running(data_dir):
            pass


async def test_a_killed_postgres_recovers(data_dir: Path) -> None:
    postgres = await start(data_dir)
    await keep(postgres.url, "committed")
    os.kill(postgres.pid, signal.SIGKILL)
    await postgres.stop()
    async with running(data_dir) as postgres:
        assert await kept(postgres.url) == ["committed"]


async def test_a_killed_postgres_is_started_again_at_the_same_address(data_dir: Path) -> None:
    postgres = await start(data_dir)
    try:
        pids = [postgres.pid]
        for word in ("first", "second"):
            await keep(postgres.url, word)
            os.kill(pids[-1], signal.SIGKILL)
            await until(lambda: postgres.pid != pids[-1])
            pids.append(postgres.pid)
        assert await kept(postgres.url) == ["first", "second"]
    finally:
        await postgres.stop()
    assert not lives(postgres.pid)


async def test_a_busy_process_of_a_killed_postgres_does_not_prevent_its_start(data_dir: Path) -> None:
    async with running(data_dir) as postgres:
        busy = await asyncpg.connect(postgres.url)
        backend, killed = busy.get_server_pid(), postgres.pid
        counting = asyncio.create_task(busy.fetchval("select count(*) from generate_series(1, 1000000000000)"))
        async with connected(postgres.url) as connection:
            while not await connection.fetchval(  # noqa: ASYNC110 - another process changes the condition
                "select state = 'active' from pg_stat_activity where pid = $1", backend
            ):
                await asyncio.sleep(0.001)
        os.kill(killed, signal.SIGKILL)
        await until(lambda: not lives(killed))
        assert lives(backend)
        await until(lambda: postgres.pid != killed)
        assert not lives(backend)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await counting
        await keep(postgres.url, "after")


async def test_a_stop_while_postgres_is_started_again_leaves_nothing_running(data_dir: Path) -> None:
    async with running(data_dir):
        pass
    postgres = await start(data_dir, {"fsync": "off"})
    pid_file = postgres.home / "data" / "postmaster.pid"
    killed = postgres.pid
    os.kill(killed, signal.SIGKILL)
    await until(lambda: pid_file.exists() and pid_file.read_text().partition("\n")[0] not in ("", str(killed)))
    starting = int(pid_file.read_text().partition("\n")[0])
    await postgres.stop()
    assert not lives(starting)
    async with running(data_dir) as again:
        assert again.pid != starting


async def test_postgres_is_started_again_and_again_until_it_starts(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE_SECONDS", 0.2)
    async with running(data_dir) as postgres:
        await keep(postgres.url, "kept")
        configuration = postgres.home / "data" / "postgresql.conf"
        right = configuration.read_text()
        configuration.write_text("shared_preload_libraries = 'not_there'\n")
        killed = postgres.pid
        os.kill(killed, signal.SIGKILL)
        log = postgres.home / "log"
        await until(lambda: log.read_text().count("not_there") > 2)
        configuration.write_text(right)
        await until(lambda: postgres.pid != killed)
        assert await kept(postgres.url) == ["kept"]


@pytest.mark.parametrize("whose", ["no process", "a process of the same user"])
async def test_a_stale_pid_file_does_not_stop_the_start(data_dir: Path, whose: str) -> None:
    async with running(data_dir) as postgres:
        await keep(postgres.url, "kept")
        pid_file = postgres.home / "data" / "postmaster.pid"
        lock_file = socket_dir(postgres) / ".s.PGSQL.5432.lock"
        lines = pid_file.read_text().splitlines(keepends=True)
    owner = user_of(pid_file.parent)
    with stranger(owner) as other:
        if whose == "no process":
            other.kill()
            other.wait()
        pid_file.write_text(f"{other.pid}\n" + "".join(lines[1:]))
        lock_file.write_text(pid_file.read_text())
        for path in (pid_file, lock_file):
            shutil.chown(path, owner)
        async with running(data_dir) as postgres:
            assert await kept(postgres.url) == ["kept"]
        assert whose == "no process" or other.poll() is None


async def test_an_incomplete_cluster_is_created_again(place: Path) -> None:
    with server(place / "data") as process:
        await until(lambda: any((place / "data").glob("postgres/new-*/global")))
        process.kill()
        process.wait()
    assert not (place / "data" / "postgres" / "data").exists()
    async with running(place / "data") as postgres:
        await keep(postgres.url, "whole")
        assert await kept(postgres.url) == ["whole"]


async def test_a_cancelled_start_leaves_nothing_running(data_dir: Path) -> None:
    async with running(data_dir):
        pass
    pid_file = data_dir / "postgres" / "data" / "postmaster.pid"
    async with asyncio.timeout(60):
        while True:
            starting = asyncio.create_task(start(data_dir))
            await until(pid_file.exists)
            starting.cancel()
            try:
                postgres = await starting
            except asyncio.CancelledError:
                break
            # It was ready before it could be cancelled.
            await postgres.stop()
    assert not pid_file.exists()
    async with running(data_dir):
        pass


async def test_a_cancelled_start_ends_a_postgres_that_does_not_see_signals_yet(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The package gives the function the name of its module.
    module, spawned = sys.modules[launch.__module__], list[subprocess.Popen[bytes]]()
    spawn = module.spawn

    def spawn_and_cancel(*arguments: Any) -> subprocess.Popen[bytes]:
        spawned.append(spawn(*arguments))
        starting.cancel()
        return spawned[0]

    monkeypatch.setattr(module, "spawn", spawn_and_cancel)
    # As in a program that a script has started with `&`.
    before = signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    try:
        starting = asyncio.create_task(start(data_dir))
        with pytest.raises(asyncio.CancelledError):
            await starting
    finally:
        signal.signal(signal.SIGQUIT, before)
    assert spawned[0].returncode is not None
    monkeypatch.undo()
    async with running(data_dir):
        pass


async def test_the_error_says_why_postgres_does_not_start(data_dir: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="shared_buffers"):
        await start(data_dir, {"shared_buffers": "nonsense"})


@pytest.mark.parametrize("name", ["a" * 200, "with a space, a comma, a % and an ä"])
async def test_a_path_may_be_long_or_contain_special_characters(place: Path, name: str) -> None:
    async with running(place / name) as postgres:
        await keep(postgres.url, "reached")
        assert await kept(postgres.url) == ["reached"]


async def test_the_log_contains_no_text_of_a_statement(data_dir: Path) -> None:
    canary = f"canary{secrets.token_hex(8)}"
    async with running(data_dir) as postgres:
        async with connected(postgres.url) as connection:
            await connection.execute("create table words (word text primary key, number int)")
            await connection.execute("insert into words values ($1)", canary)
            for statement in ("insert into words values ($1)", f"select {canary}", "select $1::text::int"):
                with pytest.raises(asyncpg.PostgresError):
                    await connection.execute(statement, *([canary] if "$1" in statement else []))
        dying = await asyncpg.connect(postgres.url)
        backend = dying.get_server_pid()
        sleeping = asyncio.create_task(dying.fetchval("select pg_sleep(600), $1::text", canary))
        async with connected(postgres.url) as connection:
            while True:
                if await connection.fetchval(ASLEEP, backend):
                    break
                await asyncio.sleep(0.001)
        os.kill(backend, signal.SIGSEGV)
        with pytest.raises((asyncpg.PostgresError, OSError)):
            await sleeping
    log = (postgres.home / "log").read_text()
    assert "was terminated by signal 11" in log
    assert canary not in log
    assert "pg_sleep" not in log


async def test_the_environment_of_the_server_does_not_reach_postgres(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRONGROOM_BOOTSTRAP_API_KEY", "canary")
    monkeypatch.setenv("PGDATA", "/nowhere")
    async with running(data_dir) as postgres:
        environment = await asyncio.to_thread(Path(f"/proc/{postgres.pid}/environ").read_bytes)
        assert b"canary" not in environment
        assert b"nowhere" not in environment


async def test_the_socket_is_closed_to_other_users(data_dir: Path) -> None:
    async with running(data_dir) as postgres:
        directory = socket_dir(postgres)
        assert mode_for_others(directory) == 0
        assert mode_for_others(directory / ".s.PGSQL.5432") == 0


if ROOT:
    NOBODY = pwd.getpwnam("nobody").pw_uid

    @pytest.fixture
    def packages(place: Path) -> Path:
        """A copy of the package in a directory that only its owner can reach."""
        packages = place / "packages"
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            source = Path(sys.prefix, "lib", f"python3.{sys.version_info.minor}", "site-packages", part)
            shutil.copytree(source, packages / part, ignore=shutil.ignore_patterns("include"))
        packages.chmod(0o700)
        return packages

    def select_as_nobody(postgres: EmbeddedPostgres, role: str) -> subprocess.CompletedProcess[str]:
        psql = str(program(postgres.pid).with_name("psql"))
        command = [psql, "-h", str(socket_dir(postgres)), "-U", role, "-d", "strongroom", "-c", "select 1"]
        return subprocess.run(command, user=NOBODY, capture_output=True, text=True, check=False, cwd="/")

    async def test_root_runs_postgres_as_nobody(place: Path) -> None:
        async with running(place / "data") as postgres:
            assert postgres.home == place / "data" / "postgres"
            assert user_of(f"/proc/{postgres.pid}") == NOBODY
            assert user_of(postgres.home / "data") == NOBODY
            assert user_of(postgres.home) == 0

    async def test_nobody_cannot_use_the_database_of_root(data_dir: Path) -> None:
        async with running(data_dir) as postgres:
            for role in ("strongroom", "postgres", "nobody"):
                called = await asyncio.to_thread(select_as_nobody, postgres, role)
                assert called.returncode != 0
                assert "Peer authentication failed" in called.stderr

    async def test_a_data_directory_that_nobody_cannot_reach_contains_only_an_id(place: Path, shared: Path) -> None:
        closed = place / "closed"
        closed.mkdir(mode=0o700)
        async with running(closed / "data") as postgres:
            await keep(postgres.url, "elsewhere")
            assert postgres.home.parent == shared
            assert [path.name for path in (closed / "data").iterdir()] == ["postgres.id"]
        # The database stays there, although `nobody` can reach the data directory now.
        closed.chmod(0o711)
        async with running(closed / "data") as postgres:
            assert await kept(postgres.url) == ["elsewhere"]

    async def test_a_new_data_directory_that_nobody_cannot_reach_gets_a_new_database(place: Path, shared: Path) -> None:
        closed = place / "closed"
        closed.mkdir(mode=0o700)
        async with running(closed / "data") as postgres:
            await keep(postgres.url, "old")
        shutil.rmtree(closed / "data")
        async with running(closed / "data") as postgres:
            with pytest.raises(asyncpg.UndefinedTableError):
                await kept(postgres.url)

    async def test_two_starts_at_the_same_time_use_the_same_home(place: Path, shared: Path) -> None:
        (place / "closed").mkdir(mode=0o700)
        starts = [start(place / "closed", {"fsync": "off"}) for _ in range(2)]
        started = await asyncio.gather(*starts, return_exceptions=True)
        refusals = [one for one in started if isinstance(one, BaseException)]
        for one in started:
            if not isinstance(one, BaseException):
                await one.stop()
        assert ["in use" in str(refusal) for refusal in refusals] == [True]
        assert kinds_in(shared).count("home") == 1

    async def test_a_lost_database_is_not_silently_created_again(place: Path, shared: Path) -> None:
        (place / "closed").mkdir(mode=0o700)
        async with running(place / "closed") as postgres:
            pass
        shutil.rmtree(postgres.home)
        with pytest.raises(EmbeddedPostgresError, match="does not exist: restore it"):
            await start(place / "closed")

    async def test_programs_that_nobody_cannot_reach_are_copied_once(
        place: Path, shared: Path, packages: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.syspath_prepend(packages)
        async with running(place / "one") as one, running(place / "two") as two:
            await keep(one.url, "one")
            await keep(two.url, "two")
            assert program(one.pid) == program(two.pid)
            assert program(one.pid).is_relative_to(shared)
        assert kinds_in(shared) == ["postgresql"]

    async def test_two_servers_that_copy_the_programs_at_the_same_time_both_start(
        place: Path, shared: Path, packages: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.syspath_prepend(packages)
        started = await asyncio.gather(*(start(place / name, {"fsync": "off"}) for name in ("one", "two")))
        for postgres in started:
            await postgres.stop()
        assert kinds_in(shared) == ["postgresql"]

    async def test_a_user_who_is_not_root_runs_postgres_as_the_same_user(place: Path, packages: Path) -> None:
        (place / "packages").chmod(0o755)
        (place / "own").mkdir()
        shutil.chown(place / "own", NOBODY)
        for start_number in (1, 2):
            with server(place / "own" / "data", packages, NOBODY) as process:
                postmaster, user, rows = await first_line(process)
                assert (user, rows) == (NOBODY, start_number)
                assert (place / "own" / "data" / "postgres" / "data").stat().st_uid == NOBODY
                assert lives(postmaster)
        os.kill(postmaster, signal.SIGINT)
        await until(lambda: not lives(postmaster))

    async def test_the_database_of_another_user_is_refused(place: Path) -> None:
        (place / "data" / "postgres").mkdir(parents=True)
        shutil.chown(place / "data" / "postgres", NOBODY)
        with pytest.raises(EmbeddedPostgresError, match=f"belongs to the user {NOBODY}"):
            await start(place / "data")
