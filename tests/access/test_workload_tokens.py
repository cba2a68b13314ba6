"""Workloads call with tokens of their OpenID Connect provider, which is a process with a real HTTPS server."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
from access.oidc_provider import Provider, jwk_of, new_key, provider
from audit.reading import events_of
from conftest import new_database, open_deployment
from gateway.apis import another_organisation, slashid, tines, versori
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from waiting import until

from strongroom.v1.credential_service_pb2 import ListCredentialsRequest
from strongroom.v1.identity_service_pb2 import (
    CreateIdentityIssuerRequest,
    CreateIdentityRequest,
    DisableIdentityIssuerRequest,
    DisableIdentityRequest,
    GetCallerRequest,
    Identity,
    IdentityIssuer,
    OidcIssuer,
    UpdateIdentityRequest,
)
from strongroom.v1.identity_service_pb2_grpc import IdentityServiceStub
from strongroom.v1.organisation_service_pb2 import ROLE_ADMIN, ROLE_READER, ROLE_USER, ROLE_WRITER
from strongroom_server.access import issuer_keys, oidc_tokens
from strongroom_server.egress.endpoints import endpoint_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from conftest import Deployment

    from strongroom.v1.identity_service_pb2 import Caller

AUDIENCE = "https://strongroom.example"
GITHUB = "https://token.actions.githubusercontent.com"
CLUSTER = "https://my-cluster.example.com"


def github_claims(**changes: Any) -> dict[str, Any]:
    """The claims of GitHub's documentation, with this audience and time."""
    now = int(time.time())
    return {
        "jti": "example-id",
        "sub": "repo:octo-org/octo-repo:environment:prod",
        "environment": "prod",
        "aud": AUDIENCE,
        "ref": "refs/heads/main",
        "sha": "example-sha",
        "repository": "octo-org/octo-repo",
        "repository_owner": "octo-org",
        "actor_id": "12",
        "repository_visibility": "private",
        "repository_id": "74",
        "repository_owner_id": "65",
        "run_id": "example-run-id",
        "run_number": "10",
        "run_attempt": "2",
        "runner_environment": "github-hosted",
        "actor": "octocat",
        "workflow": "example-workflow",
        "head_ref": "",
        "base_ref": "",
        "event_name": "workflow_dispatch",
        "ref_type": "branch",
        "job_workflow_ref": "octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main",
        "iss": GITHUB,
        "nbf": now - 600,
        "exp": now + 300,
        "iat": now,
        **changes,
    }


def cluster_claims(**changes: Any) -> dict[str, Any]:
    """The claims of the documentation of Kubernetes, with this audience and time."""
    now = int(time.time())
    return {
        "aud": [AUDIENCE],
        "exp": now + 3607,
        "iat": now,
        "iss": CLUSTER,
        "jti": "aed34954-b33a-4142-b1ec-389d6bbb4936",
        "kubernetes.io": {
            "namespace": "billing",
            "node": {"name": "my-node", "uid": "646e7c5e-32d6-4d42-9dbd-e504e6cbe6b1"},
            "pod": {"name": "my-pod", "uid": "5e0bd49b-f040-43b0-99b7-22765a53f7f3"},
            "serviceaccount": {"name": "invoices", "uid": "14ee3fa4-a7e2-420f-9f9a-dbc4507c3798"},
            "warnafter": now + 3000,
        },
        "nbf": now,
        "sub": "system:serviceaccount:billing:invoices",
        **changes,
    }


@dataclass(frozen=True, slots=True)
class Site:
    """A deployment with issuers for GitHub and a cluster, whose keys the provider publishes."""

    deployment: Deployment
    provider: Provider
    identities: IdentityServiceStub
    github_id: str
    cluster_id: str

    async def bind(self, oidc: OidcIssuer, organisation: str = "default") -> str:
        """Bind an issuer, and return its id."""
        issuer = IdentityIssuer(organisation_id=organisation, oidc=oidc)
        made = await self.identities.CreateIdentityIssuer(
            CreateIdentityIssuerRequest(identity_issuer=issuer), metadata=self.deployment.metadata
        )
        return made.id

    async def map(self, issuer_id: str, claims: dict[str, str], *roles: Any, key: str = "", **fields: Any) -> str:
        """Create an identity as an admin of the issuer's organisation, and return its id."""
        identity = Identity(issuer_id=issuer_id, claims=claims, roles=roles or (ROLE_READER,), **fields)
        metadata = (("authorization", f"Bearer {key}"),) if key else self.deployment.metadata
        return (await self.identities.CreateIdentity(CreateIdentityRequest(identity=identity), metadata=metadata)).id

    async def caller(self, token: str) -> Caller:
        """Who the service says that the caller is."""
        return await self.identities.GetCaller(GetCallerRequest(), metadata=(("authorization", f"Bearer {token}"),))

    async def refusal(self, token: str) -> str:
        """The reason with which a call is refused, or OK."""
        try:
            await self.caller(token)
        except grpc.aio.AioRpcError as error:
            return reason_of(error)
        return "OK"


def reason_of(error: grpc.aio.AioRpcError) -> str:
    status = rpc_status.from_call(error)
    assert status is not None
    info = error_details_pb2.ErrorInfo()
    status.details[0].Unpack(info)
    return info.reason


@pytest.fixture(scope="module")
async def site(
    postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    directory: Path = tmp_path_factory.mktemp("site")
    url = await new_database(postgres_url, template_database)
    async with (
        provider(directory / "provider") as running,
        open_deployment(
            url,
            directory / "deployment",
            egress_endpoints=frozenset({endpoint_of(running.endpoint)}),
            egress_ca=running.ca_file,
        ) as deployment,
    ):
        made = Site(deployment, running, IdentityServiceStub(deployment.grpc), "", "")
        github = OidcIssuer(issuer=GITHUB, audience=AUDIENCE, claim_prefix="repo:octo-org/", jwks_url=running.url)
        cluster = OidcIssuer(
            issuer=CLUSTER,
            audience=AUDIENCE,
            claim_prefix="system:serviceaccount:billing:",
            jwks_json=json.dumps({"keys": [jwk_of(CLUSTER_KEY, "one")]}),
        )
        yield Site(
            deployment, running, made.identities, await made.bind(github), await made.bind(cluster)
        )


CLUSTER_KEY = new_key()


async def test_a_github_workflow_is_its_identity(site: Site) -> None:
    identity = await site.map(
        site.github_id,
        {"sub": "repo:octo-org/octo-repo:environment:prod", "job_workflow_ref": "octo-org/octo-automation/**"},
        ROLE_USER,
        ROLE_READER,
        team_ids=[1],
    )
    claims = github_claims()
    await until(lambda: is_known(site, site.provider.issue(claims)))
    caller = await site.caller(site.provider.issue(claims))
    assert (caller.id, caller.organisation_id) == (identity, "default")
    assert caller.principal == f"{GITHUB}#repo:octo-org/octo-repo:environment:prod"
    assert sorted(caller.roles) == sorted((ROLE_USER, ROLE_READER))
    assert list(caller.team_ids) == [1]
    assert caller.expire_time.seconds == claims["exp"]


async def is_known(site: Site, token: str) -> bool:
    return await site.refusal(token) == "OK"
