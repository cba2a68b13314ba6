"""What of a client certificate can stand for an identity."""

from __future__ import annotations

import pytest
import trustme
from access.client_certificates import issued_to
from cryptography.x509.oid import ExtendedKeyUsageOID

from strongroom_server.access.certificates import Certificate, parse
from strongroom_server.core.records import DNS, SPIFFE

AUTHORITY = trustme.CA()


def parsed(*names: str, **fields: object) -> Certificate:
    certificate = parse(issued_to(AUTHORITY, *names, **fields).pem)  # type: ignore[arg-type] # of issued_to
    assert certificate is not None
    return certificate


def test_a_certificate_shows_its_names_serial_time_and_purpose() -> None:
    issued = issued_to(AUTHORITY, "spiffe://a.example/ns/b", "a.example")
    certificate = parse(issued.pem)
    assert certificate is not None
    assert [(name.kind, name.text, name.domain, name.is_valid) for name in certificate.names] == [
        (SPIFFE, "spiffe://a.example/ns/b", "a.example", True),
        (DNS, "a.example", "a.example", True),
    ]
    assert certificate.serial == issued.serial
    assert (certificate.end - certificate.start).days == 2
    assert certificate.is_for_clients


SPIFFE_IDS = {
    "spiffe://a.example/ns/b": True,
    "spiffe://a.example/A.b_c-1": True,
    "spiffe://a.example": False,
    "spiffe://a.example/": False,
    "spiffe://a.example/a/": False,
    "spiffe://a.example/a//b": False,
    "spiffe://a.example/./b": False,
    "spiffe://a.example/a/..": False,
    "spiffe://a.example/%61": False,
    "spiffe://a.example/a?b": False,
    "spiffe://a.example/a#b": False,
    "spiffe://a.example/a b": False,
    "spiffe://a.example/*": False,
    "spiffe://A.example/a": False,
    "SPIFFE://a.example/a": False,
    "spiffe://a.example:1/a": False,
    "spiffe://u@a.example/a": False,
    "spiffe://a.example/a\n": False,
    "spiffe://a.example/" + "a" * 2048: False,
}


@pytest.mark.parametrize("uri", SPIFFE_IDS)
def test_only_a_spiffe_id_in_its_one_form_is_a_name(uri: str) -> None:
    (name,) = parsed(uri).names
    assert (name.kind, name.is_valid) == (SPIFFE, SPIFFE_IDS[uri])


def test_the_trust_domain_of_an_invalid_id_is_known_so_that_it_counts_as_one_of_its_issuer() -> None:
    domains = {name.domain for uri in SPIFFE_IDS for name in parsed(uri).names}
    assert domains == {"a.example", "a.example:1", "u@a.example"}


def test_a_certificate_with_two_uris_has_no_valid_spiffe_id() -> None:
    assert [name.is_valid for name in parsed("spiffe://a.example/a", "spiffe://a.example/b").names] == [False, False]
    assert [name.is_valid for name in parsed("spiffe://a.example/a", "https://a.example/").names] == [False]


@pytest.mark.parametrize("name", ["*.a.example", "A.example", "a_b.example", "a.example.", "-a.example", "a..example"])
def test_a_dns_name_that_is_a_wildcard_or_not_in_its_one_form_is_not_valid(name: str) -> None:
    (found,) = parsed(name).names
    assert not found.is_valid


def test_the_common_name_never_counts() -> None:
    assert parsed(common_name="a.example").names == ()
    assert parsed(common_name="spiffe://a.example/a").names == ()


@pytest.mark.parametrize(
    ("usages", "is_authority", "is_for_clients"),
    [
        ((ExtendedKeyUsageOID.CLIENT_AUTH,), None, True),
        ((ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH), False, True),
        ((ExtendedKeyUsageOID.SERVER_AUTH,), None, False),
        ((ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,), None, False),
        (None, None, False),
        ((ExtendedKeyUsageOID.CLIENT_AUTH,), True, False),
    ],
)
def test_the_purpose_must_be_named_and_an_authority_is_no_client(
    usages: tuple[object, ...] | None, is_authority: bool | None, is_for_clients: bool
) -> None:
    certificate = parsed("a.example", usages=usages, is_authority=is_authority)
    assert certificate.is_for_clients is is_for_clients


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        AUTHORITY.private_key_pem.bytes(),
        b"\0" * 100_000,
    ],
    ids=["nothing", "rubbish", "a key", "too large"],
)
def test_what_is_no_certificate_stands_for_nothing(pem: bytes) -> None:
    assert parse(pem) is None
