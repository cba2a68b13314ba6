"""A request id belongs to the API key that used it, and its row says nothing that a node of this deployment did not write."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import grpc.aio
import pytest
from rpc.calls import Metadata, key_of, other_organisation, refused
from rpc.test_import import imported, reason
from rpc.test_retries import CASES, call, fresh, new_id, repeated, state
from samples import created, named, samples

from strongroom.v1.credential_service_pb2 import CreateCredentialRequest
from strongroom.v1.organisation_service_pb2 import CreateTeamRequest, Role, Team
from strongroom_server.records import Made

if TYPE_CHECKING:
    from conftest import House

ROLES = [role for role in Role.values() if role != Role.ROLE_UNSPECIFIED]
each_method = pytest.mark.parametrize("name", CASES)

# The statement of nodes that kept no key with a request id, of one row.
_OF_AN_EARLIER_VERSION = """
    insert into request_ids (organisation_id, request_id, method, digest_key_id, body_digest, credential_id, create_time)
    select organisation_id, request_id, method, digest_key_id, body_digest, credential_id, create_time
    from unnest(array[row($1, $2, $3, 'k', sha256('body'), gen_random_uuid(), strongroom_now())::new_request_ids])
"""


def key_id_of(by: Metadata) -> str:
    return by[0][1].split("_")[1]


def create(request_id: str, secret: str = "sent", name: str = "n") -> CreateCredentialRequest:
    return CreateCredentialRequest(credential=named(name, data=samples(secret)["basic_auth"]), request_id=request_id)


async def import_error(house: House, request: CreateCredentialRequest, by: Metadata = ()) -> str:
    """The reason that the only create of an import is refused with; empty if it is made."""
    (result,) = await imported(house, request, by=by)
    return "" if result.HasField("created") else reason(result)


@each_method
async def test_two_keys_use_the_same_id_and_neither_learns_of_the_other(house: House, name: str) -> None:
    one, other = await CASES[name].prepare(house)
    by, request_id = await key_of(house, *ROLES, grantable_roles=ROLES), new_id()
    before = await state(house)
    await call(house, name, one, request_id)
    between = await state(house)
    await call(house, name, other, request_id, by)
    after = await state(house)
    assert before != between != after
    await repeated(house, name, one, request_id)
    await repeated(house, name, other, request_id, by)
    assert await state(house) == after


async def test_a_guess_of_what_another_key_sent_answers_like_a_wrong_guess(house: House) -> None:
    by, request_id = await key_of(house, *ROLES), new_id()
    first = await house.credentials.CreateCredential(create(request_id), metadata=house.metadata)
    guessed = await house.credentials.CreateCredential(create(request_id), metadata=by)
    assert guessed.id != first.id
    other = await key_of(house, *ROLES)
    missed = await house.credentials.CreateCredential(create(request_id, "guessed"), metadata=other)
    assert missed.id not in (first.id, guessed.id)
    third = await key_of(house, *ROLES)
    assert await import_error(house, create(request_id), third) == ""
    assert await import_error(house, create(request_id, "guessed"), third) == "REQUEST_ID_REUSED"


async def test_the_digests_of_equal_requests_differ_by_key_and_by_id(house: House) -> None:
    by, ids = await key_of(house, *ROLES), [new_id(), new_id()]
    for request_id in ids:
        await house.credentials.CreateCredential(create(request_id), metadata=house.metadata)
    await house.credentials.CreateCredential(create(ids[0]), metadata=by)
    async with house.sql() as sql:
        digests = await sql.fetch("select distinct body_digest from request_ids where request_id = any($1)", ids)
    assert len(digests) == 3


async def test_a_refused_replay_is_recorded_with_its_request_id(house: House) -> None:
    by, request_id = await key_of(house, *ROLES), new_id()
    await house.credentials.CreateCredential(create(request_id), metadata=by)
    refusal = await refused(house.credentials.CreateCredential(create(request_id, "guessed"), metadata=by))
    assert refusal.reason == "REQUEST_ID_REUSED"
    assert await import_error(house, create(request_id, "guessed"), by) == "REQUEST_ID_REUSED"
    async with house.sql() as sql:
        events = await sql.fetch(
            "select action, outcome, request_id from audit_events where key_id = $1 and outcome <> 'OK'", key_id_of(by)
        )
    assert [tuple(each) for each in events] == [("CreateCredential", "REQUEST_ID_REUSED", request_id)] * 2


@each_method
async def test_an_id_of_an_earlier_version_is_refused_to_every_key(house: House, name: str) -> None:
    request, _ = await CASES[name].prepare(house)
    by, request_id = await key_of(house, *ROLES), new_id()
    organisation = "strongroom" if name == "CreateOrganisation" else "default"
    async with house.sql() as sql:
        await sql.execute(_OF_AN_EARLIER_VERSION, organisation, request_id, name)
    before = await state(house)
    for key in (house.metadata, by):
        refusal = await refused(call(house, name, request, request_id, key))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")
    assert await state(house) == before


async def test_an_id_of_an_earlier_version_is_refused_to_an_import(house: House) -> None:
    ids = [new_id(), new_id()]
    async with house.sql() as sql:
        await sql.execute(_OF_AN_EARLIER_VERSION, "default", ids[0], "CreateCredential")
    assert [await import_error(house, create(request_id)) for request_id in ids] == ["REQUEST_ID_REUSED", ""]


async def test_a_node_of_an_earlier_version_does_not_do_again_what_a_newer_one_did(house: House) -> None:
    request_id = new_id()
    await house.credentials.CreateCredential(create(request_id), metadata=house.metadata)
    async with house.sql() as sql:
        with pytest.raises(asyncpg.UniqueViolationError) as caught:
            await sql.execute(_OF_AN_EARLIER_VERSION, "default", request_id, "CreateCredential")
        assert caught.value.constraint_name == "request_ids_pkey"
        await sql.execute(_OF_AN_EARLIER_VERSION, "default", new_id(), "CreateCredential")


# Each column as somebody would change it, so that the row stands under the id and the key of the repeated request.
TAMPERED = {
    "organisation_id": "organisation_id = 'default', key_id = 'bootstrap'",
    "key_id": "key_id = 'bootstrap'",
    "request_id": "request_id = 'renamed'",
    "method": "method = 'CreateTeam'",
    "body_digest": "body_digest = sha256(body_digest)",
    "credential_id": "credential_id = (select id from credentials where name = 'other')",
    "credential_id of none": "credential_id = null",
    "subject": "subject = 'x'",
    "create_time": "create_time = create_time + interval '1 day'",
    "mac": "mac = sha256(mac)",
    "mac of none": "mac = ''",
}


def test_every_column_is_tampered_with() -> None:
    # Another digest_key_id is tried below.
    assert {name.partition(" ")[0] for name in TAMPERED} == set(Made.__struct_fields__) - {"digest_key_id"}


@pytest.mark.parametrize("column", TAMPERED)
async def test_a_tampered_row_is_refused(own_house: House, column: str) -> None:
    house, first_id = own_house, new_id()
    await created(house, named("other"))
    by: Metadata = house.metadata
    if column == "organisation_id":
        _, by = await other_organisation(house)
    elif column == "key_id":
        by = await key_of(house, *ROLES)
    await house.credentials.CreateCredential(create(first_id), metadata=by)
    async with house.sql() as sql:
        done = await sql.execute(f"update request_ids set {TAMPERED[column]} where request_id = $1", first_id)
    assert done == "UPDATE 1"
    repeated_id = "renamed" if column == "request_id" else first_id
    refusal = await refused(house.credentials.CreateCredential(create(repeated_id), metadata=house.metadata))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")
    assert await import_error(house, create(repeated_id)) == "SEAL_BROKEN"


@pytest.mark.parametrize("column", ["key_id = ''", "digest_key_id = 'x'"])
async def test_a_row_whose_proof_cannot_be_checked_answers_nothing(own_house: House, column: str) -> None:
    request_id = new_id()
    await own_house.credentials.CreateCredential(create(request_id), metadata=own_house.metadata)
    async with own_house.sql() as sql:
        assert await sql.execute(f"update request_ids set {column} where request_id = $1", request_id) == "UPDATE 1"
    refusal = await refused(own_house.credentials.CreateCredential(create(request_id), metadata=own_house.metadata))
    assert refusal.reason == "REQUEST_ID_REUSED"


@pytest.mark.parametrize("change", ["subject = '99'", "subject = null", "subject = 'x'"])
async def test_a_team_of_a_tampered_row_is_not_shown(own_house: House, change: str) -> None:
    request = CreateTeamRequest(team=Team(name=fresh("t")), request_id=new_id())
    await own_house.organisations.CreateTeam(request, metadata=own_house.metadata)
    async with own_house.sql() as sql:
        await sql.execute(f"update request_ids set {change} where request_id = $1", request.request_id)
    refusal = await refused(own_house.organisations.CreateTeam(request, metadata=own_house.metadata))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")


async def test_of_two_keys_at_once_each_does_its_own(house: House) -> None:
    keys: list[Any] = [await key_of(house, *ROLES) for _ in range(2)]
    request_id = new_id()
    answers = await asyncio.gather(
        *(house.credentials.CreateCredential(create(request_id), metadata=by) for by in keys * 10)
    )
    ids = [answer.id for answer in answers]
    assert [ids[0], ids[1]] * 10 == ids
    assert ids[0] != ids[1]
