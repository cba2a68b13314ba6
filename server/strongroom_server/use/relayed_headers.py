"""Which headers of a forwarded request and of its response are passed on, and which make it be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.use.targets import headers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from strongroom.v1.use_service_pb2 import HttpHeader
    from strongroom_server.core.records import Credential

_PARTIAL_CONTENT: Final = 206
_NOT_MODIFIED: Final = 304

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
    "content-security-policy-report-only",
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
RESPONSE_SET: Final = (("content-security-policy", "sandbox"), ("x-content-type-options", "nosniff"))
_RESPONSE_REPLACED: Final = frozenset(name for name, _ in RESPONSE_SET)


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


def response_headers(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers or trailers that are passed on. Their names are in lower case."""
    lost = _named_by_connection(headers)
    if any(name == "transfer-encoding" for name, _ in headers):
        # Chunks override it, and it need not be their length (RFC 9112, section 6.3).
        lost.add("content-length")
    return [pair for pair in headers if not _is_lost(pair[0]) and pair[0] not in lost]


def require_whole(method: str, status: int, headers: Sequence[tuple[str, str]]) -> None:
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


def response_refused(rule: str) -> ServiceError:
    """The error for a response that is not passed on."""
    return ServiceError(reasons.ERROR_REASON_RESPONSE_REFUSED, rule=rule)


def _named_by_connection(headers: Iterable[tuple[str, str]]) -> set[str]:
    """The headers that a Connection header names: they are for the next hop alone. Names of headers are in lower case."""
    return {name.strip().lower() for header, value in headers if header == "connection" for name in value.split(",")}


def _is_lost(name: str) -> bool:
    return name in _RESPONSE_DROPPED or name in _RESPONSE_REPLACED or name.startswith(_RESPONSE_DROPPED_PREFIXES)
