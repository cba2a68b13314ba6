"""The client's methods for UseService, one for each RPC. The server checks the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grpc import aio

from strongroom.calls import Calls
from strongroom.v1.use_service_pb2 import (
    AuthorizeHttpRequestRequest,
    AuthorizeHttpRequestResponse,
    Environment,
    ForwardHttpRequestRequest,
    ForwardHttpRequestResponse,
    HttpHeader,
    HttpRequestHead,
    HttpTrailer,
    MintTokenRequest,
    MintTokenResponse,
    StreamHttpRequestRequest,
    StreamHttpRequestResponse,
)
from strongroom.v1.use_service_pb2_grpc import UseServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Sequence

# Sending these twice does no more than sending them once (RFC 9110 §9.2.1).
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CHUNK_BYTES: Final = 64 * 1024


class UseCalls(Calls):
    """Uses credentials without reading their secrets."""

    @property
    def _uses(self) -> UseServiceStub:
        return self._stub(UseServiceStub)

    async def mint_token(
        self,
        credential_id: str,
        *,
        target_host: str = "",
        scopes: Sequence[str] = (),
        audience: str = "",
        min_remaining_seconds: int | None = None,
        rejected_token_sha256: bytes = b"",
        environment: Environment.ValueType = Environment.ENVIRONMENT_UNSPECIFIED,
        actor: str = "",
        timeout_seconds: float | None = None,
    ) -> MintTokenResponse:
        """Get a token that the credential stands for, such as an OAuth access token.

        The server keeps it until it expires, so ask for it each time instead of keeping it yourself.

        target_host: see access_credential.
        scopes, audience: what to request instead of the credential's own.
        min_remaining_seconds: for how long the token must still be valid, 0 to 3,600, unless it has half of its life left.
            Default: 10.
        rejected_token_sha256: the SHA-256 of a token that a receiver has rejected. If it is the present one, the server requests
            a new one; at most once a minute, then the call raises ResourceExhaustedError / REFRESH_LIMITED.
        environment: ENVIRONMENT_TEST uses the test credential, if there is one that is enabled.
        actor: on whose behalf you act, for the audit trail.

        Raises FailedPreconditionError / USE_NOT_SUPPORTED if no token is made from this kind of credential, / PROVIDER_REFUSED if
        the provider refuses, / REAUTH_REQUIRED if it takes the refresh token no more; UnavailableError / PROVIDER_FAILED,
        / REFRESH_PENDING.
        """
        request = MintTokenRequest(
            id=credential_id,
            target_host=target_host,
            scopes=scopes,
            audience=audience,
            min_remaining_seconds=min_remaining_seconds,
            rejected_token_sha256=rejected_token_sha256,
            environment=environment,
            actor=actor,
        )
        return await self._call(self._uses.MintToken, request, timeout_seconds)

    async def authorize_http_request(
        self,
        credential_id: str,
        method: str,
        url: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body_sha256: str = "",
        aws_service: str = "",
        aws_region: str = "",
        rejected_token_sha256: bytes = b"",
        environment: Environment.ValueType = Environment.ENVIRONMENT_UNSPECIFIED,
        actor: str = "",
        timeout_seconds: float | None = None,
    ) -> AuthorizeHttpRequestResponse:
        """Get what must be added to an HTTP request that you send yourself: headers, query parameters, cookies.

        headers, body_sha256: for AWS, the headers to sign and the SHA-256 of the body as hexadecimal digits.
        aws_service, aws_region: for AWS, if the host does not name them.
        rejected_token_sha256, environment, actor: see mint_token.

        Raises PermissionDeniedError / HOST_NOT_ALLOWED, and / SECRET_NOT_RELEASED if the response would hold the secret and the
        caller has only the role invoker.
        """
        request = AuthorizeHttpRequestRequest(
            id=credential_id,
            method=method,
            url=url,
            headers=_headers(headers),
            body_sha256=body_sha256,
            aws_service=aws_service,
            aws_region=aws_region,
            rejected_token_sha256=rejected_token_sha256,
            environment=environment,
            actor=actor,
        )
        return await self._call(self._uses.AuthorizeHttpRequest, request, timeout_seconds)

    async def forward_http_request(
        self,
        credential_id: str,
        method: str,
        url: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        aws_service: str = "",
        aws_region: str = "",
        environment: Environment.ValueType = Environment.ENVIRONMENT_UNSPECIFIED,
        actor: str = "",
        timeout_seconds: float | None = None,
    ) -> ForwardHttpRequestResponse:
        """Have the server send an HTTP request with the credential added, and return the response, whatever its status.

        Only GET, HEAD and OPTIONS are sent again if the server does not answer; the receiver may have got any other request.

        body: at most 1 MiB. The response's is at most 4 MiB. For more see stream_http_request.
        aws_service, aws_region, environment, actor: see authorize_http_request.

        Raises FailedPreconditionError / HOSTS_REQUIRED if the credential has no allowed_hosts, / EGRESS_REFUSED if the host cannot
        be reached; PermissionDeniedError / HOST_NOT_ALLOWED, / SECRET_IN_RESPONSE.
        """
        head = _head(credential_id, method, url, headers, aws_service, aws_region, environment, actor)
        request = ForwardHttpRequestRequest(head=head, body=body)
        return await self._call(
            self._uses.ForwardHttpRequest, request, timeout_seconds, is_retried=method in _SAFE_METHODS
        )

    async def stream_http_request(
        self,
        credential_id: str,
        method: str,
        url: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: AsyncIterable[bytes] | bytes = b"",
        content_length: int | None = None,
        body_sha256: str = "",
        aws_service: str = "",
        aws_region: str = "",
        environment: Environment.ValueType = Environment.ENVIRONMENT_UNSPECIFIED,
        actor: str = "",
        timeout_seconds: float | None = None,
    ) -> AsyncGenerator[StreamHttpRequestResponse, None]:
        """As forward_http_request, for bodies of any size. The call is not retried.

        `async for` over it yields the head of the response, then its chunks as they arrive, then its trailer. A response without a
        trailer is not complete.

        body: the body, or an iterator of its parts.
        content_length: the length of a body that is an iterator, if you know it.
        body_sha256: for AWS, the SHA-256 of the body as hexadecimal digits.
        timeout_seconds: the timeout of the whole stream, default none.
        """
        head = _head(credential_id, method, url, headers, aws_service, aws_region, environment, actor)
        if isinstance(body, bytes):
            head.content_length = len(body)
        elif content_length is not None:
            head.content_length = content_length
        head.body_sha256 = body_sha256
        call = self._uses.StreamHttpRequest(_messages(head, body), timeout=timeout_seconds, metadata=self._metadata())
        try:
            async for message in call:
                yield message
        except aio.AioRpcError as error:
            failure = self._failure_of(error)
        else:
            return
        finally:
            call.cancel()
        raise failure


def _headers(headers: Iterable[tuple[str, str]]) -> list[HttpHeader]:
    return [HttpHeader(name=name, value=value) for name, value in headers]


def _head(
    credential_id: str,
    method: str,
    url: str,
    headers: Iterable[tuple[str, str]],
    aws_service: str,
    aws_region: str,
    environment: Environment.ValueType,
    actor: str,
) -> HttpRequestHead:
    return HttpRequestHead(
        id=credential_id,
        method=method,
        url=url,
        headers=_headers(headers),
        aws_service=aws_service,
        aws_region=aws_region,
        environment=environment,
        actor=actor,
    )


async def _messages(
    head: HttpRequestHead, body: AsyncIterable[bytes] | bytes
) -> AsyncIterator[StreamHttpRequestRequest]:
    yield StreamHttpRequestRequest(head=head)
    async for part in _parts(body):
        for start in range(0, len(part), _CHUNK_BYTES):
            yield StreamHttpRequestRequest(chunk=part[start : start + _CHUNK_BYTES])
    yield StreamHttpRequestRequest(trailer=HttpTrailer())


async def _parts(body: AsyncIterable[bytes] | bytes) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        yield body
    else:
        async for part in body:
            yield part
