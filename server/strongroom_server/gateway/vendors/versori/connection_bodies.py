"""Declares the JSON bodies of Versori's connections, and makes those of responses from our messages."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from strongroom_server.gateway.json_body import JsonObject
from strongroom_server.gateway.members import STRING, Body, Kind, Member, one_of, reference, text
from strongroom_server.gateway.vendors.versori.apps import App, AppAuthConfig, AppAuthConfigData, auth_config_of
from strongroom_server.gateway.vendors.versori.apps import body_of as app_body_of
from strongroom_server.gateway.vendors.versori.connection_data import AUTH_TYPES
from strongroom_server.gateway.vendors.versori.ids import ulid_of

if TYPE_CHECKING:
    from strongroom.v1 import connection_service_pb2 as contract

# The label of a connection's credential that has its authType, in lower case, and the types by it.
AUTH_TYPE_LABEL = "versori-auth-type"
_BY_LABEL = MappingProxyType({name.lower(): name for name in AUTH_TYPES})
# The type of a connection without the label, by the variant of its credential. The first type of a variant counts.
_BY_VARIANT = MappingProxyType({rules.variant: name for name, rules in reversed(list(AUTH_TYPES.items()))})
# What a connection of each type shows of how it authenticates. The credential has the rest, sealed.
_DATA = MappingProxyType(
    {
        **dict.fromkeys(AUTH_TYPES, AppAuthConfigData()),
        "apikey": AppAuthConfigData(name="Authorization", in_="header"),
        "oauth2": AppAuthConfigData(flow_type="client_credentials"),
    }
)


class BoardReference(msgspec.Struct):
    """A board that uses a connection."""

    id: str
    name: str


class Connection(msgspec.Struct, rename="camel"):
    """A connection, as Versori shows it. Strongroom has no boards, so none uses it."""

    id: str
    org_id: str
    name: str
    app: App
    auth_type: str
    auth_config: AppAuthConfig
    credential_id: str
    used_by_boards: list[BoardReference]


class ConnectionsPage(msgspec.Struct, rename="camel", omit_defaults=True):
    """A page of connections. `next` is the `after` of the next page, `prev` the `before` of the previous one."""

    items: list[Connection]
    total_count: int
    next: str | UnsetType = UNSET
    prev: str | UnsetType = UNSET


class ConnectionOverview(msgspec.Struct):
    """A connection in short."""

    id: str
    name: str


class ConnectedApp(msgspec.Struct):
    """An app with its connections."""

    app: App
    connections: list[ConnectionOverview]


class ConnectedAppsPage(msgspec.Struct, rename="camel", omit_defaults=True):
    """A page of apps that have connections. `next` and `prev` as in the page of connections."""

    items: list[ConnectedApp]
    total_count: int
    next: str | UnsetType = UNSET
    prev: str | UnsetType = UNSET


class Redirect(msgspec.Struct):
    """Send the person's browser to this URL."""

    url: str


class Form(msgspec.Struct):
    """Ask for the data of CreateConnection by this JSON schema."""

    schema: dict[str, Any]


class InitConnectionAction(msgspec.Struct, omit_defaults=True):
    """What to do next: one of the two."""

    redirect: Redirect | UnsetType = UNSET
    form: Form | UnsetType = UNSET


class InitConnectionResponseBody(msgspec.Struct):
    """How a connection is made."""

    action: InitConnectionAction


NAME = Member("name", text(1, 255), required=True)
APP_ID = Member("appId", STRING, "The id of an app of this organisation.", required=True)
AUTH_TYPE = Member("authType", one_of(*AUTH_TYPES), required=True)
INIT_AUTH_TYPE = Member(
    "authType",
    one_of(*AUTH_TYPES, "oidc"),
    "oauth2 and oidc lead to the consent of a person, unless the app's grant is client_credentials.",
    required=True,
)
DATA = Member(
    "data",
    Kind(
        {
            "anyOf": [
                *(reference(each.body.name) for each in AUTH_TYPES.values()),
                {"type": "object", "maxProperties": 0},
            ]
        },
        JsonObject.child,
        {name: schema for each in AUTH_TYPES.values() for name, schema in each.body.components.items()},
    ),
    "Of the same form as when the connection was created. Must be empty if a person has consented to the connection.",
)
_EXAMPLE_DATA = MappingProxyType(
    {
        "apikey": {"apiKey": "my-secret-key"},
        "httpBasicAuth": {"user": "anna", "password": "hunter2"},
        "httprefresh": {"secret": "hunter2"},
        "oauth2": {
            "clientId": "client",
            "clientSecret": "hunter2",
            "additionalParameters": "audience=https%3A%2F%2Fa.example",
        },
        "jwtbearer": {"secret": "at-least-32-bytes-of-a-shared-secret", "payload": {"iss": "me"}, "algorithm": "HS256"},
    }
)
_EXAMPLE_APP = "01G01QZNWG0000000000000000"
CREATE = Body(
    "CreateConnectionRequestBody",
    (NAME, APP_ID, AUTH_TYPE),
    AUTH_TYPE.name,
    {name: (each.data,) for name, each in AUTH_TYPES.items()},
    examples={
        name: {"name": "My connection", "appId": _EXAMPLE_APP, "authType": name, "data": data}
        for name, data in _EXAMPLE_DATA.items()
    },
)
UPDATE = Body(
    "UpdateConnectionRequestBody",
    (NAME, DATA),
    needed=frozenset({DATA.name}),
    examples={
        "secret": {"name": "My connection", "data": _EXAMPLE_DATA["apikey"]},
        "name": {"name": "My connection", "data": {}},
    },
)
INIT = Body(
    "InitConnectionRequestBody",
    (APP_ID, INIT_AUTH_TYPE),
    examples={"oauth2": {"appId": _EXAMPLE_APP, "authType": "oauth2"}},
)


def label_of(auth_type: str) -> dict[str, str]:
    """The labels of a credential that was created with this authType."""
    return {AUTH_TYPE_LABEL: auth_type.lower()}


def auth_type_of(connection: contract.Connection) -> str | None:
    """The authType whose data the connection has; None if a person has consented."""
    if connection.variant == "oauth2_refresh":
        return None
    # A connection that gRPC made has no label.
    known = _BY_LABEL.get(connection.labels.get(AUTH_TYPE_LABEL, ""))
    return known or _BY_VARIANT.get(connection.variant, "apikey")


def body_of(connection: contract.Connection, app: contract.App) -> Connection:
    """The body of a response that shows a connection of this app."""
    connection_id, auth_type = ulid_of(connection.id), auth_type_of(connection)
    config = (
        auth_config_of(app) if auth_type is None else AppAuthConfig(auth_type, is_valid=True, data=_DATA[auth_type])
    )
    return Connection(
        id=connection_id,
        org_id=connection.organisation_id,
        name=connection.name,
        app=app_body_of(app),
        auth_type=config.type,
        auth_config=config,
        credential_id=connection_id,
        used_by_boards=[],
    )
