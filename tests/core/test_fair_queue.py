"""Calls take turns by organisation and then by caller, whatever is cancelled when."""

from __future__ import annotations

import asyncio
import itertools
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import until

from strongroom_server.core import fair_queue
from strongroom_server.core.activity import REST_TURNS, Activity
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.fair_queue import MOST_WITHOUT_REST, FairQueue

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from strongroom_server.core.fair_queue import Turn

MOST, SHARED, TOTAL = 4, 2, 6


class Clock:
    """The clock of the queues of a test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module", autouse=True)
def clock() -> Iterator[Clock]:
    """Replaces the monotonic clock."""
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr(fair_queue, "monotonic", clock)
        # Every turn of the event loop takes long, so an organisation has its share and no more.
        patch.setattr(fair_queue, "thread_time", itertools.count().__next__)
        yield clock


class Calls:
    """Calls that go through a queue and run until the test ends them."""

    def __init__(
        self,
        most: int = MOST,
        shared: int = SHARED,
        total: int = TOTAL,
        activity: Activity | None = None,
        rest_factor: int = 0,
    ) -> None:
        self.queue = FairQueue("test", activity or Activity(), most, shared, total, rest_factor=rest_factor)
        # The names of those that began to run, in order.
        self.began: list[str] = []
        self.running: dict[asyncio.Task[None], tuple[str, asyncio.Event]] = {}
        self.tasks: dict[asyncio.Task[None], tuple[str, str]] = {}

    def make(
        self, organisation: str, caller: str = "key", *, sheds: bool = True, counts: bool = True
    ) -> asyncio.Task[None]:
        """Begin a call. It reaches the queue in the next turn of the loop."""
        turn = self.queue.turn(organisation, caller, sheds=sheds, counts=counts)
        task = asyncio.create_task(self._call(turn, organisation, caller))
        self.tasks[task] = (organisation, caller)
        return task

    async def _call(self, turn: Turn, organisation: str, caller: str) -> None:
        task = asyncio.current_task()
        assert task is not None
        async with turn:
            end = asyncio.Event()
            self.running[task] = (organisation, end)
            self.began.append(f"{organisation} {caller}")
            try:
                await end.wait()
            finally:
                del self.running[task]

    def waiting(self) -> dict[asyncio.Task[None], tuple[str, str]]:
        return {task: who for task, who in self.tasks.items() if not task.done() and task not in self.running}

    async def end(self, index: int = 0) -> None:
        """End one of the running calls, and let those that follow begin."""
        list(self.running.values())[index][1].set()
        await settle()

    async def end_all(self) -> None:
        while self.running:
            await self.end()

    def running_of(self, organisation: str) -> int:
        return sum(each == organisation for each, _ in self.running.values())


async def settle() -> None:
    """Let every task run until it waits for something that the test must do."""
    for _ in range(REST_TURNS + 6):
        await asyncio.sleep(0)


def run(test: Coroutine[Any, Any, None]) -> None:
    """Run a test on a loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(test)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), st.sampled_from("ABC"), st.sampled_from("xy")),
        st.tuples(st.just("end"), st.integers(0, 20)),
        st.tuples(st.just("cancel"), st.integers(0, 40)),
        st.tuples(st.just("step")),
        st.tuples(st.just("settle")),
        st.tuples(st.just("clock"), st.sampled_from((0.1, 1.5))),
    ),
    max_size=60,
)


@given(STEPS)
@settings(max_examples=150)
def test_no_order_of_calls_ends_and_cancellations_loses_a_turn(steps: list[tuple[Any, ...]]) -> None:
    async def test() -> None:
        calls = Calls()
        for kind, *arguments in steps:
            if kind == "call":
                calls.make(*arguments, sheds=False)
            elif kind == "end" and calls.running:
                # The turn is handed over later, so that a cancellation can come before it.
                list(calls.running.values())[arguments[0] % len(calls.running)][1].set()
            elif kind == "cancel" and (under_way := [task for task in calls.tasks if not task.done()]):
                under_way[arguments[0] % len(under_way)].cancel()
            elif kind == "step":
                await asyncio.sleep(0)
            elif kind == "settle":
                await settle()
                require_bounds(calls)
            elif kind == "clock":
                fair_queue.monotonic.now += arguments[0]  # type: ignore[attr-defined] # the test's clock
        await settle()
        require_bounds(calls)
        await calls.end_all()
        ended = await asyncio.gather(*calls.tasks, return_exceptions=True)
        assert all(each is None or isinstance(each, asyncio.CancelledError) for each in ended)
        assert (calls.queue.waiting, calls.queue._running) == (0, 0)
        assert not calls.queue._organisations
        assert not calls.queue._turns

    run(test())


def require_bounds(calls: Calls) -> None:
    """No more run than may. Whatever waits is within a queue whose organisation or node has its share."""
    assert len(calls.running) <= TOTAL
    waiting = {organisation for organisation, _ in calls.waiting().values()}
    assert calls.queue.waiting == len(calls.waiting())
    for organisation in "ABC":
        assert calls.running_of(organisation) <= MOST
    for organisation in waiting:
        assert len(calls.running) == TOTAL or calls.running_of(organisation) >= SHARED


async def test_an_organisation_that_is_alone_has_more_calls_than_one_beside_others(clock: Clock) -> None:
    calls = Calls()
    clock.now += 10
    calls.make("A")
    await settle()
    clock.now += 2
    for _ in range(9):
        calls.make("A")
    await settle()
    assert calls.running_of("A") == MOST
    calls.make("B")
    await settle()
    assert calls.running_of("B") == 1, "a newcomer waits behind nobody"
    await calls.end()
    await calls.end()
    assert calls.running_of("A") == SHARED, "its further calls wait, because another is active"
    clock.now += 2
    await calls.end()
    assert calls.running_of("A") == MOST, "it is alone again"
    await calls.end_all()


async def test_an_organisation_is_beside_one_that_calls_in_another_lane(clock: Clock) -> None:
    activity = Activity()
    lists, gets = Calls(activity=activity), Calls(activity=activity)
    clock.now += 10
    lists.make("B")
    await settle()
    for _ in range(9):
        gets.make("A")
    await settle()
    assert gets.running_of("A") == SHARED
    clock.now += 2
    await gets.end()
    assert gets.running_of("A") == MOST, "the list is longer than a second ago"
    await gets.end_all()
    await lists.end_all()


async def test_a_stream_that_looks_for_news_does_not_take_places_from_others(clock: Clock) -> None:
    calls = Calls()
    clock.now += 10
    for _ in range(MOST):
        calls.make("A", "stream", counts=False)
    await settle()
    for _ in range(9):
        calls.make("B")
    await settle()
    assert calls.running_of("B") == TOTAL - MOST
    for _ in range(MOST):
        calls.make("A", "stream", counts=False)
    await calls.end()
    assert calls.running_of("B") == TOTAL - MOST + 1, "it is alone"
    await calls.end_all()


async def test_the_place_of_a_call_is_free_some_turns_after_its_end() -> None:
    calls = Calls(most=1, shared=1, total=1)
    # Two are active.
    calls.make("A")
    await settle()
    calls.make("B")
    await settle()
    next(iter(calls.running.values()))[1].set()
    # The call sees its end in the first of them.
    for _ in range(REST_TURNS):
        await asyncio.sleep(0)
    assert calls.began == ["A key"]
    await settle()
    assert calls.began == ["A key", "B key"]
    await calls.end_all()


async def test_calls_that_end_together_are_followed_by_one_call_in_a_turn(clock: Clock) -> None:
    calls = Calls(most=3, shared=3, total=6)
    clock.now += 10
    calls.make("B")
    for _ in range(6):
        calls.make("A")
    await settle()
    assert calls.running_of("A") == 3
    for organisation, end in list(calls.running.values()):
        if organisation == "A":
            end.set()
    began = []
    for _ in range(REST_TURNS + 8):
        began.append(len(calls.began))
        await asyncio.sleep(0)
    assert len(calls.began) == began[0] + 3
    assert max(after - before for before, after in itertools.pairwise(began)) == 1
    await calls.end_all()


@pytest.mark.parametrize(
    ("waiting", "rests"), [(MOST_WITHOUT_REST, False), (MOST_WITHOUT_REST + 2, True)], ids=["few wait", "many wait"]
)
async def test_the_place_of_a_call_rests_as_a_multiple_of_its_time_if_its_organisation_floods(
    waiting: int, rests: bool, clock: Clock
) -> None:
    calls = Calls(most=2, shared=1, total=2, rest_factor=2)
    clock.now += 10
    calls.make("B")
    for _ in range(1 + waiting):
        calls.make("A")
    await settle()
    assert calls.running_of("A") == 1
    took = 0.05
    clock.now += took
    next(end for organisation, end in calls.running.values() if organisation == "A").set()
    began = time.monotonic()
    await settle()
    assert (calls.running_of("A") == 0) == rests
    await until(lambda: calls.running_of("A") == 1)
    if rests:
        assert time.monotonic() - began >= 2 * took
    await calls.end_all()


async def test_more_calls_of_an_organisation_run_beside_others_while_turns_are_short(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Calls(most=MOST, shared=1, total=8)
    clock.now += 10
    calls.make("A")
    calls.make("B")
    for _ in range(60):
        calls.make("A")
    await settle()
    assert calls.running_of("A") == 1
    with monkeypatch.context() as patch:
        patch.setattr(fair_queue, "thread_time", lambda: 0.0)
        for _ in range(40):
            calls.make("B")
            await calls.end()
        assert calls.running_of("A") == MOST
    # And fewer as soon as they are long.
    for _ in range(8):
        calls.make("B")
        await calls.end()
    assert calls.running_of("A") == 1
    await calls.end_all()


async def test_organisations_and_then_their_callers_take_turns() -> None:
    calls = Calls(most=1, shared=1, total=1)
    calls.make("A", "first")
    await settle()
    for _ in range(50):
        calls.make("A", "flood")
    await settle()
    for _ in range(2):
        calls.make("A", "other")
        calls.make("B", "only")
    await settle()
    await calls.end_all()
    assert calls.began[:8] == [
        "A first", "A flood", "B only", "A other", "B only", "A flood", "A other", "A flood",
    ]  # fmt: skip
    assert len(calls.began) == 55


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from("xyz")), min_size=1, max_size=60))
@settings(max_examples=60)
def test_nobody_is_passed_twice_by_the_same_organisation_or_caller(arrivals: list[tuple[str, str]]) -> None:
    async def test() -> None:
        calls = Calls(most=1, shared=1, total=1)
        calls.make("Z")
        await settle()
        for organisation, caller in arrivals:
            calls.make(organisation, caller)
        await settle()
        await calls.end_all()
        order = [each.split() for each in calls.began[1:]]
        left = [list(each) for each in arrivals]
        since: dict[tuple[str, ...], dict[str, int]] = {}
        for organisation, caller in order:
            left.remove([organisation, caller])
            waiting = {each for each, _ in left} | {organisation}
            # Turns that each waiting organisation has seen others take since its own last one.
            for one in waiting - {organisation}:
                seen = since.setdefault((one,), {})
                seen[organisation] = seen.get(organisation, 0) + 1
                assert seen[organisation] <= 1
            since[(organisation,)] = {}
            for other in {each for of, each in left if of == organisation} - {caller}:
                seen = since.setdefault((organisation, other), {})
                seen[caller] = seen.get(caller, 0) + 1
                assert seen[caller] <= 1
            since[(organisation, caller)] = {}
        assert not left

    run(test())


async def test_a_call_that_is_cancelled_as_its_turn_comes_hands_it_on() -> None:
    calls = Calls(most=1, shared=1, total=1)
    calls.make("A")
    await settle()
    cancelled, next_ = calls.make("A"), calls.make("A")
    await settle()
    cancelled.cancel()
    # The call that ends now finds the cancelled one first, because that one's task has not run since.
    await calls.end()
    assert cancelled.cancelled()
    assert list(calls.running) == [next_]
    await calls.end_all()
    assert calls.queue.waiting == 0


async def test_an_organisation_whose_calls_wait_too_long_is_refused_until_they_do_not(clock: Clock) -> None:
    calls = Calls(most=1, shared=1, total=2)
    for _ in range(6):
        calls.make("A")
    await settle()
    for _ in range(2):
        clock.now += fair_queue.MOST_WAIT_SECONDS + 0.1
        await calls.end()
    with pytest.raises(ServiceError) as refused:
        await calls.make("A")
    assert refused.value.metadata["retry_seconds"] == "1"
    other = calls.make("B")
    await settle()
    assert other in calls.running, "another organisation is not refused"
    stream = calls.make("A", sheds=False)
    await settle()
    assert not stream.done(), "a stream that was let in is not refused"
    await calls.end_all()
    admitted = calls.make("A")
    await settle()
    assert admitted in calls.running
    await calls.end_all()


async def test_a_full_queue_refuses_the_last_of_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_queue, "MOST_WAITING", 5)
    calls = Calls(most=1, shared=1, total=1)
    calls.make("Z")
    await settle()
    flood = [calls.make("A", f"k{index % 2}") for index in range(5)]
    await settle()
    with pytest.raises(ServiceError):
        await calls.make("A")
    other = calls.make("B")
    await settle()
    assert [task.done() for task in flood] == [False, False, False, True, False]
    assert not other.done()
    with pytest.raises(ServiceError):
        await flood[3]
    assert calls.queue.waiting == 5
    await calls.end_all()
    assert calls.queue.waiting == 0


async def test_hundreds_of_calls_that_give_up_together_leave_nothing() -> None:
    calls = Calls(most=1, shared=1, total=1)
    calls.make("A")
    await settle()
    waiting = [calls.make("A", sheds=False) for _ in range(2000)]
    await settle()
    for task in waiting:
        task.cancel()
    for task in waiting:
        with suppress(asyncio.CancelledError):
            await task
    assert calls.queue.waiting == 0
    assert not calls.queue._turns
    await calls.end_all()


async def test_a_turn_that_ended_early_ends_once() -> None:
    queue = FairQueue("test", Activity(), MOST, SHARED, TOTAL)
    async with queue.turn("A", "key") as turn:
        turn.end()
        turn.end()
        await settle()
        assert queue._running == 0
    await settle()
    assert (queue._running, queue._organisations) == (0, {})
