"""The table of providers keeps the rules that a provider of a caller must keep, and can be overridden field by field."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from strongroom_server.schemes.authorization import prepare_consent
from strongroom_server.schemes.providers.provider import provider_violations
from strongroom_server.schemes.providers.table import PROVIDERS


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_well_known_provider_keeps_the_rules(name: str) -> None:
    provider = PROVIDERS[name]
    assert list(provider_violations(provider)) == []
    assert provider.name == name == name.lower()
    assert provider.display_name.strip()
    # What the service sends there is a secret, so that a slip in a host must not go unseen.
    own = {
        ".".join((urlsplit(url).hostname or "").split(".")[-2:])
        for url in (provider.token_url, provider.revocation_url, provider.account.url if provider.account else "")
        if url
    }
    assert own <= _DOMAINS[name]
    assert ".".join((urlsplit(provider.authorization_url).hostname or "").split(".")[-2:]) in _DOMAINS[name]


def test_there_are_about_thirty_and_no_name_twice() -> None:
    assert 30 <= len(PROVIDERS) == len({provider.display_name for provider in PROVIDERS.values()})
    assert list(PROVIDERS) == sorted(PROVIDERS)


def test_a_field_can_be_overridden() -> None:
    sandbox = PROVIDERS["salesforce"]._replace(
        authorization_url="https://test.salesforce.com/services/oauth2/authorize"
    )
    assert prepare_consent(sandbox, "c", "https://a.example/").url.startswith("https://test.salesforce.com/services/")
    assert sandbox.offline_scopes == ("refresh_token",)
    [violation] = provider_violations(sandbox._replace(token_url="http://test.salesforce.com/"))
    assert violation.field == "token_url"


# The registered domains of those with others than their name with .com.
_DOMAINS = {name: {f"{name}.com"} for name in PROVIDERS} | {
    "atlassian": {"atlassian.com"},
    "bitbucket": {"bitbucket.org"},
    "dropbox": {"dropbox.com", "dropboxapi.com"},
    "google": {"google.com", "googleapis.com"},
    "hubspot": {"hubspot.com", "hubapi.com"},
    "intercom": {"intercom.com", "intercom.io"},
    "linear": {"linear.app"},
    "microsoft": {"microsoftonline.com", "microsoft.com"},
    "quickbooks": {"intuit.com"},
    "twitch": {"twitch.tv"},
    "webex": {"webexapis.com"},
    "zoom": {"zoom.us"},
}
