"""What the proxy makes of the request line: bytes pass unchanged, and all that is no path of the proxy is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gateway.proxied import HOST, RECEIVER, Proxied, proxied

from strongroom_server.gateway.proxy.target import Target, target_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment

PATHS = (
    "/",
    "/a/b",
    "/a/b/",
    "/a//b//",
    "//a",
    "/a%2Fb%2f",
    "/a;b=c",
    "/@user/x:y",
    "/%ff%FE/%00",
    "/a%20b+c",
    "/.hidden/..x/x../...",
    "/a%2e%2eb",
    "/~!$&'()*+,=:[]",
    "/?",
    "/a?",
    "/a?b=c&b=%2F..%2F&d",
    "/a?b=/../x?y",
    "?q=1",
    "/%zz",
)


@pytest.fixture(scope="module")
async def proxy(deployment: Deployment) -> AsyncIterator[Proxied]:
    async with proxied(deployment) as running:
        yield running


@pytest.fixture
def key(deployment: Deployment) -> str:
    return f"Strongroom-Key: {deployment.api_key}"


async def test_the_path_and_the_query_pass_unchanged(proxy: Proxied, key: str) -> None:
    for path in PATHS:
        answer = await proxy.get(RECEIVER + path, key)
        assert (answer.status, answer.error) == (200, ""), path
        head = proxy.fake.heads[-1]
        slash = "" if path.startswith("/") else "/"
        assert (head.id, head.url) == ("7", f"https://api.example.com{slash}{path}")


async def test_a_base_url_without_a_path_stands_for_the_root(proxy: Proxied, key: str) -> None:
    assert (await proxy.get(RECEIVER, key)).status == 200
    assert proxy.fake.heads[-1].url == "https://api.example.com/"


@pytest.mark.parametrize(
    ("path", "credential", "url"),
    [
        ("/proxy/7/http/a:8080/x", "7", "http://a:8080/x"),
        (
            "/proxy/0198c8f5-0000-7000-8000-000000000000/https/A.b/x",
            "0198c8f5-0000-7000-8000-000000000000",
            "https://A.b/x",
        ),
        ("/proxy/7/https/[2001:db8::1]:8443/x", "7", "https://[2001:db8::1]:8443/x"),
        # As SDKs of AWS write a base URL.
        ("/proxy/7/https/a.example.com%3A8443/x%3Ay", "7", "https://a.example.com:8443/x%3Ay"),
    ],
)
def test_a_target_names_a_credential_and_a_url(path: str, credential: str, url: str) -> None:
    assert target_of(path.encode()) == Target(credential, url)


def test_a_target_does_not_show_its_url() -> None:
    assert "hunter2" not in repr(target_of(f"{RECEIVER}/hunter2?hunter2".encode()))


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/proxy", "/proxy/", "/proxy/7/https", "/proxy/7/https/", "/proxy//https/a/x", "/PROXY/7/https/a/"),
        *(
            "/proxy/7/ftp/a/x",
            "/proxy/7/HTTPS/a/x",
            "/proxy/7/https:/a/x",
            "/proxy/7/https/u@a/x",
            "/proxy/7/https/a%2eb/x",
        ),
        *(
            "/proxy/7/https/a:x/",
            "/proxy/7/https/a:123456/",
            "/proxy/7%2F8/https/a/",
            "/proxy/7/https/a\\b/",
            "/proxy/../7/https/a/",
        ),
        *(
            f"{RECEIVER}/a#b",
            f"{RECEIVER}#b",
            f"http://evil.example{RECEIVER}/",
            "*",
            "/livez",
            "/readyz",
            "/metrics",
            "/docs",
        ),
        *("/api/v1/user_credentials", f"/x{RECEIVER}"),
    ],
)
async def test_every_other_target_is_unknown(proxy: Proxied, key: str, path: str) -> None:
    answer = await proxy.get(path, key, method="OPTIONS" if path == "*" else "GET")
    assert (answer.status, answer.error) == (404, "ROUTE_UNKNOWN")
    assert answer.json["message"].startswith("the path must be /proxy/{credential}/")


async def test_http_1_0_and_targets_that_are_no_path_are_refused(proxy: Proxied, key: str) -> None:
    old = await proxy.send(f"GET {RECEIVER}/x HTTP/1.0\r\nHost: p\r\n{key}\r\n\r\n".encode())
    assert (old.status, old.error) == (505, "HTTP_VERSION_NOT_SUPPORTED")
    assert (await proxy.get("api.example.com:443", key, method="CONNECT")).status == 400


async def test_a_request_has_one_host(proxy: Proxied, key: str) -> None:
    for lines in (["Host: a", "Host: b"], ["Host: a/b"], ["Host: u@a"]):
        answer = await proxy.get(f"{RECEIVER}/x", key, *lines)
        assert (answer.status, answer.error) == (400, "FIELD_INVALID")


async def test_the_host_name_selects_the_proxy_on_the_port_of_http(proxy: Proxied, key: str) -> None:
    bearer = key.replace("Strongroom-Key:", "Authorization: Bearer")
    for host in (HOST, HOST.upper(), f"{HOST}:8080", f"{HOST}."):
        assert (await proxy.get(f"{RECEIVER}/x", key, f"Host: {host}", port=proxy.http_port)).status == 200
        # The proxy's host has no other endpoint.
        for path in ("/api/v1/user_credentials", "/livez", "/docs"):
            other = await proxy.get(path, bearer, f"Host: {host}", port=proxy.http_port)
            assert (other.status, other.error) == (404, "ROUTE_UNKNOWN")
    count = len(proxy.fake.heads)
    for host in ("localhost", f"x.{HOST}", f"{HOST}.evil.example", "127.0.0.1"):
        assert (await proxy.get(f"{RECEIVER}/x", key, f"Host: {host}", port=proxy.http_port)).status in {401, 404}
        assert (
            await proxy.get("/api/v1/user_credentials", bearer, f"Host: {host}", port=proxy.http_port)
        ).status == 200
    assert len(proxy.fake.heads) == count


async def test_the_vendors_port_does_not_proxy(deployment: Deployment) -> None:
    headers = {"Strongroom-Key": deployment.api_key, "Authorization": f"Bearer {deployment.api_key}", "Host": HOST}
    answer = await deployment.http.get(f"{RECEIVER}/x", headers=headers)
    assert answer.status_code in {401, 404}
    assert "strongroom-error" not in answer.headers
