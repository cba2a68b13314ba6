"""The token of each variant, from a real provider."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from key_samples import certificates, keys, mtls, rsa_key, service_account
from rpc.calls import refused
from samples import created, named, samples
from schemes.provider import provider, provider_process
from use.minting import (
    client,
    expires_in,
    later,
    minted,
    node,
    oauth,
    recipe,
    stored,
    uses_of,
)

from strongroom.v1.credential_pb2 import (
    CLIENT_AUTHENTICATION_BODY,
    REFRESH_STATE_ACTIVE,
    Credential,
    CredentialData,
    JwtData,
    MultiRequestData,
)
from strongroom_server.rules.variants.table import VARIANTS

if TYPE_CHECKING:
    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]

EMAIL = "robot@project.iam.gserviceaccount.com"
PUBLIC_KEY = rsa_key().public_key()


_PEM = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def answering(provider: Provider, document: Any) -> str:
    """A URL that answers with a JSON document."""
    return f"{provider.url}/answer?body={quote(json.dumps(document))}"


def tokens(provider: Provider) -> list[dict[str, Any]]:
    return provider.log("/token")


async def test_a_client_of_oauth_gets_a_token_and_the_next_call_the_same(node: Deployment, provider: Provider) -> None:
    provider.set(scope="read write")
    credential = await stored(
        node, oauth(provider.token_url, scope="read write"), {"audience": "https://api.example.com"}
    )
    response = await minted(node, credential, actor="anna")
    again = await minted(node, credential)
    assert response.token
    assert response == again
    assert (response.token_type, list(response.scopes), response.generation) == ("Bearer", ["read", "write"], 1)
    assert (response.credential_id, response.version) == (credential.id, 1)
    assert (response.refresh_state, response.HasField("aws")) == (REFRESH_STATE_ACTIVE, False)
    assert 3_500 < expires_in(response) <= 3_601
    [request] = tokens(provider)
    assert request["fields"] == {
        "grant_type": "client_credentials", "scope": "read write", "audience": "https://api.example.com",
    }  # fmt: skip
    assert request["authentication"] == "basic"
    assert await uses_of(node, credential) == [
        ("STARTED", {"kind": "token", "actor": "anna"}),
        ("OK", {"kind": "token", "actor": "anna", "generation": "1"}),
        ("OK", {"kind": "token", "generation": "1"}),
    ]


async def test_a_client_without_endpoints_uses_those_of_its_settings(node: Deployment, provider: Provider) -> None:
    settings = {
        "token_url": provider.token_url, "scopes": ["read"], "client_authentication": CLIENT_AUTHENTICATION_BODY,
    }  # fmt: skip
    response = await minted(node, await stored(node, client(), settings))
    [request] = tokens(provider)
    assert (request["fields"]["scope"], request["authentication"]) == ("read", "body")
    # The provider does not say which scopes it granted.
    assert response.scopes == ["read"]


async def test_a_google_service_account_signs_an_assertion(node: Deployment, provider: Provider) -> None:
    pem = PUBLIC_KEY.public_bytes(*_PEM).decode()
    provider.trust(EMAIL, pem)
    credential = await stored(
        node,
        service_account(client_email=EMAIL, token_uri=provider.token_url),
        {"scopes": ["https://example.com/read"]},
    )
    response = await minted(node, credential)
    assert response.token
    assert response.generation == 1
    [request] = tokens(provider)
    assert (request["claims"]["iss"], request["claims"]["scope"]) == (EMAIL, "https://example.com/read")


async def test_a_jwt_is_signed_anew_each_time_and_sends_nothing(node: Deployment, provider: Provider) -> None:
    data = JwtData(
        algorithm="RS256", payload_json='{"sub":"s"}', auto_generate_time_claims=True, private_key=keys()["RSA"]
    )
    credential = await created(node, named(data=CredentialData(jwt=data)))
    response = await minted(node, credential)
    claims = jwt.decode(response.token, PUBLIC_KEY, ["RS256"])
    assert (claims["sub"], claims["exp"] - claims["iat"]) == ("s", 3600)
    assert (response.token_type, response.generation, response.refresh_state) == ("Bearer", 0, REFRESH_STATE_ACTIVE)
    assert 3_500 < expires_in(response) <= 3_601
    assert await uses_of(node, credential) == [("OK", {"kind": "token"})]
    async with node.sql() as connection:
        assert not await connection.fetchval("select count(*) from tokens where credential_id = $1", credential.id)


async def test_a_recipe_without_a_ttl_runs_for_every_use(node: Deployment, provider: Provider) -> None:
    credential = await stored(node, recipe(answering(provider, {"token": "t0ken"})))
    first, second = await minted(node, credential), await minted(node, credential)
    assert first.token == second.token == "t0ken"
    assert (first.token_type, first.HasField("expire_time"), list(first.scopes)) == ("", False, [])
    assert (first.generation, second.generation) == (1, 2)
    assert len(provider.log("/answer")) == 2


async def test_a_recipe_with_a_ttl_runs_once(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Credential.TinesSettings(token_ttl_seconds=60)
    credential = await stored(node, recipe(answering(provider, {"token": "t0ken"})), tines_settings=settings)
    first = await minted(node, credential)
    assert await minted(node, credential) == first
    assert len(provider.log("/answer")) == 1
    # The token does not live so long.
    later(node, monkeypatch, 40)
    await minted(node, credential, min_remaining_seconds=30)
    assert len(provider.log("/answer")) == 2


async def test_a_ttl_is_kept_though_it_is_longer_than_the_life_of_an_unknown_token(
    node: Deployment, provider: Provider
) -> None:
    settings = Credential.TinesSettings(token_ttl_seconds=7_200)
    credential = await stored(node, recipe(answering(provider, {"token": "t0ken"})), tines_settings=settings)
    first = await minted(node, credential)
    assert await minted(node, credential, min_remaining_seconds=3_600) == first


async def test_a_recipe_of_two_requests_gives_the_token_of_the_second(node: Deployment, provider: Provider) -> None:
    requests = [
        MultiRequestData.Request(options_json=json.dumps(options), secret=secret)
        for secret, options in {
            "a": {"url": answering(provider, {"session": "s1"})},
            "b": {"url": f"{provider.url}/echo", "payload": {"token": "<<PREVIOUS_STEP.body.session>>-<<secret>>"}},
        }.items()
    ]
    data = MultiRequestData(requests=requests, location_of_token="=recipe.body.body", content_type="form")
    response = await minted(node, await stored(node, CredentialData(multi_request=data)))
    assert response.token == "token=s1-b"


@pytest.mark.parametrize(
    "variant", sorted(set(VARIANTS) - {"jwt", "aws", "oauth", "oauth2_refresh", "http_request", "multi_request"})
)
async def test_a_variant_without_a_token_says_what_to_do_instead(node: Deployment, variant: str) -> None:
    rules = {
        "mtls": "it has no token: ForwardHttpRequest presents its certificate",
        "client_credentials": "set use_settings.token_url",
        "json_document": "only the key of a Google service account gives a token",
    }
    data = samples()[variant]
    if variant == "mtls":
        data = mtls(*certificates())
    refusal = await refused(minted(node, await stored(node, data)))
    rule = rules.get(
        variant, "it has no token: AuthorizeHttpRequest and ForwardHttpRequest add its secret to a request"
    )
    assert (refusal.reason, refusal.code.name) == ("USE_NOT_SUPPORTED", "FAILED_PRECONDITION")
    assert refusal.message == f"a credential of the variant {variant} cannot be used in this way: {rule}"
