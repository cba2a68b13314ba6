"""Each variant is used in a real call: with grpcurl, and with curl by the proxy. What it cannot do names the reason."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import shutil
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from conftest import copied_database
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from egress.servers import CA
from google.protobuf import json_format
from key_samples import jwt, keys, mtls, rsa_key, service_account
from schemes.provider import CLIENT_ID, CLIENT_SECRET, provider, provider_process
from use.granting import refresh_data
from use.minting import client, oauth, recipe
from use.shell import shell

from strongroom.v1.credential_pb2 import (
    AccessTokenData,
    ApiIdKeyData,
    ApiKeyData,
    AwsData,
    BasicAuthData,
    CredentialData,
    KeyValuesData,
    MultiRequestData,
    RawData,
    TextData,
)
from strongroom_server.rules.variants.table import VARIANTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from schemes.provider import Provider
    from use.shell import Shell

__all__ = ["provider", "provider_process"]

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")

SECRET = "s3cret-of-the-credential"
EMAIL = "robot@project.iam.gserviceaccount.com"
SERVICE = "strongroom.v1."
NO_TOKEN = "it has no token: AuthorizeHttpRequest and ForwardHttpRequest add its secret to a request"


@dataclass(frozen=True)
class Case:
    """A variant. `kind` is what of it leaves the node, `sent` the header that arrives if it is not a token."""

    kind: str
    data: Callable[[Provider], CredentialData]
    settings: Callable[[Provider], dict[str, Any]] = lambda _: {}
    sent: str = ""
    no_token: str = ""


def bare(data: CredentialData, sent: str = f"Bearer {SECRET}") -> Case:
    """A variant whose secret is sent as it is."""
    return Case("secret", lambda _: data, sent=sent, no_token=NO_TOKEN)


def service_account_of(provider: Provider) -> CredentialData:
    public = rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    provider.trust(EMAIL, public.decode())
    return service_account(client_email=EMAIL, token_uri=provider.token_url)


def login(provider: Provider) -> CredentialData:
    """A recipe of two requests: the second sends what the first got."""
    session = quote(json.dumps({"session": "s-1"}))
    requests = [
        {"url": f"{provider.url}/answer?body={session}"},
        {"url": f"{provider.url}/echo", "content_type": "form", "payload": {"is": "<<PREVIOUS_STEP.body.session>>-<<secret>>"}},
    ]  # fmt: skip
    made = [MultiRequestData.Request(options_json=json.dumps(each), secret=SECRET) for each in requests]
    return CredentialData(
        multi_request=MultiRequestData(requests=made, location_of_token="=recipe.body.body", content_type="form")
    )


def client_certificate(_: Provider) -> CredentialData:
    issued = CA.issue_cert("client@example.com", common_name="the client")
    return mtls(
        issued.cert_chain_pems[0].bytes().decode(),
        issued.private_key_pem.bytes().decode(),
        CA.cert_pem.bytes().decode(),
    )


def client_at(provider: Provider) -> dict[str, Any]:
    return {"token_url": provider.token_url}


CASES = {
    "basic_auth": bare(
        CredentialData(basic_auth=BasicAuthData(username="anna", password=SECRET)),
        f"Basic {base64.b64encode(f'anna:{SECRET}'.encode()).decode()}",
    ),
    "api_key": bare(CredentialData(api_key=ApiKeyData(api_key=SECRET))),
    "api_id_key": bare(CredentialData(api_id_key=ApiIdKeyData(api_id="id", api_key=SECRET))),
    "access_token": bare(CredentialData(access_token=AccessTokenData(access_token=SECRET))),
    "text": bare(CredentialData(text=TextData(value=SECRET))),
    "raw": bare(CredentialData(raw=RawData(value=SECRET.encode()))),
    "key_values": bare(CredentialData(key_values=KeyValuesData(values={"key": SECRET.encode()}))),
    "oauth": Case("token", lambda provider: oauth(provider.token_url)),
    "client_credentials": Case("token", lambda _: client(), client_at),
    "oauth2_refresh": Case("token", refresh_data, lambda _: {"managed": True}),
    "json_document": Case("token", service_account_of, lambda _: {"scopes": ["https://example.com/read"]}),
    # Its signature is the same each time.
    "jwt": Case("token", lambda _: jwt("RS256", keys()["RSA"])),
    "http_request": Case("token", lambda provider: recipe(f"{provider.url}/echo", "=recipe.body.body")),
    "multi_request": Case("token", login),
    "aws": Case(
        "signature",
        lambda _: CredentialData(aws=AwsData(access_key_id="AKIAEXAMPLE", secret_access_key=SECRET)),
        lambda _: {"aws_services": ["dynamodb"], "aws_regions": ["eu-west-1"]},
        sent="AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/",
        no_token="a key has no token: AuthorizeHttpRequest signs with it; with assumed_role_arn there are temporary keys",
    ),
    "mtls": Case(
        "signature",
        client_certificate,
        no_token="it has no token: ForwardHttpRequest presents its certificate",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
async def node(
    provider_process: Provider, postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shell]:
    directory = tmp_path_factory.mktemp("node")
    async with copied_database(postgres_url, template_database) as url, shell(url, directory, provider_process) as made:
        yield made


@pytest.fixture(scope="module")
async def agent(node: Shell) -> str:
    """A key that may use every credential and read none."""
    made = await node.call(
        f"{SERVICE}OrganisationService/CreateApiKey",
        {"api_key": {"display_name": "an agent", "roles": ["ROLE_INVOKER"]}},
    )
    return str(made["key"])


def host_of(provider: Provider) -> str:
    return f"127.0.0.1:{provider.port}"


async def stored(node: Shell, provider: Provider, variant: str, **fields: Any) -> str:
    """Store a credential of the variant for the provider, with grpcurl. Returns its id."""
    case = CASES[variant]
    data = json_format.MessageToDict(case.data(provider), preserving_proto_field_name=True)
    credential = {
        "name": f"{variant} {len(fields)}", "data": data, "allowed_hosts": [host_of(provider)],
        "use_settings": case.settings(provider), **fields,
    }  # fmt: skip
    made = await node.call(f"{SERVICE}CredentialService/CreateCredential", {"credential": credential})
    assert "warnings" not in made
    return str(made["id"])


async def uses_of(node: Shell, credential_id: str) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """The outcome of each event of a use with what it says of it, by method, oldest first."""
    page = await node.call(
        f"{SERVICE}AuditService/ListAuditEvents", {"credential_id": credential_id, "page_size": 500}
    )
    uses = defaultdict(list)
    for each in reversed(page["audit_events"]):
        if "use" in each:
            uses[each["action"]].append((each["outcome"], each["use"]))
    return uses


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def assert_arrived(variant: str, body: str | bytes, sent: str) -> None:
    """The receiver saw the secret, the token, the signature or the certificate, and the key of no caller."""
    seen = json.loads(body)
    headers = {name.lower(): value for name, value in seen["headers"]}
    assert "strongroom-key" not in headers
    if variant == "mtls":
        assert (seen["client_certificate"], "authorization" in headers) == ("the client", False)
    elif variant == "aws":
        assert headers["authorization"].startswith(sent)
    else:
        assert headers["authorization"] == digest(sent)


def test_each_variant_has_a_case() -> None:
    assert set(CASES) == set(VARIANTS)


@pytest.mark.parametrize("variant", sorted(CASES))
async def test_an_agent_uses_it_and_each_use_is_recorded(
    node: Shell, agent: str, provider: Provider, variant: str
) -> None:
    case, host = CASES[variant], host_of(provider)
    credential = await stored(node, provider, variant)
    token = await minted(node, agent, case, {"id": credential, "target_host": host, "actor": "invoice 4711"})
    sent = case.sent or f"Bearer {token}"

    request = {"id": credential, "method": "GET", "url": f"{provider.url}/v1/a?b=c", "actor": "invoice 4711"}
    headers = await authorized(node, agent, variant, request)
    assert headers.get("Authorization", "").startswith(sent if variant != "mtls" else "")

    # A receiver may return a signature.
    url = f"{provider.url}/echo/a%2Fb?c=d" + ("" if variant == "aws" else "&digest=1")
    head = {"id": credential, "method": "GET", "url": url, "actor": "invoice 4711"}
    response = await node.call("ForwardHttpRequest", {"head": head}, agent)
    assert response["head"]["status"] == 200
    assert_arrived(variant, base64.b64decode(response["body"]), sent)

    status, body = await node.proxied(credential, url, agent, "--header", "Strongroom-Actor: invoice 4711")
    assert status == 200, body
    assert_arrived(variant, body, sent)

    use = {"kind": case.kind, "host": host, "actor": "invoice 4711"}
    echoed = {**use, "method": "GET", "path": "/echo/a%2Fb"}
    sending = [("STARTED", echoed), ("OK", {**echoed, "status": 200})]
    # The outcome of a stream is recorded after its last message.
    async with asyncio.timeout(30):
        while len((uses := await uses_of(node, credential))["StreamHttpRequest"]) < len(sending):
            pass
    assert uses["ForwardHttpRequest"] == uses["StreamHttpRequest"] == sending
    authorizing = {**use, "method": "GET", "path": "/v1/a"}
    runs = [("STARTED", authorizing)] if variant in ("http_request", "multi_request") else []
    assert uses["AuthorizeHttpRequest"] == ([*runs, ("OK", authorizing)] if headers else [])
    outcomes = ["OK"] if variant == "jwt" else ["STARTED", "OK"]
    assert [(outcome, recorded["host"]) for outcome, recorded in uses["MintToken"]] == [
        (outcome, host) for outcome in outcomes if token
    ]


async def minted(node: Shell, agent: str, case: Case, request: dict[str, Any]) -> str:
    """The token, or "" where the error says why there is none."""
    if case.kind == "token":
        return str((await node.call("MintToken", request, agent))["token"])
    error = await node.refusal("MintToken", request, agent)
    assert "USE_NOT_SUPPORTED" in error
    assert case.no_token in error
    return ""


async def authorized(node: Shell, agent: str, variant: str, request: dict[str, Any]) -> dict[str, str]:
    """The headers to add, for the key with every role if the agent must not have them; none for a client certificate."""
    if variant == "mtls":
        error = await node.refusal("AuthorizeHttpRequest", request, agent)
        assert "USE_NOT_SUPPORTED" in error
        assert "a client certificate is not part of a request: forward the request" in error
        return {}
    if CASES[variant].kind == "secret":
        error = await node.refusal("AuthorizeHttpRequest", request, agent)
        assert "SECRET_NOT_RELEASED" in error
        assert "forward the request instead" in error
        response = await node.call("AuthorizeHttpRequest", request)
    elif variant == "aws":
        assert "body_sha256" in await node.refusal("AuthorizeHttpRequest", request, agent)
        response = await node.call("AuthorizeHttpRequest", {**request, "body_sha256": digest("")}, agent)
    else:
        response = await node.call("AuthorizeHttpRequest", request, agent)
    return {each["name"]: each["value"] for each in response["headers"]}
