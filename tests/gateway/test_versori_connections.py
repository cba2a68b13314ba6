"""Tests Versori's connections that need no consent, its apps and connected apps: documented requests and responses, and refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conftest import ORGANISATION
from connections.consenting import stub_of
from gateway.apis import ULID, VendorApi, another_organisation, data_of
from ulid import ULID as Ulid

from strongroom.v1.connection_service_pb2 import App, CreateAppRequest
from strongroom.v1.credential_pb2 import SURFACE_VERSORI

if TYPE_CHECKING:
    from conftest import Deployment


def api(node: Deployment, key: str = "", organisation: str = ORGANISATION) -> VendorApi:
    path = f"/api/switchboard/v1alpha1/organisations/{organisation}"
    return VendorApi(node.http, path, {"Authorization": f"Bearer {key or node.api_key}"})


async def new_app(node: Deployment, key: str = "", **fields: Any) -> str:
    """The ULID of a new app for Versori's connections."""
    app: dict[str, Any] = {
        "display_name": "Store",
        "authorization_url": "https://accounts.example/authorize",
        "token_url": "https://accounts.example/token",
        "client_id": "client",
        "client_secret": "hunter2",
        "scopes": ["read", "write"],
        "connection_surface": SURFACE_VERSORI,
    }
    metadata = (("authorization", f"Bearer {key or node.api_key}"),)
    made = await stub_of(node).CreateApp(CreateAppRequest(app=App(**{**app, **fields})), metadata=metadata)
    return ulid(made.id)


def ulid(uuid: str) -> str:
    return str(Ulid.from_str(str(Ulid.from_hex(uuid.replace("-", "")))))


def uuid(text: str) -> str:
    return str(Ulid.from_str(text).to_uuid())


async def test_x(deployment: Deployment) -> None:
    node = deployment
    app = await new_app(node)
    created = await api(node).request("POST", "/connections", json={"name":"My API Key","appId":app,"authType":"apikey","data":{"apiKey":"my-secret-key"}})
    print(created.status_code, created.text)
    for p in ("/connections", "/connected-apps", "/apps", f"/apps/{app}", f"/connections/{created.json()['id']}", "/credentials"):
        a = await api(node).request("GET", p)
        print(p, a.status_code, a.text)
    for t in ("apikey", "oauth2", "jwtbearer"):
        a = await api(node).request("POST", "/connection-init", json={"appId": app, "authType": t})
        print(a.status_code, a.text)
    a = await api(node).request("PUT", f"/connections/{created.json()['id']}", json={"name":"new","data":{"apiKey":"x"}})
    print(a.status_code, a.text)
    a = await api(node).request("DELETE", f"/connections/{created.json()['id']}")
    print(a.status_code, a.text)
    a = await node.http.get("/api/switchboard/v1alpha1/connections/oauth2/callback?state=1")
    print(a.status_code, a.text)
    assert 0
