"""What one request sends, and how its response is read: against real servers on this machine."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from egress.servers import server
from ports import free_port
from prometheus_client import REGISTRY

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.reasons import render
from strongroom_server.egress.client import Client, Limits, Request, Response
from strongroom_server.egress.endpoints import Destination, Endpoint
from strongroom_server.egress.policy import Policy
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.egress.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def has_ipv6_loopback() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


CLIENT = Client(Policy(endpoints=frozenset({Endpoint("http", "localhost", 8080)})), tls_context(None))
LIMITS = Limits(seconds=5)
EMPTY = b"HTTP/1.1 204 No\r\n\r\n"


async def send(
    port: int, method: str = "POST", body: bytes = b'{"a":1}', headers: Sequence[tuple[str, str]] = (("X-Token", "t"),)
) -> Response:
    return await CLIENT.send(Endpoint("http", "127.0.0.1", port), Request(method, "/v1/x?y", headers, body), LIMITS)


async def test_the_response_is_returned_and_the_request_is_what_was_asked() -> None:
    answer = b"HTTP/1.1 201 Made\r\nX-Id: 7\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    async with server(answer) as (port, requests):
        assert await send(port) == (201, (("x-id", "7"), ("transfer-encoding", "chunked")), b"abc")
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert head.split(b"\r\n") == [
        b"POST /v1/x?y HTTP/1.1",
        b"Host: 127.0.0.1:%d" % port,
        b"X-Token: t",
        b"Accept-Encoding: identity",
        b"Content-Length: 7",
        b"Connection: close",
    ]


@pytest.mark.parametrize(("method", "has_length"), [("GET", False), ("HEAD", False), ("POST", True)])
async def test_a_request_without_a_body_has_a_length_only_if_its_method_may_have_a_body(
    method: str, *, has_length: bool
) -> None:
    async with server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as (port, requests):
        assert (await send(port, method, b"")).body == (b"" if method == "HEAD" else b"ok")
    assert (b"\r\nContent-Length: 0\r\n" in requests[0]) is has_length


async def test_a_redirect_is_a_response_and_is_not_followed() -> None:
    async with server(EMPTY) as (trap, requests):
        location = b"HTTP/1.1 307 Temporary\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n" % trap
        async with server(location) as (port, _):
            assert (await send(port)).status == 307
        assert requests == []


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(EMPTY) as (trap, trapped), server(EMPTY) as (port, _):
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{trap}")
        assert (await send(port)).status == 204
        assert trapped == []


@pytest.mark.parametrize("secret", ["hunter2\n", "hunter2\x00", "hünter2", "hunter2\r\nHost: other"])
async def test_a_header_that_cannot_be_sent_is_an_error_that_does_not_show_it(secret: str) -> None:
    async with server(b"") as (port, requests):
        with pytest.raises(EgressRefused) as caught:
            await send(port, headers=[("X-Token", secret)])
    assert caught.value.detail == "was sent nothing: the path or a header has a character that HTTP does not allow"
    assert "nter2" not in f"{caught.value} {caught.value.metadata}"
    assert requests == []


def test_neither_a_request_nor_a_response_shows_what_it_carries() -> None:
    assert repr(Request("POST", "/?key=hunter2", [("X-Token", "hunter2")], b"hunter2")) == "<Request POST>"
    assert repr(Response(200, (("x-token", "hunter2"),), b"hunter2")) == "<Response 200>"


@pytest.mark.parametrize(
    "name", ["Host", "host", "Content-Length", "Transfer-Encoding", "Connection", "Accept-Encoding"]
)
async def test_no_caller_sets_the_host_or_the_framing(name: str) -> None:
    async with server(b"") as (port, requests):
        with pytest.raises(EgressRefused) as caught:
            await send(port, headers=[(name, "1")])
    assert caught.value.cause == "bad_header"
    assert requests == []


@pytest.mark.parametrize(
    ("url", "setting"),
    [
        ("http://www.example.com/", "STRONGROOM_EGRESS_HTTP_HOSTS"),
        ("https://example.com:8443/", "STRONGROOM_EGRESS_PORTS"),
    ],
)
def test_the_setting_that_can_allow_a_url_is_named(url: str, setting: str) -> None:
    with pytest.raises(EgressRefused) as caught:
        CLIENT.destination_of(url)
    assert caught.value.metadata["remedy"] == f"the setting {setting} can allow it"


async def test_a_caller_learns_the_host_and_the_class_and_operators_the_cause() -> None:
    before = refusals("address", "range")
    with pytest.raises(EgressRefused) as caught:
        await CLIENT.send(Destination("https", "10.1.2.3", 443), Request("GET", "/"), LIMITS)
    assert caught.value.reason == error_reason_pb2.ERROR_REASON_EGRESS_REFUSED
    remedy = "the log of the server has the cause"
    assert caught.value.metadata == {"host": "10.1.2.3", "class": "address", "remedy": remedy}
    assert render(caught.value).message == f"a request to 10.1.2.3 was not sent or not answered: address; {remedy}"
    assert caught.value.detail == "is at 10.1.2.3, which is not public"
    assert refusals("address", "range") == before + 1


@pytest.mark.parametrize(
    ("method", "headers", "answer"),
    [
        ("GET", [("Upgrade", "other")], b"HTTP/1.1 101 Switching\r\nUpgrade: other\r\n\r\n"),
        ("CONNECT", [], b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
)
async def test_a_server_that_switches_the_protocol_is_refused_at_once(
    method: str, headers: Sequence[tuple[str, str]], answer: bytes
) -> None:
    async with server(answer) as (port, _):
        with pytest.raises(EgressRefused) as caught:
            await send(port, method, b"", headers)
    assert caught.value.detail == "switched to another protocol than HTTP"


def refusals(kind: str, cause: str) -> float:
    return REGISTRY.get_sample_value("strongroom_egress_refusals_total", {"class": kind, "cause": cause}) or 0


async def test_a_closed_port_is_an_error() -> None:
    with pytest.raises(EgressRefused) as caught:
        await send(free_port())
    assert caught.value.detail == "cannot be connected to (ConnectionRefusedError)"


@pytest.mark.skipif(not has_ipv6_loopback(), reason="this machine has no IPv6")
async def test_an_ipv6_address_is_connected_to() -> None:
    async with server(EMPTY, host="::1") as (port, requests):
        assert (await CLIENT.send(Endpoint("http", "::1", port), Request("GET", "/"), LIMITS)).status == 204
    assert b"\r\nHost: [::1]:%d\r\n" % port in requests[0]


async def test_a_name_of_an_endpoint_is_looked_up() -> None:
    async with server(EMPTY) as (port, requests):
        endpoint = Endpoint("http", "localhost", port)
        assert (await CLIENT.send(endpoint, Request("GET", "/"), LIMITS)).status == 204
    assert b"\r\nHost: localhost:%d\r\n" % port in requests[0]


def test_only_an_operators_url_uses_the_list_of_endpoints() -> None:
    listed = "http://localhost:8080/keys?a"
    assert CLIENT.operators_destination_of(listed) == (Endpoint("http", "localhost", 8080), "/keys?a")
    with pytest.raises(EgressRefused):
        CLIENT.destination_of(listed)
    with pytest.raises(EgressRefused):
        CLIENT.operators_destination_of("http://localhost:8081/keys")
    to, _ = CLIENT.operators_destination_of("https://good.com/keys")
    assert isinstance(to, Destination)


def names_port(host: str) -> bool:
    return host == "good.com:8443"


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("https://good.com:8443/", None),
        ("https://GOOD.com.:8443/", None),
        ("https://good.com:8444/", "port"),
        ("https://a.good.com:8443/", "port"),
        ("http://good.com:8443/", "scheme"),
        ("https://localhost:8443/", "port"),
        ("https://[2606:4700::1111]:8443/", "port"),
    ],
)
def test_a_credential_opens_a_port_of_the_host_that_it_names(url: str, cause: str | None) -> None:
    assert cause_of(lambda: CLIENT.destination_of(url, names_port)[0].port) == (cause or 8443)
    scheme, _, rest = url.partition("://")
    assert cause_of(lambda: CLIENT.destination_at(scheme, rest[:-1], names_port).port) == (cause or 8443)
    assert cause_of(lambda: CLIENT.destination_of(url)) == (cause or "port")


async def test_a_port_that_a_credential_names_opens_no_network() -> None:
    to, _ = CLIENT.destination_of("https://169.254.169.254:8443/", lambda _: True)
    with pytest.raises(EgressRefused) as caught:
        await CLIENT.send(to, Request("GET", "/"), LIMITS)
    assert caught.value.cause == "metadata"


@pytest.mark.parametrize(
    ("scheme", "authority", "cause"),
    [
        ("ftp", "good.com", "scheme"),
        ("https", "good.com@evil.com", "userinfo"),
        ("https", "good.com/x", "host_syntax"),
        ("https", "good.com\r\nX: y", "host_syntax"),
        ("https", "good.com:0443", None),
        ("https", "good.com:", "port"),
        ("https", "", "host_syntax"),
        ("https", "127.1", "numeric_host"),
        ("https", "good.com#", "host_syntax"),
        ("https", "good.com%00", "host_syntax"),
    ],
)
def test_the_parts_of_a_url_pass_the_same_rules_as_a_url(scheme: str, authority: str, cause: str | None) -> None:
    assert cause_of(lambda: CLIENT.destination_at(scheme, authority).port) == (cause or 443)


def cause_of(call: Callable[[], object]) -> object:
    """The cause of a refusal, or the result."""
    try:
        return call()
    except EgressRefused as refused:
        return refused.cause


def test_a_destination_never_equals_an_endpoint() -> None:
    parts = ("https", "good.com", 443)
    assert Destination(*parts) != Endpoint(*parts)  # type: ignore[comparison-overlap] # equal ones would be a bug
