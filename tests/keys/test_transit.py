"""Each failure of OpenBao is one line that names the setting to correct."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from keys.servers import Bao, bao
from ports import free_port

from strongroom_server.sealing.key_provider import ProviderError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["bao"]

KEY = bytes(range(32))


async def test_a_server_that_is_down_is_named(bao: Bao) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ProviderError, match=f"{url} cannot be connected to .*STRONGROOM_TRANSIT_URL"):
        await bao.transit(url=url).wrap("root", KEY)


@pytest.mark.parametrize("token", ["hvs.wrong", "s.0123456789"])
async def test_a_wrong_token_is_refused_and_not_shown(bao: Bao, tmp_path: Path, token: str) -> None:
    file = tmp_path / "token"
    file.write_text(token)
    with pytest.raises(ProviderError, match=r"refuses the token: .*STRONGROOM_TRANSIT_TOKEN_FILE") as caught:
        await bao.transit(token_file=file).wrap("root", KEY)
    assert token not in str(caught.value)


async def test_a_key_that_the_policy_does_not_allow_is_refused(bao: Bao) -> None:
    with pytest.raises(ProviderError, match="allows `update` on transit/encrypt/other"):
        await bao.transit("other").wrap("root", KEY)


async def test_a_transit_key_that_does_not_exist_is_not_created(bao: Bao) -> None:
    with pytest.raises(ProviderError, match=r"create the transit key|allows `update`"):
        await bao.transit("absent").wrap("root", KEY)


@pytest.mark.parametrize("content", ["", "two tokens", "line\nline", "\N{SNOWMAN}"])
async def test_a_file_without_one_token_is_named(bao: Bao, tmp_path: Path, content: str) -> None:
    file = tmp_path / "token"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ProviderError, match=f"STRONGROOM_TRANSIT_TOKEN_FILE: {re.escape(str(file))} must hold one"):
        await bao.transit(token_file=file).wrap("root", KEY)


async def test_a_missing_token_file_is_named(bao: Bao, tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"STRONGROOM_TRANSIT_TOKEN_FILE: .*absent: No such file"):
        await bao.transit(token_file=tmp_path / "absent").wrap("root", KEY)


async def test_a_renewed_token_is_used_without_a_restart(bao: Bao, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("hvs.expired")
    transit = bao.transit(token_file=file)
    with pytest.raises(ProviderError):
        await transit.wrap("root", KEY)
    file.write_text(bao.token_file.read_text())
    assert await transit.unwrap("root", await transit.wrap("root", KEY)) == KEY


async def test_a_key_wrapped_before_the_transit_key_was_rotated_still_unwraps(bao: Bao) -> None:
    wrapped = await bao.transit().wrap("root", KEY)
    await bao.call("transit/keys/strongroom/rotate", {})
    assert await bao.transit().unwrap("root", wrapped) == KEY
