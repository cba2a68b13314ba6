"""Binds the sockets that a node listens on, and explains why one cannot be bound. Knows no protocol."""

from __future__ import annotations

import errno
import os
import socket
from typing import Final

# Errors of getaddrinfo: the host is neither an address nor a known name.
_UNKNOWN_HOST: Final = frozenset({socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_NODATA, socket.EAI_FAMILY})


def bracketed(host: str) -> str:
    """The host as it is written before a port."""
    return f"[{host}]" if ":" in host else host


def listen(host: str, port: int, variable: str, *, shared: bool) -> socket.socket:
    """Open a listening socket. Port 0 takes a free one; with `shared` other processes can listen on it too. Raises OSError."""
    try:
        return socket.create_server((host, port), family=_family(host), backlog=1024, reuse_port=shared)
    except OSError as error:
        raise _error_of(host, port, variable, error) from None


def reserve(host: str, port: int, variable: str) -> socket.socket:
    """Open a socket that reserves the port for processes that share it. Raises OSError if another process uses the port."""
    try:
        # Bind without sharing first: a foreign process that shares the port would not be noticed otherwise.
        port = _bind_and_release(host, port)
        shared = socket.socket(_family(host))
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind((host, port))
    except OSError as error:
        raise _error_of(host, port, variable, error) from None
    return shared


def bind_error(host: str, port: int, variable: str) -> OSError:
    """The error of a bind that failed without saying why, as in gRPC."""
    try:
        _bind_and_release(host, port)
    except OSError as error:
        return _error_of(host, port, variable, error)
    return OSError(f"{bracketed(host)}:{port} could not be bound: try again")


def _bind_and_release(host: str, port: int) -> int:
    """Bind to the port, release it, and return its number. Raises OSError."""
    with socket.socket(_family(host)) as unshared:
        unshared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        unshared.bind((host, port))
        number: int = unshared.getsockname()[1]
        return number


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _error_of(host: str, port: int, variable: str, error: OSError) -> OSError:
    """The error in one line that says what to do. `variable` is the environment variable of the port."""
    address = f"{bracketed(host)}:{port}"
    if error.errno == errno.EADDRINUSE:
        return OSError(f"{address} is in use: stop the process that listens there, or set {variable} to another port")
    if error.errno == errno.EACCES:
        return OSError(f"{address} may not be bound by this user: set {variable} to a port from 1024")
    if error.errno == errno.EADDRNOTAVAIL or error.errno in _UNKNOWN_HOST:
        return OSError(f"{address} is not an address of this machine: set STRONGROOM_HOST to one that is")
    # The error's own text would name the address a second time.
    return OSError(f"{address} cannot be bound: {os.strerror(error.errno or 0)}")
