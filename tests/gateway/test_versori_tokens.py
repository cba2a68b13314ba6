"""Tests callers of Versori's API with a JSON Web Token that a registered key verifies."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import grpc.aio
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from gateway.apis import VendorApi, base_64, slashid, tines, versori
from gateway.versori_apps import new_app, switchboard

from strongroom.v1.organisation_service_pb2 import (
    ROLE_READER,
    ROLE_WRITER,
    ApiKey,
    CreateApiKeyRequest,
    RevokeApiKeyRequest,
)
from strongroom_server.gateway.app import application
from strongroom_server.gateway.services import services

if TYPE_CHECKING:
    from conftest import Deployment

PRIVATE_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_KEY = PRIVATE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
BODY: dict[str, object] = {"name": "n", "type": "Default", "data": {"k": base_64("v")}}
HOUR = 3600


async def register(deployment: Deployment, *roles: Any, **fields: Any) -> str:
    """Register a key for tokens, and return its id."""
    api_key = ApiKey(roles=roles or (ROLE_WRITER, ROLE_READER), jwt_public_key=PUBLIC_KEY, **fields)
    made = await deployment.organisations.CreateApiKey(
        CreateApiKeyRequest(api_key=api_key), metadata=deployment.metadata
    )
    assert made.key == ""
    return made.id


def sign(key_id: str, claims: dict[str, object] | None = None, key: rsa.RSAPrivateKey = PRIVATE_KEY) -> str:
    return jwt.encode({"iss": f"https://versori.com/sk/{key_id}", **(claims or {})}, key, algorithm="RS256")


def api(deployment: Deployment, authorization: str) -> VendorApi:
    return VendorApi(deployment.http, versori(deployment).path, {"Authorization": authorization})


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"sub": "end-user", "aud": "anything", "iat": 4_102_444_800},
        {"exp": time.time() + HOUR},
        {"nbf": time.time() - HOUR},
        {"nbf": int(time.time()) - HOUR, "exp": int(time.time()) + HOUR, "extra": {"a": [1]}},
    ],
)
@pytest.mark.parametrize("scheme", ["JWT", "jwt", "Jwt", "JWT "])
async def test_a_valid_token_is_accepted_by_every_operation(
    deployment: Deployment, scheme: str, claims: dict[str, object]
) -> None:
    caller = api(deployment, f"{scheme} {sign(await register(deployment), claims)}")

    created = await caller.request("POST", json=BODY)
    below = f"/{created.json()['id']}"
    others = [
        await caller.request("GET", params={"first": 1}),
        await caller.request("GET", below),
        await caller.request("PUT", below, json=BODY),
        await caller.request("DELETE", below),
    ]

    assert (created.status_code, [answer.status_code for answer in others]) == (201, [200] * 4)


async def test_a_token_without_exp_is_accepted_by_the_operations_of_connections(
    deployment: Deployment,
) -> None:
    app_id = await new_app(deployment)
    headers = {"Authorization": f"JWT {sign(await register(deployment))}"}
    caller = VendorApi(deployment.http, switchboard(deployment).path, headers)
    sent = {"name": "n", "appId": app_id, "authType": "apikey", "data": {"apiKey": "k"}}

    created = await caller.request("POST", "/connections", json=sent)
    item = f"/connections/{created.json()['id']}"
    others = [
        await caller.request("GET", "/connections"),
        await caller.request("GET", "/connected-apps"),
        await caller.request("GET", "/apps"),
        await caller.request("GET", f"/apps/{app_id}"),
        await caller.request("GET", item),
        await caller.request("PUT", item, json=sent),
        await caller.request("DELETE", item),
    ]

    assert (created.status_code, [answer.status_code for answer in others]) == (201, [200] * 7)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": None},
        {"iss": ""},
        {"iss": 5},
        {"iss": ["https://versori.com/sk/{}"]},
        {"iss": "{}"},
        {"iss": "http://versori.com/sk/{}"},
        {"iss": "https://example.com/sk/{}"},
        {"iss": "https://versori.com/sk/{}/"},
        {"iss": "https://versori.com/sk/{}\n"},
        {"iss": "https://versori.com/sk/none"},
        {"exp": time.time() - HOUR},
        {"exp": float("inf")},
        {"nbf": float("-inf")},
        {"iat": float("nan")},
        {"exp": 0},
        {"exp": "4102444800"},
        {"nbf": time.time() + HOUR},
        {"nbf": time.time() - HOUR, "exp": time.time() - 1},
    ],
)
async def test_a_token_with_bad_claims_is_refused(deployment: Deployment, claims: dict[str, object]) -> None:
    key_id = await register(deployment)
    issuer = claims.get("iss", "https://versori.com/sk/{}")
    named = json.dumps({**claims, "iss": issuer}).replace("{}", key_id)
    # The library cannot encode such claims from a dict.
    token = jwt.PyJWS().encode(named.encode(), PRIVATE_KEY, "RS256")
    answer = await api(deployment, f"JWT {token}").request("GET")

    assert answer.status_code == 401
    assert answer.json() == {
        "code": "401002",
        "message": "the API key is not valid",
        "extensions": {"reason": "API_KEY_INVALID"},
    }


@pytest.mark.parametrize(
    "forge",
    [
        lambda key_id: sign(key_id, key=OTHER_KEY),
        lambda key_id: jwt.encode({"iss": f"https://versori.com/sk/{key_id}"}, "", algorithm="none"),
        lambda key_id: jwt.encode({"iss": f"https://versori.com/sk/{key_id}"}, "x" * 64, algorithm="HS256"),
        lambda key_id: jwt.encode({"iss": f"https://versori.com/sk/{key_id}"}, PRIVATE_KEY, algorithm="RS512"),
        lambda key_id: sign(key_id)[:-8],
        lambda key_id: sign(key_id).rsplit(".", 1)[0] + ".",
        lambda key_id: sign(key_id) + ".x",
        lambda key_id: sign(key_id, {"padding": "x" * 8_000}),
        lambda key_id: f"{sign(key_id)} {sign(key_id)}",
        lambda key_id: f"{sign(key_id)}, Bearer x",
        lambda key_id: key_id,
        lambda _: "..",
        lambda _: "a.b.c",
    ],
)
async def test_a_token_that_its_key_has_not_signed_is_refused(deployment: Deployment, forge: Any) -> None:
    answer = await api(deployment, f"JWT {forge(await register(deployment))}").request("GET")

    assert (answer.status_code, answer.json()["code"]) == (401, "401002")


async def test_a_token_is_accepted_only_with_the_scheme_jwt_and_only_by_versori(deployment: Deployment) -> None:
    token = sign(await register(deployment))
    # The id of a registered key is not an API key.
    others = [api(deployment, f"Bearer {token}"), api(deployment, token), api(deployment, f"JWT {deployment.api_key}")]
    others += [
        slashid(deployment, token),
        tines(deployment, key=token),
        VendorApi(deployment.http, tines(deployment).path, {"X-User-Token": token}),
    ]
    others += [VendorApi(deployment.http, tines(deployment).path, {"Authorization": f"JWT {token}"})]

    assert (await api(deployment, f"JWT {token}").request("GET")).status_code == 200
    assert [(await other.request("GET")).status_code for other in others] == [401] * 7


async def test_a_token_has_the_permissions_of_its_key(deployment: Deployment) -> None:
    writer = api(deployment, f"JWT {sign(await register(deployment, ROLE_WRITER))}")
    created = await writer.request("POST", json=BODY)
    listed = await writer.request("GET")
    elsewhere = await VendorApi(
        deployment.http, versori(deployment, organisation="other").path, writer.headers
    ).request("POST", json=BODY)

    assert created.status_code == 201
    assert (listed.status_code, listed.json()["code"]) == (403, "403004")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "403005")


async def test_a_token_of_a_revoked_key_is_refused(deployment: Deployment) -> None:
    key_id = await register(deployment)
    await deployment.organisations.RevokeApiKey(RevokeApiKeyRequest(id=key_id), metadata=deployment.metadata)
    answer = await api(deployment, f"JWT {sign(key_id)}").request("GET")

    assert (answer.status_code, answer.json()["code"]) == (401, "401002")


async def test_a_token_needs_exp_or_iat_if_its_key_limits_the_age(deployment: Deployment) -> None:
    key_id, now = await register(deployment, max_token_age={"seconds": 600}), time.time()
    outcomes = []
    sent: list[dict[str, object]] = [{"iat": now}, {"exp": now + 60}, {}, {"iat": now - HOUR}, {"exp": now + HOUR}]
    for claims in sent:
        answer = await api(deployment, f"JWT {sign(key_id, claims)}").request("GET")
        outcomes.append((answer.status_code, answer.json().get("extensions", {}).get("reason")))

    assert outcomes[:2] == [(200, None)] * 2
    assert outcomes[2] == (401, "TOKEN_EXPIRY_MISSING")
    assert outcomes[3:] == [(401, "API_KEY_INVALID")] * 2


async def test_a_token_of_our_own_issuer_is_accepted(deployment: Deployment) -> None:
    token = sign(key_id := await register(deployment), {"iss": f"strongroom:{key_id}"})

    assert (await api(deployment, f"JWT {token}").request("GET")).status_code == 200


async def test_a_separate_gateway_accepts_tokens_without_exp(deployment: Deployment) -> None:
    token = sign(await register(deployment))
    async with grpc.aio.insecure_channel(deployment.grpc_target) as channel:

        async def ready() -> bool:
            return True

        app = application(services(channel), ready)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as http:
            answer = await VendorApi(http, versori(deployment).path, {"Authorization": f"JWT {token}"}).request("GET")

    assert answer.status_code == 200
