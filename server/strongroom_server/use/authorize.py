"""Returns what to add to an HTTP request that the caller sends itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom.v1.use_service_pb2 import AuthorizeHttpRequestResponse, HttpHeader
from strongroom_server.core.errors import invalid
from strongroom_server.core.timestamps import timestamp
from strongroom_server.use.authentication import Options, authenticate, kind_of_use
from strongroom_server.use.context import select
from strongroom_server.use.targets import headers_of, target_of
from strongroom_server.use.trail import Trail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from strongroom.v1.use_service_pb2 import AuthorizeHttpRequestRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.use.context import Context

_SHA256_BYTES: Final = 32


async def authorize(
    context: Context, request: AuthorizeHttpRequestRequest, caller: Caller
) -> AuthorizeHttpRequestResponse:
    """Authenticate a request, and record it. Raises ServiceError."""
    if len(request.rejected_token_sha256) not in (0, _SHA256_BYTES):
        raise invalid("rejected_token_sha256", f"must be {_SHA256_BYTES} bytes long")
    selected = await select(context, request, caller)
    target = target_of(context, selected.row, request.method, request.url)
    options = Options(
        headers_of("headers", request.headers, selected.row),
        request.body_sha256,
        request.aws_service,
        request.aws_region,
        request.rejected_token_sha256,
    )
    use = selected.use(kind_of_use(selected.row.variant), target.host, method=target.method, path=target.path)
    async with Trail(context, caller, "AuthorizeHttpRequest", selected, use) as trail:
        found = await authenticate(context, selected, caller, target, "authorization", trail, options)
        await trail.succeeded()
    return AuthorizeHttpRequestResponse(
        headers=_messages(found.additions.headers),
        query=_messages(found.additions.query),
        cookies=_messages(found.additions.cookies),
        expire_time=timestamp(found.expire_time),
        credential_id=str(found.selected.row.id),
        version=found.selected.row.version,
    )


def _messages(pairs: Iterable[tuple[str, str]]) -> list[HttpHeader]:
    return [HttpHeader(name=name, value=value) for name, value in pairs]
