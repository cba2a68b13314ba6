"""Certificates of clients come from memory, and a server gets the one that its request was given."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from egress.servers import CA, client, server, serving

from strongroom_server.egress.client import Limits, Request
from strongroom_server.egress.endpoints import Destination
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.egress.tls import Identity, NotUsableCertificate, client_context

if TYPE_CHECKING:
    import asyncio

    from cryptography.hazmat.primitives.serialization import KeySerializationEncryption

# What clients present, from another CA than the servers'.
CLIENTS = trustme.CA()
ROOTS = CA.cert_pem.bytes().decode()
LIMITS = Limits(seconds=5)


def identity_of(issued: trustme.LeafCert) -> Identity:
    chain = "".join(each.bytes().decode() for each in issued.cert_chain_pems)
    return Identity(chain, issued.private_key_pem.bytes().decode())


IDENTITY = identity_of(CLIENTS.issue_cert("robot@good.com"))


def requiring_certificates() -> ssl.SSLContext:
    context = serving("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    CLIENTS.configure_trust(context)
    return context


async def show_certificate(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    presented = writer.get_extra_info("peercert") or {}
    body = str(dict(presented.get("subjectAltName", ())).get("email")).encode()
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


@pytest.mark.parametrize("roots", [None, f"# caf\u00e9\n{ROOTS}"], ids=["the client's roots", "own roots"])
async def test_the_server_gets_the_certificate(roots: str | None, tmp_path: Path) -> None:
    async with server(show_certificate, requiring_certificates()) as (port, _):
        sender = client(port, tmp_path)
        to = Destination("https", "127.0.0.1", port)
        tls = await sender.tls_with(IDENTITY, roots)
        assert (await sender.send(to, Request("GET", "/"), LIMITS, tls)).body == b"robot@good.com"
        with pytest.raises(EgressRefused):
            # The certificate went to one request, and is not the client's own.
            await sender.send(to, Request("GET", "/"), LIMITS)


async def test_own_roots_replace_those_of_the_client(tmp_path: Path) -> None:
    async with server(show_certificate, serving("127.0.0.1")) as (port, requests):
        sender = client(port, tmp_path)
        tls = await sender.tls_with(IDENTITY, CLIENTS.cert_pem.bytes().decode())
        with pytest.raises(EgressRefused) as caught:
            await sender.send(Destination("https", "127.0.0.1", port), Request("GET", "/"), LIMITS, tls)
    assert caught.value.cause == "certificate"
    assert not caught.value.sent
    assert requests in ([], [b""])


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_context_has_the_rules_of_all_and_leaves_no_file_open() -> None:
    before = open_files()
    context = client_context(IDENTITY, ROOTS, None)
    assert open_files() == before
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    assert not context.hostname_checks_common_name
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert "PRIVATE" not in repr(IDENTITY)


def key_pem(encryption: KeySerializationEncryption) -> str:
    key = load_pem_private_key(IDENTITY.private_key.encode(), None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


RSA_KEY = (
    rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
)


@pytest.mark.parametrize(
    ("identity", "roots", "problem"),
    [
        (IDENTITY._replace(private_key=RSA_KEY), ROOTS, "the private key does not belong to the certificate"),
        (
            IDENTITY._replace(private_key=identity_of(CLIENTS.issue_cert("a@good.com")).private_key),
            ROOTS,
            "the private key does not belong to the certificate",
        ),
        (
            IDENTITY._replace(private_key=key_pem(BestAvailableEncryption(b"x"))),
            ROOTS,
            "the private key is encrypted",
        ),
        (
            IDENTITY._replace(private_key=IDENTITY.private_key[:80]),
            ROOTS,
            "the certificate or the private key is not PEM that OpenSSL can read",
        ),
        (
            IDENTITY._replace(certificates=IDENTITY.private_key),
            ROOTS,
            "the certificate or the private key is not PEM that OpenSSL can read",
        ),
        (Identity("", ""), ROOTS, "the certificate or the private key is not PEM that OpenSSL can read"),
        (IDENTITY, "", "the root certificate is not PEM that OpenSSL can read"),
        (IDENTITY, "caf\u00e9", "the root certificate is not PEM that OpenSSL can read"),
    ],
    ids=["other type", "other key", "encrypted", "cut", "no certificate", "empty", "no root", "no PEM"],
)
def test_what_openssl_refuses_is_said_without_any_of_the_key(identity: Identity, roots: str, problem: str) -> None:
    with pytest.raises(NotUsableCertificate) as caught:
        client_context(identity, roots, None)
    assert str(caught.value) == problem
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
