"""An upgrade that fails because the root key is missing or wrong changes nothing, and succeeds once the right key is there."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import asyncpg
import pytest
from conftest import url_of
from upgrade.test_upgrade import HERE

from strongroom_server.node.settings import from_environment
from strongroom_server.node.setup import set_up
from strongroom_server.sealing.private_keys import KeyFileError

if TYPE_CHECKING:
    from pathlib import Path

RELEASE = "bbf2cc8"


@pytest.mark.parametrize("given", [None, "ab" * 32], ids=["missing", "of another deployment"])
async def test_an_upgrade_with_a_bad_root_key_says_so_and_can_be_repeated(
    postgres_url: str, tmp_path: Path, given: str | None
) -> None:
    name = f"upgrade_root_key_{'wrong' if given else 'missing'}"
    url = url_of(postgres_url, name)
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"create database {name}")
    await connection.close()
    connection = await asyncpg.connect(url)
    await connection.execute((HERE / RELEASE / "database.sql").read_text())
    await connection.close()
    shutil.copytree(HERE / RELEASE / "keys", tmp_path / "keys")
    for path in [tmp_path / "keys", *(tmp_path / "keys").iterdir()]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    root_key = tmp_path / "keys" / "root.key"
    right = root_key.read_text()
    settings = from_environment({"STRONGROOM_DATA_DIR": str(tmp_path)})

    root_key.unlink()
    if given:
        root_key.write_text(given)
        root_key.chmod(0o600)
    with pytest.raises(KeyFileError, match=r"root\.key"):
        await set_up(settings, url)
    assert list((tmp_path / "keys").glob("admin-*")) == []

    root_key.write_text(right)
    root_key.chmod(0o600)
    await set_up(settings, url)
    assert len(list((tmp_path / "keys").glob("admin-*"))) == 1
