"""JSON Web Tokens are signed with the credential's algorithm and claims, and nothing else decides."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from key_samples import keys

from strongroom.v1.credential_pb2 import JwtData
from strongroom_server.rules.variants.private_keys import RULE_OF_ALGORITHMS
from strongroom_server.schemes.jwt_signing import signed_jwt
from strongroom_server.schemes.unusable import UnusableCredential

if TYPE_CHECKING:
    from strongroom_server.schemes.token import Token

NOW = datetime(2026, 11, 28, 12, 0, 0, 700_000, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
SECRET = "hunter2-" * 8
KEYS = {
    **dict.fromkeys(("HS256", "HS384", "HS512"), SECRET),
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **{each: each for each in ("ES256", "ES384", "ES512", "ES256K")},
}


def signed(algorithm: str, key: str, payload: str = '{"sub":"x"}', *, time_claims: bool = False) -> Token:
    data = JwtData(algorithm=algorithm, payload_json=payload, auto_generate_time_claims=time_claims)
    data.private_key = keys().get(key, key)
    return signed_jwt(data, NOW)


def public(key: str) -> Any:
    text = keys().get(key)
    if text is None:
        return key
    return (
        load_pem_private_key(text.encode(), None)
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )


def verified(token: Token, key: str, algorithm: str) -> dict[str, Any]:
    """The claims, whose time is not checked."""
    options: Any = {"verify_exp": False, "verify_iat": False}
    return jwt.decode(token.access_token, public(key), algorithms=[algorithm], options=options)


@pytest.mark.parametrize(
    ("algorithm", "key"), [*KEYS.items(), ("EdDSA", "Ed25519"), ("EdDSA", "Ed448"), ("RS256", "RSA of PKCS #1")]
)
def test_every_algorithm_signs_what_its_public_key_verifies(algorithm: str, key: str) -> None:
    token = signed(algorithm, key)
    assert verified(token, key, algorithm) == {"sub": "x"}
    assert jwt.get_unverified_header(token.access_token) == {"alg": algorithm, "typ": "JWT"}
    assert (token.token_type, token.refresh_token) == ("Bearer", None)
    assert token.access_token not in repr(token)


def test_claims_are_signed_as_they_are_stored_to_the_byte() -> None:
    payload = ' { "b" : 1.10, "a" : ' + "9" * 30 + ', "é":"\\u00e9" }\n'
    middle = signed("HS256", SECRET, payload).access_token.split(".")[1]
    assert jwt.utils.base64url_decode(middle) == payload.encode()


def test_time_claims_are_added_and_replace_stored_ones() -> None:
    payload = '{"iat": 1, "exp": "never", "n": ' + "9" * 30 + ', "é": [1.5]}'
    token = signed("HS256", SECRET, payload, time_claims=True)
    assert verified(token, SECRET, "HS256") == {"iat": SECONDS, "exp": SECONDS + 3600, "n": int("9" * 30), "é": [1.5]}
    assert token.expire_seconds == 3600


@pytest.mark.parametrize(
    ("exp", "expected"),
    [
        (SECONDS + 60, 60),
        (SECONDS + 60.9, 60),
        (SECONDS - 60, -60),
        *((each, None) for each in ("soon", None, True, -1, 1e30, 10**25, [1])),
    ],
)
def test_the_token_expires_as_a_stored_claim_says(exp: object, expected: int | None) -> None:
    assert signed("HS256", SECRET, json.dumps({"exp": exp})).expire_seconds == expected


def test_a_header_among_the_claims_decides_nothing() -> None:
    token = signed("HS256", SECRET, '{"alg": "none", "typ": "x", "kid": "y"}')
    assert jwt.get_unverified_header(token.access_token) == {"alg": "HS256", "typ": "JWT"}


@pytest.mark.parametrize(
    ("algorithm", "key", "payload", "field", "rule"),
    [
        ("none", SECRET, "{}", "algorithm", RULE_OF_ALGORITHMS),
        ("hs256", SECRET, "{}", "algorithm", RULE_OF_ALGORITHMS),
        ("HS256", "hunter2", "{}", "private_key", "must have at least 32 bytes for HS256"),
        ("HS256", "RSA", "{}", "private_key", "must not be a key pair or a certificate for HS256"),
        (
            "HS256",
            '{"kty":"oct","k":"aHVudGVyMi1odW50ZXIyLWh1bnRlcjI"}',
            "{}",
            "private_key",
            "must not be a key pair or a certificate for HS256",
        ),
        ("RS256", "ES256", "{}", "private_key", "must be an RSA key of at least 2,048 bits for RS256"),
        ("RS256", "RSA of 1,024 bits", "{}", "private_key", "must be an RSA key of at least 2,048 bits for RS256"),
        ("ES384", "ES256", "{}", "private_key", "must be an EC key on the curve secp384r1 for ES384"),
        ("EdDSA", "ES256", "{}", "private_key", "must be an Ed25519 or Ed448 key for EdDSA"),
        ("RS256", "hunter2", "{}", "private_key", "must be a private key in PEM form"),
        ("RS256", "encrypted", "{}", "private_key", "must be a private key without a passphrase"),
        ("HS256", SECRET, "[]", "payload_json", "must be a JSON object"),
        ("HS256", SECRET, '{"hunter2": NaN}', "payload_json", "must not hold NaN or Infinity"),
        ("HS256", SECRET, '{"hunter2": 1e999}', "payload_json", "must not have a number that is too large"),
        ("HS256", SECRET, f'{{"n": {"9" * 5000}}}', "payload_json", "must not have a number that is too large"),
    ],
)
def test_what_cannot_be_signed_is_named_without_its_value(
    algorithm: str, key: str, payload: str, field: str, rule: str
) -> None:
    with pytest.raises(UnusableCredential) as unusable:
        signed(algorithm, key, payload, time_claims=True)
    assert unusable.value.violation == (field, rule)
    assert unusable.value.__cause__ is None
    assert "hunter2" not in f"{unusable.value!r}"


def test_a_number_of_many_digits_takes_no_time() -> None:
    """To convert one of 60,000 digits takes 0.1 s."""
    started = time.process_time()
    with pytest.raises(UnusableCredential, match="too large"):
        signed("HS256", SECRET, f'{{"n": {"9" * 60_000}}}', time_claims=True)
    assert time.process_time() - started < 0.03


def test_an_rsa_key_is_not_checked_when_it_is_used() -> None:
    signed("RS256", "RSA")
    started = time.process_time()
    for _ in range(5):
        signed("RS256", "RSA")
    # The check of cryptography takes 28 ms for each, and what is measured here 0.5 ms.
    assert time.process_time() - started < 0.07
