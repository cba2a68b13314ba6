"""Owns what the methods of CredentialService have in common: how a credential is found, opened, judged and echoed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypedDict, TypeVar

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import CREDENTIAL_STATE_ACTIVE, CREDENTIAL_STATE_INVALID, CredentialData
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.core.retries import retry
from strongroom_server.credentials import messages
from strongroom_server.rules import fields, variants
from strongroom_server.store import credentials, organisations

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from strongroom.v1.credential_pb2 import Credential
    from strongroom_server.access.caller import Caller
    from strongroom_server.audit.record import Recorder
    from strongroom_server.core import records
    from strongroom_server.core.records import StoredCredential
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.credentials import Change, Scope
    from strongroom_server.store.database import Database
    from strongroom_server.store.numbers import Numbers
    from strongroom_server.store.watch import Watch

# How often a write is tried when what it was based on changes before it is stored.
_TRIES: Final = 40

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Vault:
    """The database, the keys and the clock, as the methods of CredentialService use them."""

    database: Database
    keyring: Keyring
    numbers: Numbers
    recorder: Recorder
    watch: Watch

    async def get(self, id_text: str, scope: Scope, *, box: bool = False) -> StoredCredential:
        """The credential of that id or number. Raises FIELD_INVALID, CREDENTIAL_NOT_FOUND."""
        credential_id = fields.credential_id("id", id_text)
        if box:
            self.require_opening()
        stored = await credentials.get(self.database, scope, credential_id, box=box)
        if stored is None:
            raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
        return stored

    def require_opening(self) -> None:
        """A node without private keys does not even read boxes: its database role cannot. Raises OPENING_KEY_ABSENT."""
        if not self.keyring.opens:
            raise ServiceError(reasons.ERROR_REASON_OPENING_KEY_ABSENT)

    async def redacted(self, stored: StoredCredential) -> CredentialData:
        """What redaction leaves of the data. Raises SEAL_BROKEN."""
        await self.keyring.verify(stored.row)
        data = self.opened(stored)
        variants.redact(data, stored.row.redact_fields)
        return data

    def opened(self, stored: StoredCredential) -> CredentialData:
        """The data of a credential whose row was verified. Raises SEAL_BROKEN."""
        return CredentialData.FromString(self.keyring.unseal(stored.row, stored.box))

    def asked(self, changes: Sequence[Change], caller: Caller) -> list[Change]:
        """The changes that a request asks for: its id is recorded with the first."""
        first = [replace(each, act=self.recorder.act(each.act.event, caller.request)) for each in changes[:1]]
        return [*first, *changes[1:]]

    async def shared_teams(self, caller: Caller, credential: Credential) -> dict[str, int]:
        """The teams of shared_team_slugs, as slug and number, in their order. Raises TEAM_UNKNOWN."""
        slugs = list(dict.fromkeys(credential.shared_team_slugs))
        if not slugs:
            return {}
        found = await organisations.team_ids_of_slugs(self.database, caller.organisation_id, slugs)
        unknown = tuple(
            FieldViolation(f"credential.shared_team_slugs[{index}]", "must be the slug of a team of the organisation")
            for index, slug in enumerate(credential.shared_team_slugs)
            if slug not in found
        )
        if unknown:
            raise ServiceError(reasons.ERROR_REASON_TEAM_UNKNOWN, unknown)
        return {slug: found[slug] for slug in slugs}


def echo(stored: StoredCredential, sent: CredentialData) -> Credential:
    """A credential's message, with what redaction leaves of the data that was sent for it."""
    message = messages.message_of(stored, sent)
    variants.redact(message.data, stored.row.redact_fields)
    return message


class State(TypedDict):
    """The columns that say whether a credential can be used."""

    state: int
    violations: Sequence[str]


def state_of(broken: Sequence[FieldViolation]) -> State:
    """The state of a credential whose data breaks these rules."""
    state = CREDENTIAL_STATE_INVALID if broken else CREDENTIAL_STATE_ACTIVE
    return State(state=state, violations=[part for violation in broken for part in violation])


def judged(
    data: CredentialData, settings: Credential.TinesSettings, *, accept_invalid: bool
) -> tuple[FieldViolation, ...]:
    """The violations of the data. Raises DATA_INVALID unless they are accepted."""
    broken = variants.violations(data, settings)
    if broken and not accept_invalid:
        raise ServiceError(
            reasons.ERROR_REASON_DATA_INVALID,
            tuple(FieldViolation(f"credential.data.{violation.field}", violation.rule) for violation in broken),
        )
    return broken


def scope_of(caller: Caller, surface: int = 0) -> Scope:
    """What the caller sees, on that surface if it is not 0."""
    return credentials.Scope(caller.organisation_id, caller.team_ids, surface)


def require_etag(etag: str, row: records.Credential) -> None:
    """Raises ETAG_MISMATCH unless the etag is unset or the present one."""
    if etag and etag != str(row.revision):
        raise ServiceError(reasons.ERROR_REASON_ETAG_MISMATCH)


async def until_stored(attempt: Callable[[], Awaitable[T]]) -> T:
    """The result of an attempt to store what was prepared from present rows; Conflict means that these rows have changed.

    Raises CONCURRENT_CHANGE.
    """
    return await retry(attempt, _TRIES, reasons.ERROR_REASON_CONCURRENT_CHANGE)
