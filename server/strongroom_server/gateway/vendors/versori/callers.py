"""Reads who calls Versori's API."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from strongroom_server.gateway import requests

if TYPE_CHECKING:
    from starlette.requests import Request

SECURITY = MappingProxyType(
    {
        "Authorization": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Bearer <key>`, the key alone, or `JWT <token>` with a token that a registered key has signed.",
        }
    }
)


def caller(request: Request) -> requests.Metadata:
    """The metadata of the caller. Versori's samples send the key without a scheme. Raises RefusedError."""
    presented = requests.presented_key(request, "Authorization")
    scheme, _, token = presented.partition(" ")
    if scheme.lower() == "jwt":
        return requests.token_metadata(request, token.strip())
    return requests.metadata(request, requests.bearer_token(presented) if token else presented)
