"""Certificates change while a node serves: new connections get the new ones, and no call fails."""

from __future__ import annotations

import asyncio
import os
import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import trustme
from node.tls_node import TlsNode, open_tls_node
from node.tls_samples import NAMES, chain_of, expired, replace, serial_of
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from waiting import until

from strongroom_server.node.tls import files, tls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from conftest import Deployment


@pytest.fixture(scope="module")
async def shared_node(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TlsNode]:
    async with open_tls_node(deployment, tmp_path_factory.mktemp("tls")) as node:
        yield node


@pytest.fixture
async def node(shared_node: TlsNode) -> TlsNode:
    await shared_node.reset()
    return shared_node


async def served(node: TlsNode, port: int) -> int:
    """The serial number of the certificate that a new connection gets."""
    negotiated = await node.handshake(port, node.context(node.client))
    certificate = negotiated.getpeercert(binary_form=True)
    assert certificate is not None
    return serial_of(ssl.DER_cert_to_PEM_cert(certificate).encode())


async def assert_served(node: TlsNode, leaf: trustme.LeafCert) -> None:
    for port in (node.grpc_port, node.mtls, node.only_mtls, node.http):
        assert await served(node, port) == serial_of(chain_of(leaf))


def metric(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"strongroom_tls_{name}", labels)


async def test_no_call_fails_while_certificates_are_rotated(node: TlsNode) -> None:
    failures: list[str] = []
    counts = [0, 0, 0, 0]
    over = asyncio.Event()
    client = node.client

    async def kept_calls() -> None:
        async with node.channel(node.mtls, client) as channel:
            while not over.is_set():
                failures.extend({await node.call(channel)} - {"OK"})
                counts[0] += 1

    async def new_calls() -> None:
        while not over.is_set():
            failures.extend({await node.call_once(node.mtls, client)} - {"OK"})
            counts[1] += 1

    async def kept_requests() -> None:
        async with node.http_client(client) as http:
            while not over.is_set():
                failures.extend({(await http.get("/livez")).text} - {"alive"})
                counts[2] += 1

    async def new_requests() -> None:
        while not over.is_set():
            failures.extend({(await node.get(client)).text} - {"alive"})
            counts[3] += 1

    async def rotations() -> None:
        try:
            number = 0
            # Each kind of call is made as often as certificates are rotated, at least.
            while number < 12 or min(counts) < 12:
                number += 1
                leaf = node.authority.issue_cert(*NAMES)
                node.files.put_certificate(leaf)
                # A node that looks now finds a key that does not belong to the certificate.
                await node.tls.reload()
                node.files.put_key(leaf)
                node.files.put_client_ca(*[node.client_authority, trustme.CA()][: 1 + number % 2])
                await node.tls.reload()
                await assert_served(node, leaf)
        finally:
            over.set()

    async with asyncio.TaskGroup() as tasks:
        for work in (kept_calls, new_calls, kept_requests, new_requests, rotations):
            tasks.create_task(work())
    assert failures == []


@pytest.mark.parametrize("kept", ["grpc", "http"])
async def test_a_kept_connection_outlives_the_client_ca_that_it_was_made_under(node: TlsNode, kept: str) -> None:
    old, new = node.client, trustme.CA()
    async with node.channel(node.mtls, old) as channel, node.http_client(old) as http:
        assert await node.call(channel) == "OK"
        assert (await http.get("/livez")).status_code == 200
        node.files.put_client_ca(new)
        await node.tls.reload()
        if kept == "grpc":
            assert await node.call(channel) == "OK"
            assert "failed to connect" in await node.call_once(node.mtls, old)
            assert await node.call_once(node.mtls, new.issue_cert("client.example")) == "OK"
        else:
            assert (await http.get("/livez")).status_code == 200
            with pytest.raises(ssl.SSLError, match="UNKNOWN_CA"):
                await node.get(old)
            assert (await node.get(new.issue_cert("client.example"))).status_code == 200


SPOILED: dict[str, tuple[Callable[[TlsNode], None], str]] = {
    "the certificate is missing": (lambda node: node.files.certificate.unlink(), "No such file"),
    "the certificate is damaged": (lambda node: replace(node.files.certificate, b"x"), "there is no certificate"),
    "the key is another": (lambda node: node.files.put_key(node.client), "does not belong to the first certificate"),
    "others can read the key": (lambda node: node.files.key.chmod(0o644), "mode 0644"),
    "the new certificate has expired": (
        lambda node: node.files.put_pair(expired(node.authority, *NAMES)),
        "expired at",
    ),
    "the client CA is damaged": (lambda node: replace(node.files.client_ca, b"x"), "there is no certificate"),
}


@pytest.mark.parametrize("case", SPOILED)
async def test_files_that_cannot_be_used_leave_the_earlier_ones_in_use(node: TlsNode, case: str) -> None:
    before = node.authority.issue_cert(*NAMES)
    node.files.put_pair(before)
    await node.tls.reload()
    spoil, problem = SPOILED[case]
    spoil(node)
    with capture_logs() as lines:
        for _ in range(3):
            await node.tls.reload()

    # Other nodes of this process log too.
    told = [line for line in lines if line["event"].startswith("TLS files")]
    assert [line["log_level"] for line in told] == ["error"]
    assert problem in told[0]["problem"]
    await assert_served(node, before)
    assert await node.call_once(node.mtls, node.client) == "OK"
    assert metric("reload_failing") == 1
    await node.reset()
    assert metric("reload_failing") == 0


async def test_a_certificate_that_expires_while_it_is_served_is_reported(
    node: TlsNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The node has loaded it before it expired.
    with monkeypatch.context() as patched:
        patched.setattr(files, "_require_valid_now", lambda *_: None)
        node.files.put_pair(expired(node.authority, *NAMES))
        await node.tls.reload()
    with capture_logs() as lines:
        await node.tls.reload()
        await node.tls.reload()
    told = [line["problem"] for line in lines if line["event"] == "TLS files not usable"]
    assert told in ([], ["the certificate in use has expired: renew it"])
    assert metric("reload_failing") == 1


async def test_the_metrics_say_when_certificates_expire(node: TlsNode) -> None:
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    node.files.put_pair(node.authority.issue_cert(*NAMES, not_after=soon))
    await node.tls.reload()
    assert metric("certificate_expiry_timestamp_seconds", certificate="server") == soon.timestamp()
    client_ca = metric("certificate_expiry_timestamp_seconds", certificate="client_ca")
    assert client_ca is not None
    assert client_ca > soon.timestamp()


async def test_a_symbolic_link_that_is_swapped_is_noticed_though_times_are_equal(node: TlsNode) -> None:
    """As Kubernetes changes the files of a secret: it replaces a link to a directory."""
    root = node.files.directory
    leaves = [node.authority.issue_cert(*NAMES) for _ in range(2)]
    for number, leaf in enumerate(leaves):
        directory = root / f"..{number}"
        directory.mkdir()
        replace(directory / "server.pem", chain_of(leaf))
        replace(directory / "server.key", leaf.private_key_pem.bytes(), 0o640)
        for path in directory.iterdir():
            os.utime(path, (1, 1))
    (root / "..data").symlink_to("..0")
    for path in (node.files.certificate, node.files.key):
        path.unlink()
        path.symlink_to(f"..data/{path.name}")
    await node.tls.reload()
    await assert_served(node, leaves[0])

    (root / "..new").symlink_to("..1")
    (root / "..new").replace(root / "..data")
    await node.tls.reload()
    await assert_served(node, leaves[1])


async def test_files_are_read_again_without_being_asked(node: TlsNode, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tls.INTERVAL_SECONDS == 5
    monkeypatch.setattr(tls, "INTERVAL_SECONDS", 0.01)
    reloading = asyncio.create_task(node.tls.reload_forever())
    leaf = node.authority.issue_cert(*NAMES)
    node.files.put_pair(leaf)

    async def is_served() -> bool:
        return await served(node, node.http) == serial_of(chain_of(leaf))

    await until(is_served)
    reloading.cancel()
