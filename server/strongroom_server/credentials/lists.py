"""Owns what a ListCredentials asks for: filter, order and place, and the tokens of the pages around the one answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec
from msgspec import structs

from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL
from strongroom_server.core.errors import invalid
from strongroom_server.rules import page_tokens
from strongroom_server.store.credential_lists import Edge, Filter, Window
from strongroom_server.store.credential_order import NEVER, ORDER_COLUMNS, Order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom.v1.credential_pb2 import Credential
    from strongroom.v1.credential_service_pb2 import ListCredentialsRequest, ListCredentialsResponse
    from strongroom_server.sealing.keyring import Keyring

_LARGEST_FULL_PAGE: Final = 50
# A page of large credentials is cut short of what an answer may have.
_LARGEST_PAGE_BYTES: Final = 24 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked request. `listed` tells its list from every other."""

    full: bool
    narrowed: Filter
    window: Window
    listed: tuple[object, ...]


def asked(request: ListCredentialsRequest, organisation_id: str, keyring: Keyring) -> Asked:
    """What is to be read. Raises FIELD_INVALID, PAGE_TOKEN_INVALID."""
    full = request.view == CREDENTIAL_VIEW_FULL
    narrowed = Filter(
        request.variant,
        request.team_id,
        request.folder_id,
        request.name_prefix,
        request.restricted if request.HasField("restricted") else None,
        request.deleted,
    )
    order = order_of(request.order_by)
    listed = ("credentials", organisation_id, request.surface, structs.astuple(narrowed), full, order)
    backward = bool(request.before_page_token)
    token = request.before_page_token or request.page_token
    place, skip = _place(page_tokens.decode(keyring, token, *listed), len(order)) if token else (None, 0)
    window = Window(
        order=order,
        size=page_tokens.page_size(request.page_size, _LARGEST_FULL_PAGE if full else page_tokens.LARGEST_SIZE),
        place=place,
        backward=backward,
        skip=request.skip + skip,
    )
    return Asked(full, narrowed, window, listed)


def order_of(order_by: str) -> Order:
    """The columns of an order_by, the last of them `id`. Raises FIELD_INVALID."""
    terms = [term.split() for term in order_by.split(",")] if order_by.strip() else [["id"]]
    names = [term[0] if term else "" for term in terms]
    directed = all(term[1:] in ([], ["asc"], ["desc"]) for term in terms)
    if not directed or not set(names) <= ORDER_COLUMNS.keys() or len(set(names)) != len(names):
        columns = ", ".join(ORDER_COLUMNS)
        raise invalid(
            ("order_by", f"must be fields of {columns}, each once, with or without desc, with commas between")
        )
    order = tuple((term[0], term[1:] == ["desc"]) for term in terms)
    # No two credentials have the same id, so the terms after it decide nothing.
    return order[: names.index("id") + 1] if "id" in names else (*order, ("id", order[0][1]))


def fit(answer: ListCredentialsResponse) -> None:
    """Cut a page short of what one answer takes, at least one credential."""
    if answer.ByteSize() <= _LARGEST_PAGE_BYTES:
        return
    total = 0
    for count, credential in enumerate(answer.credentials):
        total += credential.ByteSize()
        if count and total > _LARGEST_PAGE_BYTES:
            del answer.credentials[count:]
            return


def tokens(
    keyring: Keyring, asked: Asked, page: Sequence[Credential], *, more: bool, edge: Edge | None
) -> tuple[str, str]:
    """The tokens of the next and the previous page.

    `more` says whether there is more in the direction of reading, and `edge` where the reading gave up, if it did.
    """
    window = asked.window

    def token(place: Sequence[object], skip: int = 0) -> str:
        key = [*map(str, place), *([str(skip)] if skip else [])]
        return page_tokens.encode(keyring, msgspec.json.encode(key).decode(), *asked.listed)

    def token_of(credential: Credential) -> str:
        return token([_value(credential, column) for column, _ in window.order])

    onward = back = ""
    if more:
        onward = token_of(page[0] if window.backward else page[-1])
    elif edge is not None:
        onward = token(*edge)
    # Where the page started from a place, or left something out, something is there.
    if page and (window.place is not None or window.skip > 0):
        back = token_of(page[-1] if window.backward else page[0])
    return (back, onward) if window.backward else (onward, back)


def _place(key: str, columns: int) -> tuple[tuple[str | UUID, ...], int]:
    """The place that a token names, and how many matches are to be skipped after it."""
    values = msgspec.json.decode(key, type=list[str])
    *names, credential_id = values[:columns]
    return (*names, UUID(credential_id)), int(values[columns]) if len(values) > columns else 0


def _value(credential: Credential, column: str) -> object:
    """What stands in a page token for the value that a credential has in a column of an order."""
    if column == "expire_time":
        return credential.expire_time.ToJsonString() if credential.HasField("expire_time") else NEVER
    return getattr(credential, column)
