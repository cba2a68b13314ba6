"""Tests the rules of each variant with data that keeps and data that breaks them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from samples import samples

from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
    AWS_AUTHENTICATION_TYPE_KEY,
    AWS_AUTHENTICATION_TYPE_ROLE,
    SURFACE_NATIVE,
    SURFACE_SLASHID,
    SURFACE_TINES,
    SURFACE_VERSORI,
    Credential,
    CredentialData,
    MultiRequestData,
)
from strongroom_server.rules.surfaces import SURFACES
from strongroom_server.rules.variants.table import VARIANTS
from strongroom_server.rules.variants.violations import data_violations

if TYPE_CHECKING:
    from collections.abc import Sequence

REQUIRED = "is required"
EMPTY = "must not be empty"
URL = "must be an http or https URL"
TYPE = "is of the wrong type"
REQUEST = MultiRequestData.Request(options_json="{}")

# A variant, fields that replace those of its sample (None: absent), and the violations that the data has then.
CASES: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("key_values", {"values": {}}, {}),
    ("raw", {"value": None}, {"value": REQUIRED}),
    ("raw", {"value": b""}, {}),
    ("basic_auth", {"username": None, "password": None}, {"username": REQUIRED, "password": REQUIRED}),
    ("basic_auth", {"username": "", "password": ""}, {}),
    ("oauth2_refresh", {"client_id": None, "token_url": None}, {"client_id": REQUIRED, "token_url": REQUIRED}),
    ("oauth2_refresh", {"client_secret": None, "refresh_token": None, "auth_style": None},
     {"client_secret": REQUIRED, "refresh_token": REQUIRED}),
    ("oauth2_refresh", {"client_id": "", "client_secret": "", "refresh_token": ""}, {"client_id": EMPTY}),
    ("api_key", {"api_key": None}, {"api_key": REQUIRED}),
    ("api_key", {"api_key": ""}, {}),
    ("api_id_key", {"api_id": None, "api_key": None}, {"api_id": REQUIRED, "api_key": REQUIRED}),
    ("api_id_key", {"api_id": "", "api_key": ""}, {"api_id": EMPTY}),
    ("client_credentials", {"client_id": None, "client_secret": None},
     {"client_id": REQUIRED, "client_secret": REQUIRED}),
    ("client_credentials", {"client_id": "", "client_secret": ""}, {"client_id": EMPTY}),
    ("access_token", {"access_token": None}, {"access_token": REQUIRED}),
    ("access_token", {"access_token": ""}, {}),
    ("json_document", {"json": None}, {"json": REQUIRED}),
    ("json_document", {"json": "[1]"}, {"json": "must be a JSON object"}),
    ("json_document", {"json": '{"a": 1, "a": 2}'}, {"json": "must not repeat a key"}),
    ("json_document", {"json": '{"a": NaN}'}, {"json": "must not hold NaN or Infinity"}),
    ("json_document", {"json": "{} {}"}, {"json": "must be one JSON object with nothing after it"}),
    ("json_document", {"json": '{"a":' * 33 + "1" + "}" * 33}, {"json": "must not be nested deeper than 32 levels"}),
    ("json_document", {"json": '{"a":' * 32 + "1" + "}" * 32}, {}),
    ("text", {"value": None}, {"value": REQUIRED}),
    ("text", {"value": ""}, {}),
    ("jwt", {"algorithm": None, "payload_json": None, "auto_generate_time_claims": None, "private_key": None},
     dict.fromkeys(("algorithm", "payload_json", "auto_generate_time_claims", "private_key"), REQUIRED)),
    ("jwt", {"algorithm": "", "private_key": ""}, {"algorithm": EMPTY}),
    ("jwt", {"payload_json": '"text"'}, {"payload_json": "must be a JSON object"}),
    ("oauth", {"token_url": None, "client_id": None, "client_secret": None, "grant_type": None},
     dict.fromkeys(("token_url", "client_id", "client_secret", "grant_type"), REQUIRED)),
    ("oauth", {"client_id": "", "client_secret": "", "scope": ""}, {"client_id": EMPTY}),
    ("oauth", {"authorization_url": None}, {"authorization_url": "is required with grant_type authorization_code"}),
    ("oauth", {"authorization_url": None, "grant_type": "client_credentials", "scope": None}, {}),
    ("oauth", {"authorization_url": "", "grant_type": "client_credentials"}, {"authorization_url": URL}),
    ("oauth", {"grant_type": "password"}, {"grant_type": "must be client_credentials or authorization_code"}),
    ("oauth", {"pkce_code_challenge_method": "s256"}, {"pkce_code_challenge_method": "must be S256 or plain"}),
    ("oauth", {"pkce_code_challenge_method": None}, {}),
    ("mtls", {"client_certificate": None, "client_private_key": None, "root_certificate": None},
     {"client_certificate": REQUIRED, "client_private_key": REQUIRED}),
    ("mtls", {"client_certificate": "", "client_private_key": "any text"}, {}),
    ("http_request", {"options_json": None, "location_of_token": None, "secret": None, "content_type": None},
     {"options_json": REQUIRED, "location_of_token": REQUIRED}),
    ("http_request", {"options_json": "[]", "location_of_token": ""}, {"options_json": "must be a JSON object"}),
    ("multi_request", {"requests": [], "location_of_token": None},
     {"requests": "must be exactly two", "location_of_token": REQUIRED}),
    ("multi_request", {"requests": [REQUEST] * 3, "content_type": None}, {"requests": "must be exactly two"}),
    ("multi_request", {"requests": [REQUEST, MultiRequestData.Request(secret="s")]},
     {"requests[1].options_json": REQUIRED}),
    ("multi_request", {"requests": [MultiRequestData.Request(options_json="1"), REQUEST]},
     {"requests[0].options_json": "must be a JSON object"}),
]  # fmt: skip


def changed(variant: str, fields: dict[str, Any]) -> CredentialData:
    data = samples()[variant]
    arm = getattr(data, variant)
    for name in fields:
        arm.ClearField(name)
    arm.MergeFrom(type(arm)(**{name: value for name, value in fields.items() if value is not None}))
    for name, value in fields.items():
        if isinstance(value, str | bytes | bool):
            setattr(arm, name, value)
    return data


def broken(data: CredentialData, required: Sequence[str] | None = None) -> dict[str, str]:
    return dict(data_violations(data, required))


@pytest.mark.parametrize(("variant", "fields", "expected"), CASES)
def test_each_violation_has_its_field_and_rule(variant: str, fields: dict[str, Any], expected: dict[str, str]) -> None:
    assert broken(changed(variant, fields)) == {f"{variant}.{path}": rule for path, rule in expected.items()}


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_empty_arm_breaks_the_rule_of_each_required_field(variant: str) -> None:
    data = CredentialData()
    getattr(data, variant).SetInParent()
    required = {f"{variant}.{name}" for name in VARIANTS[variant].required}
    assert {path for path in broken(data) if path != "multi_request.requests"} == required


KEY, ROLE = ("access_key_id", "secret_access_key"), ("assumed_role_arn",)


@pytest.mark.parametrize(
    ("kind", "required"),
    [
        (0, KEY),
        (AWS_AUTHENTICATION_TYPE_KEY, KEY),
        (AWS_AUTHENTICATION_TYPE_ROLE, ROLE),
        (AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE, ()),
    ],
)
def test_the_required_fields_of_aws_depend_on_its_authentication_type(kind: Any, required: tuple[str, ...]) -> None:
    settings = Credential(tines_settings=Credential.TinesSettings(aws_authentication_type=kind))
    found = SURFACES[SURFACE_TINES].required_data("aws", settings)
    assert found == required
    absent = CredentialData()
    absent.aws.SetInParent()
    assert broken(absent, found) == {f"aws.{name}": REQUIRED for name in required}
    assert broken(samples()["aws"], found) == {}
    empty = changed("aws", dict.fromkeys((*KEY, *ROLE), ""))
    assert broken(empty, found) == {"aws.access_key_id": EMPTY, "aws.assumed_role_arn": EMPTY}


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://example.com:8080/a?b=c#d",
        "HTTPS://EXAMPLE.COM",
        "https://user@[::1]:1/",
        "http://ä",
    ],
)
def test_an_http_or_https_url_is_accepted(url: str) -> None:
    assert broken(changed("oauth2_refresh", {"token_url": url})) == {}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com",
        "ftp://example.com",
        "https:",
        "https://",
        "https:///path",
        "https://:443",
        "https://example.com:0",
        "https://example.com:65536",
        "https://example.com:x",
        "https://[::1",
        "https://exa mple.com",
        " https://example.com",
        "https://example.com\n",
        "ht\ttps://example.com",
        "https://example.com/\0",
        "javascript:alert(1)//https://",
    ],
)
def test_a_text_that_is_not_an_http_or_https_url_is_a_violation(url: str) -> None:
    assert broken(changed("oauth2_refresh", {"token_url": url})) == {"oauth2_refresh.token_url": URL}


def test_an_extra_member_with_the_name_of_an_absent_field_is_its_only_violation() -> None:
    data = changed("oauth", {"client_id": None, "authorization_url": None})
    data.extra_json = '{"client_id": 5, "authorization_url": [], "other": 1}'
    assert broken(data) == {"oauth.client_id": TYPE, "oauth.authorization_url": TYPE}


def test_an_extra_member_with_the_name_of_a_present_field_is_no_violation() -> None:
    data = samples()["raw"]
    data.extra_json = '{"value": 5}'
    assert broken(data) == {}


def test_at_most_twenty_violations_are_reported() -> None:
    data = CredentialData(multi_request=MultiRequestData(requests=[MultiRequestData.Request()] * 30))
    assert len(broken(data)) == 20


TAKEN = {
    SURFACE_VERSORI: {"key_values", "raw", "basic_auth"},
    SURFACE_SLASHID: {
        "basic_auth",
        "api_key",
        "api_id_key",
        "client_credentials",
        "access_token",
        "json_document",
    },
    SURFACE_TINES: {"text", "jwt", "oauth", "aws", "mtls", "http_request", "multi_request"},
    SURFACE_NATIVE: set(samples()),
}


@pytest.mark.parametrize(("surface", "expected"), TAKEN.items())
def test_a_surface_takes_the_variants_of_its_vendor(surface: Any, expected: set[str]) -> None:
    assert SURFACES[surface].variants == expected
