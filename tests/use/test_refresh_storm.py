"""Grants under kills, freezes and lost responses: no two requests at once, and none lost without a response that died."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from schemes.provider import provider, provider_process
from use.minting import node
from use.refresh_storm import storm

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]

# Seconds of a run with the other tests, and of one with `make soak`.
SHORT = 10
LONG = 60


async def check(node: Deployment, provider: Provider, journal: Path, rotation: str, seconds: float, seed: int) -> None:
    run = await storm(node, provider, journal, rotation, seconds, seed)
    print(rotation, len(provider.log()), "requests", len(run.lost), "lost", run.answers, run.faults)  # noqa: T201 - a figure
    assert run.answers["token"] > 100
    assert run.unexplained() == []
    if rotation in {"strict", "once"}:
        assert run.overlaps() == 0
    if rotation == "none":
        assert run.lost == []


async def test_grants_of_a_strict_provider_survive_kills_and_freezes(
    node: Deployment, provider: Provider, tmp_path: Path
) -> None:
    await check(node, provider, tmp_path / "journal", "strict", SHORT, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("rotation", ["strict", "once", "grace:10", "none"])
@pytest.mark.parametrize("seed", [2, 3])
async def test_grants_survive_a_long_storm(
    node: Deployment, provider: Provider, tmp_path: Path, rotation: str, seed: int
) -> None:
    await check(node, provider, tmp_path / "journal", rotation, LONG, seed)
