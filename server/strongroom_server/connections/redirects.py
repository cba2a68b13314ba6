"""Where providers send browsers back to: one redirect URI for each surface, or a program on the person's machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES, SURFACE_VERSORI
from strongroom_server.core.errors import ServiceError
from strongroom_server.schemes.authorization import is_loopback_redirect

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


def leads_to_program(public_url: str, redirect_uri: str) -> bool:
    """Whether a redirect URI is that of a program on the person's machine. The deployment may be at a loopback address too."""
    own = {f"{public_url}{path}" for path in CALLBACK_PATHS.values()}
    return redirect_uri not in own and is_loopback_redirect(redirect_uri)
