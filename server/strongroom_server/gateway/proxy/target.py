"""Reads the target of a request to the proxy: /proxy/{credential}/{scheme}/{host[:port]}/{path…}.

It works on the bytes of the request line. A decoded path could not be encoded again as the client wrote it. What a URL may have is
the service's to decide.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import grpc

from strongroom_server.gateway.problems import ROUTE_UNKNOWN, Problem, RefusedError

_TARGET: Final = re.compile(
    rb"/proxy/(?P<credential>[0-9A-Za-z-]{1,64})/(?P<scheme>https?)/"
    # SDKs of AWS encode the colon, as they may in a path (RFC 3986, section 2.2).
    rb"(?P<host>[0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\])(?:(?::|%3[Aa])(?P<port>[0-9]{1,5}))?(?P<rest>[/?][^#]*)?"
)


class Target(NamedTuple):
    """Which credential is used, and the URL that the request is sent to. The repr has no path, which may hold a secret."""

    credential: str
    url: str

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.credential}>"


def target_of(target: bytes) -> Target:
    """Read the target of a request line. Raises RefusedError."""
    parts = _TARGET.fullmatch(target)
    if parts is None:
        message = "the path must be /proxy/{credential}/{http or https}/{host[:port]}/{path}"
        raise RefusedError(Problem(grpc.StatusCode.UNIMPLEMENTED, ROUTE_UNKNOWN, message))
    rest = parts["rest"] or b"/"
    slash = b"" if rest.startswith(b"/") else b"/"
    port = b":%s" % parts["port"] if parts["port"] else b""
    url = b"%s://%s%s%s%s" % (parts["scheme"], parts["host"], port, slash, rest)
    # The parser of the request line accepts ASCII only.
    return Target(parts["credential"].decode(), url.decode("ascii"))
