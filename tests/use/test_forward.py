"""ForwardHttpRequest sends a request with the credential and returns the response, without what the caller must not get or set."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
import structlog
from audit.expected_events import events_of
from key_samples import mtls
from rpc.calls import refused
from schemes.provider import Provider, provider
from use.calls import invoker_of, user_of
from use.minting import oauth
from use.receivers import TRAILER, begun, deployment, forwarded, headers, of, provider_process, stored_for

from strongroom.v1.audit_service_pb2 import CredentialUse
from strongroom.v1.credential_pb2 import (
    PLACEMENT_LOCATION_COOKIE,
    PLACEMENT_LOCATION_HEADER,
    PLACEMENT_LOCATION_QUERY,
    ApiKeyData,
    AwsData,
    BasicAuthData,
    Credential,
    CredentialData,
    TextData,
)
from strongroom.v1.use_service_pb2 import HttpRequestHead, StreamHttpRequestRequest
from strongroom.v1.use_service_pb2_grpc import UseServiceStub
from strongroom_server.use import tripwire

if TYPE_CHECKING:
    from conftest import Deployment
    from rpc.calls import Metadata

__all__ = ["deployment", "provider", "provider_process"]

SECRET = "s3cr3t/value+42"
KEY = CredentialData(api_key=ApiKeyData(api_key=SECRET))


def placed(location: Any, name: str, prefix: str = "") -> dict[str, Any]:
    placement = Credential.SecretPlacement(location=location, name=name, prefix=prefix)
    return {"use_settings": Credential.UseSettings(placement=placement)}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def test_a_request_arrives_with_the_secret_and_its_path_query_and_body_unchanged(
    deployment: Deployment, provider: Provider
) -> None:
    made = await stored_for(deployment, provider, KEY)
    url = f"{provider.url}/echo/a%20b/%C3%A4//c;d=1?digest=1&x=%2f&y=a+b&z&long={'l' * 4_000}"
    response = await forwarded(
        deployment, made, url, await invoker_of(deployment), b"\x00body", method="POST",
        headers=headers([("X-Own", "1"), ("Content-Type", "text/plain")]),
    )  # fmt: skip
    assert response.head.status == 200
    seen = json.loads(response.body)
    sent = dict(seen["headers"])
    assert seen["method"] == "POST"
    assert (seen["path"], seen["query"]) == ("/echo/a%20b/%C3%A4//c;d=1", f"digest=1&x=%2f&y=a+b&z&long={'l' * 4_000}")
    assert seen["body"] == "\x00body"
    names = {name.lower(): value for name, value in sent.items()}
    assert names["authorization"] == digest(f"Bearer {SECRET}")
    assert names["x-own"] == digest("1")
    assert names["accept-encoding"] == digest("identity")
    assert names["host"] == digest(f"127.0.0.1:{provider.port}")


@pytest.mark.parametrize(
    ("fields", "name", "value", "query"),
    [
        (placed(PLACEMENT_LOCATION_HEADER, "X-Key", "k="), "x-key", f"k={SECRET}", "digest=1"),
        (placed(PLACEMENT_LOCATION_COOKIE, "session"), "cookie", f"session={SECRET}", "digest=1"),
    ],
)
async def test_the_placement_says_where_the_secret_is_sent(
    deployment: Deployment, provider: Provider, fields: dict[str, Any], name: str, value: str, query: str
) -> None:
    made = await stored_for(deployment, provider, KEY, **fields)
    response = await forwarded(deployment, made, f"{provider.url}/echo?{query}")
    assert {each.lower(): seen for each, seen in json.loads(response.body)["headers"]}[name] == digest(value)


async def test_a_secret_in_the_query_is_appended_and_not_recorded(deployment: Deployment, provider: Provider) -> None:
    made = await stored_for(deployment, provider, KEY, **placed(PLACEMENT_LOCATION_QUERY, "api key"))
    response = await forwarded(deployment, made, f"{provider.url}/count?a=1")
    assert response.head.status == 200
    (entry,) = provider.log("/count")
    assert entry["path"] == "/count"
    error = await refused(forwarded(deployment, made, f"{provider.url}/count?api%20key=mine"))
    assert error.fields == {"head.url": "must not have the parameter of the query that the credential adds"}


async def test_headers_of_the_connection_and_of_proxies_are_not_sent(
    deployment: Deployment, provider: Provider
) -> None:
    made = await stored_for(deployment, provider, KEY)
    lost = [
        ("Connection", "keep-alive, X-Hop"), ("X-Hop", "1"), ("Keep-Alive", "1"), ("TE", "trailers"), ("Trailer", "x"),
        ("Transfer-Encoding", "chunked"), ("Content-Length", "99"), ("Host", "evil.com"), ("Cookie", "a=b"),
        ("Forwarded", "for=1"), ("X-Forwarded-For", "1"), ("X-Forwarded-Host", "1"), ("Proxy-Authorization", "x"),
        ("Proxy-Connection", "x"), ("Accept-Encoding", "gzip"), ("Expect", "100-continue"), ("Strongroom-Key", "x"),
    ]  # fmt: skip
    response = await forwarded(
        deployment, made, f"{provider.url}/echo?digest=1", headers=headers([*lost, ("X-A", "1")])
    )
    seen = {name.lower() for name, _ in json.loads(response.body)["headers"]}
    assert seen == {"authorization", "x-a", "host", "accept-encoding", "connection"}


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("authorization", "Bearer mine", "must not be authorization"),
        ("x-key", "mine", "must not be x-key"),
        ("Range", "bytes=0-1", "must not be range"),
        ("Upgrade", "websocket", "must not be upgrade"),
        ("X-A", "a\r\nX-Key: b", "must not have CR or LF"),
        ("X-A\r\n", "a", "must have names"),
        ("X A", "a", "must have names"),
    ],
)
async def test_a_header_that_breaks_a_rule_is_refused(
    deployment: Deployment, provider: Provider, name: str, value: str, rule: str
) -> None:
    made = await stored_for(deployment, provider, KEY, **placed(PLACEMENT_LOCATION_HEADER, "X-Key"))
    given = headers([("Accept", "*/*"), (name, value)])
    error = await refused(forwarded(deployment, made, f"{provider.url}/echo", headers=given))
    assert (error.reason, list(error.fields)) == ("FIELD_INVALID", ["head.headers[1]"])
    assert rule in error.fields["head.headers[1]"]
    assert provider.log("") == []


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"method": "TRACE"}, "head.method"),
        ({"method": "CONNECT"}, "head.method"),
        ({"method": "GET /\r\n"}, "head.method"),
        ({"url": ""}, "head.url"),
        ({"url": "https://<<host>>/"}, "head.url"),
        ({"url": "https://api.{tenant}.com/"}, "head.url"),
        *(
            ({"path": path}, "head.url")
            for path in (
                "/a/../b", "/..", "/%2e%2e/", "/%2E./a", "/a%2f..%2fb", "/a\\..\\b", "/a%5c%2e%2e", "/..;x=1/a", "/%252e%252e",
                "/a b", "/a\r\nX: y", "/a#b", "/ä",
            )
        ),
        ({"id": "x"}, "head.id"),
        ({"actor": "a" * 256}, "head.actor"),
        ({"environment": 7}, "head.environment"),
    ],
)  # fmt: skip
async def test_a_head_that_breaks_a_rule_is_refused_by_name(
    deployment: Deployment, provider: Provider, fields: dict[str, Any], named: str
) -> None:
    made = await stored_for(deployment, provider, KEY)
    url = fields.pop("url", provider.url + fields.pop("path", "/echo"))
    error = await refused(forwarded(deployment, made, url, **fields))
    assert (error.reason, list(error.fields)) == ("FIELD_INVALID", [named])
    assert provider.log("") == []


@pytest.mark.parametrize(
    ("url", "hosts", "reason"),
    [
        ("", [], "HOSTS_REQUIRED"),
        ("", ["api.vendor.com"], "HOST_NOT_ALLOWED"),
        ("https://api.vendor.com:8443/", ["api.vendor.com"], "EGRESS_REFUSED"),
        ("https://other.vendor.com/", ["api.vendor.com"], "HOST_NOT_ALLOWED"),
        ("http://api.vendor.com/", ["api.vendor.com"], "EGRESS_REFUSED"),
        ("https://api.vendor.com@evil.com/", ["api.vendor.com"], "EGRESS_REFUSED"),
        ("https://169.254.169.254/", ["169.254.169.254"], "EGRESS_REFUSED"),
        ("https://localhost/", ["localhost"], "EGRESS_REFUSED"),
    ],
)
async def test_only_allowed_hosts_are_reached(
    deployment: Deployment, provider: Provider, url: str, hosts: list[str], reason: str
) -> None:
    made = await stored_for(deployment, provider, KEY, allowed_hosts=hosts)
    for by in (await user_of(deployment), await invoker_of(deployment)):
        error = await refused(forwarded(deployment, made, url or f"{provider.url}/echo", by))
        assert error.reason == reason
    assert provider.log("") == []


async def test_a_short_secret_is_forwarded_for_a_caller_that_may_read_it(
    deployment: Deployment, provider: Provider
) -> None:
    made = await stored_for(deployment, provider, CredentialData(text=TextData(value="1234567")))
    assert (await forwarded(deployment, made, f"{provider.url}/count", await user_of(deployment))).head.status == 200
    error = await refused(forwarded(deployment, made, f"{provider.url}/count", await invoker_of(deployment)))
    assert (error.reason, "8 bytes" in error.message) == ("SECRET_NOT_RELEASED", True)


async def test_a_response_loses_what_would_act_in_a_browser(deployment: Deployment, provider: Provider) -> None:
    made = await stored_for(deployment, provider, KEY)
    lost = (
        "Set-Cookie", "Clear-Site-Data", "Strict-Transport-Security", "Alt-Svc", "Service-Worker-Allowed", "X-Hop",
        "Access-Control-Allow-Origin", "Proxy-Authenticate", "Strongroom-Key", "Content-Security-Policy", "Keep-Alive",
    )  # fmt: skip
    query = "&".join(f"header={name}:x" for name in lost)
    url = f"{provider.url}/answer?status=302&{query}&header=Location:/next&header=X-Kept:1&header=Connection:X-Hop"
    response = await forwarded(deployment, made, url)
    assert response.head.status == 302
    kept = of(response.head)
    assert kept == {
        "content-type": "application/json", "location": "/next", "x-kept": "1", "content-length": "0",
        "content-security-policy": "sandbox", "x-content-type-options": "nosniff",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("header=Content-Encoding:gzip", "encoded"),
        ("header=Content-Encoding:identity,br", "encoded"),
        ("status=206", "part of a response"),
        ("header=Content-Range:bytes+0-1/9", "part of a response"),
    ],
)
async def test_a_response_in_which_nothing_would_be_found_is_refused(
    deployment: Deployment, provider: Provider, query: str, rule: str
) -> None:
    made = await stored_for(deployment, provider, KEY)
    error = await refused(forwarded(deployment, made, f"{provider.url}/answer?body=b&{query}"))
    assert error.reason == "RESPONSE_REFUSED"
    assert rule in error.message


async def test_sizes_are_limited(deployment: Deployment, provider: Provider) -> None:
    made = await stored_for(deployment, provider, KEY)
    largest = await forwarded(deployment, made, f"{provider.url}/big?bytes={4 * 2**20 - 1024}")
    assert len(largest.body) == 4 * 2**20 - 1024
    error = await refused(forwarded(deployment, made, f"{provider.url}/big?bytes={4 * 2**20 + 1}"))
    assert (error.reason, "StreamHttpRequest" in error.message) == ("RESPONSE_REFUSED", True)
    body = bytes(2**20)
    response = await forwarded(deployment, made, f"{provider.url}/count", body=body, method="PUT")
    assert json.loads(response.body)["bytes"] == 2**20
    error = await refused(forwarded(deployment, made, f"{provider.url}/count", body=body + b"x", method="PUT"))
    assert error.fields == {"body": "must be at most 1 MiB"}
    many = headers([("X-A", "v" * 3_000)] * 90)
    error = await refused(forwarded(deployment, made, f"{provider.url}/count", body=body[:1_000_000], headers=many))
    assert error.fields == {"head": "must be at most 256 KiB"}


WAYS = ("raw", "base64", "base64&offset=1", "base64&offset=2", "percent", "escaped", "bytewise", "header")


@pytest.mark.parametrize("way", WAYS)
async def test_a_response_with_the_secret_is_cut_off(deployment: Deployment, provider: Provider, way: str) -> None:
    made = await stored_for(deployment, provider, KEY)
    by = await invoker_of(deployment)
    before = tripwire._HITS._value.get()
    error = await refused(forwarded(deployment, made, f"{provider.url}/echo?as={way}", by))
    assert error.reason == "SECRET_IN_RESPONSE"
    assert f"127.0.0.1:{provider.port}" in error.message
    assert tripwire._HITS._value.get() == before + 1
    outcomes = {(each["outcome"], each["credential_id"]) for each in await events_of(deployment, by)}
    assert {("STARTED", made.id), ("SECRET_IN_RESPONSE", made.id)} <= outcomes


async def test_an_encoded_response_with_the_secret_is_refused(deployment: Deployment, provider: Provider) -> None:
    made = await stored_for(deployment, provider, KEY)
    assert (await refused(forwarded(deployment, made, f"{provider.url}/echo?as=gzip"))).reason == "RESPONSE_REFUSED"


async def test_the_password_of_a_user_is_found_too(deployment: Deployment, provider: Provider) -> None:
    data = CredentialData(basic_auth=BasicAuthData(username="anna", password=SECRET))
    made = await stored_for(deployment, provider, data)
    url = f"{provider.url}/answer?body="
    for text in ("s3cr3t%2Fvalue%2B42", base64.urlsafe_b64encode(f"anna:{SECRET}".encode()).decode()):
        assert (await refused(forwarded(deployment, made, url + text))).reason == "SECRET_IN_RESPONSE"


async def test_after_three_hits_the_credential_is_not_forwarded_with(
    deployment: Deployment, provider: Provider
) -> None:
    made, other = [await stored_for(deployment, provider, KEY) for _ in range(2)]
    for _ in range(3):
        assert (await refused(forwarded(deployment, made, f"{provider.url}/echo"))).reason == "SECRET_IN_RESPONSE"
    provider.reset()
    assert (await refused(forwarded(deployment, made, f"{provider.url}/count"))).reason == "SECRET_IN_RESPONSE"
    assert provider.log("") == []
    assert (await forwarded(deployment, other, f"{provider.url}/count")).head.status == 200


async def test_the_start_and_the_outcome_are_recorded_without_the_query(
    deployment: Deployment, provider: Provider
) -> None:
    made, by = await stored_for(deployment, provider, KEY), await user_of(deployment)
    await forwarded(
        deployment, made, f"{provider.url}/answer?status=418&body=in-query", by, method="PUT", actor="agent"
    )
    started, ended = await events_of(deployment, by, ("action", "outcome", "credential_id", "use", "credential_ids"))
    if started["outcome"] != "STARTED":
        started, ended = ended, started
    assert (started["outcome"], ended["outcome"]) == ("STARTED", "OK")
    assert {started["action"], ended["action"]} == {"ForwardHttpRequest"}
    use = CredentialUse(kind="secret", host=f"127.0.0.1:{provider.port}", method="PUT", path="/answer", actor="agent")
    assert CredentialUse.FromString(started["use"]) == use
    use.status = 418
    assert CredentialUse.FromString(ended["use"]) == use


async def test_nothing_is_sent_without_its_event(
    deployment: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    from strongroom_server.store import audit

    made, by = await stored_for(deployment, provider, KEY), await user_of(deployment)
    monkeypatch.setattr(audit, "_INSERT_MANY", "select 1 / 0")
    assert (await refused(forwarded(deployment, made, f"{provider.url}/echo", by))).reason == "AUDIT_UNAVAILABLE"
    assert provider.log("") == []


async def test_a_client_certificate_is_presented(deployment: Deployment, provider: Provider) -> None:
    from egress.servers import CA

    issued = CA.issue_cert("client@example.com", common_name="the client")
    certificate = b"".join(blob.bytes() for blob in issued.cert_chain_pems).decode()
    made = await stored_for(deployment, provider, mtls(certificate, issued.private_key_pem.bytes().decode()))
    assert not made.warnings
    response = await forwarded(deployment, made, f"{provider.url}/echo", await invoker_of(deployment))
    assert json.loads(response.body)["client_certificate"] == "the client"


async def test_a_signature_covers_the_body(deployment: Deployment, provider: Provider) -> None:
    key = CredentialData(aws=AwsData(access_key_id="AKIAEXAMPLE", secret_access_key=SECRET))
    made, by = await stored_for(deployment, provider, key), await invoker_of(deployment)
    head: dict[str, Any] = {
        "url": f"{provider.url}/echo/key",
        "method": "PUT",
        "aws_service": "s3",
        "aws_region": "eu-west-1",
    }
    whole = await forwarded(deployment, made, by=by, body=b"body", **head)
    sent = {name.lower(): value for name, value in json.loads(whole.body)["headers"]}
    assert sent["x-amz-content-sha256"] == digest("body")
    assert sent["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/")
    for messages, sha256, expected in (
        ([StreamHttpRequestRequest(chunk=b"body"), TRAILER], "", "UNSIGNED-PAYLOAD"),
        ([StreamHttpRequestRequest(chunk=b"body"), TRAILER], digest("body"), digest("body")),
        ([TRAILER], "", digest("")),
    ):
        length: dict[str, Any] = {} if messages[1:] else {"content_length": 0}
        call = await begun(deployment, made, by=by, **head, **length, body_sha256=sha256)
        for message in messages:
            await call.write(message)
        await call.read()
        assert f'"{expected}"' in (await call.read()).chunk.decode()


async def test_a_rejected_token_is_replaced_once(deployment: Deployment, provider: Provider) -> None:
    made, by = await stored_for(deployment, provider, oauth(provider.token_url)), await invoker_of(deployment)
    statuses = []
    for _ in range(3):
        # The body is there, so that it can be sent again.
        response = await forwarded(deployment, made, f"{provider.url}/api", by, b"body", method="POST")
        statuses.append(response.head.status)
        provider.revoke()
    assert statuses == [200, 200, 401]
    assert len(provider.log("/token")) == 2
    outcomes = [each["outcome"] for each in await events_of(deployment, by)]
    assert sorted(outcomes) == ["OK"] * 3 + ["STARTED"] * 3


async def test_a_token_in_a_response_is_found(deployment: Deployment, provider: Provider) -> None:
    made = await stored_for(deployment, provider, oauth(provider.token_url))
    assert (await refused(forwarded(deployment, made, f"{provider.url}/echo"))).reason == "SECRET_IN_RESPONSE"


async def test_nothing_of_a_secret_or_of_a_request_is_told(
    deployment: Deployment, provider: Provider, capfd: pytest.CaptureFixture[str]
) -> None:
    secret, other = "canary-4d1f9a7e", "canary-in-request"
    key = CredentialData(api_key=ApiKeyData(api_key=secret))
    by, told = await invoker_of(deployment), []
    places: tuple[dict[str, Any], ...] = (
        {}, placed(PLACEMENT_LOCATION_QUERY, "key"), placed(PLACEMENT_LOCATION_COOKIE, "key"),
    )  # fmt: skip
    with Provider.start() as gone:
        hosts = [f"127.0.0.1:{each.port}" for each in (provider, gone)]
    paths = ("/echo?as=raw", "/echo?as=gzip", "/echo?a=1", "/answer?status=206", "/answer?status=101", "/../a?a=1")
    urls = (*(f"{provider.url}{path}" for path in paths), f"{gone.url}/echo?a=1")
    with structlog.testing.capture_logs() as lines:
        for place, url, name in itertools.product(places, urls, ("X-A", "Authorization", "Range", "X-A\n")):
            made = await stored_for(deployment, provider, key, allowed_hosts=hosts, **place)
            head: dict[str, Any] = {"url": f"{url}&q={other}", "headers": headers([(name, other)]), "method": "POST"}
            for call in (
                forwarded(deployment, made, by=by, body=other.encode(), **head),
                streamed(deployment, made, by, head),
            ):
                try:
                    await call
                except grpc.aio.AioRpcError as error:
                    told.append(f"{error.details()} {error.debug_error_string()} {error.trailing_metadata()!r}")
    assert len(told) > 100
    told += [repr(lines), (await deployment.http.get("/metrics")).text, *capfd.readouterr()]
    async with deployment.sql() as connection:
        told += [row for (row,) in await connection.fetch("select e::text from audit_events e")]
    for text in told:
        for planted in (secret, other):
            assert planted not in text
            assert planted.encode().hex() not in text


async def streamed(deployment: Deployment, credential: Credential, by: Metadata, head: dict[str, Any]) -> None:
    messages = [StreamHttpRequestRequest(head=HttpRequestHead(id=credential.id, **head)), TRAILER]
    call = UseServiceStub(deployment.grpc).StreamHttpRequest(iter(messages), metadata=by)
    while await call.read() != grpc.aio.EOF:
        pass


async def test_another_organisation_is_refused(deployment: Deployment, provider: Provider) -> None:
    made = await stored_for(deployment, provider, KEY)
    error = await refused(forwarded(deployment, made, f"{provider.url}/echo", organisation_id="other"))
    assert error.reason == "ORGANISATION_MISMATCH"


async def test_a_receiver_that_is_gone_is_an_error_with_its_outcome_recorded(deployment: Deployment) -> None:
    with Provider.start() as gone:
        made, by = await stored_for(deployment, gone, KEY), await user_of(deployment)
        url = f"{gone.url}/echo"
    error = await refused(forwarded(deployment, made, url, by))
    assert error.reason == "EGRESS_REFUSED"
    assert {each["outcome"] for each in await events_of(deployment, by)} == {"STARTED", "EGRESS_REFUSED"}
