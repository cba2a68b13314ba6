"""An id_token that is no token, or that breaks a rule of its form, names no account, and its text is in no error."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from strongroom_server.schemes.id_token import Expected, IdTokenInvalid, account_of_id_token

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CLAIMS = {"iss": "https://a.example", "aud": "c", "sub": "1", "exp": NOW.timestamp() + 600, "email": "a@b.example"}
EXPECTED = Expected("c", "https://a.example")


def unsigned(claims: Any) -> str:
    text = claims if isinstance(claims, str) else json.dumps(claims)
    return f"e30.{urlsafe_b64encode(text.encode()).rstrip(b'=').decode()}.secret"


@pytest.mark.parametrize(
    "token",
    [
        *("", "a.b", "a.b.c.d.e", "é.é.é", "a.%.c", "e30.e30.", f"e30.{'a' * 20_000}.c"),
        *(unsigned(text) for text in ("[]", "null", '{"sub":"1","sub":"2"}', "{", "NaN")),
        unsigned(CLAIMS | {"exp": "soon"}),
        unsigned(CLAIMS | {"exp": True}),
        unsigned({name: value for name, value in CLAIMS.items() if name != "exp"}),
        unsigned(CLAIMS | {"exp": NOW.timestamp() - 61}),
        unsigned(CLAIMS | {"aud": []}),
        unsigned(CLAIMS | {"aud": {"c": 1}}),
        unsigned(CLAIMS | {"iss": ["https://a.example"]}),
        unsigned(CLAIMS | {"iss": "https://a.example/"}),
        unsigned(CLAIMS | {"sub": {"a": 1}}),
        unsigned(CLAIMS | {"sub": "s" * 256}),
        unsigned(CLAIMS | {"sub": "\u202e1"}),
    ],
)
def test_an_id_token_that_breaks_a_rule_is_refused_without_its_text(token: str) -> None:
    with pytest.raises(IdTokenInvalid) as invalid:
        account_of_id_token(token, EXPECTED, NOW)
    assert not any(text in str(invalid.value) for text in ("secret", "a.example", "b.example"))


@pytest.mark.parametrize("header", ["[]", '{"alg":[]}', '{"alg":"none"}', '{"alg":"RS256","kid":[]}', '{"kid":"a"}'])
def test_a_header_that_breaks_a_rule_is_refused(header: str) -> None:
    token = f"{urlsafe_b64encode(header.encode()).rstrip(b'=').decode()}.{unsigned(CLAIMS).split('.')[1]}.c2ln"
    with pytest.raises(IdTokenInvalid):
        account_of_id_token(token, EXPECTED._replace(keys=[{"kty": "RSA", "kid": ["a"]}]), NOW)


def test_the_label_is_the_first_claim_that_can_be_shown() -> None:
    for claims, label in (
        ({}, "a@b.example"),
        ({"email": "\u202egpj.exe", "preferred_username": "ann"}, "ann"),
        ({"email": "", "name": "Ann"}, "Ann"),
        ({"email": "e" * 256}, "1"),
        ({"email": ["a@b.example"]}, "1"),
    ):
        assert account_of_id_token(unsigned(CLAIMS | claims), EXPECTED, NOW).label == label


def test_leeway_and_an_issuer_that_is_not_fixed() -> None:
    late = unsigned(CLAIMS | {"exp": NOW.timestamp() - 59, "iss": "https://tenant.example"})
    account = account_of_id_token(late, Expected("c"), NOW)
    assert (account.subject, account.issuer) == ("1", "https://tenant.example")
    # The database takes no NUL, and tokens that cannot be stored would be tried again and again.
    for issuer in ("", "https://a.example\0", "https://a.example/\u202e", "x" * 2_049):
        with pytest.raises(IdTokenInvalid, match="issuer"):
            account_of_id_token(unsigned(CLAIMS | {"iss": issuer}), Expected("c"), NOW)


def jwk_of(private: rsa.RSAPrivateKey) -> dict[str, Any]:
    jwk: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key()))
    return jwk


def test_only_a_strong_pinned_key_for_signatures_counts() -> None:
    strong, short = (rsa.generate_private_key(65537, bits) for bits in (2048, 1024))
    signed = jwt.encode(CLAIMS, strong, "RS256")
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        signed_short = jwt.encode(CLAIMS, short, "RS256")
    pinned = [{"kty": "OKP"}, {"kty": "RSA", "n": "x"}, jwk_of(strong)]
    assert account_of_id_token(signed, EXPECTED._replace(keys=pinned), NOW).subject == "1"
    for token, key, rule in (
        (jwt.encode(CLAIMS, "k" * 64, "HS256"), jwk_of(strong), "signed with one of"),
        (signed_short, jwk_of(short), "valid signature"),
        (signed, jwk_of(short), "valid signature"),
        (signed, jwk_of(strong) | {"use": "enc"}, "new keys"),
    ):
        with pytest.raises(IdTokenInvalid, match=rule):
            account_of_id_token(token, EXPECTED._replace(keys=[key]), NOW)
