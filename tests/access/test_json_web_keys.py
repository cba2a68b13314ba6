"""Which keys of a JSON Web Key Set verify tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from strongroom_server.access import json_web_keys
from strongroom_server.access.json_web_keys import WebKeySetError

if TYPE_CHECKING:
    from collections.abc import Mapping

RSA = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
RSA_JWK: dict[str, Any] = {**RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True)}
RSA_JWK.pop("key_ops")
P256 = {**ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True)}
P384 = {**ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), as_dict=True)}
P521 = {**ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP521R1()).public_key(), as_dict=True)}
ED25519 = {**OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate().public_key(), as_dict=True)}
GOOD = {**RSA_JWK, "kid": "good"}


def keys_of(*jwks: object) -> Mapping[str, json_web_keys.WebKey]:
    return json_web_keys.parse(json.dumps({"keys": [GOOD, *jwks]})).keys


@pytest.mark.parametrize(
    ("jwk", "algorithms"),
    [
        (RSA_JWK, {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
        ({**RSA_JWK, "alg": "RS256", "use": "sig", "key_ops": ["verify"], "x5t": "unread"}, {"RS256"}),
        ({**RSA_JWK, "alg": "PS512"}, {"PS512"}),
        (P256, {"ES256"}),
        ({**P256, "alg": "ES256"}, {"ES256"}),
        (P384, {"ES384"}),
        (P521, {"ES512"}),
        (ED25519, {"EdDSA"}),
    ],
)
def test_a_key_verifies_the_algorithms_that_fit_it(jwk: dict[str, object], algorithms: set[str]) -> None:
    assert keys_of({**jwk, "kid": "k"})["k"].algorithms == algorithms


@pytest.mark.parametrize(
    "jwk",
    [
        {**RSA_JWK, "alg": "HS256"},
        {**RSA_JWK, "alg": "none"},
        {**RSA_JWK, "alg": "ES256"},
        {**RSA_JWK, "alg": "RSA-OAEP"},
        {**RSA_JWK, "alg": ["RS256"]},
        {**P256, "alg": "ES384"},
        {**P256, "crv": "P-384"},
        {**P256, "crv": "secp256k1"},
        {**P256, "y": P256["x"]},
        {**RSA_JWK, "use": "enc"},
        {**RSA_JWK, "key_ops": ["encrypt"]},
        {**RSA_JWK, "key_ops": "verify"},
        {**RSA_JWK, "kty": "EC"},
        {**RSA_JWK, "kty": ["RSA"]},
        {**RSA_JWK, "crv": "P-256"},
        {**RSA_JWK, "n": "AQAB"},
        {**RSA_JWK, "n": 5},
        {**RSA_JWK, "n": ""},
        {**RSA_JWK, "e": "AA"},
        {**RSA_JWK, "e": "AQAAAAAAAQ"},
        {"kty": "RSA", "e": "AQAB"},
        {**OKPAlgorithm.to_jwk(ed448.Ed448PrivateKey.generate().public_key(), as_dict=True)},
        {**ED25519, "x": "AAAA"},
        "text",
        {},
    ],
)
def test_a_key_of_another_kind_or_purpose_is_left_out(jwk: object) -> None:
    assert keys_of({**jwk, "kid": "k"} if isinstance(jwk, dict) else jwk).keys() == {"good"}


@pytest.mark.parametrize("kid", [None, 5, ["k"], {}])
def test_a_key_without_an_id_is_left_out(kid: object) -> None:
    assert keys_of({**RSA_JWK, "kid": kid}).keys() == {"good"}
    assert keys_of(RSA_JWK).keys() == {"good"}


def test_of_two_keys_with_one_id_the_first_counts() -> None:
    assert keys_of({**P256, "kid": "k"}, {**RSA_JWK, "kid": "k"})["k"].algorithms == {"ES256"}


@pytest.mark.parametrize(("bits", "accepted"), [(1024, False), (2040, False), (2048, True)])
def test_an_rsa_key_has_at_least_2048_bits(bits: int, accepted: bool) -> None:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=bits).public_key()
    assert ("k" in keys_of({**RSAAlgorithm.to_jwk(key, as_dict=True), "kid": "k"})) is accepted


@pytest.mark.parametrize(("bits", "accepted"), [(8192, True), (8200, False)])
def test_an_rsa_key_has_at_most_8192_bits(bits: int, accepted: bool) -> None:
    # No private key of this modulus exists, which parsing need not know.
    n = RSAAlgorithm.to_jwk(rsa.RSAPublicNumbers(65_537, (1 << bits) - 1).public_key(), as_dict=True)["n"]
    assert ("k" in keys_of({**RSA_JWK, "n": n, "kid": "k"})) is accepted


def test_private_and_symmetric_keys_are_left_out_and_counted() -> None:
    private = RSAAlgorithm.to_jwk(RSA, as_dict=True)
    only_d = {**P256, "d": "AAAA"}
    symmetric = {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}
    disguised = {**RSA_JWK, "k": "c2VjcmV0"}
    jwks = [{**jwk, "kid": str(place)} for place, jwk in enumerate((private, only_d, symmetric, disguised))]
    found = json_web_keys.parse(json.dumps({"keys": [GOOD, *jwks]}))
    assert (set(found.keys), found.secret, found.others) == ({"good"}, 4, 0)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "must be JSON"),
        ("<!doctype html><html></html>", "must be JSON"),
        ("[]", "must be a JSON object"),
        ("{}", "member keys"),
        ('{"keys": {}}', "array of at most 100 keys"),
        ('{"keys": []}', "must have a public key with a kid"),
        (json.dumps({"keys": [GOOD] * 101}), "array of at most 100 keys"),
        (json.dumps({"keys": [GOOD], "more": "x" * 65_536}), "at most 64 KiB"),
        (json.dumps({"keys": [GOOD]}) + " " * 65_536, "at most 64 KiB"),
        ('{"keys": [], "keys": []}', "must not repeat a key"),
        ('{"keys": [NaN]}', "NaN"),
        (b'{"keys": "\xff"}', "UTF-8"),
        ("[" * 60_000, "nested"),
    ],
)
def test_a_text_that_is_no_key_set_is_refused_with_its_rule(text: str | bytes, rule: str) -> None:
    with pytest.raises(WebKeySetError, match=rule):
        json_web_keys.parse(text)


def test_a_hundred_keys_are_accepted() -> None:
    jwks = [{**P256, "kid": str(place)} for place in range(100)]
    assert len(json_web_keys.parse(json.dumps({"keys": jwks})).keys) == 100
