"""How the settings STRONGROOM_EGRESS_… are read, and how a value that breaks a rule is reported."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import pytest
import trustme

from strongroom_server.egress.client import Client
from strongroom_server.egress.endpoints import Destination, Endpoint
from strongroom_server.egress.policy import Policy
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.egress.tls import tls_context
from strongroom_server.node.egress import egress_client, recipe_authorities
from strongroom_server.node.settings import SettingsError, from_environment

if TYPE_CHECKING:
    from pathlib import Path


def test_the_settings_are_read() -> None:
    settings = from_environment(
        {
            "STRONGROOM_EGRESS_ALLOW": "10.20.0.0/16, fd12::/16,10.1.2.3",
            "STRONGROOM_EGRESS_DENY": "8.8.8.0/24,",
            "STRONGROOM_EGRESS_PORTS": "443, 8443",
            "STRONGROOM_EGRESS_HTTP_HOSTS": "Legacy.example.com,old.example.com:8080,b\u00fccher.example.com,[2606:4700::1]:81",
            "STRONGROOM_EGRESS_ENDPOINTS": "https://issuer.internal:8443,http://localhost:8080/",
        }
    )
    assert settings.egress_allow == tuple(map(ipaddress.ip_network, ("10.20.0.0/16", "fd12::/16", "10.1.2.3/32")))
    assert settings.egress_deny == (ipaddress.ip_network("8.8.8.0/24"),)
    assert settings.egress_ports == {443, 8443}
    assert settings.egress_http_hosts == {
        ("legacy.example.com", 80),
        ("old.example.com", 8080),
        ("xn--bcher-kva.example.com", 80),
        ("2606:4700::1", 81),
    }
    assert settings.egress_endpoints == {
        Endpoint("https", "issuer.internal", 8443),
        Endpoint("http", "localhost", 8080),
    }
    assert egress_client(settings) is egress_client(settings)


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("ALLOW", "10.0.0.1/8", "networks without host bits: write 10.0.0.0/8 for 10.0.0.1/8"),
        ("ALLOW", "internal", "networks, separated by commas, such as 10.20.0.0/16: 'internal' is none"),
        ("ALLOW", "10.0.0.0/33", "networks, .* is none"),
        ("DENY", "10.1", "networks, .* is none"),
        ("DENY", "10.0.0.0/8 fd00::/8", "networks, .* is none"),
        ("DENY", "::ffff:8.8.8.0/120", "networks in their own form: write 8.8.8.0/24 for ::ffff:8.8.8.0/120"),
        ("ALLOW", "::ffff:10.1.2.3", "networks in their own form: write 10.1.2.3/32 for ::ffff:10.1.2.3"),
        ("ALLOW", "fe80::%eth0/64", "networks without a zone, not fe80::%eth0/64"),
        ("PORTS", "0", "ports from 1 to 65535"),
        ("PORTS", "443,65536", "ports from 1 to 65535"),
        ("PORTS", "4430000000", "ports from 1 to 65535"),
        ("PORTS", "0000099999", "ports from 1 to 65535"),
        ("PORTS", "0" * 5000 + "1", "ports from 1 to 65535"),
        ("PORTS", "https", "ports from 1 to 65535"),
        ("PORTS", ",", "ports from 1 to 65535"),
        ("PORTS", "\u0664\u0664\u0663", "ports from 1 to 65535"),
        ("HTTP_HOSTS", "http://legacy.example.com", "hosts, separated by commas, each with at most a port"),
        ("HTTP_HOSTS", "legacy.example.com:0", "hosts, separated by commas"),
        ("HTTP_HOSTS", "127.1", "hosts, separated by commas"),
        ("HTTP_HOSTS", "*.example.com", "hosts, separated by commas"),
        (
            "HTTP_HOSTS",
            "10.0.0.1,legacy.internal",
            "hosts of public domains, or addresses: legacy.internal has a name that is",
        ),
        ("HTTP_HOSTS", "legacy:8080", "hosts of public domains, or addresses: legacy has a name that is"),
        ("ENDPOINTS", "issuer.internal", "URLs separated by commas, and each a URL of a scheme, a host"),
        ("ENDPOINTS", "http://issuer.internal", "URLs separated by commas, and each an https:// URL"),
        ("ENDPOINTS", "https://issuer.internal/keys", "URLs separated by commas, and each a URL of a scheme, a host"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_rule(name: str, value: str, rule: str) -> None:
    with pytest.raises(SettingsError, match=f"^STRONGROOM_EGRESS_{name} must be {rule}"):
        from_environment({f"STRONGROOM_EGRESS_{name}": value})


def test_a_file_without_certificates_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("none")
    with pytest.raises(SettingsError) as caught:
        egress_client(from_environment({"STRONGROOM_EGRESS_CA": str(path)}))
    assert str(caught.value) == f"STRONGROOM_EGRESS_CA: {path}: no PEM certificates"


def test_the_cas_of_recipes_are_read_by_their_names(tmp_path: Path) -> None:
    assert recipe_authorities(from_environment({})) == {}
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    settings = from_environment({"STRONGROOM_RECIPE_CAS": f"internal={path}, Other CA = {path} ,"})
    authorities = recipe_authorities(settings)
    assert list(authorities) == ["internal", "Other CA"]
    assert recipe_authorities(settings) is authorities
    for context in authorities.values():
        assert context.cert_store_stats()["x509_ca"] == 1
        assert context.check_hostname


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (
            "internal",
            " must be names with files, separated by commas, such as internal=/etc/ssl/internal.pem: internal is none",
        ),
        ("internal=", " must be names with files, .*: internal= is none"),
        ("=/ca.pem", " must be names with files, .*: =/ca.pem is none"),
        ("a=/ca.pem,b=/ca.pem,a=/other.pem", " must be names with files, each name once: a is there twice"),
        ("a=/nowhere/ca.pem", ": /nowhere/ca.pem: No such file or directory"),
        ("a=/dev/null", ": /dev/null: no PEM certificates"),
    ],
)
def test_a_bad_ca_of_recipes_is_refused_by_name_and_rule(value: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=f"^STRONGROOM_RECIPE_CAS{problem}$"):
        recipe_authorities(from_environment({"STRONGROOM_RECIPE_CAS": value}))


def test_the_domains_of_invokers_are_read() -> None:
    assert from_environment({"STRONGROOM_INVOKER_DOMAINS": "example.com"}).invoker_domains == ("example.com",)
    with pytest.raises(SettingsError, match=r"^STRONGROOM_INVOKER_DOMAINS must be domains .*: co\.uk is none$"):
        from_environment({"STRONGROOM_INVOKER_DOMAINS": "example.com,co.uk"})


CLIENT = Client(
    Policy(ports=frozenset({8443}), http_hosts=frozenset({("legacy.good.com", 80), ("old.good.com", 8080)})),
    tls_context(None),
)


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("https://good.com:8443/", None),
        ("https://good.com/", "port"),
        ("http://legacy.good.com/", None),
        ("http://LEGACY.good.com.:80/", None),
        ("http://legacy.good.com:8080/", "scheme"),
        ("http://old.good.com:8080/", None),
        ("http://old.good.com/", "scheme"),
        ("http://a.legacy.good.com/", "scheme"),
        ("http://good.com:8443/", "scheme"),
    ],
)
def test_ports_and_plain_http_are_allowed_as_the_settings_say(url: str, cause: str | None) -> None:
    if cause is None:
        to, _ = CLIENT.destination_of(url)
        assert isinstance(to, Destination)
        return
    with pytest.raises(EgressRefused) as refused:
        CLIENT.destination_of(url)
    assert refused.value.cause == cause
