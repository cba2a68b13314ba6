"""Shows apps as Versori does. An app at Versori also describes an API, of which we know only how to authenticate."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import grpc
import msgspec
from msgspec import UNSET, UnsetType

from strongroom.v1.connection_service_pb2 import GetAppRequest, ListAppsRequest
from strongroom_server.gateway import times
from strongroom_server.gateway.problems import Problem, RefusedError
from strongroom_server.gateway.services import CALL_SECONDS
from strongroom_server.gateway.vendor import Operation
from strongroom_server.gateway.vendors.versori.ids import APP, ORGANISATION, ulid_of, uuid_of
from strongroom_server.gateway.vendors.versori.pages import listing

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp
    from starlette.responses import Response

    from strongroom.v1 import connection_service_pb2 as contract
    from strongroom_server.gateway.calls import Call

Time = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]


class Server(msgspec.Struct):
    """Where an app is: the origin of its token endpoint."""

    name: str
    url: str


class SchemaMetadata(msgspec.Struct):
    """The description of an app's API. We know none, so version and url are empty."""

    type: str
    version: str
    url: str


class Schema(msgspec.Struct, rename="camel"):
    """The same, as Versori's newer clients read it. Its id and times are those of the app."""

    id: str
    type: str
    version: str
    source_url: str
    created_at: Time
    updated_at: Time


class AppAuthConfigData(msgspec.Struct, rename="camel", omit_defaults=True):
    """What is known of a method of authentication. No secret is among it."""

    flow_type: str | UnsetType = UNSET
    authorization_endpoint: str | UnsetType = UNSET
    token_endpoint: str | UnsetType = UNSET
    discovery_url: str | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    scopes: dict[str, str] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    in_: str | UnsetType = msgspec.field(name="in", default=UNSET)


class AppAuthConfig(msgspec.Struct, rename="camel"):
    """A method of authentication: oidc, oauth2, apikey, httpBasicAuth or jwtbearer."""

    type: str
    is_valid: bool
    data: AppAuthConfigData


class App(msgspec.Struct, rename="camel"):
    """An app, as Versori shows it."""

    id: str
    org_id: str
    name: str
    public: bool
    server: Server
    schema_metadata: SchemaMetadata
    supported_auth_configs: list[AppAuthConfig]
    schema: Schema
    created_at: Time
    updated_at: Time


class AppsPage(msgspec.Struct, rename="camel", omit_defaults=True):
    """A page of apps. `next` is the `after` of the next page, `prev` the `before` of the previous one."""

    items: list[App]
    total_count: int
    next: str | UnsetType = UNSET
    prev: str | UnsetType = UNSET


_NO_APP = Problem(grpc.StatusCode.NOT_FOUND, "CREDENTIAL_NOT_FOUND", "there is no such app")
LISTING = listing(
    {
        "id": lambda app: app.id,
        "name": lambda app: app.display_name,
        "createdAt": lambda app: _sortable(app.create_time),
        "updatedAt": lambda app: _sortable(app.update_time),
    }
)


async def get(call: Call) -> Response:
    """Show an app."""
    return call.response(body_of(await app_of(call, call.required(APP))))


async def list_(call: Call) -> Response:
    """List a page of apps, with the total count."""
    apps = await all_apps(call)
    page = LISTING.page(call, apps)
    items = [body_of(app) for app in page.items]
    return call.response(AppsPage(items, len(apps), page.next or UNSET, page.prev or UNSET))


async def app_of(call: Call, app_id: str) -> contract.App:
    """The app with Versori's id. Raises the service's error, and RefusedError if its connections are on another surface."""
    app = await call.services.connections.GetApp(
        GetAppRequest(id=uuid_of(app_id), organisation_id=call.required(ORGANISATION)),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    if app.connection_surface != call.vendor.surface:
        raise RefusedError(_NO_APP)
    return app


async def all_apps(call: Call) -> list[contract.App]:
    """All apps whose connections are on Versori's surface: an organisation has few."""
    apps: list[contract.App] = []
    token, more = "", True
    while more:
        page = await call.services.connections.ListApps(
            ListAppsRequest(organisation_id=call.required(ORGANISATION), page_token=token),
            metadata=call.metadata,
            timeout=CALL_SECONDS,
        )
        apps += [app for app in page.apps if app.connection_surface == call.vendor.surface]
        token, more = page.next_page_token, bool(page.next_page_token)
    return apps


def body_of(app: contract.App) -> App:
    """The body of a response that shows an app."""
    app_id, endpoint = ulid_of(app.id), urlsplit(app.token_url)
    created, updated = times.rfc_3339(app.create_time), times.rfc_3339(app.update_time)
    return App(
        id=app_id,
        org_id=app.organisation_id,
        name=app.display_name,
        public=False,
        server=Server(app.display_name, f"{endpoint.scheme}://{endpoint.netloc}" if endpoint.netloc else ""),
        schema_metadata=SchemaMetadata("openapi", "", ""),
        supported_auth_configs=[auth_config_of(app)],
        schema=Schema(app_id, "openapi", "", "", created, updated),
        created_at=created,
        updated_at=updated,
    )


def auth_config_of(app: contract.App) -> AppAuthConfig:
    """How an app authenticates: by OAuth 2.0, or by OpenID Connect if its issuer is known."""
    return AppAuthConfig(
        type="oidc" if app.issuer else "oauth2",
        is_valid=True,
        data=AppAuthConfigData(
            flow_type=app.grant_type,
            authorization_endpoint=app.authorization_url or UNSET,
            token_endpoint=app.token_url,
            discovery_url=_discovery_url(app.issuer) if app.issuer else UNSET,
            client_id=app.client_id,
            scopes=dict.fromkeys(app.scopes, ""),
        ),
    )


def _discovery_url(issuer: str) -> str:
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def _sortable(time: Timestamp) -> str:
    return f"{time.seconds:020d}{time.nanos:09d}"


_COLLECTION = "/organisations/{organisationId}/apps"

OPERATIONS = (
    Operation(
        "GetApps",
        "GET",
        _COLLECTION,
        "List apps, a page at a time.",
        list_,
        HTTPStatus.OK,
        AppsPage,
        (ORGANISATION, *LISTING.parameters),
    ),
    Operation(
        "GetApp", "GET", f"{_COLLECTION}/{{appId}}", "Read an app.", get, HTTPStatus.OK, App, (ORGANISATION, APP)
    ),
)
