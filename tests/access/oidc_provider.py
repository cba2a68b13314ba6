"""A mock OpenID Connect provider for tests: its signing keys are here, its HTTPS server is a process of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
import trustme
from cryptography.hazmat.primitives.asymmetric import ec

from strongroom_server.egress.client import Client
from strongroom_server.egress.endpoints import endpoint_of
from strongroom_server.egress.policy import Policy
from strongroom_server.egress.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def new_key() -> ec.EllipticCurvePrivateKey:
    """A new signing key. P-256 keys are made in no time."""
    return ec.generate_private_key(ec.SECP256R1())


def jwk_of(key: ec.EllipticCurvePrivateKey, key_id: str) -> dict[str, Any]:
    """The public key as a JWK."""
    return {**jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": key_id, "use": "sig"}


@dataclass(slots=True)
class Provider:
    """A running provider. `url` is that of its keys; the certificates of `ca_file` verify it."""

    url: str
    ca_file: Path
    directory: Path
    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """The scheme, host and port of the URL."""
        return self.url.removesuffix("/keys")

    @property
    def jwks(self) -> str:
        """The public keys as a JSON Web Key Set."""
        return json.dumps({"keys": [jwk_of(key, key_id) for key_id, key in self.keys.items()]})

    @property
    def requests(self) -> int:
        """How many requests arrived so far."""
        return (self.directory / "requests").stat().st_size

    def client(self) -> Client:
        """An outbound client of a node whose operator trusts the provider's endpoint."""
        return Client(Policy(endpoints=frozenset({endpoint_of(self.endpoint)})), tls_context(self.ca_file))

    def publish(self, *key_ids: str) -> None:
        """Replace the published keys by these; those that are new are made."""
        self.keys = {key_id: self.keys.get(key_id) or new_key() for key_id in key_ids}
        self.answer(body=self.jwks)

    def answer(self, **answer: Any) -> None:
        """Set how the provider answers: `status`, `headers`, `body`, `repeat` (of the body), `seconds` (before it answers)."""
        # Replaced in one step, so that the server never reads a half.
        written = self.directory / "answer.new"
        written.write_text(json.dumps(answer))
        written.replace(self.directory / "answer.json")

    def issue(self, claims: dict[str, Any], key_id: str = "one") -> str:
        """A token, signed with this key."""
        return jwt.encode(claims, self.keys[key_id], algorithm="ES256", headers={"kid": key_id})


@asynccontextmanager
async def provider(directory: Path) -> AsyncIterator[Provider]:
    """Run a provider that publishes a key with the id `one`."""
    directory.mkdir(parents=True, exist_ok=True)
    ca, ca_file = trustme.CA(), directory / "ca.pem"
    ca.cert_pem.write_to_path(str(ca_file))
    certificate = ca.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(str(directory / "server.pem"))
    certificate.private_key_pem.write_to_path(str(directory / "server.key"))
    (directory / "requests").write_bytes(b"")
    program = Path(__file__).with_name("provider_process.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(program),
        str(directory),
        str(directory / "server.pem"),
        str(directory / "server.key"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        running = Provider(f"https://127.0.0.1:{port}/keys", ca_file, directory)
        running.publish("one")
        yield running
    finally:
        process.kill()
        await process.wait()
