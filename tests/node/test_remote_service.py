"""A gateway speaks TLS to the gRPC service, and each mistake is one line that names the option and the remedy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import certificates
import pytest
import trustme
from client.scripted import serve
from conftest import ORGANISATION
from gateway.running import listening
from grpc_health.v1.health_pb2 import HealthCheckResponse
from structlog.testing import capture_logs
from waiting import until

from strongroom import renewal
from strongroom_server.core.errors import OperatorError
from strongroom_server.gateway.app import operations_application
from strongroom_server.gateway.probes import NotReady
from strongroom_server.node.remote_service import Health, RemoteService
from strongroom_server.node.settings import Settings

if TYPE_CHECKING:
    from client.scripted import Scripted

CA, OTHER_CA = trustme.CA(), trustme.CA()
SERVER = CA.issue_cert("127.0.0.1")
CLIENT = CA.issue_cert("gateway.example")
READY = HealthCheckResponse(status=HealthCheckResponse.SERVING)
SETTINGS = Settings(0, 0, "127.0.0.1", Path(), None, None, ORGANISATION)
CLEAR_TEXT = (
    "keys and secrets would cross the network in clear text: pass --service-ca, or set STRONGROOM_INSECURE=1 if the network "
    "encrypts"
)
REFUSED = "it may refuse --service-cert, as expired, for another purpose or of an unknown CA"
INSECURE = Settings(0, 0, "127.0.0.1", Path(), None, None, ORGANISATION, insecure=True)


def wrong_options(directory: Path) -> dict[str, tuple[RemoteService, str]]:
    ca = certificates.write_ca(directory, CA)
    certificate, key = certificates.write_pair(directory, CLIENT)
    _, other_key = certificates.write_pair(directory, SERVER, "other")
    _, open_key = certificates.write_pair(directory, CLIENT, "open")
    open_key.chmod(0o644)
    nothing = directory / "nothing"
    return {
        "plaintext": (
            RemoteService("vault.internal:50051"),
            f"--service is vault.internal:50051, to which {CLEAR_TEXT}",
        ),
        "key alone": (
            RemoteService("[::1]:1", ca, None, key),
            "--service-cert and --service-key must be given together",
        ),
        "no CA": (
            RemoteService("localhost:1", None, certificate, key),
            "--service-cert needs --service-ca, because a connection without TLS has no certificate",
        ),
        "no file": (
            RemoteService("localhost:1", nothing),
            f"--service-ca: {nothing}: No such file or directory: correct the path, or let this user read the file",
        ),
        "readable key": (
            RemoteService("localhost:1", ca, certificate, open_key),
            f"--service-key: {open_key}: the key file has mode 0644: run chmod 0600 on it (0640 lets its group read it)",
        ),
        "key of another certificate": (
            RemoteService("localhost:1", ca, certificate, other_key),
            f"{other_key} is not the private key of the certificate in {certificate}",
        ),
    }


def test_each_wrong_option_is_one_line(tmp_path: Path) -> None:
    for name, (remote, message) in wrong_options(tmp_path).items():
        with pytest.raises(OperatorError) as caught:
            remote.require_valid(SETTINGS)
        assert str(caught.value) == message, name


@pytest.mark.parametrize("target", ["127.0.0.1:1", "127.8.8.8:1", "[::1]:1", "localhost:1", "dns:///localhost:1"])
def test_plaintext_to_this_machine_needs_no_consent(target: str) -> None:
    RemoteService(target).require_valid(SETTINGS)


def test_plaintext_to_another_machine_needs_consent() -> None:
    RemoteService("vault.internal:50051").require_valid(INSECURE)


def remote_of(
    server: Scripted, directory: Path, ca: trustme.CA | None, client: trustme.LeafCert | None
) -> RemoteService:
    files = (None, None) if client is None else certificates.write_pair(directory, client)
    return RemoteService(server.target, certificates.write_ca(directory, ca) if ca else None, *files)


MISTAKES = {
    "no TLS": (
        None, CA, None, "the server does not speak TLS: set STRONGROOM_TLS for it, or leave out --service-ca"
    ),
    "TLS": (SERVER, None, None, "the server closed the new connection: if it speaks TLS, pass --service-ca"),
    "unknown CA": (
        SERVER, OTHER_CA, None, "the server's certificate is not trusted: pass its CA as --service-ca"
    ),
    "another name": (
        CA.issue_cert("vault.internal"),
        CA,
        None,
        "the server's certificate is for another name: use one of its names to connect, or issue it for the name that you use",
    ),
    "expired": (certificates.expired(CA, "127.0.0.1"), CA, None, "the server's certificate has expired: renew it"),
    "missing": (
        SERVER,
        CA,
        None,
        "the server closed the new connection: if it requires a client certificate, pass --service-cert and --service-key",
    ),
    "refused": (
        SERVER,
        CA,
        OTHER_CA.issue_cert("gateway.example"),
        f"the server closed the new connection: {REFUSED}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_gateway_that_cannot_connect_is_not_ready_and_says_why_once(mistake: str, tmp_path: Path) -> None:
    tls, ca, client, problem = MISTAKES[mistake]
    client_ca = CA if mistake in ("missing", "refused") else None
    async with serve(READY, tls=tls, client_ca=client_ca) as server:
        remote = remote_of(server, tmp_path, ca, client)
        remote.require_valid(SETTINGS)
        async with remote.open_channel() as channel:
            health = Health(channel, remote.remedies)
            with capture_logs() as logs:
                for _ in range(2):
                    with pytest.raises(NotReady) as caught:
                        await health.is_ready()
                    assert str(caught.value) == problem
    assert [line["problem"] for line in logs] == [problem]
    assert server.calls == []


async def test_readyz_says_why_a_gateway_is_not_ready(tmp_path: Path) -> None:
    async with serve(READY, tls=SERVER, client_ca=CA) as server:
        remote = remote_of(server, tmp_path, CA, None)
        async with (
            remote.open_channel() as channel,
            listening(operations_application(Health(channel, remote.remedies).is_ready)) as http,
        ):
            answer = await http.get("/readyz")
    assert (answer.status_code, answer.text) == (503, f"not ready: {MISTAKES['missing'][3]}")


async def test_the_certificate_for_the_service_is_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "CHECK_SECONDS", 0.0)
    renewed = CA.issue_cert("gateway.example")
    async with serve(READY, tls=SERVER, client_ca=CA) as server:
        remote = remote_of(server, tmp_path, CA, CLIENT)
        async with remote.open_channel() as channel:
            health = Health(channel, remote.remedies)
            assert await health.is_ready()
            with capture_logs() as logs:
                (tmp_path / "client.key").write_text("hunter2")
                assert await health.is_ready()
                assert await health.is_ready()
            certificates.write_pair(tmp_path, renewed)
            await until(health.is_ready)
    key = tmp_path / "client.key"
    assert [line["problem"] for line in logs] == [f"{key} must contain a private key in PEM"]
    seen = [call.certificate for call in server.calls]
    assert seen == [leaf.cert_chain_pems[0].bytes() for leaf in (CLIENT, CLIENT, CLIENT, renewed)]


async def test_a_service_that_starts_later_is_no_mistake(tmp_path: Path) -> None:
    async with serve(READY, tls=SERVER) as server:
        pass
    remote = remote_of(server, tmp_path, CA, None)
    async with remote.open_channel() as channel:
        health = Health(channel, remote.remedies)
        assert not await health.is_ready()
        async with serve(READY, tls=SERVER, address=server.target):
            await until(health.is_ready)
