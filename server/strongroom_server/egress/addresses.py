"""Which addresses a tenant's request may reach.

The ranges are an own list, because `ipaddress.is_global` differs between versions of Python and takes, among others, the
metadata service of Azure, NAT64 and multicast for global.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import TYPE_CHECKING, Final

from strongroom_server.egress.refusals import Refusal

if TYPE_CHECKING:
    from strongroom_server.egress.policy import Network, Policy
    from strongroom_server.egress.urls import Address

# The special-purpose registries of IANA, and what clouds use.
_IPV4: Final = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
# Nothing outside of it is reachable: neither mapped, translated, local nor multicast addresses.
_IPV6_GLOBAL: Final = ipaddress.IPv6Network("2000::/3")
_IPV6: Final = tuple(
    map(
        ipaddress.IPv6Network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
# Metadata services of clouds, which hand out the credentials of the machine. No setting allows them.
_METADATA: Final = frozenset(
    map(
        ipaddress.ip_address,
        (
            "100.100.100.200",  # Alibaba
            "168.63.129.16",  # Azure
            "169.254.169.254",  # AWS, Azure, Google and others
            "169.254.170.2",  # AWS ECS
            "169.254.170.23",  # AWS EKS
            "169.254.0.23",  # Tencent
            "169.254.42.42",  # Scaleway
            "192.0.0.192",  # Oracle
            "fd00:ec2::254",  # AWS
            "fd00:ec2::23",  # AWS EKS
            "fd20:ce::254",  # Google
            "fd00:42::42",  # Scaleway
            "fd00:a9fe:a9fe::1",  # Akamai
        ),
    )
)
# In ::/96, but with no IPv4 address in them.
_OWN_IPV6: Final = frozenset(map(ipaddress.IPv6Address, ("::", "::1")))
# Networks whose addresses contain an IPv4 address, which is reached through them, and the bits below it.
_EMBEDDING: Final = (
    (ipaddress.IPv6Network("::/96"), 0),
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("64:ff9b:1::/48"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)
# How the kernel says that an address is not of this machine (also one of a link without its scope), or that it lacks the family.
_NOT_BOUND: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL})
# How it says that there is no route to an address.
_UNREACHABLE: Final = frozenset({*_NOT_BOUND, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
# For documentation: no machine has them.
_NOBODYS: Final = {4: "192.0.2.1", 6: "2001:db8::1"}


def require_reachable(address: Address, policy: Policy) -> None:
    """Raises Refusal for an address that a tenant's request may not reach."""
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        raise Refusal("range", f"is at {address}, which is on one link")
    if address in _METADATA:
        raise Refusal("metadata", f"is at {address}, a metadata service")
    if _is_in(address, policy.deny):
        raise Refusal("denied", f"is at {address}, which STRONGROOM_EGRESS_DENY refuses")
    is_allowed = _is_in(address, policy.allow)
    if not is_allowed and not _is_public(address):
        raise Refusal("range", f"is at {address}, which is not public")
    if is_allowed and (embedded := _embedded(address)) is not None:
        require_reachable(embedded, policy)
    # An allowed network often contains the node. Only its very address, given as one, allows the node itself.
    exact = ipaddress.ip_network(address)
    if exact not in policy.allow and _is_own(address):
        raise Refusal("own_address", f"is at {address}, an address of this node")


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not _is_in(address, _IPV4)
    return address in _IPV6_GLOBAL and not _is_in(address, _IPV6)


def _is_in(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    if address in _OWN_IPV6:
        return None
    for network, bits_below in _EMBEDDING:
        if address in network:
            return ipaddress.IPv4Address(int(address) >> bits_below & 0xFFFFFFFF)
    return None


def _is_own(address: Address) -> bool:
    """Whether the kernel delivers to this machine what is sent to an address.

    A socket can be bound to such an address alone, unless net.ipv4.ip_nonlocal_bind or its twin of IPv6 is set. Then an address of
    IPv4 is one that names an interface, and one of IPv6 one that the kernel takes as the sender's address too. No probe sends
    anything. A failure that says nothing about the address, such as a process without free file descriptors, counts as own.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    if _binds(family, str(address)) and not _binds(family, _NOBODYS[address.version]):
        return True
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            if address.version == 4:
                probe.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, address.packed)
                return True
            probe.connect((str(address), 9))
            return ipaddress.ip_address(probe.getsockname()[0]) == address
    except OSError as error:
        return error.errno not in _UNREACHABLE


def _binds(family: int, address: str) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError as error:
        return error.errno not in _NOT_BOUND
    return True
