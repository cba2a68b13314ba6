"""The settings of an app must be in their bounds, and leave alone what the service sends itself."""

from __future__ import annotations

from typing import Any

import pytest

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES, SURFACE_VERSORI, Credential
from strongroom_server.rules.oauth import RESERVED, app_violations, requested_scope_violations
from strongroom_server.schemes.providers.table import PROVIDERS
from strongroom_server.schemes.recipes.location import path_of

HTTPS = "must be an https:// URL"


def broken(**fields: Any) -> dict[str, str]:
    return dict(app_violations(Credential.OAuthApp(**fields)))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"provider": "google"},
        {"issuer": "https://example.com/tenant", "sends_iss": True, "jwks_url": "https://example.com/keys"},
        {"revocation_url": "https://example.com/revoke?tenant=1"},
        {"parameters": {"access_type": "offline", "prompt": "consent é"}},
        {"parameters": {f"p{index}": "" for index in range(20)}},
        {"offline_scopes": ["offline_access"], "scope_separator": " "},
        {"account_subject": "data.id", "account_label": "emails[0]", "account_url": "https://example.com/me"},
        {"connection_surface": SURFACE_NATIVE},
        {"connection_surface": SURFACE_VERSORI},
        {"pkce_disabled": True, "omits_nonce": True},
    ],
)
def test_settings_of_an_app_in_bounds_are_accepted(fields: dict[str, Any]) -> None:
    assert broken(**fields) == {}


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        ({"provider": "Google"}, {"provider": "must be at most 64 of the characters a-z 0-9 _ -"}),
        ({"issuer": "http://example.com"}, {"issuer": HTTPS}),
        ({"issuer": "https://example.com?a=b"}, {"issuer": "must have no query"}),
        ({"sends_iss": True}, {"issuer": "is required with sends_iss and jwks_url"}),
        ({"jwks_url": "https://example.com"}, {"issuer": "is required with sends_iss and jwks_url"}),
        *(
            ({name: "http://example.com", **others}, {name: HTTPS})
            for name, others in (
                ("revocation_url", {}),
                ("account_url", {"account_subject": "id"}),
                ("jwks_url", {"issuer": "https://example.com"}),
            )
        ),
        ({"offline_scopes": ["a", "b c"]}, {"offline_scopes[1]": "must be 1 to 255 printable ASCII characters except"}),
        *(
            ({"account_subject": path}, {"account_subject": "must be a path of at most 255 characters"})
            for path in (".", "a..b", "a[", "a['b']", "{{a}}", "a b", "a" * 256, "a+b")
        ),
        ({"account_label": "name"}, {"account_subject": "is required with account_label and account_url"}),
        ({"parameters": {f"p{index}": "" for index in range(21)}}, {"parameters": "must have at most 20 parameters"}),
        ({"parameters": {"a": "b\n"}}, {"parameters.a": "must be at most 2,048 characters"}),
        ({"parameters": {"redirect.uri": "b"}}, {"parameters": "must have names of 1 to 64 of the characters"}),
        *(
            ({"parameters": {name: "x"}}, {f"parameters.{name.lower()}": "must not be set"})
            for name in (*sorted(RESERVED), "Redirect_URI")
        ),
        *(
            ({"connection_surface": surface}, {"connection_surface": "must be SURFACE_NATIVE or SURFACE_VERSORI"})
            for surface in (SURFACE_TINES, 77)
        ),
    ],
)
def test_a_setting_of_an_app_out_of_bounds_is_a_violation(fields: dict[str, Any], rules: dict[str, str]) -> None:
    found = broken(**fields)
    assert found.keys() == rules.keys()
    assert all(found[path].startswith(rule) for path, rule in rules.items())


def test_a_scope_does_not_contain_what_separates_scopes() -> None:
    assert not list(requested_scope_violations("scopes", ["a,b"], " "))
    assert [each.rule for each in requested_scope_violations("scopes", ["a,b"], ",")] == [
        "must not have ',', by which this provider separates them"
    ]


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_a_well_known_provider_needs_is_in_bounds(name: str) -> None:
    known = PROVIDERS[name]
    place = known.account
    assert not broken(
        provider=name,
        issuer=known.issuer,
        parameters=known.parameters,
        offline_scopes=known.offline_scopes,
        account_subject=place.subject if place else "",
        account_label=place.label if place else "",
    )


@pytest.mark.parametrize("path", ["id", "data.id", "emails[0]", "a_b.c[1][2].d"])
def test_a_path_to_an_account_is_one_that_is_followed(path: str) -> None:
    assert not broken(account_subject=path)
    assert path_of(path) is not None
