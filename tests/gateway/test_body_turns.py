"""Tests whose body is read and parsed next, and what parsing leaves to others. Nothing here asserts how long something took."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from gateway.running import TINES, headers, listening
from rpc.calls import key_of, other_organisation
from waiting import until

from strongroom.v1.organisation_service_pb2 import ROLE_WRITER
from strongroom_server.core.errors import ServiceError
from strongroom_server.gateway import body_turns, json_body
from strongroom_server.gateway.app import application
from strongroom_server.gateway.body_turns import SMALL, BodyTurns
from strongroom_server.gateway.problems import RefusedError
from strongroom_server.gateway.services import services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment

# What takes longest to parse, of the size below which a body may have any number of values.
DENSE = b'{"a":[' + b"{}," * 21_000 + b"{}]}"
# Without its end, and without what a create requires.
LARGE = b'{"name":"n","a":"' + b"x" * 2 * SMALL + b'"'


class Parsed:
    """Makes the parser note how many bodies it has got."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        original = json_body.parse

        def parse(body: bytes) -> Any:
            self.count += 1
            return original(body)

        monkeypatch.setattr(json_body, "parse", parse)


async def turns_between(bodies: BodyTurns, content: bytes, count: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many turns of the event loop others have after each of so many bodies that are parsed at once."""
    parsed, turns = Parsed(monkeypatch), [0] * (count + 1)
    tasks = [asyncio.create_task(bodies.parse(content)) for _ in range(count)]
    while not all(task.done() for task in tasks):
        turns[parsed.count] += 1
        await asyncio.sleep(0)
    return turns[1:-1]


async def test_others_have_turns_of_the_event_loop_between_large_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    between = await turns_between(BodyTurns(), DENSE, 6, monkeypatch)
    # A call needs about 20.
    assert all(turns > 100 for turns in between)


async def test_small_bodies_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = BodyTurns()
    parsed = Parsed(monkeypatch)
    tasks = [asyncio.create_task(bodies.parse(DENSE)) for _ in range(3)]
    await asyncio.sleep(0)
    assert parsed.count == 1
    assert (await bodies.parse(b'{"a":1}')).values == {"a": 1}
    assert parsed.count == 2
    await asyncio.gather(*tasks)


async def test_a_body_that_is_refused_gives_the_parser_back() -> None:
    bodies = BodyTurns()
    for _ in range(2):
        with pytest.raises(RefusedError):
            await bodies.parse(b"[" * 2 * SMALL)


async def test_the_bodies_of_an_organisation_wait_for_each_other_and_not_those_of_another() -> None:
    bodies = BodyTurns()
    entered: list[str] = []
    leave = asyncio.Event()

    async def enter(caller: str) -> None:
        async with bodies.turn(caller, caller):
            entered.append(caller)
            await leave.wait()

    async with asyncio.TaskGroup() as group:
        for caller in "a" * 20 + "b":
            group.create_task(enter(caller))
        await asyncio.sleep(0)
        assert entered == [*"aaaa", "b"]
        leave.set()
    assert len(entered) == 21


async def test_a_body_waits_for_a_limited_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_turns, "_WAIT_SECONDS", 0.01)
    bodies = BodyTurns()
    async with AsyncExitStack() as stack:
        for _ in range(4):
            await stack.enter_async_context(bodies.turn("a", "k"))
        with pytest.raises(ServiceError, match="OVERLOADED"):
            await stack.enter_async_context(bodies.turn("a", "k"))
    async with bodies.turn("a", "k"):
        pass


async def test_a_slow_body_holds_up_only_its_organisation(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = Parsed(monkeypatch)
    _, by = await other_organisation(deployment)
    key = headers((await key_of(deployment, ROLE_WRITER, by=by))[0][1].removeprefix("Bearer "))
    served = deployment.service
    stubs = services(served.channel(), served.authenticate)
    finish = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield LARGE
        await finish.wait()
        yield b"}"

    async with listening(application(stubs, served.ready)) as http:

        async def send(content: bytes | AsyncIterator[bytes], sent: dict[str, str]) -> int:
            return (await http.post(TINES, content=content, headers=sent, timeout=30)).status_code

        slowly = [asyncio.create_task(send(slow(), key)) for _ in range(4)]
        await until(lambda: stubs.bodies._queue._running == 4)
        waits = asyncio.create_task(send(LARGE + b"}", key))
        await until(lambda: stubs.bodies._queue.waiting == 1)
        # The other organisation's body arrives later.
        assert await send(LARGE + b"}", headers(deployment.api_key)) == 422
        assert parsed.count == 1
        finish.set()
        assert await asyncio.gather(*slowly, waits) == [422] * 5
    assert (parsed.count, stubs.bodies._queue._running) == (6, 0)
