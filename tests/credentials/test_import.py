"""Tests imports: many creates in one stream, each with the result that CreateCredential would have."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from conftest import ORGANISATION, Deployment
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from rpc.calls import Metadata, accessed, bearer, got, key_of, listed, other_organisation, refused
from samples import created, named, samples
from waiting import until

from strongroom.v1.credential_pb2 import (
    PLACEMENT_LOCATION_HEADER,
    READ_ACCESS_SPECIFIC_TEAMS,
    SURFACE_SLASHID,
    SURFACE_TINES,
    SURFACE_VERSORI,
    BasicAuthData,
    Credential,
    CredentialData,
)
from strongroom.v1.credential_service_pb2 import (
    CreateCredentialRequest,
    ImportCredentialsRequest,
    ImportCredentialsResponse,
    ImportResult,
)
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    ApiKey,
    CreateApiKeyRequest,
    RevokeApiKeyRequest,
)
from strongroom_server.rpc import pipeline

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

PATH = "/strongroom.v1.CredentialService/ImportCredentials"
MARKER = "hunter2-imported"
USE = Credential.UseSettings(placement=Credential.SecretPlacement(location=PLACEMENT_LOCATION_HEADER, name="X-Api-Key"))


def create(credential: Credential | None = None, **request: Any) -> CreateCredentialRequest:
    request.setdefault("request_id", f"import-{uuid.uuid4()}")
    return CreateCredentialRequest(credential=credential or named(), **request)


async def imported(deployment: Deployment, *creates: CreateCredentialRequest, by: Metadata = ()) -> list[ImportResult]:
    """The results of one message."""
    (results,) = await exchanged(deployment, creates, by=by)
    return results


async def exchanged(deployment: Deployment, *messages: Any, by: Metadata = ()) -> list[list[ImportResult]]:
    """The results of each message of one stream."""
    call = deployment.credentials.ImportCredentials(
        iter([ImportCredentialsRequest(creates=creates) for creates in messages]), metadata=by or deployment.metadata
    )
    return [list(answer.results) async for answer in call]


class Sender:
    """A stream to which a test sends one message at a time."""

    def __init__(self, deployment: Deployment, by: Metadata = ()) -> None:
        self.call = deployment.credentials.ImportCredentials(metadata=by or deployment.metadata)

    async def __call__(self, *creates: CreateCredentialRequest) -> list[ImportResult]:
        await self.call.write(ImportCredentialsRequest(creates=creates))
        return await self.answer()

    async def answer(self) -> list[ImportResult]:
        answer = await self.call.read()
        assert isinstance(answer, ImportCredentialsResponse)
        return list(answer.results)


async def unary_error(deployment: Deployment, request: CreateCredentialRequest, by: Metadata = ()) -> Any:
    """The status of a CreateCredential that is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await deployment.credentials.CreateCredential(request, metadata=by or deployment.metadata)
    return rpc_status.from_call(caught.value)  # type: ignore[arg-type] # an error has the attributes that are read


def reason(result: ImportResult) -> str:
    """The reason of a result that is an error."""
    info = error_details_pb2.ErrorInfo()
    assert result.error.details[0].Unpack(info)
    return str(info.reason)


def plain(credential: Credential) -> Credential:
    """A credential without the fields that are unique."""
    copy = Credential()
    copy.CopyFrom(credential)
    for field in ("id", "number", "create_time", "update_time", "live_credential_id"):
        copy.ClearField(field)
    return copy


async def count(deployment: Deployment, *requests: CreateCredentialRequest) -> int:
    """The number of credentials with these names."""
    async with deployment.sql() as sql:
        found = await sql.fetchval(
            "select count(*) from credentials where name = any($1)", [each.credential.name for each in requests]
        )
    assert isinstance(found, int)
    return found


async def test_each_create_is_stored_and_has_its_result_in_order(deployment: Deployment) -> None:
    batches = [[create() for _ in range(size)] for size in (64, 1, 7, 64)]
    answers = await exchanged(deployment, *batches)
    for creates, results in zip(batches, answers, strict=True):
        assert len(creates) == len(results)
    asked = [each for batch in batches for each in batch]
    told = [each.created for batch in answers for each in batch]
    for request, result in zip(asked[::9], told[::9], strict=True):
        stored = await accessed(deployment, result.id)
        assert (stored.name, stored.number) == (request.credential.name, result.number)
        assert stored.data == request.credential.data
    assert await count(deployment, *asked) == len(asked)


async def test_an_empty_stream_is_accepted(deployment: Deployment) -> None:
    assert await exchanged(deployment) == []


async def test_an_imported_credential_equals_a_created_one_on_every_surface(deployment: Deployment) -> None:
    live = await created(deployment, named(surface=SURFACE_TINES, team_id=1, variant="text"))
    other = await created(deployment, named(surface=SURFACE_TINES, team_id=1, variant="text"))
    sent = [named("n", variant=variant) for variant in samples()]
    sent += [
        named("n", variant="raw", surface=SURFACE_VERSORI),
        named("n", variant="api_key", surface=SURFACE_SLASHID, provider=1),
        named("n", variant="text", surface=SURFACE_TINES, team_id=1),
        named("n", team_id=1, read_access=READ_ACCESS_SPECIFIC_TEAMS, shared_team_slugs=["team_2", "team_1"]),
        named("n", allowed_hosts=["*.example.com"], metadata_json='{"a": 1.10}', description="d"),
        named("n", variant="api_key", use_settings=USE, labels={"env": "prod", "app": ""}),
    ]
    expected = [await created(deployment, each) for each in sent]
    test = named("n", surface=SURFACE_TINES, variant="text", live_credential_id=live.id)
    expected.append(await created(deployment, test))
    test.live_credential_id = other.id
    results = await imported(deployment, *map(create, [*sent, test]))
    for request, before, result in zip([*sent, test], expected, results, strict=True):
        assert plain(await got(deployment, result.created.id)) == plain(await got(deployment, before.id)), request.data
        assert (await accessed(deployment, result.created.id, target_host="a.example.com")).data == request.data
    shared = (await got(deployment, results[len(samples()) + 3].created.id)).shared_team_slugs
    assert list(shared) == ["team_2", "team_1"]
    assert (await got(deployment, results[-1].created.id)).live_credential_id == other.id


BAD: dict[str, tuple[Callable[[], CreateCredentialRequest], str]] = {
    "data": (lambda: create(named(data=CredentialData(basic_auth=BasicAuthData(password=MARKER)))), "DATA_INVALID"),
    "no data": (lambda: create(Credential(name="n")), "FIELD_INVALID"),
    "nothing": (CreateCredentialRequest, "FIELD_INVALID"),
    "name": (lambda: create(named("n" * 256)), "FIELD_INVALID"),
    "NUL": (lambda: create(named("a\0b")), "FIELD_INVALID"),
    "team": (lambda: create(named(team_id=99)), "TEAM_UNKNOWN"),
    "folder": (lambda: create(named(team_id=1, folder_id=99)), "FOLDER_UNKNOWN"),
    "shared team": (
        lambda: create(named(team_id=1, read_access=READ_ACCESS_SPECIFIC_TEAMS, shared_team_slugs=["nobody"])),
        "TEAM_UNKNOWN",
    ),
    "live credential": (lambda: create(named(live_credential_id=str(uuid.uuid4()))), "LIVE_CREDENTIAL_UNKNOWN"),
    "live credential's form": (lambda: create(named(live_credential_id=MARKER)), "FIELD_INVALID"),
    "settings of another variant": (lambda: create(named(variant="aws", use_settings=USE)), "FIELD_INVALID"),
    "label": (lambda: create(named(labels={MARKER.upper(): MARKER})), "FIELD_INVALID"),
    "request id": (lambda: create(request_id=f"{MARKER} x"), "FIELD_INVALID"),
    "unknown field": (
        lambda: CreateCredentialRequest.FromString(create().SerializeToString() + b"\xfa\x07\x10" + MARKER.encode()),
        "FIELD_INVALID",
    ),
    "organisation": (lambda: create(organisation_id="elsewhere"), "ORGANISATION_MISMATCH"),
}


@pytest.mark.parametrize("bad", BAD)
async def test_an_invalid_create_fails_alone_with_the_error_of_create_credential(
    deployment: Deployment, bad: str
) -> None:
    make, expected = BAD[bad]
    good = [create() for _ in range(4)]
    request = make()
    results = await imported(deployment, *good[:2], request, *good[2:])
    assert [each.HasField("created") for each in results] == [True, True, False, True, True]
    assert reason(results[2]) == expected
    assert results[2].error == await unary_error(deployment, request)
    assert MARKER not in str(results[2])
    assert await count(deployment, *good) == 4


async def test_every_invalid_create_of_a_message_has_its_error_in_order(deployment: Deployment) -> None:
    requests = [make() for make, _ in BAD.values()]
    results = await imported(deployment, *requests)
    assert [reason(each) for each in results] == [expected for _, expected in BAD.values()]


async def test_waiting_for_regions_is_refused(deployment: Deployment) -> None:
    results = await imported(deployment, create(all_regions_timeout_seconds=1), create())
    assert reason(results[0]) == "FIELD_INVALID"
    assert "all_regions_timeout_seconds must be unset in an import" in results[0].error.message
    assert results[1].HasField("created")


async def test_invalid_data_is_stored_if_it_is_accepted(deployment: Deployment) -> None:
    invalid = named(data=CredentialData(basic_auth=BasicAuthData(username="anna")))
    results = await imported(deployment, create(invalid, accept_invalid=True))
    assert (await got(deployment, results[0].created.id)).violations


async def test_a_request_id_works_as_in_create_credential(deployment: Deployment) -> None:
    by_create, by_import = create(), create()
    first = await deployment.credentials.CreateCredential(by_create, metadata=deployment.metadata)
    (second,) = await imported(deployment, by_import)
    again = await exchanged(deployment, [by_import, by_create], [create(), by_create, by_import])
    assert [each.created.id for each in again[0]] == [second.created.id, first.id]
    assert [each.created.number for each in again[0]] == [second.created.number, first.number]
    assert [each.created.id for each in again[1][1:]] == [first.id, second.created.id]
    unary = await deployment.credentials.CreateCredential(by_import, metadata=deployment.metadata)
    assert unary.id == second.created.id
    assert await count(deployment, by_create, by_import) == 2


@pytest.mark.parametrize("as_bad", [False, True], ids=["good", "bad in itself"])
async def test_a_different_create_with_the_same_request_id_is_refused(deployment: Deployment, *, as_bad: bool) -> None:
    first = create()
    await imported(deployment, first)
    reused = create(named("x" * 300) if as_bad else None, request_id=first.request_id)
    results = await imported(deployment, create(), reused, create())
    assert [each.HasField("created") for each in results] == [True, False, True]
    assert reason(results[1]) == "REQUEST_ID_REUSED"
    assert results[1].error == await unary_error(deployment, reused)


async def test_the_first_of_the_creates_with_one_request_id_in_a_message_is_stored(deployment: Deployment) -> None:
    for _ in range(5):
        first = create()
        other = create(request_id=first.request_id)
        results = await imported(deployment, first, other, first, create())
        assert results[0].created == results[2].created
        assert reason(results[1]) == "REQUEST_ID_REUSED"
        assert await count(deployment, first, other) == 1


async def test_concurrent_streams_with_the_same_creates_store_each_once(deployment: Deployment) -> None:
    creates = [create() for _ in range(20)]
    answers = await asyncio.gather(*(imported(deployment, *creates) for _ in range(6)))
    assert all(results == answers[0] for results in answers)
    assert await count(deployment, *creates) == 20


async def test_a_repeated_create_of_a_deleted_credential_does_not_create_it_again(deployment: Deployment) -> None:
    request = create()
    (result,) = await imported(deployment, request)
    async with deployment.sql() as sql:
        await sql.execute("update credentials set delete_time = now() where id = $1", uuid.UUID(result.created.id))
    results = await imported(deployment, request, create())
    assert reason(results[0]) == "CREDENTIAL_NOT_FOUND"
    assert results[0].error == await unary_error(deployment, request)


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (ImportCredentialsRequest(), {"creates": "must have 1 to 64 elements"}),
        (ImportCredentialsRequest(creates=[create()] * 65), {"creates": "must have 1 to 64 elements"}),
        (
            ImportCredentialsRequest.FromString(
                ImportCredentialsRequest(creates=[create()]).SerializeToString() + b"\xfa\x07\x01x"
            ),
            {"request": "must not have fields or variants that this server does not know"},
        ),
    ],
    ids=["empty", "too many", "unknown field"],
)
async def test_an_invalid_message_ends_the_stream_after_the_earlier_responses(
    deployment: Deployment, message: ImportCredentialsRequest, fields: dict[str, str]
) -> None:
    call = deployment.credentials.ImportCredentials(
        iter([ImportCredentialsRequest(creates=[create()]), message, ImportCredentialsRequest(creates=[create()])]),
        metadata=deployment.metadata,
    )
    answer = await call.read()
    assert isinstance(answer, ImportCredentialsResponse)
    refusal = await refused(call.read())
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID")
    assert refusal.fields == fields


async def test_bytes_that_are_not_a_message_are_refused(deployment: Deployment) -> None:
    method: Any = deployment.grpc.stream_stream(PATH)
    refusal = await refused(method(iter([b"\x0a\xff" + MARKER.encode()]), metadata=deployment.metadata).read())
    assert refusal.reason == "REQUEST_MALFORMED"
    assert MARKER not in refusal.message


async def test_a_key_without_the_role_writer_is_refused_before_it_sends_anything(deployment: Deployment) -> None:
    by = await key_of(deployment, ROLE_READER, ROLE_USER, ROLE_ADMIN)
    call = deployment.credentials.ImportCredentials(metadata=by)
    refusal = await refused(call.read())
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")
    assert (await refused(deployment.credentials.ImportCredentials(metadata=()).read())).reason == "API_KEY_MISSING"
    async with deployment.sql() as sql:
        events = await sql.fetch("select action, outcome from audit_events where key_id = $1", by[0][1].split("_")[1])
    assert [tuple(each) for each in events] == [("ImportCredentials", "ROLE_MISSING")]


async def test_a_create_that_the_key_may_not_do_fails_alone_and_is_recorded_as_create_credential(
    deployment: Deployment,
) -> None:
    by = await key_of(deployment, ROLE_WRITER, team_ids=(1,))
    results = await imported(
        deployment,
        create(named(team_id=1)),
        create(named(team_id=2)),
        create(named(team_id=1), organisation_id="elsewhere"),
        create(named(team_id=1), organisation_id=ORGANISATION),
        by=by,
    )
    assert [each.HasField("created") for each in results] == [True, False, False, True]
    assert [reason(each) for each in results[1:3]] == ["TEAM_NOT_ALLOWED", "ORGANISATION_MISMATCH"]
    async with deployment.sql() as sql:
        events = await sql.fetch(
            "select action, outcome from audit_events where key_id = $1 and outcome <> 'OK' order by event_time",
            by[0][1].split("_")[1],
        )
    assert [tuple(each) for each in events] == [
        ("CreateCredential", "TEAM_NOT_ALLOWED"),
        ("CreateCredential", "ORGANISATION_MISMATCH"),
    ]


async def test_an_import_creates_only_in_the_organisation_of_the_key(deployment: Deployment) -> None:
    _, by = await other_organisation(deployment)
    (result,) = await imported(deployment, create(), by=by)
    assert await listed(deployment, by) == [result.created.id]
    assert (await refused(got(deployment, result.created.id))).reason == "CREDENTIAL_NOT_FOUND"


async def test_an_import_ends_when_its_key_is_revoked(deployment: Deployment) -> None:
    key = await deployment.organisations.CreateApiKey(
        CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_WRITER])), metadata=deployment.metadata
    )
    send = Sender(deployment, bearer(key.key))
    first, late = create(), create()
    await send(first)
    await deployment.organisations.RevokeApiKey(RevokeApiKeyRequest(id=key.id), metadata=deployment.metadata)
    await deployment.hear()
    refusal = await refused(send(late))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "API_KEY_INVALID")
    assert await count(deployment, first, late) == 1


async def test_a_message_gets_its_response_before_the_next_is_sent(deployment: Deployment) -> None:
    send = Sender(deployment)
    for _ in range(3):
        assert len(await send(create(), create())) == 2
    await send.call.done_writing()
    assert await send.call.read() is grpc.aio.EOF
    assert await send.call.code() == grpc.StatusCode.OK


async def test_the_server_reads_only_as_many_messages_as_it_can_store(own_deployment: Deployment) -> None:
    deployment, calls = own_deployment, own_deployment.service.pipeline
    creates = [create() for _ in range(150)]
    read_so_far = 0

    async def messages() -> AsyncIterator[ImportCredentialsRequest]:
        nonlocal read_so_far
        for each in creates:
            # Larger than gRPC's receive buffer.
            each.credential.description = "d" * 4_000
            each.credential.data.basic_auth.password = "p" * 60_000
            yield ImportCredentialsRequest(creates=[each])
            read_so_far += 1

    async with deployment.sql() as sql:
        async with sql.transaction():
            await sql.execute("lock table credentials in exclusive mode")
            call = deployment.credentials.ImportCredentials(messages(), metadata=deployment.metadata)
            await until(lambda: len(calls._in_flight) == 2)
            await asyncio.sleep(0.5)
            assert len(calls._in_flight) == 2
            assert read_so_far < len(creates)
        answers = [answer async for answer in call]
    assert len(answers) == len(creates)
    assert await count(deployment, *creates) == len(creates)


async def test_a_stopping_node_stores_what_it_has_read_and_then_reports_that_it_stops(
    own_deployment: Deployment,
) -> None:
    deployment, calls = own_deployment, own_deployment.service.pipeline
    idle, busy = Sender(deployment), Sender(deployment)
    await idle(create())
    await busy(create())
    request = create()
    async with deployment.sql() as sql:
        async with sql.transaction():
            await sql.execute("lock table credentials in exclusive mode")
            await busy.call.write(ImportCredentialsRequest(creates=[request]))
            await until(lambda: len(calls._in_flight) == 1)
            deployment.service.streams.end()
            # An idle stream ends at once.
            refusal = await refused(idle.call.read())
            assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
            assert not await calls.drain(0.1)
        assert len(await busy.answer()) == 1
    assert (await refused(busy.call.read())).reason == "SHUTTING_DOWN"
    assert await calls.drain(5)
    assert await count(deployment, request) == 1
    assert (
        await refused(deployment.credentials.ImportCredentials(metadata=deployment.metadata).read())
    ).reason == "SHUTTING_DOWN"


async def test_a_message_that_takes_too_long_ends_the_stream(
    own_deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "LONGEST_CALL_SECONDS", 0.3)
    send, request = Sender(own_deployment), create()
    for _ in range(5):
        # The stream itself has no time limit.
        await send(create())
        await asyncio.sleep(0.1)
    async with own_deployment.sql() as sql, sql.transaction():
        await sql.execute("lock table credentials in exclusive mode")
        assert (await refused(send(request))).reason == "DEADLINE_EXCEEDED"
    assert await count(own_deployment, request) == 0


async def test_cancelled_streams_leave_no_tasks(own_deployment: Deployment) -> None:
    deployment, calls = own_deployment, own_deployment.service.pipeline
    before = len(asyncio.all_tasks())
    senders = [Sender(deployment) for _ in range(10)]
    async with deployment.sql() as sql, sql.transaction():
        await sql.execute("lock table credentials in exclusive mode")
        for send in senders:
            await send.call.write(ImportCredentialsRequest(creates=[create()]))
        await until(lambda: len(calls._in_flight) == 10)
        for send in senders:
            send.call.cancel()
        await until(lambda: len(calls._in_flight) == 0)
    await until(lambda: not deployment.service.streams._readers)
    del senders, send
    await until(lambda: len(asyncio.all_tasks()) <= before)
    assert len(await imported(deployment, create())) == 1


async def test_an_unexpected_error_fails_one_create_and_reveals_nothing(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keyring = type(deployment.service.recorder.keyring)
    seal = keyring.seal

    def broken(self: Any, *arguments: Any) -> Any:
        if MARKER.encode() in arguments[-1]:
            raise RuntimeError(MARKER)
        return seal(self, *arguments)

    monkeypatch.setattr(keyring, "seal", broken)
    results = await imported(deployment, create(), create(named(data=samples(MARKER)["basic_auth"])), create())
    assert [each.HasField("created") for each in results] == [True, False, True]
    assert reason(results[1]) == "INTERNAL"
    assert MARKER not in str(results[1]) + "".join(capsys.readouterr())


async def test_an_error_of_the_deployment_ends_the_import(own_deployment: Deployment) -> None:
    deployment = own_deployment
    send = Sender(deployment)
    await send(create())
    requests = [create(), create()]
    async with deployment.sql() as sql, sql.transaction():
        await sql.execute("lock table credentials in exclusive mode")
        await send.call.write(ImportCredentialsRequest(creates=requests))
        await until(lambda: sql.fetchval("select exists (select from pg_locks where not granted)"))
        await sql.execute(
            "select pg_terminate_backend(l.pid) from pg_locks l where not granted and l.pid <> pg_backend_pid()"
        )
        refusal = await refused(send.call.read())
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    assert await count(deployment, *requests) == 0
    assert all(each.HasField("created") for each in await imported(deployment, *requests))
