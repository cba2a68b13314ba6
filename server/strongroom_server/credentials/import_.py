"""Imports credentials: handles each create of a message like a CreateCredential, but stores most of them with one statement.

Creates that are prepared from other rows are stored one by one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from google.rpc import code_pb2
from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_service_pb2 import ImportCredentialsResponse, ImportedCredential, ImportResult
from strongroom_server.audit.request_ids import find_made, request_id_of, require_same
from strongroom_server.core.errors import ServiceError, log_internal_error
from strongroom_server.core.reasons import REASONS, render
from strongroom_server.credentials import checks
from strongroom_server.credentials.create import create, depends_on_rows, prepare_create
from strongroom_server.credentials.vault import visible_to
from strongroom_server.rules import fields
from strongroom_server.store import credential_writes, request_ids
from strongroom_server.store.database import RequestIdTaken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, ImportCredentialsRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.audit.denials import Denials
    from strongroom_server.core.records import Credential, Made
    from strongroom_server.credentials.vault import Vault

# Creates of an import are recorded under the same name as single ones.
_METHOD: Final = "CreateCredential"
# Errors with these codes are not caused by one create. They end the import.
_CODES_THAT_END_IMPORTS: Final = (code_pb2.UNAVAILABLE, code_pb2.RESOURCE_EXHAUSTED, code_pb2.DEADLINE_EXCEEDED)
# How many creates are prepared before other calls run. With 8, and 16 checked, a turn of the loop took 2.4 ms, now 1.2 ms.
_PREPARED_IN_A_TURN: Final = 2
# How many creates of an import are checked before other calls run.
_CHECKED_IN_A_TURN: Final = 4


@dataclass(slots=True)
class _Create:
    """One create of a message, its caller with the request id, and its outcome once that is known.

    As a context manager it catches errors caused by this create and makes them its outcome, so that the other creates continue.
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
            if REASONS[error.reason][0] in _CODES_THAT_END_IMPORTS:
                return False
            self.outcome = error
        elif isinstance(error, Exception):
            self.outcome = log_internal_error(_METHOD, error)
        else:
            return False
        return True

    def result(self) -> ImportResult:
        if isinstance(self.outcome, ServiceError):
            return ImportResult(error=render(self.outcome))
        assert self.outcome is not None
        return ImportResult(created=ImportedCredential(id=str(self.outcome.id), number=self.outcome.number))


async def import_credentials(
    vault: Vault, denials: Denials, request: ImportCredentialsRequest, caller: Caller
) -> ImportCredentialsResponse:
    """Store the creates of a message. Raises ServiceError for errors of the message as a whole or of the deployment."""
    may_be_unknown = checks.check_import(request)
    creates = [_Create(each, caller) for each in request.creates]
    for index, each in enumerate(creates, start=1):
        with each:
            _check(vault, each, may_be_unknown=may_be_unknown)
        if index % _CHECKED_IN_A_TURN == 0:
            await vault.database.activity.rest(caller.organisation_id)
    await _replay(vault, creates)
    together, one_by_one = _split(creates)
    await _store_together(vault, together)
    for each in one_by_one:
        with each:
            each.outcome = await _store_alone(vault, each)
    for each in creates:
        if isinstance(each.outcome, ServiceError):
            await denials.record(each.caller, _METHOD, each.request, each.outcome)
    return ImportCredentialsResponse(results=[each.result() for each in creates])


def _check(vault: Vault, each: _Create, *, may_be_unknown: bool) -> None:
    """Check what the pipeline checks of a single request, and set the caller's request id."""
    request, caller = each.request, each.caller
    if request.organisation_id and request.organisation_id != caller.organisation_id:
        raise ServiceError(reasons.ERROR_REASON_ORGANISATION_MISMATCH)
    if may_be_unknown:
        fields.require(fields.known(request))
    checks.check_imported_create(request)
    if request.request_id:
        each.caller = structs.replace(caller, request=request_id_of(vault.keyring, _METHOD, request, caller))


async def _replay(vault: Vault, creates: Sequence[_Create]) -> None:
    """Set the outcome of the creates that were stored before. A repeated import has many of them."""
    identified = [each for each in creates if each.outcome is None and each.caller.request]
    if not identified:
        return
    caller = identified[0].caller
    made = await request_ids.get_many(
        vault.database, caller.organisation_id, caller.key_id, [each.request.request_id for each in identified]
    )
    repeated = [each for each in identified if each.request.request_id in made]
    await asyncio.gather(*(_replay_one(vault, each, made[each.request.request_id]) for each in repeated))


async def _replay_one(vault: Vault, each: _Create, made: Made) -> None:
    with each:
        assert each.caller.request is not None
        require_same(vault.keyring, made, each.caller.request)
        each.outcome = await _made_row(vault, each.caller, made)


async def _made_row(vault: Vault, caller: Caller, made: Made) -> Credential:
    return (await vault.get(str(made.credential_id), visible_to(caller))).row


def _split(creates: Sequence[_Create]) -> tuple[list[_Create], list[_Create]]:
    """The creates without an outcome: those to store together, and those to store after them, one by one."""
    together: list[_Create] = []
    one_by_one: list[_Create] = []
    ids: set[str] = set()
    for each in creates:
        if each.outcome is not None:
            continue
        request_id = each.request.request_id
        # Of two creates with the same id the second repeats the first.
        alone = depends_on_rows(each.request) or request_id in ids
        (one_by_one if alone else together).append(each)
        if request_id:
            ids.add(request_id)
    return together, one_by_one


async def _store_together(vault: Vault, creates: Sequence[_Create]) -> None:
    ready: list[tuple[_Create, credential_writes.NewCredential]] = []
    for index, each in enumerate(creates, start=1):
        with each:
            ready.append((each, (await prepare_create(vault, each.request, each.caller)).new))
        if index % _PREPARED_IN_A_TURN == 0:
            await vault.database.activity.rest(each.caller.organisation_id)
    if not ready:
        return
    organisation_id = ready[0][0].caller.organisation_id
    failures = await credential_writes.create_many(vault.database, organisation_id, [new for _, new in ready])
    for (each, new), failure in zip(ready, failures, strict=True):
        with each:
            each.outcome = new.row if failure is None else await _made_meanwhile(vault, each, failure)


async def _store_alone(vault: Vault, each: _Create) -> Credential:
    try:
        return (await create(vault, each.request, each.caller)).row
    except (ServiceError, RequestIdTaken) as failure:
        return await _made_meanwhile(vault, each, failure)


async def _made_meanwhile(vault: Vault, each: _Create, failure: Exception) -> Credential:
    """The row that a concurrent request with the same id has created, if that caused the failure. Else raises the failure."""
    if not isinstance(failure, ServiceError | RequestIdTaken) or each.caller.request is None:
        raise failure
    made = await find_made(vault.database, vault.keyring, each.caller.request, failure)
    return await _made_row(vault, each.caller, made)
