"""An identity file is read as age-keygen writes it, plain or protected by a passphrase; age's own format stays readable."""

from __future__ import annotations

import pyrage
import pytest
from keys import weak_passphrases
from keys.servers import new_identity

from strongroom_server.keys.providers.age import Age, identity_in, is_encrypted
from strongroom_server.sealing.key_provider import ProviderError

KEY = bytes(range(32))


def no_passphrase() -> str:
    raise AssertionError


def test_the_identity_is_found_among_the_comments_of_age_keygen() -> None:
    identity = new_identity()
    content = f"# created: 2026-01-01T00:00:00Z\n# public key: age1…\n{identity}\n"
    assert identity_in(content.encode(), no_passphrase) == identity


@pytest.mark.parametrize("armored", [False, True])
def test_a_passphrase_opens_an_encrypted_identity(armored: bool) -> None:
    identity = new_identity()
    content = weak_passphrases.encrypt(identity.encode(), "correct horse", armored=armored)
    assert is_encrypted(content)
    assert identity_in(content, lambda: "correct horse") == identity
    with pytest.raises(ProviderError, match="the passphrase does not decrypt it") as caught:
        identity_in(content, lambda: "hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"AGE-SECRET-KEY-1WRONG\n", b"AGE-SECRET-KEY-1A\nAGE-SECRET-KEY-1B"]
)
def test_a_file_without_exactly_one_identity_is_refused_and_not_shown(content: bytes) -> None:
    with pytest.raises(ProviderError, match="exactly one identity") as caught:
        identity_in(content, no_passphrase)
    assert "WRONG" not in str(caught.value)


async def test_age_itself_reads_a_wrapped_key_if_strongroom_is_lost() -> None:
    identity = new_identity()
    wrapped = await Age(identity).wrap("sealing-1a2b3c4d", KEY)
    plain = pyrage.decrypt(wrapped.encode(), [pyrage.x25519.Identity.from_str(identity)])
    assert plain == f"sealing-1a2b3c4d {KEY.hex()}\n".encode()


@pytest.mark.parametrize("plain", [b"sealing-1a2b3c4d hunter2", b"\xff\xfe", b"sealing-1a2b3c4d \xd9\xa1"])
async def test_what_is_no_key_is_refused_and_not_shown(plain: bytes) -> None:
    identity = new_identity()
    recipient = pyrage.x25519.Identity.from_str(identity).to_public()
    wrapped = pyrage.encrypt(plain, [recipient], armored=True).decode()
    with pytest.raises(ProviderError, match="the file holds no key") as caught:
        await Age(identity).unwrap("sealing-1a2b3c4d", wrapped)
    assert "hunter2" not in str(caught.value)
