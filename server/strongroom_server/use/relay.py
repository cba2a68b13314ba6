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
from strongroom_server.use.targets import Target, headers_of, violations
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

_PARTIAL_CONTENT: Final = 206
_NOT_MODIFIED: Final = 304
_URL: Final = re.compile(r"(?P<scheme>[^:/?#]*)://(?P<authority>[^/?#]*)(?P<target>[\x21\x22\x24-\x7e]*)", re.ASCII)
# Receivers of the first show requests in responses; the second is for proxies.
_REFUSED_METHODS: Final = frozenset({"TRACE", "CONNECT"})
# How often a path is decoded to find `..` in it. Receivers that decode twice exist.
_DECODINGS: Final = 3

# RFC 9110 §7.6.1, and what the client writes itself. Upgrade is refused.
_HOP_BY_HOP: Final = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding"})
_REQUEST_DROPPED: Final = _HOP_BY_HOP | {"accept-encoding", "content-length", "cookie", "expect", "forwarded", "host"}
_REQUEST_DROPPED_PREFIXES: Final = ("proxy-", "strongroom-", "x-forwarded-")
_REQUEST_REFUSED: Final = {
    "range": "must not be range: the tripwire does not find a secret of which a response has a part",
    "upgrade": "must not be upgrade: no other protocol is forwarded",
}
_RESPONSE_DROPPED: Final = _HOP_BY_HOP | {
    "alt-svc",
    "clear-site-data",
    "nel",
    "report-to",
    "reporting-endpoints",
    "service-worker-allowed",
    "set-cookie",
    "set-cookie2",
    "strict-transport-security",
    "upgrade",
}
_RESPONSE_DROPPED_PREFIXES: Final = ("access-control-", "proxy-", "strongroom-")
# A page of a receiver must not act with the origin that a browser knows the proxy by.
_RESPONSE_SET: Final = (("content-security-policy", "sandbox"), ("x-content-type-options", "nosniff"))
_RESPONSE_REPLACED: Final = frozenset(name for name, _ in _RESPONSE_SET)


class Authorized(NamedTuple):
    """A request that may be sent, with the TLS to send it with, None for the client's own, and what guards its response."""

    request: Request
    tls: ssl.SSLContext | None
    tripwire: Tripwire
    token: str | None

    def __repr__(self) -> str:
        return f"Authorized({self.request.method})"


class Relay:
    """One request that is forwarded with a credential. As a context, it records how the use ended.

    `action` is the method of the service. Raises ServiceError.
    """

    target: Target

    def __init__(self, context: Context, caller: Caller, action: str, hits: Hits, head: HttpRequestHead) -> None:
        self._context = context
        self._caller = caller
        self._action = action
        self._hits = hits
        self._head = head

    async def select(self) -> Trail:
        """Check the head, and read the credential. Returns the context in which the request is sent."""
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

    async def authorize(self, body: bytes = b"", body_sha256: str = "") -> Authorized:
        """Add what authenticates the request, and record that it will be sent. `body_sha256` is for a body that is not `body`."""
        sha256 = body_sha256 or hashlib.sha256(body).hexdigest()
        return await self._authorize(self._trail.selected, body, sha256)

    async def renew(self, rejected: Authorized, body: bytes = b"") -> Authorized | None:
        """The request with a new token after a 401, or None if there is no other token: then the 401 is the response."""
        if rejected.token is None:
            return None
        sha256 = hashlib.sha256(rejected.token.encode()).digest()
        try:
            # The caller's rights and the credential may have changed.
            selected = await select_again(self._context, self._trail.selected, self._caller, b"")
            renewed = await self._authorize(selected, body, hashlib.sha256(body).hexdigest(), sha256)
        except ServiceError:
            return None
        return renewed if renewed.token != rejected.token else None

    def response_head(
        self, authorized: Authorized, status: int, headers: Sequence[tuple[str, str]]
    ) -> HttpResponseHead:
        """The head of the response as the caller gets it. Raises RESPONSE_REFUSED and SECRET_IN_RESPONSE."""
        self._trail.use.status = status
        _require_whole(self.target.method, status, headers)
        return HttpResponseHead(status=status, headers=self.response_headers(authorized, headers, _RESPONSE_SET))

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
        named = _named_by_connection(headers)
        kept = [pair for pair in headers if not _is_lost(pair[0]) and pair[0] not in named]
        return [HttpHeader(name=name, value=value) for name, value in (*kept, *added)]

    def passed(self, authorized: Authorized, part: bytes) -> bytes:
        """What may be sent on of the body of the response with this part. Raises SECRET_IN_RESPONSE."""
        try:
            return authorized.tripwire.passed(part)
        except SecretFound:
            raise self._found() from None

    async def _authorize(
        self, selected: Selected, body: bytes, body_sha256: str, rejected_token_sha256: bytes = b""
    ) -> Authorized:
        head, trail = self._head, self._trail
        options = Options(self._headers, body_sha256, head.aws_service, head.aws_region, rejected_token_sha256)
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


def request_headers(path: str, headers: Sequence[HttpHeader], row: Credential) -> list[tuple[str, str]]:
    """The headers or trailers that are sent on. Raises FIELD_INVALID."""
    named = _named_by_connection((header.name.lower(), header.value) for header in headers)
    dropped = set()
    for index, header in enumerate(headers):
        name = header.name.lower()
        if rule := _REQUEST_REFUSED.get(name):
            raise invalid(f"{path}[{index}]", rule)
        if name in _REQUEST_DROPPED or name in named or name.startswith(_REQUEST_DROPPED_PREFIXES):
            dropped.add(name)
    return headers_of(path, headers, row, dropped)


def response_refused(rule: str) -> ServiceError:
    """The error for a response that is not passed on."""
    return ServiceError(reasons.ERROR_REASON_RESPONSE_REFUSED, rule=rule)


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


def _named_by_connection(headers: Iterable[tuple[str, str]]) -> set[str]:
    """The headers that a Connection header names: they are for the next hop alone. Names of headers are in lower case."""
    return {name.strip().lower() for header, value in headers if header == "connection" for name in value.split(",")}


def _is_lost(name: str) -> bool:
    return name in _RESPONSE_DROPPED or name in _RESPONSE_REPLACED or name.startswith(_RESPONSE_DROPPED_PREFIXES)


def _require_whole(method: str, status: int, headers: Sequence[tuple[str, str]]) -> None:
    """Raises RESPONSE_REFUSED for a body in which the tripwire would find nothing."""
    if status == _PARTIAL_CONTENT or any(name == "content-range" for name, _ in headers):
        raise response_refused("it is a part of a response")
    if method == "HEAD" or status == _NOT_MODIFIED:
        return
    encodings = {
        each.strip().lower() for name, value in headers if name == "content-encoding" for each in value.split(",")
    }
    if encodings - {"", "identity"}:
        raise response_refused("it is encoded, although Accept-Encoding is identity")


def _in_head(error: ServiceError) -> ServiceError:
    """The error with the paths of fields as they are in the request: within its head."""
    if error.reason != reasons.ERROR_REASON_FIELD_INVALID:
        return error
    return ServiceError(error.reason, tuple(each._replace(field=f"head.{each.field}") for each in error.violations))
