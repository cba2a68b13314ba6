"""Helpers for tests of Versori's connections: a client of one organisation's paths, apps, and ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from conftest import API_KEY, ORGANISATION
from connections.consenting import stub_of
from gateway.apis import VendorApi
from ulid import ULID

from strongroom.v1.connection_service_pb2 import App, CreateAppRequest
from strongroom.v1.credential_pb2 import SURFACE_VERSORI

if TYPE_CHECKING:
    from conftest import Deployment

PREFIX = "/api/switchboard/v1alpha1"
CALLBACK = f"{PREFIX}/connections/oauth2/callback"
UNKNOWN_ID = "01KASF8PKYFGRSTBHZ3XQGN6RH"


def switchboard(
    deployment: Deployment, key: str = API_KEY, organisation: str = ORGANISATION, below: str = ""
) -> VendorApi:
    """A client of Versori's paths of an organisation, or of those below one of them."""
    path = f"{PREFIX}/organisations/{organisation}{below}"
    return VendorApi(deployment.http, path, {"Authorization": f"Bearer {key}"})


async def new_app(deployment: Deployment, key: str = API_KEY, **fields: Any) -> str:
    """The id, as Versori shows it, of a new app for Versori's connections."""
    app: dict[str, Any] = {
        "display_name": "Store",
        "authorization_url": "https://accounts.example/authorize",
        "token_url": "https://accounts.example/token",
        "client_id": "client",
        "client_secret": "hunter2",
        "scopes": ["read", "write"],
        "connection_surface": SURFACE_VERSORI,
    }
    metadata = (("authorization", f"Bearer {key}"),)
    made = await stub_of(deployment).CreateApp(CreateAppRequest(app=App(**{**app, **fields})), metadata=metadata)
    return ulid_of(made.id)


def ulid_of(uuid: str) -> str:
    """Versori's form of an id."""
    return str(ULID.from_uuid(UUID(uuid)))


def uuid_of(ulid: str) -> str:
    """Our form of an id."""
    return str(ULID.from_str(ulid).to_uuid())
