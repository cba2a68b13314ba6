"""How the keys of issuers are fetched, kept and fetched again. The provider is a process with a real HTTPS server."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from access.oidc_provider import Provider, provider
from waiting import until

from strongroom.v1 import error_reason_pb2
from strongroom_server.access import issuer_keys
from strongroom_server.access.issuer_keys import IssuerKeys
from strongroom_server.core.errors import ServiceError
from strongroom_server.egress.client import Client
from strongroom_server.egress.policy import Policy
from strongroom_server.egress.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Provider]:
    async with provider(tmp_path_factory.mktemp("provider")) as made:
        yield made


@pytest.fixture
def issuer(running: Provider) -> Provider:
    """The provider, which publishes one key."""
    running.publish("one")
    return running


@asynccontextmanager
async def following(issuer: Provider, client: Client | None = None) -> AsyncIterator[IssuerKeys]:
    """The keys of the issuer."""
    keys = IssuerKeys(client or issuer.client())
    keys.follow([issuer.url])
    try:
        yield keys
    finally:
        await keys.close()


def pass_time(keys: IssuerKeys, url: str, seconds: float) -> None:
    """Let this much time pass since the last fetch."""
    source = keys._sources[url]
    source.tried_at -= seconds
    source.fetched_at -= seconds


async def is_unavailable(keys: IssuerKeys, url: str, key_id: str = "one") -> bool:
    with pytest.raises(ServiceError) as caught:
        await keys.key(url, key_id)
    return caught.value.reason == error_reason_pb2.ERROR_REASON_ISSUER_KEYS_UNAVAILABLE


async def test_keys_are_fetched_before_the_first_token_arrives(issuer: Provider) -> None:
    before = issuer.requests
    async with following(issuer) as keys:
        await until(lambda: keys.epoch)
        found = await keys.key(issuer.url, "one")
        assert found is not None
        assert found.key == issuer.keys["one"].public_key()
        assert issuer.requests == before + 1


async def test_a_url_that_no_issuer_has_any_more_is_forgotten(issuer: Provider) -> None:
    async with following(issuer) as keys:
        await until(lambda: keys.epoch)
        keys.follow([])
        before = issuer.requests
        keys.refresh()
        assert not keys._sources
        assert issuer.requests == before


async def test_a_flood_of_unknown_keys_is_one_request_a_minute(issuer: Provider) -> None:
    async with following(issuer) as keys:
        await until(lambda: keys.epoch)
        before = issuer.requests
        pass_time(keys, issuer.url, issuer_keys.FETCH_SECONDS)
        assert set(await asyncio.gather(*(keys.key(issuer.url, f"unknown-{n}") for n in range(200)))) == {None}
        for n in range(200):
            assert await keys.key(issuer.url, f"more-{n}") is None
        assert issuer.requests == before + 1
        pass_time(keys, issuer.url, issuer_keys.FETCH_SECONDS - 5)
        assert await keys.key(issuer.url, "unknown") is None
        assert issuer.requests == before + 1


async def test_a_rotated_key_is_fetched_when_a_token_names_it_and_the_old_one_ends(issuer: Provider) -> None:
    async with following(issuer) as keys:
        await until(lambda: keys.epoch)
        issuer.publish("two")
        pass_time(keys, issuer.url, issuer_keys.FETCH_SECONDS)
        assert await keys.key(issuer.url, "two") is not None
        assert await keys.key(issuer.url, "one") is None
        assert keys.epoch == 2


async def test_the_same_keys_again_are_no_change(issuer: Provider) -> None:
    async with following(issuer) as keys:
        await until(lambda: keys.epoch)
        pass_time(keys, issuer.url, issuer_keys.FETCH_SECONDS)
        assert await keys.key(issuer.url, "unknown") is None
        assert keys.epoch == 1


async def test_keys_are_fetched_again_every_hour(issuer: Provider) -> None:
    async with following(issuer) as keys:
        await until(lambda: keys.epoch)
        before = issuer.requests
        pass_time(keys, issuer.url, issuer_keys.REFRESH_SECONDS - 5)
        keys.refresh()
        issuer.publish("two")
        pass_time(keys, issuer.url, 5)
        keys.refresh()
        await until(lambda: keys.epoch == 2)
        assert issuer.requests == before + 1
        assert await keys.key(issuer.url, "one") is None


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"status": 500, "body": "{}"}, "responded with the status 500"),
        ({"status": 204}, "responded with the status 204"),
        ({"body": "<!doctype html><title>Sign in</title>", "headers": {"Content-Type": "text/html"}}, "must be JSON"),
        ({"body": '{"keys": []}'}, "must have a public key"),
        ({"body": '{"keys": [{"kty": "oct", "k": "AAAA", "kid": "one"}]}'}, "must have a public key"),
        ({"body": "x" * 65_536, "repeat": 1024}, "sent more than 64 KiB"),
        ({"status": 302, "headers": {"Location": "http://169.254.169.254/latest/meta-data"}}, "the status 302"),
        ({"status": 301, "headers": {"Location": "/other"}}, "the status 301"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_keys_are_kept_while_the_url_answers_with_something_else(
    issuer: Provider, answer: dict[str, Any], problem: str
) -> None:
    async with following(issuer) as keys:
        await until(lambda: keys.epoch)
        issuer.answer(**answer)
        pass_time(keys, issuer.url, issuer_keys.FETCH_SECONDS)
        before = issuer.requests
        with structlog.testing.capture_logs() as logs:
            # Whether the issuer has a new key cannot be known.
            assert await is_unavailable(keys, issuer.url, "two")
        assert [problem in line["problem"] for line in logs if line["event"] == "issuer keys not fetched"] == [True]
        assert await keys.key(issuer.url, "one") is not None
        assert keys.epoch == 1
        assert issuer.requests == before + 1


async def test_without_keys_callers_are_told_that_they_are_unavailable(issuer: Provider) -> None:
    issuer.answer(status=503)
    async with following(issuer) as keys:
        assert await is_unavailable(keys, issuer.url)
        before = issuer.requests
        assert await is_unavailable(keys, issuer.url)
        assert issuer.requests == before
        issuer.publish("one")
        pass_time(keys, issuer.url, issuer_keys.FETCH_SECONDS)
        assert await keys.key(issuer.url, "one") is not None
        assert keys.epoch == 1


async def test_keys_are_dropped_after_a_day_without_an_answer(issuer: Provider) -> None:
    async with following(issuer) as keys:
        await until(lambda: keys.epoch)
        issuer.answer(status=503)
        pass_time(keys, issuer.url, issuer_keys.KEEP_SECONDS)
        keys.refresh()
        assert keys.epoch == 2
        assert await is_unavailable(keys, issuer.url)


async def test_a_slow_provider_delays_no_known_key_and_no_other_issuer(
    issuer: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer_keys, "_LIMITS", issuer_keys._LIMITS._replace(seconds=0.5))
    async with following(issuer) as keys:
        await until(lambda: keys.epoch)
        issuer.answer(seconds=30)
        other = f"{issuer.endpoint}/other"
        pass_time(keys, issuer.url, issuer_keys.FETCH_SECONDS)
        waiting = asyncio.create_task(is_unavailable(keys, issuer.url, "two"))
        before = issuer.requests
        await until(lambda: issuer.requests > before)
        started = time.monotonic()
        assert await keys.key(issuer.url, "one") is not None
        issuer.publish("one")
        keys.follow([issuer.url, other])
        assert await keys.key(other, "one") is not None
        assert time.monotonic() - started < 0.5
        assert await waiting


async def test_a_caller_that_gives_up_ends_no_fetch(issuer: Provider) -> None:
    async with following(issuer) as keys:
        await until(lambda: keys.epoch)
        issuer.publish("two")
        pass_time(keys, issuer.url, issuer_keys.FETCH_SECONDS)
        caller = asyncio.create_task(keys.key(issuer.url, "two"))
        await asyncio.sleep(0)
        caller.cancel()
        await until(lambda: keys.epoch == 2)
        assert await keys.key(issuer.url, "two") is not None


async def test_private_keys_in_a_set_are_ignored_with_a_warning_that_does_not_hold_them(issuer: Provider) -> None:
    leaked = [{"kty": "EC", "d": "leaked-part", "kid": "two"}, {"kty": "oct", "k": "leaked-secret", "kid": "three"}]
    issuer.answer(body=json.dumps({"keys": [*json.loads(issuer.jwks)["keys"], *leaked]}))
    with structlog.testing.capture_logs() as logs:
        async with following(issuer) as keys:
            await until(lambda: keys.epoch)
            assert await keys.key(issuer.url, "one") is not None
            assert await keys.key(issuer.url, "two") is None
            assert await keys.key(issuer.url, "three") is None
    assert [line["ignored"] for line in logs if line["event"] == "issuer publishes private keys"] == [2]
    assert "leaked-" not in str(logs)


@pytest.mark.parametrize(
    ("policy", "trusted", "problem"),
    [
        # A private address that is not among STRONGROOM_EGRESS_ENDPOINTS, or is on another port.
        (Policy(), True, "port"),
        (Policy(ports=frozenset(range(1, 65536))), True, "not public"),
        (None, False, "certificate"),
    ],
)
async def test_keys_come_only_through_the_guard_and_over_verified_tls(
    issuer: Provider, policy: Policy | None, trusted: bool, problem: str
) -> None:
    client = (
        Client(policy, tls_context(issuer.ca_file if trusted else None))
        if policy is not None
        else Client(issuer.client()._policy, tls_context(None))
    )
    before = issuer.requests
    with structlog.testing.capture_logs() as logs:
        async with following(issuer, client) as keys:
            assert await is_unavailable(keys, issuer.url)
            assert keys.epoch == 0
    assert any(problem in line["problem"] for line in logs if line["event"] == "issuer keys not fetched")
    assert issuer.requests == before
