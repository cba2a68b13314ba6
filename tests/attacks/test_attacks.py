"""Each attack of the table is refused or found where the table says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from attacks.acts import access, lists, repeat_create
from attacks.attack import Where, observed
from attacks.page import PAGE, with_table
from attacks.table import ATTACKS
from attacks.world import World, make_world

if TYPE_CHECKING:
    from attacks.attack import Attack


@pytest.fixture(scope="module")
async def world(postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> World:
    return await make_world(postgres_url, template_database, tmp_path_factory.mktemp("world"))


async def test_without_an_attack_nothing_is_refused_or_found(world: World) -> None:
    async with world.attacked() as attacked:
        for name in ("plain", "updated", "renamed", "destroyed"):
            await access(name)(attacked)
        for key in ("limited", "writer"):
            await lists(key)(attacked)
        await repeat_create("plain")(attacked)
        await attacked.beat()
        assert await attacked.service.ready()
        assert await attacked.findings(world.heads, with_rows=True) == []


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
async def test_an_attack_is_noticed_where_the_table_says(world: World, attack: Attack) -> None:
    async with world.attacked() as attacked:
        where, evidence = await observed(attack, attacked)
    assert (where, attack.evidence in evidence) == (attack.where, True), f"{where}: {evidence}"


def test_the_table_has_at_least_36_attacks_and_none_goes_unnoticed() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 36
    assert Where.NOWHERE not in {attack.where for attack in ATTACKS}


def test_the_security_page_shows_the_table() -> None:
    page = PAGE.read_text()
    assert with_table(page) == page, "run: PYTHONPATH=tests .venv/bin/python -m attacks.page"


def test_the_security_page_names_tests_that_exist() -> None:
    named = set(re.findall(r"\]\(\.\./(tests/[a-z_/]+\.py)\)", PAGE.read_text()))
    assert len(named) > 10
    for name in named:
        assert (PAGE.parents[1] / name).is_file(), name
