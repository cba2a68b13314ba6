"""The client authenticates by an API key, a workload's token or a certificate, and takes changed files without failing a call."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import certificates
import pytest
from client.scripted import API_KEY, HANG, serve
from client.test_client_tls import CA, OTHER_CA, ROOT, SERVER, with_certificate
from waiting import until

import strongroom
from strongroom import renewal
from strongroom.v1.organisation_service_pb2 import Team

if TYPE_CHECKING:
    from pathlib import Path

    import trustme

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJiaWxsaW5nIn0.c2lnbmF0dXJl"
BILLING = CA.issue_cert("billing.example")


async def test_a_certificate_alone_authenticates(tmp_path: Path) -> None:
    async with (
        serve(Team(id=1), tls=SERVER, client_ca=CA) as server,
        with_certificate(server, tmp_path, BILLING, api_key=None) as client,
    ):
        await client.get_team(1)
    assert "authorization" not in server.calls[0].metadata
    assert server.calls[0].certificate == BILLING.cert_chain_pems[0].bytes()


async def test_a_certificate_may_come_with_a_key(tmp_path: Path) -> None:
    async with (
        serve(Team(id=1), tls=SERVER, client_ca=CA) as server,
        with_certificate(server, tmp_path, BILLING) as client,
    ):
        await client.get_team(1)
    assert server.calls[0].metadata["authorization"] == f"Bearer {API_KEY}"
    assert server.calls[0].certificate == BILLING.cert_chain_pems[0].bytes()


async def test_a_token_is_read_again_for_each_call(tmp_path: Path) -> None:
    projected = tmp_path / "token"
    async with (
        serve(Team(id=1)) as server,
        strongroom.Client(server.target, token=projected.read_text, plaintext=True) as client,
    ):
        for token in (TOKEN, f"{TOKEN}2"):
            projected.write_text(f"{token}\n")
            await client.get_team(1)
        projected.write_text("two words\n")
        with pytest.raises(ValueError, match=r"^token must be printable ASCII without spaces$"):
            await client.get_team(1)
        projected.unlink()
        with pytest.raises(FileNotFoundError):
            await client.get_team(1)
    assert [call.metadata["authorization"] for call in server.calls] == [f"Bearer {TOKEN}", f"Bearer {TOKEN}2"]


async def test_neither_key_nor_token_is_in_the_clients_repr(tmp_path: Path) -> None:
    chain_file, key_file = certificates.write_pair(tmp_path, BILLING)
    client = strongroom.Client("vault.example:443", token=TOKEN, certificate_file=chain_file, key_file=key_file)
    assert repr(client) == "<strongroom.Client vault.example:443>"
    await client.close()


def wrong_arguments(directory: Path) -> dict[str, tuple[dict[str, object], str]]:
    chain_file, key_file = certificates.write_pair(directory, BILLING)
    _, other_key_file = certificates.write_pair(directory, SERVER, "other")
    nothing = directory / "nothing"
    empty = directory / "empty"
    empty.touch()
    encrypted = directory / "encrypted"
    encrypted.write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    broken = directory / "broken"
    broken.write_text("-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nhunter2\n")
    key: dict[str, object] = {"api_key": API_KEY}
    pair = key | {"certificate_file": chain_file, "key_file": key_file}
    return {
        "nothing to authenticate with": ({}, "pass api_key, token, or certificate_file and key_file"),
        "key and token": (key | {"token": TOKEN}, "pass api_key or token, not both"),
        "empty token": ({"token": ""}, "token must be printable ASCII without spaces"),
        "certificate without key": (
            key | {"certificate_file": chain_file},
            "certificate_file and key_file must be given together",
        ),
        "plaintext": (
            key | {"plaintext": True, "root_certificates": ROOT},
            "root_certificates, certificate_file and key_file cannot be used with plaintext",
        ),
        "plaintext with a certificate": (
            pair | {"plaintext": True},
            "root_certificates, certificate_file and key_file cannot be used with plaintext",
        ),
        "no file": (pair | {"key_file": nothing}, f"{nothing}: No such file or directory"),
        "directory": (pair | {"certificate_file": directory}, f"{directory}: Is a directory"),
        "files exchanged": (
            pair | {"certificate_file": key_file, "key_file": chain_file},
            f"{key_file} must contain a certificate in PEM",
        ),
        "no key": (pair | {"key_file": chain_file}, f"{chain_file} must contain a private key in PEM"),
        "key of another certificate": (
            pair | {"key_file": other_key_file},
            f"{other_key_file} is not the private key of the certificate in {chain_file}",
        ),
        "encrypted key": (
            pair | {"key_file": encrypted},
            f"{encrypted} must contain a private key that is not encrypted",
        ),
        "broken": (
            pair | {"certificate_file": broken},
            f"{broken} and {key_file} cannot be parsed as a certificate and its private key",
        ),
        "empty roots": (key | {"root_certificates": empty}, f"{empty} must contain certificates in PEM"),
        "broken roots": (key | {"root_certificates": broken}, f"{broken} must contain certificates in PEM"),
        "roots as bytes": (
            key | {"root_certificates": b"junk"},
            "root_certificates must contain certificates in PEM",
        ),
    }


async def test_each_wrong_argument_is_one_line(tmp_path: Path) -> None:
    for name, (arguments, message) in wrong_arguments(tmp_path).items():
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - compared below
            strongroom.Client("vault.example:443", **arguments)  # type: ignore[arg-type] # wrong on purpose
        assert str(caught.value) == message, name


async def test_certificates_change_under_load_and_no_call_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(renewal, "CHECK_SECONDS", 0.0)
    old, new = CA.issue_cert("billing.example"), CA.issue_cert("billing.example")
    async with (
        serve(Team(id=1), tls=SERVER, client_ca=CA) as server,
        with_certificate(server, tmp_path, old) as client,
    ):

        async def call(until_certificate: trustme.LeafCert) -> None:
            while not (server.calls and server.calls[-1].certificate == until_certificate.cert_chain_pems[0].bytes()):
                await client.get_team(1)

        await call(old)
        load = [asyncio.create_task(call(new)) for _ in range(8)]
        with caplog.at_level(logging.WARNING, "strongroom"):
            # The key comes first, so there is a time in which it does not fit.
            (tmp_path / "client.key").write_bytes(new.private_key_pem.bytes())
            await until(lambda: caplog.records)
        (tmp_path / "client.crt").write_bytes(new.cert_chain_pems[0].bytes())
        await asyncio.gather(*load)
        problem = f"{tmp_path}/client.key is not the private key of the certificate in {tmp_path}/client.crt"
        assert [each.getMessage() for each in caplog.records] == [f"changed certificate files are not used: {problem}"]


async def test_a_call_in_flight_stays_on_the_old_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "CHECK_SECONDS", 0.0)
    root_file = certificates.write_ca(tmp_path, CA)
    async with (
        serve(HANG, Team(id=2), tls=SERVER) as server,
        strongroom.Client(server.target, API_KEY, root_certificates=root_file) as client,
    ):
        waiting = asyncio.create_task(client.get_team(1))
        await server.arrived.wait()
        certificates.write_ca(tmp_path, OTHER_CA)
        with pytest.raises(strongroom.UnavailableError, match="is not trusted"):
            await client.get_team(2)
        certificates.write_ca(tmp_path, CA, OTHER_CA)
        assert (await client.get_team(2)).id == 2
        assert not waiting.done()
        await client.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await server.cancelled.wait()
