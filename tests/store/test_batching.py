"""Concurrent calls are batched into one statement; each gets its own result or error."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest
from samples import named
from waiting import until

from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, GetCredentialRequest
from strongroom_server.store import batching, credential_writes
from strongroom_server.store.batching import MAX_BATCH_SIZE, WINDOW_SECONDS, BatchingDatabase
from strongroom_server.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conftest import Deployment


class Statement:
    """A fake statement that records its batches and takes a while."""

    def __init__(self, seconds: float = 0.001, failing: Callable[[int], Exception | None] = lambda _: None) -> None:
        self.batches: list[list[int]] = []
        self._seconds = seconds
        self._failing = failing

    async def __call__(self, _database: Any, _key: str, items: Sequence[int]) -> Sequence[Exception | int]:
        self.batches.append(list(items))
        await asyncio.sleep(self._seconds)
        return [self._failing(item) or -item for item in items]


def batching_database() -> BatchingDatabase:
    return BatchingDatabase(cast("Any", None))


async def test_a_database_without_batching_runs_each_call_alone() -> None:
    database = Database(cast("Any", None))
    statement = Statement(failing=lambda item: KeyError(item) if item == 3 else None)
    ends = await asyncio.gather(*(database.batch(statement, "key", item) for item in range(5)), return_exceptions=True)
    assert statement.batches == [[0], [1], [2], [3], [4]]
    assert [isinstance(end, KeyError) for end in ends] == [False, False, False, True, False]


async def test_consecutive_calls_run_alone() -> None:
    database, statement = batching_database(), Statement(0)
    for item in range(200):
        assert await database.batch(statement, "key", item) == -item
    assert statement.batches == [[item] for item in range(200)]


async def test_concurrent_calls_run_together_and_each_gets_its_own_result() -> None:
    database, statement = batching_database(), Statement()
    assert await asyncio.gather(*(database.batch(statement, "key", item) for item in range(50))) == [
        -item for item in range(50)
    ]
    assert statement.batches[0] == [0]
    assert len(statement.batches) <= 3


async def test_a_batch_has_at_most_the_maximum_size() -> None:
    database, statement = batching_database(), Statement()
    await asyncio.gather(*(database.batch(statement, "key", item) for item in range(5 * MAX_BATCH_SIZE)))
    assert max(map(len, statement.batches)) == MAX_BATCH_SIZE
    assert sorted(item for batch in statement.batches for item in batch) == list(range(5 * MAX_BATCH_SIZE))


async def test_a_batch_has_one_key_and_one_statement() -> None:
    database, statement, other = batching_database(), Statement(), Statement()
    await asyncio.gather(
        *(database.batch(statement, "a", item) for item in range(20)),
        *(database.batch(statement, "b", item) for item in range(20, 40)),
        *(database.batch(other, "a", item) for item in range(40, 60)),
    )
    for batch in (*statement.batches, *other.batches):
        assert len({item // 20 for item in batch}) == 1


async def test_an_exception_among_the_results_is_raised_for_its_item_only() -> None:
    database = batching_database()
    statement = Statement(failing=lambda item: KeyError(item) if item % 7 == 3 else None)
    ends = await asyncio.gather(*(database.batch(statement, "key", item) for item in range(40)), return_exceptions=True)
    assert [isinstance(end, KeyError) for end in ends] == [item % 7 == 3 for item in range(40)]


async def test_an_exception_of_the_statement_is_raised_for_its_batch_only() -> None:
    database, fails = batching_database(), True

    async def run(_database: Any, _key: str, items: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(0.001)
        if fails:
            raise OSError
        return items

    ends = await asyncio.gather(*(database.batch(run, "key", item) for item in range(10)), return_exceptions=True)
    assert all(isinstance(end, OSError) for end in ends)
    fails = False
    assert await database.batch(run, "key", 1) == 1


async def test_a_call_that_is_cancelled_in_the_window_is_left_out() -> None:
    database, statement = batching_database(), Statement(0.05)
    first = asyncio.create_task(database.batch(statement, "key", 0))
    await asyncio.sleep(0)
    others = [asyncio.create_task(database.batch(statement, "key", item)) for item in range(1, 4)]
    await asyncio.sleep(0)
    others[1].cancel()
    await asyncio.gather(first, *others, return_exceptions=True)
    assert statement.batches == [[0], [1, 3]]


async def test_a_statement_that_hangs_delays_no_later_call() -> None:
    database, hanging = batching_database(), asyncio.Event()

    async def run(_database: Any, _key: str, items: Sequence[int]) -> Sequence[int]:
        if items[0] == 0:
            await hanging.wait()
        return items

    first = asyncio.create_task(database.batch(run, "key", 0))
    await asyncio.sleep(0)
    async with asyncio.timeout(100 * WINDOW_SECONDS):
        assert await database.batch(run, "key", 1) == 1
    hanging.set()
    await first


async def ten_at_once(monkeypatch: pytest.MonkeyPatch, times: int, **long: float) -> list[list[int]]:
    """The batches of ten concurrent calls, repeated so often. Before that, thirty repetitions warm up; then `long` is patched."""
    database, statement = batching_database(), Statement(0)

    async def ten() -> None:
        await asyncio.gather(*(database.batch(statement, "key", item) for item in range(10)))

    for _ in range(30):
        await ten()
    for name, seconds in long.items():
        monkeypatch.setattr(batching, name, seconds)
    del statement.batches[:]
    async with asyncio.timeout(10):
        for _ in range(times):
            await ten()
    return statement.batches


async def test_a_batch_is_sent_early_once_it_is_as_large_as_recent_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await ten_at_once(monkeypatch, 1, WINDOW_SECONDS=60, _GRACE_SECONDS=60) == [list(range(10))]


async def test_a_batch_as_large_as_the_last_one_waits_only_the_grace_time(monkeypatch: pytest.MonkeyPatch) -> None:
    # After each window the queue expects two more calls than it gathered.
    monkeypatch.setattr(batching, "_GROWTH", 2)
    assert await ten_at_once(monkeypatch, 5, WINDOW_SECONDS=60) == [list(range(10))] * 5


async def test_a_call_during_a_statement_that_outlasts_its_window_is_run() -> None:
    database, statement = batching_database(), Statement(5 * WINDOW_SECONDS)
    first = [asyncio.create_task(database.batch(statement, "key", item)) for item in range(3)]
    await asyncio.sleep(4 * WINDOW_SECONDS)
    late = await asyncio.gather(*(database.batch(statement, "key", item) for item in range(3, 6)))
    assert [*await asyncio.gather(*first), *late] == [-item for item in range(6)]


async def test_of_concurrent_creates_only_the_one_with_an_unknown_team_fails(own_deployment: Deployment) -> None:
    def create(team_id: int) -> Any:
        request = CreateCredentialRequest(credential=named("n"))
        request.credential.team_id = team_id
        return own_deployment.credentials.CreateCredential(request, metadata=own_deployment.metadata)

    ends = await asyncio.gather(*(create(999 if index == 20 else 1) for index in range(64)), return_exceptions=True)
    assert [index for index, end in enumerate(ends) if not isinstance(end, Credential)] == [20]


async def test_concurrent_reads_each_get_their_own_credential(own_deployment: Deployment) -> None:
    created = await asyncio.gather(
        *(
            own_deployment.credentials.CreateCredential(
                CreateCredentialRequest(credential=named(f"n{index}")), metadata=own_deployment.metadata
            )
            for index in range(30)
        )
    )
    wanted = [each.id if index % 2 else str(each.number) for index, each in enumerate(created)]
    got = await asyncio.gather(
        *(
            own_deployment.credentials.GetCredential(GetCredentialRequest(id=id_), metadata=own_deployment.metadata)
            for id_ in (*wanted, *wanted)
        )
    )
    assert [each.name for each in got] == [each.name for each in created] * 2


async def test_a_grown_table_is_analyzed(own_deployment: Deployment) -> None:
    async with own_deployment.sql() as connection:

        async def pages() -> int:
            return int(await connection.fetchval("select relpages from pg_class where relname = 'request_ids'"))

        await connection.execute(
            "insert into request_ids (organisation_id, request_id, method, digest_key_id, body_digest, create_time)"
            " select 'default', g::text, 'm', 'k', '', now() from generate_series(1, 5000) g"
        )

        async def is_analyzed() -> bool:
            return await pages() > 10

        await until(is_analyzed)


@pytest.mark.parametrize(
    "table", ["credentials_with_expiry", "boxes", "request_ids_of_callers", "audit_events_of_uses"]
)
async def test_the_composite_types_have_the_columns_of_the_rows(table: str, deployment: Deployment) -> None:
    from strongroom_server.core import records

    rows: dict[str, type[records.Row]] = {
        "credentials_with_expiry": records.Credential,
        "boxes": credential_writes.Box,
        "request_ids_of_callers": records.Made,
        "audit_events_of_uses": records.AuditEvent,
    }
    async with deployment.sql() as connection:
        found = await connection.fetch(
            "select attname from pg_attribute where attrelid = to_regclass($1) and attnum > 0 order by attnum",
            f"new_{table}",
        )
    assert [row[0] for row in found] == list(rows[table].__struct_fields__)
