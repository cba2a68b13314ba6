"""The helpers of the client library against a real node: an AWS session against moto, and CredentialAuth against the provider."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from botocore.config import Config
from botocore.session import Session
from conftest import copied_database, open_deployment
from samples import created, named
from schemes.moto import ROLE, sts
from schemes.provider import provider, provider_process
from use.minting import oauth, reaching, uses_of

import strongroom
from strongroom.aws_credentials import aws_session
from strongroom.httpx_auth import CredentialAuth
from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_ROLE,
    AwsData,
    Credential,
    CredentialData,
)
from strongroom_server.gateway.proxy.app import Proxy
from strongroom_server.gateway.services import services
from strongroom_server.node.http_server import serve_proxy
from strongroom_server.node.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from conftest import Deployment
    from schemes.moto import Sts
    from schemes.provider import Provider

__all__ = ["provider", "provider_process", "sts"]


@pytest.fixture(scope="module")
async def node(
    sts: Sts,
    provider_process: Provider,
    postgres_url: str,
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Deployment]:
    """A node that may reach both."""
    settings = reaching(provider_process)
    settings["egress_ports"] |= {urlsplit(sts.url).port}
    async with (
        copied_database(postgres_url, template_database) as url,
        open_deployment(url, tmp_path_factory.mktemp("node"), **settings) as opened,
    ):
        yield opened


@pytest.fixture
async def client(node: Deployment) -> AsyncIterator[strongroom.Client]:
    async with strongroom.Client(node.grpc_target, node.api_key, plaintext=True) as client:
        yield client


async def test_a_bucket_of_s3_is_made_with_the_temporary_key_of_a_role(
    node: Deployment, client: strongroom.Client, sts: Sts, provider: Provider
) -> None:
    key = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "hunter2/hunter2", "assumed_role_arn": ROLE}
    credential = await created(
        node,
        named(
            data=CredentialData(aws=AwsData(**key)),
            use_settings=Credential.UseSettings(token_url=f"{sts.url}/", aws_regions=["eu-west-1"]),
            tines_settings=Credential.TinesSettings(aws_authentication_type=AWS_AUTHENTICATION_TYPE_ROLE),
        ),
    )
    session = await aws_session(client, credential.id, actor="the nightly export")
    held = session.get_credentials().get_frozen_credentials()

    def used() -> list[str]:
        s3 = session.create_client("s3", "eu-west-1", endpoint_url=sts.url, verify=str(provider.ca_file))
        try:
            location = {"LocationConstraint": "eu-west-1"}
            s3.create_bucket(Bucket="reports", CreateBucketConfiguration=location)
            return [each["Name"] for each in s3.list_buckets()["Buckets"]]
        finally:
            s3.close()

    assert "reports" in await asyncio.to_thread(used)
    assert held.access_key.startswith("ASIA")
    assert held.token
    started, ended = await uses_of(node, credential)
    assert (started, ended[0]) == (("STARTED", {"kind": "token", "actor": "the nightly export"}), "OK")


async def test_botocore_puts_an_object_through_the_proxy_which_signs_again(
    node: Deployment, sts: Sts, provider: Provider
) -> None:
    """The host is none of AWS, so its service and region are those of use_settings."""
    host = urlsplit(sts.url).netloc
    key = AwsData(access_key_id="AKIAIOSFODNN7EXAMPLE", secret_access_key="hunter2/hunter2")
    credential = await created(
        node,
        named(
            data=CredentialData(aws=key),
            allowed_hosts=[host],
            use_settings=Credential.UseSettings(aws_services=["s3"], aws_regions=["eu-west-1"]),
        ),
    )
    proxy = Proxy(services(node.service.channel(), node.service.authenticate))
    async with serve_proxy(replace(node.settings, proxy_port=0), proxy, Stopping()) as port:

        def used() -> bytes:
            session = Session()
            session.set_credentials("none", "none")
            url = f"http://127.0.0.1:{port}/proxy/{credential.id}/https/{host}"
            config = Config(s3={"addressing_style": "path"})
            s3 = session.create_client("s3", "eu-west-1", endpoint_url=url, config=config)
            s3.meta.events.register("before-sign.s3", _add_key(node.api_key))
            try:
                s3.create_bucket(Bucket="proxied", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
                s3.put_object(Bucket="proxied", Key="a b/ä", Body=b"body")
                found: bytes = s3.get_object(Bucket="proxied", Key="a b/ä")["Body"].read()
                return found
            finally:
                s3.close()

        assert await asyncio.to_thread(used) == b"body"


def _add_key(key: str) -> Callable[..., None]:
    def add(request: Any, **_: Any) -> None:
        request.headers["Strongroom-Key"] = key

    return add


async def test_a_token_that_was_revoked_is_replaced_within_one_request(
    node: Deployment, client: strongroom.Client, provider: Provider
) -> None:
    hosts = [f"127.0.0.1:{provider.port}"]
    credential = await created(node, named(data=oauth(provider.token_url), allowed_hosts=hosts))
    tls = ssl.create_default_context(cafile=str(provider.ca_file))
    async with httpx.AsyncClient(auth=CredentialAuth(client, credential.id), verify=tls) as http:
        assert (await http.get(f"{provider.url}/api")).status_code == 200
        provider.revoke()
        assert (await http.get(f"{provider.url}/api")).status_code == 200
        assert (await http.get(f"{provider.url}/api")).status_code == 200
    assert [each["status"] for each in provider.log("/api")] == [200, 401, 200, 200]
    assert len(provider.log("/token")) == 2
