"""The document of an issuer gives its endpoints, and a hostile one gives nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from schemes.provider import Provider, provider, provider_process

from strongroom_server.core.errors import ServiceError
from strongroom_server.schemes.discovery import DiscoveryFailed, discover, fetch_keys
from strongroom_server.schemes.providers.provider import Provider as Known
from strongroom_server.schemes.providers.provider import provider_violations
from strongroom_server.schemes.sending import Sender

if TYPE_CHECKING:
    from strongroom_server.egress.client import Client

__all__ = ["provider", "provider_process"]


@pytest.fixture(scope="module")
def client(provider_process: Provider) -> Client:
    return provider_process.client()


async def test_the_endpoints_of_an_issuer(client: Client, provider: Provider) -> None:
    for mode in ("right", "oauth"):
        provider.set(discovery=mode)
        for path in ("", "/tenant"):
            issuer = f"{provider.url}{path}"
            found, jwks_url = await discover(Sender(client, 5), issuer)
            assert found == Known(
                "",
                "127.0.0.1",
                provider.authorization_url,
                provider.token_url,
                issuer=issuer,
                sends_iss=True,
                authentication="basic",
                revocation_url=provider.revocation_url,
            )
            assert list(provider_violations(found)) == []
    assert [key["kid"] for key in await fetch_keys(Sender(client, 5), jwks_url)] == ["key-1"]


async def test_what_a_provider_supports_is_used(client: Client, provider: Provider) -> None:
    provider.set(discovery="plain_pkce")
    assert not (await discover(Sender(client, 5), provider.url)).provider.uses_pkce
    provider.set(discovery="post")
    assert (await discover(Sender(client, 5), provider.url)).provider.authentication == "body"


@pytest.mark.parametrize(
    ("mode", "rule"),
    [
        ("wrong_issuer", "exactly the one"),
        ("slash", "exactly the one"),
        ("http", "token_url must be an https:// URL"),
        ("no_token_endpoint", "with token_endpoint"),
        ("list_endpoint", "with token_endpoint"),
        ("other_port", "token_url is not allowed"),
        ("javascript", "authorization_url must be an https:// URL"),
        ("userinfo", "authorization_url must be an https:// URL"),
        ("override", "redirect_uri must not be set"),
        ("status:302", "answered 302"),
        ("status:500", "answered 500"),
        ("status:404", "must have a document"),
        ("html", "must be JSON"),
        ("huge", "must be reachable"),
    ],
)
async def test_a_hostile_document_is_refused(client: Client, provider: Provider, mode: str, rule: str) -> None:
    provider.set(discovery=mode)
    with pytest.raises(DiscoveryFailed) as failed:
        await discover(Sender(client, 5), provider.url)
    assert rule in failed.value.rule
    assert "attacker" not in str(failed.value)


@pytest.mark.parametrize(
    "issuer",
    ["", "http://a.example", "https://a.example/?a=1", "https://a.example/#a", "https://a@b.example", "a.example"],
)
async def test_an_issuer_must_be_an_https_url(client: Client, issuer: str) -> None:
    with pytest.raises(ServiceError) as refused:
        await discover(Sender(client, 5), issuer)
    assert {violation.field for violation in refused.value.violations} == {"issuer"}


async def test_an_issuer_that_egress_refuses_is_not_asked(client: Client, provider: Provider) -> None:
    with pytest.raises(DiscoveryFailed) as failed:
        await discover(Sender(client, 5), "https://169.254.169.254")
    assert failed.value.refused is not None
    assert failed.value.refused.cause == "metadata"
    assert provider.log("") == []


@pytest.mark.parametrize(
    "body", ["[]", "{}", '{"keys":[]}', '{"keys":[1]}', '{"keys":[{"kty":"oct","k":"a"}]}', '{"keys":[{"kty":[]}]}']
)
async def test_keys_that_nothing_can_be_verified_with_are_refused(
    client: Client, provider: Provider, body: str
) -> None:
    with pytest.raises(DiscoveryFailed):
        await fetch_keys(Sender(client, 5), f"{provider.url}/answer?body={quote(body)}")
