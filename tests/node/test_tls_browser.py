"""A real Chromium opens /docs over TLS with the certificate of the local CA."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc.aio
import pytest
from conftest import ORGANISATION
from gateway.running import always
from node.chromium import browser, needs_chromium
from playwright.async_api import Error

from strongroom_server.gateway.app import application
from strongroom_server.gateway.services import services
from strongroom_server.node.http_server import serve_http
from strongroom_server.node.settings import Settings
from strongroom_server.node.stopping import Stopping
from strongroom_server.node.tls import local_ca, open_tls

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_chromium


async def test_a_browser_shows_the_documentation_over_tls(tmp_path: Path) -> None:
    settings = Settings(0, 0, "127.0.0.1", tmp_path, None, None, ORGANISATION, tls="auto")
    requested: list[str] = []
    complaints: list[str] = []
    async with (
        grpc.aio.insecure_channel("127.0.0.1:1") as channel,
        open_tls(settings) as tls,
        serve_http(settings, application(services(channel), always), Stopping(), tls) as port,
        browser(local_ca.renewed(settings.tls_dir, settings.host).read_bytes()) as trusting,
    ):
        page = await trusting.new_page()
        page.on("request", lambda request: requested.append(request.url))
        page.on("console", lambda message: complaints.append(message.text) if message.type != "log" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        response = await page.goto(f"https://localhost:{port}/docs")
        await page.locator(".opblock").first.wait_for()
        assert response is not None
        details = await response.security_details()
        title = await page.title()

        # It refuses the certificate of another data directory.
        other = tmp_path / "other"
        elsewhere = Settings(0, 0, "127.0.0.1", other, None, None, ORGANISATION, tls="auto")
        async with (
            open_tls(elsewhere) as other_tls,
            serve_http(elsewhere, application(services(channel), always), Stopping(), other_tls) as port_2,
        ):
            with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
                await page.goto(f"https://localhost:{port_2}/docs")

    assert "Strongroom" in title
    assert details is not None
    assert details["protocol"] == "TLS 1.3"
    assert (details["issuer"] or "").startswith("Strongroom local CA")
    assert len(requested) > 3
    assert all(
        url.startswith((f"https://localhost:{port}/", "data:", f"https://localhost:{port_2}/")) for url in requested
    )
    assert complaints == []
