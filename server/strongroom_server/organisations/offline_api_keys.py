"""Owns the API keys that an operator makes beside the server, from the database and the key files: the way back in where no admin
key is left.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from strongroom.v1.organisation_service_pb2 import ROLE_UNSPECIFIED, ApiKey, Role
from strongroom_server.access import api_keys, grants
from strongroom_server.access.caller import Caller
from strongroom_server.audit.record import Recorder
from strongroom_server.core import records
from strongroom_server.core.errors import OperatorError, ServiceError
from strongroom_server.organisations import checks as problems
from strongroom_server.organisations.service import new_api_key
from strongroom_server.rules import fields
from strongroom_server.sealing import key_files
from strongroom_server.store import keys, organisations, teams

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database

# The peer in the audit event of such a key: no call made it.
PEER: Final = "strongroom-server api-keys create"
ROLES: Final = {name.removeprefix("ROLE_").lower(): role for name, role in Role.items() if role != ROLE_UNSPECIFIED}
_PERIOD: Final = re.compile(r"([1-9][0-9]{0,8})([smhd])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class OfflineKeyError(OperatorError):
    """The key cannot be made. The text names the option and the rule."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the key shall be, as the options of the command say it. An admin key may grant what an organisation's first key may."""

    organisation_id: str
    # Of ROLES.
    roles: Sequence[str]
    display_name: str = ""
    team_ids: Sequence[int] = ()
    # Such as 90d; empty: it does not expire.
    expires_in: str = ""


def require_root_key(directory: Path, root_key_file: Path) -> None:
    """Raises KeyFileError unless the file holds the private root key of these keys: who has it decides who has access."""
    if key_files.root_pair(root_key_file).public_key != key_files.load(directory, opens=False).root_public_key:
        raise key_files.KeyFileError(f"{root_key_file}: must be the private part of {directory / 'root.pub'}")


async def create(database: Database, keyring: Keyring, wanted: Wanted, output: Path | None) -> str:
    """Store a new key with its audit event, and answer it. With `output` it is in that new file before it is stored.

    Raises OfflineKeyError, and OSError where the file cannot be made.
    """
    whole_key = api_keys.generate()
    key = await _prepared(database, keyring, wanted, whole_key, await database.now())
    caller = Caller.system(wanted.organisation_id, PEER)
    event = Recorder(keyring, lambda: key.create_time).event(caller, "CreateApiKey", subject=key.id)
    with _written(output, whole_key):
        await keys.create_api_key(database, key, records.Act(event))
    return whole_key


async def _prepared(
    database: Database, keyring: Keyring, wanted: Wanted, whole_key: str, now: datetime
) -> records.ApiKey:
    """The signed row of the key."""
    organisation_id = wanted.organisation_id
    if await organisations.get(database, organisation_id) is None:
        raise OfflineKeyError(f"--organisation: there is no organisation {organisation_id!r}")
    found = await teams.existing_ids(database, organisation_id, wanted.team_ids)
    if unknown := set(wanted.team_ids) - found:
        raise OfflineKeyError(f"--team: the organisation {organisation_id} has no team {min(unknown)}")
    expire_time = _later(now, wanted.expires_in) if wanted.expires_in else None
    roles = tuple(dict.fromkeys(ROLES[role] for role in wanted.roles))
    sent = ApiKey(display_name=wanted.display_name, roles=roles, team_ids=wanted.team_ids)
    try:
        fields.require(problems.of_api_key(sent, expire_time, now))
    except ServiceError as error:
        raise OfflineKeyError("; ".join(f"{field}: {rule}" for field, rule in error.violations)) from None
    return new_api_key(
        keyring,
        whole_key,
        organisation_id,
        now,
        roles,
        display_name=wanted.display_name,
        team_ids=tuple(dict.fromkeys(wanted.team_ids)),
        expire_time=expire_time,
        grantable_roles=grants.every_grant(roles),
    )


def _later(now: datetime, period: str) -> datetime:
    parts = _PERIOD.fullmatch(period)
    if parts is None:
        raise OfflineKeyError("--expires-in: must be a number from 1 with a unit of s, m, h or d, such as 90d")
    try:
        return now + timedelta(**{_UNITS[parts[2]]: int(parts[1])})
    except OverflowError:
        raise OfflineKeyError("--expires-in: must end before the year 10000") from None


@contextmanager
def _written(path: Path | None, whole_key: str) -> Iterator[None]:
    """A new file with the key, that only its owner may read; removed again if the context fails."""
    if path is None:
        yield
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise OSError(f"--output: {path} cannot be made: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{whole_key}\n")
            file.flush()
            os.fsync(file.fileno())
        yield
    except BaseException:
        path.unlink()
        raise
