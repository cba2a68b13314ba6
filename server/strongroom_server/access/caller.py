"""Owns what a caller may do: the one table method → roles, and the rules of teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

import msgspec

from strongroom.v1 import error_reason_pb2
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    Role,
)
from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from strongroom_server.core.records import RequestId

_EVERY_ROLE_BUT_OPERATOR: Final = (ROLE_WRITER, ROLE_READER, ROLE_USER, ROLE_ADMIN)

# A key with any of the roles may call the method. `FULL` is the view that shows data.
METHOD_ROLES: Final[dict[str, tuple[Role.ValueType, ...]]] = {
    "CreateCredential": (ROLE_WRITER,),
    "ImportCredentials": (ROLE_WRITER,),
    "GetCredential": (ROLE_READER, ROLE_WRITER),
    "GetCredential FULL": (ROLE_READER,),
    "ListCredentials": (ROLE_READER, ROLE_WRITER),
    "ListCredentials FULL": (ROLE_READER,),
    "UpdateCredential": (ROLE_WRITER,),
    "DeleteCredential": (ROLE_WRITER,),
    "PurgeCredentials": (ROLE_WRITER,),
    "AccessCredential": (ROLE_USER,),
    "UndeleteCredential": (ROLE_WRITER,),
    "ListCredentialVersions": (ROLE_READER, ROLE_WRITER),
    "RestoreCredentialVersion": (ROLE_WRITER,),
    "DestroyCredentialVersion": (ROLE_WRITER,),
    "CreateOrganisation": (ROLE_OPERATOR,),
    "GetOrganisation": (*_EVERY_ROLE_BUT_OPERATOR, ROLE_OPERATOR),
    "ListOrganisations": (ROLE_OPERATOR,),
    "UpdateOrganisation": (ROLE_ADMIN,),
    "CreateTeam": (ROLE_ADMIN,),
    "GetTeam": _EVERY_ROLE_BUT_OPERATOR,
    "ListTeams": _EVERY_ROLE_BUT_OPERATOR,
    "UpdateTeam": (ROLE_ADMIN,),
    "DeleteTeam": (ROLE_ADMIN,),
    "CreateFolder": (ROLE_ADMIN,),
    "GetFolder": _EVERY_ROLE_BUT_OPERATOR,
    "ListFolders": _EVERY_ROLE_BUT_OPERATOR,
    "UpdateFolder": (ROLE_ADMIN,),
    "DeleteFolder": (ROLE_ADMIN,),
    "CreateApiKey": (ROLE_ADMIN,),
    "GetApiKey": (ROLE_ADMIN,),
    "ListApiKeys": (ROLE_ADMIN,),
    "UpdateApiKey": (ROLE_ADMIN,),
    "RevokeApiKey": (ROLE_ADMIN,),
    # Of the operators' own organisation: operators.
    "ListAuditEvents": (ROLE_ADMIN,),
    "StreamAuditEvents": (ROLE_ADMIN,),
}


# The scheme under which Versori's endpoints pass on `JWT <token>`: their clients may leave out `exp`. A caller can send it over
# gRPC too, so a token without `exp` opens only the methods that these endpoints call.
VERSORI_SCHEME: Final = "JWT-Versori"
_OF_VERSORI: Final = frozenset(
    {
        "CreateCredential",
        "GetCredential",
        "GetCredential FULL",
        "ListCredentials",
        "ListCredentials FULL",
        "UpdateCredential",
        "DeleteCredential",
    }
)

# The metadata by which a gateway tells the service of its own process who is at the other end. From the network it means nothing.
CLIENT_ADDRESS: Final = "strongroom-client-address"


class Caller(msgspec.Struct, frozen=True):
    """Who calls: an API key, its organisation, its roles, the teams it is limited to (None: all), and what it may grant until when.

    Of this call alone: where it came from, and its request id, if it has one.
    """

    key_id: str
    organisation_id: str
    roles: frozenset[int]
    team_ids: Sequence[int] | None
    peer: str = ""
    request: RequestId | None = None
    grantable_roles: frozenset[int] = frozenset()
    expire_time: datetime | None = None
    # Whether the call was proven by a token without `exp`.
    lasting_token: bool = False

    @classmethod
    def system(cls, organisation_id: str, peer: str = "") -> Self:
        """The service itself, when a job or a command changes an organisation. It has no API key and no roles."""
        return cls("", organisation_id, frozenset(), None, peer)


def authorise(caller: Caller, method: str) -> None:
    """Raises ROLE_MISSING unless the caller has a role that the method asks for, TOKEN_EXPIRY_MISSING for a lasting token."""
    if caller.lasting_token and method not in _OF_VERSORI:
        raise ServiceError(error_reason_pb2.ERROR_REASON_TOKEN_EXPIRY_MISSING, claims="exp")
    roles = METHOD_ROLES[method]
    if caller.roles.isdisjoint(roles):
        raise ServiceError(
            error_reason_pb2.ERROR_REASON_ROLE_MISSING,
            method=method,
            roles=", ".join(Role.Name(role).removeprefix("ROLE_").lower() for role in roles),
        )


def may_change(caller: Caller, team_id: int | None) -> bool:
    """Whether the caller may change what this team owns, or with None what no team owns."""
    return caller.team_ids is None or team_id in caller.team_ids


def require_team(caller: Caller, team_id: int | None) -> None:
    """Raises TEAM_NOT_ALLOWED unless the caller may change what this team owns."""
    if not may_change(caller, team_id):
        raise ServiceError(error_reason_pb2.ERROR_REASON_TEAM_NOT_ALLOWED)
