"""How calls share statements: alone at once, together in a window, each with its own end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest
from samples import named
from waiting import until

from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, GetCredentialRequest
from strongroom_server.store import batching, credential_writes
from strongroom_server.store.batching import LINGER_SECONDS, MAX_BATCH_SIZE, BatchingDatabase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conftest import Deployment


class Asked:
    """Stands where a statement does: remembers what it was asked for together, and takes its time."""

    def __init__(self, seconds: float = 0.001, failing: Callable[[int], Exception | None] = lambda _: None) -> None:
        self.batches: list[list[int]] = []
        self._seconds = seconds
        self._failing = failing

    async def __call__(self, _database: Any, _key: str, items: Sequence[int]) -> Sequence[Exception | int]:
        self.batches.append(list(items))
        await asyncio.sleep(self._seconds)
        return [self._failing(item) or -item for item in items]


def sharing() -> Sharing:
    return Sharing(cast("Any", None))


async def test_one_after_the_other_each_is_asked_for_alone() -> None:
    shared, asked = sharing(), Asked(0)
    for item in range(200):
        assert await shared.share(asked, "key", item) == -item
    assert asked.batches == [[item] for item in range(200)]


async def test_what_comes_at_once_goes_together_and_everyone_gets_his_own() -> None:
    shared, asked = sharing(), Asked()
    assert await asyncio.gather(*(shared.share(asked, "key", item) for item in range(50))) == [
        -item for item in range(50)
    ]
    assert asked.batches[0] == [0]
    assert len(asked.batches) <= 3


async def test_never_more_than_the_most_go_together() -> None:
    shared, asked = sharing(), Asked()
    await asyncio.gather(*(shared.share(asked, "key", item) for item in range(5 * MOST_AT_ONCE)))
    assert max(map(len, asked.batches)) == MOST_AT_ONCE
    assert sorted(item for batch in asked.batches for item in batch) == list(range(5 * MOST_AT_ONCE))


async def test_keys_and_statements_do_not_mix() -> None:
    shared, asked, other = sharing(), Asked(), Asked()
    await asyncio.gather(
        *(shared.share(asked, "a", item) for item in range(20)),
        *(shared.share(asked, "b", item) for item in range(20, 40)),
        *(shared.share(other, "a", item) for item in range(40, 60)),
    )
    for batch in (*asked.batches, *other.batches):
        assert len({item // 20 for item in batch}) == 1


async def test_an_exception_among_the_results_is_its_own_alone() -> None:
    shared = sharing()
    asked = Asked(failing=lambda item: KeyError(item) if item % 7 == 3 else None)
    ends = await asyncio.gather(*(shared.share(asked, "key", item) for item in range(40)), return_exceptions=True)
    assert [isinstance(end, KeyError) for end in ends] == [item % 7 == 3 for item in range(40)]


async def test_an_exception_of_the_statement_is_heard_by_all_of_it_and_by_nobody_after() -> None:
    shared, fails = sharing(), True

    async def run(_database: Any, _key: str, items: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(0.001)
        if fails:
            raise OSError
        return items

    ends = await asyncio.gather(*(shared.share(run, "key", item) for item in range(10)), return_exceptions=True)
    assert all(isinstance(end, OSError) for end in ends)
    fails = False
    assert await shared.share(run, "key", 1) == 1


async def test_who_gives_up_in_the_window_is_not_asked_for() -> None:
    shared, asked = sharing(), Asked(0.05)
    first = asyncio.create_task(shared.share(asked, "key", 0))
    await asyncio.sleep(0)
    others = [asyncio.create_task(shared.share(asked, "key", item)) for item in range(1, 4)]
    await asyncio.sleep(0)
    others[1].cancel()
    await asyncio.gather(first, *others, return_exceptions=True)
    assert asked.batches == [[0], [1, 3]]


async def test_one_that_hangs_holds_up_nobody_who_comes_later() -> None:
    shared, hanging = sharing(), asyncio.Event()

    async def run(_database: Any, _key: str, items: Sequence[int]) -> Sequence[int]:
        if items[0] == 0:
            await hanging.wait()
        return items

    first = asyncio.create_task(shared.share(run, "key", 0))
    await asyncio.sleep(0)
    async with asyncio.timeout(100 * WINDOW_SECONDS):
        assert await shared.share(run, "key", 1) == 1
    hanging.set()
    await first


async def ten_at_once(monkeypatch: pytest.MonkeyPatch, times: int, **long: float) -> list[list[int]]:
    """What goes together when ten are there so often, after many other times, and what then lasts `long` is noticed."""
    shared, asked = sharing(), Asked(0)

    async def ten() -> None:
        await asyncio.gather(*(shared.share(asked, "key", item) for item in range(10)))

    for _ in range(30):
        await ten()
    for name, seconds in long.items():
        monkeypatch.setattr(sharing_module, name, seconds)
    del asked.batches[:]
    async with asyncio.timeout(10):
        for _ in range(times):
            await ten()
    return asked.batches


async def test_a_window_ends_once_as_many_wait_as_those_of_late_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await ten_at_once(monkeypatch, 1, WINDOW_SECONDS=60, _GRACE_SECONDS=60) == [list(range(10))]


async def test_who_may_be_there_by_now_is_waited_for_a_moment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # After each window two more are hoped for than it gathered.
    monkeypatch.setattr(sharing_module, "_MORE", 2)
    assert await ten_at_once(monkeypatch, 5, WINDOW_SECONDS=60) == [list(range(10))] * 5


async def test_who_comes_when_a_statement_has_outlasted_its_window_is_served() -> None:
    shared, asked = sharing(), Asked(5 * WINDOW_SECONDS)
    first = [asyncio.create_task(shared.share(asked, "key", item)) for item in range(3)]
    await asyncio.sleep(4 * WINDOW_SECONDS)
    late = await asyncio.gather(*(shared.share(asked, "key", item) for item in range(3, 6)))
    assert [*await asyncio.gather(*first), *late] == [-item for item in range(6)]


async def test_of_creates_at_once_one_with_an_unknown_team_fails_alone(own_deployment: Deployment) -> None:
    def create(team_id: int) -> Any:
        request = CreateCredentialRequest(credential=named("n"))
        request.credential.team_id = team_id
        return own_deployment.credentials.CreateCredential(request, metadata=own_deployment.metadata)

    ends = await asyncio.gather(*(create(999 if index == 20 else 1) for index in range(64)), return_exceptions=True)
    assert [index for index, end in enumerate(ends) if not isinstance(end, Credential)] == [20]


async def test_what_is_read_together_is_each_callers_own(own_deployment: Deployment) -> None:
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


async def test_a_grown_table_is_looked_at_anew(own_deployment: Deployment) -> None:
    async with own_deployment.sql() as connection:

        async def pages() -> int:
            return int(await connection.fetchval("select relpages from pg_class where relname = 'request_ids'"))

        await connection.execute(
            "insert into request_ids (organisation_id, request_id, method, digest_key_id, body_digest, create_time)"
            " select 'default', g::text, 'm', 'k', '', now() from generate_series(1, 5000) g"
        )

        async def is_known_as_large() -> bool:
            return await pages() > 10

        await until(is_known_as_large)


@pytest.mark.parametrize("table", ["credentials", "boxes", "request_ids_of_callers", "audit_events"])
async def test_a_row_of_many_has_the_columns_that_are_sent(table: str, deployment: Deployment) -> None:
    from strongroom_server.core import records

    rows: dict[str, type[records.Row]] = {
        "credentials": records.Credential,
        "boxes": credential_writes.Box,
        "request_ids_of_callers": records.Made,
        "audit_events": records.AuditEvent,
    }
    async with deployment.sql() as connection:
        found = await connection.fetch(
            "select attname from pg_attribute where attrelid = to_regclass($1) and attnum > 0 order by attnum",
            f"new_{table}",
        )
    assert [row[0] for row in found] == list(rows[table].__struct_fields__)
