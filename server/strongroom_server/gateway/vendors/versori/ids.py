"""Converts Versori's ids, which are ULIDs, to our UUIDs and back, and declares the parameters that have them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from ulid import ULID

from strongroom_server.gateway import parameters
from strongroom_server.gateway.parameters import Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# The id of nothing. The service checks the caller's key before it reports that a resource does not exist.
_NO_ID = str(UUID(int=0))

_ULID: Mapping[str, Any] = {"type": "string", "format": "ulid"}

ORGANISATION = Parameter("organisationId", "path", {"type": "string"}, parameters.text)
CREDENTIAL = Parameter("credentialId", "path", _ULID, parameters.text)
CONNECTION = Parameter("connectionId", "path", _ULID, parameters.text)
APP = Parameter("appId", "path", _ULID, parameters.text)
APP_FILTER = Parameter("appId", "query", _ULID, parameters.text, "Only connections of this app.")


def uuid_of(ulid: str) -> str:
    """Our id for a ULID. Of any other text, the id of nothing."""
    try:
        return str(ULID.from_str(ulid).to_uuid())
    except ValueError:
        return _NO_ID


def ulid_of(uuid: str) -> str:
    """Versori's id for ours."""
    return str(ULID.from_uuid(UUID(uuid)))
