"""Verifies the audit trail: that each chain is complete, and that the rows agree with its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom_server.audit.findings import Finding
from strongroom_server.audit.verify_revisions import credential_findings, subject_findings
from strongroom_server.core.errors import OperatorError, ServiceError
from strongroom_server.sealing import chain
from strongroom_server.store import audit_chain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from strongroom_server.core.records import AuditHead, ChainedEvent
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database

_PAGE: Final = 2_000


class TrailError(OperatorError):
    """The audit trail is broken, or the exported heads are not readable. The text says what."""


class _Broken(Exception):
    """The first error in an organisation's trail."""


async def verify(
    database: Database,
    keyring: Keyring,
    exported: Sequence[AuditHead] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> list[Finding]:
    """Verify every organisation's trail, also against heads that were exported earlier.

    Returns the first error of each chain and, if it has none, the rows that differ from its events.

    `progress` is called with the number of events that were checked since its last call.
    """
    findings = []
    for organisation_id in await audit_chain.organisations(database):
        heads = {head.position: head for head in exported if head.organisation_id == organisation_id}
        try:
            await _verify_chain(database, keyring, organisation_id, heads, progress)
        except _Broken as broken:
            findings.append(Finding(organisation_id, str(broken)))
        else:
            findings += [finding async for finding in credential_findings(database, organisation_id)]
            findings += [finding async for finding in subject_findings(database, organisation_id)]
    known = set(await audit_chain.organisations(database))
    missing = sorted({head.organisation_id for head in exported} - known)
    return findings + [Finding(name, "the whole chain is gone, although a head of it was exported") for name in missing]


async def _verify_chain(
    database: Database,
    keyring: Keyring,
    organisation_id: str,
    exported: Mapping[int, AuditHead],
    progress: Callable[[int], None],
) -> None:
    _require_signed_by_any(keyring, exported.values())
    dropped = await audit_chain.head(database, organisation_id, "dropped")
    if dropped is not None:
        await _require_signed(keyring, dropped, "the head of what was dropped")
    position = dropped.position if dropped else 0
    chain_hash = dropped.chain_hash if dropped else chain.first(organisation_id)
    await _verify_kept_before(database, keyring, organisation_id, position)
    while True:
        # Read the head before the events: events that are chained meanwhile have later positions.
        newest = await audit_chain.head(database, organisation_id, "newest")
        if newest is not None:
            await _require_signed(keyring, newest, "the newest head")
        elif position:
            raise _Broken("the newest head is gone")
        end, start = newest.position if newest else 0, position
        if end < position:
            raise _Broken(f"position {end + 1}: the newest head is an older one: there are events after it")
        _compare_newest(newest, position, chain_hash)
        _compare(exported, position, chain_hash)
        while found := await audit_chain.chained(database, organisation_id, after=position, limit=_PAGE):
            for chained in found:
                position, chain_hash = position + 1, _verify_link(keyring, chained, position + 1, chain_hash)
                _compare_newest(newest, position, chain_hash)
                _compare(exported, position, chain_hash)
            progress(len(found))
        if position < end:
            raise _Broken(f"position {position + 1}: the event was removed, and all after it up to {end}")
        if position == start:
            break
    if exported and max(exported) > position:
        raise _Broken(f"position {position + 1}: removed; an exported head says that the chain goes to {max(exported)}")
    unchained = await _verify_unchained(database, keyring, organisation_id)
    if not (position or unchained or await audit_chain.head(database, organisation_id, "newest")):
        raise _Broken("there is not one event: the whole chain is gone")


def _verify_link(keyring: Keyring, chained: ChainedEvent, expected: int, before: bytes) -> bytes:
    """The hash of the event, which must be the one at the expected position."""
    event, position = chained.event, chained.chain_position or 0
    named = f"event {event.event_id} of {event.event_time:%Y-%m-%dT%H:%M:%SZ}"
    if position > expected:
        raise _Broken(f"position {expected}: the event was removed")
    if position < expected:
        raise _Broken(f"position {position}: {named} was added at a position that another event has")
    if not keyring.is_authentic(event):
        raise _Broken(f"position {position}: {named} was changed or added: it does not carry a node's proof")
    linked = chain.link(before, position, event)
    if linked != chained.chain_hash:
        raise _Broken(f"position {position}: {named} does not follow the event before it: reordered")
    return linked


def _compare_newest(newest: AuditHead | None, position: int, chain_hash: bytes) -> None:
    if newest is not None and position == newest.position and newest.chain_hash != chain_hash:
        raise _Broken(f"position {position}: the newest head has another hash than the chain")


def _compare(exported: Mapping[int, AuditHead], position: int, chain_hash: bytes) -> None:
    head = exported.get(position)
    if head is not None and head.chain_hash != chain_hash:
        raise _Broken(f"position {position}: an exported head has another hash: the chain was rewritten")


async def _verify_kept_before(database: Database, keyring: Keyring, organisation_id: str, dropped: int) -> None:
    """Verify events before the first of the chain. They are in a kept month, but were chained before the last dropped event."""
    for chained in await audit_chain.before_start(database, organisation_id, up_to=dropped):
        event, position = chained.event, chained.chain_position or 0
        if position < 1 or not keyring.is_authentic(event):
            raise _Broken(
                f"position {position}: event {event.event_id} was changed or added, before the first of the chain"
            )


async def _verify_unchained(database: Database, keyring: Keyring, organisation_id: str) -> bool:
    """Verify the events that are not chained yet. Returns whether there are any."""
    after = None
    while events := await audit_chain.unchained(database, organisation_id, after=after, limit=_PAGE):
        for event in events:
            if not keyring.is_authentic(event):
                raise _Broken(f"event {event.event_id} was changed or added: it does not carry a node's proof")
        after = (events[-1].event_time, events[-1].event_id)
    return after is not None


def _require_signed_by_any(keyring: Keyring, exported: Iterable[AuditHead]) -> None:
    for head in exported:
        if not keyring.is_signed_head(head):
            raise _Broken(f"the exported head, at position {head.position}, was not signed by a node")


async def _require_signed(keyring: Keyring, head: AuditHead, named: str) -> None:
    try:
        await keyring.verify(head)
    except ServiceError:
        raise _Broken(f"{named}, at position {head.position}, was not signed by a node") from None
