"""Makes the client for outbound requests that the settings describe. Each process keeps one."""

from __future__ import annotations

import ssl
from functools import cache
from typing import TYPE_CHECKING

from strongroom_server.egress.client import Client
from strongroom_server.egress.policy import Policy
from strongroom_server.egress.tls import tls_context
from strongroom_server.node.settings import SettingsError

if TYPE_CHECKING:
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
    try:
        return Client(policy, tls_context(settings.egress_ca), settings.egress_ca)
    except OSError as error:
        problem = "no PEM certificates" if isinstance(error, ssl.SSLError) else error.strerror
        raise SettingsError(f"STRONGROOM_EGRESS_CA: {settings.egress_ca}: {problem}") from None
