"""Reads the page that a list request asks for, and makes the token of the next page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from strongroom_server.rules import page_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from strongroom_server.sealing.keyring import Keyring

RowT = TypeVar("RowT")


class _ListRequest(Protocol):
    page_size: int
    page_token: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of one list: how many rows it shows, and the key of the row after which it starts."""

    size: int
    # Empty on the first page.
    after: str
    keyring: Keyring
    # What identifies the list in page tokens.
    listed: tuple[object, ...]

    @property
    def limit(self) -> int:
        """How many rows to read: one more than the page shows tells whether there is a next page."""
        return self.size + 1

    def cut(self, rows: Sequence[RowT], key_of: Callable[[RowT], str], edge: str = "") -> tuple[Sequence[RowT], str]:
        """The rows that the page shows and the token of the next page, empty on the last one.

        `edge` is the key at which a bounded scan stopped before the page was full.
        """
        shown = rows[: self.size]
        key = key_of(shown[-1]) if len(rows) > self.size else edge
        return shown, page_tokens.encode(self.keyring, key, *self.listed) if key else ""


def page_of(keyring: Keyring, request: _ListRequest, *listed: object, largest: int = page_tokens.LARGEST_SIZE) -> Page:
    """The page that a request asks for. `listed` identifies the list. Raises FIELD_INVALID, PAGE_TOKEN_INVALID."""
    size = page_tokens.page_size(request.page_size, largest)
    token = request.page_token
    return Page(size, page_tokens.decode(keyring, token, *listed) if token else "", keyring, listed)
