"""Whose key a request to the proxy has, wherever an SDK puts it, and that no part of it is passed on."""

from __future__ import annotations

import base64
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest
import trustme
from gateway.proxied import RECEIVER, Proxied, proxied
from node.tls_samples import NAMES, Files
from starlette.requests import Request
from structlog.testing import capture_logs

from strongroom.v1.use_service_pb2 import ENVIRONMENT_LIVE, ENVIRONMENT_TEST
from strongroom_server.access.proxies import CLIENT_CERT
from strongroom_server.gateway import requests
from strongroom_server.gateway.problems import RefusedError
from strongroom_server.gateway.proxy.callers import Presented, presented

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from conftest import Deployment

KEY = "sr_abc_a-secret-of-32-characters-or-more"
OTHER = "sr_abc_another-secret-of-32-characters"
# The form of a workload's token.
TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def read(*headers: tuple[str, str], url: str = "https://api.example.com/", certificate: str = "") -> Presented:
    tls = {"tls": {"client_cert_chain": (certificate,)}} if certificate else {}
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return presented(Request({"type": "http", "headers": raw, "client": None, "extensions": tls}), url)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Strongroom-Key", KEY),
        ("Authorization", f"Bearer {KEY}"),
        ("Authorization", f"bearer {KEY}"),
        ("Authorization", f"Token token={KEY}"),
        ("Authorization", f'Token token="{KEY}"'),
        ("Authorization", f"Klaviyo-API-Key {KEY}"),
        ("Authorization", KEY),
        ("Authorization", basic(f"user:{KEY}")),
        ("Authorization", basic(f"{KEY}:")),
        ("Authorization", basic(f":{KEY}").replace("Basic", "basic")),
        ("X-Authorization", basic(f":{KEY}").replace(" ", "  ")),
        ("x-api-key", KEY),
        ("X-Shopify-Access-Token", KEY),
        ("PRIVATE-TOKEN", KEY),
        ("Cookie", f"session={KEY}"),
    ],
)
def test_a_key_is_found_in_every_header_and_not_passed_on(name: str, value: str) -> None:
    found = read((name, value), ("Accept", "text/html"))
    assert found.metadata == (("authorization", f"Bearer {KEY}"),)
    assert found.headers == (("accept", "text/html"),)
    assert KEY not in repr(found)


def test_the_same_key_may_be_sent_twice() -> None:
    found = read(
        ("Strongroom-Key", KEY),
        ("x-api-key", KEY),
        ("Authorization", basic(f"a:{KEY}")),
        ("x-note", f"<{KEY}>"),
        ("Referer", f"https://a/?key=%{ord(KEY[0]):x}{KEY[1:]}"),
    )
    assert found.metadata == (("authorization", f"Bearer {KEY}"),)
    assert found.headers == ()


@pytest.mark.parametrize(
    "headers",
    [
        [("Strongroom-Key", KEY), ("x-api-key", OTHER)],
        [("Strongroom-Key", KEY), ("Strongroom-Key", OTHER)],
        [("Authorization", f"Bearer {KEY}"), ("x-api-key", OTHER)],
        [("Authorization", basic(f"{KEY}:{OTHER}"))],
        [("Strongroom-Key", TOKEN), ("x-api-key", KEY)],
    ],
)
def test_two_different_keys_are_refused(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(RefusedError, match="API_KEY_AMBIGUOUS"):
        read(*headers)


@pytest.mark.parametrize("header", [("Strongroom-Key", TOKEN), ("Authorization", f"Bearer {TOKEN}")])
def test_a_workloads_token_is_found(header: tuple[str, str]) -> None:
    assert read(header, ("x", "y")) == Presented((("authorization", f"Bearer {TOKEN}"),), (("x", "y"),))


def test_a_token_for_the_receiver_is_not_taken_for_the_callers() -> None:
    found = read(("Strongroom-Key", KEY), ("Authorization", f"Bearer {TOKEN}"), ("Proxy-Authorization", "Basic eA=="))
    assert found == Presented((("authorization", f"Bearer {KEY}"),), ())


@pytest.mark.parametrize("value", ["", "Bearer unused", "Basic !!", basic("user:password"), "Bearer sr_abc_short"])
def test_without_a_key_the_request_is_refused(value: str) -> None:
    with pytest.raises(RefusedError, match="API_KEY_MISSING"):
        read(("Authorization", value))


def test_a_client_with_a_certificate_needs_no_key() -> None:
    found = read(("Authorization", "Bearer unused"), ("x", "y"), certificate=CERTIFICATE)
    assert [name for name, _ in found.metadata] == [CLIENT_CERT]
    assert found.headers == (("x", "y"),)


def test_a_key_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(RefusedError, match="API_KEY_INVALID"):
        read(("Strongroom-Key", "not a key"))


@pytest.mark.parametrize("url", [f"https://a/?key={KEY}", f"https://a/{KEY}/x", f"https://a/?key=%73{KEY[1:]}"])
def test_a_key_in_the_url_is_refused_because_the_receiver_would_get_it(url: str) -> None:
    with pytest.raises(RefusedError) as raised:
        read(("Strongroom-Key", KEY), url=url)
    assert raised.value.problem.reason == "FIELD_INVALID"


@pytest.fixture(scope="module", params=["in the process of the service", "apart"])
async def proxy(deployment: Deployment, request: pytest.FixtureRequest) -> AsyncIterator[Proxied]:
    async with proxied(deployment, apart=request.param == "apart") as running:
        yield running


async def test_the_service_gets_the_head_without_what_is_for_the_proxy(deployment: Deployment, proxy: Proxied) -> None:
    own = (
        "Client-Cert: :eA==:",
        "X-Amz-Date: d",
        "X-Amz-Security-Token: t",
        "Authorization: x",
        *("Strongroom-Actor: \xc3\xa4gent", "Strongroom-Environment: test"),
    )
    key = f"x-api-key: {deployment.api_key}"
    answer = await proxy.get(f"{RECEIVER}/x", key, "X-One: 1", "X-One: 2", "Accept: */*", *own)
    assert (answer.status, answer.error) == (200, "")
    head = proxy.fake.heads[-1]
    expected = [("host", "p"), ("connection", "close"), ("x-one", "1"), ("x-one", "2"), ("accept", "*/*")]
    assert [(header.name, header.value) for header in head.headers] == expected
    assert (head.method, head.actor, head.environment, head.content_length) == ("GET", "ägent", ENVIRONMENT_TEST, 0)


async def test_the_hash_of_a_payload_that_an_sdk_signed_is_that_of_the_body(
    deployment: Deployment, proxy: Proxied
) -> None:
    key = f"Strongroom-Key: {deployment.api_key}"
    await proxy.get(f"{RECEIVER}/x", key, f"x-amz-content-sha256: {'ab' * 32}")
    assert proxy.fake.heads[-1].body_sha256 == "ab" * 32
    await proxy.get(f"{RECEIVER}/x", key, "x-amz-content-sha256: UNSIGNED-PAYLOAD")
    assert (proxy.fake.heads[-1].body_sha256, proxy.fake.heads[-1].environment) == ("", ENVIRONMENT_LIVE)
    answer = await proxy.get(f"{RECEIVER}/x", key, "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
    assert (answer.status, answer.error) == (400, "FIELD_INVALID")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Strongroom-Environment: prod", "strongroom-environment must be live or test"),
        ("Strongroom-Actor: \xe4", "strongroom-actor must be UTF-8"),
        ("Strongroom-Enviroment: test", "strongroom-enviroment is not one of"),
    ],
)
async def test_a_header_of_the_proxy_that_is_wrong_is_named(
    deployment: Deployment, proxy: Proxied, line: str, message: str
) -> None:
    answer = await proxy.get(f"{RECEIVER}/x", f"Strongroom-Key: {deployment.api_key}", line)
    assert (answer.status, answer.error) == (400, "FIELD_INVALID")
    assert answer.json["message"].startswith(message)


async def test_a_stranger_gets_401_and_nothing_reaches_the_service(proxy: Proxied) -> None:
    count = len(proxy.fake.heads)
    for line, reason in (("X: y", "API_KEY_MISSING"), (f"x-api-key: {KEY}", "API_KEY_INVALID")):
        answer = await proxy.get(f"{RECEIVER}/x", line)
        assert (answer.status, answer.error, answer.json["reason"]) == (401, reason, reason)
        assert answer.header("www-authenticate") == "Bearer"
    assert len(proxy.fake.heads) == count


async def test_a_strangers_body_is_neither_asked_for_nor_read(
    proxy: Proxied, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "UNREAD_SECONDS", 0.05)
    head = (
        f"POST {RECEIVER}/x HTTP/1.1\r\nHost: p\r\nx-api-key: {{}}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    )
    answer = await proxy.send(head.format(KEY).encode())
    assert answer.status == 401
    known = await proxy.send(
        head.format(deployment.api_key).replace("Host", "Connection: close\r\nHost").encode() + b"hello"
    )
    assert known.raw.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert b"hello" in known.raw


async def test_a_certificate_reaches_the_service_and_tls_is_that_of_the_port_of_http(
    deployment: Deployment, tmp_path: Path
) -> None:
    files, authority, clients = Files(tmp_path), trustme.CA(), trustme.CA()
    files.put_pair(authority.issue_cert(*NAMES))
    files.put_client_ca(clients)
    context = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    clients.issue_cert("client.example").configure_cert(context)
    async with proxied(deployment, files=files) as proxy:
        url = f"https://localhost:{proxy.port}{RECEIVER}/x"
        async with httpx.AsyncClient(verify=context, trust_env=False) as http:
            # The certificate stands for no identity here.
            alone = await http.get(url)
            assert (alone.status_code, alone.headers["strongroom-error"]) == (401, "IDENTITY_UNKNOWN")
            assert (await http.get(url, headers={"Strongroom-Key": deployment.api_key})).status_code == 200


async def test_no_key_is_logged(deployment: Deployment, proxy: Proxied) -> None:
    with capture_logs() as lines:
        for line in (f"x-api-key: {KEY}", f"x-api-key: {deployment.api_key}", f"Strongroom-Key: {KEY} x"):
            answer = await proxy.get(f"{RECEIVER}/canary?canary", line, "X: canary")
            assert b"canary" not in answer.raw
    assert lines
    text = repr(lines)
    assert KEY not in text
    assert deployment.api_key not in text
    assert "canary" not in text
