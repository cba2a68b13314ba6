"""Iterates over lists that the server returns page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable


class Page(Protocol):
    """The field that the responses of all lists have."""

    next_page_token: str


PageT = TypeVar("PageT", bound=Page)
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Pages(Generic[PageT, ItemT]):
    """A list. `async for` over it yields every item; `async for` over `pages()` yields every response.

    Each page is fetched when the iteration reaches it. Each iteration starts again at the first page. If a page cannot be fetched,
    the iteration ends with a StrongroomError.
    """

    fetch: Callable[[str], Awaitable[PageT]]
    """Fetches the page of a page token."""
    items: Callable[[PageT], Iterable[ItemT]]
    """Returns the items of a page."""
    page_token: str
    """The token of the first page. Empty is the start of the list."""

    async def __aiter__(self) -> AsyncIterator[ItemT]:
        async for page in self.pages():
            for item in self.items(page):
                yield item

    async def pages(self) -> AsyncIterator[PageT]:
        """Iterate over the responses. The `next_page_token` of a response can be the `page_token` of another list."""
        token = self.page_token
        while True:
            page = await self.fetch(token)
            yield page
            token = page.next_page_token
            if not token:
                return
