"""The root key is replaced: the old one signs the new one, and nodes accept no other."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from keys.rotating import OPERATOR, findings, keys_of
from keys.test_refuse_early import refusal_of, stopped

from strongroom_server.core.errors import OperatorError, ServiceError
from strongroom_server.keys import root, sealing
from strongroom_server.node import service as node
from strongroom_server.sealing.private_keys import KeyFileError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment

__all__ = ["stopped"]


async def test_a_replaced_root_key_signs_every_key_and_nodes_accept_it(stopped: Deployment, tmp_path: Path) -> None:
    keys, other = stopped.settings.keys_dir, tmp_path / "other" / "keys"
    shutil.copytree(keys, other)
    async with keys_of(stopped) as context:
        successor = await root.replace(context, OPERATOR)
    async with node.service(stopped.settings, stopped.database_url):
        pass
    assert (keys / "root.key.replaced").exists()
    assert await findings(stopped) == []
    async with keys_of(stopped) as context:
        assert (await sealing.create(context, OPERATOR)).state == "pending"

    (keys / "root.pub").write_text((other / "root.pub").read_text())
    assert "run `strongroom-server root-key accept`" in await refusal_of(stopped)
    assert await root.accept(other, other / "root.key", None, successor)
    assert not await root.accept(other, other / "root.key", None, successor)
    assert (other / "root.pub").read_text() == successor.read_text().split()[1] + "\n"


async def test_a_new_root_key_that_the_old_one_did_not_sign_is_refused(stopped: Deployment, tmp_path: Path) -> None:
    keys = stopped.settings.keys_dir
    forged = tmp_path / "forged.pub"
    forged.write_text(f"strongroom-root-successor-1\n{'ab' * 32}\n{'cd' * 64}\n")
    before = (keys / "root.pub").read_text()
    with pytest.raises(KeyFileError, match="did not sign the new one"):
        await root.accept(keys, keys / "root.key", None, forged)
    forged.write_text("nothing")
    with pytest.raises(KeyFileError, match="must be the one that"):
        await root.accept(keys, keys / "root.key", None, forged)
    assert (keys / "root.pub").read_text() == before


async def test_a_replacement_that_was_killed_after_it_was_stored_is_finished_by_accept(
    stopped: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = stopped.settings.keys_dir
    with monkeypatch.context() as patched:
        patched.setattr(root, "_install", _killed)
        async with keys_of(stopped) as context:
            with pytest.raises(KeyboardInterrupt):
                await root.replace(context, OPERATOR)
    await refusal_of(stopped)
    assert await root.accept(keys, keys / "root.key", None, keys / root.SUCCESSOR)
    async with keys_of(stopped) as context:
        assert (await sealing.create(context, OPERATOR)).state == "pending"


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


async def test_a_changed_key_row_is_not_signed_by_the_new_root_key(stopped: Deployment) -> None:
    async with keys_of(stopped) as context:
        async with stopped.sql() as connection:
            await connection.execute("update signing_keys set purpose = 'admin' where purpose = 'write'")
        with pytest.raises(OperatorError, match="the root key did not sign it"):
            await root.replace(context, OPERATOR)


async def test_a_node_without_the_root_key_names_the_command(stopped: Deployment) -> None:
    (stopped.settings.keys_dir / "root.key").unlink()
    async with keys_of(stopped) as context:
        with pytest.raises(ServiceError, match="ROOT_KEY_ABSENT") as caught:
            await sealing.activate(context, OPERATOR, "1f2e3d4c")
        assert caught.value.metadata == {"command": "strongroom-server sealing-keys activate 1f2e3d4c"}
