"""Lists credentials: parses filter, order and page token, reads a page, and makes the tokens of the pages around it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec
import structlog
from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL, ListCredentialsResponse
from strongroom_server.access import scopes
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.credentials import checks, grant_states, messages
from strongroom_server.credentials.vault import visible_to
from strongroom_server.rules import fields, page_tokens
from strongroom_server.rules.surfaces import SURFACES
from strongroom_server.store import audit, credential_lists
from strongroom_server.store.credential_lists import Edge, Filter, Window
from strongroom_server.store.credential_order import NEVER, ORDER_COLUMNS, Order

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from strongroom.v1.credential_pb2 import Credential, CredentialData
    from strongroom.v1.credential_service_pb2 import ListCredentialsRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import StoredCredential
    from strongroom_server.credentials.vault import Vault
    from strongroom_server.sealing.keyring import Keyring

_log = structlog.get_logger()

_LARGEST_FULL_PAGE: Final = 50
# A page of large credentials ends early, because serialising more at once stops the event loop for too long.
_LARGEST_PAGE_BYTES: Final = 8 * 1024 * 1024
# How many messages of a page are made before other calls run: less than a millisecond of work.
_SLICE: Final = 16
# After each larger box of a FULL page, other calls run.
_LARGE_BOX: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Query:
    """What a list reads. `listed` identifies the list in page tokens."""

    full: bool
    narrowed: Filter
    window: Window
    listed: tuple[object, ...]


async def list_credentials(vault: Vault, request: ListCredentialsRequest, caller: Caller) -> ListCredentialsResponse:
    """Read a page of credentials. Raises ServiceError."""
    checks.check_list(request)
    query = query_of(request, caller, vault.keyring)
    if query.full:
        vault.require_opening()
    if request.deleted:
        window = (await vault.settings(caller.organisation_id)).undelete_window
        query = dataclasses.replace(query, narrowed=structs.replace(query.narrowed, undelete_window=window))
    found, total, edge = await _read(vault, request, query, caller)
    size = query.window.size
    response = ListCredentialsResponse(total_size=total)
    page = response.credentials
    for index, stored in enumerate(found[:size]):
        if index % _SLICE == _SLICE - 1:
            await vault.database.activity.rest(caller.organisation_id)
        data = await _shown_data(vault, stored) if query.full else None
        messages.message_of(stored, data, page.add)
        if query.full and len(stored.box or b"") > _LARGE_BOX:
            # Opening a page of them at once would stop the event loop for 20 ms and more.
            await vault.database.activity.rest(caller.organisation_id)
    _shorten(response)
    await grant_states.show(vault, zip(page, found, strict=False))
    if request.deleted:
        for credential, stored in zip(page, found, strict=False):
            messages.set_purge_time(credential, stored.row, query.narrowed.undelete_window)
    if query.full and page:
        ids = tuple(stored.row.id for stored in found[: len(page)])
        await audit.commit(vault.database, vault.recorder.event(caller, "ListCredentials", credential_ids=ids))
    more = len(found) > len(page)
    if query.window.backward:
        page.reverse()
    response.next_page_token, response.previous_page_token = _page_tokens(
        vault.keyring, query, page, more=more, edge=edge
    )
    return response


async def _shown_data(vault: Vault, stored: StoredCredential) -> CredentialData | None:
    """The redacted data; None if it cannot be opened, so that one broken row does not hide the other rows of the page."""
    try:
        return await vault.open_redacted(stored)
    except ServiceError as error:
        if error.reason not in (reasons.ERROR_REASON_SEAL_BROKEN, reasons.ERROR_REASON_SEALING_KEY_DESTROYED):
            raise
        _log.error("credential listed without its data", credential=str(stored.row.id), reason=str(error))
        return None


async def _read(
    vault: Vault, request: ListCredentialsRequest, query: Query, caller: Caller
) -> tuple[list[StoredCredential], int, Edge | None]:
    """The credentials of a page and one more, which shows that there is another page; the total, and the edge of the search."""
    window = dataclasses.replace(query.window, size=query.window.size + 1)
    visible, all_surfaces = visible_to(caller, request.surface), tuple(SURFACES)
    if request.with_total_size:
        found, total = await credential_lists.page_and_total(
            vault.database, visible, query.narrowed, window, all_surfaces, box=query.full
        )
        return found, total, None
    found, edge = await credential_lists.page(
        vault.database, visible, query.narrowed, window, all_surfaces, box=query.full
    )
    return found, 0, edge


def query_of(request: ListCredentialsRequest, caller: Caller, keyring: Keyring) -> Query:
    """The query of a checked request. Raises FIELD_INVALID, PAGE_TOKEN_INVALID."""
    full = request.view == CREDENTIAL_VIEW_FULL
    narrowed = Filter(
        request.variant,
        request.team_id,
        request.folder_id,
        tuple(sorted(set(request.refresh_states))),
        request.name_prefix,
        request.restricted if request.HasField("restricted") else None,
        request.deleted,
        expires_before=(
            fields.time("expires_before", request.expires_before) if request.HasField("expires_before") else None
        ),
    )
    order = order_of(request.order_by)
    listed: tuple[object, ...] = (
        "credentials",
        caller.organisation_id,
        request.surface,
        structs.astuple(narrowed),
        full,
        order,
    )
    if caller.scope is not None:
        listed += (scopes.encode(caller.scope),)
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
    return Query(full, narrowed, window, listed)


def order_of(order_by: str, columns: Collection[str] = ORDER_COLUMNS) -> Order:
    """The columns of an order_by. The last one is always `id`. Raises FIELD_INVALID."""
    terms = [term.split() for term in order_by.split(",")] if order_by.strip() else [["id"]]
    names = [term[0] if term else "" for term in terms]
    directed = all(term[1:] in ([], ["asc"], ["desc"]) for term in terms)
    if not directed or not set(names) <= set(columns) or len(set(names)) != len(names):
        listed = ", ".join(columns)
        raise invalid("order_by", f"must be fields of {listed}, each once, with or without desc, with commas between")
    order = tuple((term[0], term[1:] == ["desc"]) for term in terms)
    # Ids are unique, so terms after `id` have no effect.
    return order[: names.index("id") + 1] if "id" in names else (*order, ("id", order[0][1]))


def _shorten(response: ListCredentialsResponse) -> None:
    """Remove credentials from the end of a page that is too large for one response. At least one remains."""
    if response.ByteSize() <= _LARGEST_PAGE_BYTES:
        return
    total = 0
    for count, credential in enumerate(response.credentials):
        total += credential.ByteSize()
        if count and total > _LARGEST_PAGE_BYTES:
            del response.credentials[count:]
            return


def _page_tokens(
    keyring: Keyring, query: Query, page: Sequence[Credential], *, more: bool, edge: Edge | None
) -> tuple[str, str]:
    """The tokens of the next and the previous page.

    `more` says whether there are more credentials in the direction of reading. `edge` is the place where the search stopped
    before the page was full, if it did.
    """
    window = query.window

    def token(place: Sequence[object], skip: int = 0) -> str:
        key = [*map(str, place), *([str(skip)] if skip else [])]
        return page_tokens.encode(keyring, msgspec.json.encode(key).decode(), *query.listed)

    def token_of(credential: Credential) -> str:
        return token([_value(credential, column) for column, _ in window.order])

    onward = back = ""
    if more:
        onward = token_of(page[0] if window.backward else page[-1])
    elif edge is not None:
        onward = token(*edge)
    # If the page started at a place or skipped credentials, there are credentials before it.
    if page and (window.place is not None or window.skip > 0):
        back = token_of(page[-1] if window.backward else page[0])
    return (back, onward) if window.backward else (onward, back)


def _place(key: str, columns: int) -> tuple[tuple[str | UUID, ...], int]:
    """The place in a token, and the number of matches to skip after it."""
    values = msgspec.json.decode(key, type=list[str])
    *names, credential_id = values[:columns]
    return (*names, UUID(credential_id)), int(values[columns]) if len(values) > columns else 0


def _value(credential: Credential, column: str) -> object:
    """The value of a credential in a column of an order, as page tokens have it."""
    if column == "expire_time":
        return credential.expire_time.ToJsonString() if credential.HasField("expire_time") else NEVER
    return getattr(credential, column)
