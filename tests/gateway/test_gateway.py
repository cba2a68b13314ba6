"""Tests what is common to the vendors' APIs: routes, methods, bodies and the log."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import grpc
import pytest
from conftest import ORGANISATION
from gateway.apis import count_credentials
from gateway.running import (
    BODIES,
    COLLECTIONS,
    SLASHID,
    TINES,
    VERSORI,
    always,
    failure,
    gateway,
    headers,
    listening,
    never,
)
from rpc.calls import key_of
from structlog.testing import capture_logs

from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest
from strongroom.v1.organisation_service_pb2 import ROLE_USER
from strongroom_server.gateway import requests
from strongroom_server.gateway.app import operations_application

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment


# Paths outside of the vendors' APIs.
PLACES = (
    "/livez",
    "/readyz",
    "/metrics",
    "/docs",
    "/docs/start.js",
    "/docs/swagger-ui/swagger-ui.css",
    "/nothing",
)


async def test_probes_and_metrics_are_served_without_a_key(deployment: Deployment) -> None:
    answers = {path: await deployment.http.get(path) for path in ("/livez", "/readyz", "/metrics", "/livez/")}

    assert {answer.status_code for answer in answers.values()} == {200}
    assert {answer.headers["Cache-Control"] for answer in answers.values()} == {"no-store"}
    assert "strongroom_http_request_seconds" in answers["/metrics"].text


@pytest.mark.parametrize("path", [*PLACES, "/", "/docs/swagger-ui/nothing.js", "/openapi/tines.json", *COLLECTIONS])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT"])
async def test_no_response_may_be_sniffed_or_cached(deployment: Deployment, path: str, method: str) -> None:
    for sent in ({}, headers(deployment.api_key)):
        answer = await deployment.http.request(method, path, headers=sent)
        assert answer.headers.get_list("X-Content-Type-Options") == ["nosniff"]
        assert answer.headers.get_list("Cache-Control") == ["no-store"]


async def test_responses_of_the_operations_endpoints_may_not_be_sniffed() -> None:
    async with listening(operations_application(always)) as http:
        for path in ("/livez", "/readyz", "/metrics", "/nothing"):
            assert (await http.get(path)).headers.get_list("X-Content-Type-Options") == ["nosniff"]


@pytest.mark.parametrize("path", ["/", "/?x=1"])
async def test_the_root_leads_to_the_documentation(deployment: Deployment, path: str) -> None:
    for method in ("GET", "HEAD"):
        answer = await deployment.http.request(method, path, follow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (307, "/docs")
    assert (await deployment.http.get(path, follow_redirects=True)).headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("ready", "status"), [(always, 200), (never, 503)])
async def test_a_node_without_apis_serves_only_its_probes(ready: object, status: int) -> None:
    async with listening(operations_application(always if ready is always else never)) as http:
        assert (await http.get("/livez")).status_code == 200
        assert (await http.get("/readyz")).status_code == status
        assert (await http.get("/metrics")).status_code == 200
        assert (await http.post(TINES)).status_code == 404


@pytest.mark.parametrize(
    "path", ["/nothing", "/organizations", "/organizations/config", f"{SLASHID}/a/b", "/api", "/api/v2/x", "/doc"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_an_unknown_path_has_slashids_text_body(deployment: Deployment, method: str, path: str) -> None:
    answer = await deployment.http.request(method, path, headers=headers(deployment.api_key))

    assert answer.status_code == 404
    assert answer.text == "404 page not found"
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/api/v1/nothing", f"{TINES}/1/2"])
async def test_an_unknown_path_below_tines_has_its_json_body(deployment: Deployment, path: str) -> None:
    answer = await deployment.http.get(path, headers=headers(deployment.api_key))

    assert answer.status_code == 404
    assert answer.json() == {"errors": [{"message": "Not Found", "details": "no resource has this path"}]}


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/stories/1", TINES, f"{TINES}/1/2"])
@pytest.mark.parametrize("method", ["PROPFIND", "OPTIONS", "LINK"])
@pytest.mark.parametrize("key", ["", "Bearer sr_none_0123456789abcdef", "Bearer", "Basic abc"])
async def test_without_a_valid_key_unknown_paths_and_methods_of_tines_are_401(
    deployment: Deployment, path: str, method: str, key: str
) -> None:
    sent = {"Authorization": key} if key else {}
    answers = [await deployment.http.request(method, path, headers=sent)]
    if path != TINES:
        answers += [await deployment.http.request(each, path, headers=sent) for each in ("GET", "POST", "DELETE")]

    for answer in answers:
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["message"] == "Unauthorized"
        assert "Allow" not in answer.headers


@pytest.mark.parametrize("name", ["Authorization", "X-User-Token"])
async def test_with_any_valid_key_an_unknown_path_is_404(deployment: Deployment, name: str) -> None:
    [(_, authorization)] = await key_of(deployment, ROLE_USER)
    sent = {name: authorization if name == "Authorization" else authorization.removeprefix("Bearer ")}

    assert (await deployment.http.get("/api/v1/nothing", headers=sent)).status_code == 404
    assert (await deployment.http.request("PROPFIND", TINES, headers=sent)).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/api/switchboard/v1alpha1",
        "/api/switchboard/v1alpha1/x",
        f"{VERSORI}/1/2",
        "/v1alpha1",
        "/v1alpha1/",
        "/v1alpha1/x",
        f"/v1alpha1/organisations/{ORGANISATION}",
    ],
)
async def test_an_unknown_path_below_versori_has_its_json_body(deployment: Deployment, path: str) -> None:
    answer = await deployment.http.get(path)

    assert answer.status_code == 404
    assert answer.json() == {
        "code": "404000",
        "message": "no resource has this path",
        "extensions": {"reason": "ROUTE_UNKNOWN"},
    }


@pytest.mark.parametrize("path", [VERSORI, SLASHID, TINES])
@pytest.mark.parametrize("method", ["PATCH", "TRACE", "PROPFIND", "OPTIONS"])
async def test_an_unknown_method_is_405_in_the_vendors_shape(deployment: Deployment, method: str, path: str) -> None:
    answer = await deployment.http.request(method, path, headers=headers(deployment.api_key))
    methods = {VERSORI: "POST, GET", SLASHID: "POST, GET, DELETE", TINES: "POST, GET"}[path]
    messages: dict[str, dict[str, object]] = {
        VERSORI: {"code": "405000", "message": f"the method must be one of {methods}"},
        SLASHID: {"errors": [{"httpcode": 405, "message": f"the method must be one of {methods}"}]},
        TINES: {"errors": [{"message": "Method Not Allowed", "details": f"the method must be one of {methods}"}]},
    }

    assert answer.status_code == 405
    assert answer.headers["Allow"] == methods
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json().items() >= messages[path].items()


@pytest.mark.parametrize("override", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
async def test_no_header_overrides_the_method(deployment: Deployment, override: str) -> None:
    answer = await deployment.http.request(
        "PATCH", TINES, headers={**headers(deployment.api_key), override: "POST"}, json=BODIES[TINES]
    )

    assert answer.status_code == 405


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("suffix", ["", "/", "?", "?first=&page=", "/?unknown=1"])
async def test_trailing_slashes_and_queries_do_not_matter(deployment: Deployment, collection: str, suffix: str) -> None:
    created = await deployment.http.post(
        collection + suffix, headers=headers(deployment.api_key), json=BODIES[collection], follow_redirects=False
    )
    credential_id = created.json().get("id") or created.json()["result"][0]
    read = await deployment.http.request(
        "GET",
        f"{collection}/{credential_id}{suffix}",
        headers={**headers(deployment.api_key), "Content-Type": "application/json"},
        content=b"a body that nobody reads",
    )

    assert (created.status_code, read.status_code) == (201, 200)


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "nonsense"])
@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_the_content_type_does_not_matter(
    deployment: Deployment, collection: str, content_type: str | None
) -> None:
    request = deployment.http.build_request(
        "POST", collection, headers=headers(deployment.api_key), json=BODIES[collection]
    )
    del request.headers["Content-Type"]
    if content_type:
        request.headers["Content-Type"] = content_type

    assert (await deployment.http.send(request)).status_code == 201


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_1_mib_is_refused(deployment: Deployment, collection: str, chunked: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * (1 << 16)

    before = await count_credentials(deployment)
    answer = await deployment.http.post(
        collection, headers=headers(deployment.api_key), content=chunks() if chunked else b" " * ((1 << 20) + 1)
    )
    bodies: dict[str, dict[str, object]] = {
        VERSORI: {"code": "413000", "message": "the body must not exceed 1048576 bytes"},
        SLASHID: {"errors": [{"httpcode": 413, "message": "the body must not exceed 1048576 bytes"}]},
        TINES: {
            "errors": [{"message": "Request Entity Too Large", "details": "the body must not exceed 1048576 bytes"}]
        },
    }

    assert answer.status_code == 413
    assert answer.json().items() >= bodies[collection].items()
    assert await count_credentials(deployment) == before


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_a_body_of_1_mib_is_read(deployment: Deployment, collection: str) -> None:
    answer = await deployment.http.post(collection, headers=headers(deployment.api_key), content=b" " * (1 << 20))

    assert answer.status_code in (400, 422)
    assert "body must be JSON" in answer.text


@pytest.mark.parametrize(("collection", "surface"), [*zip(COLLECTIONS, ("versori", "slashid", "tines"), strict=True)])
async def test_only_the_key_the_address_and_the_request_reach_the_service(collection: str, surface: str) -> None:
    hostile = {
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=10.0.0.1",
        "Grpc-Metadata-Authorization": "Bearer sr_evil_0123456789abcdef",
        "Grpc-Timeout": "1n",
        "X-Organisation-Id": "other",
        "Cookie": "session=1",
        "X-Request-Id": "abc",
        "Strongroom-Surface": "proxy",
    }
    async with gateway(failure(grpc.StatusCode.NOT_FOUND, "CREDENTIAL_NOT_FOUND")) as (scripted, http):
        await http.post(collection, headers={**headers("sr_good_0123456789abcdef"), **hostile}, json=BODIES[collection])

    [call] = scripted.calls
    assert {name: value for name, value in call.metadata.items() if name != "user-agent"} == {
        "authorization": "Bearer sr_good_0123456789abcdef",
        "x-forwarded-for": "127.0.0.1",
        "strongroom-surface": surface,
    }
    assert CreateCredentialRequest.FromString(call.request).credential.HasField("data")
    assert 0 < call.seconds_left <= 11


@pytest.mark.parametrize(
    ("path", "route", "status", "reason"),
    [
        (VERSORI, "/api/switchboard/v1alpha1/organisations/{organisationId}/credentials", 401, "API_KEY_MISSING"),
        (f"{TINES}?value=hunter2", "/api/v1/user_credentials", 401, "API_KEY_MISSING"),
        ("/hunter2", "", 404, "ROUTE_UNKNOWN"),
        (f"{SLASHID}/hunter2", "/organizations/config/external-credentials/{cred_id}", 405, "METHOD_NOT_ALLOWED"),
    ],
)
async def test_a_refused_request_is_logged_with_its_route_and_without_its_path(
    path: str, route: str, status: int, reason: str
) -> None:
    async with gateway(Credential()) as (_, http):
        with capture_logs() as lines:
            await http.post(path, content="hunter2")

    [line] = [line for line in lines if line.get("reason") == reason]
    assert (line["route"], line["status"], line["log_level"]) == (route, status, "info")
    assert "hunter2" not in str(lines)


@pytest.mark.parametrize("path", COLLECTIONS)
async def test_a_body_that_does_not_arrive_is_408(
    deployment: Deployment, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "BODY_SECONDS", 0.1)
    host, port = deployment.http_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {deployment.api_key}\r\n"
        f"SlashID-API-Key: {deployment.api_key}\r\nSlashID-OrgID: default\r\nContent-Length: 500\r\n\r\n"
    )
    writer.write(head.encode() + b'{"name": ')
    await writer.drain()
    status = await reader.readline()
    assert status.split()[1] == b"408"
    writer.close()
    await writer.wait_closed()


async def test_a_body_whose_announced_size_is_too_large_is_413_at_once(deployment: Deployment) -> None:
    host, port = deployment.http_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST {TINES} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {deployment.api_key}\r\n"
        "Content-Length: 99999999999\r\n\r\n"
    )
    writer.write(head.encode())
    assert (await reader.readline()).split()[1] == b"413"
    writer.close()
    await writer.wait_closed()
