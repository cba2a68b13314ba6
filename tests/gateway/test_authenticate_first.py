"""The gateway authenticates a caller before it reads the body: 401 comes before every other refusal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from conftest import ORGANISATION
from gateway.running import BODIES, SLASHID, TINES, VERSORI, always, listening
from prometheus_client import REGISTRY
from rpc.calls import key_of
from rpc.test_token_callers import registered, signed
from store.test_watch import revoke
from structlog.testing import capture_logs
from waiting import until

from strongroom.v1.identity_service_pb2 import Caller
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_WRITER
from strongroom_server.gateway import callers, json_body, requests
from strongroom_server.gateway.app import VENDORS, application
from strongroom_server.gateway.services import services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from conftest import Deployment

WRONG = "sr_doesnotexist_only-ever-used-by-the-tests-of-strangers"


def operations_with_bodies() -> Iterator[tuple[str, str]]:
    """The method and path of each operation of each vendor that has a body."""
    for vendor in VENDORS:
        for path, operations in vendor.resources().items():
            for method, operation in operations.items():
                if operation.body is not None:
                    filled = vendor.prefix + path
                    for name in ("organisationId", "credentialId", "cred_id", "id"):
                        filled = filled.replace(f"{{{name}}}", ORGANISATION if name == "organisationId" else "1")
                    yield method, filled


OPERATIONS = [*operations_with_bodies(), ("POST", "/api/v1/unknown"), ("PURGE", TINES)]


def headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "SlashID-API-Key": key, "SlashID-OrgID": ORGANISATION}


def note_parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Make the parser note the bodies that it gets."""
    parsed: list[bytes] = []
    original = json_body.parse

    def parse(body: bytes) -> Any:
        parsed.append(body)
        return original(body)

    monkeypatch.setattr(json_body, "parse", parse)
    return parsed


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_a_stranger_gets_401_whatever_the_body_is(
    deployment: Deployment, method: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = note_parsed(monkeypatch)
    for body in (b"{", b"x" * (requests.BODY_LIMIT + 1), b""):
        answer = await deployment.http.request(method, path, headers=headers(WRONG), content=body)
        assert answer.status_code == 401
    assert parsed == []


def test_there_are_operations_with_bodies_of_every_vendor() -> None:
    assert len(OPERATIONS) >= 12
    assert {VERSORI, SLASHID, TINES} <= {path for _, path in OPERATIONS}


@pytest.mark.parametrize("path", BODIES)
async def test_a_known_callers_body_is_checked_as_before(deployment: Deployment, path: str) -> None:
    http, known = deployment.http, headers(deployment.api_key)
    assert (await http.post(path, headers=known, content=b"{")).status_code in (400, 422)
    assert (await http.post(path, headers=known, content=b"x" * (requests.BODY_LIMIT + 1))).status_code == 413
    assert (await http.post(path, headers=known, json=BODIES[path])).status_code == 201


async def send(deployment: Deployment, head: bytes, *, close: bool = True) -> tuple[bytes, bool]:
    """All that the server sends after a head, and whether it then closes the connection."""
    place = urlsplit(deployment.http_url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    received = b""
    try:
        writer.write(head)
        async with asyncio.timeout(5):
            while part := await reader.read(65_536):
                received += part
                if not close and b"\r\n\r\n" in received:
                    return received, False
        return received, True
    finally:
        writer.close()


HEAD = "POST /api/v1/user_credentials HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Length: 1000\r\n{}\r\n"


async def test_a_strangers_body_is_never_asked_for(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "UNREAD_SECONDS", 0.05)
    answer, is_closed = await send(deployment, HEAD.format(WRONG, "Expect: 100-continue\r\n").encode())
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"100 Continue" not in answer
    assert b"connection: close" in answer
    assert is_closed


async def test_a_known_callers_body_is_asked_for(deployment: Deployment) -> None:
    head = HEAD.format(deployment.api_key, "Expect: 100-continue\r\n").encode()
    answer, _ = await send(deployment, head, close=False)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\n")


async def test_a_refused_request_whose_body_does_not_arrive_closes_the_connection(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "UNREAD_SECONDS", 0.05)
    answer, is_closed = await send(deployment, HEAD.format(WRONG, "").encode() + b"{")
    assert answer.startswith(b"HTTP/1.1 401")
    assert answer.count(b"HTTP/1.1") == 1
    assert b"connection: close" in answer
    assert is_closed


async def test_a_client_that_sends_its_whole_body_first_gets_the_refusal(deployment: Deployment) -> None:
    # Longer than the buffers of both ends, so that the client is still sending when it is refused.
    async with httpx.AsyncClient(base_url=deployment.http_url) as http:
        for _ in range(5):
            answer = await http.post(TINES, headers=headers(WRONG), content=b"x" * 4_000_000)
            assert answer.status_code == 401


async def test_a_refused_request_whose_body_is_here_keeps_the_connection(deployment: Deployment) -> None:
    head = HEAD.format(WRONG, "").encode() + b"x" * 1000
    first, _ = await send(deployment, head + head.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\nConnection: close\r\n"))
    assert first.count(b"HTTP/1.1 401") == 2


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


async def test_a_known_caller_is_logged_and_counted_once(deployment: Deployment) -> None:
    before = counted("strongroom_calls_total", method="GetCaller", code="OK", reason="")
    with capture_logs() as lines:
        await deployment.http.post(TINES, headers=headers(deployment.api_key), json=BODIES[TINES])
    assert [line["method"] for line in lines if line["event"] == "call"] == ["CreateCredential"]
    assert counted("strongroom_calls_total", method="GetCaller", code="OK", reason="") == before


async def test_a_stranger_is_logged_counted_and_recorded_once_with_the_address(deployment: Deployment) -> None:
    by = await key_of(deployment, ROLE_READER)
    key = by[0][1].removeprefix("Bearer ")
    key_id = key.split("_")[1]
    before = counted("strongroom_authentication_failures_total", kind="wrong_secret")
    with capture_logs() as lines:
        answer = await deployment.http.post(TINES, headers=headers(f"{key}x"), json=BODIES[TINES])
        await until(lambda: not deployment.service.pipeline._denials._writes)
    assert answer.status_code == 401
    (line,) = (line for line in lines if line["event"] == "call")
    assert (line["method"], line["key"], line["peer"]) == ("GetCaller", key_id, "127.0.0.1")
    assert counted("strongroom_authentication_failures_total", kind="wrong_secret") == before + 1
    async with deployment.sql() as sql:
        rows = await sql.fetch(
            "select organisation_id, outcome, peer, subject from audit_events"
            " where action = 'Authenticate' and key_id = $1",
            key_id,
        )
    assert [tuple(row) for row in rows] == [(ORGANISATION, "API_KEY_INVALID", "127.0.0.1", "GetCaller")]


async def test_a_token_is_verified_before_the_body_is_read(deployment: Deployment) -> None:
    key = await registered(deployment)
    expired = signed(key.id, exp=1)[0][1].removeprefix("JWT ")
    answer = await deployment.http.post(VERSORI, headers={"Authorization": f"JWT {expired}"}, content=b"{")
    assert answer.status_code == 401


@pytest.fixture
async def apart(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway that calls the service over the network."""
    async with listening(application(services(deployment.grpc), always)) as http:
        yield http


def get_callers(lines: list[Any]) -> int:
    return len([line for line in lines if line.get("method") == "GetCaller"])


async def test_a_gateway_apart_asks_the_service_once_a_second_for_each_caller(
    deployment: Deployment, apart: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = await key_of(deployment, ROLE_WRITER)
    other = headers(by[0][1].removeprefix("Bearer "))
    with capture_logs() as lines:
        for path in BODIES:
            for _ in range(3):
                assert (
                    await apart.post(path, headers=headers(deployment.api_key), json=BODIES[path])
                ).status_code == 201
        # Versori's and Tines' clients send the same header.
        assert get_callers(lines) == 1
        await apart.post(TINES, headers=other, json=BODIES[TINES])
        assert get_callers(lines) == 2
        monkeypatch.setattr(callers, "_KEPT_SECONDS", 0.0)
        await apart.post(TINES, headers=other, json=BODIES[TINES])
        assert get_callers(lines) == 3


async def test_a_gateway_apart_refuses_a_stranger_each_time_by_one_call(
    apart: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = note_parsed(monkeypatch)
    with capture_logs() as lines:
        for path in BODIES:
            assert (await apart.post(path, headers=headers(WRONG), content=b"{")).status_code == 401
        assert (await apart.post("/api/v1/unknown", headers=headers(WRONG))).status_code == 401
    assert parsed == []
    assert [line["method"] for line in lines if line["event"] == "call"] == ["GetCaller"] * 4


async def test_a_gateway_apart_reads_no_body_for_a_key_that_was_revoked_a_second_ago(
    deployment: Deployment, apart: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = await key_of(deployment, ROLE_WRITER)
    sent = headers(by[0][1].removeprefix("Bearer "))
    assert (await apart.post(TINES, headers=sent, json=BODIES[TINES])).status_code == 201
    await revoke(deployment, by)
    # Within the second the call itself is refused.
    assert (await apart.post(TINES, headers=sent, json=BODIES[TINES])).status_code == 401
    monkeypatch.setattr(callers, "_KEPT_SECONDS", 0.0)
    assert (await apart.post(TINES, headers=sent, content=b"{")).status_code == 401


async def test_the_answers_that_a_gateway_keeps_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_MOST_KEPT", 3)

    async def known(*_: object, **__: object) -> Caller:
        return Caller()

    kept = callers.Callers(known)
    for index in range(10):
        await kept.authenticate((("authorization", f"Bearer {index}"),))
        assert len(kept._kept) <= 3
        assert not any(b"Bearer" in digest for digest in kept._kept)
