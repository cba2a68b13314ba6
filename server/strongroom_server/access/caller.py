"""The caller of a request: its identity, its roles and its teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Self

import msgspec

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.names import DIRECT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from strongroom_server.access.scopes import Scope
    from strongroom_server.core.records import RequestId

# The authorization scheme with which Versori's endpoints forward `JWT <token>`. Over gRPC any caller can send it too.
VERSORI_SCHEME: Final = "JWT-Versori"


class Presented(NamedTuple):
    """What a request presents to authenticate its caller. Nothing of it is checked yet, except the chain of the certificate.

    `certificate` is the client's certificate as PEM, which TLS has verified; empty if there is none. `surface` is one of SURFACES,
    and the caller may have claimed it. `traceparent` is valid or empty.
    """

    authorization: Sequence[str | bytes]
    peer: str
    certificate: bytes = b""
    surface: str = DIRECT
    traceparent: str = ""


class Caller(msgspec.Struct, frozen=True):
    """The API key or identity that makes a request, with its organisation and its rights.

    `peer`, `request` and `principal` are of the present request. `team_ids` None is every team.
    """

    key_id: str
    organisation_id: str
    roles: frozenset[int]
    team_ids: Sequence[int] | None
    peer: str = ""
    request: RequestId | None = None
    grantable_roles: frozenset[int] = frozenset()
    expire_time: datetime | None = None
    # Whether the request was authenticated with a token without `exp`.
    lasting_token: bool = False
    # The name in the certificate, or the issuer and subject of the token, that an identity acts as. Empty for an API key.
    principal: str = ""
    # What the key is limited to besides teams. None is no limit.
    scope: Scope | None = None

    @classmethod
    def system(cls, organisation_id: str, peer: str = "") -> Self:
        """The service itself, when a job or a command changes an organisation. It has no API key and no roles."""
        return cls("", organisation_id, frozenset(), None, peer)

    @classmethod
    def stranger(cls, peer: str) -> Self:
        """Whoever calls a method that takes no API key: without organisation, roles and teams."""
        return cls("", "", frozenset(), (), peer)


def may_change(caller: Caller, team_id: int | None) -> bool:
    """Whether the caller may change what this team owns. None stands for what no team owns."""
    return caller.team_ids is None or team_id in caller.team_ids


def is_within_teams(caller: Caller, team_ids: Sequence[int]) -> bool:
    """Whether a key or identity that is limited to these teams reaches no further than the caller's teams. None is every team."""
    return caller.team_ids is None or (bool(team_ids) and set(team_ids) <= set(caller.team_ids))


def require_team(caller: Caller, team_id: int | None) -> None:
    """Raises TEAM_NOT_ALLOWED unless the caller may change what this team owns."""
    if not may_change(caller, team_id):
        raise ServiceError(error_reason_pb2.ERROR_REASON_TEAM_NOT_ALLOWED)
