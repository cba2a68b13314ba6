"""Lists that the server answers page by page, walked as one.

Knows no method: how a page is fetched is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable


class Page(Protocol):
    """What every list's response has."""

    next_page_token: str


PageT = TypeVar("PageT", bound=Page)
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Pages(Generic[PageT, ItemT]):
    """A list: `async for` over it gives every item, over `pages()` every response message.

    Nothing is sent before the first step, each page is fetched when it is needed, and each walk starts anew. A step
    raises StrongroomError when its page cannot be fetched, and that ends the walk.
    """

    fetch: Callable[[str], Awaitable[PageT]]
    """From a page token to its page."""
    items: Callable[[PageT], Iterable[ItemT]]
    page_token: str
    """Of the first page; empty for the list's beginning."""

    async def __aiter__(self) -> AsyncIterator[ItemT]:
        async for page in self.pages():
            for item in self.items(page):
                yield item

    async def pages(self) -> AsyncIterator[PageT]:
        """The responses themselves, each with the `next_page_token` from which another list can go on."""
        token = self.page_token
        while True:
            page = await self.fetch(token)
            yield page
            token = page.next_page_token
            if not token:
                return
