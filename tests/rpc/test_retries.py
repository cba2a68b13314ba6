"""A request with a request id takes effect once, even if it is repeated, concurrently or at another node."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from conftest import open_deployment
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from organisations.binding import identities_of
from rpc import identity_requests
from rpc.calls import Metadata, deleted, got, key_of, other_organisation, read, refused, updated
from rpc.connection_requests import connection_request
from rpc.event_requests import event_request
from rpc.identity_requests import identity_request
from samples import created, named, samples
from waiting import until

from strongroom.v1.connection_service_pb2 import DisconnectResponse
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
from strongroom.v1.credential_pb2 import SURFACE_SLASHID, SURFACE_VERSORI, Credential, CredentialData
from strongroom.v1.credential_service_pb2 import (
    CreateCredentialRequest,
    DeleteCredentialRequest,
    DestroyCredentialVersionRequest,
    PurgeCredentialsRequest,
    RestoreCredentialVersionRequest,
    UndeleteCredentialRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.event_service_pb2 import DeleteWebhookRequest, ListWebhooksRequest
from strongroom.v1.event_service_pb2_grpc import EventServiceStub
from strongroom.v1.key_service_pb2 import (
    ActivateSealingKeyRequest,
    CreateSealingKeyRequest,
    DestroySealingKeyRequest,
    RetireSealingKeyRequest,
    RetireSigningKeyRequest,
    SealingKey,
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
    ListApiKeysRequest,
    Organisation,
    RevokeApiKeyRequest,
    Team,
    UpdateApiKeyRequest,
    UpdateFolderRequest,
    UpdateOrganisationRequest,
    UpdateTeamRequest,
)
from strongroom_server.access.caller import Caller
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.jobs import sweeper
from strongroom_server.keys import signing
from strongroom_server.node.keys import open_key_context
from strongroom_server.rpc.methods import SERVICES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from conftest import Deployment
    from google.protobuf.message import Message

MARKER = "hunter2-in-a-body"
REPEATABLE = {
    method.name: (service, method)
    for service in SERVICES
    for method in service.methods
    if "request_id" in method.input_type.fields_by_name
}
_NAMES = itertools.count()


def fresh(what: str) -> str:
    return f"{what} {next(_NAMES)} {uuid.uuid4()}"


def new_id() -> str:
    return f"retry:{uuid.uuid4()}"


@dataclass(frozen=True, slots=True)
class Case:
    """Two valid requests to one method that differ only in their body, and the error of repeating the first, if it has one.

    `replay` is the response to a repeated request if that is another than the first one.
    """

    prepare: Callable[[Deployment], Awaitable[tuple[Any, Any]]]
    replay_error: str = ""
    replay: Message | None = None


async def make_team(deployment: Deployment) -> Team:
    return await deployment.organisations.CreateTeam(
        CreateTeamRequest(team=Team(name=fresh("team"))), metadata=deployment.metadata
    )


async def make_folder(deployment: Deployment) -> Folder:
    return await deployment.organisations.CreateFolder(
        CreateFolderRequest(folder=Folder(name=fresh("folder"), team_id=1)), metadata=deployment.metadata
    )


async def make_key(deployment: Deployment) -> ApiKey:
    return await deployment.organisations.CreateApiKey(
        CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER])), metadata=deployment.metadata
    )


async def make_versions(deployment: Deployment) -> Credential:
    """Create a credential with three versions."""
    credential = await created(deployment)
    for marker in ("two", "three"):
        credential = await updated(deployment, credential.id, "data", data=samples(marker)["basic_auth"])
    return credential


async def create_credential(deployment: Deployment) -> tuple[Any, Any]:
    name, data = fresh("n"), samples(MARKER)
    return (
        CreateCredentialRequest(credential=named(name, data=data["basic_auth"])),
        CreateCredentialRequest(credential=named(name, data=samples("other")["basic_auth"])),
    )


async def update_credential(deployment: Deployment) -> tuple[Any, Any]:
    credential, mask = await created(deployment), FieldMask(paths=["data"])
    first, second = (Credential(data=samples(marker)["basic_auth"]) for marker in (MARKER, "other"))
    first.etag = credential.etag
    return (
        UpdateCredentialRequest(id=credential.id, credential=first, update_mask=mask),
        UpdateCredentialRequest(id=credential.id, credential=second, update_mask=mask),
    )


async def delete_credential(deployment: Deployment) -> tuple[Any, Any]:
    first, second = await created(deployment), await created(deployment)
    return DeleteCredentialRequest(id=first.id, etag=first.etag), DeleteCredentialRequest(id=second.id)


async def purge_credentials(deployment: Deployment) -> tuple[Any, Any]:
    # What other tests left.
    for surface in (SURFACE_VERSORI, SURFACE_SLASHID):
        request = PurgeCredentialsRequest(surface=surface)
        await deployment.credentials.PurgeCredentials(request, metadata=deployment.metadata)
    for _ in range(2):
        await created(deployment, named(surface=SURFACE_VERSORI))
    await created(deployment, named(surface=SURFACE_SLASHID, provider=1))
    return PurgeCredentialsRequest(surface=SURFACE_VERSORI), PurgeCredentialsRequest(surface=SURFACE_SLASHID)


async def undelete_credential(deployment: Deployment) -> tuple[Any, Any]:
    first, second = await created(deployment), await created(deployment)
    for credential in (first, second):
        await deleted(deployment, credential.id)
    return UndeleteCredentialRequest(id=first.id), UndeleteCredentialRequest(id=second.id)


async def restore_credential_version(deployment: Deployment) -> tuple[Any, Any]:
    credential = await make_versions(deployment)
    return (
        RestoreCredentialVersionRequest(id=credential.id, version=1),
        RestoreCredentialVersionRequest(id=credential.id, version=2),
    )


async def destroy_credential_version(deployment: Deployment) -> tuple[Any, Any]:
    credential = await make_versions(deployment)
    return (
        DestroyCredentialVersionRequest(id=credential.id, version=1),
        DestroyCredentialVersionRequest(id=credential.id, version=2),
    )


async def create_organisation(deployment: Deployment) -> tuple[Any, Any]:
    return (
        CreateOrganisationRequest(organisation=Organisation(id=f"o-{uuid.uuid4()}")),
        CreateOrganisationRequest(organisation=Organisation(id=f"o-{uuid.uuid4()}")),
    )


async def update_organisation(deployment: Deployment) -> tuple[Any, Any]:
    mask, window = FieldMask(paths=["display_name", "undelete_window"]), Duration(seconds=86_400)
    first, second = (Organisation(display_name=fresh("d"), undelete_window=window) for _ in range(2))
    return (
        UpdateOrganisationRequest(organisation=first, update_mask=mask),
        UpdateOrganisationRequest(organisation=second, update_mask=mask),
    )


async def create_team(deployment: Deployment) -> tuple[Any, Any]:
    return CreateTeamRequest(team=Team(name=fresh("t"))), CreateTeamRequest(team=Team(name=fresh("t")))


async def update_team(deployment: Deployment) -> tuple[Any, Any]:
    team, mask = await make_team(deployment), FieldMask(paths=["name"])
    return (
        UpdateTeamRequest(id=team.id, team=Team(name=fresh("t"), etag=team.etag), update_mask=mask),
        UpdateTeamRequest(id=team.id, team=Team(name=fresh("t")), update_mask=mask),
    )


async def delete_team(deployment: Deployment) -> tuple[Any, Any]:
    first, second = await make_team(deployment), await make_team(deployment)
    return DeleteTeamRequest(id=first.id, etag=first.etag), DeleteTeamRequest(id=second.id)


async def create_folder(deployment: Deployment) -> tuple[Any, Any]:
    return (
        CreateFolderRequest(folder=Folder(name=fresh("f"), team_id=1)),
        CreateFolderRequest(folder=Folder(name=fresh("f"), team_id=2)),
    )


async def update_folder(deployment: Deployment) -> tuple[Any, Any]:
    folder, mask = await make_folder(deployment), FieldMask(paths=["name"])
    return (
        UpdateFolderRequest(id=folder.id, folder=Folder(name=fresh("f"), etag=folder.etag), update_mask=mask),
        UpdateFolderRequest(id=folder.id, folder=Folder(name=fresh("f")), update_mask=mask),
    )


async def delete_folder(deployment: Deployment) -> tuple[Any, Any]:
    first, second = await make_folder(deployment), await make_folder(deployment)
    return DeleteFolderRequest(id=first.id, etag=first.etag), DeleteFolderRequest(id=second.id)


async def create_api_key(deployment: Deployment) -> tuple[Any, Any]:
    return (
        CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER])),
        CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_WRITER])),
    )


async def update_api_key(deployment: Deployment) -> tuple[Any, Any]:
    key, mask = await make_key(deployment), FieldMask(paths=["display_name"])
    return (
        UpdateApiKeyRequest(id=key.id, api_key=ApiKey(display_name=fresh("k"), etag=key.etag), update_mask=mask),
        UpdateApiKeyRequest(id=key.id, api_key=ApiKey(display_name=fresh("k")), update_mask=mask),
    )


async def revoke_api_key(deployment: Deployment) -> tuple[Any, Any]:
    first, second = await make_key(deployment), await make_key(deployment)
    return RevokeApiKeyRequest(id=first.id, etag=first.etag), RevokeApiKeyRequest(id=second.id)


def identity_case(name: str) -> Case:
    async def prepare(deployment: Deployment) -> tuple[Any, Any]:
        return await identity_request(deployment, name), await identity_request(deployment, name)

    return Case(prepare)


def connection_case(name: str, path: str = "", replay: Message | None = None) -> Case:
    """Two requests for different rows; `path` names a field that makes two requests to create one differ."""

    async def prepare(deployment: Deployment) -> tuple[Any, Any]:
        first, second = [await connection_request(deployment, name) for _ in range(2)]
        if path:
            message, field = path.split(".")
            setattr(getattr(second, message), field, fresh("n"))
        return first, second

    return Case(prepare, replay=replay)


def webhook_case(name: str, replay_error: str = "") -> Case:
    async def prepare(deployment: Deployment) -> tuple[Any, Any]:
        # An organisation has only 20.
        stub = EventServiceStub(deployment.grpc)
        for webhook in (await stub.ListWebhooks(ListWebhooksRequest(), metadata=deployment.metadata)).webhooks:
            await stub.DeleteWebhook(DeleteWebhookRequest(id=webhook.id), metadata=deployment.metadata)
        first, second = [await event_request(deployment, name) for _ in range(2)]
        if name == "CreateWebhook":
            second.webhook.display_name = "another"
        return first, second

    return Case(prepare, replay_error)


async def pending_key(deployment: Deployment) -> str:
    made = await deployment.keys.CreateSealingKey(
        CreateSealingKeyRequest(sealing_key=SealingKey()), metadata=deployment.metadata
    )
    # The node activates a key only once it has read its private part.
    await until(lambda: deployment.service.pipeline._recorder.keyring.holds(made.id))
    return made.id


async def create_sealing_key(deployment: Deployment) -> tuple[Any, Any]:
    other = CreateSealingKeyRequest(sealing_key=SealingKey(organisation_id="default"))
    return CreateSealingKeyRequest(sealing_key=SealingKey()), other


async def activate_sealing_key(deployment: Deployment) -> tuple[Any, Any]:
    first, second = await pending_key(deployment), await pending_key(deployment)
    return ActivateSealingKeyRequest(id=first), ActivateSealingKeyRequest(id=second)


async def retire_sealing_key(deployment: Deployment) -> tuple[Any, Any]:
    first, second = await pending_key(deployment), await pending_key(deployment)
    return RetireSealingKeyRequest(id=first), RetireSealingKeyRequest(id=second)


async def destroy_sealing_key(deployment: Deployment) -> tuple[Any, Any]:
    first, second = await pending_key(deployment), await pending_key(deployment)
    return (
        DestroySealingKeyRequest(id=first, confirmation=first),
        DestroySealingKeyRequest(id=second, confirmation=second),
    )


async def retire_signing_key(deployment: Deployment) -> tuple[Any, Any]:
    async with open_key_context(deployment.settings, deployment.database_url) as context:
        operator = Caller.system(OPERATORS_ORGANISATION)
        first, second = [await signing.create(context, operator, "write") for _ in range(2)]
    return RetireSigningKeyRequest(id=first.id), RetireSigningKeyRequest(id=second.id)


CASES = {
    "CreateCredential": Case(create_credential),
    "UpdateCredential": Case(update_credential),
    "DeleteCredential": Case(delete_credential),
    "PurgeCredentials": Case(purge_credentials),
    "UndeleteCredential": Case(undelete_credential),
    "RestoreCredentialVersion": Case(restore_credential_version),
    "DestroyCredentialVersion": Case(destroy_credential_version),
    "CreateOrganisation": Case(create_organisation, replay_error="ORGANISATION_EXISTS"),
    "UpdateOrganisation": Case(update_organisation),
    "CreateTeam": Case(create_team),
    "UpdateTeam": Case(update_team),
    "DeleteTeam": Case(delete_team),
    "CreateFolder": Case(create_folder),
    "UpdateFolder": Case(update_folder),
    "DeleteFolder": Case(delete_folder),
    "CreateApiKey": Case(create_api_key, replay_error="API_KEY_EXISTS"),
    "UpdateApiKey": Case(update_api_key),
    "RevokeApiKey": Case(revoke_api_key),
    **{name: identity_case(name) for name in identity_requests.NAMES},
    "CreateApp": connection_case("CreateApp", "app.display_name"),
    "CreateConnection": connection_case("CreateConnection", "credential.name"),
    **{name: connection_case(name) for name in ("UpdateApp", "DeleteApp", "UpdateConnection")},
    # What the provider said is not stored.
    "Disconnect": connection_case("Disconnect", replay=DisconnectResponse()),
    "CreateWebhook": webhook_case("CreateWebhook", "WEBHOOK_EXISTS"),
    **{name: webhook_case(name) for name in ("UpdateWebhook", "DeleteWebhook", "RedeliverEvent")},
    "CreateSealingKey": Case(create_sealing_key),
    "ActivateSealingKey": Case(activate_sealing_key),
    "RetireSealingKey": Case(retire_sealing_key),
    "DestroySealingKey": Case(destroy_sealing_key),
    "RetireSigningKey": Case(retire_signing_key),
}
# Their request ids belong to the operators' organisation.
OF_OPERATORS = {
    *("CreateOrganisation", "CreateSealingKey", "ActivateSealingKey", "RetireSealingKey", "DestroySealingKey"),
    *("RetireSigningKey", "CreateIdentityIssuer", "UpdateIdentityIssuer", "DisableIdentityIssuer"),
}
each_method = pytest.mark.parametrize("name", CASES)


def call(deployment: Deployment, name: str, request: Message, request_id: str, by: Metadata = ()) -> Any:
    """Call a method by its name, with that request id."""
    service, _ = REPEATABLE[name]
    stub: Any = {
        "CredentialService": deployment.credentials,
        "OrganisationService": deployment.organisations,
        "IdentityService": identities_of(deployment),
        "KeyService": deployment.keys,
        "ConnectionService": ConnectionServiceStub(deployment.grpc),
        "EventService": EventServiceStub(deployment.grpc),
    }[service.name]
    sent: Any = type(request)()
    sent.CopyFrom(request)
    sent.request_id = request_id
    return getattr(stub, name)(sent, metadata=by or deployment.metadata)


# Everything that a call can change, except the times of its event and request id. A denied request leaves an event. Other events
# for webhooks are those of the node's own jobs.
_STATE = """
    select 'credential', c::text from credentials c
    union all select 'box', credential_id::text || version || coalesce(sha256(box)::text, 'none') from boxes
    union all select 'organisation', o::text from organisations o
    union all select 'team', t::text from teams t
    union all select 'folder', f::text from folders f
    union all select 'key', k::text from api_keys k
    union all select 'identity issuer', i::text from identity_issuers i
    union all select 'identity', i::text from identities i
    union all select 'sealing key', k::text from sealing_keys k
    union all select 'signing key', k::text from signing_keys k
    union all select 'connection', c::text from connections c
    union all select 'webhook', w::text from webhooks w
    union all select 'told', event_id::text from events where event_type = 'connection.created'
    union all select 'event', event_id::text || action || outcome from audit_events
        where action not in ('AccessCredential', 'GetCredential') and outcome = 'OK'
    union all select 'request', r::text from request_ids r
    order by 1, 2
"""


async def state(deployment: Deployment) -> list[tuple[str, str]]:
    async with deployment.sql() as sql:
        return [tuple(row) for row in await sql.fetch(_STATE)]


async def repeated(deployment: Deployment, name: str, request: Message, request_id: str, by: Metadata = ()) -> Any:
    """The response to a repeated request; None if repeating it is an error."""
    if not CASES[name].replay_error:
        return await call(deployment, name, request, request_id, by)
    refusal = await refused(call(deployment, name, request, request_id, by))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ALREADY_EXISTS, CASES[name].replay_error)
    return None


def test_every_rpc_with_a_request_id_has_a_case() -> None:
    assert set(CASES) == set(REPEATABLE)


@each_method
async def test_a_repeated_request_takes_effect_once_and_gets_the_same_response(
    deployment: Deployment, name: str
) -> None:
    request, _ = await CASES[name].prepare(deployment)
    request_id = new_id()
    before = await state(deployment)
    first = await call(deployment, name, request, request_id)
    after = await state(deployment)
    assert after != before
    assert len([row for row in after if row[0] == "request" and request_id in row[1]]) == 1
    for _ in range(2):
        assert await repeated(deployment, name, request, request_id) in (CASES[name].replay or first, None)
    assert await state(deployment) == after


@each_method
async def test_another_request_with_the_same_id_is_refused_and_changes_nothing(
    deployment: Deployment, name: str
) -> None:
    request, other = await CASES[name].prepare(deployment)
    request_id = new_id()
    await call(deployment, name, request, request_id)
    before = await state(deployment)
    refusal = await refused(call(deployment, name, other, request_id))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")
    assert await state(deployment) == before
    # With its own id it is accepted.
    await call(deployment, name, other, new_id())


@pytest.mark.parametrize("name", [name for name in CASES if name not in OF_OPERATORS])
async def test_a_request_id_of_one_method_is_refused_by_another(deployment: Deployment, name: str) -> None:
    request, _ = await CASES[name].prepare(deployment)
    different = "CreateTeam" if name != "CreateTeam" else "CreateFolder"
    first, _ = await CASES[different].prepare(deployment)
    request_id = new_id()
    await call(deployment, different, first, request_id)
    before = await state(deployment)
    refusal = await refused(call(deployment, name, request, request_id))
    assert refusal.reason == "REQUEST_ID_REUSED"
    assert await state(deployment) == before
    await call(deployment, name, request, new_id())


async def changed(deployment: Deployment, name: str, times: int) -> tuple[list[Any], list[BaseException], Counter[str]]:
    """Send a new request so many times concurrently. Returns the responses, the errors, and the kinds of rows that it stored."""
    request, _ = await CASES[name].prepare(deployment)
    request_id = new_id()
    before = set(await state(deployment))
    answers = await asyncio.gather(
        *(call(deployment, name, request, request_id) for _ in range(times)), return_exceptions=True
    )
    left = Counter(kind for kind, _ in set(await state(deployment)) - before)
    errors = [answer for answer in answers if isinstance(answer, BaseException)]
    return [answer for answer in answers if not isinstance(answer, BaseException)], errors, left


@each_method
async def test_concurrent_equal_requests_take_effect_once(deployment: Deployment, name: str) -> None:
    _, _, once = await changed(deployment, name, 1)

    answers, errors, left = await changed(deployment, name, 20)

    assert left == once
    assert left["request"] == 1
    if replay := CASES[name].replay:
        assert answers.count(replay) == len(answers) - 1
    else:
        assert all(answer == answers[0] for answer in answers)
    if CASES[name].replay_error:
        assert len(answers) == 1
    else:
        assert errors == []
    for error in errors:
        assert isinstance(error, grpc.aio.AioRpcError)
        assert read(error).reason == CASES[name].replay_error


@each_method
async def test_a_cancelled_call_can_be_repeated(deployment: Deployment, name: str) -> None:
    request, _ = await CASES[name].prepare(deployment)
    request_id = new_id()

    async def is_done() -> bool:
        async with deployment.sql() as sql:
            return bool(await sql.fetchval("select count(*) from request_ids where request_id = $1", request_id))

    lost = call(deployment, name, request, request_id)
    await lost.wait_for_connection()
    lost.cancel()
    with suppress(asyncio.CancelledError, grpc.aio.AioRpcError):
        await lost
    (again,) = await asyncio.gather(*[call(deployment, name, request, request_id)], return_exceptions=True)
    if isinstance(again, BaseException):
        # The cancelled call has created a secret that is shown once.
        assert isinstance(again, grpc.aio.AioRpcError)
        assert read(again).reason == CASES[name].replay_error != ""
    await until(is_done)
    after = await state(deployment)
    await repeated(deployment, name, request, request_id)
    assert await state(deployment) == after


@each_method
async def test_the_id_of_a_failed_request_can_be_used_again(deployment: Deployment, name: str) -> None:
    request, _ = await CASES[name].prepare(deployment)
    request_id = new_id()
    broken: Any = type(request)()
    refusal = await refused(call(deployment, name, broken, request_id))
    assert refusal.code in {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND}
    await call(deployment, name, request, request_id)


@each_method
async def test_a_malformed_request_id_is_named(deployment: Deployment, name: str) -> None:
    request: Any = type((await CASES[name].prepare(deployment))[0])()
    for bad in ("a b", "ä", "a" * 129, "a/b", "a\n"):
        refusal = await refused(call(deployment, name, request, bad))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID"), bad
        assert list(refusal.fields) == ["request_id"], bad


@pytest.mark.parametrize("name", [name for name in CASES if name not in OF_OPERATORS])
async def test_another_organisation_can_use_the_same_id(deployment: Deployment, name: str) -> None:
    request, _ = await CASES[name].prepare(deployment)
    request_id = new_id()
    _, elsewhere = await other_organisation(deployment)
    there = CreateTeamRequest(team=Team(name="same id"), request_id=request_id)
    first = await deployment.organisations.CreateTeam(there, metadata=elsewhere)
    await call(deployment, name, request, request_id)
    assert await deployment.organisations.CreateTeam(there, metadata=elsewhere) == first
    await repeated(deployment, name, request, request_id)


async def test_a_request_repeated_at_another_node_takes_effect_once(own_deployment: Deployment) -> None:
    async with open_deployment(own_deployment.database_url, own_deployment.settings.data_dir) as second:
        for name, case in CASES.items():
            request, other = await case.prepare(own_deployment)
            request_id = new_id()
            first = await call(own_deployment, name, request, request_id)
            after = await state(own_deployment)
            assert await repeated(second, name, request, request_id) in (case.replay or first, None)
            refusal = await refused(call(second, name, other, request_id))
            assert refusal.reason == "REQUEST_ID_REUSED"
            assert await state(own_deployment) == after


async def test_a_request_id_can_be_used_again_after_a_day_and_a_sweep(own_deployment: Deployment) -> None:
    deployment = own_deployment
    request_id = new_id()
    one, two = (CreateTeamRequest(team=Team(name=fresh("t")), request_id=request_id) for _ in range(2))
    first = await deployment.organisations.CreateTeam(one, metadata=deployment.metadata)

    async def pass_time(interval: str) -> None:
        async with deployment.sql() as sql:
            await sql.execute(
                "create or replace function strongroom_now() returns timestamptz language sql stable as"
                f" $$select statement_timestamp() + interval '{interval}'$$"
            )
        await sweeper.sweep(deployment.service.database, deployment.service.recorder)

    await pass_time("23 hours 59 minutes")
    assert await deployment.organisations.CreateTeam(one, metadata=deployment.metadata) == first
    refusal = await refused(deployment.organisations.CreateTeam(two, metadata=deployment.metadata))
    assert refusal.reason == "REQUEST_ID_REUSED"
    await pass_time("24 hours 1 minute")
    assert (await deployment.organisations.CreateTeam(two, metadata=deployment.metadata)).id != first.id


async def test_no_text_of_a_request_is_stored_and_its_digest_is_keyed(deployment: Deployment) -> None:
    one, _ = await create_credential(deployment)
    ids = [new_id(), new_id()]
    for request_id in ids:
        await call(deployment, "CreateCredential", one, request_id)
    async with deployment.sql() as sql:
        rows = await sql.fetch(
            "select r::text as whole, body_digest from request_ids r where request_id = any($1)", ids
        )
        plain = await sql.fetchval("select sha256($1)", one.SerializeToString(deterministic=True))
    assert len(rows) == 2
    for row in rows:
        for text in (MARKER, MARKER.encode().hex(), one.credential.name):
            assert text not in row["whole"]
        assert len(row["body_digest"]) == 32
        assert row["body_digest"] != plain


async def test_repeating_the_creation_of_a_key_names_it_and_creates_no_other(deployment: Deployment) -> None:
    request = CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER]), request_id=new_id())
    key = await deployment.organisations.CreateApiKey(request, metadata=deployment.metadata)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await deployment.organisations.CreateApiKey(request, metadata=deployment.metadata)
    trailing = b"".join(value if isinstance(value, bytes) else b"" for _, value in caught.value.trailing_metadata())
    assert b"api_key_id" in trailing
    assert key.id.encode() in trailing
    assert key.key.encode() not in trailing
    assert key.key.split("_", 2)[2].encode() not in trailing
    listed = await deployment.organisations.ListApiKeys(ListApiKeysRequest(page_size=500), metadata=deployment.metadata)
    assert [entry.id for entry in listed.api_keys].count(key.id) == 1


async def test_repeating_a_creation_returns_the_current_credential(deployment: Deployment) -> None:
    request = CreateCredentialRequest(credential=named(data=samples("sent")["basic_auth"]), request_id=new_id())
    first = await deployment.credentials.CreateCredential(request, metadata=deployment.metadata)
    await updated(deployment, first.id, "name", "data", name="later", data=samples("later")["basic_auth"])
    again = await deployment.credentials.CreateCredential(request, metadata=deployment.metadata)
    assert (again.id, again.name, again.version) == (first.id, "later", 2)
    # The redacted data of the request, not of the current version.
    assert again.data == first.data
    await deleted(deployment, first.id)
    refusal = await refused(deployment.credentials.CreateCredential(request, metadata=deployment.metadata))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "CREDENTIAL_NOT_FOUND")
    assert (await refused(got(deployment, first.id))).reason == "CREDENTIAL_NOT_FOUND"


@pytest.mark.parametrize("name", ["CreateTeam", "CreateFolder"])
async def test_repeating_a_creation_after_the_deletion_is_not_found(deployment: Deployment, name: str) -> None:
    request, _ = await CASES[name].prepare(deployment)
    request_id = new_id()
    made = await call(deployment, name, request, request_id)
    deletion = DeleteTeamRequest(id=made.id) if name == "CreateTeam" else DeleteFolderRequest(id=made.id)
    await call(deployment, name.replace("Create", "Delete"), deletion, new_id())
    assert (await refused(call(deployment, name, request, request_id))).code == grpc.StatusCode.NOT_FOUND


async def test_repeating_an_undeletion_after_another_deletion_does_not_undelete(deployment: Deployment) -> None:
    request, _ = await undelete_credential(deployment)
    request_id = new_id()
    await call(deployment, "UndeleteCredential", request, request_id)
    await deleted(deployment, request.id)
    refusal = await refused(call(deployment, "UndeleteCredential", request, request_id))
    assert refusal.reason == "CREDENTIAL_NOT_FOUND"


async def test_repeating_a_deletion_after_an_undeletion_does_not_delete(deployment: Deployment) -> None:
    request, _ = await delete_credential(deployment)
    request.etag = ""
    request_id = new_id()
    await call(deployment, "DeleteCredential", request, request_id)
    await call(deployment, "UndeleteCredential", UndeleteCredentialRequest(id=request.id), new_id())
    await call(deployment, "DeleteCredential", request, request_id)
    assert (await got(deployment, request.id)).id == request.id


async def test_repeating_an_update_does_not_undo_a_later_one(deployment: Deployment) -> None:
    credential = await created(deployment)
    request = UpdateCredentialRequest(
        id=credential.id, credential=Credential(name="first"), update_mask=FieldMask(paths=["name"])
    )
    request_id = new_id()
    await call(deployment, "UpdateCredential", request, request_id)
    await updated(deployment, credential.id, "name", name="second")
    assert (await call(deployment, "UpdateCredential", request, request_id)).name == "second"
    assert (await got(deployment, credential.id)).name == "second"


async def test_options_of_a_request_may_differ_when_it_is_repeated(deployment: Deployment) -> None:
    broken = CredentialData(basic_auth=samples()["basic_auth"].basic_auth)
    broken.basic_auth.ClearField("password")
    request = CreateCredentialRequest(credential=named(data=broken), accept_invalid=True)
    request_id = new_id()
    first = await call(deployment, "CreateCredential", request, request_id)
    asked: tuple[dict[str, Any], ...] = (
        {"accept_invalid": False},
        {"organisation_id": "default"},
        {"all_regions_timeout_seconds": 1},
    )
    for fields in asked:
        same = CreateCredentialRequest(credential=request.credential, **fields)
        assert await call(deployment, "CreateCredential", same, request_id) == first


async def test_a_key_without_the_role_cannot_repeat_a_request(deployment: Deployment) -> None:
    request, _ = await create_team(deployment)
    request_id = new_id()
    await call(deployment, "CreateTeam", request, request_id)
    refusal = await refused(
        call(deployment, "CreateTeam", request, request_id, by=await key_of(deployment, ROLE_WRITER))
    )
    assert refusal.reason == "ROLE_MISSING"
