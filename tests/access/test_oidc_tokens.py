"""Which tokens of an OpenID Connect issuer are valid."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from strongroom_server.access import oidc_tokens
from strongroom_server.access.json_web_keys import WebKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOW = datetime(2026, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC)
MOMENT = NOW.timestamp()
DAY = 86_400
AUDIENCE = "https://strongroom.example"
KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
WEB_KEY = WebKey(KEY.public_key(), frozenset({"RS256"}))
CLAIMS: Mapping[str, Any] = {
    "iss": "https://issuer.example",
    "sub": "repo:acme/x:ref:refs/heads/main",
    "aud": AUDIENCE,
    "exp": MOMENT + 300,
    "iat": MOMENT - 10,
    "nbf": MOMENT - 10,
}
HEADER = {"alg": "RS256", "typ": "JWT", "kid": "one"}


def part(value: object) -> str:
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def signed(octets: bytes) -> bytes:
    return KEY.sign(octets, padding.PKCS1v15(), hashes.SHA256())


def token(payload: object = CLAIMS, header: object = HEADER, sign: Callable[[bytes], bytes] = signed) -> str:
    """A token that is assembled here, so that it can have any error."""
    content = f"{part(header)}.{part(payload)}"
    return f"{content}.{part(sign(content.encode()))}"


def is_valid(made: str, key: WebKey = WEB_KEY, audience: str = AUDIENCE, now: datetime = NOW) -> bool:
    said = oidc_tokens.claimed(made)
    return (
        said is not None
        and oidc_tokens.valid_until(said, now) is not None
        and oidc_tokens.is_signed(said, key, audience)
    )


def test_a_token_of_the_issuer_is_valid_until_it_expires() -> None:
    said = oidc_tokens.claimed(token())
    assert said is not None
    assert said.principal == "https://issuer.example#repo:acme/x:ref:refs/heads/main"
    assert (said.algorithm, said.key_id) == ("RS256", "one")
    assert oidc_tokens.valid_until(said, NOW) == MOMENT + 300
    assert oidc_tokens.is_signed(said, WEB_KEY, AUDIENCE)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (KEY, "RS256"),
        (KEY, "RS384"),
        (KEY, "RS512"),
        (KEY, "PS256"),
        (KEY, "PS384"),
        (KEY, "PS512"),
        (ec.generate_private_key(ec.SECP256R1()), "ES256"),
        (ec.generate_private_key(ec.SECP384R1()), "ES384"),
        (ec.generate_private_key(ec.SECP521R1()), "ES512"),
        (Ed25519PrivateKey.generate(), "EdDSA"),
    ],
)
def test_each_asymmetric_algorithm_is_verified(key: Any, algorithm: str) -> None:
    made = jwt.encode({**CLAIMS}, key, algorithm=algorithm, headers={"kid": "one"})
    web_key = WebKey(key.public_key(), frozenset({algorithm}))
    assert is_valid(made, web_key)
    head, payload, signature = made.split(".")
    other = "A" if signature[5] != "A" else "B"
    assert not is_valid(f"{head}.{payload}.{signature[:5]}{other}{signature[6:]}", web_key)


@pytest.mark.parametrize(
    ("claims", "valid"),
    [
        ({"exp": MOMENT + 0.001}, True),
        # It is no longer valid at the time of `exp` itself.
        ({"exp": MOMENT}, False),
        ({"exp": MOMENT - 1}, False),
        ({"exp": 0}, False),
        ({"exp": None}, False),
        ({"exp": True}, False),
        ({"exp": str(MOMENT + 300)}, False),
        ({"exp": [MOMENT + 300]}, False),
        ({"exp": 10**300}, False),
        ({"iat": MOMENT - 10, "exp": MOMENT - 10 + DAY}, True),
        # A token of a longer life is refused even on its last day.
        ({"iat": MOMENT - 10, "exp": MOMENT - 9 + DAY}, False),
        ({"iat": MOMENT - 30 * DAY, "exp": MOMENT + 300}, False),
        ({"iat": MOMENT + 30}, True),
        ({"iat": MOMENT + 31}, False),
        ({"iat": "now"}, False),
        ({"iat": None}, False),
        ({"iat": 1e300}, False),
        ({"iat": -1e300}, False),
        ({"nbf": MOMENT + 30}, True),
        ({"nbf": MOMENT + 31}, False),
        ({"nbf": -1}, True),
        ({"nbf": True}, False),
        ({"nbf": str(MOMENT)}, False),
    ],
)
def test_times_are_finite_numbers_of_a_token_that_is_valid_now(claims: dict[str, Any], valid: bool) -> None:
    assert is_valid(token({**CLAIMS, **claims})) is valid


@pytest.mark.parametrize(("life", "valid"), [(DAY, True), (DAY + 1, False)])
def test_without_iat_a_token_expires_within_a_day(life: int, valid: bool) -> None:
    claims = {name: CLAIMS[name] for name in ("iss", "sub", "aud")}
    assert is_valid(token({**claims, "exp": MOMENT + life})) is valid


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "99999999999999999999999"])
@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
def test_a_number_that_is_not_finite_is_refused(name: str, literal: str) -> None:
    claims = {claim: value for claim, value in CLAIMS.items() if claim != name}
    assert not is_valid(token((json.dumps(claims)[:-1] + f', "{name}": {literal}}}').encode()))


@pytest.mark.parametrize("name", ["exp", "aud", "iss", "sub"])
def test_a_token_without_a_required_claim_is_refused(name: str) -> None:
    assert not is_valid(token({claim: value for claim, value in CLAIMS.items() if claim != name}))


@pytest.mark.parametrize(
    ("audience", "valid"),
    [
        (AUDIENCE, True),
        ([AUDIENCE], True),
        (["https://other.example", AUDIENCE], True),
        ([], False),
        ("", False),
        (None, False),
        ("https://strongroom.exampl", False),
        ("https://strongroom.example/", False),
        ("https://strongroom.example.evil", False),
        (AUDIENCE.upper(), False),
        (["https://other.example"], False),
        ([[AUDIENCE]], False),
        ([AUDIENCE, 5], False),
        ({AUDIENCE: AUDIENCE}, False),
        (5, False),
    ],
)
def test_the_audience_is_the_issuers_or_contains_it(audience: object, valid: bool) -> None:
    made = token({**CLAIMS, "aud": audience})
    assert is_valid(made) is valid
    said = oidc_tokens.claimed(made)
    assert said is not None
    assert said.is_for(AUDIENCE) or not valid


@pytest.mark.parametrize("subject", [None, "", 5, True, ["x"], "x\n", "x\x00", "x\u202ey", "x" * 1025])
def test_a_subject_that_cannot_be_written_to_the_audit_trail_is_refused(subject: object) -> None:
    assert not is_valid(token({**CLAIMS, "sub": subject}))


@pytest.mark.parametrize("issuer", [None, 5, ["https://issuer.example"], {}])
def test_an_issuer_that_is_no_text_is_refused(issuer: object) -> None:
    assert not is_valid(token({**CLAIMS, "iss": issuer}))


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "none"},
        {"alg": "None"},
        {"alg": ""},
        {"alg": None},
        {"alg": ["RS256"]},
        {"alg": "rs256"},
        {"alg": "RS512"},
        {"alg": "PS256"},
        {"alg": "ES256"},
        {"alg": "EdDSA"},
        {"kid": None},
        {"kid": ""},
        {"kid": 5},
        {"kid": ["one"]},
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["b64"], "b64": True},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
    ],
)
def test_a_header_that_does_not_fit_is_refused(change: dict[str, object]) -> None:
    assert not is_valid(token(header={**HEADER, **change}))


def test_a_header_without_a_key_id_or_an_algorithm_is_refused() -> None:
    assert not is_valid(token(header={"alg": "RS256"}))
    assert not is_valid(token(header={"kid": "one"}))


@pytest.mark.parametrize("signature", [b"", b"\x00", b"\x00" * 256])
def test_an_unsigned_token_is_refused(signature: bytes) -> None:
    assert not is_valid(token(header={**HEADER, "alg": "none"}, sign=lambda _: signature))
    assert not is_valid(token(sign=lambda _: signature))


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_an_hmac_with_the_public_key_is_refused(algorithm: str) -> None:
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER):
        secret = KEY.public_key().public_bytes(encoding, public)

        def sign(octets: bytes, secret: bytes = secret) -> bytes:
            made = hmac.HMAC(secret, hashes.SHA256())
            made.update(octets)
            return made.finalize()

        made = token(header={**HEADER, "alg": algorithm}, sign=sign)
        assert not is_valid(made)
        assert not is_valid(made, WebKey(KEY.public_key(), frozenset({"RS256", "RS512"})))


def test_keys_that_the_token_brings_are_not_used() -> None:
    numbers = OTHER_KEY.public_key().public_numbers()
    jwk = {"kty": "RSA", "n": part(numbers.n.to_bytes(256)), "e": "AQAB", "kid": "one"}
    brought = {"jwk": jwk, "jku": "https://evil.example/keys", "x5u": "https://evil.example/c.pem", "x5c": ["AAAA"]}
    made = token(
        header={**HEADER, **brought}, sign=lambda octets: OTHER_KEY.sign(octets, padding.PKCS1v15(), hashes.SHA256())
    )
    assert not is_valid(made)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"sub": "admin", ' + json.dumps({**CLAIMS}).encode()[1:],
        json.dumps({**CLAIMS}).encode()[:-1] + b', "aud": "x"}',
        json.dumps({**CLAIMS}).encode()[:-1] + b', "a": {"b": 1, "b": 2}}',
        json.dumps({**CLAIMS}).encode()[:-1] + b', "a": NaN}',
        json.dumps({**CLAIMS}).encode()[:-1] + b', "a": "\\ud800"}',
        json.dumps({**CLAIMS}).encode("utf-16"),
        b"\xef\xbb\xbf" + json.dumps({**CLAIMS}).encode(),
        json.dumps({**CLAIMS}).encode() + b" {}",
        json.dumps([{**CLAIMS}]).encode(),
        b"\xff",
        b"{}",
        b"null",
        b"[" * 1000,
    ],
)
def test_claims_that_two_parsers_could_read_differently_are_refused(payload: bytes) -> None:
    assert not is_valid(token(payload))


def test_a_header_that_repeats_a_key_is_refused() -> None:
    assert not is_valid(token(header=b'{"alg": "none", "alg": "RS256", "kid": "one"}'))


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made + "=",
        lambda made: made + "\n",
        lambda made: " " + made,
        lambda made: made + ".",
        lambda made: made.replace(".", "..", 1),
        lambda made: made.rpartition(".")[0],
        lambda made: made.rpartition(".")[0] + ".",
        lambda made: made + ".AAAA",
        lambda made: made + "A" * (4097 - len(made)),
        lambda made: "." + made.partition(".")[2],
        lambda made: "é" + made,
        lambda _made: "",
    ],
)
def test_a_text_of_another_shape_is_no_token(change: Callable[[str], str]) -> None:
    made = change(token())
    assert not is_valid(made)


def test_a_signature_in_another_spelling_is_refused() -> None:
    made = token()
    # The last character of 256 octets in base64url has four unused bits.
    last = made[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = alphabet[alphabet.index(last) ^ 1]
    assert not is_valid(made[:-1] + twin)


def test_the_longest_token_has_4096_characters() -> None:
    filler = 4096 - len(token({**CLAIMS, "more": ""}))
    fits = token({**CLAIMS, "more": "x" * (filler * 3 // 4 - 1)})
    assert 4090 < len(fits) <= 4096
    assert is_valid(fits)
    assert not is_valid(token({**CLAIMS, "more": "x" * (filler * 3 // 4 + 8)}))
