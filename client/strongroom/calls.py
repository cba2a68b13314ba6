"""Makes the client's calls over one channel, with their authentication, a deadline and retries."""

from __future__ import annotations

import asyncio
import copy
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from grpc import aio

from strongroom import channel, connection_errors, retries
from strongroom.authentication import metadata_of
from strongroom.certificates import Certificates
from strongroom.pages import Pages
from strongroom.tracing import with_trace
from strongroom.v1.credential_service_pb2 import ListCredentialsRequest
from strongroom.v1.organisation_service_pb2 import ListFoldersRequest, ListTeamsRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from strongroom.authentication import Token
    from strongroom.certificates import FilePath
    from strongroom.errors import StrongroomError
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
    """What the methods for each service share: the channel, the authentication and the calls with retries."""

    def __init__(
        self,
        target: str,
        api_key: str | None = None,
        *,
        token: Token | None = None,
        plaintext: bool = False,
        root_certificates: bytes | FilePath | None = None,
        certificate_file: FilePath | None = None,
        key_file: FilePath | None = None,
        timeout_seconds: float = 10.0,
    ) -> None:
        """Create a client. It connects with its first call, over TLS unless `plaintext` is set.

        It authenticates by an API key, by a workload's token, or by a client certificate alone. A client certificate may come
        with a key or token.

        target: `host:port`, or any other gRPC target name. The server's certificate must be for this host.
        api_key: `sr_<id>_<secret>`.
        token: a workload's token (JWT), or a function that returns it. The function is called for each request, so it may read a
            file that is replaced before the token expires, such as `Path("/var/run/secrets/tokens/strongroom").read_text`. It must
            not block for long. What it raises, the call raises.
        plaintext: do not use TLS. The API key and all secrets are sent unencrypted, so use it only on one machine or in a network
            that encrypts.
        root_certificates: the root certificates to trust instead of gRPC's own: PEM text as bytes, or the path of its file.
        certificate_file: the PEM file of the client certificate, followed by its intermediate certificates.
        key_file: the PEM file of its private key.
        timeout_seconds: the timeout of calls that set none.

        Files are read again within a second after they have changed. Calls in flight end on the connection that they have.

        Raises ValueError if a header cannot carry the API key or token, the target is a URL, the timeout is not positive, a file
        has a mistake, certificates are given with plaintext, or nothing is given to authenticate with; RuntimeError without a
        running event loop.
        """
        asyncio.get_running_loop()
        if timeout_seconds <= 0:
            raise ValueError("timeout_seconds must be positive")
        if (certificate_file is None) is not (key_file is None):
            raise ValueError("certificate_file and key_file must be given together")
        if plaintext and not (root_certificates is None and certificate_file is None):
            raise ValueError("root_certificates, certificate_file and key_file cannot be used with plaintext")
        self._target = target
        self._metadata = with_trace(metadata_of(api_key, token, has_certificate=certificate_file is not None))
        self._timeout_seconds = timeout_seconds
        if plaintext:
            self._remedies = connection_errors.PLAINTEXT
        elif certificate_file is None:
            self._remedies = connection_errors.WITHOUT_CERTIFICATE
        else:
            self._remedies = connection_errors.WITH_CERTIFICATE
        certificates = Certificates(
            root_certificates if isinstance(root_certificates, bytes) else _path(root_certificates),
            _path(certificate_file),
            _path(key_file),
        )
        self._channel = channel.open_channel(target, None if plaintext else certificates)
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
        *,
        is_retried: bool = True,
    ) -> ResponseT:
        """Send a request and return its response. Retries until the deadline while the server does not answer.

        A retried write is done only once, because it has a request_id. A request that must not be sent twice is sent
        again only if the server refused it because of a limit.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (self._timeout_seconds if timeout_seconds is None else timeout_seconds)
        pauses = retries.pauses()
        while True:
            try:
                return await method(request, timeout=deadline - loop.time(), metadata=self._metadata())
            except aio.AioRpcError as error:
                failure = self._failure_of(error)
                is_final = connection_errors.is_configuration_error(error)
                pause = None if is_final else retries.pause_after(error, pauses, is_retried=is_retried)
            # An attempt with almost no time left would only replace this failure with DEADLINE_EXCEEDED. The failure is raised
            # outside the except block: with gRPC's error as its context it would keep the call and its connection open.
            if pause is None or loop.time() + pause + retries.SHORTEST_ATTEMPT_SECONDS > deadline:
                raise failure
            await asyncio.sleep(pause)

    def _failure_of(self, error: aio.AioRpcError) -> StrongroomError:
        return connection_errors.failure_of(error, self._remedies)

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


def _path(file: FilePath | None) -> Path | None:
    return None if file is None else Path(file)
