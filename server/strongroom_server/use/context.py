"""Holds what every method of UseService uses, and reads the credential that is to be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import structlog

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.audit_service_pb2 import CredentialUse
from strongroom.v1.use_service_pb2 import ENVIRONMENT_TEST, Environment
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.tasks import Background
from strongroom_server.credentials.revisions import SeenRevisions
from strongroom_server.credentials.vault import visible_to
from strongroom_server.rules import fields
from strongroom_server.sealing.keyring import seal_broken
from strongroom_server.store import connections, tokens

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from strongroom.v1.credential_pb2 import CredentialData
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Connection, Credential, StoredCredential, StoredToken
    from strongroom_server.credentials.vault import Vault
    from strongroom_server.egress.client import Client
    from strongroom_server.use.tokens import Tokens

_log = structlog.get_logger()

_LONGEST_ACTOR: Final = 255
_LAST_EVENTS_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Context:
    """The credentials, the way out to their providers and receivers, and the tokens of providers.

    `invoker_domains` are those of access/use.py, and `authorities` the CAs that recipes may name. `background` has the last events
    of calls that were cut off.
    """

    vault: Vault
    client: Client
    tokens: Tokens
    authorities: Mapping[str, ssl.SSLContext]
    invoker_domains: tuple[str, ...] = ()
    background: Background = field(default_factory=Background)
    seen_connections: SeenRevisions = field(default_factory=SeenRevisions)

    async def verify_connection(self, connection: Connection) -> None:
        """Raises SEAL_BROKEN if no node signed the row, it was changed, or this node has seen a newer revision of it."""
        await self.vault.keyring.verify(connection)
        highest = self.seen_connections.see(connection.credential_id.bytes, connection.revision)
        if connection.revision == highest:
            return
        # A concurrent call may have read the newer row before this call got its own. A row that was put back is still there.
        key = (connection.organisation_id, connection.credential_id)
        present = await connections.of_credential(self.vault.database, *key)
        if present is not None and present.revision < highest:
            _log.error("old connection put back", credential=str(connection.credential_id))
            raise seal_broken(connection)

    async def finish(self, seconds: float) -> None:
        """Wait at most so long for the requests for tokens that are under way, and for the last events."""
        await self.tokens.finish(seconds)
        await self.background.finish(_LAST_EVENTS_SECONDS)


class Selected(NamedTuple):
    """A credential that is to be used, with its token for the parameters of the request. The row is verified."""

    stored: StoredCredential
    token: StoredToken | None
    actor: str
    environment: str

    @property
    def row(self) -> Credential:
        """The row of the credential."""
        return self.stored.row

    def use(self, kind: str, host: str = "", **details: Any) -> CredentialUse:
        """What is recorded of the use."""
        return CredentialUse(kind=kind, host=host, actor=self.actor, environment=self.environment, **details)


async def select(context: Context, request: Any, caller: Caller, parameters_sha256: bytes = b"") -> Selected:
    """Read the credential that a request names, or with ENVIRONMENT_TEST its test credential if that is enabled, and verify it.

    Nothing is decided yet: access/use.py does that. Raises FIELD_INVALID, CREDENTIAL_NOT_FOUND, SEAL_BROKEN, OPENING_KEY_ABSENT.
    """
    fields.require(fields.enumeration("environment", request.environment, Environment.DESCRIPTOR))
    fields.require(fields.text("actor", request.actor, _LONGEST_ACTOR))
    credential_id = fields.credential_id("id", request.id)
    context.vault.require_opening()
    database, visible = context.vault.database, visible_to(caller)
    found = await tokens.get(database, visible, credential_id, parameters_sha256)
    environment = ""
    if found is not None and request.environment == ENVIRONMENT_TEST:
        test = found.stored.test_credential
        if test is not None and test.enabled:
            environment = "TEST"
            found = await tokens.get(database, visible, test.id, parameters_sha256)
    if found is None:
        raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
    await context.vault.verify(found.stored.row)
    return Selected(*found, request.actor, environment)


async def select_again(context: Context, selected: Selected, caller: Caller, parameters_sha256: bytes) -> Selected:
    """Read the same credential again, and verify it. Nothing is decided. Raises CREDENTIAL_NOT_FOUND, SEAL_BROKEN."""
    found = await tokens.get(context.vault.database, visible_to(caller), selected.row.id, parameters_sha256)
    if found is None:
        raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
    await context.vault.verify(found.stored.row)
    return Selected(*found, selected.actor, selected.environment)


def data_of(context: Context, selected: Selected) -> CredentialData:
    """Open the secret data, after access/use.py has decided. Raises SEAL_BROKEN."""
    return context.vault.open(selected.stored)
