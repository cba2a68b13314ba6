"""Owns what becomes of one message of an import: each of its creates is what it is as a CreateCredential, but those that depend on
nothing that is read are stored in one statement.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from google.rpc import code_pb2
from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_service_pb2 import ImportCredentialsResponse, ImportedCredential, ImportResult
from strongroom_server.audit.request_ids import made_before, require_same
from strongroom_server.core.errors import ServiceError, opaque_error
from strongroom_server.core.reasons import REASONS, render
from strongroom_server.credentials import checks as problems
from strongroom_server.credentials import create as credential_create
from strongroom_server.credentials.vault import scope_of
from strongroom_server.rules import fields
from strongroom_server.store import credential_writes, request_ids
from strongroom_server.store.database import RequestIdTaken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, ImportCredentialsRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.audit.denials import Refusals
    from strongroom_server.core.records import Credential, Made
    from strongroom_server.credentials.vault import Vault

# What a create is recorded as, however it comes.
_METHOD: Final = "CreateCredential"
# Errors that are no create's own: they end the import.
_OF_ALL: Final = (code_pb2.UNAVAILABLE, code_pb2.RESOURCE_EXHAUSTED, code_pb2.DEADLINE_EXCEEDED)
# After so many that were prepared, other calls have a turn: that is about a millisecond.
_PREPARED_IN_A_TURN: Final = 8


@dataclass(slots=True)
class _Create:
    """One create of a message, who asks for it under which request id, and what became of it, once that is known.

    What fails inside of its `with` lets it fail alone, if the failure is its own.
    """

    request: CreateCredentialRequest
    caller: Caller
    outcome: Credential | ServiceError | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> bool:
        if isinstance(error, ServiceError):
            if REASONS[error.reason][0] in _OF_ALL:
                return False
            self.outcome = error
        elif isinstance(error, Exception):
            self.outcome = opaque_error(_METHOD, error)
        else:
            return False
        return True

    def result(self) -> ImportResult:
        if isinstance(self.outcome, ServiceError):
            return ImportResult(error=render(self.outcome))
        assert self.outcome is not None
        return ImportResult(created=ImportedCredential(id=str(self.outcome.id), number=self.outcome.number))


async def imported(
    vault: Vault, refusals: Refusals, request: ImportCredentialsRequest, caller: Caller
) -> ImportCredentialsResponse:
    """Store what a message brings. Raises ServiceError for what is wrong with the message, or with the deployment."""
    unknown = tuple(fields.known(request))
    fields.require(problems.of_import(request, unknown))
    creates = [_Create(create, caller) for create in request.creates]
    for create in creates:
        with create:
            _check(vault, create, known=not unknown)
    await _find_made_before(vault, creates)
    first, later = _parted(creates)
    await _store_together(vault, first)
    for create in later:
        with create:
            create.outcome = await _stored_alone(vault, create)
    for create in creates:
        if isinstance(create.outcome, ServiceError):
            await refusals.record(create.caller, _METHOD, create.request, create.outcome)
    return ImportCredentialsResponse(results=[create.result() for create in creates])


def _check(vault: Vault, create: _Create, *, known: bool) -> None:
    """What every request is checked for before its method looks at it."""
    request, caller = create.request, create.caller
    if request.organisation_id and request.organisation_id != caller.organisation_id:
        raise ServiceError(reasons.ERROR_REASON_ORGANISATION_MISMATCH)
    if not known:
        fields.require(fields.known(request))
    fields.require(problems.of_imported(request))
    if request.request_id:
        create.caller = structs.replace(caller, request=vault.recorder.request_id(_METHOD, request, caller))


async def _find_made_before(vault: Vault, creates: Sequence[_Create]) -> None:
    """Answer the creates that came before. Whoever takes up a broken import sends many of them."""
    asked = [create for create in creates if create.outcome is None and create.caller.request]
    if not asked:
        return
    caller = asked[0].caller
    made = await request_ids.get_many(
        vault.database, caller.organisation_id, caller.key_id, [create.request.request_id for create in asked]
    )
    again = [create for create in asked if create.request.request_id in made]
    await asyncio.gather(*(_answer_again(vault, create, made[create.request.request_id]) for create in again))


async def _answer_again(vault: Vault, create: _Create, made: Made) -> None:
    with create:
        assert create.caller.request is not None
        require_same(vault.keyring, made, create.caller.request)
        create.outcome = await _made_row(vault, create.caller, made)


async def _made_row(vault: Vault, caller: Caller, made: Made) -> Credential:
    return (await vault.get(str(made.credential_id), scope_of(caller))).row


def _parted(creates: Sequence[_Create]) -> tuple[list[_Create], list[_Create]]:
    """Those of which nothing is known yet: what can be stored together, and what comes after that, one by one."""
    first: list[_Create] = []
    later: list[_Create] = []
    ids: set[str] = set()
    for create in creates:
        if create.outcome is not None:
            continue
        request_id = create.request.request_id
        # Of two with the same id the second repeats the first.
        alone = credential_create.depends_on_others(create.request) or request_id in ids
        (later if alone else first).append(create)
        if request_id:
            ids.add(request_id)
    return first, later


async def _store_together(vault: Vault, creates: Sequence[_Create]) -> None:
    ready: list[tuple[_Create, credential_writes.NewCredential]] = []
    for index, create in enumerate(creates, start=1):
        with create:
            ready.append((create, (await credential_create.prepared(vault, create.request, create.caller)).new))
        if index % _PREPARED_IN_A_TURN == 0:
            await asyncio.sleep(0)
    if not ready:
        return
    organisation_id = ready[0][0].caller.organisation_id
    failures = await credential_writes.create_many(vault.database, organisation_id, [new for _, new in ready])
    for (create, new), failure in zip(ready, failures, strict=True):
        with create:
            create.outcome = new.row if failure is None else await _made_meanwhile(vault, create, failure)


async def _stored_alone(vault: Vault, create: _Create) -> Credential:
    try:
        return (await credential_create.created(vault, create.request, create.caller)).row
    except (ServiceError, RequestIdTaken) as failure:
        return await _made_meanwhile(vault, create, failure)


async def _made_meanwhile(vault: Vault, create: _Create, failure: Exception) -> Credential:
    """What stands in the way of a create may be itself, made by another call since it was looked for. Raises the failure if not."""
    if not isinstance(failure, ServiceError | RequestIdTaken) or create.caller.request is None:
        raise failure
    made = await made_before(vault.database, vault.keyring, create.caller.request, failure)
    return await _made_row(vault, create.caller, made)
