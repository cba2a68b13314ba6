"""A real HAProxy in front of a node: one passes TLS through, as docs/how-to/proxies.md shows, and one has deploy/haproxy.cfg."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import re
import shutil
import ssl
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import grpc.aio
import httpx
import pytest
import trustme
from access.client_certificates import KEY_PEM, ClientCertificate, issued_to
from node.tls_node import OWN_CONNECTION
from node.tls_samples import NAMES, Files, chain_of
from organisations.binding import bound, mapped, trust_domain
from ports import free_port
from rpc.calls import read
from waiting import until

from strongroom.v1.identity_service_pb2 import GetCallerRequest
from strongroom.v1.identity_service_pb2_grpc import IdentityServiceStub
from strongroom.v1.organisation_service_pb2 import Scope
from strongroom_server.access.proxies import header_of, trusted_proxies_of
from strongroom_server.gateway.app import application
from strongroom_server.gateway.services import services
from strongroom_server.node.grpc_server import serve_grpc
from strongroom_server.node.http_server import serve_http
from strongroom_server.node.tls import open_tls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from conftest import Deployment

HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "proxies.md"
CONFIGURATION = PAGE.parents[2] / "deploy" / "haproxy.cfg"
NAME = "haproxy.example.org"
# From here the proxy connects to the node. Its clients are at 127.0.0.1.
PROXY = "127.0.0.2"

pytestmark = pytest.mark.skipif(HAPROXY is None, reason="haproxy is not installed: apt-get install haproxy")


@dataclasses.dataclass(frozen=True)
class Front:
    """The ports of a proxy, and how its clients call through it."""

    authority: trustme.CA
    grpc_port: int
    http_port: int

    async def caller(self, certificate: ClientCertificate | None, *headers: tuple[str, str]) -> str:
        """The id of the caller over gRPC, or the reason of the refusal."""
        pair = (KEY_PEM, certificate.pem) if certificate else (None, None)
        credentials = grpc.ssl_channel_credentials(self.authority.cert_pem.bytes(), *pair)
        target = f"localhost:{self.grpc_port}"
        async with grpc.aio.secure_channel(target, credentials, options=OWN_CONNECTION) as channel:
            try:
                call = IdentityServiceStub(channel).GetCaller(GetCallerRequest(), metadata=headers, timeout=10)
                return (await call).id
            except grpc.aio.AioRpcError as error:
                return read(error).reason

    async def status(self, directory: Path, certificate: ClientCertificate | None, headers: Mapping[str, str]) -> int:
        """The status of a vendor's list over HTTP."""
        context = ssl.create_default_context(cafile=str(directory / "ca.pem"))
        if certificate is not None:
            (directory / "client.pem").write_bytes(KEY_PEM + certificate.pem)
            context.load_cert_chain(directory / "client.pem")
        async with httpx.AsyncClient(verify=context, trust_env=False) as client:
            url = f"https://localhost:{self.http_port}/api/v1/user_credentials"
            return (await client.get(url, headers=headers)).status_code


@asynccontextmanager
async def haproxy(
    number: int, directory: Path, replacements: Mapping[str, str], ports: set[int]
) -> AsyncIterator[None]:
    """Run HAProxy with the configuration of the page, or with the file, whose addresses and files are replaced."""
    text = CONFIGURATION.read_text() if number else re.findall(r"```haproxy\n(.*?)```", PAGE.read_text(), re.DOTALL)[0]
    for old, new in replacements.items():
        assert old in text
        text = text.replace(old, new)
    configuration = directory / f"haproxy{number}.cfg"
    configuration.write_text(text)
    assert HAPROXY is not None
    process = await asyncio.create_subprocess_exec(HAPROXY, "-db", "-f", configuration)

    async def listens(port: int) -> bool:
        assert process.returncode is None
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.transport.abort()
        return True

    try:
        for port in ports:
            await until(functools.partial(listens, port))
        yield
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def behind(number: int, deployment: Deployment, directory: Path, clients: trustme.CA) -> AsyncIterator[Front]:
    """A node behind HAProxy with the configuration of this number."""
    files, authority = Files(directory), trustme.CA()
    server = authority.issue_cert(*NAMES, "strongroom.internal")
    files.put_pair(server)
    files.put_client_ca(clients)
    authority.cert_pem.write_to_path(directory / "ca.pem")
    clients.cert_pem.write_to_path(directory / "client-ca.pem")
    (directory / "site.pem").write_bytes(server.private_key_pem.bytes() + chain_of(server))
    own = clients.issue_cert(NAME)
    (directory / "proxy.pem").write_bytes(own.private_key_pem.bytes() + chain_of(own))
    passes_through = number == 0
    proxies = trusted_proxies_of(PROXY if passes_through else f"{PROXY},{NAME}")
    settings = files.settings(deployment.settings, trusted_proxies=proxies, proxy_protocol=passes_through)
    service = deployment.service
    app = application(services(service.channel()), service.ready, proxies=proxies)
    public, http = free_port(), free_port()
    async with AsyncExitStack() as stack:
        tls = await stack.enter_async_context(open_tls(settings))
        inner = await stack.enter_async_context(serve_grpc(settings, service, tls))
        inner_http = await stack.enter_async_context(serve_http(settings, app, service.stopping, tls))
        replacements = {"strongroom.internal:8080": f"127.0.0.1:{inner_http} source {PROXY}"}
        if passes_through:
            replacements |= {
                "strongroom.internal:50051": f"127.0.0.1:{inner} source {PROXY}",
                "bind :50051": f"bind 127.0.0.1:{public}",
                "bind :443": f"bind 127.0.0.1:{http}",
            }
        else:
            http = public
            replacements |= {
                "strongroom.internal:50052": f"127.0.0.1:{inner} source {PROXY}",
                "bind :443": f"bind 127.0.0.1:{public}",
                "/etc/haproxy/": f"{directory}/",
            }
        await stack.enter_async_context(haproxy(number, directory, replacements, {public, http}))
        yield Front(authority, public, http)


async def test_a_certificate_and_an_address_count_behind_a_proxy(own_deployment: Deployment, tmp_path: Path) -> None:
    deployment = own_deployment
    clients, issuer = trustme.CA(), await bound(deployment, spiffe_trust_domain=trust_domain())
    here = await mapped(deployment, issuer, "here", scope=Scope(networks=["127.0.0.1/32"]))
    await mapped(deployment, issuer, "elsewhere", scope=Scope(networks=[f"{PROXY}/32"]))
    domain = f"spiffe://{issuer.spiffe_trust_domain}"
    certificate, elsewhere = (issued_to(clients, f"{domain}/{name}") for name in ("here", "elsewhere"))
    async with AsyncExitStack() as stack:
        # Both first: the service of the deployment ends with either.
        fronts = []
        for number, name in enumerate(("passes", "terminates")):
            directory = tmp_path / name
            directory.mkdir()
            fronts.append(await stack.enter_async_context(behind(number, deployment, directory, clients)))
        for number, front in enumerate(fronts):
            directory = tmp_path / ("passes", "terminates")[number]
            assert await front.caller(certificate) == here.id
            assert await front.status(directory, certificate, {}) == 200
            # The address of the proxy is not the client's, and a client cannot name another one.
            claims = {"x-forwarded-for": PROXY}
            if number == 1:
                # The proxy removes this one. A node that gets it from somebody else refuses a caller without a key.
                claims["client-cert"] = header_of(elsewhere.pem.decode())
                # This proxy does not require a certificate, and its own stands for nobody.
                assert await front.caller(None, *claims.items()) == "API_KEY_MISSING"
            assert await front.caller(elsewhere, *claims.items()) == "NETWORK_NOT_ALLOWED"
            assert await front.caller(certificate, *claims.items()) == here.id
            assert await front.status(directory, certificate, claims) == 200
            assert await front.status(directory, None, claims) == 401
