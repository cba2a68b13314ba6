"""A person consents in a real Chromium, over TLS with a certificate of the node's own CA, at the mock provider."""

from __future__ import annotations

import re
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from conftest import ORGANISATION, copied_database, gateway_of, open_deployment
from connections.consenting import begin, completed, consent_client, new_app, session_of
from google.protobuf.field_mask_pb2 import FieldMask
from node.chromium import browser, needs_chromium
from ports import free_port
from rpc.calls import refused
from samples import created, named
from schemes.provider import Provider, provider, provider_process
from structlog.testing import capture_logs
from use.minting import reaching

from strongroom.v1.connection_service_pb2 import (
    CONNECTION_SESSION_STATE_CONSENTED,
    CONNECTION_SESSION_STATE_FAILED,
    CONNECTION_SESSION_STATE_PENDING,
    App,
    BeginConnectionResponse,
)
from strongroom.v1.credential_pb2 import SURFACE_TINES, SURFACE_VERSORI
from strongroom.v1.organisation_service_pb2 import Organisation, UpdateOrganisationRequest
from strongroom_server.node.http_server import serve_http
from strongroom_server.node.stopping import Stopping
from strongroom_server.node.tls import local_ca, open_tls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment
    from playwright.async_api import Browser, ConsoleMessage, Page

__all__ = ["provider", "provider_process"]

pytestmark = needs_chromium

COOKIE = "__Host-strongroom-consent-"
UNKNOWN = "This link cannot be used"


@dataclass(frozen=True, slots=True)
class Site:
    """A node that browsers reach at `url`, and a browser."""

    node: Deployment
    url: str
    browser: Browser

    @asynccontextmanager
    async def person(self, *, javascript: bool = True) -> AsyncIterator[Person]:
        """A person with a browser that has no cookies."""
        context = await self.browser.new_context(java_script_enabled=javascript)
        context.set_default_timeout(10_000)
        try:
            person = Person(await context.new_page(), self.url)

            def complain(message: ConsoleMessage) -> None:
                # Other servers of these tests have no icon.
                if message.location["url"].startswith(f"{self.url}/"):
                    person.complaints.append(f"{message.location['url']} {message.text}")

            person.page.on("request", lambda request: person.requested.append(request.url))
            person.page.on("console", complain)
            yield person
        finally:
            await context.close()


@dataclass(slots=True)
class Person:
    """What a person does and sees. `requested` are the URLs, `complaints` what the browser says of the pages."""

    page: Page
    site: str
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def opens(self, url: str) -> int:
        """Open a URL. Returns the status of the page."""
        answer = await self.page.goto(url)
        assert answer is not None
        return answer.status

    async def reads(self) -> str:
        """The heading of the page."""
        return await self.page.locator("h1").inner_text()

    async def continues(self) -> None:
        """Press the button of the start page, and wait for the provider's page."""
        await self.page.get_by_role("button", name="Continue to").click()
        await self.page.get_by_role("heading", name="asks for access").wait_for()

    async def decides(self, decision: str) -> None:
        """Press Allow or Deny on the provider's page, and wait for the page at the end."""
        await self.page.get_by_role("button", name=decision).click()
        await self.page.wait_for_url(lambda url: "/authorize" not in url)

    @property
    def callback(self) -> str:
        """The URL by which the browser came back from the provider the last time."""
        return [url for url in self.requested if url.startswith(f"{self.site}/connect/callback?")][-1]

    async def has_cookie(self) -> bool:
        cookies = await self.page.context.cookies(self.site)
        return [cookie.get("name", "")[: len(COOKIE)] for cookie in cookies] == [COOKIE]


@pytest.fixture(scope="module")
async def site(
    provider_process: Provider, postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    directory, port = tmp_path_factory.mktemp("site"), free_port()
    url, of_provider = f"https://localhost:{port}", ("127.0.0.1", provider_process.port)
    async with (
        copied_database(postgres_url, template_database) as database,
        open_deployment(database, directory / "data", public_url=url, **reaching(provider_process)) as node,
    ):
        encrypted = replace(node.settings, data_dir=directory / "tls", tls="auto", http_port=port)
        async with (
            open_tls(encrypted) as tls,
            serve_http(encrypted, gateway_of(node.service), Stopping(), tls),
            browser(
                local_ca.renewed(encrypted.tls_dir, encrypted.host).read_bytes(),
                ssl.get_server_certificate(of_provider).encode(),
            ) as opened,
        ):
            yield Site(node, url, opened)


@pytest.fixture(scope="module")
async def app(site: Site, provider_process: Provider) -> App:
    return await new_app(site.node, provider_process, display_name="CRM <sync>")


async def begun(site: Site, app: App, **fields: str) -> BeginConnectionResponse:
    response = await begin(site.node, app.id, **fields)
    assert response.url.startswith(f"{site.url}/connect/")
    return response


async def state_of(site: Site, session: BeginConnectionResponse) -> tuple[int, str]:
    found = await session_of(site.node, session.session.id)
    return found.state, found.error


CONSENTED = (CONNECTION_SESSION_STATE_CONSENTED, "")
PENDING = (CONNECTION_SESSION_STATE_PENDING, "")


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_person_consents_and_the_connection_is_completed(
    site: Site, app: App, provider: Provider, *, javascript: bool
) -> None:
    session = await begun(site, app)
    with capture_logs() as lines:
        async with site.person(javascript=javascript) as person:
            assert await person.opens(session.url) == 200
            text = await person.page.locator("main").inner_text()
            for named in ("CRM <sync>", ORGANISATION, f"127.0.0.1:{provider.port}", "openid", "files.read"):
                assert named in text
            assert not await person.has_cookie()
            await person.continues()
            assert await person.has_cookie()
            assert await person.page.evaluate("document.referrer") == "" if javascript else True
            await person.decides("Allow")
            assert await person.reads() == "You have allowed the access"
            # Neither state nor code stays in the address bar.
            assert person.page.url == f"{site.url}/connect/done"
            assert not await person.has_cookie()
    assert await state_of(site, session) == CONSENTED
    connection = await completed(site.node, session.session.id)
    assert connection.account.subject == "user-1"
    assert person.complaints == []
    hosts = {urlsplit(url).netloc for url in person.requested}
    assert hosts == {urlsplit(site.url).netloc, urlsplit(provider.url).netloc}
    query = dict(re.findall(r"([a-z]+)=([^&]+)", urlsplit(person.callback).query))
    assert {"code", "state"} <= query.keys()
    for secret in (session.url.rpartition("/")[2], query["code"], query["state"]):
        assert len(secret) >= 32
        assert secret not in str(lines)


async def test_a_person_refuses(site: Site, app: App, provider: Provider) -> None:
    assert provider
    session = await begun(site, app)
    async with site.person() as person:
        await person.opens(session.url)
        await person.continues()
        await person.decides("Deny")
        assert await person.reads() == "The account is not connected"
        assert person.page.url == f"{site.url}/connect/failed"
        assert "alert" in person.callback
        assert "alert" not in await person.page.content()
        assert not await person.has_cookie()
    assert await state_of(site, session) == (CONNECTION_SESSION_STATE_FAILED, "access_denied")


async def test_a_state_is_accepted_once_and_a_link_ends_with_it(site: Site, app: App, provider: Provider) -> None:
    assert provider
    session = await begun(site, app)
    async with site.person() as person:
        await person.opens(session.url)
        await person.continues()
        [cookie] = await person.page.context.cookies(site.url)
        await person.decides("Allow")
        # Also with the cookie that the browser has given up.
        for cookies in ([], [cookie]):
            await person.page.context.add_cookies(cookies)  # type: ignore[arg-type] # what it gave
            assert await person.opens(person.callback) == 404
            assert await person.reads() == UNKNOWN
        assert await person.opens(session.url) == 404
        assert await person.reads() == UNKNOWN
    assert await state_of(site, session) == CONSENTED
    await completed(site.node, session.session.id)


async def test_a_callback_of_another_issuer_is_of_no_use(site: Site, app: App, provider: Provider) -> None:
    provider.set(iss="wrong")
    session = await begun(site, app)
    async with site.person() as person:
        await person.opens(session.url)
        await person.continues()
        await person.decides("Allow")
        assert await person.reads() == UNKNOWN
    assert await state_of(site, session) == PENDING
    assert (await refused(completed(site.node, session.session.id))).reason == "CONSENT_PENDING"
    assert provider.log() == []


async def test_a_consent_ends_only_in_the_browser_in_which_it_began(site: Site, app: App, provider: Provider) -> None:
    assert provider
    session = await begun(site, app)
    async with site.person() as sender, site.person() as victim:
        await sender.opens(session.url)
        await sender.continues()
        # The victim gets the provider's page, not the link, so that its own account is connected for the sender.
        await victim.opens(sender.page.url)
        await victim.decides("Allow")
        assert await victim.reads() == UNKNOWN
        assert await state_of(site, session) == PENDING
        # The link can still be used by whoever has it, who takes the consent over.
        await victim.opens(session.url)
        await victim.continues()
        await sender.decides("Allow")
        assert await sender.reads() == UNKNOWN
        await victim.decides("Allow")
        assert await victim.reads() == "You have allowed the access"
    assert await state_of(site, session) == CONSENTED
    # And only the user that the application began it for gets the connection.
    assert (await refused(completed(site.node, session.session.id, user="another"))).reason == "USER_MISMATCH"


async def test_two_consents_in_one_browser_end_in_any_order(site: Site, app: App, provider: Provider) -> None:
    assert provider
    sessions = [await begun(site, app) for _ in range(2)]
    async with site.person() as person:
        first, second = person, Person(await person.page.context.new_page(), site.url)
        for tab, session in zip((first, second), sessions, strict=True):
            await tab.opens(session.url)
            await tab.continues()
        for tab in (first, second):
            await tab.decides("Allow")
            assert await tab.reads() == "You have allowed the access"
        assert await person.page.context.cookies(site.url) == []
    assert [await state_of(site, session) for session in sessions] == [CONSENTED] * 2


async def test_an_expired_session_cannot_be_started_or_finished(
    site: Site, app: App, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert provider
    now, watch = site.node.service.watch.now, site.node.service.watch
    first, second = await begun(site, app), await begun(site, app)
    async with site.person() as person, site.person() as other:
        await person.opens(first.url)
        await other.opens(second.url)
        await other.continues()
        monkeypatch.setattr(watch, "now", lambda: now() + timedelta(minutes=10, seconds=1))
        await person.page.get_by_role("button", name="Continue to").click()
        await person.page.get_by_role("heading", name=UNKNOWN).wait_for()
        assert await person.opens(first.url) == 404
        await other.decides("Allow")
        assert await other.reads() == UNKNOWN


async def test_the_back_button_leads_to_the_start_page_and_never_sends_a_form_again(
    site: Site, app: App, provider: Provider
) -> None:
    assert provider
    session = await begun(site, app)
    async with site.person() as person:
        await person.opens(session.url)
        await person.continues()
        first = person.page.url
        await person.page.go_back()
        assert person.page.url == session.url
        assert (await person.reads()).startswith("Connect an account at")
        await person.continues()
        assert person.page.url != first
        # The first start is of no use any more.
        assert await person.opens(first) == 200
        await person.decides("Allow")
        assert await person.reads() == UNKNOWN
        await person.opens(session.url)
        await person.continues()
        await person.decides("Allow")
        assert await person.reads() == "You have allowed the access"
        reached = len(person.requested)
        await person.page.go_back()
        assert not any(url.startswith(f"{site.url}/connect/callback") for url in person.requested[reached:])
    assert await state_of(site, session) == CONSENTED


async def test_a_credential_of_tines_is_connected_at_the_redirect_uri_of_tines(site: Site, provider: Provider) -> None:
    credential = await created(site.node, named(data=consent_client(provider), surface=SURFACE_TINES))
    session = await begin(site.node, credential.id)
    async with site.person() as person:
        await person.opens(session.url)
        await person.continues()
        await person.decides("Allow")
        assert person.page.url == f"{site.url}/connect/done"
        assert any(url.startswith(f"{site.url}/oauth2/callback?code=") for url in person.requested)
    assert (await completed(site.node, session.session.id)).id == credential.id


@pytest.mark.parametrize("mode", ["page", "allow"])
async def test_the_browser_goes_back_to_the_application_with_the_id_of_the_session(
    site: Site, app: App, provider: Provider, mode: str
) -> None:
    # Another origin than the provider's. With the mode allow the provider asks nothing, so that redirects of three origins follow
    # the form of the start page.
    back = f"https://localhost:{provider.port}/echo/back?from=strongroom"
    provider.set(consent=mode)
    await _allow(site, back)
    session = await begun(site, app, return_url=back)
    async with site.person() as person:
        await person.opens(session.url)
        if mode == "page":
            await person.continues()
            await person.decides("Allow")
        else:
            await person.page.get_by_role("button", name="Continue to").click()
            await person.page.wait_for_url("**/echo/back?*")
        assert person.page.url == f"{back}&session_id={session.session.id}"
        assert person.complaints == []
        assert '"referer"' not in (await person.page.content()).lower()
    assert await state_of(site, session) == CONSENTED


async def _allow(site: Site, return_url: str) -> None:
    await site.node.organisations.UpdateOrganisation(
        UpdateOrganisationRequest(
            organisation=Organisation(return_urls=[return_url]), update_mask=FieldMask(paths=["return_urls"])
        ),
        metadata=site.node.metadata,
    )


async def test_the_start_page_works_by_keyboard_and_on_a_small_screen(
    site: Site, provider: Provider, provider_process: Provider
) -> None:
    assert provider
    long = f"https://accounts.example/auth/{'a' * 200}"
    app = await new_app(site.node, provider_process, display_name="N" * 255, scopes=["openid", long])
    session = await begun(site, app)
    async with site.person() as person:
        await person.page.set_viewport_size({"width": 320, "height": 480})
        await person.opens(session.url)
        assert await person.page.evaluate("document.documentElement.scrollWidth") <= 320
        await person.page.keyboard.press("Tab")
        button = person.page.get_by_role("button", name="Continue to")
        assert await button.evaluate("element => element === document.activeElement")
        assert await button.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
        box = await button.bounding_box()
        assert box is not None
        # WCAG 2.5.5: a target of at least 44 pixels.
        assert min(box["width"], box["height"]) >= 44
        await person.page.keyboard.press("Enter")
        await person.page.get_by_role("heading", name="asks for access").wait_for()
    assert person.complaints == []


async def test_switchboards_callback_sends_the_person_back_or_leaves_the_page(
    site: Site, provider: Provider, provider_process: Provider
) -> None:
    back = f"https://localhost:{provider.port}/echo/back?from=switchboard"
    await _allow(site, back)
    app = await new_app(site.node, provider_process, connection_surface=SURFACE_VERSORI)
    session = await begin(site.node, app.id, return_url=back)
    async with site.person() as person:
        # The URL is that of the provider: Versori's clients know no other page.
        await person.opens(session.url)
        await person.decides("Allow")
        assert person.page.url == f"{back}&session_id={session.session.id}"
        assert '"referer"' not in (await person.page.content()).lower()
    assert await state_of(site, session) == CONSENTED

    without = await begin(site.node, app.id)
    async with site.person() as person:
        await person.opens(without.url)
        async with person.page.expect_response(f"{site.url}/api/switchboard/**") as answered:
            await person.page.get_by_role("button", name="Allow").click()
        assert (await answered.value).status == 204
        assert person.page.url == without.url
    assert await state_of(site, without) == CONSENTED
