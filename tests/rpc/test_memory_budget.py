"""Tests the budget of memory: what is taken, what waits, and what is refused."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from rpc.calls import refused
from waiting import until

from strongroom.v1 import error_reason_pb2
from strongroom.v1.credential_service_pb2 import ListCredentialsRequest
from strongroom_server.core import memory
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.memory import Budget

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment


async def test_those_that_wait_get_their_part_in_order() -> None:
    budget, order = Budget(10), list[str]()

    async def take(name: str, size: int) -> None:
        async with budget.part(size):
            order.append(name)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(budget.part(6))
        waiting = []
        # The small one could have its part at once, but then the large one might wait forever.
        for name, size in (("large", 8), ("small", 1)):
            waiting.append(asyncio.create_task(take(name, size)))
            await asyncio.sleep(0)
        assert order == []
    await asyncio.gather(*waiting)
    assert order == ["large", "small"]
    assert budget.taken == 0


async def test_what_exceeds_the_whole_budget_takes_all_of_it() -> None:
    budget = Budget(10)
    async with budget.part(100):
        assert budget.taken == 10
    assert budget.taken == 0


async def test_one_that_waits_too_long_is_refused_and_lets_the_others_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_WAIT_SECONDS", 0.02)
    budget = Budget(10)
    async with budget.part(6):
        with pytest.raises(ServiceError) as refusal:
            async with budget.part(5):
                pass
        assert refusal.value.reason == error_reason_pb2.ERROR_REASON_OVERLOADED
        assert refusal.value.metadata == {"retry_seconds": "1"}
        async with budget.part(4):
            assert budget.taken == 10
    assert budget.taken == 0


@pytest.mark.parametrize("given", [False, True], ids=["while it waits", "when it was given its part"])
async def test_one_that_is_cancelled_takes_nothing(*, given: bool) -> None:
    budget = Budget(10)

    async def take() -> None:
        async with budget.part(10):
            pass

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(budget.part(1))
        waiting = asyncio.create_task(take())
        await asyncio.sleep(0)
        if given:
            await stack.aclose()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert budget.taken == 0
    async with asyncio.timeout(1), budget.part(10):
        pass


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("536870912", 128), ("67108864", 64), ("max", None)],
    ids=["a quarter", "at least 64 MB", "no limit"],
)
def test_the_default_is_a_quarter_of_the_containers_limit(
    limit: str, expected: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "memory.max").write_text(f"{limit}\n", encoding="ascii")
    monkeypatch.setattr(memory, "_LIMITS", ())
    of_machine = memory.default_mb()
    monkeypatch.setattr(memory, "_LIMITS", (tmp_path / "missing", tmp_path / "memory.max"))
    assert memory.default_mb() == (of_machine if expected is None else expected)


async def test_a_page_is_refused_without_memory_and_smaller_calls_are_not(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_WAIT_SECONDS", 0.02)
    async with memory.RESPONSES.part(memory.RESPONSES.total):
        call = deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=deployment.metadata)
        assert (await refused(call)).reason == "OVERLOADED"
        assert (await deployment.http.get("/readyz")).status_code == 200
    await deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=deployment.metadata)
    # The call ends once gRPC has sent its response.
    await until(lambda: memory.RESPONSES.taken == 0)
