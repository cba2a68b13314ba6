"""Nodes that deliver are killed and frozen at exact points: each event arrives at least once, and its number stays."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from events.world import World, path, quiet, quiet_world
from waiting import DEADLINE_SECONDS, until

from strongroom.v1 import event_service_pb2 as pb
from strongroom_server.events.context import Context
from strongroom_server.events.delivery import Sender
from strongroom_server.events.publish import publish_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["quiet", "quiet_world"]

_PROGRAM = Path(__file__).with_name("delivering_node.py")


@asynccontextmanager
async def delivering(world: World, armed: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    """A node that delivers, in a process of its own, until the end of the block."""
    settings = world.deployment.settings
    options = {
        "data_dir": str(settings.data_dir),
        "database_url": world.deployment.database_url,
        "port": world.receiver.port,
        "ca": str(settings.egress_ca),
        "armed": armed,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_PROGRAM),
        json.dumps(options),
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def deliver_here(world: World) -> None:
    """What the job of another node does in one turn, once the leases of the earlier node are over."""
    await world.sql(
        "update deliveries set lease_until = strongroom_now(), next_attempt_time = strongroom_now() where state = 1"
    )
    service = world.deployment.service
    context = Context(service.database, service.recorder, world.client)
    sender = Sender(context)
    await publish_all(context, set())
    while await sender.start_due():
        await sender.finish()


async def is_stopped(process: asyncio.subprocess.Process) -> bool:
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


@pytest.mark.parametrize(("point", "arrived"), [("numbered", 0), ("taken", 0), ("sent", 1)])
async def test_an_event_of_a_killed_node_is_delivered_by_another_one(
    quiet_world: World, point: str, arrived: int
) -> None:
    world, here = quiet_world, path()
    made = await world.webhook(here)
    event_id = await world.happen()
    async with delivering(world, f"{point}:KILL") as process:
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await process.wait() == -signal.SIGKILL
    assert len(world.receiver.at(here)) == arrived
    await deliver_here(world)
    assert [request.event_id for request in world.receiver.at(here)] == [event_id] * (arrived + 1)
    # A receiver ignores the second one by its id, and the content is the same.
    assert all(request.verified(made.secret)["data"]["sequence"] == 1 for request in world.receiver.at(here))
    assert await world.outcomes(made.webhook.id, event_id) == ["200"]


async def test_a_node_that_was_frozen_stores_that_its_event_arrived_also_after_another_one_failed(
    quiet_world: World,
) -> None:
    world, here = quiet_world, path()
    made = await world.webhook(here)
    event_id = await world.happen()
    async with delivering(world, "sent:STOP") as process:
        await until(lambda: is_stopped(process))
        world.receiver.statuses[here] = 500
        await deliver_here(world)
        process.send_signal(signal.SIGCONT)

        async def has_both() -> bool:
            return await world.outcomes(made.webhook.id, event_id) == ["500", "200"]

        await until(has_both)
    delivery = await world.delivery(made.webhook.id, event_id)
    assert delivery is not None
    assert delivery.state == pb.DELIVERY_STATE_DELIVERED
    await deliver_here(world)
    assert len(world.receiver.at(here)) == 2


async def test_two_nodes_of_which_one_is_killed_lose_no_event_and_number_without_gaps(quiet_world: World) -> None:
    world, here = quiet_world, path()
    made = await world.webhook(here)
    async with delivering(world) as one, delivering(world):
        happened = []
        for _ in range(80):
            happened.append(await world.happen())
            if len(happened) == 40:
                await until(lambda: len(world.receiver.at(here)) > 8)
                one.kill()
                await one.wait()
                await world.sql(
                    "update deliveries set lease_until = strongroom_now(), next_attempt_time = strongroom_now()"
                    " where state = 1"
                )
        await until(lambda: {request.event_id for request in world.receiver.at(here)} == set(happened))
    # At most what was under way when the node was killed, and when the leases were ended, arrives twice.
    assert len(world.receiver.at(here)) <= 80 + 8
    assert all(request.verified(made.secret) for request in world.receiver.at(here))
    rows = await world.sql(
        "select sequence from events where organisation_id = $1 order by sequence", world.organisation_id
    )
    assert [row[0] for row in rows] == list(range(1, 81))
