"""Events reach webhooks: signed, at least once, and independently of each other."""

from __future__ import annotations

import base64
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from events.world import World, path, served, world
from google.protobuf.field_mask_pb2 import FieldMask
from prometheus_client import REGISTRY
from rpc.calls import make_key, refused
from standardwebhooks import WebhookVerificationError
from waiting import until

from strongroom.v1 import event_service_pb2 as pb
from strongroom.v1.organisation_service_pb2 import ROLE_ADMIN
from strongroom_server.audit import outbox
from strongroom_server.events.delivery import BACKOFF
from strongroom_server.store import deliveries, events

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["served", "world"]


async def test_a_receiver_verifies_an_event_with_the_public_library(world: World) -> None:
    here = path()
    made = await world.webhook(here)
    event_id = await world.happen(provider="example")
    await until(lambda: world.receiver.at(here))
    (request,) = world.receiver.at(here)
    content = request.verified(made.secret)
    assert (content["type"], request.event_id) == ("grant.reauth_required", event_id)
    data = content["data"]
    assert (data["provider"], data["organisation_id"], data["sequence"]) == ("example", world.organisation_id, 1)
    with pytest.raises(WebhookVerificationError):
        request._replace(body=request.body + b" ").verified(made.secret)
    await until(lambda: world.outcomes(made.webhook.id, event_id))
    delivery = await world.delivery(made.webhook.id, event_id)
    assert delivery is not None
    assert (delivery.state, [each.outcome for each in delivery.attempts]) == (pb.DELIVERY_STATE_DELIVERED, ["200"])


async def test_a_webhook_gets_the_types_that_it_names(world: World) -> None:
    here, all_types = path(), path()
    await world.webhook(here, event_types=[outbox.CREDENTIAL_EXPIRED])
    await world.webhook(all_types)
    await world.happen(outbox.CREDENTIAL_INVALID)
    wanted = await world.happen(outbox.CREDENTIAL_EXPIRED)
    await until(lambda: len(world.receiver.at(all_types)) == 2)
    await until(lambda: world.receiver.at(here))
    assert [each.event_id for each in world.receiver.at(here)] == [wanted]


async def test_a_failing_event_is_sent_again_and_holds_back_no_later_one(world: World) -> None:
    here = path()
    world.receiver.statuses[here] = 500
    made = await world.webhook(here)
    first = await world.happen()
    await until(lambda: world.outcomes(made.webhook.id, first))
    failed = await world.delivery(made.webhook.id, first)
    assert failed is not None
    assert failed.state == pb.DELIVERY_STATE_PENDING
    waits = failed.next_attempt_time.ToDatetime() - failed.attempts[0].time.ToDatetime()
    assert BACKOFF[0] * 0.85 <= waits <= BACKOFF[0] * 1.05
    shown = await world.stub.GetWebhook(pb.GetWebhookRequest(id=made.webhook.id), metadata=world.metadata)
    assert shown.HasField("failing_since_time")
    world.receiver.statuses[here] = 204
    second = await world.happen()
    await until(lambda: world.outcomes(made.webhook.id, second))
    assert await world.outcomes(made.webhook.id, first) == ["500"]
    await world.come_due(made.webhook.id)
    await until(lambda: _is(world, made.webhook.id, first, ["500", "204"]))
    shown = await world.stub.GetWebhook(pb.GetWebhookRequest(id=made.webhook.id), metadata=world.metadata)
    assert not shown.HasField("failing_since_time")


async def test_a_receiver_says_when_to_try_again(world: World) -> None:
    here = path()
    world.receiver.statuses[here], world.receiver.headers[here] = 503, [("Retry-After", "3600")]
    made = await world.webhook(here)
    event_id = await world.happen()
    await until(lambda: world.outcomes(made.webhook.id, event_id))
    delivery = await world.delivery(made.webhook.id, event_id)
    assert delivery is not None
    waits = delivery.next_attempt_time.ToDatetime() - delivery.attempts[0].time.ToDatetime()
    assert abs(waits.total_seconds() - 3600) < 5


async def test_the_body_of_a_response_does_not_matter(world: World) -> None:
    here = path()
    world.receiver.bodies[here] = b"x" * 2_000_000
    made = await world.webhook(here)
    tested = await world.stub.TestWebhook(pb.TestWebhookRequest(id=made.webhook.id), metadata=world.metadata)
    assert tested.outcome == "200"


async def test_metrics_count_requests_and_show_how_long_the_oldest_delivery_waits(world: World) -> None:
    here, before = path(), counted()
    world.receiver.statuses[here] = 500
    made = await world.webhook(here)
    event_id = await world.happen()
    await until(lambda: world.outcomes(made.webhook.id, event_id))
    await until(lambda: counted()["failed"] > before["failed"])
    await world.sql(
        "update deliveries set give_up_time = give_up_time - interval '1 hour' where webhook_id = $1",
        uuid.UUID(made.webhook.id),
    )
    database = world.deployment.service.database
    assert 3600 <= await deliveries.oldest_pending(database) < 3660
    await world.update(made.webhook.id, paused=True)
    assert await deliveries.oldest_pending(database) < 3600
    world.receiver.statuses[here] = 200
    await world.update(made.webhook.id, paused=False)
    await world.come_due(made.webhook.id)
    await until(lambda: counted()["delivered"] > before["delivered"])


def counted() -> dict[str, float]:
    return {
        outcome: REGISTRY.get_sample_value("strongroom_webhook_requests_total", {"outcome": outcome}) or 0
        for outcome in ("delivered", "failed", "given_up")
    }


async def test_a_receiver_that_hangs_takes_four_requests_and_holds_up_no_other_webhook(world: World) -> None:
    hanging, healthy = path(), path()
    world.receiver.statuses[hanging] = 0
    await world.webhook(hanging)
    await world.webhook(healthy)
    for _ in range(6):
        await world.happen()
    await until(lambda: len(world.receiver.at(healthy)) == 6)
    assert len(world.receiver.at(hanging)) == 4


async def test_an_event_that_a_node_took_and_did_not_send_is_sent_after_the_lease(world: World) -> None:
    here = path()
    made = await world.webhook(here, paused=True)
    event_id = await world.happen()
    await until(lambda: world.delivery(made.webhook.id, event_id))
    # What a node leaves that is killed between taking the delivery and sending it.
    webhook_id = uuid.UUID(made.webhook.id)
    await world.sql(
        "update deliveries set lease_until = t, next_attempt_time = t from (select strongroom_now() + interval '1 minute' t) n"
        " where webhook_id = $1",
        webhook_id,
    )
    await world.update(made.webhook.id, paused=False)
    other, probe = path(), await world.happen()
    await world.webhook(other)
    await until(lambda: world.outcomes(made.webhook.id, probe))
    assert [each.event_id for each in world.receiver.at(here)] == [probe]
    await world.sql(
        "update deliveries set lease_until = t, next_attempt_time = t from (select strongroom_now() t) n"
        " where webhook_id = $1 and state = 1",
        webhook_id,
    )
    await until(lambda: len(world.receiver.at(here)) == 2)
    assert world.receiver.at(here)[1].event_id == event_id


async def test_a_paused_webhook_gets_its_events_once_it_is_resumed(world: World) -> None:
    here = path()
    made = await world.webhook(here, paused=True)
    event_id = await world.happen()
    await until(lambda: world.delivery(made.webhook.id, event_id))
    tested = await world.stub.TestWebhook(pb.TestWebhookRequest(id=made.webhook.id), metadata=world.metadata)
    assert (tested.succeeded, tested.outcome) == (True, "200")
    (request,) = world.receiver.at(here)
    assert request.verified(made.secret)["type"] == "webhook.test"
    await world.update(made.webhook.id, paused=False)
    await until(lambda: len(world.receiver.at(here)) == 2)
    assert world.receiver.at(here)[1].event_id == event_id


async def test_a_webhook_that_is_gone_is_disabled_until_an_update(world: World) -> None:
    here = path()
    world.receiver.statuses[here] = 410
    made = await world.webhook(here)
    event_id = await world.happen()
    await until(lambda: world.outcomes(made.webhook.id, event_id))
    delivery = await world.delivery(made.webhook.id, event_id)
    assert delivery is not None
    assert delivery.state == pb.DELIVERY_STATE_GIVEN_UP
    request = pb.GetWebhookRequest(id=made.webhook.id)
    assert (await world.stub.GetWebhook(request, metadata=world.metadata)).disable_reason == "gone"
    waiting = await world.happen()
    await until(lambda: world.delivery(made.webhook.id, waiting))
    world.receiver.statuses[here] = 200
    enabled = await world.update(made.webhook.id, display_name="enabled")
    assert not enabled.HasField("disable_time")
    await until(lambda: _is(world, made.webhook.id, waiting, ["200"]))
    again = pb.RedeliverEventRequest(webhook_id=made.webhook.id, event_id=event_id)
    assert (await world.stub.RedeliverEvent(again, metadata=world.metadata)).state == pb.DELIVERY_STATE_PENDING
    await until(lambda: _is(world, made.webhook.id, event_id, ["410", "200"]))


async def test_the_last_failure_gives_up_and_disables_a_webhook_that_failed_for_three_days(world: World) -> None:
    here = path()
    world.receiver.statuses[here] = 500
    made = await world.webhook(here)
    event_id = await world.happen()
    await until(lambda: world.outcomes(made.webhook.id, event_id))
    await world.sql(
        "update deliveries set failures = $2 where webhook_id = $1", uuid.UUID(made.webhook.id), len(BACKOFF)
    )
    await world.sql(
        "update webhooks set failing_since_time = strongroom_now() - interval '3 days' where id = $1",
        uuid.UUID(made.webhook.id),
    )
    await world.come_due(made.webhook.id)
    await until(lambda: _is(world, made.webhook.id, event_id, ["500", "500"]))
    delivery = await world.delivery(made.webhook.id, event_id)
    assert delivery is not None
    assert delivery.state == pb.DELIVERY_STATE_GIVEN_UP
    shown = await world.stub.GetWebhook(pb.GetWebhookRequest(id=made.webhook.id), metadata=world.metadata)
    assert shown.disable_reason == "failing"


async def test_numbers_follow_the_commits_so_that_a_cursor_misses_nothing(world: World) -> None:
    recorder = world.deployment.service.recorder
    slow = outbox.prepare_event(recorder, world.organisation_id, outbox.CREDENTIAL_EXPIRED, None, {})
    async with world.deployment.service.database.transaction() as transaction:
        await events.add(transaction, slow)
        quick = await world.happen()
        (first,) = await world.streamed(1)
        assert (first.id, first.sequence) == (quick, 1)
    (second,) = await world.streamed(1, after=first.sequence)
    assert (second.id, second.sequence) == (str(slow.event_id), 2)
    call = world.stub.StreamEvents(pb.StreamEventsRequest(after_sequence=99), metadata=world.metadata)
    assert (await refused(call.read())).reason == "FIELD_INVALID"


async def test_a_cursor_before_the_oldest_kept_event_is_refused(world: World) -> None:
    for _ in range(3):
        await world.happen()
    await world.streamed(3)
    await world.sql("delete from events where organisation_id = $1 and sequence < 3", world.organisation_id)
    assert [each.sequence for each in await world.streamed(1)] == [3]
    call = world.stub.StreamEvents(pb.StreamEventsRequest(after_sequence=1), metadata=world.metadata)
    assert (await refused(call.read())).reason == "EVENTS_EXPIRED"


async def test_an_organisation_finds_no_webhook_and_no_event_of_another(world: World) -> None:
    made = await world.webhook(path())
    event_id = await world.happen()
    await until(lambda: world.outcomes(made.webhook.id, event_id))
    stub, foreign, theirs = world.stub, world.deployment.metadata, made.webhook.id
    own = await stub.CreateWebhook(
        pb.CreateWebhookRequest(webhook=pb.Webhook(url=world.receiver.url(path()))), metadata=foreign
    )
    for call in (
        stub.GetWebhook(pb.GetWebhookRequest(id=theirs), metadata=foreign),
        stub.UpdateWebhook(
            pb.UpdateWebhookRequest(id=theirs, webhook=pb.Webhook(), update_mask=FieldMask(paths=["paused"])),
            metadata=foreign,
        ),
        stub.DeleteWebhook(pb.DeleteWebhookRequest(id=theirs), metadata=foreign),
        stub.TestWebhook(pb.TestWebhookRequest(id=theirs), metadata=foreign),
        stub.ListDeliveries(pb.ListDeliveriesRequest(webhook_id=theirs), metadata=foreign),
        stub.RedeliverEvent(pb.RedeliverEventRequest(webhook_id=theirs, event_id=event_id), metadata=foreign),
    ):
        assert (await refused(call)).reason == "WEBHOOK_NOT_FOUND"
    call = stub.RedeliverEvent(pb.RedeliverEventRequest(webhook_id=own.webhook.id, event_id=event_id), metadata=foreign)
    assert (await refused(call)).reason == "EVENT_NOT_FOUND"
    limited = await make_key(world.deployment, ROLE_ADMIN, team_ids=[1])
    call = stub.GetWebhook(
        pb.GetWebhookRequest(id=own.webhook.id), metadata=(("authorization", f"Bearer {limited.key}"),)
    )
    assert (await refused(call)).reason == "TEAM_NOT_ALLOWED"


async def test_a_deleted_webhook_is_gone_with_its_deliveries(world: World) -> None:
    here = path()
    made = await world.webhook(here)
    await world.stub.DeleteWebhook(pb.DeleteWebhookRequest(id=made.webhook.id), metadata=world.metadata)
    request = pb.GetWebhookRequest(id=made.webhook.id)
    assert (await refused(world.stub.GetWebhook(request, metadata=world.metadata))).reason == "WEBHOOK_NOT_FOUND"
    await world.happen()
    await world.streamed(1)
    assert not world.receiver.at(here)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": ""}, "webhook.url"),
        ({"url": "ftp://example.com"}, "webhook.url"),
        ({"url": "http://example.com"}, "webhook.url"),
        ({"url": "https://user:word@example.com"}, "webhook.url"),
        ({"url": "https://localhost"}, "webhook.url"),
        ({"url": "https://example.com:22"}, "webhook.url"),
        ({"url": "https://example.com", "event_types": ["other"]}, "webhook.event_types[0]"),
        ({"url": "https://example.com", "display_name": "x" * 256}, "webhook.display_name"),
    ],
)
async def test_a_mistake_names_its_field(world: World, fields: dict[str, Any], field: str) -> None:
    request = pb.CreateWebhookRequest(webhook=pb.Webhook(**fields))
    answer = await refused(world.stub.CreateWebhook(request, metadata=world.metadata))
    assert (answer.reason, [each for each in answer.fields]) == ("FIELD_INVALID", [field])  # noqa: C416


async def test_a_secret_is_shown_once_and_stored_sealed(world: World) -> None:
    request = pb.CreateWebhookRequest(webhook=pb.Webhook(url=world.receiver.url(path())), request_id="once")
    made = await world.stub.CreateWebhook(request, metadata=world.metadata)
    again = await refused(world.stub.CreateWebhook(request, metadata=world.metadata))
    assert again.reason == "WEBHOOK_EXISTS"
    assert made.webhook.id in again.message
    (row,) = await world.sql("select w::text from webhooks w where id = $1", uuid.UUID(made.webhook.id))

    secret = base64.b64decode(made.secret.removeprefix("whsec_"))
    assert len(secret) == 32
    assert secret.hex() not in row[0]


@pytest.mark.parametrize(
    "change",
    [
        "url = replace(url, '/', '//')",
        "event_types = '{credential.expired}'",
        "paused = true",
        "box = decode(repeat('00', 304), 'hex')",
        "organisation_id = 'default'",
        "signer_id = (select id from signing_keys where purpose = 'write' limit 1)",
    ],
)
async def test_nothing_is_sent_to_a_webhook_that_somebody_changed_in_the_database(world: World, change: str) -> None:
    here = path()
    made = await world.webhook(here)
    await world.sql("alter table webhooks disable trigger strongroom_signer_is_valid")
    try:
        await world.sql(f"update webhooks set {change} where id = $1", uuid.UUID(made.webhook.id))
    finally:
        await world.sql("alter table webhooks enable trigger strongroom_signer_is_valid")
    call = world.stub.TestWebhook(pb.TestWebhookRequest(id=made.webhook.id), metadata=world.metadata)
    if change.startswith("box"):
        # The signature covers the hash of the box, which is compared when it is opened.
        assert (await call).outcome == "SEAL_BROKEN"
    else:
        expected = "WEBHOOK_NOT_FOUND" if change.startswith("organisation_id") else "SEAL_BROKEN"
        assert (await refused(call)).reason == expected
    assert not world.receiver.at(here)


async def test_an_old_row_of_a_webhook_put_back_is_refused(world: World) -> None:
    here = path()
    made = await world.webhook(here)
    webhook_id = uuid.UUID(made.webhook.id)
    await world.sql("create table kept_webhooks as select * from webhooks where id = $1", webhook_id)
    try:
        await world.update(made.webhook.id, paused=True)
        await world.sql(
            "update webhooks w set (paused, update_time, revision, signature_format, signer_id, signature)"
            " = row(k.paused, k.update_time, k.revision, k.signature_format, k.signer_id, k.signature)"
            " from kept_webhooks k where k.id = w.id"
        )
    finally:
        await world.sql("drop table kept_webhooks")
    event_id = await world.happen()
    await until(lambda: _has(world, webhook_id, "SEAL_BROKEN", event_id))
    assert not world.receiver.at(here)


async def test_a_forged_event_gets_no_number_and_a_changed_one_is_not_sent(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    here = path()
    made = await world.webhook(here, paused=True)
    forged = uuid.uuid4()
    await world.sql(
        "insert into events values ($1, $2, 'credential.expired', strongroom_now(), null, '{}', '')",
        world.organisation_id,
        forged,
    )
    changed = await world.happen()
    await until(lambda: world.delivery(made.webhook.id, changed))
    (row,) = await world.sql("select sequence from events where event_id = $1", forged)
    assert row[0] is None
    await world.happen()
    await until(
        lambda: world.sql("select from events where organisation_id = $1 and sequence = 2", world.organisation_id)
    )
    # Many turns have seen it.
    assert capsys.readouterr().out.count(str(forged)) == 1
    await world.sql("update events set data_json = '{\"x\": 1}' where event_id = $1", uuid.UUID(changed))
    await world.update(made.webhook.id, paused=False)
    await until(lambda: world.outcomes(made.webhook.id, changed))
    assert await world.outcomes(made.webhook.id, changed) == ["SEAL_BROKEN"]
    assert changed not in {request.event_id for request in world.receiver.at(here)}
    call = world.stub.StreamEvents(pb.StreamEventsRequest(), metadata=world.metadata)
    assert (await refused(call.read())).reason == "SEAL_BROKEN"
    await world.sql("delete from events where organisation_id = $1", world.organisation_id)


async def _is(world: World, webhook_id: str, event_id: str, outcomes: list[str]) -> bool:
    return await world.outcomes(webhook_id, event_id) == outcomes


async def _has(world: World, webhook_id: UUID, outcome: str, event_id: str) -> bool:
    """Whether the delivery has this outcome. Its webhook cannot be read any more."""
    rows = await world.sql(
        "select attempt_outcomes from deliveries where webhook_id = $1 and event_id = $2",
        webhook_id,
        uuid.UUID(event_id),
    )
    return bool(rows) and outcome in rows[0][0]
