"""The client uses TLS unless plaintext is set."""

from __future__ import annotations

import asyncio
import socket
import sys

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


async def test_an_untrusted_certificate_is_refused_before_anything_is_sent() -> None:
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


PROGRAM = """
import asyncio, sys, strongroom
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest

async def main(target, timeout_seconds):
    async with strongroom.Client(target, "sr_test_hunter2", timeout_seconds=timeout_seconds) as client:
        try:
            await client.get_team(1)
        except strongroom.StrongroomError as error:
            print(error.message)
        try:
            async for _ in client.import_credentials([CreateCredentialRequest()]):
                pass
        except strongroom.StrongroomError as error:
            print(error.message)

asyncio.run(main(sys.argv[1], float(sys.argv[2])))
"""


@pytest.mark.parametrize("timeout_seconds", ["2", "10"])
async def test_without_plaintext_each_call_prints_one_line_with_the_remedy(timeout_seconds: str) -> None:
    async with serve(Team(id=1)) as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, server.target, timeout_seconds, env={},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
    remedy = "for a server without TLS pass plaintext=True"
    assert said.decode() == f"the server does not speak TLS: {remedy}\n" * 2
    assert server.calls == []


@pytest.mark.parametrize("timeout_seconds", [2.0, 10.0])
async def test_the_error_of_an_untrusted_certificate_is_the_remedy(timeout_seconds: float) -> None:
    async with (
        serve(Team(id=1), tls=(PRIVATE_KEY, CERTIFICATE)) as server,
        strongroom.Client(server.target, API_KEY, timeout_seconds=timeout_seconds) as client,
    ):
        with pytest.raises((strongroom.UnavailableError, strongroom.DeadlineExceededError)) as caught:
            await client.get_team(1)
    remedy = "pass its root as root_certificates"
    assert caught.value.message == f"the server's certificate is not trusted: {remedy}"


async def test_the_error_of_a_refused_connection_names_the_cause() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{unheard.getsockname()[1]}"
        async with strongroom.Client(target, API_KEY, plaintext=True, timeout_seconds=1) as client:
            with pytest.raises(strongroom.UnavailableError, match=f"^UNAVAILABLE: .*{target}.*refused"):
                await client.get_team(1)


@pytest.mark.parametrize("target", ["", "http://127.0.0.1:50051", "https://vault.example"])
async def test_a_target_that_is_a_url_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match=r"^target must be host:port, such as vault\.example:443, without http://$"):
        strongroom.Client(target, API_KEY)
