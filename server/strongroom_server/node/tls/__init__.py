"""Owns the certificates of a node: reads and checks their files, reads them again when they change, and configures gRPC and HTTP.

Knows no request. access/ decides what a client with a certificate may do.
"""

from __future__ import annotations

from strongroom_server.node.tls.rules import require_encrypted
from strongroom_server.node.tls.tls import Tls, load_tls, open_tls

__all__ = ["Tls", "load_tls", "open_tls", "require_encrypted"]
