"""A token is revoked at the provider as well as that can be done, and the outcome says what is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from schemes.provider import CLIENT_ID, CLIENT_SECRET, Provider, provider, provider_process

from strongroom_server.schemes.revocation import Outcome, revoke_token
from strongroom_server.schemes.sending import Sender
from strongroom_server.schemes.token_endpoint import TokenRequest, request_token
from strongroom_server.schemes.token_errors import Refused

if TYPE_CHECKING:
    from strongroom_server.egress.client import Client

__all__ = ["provider", "provider_process"]


@pytest.fixture(scope="module")
def client(provider_process: Provider) -> Client:
    return provider_process.client()


def request(provider: Provider, url: str = "") -> TokenRequest:
    return TokenRequest(url or provider.revocation_url, {}, CLIENT_ID, CLIENT_SECRET)


async def test_a_revoked_grant_gives_no_more_tokens(client: Client, provider: Provider) -> None:
    provider.set(client_authentication="body")
    token = provider.grant()
    sender = Sender(client, 5)
    assert await revoke_token(sender, request(provider), token) == "revoked"
    # The client authenticates as at the token endpoint.
    assert [(each["authentication"], each["fields"]) for each in provider.log("/revoke")] == [
        ("basic", {"token_type_hint": "refresh_token"}),
        ("body", {"token_type_hint": "refresh_token"}),
    ]
    fields = {"grant_type": "refresh_token", "refresh_token": token}
    with pytest.raises(Refused) as refused:
        await request_token(sender, TokenRequest(provider.token_url, fields, CLIENT_ID, CLIENT_SECRET))
    assert refused.value.error == "invalid_grant"
    # A token that is unknown by now is revoked too (RFC 7009 §2.2).
    assert await revoke_token(sender, request(provider), token, "access_token") == "revoked"


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        ("status:503", "unavailable"),
        ("status:429", "unavailable"),
        ("status:404", "refused"),
        ("status:302", "refused"),
        ("error:unsupported_token_type", "refused"),
        ("error:invalid_request", "refused"),
        ("error:invalid_token", "revoked"),
        ("drop", "unknown"),
    ],
)
async def test_the_outcome_says_what_is_known(client: Client, provider: Provider, mode: str, outcome: Outcome) -> None:
    provider.set(revocation=mode)
    assert await revoke_token(Sender(client, 5), request(provider), provider.grant()) == outcome


async def test_a_wrong_client_or_place_revokes_nothing(client: Client, provider: Provider) -> None:
    sender = Sender(client, 5)
    wrong = request(provider)._replace(client_secret="wrong")
    assert await revoke_token(sender, wrong, provider.grant()) == "refused"
    assert await revoke_token(sender, request(provider, "https://169.254.169.254/"), "rt-secret") == "not_sent"
    ok = f"{provider.url}/answer?body=%7B%22ok%22:false%7D"
    assert await revoke_token(sender, request(provider, ok), "rt-secret") == "refused"
