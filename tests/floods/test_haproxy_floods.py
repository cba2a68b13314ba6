"""The attacks of test_http2_floods against deploy/haproxy.cfg, with a real HAProxy. The attacker has an address of its own."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
import trustme
from grpc_health.v1 import health_pb2, health_pb2_grpc
from node.test_proxies_in_front import HAPROXY, behind

from bench.connection_attacks import ATTACKS
from strongroom.v1.identity_service_pb2 import GetCallerRequest
from strongroom.v1.identity_service_pb2_grpc import IdentityServiceStub

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment

_ATTACKER = "127.0.0.3"
_FRAMES = 3_000
_CALLS = 10
_OWN_CONNECTION = (("grpc.use_local_subchannel_pool", 1),)

pytestmark = pytest.mark.skipif(HAPROXY is None, reason="haproxy is not installed: apt-get install haproxy")


async def test_the_calls_of_another_client_succeed_behind_haproxy(own_deployment: Deployment, tmp_path: Path) -> None:
    async with behind(1, own_deployment, tmp_path, trustme.CA()) as front:
        tls = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        tls.check_hostname = False
        tls.set_alpn_protocols(["h2"])
        credentials = grpc.ssl_channel_credentials(front.authority.cert_pem.bytes())
        target = f"localhost:{front.grpc_port}"
        async with grpc.aio.secure_channel(target, credentials, options=_OWN_CONNECTION) as channel:
            for name, attack in ATTACKS.items():
                # Without TLS a connection that sends nothing is a handshake that never ends.
                context = None if name == "no_preface" else tls
                attacking = asyncio.create_task(attack.run(front.grpc_port, _FRAMES, context, _ATTACKER))
                try:
                    for _ in range(_CALLS):
                        call = IdentityServiceStub(channel).GetCaller(
                            GetCallerRequest(), metadata=own_deployment.metadata, timeout=20
                        )
                        assert (await call).id, name
                        await asyncio.sleep(0.005)
                    async with grpc.aio.secure_channel(target, credentials, options=_OWN_CONNECTION) as own:
                        stub: Any = health_pb2_grpc.HealthStub(own)  # its stub file has no methods
                        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=20)
                    assert answer.status == health_pb2.HealthCheckResponse.SERVING, name
                    assert not attacking.done() or attacking.exception() is None, name
                finally:
                    attacking.cancel()
                    await asyncio.gather(attacking, return_exceptions=True)
