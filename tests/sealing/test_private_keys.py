"""A wrapped key file is read strictly: each fault is one line that names the file and the remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from keys.servers import age

from strongroom_server.sealing import key_files
from strongroom_server.sealing.private_keys import KeyFileError, read_key, wrapped_path, write_key

if TYPE_CHECKING:
    from pathlib import Path

    from strongroom_server.keys.providers.age import Age

KEY = bytes(range(32))


@pytest.fixture
def provider() -> Age:
    return age()


@pytest.fixture
async def path(tmp_path: Path, provider: Age) -> Path:
    """The path of a key that has a wrapped file."""
    path = tmp_path / "sealing-1a2b3c4d.key"
    await write_key(path, KEY, provider)
    return path


async def refusal(path: Path, provider: Age | None) -> str:
    with pytest.raises(KeyFileError) as caught:
        await read_key(path, provider)
    said = str(caught.value)
    assert str(path) in said
    assert "\n" not in said
    assert KEY.hex() not in said
    return said


async def test_a_deployment_with_a_provider_has_no_plain_private_key(tmp_path: Path, provider: Age) -> None:
    keys = tmp_path / "keys"
    await key_files.make(keys, keys / "root.key", provider)

    kinds = sorted(re.sub("-.*key", "-*.key", path.name) for path in keys.iterdir())
    assert kinds == [
        "admin-*.key.wrapped",
        "digest-*.key.wrapped",
        "root.key.wrapped",
        "root.pub",
        "sealing-*.key.wrapped",
        "signing-*.key.wrapped",
    ]
    loaded = await key_files.load(keys, opens=True, provider=provider)
    assert (await key_files.root_pair(keys / "root.key", provider)).public_key == loaded.root_public_key
    assert {path.stat().st_mode & 0o777 for path in keys.glob("*.wrapped")} == {0o600}
    assert await key_files.load(keys, opens=True, provider=provider) == loaded


async def test_a_root_key_in_another_place_is_wrapped_there(tmp_path: Path, provider: Age) -> None:
    root = tmp_path / "safe" / "company.key"
    await key_files.make(tmp_path / "keys", root, provider)

    assert [path.name for path in root.parent.iterdir()] == ["company.key.wrapped"]
    root = wrapped_path(root).rename(tmp_path / "renamed.key.wrapped").with_suffix("")
    assert await key_files.root_pair(root, provider)


async def test_a_wrapped_key_without_a_provider_names_the_one_to_set(path: Path) -> None:
    said = await refusal(path, None)
    assert "the provider age wrapped this key, and STRONGROOM_KEY_PROVIDER is files: set it to age" in said


async def test_a_key_of_another_provider_names_the_one_to_set(path: Path, provider: Age) -> None:
    wrapped_path(path).write_text("strongroom-key-1 transit\nvault:v1:AAAA\n")
    assert "set it to transit" in await refusal(path, provider)


async def test_a_plain_key_is_refused_if_there_is_a_provider(tmp_path: Path, provider: Age) -> None:
    path = tmp_path / "signing-1a2b3c4d.key"
    await write_key(path, KEY, None)
    assert "STRONGROOM_KEY_PROVIDER is age: run `strongroom-server keys wrap`" in await refusal(path, provider)


@pytest.mark.parametrize("with_provider", [False, True])
async def test_a_key_with_both_files_is_refused(path: Path, provider: Age, with_provider: bool) -> None:
    await write_key(path, KEY, None)
    assert f"{path.name} is there too: run `strongroom-server keys wrap`" in await refusal(
        path, provider if with_provider else None
    )


async def test_a_missing_key_is_named(tmp_path: Path, provider: Age) -> None:
    path = tmp_path / "digest-1a2b3c4d.key"
    assert f"{path}.wrapped: the key file is missing" in await refusal(path, provider)
    assert f"{path}: the key file is missing" in await refusal(path, None)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
async def test_a_wrapped_key_that_others_can_read_is_refused(path: Path, provider: Age, mode: int) -> None:
    wrapped_path(path).chmod(mode)
    assert f"mode {mode:04o}; it must be 0600" in await refusal(path, provider)


async def test_every_truncated_wrapped_file_is_refused(path: Path, provider: Age) -> None:
    whole = wrapped_path(path).read_bytes()
    for length in (0, 1, 20, 21, len(whole) // 2, len(whole) - 4):
        wrapped_path(path).write_bytes(whole[:length])
        assert "from the backup of the key files" in await refusal(path, provider), length


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", KEY.hex().encode(), b"strongroom-key-2 age\nx", b"strongroom-key-1 a/b\nx"]
)
async def test_a_file_that_is_no_wrapped_key_is_refused(path: Path, provider: Age, content: bytes) -> None:
    wrapped_path(path).write_bytes(content)
    assert "wrapped key" in await refusal(path, provider)


async def test_a_wrapped_key_under_the_name_of_another_is_refused(path: Path, provider: Age) -> None:
    other = path.with_name("sealing-99999999.key")
    wrapped_path(path).rename(wrapped_path(other))
    assert "the file holds the key sealing-1a2b3c4d" in await refusal(other, provider)


async def test_the_wrong_identity_is_named_with_its_setting(path: Path) -> None:
    assert "STRONGROOM_AGE_IDENTITY_FILE" in await refusal(path, age())


class Lying:
    """A provider that does not give back what it wrapped."""

    name = "transit"

    def __init__(self, wrapped: str, key: bytes) -> None:
        self._wrapped, self._key = wrapped, key

    async def wrap(self, key_name: str, key: bytes) -> str:
        return self._wrapped

    async def unwrap(self, key_name: str, wrapped: str) -> bytes:
        return self._key


@pytest.mark.parametrize("lying", [Lying("x", bytes(32)), Lying("x" * 16 * 1024, KEY)], ids=["other key", "too long"])
async def test_a_new_key_that_its_provider_does_not_give_back_is_not_stored(tmp_path: Path, lying: Lying) -> None:
    path = tmp_path / "sealing-1a2b3c4d.key"
    with pytest.raises(KeyFileError, match="transit does not give back the key that it wrapped"):
        await write_key(path, KEY, lying)
    assert list(tmp_path.iterdir()) == []


async def test_an_unwrapped_key_of_another_length_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sealing-1a2b3c4d.key"
    wrapped_path(path).write_text("strongroom-key-1 transit\nx\n")
    wrapped_path(path).chmod(0o600)
    with pytest.raises(KeyFileError, match="transit unwraps 5 bytes, which are no key"):
        await read_key(path, Lying("x", b"short"))
