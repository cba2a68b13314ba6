"""Owns the ports at which tests start servers.

They are below those that the kernel gives to outgoing connections, which would take a port between its choice and its use. Each
process of pytest-xdist has its own.
"""

from __future__ import annotations

import itertools
import os
import random
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST, _EACH, _PROCESSES = 20_000, 2_500, 4


def _own_ports() -> Iterator[int]:
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PROCESSES
    first = _FIRST + process * _EACH
    # In any order: another run of the tests on this machine, which has the same ports, must not choose the same ones next.
    return itertools.cycle(random.sample(range(first, first + _EACH), _EACH))


_ports = _own_ports()


def free_port() -> int:
    """A port at which nothing listens, and which no other test of this run gets."""
    for port in _ports:
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    raise AssertionError  # the ports have no end
