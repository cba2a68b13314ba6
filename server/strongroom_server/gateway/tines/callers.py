"""Owns what all of Tines' requests have in common: who is calling, and numbers in paths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from strongroom_server.gateway import parameters, requests
from strongroom_server.gateway.parameters import Parameter

if TYPE_CHECKING:
    from strongroom_server.gateway.vendor import Call

# The number of nothing: the service, which checks the key first, says that it is absent.
NO_NUMBER = (1 << 63) - 1

# Of no more digits than fit into 64 bits.
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

ID = Parameter("id", "path", {"type": "integer", "format": "int64", "minimum": 1}, parameters.text)


def caller(call: Call) -> requests.Metadata:
    """`Authorization: Bearer <key>`, or `X-User-Token: <key>` as older clients send it, with or without X-User-Email."""
    presented = requests.presented_key(call.request, "Authorization", "X-User-Token")
    in_authorization = "Authorization" in call.request.headers
    return requests.metadata(call.request, requests.bearer_token(presented) if in_authorization else presented)


def links(noun: str) -> dict[str, dict[str, str]]:
    """Where the answer to a creation leads."""
    return {f"{verb}{noun}": {ID.name: "$response.body#/id"} for verb in ("Get", "Update", "Patch", "Delete")}


def number(call: Call) -> int:
    """The number in the path."""
    text = call.required(ID)
    return int(text) if _NUMBER.fullmatch(text) else NO_NUMBER
