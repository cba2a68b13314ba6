"""Tests lists of credentials: page tokens of other lists, and orders and numbers that are refused."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from credentials.listing import Filled, filled, forward, ids, ordered, page
from rpc.calls import refused

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL, ListCredentialsResponse

if TYPE_CHECKING:
    from conftest import Deployment

__all__ = ["filled"]

OTHER_LISTS: dict[str, dict[str, Any]] = {
    "surface": {"surface": SURFACE_TINES},
    "another surface": {"surface": SURFACE_NATIVE, "order_by": "name"},
    "variant": {"variant": "text"},
    "team": {"team_id": 1},
    "folder": {"folder_id": 1},
    "restricted": {"restricted": True},
    "not restricted": {"restricted": False},
    "name prefix": {"name_prefix": "a"},
    "view": {"view": CREDENTIAL_VIEW_FULL},
    "order": {"order_by": "name"},
    "other direction": {"order_by": "id desc"},
}


@pytest.mark.parametrize("other", OTHER_LISTS)
async def test_a_token_of_another_list_is_refused(deployment: Deployment, filled: Filled, other: str) -> None:
    first, second, *_ = await forward(deployment, filled.metadata, page_size=3)
    tokens = (first.next_page_token, second.previous_page_token)
    for token, name in itertools.product(tokens, ("page_token", "before_page_token")):
        assert (await page(deployment, filled.metadata, **{name: token})).credentials
        refusal = await refused(page(deployment, filled.metadata, **{name: token}, **OTHER_LISTS[other]))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID")
    # And in the other direction.
    names = {"page_size": 1, **OTHER_LISTS[other]}
    theirs = (await page(deployment, filled.metadata, **names)).next_page_token
    if theirs:
        for name in ("page_token", "before_page_token"):
            assert (await refused(page(deployment, filled.metadata, **{name: theirs}))).reason == "PAGE_TOKEN_INVALID"


async def test_orders_with_the_same_meaning_share_their_page_tokens(deployment: Deployment, filled: Filled) -> None:
    token = (await page(deployment, filled.metadata, page_size=3, order_by="name desc")).next_page_token
    same = await page(deployment, filled.metadata, page_size=3, order_by="name desc,id desc", page_token=token)
    assert ids(same.credentials) == ids(ordered(filled.credentials, "name desc"))[3:6]


async def test_a_request_with_two_page_tokens_is_refused(deployment: Deployment, filled: Filled) -> None:
    token = (await page(deployment, filled.metadata, page_size=1)).next_page_token
    refusal = await refused(page(deployment, filled.metadata, page_token=token, before_page_token=token))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["before_page_token"])


@pytest.mark.parametrize(
    "order_by",
    [
        "create_time",
        "Name",
        "name asc desc",
        "name up",
        "name,",
        ",",
        ", id",
        "name name",
        "name, name",
        "id, id desc",
        "id, name, id",
        "name;id",
        "c.name",
        "name desc nulls first",
        "id --",
        "hunter2'; drop table credentials",
    ],
)
async def test_an_unknown_order_is_refused(deployment: Deployment, filled: Filled, order_by: str) -> None:
    refusal = await refused(page(deployment, filled.metadata, order_by=order_by))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID")
    assert list(refusal.fields) == ["order_by"]
    assert "hunter2" not in str(refusal)


@pytest.mark.parametrize("skip", [-1, 1_000_001, (1 << 63) - 1, -(1 << 63)])
async def test_a_skip_out_of_range_is_refused(deployment: Deployment, filled: Filled, skip: int) -> None:
    refusal = await refused(page(deployment, filled.metadata, skip=skip))
    assert (refusal.reason, refusal.fields) == ("FIELD_INVALID", {"skip": "must be 0 to 1,000,000"})


@pytest.mark.parametrize("name", ["team_id", "folder_id"])
async def test_a_negative_number_is_refused(deployment: Deployment, filled: Filled, name: str) -> None:
    refusal = await refused(page(deployment, filled.metadata, **{name: -1}))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", [name])
    assert (await page(deployment, filled.metadata, **{name: (1 << 63) - 1})) == ListCredentialsResponse()
