"""A request id belongs to the API key that used it, and a row that no node of this deployment wrote is refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import grpc.aio
import pytest
from credentials.test_import import imported, reason
from rpc.calls import Metadata, key_of, other_organisation, refused
from rpc.test_retries import CASES, call, fresh, new_id, repeated, state
from samples import created, named, samples

from strongroom.v1.credential_service_pb2 import CreateCredentialRequest
from strongroom.v1.organisation_service_pb2 import CreateTeamRequest, Role, Team
from strongroom_server.core.records import Made

if TYPE_CHECKING:
    from conftest import Deployment

ROLES = [role for role in Role.values() if role != Role.ROLE_UNSPECIFIED]
each_method = pytest.mark.parametrize("name", CASES)

# The insert of one row by earlier versions, which did not store the key id.
_OF_AN_EARLIER_VERSION = """
    insert into request_ids (organisation_id, request_id, method, digest_key_id, body_digest, credential_id, create_time)
    select organisation_id, request_id, method, digest_key_id, body_digest, credential_id, create_time
    from unnest(array[row($1, $2, $3, 'k', sha256('body'), gen_random_uuid(), strongroom_now())::new_request_ids])
"""


def key_id_of(by: Metadata) -> str:
    return by[0][1].split("_")[1]


def create(request_id: str, secret: str = "sent", name: str = "n") -> CreateCredentialRequest:
    return CreateCredentialRequest(credential=named(name, data=samples(secret)["basic_auth"]), request_id=request_id)


async def import_error(deployment: Deployment, request: CreateCredentialRequest, by: Metadata = ()) -> str:
    """The error reason of the only create of an import; empty if it succeeds."""
    (result,) = await imported(deployment, request, by=by)
    return "" if result.HasField("created") else reason(result)


@each_method
async def test_two_keys_can_use_the_same_request_id(deployment: Deployment, name: str) -> None:
    one, other = await CASES[name].prepare(deployment)
    by, request_id = await key_of(deployment, *ROLES, grantable_roles=ROLES), new_id()
    before = await state(deployment)
    await call(deployment, name, one, request_id)
    between = await state(deployment)
    await call(deployment, name, other, request_id, by)
    after = await state(deployment)
    assert before != between != after
    await repeated(deployment, name, one, request_id)
    await repeated(deployment, name, other, request_id, by)
    assert await state(deployment) == after


async def test_a_correct_guess_of_another_keys_request_gets_the_same_error_as_a_wrong_one(
    deployment: Deployment,
) -> None:
    by, request_id = await key_of(deployment, *ROLES), new_id()
    first = await deployment.credentials.CreateCredential(create(request_id), metadata=deployment.metadata)
    guessed = await deployment.credentials.CreateCredential(create(request_id), metadata=by)
    assert guessed.id != first.id
    other = await key_of(deployment, *ROLES)
    missed = await deployment.credentials.CreateCredential(create(request_id, "guessed"), metadata=other)
    assert missed.id not in (first.id, guessed.id)
    third = await key_of(deployment, *ROLES)
    assert await import_error(deployment, create(request_id), third) == ""
    assert await import_error(deployment, create(request_id, "guessed"), third) == "REQUEST_ID_REUSED"


async def test_the_digests_of_equal_requests_differ_by_key_and_by_request_id(deployment: Deployment) -> None:
    by, ids = await key_of(deployment, *ROLES), [new_id(), new_id()]
    for request_id in ids:
        await deployment.credentials.CreateCredential(create(request_id), metadata=deployment.metadata)
    await deployment.credentials.CreateCredential(create(ids[0]), metadata=by)
    async with deployment.sql() as sql:
        digests = await sql.fetch("select distinct body_digest from request_ids where request_id = any($1)", ids)
    assert len(digests) == 3


async def test_a_reused_request_id_is_recorded(deployment: Deployment) -> None:
    by, request_id = await key_of(deployment, *ROLES), new_id()
    await deployment.credentials.CreateCredential(create(request_id), metadata=by)
    refusal = await refused(deployment.credentials.CreateCredential(create(request_id, "guessed"), metadata=by))
    assert refusal.reason == "REQUEST_ID_REUSED"
    assert await import_error(deployment, create(request_id, "guessed"), by) == "REQUEST_ID_REUSED"
    async with deployment.sql() as sql:
        events = await sql.fetch(
            "select action, outcome, request_id from audit_events where key_id = $1 and outcome <> 'OK'", key_id_of(by)
        )
    assert [tuple(each) for each in events] == [("CreateCredential", "REQUEST_ID_REUSED", request_id)] * 2


@each_method
async def test_a_request_id_of_an_earlier_version_is_refused_for_every_key(deployment: Deployment, name: str) -> None:
    request, _ = await CASES[name].prepare(deployment)
    by, request_id = await key_of(deployment, *ROLES), new_id()
    of_operators = name == "CreateOrganisation" or name.endswith(("IdentityIssuer", "SealingKey", "SigningKey"))
    organisation = "strongroom" if of_operators else "default"
    async with deployment.sql() as sql:
        await sql.execute(_OF_AN_EARLIER_VERSION, organisation, request_id, name)
    before = await state(deployment)
    for key in (deployment.metadata, by):
        refusal = await refused(call(deployment, name, request, request_id, key))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")
    assert await state(deployment) == before


async def test_a_request_id_of_an_earlier_version_is_refused_in_an_import(deployment: Deployment) -> None:
    ids = [new_id(), new_id()]
    async with deployment.sql() as sql:
        await sql.execute(_OF_AN_EARLIER_VERSION, "default", ids[0], "CreateCredential")
    assert [await import_error(deployment, create(request_id)) for request_id in ids] == ["REQUEST_ID_REUSED", ""]


async def test_a_node_of_an_earlier_version_does_not_repeat_a_request_of_a_newer_one(deployment: Deployment) -> None:
    request_id = new_id()
    await deployment.credentials.CreateCredential(create(request_id), metadata=deployment.metadata)
    async with deployment.sql() as sql:
        with pytest.raises(asyncpg.UniqueViolationError) as caught:
            await sql.execute(_OF_AN_EARLIER_VERSION, "default", request_id, "CreateCredential")
        assert caught.value.constraint_name == "request_ids_pkey"
        await sql.execute(_OF_AN_EARLIER_VERSION, "default", new_id(), "CreateCredential")


# A change of each column, after which the row has the request id and the key id of the repeated request.
TAMPERED = {
    "organisation_id": "organisation_id = 'default', key_id = 'bootstrap'",
    "key_id": "key_id = 'bootstrap'",
    "request_id": "request_id = 'renamed'",
    "method": "method = 'CreateTeam'",
    "body_digest": "body_digest = sha256(body_digest)",
    "credential_id": "credential_id = (select id from credentials where name = 'other' limit 1)",
    "credential_id of none": "credential_id = null",
    "subject": "subject = 'x'",
    "create_time": "create_time = create_time + interval '1 day'",
    "mac": "mac = sha256(mac)",
    "mac of none": "mac = ''",
}


def test_every_column_is_tampered_with() -> None:
    # A test below changes digest_key_id.
    assert {name.partition(" ")[0] for name in TAMPERED} == set(Made.__struct_fields__) - {"digest_key_id"}


@pytest.mark.parametrize("column", TAMPERED)
async def test_a_tampered_row_is_refused(deployment: Deployment, column: str) -> None:
    first_id = new_id()
    await created(deployment, named("other"))
    by: Metadata = deployment.metadata
    if column == "organisation_id":
        _, by = await other_organisation(deployment)
    elif column == "key_id":
        by = await key_of(deployment, *ROLES)
    await deployment.credentials.CreateCredential(create(first_id), metadata=by)
    async with deployment.sql() as sql:
        done = await sql.execute(f"update request_ids set {TAMPERED[column]} where request_id = $1", first_id)
    assert done == "UPDATE 1"
    repeated_id = "renamed" if column == "request_id" else first_id
    refusal = await refused(deployment.credentials.CreateCredential(create(repeated_id), metadata=deployment.metadata))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")
    assert await import_error(deployment, create(repeated_id)) == "SEAL_BROKEN"


@pytest.mark.parametrize("column", ["key_id = ''", "digest_key_id = 'x'"])
async def test_a_row_whose_proof_cannot_be_checked_is_refused(deployment: Deployment, column: str) -> None:
    request_id = new_id()
    await deployment.credentials.CreateCredential(create(request_id), metadata=deployment.metadata)
    async with deployment.sql() as sql:
        assert await sql.execute(f"update request_ids set {column} where request_id = $1", request_id) == "UPDATE 1"
    refusal = await refused(deployment.credentials.CreateCredential(create(request_id), metadata=deployment.metadata))
    assert refusal.reason == "REQUEST_ID_REUSED"


@pytest.mark.parametrize("change", ["subject = '99'", "subject = null", "subject = 'x'"])
async def test_a_team_of_a_tampered_row_is_not_shown(deployment: Deployment, change: str) -> None:
    request = CreateTeamRequest(team=Team(name=fresh("t")), request_id=new_id())
    await deployment.organisations.CreateTeam(request, metadata=deployment.metadata)
    async with deployment.sql() as sql:
        await sql.execute(f"update request_ids set {change} where request_id = $1", request.request_id)
    refusal = await refused(deployment.organisations.CreateTeam(request, metadata=deployment.metadata))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")


async def test_concurrent_requests_of_two_keys_with_the_same_id_both_take_effect(deployment: Deployment) -> None:
    keys: list[Any] = [await key_of(deployment, *ROLES) for _ in range(2)]
    request_id = new_id()
    answers = await asyncio.gather(
        *(deployment.credentials.CreateCredential(create(request_id), metadata=by) for by in keys * 10)
    )
    ids = [answer.id for answer in answers]
    assert [ids[0], ids[1]] * 10 == ids
    assert ids[0] != ids[1]
