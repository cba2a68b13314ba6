"""Grants under kills, freezes and lost responses: no two requests at once, and none lost without a response that died."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from schemes.provider import provider, provider_process
from use.minting import node
from use.refresh_storm import TtlStorm, storm

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]

# Seconds of a run with the other tests, and of one with `make soak`.
SHORT = 5
LONG = 60


async def check(node: Deployment, provider: Provider, journal: Path, rotation: str, seconds: float, seed: int) -> None:
    run = await storm(node, provider, journal, rotation, seconds, seed)
    print(rotation, "| leases |", run.figures())  # noqa: T201 - a figure
    assert run.answers["token"] > 100
    assert run.unexplained() == []
    if rotation in {"strict", "once", "slow"}:
        assert run.overlaps() == 0
    if rotation in {"none", "slow"}:
        assert run.lost == []
    assert len(run.lost) <= run.died()


async def test_grants_of_a_strict_provider_survive_kills_and_freezes(
    node: Deployment, provider: Provider, tmp_path: Path
) -> None:
    await check(node, provider, tmp_path / "journal", "strict", SHORT, seed=1)


# A node waits for another for 25 s, which is 40 % of the grace.
ROTATIONS = ("strict", "once", "grace:63", "none", "slow")


@pytest.mark.soak
@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("seed", [2, 3])
async def test_grants_survive_a_long_storm(
    node: Deployment, provider: Provider, tmp_path: Path, rotation: str, seed: int
) -> None:
    await check(node, provider, tmp_path / "journal", rotation, LONG, seed)


@pytest.mark.soak
@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("seed", [2, 3])
async def test_a_lock_with_a_time_limit_is_measured_in_the_same_storm(
    node: Deployment, provider: Provider, tmp_path: Path, rotation: str, seed: int
) -> None:
    run = await storm(node, provider, tmp_path / "journal", rotation, LONG, seed, TtlStorm)
    print(rotation, "| lock |", run.figures())  # noqa: T201 - a figure
    assert run.answers["token"] > 100
