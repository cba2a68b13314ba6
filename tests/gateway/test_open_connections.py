"""Tests which connections are closed for new ones."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from prometheus_client import REGISTRY

from strongroom_server.access.proxies import TrustedProxies
from strongroom_server.gateway.open_connections import OpenConnections


class Connection:
    def __init__(self, *, is_idle: bool = True) -> None:
        self.is_idle = is_idle
        self.is_closed = False

    def abort(self) -> None:
        self.is_closed = True


def closed(connections: list[Connection]) -> list[int]:
    return [index for index, each in enumerate(connections) if each.is_closed]


def opened(port: OpenConnections, *peers: str, busy: tuple[int, ...] = (), proven: bool = False) -> list[Connection]:
    made = []
    for index, peer in enumerate(peers):
        connection = Connection(is_idle=index not in busy)
        port.add(connection, peer, proven=proven)
        made.append(connection)
    return made


def test_the_oldest_idle_connection_of_the_same_peer_is_closed() -> None:
    port = OpenConnections(6, reserve=0)
    made = opened(port, "192.0.2.1", *["192.0.2.2"] * 5, busy=(1,))
    assert closed(made) == [2, 3]


def test_if_all_of_a_peer_are_busy_its_new_one_is_closed() -> None:
    made = opened(OpenConnections(6, reserve=0), *["192.0.2.2"] * 4, busy=(0, 1, 2))
    assert closed(made) == [3]


@pytest.mark.parametrize(
    ("peers", "expected"),
    [
        (["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4"], [0]),
        (["2001:db8::1", "2001:db8:0:1::2", "2001:db8:0:2::3", "2001:db8:0:3::4"], []),
    ],
    ids=["one network", "several networks"],
)
def test_a_network_of_ipv6_is_one_peer(peers: list[str], expected: list[int]) -> None:
    assert closed(opened(OpenConnections(6, reserve=0), *peers)) == expected


def test_a_full_port_closes_the_oldest_one_without_a_key() -> None:
    port = OpenConnections(4, reserve=0)
    proven = opened(port, "192.0.2.1", "192.0.2.1", proven=True)
    made = opened(port, *(f"192.0.2.{index}" for index in range(2, 6)))
    assert closed(proven) == []
    assert closed(made) == [0, 1]


def test_beyond_the_limit_some_are_reserved_and_the_newest_replaces_the_oldest() -> None:
    port = OpenConnections(4, reserve=2)
    opened(port, "192.0.2.1", "192.0.2.1", proven=True)
    first, second, third = Connection(is_idle=False), Connection(), Connection()
    assert [port.add(each, "192.0.2.2", proven=False) for each in (first, second, third)] == [True] * 3
    assert closed([first, second, third]) == [1]
    assert len(port) == 4


def test_connections_that_ended_or_were_proven_do_not_count_for_the_peer() -> None:
    port = OpenConnections(6, reserve=0)
    first, second, third = opened(port, *["192.0.2.2"] * 3)
    port.prove(first)
    port.remove(second)
    assert closed([first, second, third, *opened(port, *["192.0.2.2"] * 2)]) == []


def test_trusted_proxies_are_known_by_their_address() -> None:
    port = OpenConnections(6, TrustedProxies((ip_network("10.1.0.0/16"),)))
    assert port.is_trusted("10.1.2.3")
    assert not port.is_trusted("10.2.2.3")


def test_the_metric_shows_how_many_are_open_however_they_end() -> None:
    def shown() -> float | None:
        return REGISTRY.get_sample_value("strongroom_http_connections", {"port": "of this test"})

    port = OpenConnections(6, port="of this test", reserve=2)
    made = opened(port, *["192.0.2.1"] * 2, "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5")
    assert (closed(made), shown(), len(port)) == ([0, 1], 4, 4)
    port.prove(made[2])
    # One that was closed for another says once more that it is closed.
    for connection in (made[0], made[2], made[2], made[3]):
        port.remove(connection)
    assert shown() == 2
