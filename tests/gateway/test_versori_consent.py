"""Tests Versori's connections that a person consents to, from connection-init over the callback to OAuth2Refresh credentials."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from connections.consenting import PUBLIC_URL, begin, completed, node, session_of
from gateway.apis import VendorApi, base_64
from gateway.versori_apps import CALLBACK, new_app, switchboard, uuid_of
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import key_of, refused
from schemes.provider import CLIENT_ID, CLIENT_SECRET, provider, provider_process

from strongroom.v1.connection_service_pb2 import (
    CONNECTION_SESSION_STATE_CONSENTED,
    CONNECTION_SESSION_STATE_FAILED,
)
from strongroom.v1.organisation_service_pb2 import ROLE_WRITER, Organisation, UpdateOrganisationRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx
    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]

USER = "switchboard"
BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


async def app_of(node: Deployment, provider: Provider, **fields: Any) -> str:
    """An app of the provider for Versori's connections."""
    known = {"authorization_url": "", "token_url": "", "issuer": provider.url, "scopes": ["openid", "files.read"]}
    return await new_app(node, **{**known, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **fields})


async def initialised(api: VendorApi, app_id: str, auth_type: str = "oauth2") -> tuple[str, str]:
    """The URL at which a person consents, and the id of the session."""
    answer = await api.request("POST", "/connection-init", json={"appId": app_id, "authType": auth_type})
    assert answer.status_code == 200
    url = answer.json()["action"]["redirect"]["url"]
    assert answer.json() == {"action": {"redirect": {"url": url}}}
    return url, answer.headers["Strongroom-Session-Id"]


async def called_back(node: Deployment, location: str, **headers: str) -> httpx.Response:
    """What a provider's redirect to the callback gets."""
    parts = urlsplit(location)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{PUBLIC_URL}{CALLBACK}"
    return await node.http.get(f"{CALLBACK}?{parts.query}", headers=headers, follow_redirects=False)


async def connected(node: Deployment, provider: Provider, app_id: str) -> dict[str, Any]:
    """A connection that a person has consented to, as Versori shows it."""
    url, session_id = await initialised(switchboard(node), app_id)
    await called_back(node, provider.consent(url))
    connection = await completed(node, session_id, user=USER)
    shown: dict[str, Any] = await switchboard(node).request_json("GET", f"/connections/{ulid(connection.id)}")
    return shown
