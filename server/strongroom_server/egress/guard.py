"""Decides where a tenant's request may go: scheme, name, port and each address that the name has.

The steps that need no look-up are in `require_allowed`, so that a stored URL can be checked early. All steps run again for each
request.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from strongroom_server.egress.addresses import require_reachable
from strongroom_server.egress.refusals import Refusal
from strongroom_server.egress.urls import address_of

if TYPE_CHECKING:
    from strongroom_server.egress.endpoints import Destination
    from strongroom_server.egress.policy import Policy
    from strongroom_server.egress.resolver import Resolver
    from strongroom_server.egress.urls import Address

_PUBLIC: Final = re.compile(r".+\.[a-z][a-z0-9-]*")
_LOCAL: Final = (
    ".arpa",
    ".corp",
    ".example",
    ".home",
    ".internal",
    ".intranet",
    ".invalid",
    ".lan",
    ".local",
    ".localdomain",
    ".localhost",
    ".onion",
    ".test",
)
# Services whose names have the address that the name contains.
_WILDCARD_DNS: Final = (".nip.io", ".sslip.io", ".xip.io", ".localtest.me", ".lvh.me")


def require_allowed(destination: Destination, policy: Policy) -> None:
    """The rules for scheme, name and port. Raises Refusal."""
    if destination.scheme == "http":
        if (destination.host, destination.port) not in policy.http_hosts:
            raise Refusal("scheme", "is not an https:// URL, and not among STRONGROOM_EGRESS_HTTP_HOSTS")
    elif destination.port not in policy.ports and not destination.has_named_port:
        raise Refusal(
            "port",
            f"has the port {destination.port}, which is neither among STRONGROOM_EGRESS_PORTS nor named in allowed_hosts",
        )
    if address_of(destination.host) is None:
        require_public_name(destination.host)


async def checked_addresses(
    destination: Destination, policy: Policy, resolver: Resolver, seconds: float, tenant: str
) -> tuple[Address, ...]:
    """The addresses of a destination. Raises Refusal, also if only one of them may not be reached."""
    require_allowed(destination, policy)
    address = address_of(destination.host)
    if address is None:
        # The final dot keeps the resolver from trying search domains and the hosts file.
        addresses = await resolver.addresses_of(f"{destination.host}.", seconds, tenant)
    else:
        addresses = (address,)
    for each in addresses:
        require_reachable(each, policy)
    return addresses


@lru_cache(maxsize=4_096)
def require_public_name(name: str) -> None:
    """Raises Refusal for a name that is of a local network, or that no setting allows."""
    if not _PUBLIC.fullmatch(name):
        raise Refusal("local_name", "has a name that is not below a top-level domain")
    dotted = f".{name}"
    if dotted.endswith(_LOCAL):
        raise Refusal("local_name", "has a name that is not public")
    if dotted.endswith(_WILDCARD_DNS):
        raise Refusal("wildcard_dns", "has a name that contains its address")
