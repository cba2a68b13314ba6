"""Authenticates the requests of an httpx.AsyncClient with a credential of Strongroom. Needs the extra `httpx`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import httpx

from strongroom.errors import StrongroomError
from strongroom.v1.use_service_pb2 import Environment

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from strongroom.client import Client
    from strongroom.v1.use_service_pb2 import AuthorizeHttpRequestResponse

# Sending these twice does no more than sending them once (RFC 9110 §9.2.1).
_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
# Headers that say how the body travels, or that proxies change: a signature must not cover them.
_UNSIGNED: Final = frozenset(
    {
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "host",
        "transfer-encoding",
        "user-agent",
    }
)


class CredentialAuth(httpx.Auth):
    """Adds a credential to each request, by a call of `authorize_http_request`.

        auth = CredentialAuth(client, credential_id)
        async with httpx.AsyncClient(auth=auth) as http: ...

    So the server decides and audits each request, and a revoked credential stops at once. If the response is 401 and the
    credential stands for a token, a new one is requested, and a request whose body can be sent again is repeated once.
    """

    def __init__(
        self,
        client: Client,
        credential_id: str,
        *,
        signs_body: bool = False,
        environment: Environment.ValueType = Environment.ENVIRONMENT_UNSPECIFIED,
        actor: str = "",
    ) -> None:
        """signs_body: True for a credential of the variant aws: bodies are read into memory and their hash is signed.

        environment, actor: see Client.mint_token.
        """
        self._client = client
        self._credential_id = credential_id
        self._environment = environment
        self._actor = actor
        self.requires_request_body = signs_body

    def sync_auth_flow(self, _request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Raises RuntimeError: the client library is asynchronous."""
        raise RuntimeError("CredentialAuth needs an httpx.AsyncClient")

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Add the credential to the request, and once more if the response is 401. Raises StrongroomError."""
        if self.requires_request_body:
            await request.aread()
        url = request.url
        added = await self._authorize(request, url)
        _add(request, url, added)
        response = yield request
        rejected = _token_of(added)
        is_repeatable = request.method in _SAFE_METHODS or isinstance(request.stream, httpx.ByteStream)
        if response.status_code != httpx.codes.UNAUTHORIZED or not rejected or not is_repeatable:
            return
        try:
            renewed = await self._authorize(request, url, hashlib.sha256(rejected.encode()).digest())
        except StrongroomError:
            # The 401 says more about the request than why there is no other token.
            return
        if _token_of(renewed) != rejected:
            _add(request, url, renewed)
            yield request

    async def _authorize(
        self, request: httpx.Request, url: httpx.URL, rejected_token_sha256: bytes = b""
    ) -> AuthorizeHttpRequestResponse:
        signed = self.requires_request_body
        return await self._client.authorize_http_request(
            self._credential_id,
            request.method,
            str(url),
            headers=[(name, value) for name, value in request.headers.items() if name not in _UNSIGNED]
            if signed
            else (),
            body_sha256=hashlib.sha256(request.content).hexdigest() if signed else "",
            rejected_token_sha256=rejected_token_sha256,
            environment=self._environment,
            actor=self._actor,
        )


def _add(request: httpx.Request, url: httpx.URL, added: AuthorizeHttpRequestResponse) -> None:
    for header in added.headers:
        request.headers[header.name] = header.value
    if added.query:
        request.url = url.copy_merge_params(
            [*url.params.multi_items(), *((each.name, each.value) for each in added.query)]
        )
    if added.cookies:
        cookies = [request.headers["Cookie"]] if "Cookie" in request.headers else []
        request.headers["Cookie"] = "; ".join([*cookies, *(f"{each.name}={each.value}" for each in added.cookies)])


def _token_of(added: AuthorizeHttpRequestResponse) -> str:
    """The token in a header that was added. Empty if there is none."""
    return added.headers[0].value.rpartition(" ")[2] if len(added.headers) == 1 else ""
