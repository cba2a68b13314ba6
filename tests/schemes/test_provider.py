"""The mock provider works as its docstring says, because many tests rely on it."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import pytest
from egress.servers import CA
from schemes.provider import CLIENT_ID, CLIENT_SECRET, Provider, provider, provider_process

from strongroom_server.egress.client import Client, Limits, Request, Response
from strongroom_server.egress.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["provider", "provider_process"]

_FORM = ("Content-Type", "application/x-www-form-urlencoded")


@pytest.fixture(scope="module")
def client(provider_process: Provider) -> Client:
    return provider_process.client()


async def sent(
    client: Client, url: str, method: str = "GET", headers: Sequence[tuple[str, str]] = (), body: bytes = b""
) -> Response:
    to, target = client.destination_of(url)
    return await client.send(to, Request(method, target, headers, body), Limits(5))


async def refreshed(client: Client, provider: Provider, token: str) -> dict[str, Any]:
    basic = base64.b64encode(f"{quote_plus(CLIENT_ID)}:{quote_plus(CLIENT_SECRET)}".encode()).decode()
    form = urlencode({"grant_type": "refresh_token", "refresh_token": token}).encode()
    response = await sent(client, provider.token_url, "POST", [_FORM, ("Authorization", f"Basic {basic}")], form)
    answer: dict[str, Any] = json.loads(response.body)
    return answer


async def is_live(client: Client, provider: Provider, token: str) -> bool:
    response = await sent(client, f"{provider.url}/api", headers=[("Authorization", f"Bearer {token}")])
    assert response.status in {200, 401}
    return response.status == 200


async def test_reuse_of_a_refresh_token_revokes_a_strict_grant(client: Client, provider: Provider) -> None:
    first = provider.grant()
    answer = await refreshed(client, provider, first)
    assert await is_live(client, provider, answer["access_token"])
    assert (await refreshed(client, provider, first))["error"] == "invalid_grant"
    assert not await is_live(client, provider, answer["access_token"])
    assert (await refreshed(client, provider, answer["refresh_token"]))["error"] == "invalid_grant"
    assert [(each["grant"], each["authentication"], each["generation"]) for each in provider.log()] == [
        ("refresh_token", "basic", 1),
        ("refresh_token", "basic", 1),
        ("refresh_token", "basic", 2),
    ]


async def test_the_other_rotations(client: Client, provider: Provider) -> None:
    provider.set(rotation="once")
    first = provider.grant()
    second = (await refreshed(client, provider, first))["refresh_token"]
    assert (await refreshed(client, provider, first))["error"] == "invalid_grant"
    third = (await refreshed(client, provider, second))["refresh_token"]
    provider.set(rotation="grace:60")
    fourth = (await refreshed(client, provider, third))["refresh_token"]
    fifth = (await refreshed(client, provider, third))["refresh_token"]
    assert len({first, second, third, fourth, fifth}) == 5
    assert "access_token" in await refreshed(client, provider, fourth)
    provider.set(rotation="none")
    same = provider.grant()
    assert (await refreshed(client, provider, same))["refresh_token"] == same
    provider.revoke(same)
    assert (await refreshed(client, provider, same))["error"] == "invalid_grant"


async def test_modes_end_after_so_many_requests_and_the_log_counts_those_at_once(
    client: Client, provider: Provider
) -> None:
    provider.set(rotation="none", answer="status:503", times=1)
    token = provider.grant()
    with pytest.raises(json.JSONDecodeError):
        await refreshed(client, provider, token)
    provider.set(latency=0.5)
    await asyncio.gather(*(refreshed(client, provider, token) for _ in range(3)))
    assert [each["status"] for each in provider.log()] == [503, 200, 200, 200]
    assert sorted(each["concurrency"] for each in provider.log()) == [1, 1, 2, 3]


async def test_an_echo_gives_the_raw_request_and_hides_headers_when_asked(client: Client, provider: Provider) -> None:
    secret = ("Authorization", "Bearer abc/+")
    echoed = await sent(client, f"{provider.url}/echo/a%2Fb?x=%20&y", "PUT", [secret], b"\xff")
    document = json.loads(echoed.body)
    assert (document["method"], document["path"], document["query"]) == ("PUT", "/echo/a%2Fb", "x=%20&y")
    assert list(secret) in document["headers"]
    assert document["body"] == "\xff"
    assert b"abc/+" not in (await sent(client, f"{provider.url}/echo?digest=1", headers=[secret])).body


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("as=raw", b"before abc/+ after"),
        ("as=base64&offset=1", b"before eGFiYy8r after"),
        ("as=percent", b"before abc%2F%2B after"),
        ("as=escaped", rb"before \u0061\u0062\u0063\u002f\u002b after"),
        ("as=bytewise", b"abc/+"),
        ("as=header", b""),
    ],
)
async def test_an_echo_of_the_secret(client: Client, provider: Provider, query: str, expected: bytes) -> None:
    response = await sent(client, f"{provider.url}/echo?{query}", headers=[("Authorization", "Bearer abc/+")])
    assert response.body == expected
    assert (("x-echo", "abc/+") in response.headers) is (query == "as=header")


async def test_an_echo_names_the_certificate_of_the_client(client: Client, provider: Provider) -> None:
    tls = tls_context(provider.ca_file)
    CA.issue_cert("client.example.com", common_name="client").configure_cert(tls)
    to, target = client.destination_of(f"{provider.url}/echo")
    for context, expected in ((tls, "client"), (None, "")):
        response = await client.send(to, Request("GET", target), Limits(5), context)
        assert json.loads(response.body)["client_certificate"] == expected


async def test_a_consent_page_gives_a_code_that_works_once(client: Client, provider: Provider) -> None:
    given = {"response_type": "code", "client_id": CLIENT_ID, "redirect_uri": "http://127.0.0.1/cb", "state": "s&<"}
    url = f"{provider.authorization_url}?{urlencode(given | {'scope': 'read <b>'})}"
    page = (await sent(client, url)).body.decode()
    assert all(text in page for text in ("<li>&lt;b&gt;</li>", "Allow</button>", "Deny</button>"))
    answer = dict(parse_qsl(urlsplit(provider.consent(url)).query))
    assert (answer["state"], answer["iss"]) == ("s&<", provider.url)
    form = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": given["redirect_uri"]}
    form |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    first, second = [await sent(client, provider.token_url, "POST", [_FORM], urlencode(form).encode()) for _ in "12"]
    token = json.loads(first.body)["access_token"]
    assert (second.status, await is_live(client, provider, token)) == (400, False)
    assert answer["code"] not in str(provider.log(""))
    provider.set(consent="deny")
    assert (await sent(client, url)).status == 302
    for wrong in ({"client_id": "x"}, {"redirect_uri": "javascript:alert(1)"}):
        assert (await sent(client, f"{provider.authorization_url}?{urlencode(given | wrong)}")).status == 400


async def test_the_other_paths(client: Client, provider: Provider) -> None:
    events = await sent(client, f"{provider.url}/sse?events=2&seconds=0")
    assert events.body == b"data: 0\n\ndata: 1\n\n"
    assert len((await sent(client, f"{provider.url}/big?bytes=100000")).body) == 100_000
    assert json.loads((await sent(client, f"{provider.url}/count", "POST", body=bytes(70_000))).body)["bytes"] == 70_000
    assert (await sent(client, f"{provider.url}/duplex", "POST", body=b"abc")).body == b"abc"
    response = await sent(client, f"{provider.url}/answer?status=302&body=b&header=Location:/x&header=Set-Cookie:a")
    assert (response.status, response.body) == (302, b"b")
    assert {("location", "/x"), ("set-cookie", "a")} <= set(response.headers)


def test_a_provider_that_was_killed_is_gone() -> None:
    with Provider.start() as another:
        another.kill()
        with pytest.raises(ConnectionRefusedError):
            another.log()
