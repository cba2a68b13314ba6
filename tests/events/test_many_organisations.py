"""No organisation holds up the events of another one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from events.world import World, path, quiet, quiet_world
from rpc.calls import other_organisation

from strongroom_server.events.context import Context
from strongroom_server.events.publish import publish_all
from strongroom_server.store import deliveries, events

if TYPE_CHECKING:
    import pytest

    from strongroom_server.store.deliveries import Taken

__all__ = ["quiet", "quiet_world"]


async def new_world(world: World) -> World:
    """Another organisation of the same deployment."""
    organisation_id, metadata = await other_organisation(world.deployment)
    return replace(world, organisation_id=organisation_id, metadata=metadata)


def context_of(world: World) -> Context:
    service = world.deployment.service
    return Context(service.database, service.recorder, world.client)


async def taken_by(world: World, limit: int) -> list[str]:
    """The organisations of the deliveries that a node takes."""

    async def take(limit: int) -> list[Taken]:
        return await world.deployment.service.database.in_transaction(
            lambda transaction: deliveries.take(transaction, limit=limit)
        )

    return [each.published.event.organisation_id for each in await take(limit)]


async def test_receivers_that_hang_take_no_place_from_an_organisation_that_has_none(quiet_world: World) -> None:
    await quiet_world.sql("delete from deliveries")
    worlds = sorted([quiet_world, await new_world(quiet_world)], key=lambda world: world.organisation_id)
    first, last = worlds
    for _ in range(4):
        await first.webhook(path())
    for _ in range(8):
        await first.happen()
    await publish_all(context_of(first), set())
    # All places of a node.
    assert await taken_by(first, 8) == [first.organisation_id] * 8
    await last.webhook(path())
    await last.happen()
    await publish_all(context_of(first), set())
    assert await taken_by(first, 1) == [last.organisation_id]


async def test_an_organisation_whose_numbers_were_changed_holds_up_no_other_one(
    quiet_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    worlds = [quiet_world, await new_world(quiet_world), await new_world(quiet_world)]
    for world in worlds:
        await world.happen()
    await publish_all(context_of(quiet_world), set())
    broken = worlds[0].organisation_id
    # The next number is taken already.
    await quiet_world.sql("update event_heads set sequence = 0 where organisation_id = $1", broken)
    for world in worlds:
        await world.happen()
    await publish_all(context_of(quiet_world), set())
    database = quiet_world.deployment.service.database
    found = [len(await events.after(database, world.organisation_id, 0, limit=10)) for world in worlds]
    assert found == [1, 2, 2]
    await quiet_world.sql("update event_heads set sequence = 1 where organisation_id = $1", broken)


async def test_an_organisation_with_many_events_gets_one_block_of_numbers_in_turn(
    quiet_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("strongroom_server.events.publish.BLOCK", 2)
    worlds = [quiet_world, await new_world(quiet_world)]
    for world in worlds:
        for _ in range(5):
            await world.happen()
    numbered: list[str] = []
    number = events.number

    async def noting(*arguments: object) -> None:
        numbered.append(str(arguments[1]))
        await number(*arguments)  # type: ignore[arg-type] # as they came

    monkeypatch.setattr(events, "number", noting)
    await publish_all(context_of(quiet_world), set())
    own = [each for each in numbered if each in [world.organisation_id for world in worlds]]
    assert len(own) == 6
    assert own[0] != own[1]
