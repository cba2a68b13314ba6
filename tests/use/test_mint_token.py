"""What MintToken requires of a request, who gets a token, and how often the provider is asked."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
from rpc.calls import deleted, key_of, refused, updated
from samples import created, named
from schemes.provider import CLIENT_ID, CLIENT_SECRET, provider, provider_process
from use.minting import client, events_of, later, minted, node, recipe, stored, uses_of
from waiting import until

from strongroom.v1.credential_pb2 import READ_ACCESS_TEAM, ClientCredentialsData, Credential, CredentialData
from strongroom.v1.organisation_service_pb2 import ROLE_INVOKER, ROLE_READER
from strongroom.v1.use_service_pb2 import ENVIRONMENT_TEST

if TYPE_CHECKING:
    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]


async def of_client(node: Deployment, provider: Provider, **fields: Any) -> Credential:
    settings = {"token_url": provider.token_url, "scopes": ["read", "write"], **fields.pop("settings", {})}
    return await stored(node, client(), settings, **fields)


@pytest.mark.parametrize(
    ("fields", "field", "rule"),
    [
        ({"id": "x"}, "id", "must be a credential's id, or its number in decimal"),
        ({"environment": 7}, "environment", "must be a value of Environment"),
        ({"actor": "a" * 256}, "actor", "must be at most 255 characters long"),
        ({"target_host": "https://api.example.com"}, "target_host", "must be a DNS name or IPv4 address"),
        ({"min_remaining_seconds": -1}, "min_remaining_seconds", "must be 0 to 3,600"),
        ({"min_remaining_seconds": 3601}, "min_remaining_seconds", "must be 0 to 3,600"),
        ({"scopes": ["a b"]}, "scopes[0]", "must be 1 to 255 printable ASCII characters except space"),
        ({"scopes": ["a"] * 101}, "scopes", "must have at most 100 elements"),
        ({"scopes": ["read", "admin"]}, "scopes", "must be scopes that the credential has"),
        ({"audience": "a" * 2049}, "audience", "must be at most 2,048 characters long"),
        ({"rejected_token_sha256": b"1"}, "rejected_token_sha256", "must be 32 bytes, the SHA-256 of a token"),
    ],
)
async def test_a_broken_field_is_named_with_its_rule(
    node: Deployment, provider: Provider, fields: dict[str, Any], field: str, rule: str
) -> None:
    credential = await of_client(node, provider)
    request = {"credential": credential, **fields}
    if "id" in request:
        request["credential"] = Credential(id=request.pop("id"))
    refusal = await refused(minted(node, **request))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", [field])
    assert refusal.fields[field].startswith(rule)
    assert provider.log() == []
    async with node.sql() as connection:
        assert not await connection.fetchval("select count(*) from tokens where credential_id = $1", credential.id)


async def test_an_audience_of_the_credential_cannot_be_replaced(node: Deployment, provider: Provider) -> None:
    credential = await of_client(node, provider, settings={"audience": "https://one.example.com"})
    refusal = await refused(minted(node, credential, audience="https://two.example.com"))
    assert refusal.fields == {"audience": "must be empty: the credential has an audience"}


@pytest.mark.parametrize("field", ["scopes", "audience"])
async def test_a_recipe_takes_neither_scopes_nor_audience(node: Deployment, provider: Provider, field: str) -> None:
    credential = await stored(node, recipe(f"{provider.url}/answer"))
    given: dict[str, Any] = {field: ["a"] if field == "scopes" else "a"}
    refusal = await refused(minted(node, credential, **given))
    rule = "must be empty for http_request, it is for oauth, client_credentials, json_document"
    assert refusal.fields == {field: rule}


async def test_each_set_of_parameters_has_its_own_token(node: Deployment, provider: Provider) -> None:
    credential = await of_client(node, provider)
    requests: list[dict[str, Any]] = [
        {}, {"scopes": ["read"]}, {"scopes": ["read", "write"]}, {"audience": "https://api.example.com"},
    ]  # fmt: skip
    tokens = [(await minted(node, credential, **request)).token for request in requests]
    assert len(set(tokens)) == 4
    assert [request["fields"].get("scope") for request in provider.log()] == [
        "read write",
        "read",
        "read write",
        "read write",
    ]
    assert provider.log()[3]["fields"]["audience"] == "https://api.example.com"
    # The order of scopes, and a repeated one, have no meaning.
    again = await minted(node, credential, scopes=["write", "read", "write"])
    assert (again.token, list(again.scopes)) == (tokens[2], ["read", "write"])


async def test_fifty_callers_cause_one_request(node: Deployment, provider: Provider) -> None:
    provider.set(latency=0.3)
    credential = await of_client(node, provider)
    responses = await asyncio.gather(*(minted(node, credential) for _ in range(50)))
    assert len({response.token for response in responses}) == 1
    assert len(provider.log()) == 1
    outcomes = [event.outcome for event in await events_of(node, credential)]
    assert (outcomes.count("STARTED"), outcomes.count("OK")) == (1, 50)


async def test_callers_at_the_same_time_share_a_recipe_that_keeps_no_token(
    node: Deployment, provider: Provider
) -> None:
    provider.set(latency=0.3)
    payload = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": "<<secret>>"}
    data = recipe(provider.token_url, "=r.body.access_token", secret=CLIENT_SECRET, payload=payload)
    credential = await stored(node, data)
    responses = await asyncio.gather(*(minted(node, credential) for _ in range(20)))
    assert len({response.token for response in responses}) == len(provider.log()) == 1
    assert (await minted(node, credential)).token != responses[0].token


async def test_a_token_that_lives_too_short_is_replaced(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.set(expires_in=60)
    credential = await of_client(node, provider)
    first = await minted(node, credential, min_remaining_seconds=50)
    # None lives so long, and a new one would not either.
    assert (await minted(node, credential, min_remaining_seconds=3600)) == first
    later(node, monkeypatch, 29)
    assert (await minted(node, credential, min_remaining_seconds=3600)) == first
    later(node, monkeypatch, 2)
    assert (await minted(node, credential, min_remaining_seconds=25)) == first
    second = await minted(node, credential, min_remaining_seconds=3600)
    assert (second.generation, second.token != first.token) == (2, True)


async def test_what_is_stored_is_kept_while_the_provider_fails(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.set(expires_in=60)
    credential = await of_client(node, provider)
    first = await minted(node, credential)
    provider.set(answer="error:server_error")
    later(node, monkeypatch, 40)
    asked = len(provider.log())
    assert (await minted(node, credential, min_remaining_seconds=30)) == first
    assert len(provider.log()) > asked
    assert (await minted(node, credential)) == first


async def test_a_rejected_token_is_replaced_once_a_minute(node: Deployment, provider: Provider) -> None:
    credential = await of_client(node, provider)
    first = await minted(node, credential)
    rejected = hashlib.sha256(first.token.encode()).digest()
    second = await minted(node, credential, rejected_token_sha256=rejected)
    assert (second.generation, second.token != first.token) == (2, True)
    # It is not the present one any more.
    assert await minted(node, credential, rejected_token_sha256=rejected) == second
    rejected = hashlib.sha256(second.token.encode()).digest()
    assert (await refused(minted(node, credential, rejected_token_sha256=rejected))).reason == "REFRESH_LIMITED"
    assert len(provider.log()) == 2


async def test_a_credential_that_was_changed_gives_no_earlier_token(node: Deployment, provider: Provider) -> None:
    credential = await of_client(node, provider)
    first = await minted(node, credential)
    data = CredentialData(client_credentials=ClientCredentialsData(client_id="client:1", client_secret="other"))
    await updated(node, credential.id, "data", data=data)
    refusal = await refused(minted(node, credential))
    assert (refusal.reason, "invalid_client" in refusal.message) == ("PROVIDER_REFUSED", True)
    await updated(node, credential.id, "data", data=client())
    second = await minted(node, credential)
    assert (second.version, second.token != first.token) == (3, True)
    # Another policy is another token too.
    settings = Credential.UseSettings(token_url=provider.token_url, scopes=["read"])
    await updated(node, credential.id, "use_settings", use_settings=settings)
    third = await minted(node, credential)
    assert (third.version, list(third.scopes), third.token != second.token) == (3, ["read"], True)


async def test_a_credential_that_is_deleted_or_changed_while_its_provider_answers_gives_no_token(
    node: Deployment, provider: Provider
) -> None:
    provider.set(latency=0.5)
    gone, narrowed = await of_client(node, provider), await of_client(node, provider)
    calls = [asyncio.create_task(refused(minted(node, each))) for each in (gone, narrowed)]
    await until_asked(provider, 2)
    await deleted(node, gone.id)
    await updated(node, narrowed.id, "allowed_hosts", allowed_hosts=["api.example.com"])
    assert [(await call).reason for call in calls] == ["CREDENTIAL_NOT_FOUND", "HOST_NOT_ALLOWED"]
    for each, reason in ((gone, "CREDENTIAL_NOT_FOUND"), (narrowed, "HOST_NOT_ALLOWED")):
        assert [event.outcome for event in await events_of(node, each)] == ["STARTED", reason]


async def until_ended(node: Deployment, credential: Credential, outcomes: list[str]) -> None:
    """Wait until the trail has these outcomes of the credential's tokens."""

    async def has_ended() -> bool:
        return [event.outcome for event in await events_of(node, credential)] == outcomes

    await until(has_ended)


async def until_asked(provider: Provider, requests: int) -> None:
    await until(lambda: len(provider.log()) >= requests)


async def test_the_host_is_decided_before_the_provider_is_asked(node: Deployment, provider: Provider) -> None:
    credential = await of_client(node, provider, allowed_hosts=["api.example.com"])
    for host in ("", "example.com", "api.example.com:8443"):
        assert (await refused(minted(node, credential, target_host=host))).reason == "HOST_NOT_ALLOWED"
    assert provider.log() == []
    # The provider itself is not among allowed_hosts.
    await minted(node, credential, target_host="API.example.com")
    assert (await uses_of(node, credential))[-1] == (
        "OK", {"kind": "token", "host": "API.example.com", "generation": "1"},
    )  # fmt: skip


async def test_an_invoker_gets_a_token_and_a_reader_none(node: Deployment, provider: Provider) -> None:
    credential = await of_client(node, provider, team_id=1, read_access=READ_ACCESS_TEAM)
    assert (await minted(node, credential, by=await key_of(node, ROLE_INVOKER))).token
    assert (await refused(minted(node, credential, by=await key_of(node, ROLE_READER)))).reason == "ROLE_MISSING"
    other = await key_of(node, ROLE_INVOKER, team_ids=[2])
    assert (await refused(minted(node, credential, by=other))).reason == "CREDENTIAL_NOT_FOUND"


async def test_warnings_and_violations_keep_a_credential_from_use(node: Deployment, provider: Provider) -> None:
    refusal = await refused(minted(node, await stored(node, recipe(f"{provider.url}/answer", location="=a |> b"))))
    assert (refusal.reason, list(refusal.fields)) == (
        "CREDENTIAL_UNUSABLE", ["data.http_request.location_of_token"],
    )  # fmt: skip
    data = CredentialData(client_credentials=ClientCredentialsData(client_id="client:1"))
    invalid = await created(node, named(data=data), accept_invalid=True)
    assert (await refused(minted(node, invalid))).reason == "CREDENTIAL_INVALID"


async def test_the_test_environment_uses_the_test_credential_while_it_is_enabled(
    node: Deployment, provider: Provider
) -> None:
    live = await of_client(node, provider, settings={"scopes": ["live"]})
    assert (await minted(node, live, environment=ENVIRONMENT_TEST)).credential_id == live.id
    test = await of_client(node, provider, settings={"scopes": ["test"]}, live_credential_id=live.id)
    response = await minted(node, live, environment=ENVIRONMENT_TEST)
    assert (response.credential_id, list(response.scopes)) == (test.id, ["test"])
    assert (await minted(node, live)).credential_id == live.id
    assert await uses_of(node, test) == [
        ("STARTED", {"kind": "token", "environment": "TEST"}),
        ("OK", {"kind": "token", "environment": "TEST", "generation": "1"}),
    ]
    disabled = Credential.TestCredential(enabled=False)
    await updated(node, live.id, "test_credential.enabled", test_credential=disabled)
    assert (await minted(node, live, environment=ENVIRONMENT_TEST)).credential_id == live.id


async def test_tokens_are_sealed_at_rest(node: Deployment, provider: Provider) -> None:
    credential = await of_client(node, provider)
    token = (await minted(node, credential)).token
    async with node.sql() as connection:
        rows = await connection.fetch("select t::text from tokens t where credential_id = $1", credential.id)
        boxes = await connection.fetch("select box from tokens where credential_id = $1", credential.id)
    assert len(rows) == len(boxes) == 1
    for secret in (token, CLIENT_SECRET):
        assert secret not in rows[0]["t"]
        assert secret.encode() not in boxes[0]["box"]


async def test_the_outcome_is_recorded_when_the_caller_did_not_wait_for_it(
    node: Deployment, provider: Provider
) -> None:
    provider.set(latency=0.5)
    good = await of_client(node, provider)
    bad = await stored(node, client("other"), {"token_url": provider.token_url})
    for credential in (good, bad):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await minted(node, credential, seconds=0.2)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    for credential, outcome in ((good, "OK"), (bad, "PROVIDER_REFUSED")):
        await until_ended(node, credential, ["STARTED", outcome])
    # What the provider gave is there for the next caller.
    assert (await minted(node, good)).generation == 1
    assert len([each for each in provider.log() if each["status"] == 200]) == 1
