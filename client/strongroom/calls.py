"""What every call of the client has: the channel, the API key, a deadline, errors of this package, and a request id."""

from __future__ import annotations

import asyncio
import copy
import uuid
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from grpc import aio

from strongroom import channel, connecting, repeats
from strongroom.pages import Pages
from strongroom.v1.credential_service_pb2 import ListCredentialsRequest
from strongroom.v1.organisation_service_pb2 import ListFoldersRequest, ListTeamsRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from strongroom.pages import ItemT, PageT


class _ListRequest(Protocol):
    page_token: str


StubT = TypeVar("StubT")
RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")
ListRequestT = TypeVar("ListRequestT", bound=_ListRequest)


def new_request_id() -> str:
    """The id of a request that nobody else makes."""
    return str(uuid.uuid4())


class Calls:
    """Makes the calls of one client over one channel."""

    def __init__(
        self,
        target: str,
        api_key: str,
        *,
        plaintext: bool = False,
        root_certificates: bytes | None = None,
        timeout_seconds: float = 10.0,
    ) -> None:
        """Connects with the first call, not before.

        target: `host:port`, or any other gRPC target name.
        api_key: `sr_<id>_<secret>`.
        plaintext: without TLS, the API key and all secrets in clear: for the same machine or a network that encrypts.
        root_certificates: the PEM text of the roots to trust in place of gRPC's own.
        timeout_seconds: the deadline of calls that give none.

        Raises ValueError for a key that no header can carry, a target that is a URL, a timeout that is not positive, or
        certificates with plaintext; RuntimeError outside a running event loop.
        """
        asyncio.get_running_loop()
        # gRPC would fail every call with an internal error that is no status.
        if not api_key or not api_key.isascii() or not api_key.isprintable() or " " in api_key:
            raise ValueError("api_key must be printable ASCII without spaces")
        if timeout_seconds <= 0:
            raise ValueError("timeout_seconds must be positive")
        self._target = target
        self._metadata = (("authorization", f"Bearer {api_key}"),)
        self._timeout_seconds = timeout_seconds
        self._channel = channel.open_channel(target, plaintext=plaintext, root_certificates=root_certificates)
        self._stubs: dict[object, Any] = {}

    def _stub(self, kind: Callable[[aio.Channel], StubT]) -> StubT:
        """The stub of a service, made once."""
        if kind not in self._stubs:
            self._stubs[kind] = kind(self._channel)
        stub: StubT = self._stubs[kind]
        return stub

    async def _call(
        self,
        method: aio.UnaryUnaryMultiCallable[RequestT, ResponseT],
        request: RequestT,
        timeout_seconds: float | None,
    ) -> ResponseT:
        """The answer to a request. It is repeated until the deadline while the server is away: what changes something has a
        request_id, by which it is done once however often it arrives.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (self._timeout_seconds if timeout_seconds is None else timeout_seconds)
        pauses = repeats.pauses()
        while True:
            try:
                return await method(request, timeout=deadline - loop.time(), metadata=self._metadata)
            except aio.AioRpcError as error:
                failure = connecting.failure_of(error)
                pause = None if connecting.is_mistake(failure) else repeats.pause_after(error, pauses)
            # Out here gRPC's error is no context of this one: its traceback holds the call, and that the connection, open.
            # An attempt with almost no time left would only turn what is known of the failure into DEADLINE_EXCEEDED.
            if pause is None or loop.time() + pause + repeats.SHORTEST_ATTEMPT_SECONDS > deadline:
                raise failure
            await asyncio.sleep(pause)

    def _pages(
        self,
        method: aio.UnaryUnaryMultiCallable[ListRequestT, PageT],
        request: ListRequestT,
        items: Callable[[PageT], Iterable[ItemT]],
        timeout_seconds: float | None,
    ) -> Pages[PageT, ItemT]:
        async def fetch(page_token: str) -> PageT:
            page_request = copy.copy(request)
            if page_token != request.page_token:
                # Where the walk starts, and what it leaves out, is its first page's alone.
                if isinstance(page_request, ListCredentialsRequest):
                    page_request.before_page_token = ""
                if isinstance(page_request, ListCredentialsRequest | ListTeamsRequest | ListFoldersRequest):
                    page_request.skip = 0
            page_request.page_token = page_token
            return await self._call(method, page_request, timeout_seconds)

        return Pages(fetch, items, request.page_token)
