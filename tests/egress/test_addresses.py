"""Which addresses a tenant's request may reach, and what the settings change about it."""

from __future__ import annotations

import errno
import ipaddress
import socket

import pytest
from egress.test_egress_client import has_ipv6_loopback

from strongroom_server.egress.addresses import require_reachable
from strongroom_server.egress.policy import Policy, networks_of
from strongroom_server.egress.refusals import Refusal

RANGES = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
    192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24
    224.0.0.0/4 240.0.0.0/4 ::/3 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 4000::/2 8000::/1
"""
NEIGHBOURS = """
    1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15 168.63.129.17 172.15.255.255
    172.32.0.0 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 2000:: 2001:200::
    2001:db7:ffff::1 2001:db9::1 2003::1 2606:4700:4700::1111 3ffe:ffff:: 3fff:1000::
    """
METADATA = """
    100.100.100.200 168.63.129.16 169.254.0.23 169.254.169.254 169.254.170.2 169.254.170.23 192.0.0.192 fd00:ec2::254
    fd00:ec2::23 fd20:ce::254 169.254.42.42 fd00:42::42 fd00:a9fe:a9fe::1
    """


def cause_of(address: str, allow: str = "", deny: str = "") -> str | None:
    """The cause of a refusal, None for an address that may be reached."""
    try:
        require_reachable(ipaddress.ip_address(address), Policy(networks_of(allow), networks_of(deny)))
    except Refusal as refusal:
        return refusal.cause
    return None


@pytest.mark.parametrize("text", RANGES.split())
def test_a_range_is_refused_from_its_first_to_its_last_address(text: str) -> None:
    network = ipaddress.ip_network(text)
    for address in (network[0], network[-1], network[network.num_addresses // 2]):
        assert cause_of(str(address)) in {"range", "metadata"}


@pytest.mark.parametrize(
    "address",
    NEIGHBOURS.split(),
)
def test_what_borders_on_a_range_is_public(address: str) -> None:
    assert cause_of(address) is None


@pytest.mark.parametrize(
    "address",
    METADATA.split(),
)
def test_a_metadata_service_is_refused_even_if_it_is_allowed(address: str) -> None:
    assert cause_of(address, allow="0.0.0.0/0,::/0") == "metadata"
    assert cause_of(address, allow=address) == "metadata"


@pytest.mark.parametrize(
    ("address", "allow", "deny", "cause"),
    [
        ("10.20.0.1", "10.20.0.0/16", "", None),
        ("10.21.0.1", "10.20.0.0/16", "", "range"),
        ("10.20.0.1", "10.20.0.0/16", "10.20.0.0/24", "denied"),
        ("10.20.0.1", "10.20.0.1", "10.0.0.0/8", "denied"),
        ("8.8.8.8", "", "8.8.0.0/16", "denied"),
        ("8.8.8.8", "8.8.8.8", "", None),
        ("fd12::1", "fd12::/16", "", None),
        ("2606:4700::1", "", "2606:4700::/32", "denied"),
        # NAT64 and 6to4 reach the IPv4 address in them.
        ("64:ff9b::808:808", "64:ff9b::/96", "", None),
        ("64:ff9b::a9fe:a9fe", "64:ff9b::/96", "", "metadata"),
        ("64:ff9b:1::a9fe:a9fe", "64:ff9b:1::/48", "", "metadata"),
        ("64:ff9b:1:abcd::a00:1", "64:ff9b:1::/48", "", "range"),
        ("64:ff9b:1::808:808", "64:ff9b:1::/48", "", None),
        ("64:ff9b::7f00:1", "64:ff9b::/96", "", "range"),
        ("64:ff9b::808:808", "64:ff9b::/96", "8.0.0.0/8", "denied"),
        ("2002:a9fe:a9fe::1", "2002::/16", "", "metadata"),
        ("2002:a00:1::", "2002::/16", "", "range"),
        ("::ffff:169.254.169.254", "::/0", "", "metadata"),
        ("::ffff:10.0.0.1", "::/0", "", "range"),
        ("::a00:1", "::/0", "", "range"),
        ("::ffff:0:10.0.0.1", "::/0", "", "range"),
        ("fe80::1%1", "fe80::/10", "", "range"),
    ],
)
def test_the_settings_decide(address: str, allow: str, deny: str, cause: str | None) -> None:
    assert cause_of(address, allow, deny) == cause


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("127.0.0.1", "127.0.0.0/8"),
        ("127.0.0.2", "127.0.0.0/8"),
        pytest.param("::1", "::/64", marks=pytest.mark.skipif(not has_ipv6_loopback(), reason="no IPv6 here")),
    ],
)
def test_the_nodes_own_address_is_allowed_only_by_itself(address: str, network: str) -> None:
    assert cause_of(address, allow=network) == "own_address"
    assert cause_of(address, allow="0.0.0.0/0,::/0") == "own_address"
    assert cause_of(address, allow=f"{network},{address}") is None


def test_an_address_is_taken_for_the_nodes_own_while_the_process_has_no_free_descriptors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "socket", refuse)
    assert cause_of("127.0.0.1", allow="127.0.0.0/8") == "own_address"
