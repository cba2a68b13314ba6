"""A valid request of each method, and what each field with an id refers to.

A new method needs a request here, and a new field with an id a decision: the tests of the matrix fail without.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import deleted, updated
from rpc.connection_requests import LOOPBACK, OF_VERSORI
from rpc.event_requests import URL as WEBHOOK_URL
from samples import named, samples

from strongroom.v1.connection_service_pb2 import App
from strongroom.v1.credential_pb2 import (
    READ_ACCESS_SPECIFIC_TEAMS,
    SURFACE_VERSORI,
    Credential,
    CredentialData,
    JwtData,
)
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL
from strongroom.v1.event_service_pb2 import Webhook
from strongroom.v1.identity_service_pb2 import Identity
from strongroom.v1.organisation_service_pb2 import (
    ROLE_OPERATOR,
    ROLE_READER,
    ApiKey,
    DeleteTeamRequest,
    Folder,
    Organisation,
    Scope,
    Team,
)
from strongroom.v1.use_service_pb2 import HttpRequestHead
from strongroom_server.access.roles import METHOD_ROLES, PUBLIC_METHODS
from strongroom_server.rpc.methods import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from access.authorisation_world import Side
    from google.protobuf.descriptor import Descriptor, MethodDescriptor
    from google.protobuf.message import Message

ALL_METHODS: dict[str, MethodDescriptor] = {method.name: method for service in SERVICES for method in service.methods}
# Those whose callers need rights.
METHODS = {name: method for name, method in ALL_METHODS.items() if name not in PUBLIC_METHODS}

# What operators alone may call. Its ids are of the whole deployment, so none is foreign.
OPERATORS_METHODS = {name for name in METHODS if METHOD_ROLES[name] == (ROLE_OPERATOR,)}


def id_path(method: str) -> str:
    """The path of the field that names what a method is called for."""
    return "head.id" if "head" in METHODS[method].input_type.fields_by_name else "id"


# The methods of UseService. Two have a head in their request, which names the credential.
USES = ("MintToken", "AuthorizeHttpRequest", "ForwardHttpRequest", "StreamHttpRequest")

# Names the webhook whose deliveries are meant.
OF_WEBHOOK = "webhook_id"

# What is called for a connection.
CONNECTIONS = ("GetConnection", "UpdateConnection", "Reconnect", "Disconnect")

# The fields that name a row of an organisation: the row, and the reason of the refusal if the organisation doesn't have it.
# A field is written with its method if other methods' fields of that path differ.
REFERENCES: dict[str, tuple[str, str]] = {
    **{
        f"{name} id": ("credential", "CREDENTIAL_NOT_FOUND")
        for name in METHODS
        if name.endswith(("Credential", "CredentialVersion", "CredentialVersions")) and name != "CreateCredential"
    },
    **{f"{name} {id_path(name)}": ("credential", "CREDENTIAL_NOT_FOUND") for name in USES},
    **{f"{verb}App id": ("app", "CREDENTIAL_NOT_FOUND") for verb in ("Get", "Update", "Delete")},
    "BeginConnection app_id": ("app", "CREDENTIAL_NOT_FOUND"),
    "CreateConnection app_id": ("app", "CREDENTIAL_NOT_FOUND"),
    **{
        f"{name} credential.live_credential_id": ("credential", "FIELD_INVALID")
        for name in ("BeginConnection", "CreateConnection")
    },
    **{f"{name} id": ("connection", "CONNECTION_NOT_FOUND") for name in CONNECTIONS},
    "GetConnectionSession id": ("session", "CONNECTION_SESSION_NOT_FOUND"),
    "CompleteConnection session_id": ("session", "CONNECTION_SESSION_NOT_FOUND"),
    **{f"{verb}Team id": ("team", "TEAM_NOT_FOUND") for verb in ("Get", "Update", "Delete")},
    **{f"{verb}Folder id": ("folder", "FOLDER_NOT_FOUND") for verb in ("Get", "Update", "Delete")},
    **{f"{verb}ApiKey id": ("key", "API_KEY_NOT_FOUND") for verb in ("Get", "Update", "Revoke")},
    **{f"{verb}Identity id": ("identity", "IDENTITY_NOT_FOUND") for verb in ("Get", "Update", "Disable")},
    **{f"{verb}Webhook id": ("webhook", "WEBHOOK_NOT_FOUND") for verb in ("Get", "Update", "Delete", "Test")},
    OF_WEBHOOK: ("webhook", "WEBHOOK_NOT_FOUND"),
    "RedeliverEvent event_id": ("event", "EVENT_NOT_FOUND"),
    "CreateIdentity identity.issuer_id": ("issuer", "IDENTITY_ISSUER_NOT_FOUND"),
    "CreateCredential credential.live_credential_id": ("credential", "LIVE_CREDENTIAL_UNKNOWN"),
    "ImportCredentials creates.credential.live_credential_id": ("credential", "LIVE_CREDENTIAL_UNKNOWN"),
    "CreateFolder folder.team_id": ("team", "TEAM_UNKNOWN"),
    "CreateFolder folder.parent_folder_id": ("folder", "FOLDER_UNKNOWN"),
    "UndeleteCredential team_id": ("team", "TEAM_UNKNOWN"),
    "credential.team_id": ("team", "TEAM_UNKNOWN"),
    "credential.folder_id": ("folder", "FOLDER_UNKNOWN"),
    "credential.shared_team_slugs": ("slug", "TEAM_UNKNOWN"),
    "api_key.team_ids": ("team", "TEAM_UNKNOWN"),
    "identity.team_ids": ("team", "TEAM_UNKNOWN"),
    # A limit may name rows that don't exist, and a filter finds nothing then: no refusal.
    "api_key.scope.credential_ids": ("credential", ""),
    "api_key.scope.folder_ids": ("folder", ""),
    "identity.scope.credential_ids": ("credential", ""),
    "identity.scope.folder_ids": ("folder", ""),
    "ListConnections app_id": ("app", ""),
    # Not in its update_mask.
    "UpdateConnection credential.team_id": ("team", ""),
    "UpdateConnection credential.folder_id": ("folder", ""),
    "UpdateConnection credential.shared_team_slugs": ("slug", ""),
    "ListCredentials team_id": ("team", ""),
    "ListCredentials folder_id": ("folder", ""),
    "ListFolders team_id": ("team", ""),
    "ListAuditEvents credential_id": ("credential", ""),
    "ListAuditEvents key_id": ("key", ""),
}
# Output only, or fixed when the row was created: a request's value is ignored.
IGNORED = {
    "credential.id", "credential.organisation_id", "credential.slug", "credential.test_credential.id",
    "UpdateCredential credential.live_credential_id", "UpdateConnection credential.live_credential_id",
    "UpdateOrganisation organisation.id",
    "team.id", "team.organisation_id", "team.slug", "folder.id", "folder.organisation_id",
    "UpdateFolder folder.team_id", "UpdateFolder folder.parent_folder_id",
    "webhook.id", "webhook.organisation_id", "app.id", "app.organisation_id",
    "api_key.id", "api_key.organisation_id", "identity.id", "identity.organisation_id", "UpdateIdentity identity.issuer_id",
}  # fmt: skip
# Ids that another system gives.
TEXTS = {
    "credential.tines_settings.external_id", "credential.tines_settings.notification_recipient_user_ids", "app.client_id",
}  # fmt: skip
# Fields of every method that has them. They have tests of their own.
ORGANISATION_ID, REQUEST_ID, PAGE_TOKENS = "organisation_id", "request_id", ("page_token", "before_page_token")

# The bytes of a field 1000, which no message has. The check for it is the first one after those of roles and organisations.
UNKNOWN_FIELD = b"\xc2\x3e\x00"

_ID = re.compile(r"(^|_)(ids?|slugs?|page_token)$")


def id_fields(message: Descriptor, path: str = "") -> Iterator[str]:
    """The paths of the fields of a request whose names say that they hold ids, in its messages too."""
    for field in message.fields:
        inner = f"{path}.{field.name}".removeprefix(".")
        if field.message_type is not None:
            # The ids in secret data are those of third parties.
            if field.message_type != CredentialData.DESCRIPTOR:
                yield from id_fields(field.message_type, inner)
        elif _ID.search(field.name) and field.type != FieldDescriptor.TYPE_BOOL:
            yield inner


def fields_with_ids() -> Iterator[tuple[str, str]]:
    """Each method with each of its request's fields that hold ids."""
    for name, method in METHODS.items():
        yield from ((name, path) for path in id_fields(method.input_type))


def method_of(name: str) -> str:
    """The method of a row of METHOD_ROLES."""
    return name.removesuffix(" FULL")


def is_in(table: Any, name: str, path: str) -> str:
    """The key of a field in a table of decisions: with its method, or without. Empty if the table doesn't have it."""
    path_alone = path.removeprefix("creates.")
    return next((each for each in (f"{name} {path}", path_alone) if each in table), "")


def is_general(path: str) -> bool:
    """Whether a field means the same in every method."""
    return path.removeprefix("creates.").removeprefix("head.") in (ORGANISATION_ID, REQUEST_ID, *PAGE_TOKENS)


def empty(name: str) -> Any:
    """A request of a method, or of a method's view that shows data, with nothing else in it."""
    method, _, full = name.partition(" ")
    request: Any = message_factory.GetMessageClass(ALL_METHODS[method].input_type)()
    if full:
        request.view = CREDENTIAL_VIEW_FULL
    return request


def first_page(side: Side, name: str, size: int) -> Any:
    """A request for the first page of a list."""
    request = empty(name)
    request.page_size = size
    if OF_WEBHOOK in request.DESCRIPTOR.fields_by_name:
        request.webhook_id = side.webhook.id
    return request


def organisation_field(request: Any) -> str:
    """The path of the field that must name the caller's organisation. Empty if there is none."""
    for path in (ORGANISATION_ID, f"head.{ORGANISATION_ID}"):
        if path in id_fields(request.DESCRIPTOR):
            return path
    return ""


def copy_with(request: Any, path: str, value: Any) -> Any:
    """The same request with another value of a field."""
    changed = type(request)()
    changed.CopyFrom(request)
    put(changed, path, value)
    return changed


def put(request: Message, path: str, value: Any) -> None:
    """Set a field. A repeated one gets this one value, or has one message already."""
    *outer, last = path.split(".")
    inner: Any = request
    for name in outer:
        inner = getattr(inner, name)
        if hasattr(inner, "__getitem__"):
            inner = inner[0]
    if inner.DESCRIPTOR.fields_by_name[last].is_repeated:
        inner.ClearField(last)
        getattr(inner, last).append(value)
    else:
        setattr(inner, last, value)


async def row_of(side: Side, what: str) -> Any:
    """The id of a row of an organisation."""
    if what in ("credential", "number"):
        credential = await side.credential()
        return credential.id if what == "credential" else str(credential.number)
    if what in ("app", "app number"):
        app = await side.credential(data=samples()["oauth"])
        return app.id if what == "app" else str(app.number)
    if what in ("connection", "connection number"):
        connection = await side.connection()
        return connection.id if what == "connection" else str(connection.number)
    if what == "session":
        return await side.session()
    return {
        "team": side.team.id,
        "slug": side.team.slug,
        "folder": side.folder,
        "key": side.key.id,
        "identity": side.identity.id,
        "issuer": side.domain.id,
        "webhook": side.webhook.id,
        "event": side.event,
    }[what]


# Ids of the same form that no organisation has.
UNKNOWN: dict[str, Any] = {
    "credential": str(uuid.uuid4()),
    "number": "999999999",
    "app": str(uuid.uuid4()),
    "app number": "999999999",
    "connection": str(uuid.uuid4()),
    "connection number": "999999999",
    "session": str(uuid.uuid4()),
    "team": 999_999_999,
    "slug": "no_team_at_all",
    "folder": 999_999_999,
    "key": "zzzzzzzzzzzz",
    "identity": "id-zzzzzzzzzzzz",
    "issuer": "ii-zzzzzzzzzzzz",
    "webhook": str(uuid.uuid4()),
    "event": str(uuid.uuid4()),
}


async def request_of(side: Side, name: str, row_id: Any = None) -> Any:
    """A request of a method that is not for operators alone, which an admin with every other role is granted.

    It names only rows of the organisation, and changes a row that no other request names, unless it gets one.
    """
    request = empty(name)
    method = name.partition(" ")[0]
    if id_path(method) in id_fields(request.DESCRIPTOR):
        put(request, id_path(method), row_id or await _changeable(side, method))
    for field, values in _FIELDS.get(method, {}).items():
        value = getattr(request, field)
        value.MergeFrom(values) if hasattr(value, "MergeFrom") else setattr(request, field, values)
    if method in ("CreateCredential", "ImportCredentials"):
        live = await side.credential(folder_id=side.folder)
        credential = named(
            variant="text", team_id=1, folder_id=side.folder, live_credential_id=live.id,
            read_access=READ_ACCESS_SPECIFIC_TEAMS, shared_team_slugs=["team_2"],
        )  # fmt: skip
        (request.creates.add() if method == "ImportCredentials" else request).credential.CopyFrom(credential)
    if method.endswith("Connection"):
        await _set_connection(side, method, request)
    if method == "UndeleteCredential" and row_id is None:
        request.team_id = 1
    if method == "UpdateCredential":
        request.credential.folder_id = side.folder
    if method == "CreateFolder":
        request.folder.parent_folder_id = side.folder
    if method in ("CreateApiKey", "UpdateApiKey", "CreateIdentity", "UpdateIdentity"):
        limited = request.identity if "Identity" in method else request.api_key
        limited.scope.CopyFrom(Scope(folder_ids=[side.folder]))
    if OF_WEBHOOK in request.DESCRIPTOR.fields_by_name:
        request.webhook_id = side.webhook.id
    if method == "RedeliverEvent":
        request.event_id = side.event
    if method == "CreateIdentity":
        request.identity.issuer_id = side.domain.id
        request.identity.name = f"spiffe://{side.domain.spiffe_trust_domain}/{uuid.uuid4().hex}"
    return request


async def _set_connection(side: Side, method: str, request: Any) -> None:
    """Set what a method that begins, creates or completes a connection names."""
    if method == "CreateConnection":
        request.app_id = (await side.credential(data=samples()["oauth"], use_settings=OF_VERSORI)).id
        request.credential.data.CopyFrom(samples()["raw"])
    if method == "BeginConnection":
        request.app_id = await row_of(side, "app")
    if method in ("BeginConnection", "CreateConnection"):
        request.credential.MergeFrom(
            Credential(
                team_id=1,
                folder_id=side.folder,
                read_access=READ_ACCESS_SPECIFIC_TEAMS,
                shared_team_slugs=["team_2"],
            )
        )
    if method == "CompleteConnection":
        request.session_id = await side.session()


# An address that the guard lets no request reach.
HOST = "10.0.0.1"
URL = f"https://{HOST}/"
# A caller that only uses may have its token, and nothing is sent for it.
USED = CredentialData(
    jwt=JwtData(algorithm="HS256", payload_json="{}", auto_generate_time_claims=True, private_key="k" * 32)
)

_FIELDS: dict[str, dict[str, Any]] = {
    "MintToken": {"target_host": HOST},
    "AuthorizeHttpRequest": {"method": "GET", "url": URL},
    "ForwardHttpRequest": {"head": HttpRequestHead(method="GET", url=URL)},
    "StreamHttpRequest": {"head": HttpRequestHead(method="GET", url=URL)},
    "UpdateCredential": {
        "credential": Credential(
            team_id=1, data=samples()["text"], read_access=READ_ACCESS_SPECIFIC_TEAMS, shared_team_slugs=["team_2"]
        ),
        "update_mask": FieldMask(paths=["data", "folder_id", "read_access", "shared_team_slugs", "team_id"]),
    },
    # Other tests' credentials have another surface.
    "PurgeCredentials": {"surface": SURFACE_VERSORI},
    "RestoreCredentialVersion": {"version": 1},
    "DestroyCredentialVersion": {"version": 1},
    "UpdateOrganisation": {
        "organisation": Organisation(display_name="d"),
        "update_mask": FieldMask(paths=["display_name"]),
    },
    "CreateConnection": {"user": "user"},
    "UpdateConnection": {"credential": Credential(name="n"), "update_mask": FieldMask(paths=["name"])},
    "BeginConnection": LOOPBACK,
    "Reconnect": LOOPBACK,
    "CompleteConnection": {"user": "user"},
    "CreateApp": {"app": App(display_name="a", provider="google", client_id="c")},
    "UpdateApp": {"app": App(display_name="b"), "update_mask": FieldMask(paths=["display_name"])},
    "CreateTeam": {"team": Team(name="t")},
    "UpdateTeam": {"team": Team(name="t"), "update_mask": FieldMask(paths=["name"])},
    "CreateFolder": {"folder": Folder(name="f", team_id=1)},
    "UpdateFolder": {"folder": Folder(name="f"), "update_mask": FieldMask(paths=["name"])},
    "CreateApiKey": {"api_key": ApiKey(roles=[ROLE_READER], team_ids=[1])},
    "UpdateApiKey": {"api_key": ApiKey(team_ids=[1]), "update_mask": FieldMask(paths=["team_ids", "scope"])},
    "CreateWebhook": {"webhook": Webhook(url=WEBHOOK_URL, paused=True)},
    "UpdateWebhook": {"webhook": Webhook(display_name="d"), "update_mask": FieldMask(paths=["display_name"])},
    "CreateIdentity": {"identity": Identity(roles=[ROLE_READER], team_ids=[1])},
    "UpdateIdentity": {"identity": Identity(team_ids=[1]), "update_mask": FieldMask(paths=["team_ids", "scope"])},
}


async def _changeable(side: Side, method: str) -> Any:
    """The id of a new row that a method may change."""
    what, _ = REFERENCES[f"{method} {id_path(method)}"]
    if method in ("GetWebhook", "TestWebhook"):
        return side.webhook.id
    if what == "session":
        return await side.session()
    if what not in ("credential", "app", "connection"):
        made = await getattr(side, f"new_{what}")()
        return getattr(made, "id", made)
    if method != "UndeleteCredential":
        return (await new_credential(side, method)).id
    # Only a credential whose team is gone takes a new one.
    team = await side.new_team()
    credential = await new_credential(side, method, team_id=team.id)
    await side.deployment.organisations.DeleteTeam(DeleteTeamRequest(id=team.id), metadata=side.admin)
    return credential.id


async def new_credential(side: Side, method: str, **fields: Any) -> Credential:
    """A credential that a method may be called for."""
    if method in USES:
        fields |= {"data": USED, "allowed_hosts": [HOST]}
    if method.endswith("App"):
        fields |= {"data": samples()["oauth"]}
    if method in CONNECTIONS:
        return await side.connection(**fields)
    credential = await side.credential(**fields)
    if method == "UndeleteCredential":
        await deleted(side.deployment, credential.id, side.admin)
    if "Version" in method:
        await updated(side.deployment, credential.id, "data", by=side.admin, data=samples("new")["text"])
    return credential
