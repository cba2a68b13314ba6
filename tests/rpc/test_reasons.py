"""Each reason of the catalogue, as a caller meets it.

Provoked elsewhere: OPENING_KEY_ABSENT (test_update_mask.py), SEAL_BROKEN (sealing/test_tampering.py), INTERNAL and
REQUEST_MALFORMED (test_errors.py), DATABASE_UNAVAILABLE and DEADLINE_EXCEEDED (store/test_database.py), LAST_ADMIN_KEY
(test_last_admin_key.py), TOKEN_EXPIRY_MISSING (test_token_callers.py), and in keys/ ROOT_KEY_ABSENT (test_root_key.py),
KEY_NOT_FOUND, KEY_STATE, KEY_IN_USE, KEY_RETIRED (test_rotation.py) and SEALING_KEY_DESTROYED (test_organisation_keys.py);
EGRESS_REFUSED (egress/test_client.py).
Not provoked: DATABASE_FULL, which takes a full disk, CONCURRENT_CHANGE, which takes 40 lost races in a row, and
TEAM_SLUG_TAKEN, which this version does not return.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from rpc.calls import Metadata, accessed, bearer, got, key_of, refused, updated
from samples import created, named

from strongroom.v1 import error_reason_pb2
from strongroom.v1.credential_pb2 import BasicAuthData, CredentialData
from strongroom.v1.credential_service_pb2 import ListCredentialsRequest
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_WRITER,
    ApiKey,
    CreateApiKeyRequest,
    CreateFolderRequest,
    CreateOrganisationRequest,
    DeleteFolderRequest,
    DeleteTeamRequest,
    Folder,
    GetApiKeyRequest,
    GetFolderRequest,
    GetTeamRequest,
    Organisation,
)
from strongroom_server.core.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from conftest import Deployment

NEVER = "019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11"
BROKEN = CredentialData(basic_auth=BasicAuthData(username="u"))


async def listing(deployment: Deployment, by: Metadata, **request: Any) -> object:
    return await deployment.credentials.ListCredentials(ListCredentialsRequest(**request), metadata=by)


async def organised(deployment: Deployment, method: str, request: object) -> object:
    return await getattr(deployment.organisations, method)(request, metadata=deployment.metadata)


async def role_missing(deployment: Deployment) -> object:
    return await created(deployment, by=await key_of(deployment, ROLE_READER))


async def team_not_allowed(deployment: Deployment) -> object:
    return await created(deployment, named(team_id=2), await key_of(deployment, ROLE_WRITER, team_ids=(1,)))


async def host_not_allowed(deployment: Deployment) -> object:
    return await accessed(
        deployment, (await created(deployment, named(allowed_hosts=["a.com"]))).id, target_host="b.com"
    )


async def secret_required(deployment: Deployment) -> object:
    credential = await created(deployment, named(allowed_hosts=["a.com"]))
    return await updated(deployment, credential.id, "allowed_hosts", by=await key_of(deployment, ROLE_WRITER))


async def grant_not_allowed(deployment: Deployment) -> object:
    request = CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_OPERATOR]))
    return await deployment.organisations.CreateApiKey(request, metadata=await key_of(deployment, ROLE_ADMIN))


async def live_credential_mismatch(deployment: Deployment) -> object:
    return await created(deployment, named(variant="text", live_credential_id=(await created(deployment)).id))


async def organisation_exists(deployment: Deployment) -> object:
    return await organised(
        deployment, "CreateOrganisation", CreateOrganisationRequest(organisation=Organisation(id="default"))
    )


async def second_test_credential(deployment: Deployment) -> object:
    live = await created(deployment)
    await created(deployment, named(live_credential_id=live.id))
    return await created(deployment, named(live_credential_id=live.id))


async def request_id_reused(deployment: Deployment) -> object:
    request_id = str(uuid.uuid4())
    await created(deployment, request_id=request_id)
    return await created(deployment, request_id=request_id)


async def credential_invalid(deployment: Deployment) -> object:
    return await accessed(deployment, (await created(deployment, named(data=BROKEN), accept_invalid=True)).id)


async def team_not_empty(deployment: Deployment) -> object:
    await created(deployment, named(team_id=2))
    return await organised(deployment, "DeleteTeam", DeleteTeamRequest(id=2))


async def folder_not_empty(deployment: Deployment) -> object:
    request = CreateFolderRequest(folder=Folder(team_id=1, name="f"))
    folder = await deployment.organisations.CreateFolder(request, metadata=deployment.metadata)
    await created(deployment, named(team_id=1, folder_id=folder.id))
    return await organised(deployment, "DeleteFolder", DeleteFolderRequest(id=folder.id))


async def etag_mismatch(deployment: Deployment) -> object:
    return await updated(deployment, (await created(deployment)).id, "name", name="n", etag="2")


PROVOKED: dict[str, Callable[[Deployment], Awaitable[object]]] = {
    "API_KEY_MISSING": lambda deployment: listing(deployment, ()),
    "API_KEY_INVALID": lambda deployment: listing(deployment, bearer("sr_unknown_" + "x" * 32)),
    "API_KEY_AMBIGUOUS": lambda deployment: listing(deployment, deployment.metadata * 2),
    "ROLE_MISSING": role_missing,
    "ORGANISATION_MISMATCH": lambda deployment: listing(deployment, deployment.metadata, organisation_id="other"),
    "TEAM_NOT_ALLOWED": team_not_allowed,
    "HOST_NOT_ALLOWED": host_not_allowed,
    "SECRET_REQUIRED": secret_required,
    "GRANT_NOT_ALLOWED": grant_not_allowed,
    "CREDENTIAL_NOT_FOUND": lambda deployment: got(deployment, NEVER),
    "TEAM_NOT_FOUND": lambda deployment: organised(deployment, "GetTeam", GetTeamRequest(id=99)),
    "FOLDER_NOT_FOUND": lambda deployment: organised(deployment, "GetFolder", GetFolderRequest(id=99)),
    "API_KEY_NOT_FOUND": lambda deployment: organised(deployment, "GetApiKey", GetApiKeyRequest(id="never")),
    "FIELD_INVALID": lambda deployment: created(deployment, named("\0")),
    "DATA_INVALID": lambda deployment: created(deployment, named(data=BROKEN)),
    "TEAM_UNKNOWN": lambda deployment: created(deployment, named(team_id=99)),
    "FOLDER_UNKNOWN": lambda deployment: created(deployment, named(team_id=1, folder_id=99)),
    "LIVE_CREDENTIAL_UNKNOWN": lambda deployment: created(deployment, named(live_credential_id=NEVER)),
    "LIVE_CREDENTIAL_MISMATCH": live_credential_mismatch,
    "PAGE_TOKEN_INVALID": lambda deployment: listing(deployment, deployment.metadata, page_token="none"),
    "ORGANISATION_EXISTS": organisation_exists,
    "TEST_CREDENTIAL_EXISTS": second_test_credential,
    "REQUEST_ID_REUSED": request_id_reused,
    "CREDENTIAL_INVALID": credential_invalid,
    "TEAM_NOT_EMPTY": team_not_empty,
    "FOLDER_NOT_EMPTY": folder_not_empty,
    "ETAG_MISMATCH": etag_mismatch,
}


@pytest.mark.parametrize("reason", PROVOKED)
async def test_each_reason_has_its_code_and_message(deployment: Deployment, reason: str) -> None:
    refusal = await refused(PROVOKED[reason](deployment))
    code, template = REASONS[error_reason_pb2.ErrorReason.Value(f"ERROR_REASON_{reason}")]
    assert refusal.reason == reason
    assert refusal.code.value[0] == code
    if refusal.fields:
        field, rule = next(iter(refusal.fields.items()))
        assert refusal.message == f"{field} {rule}" + (" (and 1 more)" if len(refusal.fields) == 2 else "")
    else:
        assert refusal.message.startswith(template.partition("{")[0])
    assert refusal.size <= 4096


async def test_a_secret_is_not_returned_if_its_access_cannot_be_recorded(own_deployment: Deployment) -> None:
    answer = await created(own_deployment)
    async with own_deployment.sql() as connection:
        await connection.execute("alter table audit_events add constraint closed check (false) not valid")
    assert (await refused(accessed(own_deployment, answer.id))).reason == "AUDIT_UNAVAILABLE"
    assert (await got(own_deployment, answer.id)).id == answer.id


async def test_a_stopping_node_refuses_calls(own_deployment: Deployment) -> None:
    answer = await created(own_deployment)
    assert await own_deployment.service.pipeline.drain(10)
    assert (await refused(got(own_deployment, answer.id))).reason == "SHUTTING_DOWN"
