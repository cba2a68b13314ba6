"""The table of every method that this node serves: its handler, and how a repeated request is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.protobuf import message_factory

from strongroom.v1 import (
    audit_service_pb2,
    connection_service_pb2,
    credential_service_pb2,
    event_service_pb2,
    identity_service_pb2,
    key_service_pb2,
    organisation_service_pb2,
    use_service_pb2,
)
from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.connection_service_pb2 import (
    DeleteAppResponse,
    DisconnectResponse,
    GetAppRequest,
    GetConnectionRequest,
)
from strongroom.v1.credential_service_pb2 import DeleteCredentialResponse, GetCredentialRequest
from strongroom.v1.event_service_pb2 import DeleteWebhookResponse, GetWebhookRequest
from strongroom.v1.identity_service_pb2 import GetIdentityIssuerRequest, GetIdentityRequest
from strongroom.v1.key_service_pb2 import GetSealingKeyRequest, GetSigningKeyRequest
from strongroom.v1.organisation_service_pb2 import (
    DeleteFolderResponse,
    DeleteTeamResponse,
    GetApiKeyRequest,
    GetFolderRequest,
    GetOrganisationRequest,
    GetTeamRequest,
)
from strongroom_server.access.roles import PUBLIC_METHODS
from strongroom_server.rpc import replay

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from google.protobuf.descriptor import ServiceDescriptor
    from google.protobuf.message import Message

    from strongroom_server.access.caller import Caller
    from strongroom_server.audit.service import AuditServicer
    from strongroom_server.connections.service import ConnectionServicer
    from strongroom_server.core.records import Made
    from strongroom_server.credentials.service import CredentialServicer
    from strongroom_server.events.service import EventServicer
    from strongroom_server.keys.service import KeyServicer
    from strongroom_server.organisations.identity_service import IdentityServicer
    from strongroom_server.organisations.service import OrganisationServicer
    from strongroom_server.rpc.replay import Replay
    from strongroom_server.use.service import UseServicer

    # Returns a message, or an asynchronous iterator of messages for a stream of responses to one request and for a conversation. A
    # conversation's request is an asynchronous iterator of messages.
    Handler: TypeAlias = Callable[[Any, Caller], Any]

_CREDENTIALS = credential_service_pb2.DESCRIPTOR.services_by_name["CredentialService"]
_USES = use_service_pb2.DESCRIPTOR.services_by_name["UseService"]
_CONNECTIONS = connection_service_pb2.DESCRIPTOR.services_by_name["ConnectionService"]
_ORGANISATIONS = organisation_service_pb2.DESCRIPTOR.services_by_name["OrganisationService"]
_IDENTITIES = identity_service_pb2.DESCRIPTOR.services_by_name["IdentityService"]
_AUDIT = audit_service_pb2.DESCRIPTOR.services_by_name["AuditService"]
_EVENTS = event_service_pb2.DESCRIPTOR.services_by_name["EventService"]
_KEYS = key_service_pb2.DESCRIPTOR.services_by_name["KeyService"]
# Methods whose streams in both directions are independent of each other.
_CONVERSATIONS = frozenset({"StreamHttpRequest"})
# Methods that may wait for a provider, a receiver or a browser. They leave their turn to other calls meanwhile.
_WAIT = frozenset(
    {
        "MintToken", "AuthorizeHttpRequest", "ForwardHttpRequest", "CreateApp", "UpdateApp", "GetConnectionSession",
        "CompleteConnection", "CreateConnection", "Disconnect", "TestWebhook",
    }
)  # fmt: skip
# Methods that read or write many rows, so that only a few of their calls may run at once.
_HEAVY = frozenset(
    {
        "ImportCredentials", "ListAuditEvents", "ListConnections", "ListCredentials", "ListDeliveries", "PurgeCredentials",
    }
)  # fmt: skip
SERVICES = (_CREDENTIALS, _USES, _CONNECTIONS, _ORGANISATIONS, _IDENTITIES, _AUDIT, _EVENTS, _KEYS)


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a service."""

    # The full name on the wire, such as /strongroom.v1.AuditService/ListAuditEvents.
    path: str
    name: str
    request_type: type[Message]
    # The names of the request's fields, or of those of its head.
    fields: frozenset[str]
    # Whether the request has a head, which names the object and its organisation, and a body.
    has_head: bool
    handle: Handler
    # Set if requests have a request_id.
    replay: Replay | None
    streams_responses: bool
    # Each request of the stream has one response, unless it converses.
    streams_requests: bool
    converses: bool
    # Whether it takes no API key.
    is_public: bool
    # Whether it may wait for somebody else than the database.
    waits: bool
    # Whether it takes much work, so that only a few of its calls may run at once.
    is_heavy: bool


def methods(
    credentials: CredentialServicer,
    uses: UseServicer,
    connections: ConnectionServicer,
    organisations: OrganisationServicer,
    identities: IdentityServicer,
    audit: AuditServicer,
    events: EventServicer,
    keys: KeyServicer,
) -> dict[str, Method]:
    """Every method by its path."""
    c, o, i = credentials, organisations, identities
    read_credential = replay.read(c.get_credential, _same_credential)
    read_sealing_key = replay.read(keys.get_sealing_key, lambda _, made: GetSealingKeyRequest(id=made.subject or ""))
    read_api_key = replay.read(o.get_api_key, lambda request, _: GetApiKeyRequest(id=request.id))
    read_issuer = replay.read(i.get_identity_issuer, lambda request, _: GetIdentityIssuerRequest(id=request.id))
    read_identity = replay.read(i.get_identity, lambda request, _: GetIdentityRequest(id=request.id))
    # Of each method the handler, and the replay if its requests have a request_id.
    table: dict[ServiceDescriptor, dict[str, tuple[Handler, Replay | None]]] = {
        _CREDENTIALS: {
            "CreateCredential": (c.create_credential, replay.created_credential(c.get_credential)),
            # Each create in the stream has its own request id.
            "ImportCredentials": (c.import_credentials, None),
            "GetCredential": (c.get_credential, None),
            "ListCredentials": (c.list_credentials, None),
            "UpdateCredential": (c.update_credential, replay.updated_credential(c.get_credential)),
            "DeleteCredential": (c.delete_credential, replay.empty(DeleteCredentialResponse)),
            "PurgeCredentials": (c.purge_credentials, replay.purged_count),
            "AccessCredential": (c.access_credential, None),
            "UndeleteCredential": (c.undelete_credential, read_credential),
            "ListCredentialVersions": (c.list_credential_versions, None),
            "RestoreCredentialVersion": (c.restore_credential_version, read_credential),
            "DestroyCredentialVersion": (
                c.destroy_credential_version,
                replay.credential_version(c.list_credential_versions),
            ),
        },
        _USES: {
            "MintToken": (uses.mint_token, None),
            "AuthorizeHttpRequest": (uses.authorize_http_request, None),
            "ForwardHttpRequest": (uses.forward_http_request, None),
            "StreamHttpRequest": (uses.stream_http_request, None),
        },
        _CONNECTIONS: {
            "CreateApp": (
                connections.create_app,
                replay.read(connections.get_app, lambda _, made: GetAppRequest(id=str(made.credential_id))),
            ),
            "GetApp": (connections.get_app, None),
            "ListApps": (connections.list_apps, None),
            "UpdateApp": (
                connections.update_app,
                replay.read(connections.get_app, lambda request, _: GetAppRequest(id=request.id)),
            ),
            "DeleteApp": (connections.delete_app, replay.empty(DeleteAppResponse)),
            "BeginConnection": (connections.begin_connection, None),
            "GetConnectionSession": (connections.get_connection_session, None),
            "CompleteConnection": (connections.complete_connection, None),
            "CreateConnection": (
                connections.create_connection,
                replay.read(
                    connections.get_connection, lambda _, made: GetConnectionRequest(id=str(made.credential_id))
                ),
            ),
            "UpdateConnection": (
                connections.update_connection,
                replay.read(connections.get_connection, lambda request, _: GetConnectionRequest(id=request.id)),
            ),
            "GetConnection": (connections.get_connection, None),
            "ListConnections": (connections.list_connections, None),
            "Reconnect": (connections.reconnect, None),
            "Disconnect": (connections.disconnect, replay.empty(DisconnectResponse)),
            "GetConsent": (connections.get_consent, None),
            "StartConsent": (connections.start_consent, None),
            "ReceiveConsent": (connections.receive_consent, None),
        },
        _ORGANISATIONS: {
            "CreateOrganisation": (o.create_organisation, replay.refuse(reasons.ERROR_REASON_ORGANISATION_EXISTS)),
            "GetOrganisation": (o.get_organisation, None),
            "ListOrganisations": (o.list_organisations, None),
            "UpdateOrganisation": (
                o.update_organisation,
                replay.read(o.get_organisation, lambda _request, _: GetOrganisationRequest()),
            ),
            "CreateTeam": (
                o.create_team,
                replay.read(o.get_team, lambda _, made: GetTeamRequest(id=_number(made))),
            ),
            "GetTeam": (o.get_team, None),
            "ListTeams": (o.list_teams, None),
            "UpdateTeam": (
                o.update_team,
                replay.read(o.get_team, lambda request, _: GetTeamRequest(id=request.id)),
            ),
            "DeleteTeam": (o.delete_team, replay.empty(DeleteTeamResponse)),
            "CreateFolder": (
                o.create_folder,
                replay.read(o.get_folder, lambda _, made: GetFolderRequest(id=_number(made))),
            ),
            "GetFolder": (o.get_folder, None),
            "ListFolders": (o.list_folders, None),
            "UpdateFolder": (
                o.update_folder,
                replay.read(o.get_folder, lambda request, _: GetFolderRequest(id=request.id)),
            ),
            "DeleteFolder": (o.delete_folder, replay.empty(DeleteFolderResponse)),
            "CreateApiKey": (
                o.create_api_key,
                replay.refuse(reasons.ERROR_REASON_API_KEY_EXISTS, subject_as="api_key_id"),
            ),
            "GetApiKey": (o.get_api_key, None),
            "ListApiKeys": (o.list_api_keys, None),
            "UpdateApiKey": (o.update_api_key, read_api_key),
            "RevokeApiKey": (o.revoke_api_key, read_api_key),
        },
        _IDENTITIES: {
            "GetCaller": (i.get_caller, None),
            "CreateIdentityIssuer": (
                i.create_identity_issuer,
                replay.read(i.get_identity_issuer, lambda _, made: GetIdentityIssuerRequest(id=made.subject or "")),
            ),
            "GetIdentityIssuer": (i.get_identity_issuer, None),
            "ListIdentityIssuers": (i.list_identity_issuers, None),
            "UpdateIdentityIssuer": (i.update_identity_issuer, read_issuer),
            "DisableIdentityIssuer": (i.disable_identity_issuer, read_issuer),
            "CreateIdentity": (
                i.create_identity,
                replay.read(i.get_identity, lambda _, made: GetIdentityRequest(id=made.subject or "")),
            ),
            "GetIdentity": (i.get_identity, None),
            "ListIdentities": (i.list_identities, None),
            "UpdateIdentity": (i.update_identity, read_identity),
            "DisableIdentity": (i.disable_identity, read_identity),
        },
        _AUDIT: {
            "ListAuditEvents": (audit.list_audit_events, None),
            "StreamAuditEvents": (audit.stream_audit_events, None),
        },
        _EVENTS: {
            "CreateWebhook": (
                events.create_webhook,
                replay.refuse(reasons.ERROR_REASON_WEBHOOK_EXISTS, subject_as="webhook_id"),
            ),
            "GetWebhook": (events.get_webhook, None),
            "ListWebhooks": (events.list_webhooks, None),
            "UpdateWebhook": (
                events.update_webhook,
                replay.read(events.get_webhook, lambda request, _: GetWebhookRequest(id=request.id)),
            ),
            "DeleteWebhook": (events.delete_webhook, replay.empty(DeleteWebhookResponse)),
            "TestWebhook": (events.test_webhook, None),
            "RedeliverEvent": (
                events.redeliver_event,
                replay.read(events.present_delivery, lambda request, _: request),
            ),
            "ListDeliveries": (events.list_deliveries, None),
            "StreamEvents": (events.stream_events, None),
        },
        _KEYS: {
            "GetSealingKey": (keys.get_sealing_key, None),
            "ListSealingKeys": (keys.list_sealing_keys, None),
            "CreateSealingKey": (keys.create_sealing_key, read_sealing_key),
            "ActivateSealingKey": (keys.activate_sealing_key, read_sealing_key),
            "RetireSealingKey": (keys.retire_sealing_key, read_sealing_key),
            "DestroySealingKey": (keys.destroy_sealing_key, read_sealing_key),
            "GetSigningKey": (keys.get_signing_key, None),
            "ListSigningKeys": (keys.list_signing_keys, None),
            "RetireSigningKey": (
                keys.retire_signing_key,
                replay.read(keys.get_signing_key, lambda request, _: GetSigningKeyRequest(id=request.id)),
            ),
        },
    }
    return {
        f"/{service.full_name}/{name}": _method(service, name, *row)
        for service, rows in table.items()
        for name, row in rows.items()
    }


def _method(service: ServiceDescriptor, name: str, handle: Handler, replay: Replay | None) -> Method:
    method = service.methods_by_name[name]
    head = method.input_type.fields_by_name.get("head")
    named = method.input_type if head is None else head.message_type
    assert named is not None
    return Method(
        path=f"/{service.full_name}/{name}",
        name=name,
        request_type=message_factory.GetMessageClass(method.input_type),
        fields=frozenset(named.fields_by_name),
        has_head=head is not None,
        handle=handle,
        replay=replay,
        streams_responses=method.server_streaming,
        streams_requests=method.client_streaming,
        converses=name in _CONVERSATIONS,
        is_public=name in PUBLIC_METHODS,
        waits=name in _WAIT,
        is_heavy=name in _HEAVY,
    )


def _same_credential(request: Any, _made: Made) -> GetCredentialRequest:
    return GetCredentialRequest(id=request.id, surface=request.surface)


def _number(made: Made) -> int:
    """The number of the team or folder that the first request created."""
    return int(made.subject or 0)
