"""The rules of the variants that prove who they are with a private key: jwt and mtls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules import key_material
from strongroom_server.rules.key_material import KeyMaterialError
from strongroom_server.rules.variants.variant import Variant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from strongroom.v1.credential_pb2 import CredentialData
    from strongroom_server.rules.key_material import PrivateKey

# The bytes of the hash, which a key must have at least (RFC 7518 §3.2).
_HMAC_BYTES: Final = {"HS256": 32, "HS384": 48, "HS512": 64}
_RSA: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
# RFC 7518 §3.4, RFC 8812 §3.2.
_CURVES: Final = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1", "ES256K": "secp256k1"}
_EDDSA: Final = "EdDSA"
_ALGORITHMS: Final = (*_HMAC_BYTES, *_RSA, *_CURVES, _EDDSA)
RULE_OF_ALGORITHMS: Final = f"must be one of {', '.join(_ALGORITHMS)}"


def is_algorithm(algorithm: str) -> bool:
    """Whether JSON Web Tokens can be signed with it."""
    return algorithm in _ALGORITHMS


def signing_key(algorithm: str, text: str) -> PrivateKey | bytes:
    """The key of a text, for an algorithm of JSON Web Tokens. Raises KeyMaterialError if it does not fit."""
    if algorithm in _HMAC_BYTES:
        return _hmac_key(algorithm, text)
    key = key_material.private_key(text)
    if algorithm in _RSA:
        fits, rule = key_material.is_strong_rsa_key(key), f"{key_material.STRONG_RSA_KEY} for {algorithm}"
    elif algorithm == _EDDSA:
        fits, rule = isinstance(key, Ed25519PrivateKey | Ed448PrivateKey), "must be an Ed25519 or Ed448 key for EdDSA"
    else:
        curve = _CURVES[algorithm]
        fits = isinstance(key, EllipticCurvePrivateKey) and key.curve.name == curve
        rule = f"must be an EC key on the curve {curve} for {algorithm}"
    if not fits:
        raise KeyMaterialError(rule)
    return key


def _hmac_key(algorithm: str, text: str) -> bytes:
    if "-----BEGIN " in text:
        raise KeyMaterialError(f"must not be a key pair or a certificate for {algorithm}")
    key, least = text.encode(), _HMAC_BYTES[algorithm]
    if len(key) < least:
        raise KeyMaterialError(f"must have at least {least} bytes for {algorithm}")
    return key


def _jwt_warnings(data: CredentialData) -> Iterator[FieldViolation]:
    jwt = data.jwt
    # Absent and empty fields are violations where they must be set.
    if not jwt.algorithm:
        return
    if not is_algorithm(jwt.algorithm):
        yield FieldViolation("algorithm", RULE_OF_ALGORITHMS)
    elif jwt.HasField("private_key"):
        try:
            signing_key(jwt.algorithm, jwt.private_key)
        except KeyMaterialError as error:
            yield FieldViolation("private_key", error.rule)


def _mtls_warnings(data: CredentialData) -> Iterator[FieldViolation]:
    mtls = data.mtls
    certified = key = None
    if mtls.HasField("client_certificate"):
        try:
            certificate = key_material.certificates(mtls.client_certificate)[0]
            key_material.expire_time_of(certificate)
            certified = key_material.certified_key(certificate)
        except KeyMaterialError as error:
            yield FieldViolation("client_certificate", error.rule)
    if mtls.HasField("client_private_key"):
        try:
            key = key_material.private_key(mtls.client_private_key)
        except KeyMaterialError as error:
            yield FieldViolation("client_private_key", error.rule)
    if certified is not None and key is not None and key.public_key() != certified:
        yield FieldViolation("client_private_key", "must belong to the first certificate of client_certificate")
    if mtls.root_certificate:
        try:
            key_material.certificates(mtls.root_certificate)
        except KeyMaterialError as error:
            yield FieldViolation("root_certificate", error.rule)


def certificate_expire_time_of(data: CredentialData) -> datetime | None:
    """When the client certificate of mtls expires. None for other variants, and if that cannot be read."""
    if not data.mtls.client_certificate:
        return None
    try:
        return key_material.expire_time_of(key_material.certificates(data.mtls.client_certificate)[0])
    except KeyMaterialError:
        # A warning says so.
        return None


JWT: Final = Variant(
    secrets=("private_key",),
    uses=("algorithm", "payload_json", "auto_generate_time_claims"),
    required=("algorithm", "payload_json", "auto_generate_time_claims", "private_key"),
    ids=("algorithm",),
    json_objects=("payload_json",),
    warnings=_jwt_warnings,
)
MTLS: Final = Variant(
    secrets=("client_private_key",),
    uses=("client_certificate", "root_certificate"),
    required=("client_certificate", "client_private_key"),
    warnings=_mtls_warnings,
)
