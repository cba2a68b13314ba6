"""Makes the SSL context of HTTP, which gives each new connection the current certificate.

asyncio and uvloop take one context for the lifetime of a listener. A context cannot forget a CA, and its sessions outlive the files
that it was made of, so each change of the files makes a new context, and the listener's one passes new connections on to it.
"""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING, Any, Final

from strongroom_server.node.tls.files import TlsFileError

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom_server.node.tls.files import Material

# The answer to a request without TLS. Other responses of the gateway have the same headers.
_PLAINTEXT: Final = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n"
    b"cache-control: no-store\r\nx-content-type-options: nosniff\r\n\r\n%s"
)
_USE_HTTPS: Final = b"This port takes TLS only: use https:// in place of http://\n"


def context_of(material: Material) -> ssl.SSLContext:
    """The context for these files. Raises TlsFileError if OpenSSL refuses them."""
    # Unlike ssl.create_default_context, this does not write session keys to the file that SSLKEYLOGFILE names.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.sslobject_class = _Connection
    try:
        _load_pair(context, material)
        if material.client_ca:
            context.verify_mode = ssl.CERT_OPTIONAL
            # gRPC sets both too: a CA in the file is trusted whether or not it is a root.
            context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_TRUSTED_FIRST
            context.load_verify_locations(cadata=material.client_ca.decode("ascii"))
    except ssl.SSLError as error:
        raise TlsFileError(f"OpenSSL refuses the TLS files: {error.reason}: issue another certificate") from None
    return context


def listening_context(current: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """A context for a listener. Each new connection uses the current one in its place."""
    context = _Listening(ssl.PROTOCOL_TLS_SERVER)
    context.current = current
    return context


class _Listening(ssl.SSLContext):
    current: Callable[[], ssl.SSLContext]

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *_: Any, **__: Any) -> ssl.SSLObject:
        """The TLS side of a new connection. An event loop calls this for each."""
        connection = self.current().wrap_bio(incoming, outgoing, server_side=True)
        assert isinstance(connection, _Connection)
        connection.incoming, connection.outgoing = incoming, outgoing
        return connection


class _Connection(ssl.SSLObject):
    """Tells a client why its handshake failed. The event loops would close the connection without sending the alert.

    The connection then stays until the client closes it or the time for handshakes ends: closing it at once could discard what was
    sent. What the client sends in the meantime is discarded.
    """

    incoming: ssl.MemoryBIO
    outgoing: ssl.MemoryBIO
    has_failed = False

    def do_handshake(self) -> None:
        if not self.has_failed:
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError:
                self.has_failed = True
                # OpenSSL sends no alert to a client that does not speak TLS.
                if not self.outgoing.pending:
                    self.outgoing.write(_PLAINTEXT % (len(_USE_HTTPS), _USE_HTTPS))
            else:
                return
        self.incoming.read()
        raise ssl.SSLWantReadError


def _load_pair(context: ssl.SSLContext, material: Material) -> None:
    """Load certificate and key, which the ssl module reads from files only. This file is in memory and has no name."""
    descriptor = os.memfd_create("tls", os.MFD_CLOEXEC)
    with os.fdopen(descriptor, "wb") as file:
        file.write(material.chain + material.key)
        file.flush()
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
