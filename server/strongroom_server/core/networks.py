"""Reads the addresses of peers, in the forms in which transports and proxies write them."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

# Whoever has one address of IPv6 can use all addresses of its network of this size.
_IPV6_PREFIX: Final = 64


def address_of(peer: str) -> Address | None:
    """The address of a peer. None if it has none, as over a Unix socket."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return None
    # A socket for both versions of IP shows a client of IPv4 in this form.
    return getattr(address, "ipv4_mapped", None) or address


def is_within(networks: Iterable[Network], peer: str) -> bool:
    """Whether a peer is in one of the networks. A peer without an address is in none."""
    address = address_of(peer)
    return address is not None and any(address in network for network in networks)


def network_of(peer: str) -> str:
    """The peer that a limit is for: an address of IPv4, a network of IPv6, or what a transport without addresses says."""
    address = address_of(peer)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
    return peer if address is None else str(address)
