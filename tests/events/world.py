"""A deployment that sends webhooks to a receiver on this machine, as an admin of one organisation."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from conftest import copied_database, open_deployment
from egress.servers import CA
from events.receiver import Receiver, receiving
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import other_organisation

from strongroom.v1 import event_service_pb2 as pb
from strongroom.v1.event_service_pb2_grpc import EventServiceStub
from strongroom_server.audit import outbox
from strongroom_server.egress.policy import networks_of
from strongroom_server.node import service as node
from strongroom_server.node.egress import egress_client
from strongroom_server.store import events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from conftest import Deployment

    from strongroom_server.egress.client import Client

    Metadata = tuple[tuple[str, str], ...]


@dataclass
class World:
    """A deployment that may send to the receiver, as an admin of one organisation."""

    deployment: Deployment
    receiver: Receiver
    organisation_id: str
    metadata: Metadata

    @property
    def stub(self) -> EventServiceStub:
        return EventServiceStub(self.deployment.grpc)

    @property
    def client(self) -> Client:
        """What the node sends requests with."""
        return egress_client(self.deployment.settings)

    async def new_organisation(self) -> str:
        """The id of another organisation."""
        return (await other_organisation(self.deployment))[0]

    async def webhook(self, path: str, **fields: Any) -> pb.CreateWebhookResponse:
        request = pb.CreateWebhookRequest(webhook=pb.Webhook(url=self.receiver.url(path), **fields))
        return await self.stub.CreateWebhook(request, metadata=self.metadata)

    async def update(self, webhook_id: str, **fields: Any) -> pb.Webhook:
        request = pb.UpdateWebhookRequest(
            id=webhook_id, webhook=pb.Webhook(**fields), update_mask=FieldMask(paths=list(fields))
        )
        return await self.stub.UpdateWebhook(request, metadata=self.metadata)

    async def happen(self, event_type: str = outbox.GRANT_REAUTH_REQUIRED, **data: Any) -> str:
        """Store an event. Returns its id."""
        service = self.deployment.service
        event = outbox.prepare_event(service.recorder, self.organisation_id, event_type, uuid.uuid4(), data)
        await events.add(service.database, event)
        return str(event.event_id)

    async def delivery(self, webhook_id: str, event_id: str) -> pb.Delivery | None:
        request = pb.ListDeliveriesRequest(webhook_id=webhook_id)
        listed = await self.stub.ListDeliveries(request, metadata=self.metadata)
        return next((each for each in listed.deliveries if each.event_id == event_id), None)

    async def outcomes(self, webhook_id: str, event_id: str) -> list[str]:
        found = await self.delivery(webhook_id, event_id)
        return [each.outcome for each in found.attempts] if found else []

    async def sql(self, statement: str, *arguments: object) -> Any:
        async with self.deployment.sql() as connection:
            return await connection.fetch(statement, *arguments)

    async def come_due(self, webhook_id: str) -> None:
        """Let the time of the next attempts come."""
        await self.sql(
            "update deliveries set next_attempt_time = strongroom_now(), lease_until = null where webhook_id = $1 and state = 1",
            uuid.UUID(webhook_id),
        )

    async def streamed(self, count: int, after: int = 0) -> list[pb.Event]:
        call = self.stub.StreamEvents(pb.StreamEventsRequest(after_sequence=after), metadata=self.metadata)
        found = []
        async for event in call:
            found.append(event)
            if len(found) == count:
                break
        call.cancel()
        return found


@asynccontextmanager
async def serving_to_a_receiver(
    postgres_url: str, template_database: str, directory: Path
) -> AsyncIterator[tuple[Deployment, Receiver]]:
    CA.cert_pem.write_to_path(str(directory / "ca.pem"))
    async with receiving() as receiver, copied_database(postgres_url, template_database) as url:
        allowed: dict[str, Any] = {
            "egress_allow": networks_of("127.0.0.1"),
            "egress_ports": frozenset({443, receiver.port}),
            "egress_ca": directory / "ca.pem",
        }
        async with open_deployment(url, directory / "node", **allowed) as deployment:
            yield deployment, receiver


@pytest.fixture(scope="module")
async def served(
    postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Deployment, Receiver]]:
    directory = tmp_path_factory.mktemp("webhooks")
    async with serving_to_a_receiver(postgres_url, template_database, directory) as both:
        yield both


@pytest.fixture(scope="module")
async def quiet(
    postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Deployment, Receiver]]:
    """The same, but this node delivers nothing by itself."""

    async def deliver_nothing(*_: object) -> None:
        await asyncio.Event().wait()

    directory = tmp_path_factory.mktemp("quiet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(node, "deliver_forever", deliver_nothing)
        async with serving_to_a_receiver(postgres_url, template_database, directory) as both:
            yield both


@pytest.fixture
async def world(served: tuple[Deployment, Receiver]) -> World:
    """An organisation of the test's own."""
    deployment, receiver = served
    return World(deployment, receiver, *await other_organisation(deployment))


@pytest.fixture
async def quiet_world(quiet: tuple[Deployment, Receiver]) -> World:
    """An organisation of the test's own, whose node delivers nothing by itself."""
    deployment, receiver = quiet
    return World(deployment, receiver, *await other_organisation(deployment))


def path() -> str:
    """A path that no other test uses."""
    return f"/{uuid.uuid4().hex}"
