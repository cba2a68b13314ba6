"""Nothing of a request is parsed before the caller is known, and no large part of one is parsed at once."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any

import pytest
from rpc.calls import refused

from strongroom.v1.credential_pb2 import Credential, CredentialData, RawData
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, ImportCredentialsRequest
from strongroom.v1.use_service_pb2 import ForwardHttpRequestRequest, HttpRequestHead
from strongroom_server.rpc import parsing
from strongroom_server.rpc.methods import Method

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment

CREATE = "/strongroom.v1.CredentialService/CreateCredential"
IMPORT = "/strongroom.v1.CredentialService/ImportCredentials"
FORWARD = "/strongroom.v1.UseService/ForwardHttpRequest"
NONSENSE = b"\xff" * 16


def note_parsed(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the methods whose requests are parsed."""
    parsed: list[str] = []
    slot: Any = vars(Method)["request_type"]

    class Noting:
        def __get__(self, method: Method, owner: type) -> Any:
            parsed.append(method.name)
            return slot.__get__(method, owner)

    monkeypatch.setattr(Method, "request_type", Noting())
    return parsed


async def call(deployment: Deployment, path: str, *requests: bytes, by: Any = ()) -> Any:
    """Call a method with these bytes, whatever kind it is."""
    method, channel = deployment.service.methods[path], typing.cast("Any", deployment.grpc)
    if not method.streams_requests and not method.streams_responses:
        return await channel.unary_unary(path)(requests[0], metadata=by)
    if method.streams_requests:

        async def sent() -> AsyncIterator[bytes]:
            for request in requests:
                yield request

        return [each async for each in channel.stream_stream(path)(sent(), metadata=by)]
    return [each async for each in channel.unary_stream(path)(requests[0], metadata=by)]


async def test_no_method_parses_the_request_of_a_stranger(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = note_parsed(deployment, monkeypatch)
    wrong = (("authorization", "Bearer sr_doesnotexist_only-ever-used-by-the-tests"),)
    for path in (path for path, method in deployment.service.methods.items() if not method.is_public):
        assert (await refused(call(deployment, path, NONSENSE))).reason == "API_KEY_MISSING"
        assert (await refused(call(deployment, path, NONSENSE, by=wrong))).reason == "API_KEY_INVALID"
    assert parsed == []
    for path in (CREATE, IMPORT):
        assert (await refused(call(deployment, path, NONSENSE, by=deployment.metadata))).reason == "REQUEST_MALFORMED"
    assert parsed == ["CreateCredential", "ImportCredentials"]


def create(value: bytes) -> CreateCredentialRequest:
    return CreateCredentialRequest(credential=Credential(name="n", data=CredentialData(raw=RawData(value=value))))


def large() -> CreateCredentialRequest:
    return create(b"x" * parsing.LARGEST_PART)


async def test_a_request_of_more_than_256_kib_is_refused_before_it_is_parsed(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = note_parsed(deployment, monkeypatch)
    request = large().SerializeToString()
    refusal = await refused(call(deployment, CREATE, request, by=deployment.metadata))
    assert refusal.reason == "FIELD_INVALID"
    assert refusal.fields == {"request": "must be at most 256 KiB"}
    assert parsed == []
    smaller = create(b"x" * (parsing.LARGEST_PART - 1_000)).SerializeToString()
    refusal = await refused(call(deployment, CREATE, smaller, by=deployment.metadata))
    assert refusal.fields.keys() == {"credential.data.raw"}


async def test_a_message_of_an_import_may_be_larger_but_not_one_part_of_it(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = ImportCredentialsRequest(creates=[create(b"x" * 60_000)] * 15)
    assert len(several.SerializeToString()) > parsing.LARGEST_PART
    (answer,) = await call(deployment, IMPORT, several.SerializeToString(), by=deployment.metadata)
    assert answer
    parsed = note_parsed(deployment, monkeypatch)
    for creates in ([large()], [create(b"x"), large()]):
        message = ImportCredentialsRequest(creates=creates).SerializeToString()
        refusal = await refused(call(deployment, IMPORT, message, by=deployment.metadata))
        assert refusal.fields == {"request": "must not have a part of more than 256 KiB"}
    assert parsed == []


async def test_only_a_request_with_a_body_may_be_larger_than_one_mebibyte(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = note_parsed(deployment, monkeypatch)
    small = create(b"x" * 100_000).SerializeToString()
    for path, request, field in (
        (CREATE, create(b"x" * 1_100_000), "request"),
        (IMPORT, ImportCredentialsRequest(creates=[create(b"x" * 100_000)] * 11), "request"),
        (FORWARD, ForwardHttpRequestRequest(body=b"x" * 1_100_000), "body"),
        (FORWARD, ForwardHttpRequestRequest(head=HttpRequestHead(url="x" * 300_000), body=small), "head"),
    ):
        refusal = await refused(call(deployment, path, request.SerializeToString(), by=deployment.metadata))
        assert list(refusal.fields) == [field]
    # Heads are merged, so that their sizes add up.
    several = HttpRequestHead(url="x" * 200_000)
    twice = ForwardHttpRequestRequest(head=several).SerializeToString() * 2
    assert (await refused(call(deployment, FORWARD, twice, by=deployment.metadata))).fields == {
        "head": "must be at most 256 KiB"
    }
    assert parsed == []


TRICKS = {
    "many empty parts in front": b"\n\x00" * 200,
    "a number in front": b"\x08\x01",
    "a tag that does not end": b"\xff" * 12,
    "a length that does not end": b"\n" + b"\xff" * 12,
    "a length beyond the end": b"\n\xff\xff\xff\xff\x0f",
}


@pytest.mark.parametrize("name", TRICKS)
async def test_a_large_part_cannot_be_hidden(
    deployment: Deployment, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = note_parsed(deployment, monkeypatch)
    message = TRICKS[name] + ImportCredentialsRequest(creates=[large()]).SerializeToString()
    refusal = await refused(call(deployment, IMPORT, message, by=deployment.metadata))
    assert refusal.reason in ("FIELD_INVALID", "REQUEST_MALFORMED")
    assert parsed == []
