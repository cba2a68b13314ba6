"""The programs that docs/how-to/events.md shows work as they are."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from events.world import World, path, served, world
from waiting import DEADLINE_SECONDS, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

__all__ = ["served", "world"]

EXAMPLES = Path(__file__).parents[2] / "examples"


async def test_the_receiver_prints_each_event_once_and_refuses_a_changed_one(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = path()
    made = await world.webhook(here)
    await world.happen(user="anna")
    await until(lambda: world.receiver.at(here))
    (request,) = world.receiver.at(here)
    monkeypatch.setenv("WEBHOOK_SECRET", made.secret)
    spec = importlib.util.spec_from_file_location("webhook_receiver", EXAMPLES / "webhook_receiver.py")
    assert spec is not None
    assert spec.loader is not None
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    transport = httpx.ASGITransport(program.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://receiver.example") as http:
        capsys.readouterr()
        for body, status in ((request.body, 204), (request.body, 204), (request.body + b" ", 400)):
            response = await http.post("/strongroom", content=body, headers=request.headers)
            assert response.status_code == status
    printed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("grant.")]
    assert len(printed) == 1
    assert "'user': 'anna'" in printed[0]


async def test_the_follower_goes_on_where_it_ended(world: World, tmp_path: Path) -> None:
    @asynccontextmanager
    async def following() -> AsyncIterator[asyncio.StreamReader]:
        environment = {
            "PATH": os.environ["PATH"],
            "STRONGROOM_TARGET": world.deployment.grpc_target,
            "STRONGROOM_API_KEY": world.metadata[0][1].removeprefix("Bearer "),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, EXAMPLES / "follow_events.py", cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                yield process.stdout
        finally:
            process.kill()
            await process.wait()

    await world.happen()
    async with following() as lines:
        assert (await lines.readline()).startswith(b"1 grant.reauth_required ")
        await until((tmp_path / "last_sequence").exists)
        await until(lambda: (tmp_path / "last_sequence").read_text() == "1")
    await world.happen()
    async with following() as lines:
        assert (await lines.readline()).startswith(b"2 grant.reauth_required ")
