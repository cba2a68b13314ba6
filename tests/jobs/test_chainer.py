"""Chaining: every event gets one place, whoever chains, and what is forged or broken holds up nothing else."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from conftest import ORGANISATION, House, open_house
from rpc.calls import accessed, other_organisation
from samples import created
from waiting import until

from strongroom_server.audit_verifier import verify
from strongroom_server.jobs import chainer
from strongroom_server.jobs.chainer import chain_all
from strongroom_server.store import audit_chain, database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import asyncpg

    from strongroom_server.store.database import Database

    Connection = asyncpg.Connection[asyncpg.Record]

UNCHAINED = "select count(*) from audit_events where chain_position is null"
FORGE = """
    insert into audit_events (
        organisation_id, event_id, event_time, action, key_id, peer, credential_id, credential_ids, version, revision, subject, mac
    )
    select organisation_id, gen_random_uuid(), event_time, 'Forged', key_id, peer, credential_id, credential_ids, version,
        revision, subject, sha256(mac)
    from (select * from audit_events where organisation_id = $1 order by event_time limit 1) e, generate_series(1, $2)
"""


@pytest.fixture
async def still_house(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A node that chains what its setting up has recorded, and then nothing for an hour."""
    monkeypatch.setattr(chainer, "EVERY_SECONDS", 3600)
    async with open_house(database_url, tmp_path / "house") as house:
        async with house.sql() as connection:
            assert await connection.fetchval("select count(*) from audit_events") > 0
            await until(lambda: nothing_unchained(connection))
        yield house


@asynccontextmanager
async def another_pool(house: House) -> AsyncIterator[Database]:
    """What another node chains on."""
    pool = await database.connect(house.database_url, size=2)
    try:
        yield pool
    finally:
        await pool.close()


async def nothing_unchained(connection: Connection) -> bool:
    return not await connection.fetchval(UNCHAINED)


async def positions(connection: Connection, organisation_id: str) -> list[int]:
    found = await connection.fetch(
        "select chain_position from audit_events where organisation_id = $1 and chain_position is not null order by 1",
        organisation_id,
    )
    return [row[0] for row in found]


async def findings(house: House) -> dict[str, str]:
    found = await verify(house.service.database, house.service.recorder.keyring)
    return {finding.organisation_id: finding.text for finding in found}


async def chained_here(house: House) -> int:
    return await chain_all(house.service.database, house.service.recorder)


@pytest.mark.parametrize("block", [2, 3, 500])
async def test_every_event_is_chained_once_in_blocks_of_any_size(
    still_house: House, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chainer, "BLOCK", block)
    other, by = await other_organisation(still_house)
    theirs = await created(still_house, by=by)
    await accessed(still_house, theirs.id, by=by)
    credential = await created(still_house)
    for _ in range(5):
        await accessed(still_house, credential.id)
    async with still_house.sql() as connection:
        waiting = await connection.fetchval(UNCHAINED)
        assert waiting >= 9

        assert await chained_here(still_house) == waiting
        assert await chained_here(still_house) == 0

        for organisation in (ORGANISATION, other, "strongroom"):
            events = await connection.fetchval(
                "select count(*) from audit_events where organisation_id = $1", organisation
            )
            assert await positions(connection, organisation) == list(range(1, events + 1))
            head = await audit_chain.head(still_house.service.database, organisation, "newest")
            assert head is not None
            assert head.position == events
    assert await findings(still_house) == {}


async def test_nodes_that_chain_at_once_leave_no_gap_and_chain_nothing_twice(
    still_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chainer, "BLOCK", 3)
    recorder = still_house.service.recorder
    other, by = await other_organisation(still_house)

    async def act(metadata: tuple[tuple[str, str], ...]) -> None:
        for _ in range(8):
            credential = await created(still_house, by=metadata)
            await asyncio.gather(*(accessed(still_house, credential.id, by=metadata) for _ in range(4)))

    async with still_house.sql() as connection, another_pool(still_house) as one, another_pool(still_house) as two:
        before = await connection.fetchval("select count(*) from audit_events where chain_position is not null")
        acts = asyncio.gather(act(still_house.metadata), act(still_house.metadata), act(by))
        total = 0

        async def all_chained() -> bool:
            nonlocal total
            total += sum(await asyncio.gather(*(chain_all(pool, recorder) for pool in (one, two, one, two))))
            return acts.done() and await nothing_unchained(connection)

        await until(all_chained)
        await acts

        events = await connection.fetchval("select count(*) from audit_events")
        assert total == events - before
        for organisation in (ORGANISATION, other, "strongroom"):
            found = await positions(connection, organisation)
            assert found == list(range(1, len(found) + 1))
        assert len(await positions(connection, ORGANISATION)) >= 80
    assert await findings(still_house) == {}


async def test_what_another_node_is_chaining_is_left_to_it_and_not_waited_for(still_house: House) -> None:
    _, by = await other_organisation(still_house)
    await created(still_house)
    await created(still_house, by=by)
    async with still_house.sql() as connection:
        async with another_pool(still_house) as pool, pool.transaction() as transaction:
            assert await audit_chain.lock(transaction, ORGANISATION)
            await chained_here(still_house)
            waiting = await connection.fetch(
                "select distinct organisation_id from audit_events where chain_position is null"
            )
            assert [row[0] for row in waiting] == [ORGANISATION]
        await chained_here(still_house)
        assert await nothing_unchained(connection)
    assert await findings(still_house) == {}


@pytest.mark.parametrize(("block", "forged"), [(500, 1), (3, 2), (3, 3), (3, 10)])
async def test_a_forged_event_gets_no_place_and_holds_up_none_after_it(
    still_house: House, block: int, forged: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chainer, "BLOCK", block)
    async with still_house.sql() as connection:
        credential = await created(still_house)
        await connection.execute(FORGE, ORGANISATION, forged)
        for _ in range(5):
            await accessed(still_house, credential.id)

        for _ in range(2):
            await chained_here(still_house)
            unchained = await connection.fetch("select action from audit_events where chain_position is null")
            assert [row[0] for row in unchained] == ["Forged"] * forged
            found = await positions(connection, ORGANISATION)
            assert found == list(range(1, len(found) + 1))
        assert set(await findings(still_house)) == {ORGANISATION}

        await connection.execute("delete from audit_events where action = 'Forged'")
    assert await findings(still_house) == {}


@pytest.mark.parametrize(
    "change",
    [
        "signature = sha256(signature) || sha256(signature)",
        "position = position - 1",
        "chain_hash = sha256(chain_hash)",
        "signer_id = 'nobody'",
    ],
)
async def test_a_head_that_no_node_signed_stops_the_chaining_of_its_organisation_alone(
    still_house: House, change: str
) -> None:
    other, by = await other_organisation(still_house)
    await created(still_house)
    await created(still_house, by=by)
    await chained_here(still_house)
    async with still_house.sql() as connection:
        places = {name: len(await positions(connection, name)) for name in (ORGANISATION, other)}
        await connection.execute("create table old_heads as select * from audit_heads")
        await connection.execute(f"update audit_heads set {change} where organisation_id = $1", ORGANISATION)
        await created(still_house)
        await created(still_house, by=by)

        await chained_here(still_house)

        assert len(await positions(connection, ORGANISATION)) == places[ORGANISATION]
        assert len(await positions(connection, other)) == places[other] + 1
        assert set(await findings(still_house)) == {ORGANISATION}

        await connection.execute("delete from audit_heads where organisation_id = $1", ORGANISATION)
        await connection.execute(
            "insert into audit_heads select * from old_heads where organisation_id = $1", ORGANISATION
        )
        await chained_here(still_house)
        assert await nothing_unchained(connection)
    assert await findings(still_house) == {}


async def test_the_chainer_outlives_what_goes_wrong(own_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = asyncio.Event()
    monkeypatch.setattr(chainer._log, "warning", lambda *_, **__: failed.set(), raising=False)
    async with own_house.sql() as connection:
        await connection.execute("alter table audit_heads rename to audit_heads_away")
        await created(own_house)
        await until(failed.is_set)
        assert await connection.fetchval(UNCHAINED) > 0
        await connection.execute("alter table audit_heads_away rename to audit_heads")
        await until(lambda: nothing_unchained(connection))
    assert await findings(own_house) == {}
