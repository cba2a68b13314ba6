"""Temporary keys of AWS, from a real STS."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from conftest import copied_database, open_deployment
from egress.servers import CA
from rpc.calls import refused
from schemes.moto import ROLE, sts
from use.calls import authorized
from use.minting import expires_in, minted, stored

from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
    AWS_AUTHENTICATION_TYPE_KEY,
    AWS_AUTHENTICATION_TYPE_ROLE,
    AwsData,
    Credential,
    CredentialData,
)
from strongroom_server.egress.policy import networks_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment
    from schemes.moto import Sts

__all__ = ["sts"]

KEY = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "hunter2/hunter2"}


@pytest.fixture(scope="module")
async def node(
    sts: Sts, postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    home = tmp_path_factory.mktemp("node")
    CA.cert_pem.write_to_path(str(home / "ca.pem"))
    reaching: dict[str, Any] = {
        "egress_allow": networks_of("127.0.0.1"),
        "egress_ports": frozenset({urlsplit(sts.url).port}),
        "egress_ca": home / "ca.pem",
    }
    async with (
        copied_database(postgres_url, template_database) as url,
        open_deployment(url, home / "data", **reaching) as opened,
    ):
        yield opened


async def role(
    node: Deployment, sts: Sts, data: dict[str, str], kind: int = AWS_AUTHENTICATION_TYPE_ROLE
) -> Credential:
    return await stored(
        node,
        CredentialData(aws=AwsData(**data)),
        {"token_url": f"{sts.url}/", "aws_regions": ["eu-west-1"]},
        tines_settings=Credential.TinesSettings(aws_authentication_type=kind),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("kind", [AWS_AUTHENTICATION_TYPE_ROLE, AWS_AUTHENTICATION_TYPE_KEY])
async def test_a_key_with_a_role_gives_a_temporary_key(node: Deployment, sts: Sts, kind: int) -> None:
    credential = await role(node, sts, KEY | {"assumed_role_arn": ROLE}, kind)
    response = await minted(node, credential)
    assert response.aws.access_key_id.startswith("ASIA")
    assert response.token
    assert response.aws.session_token
    assert (response.token_type, response.generation) == ("", 1)
    assert 3_500 < expires_in(response) <= 3_601
    assert await minted(node, credential) == response


async def test_a_request_is_signed_with_the_temporary_key(node: Deployment, sts: Sts) -> None:
    credential = await role(node, sts, KEY | {"assumed_role_arn": ROLE})
    key = (await minted(node, credential)).aws
    port = urlsplit(sts.url).port
    response = await authorized(node, credential.id, url=f"https://bucket.s3.eu-west-1.amazonaws.com:{port}/")
    headers = {each.name: each.value for each in response.headers}
    assert f"Credential={key.access_key_id}/" in headers["Authorization"]
    assert headers["X-Amz-Security-Token"] == key.session_token
    assert 0 < response.expire_time.seconds - time.time() <= 900


@pytest.mark.parametrize(
    ("kind", "data", "rule"),
    [
        (
            AWS_AUTHENTICATION_TYPE_KEY,
            KEY,
            "a key has no token: AuthorizeHttpRequest signs with it; with assumed_role_arn there are temporary keys",
        ),
        (
            AWS_AUTHENTICATION_TYPE_ROLE,
            {"assumed_role_arn": ROLE},
            "set access_key_id and secret_access_key, with which the role is assumed",
        ),
        (
            AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
            {"assumed_role_arn": ROLE, **KEY},
            "the instance profile would be that of the server: store a key",
        ),
    ],
)
async def test_without_a_key_or_a_role_there_is_no_token(
    node: Deployment, sts: Sts, kind: int, data: dict[str, str], rule: str
) -> None:
    refusal = await refused(minted(node, await role(node, sts, data, kind)))
    assert (refusal.reason, refusal.code.name) == ("USE_NOT_SUPPORTED", "FAILED_PRECONDITION")
    assert refusal.message == f"a credential of the variant aws cannot be used so: {rule}"


async def test_a_role_that_is_none_is_named(node: Deployment, sts: Sts) -> None:
    refusal = await refused(minted(node, await role(node, sts, KEY | {"assumed_role_arn": "reader"})))
    assert refusal.reason == "CREDENTIAL_UNUSABLE"
    assert list(refusal.fields) == ["data.aws.assumed_role_arn"]
