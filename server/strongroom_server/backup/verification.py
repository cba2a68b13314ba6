"""Verifies a restored database with the keys of its deployment: the audit trail, and a sample of the boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom_server.audit import verify as trail
from strongroom_server.core.errors import ServiceError
from strongroom_server.store import audit_chain, keys, restores

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database

# Boxes that are opened of each sealing key, chosen at random.
SAMPLE: Final = 1_000


class Verified(NamedTuple):
    """What was checked, and what is wrong, one line each."""

    organisations: int
    opened: int
    findings: Sequence[str]


async def verify(
    database: Database,
    keyring: Keyring,
    url: str,
    boxes: Mapping[str, int],
    progress: Callable[[int], None] = lambda _: None,
) -> Verified:
    """Verify the audit trail of every organisation, and open a sample of the boxes of every sealing key.

    boxes: the number of boxes by sealing key. `progress` is called with the number of events that were checked since its last
    call.
    """
    broken = await trail.verify(database, keyring, progress=progress)
    findings = [f"{finding.organisation_id}: {finding.text}" for finding in broken]
    needed = {key.id for key in await keys.sealing_keys(database) if key.state != "destroyed"}
    opened = 0
    for key_id, count in boxes.items():
        if not keyring.holds(key_id):
            # The boxes of a destroyed key are meant to stay closed.
            if key_id in needed:
                findings.append(
                    f"boxes that cannot be opened: {count:,}. keys/ has no private key for the sealing key {key_id}"
                )
            continue
        async for row, box in restores.sample(url, key_id, count, SAMPLE):
            try:
                await keyring.verify(row)
                keyring.unseal(row, box)
                opened += 1
            except ServiceError:
                findings.append(
                    f"{row.organisation_id}: credential {row.id}: the row was changed, or its box does not open"
                )
    return Verified(len(await audit_chain.organisations(database)), opened, findings)
