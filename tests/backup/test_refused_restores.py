"""A restore that cannot be right is refused in one line that names the file or the setting, and stores nothing."""

from __future__ import annotations

import asyncio
import shutil
import signal
from typing import TYPE_CHECKING

import asyncpg
import msgspec
import pytest
from backup.commands import SERVER, AgeKey, age_key, back_up, command, new_age_key, refusal
from conftest import Deployment, new_database, open_deployment
from samples import created

from strongroom_server.backup import container
from strongroom_server.backup.container import DatabaseHeader
from strongroom_server.sealing import age_files
from strongroom_server.store.migrate import AppliedMigration, migrate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["age_key"]


@pytest.fixture
async def empty_url(postgres_url: str) -> str:
    return await new_database(postgres_url, "template0")


@pytest.fixture(scope="module")
async def files(deployment: Deployment, age_key: AgeKey, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Backups of the database and of the keys."""
    await created(deployment)
    return await back_up(deployment, age_key, tmp_path_factory.mktemp("files"))


async def is_empty(url: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval("select to_regclass('sealing_keys') is null"))
    finally:
        await connection.close()


def rewritten(path: Path, key: AgeKey, change: Callable[[bytes], bytes]) -> Path:
    """Another backup with a changed content, as anyone can make who knows the recipient."""
    with age_files.open_encrypted(path, age_files.read_identities(key.identity)) as file:
        content = change(file.read(1 << 30))
    new = path.with_name("rewritten.age")
    new.unlink(missing_ok=True)
    with age_files.create_encrypted(new, [age_files.recipient_of(key.recipient)]) as target:
        target.write(content)
    return new


def with_header(change: Callable[[DatabaseHeader], DatabaseHeader]) -> Callable[[bytes], bytes]:
    """Changes the header of a backup."""

    def rewrite(content: bytes) -> bytes:
        start = len(container.MAGIC) + 5
        end = start + int.from_bytes(content[start - 4 : start], "big")
        header = msgspec.json.encode(change(msgspec.json.decode(content[start:end], type=DatabaseHeader)))
        return container.MAGIC + container.frame_of(container.HEADER, header) + content[end:]

    return rewrite


def of_a_later_schema(header: DatabaseHeader) -> DatabaseHeader:
    later = AppliedMigration(9999, "9999_next.sql", "00")
    contents = msgspec.structs.replace(header.contents, migrations=[*header.contents.migrations, later])
    return msgspec.structs.replace(header, contents=contents)


def with_another_table(header: DatabaseHeader) -> DatabaseHeader:
    table = msgspec.structs.replace(header.contents.tables[0], name="pg_authid; drop table credentials")
    contents = msgspec.structs.replace(header.contents, tables=[table, *header.contents.tables[1:]])
    return msgspec.structs.replace(header, contents=contents)


def with_another_column(header: DatabaseHeader) -> DatabaseHeader:
    table = msgspec.structs.replace(header.contents.tables[0], columns=["id", 'x"; drop table boxes; --'])
    contents = msgspec.structs.replace(header.contents, tables=[table, *header.contents.tables[1:]])
    return msgspec.structs.replace(header, contents=contents)


def with_another_month(header: DatabaseHeader) -> DatabaseHeader:
    contents = msgspec.structs.replace(header.contents, months=["audit_events_2024_13; select 1"])
    return msgspec.structs.replace(header, contents=contents)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (with_header(of_a_later_schema), "the migration 9999_next.sql is of a later version"),
        (with_header(with_another_table), "a table or a partition that this version does not know"),
        (with_header(with_another_column), "the columns of sealing_keys in the backup are not those of its migrations"),
        (with_header(with_another_month), "a table or a partition that this version does not know"),
        (lambda content: content[:-5], "the backup is incomplete: it ends before its end marker"),
        (lambda content: content[: len(content) // 2], "the backup is incomplete: it ends before its end marker"),
        (lambda content: content + b"more", "the content of the backup breaks its format"),
        (lambda content: content.replace(b"\tactive\t", b"\tretired\t"), "breaks its format"),
        (lambda content: content.replace(b"\tactive\t", b"\tActive\t"), "SQLSTATE 23514"),
        (lambda content: content.replace(b"strongroom backup 1\n", b"strongroom backup 2\n"), "a later version made"),
        (lambda content: b"-- PostgreSQL database dump", "this is not a backup that `strongroom-server backup` made"),
        (lambda content: b"", "this is not a backup that `strongroom-server backup` made"),
    ],
    ids=[
        "later schema", "table", "column", "month", "without the end", "half", "longer", "another length", "another row",
        "later format", "another content", "nothing",
    ],
)  # fmt: skip
async def test_a_backup_that_is_not_whole_or_not_ours_stores_nothing(
    change: Callable[[bytes], bytes],
    reason: str,
    deployment: Deployment,
    files: tuple[Path, Path],
    age_key: AgeKey,
    empty_url: str,
) -> None:
    path = rewritten(files[0], age_key, change)
    said = await refusal(
        "restore", "database", "--from", path, "--identity", age_key.identity,
        data_dir=deployment.settings.data_dir, url=empty_url,
    )  # fmt: skip
    assert reason in said
    assert await is_empty(empty_url)


async def test_rows_that_differ_from_the_checksum_store_nothing(
    deployment: Deployment, files: tuple[Path, Path], age_key: AgeKey, empty_url: str
) -> None:
    path = rewritten(files[0], age_key, lambda content: content.replace(b"bootstrap", b"bootsTrap"))
    said = await refusal(
        "restore", "database", "--from", path, "--identity", age_key.identity,
        data_dir=deployment.settings.data_dir, url=empty_url,
    )  # fmt: skip
    assert f"{path}: the rows of api_keys are not those that were backed up" in said
    assert await is_empty(empty_url)


async def test_a_file_that_age_refuses_stores_nothing(
    deployment: Deployment, files: tuple[Path, Path], age_key: AgeKey, empty_url: str, tmp_path: Path
) -> None:
    truncated = tmp_path / "truncated.age"
    truncated.write_bytes(files[0].read_bytes()[:-1])
    other = new_age_key(tmp_path / "other")
    for path, identity, reason in (
        (truncated, age_key.identity, "truncated, or was changed after it was written"),
        (files[0], other.identity, "encrypted to other recipients than those of --identity"),
        (tmp_path / "absent", age_key.identity, "absent: the file cannot be read: No such file or directory"),
        (files[0], tmp_path / "absent", "absent: the file cannot be read: No such file or directory"),
        (files[1], age_key.identity, "this is a backup of the key files: use `strongroom-server restore keys`"),
    ):
        said = await refusal(
            "restore", "database", "--from", path, "--identity", identity,
            data_dir=deployment.settings.data_dir, url=empty_url,
        )  # fmt: skip
        assert reason in said
        assert str(path) in said or str(identity) in said
    assert await is_empty(empty_url)


async def test_a_database_with_rows_or_a_later_schema_is_refused(
    deployment: Deployment, files: tuple[Path, Path], age_key: AgeKey, database_url: str
) -> None:
    arguments = ("restore", "database", "--from", files[0], "--identity", age_key.identity)
    said = await refusal(*arguments, data_dir=deployment.settings.data_dir, url=deployment.database_url)
    assert "the database has rows in sealing_keys: restore into an empty database" in said

    older = rewritten(files[0], age_key, with_header(without_the_newest_migration))
    arguments = ("restore", "database", "--from", older, "--identity", age_key.identity)
    said = await refusal(*arguments, data_dir=deployment.settings.data_dir, url=database_url)
    assert "the backup is from before it: restore into a database without tables" in said


def without_the_newest_migration(header: DatabaseHeader) -> DatabaseHeader:
    contents = msgspec.structs.replace(header.contents, migrations=header.contents.migrations[:-1])
    return msgspec.structs.replace(header, contents=contents)


async def test_a_database_that_has_the_schema_and_no_rows_is_empty(
    deployment: Deployment, files: tuple[Path, Path], age_key: AgeKey, empty_url: str
) -> None:
    await migrate(empty_url)
    status, _, said = await command(
        "restore", "database", "--from", files[0], "--identity", age_key.identity,
        data_dir=deployment.settings.data_dir, url=empty_url,
    )  # fmt: skip
    assert status == 0, said


async def test_keys_of_another_deployment_are_refused(
    files: tuple[Path, Path], age_key: AgeKey, empty_url: str, database_url: str, tmp_path: Path, deployment: Deployment
) -> None:
    async with open_deployment(database_url, tmp_path / "other"):
        pass
    arguments = ("restore", "database", "--from", files[0], "--identity", age_key.identity)
    said = await refusal(*arguments, data_dir=tmp_path / "other", url=empty_url)
    assert f"the keys in {tmp_path}/other/keys belong to another deployment than the backup" in said
    # A root key that did not sign the keys of the database, although the private sealing key is the right one.
    mixed = tmp_path / "mixed"
    shutil.copytree(deployment.settings.data_dir, mixed)
    shutil.copy(tmp_path / "other" / "keys" / "root.pub", mixed / "keys" / "root.pub")
    said = await refusal(*arguments, data_dir=mixed, url=empty_url)
    assert f"{mixed}/keys/root.pub did not sign the keys in the database" in said
    assert await is_empty(empty_url)


async def test_a_restore_without_keys_names_them(
    files: tuple[Path, Path], age_key: AgeKey, empty_url: str, tmp_path: Path
) -> None:
    arguments = ("restore", "database", "--from", files[0], "--identity", age_key.identity)
    said = await refusal(*arguments, data_dir=tmp_path / "none", url=empty_url)
    assert f"{tmp_path}/none/keys" in said
    assert await is_empty(empty_url)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
async def test_a_restore_that_is_ended_stores_nothing_and_can_be_repeated(
    number: signal.Signals, deployment: Deployment, files: tuple[Path, Path], age_key: AgeKey, empty_url: str
) -> None:
    blocker = await asyncpg.connect(empty_url)
    arguments = ["restore", "database", "--from", str(files[0]), "--identity", str(age_key.identity)]
    # The migration lock holds the restore in the middle.
    await blocker.execute("select pg_advisory_lock($1)", 0x5354524F4E47)
    process = await asyncio.create_subprocess_exec(
        SERVER, *arguments,
        env={"STRONGROOM_DATA_DIR": str(deployment.settings.data_dir), "STRONGROOM_DATABASE_URL": empty_url},
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    waiting = "select exists (select from pg_locks where locktype = 'advisory' and not granted)"
    while not await blocker.fetchval(waiting):  # noqa: ASYNC110 - another process changes it
        await asyncio.sleep(0.05)
    process.send_signal(number)
    _, err = await process.communicate()
    await blocker.close()
    if number == signal.SIGTERM:
        assert "a signal stopped the command before it was complete" in err.decode()
    assert await is_empty(empty_url)
    status, _, said = await command(*arguments, data_dir=deployment.settings.data_dir, url=empty_url)
    assert status == 0, said


async def test_a_backup_needs_a_recipient_and_a_new_file(
    deployment: Deployment, age_key: AgeKey, tmp_path: Path
) -> None:
    target, data_dir, url = tmp_path / "file.age", deployment.settings.data_dir, deployment.database_url
    for what in ("database", "keys"):
        said = await refusal("backup", what, "--to", target, data_dir=data_dir, url=url)
        assert "--recipient or --recipients-file is missing: backups are always encrypted" in said
        said = await refusal("backup", what, "--to", target, "--recipient", "age1no", data_dir=data_dir, url=url)
        assert "age1no: this is not an age recipient" in said
        said = await refusal("backup", what, "--to", tmp_path / "no" / "file", "--recipient", age_key.recipient,
                             data_dir=data_dir, url=url)  # fmt: skip
        assert f"{tmp_path}/no/file.part: the file cannot be created: No such file or directory" in said
        assert not target.exists()
    target.write_text("mine")
    said = await refusal("backup", "keys", "--to", target, "--recipient", age_key.recipient, data_dir=data_dir, url=url)
    assert f"{target} exists: choose another name" in said
    assert target.read_text() == "mine"
