"""Key files are created atomically, read strictly, and never shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from strongroom_server.sealing import key_files
from strongroom_server.sealing.private_keys import KeyFileError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def keys(tmp_path: Path) -> Path:
    directory = tmp_path / "keys"
    await key_files.make(directory, directory / "root.key")
    return directory


async def test_new_keys_are_private_and_can_be_loaded(keys: Path) -> None:
    loaded = await key_files.load(keys, opens=True)

    assert len(loaded.sealing) == 1
    assert loaded.root_public_key == (await key_files.root_pair(keys / "root.key")).public_key
    assert {path.name: path.stat().st_mode & 0o077 for path in keys.glob("*.key")} == dict.fromkeys(
        (path.name for path in keys.glob("*.key")), 0
    )
    assert not list(keys.glob("*.new"))


async def test_creating_the_keys_again_changes_nothing(keys: Path) -> None:
    before = {path: path.read_bytes() for path in keys.iterdir()}
    await key_files.make(keys, keys / "root.key")
    assert {path: path.read_bytes() for path in keys.iterdir()} == before


async def test_an_interrupted_creation_is_completed_with_the_existing_keys(keys: Path) -> None:
    before = {path: path.read_bytes() for path in keys.iterdir()}
    (keys / "root.pub").unlink()
    (keys / "root.pub.new").write_text("half")

    await key_files.make(keys, keys / "root.key")

    assert {path: path.read_bytes() for path in keys.iterdir()} == before


async def test_a_lost_sealing_key_is_not_replaced(keys: Path) -> None:
    next(keys.glob("sealing-*.key")).unlink()

    await key_files.make(keys, keys / "root.key")

    with pytest.raises(KeyFileError, match=r"no sealing-<id>\.key"):
        await key_files.load(keys, opens=True)
    assert (await key_files.load(keys, opens=False)).sealing == ()


@pytest.mark.parametrize("kind", ["root.pub", "signing-*.key", "digest-*.key", "sealing-*.key"])
@pytest.mark.parametrize("content", ["", "ab" * 31, "ab" * 33, "zz" * 32, "\N{SNOWMAN}" * 32])
async def test_an_invalid_key_file_is_refused_with_its_name_and_the_rule(keys: Path, kind: str, content: str) -> None:
    path = next(keys.glob(kind))
    path.write_text(content, encoding="utf-8")
    with pytest.raises(KeyFileError, match=re.escape(str(path))) as caught:
        await key_files.load(keys, opens=True)
    assert not content or content not in str(caught.value)


@pytest.mark.parametrize("kind", ["signing-*.key", "digest-*.key", "sealing-*.key"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
async def test_a_private_key_that_others_can_read_is_refused(keys: Path, kind: str, mode: int) -> None:
    path = next(keys.glob(kind))
    content = path.read_text().strip()
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=f"{re.escape(str(path))}: .*{mode:04o}; it must be 0600") as caught:
        await key_files.load(keys, opens=True)
    assert content not in str(caught.value)


async def test_a_root_public_key_that_others_can_write_is_refused(keys: Path) -> None:
    (keys / "root.pub").chmod(0o664)
    with pytest.raises(KeyFileError, match="only its owner may write"):
        await key_files.load(keys, opens=True)


@pytest.mark.parametrize("kind", ["signing", "digest"])
async def test_a_missing_or_second_key_is_reported(keys: Path, kind: str) -> None:
    path = next(keys.glob(f"{kind}-*.key"))
    second = keys / f"{kind}-second.key"
    second.write_bytes(path.read_bytes())
    second.chmod(0o600)
    with pytest.raises(KeyFileError, match=f"exactly one {kind}-<id>.key, there are 2"):
        await key_files.load(keys, opens=True)
    path.unlink()
    second.unlink()
    with pytest.raises(KeyFileError, match=f"exactly one {kind}-<id>.key, there are 0"):
        await key_files.load(keys, opens=True)


async def test_a_node_without_the_root_key_loads_and_cannot_sign_with_it(keys: Path) -> None:
    (keys / "root.key").unlink()
    await key_files.load(keys, opens=True)
    with pytest.raises(KeyFileError, match=r"root\.key: the key file is missing"):
        await key_files.root_pair(keys / "root.key")


async def test_the_repr_of_loaded_keys_shows_no_key(keys: Path) -> None:
    shown = repr(await key_files.load(keys, opens=True)) + repr(await key_files.root_pair(keys / "root.key"))
    for path in keys.glob("*.key"):
        secret = path.read_text().strip()
        assert secret not in shown
        assert repr(bytes.fromhex(secret))[2:-1] not in shown
