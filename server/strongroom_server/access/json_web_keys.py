"""Reads JSON Web Key Sets (RFC 7517): the public keys with which an OpenID Connect issuer signs its tokens. Knows no storage."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import InvalidKeyError
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from strongroom_server.rules import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_SET: Final = 64 * 1024
MOST_KEYS: Final = 100

_RSA_BITS: Final = range(2048, 8193)
# A larger exponent makes each verification as slow as a signature. Keys in use have 65537.
_LARGEST_EXPONENT: Final = (1 << 32) - 1
_RSA: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
# The algorithms that fit a key without `alg`, by its `kty` and `crv` (RFC 7518 §3.1, RFC 8037 §3.1).
_ALGORITHMS: Final[Mapping[tuple[str, str], frozenset[str]]] = MappingProxyType(
    {
        ("RSA", ""): _RSA,
        ("EC", "P-256"): frozenset({"ES256"}),
        ("EC", "P-384"): frozenset({"ES384"}),
        ("EC", "P-521"): frozenset({"ES512"}),
        ("OKP", "Ed25519"): frozenset({"EdDSA"}),
    }
)
# Members of private keys, and of symmetric ones (RFC 7518 §6).
_SECRET_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class WebKey(NamedTuple):
    """A public key, and the values of `alg` that tokens signed with it may have."""

    key: RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
    algorithms: frozenset[str]


class WebKeySet(NamedTuple):
    """The usable keys of a set by `kid`.

    `secret` counts keys with private or symmetric parts, `others` those that are unusable here; both are left out.
    """

    keys: Mapping[str, WebKey]
    secret: int
    others: int


class WebKeySetError(ValueError):
    """The text is no set of usable keys. `rule` is the rule that it breaks, and holds nothing of the text."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def parse(text: str | bytes) -> WebKeySet:
    """The keys of a JSON Web Key Set. Raises WebKeySetError."""
    if len(text if isinstance(text, bytes) else text.encode(errors="replace")) > LARGEST_SET:
        raise WebKeySetError(f"must have at most {LARGEST_SET // 1024} KiB")
    try:
        members = json_text.parse_object(text)["keys"]
    except json_text.JsonTextError as error:
        raise WebKeySetError(error.rule) from None
    except KeyError:
        raise WebKeySetError("must have the member keys, as a JSON Web Key Set has") from None
    if not isinstance(members, list) or len(members) > MOST_KEYS:
        raise WebKeySetError(f"must have an array of at most {MOST_KEYS} keys as its member keys")
    keys: dict[str, WebKey] = {}
    secret = others = 0
    for jwk in members:
        if not isinstance(jwk, dict):
            others += 1
        elif jwk.get("kty") == "oct" or not _SECRET_MEMBERS.isdisjoint(jwk):
            secret += 1
        elif isinstance(kid := jwk.get("kid"), str) and kid not in keys and (key := _web_key(jwk)) is not None:
            keys[kid] = key
        else:
            others += 1
    if not keys:
        raise WebKeySetError(
            "must have a public key with a kid for signatures: RSA of 2,048 to 8,192 bits, P-256, P-384, P-521 or Ed25519"
        )
    return WebKeySet(MappingProxyType(keys), secret, others)


def _web_key(jwk: dict[str, Any]) -> WebKey | None:
    """The key of a JWK without private parts, or None if it does not verify signatures or is not of an accepted kind."""
    kind, curve, algorithm = (jwk.get(name, "") for name in ("kty", "crv", "alg"))
    if not all(isinstance(value, str) for value in (kind, curve, algorithm)):
        return None
    algorithms = _ALGORITHMS.get((kind, curve), frozenset())
    if algorithm:
        algorithms &= {algorithm}
    if not algorithms or jwk.get("use", "sig") != "sig" or not _verifies(jwk.get("key_ops")):
        return None
    key = _load(jwk)
    return WebKey(key, algorithms) if key is not None else None


def _verifies(operations: object) -> bool:
    return operations is None or (isinstance(operations, list) and "verify" in operations)


def _load(jwk: dict[str, Any]) -> RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey | None:
    kinds: dict[object, type[RSAAlgorithm | ECAlgorithm | OKPAlgorithm]] = {
        "RSA": RSAAlgorithm,
        "EC": ECAlgorithm,
        "OKP": OKPAlgorithm,
    }
    try:
        key = kinds[jwk["kty"]].from_jwk(jwk)
    except (InvalidKeyError, UnsupportedAlgorithm, ValueError, TypeError, AttributeError):
        return None
    if isinstance(key, RSAPublicKey):
        is_accepted = key.key_size in _RSA_BITS and key.public_numbers().e <= _LARGEST_EXPONENT
        return key if is_accepted else None
    return key if isinstance(key, EllipticCurvePublicKey | Ed25519PublicKey) else None
