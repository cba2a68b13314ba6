"""An endpoint is exactly a scheme, a host and a port; nothing in it is repaired."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from strongroom_server.egress.endpoints import Endpoint, endpoint_of
from strongroom_server.egress.tls import tls_context

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("url", "endpoint", "authority"),
    [
        ("https://vault.example.net", Endpoint("https", "vault.example.net", 443), "vault.example.net"),
        ("HTTPS://Vault.example.net:8200/", Endpoint("https", "vault.example.net", 8200), "vault.example.net:8200"),
        ("http://127.0.0.1:8200", Endpoint("http", "127.0.0.1", 8200), "127.0.0.1:8200"),
        ("http://localhost", Endpoint("http", "localhost", 80), "localhost"),
        ("http://[::1]:8200", Endpoint("http", "::1", 8200), "[::1]:8200"),
    ],
)
def test_a_url_of_an_endpoint_is_read(url: str, endpoint: Endpoint, authority: str) -> None:
    assert endpoint_of(url) == endpoint
    assert endpoint.authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "vault.example.net",
        "ftp://vault.example.net",
        "https://user:hunter2@vault.example.net",
        "https://vault.example.net/path",
        "https://vault.example.net?query",
        "https://vault.example.net#fragment",
        "https://vault.example.net\\@other",
        "https://vault example.net",
        "https://vault.example.net\n",
        "https://",
        "https://vault.example.net:",
        "https://vault.example.net:0",
        "https://vault.example.net:65536",
        "https://\N{FULLWIDTH DIGIT ONE}27.0.0.1",
    ],
)
def test_anything_else_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"^a URL") as caught:
        endpoint_of(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("host", ["vault.example.net", "10.0.0.1", "127.0.0.1.example.net", "[2001:db8::1]"])
def test_keys_leave_the_machine_only_over_tls(host: str) -> None:
    with pytest.raises(ValueError, match="an https:// URL"):
        endpoint_of(f"http://{host}:8200")


def test_connections_are_verified_and_their_keys_are_never_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    context = tls_context(None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert not context.keylog_filename


def test_a_file_without_certificates_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("none")
    with pytest.raises(OSError, match=r".*"):
        tls_context(path)
