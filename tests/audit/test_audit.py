"""Each act is recorded with exactly its events, and with the address of its caller."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from audit.expected_events import COLUMNS, NEVER, ROLES, Event, event, events_of
from google.protobuf.field_mask_pb2 import FieldMask
from organisations.binding import identities_of
from rpc import identity_requests
from rpc.calls import Metadata, deleted, got, key_of, refused, updated
from rpc.identity_requests import identity_request
from samples import created, named, samples

from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest, StreamAuditEventsRequest
from strongroom.v1.credential_pb2 import SURFACE_TINES, SURFACE_VERSORI, Credential
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    AccessCredentialRequest,
    CreateCredentialRequest,
    DeleteCredentialRequest,
    DestroyCredentialVersionRequest,
    GetCredentialRequest,
    ImportCredentialsRequest,
    ListCredentialsRequest,
    ListCredentialVersionsRequest,
    PurgeCredentialsRequest,
    RestoreCredentialVersionRequest,
    UndeleteCredentialRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.identity_service_pb2 import (
    GetCallerRequest,
    GetIdentityIssuerRequest,
    GetIdentityRequest,
    ListIdentitiesRequest,
    ListIdentityIssuersRequest,
)
from strongroom.v1.key_service_pb2 import (
    KEY_STATE_ACTIVE,
    ActivateSealingKeyRequest,
    CreateSealingKeyRequest,
    DestroySealingKeyRequest,
    GetSealingKeyRequest,
    GetSigningKeyRequest,
    ListSealingKeysRequest,
    ListSigningKeysRequest,
    RetireSealingKeyRequest,
    RetireSigningKeyRequest,
    SealingKey,
    SigningKey,
)
from strongroom.v1.organisation_service_pb2 import (
    ROLE_READER,
    ROLE_WRITER,
    ApiKey,
    CreateApiKeyRequest,
    CreateFolderRequest,
    CreateOrganisationRequest,
    CreateTeamRequest,
    DeleteFolderRequest,
    DeleteTeamRequest,
    Folder,
    GetApiKeyRequest,
    GetFolderRequest,
    GetOrganisationRequest,
    GetTeamRequest,
    ListApiKeysRequest,
    ListFoldersRequest,
    ListOrganisationsRequest,
    ListTeamsRequest,
    Organisation,
    RevokeApiKeyRequest,
    Team,
    UpdateApiKeyRequest,
    UpdateFolderRequest,
    UpdateOrganisationRequest,
    UpdateTeamRequest,
)
from strongroom_server.access.caller import Caller
from strongroom_server.keys import signing
from strongroom_server.node.keys import open_key_context
from strongroom_server.rpc.methods import SERVICES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from conftest import Deployment


NAME = FieldMask(paths=["name"])


class Act:
    """One call under test, with its own API key, and a request id if the method has one."""

    def __init__(self, deployment: Deployment, by: Metadata) -> None:
        self.deployment, self.by = deployment, by
        self.id = f"request-{uuid.uuid4()}"

    async def __call__(self, request: Any) -> Any:
        name = type(request).__name__.removesuffix("Request")
        stub = next(
            getattr(stubs, name)
            for stubs in (
                self.deployment.credentials,
                self.deployment.organisations,
                identities_of(self.deployment),
                self.deployment.audit,
                self.deployment.keys,
            )
            if hasattr(stubs, name)
        )
        return await stub(request, metadata=self.by)

    async def box(self, credential: Credential, version: int) -> bytes:
        """The hash of the stored box of a version."""
        async with self.deployment.sql() as connection:
            box = await connection.fetchval(
                "select box from boxes where credential_id = $1 and version = $2", credential.id, version
            )
        return hashlib.sha256(box).digest()

    async def prepared(self, request: Any) -> Any:
        """Call as another key, whose events are not checked."""
        return await Act(self.deployment, self.deployment.metadata)(request)


async def two_versions(act: Act) -> Credential:
    credential = await created(act.deployment)
    return await updated(act.deployment, credential.id, "data", data=samples("new")["basic_auth"])


async def create(act: Act) -> list[Event]:
    made = await act(CreateCredentialRequest(credential=named(), request_id=act.id))
    box = await act.box(made, 1)
    return [event("CreateCredential", made, version=1, revision=1, box_sha256=box, request_id=act.id)]


async def create_twice(act: Act) -> list[Event]:
    request = CreateCredentialRequest(credential=named(), request_id=act.id)
    made = await act(request)
    assert (await act(request)).id == made.id
    box = await act.box(made, 1)
    return [event("CreateCredential", made, version=1, revision=1, box_sha256=box, request_id=act.id)]


async def import_(act: Act) -> list[Event]:
    creates = [CreateCredentialRequest(credential=named(), request_id=f"{act.id}-{index}") for index in range(3)]
    creates.insert(1, CreateCredentialRequest(credential=named(team_id=9)))
    call = act.deployment.credentials.ImportCredentials(
        iter([ImportCredentialsRequest(creates=creates)] * 2), metadata=act.by
    )
    first, second = [answer.results async for answer in call]
    assert [each.created.id for each in first] == [each.created.id for each in second]
    stored = [await got(act.deployment, each.created.id) for each in first if each.HasField("created")]
    return [
        event(
            "CreateCredential",
            made,
            version=1,
            revision=1,
            box_sha256=await act.box(made, 1),
            request_id=f"{act.id}-{index}",
        )
        for index, made in enumerate(stored)
    ]


async def get(act: Act) -> list[Event]:
    await act(GetCredentialRequest(id=(await created(act.deployment)).id))
    return []


async def get_full(act: Act) -> list[Event]:
    made = await created(act.deployment)
    await act(GetCredentialRequest(id=made.id, view=CREDENTIAL_VIEW_FULL))
    return [event("GetCredential", made, version=1, revision=1)]


async def list_(act: Act) -> list[Event]:
    await created(act.deployment)
    await act(ListCredentialsRequest())
    return []


async def list_full(act: Act) -> list[Event]:
    made = [await created(act.deployment, named("of a list")) for _ in range(2)]
    await act(ListCredentialsRequest(name_prefix="of a list", view=CREDENTIAL_VIEW_FULL))
    return [event("ListCredentials", credential_ids=[credential.id for credential in made])]


async def update_name(act: Act) -> list[Event]:
    made = await created(act.deployment)
    await act(UpdateCredentialRequest(id=made.id, credential=Credential(name="x"), update_mask=NAME, request_id=act.id))
    return [event("UpdateCredential", made, version=1, revision=2, request_id=act.id)]


async def update_data(act: Act) -> list[Event]:
    made = await created(act.deployment)
    data = Credential(data=samples("hunter2-new")["basic_auth"])
    await act(UpdateCredentialRequest(id=made.id, credential=data, update_mask=FieldMask(paths=["data"])))
    return [event("UpdateCredential", made, version=2, revision=2, box_sha256=await act.box(made, 2))]


async def delete(act: Act) -> list[Event]:
    made = await created(act.deployment)
    await act(DeleteCredentialRequest(id=made.id, request_id=act.id))
    return [event("DeleteCredential", made, version=1, revision=2, request_id=act.id)]


async def delete_with_its_test_credential(act: Act) -> list[Event]:
    live = await created(act.deployment, named(variant="text", surface=SURFACE_TINES, team_id=1))
    test = await created(act.deployment, named(variant="text", surface=SURFACE_TINES, live_credential_id=live.id))
    await act(DeleteCredentialRequest(id=live.id))
    return [event("DeleteCredential", credential, version=1, revision=2) for credential in (live, test)]


async def purge(act: Act) -> list[Event]:
    made = await created(act.deployment, named(surface=SURFACE_VERSORI))
    assert (await act(PurgeCredentialsRequest(surface=SURFACE_VERSORI, request_id=act.id))).deleted_count == 1
    return [
        event("DeleteCredential", made, version=1, revision=2, request_id=act.id),
        event("PurgeCredentials", subject="1", request_id=act.id),
    ]


async def access(act: Act) -> list[Event]:
    made = await created(act.deployment)
    await act(AccessCredentialRequest(id=str(made.number)))
    return [event("AccessCredential", made, version=1, revision=1)]


async def access_an_old_version(act: Act) -> list[Event]:
    made = await two_versions(act)
    await act(AccessCredentialRequest(id=made.id, version=1))
    return [event("AccessCredential", made, version=1, revision=2)]


async def undelete(act: Act) -> list[Event]:
    made = await created(act.deployment)
    await deleted(act.deployment, made.id)
    await act(UndeleteCredentialRequest(id=made.id, request_id=act.id))
    return [event("UndeleteCredential", made, version=1, revision=3, request_id=act.id)]


async def versions(act: Act) -> list[Event]:
    await act(ListCredentialVersionsRequest(id=(await two_versions(act)).id))
    return []


async def restore(act: Act) -> list[Event]:
    made = await two_versions(act)
    await act(RestoreCredentialVersionRequest(id=made.id, version=1, request_id=act.id))
    columns = {"version": 3, "revision": 3, "box_sha256": await act.box(made, 3), "subject": "1"}
    return [event("RestoreCredentialVersion", made, **columns, request_id=act.id)]


async def destroy(act: Act) -> list[Event]:
    made = await two_versions(act)
    await act(DestroyCredentialVersionRequest(id=made.id, version=1, request_id=act.id))
    return [event("DestroyCredentialVersion", made, version=1, revision=2, box_sha256=b"", request_id=act.id)]


async def create_organisation(act: Act) -> list[Event]:
    name = f"o-{uuid.uuid4()}"
    made = await act(CreateOrganisationRequest(organisation=Organisation(id=name), request_id=act.id))
    return [
        event("CreateOrganisation", organisation_id="strongroom", subject=name, revision=1, request_id=act.id),
        event("CreateApiKey", organisation_id=name, subject=made.api_key.id, revision=1, request_id=act.id),
    ]


async def update_organisation(act: Act) -> list[Event]:
    sent = Organisation(display_name="d", kept_versions=9)
    mask = FieldMask(paths=["kept_versions", "display_name"])
    await act(UpdateOrganisationRequest(organisation=sent, update_mask=mask, request_id=act.id))
    return [event("UpdateOrganisation", subject="display_name,kept_versions", revision=2, request_id=act.id)]


async def create_team(act: Act) -> list[Event]:
    team = await act(CreateTeamRequest(team=Team(name=act.id), request_id=act.id))
    return [event("CreateTeam", subject=str(team.id), revision=1, request_id=act.id)]


async def update_team(act: Act) -> list[Event]:
    team = await act.prepared(CreateTeamRequest(team=Team(name=act.id)))
    await act(UpdateTeamRequest(id=team.id, team=Team(name=f"{act.id}-x"), update_mask=NAME, request_id=act.id))
    return [event("UpdateTeam", subject=str(team.id), revision=2, request_id=act.id)]


async def delete_team(act: Act) -> list[Event]:
    team = await act.prepared(CreateTeamRequest(team=Team(name=act.id)))
    await act(DeleteTeamRequest(id=team.id, request_id=act.id))
    return [event("DeleteTeam", subject=str(team.id), revision=2, request_id=act.id)]


async def create_folder(act: Act) -> list[Event]:
    folder = await act(CreateFolderRequest(folder=Folder(team_id=1, name="f"), request_id=act.id))
    return [event("CreateFolder", subject=str(folder.id), revision=1, request_id=act.id)]


async def update_folder(act: Act) -> list[Event]:
    folder = await act.prepared(CreateFolderRequest(folder=Folder(team_id=1, name="f")))
    await act(UpdateFolderRequest(id=folder.id, folder=Folder(name="g"), update_mask=NAME, request_id=act.id))
    return [event("UpdateFolder", subject=str(folder.id), revision=2, request_id=act.id)]


async def delete_folder(act: Act) -> list[Event]:
    folder = await act.prepared(CreateFolderRequest(folder=Folder(team_id=1, name="f")))
    await act(DeleteFolderRequest(id=folder.id, request_id=act.id))
    return [event("DeleteFolder", subject=str(folder.id), revision=2, request_id=act.id)]


async def create_api_key(act: Act) -> list[Event]:
    key = await act(CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER]), request_id=act.id))
    return [event("CreateApiKey", subject=key.id, revision=1, request_id=act.id)]


async def update_api_key(act: Act) -> list[Event]:
    key = await act.prepared(CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER])))
    mask = FieldMask(paths=["display_name"])
    await act(UpdateApiKeyRequest(id=key.id, api_key=ApiKey(display_name="d"), update_mask=mask, request_id=act.id))
    return [event("UpdateApiKey", subject=key.id, revision=2, request_id=act.id)]


async def revoke_api_key(act: Act) -> list[Event]:
    key = await act.prepared(CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER])))
    await act(RevokeApiKeyRequest(id=key.id, request_id=act.id))
    await act(RevokeApiKeyRequest(id=key.id))
    return [event("RevokeApiKey", subject=key.id, revision=2, request_id=act.id)]


def key_event(action: str, key: SealingKey | SigningKey, revision: int, **columns: Any) -> Event:
    return event(action, organisation_id="strongroom", subject=key.id, revision=revision, **columns)


async def create_sealing_key(act: Act) -> list[Event]:
    key = await act(CreateSealingKeyRequest(sealing_key=SealingKey(), request_id=act.id))
    return [key_event("CreateSealingKey", key, 1, request_id=act.id)]


async def activate_sealing_key(act: Act) -> list[Event]:
    listed = await act.prepared(ListSealingKeysRequest(page_size=500))
    (before,) = (key for key in listed.sealing_keys if key.state == KEY_STATE_ACTIVE and not key.organisation_id)
    key = await act.prepared(CreateSealingKeyRequest(sealing_key=SealingKey()))
    await act(ActivateSealingKeyRequest(id=key.id, request_id=act.id))
    return [
        key_event("ActivateSealingKey", before, before.revision + 1),
        key_event("ActivateSealingKey", key, 2, request_id=act.id),
    ]


async def retire_sealing_key(act: Act) -> list[Event]:
    key = await act.prepared(CreateSealingKeyRequest(sealing_key=SealingKey()))
    await act(RetireSealingKeyRequest(id=key.id, request_id=act.id))
    return [key_event("RetireSealingKey", key, 2, request_id=act.id)]


async def destroy_sealing_key(act: Act) -> list[Event]:
    key = await act.prepared(CreateSealingKeyRequest(sealing_key=SealingKey()))
    await act(DestroySealingKeyRequest(id=key.id, confirmation=key.id, request_id=act.id))
    return [key_event("DestroySealingKey", key, 2, request_id=act.id)]


async def retire_signing_key(act: Act) -> list[Event]:
    async with open_key_context(act.deployment.settings, act.deployment.database_url) as context:
        made = await signing.create(context, Caller.system("strongroom"), "write")
    key = await act(RetireSigningKeyRequest(id=made.id, request_id=act.id))
    return [key_event("RetireSigningKey", key, 2, request_id=act.id)]


def identity_act(name: str) -> Callable[[Act], Awaitable[list[Event]]]:
    organisation = "strongroom" if name.endswith("Issuer") else "default"

    async def change(act: Act) -> list[Event]:
        request = await identity_request(act.deployment, name)
        request.request_id = act.id
        row = await act(request)
        revision = 1 if name.startswith("Create") else 2
        return [event(name, organisation_id=organisation, subject=row.id, revision=revision, request_id=act.id)]

    return change


def reads_identity(request_type: Any, of: str) -> Callable[[Act], Awaitable[list[Event]]]:
    async def read(act: Act) -> list[Event]:
        request = await identity_request(act.deployment, of)
        await act(request_type(id=request.id))
        return []

    return read


def reads_key(request_type: Any, of: Any) -> Callable[[Act], Awaitable[list[Event]]]:
    async def read(act: Act) -> list[Event]:
        listed = await act.prepared(of)
        (key, *_) = listed.sealing_keys if hasattr(listed, "sealing_keys") else listed.signing_keys
        await act(request_type(id=key.id))
        return []

    return read


def reads(request: Any) -> Callable[[Act], Awaitable[list[Event]]]:
    """A call that returns no secret and records no event."""

    async def read(act: Act) -> list[Event]:
        await act(request)
        return []

    return read


async def get_team_and_folder(act: Act) -> list[Event]:
    folder = await act.prepared(CreateFolderRequest(folder=Folder(team_id=1, name="f")))
    await act(GetFolderRequest(id=folder.id))
    return []


async def get_api_key(act: Act) -> list[Event]:
    key = await act.prepared(CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER])))
    await act(GetApiKeyRequest(id=key.id))
    return []


async def stream(act: Act) -> list[Event]:
    call = act.deployment.audit.StreamAuditEvents(StreamAuditEventsRequest(), metadata=act.by)
    await anext(aiter(call))
    call.cancel()
    return []


ACTS: dict[str, tuple[Callable[[Act], Awaitable[list[Event]]], ...]] = {
    "CreateCredential": (create, create_twice),
    "ImportCredentials": (import_,),
    "GetCredential": (get, get_full),
    "ListCredentials": (list_, list_full),
    "UpdateCredential": (update_name, update_data),
    "DeleteCredential": (delete, delete_with_its_test_credential),
    "PurgeCredentials": (purge,),
    "AccessCredential": (access, access_an_old_version),
    "UndeleteCredential": (undelete,),
    "ListCredentialVersions": (versions,),
    "RestoreCredentialVersion": (restore,),
    "DestroyCredentialVersion": (destroy,),
    "CreateOrganisation": (create_organisation,),
    "GetOrganisation": (reads(GetOrganisationRequest()),),
    "ListOrganisations": (reads(ListOrganisationsRequest()),),
    "UpdateOrganisation": (update_organisation,),
    "CreateTeam": (create_team,),
    "GetTeam": (reads(GetTeamRequest(id=1)),),
    "ListTeams": (reads(ListTeamsRequest()),),
    "UpdateTeam": (update_team,),
    "DeleteTeam": (delete_team,),
    "CreateFolder": (create_folder,),
    "GetFolder": (get_team_and_folder,),
    "ListFolders": (reads(ListFoldersRequest()),),
    "UpdateFolder": (update_folder,),
    "DeleteFolder": (delete_folder,),
    "CreateApiKey": (create_api_key,),
    "GetApiKey": (get_api_key,),
    "ListApiKeys": (reads(ListApiKeysRequest()),),
    "UpdateApiKey": (update_api_key,),
    "RevokeApiKey": (revoke_api_key,),
    "GetCaller": (reads(GetCallerRequest()),),
    **{name: (identity_act(name),) for name in identity_requests.NAMES},
    "GetIdentityIssuer": (reads_identity(GetIdentityIssuerRequest, "UpdateIdentityIssuer"),),
    "ListIdentityIssuers": (reads(ListIdentityIssuersRequest()),),
    "GetIdentity": (reads_identity(GetIdentityRequest, "UpdateIdentity"),),
    "ListIdentities": (reads(ListIdentitiesRequest()),),
    "ListAuditEvents": (reads(ListAuditEventsRequest()),),
    "StreamAuditEvents": (stream,),
    "GetSealingKey": (reads_key(GetSealingKeyRequest, ListSealingKeysRequest()),),
    "ListSealingKeys": (reads(ListSealingKeysRequest(count_rows=True)),),
    "CreateSealingKey": (create_sealing_key,),
    "ActivateSealingKey": (activate_sealing_key,),
    "RetireSealingKey": (retire_sealing_key,),
    "DestroySealingKey": (destroy_sealing_key,),
    "GetSigningKey": (reads_key(GetSigningKeyRequest, ListSigningKeysRequest()),),
    "ListSigningKeys": (reads(ListSigningKeysRequest(count_rows=True)),),
    "RetireSigningKey": (retire_signing_key,),
}


def test_every_method_has_an_act() -> None:
    # Those of these services are tested with their methods, in tests/use, tests/connections and tests/events.
    elsewhere = ("UseService", "ConnectionService", "EventService")
    names = {method.name for service in SERVICES if service.name not in elsewhere for method in service.methods}
    assert names == set(ACTS)


@pytest.mark.parametrize(
    ("name", "index"), [(name, index) for name, acts in ACTS.items() for index in range(len(acts))]
)
async def test_an_act_records_exactly_its_events(deployment: Deployment, name: str, index: int) -> None:
    by = await key_of(deployment, *ROLES, grantable_roles=ROLES)
    expected = await ACTS[name][index](Act(deployment, by))
    assert all(set(one) == set(COLUMNS) for one in expected)
    found = await events_of(deployment, by)
    assert sorted(map(repr, map(_sorted, found))) == sorted(map(repr, map(_sorted, expected)))
    await no_value_stands_in_the_trail(deployment)


def _sorted(one: Event) -> list[tuple[str, Any]]:
    return sorted((one | {"credential_ids": sorted(one["credential_ids"])}).items())


async def no_value_stands_in_the_trail(deployment: Deployment) -> None:
    async with deployment.sql() as connection:
        rows = await connection.fetch("select e::text from audit_events e")
    assert rows
    text = "\n".join(row[0] for row in rows)
    for value in ("hunter2", b"hunter2".hex(), "aHVudGVyM", "anna"):
        assert value not in text


async def test_text_that_is_not_an_id_is_not_recorded(deployment: Deployment) -> None:
    by = await key_of(deployment, ROLE_WRITER)
    for text in ("hunter2", "0123456789abcdef0123456789abcdef", "deadbeef" * 4, NEVER, "42"):
        refusal = await refused(deployment.credentials.AccessCredential(AccessCredentialRequest(id=text), metadata=by))
        assert refusal.reason == "ROLE_MISSING"
    assert [one["subject"] for one in await events_of(deployment, by)] == [None, None, None, NEVER, "42"]


async def peers(deployment: Deployment, by: Metadata) -> list[str]:
    return [one["peer"] for one in await events_of(deployment, by)]


async def test_the_peer_is_the_address_of_the_connection_and_not_what_the_caller_claims(deployment: Deployment) -> None:
    by = await key_of(deployment, *ROLES)
    await created(deployment, by=(*by, ("x-forwarded-for", "10.9.8.7")))
    assert await peers(deployment, by) == ["127.0.0.1"]


async def test_the_peer_behind_the_gateway_of_the_process_is_the_gateways_client(deployment: Deployment) -> None:
    by = await key_of(deployment, *ROLES)
    body = {"name": "text credential", "value": "bar", "mode": "TEXT", "team_id": 2}
    headers = {"Authorization": by[0][1], "X-Forwarded-For": "10.9.8.7"}
    for address in ("127.0.0.1", "127.0.0.2"):
        transport = httpx.AsyncHTTPTransport(local_address=address)
        async with httpx.AsyncClient(base_url=deployment.http_url, transport=transport) as http:
            assert (await http.post("/api/v1/user_credentials", json=body, headers=headers)).status_code == 201
            answer = await http.post("/api/v1/user_credentials", json=body | {"team_id": 99}, headers=headers)
            assert answer.status_code >= 400
    assert await peers(deployment, by) == ["127.0.0.1", "127.0.0.2"]
