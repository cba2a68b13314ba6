"""Tests SlashID's list when it has several pages: it is sent in slices, with the bytes of one document."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import grpc
import httpx
import msgspec
import pytest
from conftest import ORGANISATION
from gateway.running import SLASHID, failure, gateway, headers

from strongroom.v1.credential_pb2 import PROVIDER_GENERIC, Credential
from strongroom.v1.credential_service_pb2 import ListCredentialsRequest, ListCredentialsResponse
from strongroom_server.core import memory
from strongroom_server.gateway.vendors.slashid import credentials as slashid_credentials
from strongroom_server.gateway.vendors.slashid.bodies import ExternalCredentialsResult, body_of

if TYPE_CHECKING:
    from client.scripted import Failure

KEY = "sr_abc_0123456789abcdef"


def page(*names: str, following: str = "") -> ListCredentialsResponse:
    credentials = [
        Credential(
            id=f"id-{name}", organisation_id=ORGANISATION, name=name, provider=PROVIDER_GENERIC, variant="api_key"
        )
        for name in names
    ]
    return ListCredentialsResponse(credentials=credentials, next_page_token=following)


@pytest.mark.parametrize(
    "pages",
    [
        [page("a", "b", following="1"), page("ü", following="2"), page("c")],
        [page(following="1"), page("a", following="2"), page()],
        [page(following="1"), page()],
        [page("a")],
        [page()],
    ],
    ids=["three pages", "empty pages at both ends", "only empty pages", "one page", "nothing"],
)
async def test_the_body_has_the_bytes_of_the_whole_document(pages: list[ListCredentialsResponse]) -> None:
    async with gateway(*pages) as (scripted, http):
        response = await http.get(SLASHID, headers=headers(KEY))
        tokens = [
            ListCredentialsRequest.FromString(call.request).page_token
            for call in scripted.calls
            if call.method == "ListCredentials"
        ]

    whole = ExternalCredentialsResult([body_of(each) for one in pages for each in one.credentials])
    assert response.status_code == 200
    assert response.content == msgspec.json.encode(whole)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert tokens == ["", *(one.next_page_token for one in pages[:-1])]
    assert memory.SLICES.taken == 0


@pytest.mark.parametrize("after", [0, 1], ids=["the first page", "a later page"])
async def test_a_failure_is_not_taken_for_the_end_of_the_list(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slashid_credentials, "_RETRY_SECONDS", 0.0)
    failed: Failure = failure(grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
    async with gateway(*[page("a", following="1")] * after, failed) as (_, http):
        if after:
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
                await http.get(SLASHID, headers=headers(KEY))
        else:
            assert (await http.get(SLASHID, headers=headers(KEY))).status_code == 503
    assert memory.SLICES.taken == 0


async def test_a_further_page_is_requested_again_if_the_node_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slashid_credentials, "_RETRY_SECONDS", 0.0)
    busy = failure(grpc.StatusCode.UNAVAILABLE, "OVERLOADED")
    async with gateway(page("a", following="1"), busy, busy, page("b")) as (_, http):
        response = await http.get(SLASHID, headers=headers(KEY))

    assert [each["extcred_label"] for each in response.json()["result"]] == ["a", "b"]


async def test_a_client_that_leaves_ends_its_list() -> None:
    async with gateway(*[page(*"abc" * 200, following="1")] * 3, page()) as (_, http):
        with suppress(httpx.HTTPError):
            async with http.stream("GET", SLASHID, headers=headers(KEY)) as response:
                assert response.status_code == 200
        assert (await http.get("/livez")).status_code == 200
    assert memory.SLICES.taken == 0


async def test_a_long_list_waits_for_memory_and_is_then_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_WAIT_SECONDS", 0.05)
    async with gateway(page("a", following="1"), page("b")) as (_, http), memory.SLICES.part(memory.SLICES.total):
        response = await http.get(SLASHID, headers=headers(KEY))

    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert "the node has more to do than it can" in response.text
