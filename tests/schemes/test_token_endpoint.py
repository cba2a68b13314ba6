"""Tokens are requested as RFC 6749 says, and each failure says whether a refresh token may have been used."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from egress.servers import server
from schemes.provider import CLIENT_ID, CLIENT_SECRET, Provider, provider, provider_process

from strongroom_server.egress.client import Client
from strongroom_server.egress.policy import Policy, networks_of
from strongroom_server.egress.tls import tls_context
from strongroom_server.schemes.sending import Sender
from strongroom_server.schemes.token_endpoint import Issued, TokenRequest, request_token
from strongroom_server.schemes.token_errors import InDoubt, NotSent, Refused, TokenNotIssued, Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

__all__ = ["provider", "provider_process"]

CA_OF_OTHERS = trustme.CA()


@pytest.fixture(scope="module")
def client(provider_process: Provider) -> Client:
    return provider_process.client()


def request(provider: Provider, grant_type: str = "client_credentials", **changes: Any) -> TokenRequest:
    fields = {"grant_type": grant_type, "scope": "read write"}
    if grant_type == "refresh_token":
        fields["refresh_token"] = provider.grant()
    return TokenRequest(provider.token_url, fields, CLIENT_ID, CLIENT_SECRET)._replace(**changes)


async def issued(client: Client, wanted: TokenRequest, seconds: float = 5) -> Issued:
    return await request_token(Sender(client, seconds), wanted)


async def failure(client: Client, wanted: TokenRequest, seconds: float = 5) -> TokenNotIssued:
    """The failure, which holds no secret."""
    with pytest.raises(TokenNotIssued) as failed:
        await request_token(Sender(client, seconds), wanted)
    text = f"{failed.value} {failed.value!r} {failed.value.__cause__!r} {vars(failed.value)}"
    assert not any(secret in text for secret in (CLIENT_SECRET, "at-", "rt-"))
    return failed.value


async def test_a_client_gets_a_token_for_its_scopes(client: Client, provider: Provider) -> None:
    token, style = await issued(client, request(provider))
    assert (token.token_type, token.expire_seconds, token.scopes, token.refresh_token) == ("Bearer", 3600, (), None)
    assert style == "basic"
    [logged] = provider.log()
    assert (logged["grant"], logged["client_id"], logged["authentication"]) == (
        "client_credentials",
        CLIENT_ID,
        "basic",
    )
    assert logged["fields"] == {"grant_type": "client_credentials", "scope": "read write"}
    assert token.access_token not in repr(token)


async def test_a_refresh_token_is_replaced_unless_the_response_has_none(client: Client, provider: Provider) -> None:
    wanted = request(provider, "refresh_token")
    second = (await issued(client, wanted)).token.refresh_token
    assert second is not None
    assert second != wanted.fields["refresh_token"]
    assert second not in repr(wanted._replace(fields={"refresh_token": second}))
    for way in ("absent", "empty"):
        provider.set(refresh_token=way, rotation="none")
        assert (await issued(client, wanted)).token.refresh_token is None


@pytest.mark.parametrize("grant_type", ["client_credentials", "refresh_token"])
@pytest.mark.parametrize(
    ("only", "authentication", "tried"),
    [
        ("basic", "auto", ["basic"]),
        ("body", "auto", ["basic", "body"]),
        ("basic", "basic", ["basic"]),
        ("body", "body", ["body"]),
    ],
)
async def test_the_client_authenticates_the_way_that_works(
    client: Client, provider: Provider, grant_type: str, only: str, authentication: str, tried: list[str]
) -> None:
    provider.set(client_authentication=only)
    assert (await issued(client, request(provider, grant_type, authentication=authentication))).style == only
    assert [each["authentication"] for each in provider.log()] == tried


@pytest.mark.parametrize(
    ("grant_type", "answer", "requests"),
    [
        ("client_credentials", "status:401", 2),
        # It does not say that the refresh token was not used.
        ("refresh_token", "status:401", 1),
        ("refresh_token", "error:invalid_client", 2),
        ("refresh_token", "error:invalid_grant", 1),
        ("refresh_token", "error:unauthorized_client", 1),
        ("refresh_token", "drop", 1),
        ("refresh_token", "status:503", 1),
        ("refresh_token", "html", 1),
    ],
)
async def test_a_refresh_token_that_may_be_used_is_not_sent_again(
    client: Client, provider: Provider, grant_type: str, answer: str, requests: int
) -> None:
    provider.set(answer=answer)
    await failure(client, request(provider, grant_type))
    assert len(provider.log()) == requests


async def test_a_wrong_secret_is_refused_and_a_style_that_is_set_is_the_only_one_tried(
    client: Client, provider: Provider
) -> None:
    for authentication, requests in (("auto", 2), ("basic", 1), ("body", 1)):
        provider.reset()
        refused = await failure(client, request(provider, client_secret="wrong", authentication=authentication))
        assert isinstance(refused, Refused)
        assert (refused.error, refused.status) == ("invalid_client", 401)
        assert len(provider.log()) == requests


async def test_the_error_of_the_second_style_counts_unless_it_says_nothing() -> None:
    unknown, dead = b'{"error":"invalid_client"}', b'{"error":"invalid_grant"}'
    for second, expected in ((dead, "invalid_grant"), (b'{"error":"invalid_request"}', "invalid_client")):
        answers = iter((unknown, second))

        async def answer(_: Any, writer: Any, answers: Any = answers) -> None:
            body = next(answers)
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

        async with server(answer) as (port, requests):
            wanted = TokenRequest(f"http://127.0.0.1:{port}/", {"grant_type": "refresh_token"}, "c", "s")
            refused = await failure(plain_client(port), wanted)
        assert isinstance(refused, Refused)
        assert refused.error == expected
        assert len(requests) == 2


async def test_a_public_client_and_an_assertion_send_no_secret(client: Client, provider: Provider) -> None:
    provider.set(answer="error:invalid_grant")
    await failure(client, request(provider, client_secret=""))
    await failure(client, request(provider, authentication="none"))
    public, none = provider.log()
    assert public["fields"]["client_id"] == CLIENT_ID
    assert "client_id" not in none["fields"]
    assert {public["authentication"], none["authentication"]} == {""}


async def test_what_is_done_before_sending_is_done_for_each_request_and_can_prevent_it(
    client: Client, provider: Provider
) -> None:
    calls = []

    async def lease() -> None:
        calls.append(len(provider.log()))
        if len(calls) == 3:
            raise LookupError("another node has the lease")

    sender = Sender(client, 5, before_sending=lease)
    provider.set(client_authentication="body")
    await request_token(sender, request(provider))
    assert calls == [0, 1]
    with pytest.raises(LookupError):
        await request_token(sender, request(provider))
    assert len(provider.log()) == 2


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        *((each, "egress") for each in ("close", "drop", "reset", "huge")),
        *((each, "not_a_token") for each in ("html", "empty", "null", "list", "no_token", "not_utf8")),
        ("error_beside_token", "error_beside_token"),
        ("gzip", "encoded"),
        ("redirect", "redirect"),
    ],
)
async def test_a_response_without_a_token_and_without_an_error_leaves_doubt(
    client: Client, provider: Provider, answer: str, cause: str
) -> None:
    provider.set(answer=answer)
    doubt = await failure(client, request(provider, "refresh_token"))
    assert isinstance(doubt, InDoubt)
    assert doubt.cause == cause
    assert (doubt.status == 0) is (cause == "egress") is (doubt.refused is not None)
    assert len(provider.log()) == 1


@pytest.mark.parametrize("answer", ["hang", "drip"])
async def test_a_provider_that_takes_too_long_leaves_doubt(client: Client, provider: Provider, answer: str) -> None:
    provider.set(answer=answer)
    doubt = await failure(client, request(provider, "refresh_token"), 0.3)
    assert isinstance(doubt, InDoubt)
    assert doubt.refused is not None
    assert doubt.refused.cause == "response_timeout"


@pytest.mark.parametrize(
    ("answer", "error", "status"),
    [
        ("error:invalid_grant", "invalid_grant", 400),
        ("error:invalid_client", "invalid_client", 401),
        ("error:expired_token", "expired_token", 400),
        # Not registered.
        ("error:at-your-service", "", 400),
        ("slack", "", 200),
        ("facebook", "", 400),
        ("status:404", "", 404),
    ],
)
async def test_an_error_is_a_refusal_with_a_registered_code_alone(
    client: Client, provider: Provider, answer: str, error: str, status: int
) -> None:
    provider.set(answer=answer)
    refused = await failure(client, request(provider, "refresh_token"))
    assert isinstance(refused, Refused)
    assert (refused.error, refused.status) == (error, status)


@pytest.mark.parametrize(
    ("answer", "retry_after", "expected"),
    [
        ("status:429", "7", 7),
        ("status:503", "", None),
        ("status:500", "soon", None),
        ("status:503", "99999999", 86_400),
        ("status:503", "-1", None),
        ("error:temporarily_unavailable", "", None),
    ],
)
async def test_a_busy_provider_is_unavailable_and_says_when_to_ask_again(
    client: Client, provider: Provider, answer: str, retry_after: str, expected: float | None
) -> None:
    provider.set(answer=answer, retry_after=retry_after)
    unavailable = await failure(client, request(provider, "refresh_token"))
    assert isinstance(unavailable, Unavailable)
    assert unavailable.retry_after == expected


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("https://169.254.169.254/token", "metadata"),
        ("https://user@example.com/", "userinfo"),
        ("https://127.0.0.1:1/", "port"),
        ("nonsense", "url_syntax"),
    ],
)
async def test_what_the_guard_refuses_was_not_sent(client: Client, provider: Provider, url: str, cause: str) -> None:
    refused = await failure(client, request(provider, url=url))
    assert isinstance(refused, NotSent)
    assert refused.refused.cause == cause


async def test_what_a_dead_or_untrusted_provider_did_not_get_was_not_sent(tmp_path: Path) -> None:
    calls = []

    async def lease() -> None:
        calls.append(1)

    with Provider.start() as dead:
        wanted = request(dead)
        CA_OF_OTHERS.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        policy = Policy(networks_of("127.0.0.1"), ports=frozenset({dead.port}))
        trusting, others = dead.client(), Client(policy, tls_context(tmp_path / "ca.pem"))
        causes = [await refusal(others, wanted, lease)]
        dead.kill()
        causes.append(await refusal(trusting, wanted, lease))
    assert causes == ["certificate", "connect_failed"]
    assert not calls


async def refusal(client: Client, wanted: TokenRequest, lease: Callable[[], Awaitable[None]]) -> str:
    with pytest.raises(NotSent) as refused:
        await request_token(Sender(client, 5, before_sending=lease), wanted)
    return refused.value.refused.cause


async def test_a_life_that_is_not_a_number_counts_as_not_given(client: Client, provider: Provider) -> None:
    provider.set(expires_in=math.nan)
    assert (await issued(client, request(provider))).token.expire_seconds is None


async def test_a_form_is_read_as_github_sends_it(client: Client, provider: Provider) -> None:
    provider.set(answer="form", scope="repo,gist", token_type="bearer", expires_in=28800)
    token = (await issued(client, request(provider, "refresh_token"))).token
    assert token.refresh_token is not None
    assert (token.token_type, token.expire_seconds, token.scopes) == ("Bearer", 28800, ("repo", "gist"))


def plain_client(port: int) -> Client:
    """A client that may use http."""
    policy = Policy(networks_of("127.0.0.1"), ports=frozenset({port}), http_hosts=frozenset({("127.0.0.1", port)}))
    return Client(policy, tls_context(None))
