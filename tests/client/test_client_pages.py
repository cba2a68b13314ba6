"""Lists fetch their pages one by one, only when the iteration reaches them."""

from __future__ import annotations

import pytest
from client.scripted import Failure, connect
from grpc import StatusCode

import strongroom
from strongroom.v1.credential_pb2 import Credential, Surface
from strongroom.v1.credential_service_pb2 import CredentialView, ListCredentialsRequest, ListCredentialsResponse
from strongroom.v1.organisation_service_pb2 import (
    Folder,
    ListFoldersRequest,
    ListFoldersResponse,
    ListTeamsRequest,
    ListTeamsResponse,
    Team,
)


def page(*names: str, next_page_token: str = "") -> ListCredentialsResponse:
    return ListCredentialsResponse(
        credentials=[Credential(name=name) for name in names], next_page_token=next_page_token
    )


async def test_every_page_is_requested_with_the_same_filters() -> None:
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


async def test_only_the_first_page_has_skip_and_before_page_token() -> None:
    async with connect(page("a", next_page_token="t1"), page("b", next_page_token="t2"), page("c")) as (server, client):
        listing = client.list_credentials(
            folder_id=3,
            restricted=False,
            order_by="name desc",
            before_page_token="t5",
            skip=4,
            with_total_size=True,
        )
        assert [credential.name async for credential in listing] == ["a", "b", "c"]
        # The second iteration starts at the first page again. The server repeats its last response, which has no next page.
        assert [credential.name async for credential in listing] == ["c"]
    requests = [ListCredentialsRequest.FromString(call.request) for call in server.calls]
    places = [("", "t5", 4), ("t1", "", 0), ("t2", "", 0), ("", "t5", 4)]
    assert requests == [
        ListCredentialsRequest(
            folder_id=3,
            restricted=False,
            order_by="name desc",
            with_total_size=True,
            page_token=page_token,
            before_page_token=before_page_token,
            skip=skip,
        )
        for page_token, before_page_token, skip in places
    ]
    assert all(request.HasField("restricted") for request in requests)


async def test_only_the_first_page_after_a_page_token_has_skip() -> None:
    async with connect(page("a", next_page_token="t2"), page("b")) as (server, client):
        assert [each.name async for each in client.list_credentials(page_token="t1", skip=2)] == ["a", "b"]
    requests = [ListCredentialsRequest.FromString(call.request) for call in server.calls]
    assert [(request.page_token, request.skip) for request in requests] == [("t1", 2), ("t2", 0)]
    assert not any(request.HasField("restricted") for request in requests)


async def test_only_the_first_page_of_teams_and_folders_has_skip() -> None:
    teams = [ListTeamsResponse(teams=[Team(id=1)], next_page_token="t1"), ListTeamsResponse(teams=[Team(id=2)])]
    async with connect(*teams) as (server, client):
        assert [team.id async for team in client.list_teams(skip=3, with_total_size=True)] == [1, 2]
    assert [ListTeamsRequest.FromString(call.request) for call in server.calls] == [
        ListTeamsRequest(skip=3, with_total_size=True),
        ListTeamsRequest(page_token="t1", with_total_size=True),
    ]
    folders = [
        ListFoldersResponse(folders=[Folder(id=1)], next_page_token="t1"),
        ListFoldersResponse(folders=[Folder(id=2)]),
    ]
    async with connect(*folders) as (server, client):
        listing = client.list_folders(team_id=5, skip=3, with_total_size=True)
        assert [folder.id async for folder in listing] == [1, 2]
    assert [ListFoldersRequest.FromString(call.request) for call in server.calls] == [
        ListFoldersRequest(team_id=5, skip=3, with_total_size=True),
        ListFoldersRequest(team_id=5, page_token="t1", with_total_size=True),
    ]


async def test_the_totals_and_tokens_of_pages_can_be_read() -> None:
    answers = [
        ListCredentialsResponse(total_size=2, next_page_token="t1"),
        ListCredentialsResponse(total_size=2, previous_page_token="t0"),
    ]
    async with connect(*answers) as (_, client):
        assert [each async for each in client.list_credentials(with_total_size=True).pages()] == answers


async def test_a_page_is_fetched_when_the_iteration_reaches_it() -> None:
    async with connect(page("a", "b", next_page_token="t1"), page("c")) as (server, client):
        listing = client.list_credentials()
        assert server.calls == []
        iterator = aiter(listing)
        assert [(await anext(iterator)).name, (await anext(iterator)).name] == ["a", "b"]
        assert len(server.calls) == 1
        assert (await anext(iterator)).name == "c"
    assert len(server.calls) == 2


async def test_a_list_starts_at_its_page_token_on_every_iteration() -> None:
    async with connect(page("a")) as (server, client):
        listing = client.list_credentials(page_token="t9")
        for _ in range(2):
            assert [each.credentials[0].name async for each in listing.pages()] == ["a"]
    assert [ListCredentialsRequest.FromString(call.request).page_token for call in server.calls] == ["t9", "t9"]


async def test_a_page_that_cannot_be_fetched_ends_the_iteration_with_its_error() -> None:
    async with connect(page("a", next_page_token="t1"), Failure(StatusCode.INVALID_ARGUMENT)) as (_, client):
        iterator = aiter(client.list_credentials())
        await anext(iterator)
        with pytest.raises(strongroom.InvalidArgumentError):
            await anext(iterator)
