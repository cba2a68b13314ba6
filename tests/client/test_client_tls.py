"""TLS is what a client speaks unless plaintext is asked for."""

from __future__ import annotations

import pytest
from client.scripted import API_KEY, serve

import strongroom
from strongroom.v1.organisation_service_pb2 import Team

# A self-signed certificate for localhost and 127.0.0.1, for these tests alone, valid for a hundred years:
# openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost
#   -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext extendedKeyUsage=serverAuth
PRIVATE_KEY = b"""\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXI9feyAjmmlTXNU5
7Dhx174xZViVgSDnZ/EywVoUSNKhRANCAASrJxoC3R8YSi16NWfOAdra2ODRZVtS
mMv9ZdtRtG9LqdYlf1hK+FMpiHDAwNOogXg02DbJSg2qg7H1CsPx8B4T
-----END PRIVATE KEY-----
"""
CERTIFICATE = b"""\
-----BEGIN CERTIFICATE-----
MIIBsjCCAVigAwIBAgIUKrANxXaXoD14oehoBPjQkYswrwkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDAwMTQzMVoYDzIxMjYxMDMx
MDAxNDMxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASrJxoC3R8YSi16NWfOAdra2ODRZVtSmMv9ZdtRtG9LqdYlf1hK+FMp
iHDAwNOogXg02DbJSg2qg7H1CsPx8B4To4GFMIGCMB0GA1UdDgQWBBTFkQmZvqOW
yw4QUVVFbjJl5pUinzAfBgNVHSMEGDAWgBTFkQmZvqOWyw4QUVVFbjJl5pUinzAP
BgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATATBgNV
HSUEDDAKBggrBgEFBQcDATAKBggqhkjOPQQDAgNIADBFAiAMlsfcgG1+TG+Se3v/
SiDWhgmbOTadIYQVVyezzA3xUwIhAPjj1gpkHoDuqnH/tY68ERSAZePihzapAHPd
VKpRr1TP
-----END CERTIFICATE-----
"""


async def test_a_client_given_the_root_certificate_calls_over_tls() -> None:
    async with (
        serve(Team(id=1), tls=(PRIVATE_KEY, CERTIFICATE)) as server,
        strongroom.Client(server.target, API_KEY, root_certificates=CERTIFICATE) as client,
    ):
        assert (await client.get_team(1)).id == 1
    assert server.calls[0].metadata["authorization"] == f"Bearer {API_KEY}"


async def test_a_certificate_that_no_known_root_signed_is_refused_and_nothing_sent() -> None:
    async with (
        serve(Team(id=1), tls=(PRIVATE_KEY, CERTIFICATE)) as server,
        strongroom.Client(server.target, API_KEY, timeout_seconds=2) as client,
    ):
        with pytest.raises(strongroom.UnavailableError):
            await client.delete_team(1)
    assert server.calls == []


async def test_a_client_does_not_fall_back_to_plaintext() -> None:
    async with (
        serve(Team(id=1)) as server,
        strongroom.Client(server.target, API_KEY, root_certificates=CERTIFICATE, timeout_seconds=2) as client,
    ):
        with pytest.raises(strongroom.UnavailableError):
            await client.delete_team(1)
    assert server.calls == []


async def test_certificates_with_plaintext_are_refused() -> None:
    with pytest.raises(ValueError, match="plaintext"):
        strongroom.Client("127.0.0.1:1", API_KEY, plaintext=True, root_certificates=CERTIFICATE)
