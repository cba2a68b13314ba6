"""Signatures against the examples that AWS publishes: of its general reference, its test suite, and its S3 API reference."""

from __future__ import annotations

import datetime
import hashlib

import botocore.auth
import pytest

from strongroom_server.egress.endpoints import Destination
from strongroom_server.schemes.aws_signing import (
    UNSIGNED_PAYLOAD,
    AwsKey,
    AwsRequest,
    NotSigned,
    require_allowed,
    signature_headers,
)

EMPTY = hashlib.sha256(b"").hexdigest()
SUITE_KEY = AwsKey("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SUITE_SESSION = SUITE_KEY._replace(
    session_token="AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7"
    "mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT"
    "38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)
S3_KEY = AwsKey("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
SUITE = Destination("https", "example.amazonaws.com", 443)
BUCKET = Destination("https", "examplebucket.s3.amazonaws.com", 443)
FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")


def at(monkeypatch: pytest.MonkeyPatch, *moment: int) -> None:
    monkeypatch.setattr(
        botocore.auth,
        "get_current_datetime",
        lambda *_, **__: datetime.datetime(*moment, tzinfo=datetime.UTC),  # type: ignore[arg-type,misc]
    )


def signature_of(headers: list[tuple[str, str]]) -> str:
    return dict(headers)["Authorization"].rpartition("Signature=")[2]


@pytest.mark.parametrize(
    ("method", "target", "signature"),
    [
        ("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ("GET", "/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        ("GET", "/?Param1=value1", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
    ],
)
def test_signatures_of_the_test_suite(
    monkeypatch: pytest.MonkeyPatch, method: str, target: str, signature: str
) -> None:
    at(monkeypatch, 2015, 8, 30, 12, 36)
    request = AwsRequest(method, SUITE, target, (), EMPTY)
    headers = signature_headers(request, "service", "us-east-1", SUITE_KEY)
    assert signature_of(headers) == signature
    assert {name for name, _ in headers} == {"Authorization", "X-Amz-Date"}


def test_the_signature_of_the_test_suite_with_a_session_token(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 2015, 8, 30, 12, 36)
    headers = signature_headers(AwsRequest("POST", SUITE, "/", (), EMPTY), "service", "us-east-1", SUITE_SESSION)
    assert signature_of(headers) == "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
    assert dict(headers)["X-Amz-Security-Token"] == SUITE_SESSION.session_token


def test_the_signature_of_the_general_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 2015, 8, 30, 12, 36)
    to = Destination("https", "iam.amazonaws.com", 443)
    request = AwsRequest("GET", to, "/?Action=ListUsers&Version=2010-05-08", (FORM,), EMPTY)
    headers = signature_headers(request, "iam", "us-east-1", SUITE_KEY)
    assert dict(headers)["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )


@pytest.mark.parametrize(
    ("target", "headers", "signature"),
    [
        ("/test.txt", (("Range", "bytes=0-9"),), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        ("/?lifecycle", (), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("/?max-keys=2&prefix=J", (), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ],
)
def test_signatures_of_the_s3_reference(
    monkeypatch: pytest.MonkeyPatch, target: str, headers: tuple[tuple[str, str], ...], signature: str
) -> None:
    at(monkeypatch, 2013, 5, 24, 0, 0)
    signed = signature_headers(AwsRequest("GET", BUCKET, target, headers, EMPTY), "s3", "us-east-1", S3_KEY)
    assert signature_of(signed) == signature
    assert dict(signed)["X-Amz-Content-SHA256"] == EMPTY


def test_every_spelling_of_a_path_and_a_query_of_s3_has_one_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 2013, 5, 24, 0, 0)
    spellings = ("/a@b/../c%20d?prefix=x/y", "/a%40b/../c%20d?prefix=x%2Fy", "/%61%40b/../c%20d?prefix=x%2fy")
    signatures = {
        signature_of(signature_headers(AwsRequest("GET", BUCKET, each, (), EMPTY), "s3", "us-east-1", S3_KEY))
        for each in spellings
    }
    assert len(signatures) == 1


def test_a_body_without_a_hash_is_signed_for_s3_alone() -> None:
    request = AwsRequest("PUT", BUCKET, "/x", (("x-amz-acl", "private"),), None)
    headers = dict(signature_headers(request, "s3", "us-east-1", S3_KEY))
    assert headers["X-Amz-Content-SHA256"] == UNSIGNED_PAYLOAD
    assert "SignedHeaders=host;x-amz-acl;x-amz-content-sha256;x-amz-date," in headers["Authorization"]
    with pytest.raises(NotSigned, match="body_sha256 is required"):
        signature_headers(request, "dynamodb", "us-east-1", S3_KEY)


def test_a_session_token_is_added_and_signed() -> None:
    key = S3_KEY._replace(session_token="session-token")
    headers = dict(signature_headers(AwsRequest("GET", SUITE, "/", (), EMPTY), "sqs", "eu-west-1", key))
    assert headers["X-Amz-Security-Token"] == "session-token"
    assert "host;x-amz-date;x-amz-security-token" in headers["Authorization"]
    assert "session" not in repr(key)
    assert S3_KEY.secret_access_key not in repr(key)


@pytest.mark.parametrize(
    ("headers", "target"),
    [
        ((("Authorization", "Bearer x"),), "/"),
        ((("Cookie", "a=b"),), "/"),
        ((("X-Amz-Date", "20130524T000000Z"),), "/"),
        ((("X-Amz-Security-Token", "x"),), "/"),
        ((("X-A", "a\r\nX-B: c"),), "/"),
        ((("Host", "other.example.com"),), "/"),
        ((), "/?X-Amz-Signature=1"),
        ((), "/?%58-amz-credential=1"),
        ((), "/%ff"),
        ((), "no-slash"),
        ((), "/a b"),
        ((), "/a\nhost:b"),
    ],
)
def test_what_would_break_or_replace_the_signature_is_refused(
    headers: tuple[tuple[str, str], ...], target: str
) -> None:
    with pytest.raises(NotSigned):
        signature_headers(AwsRequest("GET", BUCKET, target, headers, EMPTY), "s3", "us-east-1", S3_KEY)


@pytest.mark.parametrize("method", ["", "get", "GET\n/"])
def test_a_method_is_of_capital_letters(method: str) -> None:
    with pytest.raises(NotSigned, match="method must be"):
        signature_headers(AwsRequest(method, BUCKET, "/", (), EMPTY), "s3", "us-east-1", S3_KEY)


@pytest.mark.parametrize(
    ("service", "services", "regions", "field"),
    [
        ("s3", [], [], None),
        ("s3", ["s3"], ["eu-west-1"], None),
        ("sts", ["s3", "sts"], [], None),
        ("sqs", ["s3"], [], "service"),
        ("s3", ["s3"], ["us-east-1"], "region"),
        ("iam", [], [], "service"),
        ("sts", [], [], "service"),
        ("IAM", [], [], "service"),
        ("iam/x", [], [], "service"),
    ],
)
def test_only_services_and_regions_of_the_settings_are_signed_for(
    service: str, services: list[str], regions: list[str], field: str | None
) -> None:
    if field is None:
        require_allowed(service, "eu-west-1", services, regions)
        return
    with pytest.raises(NotSigned) as refused:
        require_allowed(service, "eu-west-1", services, regions)
    assert refused.value.field == field
