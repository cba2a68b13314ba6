"""When a failed delivery is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from strongroom_server.events.delivery import BACKOFF, retry_time_of
from strongroom_server.store.deliveries import Taken

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ANY: Any = None


def taken(failures: int, left: timedelta = timedelta(days=3)) -> Taken:
    return Taken(UUID(int=1), NOW, failures, NOW + left, ANY)


def test_every_wait_is_within_its_jitter_and_the_last_attempt_within_three_days() -> None:
    for failures, wait in enumerate(BACKOFF):
        retry_time = retry_time_of(taken(failures), NOW)
        assert retry_time is not None
        assert wait * 0.9 <= retry_time - NOW <= wait
    assert retry_time_of(taken(len(BACKOFF)), NOW) is None
    assert sum(BACKOFF, timedelta()) < timedelta(days=3)


@pytest.mark.parametrize(
    ("failures", "retry_seconds", "expected"),
    [
        (0, 120, 120),
        (0, 1, 5),
        (3, 120, 7200),
        (3, 86_400, 86_400),
    ],
)
def test_a_receiver_can_delay_the_next_attempt_and_cannot_bring_it_forward(
    failures: int, retry_seconds: float, expected: float
) -> None:
    retry_time = retry_time_of(taken(failures), NOW, retry_seconds)
    assert retry_time is not None
    assert expected * 0.9 <= (retry_time - NOW).total_seconds() <= expected


def test_a_receiver_that_asks_for_more_than_what_is_left_is_tried_as_if_it_had_not_asked() -> None:
    retry_time = retry_time_of(taken(1, left=timedelta(hours=1)), NOW, 86_400)
    assert retry_time is not None
    assert retry_time - NOW <= BACKOFF[1]
    assert retry_time_of(taken(3, left=timedelta(hours=1)), NOW, 60) is None
