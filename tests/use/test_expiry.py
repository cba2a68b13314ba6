"""When a JWT expires, and texts that only look like one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from use.minting import jwt_with

from strongroom_server.use.expiry import seconds_of_jwt

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SECONDS = NOW.timestamp()


@pytest.mark.parametrize(
    ("expire", "seconds"),
    [(SECONDS + 60, 60), (int(SECONDS) + 60, 60), (SECONDS - 60, 0), (SECONDS + 1e9, None), (0, 0)],
)
def test_a_jwt_says_itself_when_it_expires(expire: float, seconds: float | None) -> None:
    assert seconds_of_jwt(jwt_with({"exp": expire}), NOW) == seconds


@pytest.mark.parametrize("claims", [{}, {"exp": None}, {"exp": "1e9"}, {"exp": True}, {"exp": [1]}, {"exp": 10**40}])
def test_an_expiry_that_is_no_time_is_not_known(claims: dict[str, Any]) -> None:
    assert seconds_of_jwt(jwt_with(claims), NOW) is None


@pytest.mark.parametrize(
    "token", ["opaque", "a.b", "a.b.c.d", "..", "a.b.c", "a.bnVsbA.c", "a.eyJleHAiOk5hTn0.c", "a.W10.c", "a.\u00e9.c"]
)
def test_a_text_that_is_no_jwt_says_nothing(token: str) -> None:
    assert seconds_of_jwt(token, NOW) is None
