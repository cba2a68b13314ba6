"""The secrets of webhooks under the keys of the deployment: sealed and signed again, verified, and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from events.world import World, path, served, world
from keys.rotating import OPERATOR, findings, keys_of, new_active_key, resealed, rows_under
from waiting import until

from strongroom.v1 import event_service_pb2 as pb
from strongroom_server.core.errors import ServiceError
from strongroom_server.keys import sealing
from strongroom_server.store import webhooks

if TYPE_CHECKING:
    from strongroom_server.core.records import Act, Webhook
    from strongroom_server.store.database import Database

__all__ = ["served", "world"]


async def test_a_secret_is_sealed_again_and_an_old_key_is_in_use_until_then(world: World) -> None:
    here = path()
    made = await world.webhook(here)
    old, _ = await new_active_key(world.deployment)
    async with keys_of(world.deployment) as context:
        with pytest.raises(ServiceError, match="KEY_IN_USE"):
            await sealing.retire(context, OPERATOR, old)
    done = await resealed(world.deployment, old)
    assert (done.left, await rows_under(world.deployment, old)) == (0, 0)
    await world.happen()
    await until(lambda: world.receiver.at(here))
    assert world.receiver.at(here)[0].verified(made.secret)["type"] == "grant.reauth_required"
    assert await findings(world.deployment) == []


async def test_a_secret_that_was_changed_is_left_and_named(world: World) -> None:
    made = await world.webhook(path())
    webhook_id = UUID(made.webhook.id)
    flip = "update webhooks set box = set_byte(box, 9, get_byte(box, 9) # 1) where id = $1"
    await world.sql(flip, webhook_id)
    (finding,) = await findings(world.deployment)
    assert finding.startswith(f"webhook {webhook_id}: the box was changed")
    old, _ = await new_active_key(world.deployment)
    done = await resealed(world.deployment, old)
    assert [webhook.id for webhook, _ in done.broken_webhooks] == [webhook_id]
    await world.sql(flip, webhook_id)
    assert (await resealed(world.deployment, old)).left == 0


async def test_an_update_during_a_reseal_keeps_the_secret(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await world.webhook(path())
    old, _ = await new_active_key(world.deployment)
    replace = webhooks.replace_box

    async def updated_first(database: Database, webhook: Webhook, box: bytes, act: Act) -> bool:
        monkeypatch.undo()
        await world.update(made.webhook.id, display_name="changed meanwhile")
        return await replace(database, webhook, box, act)

    monkeypatch.setattr(webhooks, "replace_box", updated_first)
    assert (await resealed(world.deployment, old)).left == 0
    assert await rows_under(world.deployment, old) == 0
    tested = await world.stub.TestWebhook(pb.TestWebhookRequest(id=made.webhook.id), metadata=world.metadata)
    assert tested.outcome == "200"
    assert await findings(world.deployment) == []
