"""Owns what becomes of a request that came before under its request id. What an id stands for is rpc/recorder.py's."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.records import RequestId
from strongroom_server.store import request_ids

if TYPE_CHECKING:
    from strongroom_server.core.records import Made
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database, RequestIdTaken

_REQUEST = attrgetter(*RequestId.__struct_fields__)


async def made_before(
    database: Database, keyring: Keyring, asked: RequestId, failure: ServiceError | RequestIdTaken
) -> Made:
    """What a request made when it came first: what stands in the way of a repeated one may be its own first time.

    Raises the failure where it made nothing, CONCURRENT_CHANGE where that goes on still, and as `require_same`.
    """
    made = await request_ids.get(database, asked)
    if made is None:
        if isinstance(failure, ServiceError):
            raise failure
        raise ServiceError(error_reason_pb2.ERROR_REASON_CONCURRENT_CHANGE) from None
    require_same(keyring, made, asked)
    return made


def require_same(keyring: Keyring, made: Made, asked: RequestId) -> None:
    """Raises REQUEST_ID_REUSED unless the same request of the same key made it, SEAL_BROKEN for a row that no node wrote so."""
    # A row of an earlier version has no key, and one of another digest key no proof that this node can check.
    if (made.key_id, made.digest_key_id) == (asked.key_id, asked.digest_key_id):
        keyring.require_mac(made)
    if _REQUEST(made) != _REQUEST(asked):
        raise ServiceError(error_reason_pb2.ERROR_REASON_REQUEST_ID_REUSED) from None
