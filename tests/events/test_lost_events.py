"""After a restore, when the newest events are lost, no number names two events, and what was not delivered is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backup.commands import age_key, back_up, restored
from conftest import new_database, open_deployment
from events.publishing import published
from events.world import World, path, served, world
from waiting import until

from strongroom.v1 import event_service_pb2 as pb
from strongroom.v1.event_service_pb2_grpc import EventServiceStub
from strongroom_server.store.events import SKIPPED_SEQUENCES

if TYPE_CHECKING:
    from pathlib import Path

    from backup.commands import AgeKey

__all__ = ["age_key", "served", "world"]


async def test_a_restored_deployment_reuses_no_number_and_sends_what_was_not_delivered(
    world: World, age_key: AgeKey, postgres_url: str, tmp_path: Path
) -> None:
    here = path()
    world.receiver.statuses[here] = 500
    made = await world.webhook(here)
    delivered_late = await world.happen()
    await until(lambda: world.outcomes(made.webhook.id, delivered_late))
    await world.sql("update deliveries set next_attempt_time = next_attempt_time + interval '1 hour'")
    silent = await world.new_organisation()
    files = await back_up(world.deployment, age_key, tmp_path)
    lost = {
        organisation: await published(world.deployment, organisation)
        for organisation in (silent, world.organisation_id)
    }

    world.receiver.statuses[here] = 200
    url, settings = await new_database(postgres_url, "template0"), world.deployment.settings
    await restored(files, age_key, tmp_path / "restored", url)
    async with open_deployment(
        url,
        tmp_path / "restored",
        egress_allow=settings.egress_allow,
        egress_ports=settings.egress_ports,
        egress_ca=settings.egress_ca,
    ) as again:
        await until(lambda: any(request.event_id == delivered_late for request in world.receiver.at(here)[1:]))
        assert world.receiver.at(here)[-1].verified(made.secret)["data"]["sequence"] == 1
        # A reader that has the lost event 2 goes on after it.
        call = EventServiceStub(again.grpc).StreamEvents(
            pb.StreamEventsRequest(after_sequence=2), metadata=world.metadata
        )
        new = await published(again, world.organisation_id)
        event: Any = await call.read()
        call.cancel()
        assert (event.id, event.sequence) == (new, SKIPPED_SEQUENCES + 2)
        # Its first event came after the backup.
        assert await published(again, silent) != lost[silent]
        async with again.sql() as sql:
            assert await sql.fetchval("select sequence from events where organisation_id = $1", silent) > 1
