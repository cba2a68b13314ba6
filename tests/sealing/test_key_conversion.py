"""Key files change between plain and wrapped without a moment in which a key has no complete file."""

from __future__ import annotations

import itertools
import os
import pathlib
import shutil
from typing import TYPE_CHECKING

import pytest
from keys.servers import age

from strongroom_server.sealing import key_conversion, key_files, private_keys
from strongroom_server.sealing.private_keys import KeyFileError, is_present

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from strongroom_server.keys.providers.age import Age


@pytest.fixture
def provider() -> Age:
    return age()


@pytest.fixture
async def keys(tmp_path: Path) -> Path:
    """Plain key files, among them the root key."""
    directory = tmp_path / "keys"
    await key_files.make(directory, directory / "root.key")
    return directory


def wrap(keys: Path, provider: Age) -> AsyncIterator[Path]:
    return key_conversion.wrap_all(keys, keys / "root.key", provider)


def unwrap(keys: Path, provider: Age) -> AsyncIterator[Path]:
    return key_conversion.unwrap_all(keys, keys / "root.key", provider)


def contents(keys: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in keys.iterdir()}


async def test_wrapped_keys_are_the_same_keys_and_come_back_as_the_same_files(keys: Path, provider: Age) -> None:
    before, loaded = contents(keys), await key_files.load(keys, opens=True)
    root = await key_files.root_pair(keys / "root.key")

    wrapped = [path async for path in wrap(keys, provider)]

    assert sorted(path.name for path in keys.iterdir()) == sorted(["root.pub", *(path.name for path in wrapped)])
    assert len(wrapped) == 5
    assert await key_files.load(keys, opens=True, provider=provider) == loaded
    assert await key_files.root_pair(keys / "root.key", provider) == root
    assert [path async for path in wrap(keys, provider)] == []

    assert len([path async for path in unwrap(keys, provider)]) == 5
    assert contents(keys) == before


async def test_a_signing_key_that_was_wrapped_while_it_was_pending_can_be_installed(keys: Path, provider: Age) -> None:
    await key_files.write_pending_signer(keys, "write", "0a0b0c0d", bytes(range(32)))
    _ = [path async for path in wrap(keys, provider)]

    key_files.install_pending_signer(keys, "write", "0a0b0c0d")

    loaded = await key_files.load(keys, opens=True, provider=provider)
    assert loaded.signing == key_files.signing_pair("0a0b0c0d", bytes(range(32)))


async def test_wrapped_signing_keys_that_are_pending_or_replaced_are_unwrapped(keys: Path, provider: Age) -> None:
    _ = [path async for path in wrap(keys, provider)]
    (before,) = keys.glob("signing-*.key.wrapped")
    await key_files.write_pending_signer(keys, "write", "0a0b0c0d", bytes(range(32)), provider)
    key_files.install_pending_signer(keys, "write", "0a0b0c0d")
    await key_files.write_pending_signer(keys, "write", "0e0e0e0e", bytes(range(32)), provider)

    _ = [path async for path in unwrap(keys, provider)]

    assert {"signing-0a0b0c0d.key", "pending-signing-0e0e0e0e.key", f"old-{before.stem}"} <= contents(keys).keys()
    assert list(keys.glob("*.wrapped")) == []


@pytest.mark.parametrize("suffix", [".next", ".replaced"])
async def test_the_root_keys_of_a_replacement_are_wrapped_too(keys: Path, provider: Age, suffix: str) -> None:
    path = keys / f"root.key{suffix}"
    await private_keys.write_key(path, bytes(range(32)), None)

    _ = [each async for each in wrap(keys, provider)]

    assert not path.exists()
    assert await private_keys.read_key(path, provider, "root") == bytes(range(32))


class Killed(BaseException):
    """Stands for kill -9: no code of the program handles it."""


def kill_at(step: int, patch: pytest.MonkeyPatch) -> None:
    """Kill at the given one of the calls that change files or make them durable."""
    calls = itertools.count(1)

    def killing(call: Callable[..., object]) -> Callable[..., object]:
        def counted(*arguments: object, **options: object) -> object:
            if next(calls) == step:
                raise Killed
            return call(*arguments, **options)

        return counted

    for owner, name in ((os, "open"), (os, "fsync"), (pathlib.Path, "rename"), (pathlib.Path, "unlink")):
        patch.setattr(owner, name, killing(getattr(owner, name)))


@pytest.mark.parametrize("convert", [wrap, unwrap])
async def test_a_command_killed_at_any_step_loses_no_key_and_can_be_run_again(
    keys: Path, provider: Age, convert: Callable[[Path, Age], AsyncIterator[Path]], tmp_path: Path
) -> None:
    names, loaded = [path.name for path in keys.glob("*.key")], await key_files.load(keys, opens=True)
    if convert is unwrap:
        assert [path async for path in wrap(keys, provider)]
    saved = tmp_path / "saved"
    shutil.copytree(keys, saved)
    for step in itertools.count(1):
        try:
            with pytest.MonkeyPatch.context() as patch:
                kill_at(step, patch)
                assert len([path async for path in convert(keys, provider)]) == 5
        except Killed:
            assert all(is_present(keys / name) for name in names), step
        else:
            break
        assert len([path async for path in convert(keys, provider)]) <= 5
        assert await key_files.load(keys, opens=True, provider=None if convert is unwrap else provider) == loaded
        assert not list(keys.glob("*.new")), step
        shutil.rmtree(keys)
        shutil.copytree(saved, keys)
    assert step > 20


async def test_a_wrapped_file_that_holds_another_key_keeps_the_plain_one(keys: Path, provider: Age) -> None:
    path = next(keys.glob("sealing-*.key"))
    before = path.read_bytes()
    await private_keys.write_key(path, bytes(32), provider)

    with pytest.raises(KeyFileError, match="it holds another key than"):
        [path async for path in wrap(keys, provider)]
    assert path.read_bytes() == before


async def test_a_provider_that_returns_another_key_keeps_the_plain_files(keys: Path) -> None:
    class Broken:
        name = "broken"

        async def wrap(self, key_name: str, key: bytes) -> str:
            return "text"

        async def unwrap(self, key_name: str, wrapped: str) -> bytes:
            return bytes(32)

    before = contents(keys)
    with pytest.raises(KeyFileError, match="broken does not give back the key that it wrapped"):
        [path async for path in key_conversion.wrap_all(keys, keys / "root.key", Broken())]
    assert contents(keys) == before


async def test_what_an_interrupted_unwrap_left_is_removed(keys: Path, provider: Age) -> None:
    secret = (keys / "root.key").read_text()
    assert [path async for path in wrap(keys, provider)]
    (keys / "root.key.new").write_text(secret)
    assert [path async for path in wrap(keys, provider)] == []
    assert not any(secret in path.read_text() for path in keys.iterdir())


async def test_a_node_without_the_root_key_wraps_its_own_keys(keys: Path, provider: Age) -> None:
    (keys / "root.key").unlink()
    elsewhere = keys.parent / "unmounted" / "root.key"
    assert len([path async for path in key_conversion.wrap_all(keys, elsewhere, provider)]) == 4
    assert len([path async for path in key_conversion.unwrap_all(keys, elsewhere, provider)]) == 4


async def test_a_plain_file_that_others_can_read_is_refused(keys: Path, provider: Age) -> None:
    (keys / "root.key").chmod(0o644)
    with pytest.raises(KeyFileError, match=r"root\.key: the key file has mode 0644"):
        [path async for path in wrap(keys, provider)]
