"""What a caller gets if the provider does not answer as it should: a clear reason, and nothing of the answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import grpc.aio
import pytest
import structlog
from google.rpc import code_pb2
from rpc.calls import bearer, change_key, make_key, read, refused, revoke_key
from schemes.provider import CLIENT_SECRET, provider, provider_process
from use.minting import client, events_of, expires_in, jwt_with, later, minted, node, oauth, recipe, stored
from waiting import until

from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.organisation_service_pb2 import ROLE_INVOKER
from strongroom_server.rpc import pipeline
from strongroom_server.use import askers

if TYPE_CHECKING:
    from conftest import Deployment
    from rpc.calls import Refusal
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]

FAILED = "the provider did not respond with a token: "
REFUSED = "the provider refuses to issue a token: "
# What the provider answers, and what the caller is told.
ANSWERS = {
    "html": f"{FAILED}not_a_token 200",
    "empty": f"{FAILED}not_a_token 200",
    "null": f"{FAILED}not_a_token 200",
    "list": f"{FAILED}not_a_token 200",
    "no_token": f"{FAILED}not_a_token 200",
    "not_utf8": f"{FAILED}not_a_token 200",
    "huge": f"{FAILED}too_large",
    "gzip": f"{FAILED}encoded 200",
    "drop": f"{FAILED}not_http",
    "reset": f"{FAILED}connection",
    "close": f"{FAILED}not_http",
    "hang": f"{FAILED}timeout",
    "drip": f"{FAILED}timeout",
    "redirect": f"{FAILED}redirect 302",
    "status:503": f"{FAILED}status 503",
    "status:429": f"{FAILED}status 429",
    "error_beside_token": f"{FAILED}error_beside_token 200",
    "slack": f"{REFUSED}status 200",
    "facebook": f"{REFUSED}status 400",
    "status:404": f"{REFUSED}status 404",
    "error:invalid_client": f"{REFUSED}status 401 invalid_client",
    "error:invalid_scope": f"{REFUSED}status 400 invalid_scope",
    "error:hunter2": f"{REFUSED}status 400",
}


async def failed(node: Deployment, credential: Credential) -> tuple[Refusal, str]:
    """The error of a call, and all that was said of it: the error, the log and the events."""
    with structlog.testing.capture_logs() as logged, pytest.raises(grpc.aio.AioRpcError) as caught:
        await minted(node, credential)
    error = caught.value
    told = f"{error.details()} {error.debug_error_string()} {error.trailing_metadata()!r} {logged!r}"
    return read(error), f"{told} {await events_of(node, credential)!r}"


@pytest.mark.parametrize("answer", ANSWERS)
async def test_a_bad_answer_has_a_reason_and_leaks_nothing(
    node: Deployment, provider: Provider, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if answer in ("hang", "drip"):
        monkeypatch.setattr(askers, "_SECONDS", 0.3)
    # So that there is a live token that the provider may send in its error.
    token = provider.access_token()
    provider.set(answer=answer)
    credential = await stored(node, oauth(provider.token_url))
    refusal, told = await failed(node, credential)
    expected = "PROVIDER_FAILED" if ANSWERS[answer].startswith(FAILED) else "PROVIDER_REFUSED"
    assert (refusal.reason, refusal.message) == (expected, ANSWERS[answer])
    code = code_pb2.UNAVAILABLE if expected == "PROVIDER_FAILED" else code_pb2.FAILED_PRECONDITION
    assert refusal.code.value[0] == code
    assert [event.outcome for event in await events_of(node, credential)] == ["STARTED", expected]
    for secret in (CLIENT_SECRET, quote(CLIENT_SECRET), token, "at-none", "hunter2", "169.254"):
        assert secret not in told


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (60, 60),
        ("60", 60),
        ("missing", None),
        (-5, None),
        (float("nan"), None),
        ("soon", None),
        (None, None),
        (1e300, None),
    ],
)
async def test_a_life_that_is_no_number_is_not_known(
    node: Deployment, provider: Provider, value: Any, seconds: float | None
) -> None:
    provider.set(expires_in=value, life=3600)
    credential = await stored(node, oauth(provider.token_url))
    response = await minted(node, credential)
    assert response.HasField("expire_time") == (seconds is not None)
    if seconds is not None:
        assert seconds - 5 < expires_in(response) <= seconds
    assert await minted(node, credential) == response
    assert len(provider.log()) == 1


async def test_a_form_is_an_answer_too(node: Deployment, provider: Provider) -> None:
    provider.set(answer="form")
    assert (await minted(node, await stored(node, oauth(provider.token_url)))).token.startswith("at-")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://www.example.com/token", "url; the setting STRONGROOM_EGRESS_HTTP_HOSTS can allow it"),
        ("https://www.example.com:8443/token", "port; the setting STRONGROOM_EGRESS_PORTS can allow it"),
        ("https://169.254.169.254/token", "address; the log of the server has the cause"),
        ("https://metadata.google.internal/token", "host; the log of the server has the cause"),
    ],
)
async def test_a_token_url_that_the_guard_refuses_is_never_asked(node: Deployment, url: str, said: str) -> None:
    credential = await stored(node, client(), {"token_url": url})
    refusal, told = await failed(node, credential)
    assert (refusal.reason, refusal.code.name) == ("EGRESS_REFUSED", "FAILED_PRECONDITION")
    assert refusal.message.endswith(f" was not sent or not answered: {said}")
    assert CLIENT_SECRET not in told


async def test_a_provider_that_is_down_is_named(node: Deployment) -> None:
    credential = await stored(node, oauth("https://127.0.0.1:443/token"))
    refusal, _ = await failed(node, credential)
    assert (refusal.reason, refusal.message) == (
        "EGRESS_REFUSED", "a request to 127.0.0.1 was not sent or not answered: connection; the log of the server has the cause",
    )  # fmt: skip


async def test_the_sample_of_tines_names_the_setting_that_would_allow_it(node: Deployment) -> None:
    credential = await stored(node, recipe("http://www.example.com", location="\\=credential_name.body.token"))
    refusal = await refused(minted(node, credential))
    assert refusal.reason == "EGRESS_REFUSED"
    assert "STRONGROOM_EGRESS_HTTP_HOSTS" in refusal.message


@pytest.mark.parametrize(
    ("path", "location", "reason", "said"),
    [
        ("/answer?status=503", "=r.body.token", "PROVIDER_FAILED", f"{FAILED}status 503"),
        ("/answer?status=403&body=recipe-s3cret", "=r.body.token", "PROVIDER_REFUSED", f"{REFUSED}status 403"),
        ("/answer?body=recipe-s3cret", "=r.body.token", "PROVIDER_FAILED", f"{FAILED}location_of_token"),
        ("/answer?status=302&header=Location:http://169.254.169.254/", "=r.body", "EGRESS_REFUSED", "169.254.169.254"),
        ("/answer?status=302&header=Location:https://localhost/", "=r.body", "EGRESS_REFUSED", "localhost"),
        ("/big?bytes=1000000", "=r.body", "PROVIDER_FAILED", f"{FAILED}too_large"),
    ],
)
async def test_a_recipe_that_gives_no_token_has_a_reason_and_leaks_nothing(
    node: Deployment, provider: Provider, path: str, location: str, reason: str, said: str
) -> None:
    credential = await stored(node, recipe(f"{provider.url}{path}", location))
    refusal, told = await failed(node, credential)
    assert (refusal.reason, said in refusal.message) == (reason, True), refusal
    assert "recipe-s3cret" not in told
    assert [event.outcome for event in await events_of(node, credential)] == ["STARTED", reason]


async def test_a_secret_that_would_smuggle_a_header_is_refused_by_its_field(
    node: Deployment, provider: Provider
) -> None:
    data = recipe(f"{provider.url}/echo", headers={"X-Key": "<<secret>>"}, secret="a\r\nX-Other: b")
    refusal = await refused(minted(node, await stored(node, data)))
    assert refusal.reason == "CREDENTIAL_UNUSABLE"
    [(field, rule)] = refusal.fields.items()
    assert (field, rule.startswith("headers ")) == ("data.http_request.options_json", True)
    assert provider.log("/echo") == []


async def test_a_recipe_names_a_ca_of_the_deployment(node: Deployment, provider: Provider) -> None:
    url = f"{provider.url}/answer?body=t0ken"
    known = await stored(node, recipe(url, "=r.body", custom_certificate_authority_name="corporate"))
    assert (await minted(node, known)).token == "t0ken"
    unknown = await stored(node, recipe(url, "=r.body", custom_certificate_authority_name="other"))
    refusal = await refused(minted(node, unknown))
    assert (refusal.reason, refusal.fields) == (
        "CREDENTIAL_UNUSABLE",
        {
            "data.http_request.options_json": "custom_certificate_authority_name must be the name of a CA of this deployment"
        },
    )
    assert len(provider.log("/answer")) == 1


async def test_a_jwt_of_a_provider_says_itself_when_it_expires(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = node.service.watch.now().timestamp()
    token = jwt_with({"exp": now + 100})
    data = recipe(f"{provider.url}/answer?body={token}", "=r.body")
    settings = Credential.TinesSettings(token_ttl_seconds=3600)
    credential = await stored(node, data, tines_settings=settings)
    assert 95 < expires_in(await minted(node, credential)) <= 100
    later(node, monkeypatch, 60)
    await minted(node, credential, min_remaining_seconds=45)
    # By the node's clock, which alone has moved, the new token has expired too: the next one may be requested already.
    assert len(provider.log("/answer")) >= 2


async def test_a_key_that_is_revoked_or_limited_while_a_provider_is_asked_gets_no_token(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "LONG_USE_SECONDS", 0.1)
    body = quote('{"token": "t0ken"}')
    url = f"{provider.url}/answer?seconds=1&body={body}"

    async def asked_by(key: str) -> asyncio.Task[Refusal]:
        credential = await stored(node, recipe(url))
        before = len(provider.log("/answer"))
        call = asyncio.create_task(refused(minted(node, credential, bearer(key))))
        await until(lambda: len(provider.log("/answer")) > before)
        return call

    revoked, limited = [await make_key(node, ROLE_INVOKER) for _ in range(2)]
    calls = [await asked_by(revoked.key), await asked_by(limited.key)]
    await revoke_key(node, revoked.id)
    await change_key(node, limited.id, "team_ids", team_ids=[1])
    reasons = [(await call).reason for call in calls]
    assert reasons == ["API_KEY_INVALID", "CONCURRENT_CHANGE"]
