"""Checks the etags that requests send. An etag is the revision of a row, as text."""

from __future__ import annotations

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError


def require_etag(etag: str, revision: int) -> None:
    """Raises ETAG_MISMATCH if an etag was sent and it is not that of the present revision."""
    if etag and etag != str(revision):
        raise ServiceError(error_reason_pb2.ERROR_REASON_ETAG_MISMATCH)
