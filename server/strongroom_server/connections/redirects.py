"""Where providers send browsers back to: one redirect URI for each surface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES, SURFACE_VERSORI
from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Switchboard's documents fix the path of SURFACE_VERSORI.
CALLBACK_PATHS: Final[Mapping[int, str]] = {
    SURFACE_NATIVE: "/connect/callback",
    SURFACE_VERSORI: "/api/switchboard/v1alpha1/connections/oauth2/callback",
    SURFACE_TINES: "/oauth2/callback",
}


def redirect_uri_of(public_url: str, surface: int) -> str:
    """The redirect URI of connections on a surface that has any. Raises PUBLIC_URL_ABSENT."""
    if not public_url:
        raise ServiceError(reasons.ERROR_REASON_PUBLIC_URL_ABSENT)
    return f"{public_url}{CALLBACK_PATHS[surface]}"
