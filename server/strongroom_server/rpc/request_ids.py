"""Owns what becomes of a request that came before under its request id. What an id stands for is rpc/recorder.py's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.v1 import error_reason_pb2
from strongroom_server.errors import ServiceError
from strongroom_server.store import audit

if TYPE_CHECKING:
    from strongroom_server.records import Made, RequestId
    from strongroom_server.store.database import Database, RequestIdTaken


async def made_before(database: Database, asked: RequestId, failure: ServiceError | RequestIdTaken) -> Made:
    """What a request made when it came first: what stands in the way of a repeated one may be its own first time.

    Raises the failure where it made nothing, CONCURRENT_CHANGE where that goes on still, REQUEST_ID_REUSED for another request.
    """
    made = await audit.made(database, asked)
    if made is None:
        if isinstance(failure, ServiceError):
            raise failure
        raise ServiceError(error_reason_pb2.ERROR_REASON_CONCURRENT_CHANGE) from None
    require_same(made, asked)
    return made


def require_same(made: Made, asked: RequestId) -> None:
    """Raises REQUEST_ID_REUSED unless what was made was asked for by the same request."""
    if made.request != asked:
        raise ServiceError(error_reason_pb2.ERROR_REASON_REQUEST_ID_REUSED) from None
