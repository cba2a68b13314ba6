"""Lists are walked page by page, no further than asked."""

from __future__ import annotations

import pytest
from client.scripted import Failure, connect
from grpc import StatusCode

import strongroom
from strongroom.v1.credential_pb2 import Credential, Surface
from strongroom.v1.credential_service_pb2 import CredentialView, ListCredentialsRequest, ListCredentialsResponse


def page(*names: str, next_page_token: str = "") -> ListCredentialsResponse:
    return ListCredentialsResponse(
        credentials=[Credential(name=name) for name in names], next_page_token=next_page_token
    )


async def test_every_page_is_asked_for_with_the_same_filters() -> None:
    async with connect(page("a", "b", next_page_token="t1"), page(next_page_token="t2"), page("c")) as (server, client):
        listing = client.list_credentials(
            view=CredentialView.CREDENTIAL_VIEW_FULL,
            surface=Surface.SURFACE_TINES,
            variant="text",
            team_id=7,
            name_prefix="p",
            page_size=2,
        )
        assert [credential.name async for credential in listing] == ["a", "b", "c"]
    requests = [ListCredentialsRequest.FromString(call.request) for call in server.calls]
    assert requests == [
        ListCredentialsRequest(
            view=CredentialView.CREDENTIAL_VIEW_FULL,
            surface=Surface.SURFACE_TINES,
            variant="text",
            team_id=7,
            name_prefix="p",
            page_size=2,
            page_token=token,
        )
        for token in ("", "t1", "t2")
    ]


async def test_nothing_is_fetched_before_it_is_needed() -> None:
    async with connect(page("a", "b", next_page_token="t1"), page("c")) as (server, client):
        listing = client.list_credentials()
        assert server.calls == []
        walk = aiter(listing)
        assert [(await anext(walk)).name, (await anext(walk)).name] == ["a", "b"]
        assert len(server.calls) == 1
        assert (await anext(walk)).name == "c"
    assert len(server.calls) == 2


async def test_a_list_goes_on_from_a_page_token_and_can_be_walked_again() -> None:
    async with connect(page("a")) as (server, client):
        listing = client.list_credentials(page_token="t9")
        for _ in range(2):
            assert [each.credentials[0].name async for each in listing.pages()] == ["a"]
    assert [ListCredentialsRequest.FromString(call.request).page_token for call in server.calls] == ["t9", "t9"]


async def test_a_page_that_fails_raises_where_it_is_walked() -> None:
    async with connect(page("a", next_page_token="t1"), Failure(StatusCode.INVALID_ARGUMENT)) as (_, client):
        walk = aiter(client.list_credentials())
        await anext(walk)
        with pytest.raises(strongroom.InvalidArgumentError):
            await anext(walk)
