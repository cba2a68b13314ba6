"""Each mistake in the files or settings of TLS is one line that names the setting, the file and the remedy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID
from node.tls_samples import NAMES, Files, chain_of, expired, issued, replace
from structlog.testing import capture_logs

from strongroom_server.core.errors import OperatorError
from strongroom_server.node.settings import SettingsError, from_environment
from strongroom_server.node.tls import load_tls, open_tls
from strongroom_server.node.tls.files import TlsFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from strongroom_server.node.settings import Settings

AUTHORITY = trustme.CA()
LEAF = AUTHORITY.issue_cert(*NAMES)
OTHER = AUTHORITY.issue_cert(*NAMES)
FILES = ("STRONGROOM_TLS_CERT", "STRONGROOM_TLS_KEY")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Files that can be served with."""
    files = Files(tmp_path)
    files.put_pair(LEAF)
    return files


def configured(files: Files) -> Settings:
    return files.settings(from_environment({"STRONGROOM_DATA_DIR": str(files.directory)}))


def pkcs8(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def encrypted(leaf: trustme.LeafCert) -> bytes:
    key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hunter2"))


def test_a_pair_and_a_client_ca_are_accepted_and_the_key_is_in_no_repr(files: Files) -> None:
    files.put_client_ca(AUTHORITY, trustme.CA())
    tls = load_tls(configured(files))
    assert tls is not None
    assert tls.has_client_ca
    assert "PRIVATE" not in repr(tls._current)


def test_certificate_and_key_may_be_in_one_file_that_the_group_may_read(files: Files) -> None:
    replace(files.certificate, LEAF.private_key_and_cert_chain_pem.bytes(), 0o640)
    files.key.unlink()
    files.key.symlink_to(files.certificate)
    assert load_tls(configured(files)) is not None


def test_an_rsa_key_is_accepted(files: Files) -> None:
    files.put_pair(AUTHORITY.issue_cert(*NAMES, key_type=trustme.KeyType.RSA))
    assert load_tls(configured(files)) is not None


def make_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


CERTIFICATES: dict[str, tuple[Callable[[Files], object], str]] = {
    "a missing file": (lambda files: files.certificate.unlink(), "No such file or directory: correct the path"),
    "a directory": (lambda files: make_directory(files.certificate), "Is a directory"),
    "an empty file": (lambda files: replace(files.certificate, b""), "there is no certificate in PEM form"),
    "a key": (lambda files: replace(files.certificate, files.key.read_bytes()), "there is no certificate"),
    "a truncated certificate": (lambda files: replace(files.certificate, chain_of(LEAF)[:300]), "there is no certificate"),
    "a huge file": (lambda files: replace(files.certificate, bytes(1024 * 1024 + 1)), "larger than 1 MiB"),
    "an expired certificate": (lambda files: files.put_pair(expired(AUTHORITY, *NAMES)), "expired at 20.*: renew it"),
    "a certificate that is not valid yet": (
        lambda files: replace(files.certificate, issued(AUTHORITY, LEAF, valid_from=datetime.now(UTC) + timedelta(days=1))),
        "valid only from 20.*: correct the clock",
    ),
    "a client's certificate": (
        lambda files: replace(files.certificate, issued(AUTHORITY, LEAF, usages=[ExtendedKeyUsageOID.CLIENT_AUTH])),
        "not for servers: issue one with the extended usage serverAuth",
    ),
    "a certificate without names": (
        lambda files: replace(files.certificate, issued(AUTHORITY, LEAF, names=())),
        "names no host: issue one with a subject alternative name",
    ),
}  # fmt: skip
KEYS: dict[str, tuple[Callable[[Files], object], str]] = {
    "a missing file": (lambda files: files.key.unlink(), "No such file or directory: correct the path"),
    "a key that others can read": (lambda files: files.key.chmod(0o644), "mode 0644: run chmod 0600"),
    "a key that its group can write": (lambda files: files.key.chmod(0o620), "mode 0620: run chmod 0600"),
    "no key": (lambda files: replace(files.key, chain_of(LEAF), 0o600), "there is no private key in PEM form"),
    "a key of another certificate": (lambda files: files.put_key(OTHER), "does not belong to the first certificate in"),
    "an encrypted key": (lambda files: replace(files.key, encrypted(LEAF), 0o600), "encrypted with a passphrase: decrypt it"),
    "a short RSA key": (
        lambda files: replace(files.key, pkcs8(rsa.generate_private_key(65537, 1024)), 0o600),
        "must be ECDSA on P-256, P-384 or P-521, or RSA of at least 2048 bits",
    ),
    "an Ed25519 key": (
        lambda files: replace(files.key, pkcs8(ed25519.Ed25519PrivateKey.generate()), 0o600), "must be ECDSA on P-256",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "spoil", "problem"),
    [
        *(pytest.param(FILES[0], *row, id=f"certificate: {name}") for name, row in CERTIFICATES.items()),
        *(pytest.param(FILES[1], *row, id=f"key: {name}") for name, row in KEYS.items()),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name_and_remedy(
    files: Files, setting: str, spoil: Callable[[Files], object], problem: str
) -> None:
    spoil(files)
    path = files.certificate if setting == FILES[0] else files.key
    with pytest.raises(TlsFileError, match=f"^{setting}: {path}: .*{problem}") as caught:
        load_tls(configured(files))
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"nonsense", LEAF.private_key_pem.bytes()])
def test_a_client_ca_without_a_certificate_is_refused(files: Files, content: bytes) -> None:
    files.client_ca.write_bytes(content)
    with pytest.raises(TlsFileError, match=f"^STRONGROOM_TLS_CLIENT_CA: {files.client_ca}: there is no certificate"):
        load_tls(configured(files))


SETTINGS = [
    ({"TLS_CERT": "/c"}, "STRONGROOM_TLS_CERT is set, and STRONGROOM_TLS is off: set STRONGROOM_TLS=files"),
    ({"TLS_KEY": "/k"}, "STRONGROOM_TLS_KEY is set, and STRONGROOM_TLS is off: set STRONGROOM_TLS=files"),
    ({"TLS_CLIENT_CA": "/a"}, "STRONGROOM_TLS_CLIENT_CA is set, and STRONGROOM_TLS is off"),
    ({"TLS": "files", "TLS_KEY": "/k"}, "STRONGROOM_TLS=files needs STRONGROOM_TLS_CERT"),
    ({"TLS": "files", "TLS_CERT": "/c"}, "STRONGROOM_TLS=files needs STRONGROOM_TLS_KEY"),
    ({"TLS": "auto", "TLS_CERT": "/c"}, "STRONGROOM_TLS_CERT is set, and STRONGROOM_TLS is auto"),
    ({"TLS": "auto", "GRPC_MTLS_PORT": "50052"}, "STRONGROOM_GRPC_MTLS_PORT needs STRONGROOM_TLS_CLIENT_CA"),
    ({"GRPC_MTLS_PORT": "50052"}, "STRONGROOM_GRPC_MTLS_PORT needs STRONGROOM_TLS_CLIENT_CA"),
    ({"GRPC_MTLS_PORT": "0"}, "STRONGROOM_GRPC_MTLS_PORT must be a port number from 1"),
    ({"PROXY_PROTOCOL": "1"}, "STRONGROOM_PROXY_PROTOCOL=1 needs addresses in STRONGROOM_TRUSTED_PROXIES"),
    (
        {"PROXY_PROTOCOL": "1", "TLS": "auto", "TLS_CLIENT_CA": "/a", "TRUSTED_PROXIES": "proxy.example.org"},
        "STRONGROOM_PROXY_PROTOCOL=1 needs addresses",
    ),
    ({"TRUSTED_PROXIES": "proxy.example.org"}, "STRONGROOM_TRUSTED_PROXIES with a name needs STRONGROOM_TLS_CLIENT_CA"),
    ({"TLS": "on"}, "STRONGROOM_TLS must be one of off, auto, files"),
    ({"INSECURE": "yes"}, "STRONGROOM_INSECURE must be 0 or 1"),
    *(
        (
            {"HOST": host},
            f"STRONGROOM_HOST is {host}, where keys and secrets would cross the network in clear text: set",
        )
        for host in ("0.0.0.0", "::", "10.0.0.1", "vault.example", "localhost.example")
    ),
]


@pytest.mark.parametrize(("variables", "problem"), SETTINGS, ids=lambda value: str(value)[:40])
def test_settings_that_contradict_each_other_are_refused(variables: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_tls(from_environment({f"STRONGROOM_{name}": value for name, value in variables.items()}))
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    "variables",
    [{"HOST": host} for host in ("127.0.0.1", "127.1.2.3", "::1", "localhost")]
    + [{"HOST": "0.0.0.0", "INSECURE": "1"}],
)
def test_loopback_addresses_and_consent_need_no_tls(variables: dict[str, str]) -> None:
    assert load_tls(from_environment({f"STRONGROOM_{name}": value for name, value in variables.items()})) is None


async def test_a_node_that_may_serve_without_tls_warns_at_its_start() -> None:
    with capture_logs() as lines:
        async with open_tls(from_environment({"STRONGROOM_HOST": "0.0.0.0", "STRONGROOM_INSECURE": "1"})) as tls:
            assert tls is None
    assert [(line["log_level"], line["host"]) for line in lines] == [("warning", "0.0.0.0")]
    with capture_logs() as lines:
        async with open_tls(from_environment({})):
            pass
    assert lines == []


def test_the_errors_are_those_that_commands_print_in_one_line() -> None:
    assert issubclass(TlsFileError, OperatorError)
    assert issubclass(SettingsError, OperatorError)
    assert TlsFileError.exit_status == SettingsError.exit_status == 1


def test_a_client_ca_may_be_an_intermediate(files: Files) -> None:
    files.put_client_ca(trustme.CA(parent_cert=AUTHORITY))
    assert load_tls(configured(files)) is not None
    assert x509.load_pem_x509_certificates(files.client_ca.read_bytes())
