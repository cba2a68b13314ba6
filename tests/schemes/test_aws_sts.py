"""A role is assumed at a real STS, and its response is read strictly."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from schemes.https_server import Answer, https
from schemes.moto import ROLE, Sts, sts

from strongroom_server.schemes.aws_signing import AwsKey
from strongroom_server.schemes.aws_sts import RoleRequest, TemporaryKey, assume_role, endpoint_of
from strongroom_server.schemes.sending import Sender
from strongroom_server.schemes.token_errors import InDoubt, NotSent, Refused, TokenNotIssued, Unavailable
from strongroom_server.schemes.unusable import UnusableCredential

if TYPE_CHECKING:
    from pathlib import Path

    from schemes.https_server import Received

__all__ = ["sts"]

KEY = AwsKey("AKIAIOSFODNN7EXAMPLE", "hunter2/hunter2")
MEMBERS = {
    "AccessKeyId": "ASIAIOSFODNN7EXAMPLE",
    "SecretAccessKey": "hunter2/of/the/role+",
    "SessionToken": "hunter2==",
    "Expiration": "2026-11-28T13:00:00Z",
}


def xml(**members: str) -> str:
    content = "".join(f"\n      <{name}>{value}</{name}>" for name, value in {**MEMBERS, **members}.items())
    return (
        '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n  <AssumeRoleResult>\n'
        f"    <Credentials>{content}\n    </Credentials>\n  </AssumeRoleResult>\n</AssumeRoleResponse>\n"
    )


async def answered(directory: Path, body: str, status: int = 200, **changes: Any) -> tuple[TemporaryKey, Received]:
    """The key in this response, and the request for it."""
    answer = Answer(status, body.encode(), (("Content-Type", "text/xml"),))
    async with https(directory, lambda _: answer) as provider:
        request = RoleRequest(ROLE, "strongroom", endpoint=f"{provider.url}/")._replace(**changes)
        return await assume_role(Sender(provider.client, 5), KEY, request), provider.requests[0]


async def test_a_real_sts_gives_a_temporary_key(sts: Sts) -> None:
    request = RoleRequest(ROLE, "strongroom", "external", "eu-west-1", f"{sts.url}/", 900)
    made = await assume_role(Sender(sts.client, 20), KEY, request)
    assert re.fullmatch(r"ASIA[A-Z0-9]{16}", made.key.access_key_id)
    assert made.key.session_token
    left = made.expire_time - datetime.now(UTC)
    assert timedelta(seconds=840) < left <= timedelta(seconds=901)
    for secret in (made.key.secret_access_key, made.key.session_token):
        assert secret not in repr(made)


async def test_the_request_is_a_signed_form(tmp_path: Path) -> None:
    made, sent = await answered(tmp_path, xml(), external_id="e x", region="eu-west-1", duration_seconds=900)
    key = AwsKey("ASIAIOSFODNN7EXAMPLE", "hunter2/of/the/role+", "hunter2==")
    assert made == (key, datetime(2026, 11, 28, 13, tzinfo=UTC))
    assert parse_qs(sent.body.decode()) == {
        "Action": ["AssumeRole"],
        "Version": ["2011-06-15"],
        "RoleArn": [ROLE],
        "RoleSessionName": ["strongroom"],
        "DurationSeconds": ["900"],
        "ExternalId": ["e x"],
    }
    assert (sent.method, sent.target) == ("POST", "/")
    signed = (
        r"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/\d{8}/eu-west-1/sts/aws4_request, "
        r"SignedHeaders=content-type;host;x-amz-date, Signature=[0-9a-f]{64}"
    )
    assert re.fullmatch(signed, sent.headers["authorization"])


@pytest.mark.parametrize(
    ("partition", "region", "endpoint", "expected"),
    [
        ("aws", "", "", ("https://sts.us-east-1.amazonaws.com/", "us-east-1")),
        ("aws", "eu-west-1", "", ("https://sts.eu-west-1.amazonaws.com/", "eu-west-1")),
        ("aws-cn", "", "", ("https://sts.cn-north-1.amazonaws.com.cn/", "cn-north-1")),
        ("aws-us-gov", "", "", ("https://sts.us-gov-west-1.amazonaws.com/", "us-gov-west-1")),
        (
            "aws",
            "",
            "https://sts-fips.us-east-2.amazonaws.com/",
            ("https://sts-fips.us-east-2.amazonaws.com/", "us-east-1"),
        ),
    ],
)
def test_the_endpoint_is_that_of_the_partition_and_region_unless_one_is_given(
    partition: str, region: str, endpoint: str, expected: tuple[str, str]
) -> None:
    role = ROLE.replace("aws", partition, 1)
    assert endpoint_of(RoleRequest(role, "strongroom", region=region, endpoint=endpoint)) == expected


async def test_what_the_guard_refuses_was_not_sent(tmp_path: Path) -> None:
    with pytest.raises(NotSent) as refused:
        await answered(tmp_path, xml(), endpoint="https://169.254.169.254/")
    assert refused.value.refused.cause == "metadata"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>hunter2</html>",
        xml(Expiration="soon"),
        xml(Expiration="2026-13-28T13:00:00Z"),
        xml(SessionToken=""),
        xml(SessionToken="a&amp;b"),
        xml(SessionToken="&x;"),
        xml(SessionToken="<![CDATA[a]]>"),
        xml(AccessKeyId="a b"),
        xml().replace("<SessionToken>", "<SessionToken x='1'>"),
        xml().replace("</SessionToken>", "</SessionToken><SessionToken>b</SessionToken>"),
        xml().replace("SecretAccessKey", "Secret"),
        xml() + xml(),
        '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + xml(),
        "<!-- -->" + xml(),
        "<Credentials>" * 5_000,
        xml() + " " * 70_000,
    ],
)
async def test_a_response_that_is_not_exactly_a_key_is_none(tmp_path: Path, body: str) -> None:
    with pytest.raises(InDoubt) as doubt:
        await answered(tmp_path, body)
    assert doubt.value.cause == ("egress" if len(body) > 65_536 else "not_a_token")
    assert "hunter2" not in f"{doubt.value!r}"


@pytest.mark.parametrize(
    ("status", "code", "kind", "error"),
    [
        (403, "AccessDenied", Refused, "AccessDenied"),
        (403, "InvalidClientTokenId", Refused, "InvalidClientTokenId"),
        (400, "hunter", Refused, ""),
        (404, "", Refused, ""),
        (400, "Throttling", Unavailable, None),
        (500, "AccessDenied", Unavailable, None),
        (302, "", InDoubt, None),
    ],
)
async def test_an_error_of_sts(
    tmp_path: Path, status: int, code: str, kind: type[TokenNotIssued], error: str | None
) -> None:
    body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>hunter2</Message></Error></ErrorResponse>"
    with pytest.raises(kind) as failed:
        await answered(tmp_path, body, status)
    assert getattr(failed.value, "error", None) == error
    assert "hunter2" not in f"{failed.value!r}"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"role_arn": ""}, "assumed_role_arn"),
        ({"role_arn": "arn:aws:iam::123456789012:user/x"}, "assumed_role_arn"),
        ({"role_arn": ROLE.replace("aws", "aws-moon", 1)}, "assumed_role_arn"),
        ({"region": "evil.example/"}, "use_settings.aws_regions"),
    ],
)
async def test_what_cannot_be_requested_is_named(tmp_path: Path, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(UnusableCredential) as unusable:
        await answered(tmp_path, xml(), **changes)
    assert unusable.value.violation.field == field
