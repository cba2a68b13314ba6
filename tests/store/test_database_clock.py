"""A node whose database has a wrong clock is not ready, logs it, and is ready again when the clock is right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from waiting import until

from strongroom_server.store import watch as watch_module
from strongroom_server.store.watch import CLOCK_LIMIT, Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Deployment

CLOCK = "create or replace function strongroom_now() returns timestamptz language sql stable as $$ select {} $$"
RIGHT = "statement_timestamp()"


@pytest.mark.parametrize("ahead", ["interval '61 seconds'", "interval '-61 seconds'", "interval '-2 years'"])
async def test_a_node_is_not_ready_while_the_clock_is_far_from_its_own(
    own_deployment: Deployment, ahead: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with own_deployment.sql() as sql:
        assert (await own_deployment.http.get("/readyz")).status_code == 200
        await sql.execute(CLOCK.format(f"{RIGHT} + {ahead}"))
        await own_deployment.hear()
        assert (await own_deployment.http.get("/readyz")).status_code == 503
        await sql.execute(CLOCK.format(RIGHT))
        await own_deployment.hear()
        assert (await own_deployment.http.get("/readyz")).status_code == 200
    logged = capsys.readouterr()
    assert (logged.out + logged.err).count("clock wrong") == 1


async def test_a_clock_that_runs_back_is_wrong_until_it_has_caught_up(own_deployment: Deployment) -> None:
    ready = own_deployment.service.ready
    async with own_deployment.sql() as sql:
        await sql.execute(CLOCK.format(f"{RIGHT} + interval '3 seconds'"))
        await own_deployment.hear()
        assert await ready()
        await sql.execute(CLOCK.format(RIGHT))
        await own_deployment.hear()
        assert not await ready()
        await until(ready)


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float, float], bool]:
    """Whether a clock is right that returned the first time between the node's second and third, in seconds."""
    watch = object.__new__(Watch)
    watch._latest, watch._clock_problem = datetime.min.replace(tzinfo=UTC), ""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(watch_module, "_log", _Silent())

    def is_right(database: float, asked: float, answered: float) -> bool:
        watch._database_time = begin + timedelta(seconds=database)
        watch._check_clock(begin + timedelta(seconds=asked), begin + timedelta(seconds=answered))
        return watch.clock_is_right

    return is_right


class _Silent:
    def error(self, *_: object, **__: object) -> None: ...
    def info(self, *_: object, **__: object) -> None: ...


def test_the_limit_is_sixty_seconds_either_way(check: Callable[[float, float, float], bool]) -> None:
    assert timedelta(seconds=60) == CLOCK_LIMIT
    assert check(40, 100, 100)
    assert not check(40, 101, 101)
    assert check(161, 101, 101)
    assert not check(162, 101, 101)


def test_a_node_that_was_frozen_during_a_beat_does_not_suspect_the_clock(
    check: Callable[[float, float, float], bool],
) -> None:
    assert check(0, 0, 600)
    assert check(600, 0, 600)


def test_a_step_back_of_less_than_a_second_is_accepted(check: Callable[[float, float, float], bool]) -> None:
    assert check(10, 10, 10)
    assert check(9.1, 10, 10)
    assert not check(8.9, 10, 10)


def test_a_clock_that_was_far_ahead_and_is_right_again_does_not_run_back(
    check: Callable[[float, float, float], bool],
) -> None:
    assert check(0, 0, 0)
    assert not check(3600, 1, 1)
    assert check(2, 2, 2)
