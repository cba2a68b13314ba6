"""Tests what makes keys, certificates and service accounts useless although they can be stored."""

from __future__ import annotations

import subprocess
import time

import pytest
from jwt import encode
from key_samples import (
    certificate_of_the_year_0,
    certificates,
    changed_rsa_key,
    finite_field_key,
    jwt,
    keys,
    mtls,
    rsa_key,
    service_account,
)
from samples import samples

from strongroom.v1.credential_pb2 import CredentialData, JsonDocumentData, JwtData, MtlsData
from strongroom_server.rules.key_material import KeyMaterialError, private_key
from strongroom_server.rules.variants.table import VARIANTS
from strongroom_server.rules.variants.warnings import data_warnings

NOT_A_KEY = "must be a private key in PEM form"
NOT_CERTIFICATES = "must be one or more certificates in PEM form"
ENCRYPTED = "must be a private key without a passphrase"
NOT_VALID = "must be a valid RSA key: its numbers do not belong together"
NOT_ITS_KEY = "must belong to the first certificate of client_certificate"
OTHER_TYPE = "must be an RSA, EC, Ed25519 or Ed448 key"
RSA_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
CURVES = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1", "ES256K": "secp256k1"}
NUMBERS = ("n", "e", "d", "p", "q", "dmp1", "dmq1", "iqmp")
HMAC = {"HS256": 32, "HS384": 48, "HS512": 64}


def warnings_of(data: CredentialData) -> list[tuple[str, str]]:
    return [(field, rule) for field, rule in data_warnings(data)]


def key_rule(data: CredentialData) -> str | None:
    """The rule that the key of a JWT breaks, if that is the only warning."""
    found = warnings_of(data)
    assert [field for field, _ in found] == ["data.jwt.private_key"] * len(found)
    assert len(found) < 2
    return found[0][1] if found else None


@pytest.mark.parametrize("variant", [name for name, rules in VARIANTS.items() if rules.warnings is None])
def test_the_other_variants_have_no_warnings(variant: str) -> None:
    assert variant not in {"jwt", "mtls", "json_document"}
    assert warnings_of(samples()[variant]) == []


@pytest.mark.parametrize("algorithm", RSA_ALGORITHMS)
def test_an_algorithm_of_rsa_takes_keys_of_2048_bits(algorithm: str) -> None:
    rule = f"must be an RSA key of at least 2,048 bits for {algorithm}"
    assert key_rule(jwt(algorithm, keys()["RSA"])) is None
    assert key_rule(jwt(algorithm, keys()["RSA of PKCS #1"])) is None
    for name in ("RSA of 1,024 bits", "ES256", "Ed25519"):
        assert key_rule(jwt(algorithm, keys()[name])) == rule


@pytest.mark.parametrize(("algorithm", "curve"), CURVES.items())
def test_an_algorithm_of_ecdsa_takes_keys_on_its_curve(algorithm: str, curve: str) -> None:
    rule = f"must be an EC key on the curve {curve} for {algorithm}"
    for name in (*CURVES, "RSA", "Ed25519"):
        assert key_rule(jwt(algorithm, keys()[name])) == (None if name == algorithm else rule)


def test_eddsa_takes_keys_of_both_curves() -> None:
    assert key_rule(jwt("EdDSA", keys()["Ed25519"])) is None
    assert key_rule(jwt("EdDSA", keys()["Ed448"])) is None
    assert key_rule(jwt("EdDSA", keys()["ES256"])) == "must be an Ed25519 or Ed448 key for EdDSA"


@pytest.mark.parametrize(("algorithm", "least"), HMAC.items())
def test_an_algorithm_of_hmac_takes_keys_as_long_as_its_hash(algorithm: str, least: int) -> None:
    assert key_rule(jwt(algorithm, "k" * least)) is None
    # Bytes count, not characters.
    assert key_rule(jwt(algorithm, "é" * (least // 2))) is None
    assert key_rule(jwt(algorithm, "k" * (least - 1))) == f"must have at least {least} bytes for {algorithm}"
    rule = f"must not be a key pair or a certificate for {algorithm}"
    assert key_rule(jwt(algorithm, keys()["RSA"])) == rule
    assert key_rule(jwt(algorithm, certificates()[0])) == rule


@pytest.mark.parametrize("algorithm", ["none", "rs256", "HS1", "RSA-OAEP"])
def test_an_unknown_algorithm_is_a_warning_that_names_the_known_ones(algorithm: str) -> None:
    rule = f"must be one of {', '.join((*HMAC, *RSA_ALGORITHMS, *CURVES, 'EdDSA'))}"
    assert warnings_of(jwt(algorithm, keys()["RSA"])) == [("data.jwt.algorithm", rule)]


@pytest.mark.parametrize(
    "text", ["", "hunter2", "a\nb", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----"]
)
def test_a_text_that_is_not_a_key_is_a_warning(text: str) -> None:
    assert key_rule(jwt("RS256", text)) == NOT_A_KEY
    assert key_rule(jwt("RS256", keys()["RSA"].replace("\n", "\\n"))) == NOT_A_KEY


def test_a_key_that_is_encrypted_or_of_another_type_is_a_warning() -> None:
    assert key_rule(jwt("RS256", keys()["encrypted"])) == ENCRYPTED
    assert key_rule(jwt("RS256", keys()["DSA"])) == OTHER_TYPE


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("value", [0, 1, 2, 3, 12345])
def test_an_rsa_key_with_a_changed_number_is_a_warning(number: str, value: int) -> None:
    assert key_rule(jwt("RS256", changed_rsa_key(number, value))) in {NOT_VALID, NOT_A_KEY}
    if value == 12345:
        assert key_rule(jwt("RS256", changed_rsa_key(number, value))) == NOT_VALID


def test_an_rsa_key_whose_numbers_belong_together_is_taken() -> None:
    d = rsa_key().private_numbers().d
    assert key_rule(jwt("RS256", changed_rsa_key("d", d))) is None
    assert key_rule(jwt("RS256", changed_rsa_key("d", d + 2))) == NOT_VALID


def test_a_key_that_openssl_made_with_its_parameters_before_it_is_taken() -> None:
    made = subprocess.run(
        ["openssl", "ecparam", "-name", "prime256v1", "-genkey"], capture_output=True, text=True, check=True
    ).stdout
    assert made.startswith("-----BEGIN EC PARAMETERS-----")
    assert key_rule(jwt("ES256", made)) is None


def test_absent_fields_are_violations_and_not_warnings() -> None:
    for data in (
        CredentialData(jwt=JwtData(algorithm="RS256")),
        CredentialData(jwt=JwtData(private_key="hunter2")),
        CredentialData(mtls=MtlsData()),
        CredentialData(json_document=JsonDocumentData()),
        CredentialData(json_document=JsonDocumentData(json='{"type": "service_account"')),
    ):
        assert warnings_of(data) == []


def test_a_certificate_and_its_key_have_no_warnings() -> None:
    certificate, key, root = certificates()
    for data in (mtls(certificate, key, root), mtls(certificate + root, key), mtls(certificate, key, "")):
        assert warnings_of(data) == []


def test_a_certificate_that_does_not_parse_or_match_is_a_warning() -> None:
    certificate, key, root = certificates()
    expected: list[tuple[CredentialData, dict[str, str]]] = [
        (mtls("cert", key), {"client_certificate": NOT_CERTIFICATES}),
        (mtls("", ""), {"client_certificate": NOT_CERTIFICATES, "client_private_key": NOT_A_KEY}),
        (mtls(certificate, "hunter2", root), {"client_private_key": NOT_A_KEY}),
        (mtls(certificate, keys()["encrypted"]), {"client_private_key": ENCRYPTED}),
        (mtls(certificate, changed_rsa_key("d", 12345)), {"client_private_key": NOT_VALID}),
        (mtls(certificate, keys()["ES256"]), {"client_private_key": NOT_ITS_KEY}),
        (mtls(certificate, keys()["RSA"]), {"client_private_key": NOT_ITS_KEY}),
        # The certificate of the CA is not the client's own.
        (mtls(root + certificate, key), {"client_private_key": NOT_ITS_KEY}),
        (mtls(certificate_of_the_year_0(), key), {"client_certificate": "must expire in a year from 1 to 9999"}),
        (mtls(certificate, key, "root"), {"root_certificate": NOT_CERTIFICATES}),
        (mtls(certificate, key, key), {"root_certificate": NOT_CERTIFICATES}),
    ]
    for data, rules in expected:
        assert warnings_of(data) == [(f"data.mtls.{field}", rule) for field, rule in rules.items()]


@pytest.mark.parametrize(
    ("members", "rules"),
    [
        ({}, []),
        ({"type": "authorized_user", "private_key": None}, []),
        ({"type": None, "client_email": None}, []),
        ({"client_email": None}, ["must have client_email: its type is service_account"]),
        ({"client_email": "", "token_uri": 7}, ["must have client_email, token_uri: its type is service_account"]),
        ({"private_key": None}, ["must have private_key: its type is service_account"]),
        ({"private_key": "hunter2", "token_uri": None},
         ["must have token_uri: its type is service_account", f"private_key {NOT_A_KEY}"]),
    ],
)  # fmt: skip
def test_an_incomplete_service_account_is_a_warning(members: dict[str, object], rules: list[str]) -> None:
    assert warnings_of(service_account(**members)) == [("data.json_document.json", rule) for rule in rules]


def test_the_key_of_a_service_account_is_an_rsa_key_of_2048_bits() -> None:
    rule = "private_key must be an RSA key of at least 2,048 bits"
    for name in ("RSA of 1,024 bits", "ES256"):
        assert warnings_of(service_account(private_key=keys()[name])) == [("data.json_document.json", rule)]


def test_no_warning_holds_a_part_of_the_data() -> None:
    marker = "hunter2"
    for data in (
        *samples(marker).values(),
        service_account(private_key=marker, client_email=None),
        jwt(marker, marker),
    ):
        assert marker not in str(warnings_of(data))


@pytest.mark.parametrize("identifier", ["1.2.840.10040.4.1", "1.2.840.113549.1.3.1", "1.2.840.10046.2.1"])
def test_a_key_of_dsa_or_diffie_hellman_is_not_even_loaded(identifier: str) -> None:
    """Loading one with so large a modulus takes seconds."""
    text = finite_field_key(identifier, 16_000)
    started = time.process_time()
    with pytest.raises(KeyMaterialError) as caught:
        private_key(text)
    assert time.process_time() - started < 0.1
    assert caught.value.rule == OTHER_TYPE


@pytest.mark.parametrize("algorithm", ["HS256", *RSA_ALGORITHMS, *CURVES, "EdDSA"])
def test_a_key_without_a_warning_signs(algorithm: str) -> None:
    name = "RSA" if algorithm in RSA_ALGORITHMS else "Ed25519" if algorithm == "EdDSA" else algorithm
    key = "k" * 32 if algorithm == "HS256" else keys()[name]
    assert key_rule(jwt(algorithm, key)) is None
    assert encode({}, key, algorithm)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_hostile_rsa_key_takes_no_time(number: str) -> None:
    text = changed_rsa_key(number, (1 << 100_000) - 1)
    started = time.process_time()
    with pytest.raises(KeyMaterialError) as caught:
        private_key(text)
    assert time.process_time() - started < 0.1
    assert caught.value.rule == ("must have at most 8,192 bits" if number == "n" else NOT_VALID)
