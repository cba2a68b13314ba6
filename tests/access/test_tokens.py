"""Which tokens are valid, and which public keys can be registered to verify them."""

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
from cryptography.x509 import CertificateBuilder, Name, random_serial_number

from strongroom_server.access import tokens

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC)
MOMENT = NOW.timestamp()
ISSUER = "https://versori.com/sk/abc123"
KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def pem_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> str:
    """The public key as PEM."""
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, public).decode()


PEM = pem_of(KEY)


def part(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def token(
    payload: object, header: object = None, sign: Callable[[bytes], bytes] | None = None, key: rsa.RSAPrivateKey = KEY
) -> str:
    """A token that is assembled here, so that it can have any error."""
    content = f"{part(header or {'alg': 'RS256', 'typ': 'JWT'})}.{part(payload)}"
    signature = (sign or (lambda octets: key.sign(octets, padding.PKCS1v15(), hashes.SHA256())))(content.encode())
    return f"{content}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def issued(**claims: object) -> str:
    return token({"iss": ISSUER, **claims})


def is_good(made: str, pem: str, now: datetime, audience: str = "") -> bool:
    return tokens.valid_claims(made, pem, now, audience=audience) is not None


def hmac_with(secret: bytes) -> Callable[[bytes], bytes]:
    def sign(octets: bytes) -> bytes:
        made = hmac.HMAC(secret, hashes.SHA256())
        made.update(octets)
        return made.finalize()

    return sign


def test_a_valid_token_names_its_key() -> None:
    good = jwt.encode({"iss": ISSUER, "exp": MOMENT + 60, "nbf": MOMENT - 60}, KEY, algorithm="RS256")
    assert tokens.key_id_of(good) == "abc123"
    assert is_good(good, PEM, NOW)


def test_a_token_without_times_is_valid_at_any_time() -> None:
    assert is_good(issued(), PEM, NOW)
    assert is_good(issued(), PEM, datetime.max.replace(tzinfo=UTC))


def test_other_claims_are_ignored() -> None:
    claims = {"aud": "https://elsewhere", "sub": 5, "jti": ["x"], "iat": MOMENT + 9999, "roles": ["admin"], "exp": 9e9}
    assert is_good(issued(**claims), PEM, NOW)


@pytest.mark.parametrize(
    ("claims", "good"),
    [
        ({"exp": MOMENT + 1}, True),
        ({"exp": int(MOMENT) + 1}, True),
        ({"exp": MOMENT + 0.001}, True),
        ({"exp": 10**300}, True),
        ({"exp": 1e300}, True),
        # It is no longer valid at the time of `exp` itself.
        ({"exp": MOMENT}, False),
        ({"exp": int(MOMENT)}, False),
        ({"exp": MOMENT - 3600}, False),
        ({"exp": 0}, False),
        ({"exp": -1}, False),
        ({"exp": -(10**300)}, False),
        ({"exp": float("nan")}, False),
        ({"exp": float("inf")}, False),
        ({"iat": MOMENT}, True),
        ({"iat": MOMENT + 9999}, True),
        ({"iat": float("nan")}, False),
        ({"iat": float("inf")}, False),
        ({"iat": True}, False),
        ({"iat": str(MOMENT)}, False),
        ({"exp": None}, False),
        ({"exp": True}, False),
        ({"exp": False}, False),
        ({"exp": str(MOMENT + 60)}, False),
        ({"exp": ""}, False),
        ({"exp": [MOMENT + 60]}, False),
        ({"exp": {}}, False),
        ({"nbf": MOMENT}, True),
        ({"nbf": MOMENT - 1}, True),
        ({"nbf": -1}, True),
        ({"nbf": MOMENT + 0.001}, False),
        ({"nbf": MOMENT + 3600}, False),
        ({"nbf": 10**300}, False),
        ({"nbf": float("inf")}, False),
        ({"nbf": float("-inf")}, False),
        ({"nbf": float("nan")}, False),
        ({"nbf": None}, False),
        ({"nbf": True}, False),
        ({"nbf": str(MOMENT - 60)}, False),
        ({"nbf": MOMENT - 60, "exp": MOMENT + 60}, True),
        ({"nbf": MOMENT - 60, "exp": MOMENT - 30}, False),
        ({"nbf": MOMENT + 30, "exp": MOMENT + 60}, False),
    ],
    ids=str,
)
def test_a_token_is_valid_from_nbf_until_exp(claims: dict[str, object], good: bool) -> None:
    assert is_good(issued(**claims), PEM, NOW) == good


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("number", ["1e999", "-1e999", "Infinity", "-Infinity", "NaN"])
def test_a_time_must_be_a_finite_number(claim: str, number: str) -> None:
    assert not is_good(token(f'{{"iss": "{ISSUER}", "{claim}": {number}}}'), PEM, NOW)


@pytest.mark.parametrize(
    ("claims", "good"),
    [
        ({"aud": "ours"}, True),
        ({"aud": ["theirs", "ours"]}, True),
        ({}, False),
        ({"aud": "theirs"}, False),
        ({"aud": "ours "}, False),
        ({"aud": ["theirs"]}, False),
        ({"aud": []}, False),
        ({"aud": ["ours", 5]}, False),
        ({"aud": None}, False),
        ({"aud": {"ours": 1}}, False),
    ],
    ids=str,
)
def test_a_token_must_have_the_required_audience(claims: dict[str, object], good: bool) -> None:
    assert is_good(issued(**claims), PEM, NOW, "ours") == good
    assert is_good(issued(**claims), PEM, NOW)


@pytest.mark.parametrize(
    ("claims", "young"),
    [
        ({"iat": MOMENT}, True),
        ({"iat": MOMENT - 59}, True),
        ({"iat": MOMENT - 60}, False),
        ({"iat": MOMENT - 9999}, False),
        # The signer's clock is ahead.
        ({"iat": MOMENT + 30}, True),
        ({"iat": MOMENT + 31}, False),
        ({"iat": 10**300}, False),
        ({"exp": MOMENT + 60}, True),
        ({"exp": MOMENT + 90}, True),
        ({"exp": MOMENT + 91}, False),
        ({"exp": 10**300}, False),
        ({"exp": 1e300}, False),
        # With `iat` the age is known, so `exp` may be at any time.
        ({"iat": MOMENT - 10, "exp": MOMENT + 9999}, True),
        ({"iat": MOMENT - 61, "exp": MOMENT + 9999}, False),
    ],
    ids=str,
)
def test_a_token_is_young_for_its_age_from_iat_or_until_exp(claims: dict[str, float], young: bool) -> None:
    assert tokens.is_young(claims, 60, NOW) == young


EC_KEY = ec.generate_private_key(ec.SECP256R1())

FORGED = {
    "another key": token({"iss": ISSUER}, key=OTHER_KEY),
    "alg none without a signature": token({"iss": ISSUER}, {"alg": "none"}, lambda _: b""),
    "alg none with a signature": token({"iss": ISSUER}, {"alg": "none"}),
    "alg NONE": token({"iss": ISSUER}, {"alg": "NONE"}, lambda _: b""),
    "no alg": token({"iss": ISSUER}, {"typ": "JWT"}),
    "alg null": token({"iss": ISSUER}, {"alg": None}),
    "alg of a list": token({"iss": ISSUER}, {"alg": ["RS256"]}),
    "HS256 with the public key as secret": token({"iss": ISSUER}, {"alg": "HS256"}, hmac_with(PEM.encode())),
    "HS256 with the stripped public key as secret": token(
        {"iss": ISSUER}, {"alg": "HS256"}, hmac_with(PEM.strip().encode())
    ),
    "HS256 with nothing as secret": token({"iss": ISSUER}, {"alg": "HS256"}, hmac_with(b"")),
    "RS256 over an HMAC": token({"iss": ISSUER}, None, hmac_with(PEM.encode())),
    "ES256": jwt.encode({"iss": ISSUER}, EC_KEY, algorithm="ES256"),
    "RS512": jwt.encode({"iss": ISSUER}, KEY, algorithm="RS512"),
    "PS256": jwt.encode({"iss": ISSUER}, KEY, algorithm="PS256"),
    "its own key in the header": jwt.encode(
        {"iss": ISSUER},
        OTHER_KEY,
        algorithm="RS256",
        headers={"jwk": json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OTHER_KEY.public_key()))},
    ),
    "an unknown critical extension": token({"iss": ISSUER}, {"alg": "RS256", "crit": ["x"], "x": 1}),
    "a detached payload": token({"iss": ISSUER}, {"alg": "RS256", "crit": ["b64"], "b64": False}),
    "no signature": issued().rpartition(".")[0] + ".",
    "a cut signature": issued()[:-10],
    "another payload": "{0}.{2}.{1}".format(*issued().split(".")[::2], part({"iss": ISSUER, "x": 1})),
    "a payload that is no object": token([{"iss": ISSUER}]),
    "a payload that is no JSON": token(f'{{"iss": "{ISSUER}"'),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_token_that_the_key_did_not_sign_is_not_valid(name: str) -> None:
    assert not is_good(FORGED[name], PEM, NOW)


NESTED = f'{{"iss": "{ISSUER}", "x": {"[" * 1400}{"]" * 1400}}}'
GARBAGE = {
    "empty": "",
    "dots": "..",
    "words": "hunter2",
    "two parts": "a.b",
    "four parts": f"{issued()}.x",
    "no base64": "!!!.???.***",
    "no ASCII": "é.é.é",
    "lone surrogate": "\ud800.\ud800.\ud800",
    "control characters": "\0.\n.\r",
    "an array": f"{part([])}.{part([])}.x",
    "a number": f"{part(5)}.{part(5)}.x",
    "a header that is no JSON": f"{part('{')}.{part({'iss': ISSUER})}.x",
    "a payload that is no UTF-8": f"{part({'alg': 'RS256'})}._w.x",
    "a deep header": f"{part('[' * 2000)}.{part({'iss': ISSUER})}.x",
}


@pytest.mark.parametrize("name", GARBAGE)
def test_a_text_that_is_no_token_names_no_key_and_is_not_valid(name: str) -> None:
    assert tokens.key_id_of(GARBAGE[name]) is None
    assert not is_good(GARBAGE[name], PEM, NOW)


def test_a_deeply_nested_payload_is_not_valid() -> None:
    deep = f"{part({'alg': 'RS256'})}.{part(NESTED)}.x"
    assert len(deep) < 4096
    assert tokens.key_id_of(deep) in (None, "abc123")
    assert not is_good(token(NESTED, key=OTHER_KEY), PEM, NOW)


@pytest.mark.parametrize(
    "issuer",
    [
        None,
        5,
        True,
        "",
        [ISSUER],
        {"iss": ISSUER},
        "abc123",
        "strongroom:",
        "strongroom:ABC",
        "strongroom:a:b",
        "strongroom:abc123\n",
        "Strongroom:abc123",
        "strongroom://abc123",
        "strongroom:https://versori.com/sk/abc123",
        "https://versori.com/sk/",
        "https://versori.com/sk/ABC",
        "https://versori.com/sk/a-b",
        "https://versori.com/sk/é",
        "https://versori.com/sk/\u0661",
        f"{ISSUER}/",
        f"{ISSUER}\n",
        f" {ISSUER}",
        f"{ISSUER}?x",
        f"x{ISSUER}",
        "http://versori.com/sk/abc123",
        "https://versori-com/sk/abc123",
        "https://versoriXcom/sk/abc123",
        "https://evil.example/sk/abc123",
        "https://versori.com.evil.example/sk/abc123",
        "HTTPS://VERSORI.COM/SK/abc123",
        f"https://versori.com/sk/{'a' * 65}",
    ],
    ids=repr,
)
def test_an_unknown_issuer_names_no_key(issuer: object) -> None:
    assert tokens.key_id_of(token({"iss": issuer})) is None


def test_a_token_without_an_issuer_names_no_key() -> None:
    assert tokens.key_id_of(token({"sub": ISSUER})) is None


@pytest.mark.parametrize("prefix", ["strongroom:", "https://versori.com/sk/"])
def test_a_key_id_is_up_to_64_characters_of_lower_case_and_digits(prefix: str) -> None:
    for key_id in ("a", "0", "abc123", "z" * 64):
        assert tokens.key_id_of(token({"iss": prefix + key_id})) == key_id


def test_the_last_of_two_issuers_names_the_key() -> None:
    # The same parser reads the issuer for both steps, so a token cannot name one key and be verified as another's.
    twice = token('{"iss": "https://versori.com/sk/first", "iss": "https://versori.com/sk/last"}')
    assert tokens.key_id_of(twice) == "last"


def test_a_token_of_more_than_4096_characters_names_no_key() -> None:
    def of_length(length: int) -> str:
        fitting = (issued(x="y" * filler) for filler in range(2000, 3000))
        return next(made for made in fitting if len(made) >= length)

    longest = next(made for made in (issued(x="y" * filler) for filler in range(2600, 2800)) if len(made) >= 4095)
    assert len(longest) <= 4096
    assert tokens.key_id_of(longest) == "abc123"
    beyond = of_length(4097)
    assert len(beyond) < 4100
    assert tokens.key_id_of(beyond) is None


@pytest.mark.parametrize("pem", ["", "hunter2", PEM.replace("PUBLIC", "PRIVATE"), pem_of(EC_KEY)], ids=range(4))
def test_no_token_is_valid_with_a_text_that_is_no_public_key(pem: str) -> None:
    assert not is_good(issued(), pem, NOW)
    assert not is_good(token({"iss": ISSUER}, {"alg": "none"}, lambda _: b""), pem, NOW)
    assert not is_good(token({"iss": ISSUER}, {"alg": "HS256"}, hmac_with(pem.encode())), pem, NOW)


def private_pem(kind: serialization.PrivateFormat) -> str:
    return KEY.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


def certificate() -> str:
    builder = CertificateBuilder(Name([]), Name([]), KEY.public_key(), random_serial_number())
    signed = builder.not_valid_before(NOW).not_valid_after(NOW).sign(KEY, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def of_size(bits: int) -> str:
    return pem_of(rsa.generate_private_key(public_exponent=65_537, key_size=bits))


def of_modulus(bits: int) -> str:
    """A public key of that size without a private key, which is fast to make."""
    numbers = rsa.RSAPublicNumbers(65_537, (1 << (bits - 1)) + 12_345)
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    return numbers.public_key().public_bytes(serialization.Encoding.PEM, public).decode()


NO_KEYS: dict[str, Callable[[], str]] = {
    "nothing": str,
    "garbage": lambda: "hunter2",
    "a private key": lambda: private_pem(serialization.PrivateFormat.PKCS8),
    "a private key of old form": lambda: private_pem(serialization.PrivateFormat.TraditionalOpenSSL),
    "a private key after a public one": lambda: PEM + private_pem(serialization.PrivateFormat.PKCS8),
    "a private key before a public one": lambda: private_pem(serialization.PrivateFormat.PKCS8) + PEM,
    "two public keys": lambda: PEM + pem_of(OTHER_KEY),
    "an elliptic curve's": lambda: pem_of(EC_KEY),
    "an Edwards curve's": lambda: pem_of(Ed25519PrivateKey.generate()),
    "1024 bits": lambda: of_size(1024),
    "2047 bits": lambda: of_modulus(2047),
    "8193 bits": lambda: of_modulus(8193),
    "a certificate": certificate,
    "PKCS #1": lambda: (
        KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1).decode()
    ),
    "OpenSSH": lambda: (
        KEY.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    ),
    "a label alone": lambda: "-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----\n",
    "a cut one": lambda: PEM.replace(PEM[100:140], ""),
    "text before it": lambda: f"hunter2\n{PEM}",
    "text after it": lambda: f"{PEM}hunter2",
    "a private key's content under the label": lambda: private_pem(serialization.PrivateFormat.PKCS8).replace(
        "PRIVATE KEY", "PUBLIC KEY"
    ),
    "NUL": lambda: PEM + "\0",
    "too long": lambda: PEM + "\n" * 4096,
}


@pytest.mark.parametrize("name", NO_KEYS)
def test_a_text_that_is_not_one_rsa_public_key_cannot_be_registered(name: str) -> None:
    assert not tokens.is_public_key(NO_KEYS[name]())


@pytest.mark.parametrize(
    "pem",
    [
        PEM,
        PEM.strip(),
        f"\n  {PEM}\n\n",
        PEM.replace("\n", "\r\n"),
        of_modulus(2048),
        of_modulus(4096),
        of_modulus(8192),
    ],
    ids=range(7),
)
def test_an_rsa_public_key_can_be_registered(pem: str) -> None:
    assert tokens.is_public_key(pem)


def test_a_key_can_have_any_line_ends() -> None:
    for pem in (PEM.strip(), PEM.replace("\n", "\r\n"), f"\n{PEM}\n"):
        assert is_good(issued(), pem, NOW)


def test_a_token_from_another_library_is_valid() -> None:
    made: dict[str, Any] = jwt.decode(issued(exp=9e9), PEM, algorithms=["RS256"])
    assert made["iss"] == ISSUER
