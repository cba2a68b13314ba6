"""Owns what all of Tines' requests have in common: who is calling, and numbers in paths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from strongroom.v1.organisation_service_pb2 import GetOrganisationRequest
from strongroom_server.gateway import parameters, requests
from strongroom_server.gateway.parameters import Parameter
from strongroom_server.gateway.services import CALL_SECONDS

if TYPE_CHECKING:
    from starlette.requests import Request

    from strongroom_server.gateway.services import Services
    from strongroom_server.gateway.vendor import Call

# The number of nothing: the service, which checks the key first, says that it is absent.
NO_NUMBER = (1 << 63) - 1

# Of no more digits than fit into 64 bits.
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

ID = Parameter("id", "path", {"type": "integer", "format": "int64", "minimum": 1}, parameters.text)


def caller(call: Call) -> requests.Metadata:
    """`Authorization: Bearer <key>`, or `X-User-Token: <key>` as older clients send it, with or without X-User-Email."""
    return _metadata(call.request)


async def authenticate(request: Request, services: Services) -> None:
    """Check the key of a request that no operation answers. Raises RefusedError, or what the service says of the key."""
    await services.organisations.GetOrganisation(
        GetOrganisationRequest(), metadata=_metadata(request), timeout=CALL_SECONDS
    )


def _metadata(request: Request) -> requests.Metadata:
    presented = requests.presented_key(request, "Authorization", "X-User-Token")
    in_authorization = "Authorization" in request.headers
    return requests.metadata(request, requests.bearer_token(presented) if in_authorization else presented)


def links(noun: str, *further: str) -> dict[str, dict[str, str]]:
    """Where the answer to a creation leads: the operations on what was created, by their ids."""
    operations = (*(f"{verb}{noun}" for verb in ("Get", "Update", "Patch", "Delete")), *further)
    return {operation: {ID.name: "$response.body#/id"} for operation in operations}


def number(call: Call) -> int:
    """The number in the path."""
    text = call.required(ID)
    return int(text) if _NUMBER.fullmatch(text) else NO_NUMBER
