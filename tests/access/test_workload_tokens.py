"""Workloads call with tokens of their OpenID Connect provider, which is a process with a real HTTPS server."""

from __future__ import annotations

import asyncio
import base64
import functools
import hmac
import json
import re
import sys
import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc.aio
import jwt
import pytest
from access.oidc_provider import Provider, jwk_of, new_key, provider
from conftest import API_KEY, new_database, open_deployment
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from gateway.apis import another_organisation, slashid, tines, versori
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import read
from waiting import until
from writer_nodes import writer_role, writer_settings

import strongroom
from strongroom.v1.credential_pb2 import Credential, CredentialData, TextData
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest
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
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_USER, ROLE_WRITER
from strongroom_server.access import issuer_keys, oidc_tokens
from strongroom_server.access.caller import Presented
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.egress.endpoints import endpoint_of
from strongroom_server.node import service as node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from conftest import Deployment

    from strongroom.v1.identity_service_pb2 import Caller

AUDIENCE = "https://strongroom.example"
GITHUB = "https://token.actions.githubusercontent.com"
CLUSTER = "https://my-cluster.example.com"
CLUSTER_KEY = new_key()


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


@dataclass(slots=True)
class Site:
    """A deployment, and the provider whose keys its issuers for GitHub and a cluster have."""

    deployment: Deployment
    provider: Provider
    github_id: str = ""
    cluster_id: str = ""

    @property
    def identities(self) -> IdentityServiceStub:
        """IdentityService, over the network."""
        return IdentityServiceStub(self.deployment.grpc)

    async def bind(self, oidc: OidcIssuer, organisation: str = "default") -> str:
        """Bind an issuer to an organisation, and return its id."""
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

    async def outcome(self, token: str) -> str:
        """The id of the identity that the token stands for, or the reason of the refusal."""
        try:
            return (await self.caller(token)).id
        except grpc.aio.AioRpcError as error:
            return read(error).reason


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
        made = Site(deployment, running)
        made.github_id = await made.bind(
            OidcIssuer(issuer=GITHUB, audience=AUDIENCE, claim_prefix="repo:octo-org/", jwks_url=running.url)
        )
        made.cluster_id = await made.bind(
            OidcIssuer(
                issuer=CLUSTER,
                audience=AUDIENCE,
                claim_prefix="system:serviceaccount:billing:",
                jwks_json=json.dumps({"keys": [jwk_of(CLUSTER_KEY, "one")]}),
            )
        )
        yield made


@pytest.fixture
async def workflow(site: Site) -> AsyncIterator[str]:
    """The identity of the workflow of GitHub's documentation."""
    identity = await site.map(
        site.github_id, {"sub": "repo:octo-org/octo-repo:environment:prod"}, ROLE_WRITER, ROLE_READER
    )
    await until(lambda: is_outcome(site, site.provider.issue(github_claims()), identity))
    yield identity
    await site.identities.DisableIdentity(DisableIdentityRequest(id=identity), metadata=site.deployment.metadata)


async def is_outcome(site: Site, token: str, outcome: str) -> bool:
    return await site.outcome(token) == outcome


def cluster_token(**changes: Any) -> str:
    return jwt.encode(cluster_claims(**changes), CLUSTER_KEY, algorithm="ES256", headers={"kid": "one"})


async def test_a_github_workflow_is_its_identity(site: Site) -> None:
    claims = github_claims(sub="repo:octo-org/documented:environment:prod")
    mapped = {"sub": claims["sub"], "job_workflow_ref": "octo-org/octo-automation/**", "environment": "prod"}
    identity = await site.map(site.github_id, mapped, ROLE_USER, ROLE_READER, team_ids=[1])
    token = site.provider.issue(claims)
    await until(lambda: is_outcome(site, token, identity))
    caller = await site.caller(token)
    assert (caller.id, caller.organisation_id) == (identity, "default")
    assert caller.principal == f"{GITHUB}#repo:octo-org/documented:environment:prod"
    assert sorted(caller.roles) == sorted((ROLE_USER, ROLE_READER))
    assert list(caller.team_ids) == [1]
    assert caller.expire_time.seconds == claims["exp"]
    # Each claim must match.
    assert await site.outcome(site.provider.issue({**claims, "environment": "test"})) == "IDENTITY_UNKNOWN"
    del claims["job_workflow_ref"]
    assert await site.outcome(site.provider.issue(claims)) == "IDENTITY_UNKNOWN"


async def test_a_kubernetes_service_account_is_its_identity(site: Site) -> None:
    identity = await site.map(site.cluster_id, {"sub": "system:serviceaccount:billing:invoices"}, ROLE_USER)
    await until(lambda: is_outcome(site, cluster_token(), identity))
    caller = await site.caller(cluster_token())
    assert caller.principal == f"{CLUSTER}#system:serviceaccount:billing:invoices"
    assert await site.outcome(cluster_token(sub="system:serviceaccount:billing:other")) == "IDENTITY_UNKNOWN"
    # A claim that is an object is no text that a pattern matches.
    assert await site.outcome(cluster_token(sub={"system:serviceaccount:billing:invoices": 1})) == "IDENTITY_UNKNOWN"


# What a workflow changes in its claims, and in its header.
REFUSED: dict[str, Callable[[dict[str, Any]], object]] = {
    "wrong issuer": lambda claims: claims.update(iss="https://token.actions.githubusercontent.com.evil.example"),
    "issuer with a slash": lambda claims: claims.update(iss=f"{GITHUB}/"),
    "issuer of the cluster": lambda claims: claims.update(iss=CLUSTER),
    "no issuer": lambda claims: claims.pop("iss"),
    "wrong audience": lambda claims: claims.update(aud="https://github.com/octo-org"),
    "longer audience": lambda claims: claims.update(aud=f"{AUDIENCE}.evil.example"),
    "part of the audience": lambda claims: claims.update(aud=AUDIENCE[:-1]),
    "audience within a text": lambda claims: claims.update(aud=f"x {AUDIENCE} y"),
    "list without the audience": lambda claims: claims.update(aud=["https://github.com/octo-org"]),
    "no audience": lambda claims: claims.pop("aud"),
    "expired": lambda claims: claims.update(exp=time.time() - 1),
    "no expiry": lambda claims: claims.pop("exp"),
    "textual expiry": lambda claims: claims.update(exp=str(claims["exp"])),
    "not yet valid": lambda claims: claims.update(nbf=time.time() + 60),
    "issued in the future": lambda claims: claims.update(iat=time.time() + 60),
    "valid for a year": lambda claims: claims.update(exp=time.time() + 365 * 86_400),
    "issued a year ago": lambda claims: claims.update(iat=time.time() - 365 * 86_400),
    "another repository": lambda claims: claims.update(sub="repo:octo-org/octo-repo-2:environment:prod"),
    "another environment": lambda claims: claims.update(sub="repo:octo-org/octo-repo:environment:test"),
    "longer subject": lambda claims: claims.update(sub=claims["sub"] + ":more"),
    "subject with a newline": lambda claims: claims.update(sub=claims["sub"] + "\n"),
    "look-alike letter": lambda claims: claims.update(sub=claims["sub"].replace("o", "\u043e")),
    "another owner": lambda claims: claims.update(sub="repo:octo-org-evil/octo-repo:environment:prod"),
    "prefixed subject": lambda claims: claims.update(sub="evil/repo:octo-org/octo-repo:environment:prod"),
    "subject that is a list": lambda claims: claims.update(sub=[claims["sub"]]),
    "no subject": lambda claims: claims.pop("sub"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_token_with_other_claims_is_refused(site: Site, workflow: str, name: str) -> None:
    claims = github_claims()
    assert await site.outcome(site.provider.issue(claims)) == workflow
    REFUSED[name](claims)
    assert await site.outcome(site.provider.issue(claims)) == "IDENTITY_UNKNOWN"


@pytest.mark.parametrize("audience", [[AUDIENCE], ["https://other.example", AUDIENCE]])
async def test_the_audience_may_be_one_of_a_list(site: Site, workflow: str, audience: list[str]) -> None:
    assert await site.outcome(site.provider.issue(github_claims(aud=audience))) == workflow


async def test_a_token_with_another_signature_is_refused(site: Site, workflow: str) -> None:
    head, payload, signature = site.provider.issue(github_claims()).split(".")
    assert await site.outcome(f"{head}.{payload}.{signature}") == workflow
    of_cluster = jwt.encode(github_claims(), CLUSTER_KEY, algorithm="ES256", headers={"kid": "one"})
    assert of_cluster.split(".")[0] == head
    public = site.provider.keys["one"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def hmac_of(header: dict[str, str]) -> str:
        signed = f"{part_of(header)}.{payload}"
        return f"{signed}.{part_of(hmac.digest(public, signed.encode(), 'sha256'))}"

    for token in (
        of_cluster,
        f"{part_of({'alg': 'none', 'kid': 'one'})}.{payload}.{signature}",
        hmac_of({"alg": "HS256", "kid": "one"}),
        hmac_of({"alg": "ES256", "kid": "one"}),
        f"{part_of({'alg': 'ES256'})}.{payload}.{signature}",
        f"{head}.{payload}.{signature[:-2]}",
        jwt.encode(github_claims(), site.provider.keys["one"], algorithm="ES256", headers={"kid": "two"}),
    ):
        assert await site.outcome(token) == "IDENTITY_UNKNOWN"
    # Without a signature it has no three parts, so that it is taken for an API key.
    assert await site.outcome(f"{part_of({'alg': 'none', 'kid': 'one'})}.{payload}.") == "API_KEY_INVALID"


def part_of(value: dict[str, str] | bytes) -> str:
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


async def test_two_organisations_share_a_provider_each_with_its_prefix(site: Site, workflow: str) -> None:
    organisation, key = await another_organisation(site.deployment)
    theirs = OidcIssuer(issuer=GITHUB, audience=AUDIENCE, claim_prefix="repo:beta/", jwks_url=site.provider.url)
    issuer = await site.bind(theirs, organisation)
    identity = await site.map(issuer, {"sub": "repo:beta/**"}, key=key)
    token = site.provider.issue(github_claims(sub="repo:beta/x:environment:prod"))
    await until(lambda: is_outcome(site, token, identity))
    assert (await site.caller(token)).organisation_id == organisation
    assert await site.outcome(site.provider.issue(github_claims())) == workflow
    assert await site.outcome(site.provider.issue(github_claims(sub="repo:gamma/x"))) == "IDENTITY_UNKNOWN"


async def test_a_token_with_the_audiences_of_two_issuers_is_refused(site: Site, workflow: str) -> None:
    organisation, key = await another_organisation(site.deployment)
    theirs = OidcIssuer(
        issuer=GITHUB, audience="https://theirs.example", claim_prefix="repo:octo-org/", jwks_url=site.provider.url
    )
    issuer = await site.bind(theirs, organisation)
    identity = await site.map(issuer, {"sub": "repo:octo-org/**"}, key=key)
    await until(lambda: is_outcome(site, site.provider.issue(github_claims(aud="https://theirs.example")), identity))
    both = github_claims(aud=[AUDIENCE, "https://theirs.example"])
    assert await site.outcome(site.provider.issue(both)) == "IDENTITY_UNKNOWN"
    assert await site.outcome(site.provider.issue(github_claims())) == workflow


async def test_of_several_identities_the_one_without_a_star_counts(site: Site) -> None:
    exact = await site.map(site.github_id, {"sub": "repo:octo-org/shared:exact"})
    one = await site.map(site.github_id, {"sub": "repo:octo-org/shared:*"})
    token = site.provider.issue(github_claims(sub="repo:octo-org/shared:other"))
    await until(lambda: is_outcome(site, token, one))
    await site.map(site.github_id, {"sub": "repo:octo-org/shared:o*"})
    await until(lambda: is_outcome(site, token, "IDENTITY_UNKNOWN"))
    assert await site.outcome(site.provider.issue(github_claims(sub="repo:octo-org/shared:exact"))) == exact


async def test_a_change_of_an_identity_acts_on_tokens_that_were_verified_before(site: Site) -> None:
    subject = "repo:octo-org/changing:environment:prod"
    identity = await site.map(site.github_id, {"sub": "repo:octo-org/changing:**"})
    token = site.provider.issue(github_claims(sub=subject))
    await until(lambda: is_outcome(site, token, identity))

    async def update(path: str, **fields: Any) -> None:
        request = UpdateIdentityRequest(id=identity, identity=Identity(**fields), update_mask=FieldMask(paths=[path]))
        await site.identities.UpdateIdentity(request, metadata=site.deployment.metadata)

    await update("roles", roles=[ROLE_WRITER])
    await until(lambda: has_roles(site, token, [ROLE_WRITER]))
    await update("denied_names", denied_names=[subject])
    await until(lambda: is_outcome(site, token, "IDENTITY_UNKNOWN"))
    await update("denied_names", denied_names=["repo:octo-org/changing:environment:test"])
    await until(lambda: is_outcome(site, token, identity))
    await site.identities.DisableIdentity(DisableIdentityRequest(id=identity), metadata=site.deployment.metadata)
    await until(lambda: is_outcome(site, token, "IDENTITY_UNKNOWN"))


async def has_roles(site: Site, token: str, roles: list[Any]) -> bool:
    return list((await site.caller(token)).roles) == roles


async def test_a_disabled_issuer_ends_its_tokens_and_can_be_bound_again(site: Site) -> None:
    oidc = OidcIssuer(issuer="https://short.example", audience="a", claim_prefix="p", jwks_url=site.provider.url)
    token = site.provider.issue(github_claims(iss="https://short.example", aud="a", sub="person"))
    for _ in range(2):
        issuer = await site.bind(oidc)
        identity = await site.map(issuer, {"sub": "p*"})
        await until(functools.partial(is_outcome, site, token, identity))
        await site.identities.DisableIdentityIssuer(
            DisableIdentityIssuerRequest(id=issuer), metadata=site.deployment.metadata
        )
        await until(functools.partial(is_outcome, site, token, "IDENTITY_UNKNOWN"))


async def test_an_identity_ends_a_token_at_its_own_expiry(site: Site) -> None:
    end = datetime.now(UTC) + timedelta(seconds=1.5)
    identity = await site.map(site.github_id, {"sub": "repo:octo-org/brief"}, expire_time=end)
    token = site.provider.issue(github_claims(sub="repo:octo-org/brief"))
    await until(lambda: is_outcome(site, token, identity))
    assert (await site.caller(token)).expire_time.ToDatetime(UTC) == end
    await until(lambda: is_outcome(site, token, "IDENTITY_UNKNOWN"))


async def test_a_token_that_was_verified_is_not_verified_again_until_it_expires(
    site: Site, workflow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    def is_signed(said: oidc_tokens.ClaimedToken, *arguments: Any) -> bool:
        verified.append(said.text)
        return check(said, *arguments)

    check = oidc_tokens.is_signed
    monkeypatch.setattr(oidc_tokens, "is_signed", is_signed)
    # A change that the node hears later would end what it has verified.
    await site.deployment.hear()
    token = site.provider.issue(github_claims(exp=time.time() + 1))
    for _ in range(3):
        assert await site.outcome(token) == workflow
    assert verified == [token]
    await until(lambda: is_outcome(site, token, "IDENTITY_UNKNOWN"))
    assert verified == [token]


async def test_a_token_of_no_issuer_costs_neither_a_signature_check_nor_a_statement(
    site: Site, workflow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []
    monkeypatch.setattr(oidc_tokens, "is_signed", lambda *_: used.append("signature"))
    await site.deployment.hear()
    # The node's jobs, which began before, make statements too.
    authenticates = ContextVar("authenticates", default=False)
    authenticates.set(True)

    def noted(name: str, statement: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        def note(*arguments: Any, **named: Any) -> Awaitable[Any]:
            if authenticates.get():
                used.append(name)
            return statement(*arguments, **named)

        return note

    database = site.deployment.service.database
    for name in ("fetch", "fetchrow", "batch"):
        monkeypatch.setattr(database, name, noted(name, getattr(database, name)))
    for claims in (github_claims(iss="https://unknown.example"), github_claims(aud="x"), github_claims(sub="x")):
        with pytest.raises(AuthenticationFailed):
            await identify(site, site.provider.issue(claims))
    for text in ("a.b.c", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"):
        with pytest.raises(AuthenticationFailed):
            await identify(site, text)
    assert used == []


async def identify(site: Site, token: str) -> object:
    """Authenticate a caller, without recording a failure."""
    presented = Presented([f"Bearer {token}"], "")
    return await site.deployment.service.pipeline._authenticator.identify(presented, site.deployment.service.watch)


async def test_a_rotated_key_is_used_when_a_token_names_it_and_the_old_one_ends(
    site: Site, workflow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = site.provider.issue(github_claims())
    assert await site.outcome(old) == workflow
    site.provider.publish("two")
    monkeypatch.setattr(issuer_keys, "FETCH_SECONDS", 0.0)
    assert await site.outcome(site.provider.issue(github_claims(), "two")) == workflow
    # The cache of verified tokens does not outlive the key.
    assert await site.outcome(old) == "IDENTITY_UNKNOWN"
    site.provider.publish("one")
    assert await site.outcome(site.provider.issue(github_claims())) == workflow


async def test_without_keys_of_its_issuer_a_token_is_unavailable_and_others_work(site: Site, workflow: str) -> None:
    dead = f"{site.provider.endpoint.rpartition(':')[0]}:9/keys"
    issuer = await site.bind(
        OidcIssuer(issuer="https://dead.example", audience=AUDIENCE, claim_prefix="x", jwks_url=dead)
    )
    await site.map(issuer, {"sub": "x*"})
    token = site.provider.issue(github_claims(iss="https://dead.example", sub="xy"))
    await until(lambda: is_outcome(site, token, "ISSUER_KEYS_UNAVAILABLE"))
    assert await site.outcome(site.provider.issue(github_claims())) == workflow


async def test_vendors_endpoints_take_a_token_in_place_of_an_api_key(site: Site, workflow: str) -> None:
    # Long tokens, too: an API key has at most 512 characters.
    token = site.provider.issue(github_claims(workflow="w" * 1500))
    assert 2000 < len(token) < 4096
    for api in (
        versori(site.deployment, token),
        slashid(site.deployment, token),
        tines(site.deployment, key=token),
    ):
        assert (await api.request("GET")).status_code == 200
    alone = await site.deployment.http.get(versori(site.deployment).path, headers={"Authorization": token})
    user_token = await site.deployment.http.get(tines(site.deployment).path, headers={"X-User-Token": token})
    assert (alone.status_code, user_token.status_code) == (200, 200)
    # The scheme JWT is for keys that are registered as API keys.
    other_scheme = await site.deployment.http.get(
        versori(site.deployment).path, headers={"Authorization": f"JWT {token}"}
    )
    assert other_scheme.status_code == 401
    expired = site.provider.issue(github_claims(exp=time.time() - 1))
    for api in (
        versori(site.deployment, expired),
        slashid(site.deployment, expired),
        tines(site.deployment, key=expired),
    ):
        assert (await api.request("GET")).status_code == 401


async def grpcurl(site: Site, method: str, request: dict[str, Any], key: str = API_KEY) -> dict[str, Any]:
    """Call IdentityService with the real grpcurl, by reflection."""
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("grpcurl"), "-plaintext", "-H", f"authorization: Bearer {key}", "-d", "@",
        site.deployment.grpc_target, f"strongroom.v1.IdentityService/{method}",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate(json.dumps(request).encode())
    assert process.returncode == 0, err.decode()
    answer: dict[str, Any] = json.loads(out)
    return answer


async def test_grpcurl_and_the_python_client_call_with_a_token(site: Site, workflow: str) -> None:
    caller = await grpcurl(site, "GetCaller", {}, site.provider.issue(github_claims()))
    assert (caller["id"], caller["organisation_id"]) == (workflow, "default")
    tokens: list[str] = []

    def fresh_token() -> str:
        tokens.append(site.provider.issue(github_claims(jti=str(len(tokens)))))
        return tokens[-1]

    async with strongroom.Client(site.deployment.grpc_target, token=fresh_token, plaintext=True) as client:
        for name in ("first", "second"):
            made = await client.create_credential(Credential(name=name, data=CredentialData(text=TextData(value="x"))))
            assert made.name == name
    assert len(set(tokens)) >= 2


async def test_a_writer_node_takes_tokens_with_its_own_role_in_the_database(
    site: Site, workflow: str, tmp_path: Path
) -> None:
    settings = await writer_settings(site.deployment, tmp_path / "writer")
    async with (
        writer_role(site.deployment.database_url, "writer of tokens") as url,
        node.service(settings, url, opens=False) as writer,
    ):
        presented = Presented([f"Bearer {site.provider.issue(github_claims())}"], "")
        caller = await writer.pipeline._authenticator.identify(presented, writer.watch)
        assert caller.key_id == workflow


async def test_the_requests_of_the_page_can_be_pasted(site: Site) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "identities.md").read_text()
    requests = re.findall(r"-d '(\{[^']*\n\})' \S+:50051 strongroom\.v1\.IdentityService/(\w+)", page)
    bind_and_map = ["CreateIdentityIssuer", "CreateIdentity"]
    assert [method for _, method in requests] == [*bind_and_map, "UpdateIdentity", *bind_and_map]
    answers: dict[str, Any] = {}
    for text, method in requests:
        request = json.loads(text)
        if method == "CreateIdentity":
            request["identity"]["issuer_id"] = answers["CreateIdentityIssuer"]["id"]
        if method == "UpdateIdentity":
            request["id"] = answers["CreateIdentity"]["id"]
        answers[method] = await grpcurl(site, method, request)
    assert answers["UpdateIdentity"]["denied_names"] == ["spiffe://prod.example.org/ns/billing/sa/old"]
    assert answers["CreateIdentity"]["claims"] == {"sub": "repo:acme/billing:environment:production"}


async def test_the_audit_trail_names_the_principal_of_a_verified_token(site: Site) -> None:
    organisation, key = await another_organisation(site.deployment)
    issuer = await site.bind(
        OidcIssuer(issuer=GITHUB, audience=AUDIENCE, claim_prefix="repo:audited/", jwks_url=site.provider.url),
        organisation,
    )
    identity = await site.map(issuer, {"sub": "repo:audited/mapped"}, ROLE_WRITER, key=key)
    token = site.provider.issue(github_claims(sub="repo:audited/mapped"))
    await until(lambda: is_outcome(site, token, identity))
    credential = Credential(name="made by a workflow", data=CredentialData(text=TextData(value="x")))
    await site.deployment.credentials.CreateCredential(
        CreateCredentialRequest(credential=credential), metadata=(("authorization", f"Bearer {token}"),)
    )
    # Nobody signed this one, so its name is not recorded.
    forged = jwt.encode(github_claims(sub="repo:audited/forged"), CLUSTER_KEY, "ES256", {"kid": "one"})
    for refused in (forged, site.provider.issue(github_claims(sub="repo:audited/unmapped"))):
        assert await site.outcome(refused) == "IDENTITY_UNKNOWN"

    async def events() -> set[tuple[str, ...]]:
        async with site.deployment.sql() as connection:
            rows = await connection.fetch(
                "select action, outcome, key_id, principal from audit_events where organisation_id = $1", organisation
            )
        return {tuple(row) for row in rows if row["action"] in {"CreateCredential", "Authenticate"}}

    expected: set[tuple[str, ...]] = {
        ("CreateCredential", "OK", identity, f"{GITHUB}#repo:audited/mapped"),
        ("Authenticate", "IDENTITY_UNKNOWN", "", ""),
        ("Authenticate", "IDENTITY_UNKNOWN", "", f"{GITHUB}#repo:audited/unmapped"),
    }
    await until(lambda: is_superset(events, expected))
    assert await events() == expected


async def is_superset(events: Callable[[], Awaitable[set[tuple[str, ...]]]], expected: set[tuple[str, ...]]) -> bool:
    return await events() >= expected
