"""The methods for a person's browser take no API key, and strangers cannot take the node from callers with keys."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
import trustme
from node.tls_samples import Files
from rpc.calls import listed, refused
from structlog.testing import capture_logs

from strongroom.v1 import error_reason_pb2
from strongroom.v1.connection_service_pb2 import Consent, GetConsentRequest, ReceiveConsentRequest
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
from strongroom_server.access.caller import Presented
from strongroom_server.access.proxies import trusted_proxies_of
from strongroom_server.connections import consent
from strongroom_server.core.bounds import PEER_BOUNDS
from strongroom_server.core.errors import ServiceError
from strongroom_server.node.grpc_server import serve_grpc
from strongroom_server.node.stopping import Stopping
from strongroom_server.node.tls import open_tls
from strongroom_server.rpc import refusals
from strongroom_server.rpc.strangers import MOST_CALLS, UNKNOWN_LINKS, Strangers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conftest import Deployment

    from strongroom_server.connections.context import Context

GET_CONSENT = "/strongroom.v1.ConnectionService/GetConsent"
RECEIVE_CONSENT = "/strongroom.v1.ConnectionService/ReceiveConsent"
LINK = "hunter2-link"
UNKNOWN_FIELD = b"\xc2\x3e\x00"


@pytest.fixture
def peers(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The peers of the calls that reached the handler of GetConsent, which knows one link. Nobody has opened an unknown one yet."""
    monkeypatch.setattr(deployment.service.pipeline, "strangers", Strangers())
    called: list[str] = []

    async def get_consent(_: Context, request: GetConsentRequest, peer: str) -> Consent:
        called.append(peer)
        if request.link != LINK:
            raise ServiceError(error_reason_pb2.ERROR_REASON_CONSENT_UNKNOWN)
        return Consent(app_display_name="a")

    monkeypatch.setattr(consent, "get_consent", get_consent)
    return called


async def asked(
    deployment: Deployment, request: Any, authorization: Sequence[str] = (), peer: str = "192.0.2.1", path: str = ""
) -> str:
    """What the pipeline answers a call: the reason of its error, or OK."""
    method = deployment.service.methods[path or GET_CONSENT]
    try:
        await deployment.service.pipeline.call(method, request, Presented(authorization, peer))
    except ServiceError as error:
        return error_reason_pb2.ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_")
    return "OK"


@pytest.mark.parametrize(
    "authorization",
    [
        (),
        ("Bearer sr_doesnotexist_only-ever-used-by-the-tests",),
        ("Bearer sr_a_b", "Bearer sr_c_d"),
        ("nonsense",),
        ("valid",),
    ],
)
async def test_whatever_authorization_a_call_has_is_ignored(
    deployment: Deployment, peers: list[str], authorization: tuple[str, ...]
) -> None:
    sent = [deployment.metadata[0][1] if each == "valid" else each for each in authorization]
    metadata = tuple(("authorization", each) for each in sent)
    with capture_logs() as lines:
        answer = await ConnectionServiceStub(deployment.grpc).GetConsent(
            GetConsentRequest(link=LINK), metadata=metadata
        )
    assert answer.app_display_name == "a"
    assert peers == ["127.0.0.1"]
    [line] = [line for line in lines if line.get("method") == "GetConsent"]
    assert (line["status"], line["organisation"], line["key"], line["principal"]) == ("OK", "", "", "")
    assert line["peer"] == "127.0.0.1"
    assert LINK not in str(lines)


async def test_a_failed_call_is_logged_and_leaves_no_audit_event(deployment: Deployment, peers: list[str]) -> None:
    async with deployment.sql() as sql:
        before = await sql.fetchval("select count(*) from audit_events")
        with capture_logs() as lines:
            call = ConnectionServiceStub(deployment.grpc).GetConsent(GetConsentRequest(link="hunter2-other"))
            assert (await refused(call)).reason == "CONSENT_UNKNOWN"
        assert await sql.fetchval("select count(*) from audit_events") == before
    assert [line["reason"] for line in lines if line.get("method") == "GetConsent"] == ["CONSENT_UNKNOWN"]
    assert "hunter2" not in str(lines)
    assert peers


async def test_a_request_that_is_too_large_or_no_message_does_not_reach_the_handler(
    deployment: Deployment, peers: list[str]
) -> None:
    fitting = ReceiveConsentRequest(query="q" * 32_000)
    for request in (ReceiveConsentRequest(query="q" * 32 * 1024), GetConsentRequest(link="l" * 32 * 1024)):
        path = RECEIVE_CONSENT if isinstance(request, ReceiveConsentRequest) else GET_CONSENT
        # As it arrives from the network, and as it does from a gateway in the same process.
        assert await asked(deployment, request.SerializeToString(), path=path) == "FIELD_INVALID"
        assert await asked(deployment, request, path=path) == "FIELD_INVALID"
    assert await asked(deployment, fitting, path=RECEIVE_CONSENT) != "FIELD_INVALID"
    assert await asked(deployment, b"\xff" * 16) == "REQUEST_MALFORMED"
    assert await asked(deployment, GetConsentRequest(link=LINK).SerializeToString() + UNKNOWN_FIELD) == "FIELD_INVALID"
    assert peers == []


async def test_behind_a_trusted_gateway_the_peer_is_the_address_of_the_person(
    deployment: Deployment, peers: list[str], tmp_path: Path
) -> None:
    files, authority, of_gateways = Files(tmp_path), trustme.CA(), trustme.CA()
    files.put_pair(authority.issue_cert("localhost"))
    files.put_client_ca(of_gateways)
    settings = files.settings(deployment.settings, trusted_proxies=trusted_proxies_of("gateway.example.org"))
    # The node of the module goes on when this server stops.
    service = replace(deployment.service, stopping=Stopping())
    claimed = (("x-forwarded-for", "198.51.100.7"),)
    async with open_tls(settings) as tls, serve_grpc(settings, service, tls) as port:
        for name in ("gateway.example.org", "other.example.org"):
            leaf = of_gateways.issue_cert(name)
            chain = b"".join(each.bytes() for each in leaf.cert_chain_pems)
            credentials = grpc.ssl_channel_credentials(authority.cert_pem.bytes(), leaf.private_key_pem.bytes(), chain)
            async with grpc.aio.secure_channel(f"localhost:{port}", credentials) as channel:
                await ConnectionServiceStub(channel).GetConsent(GetConsentRequest(link=LINK), metadata=claimed)
    assert peers[0] == "198.51.100.7"
    assert peers[1] in ("127.0.0.1", "::1")


async def test_strangers_get_few_calls_at_a_time_and_callers_with_keys_go_on(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = asyncio.Event()

    async def wait(_: Context, request: GetConsentRequest, peer: str) -> Consent:
        await go_on.wait()
        return Consent(app_display_name=f"{request.link} {peer}")

    monkeypatch.setattr(consent, "get_consent", wait)
    request = GetConsentRequest(link=LINK)
    waiting = []
    for number in range(MOST_CALLS // PEER_BOUNDS.calls):
        for _ in range(PEER_BOUNDS.calls):
            waiting.append(asyncio.create_task(asked(deployment, request, peer=f"192.0.2.{number}")))
            await asyncio.sleep(0)
        # One more of this peer.
        assert await asked(deployment, request, peer=f"192.0.2.{number}") == "CONSENT_LIMITED"
    # One more of any peer.
    assert await asked(deployment, request, peer="198.51.100.1") == "CONSENT_LIMITED"
    assert await listed(deployment) == []
    go_on.set()
    assert await asyncio.gather(*waiting) == ["OK"] * MOST_CALLS
    assert await asked(deployment, request, peer="198.51.100.1") == "OK"


async def test_a_peer_that_opens_unknown_links_is_refused_for_a_while(
    deployment: Deployment, peers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    monkeypatch.setattr(refusals, "monotonic", lambda: began)
    unknown, known = GetConsentRequest(link="u"), GetConsentRequest(link=LINK)
    answers = [await asked(deployment, unknown, peer="203.0.113.7") for _ in range(UNKNOWN_LINKS + 1)]
    assert answers == ["CONSENT_UNKNOWN"] * UNKNOWN_LINKS + ["CONSENT_LIMITED"]
    reached = len(peers)
    assert await asked(deployment, known, peer="203.0.113.7") == "CONSENT_LIMITED"
    assert await asked(deployment, b"\xff" * 16, peer="203.0.113.7") == "CONSENT_LIMITED"
    assert len(peers) == reached
    assert await asked(deployment, known, peer="203.0.113.8") == "OK"

    error = await refused(_over_the_network_after(deployment, UNKNOWN_LINKS))
    assert (error.code, error.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "CONSENT_LIMITED")
    assert error.message == "too many links were opened: try again in 2 s"

    monkeypatch.setattr(refusals, "monotonic", lambda: began + 2.1)
    assert await asked(deployment, unknown, peer="203.0.113.7") == "CONSENT_UNKNOWN"
    assert await asked(deployment, unknown, peer="203.0.113.7") == "CONSENT_LIMITED"
    monkeypatch.setattr(refusals, "monotonic", lambda: began + 3600)
    answers = [await asked(deployment, unknown, peer="203.0.113.7") for _ in range(UNKNOWN_LINKS + 1)]
    assert answers.count("CONSENT_UNKNOWN") == UNKNOWN_LINKS


async def _over_the_network_after(deployment: Deployment, unknown: int) -> None:
    stub = ConnectionServiceStub(deployment.grpc)
    for _ in range(unknown):
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.GetConsent(GetConsentRequest(link="u"))
    await stub.GetConsent(GetConsentRequest(link=LINK))


def opened(limits: Strangers, peer: str) -> str:
    """Open an unknown link, and return the reason of the refusal."""
    with pytest.raises(ServiceError) as caught, limits.admit(peer, 0):
        raise ServiceError(error_reason_pb2.ERROR_REASON_CONSENT_UNKNOWN)
    return error_reason_pb2.ErrorReason.Name(caught.value.reason).removeprefix("ERROR_REASON_")


@pytest.mark.parametrize(
    ("peer", "other", "is_same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("unix", "unix", True),
        ("", "", True),
    ],
)
def test_a_limit_is_for_an_address_or_for_a_network_of_ipv6(peer: str, other: str, *, is_same: bool) -> None:
    limits = Strangers()
    for _ in range(UNKNOWN_LINKS):
        assert opened(limits, peer) == "CONSENT_UNKNOWN"
    assert opened(limits, other) == ("CONSENT_LIMITED" if is_same else "CONSENT_UNKNOWN")


def test_the_limits_of_many_peers_have_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "_MOST_KNOWN", 3)
    limits = Strangers()
    for number in range(5):
        opened(limits, f"192.0.2.{number}")
    # The one that opened a link again is not the oldest any more.
    opened(limits, "192.0.2.2")
    opened(limits, "192.0.2.9")
    assert list(limits._links._full_at) == ["192.0.2.4", "192.0.2.2", "192.0.2.9"]
    assert not limits._calls
