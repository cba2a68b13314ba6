"""Recipes against a real HTTPS server: what they send, which token they return, and why they fail."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from egress.servers import client, server, serving
from schemes.https_server import Answer, answer, https

from strongroom.v1.credential_pb2 import CredentialData
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.schemes.recipes import run as run_module
from strongroom_server.schemes.recipes.errors import InvalidRecipe, RecipeFailed
from strongroom_server.schemes.recipes.options import options_of
from strongroom_server.schemes.recipes.placeholders import Values
from strongroom_server.schemes.recipes.requests import request_of
from strongroom_server.schemes.recipes.run import Recipe, recipe_of, run, warnings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from schemes.https_server import Received, Server

SECRET = "s3cret<<secret>>+/&"  # holds a placeholder itself
TOKEN = answer({"token": "t0ken"})
# The location of Tines' sample.
LOCATION = r"\=credential_name.body.token"


def recipe(options: Mapping[str, object], secret: str | None = SECRET, location: str = LOCATION) -> Recipe:
    request = {"options_json": json.dumps(options), "location_of_token": location}
    return recipe_of(CredentialData(http_request={**request, **({} if secret is None else {"secret": secret})}))  # type: ignore[arg-type]


def two_requests(first: Mapping[str, object], second: Mapping[str, object]) -> Recipe:
    requests = [{"options_json": json.dumps(each), "secret": SECRET} for each in (first, second)]
    return recipe_of(CredentialData(multi_request={"requests": requests, "location_of_token": LOCATION}))  # type: ignore[arg-type]


async def token_of(provider: Server, wanted: Recipe, authorities: Mapping[str, ssl.SSLContext] | None = None) -> str:
    return await run(wanted, provider.client, authorities or {}, 20)


async def sent(directory: Path, path: str = "/x", **options: Any) -> Received:
    async with https(directory, lambda _: TOKEN) as provider:
        assert await token_of(provider, recipe({"url": f"{provider.url}{path}", **options})) == "t0ken"
    return provider.requests[0]


async def test_the_sample_of_tines_over_https(tmp_path: Path) -> None:
    payload = {"key": "value", "secret": r"I can reference the \<<secret>> as needed in the payload."}
    request = await sent(tmp_path, content_type="json", method="post", payload=payload, headers={})
    assert (request.method, request.target) == ("POST", "/x")
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert request.headers["user-agent"] == "Strongroom"
    assert request.json == {"key": "value", "secret": f"I can reference the {SECRET} as needed in the payload."}


async def test_the_sample_of_tines_is_refused_without_tls(tmp_path: Path) -> None:
    async with https(tmp_path, lambda _: TOKEN) as provider:
        with pytest.raises(EgressRefused) as refused:
            await token_of(provider, recipe({"url": "http://www.example.com"}))
    assert "STRONGROOM_EGRESS_HTTP_HOSTS" in refused.value.detail


async def test_the_secret_is_replaced_everywhere_but_never_read_again(tmp_path: Path) -> None:
    request = await sent(
        tmp_path,
        r"/a/<<secret>>?k=\<<secret>>",
        method="put",
        headers={"X-Key": "k <<secret>>"},
        user_agent="a/<<secret>>",
        basic_auth=["user", "<<secret>>"],
        payload={"a": [{"b": "<<secret>>"}, "=secret", 1, None, True]},
    )
    assert request.target == "/a/s3cret%3C%3Csecret%3E%3E+/&?k=s3cret%3C%3Csecret%3E%3E+/&"
    assert request.headers["x-key"] == f"k {SECRET}"
    assert request.headers["user-agent"] == f"a/{SECRET}"
    assert request.headers["authorization"] == "Basic dXNlcjpzM2NyZXQ8PHNlY3JldD4+Ky8m"
    assert request.json == {"a": [{"b": SECRET}, SECRET, 1, None, True]}


@pytest.mark.parametrize(
    ("options", "content_type", "body"),
    [
        ({"payload": {"a": 1}}, "application/json; charset=utf-8", b'{"a":1}'),
        ({"payload": '{"a": 1}', "content_type": "json"}, "application/json; charset=utf-8", b'{"a": 1}'),
        (
            {"payload": {"a b": "c&d", "l": [1, 2], "o": {"x": True}}, "content_type": "form"},
            "application/x-www-form-urlencoded",
            b"a+b=c%26d&l%5B%5D=1&l%5B%5D=2&o%5Bx%5D=true",
        ),
        ({"payload": "<a/>", "content_type": "xml"}, "text/xml; charset=utf-8", b"<a/>"),
        ({"payload": [1], "content_type": "application/vnd.x+json"}, "application/vnd.x+json", b"[1]"),
        ({"payload": "plain", "headers": {"content-type": "text/plain"}}, "text/plain", b"plain"),
        ({}, None, b""),
    ],
)
async def test_payloads(tmp_path: Path, options: dict[str, Any], content_type: str | None, body: bytes) -> None:
    request = await sent(tmp_path, **options)
    assert (request.headers.get("content-type"), request.body) == (content_type, body)


async def test_a_payload_of_several_parts(tmp_path: Path) -> None:
    request = await sent(tmp_path, payload={"a": "<<secret>>", 'b"c': 2}, content_type="data")
    boundary = request.headers["content-type"].removeprefix("multipart/form-data; boundary=")
    assert request.body.decode().split(f"--{boundary}") == [
        "",
        f'\r\nContent-Disposition: form-data; name="a"\r\n\r\n{SECRET}\r\n',
        '\r\nContent-Disposition: form-data; name="b%22c"\r\n\r\n2\r\n',
        "--\r\n",
    ]


async def test_the_payload_of_a_get_is_its_query(tmp_path: Path) -> None:
    request = await sent(tmp_path, "/x?a=1", method="get", payload={"b": "c d"})
    assert (request.target, request.body) == ("/x?a=1&b=c+d", b"")


async def test_the_second_request_refers_to_the_response_of_the_first(tmp_path: Path) -> None:
    def answers(request: Received) -> Answer:
        if request.target == "/first":
            return answer({"session": "a<<secret>>b", "n": {"id": 7}}, 201)._replace(
                headers=(("X-Ticket", "tk"), ("Content-Type", "application/json"))
            )
        return TOKEN

    async with https(tmp_path, answers) as provider:
        second = {
            "url": f"{provider.url}/s/<<PREVIOUS_STEP.body.n.id>>",
            "headers": {"X-Ticket": r"\<<PREVIOUS_STEP.headers.X-Ticket>>"},
            "payload": {
                "text": "<<PREVIOUS_STEP.body.session>>/<<PREVIOUS_STEP.status>>",
                "whole": r"\=PREVIOUS_STEP.body.n",
                "own": "<<secret>>",
            },
        }
        assert await token_of(provider, two_requests({"url": f"{provider.url}/first"}, second)) == "t0ken"
    request = provider.requests[1]
    assert (request.target, request.headers["x-ticket"]) == ("/s/7", "tk")
    assert request.json == {"text": "a<<secret>>b/201", "whole": {"id": 7}, "own": SECRET}


async def test_the_second_request_is_not_sent_without_what_it_refers_to(tmp_path: Path) -> None:
    async with https(tmp_path, lambda _: TOKEN) as provider:
        second = {"url": provider.url, "payload": {"a": "<<PREVIOUS_STEP.body.none>>"}}
        with pytest.raises(RecipeFailed, match="payload of the second request") as failed:
            await token_of(provider, two_requests({"url": provider.url}, second))
    assert (failed.value.cause, len(provider.requests)) == ("previous_step", 1)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"url": "https://<<secret>>.example.com/"}, "neither may have a placeholder"),
        ({"url": "https://example.com<<secret>>"}, "neither may have a placeholder"),
        ({"url": "<<secret>>"}, "neither may have a placeholder"),
        ({"url": "=secret"}, "neither may have a placeholder"),
        ({"url": r"https://example.com:\<<secret>>/"}, "neither may have a placeholder"),
        ({}, "url is required"),
        ({"headers": {"X-A": "a\r\nX-B: c"}}, "CR or LF"),
        ({"headers": {"X-A\r\nX-B": "c"}}, "headers must have names"),
        ({"headers": {"Host": "other.example.com"}}, "describes the connection"),
        ({"headers": {"Authorization": "a"}, "basic_auth": "a:b"}, "basic_auth must be empty"),
        ({"user_agent": "a\nb"}, "user_agent must not have CR or LF"),
        ({"disable_ssl_verification": True}, "disable_ssl_verification is refused"),
        ({"disable_ssl_verification": "true"}, "disable_ssl_verification is refused"),
        ({"mutual_tls": "<<CREDENTIAL.x>>"}, "mutual_tls is refused"),
        ({"method": "trace"}, "method must be"),
        ({"payload": "<<UPCASE(secret)>>"}, "only a path is evaluated here"),
        ({"payload": {"a": "=secret |> UPCASE(%)"}}, "only a path is evaluated here"),
        ({"payload": {"<<secret>>": 1}}, "placeholder in a name"),
        ({"payload": "<<http_credential.body.token>>"}, "only a path is evaluated here"),
        ({"headers": {"A": "<<CREDENTIAL.http_credential>>"}}, "must not refer to a credential"),
        ({"payload": "<<PREVIOUS_STEP.body.a>>"}, "the first request has none"),
        ({"basic_auth": "nocolon"}, "basic_auth must be"),
        ({"retry_on_status": ["oops"]}, "retry_on_status must be"),
        ({"timeout": "NaN"}, "timeout must be"),
        ({"content_type": "a\r\nb"}, "content_type must be"),
        ({"payload": {"a": 1}, "content_type": "xml"}, "payload must be a text"),
    ],
)
async def test_a_recipe_that_breaks_a_rule_gives_a_warning_and_sends_nothing(
    tmp_path: Path, options: dict[str, object], rule: str
) -> None:
    async with https(tmp_path, lambda _: TOKEN) as provider:
        wanted = recipe(options if rule.startswith("url") else {"url": provider.url, **options})
        with pytest.raises(InvalidRecipe, match=rule.replace(" (", " \\(")):
            await token_of(provider, wanted)
        assert provider.requests == []
    (warning,) = warnings_of(wanted)
    assert warning.field == "options_json"
    assert rule in warning.rule
    assert "s3cret" not in warning.rule


def test_warnings_name_the_request_and_the_location() -> None:
    wanted = two_requests({"url": "https://a.example.com"}, {"url": "https://<<PREVIOUS_STEP.body.host>>/"})
    fields = [each.field for each in warnings_of(wanted._replace(location_of_token="=UPCASE(a.body)"))]
    assert fields == ["requests[1].options_json", "location_of_token"]


async def test_a_secret_with_a_line_break_is_refused_in_a_header(tmp_path: Path) -> None:
    async with https(tmp_path, lambda _: TOKEN) as provider:
        wanted = recipe({"url": provider.url, "headers": {"X-Key": "<<secret>>"}}, "a\r\nX-Admin: 1")
        with pytest.raises(InvalidRecipe, match="headers must not have CR or LF"):
            await token_of(provider, wanted)
    assert provider.requests == []


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        (answer({"other": 1}), "location_of_token"),
        (answer({"token": 7}), "location_of_token"),
        (answer({"token": ""}), "location_of_token"),
        (answer({"token": "a\r\nb"}), "location_of_token"),
        (answer({"token": "x" * 32_769}), "location_of_token"),
        (Answer(200, b"<html>"), "location_of_token"),
        (Answer(200, b'{"token": NaN}'), "location_of_token"),
        (Answer(200, b'{"token": "a", "token": "b"}'), "location_of_token"),
        (answer({"token": "t"}, 401), "status"),
        (answer({"token": "t"}, 304), "status"),
    ],
)
async def test_a_response_without_a_token_is_a_failure(tmp_path: Path, given: Answer, cause: str) -> None:
    async with https(tmp_path, lambda _: given) as provider:
        with pytest.raises(RecipeFailed) as failed:
            await token_of(provider, recipe({"url": provider.url}))
    assert failed.value.cause == cause


async def test_a_token_in_a_header_or_as_the_whole_body(tmp_path: Path) -> None:
    async with https(tmp_path, lambda _: Answer(201, b"whole\n", (("X-Subject-Token", "head"),))) as provider:
        assert await token_of(provider, recipe({"url": provider.url}, location="=n.headers.x-subject-token")) == "head"
        assert await token_of(provider, recipe({"url": provider.url}, location="=n.body")) == "whole"


def redirecting(status: int, location: Callable[[int], str]) -> Callable[[Received], Answer]:
    """Redirects /N to a location by N, and answers the rest with the token."""

    def answers(request: Received) -> Answer:
        step = request.target.strip("/")
        return Answer(status, b"", (("Location", location(int(step))),)) if step.isdigit() else TOKEN

    return answers


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
async def test_five_redirects_are_followed(tmp_path: Path, status: int, method: str) -> None:
    answers = redirecting(status, lambda step: f"/{step + 1}" if step < 5 else "end?a=b#c")
    async with https(tmp_path, answers) as provider:
        assert await token_of(provider, recipe({"url": f"{provider.url}/1", "payload": {"a": 1}})) == "t0ken"
    last = provider.requests[-1]
    assert (len(provider.requests), last.method, last.target) == (6, method, "/end?a=b")
    assert (last.body, "content-type" in last.headers) == ((b'{"a":1}', True) if method == "POST" else (b"", False))


@pytest.mark.parametrize(("status", "method"), [(302, "DELETE"), (303, "GET")])
async def test_a_redirect_makes_another_method_than_post_a_get_only_with_303(
    tmp_path: Path, status: int, method: str
) -> None:
    async with https(tmp_path, redirecting(status, lambda _: "/end")) as provider:
        await token_of(provider, recipe({"url": f"{provider.url}/1", "method": "delete"}))
    assert [each.method for each in provider.requests] == ["DELETE", method]


async def test_a_sixth_redirect_is_a_failure(tmp_path: Path) -> None:
    async with https(tmp_path, redirecting(307, lambda _: "/1")) as provider:
        with pytest.raises(RecipeFailed, match="more than 5 times"):
            await token_of(provider, recipe({"url": f"{provider.url}/1"}))
    assert len(provider.requests) == 6


async def test_a_redirect_is_not_followed_to_another_origin_nor_through_the_guard(tmp_path: Path) -> None:
    locations = {
        "1": "https://example.com/x",
        "2": "http://169.254.169.254/x",
        "3": "//other.example.net/",
        "4": "https://[bad",
    }
    async with https(tmp_path, redirecting(307, lambda step: locations[str(step)])) as provider:
        for step in (1, 4):
            with pytest.raises(RecipeFailed) as failed:
                await token_of(provider, recipe({"url": f"{provider.url}/{step}"}))
            assert failed.value.cause == "redirect"
        with pytest.raises(EgressRefused):
            await token_of(provider, recipe({"url": f"{provider.url}/2"}))
        with pytest.raises(RecipeFailed, match="another scheme, host or port"):
            await token_of(provider, recipe({"url": f"{provider.url}/3"}))
    assert len(provider.requests) == 4


async def test_a_redirect_is_the_last_response_if_redirects_are_disabled(tmp_path: Path) -> None:
    async with https(tmp_path, redirecting(302, lambda _: "/end")) as provider:
        with pytest.raises(RecipeFailed, match="has the status 302"):
            await token_of(provider, recipe({"url": f"{provider.url}/1", "disable_redirect_follow": True}))
    assert len(provider.requests) == 1


@pytest.mark.parametrize(("retries", "requests"), [(None, 4), (25, 4), (1, 2), (0, 1)])
async def test_retries_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, retries: int | None, requests: int
) -> None:
    monkeypatch.setattr(run_module, "_RETRY_SECONDS", 0.001)
    async with https(tmp_path, lambda _: Answer(503)) as provider:
        with pytest.raises(RecipeFailed, match="has the status 503"):
            await token_of(
                provider, recipe({"url": provider.url, "retry_on_status": [429, "500-599"], "retries": retries})
            )
    assert len(provider.requests) == requests


async def test_a_retry_can_succeed_and_other_statuses_are_not_retried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "_RETRY_SECONDS", 0.001)
    given = iter((Answer(429), TOKEN, Answer(500), TOKEN))
    async with https(tmp_path, lambda _: next(given)) as provider:
        wanted = recipe({"url": provider.url, "retry_on_status": ["429"]})
        assert await token_of(provider, wanted) == "t0ken"
        with pytest.raises(RecipeFailed, match="has the status 500"):
            await token_of(provider, wanted)


async def test_a_custom_ca_is_trusted_for_the_recipe_that_names_it(tmp_path: Path) -> None:
    own = trustme.CA()
    context = ssl.create_default_context()
    own.configure_trust(context)
    async with https(tmp_path, lambda _: TOKEN, serving("127.0.0.1", ca=own)) as provider:
        wanted = recipe({"url": provider.url, "custom_certificate_authority_name": "own"})
        assert await token_of(provider, wanted, {"own": context}) == "t0ken"
        with pytest.raises(InvalidRecipe, match="must be the name of a CA"):
            await token_of(provider, wanted)
        with pytest.raises(EgressRefused) as refused:
            await token_of(provider, recipe({"url": provider.url}), {"own": context})
    assert refused.value.cause == "certificate"


@pytest.mark.parametrize(("option", "seconds"), [(0.2, 20), (None, 0.2)])
async def test_a_server_that_hangs_costs_the_timeout_of_the_options_or_of_the_recipe(
    tmp_path: Path, option: float | None, seconds: float
) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    async with server(hang, serving("127.0.0.1")) as (port, _):
        started = time.monotonic()
        wanted = recipe({"url": f"https://127.0.0.1:{port}", "timeout": option})
        with pytest.raises(EgressRefused) as refused:
            await run(wanted, client(port, tmp_path), {}, seconds)
    assert refused.value.cause == "response_timeout"
    assert time.monotonic() - started < 3


async def test_nothing_is_sent_when_the_time_of_the_recipe_is_over(tmp_path: Path) -> None:
    async with https(tmp_path, lambda _: TOKEN) as provider:
        with pytest.raises(RecipeFailed) as failed:
            await run(recipe({"url": provider.url}), provider.client, {}, 0)
    assert (failed.value.cause, provider.requests) == ("timeout", [])


async def test_a_placeholder_for_a_secret_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    wanted = recipe({"url": "https://a.example.com", "payload": "<<secret>>"}, secret=None)
    assert [each.rule for each in warnings_of(wanted)] == [
        "payload refers to <<secret>>, and the request has no secret"
    ]


def test_a_recipe_does_not_show_its_secrets() -> None:
    assert "s3cret" not in repr(recipe({"url": "https://a.example.com/s3cret"}))
    assert "s3cret" not in repr(Values("s3cret", {"body": "s3cret"}))


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"payload": "<<secret>>" * 32}, None),
        ({"payload": ["<<secret>>"] * 32, "user_agent": "<<secret>>"}, "must have at most 32 placeholders"),
        ({"payload": [0] * 4095}, None),
        ({"payload": [0] * 4096}, "payload must not hold more than 4,096 values"),
        ({"retry_on_status": [500] * 101}, "retry_on_status must have at most 100 statuses"),
        ({"headers": {f"X-{number}": "a" for number in range(100)}}, None),
        ({"headers": {f"X-{number}": "a" for number in range(101)}}, "headers must have at most 100 names"),
        # Only what is a placeholder as a whole is one.
        ({"payload": "1 << 2, <<secret>>"}, None),
        ({"payload": "<<IF(1 < 2, secret)>>"}, "only a path is evaluated here"),
    ],
)
def test_placeholders_and_headers_are_bounded(options: dict[str, object], rule: str | None) -> None:
    found = [each.rule for each in warnings_of(recipe({"url": "https://a.example.com", **options}))]
    assert [str(rule) in each for each in found] == ([] if rule is None else [True])


MANY = {"a": [0] * 5000}
BODY = "<<PREVIOUS_STEP.body>>"


@pytest.mark.parametrize(
    ("result", "options", "rule"),
    [
        ("é" * 66_000, {"url": "https://a.example.com/" + BODY * 2}, "url must not refer to more than 64 KiB"),
        ("é" * 2_000, {"url": "https://a.example.com/" + BODY * 2}, "url must be at most 2,048 characters long"),
        ("a" * 40_000, {"payload": [BODY] * 2}, "payload must not refer to more than 64 KiB"),
        ("a" * 40_000, {"basic_auth": [BODY] * 2}, "basic_auth must not refer to more than 64 KiB"),
        (MANY, {"payload": BODY}, "payload must not refer to more than 64 KiB"),
        ({"a": [0] * 2000}, {"payload": {"b": BODY}, "content_type": "form"}, "must have at most 1,000 fields"),
        ({"a": [0] * 2000}, {"payload": {"b": BODY}, "content_type": "data"}, "must have at most 1,000 fields"),
        ({"a": [0] * 2000}, {"payload": {"b": BODY}, "method": "get"}, "must have at most 1,000 fields"),
        (
            {"a": [Decimal(10**20)]},
            {"payload": {"b": BODY}},
            "payload must not refer to a number of more than 19 digits",
        ),
        ({"a": 10**18}, {"payload": BODY + BODY}, None),
    ],
)
def test_what_replaces_placeholders_is_bounded(result: Any, options: dict[str, Any], rule: str | None) -> None:
    """A first response of 256 KiB, and 32 placeholders for it, would hold the event loop for seconds."""
    read = options_of(json.dumps({"url": "https://a.example.com", **options}), "json", is_first=False)
    values = Values(None, {"body": result})
    if rule is None:
        assert request_of(read, values)[1].body == b'{"a": 1000000000000000000}{"a": 1000000000000000000}'
    else:
        with pytest.raises(InvalidRecipe, match=rule):
            request_of(read, values)


@pytest.mark.parametrize("part", ["<", "<<secret ", "\\", "<<secret>>", "\\=", ">>"])
def test_a_hostile_text_takes_no_time(part: str) -> None:
    """A search for placeholders that is not linear takes half a minute."""
    wanted = recipe({"url": "https://a.example.com", "payload": part * (60_000 // len(part))})
    started = time.process_time()
    list(warnings_of(wanted))
    assert time.process_time() - started < 0.5
