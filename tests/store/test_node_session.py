"""A process keeps its number and its lock, and sees when another process is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest
from waiting import until

from strongroom_server.store import database as databases
from strongroom_server.store import node_session
from strongroom_server.store.node_session import Held, NodeSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom_server.store.database import Database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    pool = await databases.connect(database_url, size=2)
    yield pool
    await pool.close()


async def test_the_same_number_is_locked_again_after_a_reconnect(database_url: str) -> None:
    session = NodeSession()
    first = await asyncpg.connect(database_url)
    await session.keep(first)
    before = session.held
    second = await asyncpg.connect(database_url)
    # The server does not know yet that the first connection is lost.
    await session.keep(second)
    assert not session.held
    await first.close()

    async def held() -> Held | None:
        await session.keep(second)
        return session.held

    await until(held)
    after = await held()
    assert before is not None
    assert after is not None
    assert (after.number, after.pid != before.pid, after.since > before.since) == (before.number, True, True)
    second.terminate()
    assert not session.held


async def test_a_number_whose_connection_stays_open_at_the_server_is_replaced(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr(node_session, "boot_time", lambda: now)
    session = NodeSession()
    first, second = [await asyncpg.connect(database_url) for _ in range(2)]
    await session.keep(first)
    before = session.held
    await session.keep(second)
    now += 6
    await session.keep(second)
    after = session.held
    assert before is not None
    assert after is not None
    assert after.number > before.number
    for connection in (first, second):
        await connection.close()


async def test_a_lost_session_counts_as_gone_after_a_time_and_only_for_an_older_one(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr(node_session, "boot_time", lambda: now)
    mine, other = NodeSession(), NodeSession()
    connections = [await asyncpg.connect(database_url) for _ in range(2)]
    for session, connection in zip((mine, other), connections, strict=True):
        await session.keep(connection)
    assert other.held is not None
    number = other.held.number
    now += 60
    assert not await mine.is_gone(database, number, 25)
    await connections[1].close()
    looks = []
    for _ in range(4):
        now += 0.5
        looks.append(await mine.is_gone(database, number, 25))
    assert looks == [False, False, True, True]
    # After a gap nobody knows what happened meanwhile.
    now += 5
    assert not await mine.is_gone(database, number, 25)
    # The server was promoted: this node's session is new, and the other may not be back yet.
    again = await asyncpg.connect(database_url)
    await connections[0].close()

    async def is_held() -> bool:
        await mine.keep(again)
        return mine.held is not None

    await until(is_held)
    looks = []
    for _ in range(5):
        now += 0.5
        looks.append(await mine.is_gone(database, number, 25))
    assert looks == [False] * 5
    await again.close()
