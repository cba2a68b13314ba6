"""Identifies requests by their request ids, and finds what the first request with an id did."""

from __future__ import annotations

import functools
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2
from strongroom.v1.organisation_service_pb2 import ROLE_OPERATOR
from strongroom_server.access.roles import METHOD_ROLES
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.core.records import RequestId
from strongroom_server.sealing.request_ids import encode_request
from strongroom_server.store import request_ids

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor
    from google.protobuf.message import Message

    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Made
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database, RequestIdTaken

# Fields that may differ when a request is repeated.
_NOT_IN_DIGEST: Final = ("request_id", "organisation_id", "accept_invalid", "all_regions_timeout_seconds")

_REQUEST = attrgetter(*RequestId.__struct_fields__)


def request_id_of(keyring: Keyring, method: str, request: Message, caller: Caller) -> RequestId:
    """The row that identifies a request: its id, and the keyed digest of its body."""
    body = type(request)()
    body.CopyFrom(request)
    for name in _excluded_fields(request.DESCRIPTOR):
        body.ClearField(name)
    # What only operators may do is recorded in the operators' organisation, and `audit verify --rows` compares the two.
    is_operators = METHOD_ROLES[method] == (ROLE_OPERATOR,)
    organisation_id = OPERATORS_ORGANISATION if is_operators else caller.organisation_id
    request_id: str = request.request_id  # type: ignore[attr-defined] # the method table has a replay only for such requests
    octets = body.SerializeToString(deterministic=True)
    digest_key_id, digest = keyring.digest(encode_request(organisation_id, caller.key_id, request_id, method, octets))
    return RequestId(organisation_id, caller.key_id, request_id, method, digest_key_id, digest)


async def find_made(
    database: Database, keyring: Keyring, request: RequestId, failure: ServiceError | RequestIdTaken
) -> Made:
    """Find what the first request with this id did, after a request failed: the first one may be the cause of the failure.

    Raises the failure if there was no earlier request, CONCURRENT_CHANGE if the earlier one has not committed yet, and as
    `require_same`.
    """
    made = await request_ids.get(database, request)
    if made is None:
        if isinstance(failure, ServiceError):
            raise failure
        raise ServiceError(error_reason_pb2.ERROR_REASON_CONCURRENT_CHANGE) from None
    require_same(keyring, made, request)
    return made


def require_same(keyring: Keyring, made: Made, request: RequestId) -> None:
    """Raises REQUEST_ID_REUSED unless the row is of the same request of the same key, SEAL_BROKEN if no node wrote the row."""
    # A row of an earlier version has no key id, and the proof in a row under another digest key cannot be checked here.
    if (made.key_id, made.digest_key_id) == (request.key_id, request.digest_key_id):
        keyring.require_mac(made)
    if _REQUEST(made) != _REQUEST(request):
        raise ServiceError(error_reason_pb2.ERROR_REASON_REQUEST_ID_REUSED) from None


@functools.cache
def _excluded_fields(request: Descriptor) -> tuple[str, ...]:
    return tuple(name for name in _NOT_IN_DIGEST if name in request.fields_by_name)
