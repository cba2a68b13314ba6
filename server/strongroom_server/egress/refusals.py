"""Why a request was not sent or not answered: the cause for the log and the metric, and its class for the caller.

The modules of this package raise Refusal. `refused` logs and counts it, and returns the error for the caller, who learns the host
and the class but never an address: otherwise a tenant could map a private network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import structlog
from prometheus_client import Counter

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

Class = Literal[
    "url",
    "host",
    "port",
    "address",
    "name_not_found",
    "connection",
    "certificate",
    "timeout",
    "too_large",
    "not_http",
]
Cause = Literal[
    "url_syntax",
    "scheme",
    "userinfo",
    "fragment",
    "host_syntax",
    "numeric_host",
    "local_name",
    "wildcard_dns",
    "port",
    "range",
    "metadata",
    "denied",
    "own_address",
    "too_many_addresses",
    "wrong_peer",
    "name_not_found",
    "dns_failed",
    "dns_timeout",
    "dns_busy",
    "connect_failed",
    "connect_timeout",
    "tls",
    "certificate",
    "closed",
    "response_timeout",
    "head_too_large",
    "body_too_large",
    "idle",
    "bad_header",
    "bad_body",
    "not_http",
    "framing",
]
CLASSES: Final[dict[Cause, Class]] = {
    "url_syntax": "url",
    "scheme": "url",
    "userinfo": "url",
    "fragment": "url",
    "host_syntax": "host",
    "numeric_host": "host",
    "local_name": "host",
    "wildcard_dns": "host",
    "port": "port",
    "range": "address",
    "metadata": "address",
    "denied": "address",
    "own_address": "address",
    "too_many_addresses": "address",
    "wrong_peer": "address",
    "name_not_found": "name_not_found",
    "dns_failed": "name_not_found",
    "dns_timeout": "timeout",
    "dns_busy": "timeout",
    "connect_failed": "connection",
    "connect_timeout": "timeout",
    "tls": "connection",
    "certificate": "certificate",
    "closed": "connection",
    "response_timeout": "timeout",
    "head_too_large": "too_large",
    "body_too_large": "too_large",
    "idle": "timeout",
    "bad_header": "not_http",
    "bad_body": "not_http",
    "not_http": "not_http",
    "framing": "not_http",
}
# The settings that allow what a cause refuses, if the URL alone shows the cause. Of other causes a caller must not learn more than
# the class.
_SETTINGS: Final[Mapping[Cause, str]] = {
    "scheme": "STRONGROOM_EGRESS_HTTP_HOSTS",
    "port": "STRONGROOM_EGRESS_PORTS",
}
# Stands for the host of a URL that cannot be read.
NO_HOST: Final = "(no host)"

_REFUSALS: Final = Counter(
    "strongroom_egress_refusals", "Outbound requests without a response, by class and cause.", ("class", "cause")
)
# Show causes that have not happened yet as 0.
for _cause in get_args(Cause):
    _REFUSALS.labels(CLASSES[_cause], _cause)
_log = structlog.get_logger()


class Refusal(Exception):
    """A destination or a response is refused. `detail` is a predicate of the destination, and holds nothing of the request."""

    def __init__(self, cause: Cause, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail


class EgressRefused(ServiceError):
    """There is no complete response. `cause` and `detail` are for operators; a caller gets only the metadata.

    If `sent` is False, no byte of the request was written. If it is True, the server may have received the request.
    """

    def __init__(self, host: str, refusal: Refusal, *, sent: bool) -> None:
        super().__init__(
            error_reason_pb2.ERROR_REASON_EGRESS_REFUSED,
            **{"host": host, "class": CLASSES[refusal.cause], "remedy": _remedy_of(refusal.cause)},
        )
        self.cause = refusal.cause
        self.detail = refusal.detail
        self.sent = sent


def _remedy_of(cause: Cause) -> str:
    setting = _SETTINGS.get(cause)
    return f"the setting {setting} can allow it" if setting else "the log of the server has the cause"


def refused(host: str, refusal: Refusal, *, sent: bool = False) -> EgressRefused:
    """Log and count a refusal. Returns the error for the caller."""
    _REFUSALS.labels(CLASSES[refusal.cause], refusal.cause).inc()
    _log.warning("outbound request refused", host=host, cause=refusal.cause, detail=refusal.detail)
    return EgressRefused(host, refusal, sent=sent)
