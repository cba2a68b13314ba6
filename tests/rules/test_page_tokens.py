"""Tests the size of pages and their tokens."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from rpc.calls import key_of, other_organisation, refused
from samples import created, named

from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_BASIC,
    CREDENTIAL_VIEW_FULL,
    ListCredentialsRequest,
)
from strongroom.v1.organisation_service_pb2 import (
    ROLE_READER,
    CreateFolderRequest,
    Folder,
    ListApiKeysRequest,
    ListFoldersRequest,
    ListOrganisationsRequest,
    ListTeamsRequest,
)

if TYPE_CHECKING:
    from conftest import Deployment

LISTS = {
    "credentials": ListCredentialsRequest,
    "organisations": ListOrganisationsRequest,
    "teams": ListTeamsRequest,
    "folders": ListFoldersRequest,
    "api_keys": ListApiKeysRequest,
}


async def page(deployment: Deployment, name: str, **request: Any) -> Any:
    stub = deployment.credentials if name == "credentials" else deployment.organisations
    method = "List" + name.title().replace("_", "")
    return await getattr(stub, method)(LISTS[name](**request), metadata=deployment.metadata)


async def fill(deployment: Deployment) -> None:
    for index in range(3):
        await created(deployment)
        await other_organisation(deployment)
        await key_of(deployment, ROLE_READER)
        request = CreateFolderRequest(folder=Folder(team_id=1, name=f"f{index}"))
        await deployment.organisations.CreateFolder(request, metadata=deployment.metadata)


@pytest.mark.parametrize("name", LISTS)
async def test_pages_of_one_element_have_the_same_elements_as_one_page(deployment: Deployment, name: str) -> None:
    await fill(deployment)
    whole = list(getattr(await page(deployment, name, page_size=500), name))
    walked, token = [], ""
    while True:
        answer = await page(deployment, name, page_size=1, page_token=token)
        walked += getattr(answer, name)
        token = answer.next_page_token
        if not token:
            break
    assert walked == whole
    assert len(whole) >= 2


@pytest.mark.parametrize("name", LISTS)
async def test_a_forged_token_is_refused(deployment: Deployment, name: str) -> None:
    await fill(deployment)
    token = base64.urlsafe_b64decode((await page(deployment, name, page_size=1)).next_page_token)
    forged = [token[:16] + after for after in (b"", b"hunter2", b"\0", b"-1", b"9" * 30, b"\xff")]
    tokens = [base64.urlsafe_b64encode(octets).decode() for octets in (*forged, token[:-1], token + b"0")]
    for each in (*tokens, "hunter2", "\0", "ä", "A" * 100_000):
        refusal = await refused(page(deployment, name, page_token=each))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID")


@pytest.mark.parametrize("name", LISTS)
async def test_a_negative_size_is_refused(deployment: Deployment, name: str) -> None:
    refusal = await refused(page(deployment, name, page_size=-1))
    assert (refusal.reason, refusal.fields) == ("FIELD_INVALID", {"page_size": "must not be negative"})


async def test_a_token_is_valid_only_for_its_list(deployment: Deployment) -> None:
    await fill(deployment)
    teams = await page(deployment, "teams", page_size=1)
    assert (await refused(page(deployment, "folders", page_token=teams.next_page_token))).reason == "PAGE_TOKEN_INVALID"
    folders = await page(deployment, "folders", page_size=1)
    refusal = await refused(page(deployment, "folders", page_token=folders.next_page_token, team_id=1))
    assert refusal.reason == "PAGE_TOKEN_INVALID"
    first = await page(deployment, "credentials", page_size=1)
    again = await page(deployment, "credentials", page_token=first.next_page_token, view=CREDENTIAL_VIEW_BASIC)
    assert again.credentials


async def test_pages_have_50_credentials_by_default_and_at_most_50_in_the_full_view(own_deployment: Deployment) -> None:
    for _ in range(52):
        await created(own_deployment)
    sizes = [
        len((await page(own_deployment, "credentials", **request)).credentials)
        for request in (
            {},
            {"page_size": 51},
            {"page_size": 1_000_000},
            {"page_size": 52, "view": CREDENTIAL_VIEW_FULL},
        )
    ]
    assert sizes == [50, 51, 52, 50]


async def test_a_page_of_large_credentials_is_shortened_to_the_limit_of_a_response(own_deployment: Deployment) -> None:
    large = named(redact_fields=["\U0001f511" * 255] * 100, description="\U0001f511" * 4096)
    for _ in range(250):
        await created(own_deployment, large)
    ids: list[str] = []
    token, pages = "", 0
    while True:
        answer = await page(own_deployment, "credentials", page_size=500, page_token=token)
        assert answer.ByteSize() < 9 * 1024 * 1024
        ids += [credential.id for credential in answer.credentials]
        token, pages = answer.next_page_token, pages + 1
        if not token:
            break
    assert (len(set(ids)), pages) == (250, 4)
