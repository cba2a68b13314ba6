"""Divides the descriptors of a process: connections of clients get some, and the rest is left for the database and files."""

from __future__ import annotations

import resource
from typing import Final

# For the database, the key files, requests to other servers, and what the event loops hold.
_RESERVED: Final = 128
# More would be no use, and some systems have no limit at all.
_MOST: Final = 1_048_576


def raise_limit() -> None:
    """Raise the limit of descriptors to the hard limit. Programs that are started later inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connections_of_a_server() -> int:
    """How many connections of clients gRPC may hold, and as many all ports of HTTP. More are closed when they are accepted.

    Each has a share of its own, so that connections to one cannot keep the other from answering.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = _MOST if soft == resource.RLIM_INFINITY else min(soft, _MOST)
    return max(limit - _RESERVED, limit // 2) // 2
