"""A node that may reach the mock provider, credentials whose tokens come from it, and calls of MintToken."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from conftest import copied_database, open_deployment
from google.protobuf import json_format
from samples import created, named
from schemes.provider import CLIENT_ID, CLIENT_SECRET

from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest
from strongroom.v1.credential_pb2 import (
    ClientCredentialsData,
    Credential,
    CredentialData,
    HttpRequestData,
    OAuthData,
)
from strongroom.v1.use_service_pb2 import MintTokenRequest, MintTokenResponse
from strongroom.v1.use_service_pb2_grpc import UseServiceStub
from strongroom_server.egress.policy import networks_of
from strongroom_server.node import service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from conftest import Deployment
    from schemes.provider import Provider

    from strongroom.v1.audit_service_pb2 import AuditEvent
    from strongroom.v1.connection_service_pb2 import Connection

__all__ = ["node"]


@pytest.fixture(scope="module")
async def node(
    provider_process: Provider,
    postgres_url: str,
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Deployment]:
    """A node whose guard lets it reach the provider of the module. It refreshes only for callers."""
    with refreshing_for_callers():
        async with (
            copied_database(postgres_url, template_database) as url,
            open_deployment(url, tmp_path_factory.mktemp("node"), **reaching(provider_process)) as opened,
        ):
            yield opened


@contextmanager
def refreshing_for_callers() -> Iterator[None]:
    """Have nodes that are started refresh only for callers, because tests count requests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "refresh_forever", lambda *_: asyncio.sleep(0))
        yield


def reaching(provider: Provider) -> dict[str, Any]:
    """The settings of a node that may reach a provider."""
    return {
        "egress_allow": networks_of("127.0.0.1"),
        "egress_ports": frozenset({443, provider.port}),
        "egress_ca": provider.ca_file,
        "recipe_cas": (("corporate", provider.ca_file),),
    }


async def minted(
    node: Deployment, credential: Credential | Connection, by: Any = (), seconds: float | None = None, **request: Any
) -> MintTokenResponse:
    """Mint a token, with the key that has every role unless another is given."""
    return await UseServiceStub(node.grpc).MintToken(
        MintTokenRequest(id=credential.id, **request), metadata=by or node.metadata, timeout=seconds
    )


async def stored(
    node: Deployment, data: CredentialData, settings: dict[str, Any] | None = None, **fields: Any
) -> Credential:
    """Create a credential with these use_settings."""
    use = Credential.UseSettings(**settings) if settings else None
    return await created(node, named(data=data, use_settings=use, **fields))


def oauth(url: str, **fields: Any) -> CredentialData:
    """An OAuth client of the provider."""
    client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "grant_type": "client_credentials"}
    return CredentialData(oauth=OAuthData(**{**client, "token_url": url, **fields}))


def client(secret: str = CLIENT_SECRET) -> CredentialData:
    """A client of the provider without its endpoint."""
    return CredentialData(client_credentials=ClientCredentialsData(client_id=CLIENT_ID, client_secret=secret))


def recipe(
    url: str, location: str = "=recipe.body.token", secret: str = "recipe-s3cret", **options: Any
) -> CredentialData:
    """A recipe that sends its secret."""
    payload = {"payload": {"secret": "<<secret>>"}, "content_type": "form"} | options
    return CredentialData(
        http_request=HttpRequestData(
            options_json=json.dumps({"url": url, **payload}), location_of_token=location, secret=secret
        )
    )


def jwt_with(claims: dict[str, Any]) -> str:
    """A JWT that nobody signed."""
    parts = ({"alg": "none"}, claims)
    encoded = (base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts)
    return ".".join((*encoded, "c2ln"))


def expires_in(response: MintTokenResponse) -> float:
    """How many seconds from now a token expires."""
    return response.expire_time.ToDatetime().timestamp() - time.time()


def later(node: Deployment, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let so much time pass for the node. The database's own clock stays."""
    now = node.service.watch.now
    monkeypatch.setattr(node.service.watch, "now", lambda: now() + timedelta(seconds=seconds))


async def events_of(node: Deployment, credential: Credential) -> list[AuditEvent]:
    """The events of a credential's tokens, oldest first."""
    page = await node.audit.ListAuditEvents(
        ListAuditEventsRequest(credential_id=credential.id, action="MintToken", page_size=500), metadata=node.metadata
    )
    return list(reversed(page.audit_events))


async def uses_of(node: Deployment, credential: Credential) -> list[tuple[str, dict[str, Any]]]:
    """The outcome of each event of a credential's tokens, with what it says of the use."""
    return [
        (event.outcome, json_format.MessageToDict(event.use, preserving_proto_field_name=True))
        for event in await events_of(node, credential)
    ]
