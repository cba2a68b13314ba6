"""Holds what every method of CredentialService uses: database, keys, clock, recorder. Reads credentials and opens their data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import CredentialData
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.core.retries import retry
from strongroom_server.rules import fields
from strongroom_server.rules.variants.redaction import redact
from strongroom_server.store import credentials, teams
from strongroom_server.store.credentials import Scope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from strongroom.v1.credential_pb2 import Credential
    from strongroom_server.access.caller import Caller
    from strongroom_server.access.organisations import Organisations
    from strongroom_server.audit.record import Recorder
    from strongroom_server.core.records import Organisation, StoredCredential
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.credential_writes import Change
    from strongroom_server.store.database import Database
    from strongroom_server.store.numbers import Numbers
    from strongroom_server.store.watch import Watch

# How often a write is tried when the rows that it was prepared from change before it is stored.
_TRIES: Final = 40

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Vault:
    """The database, the keys and the clock of CredentialService."""

    database: Database
    keyring: Keyring
    numbers: Numbers
    recorder: Recorder
    watch: Watch
    organisations: Organisations

    async def get(self, id_text: str, scope: Scope, *, box: bool = False) -> StoredCredential:
        """Read the credential with that id or number. Raises FIELD_INVALID, CREDENTIAL_NOT_FOUND."""
        credential_id = fields.credential_id("id", id_text)
        if box:
            self.require_opening()
        stored = await credentials.get(self.database, scope, credential_id, box=box)
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

    def open(self, stored: StoredCredential) -> CredentialData:
        """Unseal the data of a credential whose row is verified. Raises SEAL_BROKEN."""
        return CredentialData.FromString(self.keyring.unseal(stored.row, stored.box))

    async def open_redacted(self, stored: StoredCredential) -> CredentialData:
        """Verify the row, unseal the data and redact it. Raises SEAL_BROKEN."""
        await self.keyring.verify(stored.row)
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
        for team in await teams.by_slugs(self.database, caller.organisation_id, slugs):
            await self.keyring.verify(team)
            found[team.slug] = team.team_id
        unknown = tuple(
            FieldViolation(f"credential.shared_team_slugs[{index}]", "must be the slug of a team of the organisation")
            for index, slug in enumerate(credential.shared_team_slugs)
            if slug not in found
        )
        if unknown:
            raise ServiceError(reasons.ERROR_REASON_TEAM_UNKNOWN, unknown)
        return {slug: found[slug] for slug in slugs}


def scope_of(caller: Caller, surface: int = 0) -> Scope:
    """What the caller may read, on one surface unless that is 0."""
    return Scope(caller.organisation_id, caller.team_ids, surface)


async def until_stored(attempt: Callable[[], Awaitable[T]]) -> T:
    """Repeat an attempt that works with present rows, while it raises Conflict because these rows have changed.

    Raises CONCURRENT_CHANGE.
    """
    return await retry(attempt, _TRIES, reasons.ERROR_REASON_CONCURRENT_CHANGE)
