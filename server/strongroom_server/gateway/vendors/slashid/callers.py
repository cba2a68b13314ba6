"""Reads the headers of SlashID's requests: who calls, and whether the response waits for all regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.gateway import parameters, requests
from strongroom_server.gateway.parameters import Parameter

if TYPE_CHECKING:
    from starlette.requests import Request

    from strongroom_server.gateway.calls import Call

_DEFAULT_WAIT = 30

ORGANISATION = Parameter(
    "SlashID-OrgID",
    "header",
    {"type": "string"},
    parameters.text,
    "The organisation that the API key belongs to.",
    required=True,
)
CONSISTENCY = Parameter(
    "SlashID-Required-Consistency",
    "header",
    *parameters.choice({"local_region": False, "all_regions": True}),
    "With all_regions the response waits until every region has the change. After the timeout it is 408, and the change is kept.",
)
TIMEOUT = Parameter(
    "SlashID-Required-Consistency-Timeout",
    "header",
    *parameters.integer(1, 120),
    f"In seconds, by default {_DEFAULT_WAIT}.",
)


def caller(request: Request) -> requests.Metadata:
    """The metadata of the caller. Raises RefusedError."""
    return requests.metadata(request, requests.presented_key(request, "SlashID-API-Key"))


def region_wait(call: Call) -> int:
    """How many seconds to wait for all regions, 0 to respond at once. Raises RefusedError."""
    all_regions, seconds = call.value(CONSISTENCY), call.value(TIMEOUT)
    return (seconds or _DEFAULT_WAIT) if all_regions else 0
