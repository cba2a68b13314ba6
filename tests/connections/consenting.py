"""A node that may reach the mock provider, its apps, and the steps by which a person consents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from conftest import copied_database, open_deployment
from schemes.provider import CLIENT_ID, CLIENT_SECRET
from use.minting import reaching, refreshing_for_callers

from strongroom.v1.connection_service_pb2 import (
    App,
    BeginConnectionRequest,
    BeginConnectionResponse,
    CompleteConnectionRequest,
    Connection,
    ConnectionSession,
    CreateAppRequest,
    GetConnectionSessionRequest,
    ReceiveConsentRequest,
    ReceiveConsentResponse,
    ReconnectRequest,
    StartConsentRequest,
    StartConsentResponse,
)
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
from strongroom.v1.credential_pb2 import SURFACE_NATIVE, CredentialData, OAuthData, Surface

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node"]

PUBLIC_URL = "https://connect.example.com"
USER = "user-of-the-application"
NO_APP = "leads to no app: it does not exist, or this caller may not see it"


@pytest.fixture(scope="module")
async def node(
    provider_process: Provider,
    postgres_url: str,
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Deployment]:
    """A node with a public URL, whose guard lets it reach the provider of the module. It refreshes only for callers."""
    settings = {**reaching(provider_process), "public_url": PUBLIC_URL}
    with refreshing_for_callers():
        async with (
            copied_database(postgres_url, template_database) as url,
            open_deployment(url, tmp_path_factory.mktemp("node"), **settings) as opened,
        ):
            yield opened


def stub_of(node: Deployment) -> ConnectionServiceStub:
    """ConnectionService, over the network."""
    return ConnectionServiceStub(node.grpc)


async def new_app(node: Deployment, provider: Provider, by: Any = (), **fields: Any) -> App:
    """An app of the provider, whose endpoints it has read from the provider's metadata unless others are given."""
    app: dict[str, Any] = {
        "display_name": "Test app",
        "issuer": provider.url,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "scopes": ["openid", "files.read"],
    }
    return await stub_of(node).CreateApp(CreateAppRequest(app=App(**{**app, **fields})), metadata=by or node.metadata)


def consent_client(provider: Provider) -> CredentialData:
    """An OAuth client of the provider for people's consent."""
    return CredentialData(
        oauth=OAuthData(
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            grant_type="authorization_code",
            scope="files.read",
            authorization_url=provider.authorization_url,
            token_url=provider.token_url,
        )
    )


async def begin(node: Deployment, app_id: str, by: Any = (), **fields: Any) -> BeginConnectionResponse:
    """Begin a connection for USER, with the key that has every role unless another is given."""
    request = BeginConnectionRequest(**{"app_id": app_id, "user": USER, **fields})
    return await stub_of(node).BeginConnection(request, metadata=by or node.metadata)


async def reconnect(node: Deployment, connection: Connection, **fields: Any) -> BeginConnectionResponse:
    """Begin a new consent for a connection."""
    request = ReconnectRequest(**{"id": connection.id, "user": USER, **fields})
    return await stub_of(node).Reconnect(request, metadata=node.metadata)


def link_of(url: str) -> str:
    """The link in the URL of a session."""
    assert url.startswith(f"{PUBLIC_URL}/connect/")
    return url.rpartition("/")[2]


async def started(node: Deployment, begun: BeginConnectionResponse) -> StartConsentResponse:
    """What the page of a link does when its button is pressed."""
    return await stub_of(node).StartConsent(StartConsentRequest(link=link_of(begun.url)))


async def received(
    node: Deployment, callback: str, cookie: str = "", surface: Surface.ValueType = SURFACE_NATIVE
) -> ReceiveConsentResponse:
    """What the redirect URI does when a browser comes back."""
    request = ReceiveConsentRequest(query=urlsplit(callback).query, cookie=cookie, surface=surface)
    return await stub_of(node).ReceiveConsent(request)


async def consented(
    node: Deployment, provider: Provider, begun: BeginConnectionResponse, decision: str = "allow"
) -> ReceiveConsentResponse:
    """Let a person decide, up to the redirect."""
    start = await started(node, begun)
    return await received(node, provider.consent(start.url, decision), start.cookie)


async def completed(
    node: Deployment, session_id: str, by: Any = (), seconds: float | None = None, **fields: Any
) -> Connection:
    """Complete a session for USER."""
    request = CompleteConnectionRequest(**{"session_id": session_id, "user": USER, **fields})
    return await stub_of(node).CompleteConnection(request, metadata=by or node.metadata, timeout=seconds)


async def connected(node: Deployment, provider: Provider, app: App, **fields: Any) -> Connection:
    """A new connection of an app."""
    begun = await begin(node, app.id, **fields)
    await consented(node, provider, begun)
    return await completed(node, begun.session.id)


async def session_of(node: Deployment, session_id: str, wait_seconds: int = 0, by: Any = ()) -> ConnectionSession:
    """A session as its caller sees it."""
    request = GetConnectionSessionRequest(id=session_id, wait_seconds=wait_seconds)
    return await stub_of(node).GetConnectionSession(request, metadata=by or node.metadata)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows there are of what a completion stores."""

    credentials: int
    connections: int
    tokens: int
    events: int


async def counts(node: Deployment) -> Counts:
    """Count the rows of connections."""
    async with node.sql() as sql:
        tables = ("credentials where variant <> 'oauth'", "connections", "tokens", "events")
        return Counts(*[await sql.fetchval(f"select count(*) from {table}") for table in tables])


def exchanges_of(provider: Provider) -> list[str]:
    """The grant type of each request so far, without the refreshes of other connections, which the node makes by itself."""
    return [each["grant"] for each in provider.log() if each["grant"] != "refresh_token"]
