"""Each act and each denied request is recorded with exactly its events, and admins can list them."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from typing import TYPE_CHECKING, Any

import grpc.aio
import httpx
import pytest
from audit.test_verify import all_chained
from conftest import ORGANISATION, Deployment
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from rpc.calls import Metadata, accessed, deleted, got, key_of, other_organisation, refused, updated
from samples import created, named, samples

from strongroom.v1.audit_service_pb2 import AuditEvent, ListAuditEventsRequest, StreamAuditEventsRequest
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
from strongroom.v1.error_reason_pb2 import ErrorReason
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
    ROLE_ADMIN,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_USER,
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
    Role,
    Team,
    UpdateApiKeyRequest,
    UpdateFolderRequest,
    UpdateOrganisationRequest,
    UpdateTeamRequest,
)
from strongroom_server.access.caller import CLIENT_ADDRESS, Caller
from strongroom_server.audit import denials
from strongroom_server.core.reasons import REASONS
from strongroom_server.keys import signing
from strongroom_server.node.keys import open_key_context
from strongroom_server.rpc.methods import SERVICES
from strongroom_server.store import scans

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


ROLES = [role for role in Role.values() if role != Role.ROLE_UNSPECIFIED]
NAME = FieldMask(paths=["name"])
NEVER = "019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11"
COLUMNS = (
    "organisation_id", "action", "outcome", "peer", "credential_id", "credential_ids", "version", "revision",
    "box_sha256", "request_id", "subject",
)  # fmt: skip
Event = dict[str, Any]


def event(action: str, credential: Credential | None = None, **columns: Any) -> Event:
    """The expected event, in the first organisation and from this machine."""
    made: Event = dict.fromkeys(COLUMNS)
    made |= {"organisation_id": ORGANISATION, "action": action, "outcome": "OK", "peer": "127.0.0.1"}
    made |= {"credential_id": credential.id if credential else None, "credential_ids": []}
    return made | columns


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
        event("CreateOrganisation", organisation_id="strongroom", subject=name, request_id=act.id),
        event("CreateApiKey", organisation_id=name, subject=made.api_key.id, request_id=act.id),
    ]


async def update_organisation(act: Act) -> list[Event]:
    sent = Organisation(display_name="d", kept_versions=9)
    mask = FieldMask(paths=["kept_versions", "display_name"])
    await act(UpdateOrganisationRequest(organisation=sent, update_mask=mask, request_id=act.id))
    return [event("UpdateOrganisation", subject="display_name,kept_versions", request_id=act.id)]


async def create_team(act: Act) -> list[Event]:
    team = await act(CreateTeamRequest(team=Team(name=act.id), request_id=act.id))
    return [event("CreateTeam", subject=str(team.id), request_id=act.id)]


async def update_team(act: Act) -> list[Event]:
    team = await act.prepared(CreateTeamRequest(team=Team(name=act.id)))
    await act(UpdateTeamRequest(id=team.id, team=Team(name=f"{act.id}-x"), update_mask=NAME, request_id=act.id))
    return [event("UpdateTeam", subject=str(team.id), request_id=act.id)]


async def delete_team(act: Act) -> list[Event]:
    team = await act.prepared(CreateTeamRequest(team=Team(name=act.id)))
    await act(DeleteTeamRequest(id=team.id, request_id=act.id))
    return [event("DeleteTeam", subject=str(team.id), request_id=act.id)]


async def create_folder(act: Act) -> list[Event]:
    folder = await act(CreateFolderRequest(folder=Folder(team_id=1, name="f"), request_id=act.id))
    return [event("CreateFolder", subject=str(folder.id), request_id=act.id)]


async def update_folder(act: Act) -> list[Event]:
    folder = await act.prepared(CreateFolderRequest(folder=Folder(team_id=1, name="f")))
    await act(UpdateFolderRequest(id=folder.id, folder=Folder(name="g"), update_mask=NAME, request_id=act.id))
    return [event("UpdateFolder", subject=str(folder.id), request_id=act.id)]


async def delete_folder(act: Act) -> list[Event]:
    folder = await act.prepared(CreateFolderRequest(folder=Folder(team_id=1, name="f")))
    await act(DeleteFolderRequest(id=folder.id, request_id=act.id))
    return [event("DeleteFolder", subject=str(folder.id), request_id=act.id)]


async def create_api_key(act: Act) -> list[Event]:
    key = await act(CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER]), request_id=act.id))
    return [event("CreateApiKey", subject=key.id, request_id=act.id)]


async def update_api_key(act: Act) -> list[Event]:
    key = await act.prepared(CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER])))
    mask = FieldMask(paths=["display_name"])
    await act(UpdateApiKeyRequest(id=key.id, api_key=ApiKey(display_name="d"), update_mask=mask, request_id=act.id))
    return [event("UpdateApiKey", subject=key.id, request_id=act.id)]


async def revoke_api_key(act: Act) -> list[Event]:
    key = await act.prepared(CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER])))
    await act(RevokeApiKeyRequest(id=key.id, request_id=act.id))
    await act(RevokeApiKeyRequest(id=key.id))
    return [event("RevokeApiKey", subject=key.id, request_id=act.id)]


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


def key_id_of(by: Metadata) -> str:
    return by[0][1].split("_")[1]


async def events_of(deployment: Deployment, by: Metadata, columns: tuple[str, ...] = COLUMNS) -> list[Event]:
    """The stored events of a key."""
    async with deployment.sql() as connection:
        rows = await connection.fetch(
            f"select {', '.join(columns)} from audit_events where key_id = $1 order by event_time, action",
            key_id_of(by),
        )
    return [
        {
            name: str(value)
            if isinstance(value, uuid.UUID)
            else [str(part) for part in value]
            if name == "credential_ids"
            else value
            for name, value in row.items()
        }
        for row in rows
    ]


def test_every_method_has_an_act() -> None:
    assert {method.name for service in SERVICES for method in service.methods} == set(ACTS)


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


async def page(deployment: Deployment, by: Metadata = (), **request: Any) -> list[AuditEvent]:
    """The events of every page."""
    found: list[AuditEvent] = []
    token = ""
    while True:
        answer = await deployment.audit.ListAuditEvents(
            ListAuditEventsRequest(page_token=token, **request), metadata=by or deployment.metadata
        )
        found += answer.audit_events
        token = answer.next_page_token
        if not token:
            return found


async def test_a_listed_event_has_every_stored_column(deployment: Deployment) -> None:
    by = await key_of(deployment, *ROLES)
    made = await deployment.credentials.CreateCredential(
        CreateCredentialRequest(credential=named(), request_id="listed"), metadata=by
    )
    (shown,) = await page(deployment, key_id=key_id_of(by))
    async with deployment.sql() as connection:
        stored = await connection.fetchrow("select * from audit_events where key_id = $1", key_id_of(by))
    assert stored is not None
    assert (shown.organisation_id, shown.id, shown.action, shown.outcome, shown.key_id, shown.peer) == (
        ORGANISATION, str(stored["event_id"]), "CreateCredential", "OK", key_id_of(by), "127.0.0.1",
    )  # fmt: skip
    assert shown.event_time.ToDatetime(tzinfo=stored["event_time"].tzinfo) == stored["event_time"]
    assert (shown.credential_id, shown.version, shown.revision, shown.request_id) == (made.id, 1, 1, "listed")
    assert shown.box_sha256 == stored["box_sha256"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 500])
async def test_pages_of_any_size_list_every_event_once_newest_first(deployment: Deployment, size: int) -> None:
    by = await key_of(deployment, *ROLES)
    made = await created(deployment, by=by)
    await asyncio.gather(*(accessed(deployment, made.id, by=by) for _ in range(6)))
    found = await page(deployment, key_id=key_id_of(by), page_size=size)
    times = [(one.event_time.ToNanoseconds(), one.id) for one in found]
    assert len({one.id for one in found}) == len(found) == 7
    assert times == sorted(times, reverse=True)
    assert found[-1].action == "CreateCredential"


async def test_events_must_match_all_filters(deployment: Deployment) -> None:
    by = await key_of(deployment, *ROLES)
    one, other = [await created(deployment, by=by) for _ in range(2)]
    await accessed(deployment, one.id, by=by)
    await deployment.credentials.ListCredentials(
        ListCredentialsRequest(view=CREDENTIAL_VIEW_FULL, page_size=500), metadata=by
    )
    await refused(
        deployment.credentials.ListCredentials(ListCredentialsRequest(organisation_id="elsewhere"), metadata=by)
    )
    mine: dict[str, Any] = {"key_id": key_id_of(by)}

    async def actions(**request: Any) -> list[str]:
        return [found.action for found in await page(deployment, **request)]

    assert await actions(**mine, credential_id=one.id) == ["ListCredentials", "AccessCredential", "CreateCredential"]
    assert await actions(**mine, credential_id=other.id) == ["ListCredentials", "CreateCredential"]
    assert await actions(**mine, action="CreateCredential") == ["CreateCredential"] * 2
    assert await actions(**mine, action="CreateCredential", credential_id=one.id) == ["CreateCredential"]
    assert await actions(**mine, outcome="ORGANISATION_MISMATCH") == ["ListCredentials"]
    assert await actions(**mine, outcome="OK", action="ListCredentials") == ["ListCredentials"]
    assert await actions(**mine, action="Never") == []
    assert await actions(credential_id=one.id, key_id="never") == []


@pytest.mark.parametrize("size", [1, 3, 500])
async def test_pages_that_stop_at_the_scan_limit_list_every_event_once(
    deployment: Deployment, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = await key_of(deployment, *ROLES)
    made = [await created(deployment, by=by) for _ in range(4)]
    for each in made * 2:
        await accessed(deployment, each.id, by=by)
    narrowed: dict[str, Any] = {"key_id": key_id_of(by), "action": "AccessCredential", "credential_id": made[1].id}
    whole = await page(deployment, **narrowed)
    assert len(whole) == 2
    monkeypatch.setattr(scans, "SCANNED", 3)
    assert await page(deployment, **narrowed, page_size=size) == whole
    assert await page(deployment, key_id="never", page_size=size) == []


async def test_the_time_range_includes_its_start_and_not_its_end(deployment: Deployment) -> None:
    by = await key_of(deployment, *ROLES)
    made = await created(deployment, by=by)
    for _ in range(2):
        await accessed(deployment, made.id, by=by)
    # Chaining gives the events their positions meanwhile.
    await all_chained(deployment)
    newest, middle, oldest = await page(deployment, key_id=key_id_of(by))
    mine: dict[str, Any] = {"key_id": key_id_of(by)}
    assert await page(deployment, **mine, start_time=middle.event_time) == [newest, middle]
    assert await page(deployment, **mine, end_time=middle.event_time) == [oldest]
    assert await page(deployment, **mine, start_time=oldest.event_time, end_time=newest.event_time) == [middle, oldest]
    assert await page(deployment, **mine, start_time=newest.event_time, end_time=newest.event_time) == []


async def test_a_page_token_of_another_list_is_refused(deployment: Deployment) -> None:
    by = await key_of(deployment, *ROLES)
    for _ in range(3):
        await created(deployment, by=by)

    async def token(by: Metadata = (), **request: Any) -> str:
        answer = await deployment.audit.ListAuditEvents(
            ListAuditEventsRequest(page_size=1, **request), metadata=by or deployment.metadata
        )
        assert answer.next_page_token
        return str(answer.next_page_token)

    own = await token()
    credentials = await deployment.credentials.ListCredentials(ListCredentialsRequest(page_size=1), metadata=by)
    _, foreign = await other_organisation(deployment)
    await created(deployment, by=foreign)
    for request, caller in (
        (ListAuditEventsRequest(page_token=own, action="CreateCredential"), by),
        (ListAuditEventsRequest(page_token=own, key_id="k"), by),
        (ListAuditEventsRequest(page_token=own, organisation_id="strongroom"), by),
        (ListAuditEventsRequest(page_token=own, start_time=Timestamp(seconds=1)), by),
        (ListAuditEventsRequest(page_token=await token(foreign)), by),
        (ListAuditEventsRequest(page_token=own), foreign),
        (ListAuditEventsRequest(page_token=credentials.next_page_token), by),
        (ListAuditEventsRequest(page_token=own[:-4] + "AAAA"), by),
        (ListAuditEventsRequest(page_token="x"), by),
        (ListAuditEventsRequest(page_token="ä"), by),
    ):
        refusal = await refused(deployment.audit.ListAuditEvents(request, metadata=caller))
        assert refusal.reason == "PAGE_TOKEN_INVALID"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (ListAuditEventsRequest(page_size=-1), "page_size"),
        (ListAuditEventsRequest(credential_id="x"), "credential_id"),
        (ListAuditEventsRequest(credential_id="42"), "credential_id"),
        (ListAuditEventsRequest(action="x" * 300), "action"),
        (ListAuditEventsRequest(key_id="\0"), "key_id"),
        (ListAuditEventsRequest(outcome="x" * 300), "outcome"),
        (ListAuditEventsRequest(start_time=Timestamp(seconds=10**15)), "start_time"),
        (ListAuditEventsRequest(end_time=Timestamp(nanos=-5)), "end_time"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_filter_that_breaks_a_rule_is_named(
    deployment: Deployment, request_: ListAuditEventsRequest, field: str
) -> None:
    refusal = await refused(deployment.audit.ListAuditEvents(request_, metadata=deployment.metadata))
    assert refusal.reason == "FIELD_INVALID"
    assert list(refusal.fields) == [field]


@pytest.mark.parametrize(
    ("roles", "team_ids", "organisation", "reason"),
    [
        ((ROLE_ADMIN,), (), "", ""),
        ((ROLE_ADMIN,), (), ORGANISATION, ""),
        ((ROLE_ADMIN,), (1,), "", "TEAM_NOT_ALLOWED"),
        ((ROLE_ADMIN,), (), "strongroom", "ORGANISATION_MISMATCH"),
        ((ROLE_ADMIN,), (), "elsewhere", "ORGANISATION_MISMATCH"),
        ((ROLE_OPERATOR,), (), "strongroom", ""),
        ((ROLE_OPERATOR,), (), "", "ROLE_MISSING"),
        ((ROLE_OPERATOR,), (), ORGANISATION, "ROLE_MISSING"),
        ((ROLE_OPERATOR, ROLE_ADMIN), (), "elsewhere", "ORGANISATION_MISMATCH"),
        ((ROLE_WRITER, ROLE_READER, ROLE_USER), (), "", "ROLE_MISSING"),
        ((ROLE_WRITER, ROLE_READER, ROLE_USER), (), "strongroom", "ROLE_MISSING"),
    ],
)
@pytest.mark.parametrize("method", ["ListAuditEvents", "StreamAuditEvents"])
async def test_a_caller_who_may_not_read_events_is_refused_and_the_denial_is_recorded(
    deployment: Deployment,
    method: str,
    roles: tuple[Role.ValueType, ...],
    team_ids: tuple[int, ...],
    organisation: str,
    reason: str,
) -> None:
    by = await key_of(deployment, *roles, team_ids=team_ids)

    async def read() -> set[str]:
        if method == "ListAuditEvents":
            return {one.organisation_id for one in await page(deployment, by, organisation_id=organisation)}
        call = deployment.audit.StreamAuditEvents(StreamAuditEventsRequest(organisation_id=organisation), metadata=by)
        found = await anext(aiter(call))
        call.cancel()
        return {found.organisation_id}

    if not reason:
        assert await read() == {organisation or ORGANISATION}
        assert await events_of(deployment, by) == []
        return
    refusal = await refused(read())
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, reason)
    assert await events_of(deployment, by, ("organisation_id", "action", "outcome", "peer")) == [
        {"organisation_id": ORGANISATION, "action": method, "outcome": reason, "peer": "127.0.0.1"}
    ]


async def denied(deployment: Deployment, reason: str) -> tuple[Metadata, Callable[[], Any], str | None]:
    """A key, a call with it that is denied for this reason, and the id in the request."""
    credentials, organisations = deployment.credentials, deployment.organisations
    if reason == "ROLE_MISSING":
        by = await key_of(deployment, ROLE_READER)
        return by, lambda: credentials.AccessCredential(AccessCredentialRequest(id=NEVER), metadata=by), NEVER
    if reason == "ORGANISATION_MISMATCH":
        by = await key_of(deployment, ROLE_READER)
        return by, lambda: credentials.ListCredentials(ListCredentialsRequest(organisation_id="x"), metadata=by), None
    if reason == "TEAM_NOT_ALLOWED":
        by = await key_of(deployment, ROLE_ADMIN, team_ids=(1,))
        return by, lambda: organisations.DeleteTeam(DeleteTeamRequest(id=2), metadata=by), "2"
    if reason == "HOST_NOT_ALLOWED":
        by = await key_of(deployment, ROLE_USER)
        made = await created(deployment, named(allowed_hosts=["a.example.com"]))
        request = AccessCredentialRequest(id=made.id, target_host="b.example.com")
        return by, lambda: credentials.AccessCredential(request, metadata=by), made.id
    if reason == "SECRET_REQUIRED":
        by = await key_of(deployment, ROLE_WRITER)
        made = await created(deployment, named(allowed_hosts=["a.example.com"]))
        update = UpdateCredentialRequest(id=made.id, update_mask=FieldMask(paths=["allowed_hosts"]))
        return by, lambda: credentials.UpdateCredential(update, metadata=by), made.id
    assert reason == "GRANT_NOT_ALLOWED"
    by = await key_of(deployment, ROLE_ADMIN)
    grant = CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_OPERATOR]))
    return by, lambda: organisations.CreateApiKey(grant, metadata=by), None


DENIALS = [
    name.removeprefix("ERROR_REASON_")
    for name, reason in ErrorReason.items()
    if REASONS.get(reason, (0,))[0] == grpc.StatusCode.PERMISSION_DENIED.value[0]
]


@pytest.mark.parametrize("reason", DENIALS)
async def test_a_denied_request_is_recorded_with_its_reason(deployment: Deployment, reason: str) -> None:
    by, call, subject = await denied(deployment, reason)
    assert (await refused(call())).reason == reason
    (found,) = await events_of(deployment, by)
    assert found == event(found["action"], outcome=reason, subject=subject)


async def test_denials_are_recorded_at_a_bounded_rate(deployment: Deployment) -> None:
    by, call, _ = await denied(deployment, "ROLE_MISSING")
    for _ in range(10):
        assert {(await refused(one)).reason for one in [call() for _ in range(40)]} == {"ROLE_MISSING"}
    assert denials.BURST <= len(await events_of(deployment, by)) <= 3 * denials.BURST
    # The limit does not affect another key, and does not apply to acts.
    other, call, _ = await denied(deployment, "ROLE_MISSING")
    await refused(call())
    assert len(await events_of(deployment, other)) == 1


def test_the_rate_limit_refills_up_to_the_burst() -> None:
    bucket = denials.RateLimit()
    assert sum(bucket.take("k", 0.0) for _ in range(500)) == denials.BURST
    assert sum(bucket.take("k", 5.0) for _ in range(500)) == 5
    assert sum(bucket.take("k", 1e6) for _ in range(500)) == denials.BURST
    assert bucket.take("other", 1e6)


async def peers(deployment: Deployment, by: Metadata) -> list[str]:
    return [one["peer"] for one in await events_of(deployment, by)]


async def test_the_peer_is_the_address_of_the_connection_and_not_what_the_caller_claims(deployment: Deployment) -> None:
    by = await key_of(deployment, *ROLES)
    await created(deployment, by=(*by, (CLIENT_ADDRESS, "10.9.8.7"), ("x-forwarded-for", "10.9.8.7")))
    assert await peers(deployment, by) == ["127.0.0.1"]


async def test_the_peer_behind_the_gateway_of_the_process_is_the_gateways_client(deployment: Deployment) -> None:
    by = await key_of(deployment, *ROLES)
    body = {"name": "text credential", "value": "bar", "mode": "TEXT", "team_id": 2}
    headers = {"Authorization": by[0][1], CLIENT_ADDRESS: "10.9.8.7", "X-Forwarded-For": "10.9.8.7"}
    for address in ("127.0.0.1", "127.0.0.2"):
        transport = httpx.AsyncHTTPTransport(local_address=address)
        async with httpx.AsyncClient(base_url=deployment.http_url, transport=transport) as http:
            assert (await http.post("/api/v1/user_credentials", json=body, headers=headers)).status_code == 201
            answer = await http.post("/api/v1/user_credentials", json=body | {"team_id": 99}, headers=headers)
            assert answer.status_code >= 400
    assert await peers(deployment, by) == ["127.0.0.1", "127.0.0.2"]
