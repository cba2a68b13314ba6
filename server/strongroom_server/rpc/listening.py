"""Owns the sockets that a node listens on, and what is said where one cannot be had. Knows no protocol."""

from __future__ import annotations

import errno
import os
import socket
from typing import Final

# Of getaddrinfo, negative: the host is no address and no known name.
_UNKNOWN_HOST: Final = frozenset({socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_NODATA, socket.EAI_FAMILY})


def bracketed(host: str) -> str:
    """The host as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def listen(host: str, port: int, variable: str, *, shared: bool) -> socket.socket:
    """A socket that listens; port 0 takes a free one, and with `shared` other processes may listen there too. Raises OSError."""
    try:
        return socket.create_server((host, port), family=_family(host), backlog=1024, reuse_port=shared)
    except OSError as error:
        raise _refusal(host, port, variable, error) from None


def reserve(host: str, port: int, variable: str) -> socket.socket:
    """A socket that holds the port for those who share it. Raises OSError where anybody has it already."""
    try:
        # Without sharing first: strangers who share it too would be let in.
        port = _bound(host, port)
        shared = socket.socket(_family(host))
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind((host, port))
    except OSError as error:
        raise _refusal(host, port, variable, error) from None
    return shared


def why_not(host: str, port: int, variable: str) -> OSError:
    """Why somebody who does not tell, as gRPC, could not listen there."""
    try:
        _bound(host, port)
    except OSError as error:
        return _refusal(host, port, variable, error)
    return OSError(f"{bracketed(host)}:{port} could not be bound: try again")


def _bound(host: str, port: int) -> int:
    """Bind to the port and leave it again; its number. Raises OSError."""
    with socket.socket(_family(host)) as alone:
        alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        alone.bind((host, port))
        bound: int = alone.getsockname()[1]
        return bound


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _refusal(host: str, port: int, variable: str, error: OSError) -> OSError:
    """The error of an address, in one line that says what to do. `variable` names the port."""
    address = f"{bracketed(host)}:{port}"
    if error.errno == errno.EADDRINUSE:
        return OSError(f"{address} is in use: stop the process that listens there, or set {variable} to another port")
    if error.errno == errno.EACCES:
        return OSError(f"{address} may not be bound by this user: set {variable} to a port from 1024")
    if error.errno == errno.EADDRNOTAVAIL or error.errno in _UNKNOWN_HOST:
        return OSError(f"{address} is not an address of this machine: set STRONGROOM_HOST to one that is")
    # The error's own text names the address a second time.
    return OSError(f"{address} cannot be bound: {os.strerror(error.errno or 0)}")
