"""A node that is killed while it completes a session: the code is never sent twice, and no stored connection is lost."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from connections.consenting import USER, begin, completed, consented, counts, exchanges_of, new_app, node, session_of
from connections.killed_node import POINTS
from rpc.calls import refused
from schemes.provider import provider, provider_process

from strongroom.v1.connection_service_pb2 import CONNECTION_SESSION_STATE_COMPLETED, CONNECTION_SESSION_STATE_FAILED

if TYPE_CHECKING:
    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]

_PROGRAM = Path(__file__).with_name("killed_node.py")


async def killed(node: Deployment, provider: Provider, point: str) -> str:
    """Have a node killed at a point of a completion. Returns the id of the session."""
    begun = await begin(node, (await new_app(node, provider)).id)
    await consented(node, provider, begun)
    options = {
        "point": point,
        "session_id": begun.session.id,
        "user": USER,
        "api_key": node.api_key,
        "data_dir": str(node.settings.data_dir),
        "database_url": node.database_url,
        "provider_port": provider.port,
        "provider_ca": str(provider.ca_file),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_PROGRAM),
        json.dumps(options),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, error = await process.communicate()
    assert process.returncode == -signal.SIGKILL, error.decode()
    return begun.session.id


async def test_a_killed_node_leaves_a_session_in_doubt_or_a_connection(node: Deployment, provider: Provider) -> None:
    before = await counts(node)
    ended = dict(zip(POINTS, await asyncio.gather(*(killed(node, provider, each) for each in POINTS)), strict=True))
    # Of three sessions two sent their code, and one stored its connection.
    assert exchanges_of(provider) == ["authorization_code"] * 2
    assert (await counts(node)).connections == before.connections + 1
    for point in ("marked", "answered"):
        session = await session_of(node, ended[point])
        assert (session.state, session.error) == (CONNECTION_SESSION_STATE_FAILED, "exchange_in_doubt")
        failed = await refused(completed(node, ended[point]))
        assert (failed.reason, "exchange_in_doubt" in failed.message) == ("CONSENT_FAILED", True)
    session = await session_of(node, ended["stored"])
    assert session.state == CONNECTION_SESSION_STATE_COMPLETED
    assert (await completed(node, session.id)).id == session.connection_id
    assert len(exchanges_of(provider)) == 2
