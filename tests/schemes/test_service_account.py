"""A Google service account gets a token with an assertion that its provider verifies (RFC 7523)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from key_samples import keys, rsa_key, service_account
from schemes.provider import Provider, provider, provider_process

from strongroom_server.schemes.sending import Sender
from strongroom_server.schemes.service_account import assertion_request
from strongroom_server.schemes.token_endpoint import TokenRequest, request_token
from strongroom_server.schemes.token_errors import Refused
from strongroom_server.schemes.unusable import UnusableCredential

__all__ = ["provider", "provider_process"]

EMAIL = "robot@example.iam.gserviceaccount.com"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def request(
    token_url: str = "",
    scopes: tuple[str, ...] = ("a", "b"),
    audience: str = "",
    now: datetime = NOW,
    **members: object,
) -> TokenRequest:
    document = service_account(**members).json_document.json
    return assertion_request(document, token_url, scopes, audience, now)


def claims(wanted: TokenRequest) -> dict[str, Any]:
    return jwt.decode(wanted.fields["assertion"], options={"verify_signature": False})


async def test_a_provider_takes_the_assertion_of_an_issuer_that_it_trusts(provider: Provider) -> None:
    sender = Sender(provider.client(), 5)
    wanted = request(token_uri=provider.token_url, now=datetime.now(UTC))
    with pytest.raises(Refused) as refused:
        await request_token(sender, wanted)
    assert refused.value.error == "invalid_grant"
    public = rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    provider.trust(EMAIL, public.decode())
    token, style = await request_token(sender, wanted)
    assert (token.expire_seconds, style) == (3600, "none")
    assert provider.log()[-1]["claims"]["scope"] == "a b"


def test_the_claims_are_those_of_rfc_7523() -> None:
    wanted = request(private_key_id="k1")
    one, two = claims(wanted), claims(request())
    assert one.pop("jti") != two["jti"]
    seconds = int(NOW.timestamp())
    url = "https://oauth2.googleapis.com/token"
    assert one == {"iss": EMAIL, "sub": EMAIL, "aud": url, "iat": seconds, "exp": seconds + 3600, "scope": "a b"}
    assert jwt.get_unverified_header(wanted.fields["assertion"]) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    assert (wanted.url, wanted.client_id, set(wanted.fields)) == (url, "", {"grant_type", "assertion"})
    assert wanted.fields["assertion"] not in repr(wanted)


def test_the_token_url_of_the_settings_wins() -> None:
    wanted = request("https://example.com/token", (), "https://api.example.com", token_uri=None)
    assert wanted.url == claims(wanted)["aud"] == "https://example.com/token"
    assert wanted.fields["audience"] == "https://api.example.com"
    assert "scope" not in claims(wanted)


@pytest.mark.parametrize(
    ("members", "rule"),
    [
        ({"type": "authorized_user"}, 'must have "type": "service_account"'),
        ({"type": None}, 'must have "type": "service_account"'),
        ({"client_email": None}, "must have client_email: its type is service_account"),
        ({"client_email": 1, "token_uri": ""}, "must have client_email, token_uri: its type is service_account"),
        ({"private_key": None}, "must have private_key: its type is service_account"),
        ({"private_key": "hunter2"}, "private_key must be a private key in PEM form"),
        ({"private_key": keys()["ES256"]}, "private_key must be an RSA key of at least 2,048 bits"),
        ({"private_key": keys()["RSA of 1,024 bits"]}, "private_key must be an RSA key of at least 2,048 bits"),
    ],
)
def test_an_incomplete_service_account_is_named(members: dict[str, Any], rule: str) -> None:
    with pytest.raises(UnusableCredential) as unusable:
        request(**members)
    assert unusable.value.violation == ("json", rule)


def test_a_document_that_is_not_json_and_a_request_without_scopes_are_named() -> None:
    with pytest.raises(UnusableCredential, match=r"^json must be a JSON object$"):
        assertion_request(json.dumps(["hunter2"]), "", ("a",), "", NOW)
    with pytest.raises(UnusableCredential, match=r"^use_settings\.scopes is required"):
        request(scopes=())
