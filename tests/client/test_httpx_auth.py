"""CredentialAuth adds to a request of httpx what the server says, and asks for another token once after a 401."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import grpc
import httpx
import pytest
from client.scripted import Failure, connect
from google.rpc.status_pb2 import Status

from strongroom.httpx_auth import CredentialAuth
from strongroom.v1.use_service_pb2 import AuthorizeHttpRequestRequest, AuthorizeHttpRequestResponse, HttpHeader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from client.scripted import Call

LIMITED = Failure(grpc.StatusCode.RESOURCE_EXHAUSTED, Status(code=8, message="REFRESH_LIMITED"))


def bearer(token: str) -> AuthorizeHttpRequestResponse:
    return AuthorizeHttpRequestResponse(headers=[HttpHeader(name="Authorization", value=f"Bearer {token}")])


class Api(httpx.AsyncBaseTransport):
    """Takes one token, and keeps what it receives."""

    def __init__(self, live: str) -> None:
        self.live = f"Bearer {live}"
        self.requests: list[tuple[httpx.Request, bytes]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        self.requests.append((request, b"".join([part async for part in request.stream])))
        return httpx.Response(200 if request.headers.get("Authorization") == self.live else 401)


def asked(call: Call) -> AuthorizeHttpRequestRequest:
    return AuthorizeHttpRequestRequest.FromString(call.request)


async def test_each_request_gets_the_header_that_the_server_says() -> None:
    api = Api("one")
    async with connect(bearer("one")) as (server, client), httpx.AsyncClient(transport=api) as http:
        auth = CredentialAuth(client, "7", actor="anna")
        assert (await http.get("https://api.example.com/a?b=c", auth=auth)).status_code == 200
        assert (await http.post("https://api.example.com/", json={}, auth=auth)).status_code == 200
    sent = [asked(call) for call in server.calls]
    assert [(each.id, each.method, each.url, each.actor) for each in sent] == [
        ("7", "GET", "https://api.example.com/a?b=c", "anna"),
        ("7", "POST", "https://api.example.com/", "anna"),
    ]


async def test_after_a_401_another_token_is_asked_for_and_the_request_sent_again() -> None:
    api = Api("two")
    async with connect(bearer("one"), bearer("two")) as (server, client), httpx.AsyncClient(transport=api) as http:
        response = await http.post("https://api.example.com/", content=b"body", auth=CredentialAuth(client, "7"))
    assert response.status_code == 200
    assert [body for _, body in api.requests] == [b"body", b"body"]
    assert asked(server.calls[1]).rejected_token_sha256 == hashlib.sha256(b"one").digest()


async def test_a_second_401_is_the_response() -> None:
    api = Api("three")
    async with connect(bearer("one"), bearer("two")) as (server, client), httpx.AsyncClient(transport=api) as http:
        assert (await http.get("https://api.example.com/", auth=CredentialAuth(client, "7"))).status_code == 401
    assert len(server.calls) == 2


@pytest.mark.parametrize("second", [bearer("one"), LIMITED], ids=["same token", "no token"])
async def test_without_another_token_the_401_is_the_response(second: AuthorizeHttpRequestResponse | Failure) -> None:
    api = Api("two")
    async with connect(bearer("one"), second) as (_, client), httpx.AsyncClient(transport=api) as http:
        assert (await http.get("https://api.example.com/", auth=CredentialAuth(client, "7"))).status_code == 401
    assert len(api.requests) == 1


async def test_a_body_that_can_be_read_once_is_sent_once() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"once"

    api = Api("two")
    async with connect(bearer("one"), bearer("two")) as (server, client), httpx.AsyncClient(transport=api) as http:
        response = await http.post("https://api.example.com/", content=parts(), auth=CredentialAuth(client, "7"))
    assert response.status_code == 401
    assert len(server.calls) == 1


async def test_query_and_cookies_are_added_to_those_of_the_request() -> None:
    answer = AuthorizeHttpRequestResponse(
        query=[HttpHeader(name="key", value="a&b")], cookies=[HttpHeader(name="session", value="s")]
    )
    api = Api("-")
    async with connect(answer) as (_, client), httpx.AsyncClient(transport=api) as http:
        await http.get(
            "https://api.example.com/?page=2", headers={"Cookie": "lang=de"}, auth=CredentialAuth(client, "7")
        )
    request, _ = api.requests[0]
    assert request.url.params.multi_items() == [("page", "2"), ("key", "a&b")]
    assert request.headers["Cookie"] == "lang=de; session=s"


async def test_with_signs_body_headers_and_the_hash_of_the_body_are_signed() -> None:
    api = Api("one")
    async with connect(bearer("one")) as (server, client), httpx.AsyncClient(transport=api) as http:
        auth = CredentialAuth(client, "7", signs_body=True)
        await http.put(
            "https://bucket.s3.amazonaws.com/k", content=b"body", headers={"X-Amz-Acl": "private"}, auth=auth
        )
    sent = asked(server.calls[0])
    assert sent.body_sha256 == hashlib.sha256(b"body").hexdigest()
    assert ("x-amz-acl", "private") in [(each.name, each.value) for each in sent.headers]
    assert {each.name for each in sent.headers}.isdisjoint({"host", "connection", "accept-encoding", "user-agent"})


async def test_a_blocking_client_of_httpx_is_refused() -> None:
    async with connect(bearer("one")) as (_, client):
        with httpx.Client() as http, pytest.raises(RuntimeError, match="AsyncClient"):
            await asyncio.to_thread(http.get, "https://api.example.com/", auth=CredentialAuth(client, "7"))
