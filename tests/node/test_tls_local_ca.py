"""How STRONGROOM_TLS=auto makes a CA and a certificate, and when it renews the certificate."""

from __future__ import annotations

import socket
import ssl
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from strongroom_server.node.settings import from_environment
from strongroom_server.node.tls import load_tls, local_ca
from strongroom_server.node.tls.files import TlsFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def names(path: Path) -> tuple[list[str], list[str]]:
    found = certificate(path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return found.get_values_for_type(x509.DNSName), list(map(str, found.get_values_for_type(x509.IPAddress)))


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_the_certificate_names_this_machine_and_private_keys_are_for_the_owner(tmp_path: Path) -> None:
    path = local_ca.renewed(tmp_path / "tls", "127.0.0.1")

    assert names(path) == (["localhost", socket.gethostname()], ["127.0.0.1", "::1"])
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert (modes["server.pem"], modes["ca.key"]) == (0o600, 0o600)
    assert b"PRIVATE" not in (path.parent / "ca.pem").read_bytes()
    lifetime = certificate(path).not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=89) < lifetime < timedelta(days=91)


@pytest.mark.parametrize(
    ("host", "dns", "address"),
    [("0.0.0.0", "", ""), ("10.1.2.3", "", "10.1.2.3"), ("vault.example", "vault.example", ""), ("a_b", "", "")],
)
def test_the_certificate_names_the_host_that_the_node_listens_on(
    tmp_path: Path, host: str, dns: str, address: str
) -> None:
    dns_names, addresses = names(local_ca.renewed(tmp_path, host))
    assert dns_names == ["localhost", *filter(None, [dns]), socket.gethostname()]
    assert addresses == ["127.0.0.1", "::1", *filter(None, [address])]


def test_a_strict_client_accepts_the_chain(tmp_path: Path) -> None:
    settings = from_environment({"STRONGROOM_DATA_DIR": str(tmp_path), "STRONGROOM_TLS": "auto"})
    tls = load_tls(settings)
    assert tls is not None
    trusting = ssl.create_default_context(cafile=settings.tls_dir / local_ca.CA_FILE)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = tls.http_context().wrap_bio(to_server, to_client, server_side=True)
    client = trusting.wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    for side in (client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert client.version() == "TLSv1.3"


def test_nothing_changes_while_the_certificate_is_valid_for_long(tmp_path: Path) -> None:
    local_ca.renewed(tmp_path, "127.0.0.1")
    before = files(tmp_path)
    local_ca.renewed(tmp_path, "127.0.0.1")
    assert files(tmp_path) == before


@pytest.mark.parametrize("reason", ["it expires soon", "the host is another", "the file is damaged"])
def test_a_certificate_is_renewed_under_the_same_ca(
    tmp_path: Path, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = local_ca.renewed(tmp_path, "127.0.0.1")
    before = files(tmp_path)
    if reason == "it expires soon":
        monkeypatch.setattr(local_ca, "_RENEW_DAYS", local_ca._SERVER_DAYS + 1)
    elif reason == "the file is damaged":
        path.write_bytes(before["server.pem"][:100])
    local_ca.renewed(tmp_path, "10.0.0.1" if reason == "the host is another" else "127.0.0.1")

    after = files(tmp_path)
    assert {name for name in before if before[name] != after[name]} <= {"server.pem"}
    assert after["server.pem"] != before["server.pem"]
    certificate(path).verify_directly_issued_by(certificate(tmp_path / "ca.pem"))


def test_nodes_that_listen_on_two_hosts_share_one_certificate(tmp_path: Path) -> None:
    path = local_ca.renewed(tmp_path, "10.0.0.1")
    local_ca.renewed(tmp_path, "vault.example")
    both = files(tmp_path)
    local_ca.renewed(tmp_path, "10.0.0.1")
    assert files(tmp_path) == both
    assert names(path) == (["localhost", socket.gethostname(), "vault.example"], ["127.0.0.1", "::1", "10.0.0.1"])


def test_processes_that_start_together_make_one_ca(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        paths = list(threads.map(lambda _: local_ca.renewed(tmp_path / "tls", "127.0.0.1"), range(8)))
    certificate(paths[0]).verify_directly_issued_by(certificate(tmp_path / "tls" / "ca.pem"))
    assert len(set(paths)) == 1


def exchange_key(directory: Path) -> None:
    local_ca.renewed(directory / "other", "127.0.0.1")
    (directory / "other" / "ca.key").rename(directory / "ca.key")


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a CA key that others can read": (lambda tls: (tls / "ca.key").chmod(0o644), "ca.key: the key file has mode 0644"),
    "a missing CA key": (lambda tls: (tls / "ca.key").unlink(), "ca.key: No such file"),
    "a damaged CA": (lambda tls: (tls / "ca.pem").write_bytes(b"x"), "ca.pem: the CA or its key is damaged: remove"),
    "the key of another CA": (exchange_key, "ca.key: the key does not belong to ca.pem: remove"),
    "a CA that expires": (lambda tls: None, "ca.pem: the CA expires at 20.*: remove"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_ca_that_cannot_sign_is_named_with_the_remedy(
    tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = local_ca.renewed(tmp_path, "127.0.0.1")
    spoil, problem = SPOILED[case]
    spoil(tmp_path)
    path.unlink()
    if case == "a CA that expires":
        monkeypatch.setattr(local_ca, "_RENEW_DAYS", local_ca._CA_DAYS + 1)
    with pytest.raises(TlsFileError, match=f"^STRONGROOM_TLS=auto: {tmp_path}/{problem}"):
        local_ca.renewed(tmp_path, "127.0.0.1")


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TlsFileError, match=f"STRONGROOM_TLS=auto: {tmp_path}/file/tls: Not a directory: let this user"):
        local_ca.renewed(tmp_path / "file" / "tls", "127.0.0.1")
