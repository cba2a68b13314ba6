"""Four nodes refresh the tokens of fifty callers and without any, while nodes are killed and frozen and responses are dropped.

`TtlStorm` is the same with nodes that use a lock with a time limit (ttl_node.py).
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rpc.calls import updated
from use.granting import managed, refresh_data
from use.refreshing_nodes import NodeProcess, start
from use.ttl_node import TABLE

from strongroom.v1.credential_pb2 import REFRESH_STATE_REAUTH_REQUIRED

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment
    from schemes.provider import Provider

NODES = 4
CALLERS = 50
GRANTS = 8
LATENCY = 0.15
# Of the lock: as long as the lease and the patience of use/grants.py for a provider that replaces refresh tokens.
TTL = 25
_LIFE = 2
_KILLS = ("connected:KILL", "leased:KILL", "sent:KILL", "answered:KILL", "stored:KILL", "failed:KILL")


@dataclass
class Storm:
    """A run, and what is known of it at its end."""

    node: Deployment
    provider: Provider
    journal: Path
    chance: random.Random
    is_disturbed: bool = True
    processes: list[NodeProcess] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    # Credential and generation of each grant that needed a new consent.
    lost: list[tuple[str, int]] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    _consents: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, seconds: float) -> None:
        """Run until the time is over and every call has ended."""
        async with self.node.sql() as sql:
            # The nodes would also refresh the grants of earlier runs.
            await sql.execute("update tokens set refresh_time = null")
        self.ids = [await self._granted() for _ in range(GRANTS)]
        self.processes = list(await asyncio.gather(*(self._started() for _ in range(NODES))))
        try:
            end = time.monotonic() + seconds
            disturbing = (self._disturb(end, half) for half in (0, 1)) if self.is_disturbed else ()
            await asyncio.gather(*disturbing, *(self._call(end) for _ in range(CALLERS)))
        finally:
            for process in self.processes:
                await process.kill()

    def overlaps(self) -> int:
        """How many requests of a grant began while the provider still answered another of the same grant."""
        return sum(each["concurrency"] > 1 for each in self.provider.log())

    def died(self) -> int:
        """How many requests were sent whose response nobody stored: it died with its process, or on its way."""
        fates = Counter(line.split()[0] for line in self.journal.read_text().splitlines())
        return fates["sent"] - fates["stored"] - fates["refused"] - fates["unavailable"]

    def figures(self) -> str:
        """One row of the table in docs/explanation/grants.md."""
        faults = ", ".join(f"{number} {name}" for name, number in sorted(self._named_faults().items())) or "none"
        cells = (len(self.provider.log()), self.overlaps(), len(self.lost), self.died(), self.answers["token"])
        return f"{faults} | " + " | ".join(f"{each:,}" for each in cells)

    def _named_faults(self) -> Counter[str]:
        named: Counter[str] = Counter()
        for fault, number in self.faults.items():
            named["freezes" if fault == "freeze" else "kills"] += number
        if dropped := sum(each["answer"] == "drop" for each in self.provider.log()):
            named["dropped responses"] = dropped
        return named

    def unexplained(self) -> list[tuple[str, int]]:
        """The lost grants without a request whose response died: with its process, or on its way."""
        fates = Counter(tuple(line.split()[:3]) for line in self.journal.read_text().splitlines())

        def died(credential_id: str, generation: int) -> int:
            of = {
                fate: fates[fate, credential_id, str(generation)]
                for fate in ("sent", "stored", "refused", "unavailable")
            }
            return of["sent"] - of["stored"] - of["refused"] - of["unavailable"]

        return [each for each in self.lost if died(*each) < 1]

    async def _started(self) -> NodeProcess:
        return await start(self.node, self.provider, journal=str(self.journal), refresher=True)

    async def _granted(self) -> str:
        """Begin a grant."""
        return (await managed(self.node, self.provider)).id

    async def _call(self, end: float) -> None:
        """Use tokens as a caller does."""
        while time.monotonic() < end:
            process, grant = self.chance.choice(self.processes), self.chance.choice(self.ids)
            try:
                answer = await process.mint(grant, remaining=0)
            except ConnectionError:
                self.answers["node killed"] += 1
                await asyncio.sleep(0.05)
                continue
            self.answers[answer.get("error", "token")] += 1
            if "error" in answer:
                await self._consent(grant)
            await asyncio.sleep(self.chance.uniform(0, 0.1))

    async def _consent(self, grant: str) -> None:
        """Store a new refresh token if the grant is lost."""
        async with self._consents:
            row = await self._row_of(grant)
            place = (grant, row["generation"])
            if row["is_lost"] and place not in self.lost:
                self.lost.append(place)
                await self._regrant(grant)

    async def _row_of(self, grant: str) -> Any:
        async with self.node.sql() as sql:
            return await sql.fetchrow(
                f"select generation, state = {REFRESH_STATE_REAUTH_REQUIRED} as is_lost from tokens where credential_id = $1",
                grant,
            )

    async def _regrant(self, grant: str) -> None:
        await updated(self.node, grant, "data.oauth2_refresh.refresh_token", data=refresh_data(self.provider))

    async def _disturb(self, end: float, half: int) -> None:
        """Kill nodes of one half at exact points and at any time, and freeze them."""
        while time.monotonic() < end:
            await asyncio.sleep(self.chance.uniform(0.3, 0.9))
            index = self.chance.randrange(half, NODES, 2)
            process = self.processes[index]
            match self.chance.choice(("point", "kill", "freeze", "freeze")):
                case "point":
                    point = self.chance.choice(_KILLS)
                    process.arm(point)
                    self.faults[point] += 1
                    try:
                        await asyncio.wait_for(process.process.wait(), 2)
                    except TimeoutError:
                        process.arm("")
                        continue
                    await process.ended()
                    self.processes[index] = await self._started()
                case "kill":
                    self.faults["kill"] += 1
                    await process.kill()
                    self.processes[index] = await self._started()
                case _:
                    self.faults["freeze"] += 1
                    process.send(signal.SIGSTOP)
                    await asyncio.sleep(self.chance.uniform(0.2, 2))
                    process.send(signal.SIGCONT)


@dataclass
class TtlStorm(Storm):
    """Nodes with a lock that ends after as long as a silent node is waited for by the others."""

    async def _started(self) -> NodeProcess:
        return await start(self.node, self.provider, journal=str(self.journal), program="ttl_node.py", ttl=TTL)

    async def _granted(self) -> str:
        grant = str(uuid.uuid4())
        async with self.node.sql() as sql:
            await sql.execute(TABLE)
            await sql.execute(
                "insert into ttl_grants (id, refresh_token) values ($1, $2)", grant, self.provider.grant()
            )
        return grant

    async def _row_of(self, grant: str) -> Any:
        async with self.node.sql() as sql:
            return await sql.fetchrow("select generation, is_lost from ttl_grants where id = $1", grant)

    async def _regrant(self, grant: str) -> None:
        async with self.node.sql() as sql:
            await sql.execute(
                "update ttl_grants set is_lost = false, generation = generation + 1, refresh_token = $2 where id = $1",
                grant,
                self.provider.grant(),
            )


async def storm(
    node: Deployment,
    provider: Provider,
    journal: Path,
    rotation: str,
    seconds: float,
    seed: int,
    kind: type[Storm] = Storm,
) -> Storm:
    """Run one. A provider that is `slow` is strict; nothing else happens to its grants."""
    is_slow = rotation == "slow"
    if is_slow:
        provider.set(rotation="strict", latency=[0.05, 3], expires_in=_LIFE)
    else:
        provider.set(rotation=rotation, latency=LATENCY, expires_in=_LIFE, answer="drop", chance=0.05)
    run = kind(node, provider, journal, random.Random(seed), is_disturbed=not is_slow)
    await run.run(seconds)
    return run
