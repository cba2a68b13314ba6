"""Decides whether the settings of TLS fit together, and whether a node may listen without TLS."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from strongroom_server.node.settings import SettingsError

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings


def require_consistent(settings: Settings) -> None:
    """Raises SettingsError if one setting of TLS or of the proxies in front contradicts or lacks another."""
    pair = {"STRONGROOM_TLS_CERT": settings.tls_cert, "STRONGROOM_TLS_KEY": settings.tls_key}
    for variable, path in {**pair, "STRONGROOM_TLS_CLIENT_CA": settings.tls_client_ca}.items():
        if settings.tls == "off" and path is not None:
            raise SettingsError(
                f"{variable} is set, and STRONGROOM_TLS is off: set STRONGROOM_TLS=files, or unset {variable}"
            )
    for variable, path in pair.items():
        if settings.tls == "files" and path is None:
            raise SettingsError(f"STRONGROOM_TLS=files needs {variable}: set it to the path of a PEM file")
        if settings.tls == "auto" and path is not None:
            raise SettingsError(
                f"{variable} is set, and STRONGROOM_TLS is auto: set STRONGROOM_TLS=files, or unset {variable}"
            )
    if settings.grpc_mtls_port is not None and settings.tls_client_ca is None:
        raise SettingsError(
            "STRONGROOM_GRPC_MTLS_PORT needs STRONGROOM_TLS_CLIENT_CA: set it to the CAs of client certificates"
        )
    if settings.proxy_protocol and not settings.trusted_proxies.networks:
        raise SettingsError(
            "STRONGROOM_PROXY_PROTOCOL=1 needs addresses in STRONGROOM_TRUSTED_PROXIES: without them no connection is accepted"
        )
    if settings.trusted_proxies.names and settings.tls_client_ca is None:
        raise SettingsError(
            "STRONGROOM_TRUSTED_PROXIES with a name needs STRONGROOM_TLS_CLIENT_CA: set it to the CAs of the proxies' certificates"
        )


def require_encrypted(settings: Settings, *, encrypted: bool) -> None:
    """Refuse to listen without TLS where the network could read along, or where TLS is configured. Raises SettingsError."""
    if encrypted:
        return
    if settings.tls != "off":
        raise SettingsError(f"STRONGROOM_TLS is {settings.tls}, and this server was started without it")
    if not settings.insecure and not is_loopback(settings.host):
        raise SettingsError(
            f"STRONGROOM_HOST is {settings.host}, where keys and secrets would cross the network in clear text: "
            "set STRONGROOM_TLS=files, or STRONGROOM_INSECURE=1 if a proxy on a network that you trust encrypts"
        )


def is_loopback(host: str) -> bool:
    """Whether connections to this host stay on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
