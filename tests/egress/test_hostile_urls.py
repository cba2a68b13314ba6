"""Each hostile URL is refused by the real client before it looks a name up or connects."""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import TYPE_CHECKING, Any

import pytest
from egress.hostile_urls import GOOD, HOSTILE, NUMERIC

from strongroom_server.egress.client import Client, Limits, Request
from strongroom_server.egress.policy import Policy
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.egress.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom_server.egress.endpoints import Destination, Endpoint

CLIENT = Client(Policy(), tls_context(None))
# What Python's audit hooks report; a hook cannot be removed again.
_events: list[str] = []
_listening = False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    # Connecting a datagram socket sends nothing. The guard finds the node's own addresses by it.
    if _listening and (
        event == "socket.getaddrinfo" or (event == "socket.connect" and arguments[0].type == socket.SOCK_STREAM)
    ):
        _events.append(event)


@pytest.fixture(scope="module")
def hook() -> None:
    sys.addaudithook(_hook)


@pytest.fixture
def network(hook: None) -> Iterator[list[str]]:
    """The look-ups and connections of this process meanwhile."""
    global _listening  # noqa: PLW0603 - an audit hook has no other way to end
    _events.clear()
    _listening = True
    yield _events
    _listening = False


async def get(to: Destination | Endpoint, target: str) -> None:
    await CLIENT.send(to, Request("GET", target), Limits(2))


@pytest.mark.parametrize("kind", HOSTILE)
async def test_no_hostile_url_leaves_the_process(kind: str, network: list[str]) -> None:
    for url in HOSTILE[kind]:
        with pytest.raises(EgressRefused) as refused:
            await get(*CLIENT.destination_of(url))
        assert refused.value.metadata["class"] in {"url", "host", "port", "address"}, ascii(url)
        assert "hunter2" not in str(refused.value.metadata)
    assert network == []


async def test_an_operators_url_passes_the_same_rules_unless_its_endpoint_is_listed(network: list[str]) -> None:
    for urls in HOSTILE.values():
        for url in urls:
            with pytest.raises(EgressRefused):
                await get(*CLIENT.operators_destination_of(url))
    assert network == []


@pytest.mark.parametrize(("url", "host", "target"), GOOD)
def test_a_good_url_is_read(url: str, host: str, target: str) -> None:
    destination, read = CLIENT.destination_of(url)
    assert (destination.scheme, destination.host, destination.port, read) == ("https", host, 443, target)


def test_the_table_is_hostile_to_the_resolver_of_the_system() -> None:
    reached = set()
    for url in NUMERIC:
        host = url.removeprefix("https://").removesuffix("/")
        try:
            answers = socket.getaddrinfo(host, 443, flags=socket.AI_NUMERICHOST)
        except (OSError, UnicodeError):
            continue
        if all(ipaddress.ip_address(answer[4][0]).is_private for answer in answers):
            reached.add(url)
    assert len(reached) >= 30
