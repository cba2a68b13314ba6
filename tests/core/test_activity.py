"""Long work gives turns of the event loop to others: one while its organisation is alone, and as many as a call needs otherwise."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from strongroom_server.core.activity import ACTIVE_SECONDS, REST_TURNS, Activity


async def turns_of(activity: Activity, organisation_id: str) -> int:
    """How many turns of the loop the others have during a rest."""
    seen = 0

    async def count() -> None:
        nonlocal seen
        while True:
            seen += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await activity.rest(organisation_id)
    counting.cancel()
    return seen


async def test_work_rests_longer_beside_others() -> None:
    activity = Activity()
    assert await turns_of(activity, "A") == 1, "nobody has called"
    activity.called("A", monotonic())
    assert await turns_of(activity, "A") == 1
    assert await turns_of(activity, "B") == REST_TURNS
    activity.called("B", monotonic())
    assert await turns_of(activity, "A") == REST_TURNS
    assert await turns_of(activity, "B") == REST_TURNS


@pytest.mark.parametrize(
    ("calls", "organisation", "expected"),
    [
        ("", "A", False),
        ("A", "A", False),
        ("AAA", "A", False),
        ("A", "B", True),
        ("AB", "A", True),
        ("AB", "B", True),
        ("ABB", "B", True),
        ("ABC", "B", True),
        ("A-", "B", False),
        ("A-B", "B", False),
        ("AB-", "A", False),
        ("AB-A", "A", False),
        ("A-BA", "B", True),
        ("ABA-A", "A", False),
    ],
)
def test_an_organisation_is_beside_those_that_called_within_a_second(
    calls: str, organisation: str, *, expected: bool
) -> None:
    """A letter is a call of an organisation, 0.01 s after the one before it; - is a pause."""
    activity = Activity()
    now = 0.0
    for call in calls:
        if call == "-":
            now += ACTIVE_SECONDS
        else:
            now += 0.01
            activity.called(call, now)
    assert activity.beside_others(organisation, now) is expected
