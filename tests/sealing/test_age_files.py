"""Files encrypted with age are complete or absent, and every fault of one is named."""

from __future__ import annotations

import resource
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pyrage
import pytest
from pyrage import x25519

from strongroom_server.sealing import age_files
from strongroom_server.sealing.age_files import AgeFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

IDENTITY = x25519.Identity.generate()
RECIPIENT = IDENTITY.to_public()
# More than a pipe, a chunk of age and a buffer hold.
CONTENT = bytes(range(256)) * 2_000


def encrypted(path: Path, content: bytes = CONTENT) -> Path:
    with age_files.create_encrypted(path, [RECIPIENT]) as file:
        file.write(content)
    return path


def decrypted(path: Path, identities: Sequence[x25519.Identity] = (IDENTITY,)) -> bytes:
    found = b""
    with age_files.open_encrypted(path, identities) as file:
        while data := file.read(10_000):
            found += data
    return found


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, len(CONTENT)])
def test_a_file_is_private_is_age_and_decrypts(tmp_path: Path, size: int) -> None:
    path = encrypted(tmp_path / "file", CONTENT[:size])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert pyrage.decrypt(path.read_bytes(), [IDENTITY]) == CONTENT[:size]
    assert decrypted(path) == CONTENT[:size]
    assert list(tmp_path.iterdir()) == [path]


def test_any_of_the_recipients_decrypts(tmp_path: Path) -> None:
    other = x25519.Identity.generate()
    with age_files.create_encrypted(tmp_path / "file", [RECIPIENT, other.to_public()]) as file:
        file.write(CONTENT)
    assert decrypted(tmp_path / "file", [other]) == decrypted(tmp_path / "file", [IDENTITY]) == CONTENT


def test_another_identity_is_named(tmp_path: Path) -> None:
    path = encrypted(tmp_path / "file")
    with pytest.raises(AgeFileError, match=f"{path}: the file is encrypted to other recipients"):
        decrypted(path, [x25519.Identity.generate()])


@pytest.mark.parametrize("kept", [1, 64, 150, 180, 65_000, -1, -20])
def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path: Path, kept: int) -> None:
    path = encrypted(tmp_path / "file")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(AgeFileError, match=f"{path}: "):
        decrypted(path)


def test_a_file_that_ends_between_two_chunks_is_refused(tmp_path: Path) -> None:
    path = encrypted(tmp_path / "file")
    whole = path.read_bytes()
    overhead = len(pyrage.encrypt(b"", [RECIPIENT])) - 16
    path.write_bytes(whole[: overhead + 65_552])
    with pytest.raises(AgeFileError, match="truncated, or was changed"):
        decrypted(path)


def test_a_changed_byte_is_refused(tmp_path: Path) -> None:
    path = encrypted(tmp_path / "file")
    content = bytearray(path.read_bytes())
    content[300_000] ^= 1
    path.write_bytes(content)
    with pytest.raises(AgeFileError, match="truncated, or was changed"):
        decrypted(path)


@pytest.mark.parametrize("content", [b"", b"-- PostgreSQL database dump\n" * 100], ids=["empty", "text"])
def test_a_file_that_age_did_not_encrypt_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(AgeFileError, match="not a file that age encrypted"):
        decrypted(path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AgeFileError, match=f"{tmp_path}/absent: the file cannot be read: No such file"):
        decrypted(tmp_path / "absent")


def test_an_existing_file_is_not_replaced(tmp_path: Path) -> None:
    path = encrypted(tmp_path / "file", b"first")
    with pytest.raises(AgeFileError, match=f"{path} exists"):
        encrypted(path, b"second")
    assert decrypted(path) == b"first"


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    creating = age_files.create_encrypted(path, [RECIPIENT])
    creating.__enter__().write(CONTENT)
    path.write_text("somebody else's")
    with pytest.raises(AgeFileError, match=f"{path} exists"):
        creating.__exit__(None, None, None)
    assert path.read_text() == "somebody else's"
    assert list(tmp_path.iterdir()) == [path]


def test_two_processes_do_not_write_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with age_files.create_encrypted(path, [RECIPIENT]) as file:
        with pytest.raises(AgeFileError, match=f"{path}.part exists"):
            encrypted(path)
        file.write(b"first")
    assert decrypted(path) == b"first"


def test_an_error_in_between_leaves_no_file(tmp_path: Path) -> None:
    def fail() -> None:
        with age_files.create_encrypted(tmp_path / "file", [RECIPIENT]) as file:
            file.write(CONTENT)
            raise ValueError("the reader failed")

    with pytest.raises(ValueError, match="the reader failed"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_that_breaks_elsewhere_is_not_taken_for_the_end_of_the_file(tmp_path: Path) -> None:
    def fail() -> None:
        with age_files.create_encrypted(tmp_path / "file", [RECIPIENT]) as file:
            file.write(CONTENT)
            raise BrokenPipeError("the connection to the database")

    with pytest.raises(BrokenPipeError, match="the connection to the database"):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [10, len(CONTENT)], ids=["in the last write", "in between"])
def test_a_full_disk_is_an_error_even_in_the_last_write(size: int) -> None:
    # pyrage itself ignores an error of its last write.
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(age_files._WriteFailed, match="No space left on device"),
        age_files._encrypting(full, [RECIPIENT]) as plain,
    ):
        plain.write(CONTENT[:size])


def test_a_write_that_the_system_refuses_is_reported_with_the_file_and_leaves_none(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(AgeFileError, match=r"file\.part: the file cannot be written: File too large"):
            encrypted(tmp_path / "file")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_stops_early_does_not_wait_for_the_rest(tmp_path: Path) -> None:
    path = encrypted(tmp_path / "file")
    with age_files.open_encrypted(path, [IDENTITY]) as file:
        assert file.read(3) == CONTENT[:3]


def test_a_wrong_recipient_is_named() -> None:
    with pytest.raises(AgeFileError, match="age1hello: this is not an age recipient"):
        age_files.recipient_of("age1hello")


def test_a_private_key_in_the_place_of_a_recipient_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "identity"
    path.write_text(f"# public key: {RECIPIENT}\n{IDENTITY}\n")
    with pytest.raises(AgeFileError, match="a recipient: this is not an age recipient") as caught:
        age_files.read_recipients(path)
    assert "AGE-SECRET-KEY" not in str(caught.value)


def test_recipients_are_read_from_lines(tmp_path: Path) -> None:
    path = tmp_path / "recipients"
    path.write_text(f"# operators\n\n{RECIPIENT}\n{x25519.Identity.generate().to_public()}\n")
    assert [str(found)[:4] for found in age_files.read_recipients(path)] == ["age1", "age1"]
    path.write_text("# nobody\n")
    with pytest.raises(AgeFileError, match=f"{path}: the file has no recipient"):
        age_files.read_recipients(path)


def test_an_identity_file_must_be_private_and_hold_an_identity(tmp_path: Path) -> None:
    path = tmp_path / "identity"
    path.write_text(f"# public key: {RECIPIENT}\n{IDENTITY}\n")
    path.chmod(0o644)
    with pytest.raises(AgeFileError, match=f"{path}: the file has mode 0644; it must be 0600"):
        age_files.read_identities(path)
    path.chmod(0o600)
    assert len(age_files.read_identities(path)) == 1
    for wrong in ("AGE-SECRET-KEY-1HUNTER2", str(RECIPIENT), "# nothing"):
        path.write_text(wrong)
        with pytest.raises(AgeFileError, match=f"{path}: the file must have lines") as caught:
            age_files.read_identities(path)
        assert "HUNTER2" not in str(caught.value)
    path.write_bytes(b"\xff")
    with pytest.raises(AgeFileError, match="must be text"):
        age_files.read_identities(path)
