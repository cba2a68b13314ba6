"""Two organisations with their rows, callers of each kind with any roles, and what the service answers them."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import jwt
from access.client_certificates import issued_to
from access.oidc_provider import jwk_of, new_key
from connections.planted_connections import planted
from credentials.listing import made_folder
from events.publishing import published
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status
from grpc.aio import AioRpcError
from organisations.binding import bound, identities_of, mapped, trust_domain
from rpc.calls import key_of, make_key, other_organisation
from rpc.connection_requests import LOOPBACK as LOOPBACK_CONSENT
from rpc.event_requests import URL
from samples import created, named, samples

from strongroom.v1.connection_service_pb2 import BeginConnectionRequest
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
from strongroom.v1.event_service_pb2 import CreateWebhookRequest, DeleteWebhookRequest, Webhook
from strongroom.v1.event_service_pb2_grpc import EventServiceStub
from strongroom.v1.identity_service_pb2 import CreateIdentityRequest, Identity, IdentityIssuer, OidcIssuer
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_UNSPECIFIED,
    ApiKey,
    CreateTeamRequest,
    Role,
    Team,
)
from strongroom.v1.use_service_pb2 import HttpTrailer, StreamHttpRequestRequest
from strongroom_server.access.caller import Presented
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.reasons import render

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Collection, Iterable

    import trustme
    from conftest import Deployment
    from google.protobuf.message import Message
    from rpc.calls import Metadata

    from strongroom.v1.credential_pb2 import Credential
    from strongroom_server.rpc.methods import Method

KINDS = ("key", "certificate", "token")
ROLES = {role for role in Role.values() if role != ROLE_UNSPECIFIED}
# The node of these tests may send nothing.
FORWARDING = {"ForwardHttpRequest", "StreamHttpRequest"}
# Identities grant nothing, so the service refuses these methods to them.
GRANTING = {"CreateApiKey", "UpdateApiKey", "CreateIdentity", "UpdateIdentity"}
# Only the caller that began a session may call them: tests/connections/test_consent_flow.py.
OF_CREATOR = {"GetConnectionSession", "CompleteConnection"}
LOOPBACK = "127.0.0.1"
_AUDIENCE = "https://strongroom.example"
# Numbers of teams and folders count from 1 in each organisation. The foreign one's start here, so that no own one has them.
_FOREIGN_NUMBERS = 1_000_000
_SECONDS = 20
# An organisation may have 20 webhooks, and the matrix creates some too.
_CHANGEABLE_WEBHOOKS = 5


class Answer(NamedTuple):
    """What the service answers: a message, or the whole status of an error."""

    message: Message | None
    error: Status

    @property
    def reason(self) -> str:
        """The reason of the error, or empty."""
        info = error_details_pb2.ErrorInfo()
        for detail in self.error.details:
            detail.Unpack(info)
        reason: str = info.reason
        return reason


@dataclass(frozen=True)
class Side:
    """One of two organisations, with an admin that has every role but operator there."""

    deployment: Deployment
    organisation_id: str
    admin: Metadata
    domain: IdentityIssuer
    folder: int
    team: Team
    key: ApiKey
    identity: Identity
    webhook: Webhook
    # The id of an event that has a sequence number.
    event: str
    changeable_webhooks: list[str] = field(default_factory=list)

    async def credential(self, **fields: Any) -> Credential:
        """A new credential of team 1."""
        return await created(self.deployment, named(variant="text", **{"team_id": 1, **fields}), self.admin)

    async def connection(self, **fields: Any) -> Credential:
        """The credential of a new connection, of team 1."""
        return await planted(self.deployment, self.admin, self.organisation_id, **{"team_id": 1, **fields})

    async def session(self) -> str:
        """The id of a session that the admin has begun."""
        app = await self.credential(data=samples()["oauth"])
        request = BeginConnectionRequest(app_id=app.id, **LOOPBACK_CONSENT)
        begun = await ConnectionServiceStub(self.deployment.grpc).BeginConnection(request, metadata=self.admin)
        return begun.session.id

    async def new_team(self) -> Team:
        """A team that a test may change."""
        request = CreateTeamRequest(team=Team(name=f"team {uuid.uuid4()}"))
        return await self.deployment.organisations.CreateTeam(request, metadata=self.admin)

    async def new_folder(self) -> int:
        """A folder of team 1 that a test may change."""
        return await made_folder(self.deployment, self.admin, team_id=1)

    async def new_key(self) -> ApiKey:
        """A key that a test may change."""
        return await make_key(self.deployment, ROLE_READER, by=self.admin)

    async def new_identity(self) -> Identity:
        """An identity that a test may change."""
        return await mapped(self.deployment, self.domain, uuid.uuid4().hex, by=self.admin)

    async def new_webhook(self) -> str:
        """The id of a webhook that a test may change. The earliest ones that tests got are deleted."""
        while len(self.changeable_webhooks) >= _CHANGEABLE_WEBHOOKS:
            oldest = DeleteWebhookRequest(id=self.changeable_webhooks.pop(0))
            with suppress(AioRpcError):  # a test has deleted it
                await EventServiceStub(self.deployment.grpc).DeleteWebhook(oldest, metadata=self.admin)
        webhook = await _new_webhook(self.deployment, self.admin)
        self.changeable_webhooks.append(webhook.id)
        return webhook.id


@dataclass(frozen=True)
class World:
    """The organisation of the callers, another one, and callers by their kind, roles and scope, which are made once."""

    deployment: Deployment
    own: Side
    foreign: Side
    oidc: IdentityIssuer
    # Signs the certificates of callers.
    authority: trustme.CA
    token_key: Any
    callers: dict[Any, asyncio.Future[Presented]] = field(default_factory=dict)

    async def caller(self, kind: str, roles: Iterable[Any], **fields: Any) -> Presented:
        """What a caller with these roles presents. A key with the role admin may grant every role that it can."""
        wanted = (kind, frozenset(roles), repr(fields))
        if wanted not in self.callers:
            self.callers[wanted] = asyncio.ensure_future(self._new_caller(kind, sorted(wanted[1]), fields))
        return await self.callers[wanted]

    async def _new_caller(self, kind: str, roles: list[Any], fields: dict[str, Any]) -> Presented:
        name = uuid.uuid4().hex
        if kind == "key":
            return presented_by(await key_of(self.deployment, *roles, by=self.own.admin, **fields))
        if kind == "certificate":
            await mapped(self.deployment, self.own.domain, name, *roles, by=self.own.admin, **fields)
            certificate = issued_to(self.authority, f"spiffe://{self.own.domain.spiffe_trust_domain}/{name}")
            return Presented((), LOOPBACK, certificate.pem)
        subject = f"repo:x/{name}"
        identity = Identity(issuer_id=self.oidc.id, claims={"sub": subject}, roles=roles, **fields)
        await identities_of(self.deployment).CreateIdentity(
            CreateIdentityRequest(identity=identity), metadata=self.own.admin
        )
        now = int(time.time())
        content = {"iss": self.oidc.oidc.issuer, "sub": subject, "aud": _AUDIENCE, "iat": now, "exp": now + 3600}
        token = jwt.encode(content, self.token_key, algorithm="ES256", headers={"kid": "one"})
        return Presented((f"Bearer {token}",), LOOPBACK)

    def method(self, name: str) -> Method:
        """The method as the service serves it."""
        [method] = [each for each in self.deployment.service.methods.values() if each.name == name]
        return method

    async def ask(self, name: str, request: Message, by: Presented) -> Answer:
        """Send a request through the pipeline, without the network. Of a stream, the answer is the first message."""
        service, method = self.deployment.service, self.method(name)
        content = request.SerializeToString()
        try:
            if method.converses:
                stream: Any = service.streams.converse(method, _sent(content, _TRAILER), by)
            elif method.streams_requests:
                stream = service.streams.exchange(method, _sent(content), by)
            elif method.streams_responses:
                stream = service.streams.responses(method, content, by)
            else:
                return Answer(await service.pipeline.call(method, content, by), Status())
            async with asyncio.timeout(_SECONDS), aclosing(stream):
                return _of_import(await anext(stream))
        except ServiceError as error:
            return Answer(None, render(error))


# Ends the body of a request that is forwarded.
_TRAILER = StreamHttpRequestRequest(trailer=HttpTrailer()).SerializeToString()


async def _sent(*messages: bytes) -> AsyncIterator[bytes]:
    for message in messages:
        yield message


def _of_import(message: Any) -> Answer:
    """The answer to the one create of an import, and every other message as it is."""
    if message.DESCRIPTOR.name == "ImportCredentialsResponse" and message.results[0].HasField("error"):
        return Answer(None, message.results[0].error)
    return Answer(message, Status())


def presented_by(metadata: Metadata) -> Presented:
    """What a caller with an API key presents."""
    return Presented((metadata[0][1],), LOOPBACK)


async def new_world(deployment: Deployment, authority: trustme.CA) -> World:
    """Use the deployment's organisation as the callers' own, and create another one."""
    other, other_admin = await other_organisation(deployment)
    async with deployment.sql() as connection:
        await connection.execute(
            "update organisations set last_team_id = $1, last_folder_id = $1 where organisation_id = $2",
            _FOREIGN_NUMBERS,
            other,
        )
    token_key = new_key()
    oidc = OidcIssuer(
        issuer=f"https://{uuid.uuid4()}.example",
        audience=_AUDIENCE,
        claim_prefix="repo:x/",
        jwks_json=json.dumps({"keys": [jwk_of(token_key, "one")]}),
    )
    own = await _new_side(deployment, "default", deployment.metadata)
    foreign = await _new_side(deployment, other, other_admin)
    return World(deployment, own, foreign, await bound(deployment, oidc=oidc), authority, token_key)


async def _new_side(deployment: Deployment, organisation_id: str, admin: Metadata) -> Side:
    domain = await bound(deployment, organisation_id=organisation_id, spiffe_trust_domain=trust_domain())
    team = await deployment.organisations.CreateTeam(
        CreateTeamRequest(team=Team(name=f"of {organisation_id}")), metadata=admin
    )
    folder = await made_folder(deployment, admin, team_id=1)
    key = await make_key(deployment, ROLE_READER, by=admin)
    identity = await mapped(deployment, domain, "a", by=admin)
    webhook = await _new_webhook(deployment, admin)
    # Two deliveries, so that there is a second page.
    await published(deployment, organisation_id)
    event = await published(deployment, organisation_id)
    side = Side(deployment, organisation_id, admin, domain, folder, team, key, identity, webhook, event)
    # At least two rows of every list, so that it has a second page.
    await asyncio.gather(
        side.new_folder(), side.new_key(), side.new_identity(), side.credential(), side.credential(),
        side.credential(data=samples()["oauth"]), side.credential(data=samples()["oauth"]),
        side.new_webhook(), side.connection(), side.connection(),
        bound(deployment, organisation_id=organisation_id, spiffe_trust_domain=trust_domain()),
    )  # fmt: skip
    return side


async def _new_webhook(deployment: Deployment, admin: Metadata) -> Webhook:
    request = CreateWebhookRequest(webhook=Webhook(url=URL, paused=True))
    return (await EventServiceStub(deployment.grpc).CreateWebhook(request, metadata=admin)).webhook


def roles_of(kind: str) -> set[Role.ValueType]:
    """The roles that a caller of a kind can have."""
    return ROLES if kind == "key" else ROLES - {ROLE_OPERATOR}


def grantable(kind: str, roles: Collection[Role.ValueType]) -> dict[str, Any]:
    """The fields of a caller that may create the key and the identity of the matrix."""
    return {"grantable_roles": [ROLE_READER]} if kind == "key" and ROLE_ADMIN in roles else {}


def granted(kind: str, method: str) -> str:
    """The reason that refuses a valid request of a caller of a kind with the method's roles. Empty if none does."""
    if method in FORWARDING:
        return "EGRESS_REFUSED"
    if method in OF_CREATOR:
        return "CONNECTION_SESSION_NOT_FOUND"
    return "GRANT_NOT_ALLOWED" if kind != "key" and method in GRANTING else ""


async def admin(world: World, kind: str) -> Presented:
    """A caller with every role but operator, which would make the rows of other organisations its own."""
    roles = ROLES - {ROLE_OPERATOR}
    return await world.caller(kind, roles, **grantable(kind, roles))


@dataclass(frozen=True)
class Cells:
    """Runs cells of the matrix at the same time, and collects what differs from the policy."""

    wrong: list[str] = field(default_factory=list)

    async def run(self, *cells: Awaitable[None]) -> None:
        await asyncio.gather(*cells)
        assert self.wrong == []

    def require(self, condition: object, name: str, *answers: Answer) -> None:
        if not condition:
            self.wrong.append(f"{name}: {[answer.reason or 'OK' for answer in answers]}")
