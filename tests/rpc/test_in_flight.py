"""rpc/in_flight.py: calls are counted, end after their timeout, and can be waited for."""

from __future__ import annotations

import asyncio

import pytest

from strongroom_server.rpc.in_flight import InFlight


async def test_a_call_that_takes_too_long_ends_with_a_timeout() -> None:
    calls = InFlight()
    with pytest.raises(TimeoutError), calls.within(0.05):
        await asyncio.sleep(60)
    assert len(calls) == 0
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_call_that_ends_in_time_is_left_alone() -> None:
    calls = InFlight()
    with calls.within(0.05):
        assert len(calls) == 1
    await asyncio.sleep(0.2)
    with calls.within(60):
        await asyncio.sleep(0.2)


async def test_only_the_late_call_of_several_ends() -> None:
    calls = InFlight()

    async def call(seconds: float) -> str:
        with calls.within(seconds):
            await asyncio.sleep(0.4)
        return "done"

    late, in_time = await asyncio.gather(call(0.05), call(60), return_exceptions=True)
    assert isinstance(late, TimeoutError)
    assert in_time == "done"


async def test_other_code_can_cancel_a_call_that_timed_out() -> None:
    calls = InFlight()

    async def call() -> None:
        with calls.within(0):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                # While the call cleans up, other code cancels it too.
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
                raise

    task = asyncio.create_task(call())
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_call_whose_timeout_was_cleared_is_not_ended() -> None:
    calls = InFlight()
    with calls.within(0.05) as call:
        call.clear_timeout()
        await asyncio.sleep(0.3)
        assert len(calls) == 1


async def test_an_error_inside_a_call_is_raised_unchanged() -> None:
    calls = InFlight()
    with pytest.raises(ValueError, match="its own"), calls.within(60):
        raise ValueError("its own")
    assert len(calls) == 0


async def test_drain_waits_for_calls_at_most_so_long() -> None:
    calls = InFlight()
    assert await calls.drain(0)

    async def call() -> None:
        with calls.within(60):
            await asyncio.sleep(0.2)

    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    assert not await calls.drain(0.01)
    assert await calls.drain(60)
    await task
