"""Private keys and a client certificate, each made once per test session."""

from __future__ import annotations

import base64
import functools
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from strongroom.v1.credential_pb2 import CredentialData, JsonDocumentData, JwtData, MtlsData

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_CURVES: Final[dict[str, type[ec.EllipticCurve]]] = {
    "ES256": ec.SECP256R1,
    "ES384": ec.SECP384R1,
    "ES512": ec.SECP521R1,
    "ES256K": ec.SECP256K1,
}


@functools.cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def pem(
    key: PrivateKeyTypes,
    form: PrivateFormat = PrivateFormat.PKCS8,
    encryption: KeySerializationEncryption | None = None,
) -> str:
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode()


@functools.cache
def keys() -> dict[str, str]:
    """Keys by a name, which is the algorithm if the key fits only that one."""
    return {
        "RSA": pem(rsa_key()),
        "RSA of PKCS #1": pem(rsa_key(), PrivateFormat.TraditionalOpenSSL),
        "RSA of 1,024 bits": pem(rsa_key(1024)),
        "encrypted": pem(rsa_key(), encryption=BestAvailableEncryption(b"hunter2")),
        "Ed25519": pem(ed25519.Ed25519PrivateKey.generate()),
        "Ed448": pem(ed448.Ed448PrivateKey.generate()),
        "DSA": pem(dsa.generate_private_key(1024)),
        **{algorithm: pem(ec.generate_private_key(curve())) for algorithm, curve in _CURVES.items()},
    }


def changed_rsa_key(number: str, value: int) -> str:
    """An RSA key with another value of one number, as PKCS #1 (RFC 8017 §A.1.2), because cryptography makes no such key."""
    right = rsa_key().private_numbers()
    public = {"n": right.public_numbers.n, "e": right.public_numbers.e}
    private = {name: getattr(right, name) for name in ("d", "p", "q", "dmp1", "dmq1", "iqmp")}
    numbers = {**public, **private}
    assert number in numbers
    numbers[number] = value
    body = base64.encodebytes(_element(0x30, b"".join(map(_integer, (0, *numbers.values()))))).decode()
    return f"-----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----\n"


def finite_field_key(identifier: str, bits: int) -> str:
    """A key of DSA or Diffie-Hellman as PKCS #8, with a modulus of so many bits."""
    size = (bits - 1).to_bytes(4, "big")
    modulus, key = (1 << (bits - 1)) | 1, int.from_bytes(size * (bits // 64), "big")
    algorithm = _element(0x30, _identifier(identifier) + _element(0x30, b"".join(map(_integer, (modulus, key, 2)))))
    body = base64.encodebytes(_element(0x30, _integer(0) + algorithm + _element(0x04, _integer(key)))).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n"


def _identifier(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    content = bytes([40 * first + second])
    for arc in rest:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        content += bytes(reversed(groups))
    return _element(0x06, content)


def _integer(value: int) -> bytes:
    return _element(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


@functools.cache
def certificates() -> tuple[str, str, str]:
    """A client certificate, its private key, and the certificate of its CA."""
    ca = trustme.CA()
    leaf = ca.issue_cert("client.example.com")
    return (
        leaf.cert_chain_pems[0].bytes().decode(),
        leaf.private_key_pem.bytes().decode(),
        ca.cert_pem.bytes().decode(),
    )


def certificate_that_expires(when: datetime) -> tuple[str, str]:
    """A self-signed certificate and its private key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(1950, 1, 1, tzinfo=UTC))
        .not_valid_after(when)
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode(), pem(key)


def certificate_of_the_year_0() -> str:
    """A certificate with a time of expiry that a datetime cannot hold."""
    text, _ = certificate_that_expires(datetime(9999, 12, 31, tzinfo=UTC))
    der = x509.load_pem_x509_certificate(text.encode()).public_bytes(Encoding.DER)
    body = base64.encodebytes(der.replace(b"99991231000000Z", b"00001231000000Z")).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"


def jwt(algorithm: str, key: str) -> CredentialData:
    return CredentialData(
        jwt=JwtData(algorithm=algorithm, payload_json="{}", auto_generate_time_claims=False, private_key=key)
    )


def mtls(certificate: str, key: str, root: str | None = None) -> CredentialData:
    arm = MtlsData(client_certificate=certificate, client_private_key=key)
    if root is not None:
        arm.root_certificate = root
    return CredentialData(mtls=arm)


def service_account(**members: object) -> CredentialData:
    """The key file of a Google service account, with these members in place of its own; None removes one."""
    document = {
        "type": "service_account",
        "client_email": "robot@example.iam.gserviceaccount.com",
        "private_key": keys()["RSA"],
        "token_uri": "https://oauth2.googleapis.com/token",
        **members,
    }
    text = json.dumps({name: value for name, value in document.items() if value is not None})
    return CredentialData(json_document=JsonDocumentData(json=text))
