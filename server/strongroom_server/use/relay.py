"""The rules of a request that is forwarded, and of its response. forward.py and stream.py send."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.use_service_pb2 import HttpHeader, HttpResponseHead
from strongroom_server.core.errors import FieldViolation, ServiceError, invalid
from strongroom_server.egress.messages import Request
from strongroom_server.egress.tls import Identity, NotUsableCertificate
from strongroom_server.rules import fields, hosts
from strongroom_server.schemes.placement import encoded_query
from strongroom_server.use.authentication import Options, authenticate, kind_of_use
from strongroom_server.use.context import select, select_again
from strongroom_server.use.relayed_headers import RESPONSE_SET, request_headers, require_whole, response_headers
from strongroom_server.use.targets import Target, violations
from strongroom_server.use.trail import Trail
from strongroom_server.use.tripwire import SecretFound, Tripwire, secret_in_response

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator, Sequence

    from strongroom.v1.use_service_pb2 import HttpRequestHead
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Credential
    from strongroom_server.use.authentication import Authentication
    from strongroom_server.use.context import Context, Selected
    from strongroom_server.use.tripwire import Hits

UNAUTHORIZED: Final = 401

_URL: Final = re.compile(r"(?P<scheme>[^:/?#]*)://(?P<authority>[^/?#]*)(?P<target>[\x21\x22\x24-\x7e]*)", re.ASCII)
# Receivers of the first show requests in responses; the second is for proxies.
_REFUSED_METHODS: Final = frozenset({"TRACE", "CONNECT"})
# How often a path is decoded to find `..` in it. Receivers that decode twice exist.
_DECODINGS: Final = 3


class Authorized(NamedTuple):
    """A request that may be sent, with the TLS to send it with, None for the client's own, and what guards its response."""

    request: Request
    tls: ssl.SSLContext | None
    tripwire: Tripwire
    token: str | None

    def __repr__(self) -> str:
        return f"Authorized({self.request.method})"


class Relay:
    """One request that is forwarded with a credential: first `select`, then `authorize`, then what is asked of the response.

    `action` is the method of the service. What is awaited raises ServiceError.
    """

    target: Target

    def __init__(self, context: Context, caller: Caller, action: str, hits: Hits, head: HttpRequestHead) -> None:
        self._context = context
        self._caller = caller
        self._action = action
        self._hits = hits
        self._head = head

    async def select(self) -> Trail:
        """Check the head, and read the credential. Returns the context in which to send the request: it records the outcome."""
        try:
            fields.require(_violations(self._head))
            selected = await select(self._context, self._head, self._caller)
            self.target = _target_of(self._context, selected.row, self._head)
            self._headers = request_headers("headers", self._head.headers, selected.row)
        except ServiceError as error:
            raise _in_head(error) from None
        self._hits.require_few(selected.row.id, self.target.host)
        use = selected.use(
            kind_of_use(selected.row.variant), self.target.host, method=self.target.method, path=self.target.path
        )
        self._trail = Trail(self._context, self._caller, self._action, selected, use)
        return self._trail

    @property
    def row(self) -> Credential:
        """The row of the credential."""
        return self._trail.selected.row

    async def authorize(self, body: bytes = b"", streamed_sha256: str | None = None) -> Authorized:
        """Add what authenticates the request, and record that it will be sent.

        `streamed_sha256` is for a body that is sent later: its hash, or "" if that is not known.
        """
        return await self._authorize(self._trail.selected, body, streamed_sha256)

    async def renew(self, rejected: Authorized, body: bytes = b"") -> Authorized | None:
        """The request with a new token after a 401, or None if there is no other token: then the 401 is the response."""
        if rejected.token is None:
            return None
        sha256 = hashlib.sha256(rejected.token.encode()).digest()
        try:
            # The caller's rights and the credential may have changed.
            selected = await select_again(self._context, self._trail.selected, self._caller, b"")
            renewed = await self._authorize(selected, body, rejected_token_sha256=sha256)
        except ServiceError:
            return None
        return renewed if renewed.token != rejected.token else None

    def response_head(
        self, authorized: Authorized, status: int, headers: Sequence[tuple[str, str]]
    ) -> HttpResponseHead:
        """The head of the response as the caller gets it. Raises RESPONSE_REFUSED and SECRET_IN_RESPONSE."""
        self._trail.use.status = status
        require_whole(self.target.method, status, headers)
        return HttpResponseHead(status=status, headers=self.response_headers(authorized, headers, RESPONSE_SET))

    def response_headers(
        self,
        authorized: Authorized,
        headers: Sequence[tuple[str, str]],
        added: Iterable[tuple[str, str]] = (),
    ) -> list[HttpHeader]:
        """The headers or the trailers of the response as the caller gets them. Raises SECRET_IN_RESPONSE."""
        try:
            authorized.tripwire.require_clean(headers)
        except SecretFound:
            raise self._found() from None
        return [HttpHeader(name=name, value=value) for name, value in (*response_headers(headers), *added)]

    def passed(self, authorized: Authorized, part: bytes) -> bytes:
        """What may be sent on of the body of the response with this part. Raises SECRET_IN_RESPONSE."""
        try:
            return authorized.tripwire.passed(part)
        except SecretFound:
            raise self._found() from None

    async def _authorize(
        self,
        selected: Selected,
        body: bytes,
        streamed_sha256: str | None = None,
        rejected_token_sha256: bytes = b"",
    ) -> Authorized:
        head, trail, sha256 = self._head, self._trail, streamed_sha256 or ""
        if streamed_sha256 is None and selected.row.variant == "aws":
            # Nothing else signs the body.
            sha256 = hashlib.sha256(body).hexdigest()
        options = Options(self._headers, sha256, head.aws_service, head.aws_region, rejected_token_sha256)
        try:
            found = await authenticate(self._context, selected, self._caller, self.target, "response", trail, options)
        except ServiceError as error:
            raise _in_head(error) from None
        trail.selected = found.selected
        tls = await self._tls_of(found)
        await trail.started()
        request = Request(self.target.method, _with_query(self.target.target, found), self._sent(found), body)
        return Authorized(request, tls, Tripwire(found.secrets), found.token)

    def _sent(self, found: Authentication) -> list[tuple[str, str]]:
        cookies = [("Cookie", "; ".join(f"{name}={value}" for name, value in found.additions.cookies))]
        return [*self._headers, *found.additions.headers, *(cookies if found.additions.cookies else ())]

    async def _tls_of(self, found: Authentication) -> ssl.SSLContext | None:
        if (mine := found.certificate) is None:
            return None
        try:
            identity = Identity(mine.certificate, mine.private_key)
            return await self._context.client.tls_with(identity, mine.authorities or None)
        except NotUsableCertificate as error:
            variant = found.selected.row.variant
            raise ServiceError(reasons.ERROR_REASON_USE_NOT_SUPPORTED, variant=variant, rule=str(error)) from None

    def _found(self) -> ServiceError:
        self._hits.add(self.row.id)
        return secret_in_response(self.target.host)


def _violations(head: HttpRequestHead) -> Iterator[FieldViolation]:
    yield from violations(head.method, head.url)
    if head.method in _REFUSED_METHODS:
        yield FieldViolation("method", "must not be TRACE or CONNECT")
    if head.content_length < 0:
        yield FieldViolation("content_length", "must not be negative")


def _target_of(context: Context, row: Credential, head: HttpRequestHead) -> Target:
    """Read the URL. Its path and query are not changed, only refused. Raises FIELD_INVALID and EGRESS_REFUSED."""
    parts = _URL.fullmatch(head.url)
    if parts is None:
        raise invalid("url", "must be a URL of printable ASCII characters without blanks and fragment")
    target = parts["target"] if parts["target"].startswith("/") else f"/{parts['target']}"
    if _leads_up(target.partition("?")[0]):
        raise invalid("url", "must not have .. in its path")
    to = context.client.destination_at(
        parts["scheme"], parts["authority"], lambda named: hosts.is_allowed(row.allowed_hosts, named)
    )
    return Target(head.method, to, target, to.host if to.port == 443 else f"{to.host}:{to.port}")


def _leads_up(path: str) -> bool:
    """Whether a receiver could read a `..` in the path: also one that is encoded, before `;`, or between encoded slashes."""
    for _ in range(_DECODINGS):
        path = unquote(path)
    return any(segment.partition(";")[0].strip() == ".." for segment in re.split(r"[/\\]", path))


def _with_query(target: str, found: Authentication) -> str:
    """The target with the parameters that the credential adds."""
    if not (added := encoded_query(found.additions)):
        return target
    if "?" not in target:
        return f"{target}?{added}"
    return f"{target}{added}" if target.endswith(("?", "&")) else f"{target}&{added}"


def _in_head(error: ServiceError) -> ServiceError:
    """The error with the paths of fields as they are in the request: within its head."""
    if error.reason != reasons.ERROR_REASON_FIELD_INVALID:
        return error
    return ServiceError(error.reason, tuple(each._replace(field=f"head.{each.field}") for each in error.violations))
