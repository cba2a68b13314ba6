"""Attacks on webhooks and on the events that they are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attacks import forgery
from attacks.acts import put_back, sql
from attacks.attack import Adversary, Attack, Where

from strongroom.v1.event_service_pb2 import StreamEventsRequest, TestWebhookRequest
from strongroom_server.access.caller import Presented
from strongroom_server.core.records import Webhook

if TYPE_CHECKING:
    from attacks.acts import Act
    from attacks.world import Attacked

_UNTIL_VERIFIED = "until `audit verify` runs"
_NOT_PUBLISHED = "none: the event is not published"
_SERVICE = "/strongroom.v1.EventService"
_THERE = "https://203.0.113.3/"


def send(name: str) -> Act:
    """Send an event to a webhook."""

    async def act(attacked: Attacked) -> object:
        request, service = TestWebhookRequest(id=attacked.world.ids[name]), attacked.service
        return await service.pipeline.call(service.methods[f"{_SERVICE}/TestWebhook"], request, _caller(attacked))

    return act


async def stream(attacked: Attacked) -> None:
    """Read the first event."""
    service = attacked.service
    method = service.methods[f"{_SERVICE}/StreamEvents"]
    await anext(service.streams.responses(method, StreamEventsRequest(), _caller(attacked)))


def _caller(attacked: Attacked) -> Presented:
    return Presented((attacked.metadata[0][1],), "127.0.0.1")


def _refused(name: str, act: Act, attempt: Act, adversary: Adversary = Adversary.DATABASE) -> Attack:
    return Attack(name, act, Where.REFUSED, "SEAL_BROKEN", attempt, adversary)


WEBHOOKS = (
    _refused(
        "Have an organisation's events sent to another URL, in the row of its webhook",
        sql(f"update webhooks set url = '{_THERE}' where id = '{{hooked}}'"),
        send("hooked"),
    ),
    _refused(
        "Put the row of a webhook back from before its URL was changed",
        put_back("webhooks", "id = '{hooked}'"),
        send("hooked"),
    ),
    _refused(
        "Move a webhook of another organisation into the attacker's",
        sql("update webhooks set organisation_id = 'default' where id = '{their_hook}'"),
        send("their_hook"),
    ),
    Attack(
        "Copy a webhook under another id, with the attacker's URL",
        sql(
            "create table copied as select * from webhooks where id = '{hooked}';"
            f" update copied set id = gen_random_uuid(), url = '{_THERE}'; insert into webhooks select * from copied"
        ),
        Where.ROWS,
        "the row was changed",
        window="none: nothing is sent to it",
    ),
    Attack(
        "Put the secret of another webhook into a row",
        sql("update webhooks set box = (select box from webhooks where id = '{their_hook}') where id = '{hooked}'"),
        Where.ROWS,
        "the box was changed",
        send("hooked"),
        window="none: nothing is sent",
    ),
    Attack(
        "Delete a webhook",
        sql("delete from webhooks where id = '{hooked}'"),
        Where.VERIFY,
        " is gone, and no event says so",
        window=_UNTIL_VERIFIED,
    ),
    _refused(
        "Change what an event tells an organisation",
        sql("""update events set data_json = '{{"state": "ACTIVE"}}' where event_id = '{event}'"""),
        stream,
    ),
    _refused(
        "Move an event of another organisation into the attacker's",
        sql(
            "delete from events where event_id = '{event}';"
            " update events set organisation_id = 'default' where event_id = '{their_event}'"
        ),
        stream,
    ),
    Attack(
        "Add an event",
        sql(
            "insert into events values"
            " ('default', gen_random_uuid(), 'credential.expired', now(), null, '{{}}', sha256('x'))"
        ),
        Where.ROWS,
        "the row was changed or added",
        window=_NOT_PUBLISHED,
    ),
    _refused(
        "Sign another URL of a webhook",
        forgery.sign_as_writer(Webhook, "id = '{hooked}'", url=_THERE, revision=9),
        send("hooked"),
        Adversary.WRITER,
    ),
    Attack(
        "Read the secret of a webhook with a writer's database role",
        forgery.as_writers_role("select box from webhooks"),
        Where.REFUSED,
        "permission denied",
        adversary=Adversary.WRITER,
    ),
    Attack(
        "Change events with a writer's database role",
        forgery.as_writers_role("update events set data_json = ''"),
        Where.REFUSED,
        "permission denied",
        adversary=Adversary.WRITER,
    ),
)
