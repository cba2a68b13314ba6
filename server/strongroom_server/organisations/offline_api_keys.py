"""Creates an API key without calling the service, for an operator who has the database and the root key but no admin key."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from strongroom.v1.organisation_service_pb2 import ApiKey
from strongroom_server.access import api_keys, grants
from strongroom_server.access.caller import Caller
from strongroom_server.audit.record import Recorder
from strongroom_server.core import records
from strongroom_server.core.errors import invalid
from strongroom_server.core.timestamps import timestamp
from strongroom_server.organisations import checks
from strongroom_server.organisations.api_keys import prepare_api_key, require_teams
from strongroom_server.store import keys, organisations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from strongroom.v1.organisation_service_pb2 import Role
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database

# The peer in the key's audit event, which no request caused.
PEER: Final = "strongroom-server api-keys create"


async def create(
    database: Database,
    keyring: Keyring,
    organisation_id: str,
    roles: Sequence[Role.ValueType],
    output: Path | None,
    *,
    display_name: str = "",
    team_ids: Sequence[int] = (),
    lifetime: timedelta | None = None,
) -> str:
    """Store a new API key with its audit event, and return it. An admin key may grant every role.

    `lifetime` is how long the key is valid; None is for good. If `output` is set, the key is written to that new file before it
    is stored.

    Raises FIELD_INVALID, TEAM_UNKNOWN, and OSError if the file cannot be created.
    """
    now = await database.now()
    expire_time = _expire_time(now, lifetime)
    sent = ApiKey(
        display_name=display_name,
        roles=roles,
        team_ids=team_ids,
        expire_time=timestamp(expire_time),
        grantable_roles=grants.all_grantable(roles),
    )
    checks.check_api_key(sent, expire_time, now)
    if await organisations.get(database, organisation_id) is None:
        raise invalid("organisation_id", "must be the id of an organisation")
    await require_teams(database, keyring, organisation_id, team_ids)
    whole_key = api_keys.generate()
    key = prepare_api_key(keyring, whole_key, organisation_id, now, sent)
    event = Recorder(keyring, lambda: now).administrative_event(
        Caller.system(organisation_id, PEER), "CreateApiKey", key.id, key.revision
    )
    with _key_file(output, whole_key):
        await keys.create_api_key(database, key, records.Act(event))
    return whole_key


def _expire_time(now: datetime, lifetime: timedelta | None) -> datetime | None:
    try:
        return None if lifetime is None else now + lifetime
    except OverflowError:
        raise invalid("api_key.expire_time", "must be before the year 10000") from None


@contextmanager
def _key_file(path: Path | None, whole_key: str) -> Iterator[None]:
    """Write the key to a new file that only its owner can read, and delete the file if the context fails."""
    if path is None:
        yield
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{whole_key}\n")
            file.flush()
            os.fsync(file.fileno())
        yield
    except BaseException:  # also if the command is interrupted: a key that is not stored must not be in a file
        path.unlink()
        raise
