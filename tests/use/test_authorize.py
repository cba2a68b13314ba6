"""AuthorizeHttpRequest returns what authenticates a request, records it, and gives no bare secret to an invoker."""

from __future__ import annotations

import base64
import hashlib
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from audit.expected_events import events_of
from key_samples import certificates, jwt, keys, mtls
from rpc.calls import refused
from use.calls import HOST, URL, authorized, invoker_of, stored, user_of

from strongroom.v1.audit_service_pb2 import CredentialUse, ListAuditEventsRequest
from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
    PLACEMENT_LOCATION_COOKIE,
    PLACEMENT_LOCATION_HEADER,
    PLACEMENT_LOCATION_QUERY,
    PROVIDER_ONFIDO,
    PROVIDER_SHOPIFY,
    SURFACE_SLASHID,
    SURFACE_TINES,
    AccessTokenData,
    ApiIdKeyData,
    ApiKeyData,
    AwsData,
    BasicAuthData,
    Credential,
    CredentialData,
    KeyValuesData,
    MtlsData,
    RawData,
    TextData,
)
from strongroom.v1.use_service_pb2 import ENVIRONMENT_TEST, HttpHeader
from strongroom_server.schemes import aws_signing

if TYPE_CHECKING:
    from conftest import Deployment

    from strongroom.v1.use_service_pb2 import AuthorizeHttpRequestResponse

SECRET = "s3cr3t-value"
BASIC = base64.b64encode(f"anna:{SECRET}".encode()).decode()
BARE = {
    "basic_auth": CredentialData(basic_auth=BasicAuthData(username="anna", password=SECRET)),
    "api_key": CredentialData(api_key=ApiKeyData(api_key=SECRET)),
    "api_id_key": CredentialData(api_id_key=ApiIdKeyData(api_id="id", api_key=SECRET)),
    "access_token": CredentialData(access_token=AccessTokenData(access_token=SECRET)),
    "text": CredentialData(text=TextData(value=SECRET)),
    "raw": CredentialData(raw=RawData(value=SECRET.encode())),
    "key_values": CredentialData(key_values=KeyValuesData(values={"k": SECRET.encode()})),
}
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


def settings(**fields: Any) -> Credential.UseSettings:
    return Credential.UseSettings(**fields)


def placement(location: Any, name: str, prefix: str = "") -> dict[str, Any]:
    placed = Credential.SecretPlacement(location=location, name=name, prefix=prefix)
    return {"use_settings": settings(placement=placed)}


def pairs(response: AuthorizeHttpRequestResponse) -> dict[str, list[tuple[str, str]]]:
    found = {
        name: [(each.name, each.value) for each in getattr(response, name)] for name in ("headers", "query", "cookies")
    }
    return {name: each for name, each in found.items() if each}


@pytest.mark.parametrize("variant", BARE)
async def test_a_bare_secret_goes_to_a_user_in_the_header_of_its_variant(deployment: Deployment, variant: str) -> None:
    made = await stored(deployment, BARE[variant])
    response = await authorized(deployment, made.id, await user_of(deployment))
    expected = f"Basic {BASIC}" if variant == "basic_auth" else f"Bearer {SECRET}"
    assert pairs(response) == {"headers": [("Authorization", expected)]}
    assert (response.credential_id, response.version) == (made.id, 1)
    assert not response.HasField("expire_time")


@pytest.mark.parametrize(
    ("variant", "fields", "expected"),
    [
        ("text", placement(PLACEMENT_LOCATION_HEADER, "X-Key", "k="), {"headers": [("X-Key", f"k={SECRET}")]}),
        ("raw", placement(PLACEMENT_LOCATION_QUERY, "api key"), {"query": [("api key", SECRET)]}),
        ("api_key", placement(PLACEMENT_LOCATION_COOKIE, "session"), {"cookies": [("session", SECRET)]}),
        (
            "api_key",
            {"provider": PROVIDER_ONFIDO, "surface": SURFACE_SLASHID},
            {"headers": [("Authorization", f"Token token={SECRET}")]},
        ),
        (
            "access_token",
            {"provider": PROVIDER_SHOPIFY, "surface": SURFACE_SLASHID},
            {"headers": [("X-Shopify-Access-Token", SECRET)]},
        ),
    ],
)
async def test_the_placement_and_the_provider_say_where_a_secret_goes(
    deployment: Deployment, variant: str, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    made = await stored(deployment, BARE[variant], **fields)
    assert pairs(await authorized(deployment, made.id)) == expected


async def test_a_secret_that_does_not_fit_its_place_is_refused_with_the_rule(deployment: Deployment) -> None:
    for data, rule in (
        (CredentialData(text=TextData(value="a\r\nb: c")), "must not have CR or LF"),
        (CredentialData(raw=RawData(value=b"\xff")), "not text"),
        (CredentialData(key_values=KeyValuesData(values={"a": b"1", "b": b"2"})), "exactly one value"),
        (CredentialData(basic_auth=BasicAuthData(username="a:b", password=SECRET)), "colon"),
    ):
        error = await refused(authorized(deployment, (await stored(deployment, data)).id))
        assert error.reason == "USE_NOT_SUPPORTED"
        assert rule in error.message


@pytest.mark.parametrize("variant", BARE)
async def test_no_bare_secret_goes_to_an_invoker(deployment: Deployment, variant: str) -> None:
    by = await invoker_of(deployment)
    error = await refused(authorized(deployment, (await stored(deployment, BARE[variant])).id, by))
    assert (error.reason, "forward the request" in error.message) == ("SECRET_NOT_RELEASED", True)
    error = await refused(authorized(deployment, (await stored(deployment, BARE[variant], allowed_hosts=[])).id, by))
    assert error.reason == "HOSTS_REQUIRED"


@pytest.mark.parametrize(
    ("fields", "reason", "named"),
    [
        ({"url": "https://other.vendor.com/"}, "HOST_NOT_ALLOWED", ""),
        ({"url": f"https://{HOST}:8443/"}, "EGRESS_REFUSED", ""),
        ({"url": f"http://{HOST}/"}, "EGRESS_REFUSED", ""),
        ({"url": f"https://user@{HOST}/"}, "EGRESS_REFUSED", ""),
        ({"url": f"https://{HOST}/#x"}, "FIELD_INVALID", "url"),
        ({"url": f"{HOST}/v1"}, "FIELD_INVALID", "url"),
        ({"url": f"https://{HOST}@evil.com/"}, "EGRESS_REFUSED", ""),
        ({"url": "https://2130706433/"}, "EGRESS_REFUSED", ""),
        ({"url": f"https://{HOST}/a\r\nb"}, "FIELD_INVALID", "url"),
        ({"url": "https://{tenant}.vendor.com/"}, "FIELD_INVALID", "url"),
        ({"url": "https://<<secret>>.vendor.com/"}, "FIELD_INVALID", "url"),
        ({"url": "https://api.vendor.com:{port}/"}, "FIELD_INVALID", "url"),
        ({"url": ""}, "FIELD_INVALID", "url"),
        ({"url": "x" * 8193}, "FIELD_INVALID", "url"),
        ({"method": "get"}, "FIELD_INVALID", "method"),
        ({"method": "GET /\r\n"}, "FIELD_INVALID", "method"),
        ({"rejected_token_sha256": b"x"}, "FIELD_INVALID", "rejected_token_sha256"),
        ({"actor": "a" * 256}, "FIELD_INVALID", "actor"),
        ({"environment": 7}, "FIELD_INVALID", "environment"),
        ({"id": "x"}, "FIELD_INVALID", "id"),
    ],
)
async def test_a_request_that_breaks_a_rule_is_refused_by_name(
    deployment: Deployment, fields: dict[str, Any], reason: str, named: str
) -> None:
    error = await refused(authorized(deployment, (await stored(deployment, BARE["text"])).id, **fields))
    assert error.reason == reason
    assert list(error.fields) == ([named] if named else [])


async def test_a_url_may_be_as_long_as_the_reference_says(deployment: Deployment) -> None:
    made = await stored(deployment, BARE["text"])
    url = f"https://{HOST}/?q="
    assert await authorized(deployment, made.id, url=url + "a" * (8192 - len(url)))


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("authorization", "Bearer mine", "must not be authorization"),
        ("Cookie", "a=b", "must not be cookie"),
        ("Proxy-Authorization", "x", "must not be proxy-authorization"),
        ("x-key", "mine", "must not be x-key"),
        ("Host", "evil.com", "must not have a header that describes"),
        ("Transfer-Encoding", "chunked", "must not have a header that describes"),
        ("X-A", "a\r\nX-Key: b", "must not have CR or LF"),
        ("X-A\r\n", "a", "must have names"),
        ("X-A", "ä", "printable ASCII"),
    ],
)
async def test_a_header_that_breaks_a_rule_is_refused_by_its_place(
    deployment: Deployment, name: str, value: str, rule: str
) -> None:
    made = await stored(deployment, BARE["text"], **placement(PLACEMENT_LOCATION_HEADER, "X-Key"))
    headers = [HttpHeader(name="Accept", value="*/*"), HttpHeader(name=name, value=value)]
    error = await refused(authorized(deployment, made.id, headers=headers))
    assert error.reason == "FIELD_INVALID"
    assert list(error.fields) == ["headers[1]"]
    assert rule in error.fields["headers[1]"]


async def test_a_port_that_allowed_hosts_name_may_be_used(deployment: Deployment) -> None:
    made = await stored(deployment, BARE["text"], allowed_hosts=[f"{HOST}:8443"])
    by = await user_of(deployment)
    assert pairs(await authorized(deployment, made.id, by, url=f"https://{HOST}:8443/"))
    (event,) = await events_of(deployment, by, ("use", "credential_ids"))
    assert CredentialUse.FromString(event["use"]).host == f"{HOST}:8443"
    assert (await refused(authorized(deployment, made.id))).reason == "HOST_NOT_ALLOWED"


async def test_a_parameter_that_the_credential_adds_is_refused_in_the_query(deployment: Deployment) -> None:
    made = await stored(deployment, BARE["text"], **placement(PLACEMENT_LOCATION_QUERY, "api key"))
    for query in ("api%20key=mine", "a=1&api+key"):
        error = await refused(authorized(deployment, made.id, url=f"https://{HOST}/?{query}"))
        assert error.fields == {"url": "must not have the parameter of the query that the credential adds"}


async def test_a_jwt_goes_to_an_invoker_as_a_bearer_token(deployment: Deployment) -> None:
    made = await stored(deployment, jwt("ES256", keys()["ES256"]))
    by = await invoker_of(deployment)
    response = await authorized(deployment, made.id, by)
    ((name, value),) = pairs(response)["headers"]
    assert (name, value.count(".")) == ("Authorization", 2)
    assert value.startswith("Bearer ey")
    (event,) = await events_of(deployment, by, ("action", "outcome", "use", "credential_ids"))
    assert (event["action"], event["outcome"]) == ("AuthorizeHttpRequest", "OK")
    assert CredentialUse.FromString(event["use"]).kind == "token"


async def test_the_identity_of_the_nodes_machine_signs_nothing(deployment: Deployment) -> None:
    tines = Credential.TinesSettings(aws_authentication_type=AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE)
    fields = {"surface": SURFACE_TINES, "team_id": 1, "allowed_hosts": ["*.amazonaws.com"], "tines_settings": tines}
    made = await stored(deployment, CredentialData(aws=AwsData()), **fields)
    assert (await refused(authorized(deployment, made.id, **BUCKET))).reason == "USE_NOT_SUPPORTED"


AWS = CredentialData(aws=AwsData(access_key_id="AKIAEXAMPLE", secret_access_key=SECRET))
BUCKET: dict[str, Any] = {"url": "https://bucket.s3.eu-west-1.amazonaws.com/a%20b?list-type=2"}
DYNAMO: dict[str, Any] = {
    "url": "https://dynamodb.us-east-1.amazonaws.com/",
    "method": "POST",
    "body_sha256": EMPTY_SHA256,
}


async def test_a_signature_is_made_for_the_service_and_the_region_of_the_host(deployment: Deployment) -> None:
    made = await stored(deployment, AWS, allowed_hosts=["*.amazonaws.com"])
    by = await invoker_of(deployment)
    for fields, scope in ((BUCKET, "eu-west-1/s3"), (DYNAMO, "us-east-1/dynamodb")):
        response = await authorized(deployment, made.id, by, **fields)
        headers = {each.name.lower(): each.value for each in response.headers}
        assert f"/{scope}/aws4_request" in headers["authorization"]
        assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/")
        assert ("x-amz-content-sha256" in headers) == (scope.endswith("s3"))
        assert SECRET not in str(headers)
        date = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        assert response.expire_time.ToDatetime(tzinfo=UTC) == date + timedelta(minutes=15)


async def test_without_botocore_the_error_names_the_extra(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await stored(deployment, AWS, allowed_hosts=["*.amazonaws.com"])
    aws_signing._botocore.cache_clear()
    monkeypatch.setitem(sys.modules, "botocore.auth", None)
    error = await refused(authorized(deployment, made.id, **BUCKET))
    assert error.reason == "USE_NOT_SUPPORTED"
    assert "install strongroom[server,aws]" in error.message


async def test_the_callers_headers_are_signed(deployment: Deployment) -> None:
    made = await stored(deployment, AWS, allowed_hosts=["*.amazonaws.com"])
    headers = [HttpHeader(name="X-Amz-Target", value="DynamoDB_20120810.ListTables")]
    response = await authorized(deployment, made.id, **DYNAMO, headers=headers)
    (signature,) = (each.value for each in response.headers if each.name == "Authorization")
    assert "SignedHeaders=host;x-amz-date;x-amz-target" in signature
    assert "x-amz-target" not in {each.name.lower() for each in response.headers}


@pytest.mark.parametrize(
    ("request_fields", "policy", "field", "rule"),
    [
        ({"url": "https://sts.amazonaws.com/", "body_sha256": EMPTY_SHA256}, {}, "aws_service", "if it is sts"),
        ({"url": "https://iam.amazonaws.com/", "body_sha256": EMPTY_SHA256}, {}, "aws_service", "if it is iam"),
        (BUCKET, {"aws_services": ["dynamodb"]}, "aws_service", "use_settings.aws_services"),
        (BUCKET, {"aws_regions": ["us-east-1"]}, "aws_region", "use_settings.aws_regions"),
        ({**BUCKET, "aws_service": "sqs"}, {"aws_services": ["s3"]}, "aws_service", "use_settings.aws_services"),
        ({"url": "https://minio.vendor.com/"}, {}, "aws_service", "is required"),
        ({"url": "https://minio.vendor.com/", "aws_service": "s3"}, {}, "aws_region", "is required"),
        ({"url": "https://sqs.eu-west-1.amazonaws.com/"}, {}, "body_sha256", "is required"),
        ({**DYNAMO, "body_sha256": "x"}, {}, "body_sha256", "64 hexadecimal"),
        ({"url": f"{BUCKET['url']}&X-Amz-Signature=1"}, {}, "url", "parameter of a signature"),
        (
            {**DYNAMO, "headers": [HttpHeader(name="X-Amz-Date", value="20260101T000000Z")]},
            {},
            "headers[0]",
            "must not be x-amz-date",
        ),
    ],
)
async def test_a_signature_outside_of_the_policy_is_refused_by_name(
    deployment: Deployment, request_fields: dict[str, Any], policy: dict[str, Any], field: str, rule: str
) -> None:
    hosts = ["*.amazonaws.com", "minio.vendor.com"]
    made = await stored(deployment, AWS, allowed_hosts=hosts, use_settings=settings(**policy) if policy else None)
    error = await refused(authorized(deployment, made.id, **request_fields))
    assert error.reason == "FIELD_INVALID"
    assert list(error.fields) == [field]
    assert rule in error.fields[field]


async def test_sts_is_signed_for_where_the_policy_names_it(deployment: Deployment) -> None:
    made = await stored(deployment, AWS, allowed_hosts=[], use_settings=settings(aws_services=["sts"]))
    response = await authorized(
        deployment, made.id, url="https://sts.eu-west-1.amazonaws.com/", body_sha256=EMPTY_SHA256
    )
    assert any("/eu-west-1/sts/aws4_request" in each.value for each in response.headers)


async def test_a_client_certificate_can_only_be_forwarded_with(deployment: Deployment) -> None:
    made = await stored(deployment, mtls(*certificates()))
    for by in (await user_of(deployment), await invoker_of(deployment)):
        error = await refused(authorized(deployment, made.id, by))
        assert (error.reason, "forward the request" in error.message) == ("USE_NOT_SUPPORTED", True)


async def test_an_unusable_credential_names_its_warnings(deployment: Deployment) -> None:
    made = await stored(deployment, CredentialData(mtls=MtlsData(client_certificate="c", client_private_key="k")))
    assert made.warnings
    error = await refused(authorized(deployment, made.id))
    assert error.reason == "CREDENTIAL_UNUSABLE"
    assert set(error.fields) == {warning.field for warning in made.warnings}


async def test_a_client_certificate_that_has_expired_is_named(deployment: Deployment) -> None:
    leaf = trustme.CA().issue_cert("client.vendor.com", not_after=datetime(2026, 1, 1, tzinfo=UTC))
    pem = (leaf.cert_chain_pems[0].bytes().decode(), leaf.private_key_pem.bytes().decode())
    made = await stored(deployment, mtls(*pem))
    assert not made.warnings
    error = await refused(authorized(deployment, made.id))
    assert (error.reason, error.fields) == ("CREDENTIAL_UNUSABLE", {"data.mtls.client_certificate": "has expired"})


async def test_the_test_credential_is_used_where_it_is_enabled(deployment: Deployment) -> None:
    made = await stored(deployment, BARE["text"], team_id=1)
    test = await stored(
        deployment,
        CredentialData(text=TextData(value="test-secret")),
        live_credential_id=made.id,
        test_credential=Credential.TestCredential(enabled=True),
    )
    by = await user_of(deployment)
    live = await authorized(deployment, made.id, by)
    tested = await authorized(deployment, made.id, by, environment=ENVIRONMENT_TEST)
    assert pairs(live) == {"headers": [("Authorization", f"Bearer {SECRET}")]}
    assert pairs(tested) == {"headers": [("Authorization", "Bearer test-secret")]}
    uses = [
        CredentialUse.FromString(each["use"]) for each in await events_of(deployment, by, ("use", "credential_ids"))
    ]
    assert [each.environment for each in uses] == ["", "TEST"]
    assert (live.credential_id, tested.credential_id) == (made.id, test.id)


async def test_the_event_says_what_was_used_for_whom_and_where_and_holds_no_query(deployment: Deployment) -> None:
    made = await stored(deployment, BARE["text"])
    by = await user_of(deployment)
    await authorized(deployment, made.id, by, method="DELETE", url=f"{URL}&secret=in-query", actor="agent 7")
    (event,) = await events_of(
        deployment, by, ("action", "outcome", "credential_id", "version", "use", "credential_ids")
    )
    assert (event["action"], event["outcome"], event["credential_id"]) == ("AuthorizeHttpRequest", "OK", made.id)
    expected = CredentialUse(kind="secret", host=HOST, method="DELETE", path="/v1/things", actor="agent 7")
    assert CredentialUse.FromString(event["use"]) == expected
    listed = await deployment.audit.ListAuditEvents(
        ListAuditEventsRequest(action="AuthorizeHttpRequest", credential_id=made.id), metadata=deployment.metadata
    )
    assert [each.use for each in listed.audit_events] == [expected]


async def test_without_its_event_nothing_is_returned(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    from strongroom_server.store import audit

    made = await stored(deployment, BARE["text"])
    by = await user_of(deployment)
    monkeypatch.setattr(audit, "_INSERT_MANY", "select 1 / 0")
    assert (await refused(authorized(deployment, made.id, by))).reason == "AUDIT_UNAVAILABLE"
