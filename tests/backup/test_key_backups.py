"""A backup of the key files has them as they are, says what it holds, and is restored into an empty directory, all or none."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest
from backup.commands import AgeKey, age_key, command, refusal

from strongroom_server.backup import container
from strongroom_server.backup.container import KeyFile, KeysHeader
from strongroom_server.sealing import age_files, key_files

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["age_key"]

NO_DATABASE = "postgresql://127.0.0.1:1/none"


@pytest.fixture
async def data_dir(tmp_path: Path) -> Path:
    """A data directory with keys."""
    directory = tmp_path / "data"
    await key_files.make(directory / "keys", directory / "keys" / "root.key")
    return directory


def contents(directory: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) for path in directory.iterdir()}


async def done(*arguments: object, data_dir: Path, **environment: str) -> str:
    status, out, said = await command(*arguments, data_dir=data_dir, url=NO_DATABASE, **environment)
    assert status == 0, said
    return out


async def backed_up(data_dir: Path, key: AgeKey, *options: str, **environment: str) -> tuple[Path, str]:
    path = data_dir.with_name("keys.age")
    arguments = ("backup", "keys", "--to", path, "--recipient", key.recipient, *options)
    return path, await done(*arguments, data_dir=data_dir, **environment)


async def test_the_root_key_stays_out_unless_it_is_asked_for(data_dir: Path, age_key: AgeKey, tmp_path: Path) -> None:
    before = contents(data_dir / "keys")
    path, said = await backed_up(data_dir, age_key)
    assert "backed up root.pub; plain private keys: admin-" in said
    assert "; without the private root key" in said
    said = await done("restore", "keys", "--from", path, "--identity", age_key.identity, data_dir=tmp_path / "new")
    assert "restored root.pub; plain private keys: admin-" in said
    restored = contents(tmp_path / "new" / "keys")
    assert "root.key" not in restored
    assert restored == {name: before[name] for name in before if name != "root.key"}
    assert stat.S_IMODE((tmp_path / "new" / "keys").stat().st_mode) == 0o700

    path.unlink()
    _, said = await backed_up(data_dir, age_key, "--with-root-key")
    assert ", root.key; with the private root key" in said
    await done("restore", "keys", "--from", path, "--identity", age_key.identity, data_dir=tmp_path / "whole")
    assert contents(tmp_path / "whole" / "keys") == before


async def test_no_key_is_readable_in_the_file_or_the_output(data_dir: Path, age_key: AgeKey) -> None:
    path, said = await backed_up(data_dir, age_key, "--with-root-key")
    for content, _ in contents(data_dir / "keys").values():
        assert content.strip() not in path.read_bytes()
        assert content.decode().strip() not in said


async def test_wrapped_keys_stay_wrapped_and_are_named_so(data_dir: Path, age_key: AgeKey, tmp_path: Path) -> None:
    (sealing,) = (data_dir / "keys").glob("sealing-*.key")
    wrapped = sealing.rename(sealing.with_name(f"{sealing.name}.wrapped"))
    wrapped.write_bytes(b"\x00wrapped by a provider\xff")
    plain = [path.name for path in (data_dir / "keys").glob("[ads]*-*.key")]
    path, said = await backed_up(data_dir, age_key)
    assert f"wrapped private keys: {wrapped.name};" in said
    assert f"plain private keys: {', '.join(sorted(plain))};" in said
    await done("restore", "keys", "--from", path, "--identity", age_key.identity, data_dir=tmp_path / "new")
    assert (tmp_path / "new" / "keys" / wrapped.name).read_bytes() == b"\x00wrapped by a provider\xff"


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_wrapped_root_key_and_its_successor_are_backed_up_if_they_are_asked_for(
    data_dir: Path, age_key: AgeKey, tmp_path: Path, elsewhere: bool
) -> None:
    root_key, new = data_dir / "keys" / "root.key", tmp_path / "new" / "keys" / "root.key"
    root_key.unlink()
    if elsewhere:
        root_key, new = data_dir / "keys" / "our-root.key", tmp_path / "offline" / "our-root.key"
    for suffix in (".wrapped", ".next.wrapped"):
        path = root_key.with_name(root_key.name + suffix)
        path.write_bytes(f"wrapped {suffix}".encode())
        path.chmod(0o600)
    path, said = await backed_up(data_dir, age_key, STRONGROOM_ROOT_KEY_FILE=str(root_key))
    assert "; without the private root key" in said
    assert "root.key" not in said
    path.unlink()

    path, said = await backed_up(data_dir, age_key, "--with-root-key", STRONGROOM_ROOT_KEY_FILE=str(root_key))
    assert "root.key.wrapped, root.key.next.wrapped; with the private root key" in said
    arguments = ("restore", "keys", "--from", path, "--identity", age_key.identity)
    await done(*arguments, data_dir=tmp_path / "new", STRONGROOM_ROOT_KEY_FILE=str(new))
    for suffix in (".wrapped", ".next.wrapped"):
        assert new.with_name(new.name + suffix).read_bytes() == f"wrapped {suffix}".encode()


async def test_a_forged_backup_with_long_files_is_refused(age_key: AgeKey, tmp_path: Path) -> None:
    header = KeysHeader("0", datetime.now(UTC), [KeyFile("root.pub", 0o644)])
    path = tmp_path / "forged.age"
    with age_files.create_encrypted(path, [age_files.recipient_of(age_key.recipient)]) as file:
        file.write(container.MAGIC + container.frame_of(container.HEADER, msgspec.json.encode(header)))
        file.write(container.frame_of(container.DATA, b"x" * (64 * 1024 + 1)) + container.frame_of(container.END))
    arguments = ("restore", "keys", "--from", path, "--identity", age_key.identity)
    said = await refusal(*arguments, data_dir=tmp_path / "new", url=NO_DATABASE)
    assert f"{path}: the backup has a file root.pub that is longer than a key file" in said
    assert not (tmp_path / "new").exists()


async def test_a_forged_backup_makes_no_private_key_readable_to_others(age_key: AgeKey, tmp_path: Path) -> None:
    header = KeysHeader("0", datetime.now(UTC), [KeyFile("root.pub", 0o666), KeyFile("sealing-1.key", 0o4666)])
    path = tmp_path / "forged.age"
    with age_files.create_encrypted(path, [age_files.recipient_of(age_key.recipient)]) as file:
        file.write(container.MAGIC + container.frame_of(container.HEADER, msgspec.json.encode(header)))
        file.write(container.frame_of(container.DATA, b"x") * 2 + container.frame_of(container.END))
    await done("restore", "keys", "--from", path, "--identity", age_key.identity, data_dir=tmp_path / "new")
    modes = {name: mode for name, (_, mode) in contents(tmp_path / "new" / "keys").items()}
    assert modes == {"root.pub": 0o644, "sealing-1.key": 0o600}


async def test_keys_are_not_restored_into_a_directory_with_files(
    data_dir: Path, age_key: AgeKey, tmp_path: Path
) -> None:
    path, _ = await backed_up(data_dir, age_key)
    before = contents(data_dir / "keys")
    arguments = ("restore", "keys", "--from", path, "--identity", age_key.identity)
    said = await refusal(*arguments, data_dir=data_dir, url=NO_DATABASE)
    assert f"{data_dir}/keys is not empty: set STRONGROOM_DATA_DIR to a new directory" in said
    assert contents(data_dir / "keys") == before
    (tmp_path / "empty" / "keys").mkdir(parents=True)
    await done(*arguments, data_dir=tmp_path / "empty")
    assert [each.name for each in (tmp_path / "empty").iterdir()] == ["keys"]


async def test_a_directory_without_keys_is_named(tmp_path: Path, age_key: AgeKey) -> None:
    (tmp_path / "none" / "keys").mkdir(parents=True)
    arguments = ("backup", "keys", "--to", tmp_path / "keys.age", "--recipient", age_key.recipient)
    said = await refusal(*arguments, data_dir=tmp_path / "none", url=NO_DATABASE)
    assert f"{tmp_path}/none/keys holds no keys (root.pub is missing)" in said
    said = await refusal(*arguments, data_dir=tmp_path / "absent", url=NO_DATABASE)
    assert f"{tmp_path}/absent/keys: No such file or directory: correct STRONGROOM_DATA_DIR" in said
    assert not (tmp_path / "keys.age").exists()


async def test_a_missing_root_key_is_named_if_it_is_asked_for(data_dir: Path, age_key: AgeKey, tmp_path: Path) -> None:
    (data_dir / "keys" / "root.key").unlink()
    arguments = ("backup", "keys", "--to", tmp_path / "a.age", "--recipient", age_key.recipient, "--with-root-key")
    said = await refusal(*arguments, data_dir=data_dir, url=NO_DATABASE)
    assert f"{data_dir}/keys/root.key: the key file cannot be read: No such file or directory" in said


@pytest.mark.parametrize("name", ["../outside.key", "/etc/cron.d/job", "root.pub/../x", "notes.txt", "sealing-1.key\n"])
async def test_a_forged_backup_writes_nowhere_else(name: str, age_key: AgeKey, tmp_path: Path) -> None:
    header = KeysHeader("0", datetime.now(UTC), [KeyFile("root.pub", 0o644), KeyFile(name, 0o600)])
    path = tmp_path / "forged.age"
    with age_files.create_encrypted(path, [age_files.recipient_of(age_key.recipient)]) as file:
        file.write(container.MAGIC + container.frame_of(container.HEADER, msgspec.json.encode(header)))
        file.write(container.frame_of(container.DATA, b"x") * 2 + container.frame_of(container.END))
    arguments = ("restore", "keys", "--from", path, "--identity", age_key.identity)
    said = await refusal(*arguments, data_dir=tmp_path / "deep" / "new", url=NO_DATABASE)
    assert f"{path}: the backup has a file whose name is not that of a key file" in said
    assert not (tmp_path / "deep").exists()


async def test_an_incomplete_backup_of_keys_restores_none(data_dir: Path, age_key: AgeKey, tmp_path: Path) -> None:
    path, _ = await backed_up(data_dir, age_key)
    with age_files.open_encrypted(path, age_files.read_identities(age_key.identity)) as file:
        content = file.read(100_000)
    short = tmp_path / "short.age"
    with age_files.create_encrypted(short, [age_files.recipient_of(age_key.recipient)]) as file:
        file.write(content[:-5])
    arguments = ("restore", "keys", "--from", short, "--identity", age_key.identity)
    said = await refusal(*arguments, data_dir=tmp_path / "new", url=NO_DATABASE)
    assert f"{short}: the backup is incomplete" in said
    assert not (tmp_path / "new").exists()


async def test_a_root_key_that_is_stored_elsewhere_goes_to_the_place_of_the_setting(
    data_dir: Path, age_key: AgeKey, tmp_path: Path
) -> None:
    root_key = (data_dir / "keys" / "root.key").rename(tmp_path / "root.key")
    before, path, new = root_key.read_bytes(), tmp_path / "keys.age", tmp_path / "offline" / "root.key"
    for what, place in (("backup", root_key), ("restore", new)):
        arguments = {
            "backup": ("--to", path, "--recipient", age_key.recipient, "--with-root-key"),
            "restore": ("--from", path, "--identity", age_key.identity),
        }[what]
        status, _, said = await command(
            what, "keys", *arguments, url=NO_DATABASE, STRONGROOM_ROOT_KEY_FILE=str(place),
            data_dir=data_dir if what == "backup" else tmp_path / "new",
        )  # fmt: skip
        assert status == 0, said
    assert new.read_bytes() == before
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert not (tmp_path / "new" / "keys" / "root.key").exists()


async def test_a_restore_that_fails_leaves_no_root_key_elsewhere(
    data_dir: Path, age_key: AgeKey, tmp_path: Path
) -> None:
    path, _ = await backed_up(data_dir, age_key, "--with-root-key")
    (tmp_path / "real").mkdir()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "keys").symlink_to(tmp_path / "real")
    root_key = tmp_path / "offline" / "root.key"
    status, _, said = await command(
        "restore", "keys", "--from", path, "--identity", age_key.identity,
        data_dir=tmp_path / "new", url=NO_DATABASE, STRONGROOM_ROOT_KEY_FILE=str(root_key),
    )  # fmt: skip
    assert status == 1
    assert "the key files cannot be written" in said
    assert not root_key.exists()
