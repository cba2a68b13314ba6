"""Makes the client for outbound requests and the TLS contexts that the settings describe. Each process keeps one of each."""

from __future__ import annotations

import ssl
from functools import cache
from typing import TYPE_CHECKING

from strongroom_server.egress.client import Client
from strongroom_server.egress.policy import Policy
from strongroom_server.egress.tls import tls_context
from strongroom_server.node.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from strongroom_server.node.settings import Settings


@cache
def egress_client(settings: Settings) -> Client:
    """The client for outbound requests. Raises SettingsError."""
    policy = Policy(
        settings.egress_allow,
        settings.egress_deny,
        settings.egress_ports,
        settings.egress_http_hosts,
        settings.egress_endpoints,
    )
    return Client(policy, _tls_context("STRONGROOM_EGRESS_CA", settings.egress_ca), settings.egress_ca)


@cache
def recipe_authorities(settings: Settings) -> Mapping[str, ssl.SSLContext]:
    """The contexts that trust the CAs which recipes may name, by these names. Raises SettingsError."""
    return {name: _tls_context("STRONGROOM_RECIPE_CAS", path) for name, path in settings.recipe_cas}


def _tls_context(variable: str, ca_file: Path | None) -> ssl.SSLContext:
    try:
        return tls_context(ca_file)
    except OSError as error:
        problem = "no PEM certificates" if isinstance(error, ssl.SSLError) else error.strerror
        raise SettingsError(f"{variable}: {ca_file}: {problem}") from None
