"""Makes the proxy's own responses, for requests that were not sent or not answered.

Each has the header Strongroom-Error, which no response of a receiver has.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import grpc
import msgspec
from starlette.responses import Response

from strongroom import errors
from strongroom_server.gateway.connections import HEADERS
from strongroom_server.gateway.problems import Problem, from_service, unreachable
from strongroom_server.gateway.vendor import STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strongroom_server.gateway.vendor import Statuses

# A reason that only the proxy uses.
HTTP_VERSION: Final = "HTTP_VERSION_NOT_SUPPORTED"
_STATUSES: Final[Statuses] = MappingProxyType(
    {
        **STATUSES,
        # SDKs send a request again after 409, which would not help.
        grpc.StatusCode.FAILED_PRECONDITION: HTTPStatus.PRECONDITION_FAILED,
        grpc.StatusCode.RESOURCE_EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
        "DATABASE_FULL": HTTPStatus.SERVICE_UNAVAILABLE,
        HTTP_VERSION: HTTPStatus.HTTP_VERSION_NOT_SUPPORTED,
    }
)
_EGRESS_REFUSED: Final = "EGRESS_REFUSED"
# By the class of EGRESS_REFUSED. The first four say that the URL may not be used, the others that the receiver did not answer.
_EGRESS: Final[Mapping[str, HTTPStatus]] = MappingProxyType(
    {
        **dict.fromkeys(("url", "host", "port", "address"), HTTPStatus.FORBIDDEN),
        **dict.fromkeys(
            ("name_not_found", "connection", "certificate", "too_large", "not_http"), HTTPStatus.BAD_GATEWAY
        ),
        "timeout": HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_RETRIED: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_LONGEST_RETRY: Final = 3600
# As on the responses of receivers, which the service adds there: a browser must not run anything from this origin.
_HEADERS: Final = (*HEADERS, (b"content-security-policy", b"sandbox"))


class _Body(msgspec.Struct, omit_defaults=True):
    reason: str
    message: str
    violations: tuple[dict[str, str], ...] = ()


def response_to(problem: Problem, metadata: Mapping[str, str] = MappingProxyType({})) -> Response:
    """The response to a problem. `metadata` is that of its reason."""
    status = _STATUSES.get(problem.reason, _STATUSES.get(problem.code, HTTPStatus.INTERNAL_SERVER_ERROR))
    if problem.reason == _EGRESS_REFUSED:
        status = _EGRESS.get(metadata.get("class", ""), HTTPStatus.BAD_GATEWAY)
    violations = tuple({"field": field, "rule": rule} for field, rule in problem.violations)
    body = _Body(problem.reason, "; ".join(problem.sentences), violations)
    response = Response(msgspec.json.encode(body), status, media_type="application/json")
    response.raw_headers.extend((*_HEADERS, (b"strongroom-error", problem.reason.encode())))
    if status in _RETRIED:
        time = metadata.get("retry_time")
        response.headers["Retry-After"] = problem.retry_seconds if time is None else str(_seconds_until(time))
    elif status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def problem_of(error: grpc.aio.AioRpcError) -> tuple[Problem, Mapping[str, str]]:
    """The problem that an error of a call stands for, and the metadata of its reason."""
    problem = from_service(error, {}, {})
    return (unreachable(error), {}) if problem is None else (problem, errors.from_rpc(error).metadata)


def _seconds_until(time: str) -> int:
    """The seconds until a time in ISO 8601, at least one."""
    try:
        left = (datetime.fromisoformat(time) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return 1
    return max(1, min(_LONGEST_RETRY, int(left) + 1))
