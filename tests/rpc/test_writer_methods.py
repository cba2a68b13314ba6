"""What a writer node answers to every method that changes or opens something, with key files and a database role of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
from access.authorisation_requests import HOST, URL, USED, USES
from connections.planted import planted
from google.protobuf.field_mask_pb2 import FieldMask
from rpc import connection_requests, event_requests, identity_requests
from rpc.calls import deleted, make_key, refused, updated
from rpc.connection_requests import connection_request
from rpc.event_requests import event_request
from rpc.identity_requests import identity_request
from samples import created, named, samples
from writer_nodes import writer_role, writer_settings

from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
from strongroom.v1.credential_pb2 import SURFACE_TINES, Credential
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    DeleteCredentialRequest,
    DestroyCredentialVersionRequest,
    ImportCredentialsRequest,
    PurgeCredentialsRequest,
    RestoreCredentialVersionRequest,
    UndeleteCredentialRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.event_service_pb2_grpc import EventServiceStub
from strongroom.v1.identity_service_pb2_grpc import IdentityServiceStub
from strongroom.v1.key_service_pb2 import (
    ActivateSealingKeyRequest,
    CreateSealingKeyRequest,
    DestroySealingKeyRequest,
    RetireSealingKeyRequest,
    RetireSigningKeyRequest,
    SealingKey,
)
from strongroom.v1.key_service_pb2_grpc import KeyServiceStub
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_READER,
    ApiKey,
    CreateApiKeyRequest,
    CreateFolderRequest,
    CreateOrganisationRequest,
    CreateTeamRequest,
    DeleteFolderRequest,
    DeleteTeamRequest,
    Folder,
    Organisation,
    RevokeApiKeyRequest,
    Team,
    UpdateApiKeyRequest,
    UpdateFolderRequest,
    UpdateOrganisationRequest,
    UpdateTeamRequest,
)
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub
from strongroom.v1.use_service_pb2 import (
    AuthorizeHttpRequestRequest,
    ForwardHttpRequestRequest,
    HttpRequestHead,
    MintTokenRequest,
)
from strongroom.v1.use_service_pb2_grpc import UseServiceStub
from strongroom_server.node import service as node
from strongroom_server.node.grpc_server import serve_grpc
from strongroom_server.rpc.methods import SERVICES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment

NAME = FieldMask(paths=["name"])
DISPLAY_NAME = FieldMask(paths=["display_name"])


@pytest.fixture(scope="module")
async def writer(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[grpc.aio.Channel]:
    settings = await writer_settings(deployment, tmp_path_factory.mktemp("writer") / "data")
    async with (
        writer_role(deployment.database_url, "writer_methods") as url,
        node.service(settings, url, opens=False) as service,
        serve_grpc(settings, service) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield channel


# How a writer node answers each method: "" if as every node.
ANSWERS = {
    "CreateCredential": "",
    "ImportCredentials": "",
    "UpdateCredential": "",
    "UpdateCredential in part": "OPENING_KEY_ABSENT",
    "DeleteCredential": "",
    "PurgeCredentials": "",
    "AccessCredential": "OPENING_KEY_ABSENT",
    "MintToken": "OPENING_KEY_ABSENT",
    "AuthorizeHttpRequest": "OPENING_KEY_ABSENT",
    "ForwardHttpRequest": "OPENING_KEY_ABSENT",
    "UndeleteCredential": "",
    "RestoreCredentialVersion": "OPENING_KEY_ABSENT",
    "DestroyCredentialVersion": "OPENING_KEY_ABSENT",
    "CreateOrganisation": "SIGNER_ROLE_ABSENT",
    "UpdateOrganisation": "SIGNER_ROLE_ABSENT",
    "CreateTeam": "SIGNER_ROLE_ABSENT",
    "UpdateTeam": "SIGNER_ROLE_ABSENT",
    "DeleteTeam": "SIGNER_ROLE_ABSENT",
    "CreateFolder": "",
    "UpdateFolder": "",
    "DeleteFolder": "",
    "CreateApiKey": "SIGNER_ROLE_ABSENT",
    "UpdateApiKey": "SIGNER_ROLE_ABSENT",
    "RevokeApiKey": "SIGNER_ROLE_ABSENT",
    **dict.fromkeys(identity_requests.NAMES, "SIGNER_ROLE_ABSENT"),
    # It has no rights in the tables of webhooks.
    **dict.fromkeys(event_requests.NAMES, "OPENING_KEY_ABSENT"),
    # It opens neither apps nor sessions.
    **dict.fromkeys(connection_requests.NAMES, "OPENING_KEY_ABSENT"),
    # As on every node that does not have the root key.
    "CreateSealingKey": "ROOT_KEY_ABSENT",
    "ActivateSealingKey": "ROOT_KEY_ABSENT",
    "RetireSealingKey": "ROOT_KEY_ABSENT",
    "DestroySealingKey": "ROOT_KEY_ABSENT",
    "RetireSigningKey": "ROOT_KEY_ABSENT",
}


def test_every_method_that_is_more_than_a_read_of_metadata_has_an_answer_here() -> None:
    methods = {method.name for service in SERVICES for method in service.methods}
    reads = {name for name in methods if name.startswith(("Get", "List", "Stream"))}
    assert {name.partition(" ")[0] for name in ANSWERS} == methods - reads


KEY_REQUESTS = {
    "CreateSealingKey": CreateSealingKeyRequest(sealing_key=SealingKey()),
    "ActivateSealingKey": ActivateSealingKeyRequest(id="k"),
    "RetireSealingKey": RetireSealingKeyRequest(id="k"),
    "DestroySealingKey": DestroySealingKeyRequest(id="k", confirmation="k"),
    "RetireSigningKey": RetireSigningKeyRequest(id="k"),
}


# What a node of the full role answers, if its guard lets the request reach nothing.
REFUSED = {"ForwardHttpRequest": "EGRESS_REFUSED", **connection_requests.REFUSED}


async def use_of(deployment: Deployment, name: str) -> Any:
    """A request of UseService."""
    credential = await created(deployment, named(data=USED, allowed_hosts=[HOST]))
    return {
        "MintToken": MintTokenRequest(id=credential.id, target_host=HOST),
        "AuthorizeHttpRequest": AuthorizeHttpRequestRequest(id=credential.id, method="GET", url=URL),
        "ForwardHttpRequest": ForwardHttpRequestRequest(head=HttpRequestHead(id=credential.id, method="GET", url=URL)),
    }[name]


async def request_of(deployment: Deployment, name: str) -> Any:
    """A request that a node of the full role grants."""
    if name in KEY_REQUESTS:
        return KEY_REQUESTS[name]
    for names, make in (
        (USES, use_of),
        (identity_requests.NAMES, identity_request),
        (event_requests.NAMES, event_request),
        (connection_requests.NAMES, connection_request),
    ):
        if name in names:
            return await make(deployment, name)
    if name in ("CreateCredential", "ImportCredentials"):
        create = CreateCredentialRequest(credential=named())
        return create if name == "CreateCredential" else ImportCredentialsRequest(creates=[create])
    if name == "PurgeCredentials":
        await created(deployment, named(variant="text", surface=SURFACE_TINES, team_id=1))
        return PurgeCredentialsRequest(surface=SURFACE_TINES)
    if name.endswith(("Credential", "CredentialVersion", "in part")):
        credential = await created(deployment)
        await updated(deployment, credential.id, "data", data=samples("new")["basic_auth"])
        if name == "UndeleteCredential":
            await deleted(deployment, credential.id)
        part = UpdateCredentialRequest(id=credential.id, credential=Credential(data=samples()["basic_auth"]))
        part.update_mask.paths.append("data.basic_auth.password")
        renamed = UpdateCredentialRequest(id=credential.id, credential=Credential(name="new"), update_mask=NAME)
        return {
            "UpdateCredential": renamed,
            "UpdateCredential in part": part,
            "DeleteCredential": DeleteCredentialRequest(id=credential.id),
            "AccessCredential": AccessCredentialRequest(id=credential.id),
            "UndeleteCredential": UndeleteCredentialRequest(id=credential.id),
            "RestoreCredentialVersion": RestoreCredentialVersionRequest(id=credential.id, version=1),
            "DestroyCredentialVersion": DestroyCredentialVersionRequest(id=credential.id, version=1),
        }[name]
    stub, metadata = deployment.organisations, deployment.metadata
    team = await stub.CreateTeam(CreateTeamRequest(team=Team(name="t")), metadata=metadata)
    folder = await stub.CreateFolder(CreateFolderRequest(folder=Folder(team_id=1, name="f")), metadata=metadata)
    key = await make_key(deployment, ROLE_ADMIN)
    return {
        "CreateOrganisation": CreateOrganisationRequest(organisation=Organisation(id="another")),
        "UpdateOrganisation": UpdateOrganisationRequest(
            organisation=Organisation(display_name="d"), update_mask=DISPLAY_NAME
        ),
        "CreateTeam": CreateTeamRequest(team=Team(name="n")),
        "UpdateTeam": UpdateTeamRequest(id=team.id, team=Team(name="n"), update_mask=NAME),
        "DeleteTeam": DeleteTeamRequest(id=team.id),
        "CreateFolder": CreateFolderRequest(folder=Folder(team_id=1, name="f")),
        "UpdateFolder": UpdateFolderRequest(id=folder.id, folder=Folder(name="g"), update_mask=NAME),
        "DeleteFolder": DeleteFolderRequest(id=folder.id),
        "CreateApiKey": CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER])),
        "UpdateApiKey": UpdateApiKeyRequest(id=key.id, api_key=ApiKey(display_name="d"), update_mask=DISPLAY_NAME),
        "RevokeApiKey": RevokeApiKeyRequest(id=key.id),
    }[name]


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_writer_node_answers_as_every_node_or_names_the_key_that_it_does_not_have(
    deployment: Deployment, writer: grpc.aio.Channel, name: str
) -> None:
    request = await request_of(deployment, name)

    async def call(stubs: tuple[Any, ...]) -> Any:
        method = name.partition(" ")[0]
        [handler] = [found for stub in stubs if (found := getattr(stub, method, None))]
        if method == "ImportCredentials":
            [answer] = [each async for each in handler(iter([request]), metadata=deployment.metadata)]
            assert answer.results[0].WhichOneof("result") == "created"
            return answer
        return await handler(request, metadata=deployment.metadata)

    stubs = (
        CredentialServiceStub,
        UseServiceStub,
        OrganisationServiceStub,
        IdentityServiceStub,
        EventServiceStub,
        ConnectionServiceStub,
        KeyServiceStub,
    )
    by_the_writer = call(tuple(stub(writer) for stub in stubs))
    if ANSWERS[name]:
        assert (await refused(by_the_writer)).reason == ANSWERS[name]
        if name not in KEY_REQUESTS:
            # The same request works at a node of the full role.
            full = tuple(stub(deployment.grpc) for stub in stubs)
            if name in REFUSED:
                assert (await refused(call(full))).reason == REFUSED[name]
            else:
                await call(full)
    else:
        await by_the_writer


async def test_a_writer_node_may_not_change_the_data_of_a_connection_either(
    deployment: Deployment, writer: grpc.aio.Channel
) -> None:
    app = await created(deployment, named("app", data=samples()["oauth"]))
    connection = await planted(deployment, "connected", app.id)
    credential = Credential(data=samples("new")["oauth2_refresh"])
    request = UpdateCredentialRequest(id=connection.id, credential=credential, update_mask=FieldMask(paths=["data"]))
    update = CredentialServiceStub(writer).UpdateCredential(request, metadata=deployment.metadata)
    assert (await refused(update)).fields.keys() == {"update_mask"}
