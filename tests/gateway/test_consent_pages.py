"""The pages on which a person consents: what they show, what they send to the service, and that they show nothing of a URL."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape
from html.parser import HTMLParser
from http import HTTPStatus
from typing import TYPE_CHECKING

import grpc
import pytest
from client.scripted import Failure
from gateway.running import failure, gateway
from structlog.testing import capture_logs

from strongroom.v1 import error_reason_pb2
from strongroom.v1.connection_service_pb2 import (
    Consent,
    GetConsentRequest,
    ReceiveConsentRequest,
    ReceiveConsentResponse,
    StartConsentRequest,
    StartConsentResponse,
)
from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES
from strongroom_server.connections import consent
from strongroom_server.core.errors import ServiceError
from strongroom_server.gateway.consent import pages
from strongroom_server.rpc.strangers import UNKNOWN_LINKS, Strangers

if TYPE_CHECKING:
    import httpx
    from conftest import Deployment

    from strongroom_server.connections.context import Context

LINK = "hunter2-link"
QUERY = "code=hunter2-code&state=hunter2-state&error_description=%3Cscript%3Ealert(1)%3C/script%3E&iss=https%3A%2F%2Fp.example"
URL = "https://accounts.example/authorize?client_id=c&state=s&scope=a%20b"
CONSENT = Consent(
    app_display_name="CRM <sync>",
    provider_host="accounts.example",
    provider_display_name="Example & Co",
    organisation_display_name='"Acme"',
    scopes=["mail.read", "https://accounts.example/auth/<calendar>"],
)
UNKNOWN = failure(grpc.StatusCode.NOT_FOUND, "CONSENT_UNKNOWN")
CALLBACKS = {"/connect/callback": SURFACE_NATIVE, "/oauth2/callback": SURFACE_TINES}
# What a person's browser and others send, none of which the service may get.
IDENTITIES = {"Authorization": "Bearer sr_hunter2_key", "Client-Cert": ":AA==:", "X-Forwarded-For": "198.51.100.9"}


def cookie_name_of(state: str) -> str:
    """The name of the cookie of the consent with this state."""
    return f"__Host-strongroom-consent-{hashlib.sha256(state.encode()).hexdigest()[:16]}"


class Elements(HTMLParser):
    """The elements of a page, each with its attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element of a kind."""
        return [attributes for name, attributes in self.found if name == tag]


def require_page(answer: httpx.Response, status: int = 200) -> Elements:
    """A page for a person: with its headers, and with nothing but text and at most one form."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style is not None
    hashed = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert answer.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "hunter2" not in answer.text
    page = Elements(answer.text)
    assert page.of("html") == [{"lang": "en"}]
    assert len(page.of("h1")) == len(page.of("title")) == len(page.of("main")) == 1
    assert {tag for tag, _ in page.found} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "h1", "p", "strong", "bdi"),
        *("dl", "dt", "dd", "ul", "li", "code", "form", "button", "a"),
    }
    assert not any(name.startswith("on") or name == "style" for _, attributes in page.found for name in attributes)
    return page


async def test_the_start_page_names_provider_organisation_app_and_scopes() -> None:
    async with gateway(CONSENT) as (service, http):
        answer = await http.get(f"/connect/{LINK}", headers=IDENTITIES)
    page = require_page(answer)
    for text in ('"Acme"', "CRM <sync>", "Example & Co", "(accounts.example)", "mail.read", "/auth/<calendar>"):
        assert text in page.text
    # It posts to its own URL, which has the link.
    assert page.of("form") == [{"method": "post"}]
    assert page.of("button") == [{"type": "submit"}]
    assert "set-cookie" not in answer.headers
    [call] = service.calls
    assert (call.method, GetConsentRequest.FromString(call.request).link) == ("GetConsent", LINK)
    assert call.metadata["x-forwarded-for"] == "127.0.0.1"
    assert not {"authorization", "client-cert"} & call.metadata.keys()
    assert call.seconds_left > 0


@pytest.mark.parametrize("name", ["\u202eelgooG\u202c", "a{title}b%s", "</bdi></title><h1>x", "é" * 255])
async def test_a_name_cannot_change_the_page_around_it(name: str) -> None:
    spoof = Consent(app_display_name=name, provider_host=name, organisation_display_name=name, scopes=[name, "</code>"])
    async with gateway(spoof) as (_, http):
        answer = await http.get(f"/connect/{LINK}")
    page = require_page(answer)
    assert len(page.of("code")) == 2
    outside = re.sub(r"<bdi>.*?</bdi>", "", answer.text, flags=re.DOTALL)
    shown = [match for match in re.findall(r"<bdi>(.*?)</bdi>", answer.text, re.DOTALL) if unescape(match) == name]
    assert len(shown) >= 5
    # Only the title and the heading, which have nothing around them that it could turn.
    assert unescape(outside).count(name) == 2


async def test_a_consent_without_scopes_and_of_an_unknown_provider_is_shown() -> None:
    bare = Consent(app_display_name="a", provider_host="accounts.example", organisation_display_name="o")
    async with gateway(bare) as (_, http):
        page = require_page(await http.get(f"/connect/{LINK}"))
    assert "What the provider gives by default" in page.text
    assert "Continue to accounts.example" in page.text
    assert page.of("ul") == []


@pytest.mark.parametrize("site", ["same-origin", "none", ""])
async def test_starting_gives_the_cookie_and_leads_to_the_provider(site: str) -> None:
    async with gateway(StartConsentResponse(url=URL, cookie="the-cookie")) as (service, http):
        answer = await http.post(
            f"/connect/{LINK}", headers=IDENTITIES | ({"Sec-Fetch-Site": site} if site else {}), content=b"ignored=1"
        )
    page = require_page(answer)
    assert [each["href"] for each in page.of("a")] == [URL]
    assert [each["content"] for each in page.of("meta") if "http-equiv" in each] == [f"0;url={URL}"]
    assert answer.headers.get_list("set-cookie") == [
        f"{cookie_name_of('s')}=the-cookie; HttpOnly; Max-Age=600; Path=/; SameSite=lax; Secure"
    ]
    [call] = service.calls
    assert (call.method, StartConsentRequest.FromString(call.request).link) == ("StartConsent", LINK)
    assert "authorization" not in call.metadata


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_the_form_of_another_site_gets_the_start_page_and_no_cookie(site: str) -> None:
    async with gateway(StartConsentResponse(url=URL, cookie="c")) as (service, http):
        answer = await http.post(f"/connect/{LINK}", headers={"Sec-Fetch-Site": site})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/connect/{LINK}")
    assert "set-cookie" not in answer.headers
    assert service.calls == []


@pytest.mark.parametrize("path", CALLBACKS)
@pytest.mark.parametrize(
    ("received", "location"),
    [
        (ReceiveConsentResponse(consented=True), "/connect/done"),
        (ReceiveConsentResponse(consented=False), "/connect/failed"),
        (
            ReceiveConsentResponse(consented=True, return_url="https://app.example/back?a=%C3%A9&session_id=1"),
            "https://app.example/back?a=%C3%A9&session_id=1",
        ),
        (ReceiveConsentResponse(return_url="https://app.example/?session_id=1"), "https://app.example/?session_id=1"),
    ],
)
async def test_a_callback_passes_its_query_on_and_sends_the_browser_away(
    path: str, received: ReceiveConsentResponse, location: str
) -> None:
    async with gateway(received) as (service, http):
        cookies = f"other=1; {cookie_name_of('other')}=of-another-tab; {cookie_name_of('hunter2-state')}=hunter2-cookie"
        answer = await http.get(f"{path}?{QUERY}", headers={**IDENTITIES, "Cookie": cookies})
    assert (answer.status_code, answer.headers["location"], answer.content) == (303, location, b"")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.startswith(f'{cookie_name_of("hunter2-state")}=""; expires=')
    assert cookie.endswith("; HttpOnly; Max-Age=0; Path=/; SameSite=lax; Secure")
    [call] = service.calls
    assert call.method == "ReceiveConsent"
    assert ReceiveConsentRequest.FromString(call.request) == ReceiveConsentRequest(
        query=QUERY, cookie="hunter2-cookie", surface=CALLBACKS[path]
    )
    assert "authorization" not in call.metadata


async def test_the_pages_at_the_end_call_nothing() -> None:
    async with gateway(UNKNOWN) as (service, http):
        done = require_page(await http.get("/connect/done?session_id=hunter2"))
        failed = require_page(await http.get("/connect/failed?error_description=hunter2"))
        # A page of which each request changed the headers would have them several times.
        again = await http.get("/connect/done")
    assert "You have allowed the access" in done.text
    assert "The account is not connected" in failed.text
    assert again.headers.get_list("cache-control") == ["no-store"]
    assert service.calls == []


async def test_links_states_and_paths_that_are_unknown_get_one_page() -> None:
    unknown = [
        "/connect/x",
        "/connect/x/",
        "/connect/%2e%2e%2fx",
        f"/connect/callback?{QUERY}",
        f"/oauth2/callback?{QUERY}",
    ]
    unknown += ["/connect/callback", "/connect", "/connect/", "/connect//x", "/connect/x/y", "/connect/callback/x"]
    unknown += [
        f"/connect/{'x' * 2000}",
        "/connect/caf%C3%A9%ff%00",
        "/connect/callback?%ff&\xe9",
        "/connect/call%62ack",
    ]
    async with gateway(UNKNOWN) as (_, http):
        answers = [await http.get(path) for path in unknown]
        posted = await http.post("/connect/x")
    for answer in (*answers, posted):
        require_page(answer, HTTPStatus.NOT_FOUND)
    assert len({answer.content for answer in (*answers, posted)}) == 1
    assert len({str({**answer.headers, "date": ""}) for answer in answers}) == 1


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/connect/x", "GET, HEAD, POST"),
        ("OPTIONS", "/connect/x", "GET, HEAD, POST"),
        ("POST", "/connect/done", "GET, HEAD"),
        ("DELETE", "/connect/failed/", "GET, HEAD"),
        ("POST", f"/connect/callback?{QUERY}", "GET"),
        ("HEAD", f"/oauth2/callback?{QUERY}", "GET"),
    ],
)
async def test_another_method_gets_a_page_and_calls_nothing(method: str, path: str, allowed: str) -> None:
    async with gateway(CONSENT) as (service, http):
        with capture_logs() as lines:
            answer = await http.request(method, path, content=b"code=hunter2" if method == "POST" else b"")
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    if method != "HEAD":
        require_page(answer, HTTPStatus.METHOD_NOT_ALLOWED)
    assert service.calls == []
    assert [line["reason"] for line in lines] == ["METHOD_NOT_ALLOWED"]
    assert "hunter2" not in str(lines)


async def test_head_gives_the_headers_of_the_start_page() -> None:
    async with gateway(CONSENT) as (_, http):
        shown, head = await http.get(f"/connect/{LINK}/"), await http.head(f"/connect/{LINK}")
    require_page(shown)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(shown.content))
    assert head.headers["content-security-policy"] == shown.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("answer", "status", "retry_after"),
    [
        (UNKNOWN, 404, None),
        (failure(grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", "query"), 404, None),
        (failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "CONSENT_LIMITED", retry_seconds="17"), 429, "17"),
        (failure(grpc.StatusCode.FAILED_PRECONDITION, "OPENING_KEY_ABSENT"), 503, "5"),
        (failure(grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE"), 503, "5"),
        (Failure(grpc.StatusCode.UNAVAILABLE), 503, "5"),
        (Failure(grpc.StatusCode.DEADLINE_EXCEEDED), 503, "5"),
        (failure(grpc.StatusCode.INTERNAL, "INTERNAL", error_id="0123abcd"), 500, None),
        (failure(grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN"), 500, None),
    ],
)
@pytest.mark.parametrize("path", [f"/connect/{LINK}", f"/connect/callback?{QUERY}"])
async def test_every_error_is_a_page(answer: Failure, status: int, retry_after: str | None, path: str) -> None:
    async with gateway(answer) as (_, http):
        with capture_logs() as lines:
            shown = await http.get(path)
    page = require_page(shown, status)
    assert shown.headers.get("retry-after") == retry_after
    assert "hunter2" not in str(lines)
    assert "service's message" not in page.text
    if answer.status is not None and "0123abcd" in str(answer.status):
        assert "0123abcd" in page.text


async def test_an_unexpected_error_is_a_page_with_the_id_that_the_log_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Consent) -> None:
        raise RuntimeError("hunter2")

    monkeypatch.setattr(pages, "start", fail)
    async with gateway(CONSENT) as (_, http):
        with capture_logs() as lines:
            answer = await http.get(f"/connect/{LINK}")
    page = require_page(answer, HTTPStatus.INTERNAL_SERVER_ERROR)
    [line] = lines
    assert (line["event"], line["route"]) == ("request failed", "/connect/{link}")
    assert line["error_id"] in page.text
    assert "hunter2" not in str(lines)


async def test_the_service_limits_the_unknown_links_of_a_person(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers: list[str] = []

    async def get_consent(_: Context, __: GetConsentRequest, peer: str) -> Consent:
        peers.append(peer)
        raise ServiceError(error_reason_pb2.ERROR_REASON_CONSENT_UNKNOWN)

    monkeypatch.setattr(consent, "get_consent", get_consent)
    monkeypatch.setattr(deployment.service.pipeline, "strangers", Strangers())
    answers = [await deployment.http.get(f"/connect/{LINK}{number}") for number in range(UNKNOWN_LINKS + 1)]
    assert [answer.status_code for answer in answers] == [404] * UNKNOWN_LINKS + [429]
    assert set(peers) == {"127.0.0.1"}
    require_page(answers[-1], HTTPStatus.TOO_MANY_REQUESTS)
    assert int(answers[-1].headers["retry-after"]) > 0


def luminance(colour: str) -> float:
    """The relative luminance of a colour such as #ff0000, as WCAG 2.2 defines it."""
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(("front", "back"), [("text", "page"), ("action", "page"), ("on-action", "action")])
def test_texts_have_an_enhanced_contrast_in_both_colour_schemes(front: str, back: str) -> None:
    schemes = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", line))
        for line in pages._STYLE.splitlines()
        if "--page:" in line
    ]
    assert len(schemes) == 2
    for colours in schemes:
        lighter, darker = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 7


def test_no_page_depends_on_the_host_of_a_request() -> None:
    for page in (pages.start(CONSENT), pages.onward(URL), pages.done(), pages.unknown()):
        urls = set(re.findall(r'(?:href|action|src)="([^"]*)"', bytes(page.body).decode()))
        assert urls <= {URL.replace("&", "&amp;")}
