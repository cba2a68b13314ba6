"""The connection is to the checked address itself."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from strongroom_server.egress.connection import _require_peer, _to_try
from strongroom_server.egress.refusals import Refusal


def test_a_connection_to_another_address_than_the_checked_one_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()) as made:
        _require_peer(made, ip_address("127.0.0.1"))
        with pytest.raises(Refusal) as refused:
            _require_peer(made, ip_address("127.0.0.2"))
    assert refused.value.cause == "wrong_peer"


@pytest.mark.parametrize(
    ("addresses", "tried"),
    [
        ("1.1.1.1", "1.1.1.1"),
        ("1.1.1.1 1.1.1.2 1.1.1.3", "1.1.1.1 1.1.1.2"),
        ("2606::1 2606::2 1.1.1.1 1.1.1.2", "2606::1 1.1.1.1"),
        ("1.1.1.1 1.1.1.2 2606::1", "1.1.1.1 2606::1"),
    ],
)
def test_at_most_two_addresses_are_tried_and_each_family_has_its_chance(addresses: str, tried: str) -> None:
    assert list(_to_try([*map(ip_address, addresses.split())])) == [*map(ip_address, tried.split())]
