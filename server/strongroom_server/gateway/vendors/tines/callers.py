"""Reads who calls Tines' API, and the id in a path."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from strongroom_server.gateway import parameters, requests
from strongroom_server.gateway.parameters import Parameter

if TYPE_CHECKING:
    from starlette.requests import Request

    from strongroom_server.gateway.calls import Call

SECURITY = MappingProxyType(
    {
        "Bearer": {"type": "http", "scheme": "bearer"},
        "X-User-Token": {"type": "apiKey", "in": "header", "name": "X-User-Token"},
    }
)

# The number of no resource. The service checks the caller's key before it reports that the resource does not exist.
_NO_NUMBER = (1 << 63) - 1
# With at most 18 digits every number fits into 64 bits.
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

ID = Parameter("id", "path", {"type": "integer", "format": "int64", "minimum": 1}, parameters.text)


def caller(request: Request) -> requests.Metadata:
    """The metadata of the caller. Raises RefusedError."""
    # Older clients send X-User-Token, some of them with X-User-Email, which is ignored.
    presented = requests.presented_key(request, "Authorization", "X-User-Token")
    in_authorization = "Authorization" in request.headers and presented
    return requests.metadata(request, requests.bearer_token(presented) if in_authorization else presented)


def id_of(call: Call) -> int:
    """The id in the path, or an id that no resource has."""
    text = call.required(ID)
    return int(text) if _NUMBER.fullmatch(text) else _NO_NUMBER


def links(noun: str, *further: str) -> dict[str, dict[str, str]]:
    """The OpenAPI links from the response to a create to the operations that take the new id."""
    operations = (*(f"{verb}{noun}" for verb in ("Get", "Update", "Patch", "Delete")), *further)
    return {operation: {ID.name: "$response.body#/id"} for operation in operations}
