"""Each reason of the catalogue, as a caller meets it.

Provoked elsewhere: OPENING_KEY_ABSENT (test_update_mask.py), SEAL_BROKEN (sealing/test_tampering.py), INTERNAL and
REQUEST_MALFORMED (test_errors.py), DATABASE_UNAVAILABLE and DEADLINE_EXCEEDED (store/test_database.py), LAST_ADMIN_KEY
(test_last_admin_key.py), TOKEN_EXPIRY_MISSING (test_token_callers.py).
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
from strongroom_server.rpc.status import REASONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from conftest import House

NEVER = "019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11"
BROKEN = CredentialData(basic_auth=BasicAuthData(username="u"))


async def listing(house: House, by: Metadata, **request: Any) -> object:
    return await house.credentials.ListCredentials(ListCredentialsRequest(**request), metadata=by)


async def organised(house: House, method: str, request: object) -> object:
    return await getattr(house.organisations, method)(request, metadata=house.metadata)


async def role_missing(house: House) -> object:
    return await created(house, by=await key_of(house, ROLE_READER))


async def team_not_allowed(house: House) -> object:
    return await created(house, named(team_id=2), await key_of(house, ROLE_WRITER, team_ids=(1,)))


async def host_not_allowed(house: House) -> object:
    return await accessed(house, (await created(house, named(allowed_hosts=["a.com"]))).id, target_host="b.com")


async def secret_required(house: House) -> object:
    credential = await created(house, named(allowed_hosts=["a.com"]))
    return await updated(house, credential.id, "allowed_hosts", by=await key_of(house, ROLE_WRITER))


async def grant_not_allowed(house: House) -> object:
    request = CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_OPERATOR]))
    return await house.organisations.CreateApiKey(request, metadata=await key_of(house, ROLE_ADMIN))


async def live_credential_mismatch(house: House) -> object:
    return await created(house, named(variant="text", live_credential_id=(await created(house)).id))


async def organisation_exists(house: House) -> object:
    return await organised(
        house, "CreateOrganisation", CreateOrganisationRequest(organisation=Organisation(id="default"))
    )


async def second_test_credential(house: House) -> object:
    live = await created(house)
    await created(house, named(live_credential_id=live.id))
    return await created(house, named(live_credential_id=live.id))


async def request_id_reused(house: House) -> object:
    request_id = str(uuid.uuid4())
    await created(house, request_id=request_id)
    return await created(house, request_id=request_id)


async def credential_invalid(house: House) -> object:
    return await accessed(house, (await created(house, named(data=BROKEN), accept_invalid=True)).id)


async def team_not_empty(house: House) -> object:
    await created(house, named(team_id=2))
    return await organised(house, "DeleteTeam", DeleteTeamRequest(id=2))


async def folder_not_empty(house: House) -> object:
    request = CreateFolderRequest(folder=Folder(team_id=1, name="f"))
    folder = await house.organisations.CreateFolder(request, metadata=house.metadata)
    await created(house, named(team_id=1, folder_id=folder.id))
    return await organised(house, "DeleteFolder", DeleteFolderRequest(id=folder.id))


async def etag_mismatch(house: House) -> object:
    return await updated(house, (await created(house)).id, "name", name="n", etag="2")


PROVOKED: dict[str, Callable[[House], Awaitable[object]]] = {
    "API_KEY_MISSING": lambda house: listing(house, ()),
    "API_KEY_INVALID": lambda house: listing(house, bearer("sr_unknown_" + "x" * 32)),
    "API_KEY_AMBIGUOUS": lambda house: listing(house, house.metadata * 2),
    "ROLE_MISSING": role_missing,
    "ORGANISATION_MISMATCH": lambda house: listing(house, house.metadata, organisation_id="other"),
    "TEAM_NOT_ALLOWED": team_not_allowed,
    "HOST_NOT_ALLOWED": host_not_allowed,
    "SECRET_REQUIRED": secret_required,
    "GRANT_NOT_ALLOWED": grant_not_allowed,
    "CREDENTIAL_NOT_FOUND": lambda house: got(house, NEVER),
    "TEAM_NOT_FOUND": lambda house: organised(house, "GetTeam", GetTeamRequest(id=99)),
    "FOLDER_NOT_FOUND": lambda house: organised(house, "GetFolder", GetFolderRequest(id=99)),
    "API_KEY_NOT_FOUND": lambda house: organised(house, "GetApiKey", GetApiKeyRequest(id="never")),
    "FIELD_INVALID": lambda house: created(house, named("\0")),
    "DATA_INVALID": lambda house: created(house, named(data=BROKEN)),
    "TEAM_UNKNOWN": lambda house: created(house, named(team_id=99)),
    "FOLDER_UNKNOWN": lambda house: created(house, named(team_id=1, folder_id=99)),
    "LIVE_CREDENTIAL_UNKNOWN": lambda house: created(house, named(live_credential_id=NEVER)),
    "LIVE_CREDENTIAL_MISMATCH": live_credential_mismatch,
    "PAGE_TOKEN_INVALID": lambda house: listing(house, house.metadata, page_token="none"),
    "ORGANISATION_EXISTS": organisation_exists,
    "TEST_CREDENTIAL_EXISTS": second_test_credential,
    "REQUEST_ID_REUSED": request_id_reused,
    "CREDENTIAL_INVALID": credential_invalid,
    "TEAM_NOT_EMPTY": team_not_empty,
    "FOLDER_NOT_EMPTY": folder_not_empty,
    "ETAG_MISMATCH": etag_mismatch,
}


@pytest.mark.parametrize("reason", PROVOKED)
async def test_a_reason_comes_with_its_code_and_message(house: House, reason: str) -> None:
    refusal = await refused(PROVOKED[reason](house))
    code, template = REASONS[error_reason_pb2.ErrorReason.Value(f"ERROR_REASON_{reason}")]
    assert refusal.reason == reason
    assert refusal.code.value[0] == code
    if refusal.fields:
        field, rule = next(iter(refusal.fields.items()))
        assert refusal.message == f"{field} {rule}" + (" (and 1 more)" if len(refusal.fields) == 2 else "")
    else:
        assert refusal.message.startswith(template.partition("{")[0])
    assert refusal.size <= 4096


async def test_what_cannot_be_recorded_is_not_handed_out(own_house: House) -> None:
    answer = await created(own_house)
    async with own_house.sql() as connection:
        await connection.execute("alter table audit_events add constraint closed check (false) not valid")
    assert (await refused(accessed(own_house, answer.id))).reason == "AUDIT_UNAVAILABLE"
    assert (await got(own_house, answer.id)).id == answer.id


async def test_a_node_that_is_stopping_takes_no_call(own_house: House) -> None:
    answer = await created(own_house)
    assert await own_house.service.pipeline.drain(10)
    assert (await refused(got(own_house, answer.id))).reason == "SHUTTING_DOWN"
