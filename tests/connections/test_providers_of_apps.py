"""The provider of an app is what its row says, and where it sends browsers back to is one of three URIs."""

from __future__ import annotations

import pytest
from msgspec import structs
from sealing.test_signatures import CREDENTIAL

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.connection_service_pb2 import App
from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES, SURFACE_VERSORI, Credential, OAuthData
from strongroom_server.connections.app_messages import Facts, new_credential
from strongroom_server.connections.providers import provider_of, scopes_of
from strongroom_server.connections.redirects import redirect_uri_of
from strongroom_server.core.errors import ServiceError
from strongroom_server.schemes.providers.provider import Provider, provider_violations
from strongroom_server.schemes.providers.table import PROVIDERS


def provider_in(credential: Credential) -> Provider:
    """The provider of a credential as it would be stored."""
    settings = credential.use_settings.SerializeToString()
    return provider_of(structs.replace(CREDENTIAL, use_settings=settings), credential.data.oauth)


@pytest.mark.parametrize("name", PROVIDERS)
def test_an_app_keeps_all_that_is_known_of_its_provider(name: str) -> None:
    known = PROVIDERS[name]
    kept = provider_in(new_credential(App(provider=name), Facts(known)))
    # A row says whether refresh tokens are replaced, not for how long the previous one works.
    assert kept == known._replace(rotation="strict" if known.rotation == "grace" else known.rotation)


def test_a_well_known_name_is_shown_only_for_its_own_host() -> None:
    elsewhere = App(
        provider="google", authorization_url="https://accounts.google.com.evil.example.net/o/oauth2/v2/auth"
    )
    assert provider_in(new_credential(elsewhere, Facts(PROVIDERS["google"]))).display_name == ""


def test_a_provider_that_is_known_no_more_is_still_used() -> None:
    credential = new_credential(App(provider="google"), Facts(PROVIDERS["google"]))
    credential.use_settings.app.provider = "gone"
    assert provider_in(credential) == PROVIDERS["google"]._replace(name="gone", display_name="")


def test_a_credential_without_settings_of_an_app_has_a_provider() -> None:
    url = "https://a.example.com/"
    data = OAuthData(authorization_url=url, token_url=url, scope="a  b\ta")
    provider = provider_of(structs.replace(CREDENTIAL, use_settings=b""), data)
    assert provider == Provider("", "", url, url)
    assert list(provider_violations(provider)) == []
    assert scopes_of(data) == ("a", "b")


@pytest.mark.parametrize(
    ("surface", "path"),
    [
        (SURFACE_NATIVE, "/connect/callback"),
        (SURFACE_VERSORI, "/api/switchboard/v1alpha1/connections/oauth2/callback"),
        (SURFACE_TINES, "/oauth2/callback"),
    ],
)
def test_each_surface_has_its_redirect_uri(surface: int, path: str) -> None:
    assert redirect_uri_of("https://vault.example.com", surface) == f"https://vault.example.com{path}"


def test_without_a_public_url_there_is_no_redirect_uri() -> None:
    with pytest.raises(ServiceError) as caught:
        redirect_uri_of("", SURFACE_NATIVE)
    assert caught.value.reason == reasons.ERROR_REASON_PUBLIC_URL_ABSENT
