"""The connection is to the checked address itself."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from ipaddress import ip_address

import pytest
from egress.servers import server

from strongroom_server.egress.connection import _require_peer, _to_try, connect
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


async def test_an_address_that_does_not_respond_leaves_time_for_the_other() -> None:
    async with server(b"") as (port, _):
        with socket.socket() as silent, contextlib.ExitStack() as waiting:
            silent.bind(("127.0.0.2", port))
            silent.listen(0)
            # The kernel drops connections beyond the queue of those that wait to be accepted.
            for _number in range(4):
                queued = waiting.enter_context(socket.socket())
                queued.setblocking(False)
                queued.connect_ex(silent.getsockname())
            addresses = [ip_address("127.0.0.2"), ip_address("127.0.0.1")]
            deadline = asyncio.get_running_loop().time() + 0.6
            made = await connect("good.com", port, addresses, None, deadline)
        made.abort()
