"""Holds what every change of keys uses: database, keyring, recorder, key files, and the root key if it is here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.core.records import Act, SealingKey, SigningKey
from strongroom_server.sealing import key_files, private_keys
from strongroom_server.sealing.trusted_keys import is_signed
from strongroom_server.store import keys

if TYPE_CHECKING:
    from pathlib import Path

    from strongroom_server.access.caller import Caller
    from strongroom_server.audit.record import Recorder
    from strongroom_server.sealing.key_files import SigningPair
    from strongroom_server.sealing.key_provider import KeyProvider
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database, Transaction

KeyRow = TypeVar("KeyRow", SealingKey, SigningKey)


@dataclass(frozen=True, slots=True)
class Context:
    """The database, the keys and the key files of a node."""

    database: Database
    keyring: Keyring
    recorder: Recorder
    directory: Path
    root_key_file: Path
    provider: KeyProvider | None

    async def root(self, command: str) -> SigningPair:
        """The root key pair. Raises ROOT_KEY_ABSENT with the command to run where it is, KeyFileError."""
        if not private_keys.is_present(self.root_key_file):
            raise ServiceError(reasons.ERROR_REASON_ROOT_KEY_ABSENT, command=f"strongroom-server {command}")
        return await key_files.require_root_pair(self.directory, self.root_key_file, self.provider)

    def act(self, caller: Caller, action: str, key: SealingKey | SigningKey) -> Act:
        """What is recorded of a change of a key: an event in the operators' organisation, signed by an admin key."""
        event = self.recorder.administrative_event(
            caller, action, key.id, key.revision, organisation_id=OPERATORS_ORGANISATION
        )
        return self.recorder.act(event, caller.request)


async def sealing_key(transaction: Transaction, root: SigningPair, key_id: str) -> SealingKey:
    """The row of a sealing key, which the root key signed. Raises KEY_NOT_FOUND, SEAL_BROKEN."""
    return _verified(root, [key for key in await keys.sealing_keys(transaction) if key.id == key_id])


async def signing_key(transaction: Transaction, root: SigningPair, key_id: str) -> SigningKey:
    """The row of a signing key, which the root key signed. Raises KEY_NOT_FOUND, SEAL_BROKEN."""
    return _verified(root, [key for key in await keys.signing_keys(transaction) if key.id == key_id])


def _verified(root: SigningPair, found: list[KeyRow]) -> KeyRow:
    if not found:
        raise ServiceError(reasons.ERROR_REASON_KEY_NOT_FOUND)
    # The root key must not sign what somebody else has changed.
    if not is_signed(root.public_key, found[0]):
        raise ServiceError(reasons.ERROR_REASON_SEAL_BROKEN)
    return found[0]


def require_state(key: SealingKey | SigningKey, states: tuple[str, ...], rule: str) -> None:
    """Raises KEY_STATE unless the key is in one of the states."""
    if key.state not in states:
        raise ServiceError(reasons.ERROR_REASON_KEY_STATE, state=key.state, rule=rule)
