"""The TLS of outbound connections."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Verifies servers against the certificates in a file, or against the system's. Raises OSError if the file is not usable.

    It does not use `ssl.create_default_context`, which writes the keys of connections to the file that SSLKEYLOGFILE names.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # The name of a server is in the certificate's alternative names. Constraints of a CA do not bind its common name.
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["http/1.1"])
    if ca_file is None:
        context.load_default_certs()
    else:
        context.load_verify_locations(ca_file)
    return context
