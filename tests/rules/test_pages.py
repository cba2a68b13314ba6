"""A page of a list shows at most page_size rows, and has a token exactly if there are more."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, cast

import pytest

from strongroom.v1.organisation_service_pb2 import ListOrganisationsRequest
from strongroom_server.core.errors import ServiceError
from strongroom_server.rules.pages import page_of

if TYPE_CHECKING:
    from strongroom_server.sealing.keyring import Keyring


class Digests:
    """The part of a keyring that page tokens need."""

    def digest(self, octets: bytes) -> tuple[str, bytes]:
        return "key", hashlib.blake2b(octets, key=b"secret").digest()


KEYRING = cast("Keyring", Digests())
ROWS = ["a", "b", "c", "d", "e"]


def read(page_size: int, page_token: str = "") -> tuple[list[str], str]:
    """The page that a list of ROWS returns."""
    page = page_of(KEYRING, ListOrganisationsRequest(page_size=page_size, page_token=page_token), "rows")
    rows = [row for row in ROWS if row > page.after][: page.limit]
    shown, token = page.cut(rows, lambda row: row)
    return list(shown), token


@pytest.mark.parametrize("page_size", [1, 2, 3, 4, 5, 6])
def test_the_pages_of_a_list_have_every_row_once(page_size: int) -> None:
    shown, token = read(page_size)
    everything = list(shown)
    while token:
        assert len(shown) == page_size
        shown, token = read(page_size, token)
        everything += shown
    assert everything == ROWS
    assert shown


def test_a_page_that_a_bounded_scan_did_not_fill_continues_at_its_edge() -> None:
    page = page_of(KEYRING, ListOrganisationsRequest(page_size=2), "rows")
    shown, token = page.cut(["a"], lambda row: row, "c")
    assert list(shown) == ["a"]
    assert page_of(KEYRING, ListOrganisationsRequest(page_token=token), "rows").after == "c"
    # If the page is full, the next one starts after its last row.
    _, token = page.cut(["a", "b", "c"], lambda row: row, "d")
    assert page_of(KEYRING, ListOrganisationsRequest(page_token=token), "rows").after == "b"


def test_a_token_of_another_list_is_refused() -> None:
    _, token = read(1)
    with pytest.raises(ServiceError, match="PAGE_TOKEN_INVALID"):
        page_of(KEYRING, ListOrganisationsRequest(page_token=token), "other rows")
