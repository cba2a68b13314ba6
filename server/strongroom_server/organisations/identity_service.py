"""Implements IdentityService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.v1.identity_service_pb2 import Caller as CallerMessage
from strongroom_server.access import scopes
from strongroom_server.core.timestamps import timestamp

if TYPE_CHECKING:
    from strongroom.v1.identity_service_pb2 import GetCallerRequest
    from strongroom_server.access.caller import Caller


class IdentityServicer:
    """The methods of IdentityService. Each gets a parsed request of an authorised caller, and raises ServiceError."""

    async def get_caller(self, _request: GetCallerRequest, caller: Caller) -> CallerMessage:
        return CallerMessage(
            id=caller.key_id,
            organisation_id=caller.organisation_id,
            principal=caller.principal,
            roles=sorted(caller.roles),  # type: ignore[arg-type] # numbers of an enumeration
            team_ids=caller.team_ids or (),
            scope=scopes.message_of(caller.scope),
            expire_time=None if caller.expire_time is None else timestamp(caller.expire_time),
        )
