"""Errors contain the reason, metadata and violations from the server, and no secrets."""

from __future__ import annotations

import asyncio
import copy
import pickle
import socket
from typing import TYPE_CHECKING

import grpc
import pytest
from client.scripted import API_KEY, HANG, Failure, connect, serve
from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

import strongroom
from strongroom import errors
from strongroom.v1.credential_pb2 import BasicAuthData, Credential, CredentialData
from strongroom.v1.credential_service_pb2 import ListCredentialsResponse

if TYPE_CHECKING:
    from google.protobuf.message import Message


def failure(code: grpc.StatusCode, *details: Message, message: str = "as told") -> Failure:
    packed = []
    for detail in details:
        any_detail = Any()
        any_detail.Pack(detail)
        packed.append(any_detail)
    return Failure(code, Status(code=code.value[0], message=message, details=packed))


async def error_of(answer: Failure) -> strongroom.StrongroomError:
    async with connect(answer, timeout_seconds=2) as (_, client):
        with pytest.raises(strongroom.StrongroomError) as caught:
            await client.delete_credential("1")
    return caught.value


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
async def test_every_code_raises_its_class(code: grpc.StatusCode) -> None:
    error = await error_of(failure(code, ErrorInfo(reason="SOME_REASON", domain="strongroom")))
    assert type(error) is errors.CLASSES.get(code, strongroom.StrongroomError)
    assert (error.code, error.reason, error.message) == (code, "SOME_REASON", "as told")


async def test_an_error_carries_reason_metadata_and_violations() -> None:
    error = await error_of(
        failure(
            grpc.StatusCode.INVALID_ARGUMENT,
            ErrorInfo(reason="FIELD_INVALID", domain="strongroom", metadata={"limit": "255"}),
            BadRequest(
                field_violations=[
                    BadRequest.FieldViolation(field="credential.name", description="is required"),
                    BadRequest.FieldViolation(field="page_size", description="must be positive"),
                ]
            ),
        )
    )
    assert isinstance(error, strongroom.InvalidArgumentError)
    assert error.reason == "FIELD_INVALID"
    assert error.metadata == {"limit": "255"}
    assert error.field_violations == (("credential.name", "is required"), ("page_size", "must be positive"))
    assert error.field_violations[0].field == "credential.name"
    assert str(error) == "FIELD_INVALID: credential.name is required; page_size must be positive"


async def test_a_reason_of_another_domain_is_ignored() -> None:
    error = await error_of(failure(grpc.StatusCode.NOT_FOUND, ErrorInfo(reason="ROUTE", domain="proxy.example")))
    assert isinstance(error, strongroom.NotFoundError)
    assert (error.reason, error.metadata) == ("", {})
    assert str(error) == "NOT_FOUND: as told"


@pytest.mark.parametrize(
    "details",
    [b"\xff\xff\xff", Status(code=3, message="another code").SerializeToString()],
    ids=["no status", "another status"],
)
async def test_an_error_with_details_that_cannot_be_parsed_keeps_its_code(details: bytes) -> None:
    trailers = (("grpc-status-details-bin", details),)
    error = await error_of(Failure(grpc.StatusCode.NOT_FOUND, trailers=trailers))
    assert isinstance(error, strongroom.NotFoundError)
    assert error.reason == ""


async def test_an_error_with_a_detail_that_cannot_be_parsed_keeps_its_code() -> None:
    broken = Any(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=b"\xff")
    status = Status(code=grpc.StatusCode.NOT_FOUND.value[0], message="scripted", details=[broken])
    error = await error_of(Failure(grpc.StatusCode.NOT_FOUND, status))
    assert isinstance(error, strongroom.NotFoundError)
    assert error.reason == ""


async def test_a_refused_connection_is_unavailable_without_a_reason() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{unheard.getsockname()[1]}"
        async with strongroom.Client(target, API_KEY, plaintext=True, timeout_seconds=2) as client:
            with pytest.raises(strongroom.UnavailableError) as caught:
                await client.delete_credential("1")
    assert caught.value.reason == ""


async def test_an_error_survives_pickling_and_copying() -> None:
    violation = strongroom.FieldViolation("name", "is required")
    error = strongroom.NotFoundError(
        grpc.StatusCode.NOT_FOUND, "gone", "CREDENTIAL_NOT_FOUND", {"a": "b"}, (violation,)
    )
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is strongroom.NotFoundError
        assert vars(twin) == vars(error)
        assert str(twin) == str(error)


async def test_an_error_does_not_keep_its_call_open() -> None:
    error = await error_of(Failure(grpc.StatusCode.INTERNAL))
    assert (error.__cause__, error.__context__) == (None, None)


async def test_a_cancelled_task_cancels_the_call_and_stays_cancelled() -> None:
    async with connect(HANG) as (server, client):
        task = asyncio.create_task(client.get_credential("1"))
        async with asyncio.timeout(10):
            await server.arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.cancelled.wait()
    assert task.cancelled()


async def test_neither_client_nor_error_shows_the_api_key_or_a_secret() -> None:
    secret = "hunter2-password"
    credential = Credential(
        name="canary", data=CredentialData(basic_auth=BasicAuthData(username="anna", password=secret))
    )
    async with serve(failure(grpc.StatusCode.INTERNAL, ErrorInfo(reason="INTERNAL", domain="strongroom"))) as server:
        client = strongroom.Client(server.target, API_KEY, plaintext=True)
        async with client:
            with pytest.raises(strongroom.InternalError) as caught:
                await client.create_credential(credential)
            texts = [repr(client), str(client), repr(client.list_credentials(name_prefix=secret))]
    texts += [repr(caught.value), str(caught.value)]
    assert not [text for text in texts if API_KEY in text or secret in text]


@pytest.mark.parametrize("api_key", ["", "sr_a_hunter2\n", "sr_a_hunter2 ", "sr_a_hünter2", "sr_a_hunter2\x00"])
async def test_an_api_key_that_no_header_can_carry_is_refused_and_not_in_the_error(api_key: str) -> None:
    with pytest.raises(ValueError, match=r"^api_key must be printable ASCII without spaces$"):
        strongroom.Client("127.0.0.1:1", api_key)


async def test_a_response_over_the_limit_is_resource_exhausted() -> None:
    credential = Credential(data=CredentialData(extra_json=" " * (33 << 20)))
    page = ListCredentialsResponse(credentials=[credential])
    async with connect(page) as (_, client):
        with pytest.raises(strongroom.ResourceExhaustedError):
            await anext(aiter(client.list_credentials()))


async def test_a_request_over_the_limit_is_resource_exhausted_and_not_sent() -> None:
    credential = Credential(name="n" * (5 << 18))
    async with connect(credential) as (server, client):
        with pytest.raises(strongroom.ResourceExhaustedError):
            await client.create_credential(credential)
    assert server.calls == []
