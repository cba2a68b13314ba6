"""A node that refreshes as is usual: under a lock with a time limit, in a row. It is what refreshing_node.py is compared with.

It takes the same arguments, reads and writes the same lines and has the same points, where they exist. It takes the lock before it
connects, reads the grant again under the lock, and stores what it gets without a condition. `ttl` is the limit in seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from schemes.provider_tokens import CLIENT_ID, CLIENT_SECRET
from use.refreshing_node import Points, say

from strongroom_server.egress import opened
from strongroom_server.egress.client import Client
from strongroom_server.egress.policy import Policy, networks_of
from strongroom_server.egress.tls import tls_context
from strongroom_server.schemes.sending import Sender
from strongroom_server.schemes.token_endpoint import TokenRequest, request_token
from strongroom_server.schemes.token_errors import Refused, TokenNotIssued, Unavailable

TABLE = """
    create table if not exists ttl_grants (
        id text primary key, refresh_token text not null, generation bigint not null default 0, access_token text,
        create_time timestamptz, expire_time timestamptz, lock_until timestamptz, is_lost boolean not null default false
    )
"""
_READ = """
    select access_token, is_lost, expire_time > now() as lives,
        expire_time - now() > (expire_time - create_time) / 5 as is_fresh from ttl_grants where id = $1
"""
_LOCK = """
    update ttl_grants set lock_until = now() + $2 * interval '1 second'
    where id = $1 and not is_lost and (lock_until is null or lock_until < now()) returning refresh_token, generation, now() as time
"""
_STORE = """
    update ttl_grants set refresh_token = $2, access_token = $3, generation = $4, create_time = $5,
        expire_time = $5::timestamptz + $6 * interval '1 second', lock_until = null where id = $1
"""
_LOSE = "update ttl_grants set is_lost = true, lock_until = null where id = $1 and refresh_token = $2"
_UNLOCK = "update ttl_grants set lock_until = null where id = $1"
# As long as refreshing_node.py waits for a provider, and for another node.
_RESPONSE_SECONDS = 15.0
_CALL_SECONDS = 60.0


class Node:
    """What calls share."""

    def __init__(self, pool: Any, client: Client, points: Points, options: dict[str, Any]) -> None:
        self._pool = pool
        self._client = client
        self._points = points
        self._options = options

    async def mint(self, grant: str) -> str:
        """A token that lives. Raises LookupError with the reason."""
        end = asyncio.get_running_loop().time() + _CALL_SECONDS
        while asyncio.get_running_loop().time() < end:
            row = await self._pool.fetchrow(_READ, grant)
            if row["is_fresh"]:
                return str(row["access_token"])
            if row["is_lost"]:
                raise LookupError("REAUTH_REQUIRED")
            locked = await self._pool.fetchrow(_LOCK, grant, self._options["ttl"])
            if locked is not None:
                await self._refresh(grant, locked)
            elif row["lives"]:
                return str(row["access_token"])
            else:
                await asyncio.sleep(0.05)
        raise LookupError("DEADLINE_EXCEEDED")

    async def _refresh(self, grant: str, locked: Any) -> None:
        points, generation = self._points, locked["generation"]
        points.reach("leased")
        # Another node may have refreshed before the lock was taken.
        if (await self._pool.fetchrow(_READ, grant))["is_fresh"]:
            await self._pool.execute(_UNLOCK, grant)
            return

        async def before_send() -> None:
            points.reach("connected")
            points.write("sent", grant, generation, os.getpid())

        sender = Sender(self._client, _RESPONSE_SECONDS, "", before_send)
        fields = {"grant_type": "refresh_token", "refresh_token": locked["refresh_token"]}
        request = TokenRequest(self._options["token_url"], fields, CLIENT_ID, CLIENT_SECRET, "basic")
        try:
            token, _ = await request_token(sender, request)
        except TokenNotIssued as error:
            points.write(_fate_of(error), grant, generation, os.getpid())
            points.reach("failed")
            if isinstance(error, Refused) and error.error == "invalid_grant":
                await self._pool.execute(_LOSE, grant, locked["refresh_token"])
            await self._pool.execute(_UNLOCK, grant)
            return
        points.reach("answered")
        new = token.refresh_token or locked["refresh_token"]
        await self._pool.execute(
            _STORE, grant, new, token.access_token, generation + 1, locked["time"], token.expire_seconds
        )
        points.write("stored", grant, generation, os.getpid())
        points.reach("stored")


def _fate_of(error: TokenNotIssued) -> str:
    if isinstance(error, Refused):
        return "refused"
    return "unavailable" if isinstance(error, Unavailable) else "in_doubt"


async def main(options: dict[str, Any]) -> None:
    points, read_by = Points(options.get("journal", "")), opened._read_by

    async def at_read(*arguments: Any) -> Any:
        await asyncio.sleep(0.02)
        points.reach("sent")
        return await read_by(*arguments)

    vars(opened)["_read_by"] = at_read
    policy = Policy(networks_of("127.0.0.1"), ports=frozenset({443, options["provider_port"]}))
    client = Client(policy, tls_context(Path(options["provider_ca"])))
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with asyncpg.create_pool(options["database_url"], min_size=1, max_size=5) as pool:
        node, calls = Node(pool, client, points, options), set()
        say({"ready": os.getpid()})

        async def answer(request: dict[str, Any]) -> None:
            try:
                say({"id": request["id"], "token": await node.mint(request["credential"])})
            except (LookupError, OSError, asyncpg.PostgresError) as error:
                say({"id": request["id"], "error": str(error) or type(error).__name__})

        async for line in reader:
            request = json.loads(line)
            points.armed = request.get("arm", points.armed)
            if "credential" in request:
                call = asyncio.create_task(answer(request))
                calls.add(call)
                call.add_done_callback(calls.discard)


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
