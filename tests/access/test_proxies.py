"""What proxies may say of the clients whose requests they pass on."""

from __future__ import annotations

import base64
import ssl
from typing import TYPE_CHECKING

import pytest

from strongroom_server.access.caller import Presented
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.access.proxies import certificate_of, header_of, origin, trusted_proxies_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROXY, DER = b"the certificate of the proxy", b"the certificate of the client"
CLIENT = ssl.DER_cert_to_PEM_cert(DER).encode()
NAMES = {PROXY: ("gateway.example.org",), CLIENT: ("spiffe://example.org/billing",)}
FORWARDED = ":" + base64.b64encode(DER).decode() + ":"
TRUSTED = "10.0.0.0/8, gateway.example.org"


def seen(
    headers: Mapping[str, Sequence[str]],
    *,
    trusted: str = TRUSTED,
    peer: str = "10.1.2.3",
    certificate: bytes = PROXY,
    authorization: Sequence[str] = ("Bearer x",),
) -> tuple[str, bytes]:
    """The address and the certificate that count."""
    presented = Presented(authorization, peer, certificate)
    found = origin(presented, trusted_proxies_of(trusted), lambda each: NAMES[each], lambda name: headers.get(name, ()))
    assert found.authorization == authorization
    return found.peer, found.certificate


def test_a_trusted_proxy_says_whose_request_it_passes_on() -> None:
    assert seen({"x-forwarded-for": ["192.0.2.7"], "client-cert": [FORWARDED]}) == ("192.0.2.7", CLIENT)


def test_the_certificate_of_a_trusted_proxy_never_stands_for_the_caller() -> None:
    assert seen({}) == ("10.1.2.3", b"")


@pytest.mark.parametrize(
    ("trusted", "peer", "certificate"),
    [
        pytest.param(TRUSTED, "10.1.2.3", b"", id="no certificate"),
        pytest.param(TRUSTED, "10.1.2.3", CLIENT, id="the certificate of somebody else"),
        pytest.param(TRUSTED, "192.0.2.1", PROXY, id="another address"),
        pytest.param("10.0.0.0/8", "10.1.2.3", PROXY, id="no trusted names"),
        pytest.param("", "10.1.2.3", PROXY, id="no trusted proxies"),
        pytest.param("10.0.0.0/8, example.org", "10.1.2.3", PROXY, id="a parent of the name"),
    ],
)
def test_headers_of_others_mean_nothing(trusted: str, peer: str, certificate: bytes) -> None:
    headers = {"x-forwarded-for": ["192.0.2.7"], "client-cert": [FORWARDED]}
    assert seen(headers, trusted=trusted, peer=peer, certificate=certificate) == (peer, certificate)


def test_the_identity_of_a_proxy_that_nobody_trusts_does_not_stand_for_a_stranger() -> None:
    with pytest.raises(AuthenticationFailed, match="IDENTITY_UNKNOWN"):
        seen({"client-cert": [FORWARDED]}, trusted="10.0.0.0/8", authorization=())
    assert seen({}, trusted="10.0.0.0/8", authorization=()) == ("10.1.2.3", PROXY)


def test_the_identity_of_a_proxy_at_another_address_does_not_stand_for_a_stranger() -> None:
    assert seen({}, peer="192.0.2.1", authorization=()) == ("192.0.2.1", b"")


def test_a_certificate_reads_the_same_after_the_header() -> None:
    assert certificate_of(header_of(CLIENT.decode())) == CLIENT


@pytest.mark.parametrize(
    ("hops", "address"),
    [
        (["192.0.2.7"], "192.0.2.7"),
        (["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
        (["198.51.100.1", "192.0.2.7"], "192.0.2.7"),
        (["198.51.100.1, 192.0.2.7, 10.9.9.9"], "192.0.2.7"),
        (["2001:db8::7"], "2001:db8::7"),
        (["10.9.9.9"], "10.1.2.3"),
        (["anything, 192.0.2.7"], "192.0.2.7"),
    ],
)
def test_the_last_address_that_is_no_proxy_counts(hops: list[str], address: str) -> None:
    assert seen({"x-forwarded-for": hops})[0] == address


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": ["unknown"]},
        {"x-forwarded-for": ["192.0.2.7:4711"]},
        {"client-cert": [FORWARDED, FORWARDED]},
        {"client-cert": [base64.b64encode(DER).decode()]},
        {"client-cert": [":"]},
        {"client-cert": [":not base64:"]},
        {"client-cert": [":" + "A" * 20_000 + ":"]},
    ],
)
def test_a_header_of_a_trusted_proxy_that_cannot_be_read_is_refused(headers: dict[str, list[str]]) -> None:
    with pytest.raises(AuthenticationFailed, match="IDENTITY_UNKNOWN"):
        seen(headers)


@pytest.mark.parametrize(
    "text", ["*", "10.0.0.1/8", "gateway", "a b.example.org", "spiffe://", "https://x.example", "Gateway.example.org"]
)
def test_a_setting_that_names_no_proxy_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="addresses, networks"):
        trusted_proxies_of(text)
