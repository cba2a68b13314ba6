"""A gateway in a process of its own serves the consent pages, and logs nothing of their URLs."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.test_consent_pages import CONSENT, LINK, QUERY, cookie_name_of, require_page
from node.test_process import running
from structlog.testing import capture_logs

from strongroom.v1 import error_reason_pb2
from strongroom.v1.connection_service_pb2 import ReceiveConsentResponse, StartConsentResponse
from strongroom_server.connections import consent
from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from conftest import Deployment

    from strongroom.v1.connection_service_pb2 import (
        Consent,
        GetConsentRequest,
        ReceiveConsentRequest,
        StartConsentRequest,
    )
    from strongroom_server.connections.context import Context

COOKIE = "hunter2-cookie"


def script(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make the service know one link and one query. Returns the peers of the calls."""
    peers: list[str] = []

    async def get_consent(_: Context, request: GetConsentRequest, peer: str) -> Consent:
        peers.append(peer)
        if request.link != LINK:
            raise ServiceError(error_reason_pb2.ERROR_REASON_CONSENT_UNKNOWN)
        return CONSENT

    async def start(_: Context, __: StartConsentRequest, peer: str) -> StartConsentResponse:
        peers.append(peer)
        return StartConsentResponse(url=f"https://accounts.example/?state={LINK}", cookie=COOKIE)

    async def receive(_: Context, request: ReceiveConsentRequest, peer: str) -> ReceiveConsentResponse:
        peers.append(peer)
        assert (request.query, request.cookie) == (QUERY, COOKIE)
        return ReceiveConsentResponse(consented=True)

    for handler in (get_consent, start, receive):
        monkeypatch.setattr(consent, handler.__name__, handler)
    return peers


async def test_a_gateway_apart_serves_the_pages_and_logs_nothing_of_a_url(
    deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers, log = script(monkeypatch), tmp_path / "gateway.log"
    through = ("sh", "-c", f'exec "$0" "$@" 2>>{log}')
    with capture_logs() as lines:
        async with (
            running("gateway", "--service", deployment.grpc_target, through=through) as gateway,
            gateway.client() as http,
        ):
            shown = require_page(await http.get(f"/connect/{LINK}", headers={"X-Forwarded-For": "198.51.100.7"}))
            assert "Example & Co" in shown.text
            started = await http.post(f"/connect/{LINK}")
            assert started.status_code == 200
            cookie = f"{cookie_name_of('hunter2-state')}={COOKIE}"
            back = await http.get(f"/connect/callback?{QUERY}", headers={"Cookie": cookie})
            assert (back.status_code, back.headers["location"]) == (303, "/connect/done")
            require_page(await http.get(f"/connect/{LINK}-unknown"), 404)
            require_page(await http.put(f"/connect/{LINK}"), 405)
            require_page(await http.get(f"/connect/{LINK}/{LINK}?{QUERY}"), 404)
            assert (await http.get(f"/connect/{LINK}", headers={"Host": "a b"})).status_code == 400
            for head in (f"GET /connect/{LINK}?{QUERY} nonsense", f"GET /connect/{LINK} HTTP/1.1\r\nA b: {QUERY}"):
                reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(gateway.url).port)
                writer.write(f"{head}\r\n\r\n".encode())
                assert b" 400 " in await reader.read()
                writer.close()
    assert len(peers) == 4
    # No header of a request says who the person is, and this service trusts no gateway to do so.
    assert set(peers) == {"127.0.0.1"}
    written = [json.loads(line) for line in log.read_text().splitlines()]
    routes = [line["route"] for line in written if line["event"] == "request refused"]
    assert routes == ["/connect/{link}", "/connect/{rest:path}"]
    assert [line["method"] for line in lines if line["event"] == "call"].count("GetConsent") == 2
    for text in (log.read_text(), str(lines)):
        assert "hunter2" not in text
