"""Every provider unwraps what it wrapped, for that key alone, and says in one line why it does not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from keys.servers import Bao, Kms, age, aws_credentials, bao, kms

from strongroom_server.sealing.key_provider import KeyProvider, ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["aws_credentials", "bao", "kms"]

KEY = bytes(range(32))
NAME = "sealing-1a2b3c4d"

pytestmark = pytest.mark.usefixtures("aws_credentials")


@pytest.fixture(params=["age", "transit", "aws-kms"])
def providers(request: pytest.FixtureRequest, bao: Bao, kms: Kms) -> tuple[KeyProvider, KeyProvider]:
    """A provider, and one of the same kind with another wrapping key."""
    pairs: dict[str, Callable[[], tuple[KeyProvider, KeyProvider]]] = {
        "age": lambda: (age(), age()),
        "transit": lambda: (bao.transit(), bao.transit("other", token_file=bao.root_file())),
        "aws-kms": lambda: (kms.provider(), kms.provider(kms.other_arn)),
    }
    return pairs[request.param]()


async def test_a_wrapped_key_unwraps_to_the_same_key(providers: tuple[KeyProvider, KeyProvider]) -> None:
    provider, _ = providers
    wrapped = await provider.wrap(NAME, KEY)

    assert await provider.unwrap(NAME, wrapped) == KEY
    assert wrapped.isascii()
    assert KEY.hex() not in wrapped
    assert await provider.wrap(NAME, KEY) != wrapped


async def test_a_wrapped_key_is_refused_under_another_name(providers: tuple[KeyProvider, KeyProvider]) -> None:
    provider, _ = providers
    wrapped = await provider.wrap(NAME, KEY)
    for name in ("sealing-1a2b3c4e", "root", "signing-1a2b3c4d"):
        with pytest.raises(ProviderError):
            await provider.unwrap(name, wrapped)


async def test_another_wrapping_key_does_not_unwrap(providers: tuple[KeyProvider, KeyProvider]) -> None:
    provider, other = providers
    wrapped = await provider.wrap(NAME, KEY)
    with pytest.raises(ProviderError) as caught:
        await other.unwrap(NAME, wrapped)
    assert_one_line(str(caught.value))


async def test_every_truncated_wrapped_key_is_refused(providers: tuple[KeyProvider, KeyProvider]) -> None:
    provider, _ = providers
    wrapped = await provider.wrap(NAME, KEY)
    for length in (1, 10, len(wrapped) // 2, len(wrapped.rstrip()) - 5):
        with pytest.raises(ProviderError) as caught:
            await provider.unwrap(NAME, wrapped[:length])
        assert_one_line(str(caught.value))


async def test_a_changed_wrapped_key_is_refused(providers: tuple[KeyProvider, KeyProvider]) -> None:
    provider, _ = providers
    wrapped = await provider.wrap(NAME, KEY)
    at = len(wrapped) // 2
    changed = wrapped[:at] + ("A" if wrapped[at] != "A" else "B") + wrapped[at + 1 :]
    with pytest.raises(ProviderError) as caught:
        await provider.unwrap(NAME, changed)
    assert_one_line(str(caught.value))


async def test_no_provider_shows_its_secret(providers: tuple[KeyProvider, KeyProvider]) -> None:
    shown = repr(providers[0])
    assert "AGE-SECRET-KEY" not in shown
    assert "Transit object" in shown or "Age object" in shown or "AwsKms object" in shown


def assert_one_line(text: str) -> None:
    assert "\n" not in text
    assert KEY.hex() not in text
    assert os.linesep not in text
