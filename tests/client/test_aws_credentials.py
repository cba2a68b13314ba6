"""A session of botocore gets temporary credentials, and others before they expire."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from client.scripted import connect

from strongroom.aws_credentials import aws_session
from strongroom.v1.use_service_pb2 import MintTokenRequest, MintTokenResponse, TemporaryAwsKey


def minted(name: str, minutes: int) -> MintTokenResponse:
    response = MintTokenResponse(
        token=f"secret-{name}", aws=TemporaryAwsKey(access_key_id=f"ASIA{name}", session_token=f"session-{name}")
    )
    response.expire_time.FromDatetime(datetime.now(UTC) + timedelta(minutes=minutes))
    return response


def frozen(session: Any) -> tuple[str, str, str]:
    found = session.get_credentials().get_frozen_credentials()
    return found.access_key, found.secret_key, found.token


async def test_the_session_has_the_key_that_the_server_minted() -> None:
    async with connect(minted("1", 60)) as (server, client):
        session = await aws_session(client, "7", actor="anna")
        assert await asyncio.to_thread(frozen, session) == ("ASIA1", "secret-1", "session-1")
    assert len(server.calls) == 1
    sent = MintTokenRequest.FromString(server.calls[0].request)
    assert (sent.id, sent.actor, sent.min_remaining_seconds) == ("7", "anna", 900)


async def test_a_key_that_expires_soon_is_replaced() -> None:
    async with connect(minted("1", 5), minted("2", 60)) as (server, client):
        session = await aws_session(client, "7")
        assert await asyncio.to_thread(frozen, session) == ("ASIA2", "secret-2", "session-2")
        assert await asyncio.to_thread(frozen, session) == ("ASIA2", "secret-2", "session-2")
    assert len(server.calls) == 2


async def test_in_the_thread_of_the_event_loop_the_mistake_is_named() -> None:
    async with connect(minted("1", 5), minted("2", 60)) as (_, client):
        session = await aws_session(client, "7")
        with pytest.raises(RuntimeError, match="to_thread"):
            frozen(session)
