"""Tests which changes of a row expose its secrets further, and which callers may make them."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from msgspec import structs
from sealing.test_signatures import CREDENTIAL

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_KEY,
    CLIENT_AUTHENTICATION_BODY,
    PLACEMENT_LOCATION_HEADER,
    PLACEMENT_LOCATION_QUERY,
    READ_ACCESS_GLOBAL,
    READ_ACCESS_SPECIFIC_TEAMS,
    READ_ACCESS_TEAM,
    Credential,
    ReadAccess,
)
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_USER, ROLE_WRITER
from strongroom_server.access import exposure
from strongroom_server.access.caller import Caller
from strongroom_server.core.errors import ServiceError
from strongroom_server.rules.surfaces import SETTINGS

WRITER = Caller("w", "default", frozenset({ROLE_WRITER, ROLE_READER}), None)
USER = Caller("u", "default", frozenset({ROLE_WRITER, ROLE_USER}), None)
STATIC = Credential.TinesSettings(use_static_external_id=True).SerializeToString()
BY_KEY = Credential.TinesSettings(aws_authentication_type=AWS_AUTHENTICATION_TYPE_KEY).SerializeToString()
LATER = Credential.TinesSettings(token_ttl_seconds=9, expiry_notifications_enabled=True).SerializeToString()
Placement, App = Credential.SecretPlacement, Credential.OAuthApp
HEADER = Placement(location=PLACEMENT_LOCATION_HEADER, name="a")
OTHER_HEADER = Placement(location=PLACEMENT_LOCATION_HEADER, name="b")
QUERY = Placement(location=PLACEMENT_LOCATION_QUERY, name="a")
PREFIXED = Placement(location=PLACEMENT_LOCATION_HEADER, name="a", prefix="p")


def use(**fields: Any) -> bytes:
    return Credential.UseSettings(**fields).SerializeToString()


# Columns of a row, their changes, and the fields whose change exposes the secrets.
CHANGES: list[tuple[dict[str, Any], dict[str, Any], set[str]]] = [
    ({}, {"name": "n", "description": "e", "metadata_json": "[]", "folder_id": 9, "expire_time": None}, set()),
    ({"allowed_hosts": ["a", "b"]}, {"allowed_hosts": ["b"]}, set()),
    ({"allowed_hosts": ["a", "b"]}, {"allowed_hosts": ["b", "a", "a"]}, set()),
    # An invoker could have the secret forwarded to the first hosts that are named.
    ({"allowed_hosts": []}, {"allowed_hosts": ["a"]}, {"allowed_hosts"}),
    ({"allowed_hosts": []}, {"allowed_hosts": []}, set()),
    ({"allowed_hosts": ["a"]}, {"allowed_hosts": []}, {"allowed_hosts"}),
    ({"allowed_hosts": ["a"]}, {"allowed_hosts": ["a", "b"]}, {"allowed_hosts"}),
    # Names are compared as text, so fewer matches do not count.
    ({"allowed_hosts": ["*"]}, {"allowed_hosts": ["a"]}, {"allowed_hosts"}),
    ({"allowed_hosts": ["a"]}, {"allowed_hosts": ["a", "a:8443"]}, {"allowed_hosts"}),
    ({"allowed_hosts": ["*:8443"]}, {"allowed_hosts": ["*"]}, {"allowed_hosts"}),
    ({"allowed_hosts": ["a", "b:8443"]}, {"allowed_hosts": ["A.:443"]}, set()),
    ({"read_access": READ_ACCESS_TEAM, "shared_team_ids": []}, {"read_access": READ_ACCESS_GLOBAL}, {"read_access"}),
    (
        {"read_access": READ_ACCESS_TEAM, "shared_team_ids": []},
        {"read_access": READ_ACCESS_SPECIFIC_TEAMS, "shared_team_ids": [2]},
        {"read_access", "shared_team_slugs"},
    ),
    ({"shared_team_ids": [2, 3]}, {"shared_team_ids": [3]}, set()),
    ({"shared_team_ids": [2, 3]}, {"shared_team_ids": [3, 4]}, {"shared_team_slugs"}),
    (
        {"read_access": READ_ACCESS_GLOBAL, "shared_team_ids": []},
        {"read_access": READ_ACCESS_SPECIFIC_TEAMS, "shared_team_ids": [4]},
        set(),
    ),
    ({"team_id": 1}, {"team_id": 2}, {"team_id"}),
    ({"team_id": 1}, {"team_id": None}, {"team_id"}),
    ({"team_id": None}, {"team_id": 1}, {"team_id"}),
    ({}, {"live_credential_id": CREDENTIAL.id}, {"live_credential_id"}),
    ({"variant": "key_values", "redact_fields": ["a", "b"]}, {"redact_fields": ["b"]}, {"redact_fields"}),
    ({"variant": "key_values", "redact_fields": ["a"]}, {"redact_fields": ["b", "a"]}, set()),
    ({"redact_fields": ["a"]}, {"redact_fields": []}, set()),
    ({"tines_settings": b""}, {"tines_settings": LATER}, set()),
    ({"tines_settings": b""}, {"tines_settings": STATIC}, {"tines_settings.use_static_external_id"}),
    (
        {"tines_settings": b""},
        {"tines_settings": BY_KEY},
        {"tines_settings.aws_authentication_type"},
    ),
    ({"labels": ["a", "b"]}, {"labels": ["c", "d"]}, set()),
    ({"use_settings": b""}, {"use_settings": use(refresh_token_rotates=True)}, set()),
    ({"use_settings": use(token_url="a")}, {"use_settings": use(token_url="b")}, {"use_settings.token_url"}),
    ({"use_settings": use(token_url="a")}, {"use_settings": b""}, {"use_settings.token_url"}),
    ({"use_settings": b""}, {"use_settings": use(scopes=["a"])}, {"use_settings.scopes"}),
    ({"use_settings": use(audience="a")}, {"use_settings": use(audience="b")}, {"use_settings.audience"}),
    ({"use_settings": use(app=App(issuer="a"))}, {"use_settings": use(app=App(issuer="a"))}, set()),
    ({"use_settings": use(app=App(parameters={"a": "b"}))}, {"use_settings": use(app=App())}, {"use_settings.app"}),
    (
        {"use_settings": b""},
        {"use_settings": use(client_authentication=CLIENT_AUTHENTICATION_BODY)},
        {"use_settings.client_authentication"},
    ),
    *(
        ({"use_settings": use(placement=placement)}, {"use_settings": use(placement=other)}, {"use_settings.placement"})
        for placement, other in itertools.permutations((HEADER, OTHER_HEADER, QUERY, PREFIXED), 2)
    ),
    *(
        case
        for name in ("aws_services", "aws_regions")
        for case in (
            ({"use_settings": b""}, {"use_settings": use(**{name: ["a"]})}, set[str]()),
            ({"use_settings": use(**{name: ["a", "b"]})}, {"use_settings": use(**{name: ["b"]})}, set[str]()),
            (
                {"use_settings": use(**{name: ["a"]})},
                {"use_settings": use(**{name: ["a", "b"]})},
                {f"use_settings.{name}"},
            ),
            ({"use_settings": use(**{name: ["a"]})}, {"use_settings": b""}, {f"use_settings.{name}"}),
        )
    ),
    # An empty list of services does not allow those that issue credentials.
    *(
        ({"use_settings": b""}, {"use_settings": use(aws_services=["s3", name])}, {"use_settings.aws_services"})
        for name in ("iam", "sts")
    ),
]


@pytest.mark.parametrize(("columns", "changed", "exposing"), CHANGES)
def test_a_change_that_exposes_secrets_is_found_by_comparing_the_rows(
    columns: dict[str, Any], changed: dict[str, Any], exposing: set[str]
) -> None:
    before = structs.replace(CREDENTIAL, **columns)
    after = structs.replace(before, **changed)
    if exposing:
        with pytest.raises(ServiceError) as caught:
            exposure.require_secrets(WRITER, before, after)
        assert caught.value.reason == reasons.ERROR_REASON_SECRET_REQUIRED
        assert {violation.field for violation in caught.value.violations} == {f"credential.{name}" for name in exposing}
    else:
        assert exposure.require_secrets(WRITER, before, after) is False
    # A request that sends every secret may make the change. Older versions keep their own redact_fields.
    widened = exposure.require_secrets(WRITER, before, after, keeps_secrets=False)
    assert widened is bool(exposing - {"redact_fields"})
    assert exposure.require_secrets(USER, before, after) is False


def test_changed_uses_are_refused_only_if_a_stored_secret_remains() -> None:
    uses = ["token_url", "scope"]
    with pytest.raises(ServiceError) as caught:
        exposure.require_secrets(WRITER, CREDENTIAL, CREDENTIAL, changed_uses=uses)
    assert [violation.field for violation in caught.value.violations] == [
        "credential.data.text.token_url",
        "credential.data.text.scope",
    ]
    assert not exposure.require_secrets(WRITER, CREDENTIAL, CREDENTIAL, changed_uses=uses, keeps_secrets=False)
    assert not exposure.require_secrets(USER, CREDENTIAL, CREDENTIAL, changed_uses=uses)


def test_every_use_and_limit_of_settings_has_a_change_here() -> None:
    guarded = {f"{each.name}.{name}" for each in SETTINGS.values() for name in (*each.uses, *each.limits)}
    assert {path for path, guard in exposure.FIELDS.items() if guard and "." in path} == guarded
    assert guarded <= set().union(*(exposing for _, _, exposing in CHANGES))


def test_every_read_access_is_in_the_order() -> None:
    assert sorted(exposure._READ_ACCESS_ORDER) == sorted(set(ReadAccess.values()) - {0})
