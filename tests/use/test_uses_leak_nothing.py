"""No secret, token, key or query of a use is in a log, an error, a metric, an event or, unsealed, in the database.

Each method of UseService and the proxy is used with each variant, and fails in as many ways as there are.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog
from canary import MARKER, assert_absent, rows_of
from key_samples import certificates, jwt, keys, mtls, service_account
from samples import samples
from schemes.provider import provider, provider_process
from use.granting import refresh_data
from use.minting import client, oauth, recipe
from use.planted import IN_QUERY, world_of

from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest
from strongroom.v1.credential_pb2 import AwsData, CredentialData, MultiRequestData
from strongroom.v1.use_service_pb2 import (
    HttpHeader,
)
from strongroom_server.use import tripwire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import pytest
    from schemes.provider import Provider
    from use.planted import World

    from strongroom_server.node.embedded_postgres import EmbeddedPostgres

__all__ = ["provider", "provider_process"]

# The modes of the token endpoint, without those that take long or many bytes.
FAULTS = (
    "error:invalid_grant", "error:invalid_client", "error:made_up", "error_beside_token", "slack", "facebook", "html",
    "gzip", "empty", "null", "list", "no_token", "not_utf8", "drop", "reset", "close", "redirect", "status:401",
    "status:429", "status:500", "status:503",
)  # fmt: skip
QUERY = f"q={IN_QUERY}"
# What a receiver does with a request. It returns the secret only where the tripwire finds it.
PATHS = (
    *(f"/echo?as={way}&{QUERY}" for way in ("raw", "base64", "percent", "escaped", "bytewise", "header", "gzip")),
    *(f"/answer?status={status}&body=<html>&{QUERY}" for status in (401, 404, 500)),
    f"/answer?status=302&header=Location:https://169.254.169.254/&{QUERY}",
    f"/answer?header=Content-Encoding:br&{QUERY}",
    # h11 writes no second length, so the provider closes the connection.
    f"/answer?header=Content-Length:9&{QUERY}",
    f"/echo/../a?{QUERY}",
)
ELSEWHERE = (f"https://169.254.169.254/?{QUERY}", f"http://vendor.com/?{QUERY}", f"https://u:{IN_QUERY}@vendor.com/")


async def every_bare_secret(world: World) -> None:
    """Send each, refuse it, and let the receiver return it."""
    # Not text, so that no request can have it.
    unplaceable = await world.stored(samples(MARKER)["raw"])
    assert await world.authorized(unplaceable, f"{world.provider.url}/count?{QUERY}") is None
    for variant in ("basic_auth", "api_key", "api_id_key", "access_token", "text", "key_values"):
        data = samples(MARKER)[variant]
        if variant == "key_values":
            del data.key_values.values["shown"]
        credential = await world.stored(data)
        url = f"{world.provider.url}/count?{QUERY}"
        ((header),) = (await world.authorized(credential, url)).headers
        secret = f"anna:{MARKER}" if variant == "basic_auth" else MARKER
        assert header.value.split(" ")[1] in {secret, base64.b64encode(secret.encode()).decode()}
        assert await world.authorized(credential, url, world.invoker) is None
        assert await world.minted(credential) is None
        await every_path(world, credential)


async def every_path(world: World, credential: str) -> None:
    """Forward, stream and proxy a request that works, and each that does not."""
    works = f"{world.provider.url}/echo?digest=1&{QUERY}"
    assert (await world.forwarded(credential, works)).head.status == 200
    assert json.loads(await world.streamed(credential, works))["path"] == "/echo"
    proxied = await world.proxied(credential, works)
    assert proxied is not None
    assert proxied.status_code == 200, proxied.text
    header = HttpHeader(name="X-A", value=f"{MARKER}\n")
    assert await world.forwarded(credential, works, headers=[header]) is None
    for url in (*(world.provider.url + path for path in PATHS), *ELSEWHERE):
        await world.forwarded(credential, url)
        await world.streamed(credential, url)
        await world.proxied(credential, url)


async def every_token(world: World) -> None:
    """Mint each, use it, and then let the provider of new ones fail in each way."""
    provider = world.provider
    makes: dict[str, Callable[[], Awaitable[str]]] = {
        "oauth": lambda: world.stored(oauth(provider.token_url)),
        "client_credentials": lambda: world.stored(client(), settings={"token_url": provider.token_url}),
        "oauth2_refresh": lambda: refreshing(world),
        "json_document": lambda: world.stored(service_account(token_uri=provider.token_url)),
        "http_request": lambda: world.stored(recipe(f"{provider.url}/echo", "=recipe.body.body", secret=MARKER)),
        "jwt": lambda: world.stored(jwt("RS256", keys()["RSA"])),
    }
    for variant, make in makes.items():
        provider.reset()
        credential = await make()
        minted = await world.minted(credential)
        if variant != "json_document":  # The provider does not trust its issuer.
            assert minted.token
            await every_path(world, credential)
        if variant in ("jwt", "http_request"):
            continue
        for fault in FAULTS:
            provider.set(answer=fault)
            credential = await make()
            assert await world.minted(credential) is None, fault
            await world.authorized(credential, f"{provider.url}/?{QUERY}")
            await world.forwarded(credential, f"{provider.url}/?{QUERY}")
    provider.reset()


async def refreshing(world: World) -> str:
    """A managed grant. Its refresh token is nobody's, and its access token is AccessCredential's to hand out."""
    token = world.provider.grant()
    world.secrets.add(token)
    return await world.stored(refresh_data(world.provider, token), settings={"managed": True})


async def every_recipe(world: World) -> None:
    """Recipes that fail with their secret in the URL and in the response."""
    url = world.provider.url
    for target, location in (
        (f"{url}/echo?s=<<secret>>", "=recipe.body.absent"),
        (f"{url}/answer?status=500&body={MARKER}", "=recipe.body"),
        (f"{url}/answer?body={quote(json.dumps({'a': MARKER}))}", "=recipe.body.b"),
        (f"{url}/answer?status=302&header=Location:https://169.254.169.254/{MARKER}", "=recipe.body"),
        (f"https://169.254.169.254/?{QUERY}", "=recipe.body"),
        (f"http://vendor.com/?{QUERY}", "=recipe.body"),
    ):
        data = recipe(target, location, secret=MARKER)
        steps = [MultiRequestData.Request(options_json=data.http_request.options_json, secret=MARKER)] * 2
        two = MultiRequestData(requests=steps, location_of_token=location, content_type="form")
        for each in (data, CredentialData(multi_request=two)):
            assert await world.minted(await world.stored(each)) is None, target


async def every_key(world: World) -> None:
    """Sign, present a certificate, and ask an STS that is none."""
    aws = AwsData(access_key_id="AKIA", secret_access_key=MARKER)
    settings = {"aws_services": ["dynamodb"], "aws_regions": ["eu-west-1"]}
    credential = await world.stored(CredentialData(aws=aws), settings=settings)
    assert (await world.authorized(credential, f"{world.provider.url}/?{QUERY}")).headers
    await every_path(world, credential)
    aws.assumed_role_arn = "arn:aws:iam::123456789012:role/r"
    credential = await world.stored(
        CredentialData(aws=aws), settings={**settings, "token_url": f"{world.provider.url}/echo"}
    )
    assert await world.minted(credential) is None
    credential = await world.stored(mtls(*certificates()))
    await world.forwarded(credential, f"{world.provider.url}/echo?{QUERY}")
    await world.streamed(credential, f"{world.provider.url}/echo?{QUERY}")


def private_keys() -> set[str]:
    """A line of each private key that is stored."""
    return {pem.split("\n")[2][:40] for pem in (keys()["RSA"], certificates()[1])}


async def test_what_is_used_is_shown_to_nobody_else(
    database_url: str,
    postgres: EmbeddedPostgres,
    tmp_path: Path,
    provider: Provider,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Otherwise a credential is not forwarded with after three hits.
    monkeypatch.setattr(tripwire, "_MOST_HITS", 1_000_000)
    with structlog.testing.capture_logs() as lines:
        async with world_of(database_url, tmp_path / "node", provider) as world:
            world.secrets.update(private_keys())
            for uses in (every_bare_secret, every_token, every_recipe, every_key):
                await uses(world)
            metrics = (await world.deployment.http.get("/metrics")).text
            events = await world.deployment.audit.ListAuditEvents(
                ListAuditEventsRequest(page_size=500), metadata=world.deployment.metadata
            )
            rows = [each async for each in rows_of(world.deployment)]
            shown = repr(world.deployment.service)
    out, err = capfd.readouterr()
    assert len(world.told) > 300
    assert len(rows) > 500
    assert any(table == "tokens" for table, _ in rows)
    found: list[tuple[str, str | bytes]] = [
        *(("an error", text) for text in world.told), *((f"the table {table}", row) for table, row in rows),
        ("the log", repr(lines) + repr(caplog.records)), ("the output", out + err), ("the metrics", metrics),
        ("the events", events.SerializeToString()), ("a repr", shown),
        ("the database's log", (postgres.home / "log").read_bytes()),
    ]  # fmt: skip
    for where, text in found:
        assert_absent(where, text, world.secrets)
