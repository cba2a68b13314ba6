"""Setup runs once, for the first caller, and never replaces lost keys that other nodes share."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import asyncpg
import pytest
from conftest import API_KEY

from strongroom_server.access.caller import Caller
from strongroom_server.node import service as node
from strongroom_server.node.keyring import audited
from strongroom_server.node.settings import from_environment
from strongroom_server.node.setup import set_up
from strongroom_server.sealing.private_keys import KeyFileError
from strongroom_server.sealing.trusted_keys import KeyringError
from strongroom_server.store import audit

if TYPE_CHECKING:
    from pathlib import Path

    from strongroom_server.node.settings import Settings


def settings_in(directory: Path, **further: str) -> Settings:
    return from_environment({"STRONGROOM_DATA_DIR": str(directory), **further})


async def counts(url: str) -> tuple[int, ...]:
    connection = await asyncpg.connect(url)
    try:
        row = await connection.fetchrow(
            "select (select count(*) from sealing_keys), (select count(*) from signing_keys),"
            " (select count(*) from api_keys), (select count(*) from organisations), (select count(*) from teams)"
        )
    finally:
        await connection.close()
    assert row is not None
    return tuple(row)


async def test_a_second_setup_changes_nothing(database_url: str, tmp_path: Path) -> None:
    first = await set_up(settings_in(tmp_path), database_url)
    again = await set_up(settings_in(tmp_path), database_url)

    assert first.api_key is not None
    assert first.api_key.startswith("sr_")
    assert first.api_key not in repr(first)
    assert again.api_key is None
    assert await counts(database_url) == (1, 2, 1, 1, 2)


async def test_of_many_setups_at_the_same_time_one_creates_everything(database_url: str, tmp_path: Path) -> None:
    done = await asyncio.gather(*(set_up(settings_in(tmp_path), database_url) for _ in range(4)))

    assert len([each for each in done if each.api_key]) == 1
    assert await counts(database_url) == (1, 2, 1, 1, 2)


async def test_a_configured_key_is_stored_if_there_is_none_and_not_shown(database_url: str, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, STRONGROOM_BOOTSTRAP_API_KEY=API_KEY)
    assert (await set_up(settings, database_url)).api_key is None
    other = dataclasses.replace(settings, bootstrap_api_key="sr_other_0123456789abcdef")
    await set_up(other, database_url)

    assert (await counts(database_url))[2] == 1


async def test_a_configured_key_that_is_ignored_is_reported_in_one_line(
    database_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = settings_in(tmp_path, STRONGROOM_BOOTSTRAP_API_KEY=API_KEY)
    await set_up(settings, database_url)
    await set_up(settings, database_url)
    assert "is ignored" not in "".join(capfd.readouterr())

    for other in ("sr_other_0123456789abcdef", f"{API_KEY}x"):
        await set_up(dataclasses.replace(settings, bootstrap_api_key=other), database_url)
        lines = [line for line in "".join(capfd.readouterr()).splitlines() if "is ignored" in line]
        assert len(lines) == 1
        assert "STRONGROOM_BOOTSTRAP_API_KEY is ignored: API keys exist, and it is not one of them" in lines[0]
        assert other.split("_", 2)[2] not in lines[0]


async def test_lost_key_files_are_not_replaced(database_url: str, tmp_path: Path) -> None:
    await set_up(settings_in(tmp_path / "first"), database_url)
    with pytest.raises(KeyringError, match="copy the key files"):
        await set_up(settings_in(tmp_path / "second"), database_url)
    assert not (tmp_path / "second" / "keys").exists()


async def test_a_lost_sealing_key_is_reported(database_url: str, tmp_path: Path) -> None:
    await set_up(settings_in(tmp_path), database_url)
    next((tmp_path / "keys").glob("sealing-*.key")).unlink()
    with pytest.raises(KeyFileError, match="sealing"):
        await set_up(settings_in(tmp_path), database_url)


async def test_an_additional_sealing_key_does_not_become_a_second_active_one(database_url: str, tmp_path: Path) -> None:
    await set_up(settings_in(tmp_path), database_url)
    stray = tmp_path / "keys" / "sealing-stray.key"
    stray.write_text("ab" * 32)
    stray.chmod(0o600)

    await set_up(settings_in(tmp_path), database_url)

    assert (await counts(database_url))[0] == 1


async def test_keys_of_another_deployment_are_refused(
    database_url: str, postgres_url: str, template_database: str, tmp_path: Path
) -> None:
    from conftest import new_database

    await set_up(settings_in(tmp_path / "one"), database_url)
    await set_up(settings_in(tmp_path / "two"), await new_database(postgres_url, template_database))
    with pytest.raises(KeyringError, match="another deployment"):
        await set_up(settings_in(tmp_path / "two"), database_url)


def replace_digest_key(directory: Path, *, key_id: str = "") -> Path:
    """Replace the digest key by another key, under the same id unless another id is given."""
    (path,) = (directory / "keys").glob("digest-*.key")
    if key_id:
        path = path.rename(path.with_name(f"digest-{key_id}.key"))
    path.write_text("ab" * 32)
    return path


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("key_id", ["", "0a0b0c0d"], ids=["under the same id", "under another id"])
async def test_a_replaced_digest_key_is_refused_by_setup_nodes_and_the_verification(
    database_url: str, tmp_path: Path, key_id: str
) -> None:
    settings = settings_in(tmp_path)
    await set_up(settings, database_url)
    path = replace_digest_key(tmp_path, key_id=key_id)
    for start in (node.service(settings, database_url), audited(settings, database_url)):
        with pytest.raises(KeyringError, match=f"{path}: .* another node"):
            async with start:
                pass
    with pytest.raises(KeyringError, match=f"{path}: .* another node"):
        await set_up(settings, database_url)


async def test_setup_adds_a_digest_check_to_a_database_without_one(database_url: str, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    await set_up(settings, database_url)
    await execute(database_url, "delete from digest_keys")
    async with node.service(settings, database_url):
        pass
    await set_up(settings, database_url)
    replace_digest_key(tmp_path)
    with pytest.raises(KeyringError, match="digest-"):
        async with node.service(settings, database_url):
            pass


async def test_setup_does_not_register_a_digest_key_that_proves_no_event(database_url: str, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    await set_up(settings, database_url)
    async with node.service(settings, database_url) as service:
        event = service.recorder.event(Caller.system("default"), "AccessCredential")
        await audit.commit(service.database, event)
    await execute(database_url, "delete from digest_keys")
    path = replace_digest_key(tmp_path)
    with pytest.raises(KeyringError, match=str(path)):
        await set_up(settings, database_url)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("update sealing_keys set state = 'retired'", "the row of the sealing key .* was changed"),
        (
            "update sealing_keys set state = 'retired'; update signing_keys set state = 'retired'",
            "root.pub did not sign",
        ),
    ],
)
async def test_a_changed_row_of_a_key_is_not_reported_as_another_deployment(
    database_url: str, tmp_path: Path, change: str, problem: str
) -> None:
    settings = settings_in(tmp_path)
    await set_up(settings, database_url)
    await execute(database_url, change)
    with pytest.raises(KeyringError, match=problem):
        await set_up(settings, database_url)
    with pytest.raises(KeyringError, match=problem):
        async with node.service(settings, database_url):
            pass


async def test_the_first_key_is_written_to_the_key_file_which_only_its_owner_can_read(
    database_url: str, tmp_path: Path
) -> None:
    key_file = tmp_path / "first.key"
    done = await set_up(settings_in(tmp_path), database_url, key_file)
    assert key_file.read_text() == f"{done.api_key}\n"
    assert key_file.stat().st_mode & 0o777 == 0o600

    key_file.unlink()
    await set_up(settings_in(tmp_path), database_url, key_file)
    assert not key_file.exists()


async def test_a_key_that_cannot_be_written_to_its_file_is_not_created(database_url: str, tmp_path: Path) -> None:
    key_file = tmp_path / "absent" / "first.key"
    with pytest.raises(KeyFileError, match=rf"^{key_file}: the file cannot be written: No such file or directory$"):
        await set_up(settings_in(tmp_path), database_url, key_file)
    assert (await counts(database_url))[2] == 0


async def test_a_configured_key_is_written_to_no_file(database_url: str, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, STRONGROOM_BOOTSTRAP_API_KEY=API_KEY)
    await set_up(settings, database_url, tmp_path / "first.key")
    assert not (tmp_path / "first.key").exists()


async def test_the_root_key_may_be_elsewhere_and_only_setup_reads_it(database_url: str, tmp_path: Path) -> None:
    root_key = tmp_path / "vault" / "root.key"
    settings = settings_in(tmp_path / "node", STRONGROOM_ROOT_KEY_FILE=str(root_key))
    await set_up(settings, database_url)
    assert root_key.stat().st_mode & 0o777 == 0o600
    assert not (settings.keys_dir / "root.key").exists()

    root_key.unlink()
    async with node.service(settings_in(tmp_path / "node"), database_url) as served:
        assert await served.ready()
