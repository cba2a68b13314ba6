"""Holds what every method of CredentialService uses: database, keys, clock, recorder. Reads credentials and opens their data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

import structlog

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import CredentialData
from strongroom_server.access.newest import verify_newest
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.core.retries import retry
from strongroom_server.credentials.revisions import SeenRevisions
from strongroom_server.rules import fields
from strongroom_server.rules.variants.redaction import redact
from strongroom_server.sealing.keyring import seal_broken
from strongroom_server.store import credentials, teams
from strongroom_server.store.credentials import Visible

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from strongroom.v1.credential_pb2 import Credential
    from strongroom_server.access.caller import Caller
    from strongroom_server.access.organisations import Organisations
    from strongroom_server.audit.record import Recorder
    from strongroom_server.core import records
    from strongroom_server.core.records import Organisation, StoredCredential
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.credential_writes import Change
    from strongroom_server.store.database import Database
    from strongroom_server.store.numbers import Numbers
    from strongroom_server.store.watch import Watch

# How often a write is tried when the rows that it was prepared from change before it is stored.
_TRIES: Final = 40

T = TypeVar("T")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Vault:
    """The database, the keys and the clock of CredentialService."""

    database: Database
    keyring: Keyring
    numbers: Numbers
    recorder: Recorder
    watch: Watch
    organisations: Organisations
    seen: SeenRevisions = field(default_factory=SeenRevisions)

    async def get(self, id_text: str, visible: Visible, *, box: bool = False) -> StoredCredential:
        """Read the credential with that id or number. Raises FIELD_INVALID, CREDENTIAL_NOT_FOUND."""
        credential_id = fields.credential_id("id", id_text)
        if box:
            self.require_opening()
        stored = await credentials.get(self.database, visible, credential_id, box=box)
        if stored is None:
            raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
        return stored

    async def settings(self, organisation_id: str) -> Organisation:
        """The settings of an organisation. Raises SEAL_BROKEN."""
        return await self.organisations.get(organisation_id, self.watch)

    def require_opening(self) -> None:
        """Raises OPENING_KEY_ABSENT on a node without private keys, whose database role cannot even read boxes."""
        if not self.keyring.opens:
            raise ServiceError(reasons.ERROR_REASON_OPENING_KEY_ABSENT)

    async def verify(self, row: records.Credential) -> None:
        """Raises SEAL_BROKEN if no node signed the row, it was changed, or this node has seen a newer revision of it."""
        await self.keyring.verify(row)
        highest = self.seen.see(row.id.bytes, row.revision)
        if row.revision == highest:
            return
        # A concurrent call may have read the newer row before this call got its own. A row that was put back is still there.
        present = await credentials.revision(self.database, row.organisation_id, row.id)
        if present is not None and present < highest:
            _log.error("old credential row put back", credential=str(row.id), revision=present, seen=highest)
            raise seal_broken(row)

    def saw_stored(self, changes: Sequence[Change]) -> None:
        """Remember the revisions of changes that were committed."""
        for change in changes:
            self.seen.see(change.row.id.bytes, change.row.revision)

    def open(self, stored: StoredCredential) -> CredentialData:
        """Unseal the data of a credential whose row is verified. Raises SEAL_BROKEN."""
        return CredentialData.FromString(self.keyring.unseal(stored.row, stored.box))

    async def open_redacted(self, stored: StoredCredential) -> CredentialData:
        """Verify the row, unseal the data and redact it. Raises SEAL_BROKEN."""
        await self.verify(stored.row)
        data = self.open(stored)
        redact(data, stored.row.redact_fields)
        return data

    def with_request_id(self, changes: Sequence[Change], caller: Caller) -> list[Change]:
        """The changes that a request causes. The first of them records the request id."""
        first = [replace(each, act=self.recorder.act(each.act.event, caller.request)) for each in changes[:1]]
        return [*first, *changes[1:]]

    async def shared_teams(self, caller: Caller, credential: Credential) -> dict[str, int]:
        """Read the numbers of the teams in shared_team_slugs, in the same order. Raises TEAM_UNKNOWN, SEAL_BROKEN."""
        slugs = list(dict.fromkeys(credential.shared_team_slugs))
        if not slugs:
            return {}
        found = {}
        for team, newer in await teams.by_slugs(self.database, caller.organisation_id, slugs):
            await verify_newest(self.database, self.keyring, team, newer)
            found[team.slug] = team.team_id
        unknown = tuple(
            FieldViolation(f"credential.shared_team_slugs[{index}]", "must be the slug of a team of the organisation")
            for index, slug in enumerate(credential.shared_team_slugs)
            if slug not in found
        )
        if unknown:
            raise ServiceError(reasons.ERROR_REASON_TEAM_UNKNOWN, unknown)
        return {slug: found[slug] for slug in slugs}


def visible_to(caller: Caller, surface: int = 0) -> Visible:
    """What the caller may read, on one surface unless that is 0."""
    return Visible(caller.organisation_id, caller.team_ids, surface, caller.scope)


async def until_stored(attempt: Callable[[], Awaitable[T]]) -> T:
    """Repeat an attempt that works with present rows, while it raises Conflict because these rows have changed.

    Raises CONCURRENT_CHANGE.
    """
    return await retry(attempt, _TRIES, reasons.ERROR_REASON_CONCURRENT_CHANGE)
