"""Four nodes refresh the tokens of fifty callers, while nodes are killed and frozen and responses are dropped."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rpc.calls import updated
from use.granting import managed, refresh_data, row_of
from use.refreshing_nodes import NodeProcess, start

from strongroom.v1.credential_pb2 import REFRESH_STATE_REAUTH_REQUIRED

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment
    from schemes.provider import Provider

    from strongroom.v1.credential_pb2 import Credential

NODES = 4
CALLERS = 50
GRANTS = 8
# Every request takes as long: two of a grant whose arrivals are closer ran at once.
LATENCY = 0.15
_LIFE = 2
_KILLS = ("connected:KILL", "leased:KILL", "sent:KILL", "answered:KILL", "stored:KILL", "failed:KILL")


@dataclass
class Storm:
    """A run, and what is known of it at its end."""

    node: Deployment
    provider: Provider
    journal: Path
    chance: random.Random
    processes: list[NodeProcess] = field(default_factory=list)
    credentials: list[Credential] = field(default_factory=list)
    # Credential and generation of each grant that needed a new consent.
    lost: list[tuple[str, int]] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    _consents: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, seconds: float) -> None:
        """Run until the time is over and every call has ended."""
        self.credentials = [await managed(self.node, self.provider) for _ in range(GRANTS)]
        self.processes = list(await asyncio.gather(*(self._started() for _ in range(NODES))))
        try:
            end = time.monotonic() + seconds
            await asyncio.gather(
                *(self._disturb(end, half) for half in (0, 1)), *(self._call(end) for _ in range(CALLERS))
            )
        finally:
            for process in self.processes:
                await process.kill()

    def overlaps(self) -> int:
        """How many requests of a grant began while another of the same grant ran."""
        arrivals: dict[str, list[float]] = {}
        for each in self.provider.log():
            arrivals.setdefault(each["family"], []).append(each["time"])
        return sum(
            later - earlier < LATENCY
            for times in arrivals.values()
            for earlier, later in zip(sorted(times), sorted(times)[1:], strict=False)
        )

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
        return await start(self.node, self.provider, journal=str(self.journal))

    async def _call(self, end: float) -> None:
        """Use tokens as a caller does."""
        while time.monotonic() < end:
            process, credential = self.chance.choice(self.processes), self.chance.choice(self.credentials)
            try:
                answer = await process.mint(credential.id, remaining=0)
            except ConnectionError:
                self.answers["node killed"] += 1
                await asyncio.sleep(0.05)
                continue
            self.answers[answer.get("error", "token")] += 1
            if "error" in answer:
                await self._consent(credential)
            await asyncio.sleep(self.chance.uniform(0, 0.1))

    async def _consent(self, credential: Credential) -> None:
        """Store a new refresh token if the grant is lost."""
        async with self._consents:
            row = await row_of(self.node, credential)
            place = (credential.id, row["generation"])
            if row["state"] == REFRESH_STATE_REAUTH_REQUIRED and place not in self.lost:
                self.lost.append(place)
                path = "data.oauth2_refresh.refresh_token"
                await updated(self.node, credential.id, path, data=refresh_data(self.provider))

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


async def storm(node: Deployment, provider: Provider, journal: Path, rotation: str, seconds: float, seed: int) -> Storm:
    """Run one."""
    provider.set(rotation=rotation, latency=LATENCY, expires_in=_LIFE, answer="drop", chance=0.05)
    run = Storm(node, provider, journal, random.Random(seed))
    await run.run(seconds)
    return run
