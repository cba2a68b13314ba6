"""A code becomes tokens of the account that consented, at a provider with a consent page, and of no other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from schemes.provider import CLIENT_ID, CLIENT_SECRET, Provider, provider, provider_process

from strongroom_server.schemes import discovery
from strongroom_server.schemes.account import Account, request_account
from strongroom_server.schemes.authorization import Callback, callback_of, is_from, prepare_consent
from strongroom_server.schemes.authorization_code import AccountRejected, CodeGrant, Exchanged, exchange_code
from strongroom_server.schemes.providers.provider import AccountPlace
from strongroom_server.schemes.providers.provider import Provider as Known
from strongroom_server.schemes.sending import Sender
from strongroom_server.schemes.token_errors import InDoubt, Refused, TokenNotIssued, Unavailable

if TYPE_CHECKING:
    from strongroom_server.egress.client import Client

__all__ = ["provider", "provider_process"]

REDIRECT = "http://127.0.0.1:62168/oauth/callback"


@pytest.fixture(scope="module")
def client(provider_process: Provider) -> Client:
    return provider_process.client()


def known(provider: Provider, **changes: Any) -> Known:
    """What a caller knows of the mock provider."""
    return Known("mock", "Mock", provider.authorization_url, provider.token_url, issuer=provider.url)._replace(
        **changes
    )


def consented(provider: Provider, known: Known, *scopes: str) -> CodeGrant:
    """A grant after a person has allowed it on the page."""
    consent = prepare_consent(known, CLIENT_ID, REDIRECT, scopes)
    location = provider.consent(consent.url)
    assert location.startswith(f"{REDIRECT}?")
    callback = callback_of(urlsplit(location).query)
    assert callback.state == consent.state
    assert is_from(known, callback)
    return CodeGrant(callback.code, CLIENT_ID, CLIENT_SECRET, REDIRECT, consent.verifier, consent.nonce)


async def exchanged(client: Client, known: Known, grant: CodeGrant, seconds: float = 5) -> Exchanged:
    return await exchange_code(Sender(client, seconds), known, grant, datetime.now(UTC))


async def failure(client: Client, known: Known, grant: CodeGrant, seconds: float = 5) -> TokenNotIssued:
    """The failure, which holds no secret."""
    with pytest.raises(TokenNotIssued) as failed:
        await exchanged(client, known, grant, seconds)
    text = f"{failed.value} {failed.value!r} {vars(failed.value)} {grant!r}"
    assert not any(secret in text for secret in (grant.code, CLIENT_SECRET, grant.verifier or "at-", "at-", "rt-"))
    return failed.value


async def test_a_consented_code_becomes_tokens_of_that_account(client: Client, provider: Provider) -> None:
    asked = known(provider)
    grant = consented(provider, asked, "openid", "read")
    token, style, account = await exchanged(client, asked, grant)
    assert token.access_token.startswith("at-")
    assert token.refresh_token is not None
    assert style == "basic"
    assert account == Account("user-1", "user-1@example.com", provider.url)
    [logged] = provider.log()
    assert logged["fields"] == {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    assert [each["parameters"]["scope"] for each in provider.log("/authorize")] == ["openid read"] * 2
    # As in RFC 6749 §4.1.2: the second use ends what the first one got.
    assert isinstance(await failure(client, asked, grant), Refused)
    assert (
        await request_account(Sender(client, 5), AccountPlace("sub", "email", f"{provider.url}/userinfo"), token)
        is None
    )


async def test_a_denied_consent_comes_back_as_a_code_of_the_specification(provider: Provider) -> None:
    consent = prepare_consent(known(provider), CLIENT_ID, REDIRECT)
    callback = callback_of(urlsplit(provider.consent(consent.url, "deny")).query)
    assert callback == Callback(consent.state, error="access_denied", iss=provider.url)


async def test_the_issuer_of_a_callback_tells_a_mix_up(provider: Provider) -> None:
    for mode, sends_iss, expected in (("wrong", False, False), ("absent", False, True), ("absent", True, False)):
        provider.set(iss=mode)
        asked = known(provider, sends_iss=sends_iss)
        callback = callback_of(urlsplit(provider.consent(prepare_consent(asked, CLIENT_ID, REDIRECT).url)).query)
        assert is_from(asked, callback) is expected


@pytest.mark.parametrize(
    "changes",
    [{"verifier": "v" * 43}, {"verifier": ""}, {"redirect_uri": "http://127.0.0.1:1/oauth/callback"}, {"code": "x"}],
)
async def test_a_stolen_code_is_of_no_use(client: Client, provider: Provider, changes: dict[str, Any]) -> None:
    asked = known(provider)
    refused = await failure(client, asked, consented(provider, asked)._replace(**changes))
    assert isinstance(refused, Refused)
    assert refused.error == "invalid_grant"


async def test_pkce_can_be_off(client: Client, provider: Provider) -> None:
    asked = known(provider, uses_pkce=False)
    grant = consented(provider, asked)
    assert grant.verifier == ""
    assert (await exchanged(client, asked, grant)).account is None
    provider.set(pkce="required")
    url = prepare_consent(asked, CLIENT_ID, REDIRECT).url
    assert callback_of(urlsplit(provider.consent(url)).query).error == "invalid_request"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("drop", InDoubt),
        ("html", InDoubt),
        ("close", InDoubt),
        ("redirect", InDoubt),
        ("status:503", Unavailable),
        ("error:invalid_grant", Refused),
        ("error:invalid_client", Refused),
    ],
)
async def test_the_outcomes_are_those_of_the_token_endpoint(
    client: Client, provider: Provider, answer: str, kind: type[TokenNotIssued]
) -> None:
    asked = known(provider)
    grant = consented(provider, asked, "openid")
    provider.set(answer=answer)
    assert isinstance(await failure(client, asked, grant), kind)


async def test_the_client_authenticates_as_the_provider_wants(client: Client, provider: Provider) -> None:
    provider.set(client_authentication="body")
    asked = known(provider)
    assert (await exchanged(client, asked, consented(provider, asked))).style == "body"
    assert [each["authentication"] for each in provider.log()] == ["basic", "body"]
    refused = await failure(client, asked, consented(provider, asked)._replace(client_secret=""))
    assert isinstance(refused, Refused)
    assert provider.log()[-1]["fields"]["client_id"] == CLIENT_ID


@pytest.mark.parametrize(
    ("way", "rule"),
    [
        ("absent", "is required"),
        ("wrong_nonce", "nonce"),
        ("no_nonce", "nonce"),
        ("wrong_issuer", "issuer"),
        ("wrong_audience", "for this client"),
        ("other_party", "issued to this client"),
        ("two_audiences", "issued to this client"),
        ("expired", "expired"),
        ("no_subject", "sub"),
    ],
)
async def test_tokens_with_a_wrong_id_token_are_rejected(
    client: Client, provider: Provider, way: str, rule: str
) -> None:
    asked = known(provider)
    grant = consented(provider, asked, "openid")
    provider.set(id_token=way)
    with pytest.raises(AccountRejected) as rejected:
        await exchanged(client, asked, grant)
    assert rule in rejected.value.rule
    # So that they can be revoked.
    assert rejected.value.token.refresh_token is not None
    assert not any(secret in f"{rejected.value} {rejected.value!r}" for secret in ("at-", "rt-", grant.nonce))


async def test_a_signature_counts_if_the_keys_are_pinned(client: Client, provider: Provider) -> None:
    asked = known(provider)
    keys = await discovery.fetch_keys(Sender(client, 5), f"{provider.url}/jwks")
    grant = consented(provider, asked, "openid")._replace(keys=keys)
    assert (await exchanged(client, asked, grant)).account is not None
    for way, pinned, rule in (
        ("other_key", keys, "valid signature"),
        ("unsigned", keys, "signed with one of"),
        ("right", [keys[0] | {"kid": "another"}], "new keys"),
        ("right", [], "new keys"),
    ):
        provider.set(id_token="right")
        grant = consented(provider, asked, "openid")._replace(keys=pinned)
        provider.set(id_token=way)
        with pytest.raises(AccountRejected) as rejected:
            await exchanged(client, asked, grant)
        assert rule in rejected.value.rule
    # Without pinned keys TLS to the token endpoint stands for the signature.
    provider.set(id_token="unsigned")
    assert (await exchanged(client, asked, consented(provider, asked, "openid"))).account is not None


async def test_an_account_is_found_where_the_provider_has_it(client: Client, provider: Provider) -> None:
    # Without the scope openid there is no id_token.
    place = AccountPlace("sub", "email", f"{provider.url}/userinfo")
    asked = known(provider, account=place)
    token, _, account = await exchanged(client, asked, consented(provider, asked))
    assert account is None
    account = await request_account(Sender(client, 5), place, token)
    assert account == Account("user-1", "user-1@example.com")
    for other in (place._replace(subject="id"), place._replace(url=f"{provider.url}/answer?status=500")):
        assert await request_account(Sender(client, 5), other, token) is None
    beside = known(provider, account=AccountPlace("token_type", "expires_in"))
    assert (await exchanged(client, beside, consented(provider, beside))).account == Account("Bearer", "3600")


def test_accounts_are_compared_by_issuer_and_subject() -> None:
    account = Account("1", "a@example.com", "https://a.example")
    assert account.is_same(account._replace(label="b@example.com"))
    assert not account.is_same(account._replace(subject="2"))
    assert not account.is_same(account._replace(issuer="https://b.example"))
