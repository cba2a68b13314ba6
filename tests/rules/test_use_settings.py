"""Tests the bounds of use_settings, and which variant takes which of its fields."""

from __future__ import annotations

from typing import Any

import pytest
from samples import samples

from strongroom.v1.credential_pb2 import (
    CLIENT_AUTHENTICATION_BASIC,
    PLACEMENT_LOCATION_COOKIE,
    PLACEMENT_LOCATION_HEADER,
    PLACEMENT_LOCATION_QUERY,
    Credential,
)
from strongroom_server.rules.use_settings import USE_SETTINGS, not_taken, variant_violations
from strongroom_server.rules.variants.table import VARIANTS

UseSettings, Placement = Credential.UseSettings, Credential.SecretPlacement
URL = "must be an http or https URL without user name, password and fragment"
SCOPE = 'must be 1 to 255 printable ASCII characters except space, " and \\'
AWS = "must be 1 to 63 of the characters a-z 0-9 -"
TOKEN = "must be 1 to 255 of the characters that RFC 9110 allows in a token"
CLIENTS = "must not be a header that describes the connection or the body"
PREFIX = "must be at most 255 printable ASCII characters"
COOKIE_PREFIX = 'must be at most 255 printable ASCII characters except space, ", comma, ; and \\'
HEADER, QUERY, COOKIE = PLACEMENT_LOCATION_HEADER, PLACEMENT_LOCATION_QUERY, PLACEMENT_LOCATION_COOKIE


def broken(**fields: Any) -> dict[str, str]:
    return dict(USE_SETTINGS.violations(Credential(use_settings=UseSettings(**fields))))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"token_url": "https://example.com/token?tenant=1"},
        {"token_url": "http://127.0.0.1:8080/" + "a" * 2_026},
        {"scopes": ["read", "https://example.com/.default", "a" * 255]},
        {"scopes": ["a"] * 100},
        {"audience": "ä" * 2_048},
        {"client_authentication": CLIENT_AUTHENTICATION_BASIC},
        {"refresh_token_rotates": False},
        {"aws_services": ["s3", "execute-api"], "aws_regions": ["eu-west-1", "a" * 63]},
        {"placement": Placement(location=HEADER, name="X-Api-Key")},
        {"placement": Placement(location=HEADER, name="Authorization", prefix="Bearer ")},
        {"placement": Placement(location=HEADER, name="a" * 255, prefix=" " * 255)},
        {"placement": Placement(location=QUERY, name="host", prefix='a "b"')},
        {"placement": Placement(location=QUERY, name="ä b")},
        {"placement": Placement(location=COOKIE, name="session", prefix="v1.")},
        {"app": Credential.OAuthApp(provider="google", scope_separator=",")},
    ],
)
def test_settings_in_bounds_are_accepted(fields: dict[str, Any]) -> None:
    assert broken(**fields) == {}


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        ({"token_url": "https://example.com/" + "a" * 2_029}, {"token_url": "must be at most 2,048 characters long"}),
        *(
            ({"token_url": url}, {"token_url": URL})
            for url in (
                "example.com",
                "ftp://example.com",
                "https://",
                "https://anna:hunter2@example.com",
                "https://anna@example.com",
                "https://example.com/#",
                "https://example.com/a b",
                "https://example.com:0",
                "https://example.com:x",
            )
        ),
        *(
            ({"scopes": ["ok", scope]}, {"scopes[1]": SCOPE})
            for scope in ("", "a b", 'a"', "a\\", "ä", "a\n", "a" * 256)
        ),
        ({"scopes": ["a"] * 101}, {"scopes": "must have at most 100 elements"}),
        ({"audience": "a" * 2_049}, {"audience": "must be at most 2,048 characters long"}),
        ({"audience": "a\0"}, {"audience": "must not contain NUL"}),
        ({"client_authentication": 77}, {"client_authentication": "must be a value of ClientAuthentication"}),
        *(({"aws_services": [name]}, {"aws_services[0]": AWS}) for name in ("", "S3", "s3.", "*", "a" * 64)),
        ({"aws_regions": ["*"]}, {"aws_regions[0]": AWS}),
        ({"aws_regions": ["a"] * 101}, {"aws_regions": "must have at most 100 elements"}),
        (
            {"placement": Placement()},
            {"placement.location": "is required with placement", "placement.name": TOKEN},
        ),
        (
            {"placement": Placement(location=77, name="a")},  # type: ignore[arg-type] # not of the enumeration
            {"placement.location": "must be a value of PlacementLocation"},
        ),
        *(
            ({"placement": Placement(location=location, name=name)}, {"placement.name": TOKEN})
            for location in (HEADER, COOKIE)
            for name in ("", "a b", "a:", "a\r\nb", "a=", "ä", "a" * 256)
        ),
        *(
            ({"placement": Placement(location=HEADER, name=name)}, {"placement.name": CLIENTS})
            for name in ("Host", "content-length", "Transfer-Encoding", "CONNECTION")
        ),
        (
            {"placement": Placement(location=QUERY)},
            {"placement.name": "must be 1 to 255 characters long"},
        ),
        *(
            ({"placement": Placement(location=location, name="a", prefix=prefix)}, {"placement.prefix": PREFIX})
            for location in (HEADER, QUERY)
            for prefix in ("a\r\n", "a\0", "ä", "a" * 256, "\x7f")
        ),
        *(
            ({"placement": Placement(location=COOKIE, name="a", prefix=prefix)}, {"placement.prefix": COOKIE_PREFIX})
            for prefix in ("a b", "a;", "a,", '"', "\\", "a\n", "a" * 256)
        ),
        (
            {"app": Credential.OAuthApp(scope_separator=";")},
            {"app.scope_separator": "must be a space or a comma"},
        ),
    ],
)
def test_a_setting_out_of_bounds_is_a_violation(fields: dict[str, Any], rules: dict[str, str]) -> None:
    assert broken(**fields) == {f"credential.use_settings.{path}": rule for path, rule in rules.items()}


# One value for each field.
FULL = UseSettings(
    token_url="https://example.com/token",
    scopes=["read"],
    audience="api",
    client_authentication=CLIENT_AUTHENTICATION_BASIC,
    placement=Placement(location=HEADER, name="X-Api-Key"),
    aws_services=["s3"],
    aws_regions=["eu-west-1"],
    refresh_token_rotates=True,
    managed=True,
    app=Credential.OAuthApp(provider="google"),
)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_takes_only_the_fields_that_its_rules_name(variant: str) -> None:
    names = [field.name for field in UseSettings.DESCRIPTOR.fields]
    assert [field.name for field, _ in FULL.ListFields()] == names
    taken = VARIANTS[variant].use_settings
    assert set(taken) <= set(names)
    assert not_taken(FULL, variant) == [name for name in names if name not in taken]
    violations = dict(variant_violations(Credential(use_settings=FULL), variant))
    assert violations.keys() == {f"credential.use_settings.{name}" for name in names if name not in taken}
    assert not dict(variant_violations(Credential(), variant))


@pytest.mark.parametrize("name", [field.name for field in UseSettings.DESCRIPTOR.fields])
def test_every_field_is_for_a_variant(name: str) -> None:
    assert any(name in rules.use_settings for rules in VARIANTS.values())


def test_a_field_of_another_variant_is_a_violation_that_names_those_that_take_it() -> None:
    settings = UseSettings(token_url="https://example.com/token", placement=FULL.placement)
    credential = Credential(use_settings=settings)
    assert dict(variant_violations(credential, "text")) == {
        "credential.use_settings.token_url": "must be empty for text, it is for client_credentials and json_document and aws"
    }


def test_a_setting_never_repeats_what_the_data_of_its_variant_has() -> None:
    for variant, data in samples().items():
        assert not set(VARIANTS[variant].use_settings) & set(getattr(data, variant).DESCRIPTOR.fields_by_name)
