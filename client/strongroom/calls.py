"""Makes the client's calls over one channel, with the API key, a deadline and retries."""

from __future__ import annotations

import asyncio
import copy
import uuid
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from grpc import aio

from strongroom import channel, connection_errors, retries
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
    """A unique request id."""
    return str(uuid.uuid4())


class Calls:
    """What the methods for each service share: the channel, the API key and the calls with retries."""

    def __init__(
        self,
        target: str,
        api_key: str,
        *,
        plaintext: bool = False,
        root_certificates: bytes | None = None,
        timeout_seconds: float = 10.0,
    ) -> None:
        """Create a client. It connects with its first call.

        target: `host:port`, or any other gRPC target name.
        api_key: `sr_<id>_<secret>`.
        plaintext: do not use TLS. The API key and all secrets are sent unencrypted, so use it only on one machine or in a network
            that encrypts.
        root_certificates: PEM text of the root certificates to trust instead of gRPC's own.
        timeout_seconds: the timeout of calls that set none.

        Raises ValueError if a header cannot carry the API key, the target is a URL, the timeout is not positive, or certificates
        are given with plaintext; RuntimeError without a running event loop.
        """
        asyncio.get_running_loop()
        # With other keys gRPC would raise its own internal error from every call.
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
        """The stub of a service, which is created once."""
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
        """Send a request and return its response. Retries until the deadline while the server does not answer.

        A retried write is done only once, because it has a request_id.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (self._timeout_seconds if timeout_seconds is None else timeout_seconds)
        pauses = retries.pauses()
        while True:
            try:
                return await method(request, timeout=deadline - loop.time(), metadata=self._metadata)
            except aio.AioRpcError as error:
                failure = connection_errors.failure_of(error)
                pause = (
                    None if connection_errors.is_configuration_error(failure) else retries.pause_after(error, pauses)
                )
            # An attempt with almost no time left would only replace this failure with DEADLINE_EXCEEDED. The failure is raised
            # outside the except block: with gRPC's error as its context it would keep the call and its connection open.
            if pause is None or loop.time() + pause + retries.SHORTEST_ATTEMPT_SECONDS > deadline:
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
                # These fields apply only to the first page.
                if isinstance(page_request, ListCredentialsRequest):
                    page_request.before_page_token = ""
                if isinstance(page_request, ListCredentialsRequest | ListTeamsRequest | ListFoldersRequest):
                    page_request.skip = 0
            page_request.page_token = page_token
            return await self._call(method, page_request, timeout_seconds)

        return Pages(fetch, items, request.page_token)
