"""What the settings STRONGROOM_EGRESS_… allow, and how their values are read.

The functions raise ValueError with the rule that a value breaks, as a phrase after `must be`.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from strongroom_server.egress.endpoints import Endpoint, endpoint_of
from strongroom_server.egress.guard import require_public_name
from strongroom_server.egress.refusals import Refusal
from strongroom_server.egress.urls import DEFAULT_PORTS, address_of, parse_authority

if TYPE_CHECKING:
    from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HTTPS_PORT: Final = frozenset({DEFAULT_PORTS["https"]})


@dataclass(frozen=True, slots=True)
class Policy:
    """What the guard lets through besides public addresses over https, and what it refuses besides private ones."""

    allow: tuple[Network, ...] = ()
    deny: tuple[Network, ...] = ()
    ports: frozenset[int] = HTTPS_PORT
    # Host and port of each host that may be called without TLS.
    http_hosts: frozenset[tuple[str, int]] = frozenset()
    endpoints: frozenset[Endpoint] = frozenset()


def networks_of(text: str) -> tuple[Network, ...]:
    """Networks, separated by commas."""
    return tuple(_network_of(each) for each in _items_of(text))


def ports_of(text: str) -> frozenset[int]:
    """Ports, separated by commas."""
    items = list(_items_of(text))
    if not items or not all(
        each.isascii() and each.isdigit() and len(each) <= 5 and 0 < int(each) < 65536 for each in items
    ):
        raise ValueError("ports from 1 to 65535, separated by commas, such as 443,8443")
    return frozenset(map(int, items))


def http_hosts_of(text: str) -> frozenset[tuple[str, int]]:
    """Hosts with or without a port, separated by commas. The port is 80 where none is given."""
    try:
        hosts = frozenset(parse_authority(each, DEFAULT_PORTS["http"]) for each in _items_of(text))
    except Refusal:
        raise ValueError(
            "hosts, separated by commas, each with at most a port, such as legacy.example.com:8080"
        ) from None
    for host, _ in hosts:
        try:
            if address_of(host) is None:
                require_public_name(host)
        except Refusal as refusal:
            raise ValueError(f"hosts of public domains, or addresses: {host} {refusal.detail}") from None
    return hosts


def endpoints_of(text: str) -> frozenset[Endpoint]:
    """Endpoints, separated by commas."""
    try:
        return frozenset(endpoint_of(each) for each in _items_of(text))
    except ValueError as error:
        raise ValueError(f"URLs separated by commas, and each {error}") from None


def _network_of(text: str) -> Network:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        pass
    else:
        _require_comparable(network, text)
        return network
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"networks, separated by commas, such as 10.20.0.0/16: {text!r} is none") from None
    raise ValueError(f"networks without host bits: write {network} for {text}")


def _require_comparable(network: Network, text: str) -> None:
    """Refuse forms that no address of an answer has: such a network would silently match nothing."""
    if not isinstance(network, ipaddress.IPv6Network):
        return
    if network.network_address.scope_id is not None:
        raise ValueError(f"networks without a zone, not {text}: an address of one link is never reached")
    if (ipv4 := network.network_address.ipv4_mapped) is not None and network.prefixlen >= 96:
        raise ValueError(f"networks in their own form: write {ipv4}/{network.prefixlen - 96} for {text}")


def _items_of(text: str) -> Iterable[str]:
    return (each.strip() for each in text.split(",") if each.strip())
