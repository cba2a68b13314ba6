"""A mock provider in a process of its own: an OAuth 2.0 token endpoint and an API, over TLS, with every fault that a test asks for.

    with Provider.start(ca) as provider:
        refresh_token = provider.grant()                 # a new grant of the client CLIENT_ID with CLIENT_SECRET
        provider.set(rotation="once", answer="drop", times=1)
        ...                                              # POST provider.token_url; GET f"{provider.url}/api"
        assert [each["grant"] for each in provider.log()] == ["refresh_token"]

The fixture `provider` gives one per module, with modes and log reset before each test; import it into a test module by name.
The token endpoint is described in provider_tokens.py, with all modes that `set` takes; the authorization endpoint with its page,
discovery, keys and revocation in provider_consent.py. The API, of provider_server.py:

- `/api`: 200 if the bearer token is live, otherwise 401.
- `/echo…`: the request as JSON: method, path, query (both raw), headers, body (Latin-1), client_certificate (its common name).
  `?digest=1` gives the SHA-256 of each header's value instead, for a caller that must not see the secret in a response.
  `?as=` answers the secret (the Authorization header without its scheme, or another header: `&of=X-Key`) as a text: `raw`, `base64`
  (`&offset=1`: after so many other bytes), `percent`, `escaped` (JSON, \\u00xx for each character), `bytewise` (a chunk for each
  byte), `header` (in a header), `gzip`.
- `/answer?status=&body=&header=Name:Value&header=…&seconds=`: that response, after so many seconds.
- `/sse?events=5&seconds=0.05`: server-sent events. `/big?bytes=`: so many zero bytes. `/count`: bytes and SHA-256 of the request's
  body. `/duplex`: sends each piece of the body, and the trailers, back as they arrive.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import ssl
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode, urlsplit

import pytest
from egress.servers import CA
from schemes.provider_tokens import CLIENT_ID, CLIENT_SECRET
from waiting import DEADLINE_SECONDS

from strongroom_server.egress.client import Client
from strongroom_server.egress.policy import Policy, networks_of
from strongroom_server.egress.tls import tls_context
from strongroom_server.use.flight import Flight

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import trustme

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "Provider", "provider", "provider_process"]

_PROGRAM = Path(__file__).with_name("provider_server.py")


@dataclass(slots=True)
class Provider:
    """A running provider. `ca_file` verifies it, and is what STRONGROOM_EGRESS_CA of a node must name."""

    url: str
    ca_file: Path
    process: subprocess.Popen[bytes]
    _connection: http.client.HTTPSConnection
    _directory: tempfile.TemporaryDirectory[str] = field(repr=False)

    @classmethod
    def start(cls, ca: trustme.CA = CA) -> Self:
        """Start one on a free port of 127.0.0.1, with a certificate of the CA for it and for localhost."""
        directory = tempfile.TemporaryDirectory(prefix="provider")
        home = Path(directory.name)
        ca.cert_pem.write_to_path(str(home / "ca.pem"))
        ca.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(str(home / "server.pem"))
        command = [sys.executable, str(_PROGRAM), str(home / "server.pem"), str(home / "ca.pem")]
        # The program ends with its standard input, so that none outlives a test run that is killed.
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdout is not None
        port = process.stdout.readline().decode().strip()
        assert port, "the provider did not start"
        tls = ssl.create_default_context(cafile=str(home / "ca.pem"))
        connection = http.client.HTTPSConnection("127.0.0.1", int(port), context=tls, timeout=30)
        return cls(f"https://127.0.0.1:{port}", home / "ca.pem", process, connection, directory)

    @property
    def token_url(self) -> str:
        """The URL of the token endpoint."""
        return f"{self.url}/token"

    @property
    def authorization_url(self) -> str:
        """The URL of the authorization endpoint."""
        return f"{self.url}/authorize"

    @property
    def revocation_url(self) -> str:
        """The URL of the revocation endpoint."""
        return f"{self.url}/revoke"

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None
        return port

    def client(self) -> Client:
        """An outbound client that may reach the provider."""
        return Client(Policy(networks_of("127.0.0.1"), ports=frozenset({self.port, 443})), tls_context(self.ca_file))

    def set(self, **modes: Any) -> None:
        """Change modes of the token endpoint (see provider_tokens.Modes). The others stay."""
        self._admin("mode", modes)

    def reset(self) -> None:
        """All modes as at the start, and an empty log. Grants and tokens stay."""
        self._admin("reset", {})

    def log(self, path: str = "/token") -> list[dict[str, Any]]:
        """The requests so far for a path, in order of arrival; `""` gives those of every path but /admin.

        Each has `time` (Unix seconds), `method`, `path` and `status` (0 as long as there is none). One of /token has also `grant`,
        `client_id`, `authentication` (basic, body or ""), `answer` (the mode's), `fields` (those of the form that are not secret),
        `family` and `generation` (of the refresh token that was presented, or "" and 0), and `concurrency`: how many requests
        for the same grant, or with the same fields, were running, with it.
        """
        return [each for each in self._admin("log") if not path or each["path"] == path]

    def grant(self, *, expires_in: float | None = None) -> str:
        """A new grant, with an access token of its own. Returns its refresh token; `pair` returns both."""
        return self.pair(expires_in=expires_in)["refresh_token"]

    def pair(self, *, expires_in: float | None = None) -> dict[str, str]:
        """A new grant: access_token, refresh_token and family."""
        pair: dict[str, str] = self._admin("grant", {"expires_in": expires_in})
        return pair

    def access_token(self) -> str:
        """A live access token without a grant."""
        token: str = self._admin("access-token", {})
        return token

    def revoke(self, token: str = "") -> None:
        """Revoke an access token, or a refresh token with its whole grant; all tokens and grants by default."""
        self._admin("revoke", {"token": token})

    def consent(self, url: str, decision: str = "allow") -> str:
        """Open a consent URL as a browser does, decide, and return the URL of the callback, to which nothing is sent."""
        target = url.removeprefix(self.url)
        assert target != url, "the consent URL is of another provider"
        for method, body in (("GET", ""), ("POST", urlencode({"decision": decision}))):
            self._connection.request(method, target, body)
            with self._connection.getresponse() as response:
                page = response.read().decode()
            if response.status == 302:
                return response.headers["Location"]
            assert response.status == 200, page
        raise AssertionError(page)

    def trust(self, issuer: str, public_key: str) -> None:
        """Accept assertions of an issuer (RFC 7523) that this public key in PEM form verifies."""
        self._admin("trust", {"issuer": issuer, "public_key": public_key})

    def kill(self) -> None:
        """End the process. Connections to it are refused from now on."""
        self._connection.close()
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self._directory.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.kill()

    def _admin(self, name: str, body: Any = None) -> Any:
        # One connection for all calls: a handshake costs more than a call.
        method, data = ("GET", None) if body is None else ("POST", json.dumps(body))
        self._connection.request(method, f"/admin/{name}", data)
        with self._connection.getresponse() as response:
            answer = json.load(response)
        assert response.status == 200, answer
        return answer


@pytest.fixture(scope="module")
def provider_process() -> Iterator[Provider]:
    """One provider for the tests of a module."""
    with Provider.start() as running:
        yield running


@pytest.fixture
async def provider(provider_process: Provider) -> AsyncIterator[Provider]:
    """The provider of the module, with modes and log as at the start.

    What a node of this process requests in the background ends with the test, so that it is not in the log of the next one.
    """
    flights, start = list[Flight](), Flight.start

    def recorded(flight: Flight, *arguments: Any) -> None:
        flights.append(flight)
        start(flight, *arguments)

    provider_process.reset()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flight, "start", recorded)
        yield provider_process
    provider_process.reset()
    if running := [flight.task for flight in flights if not flight.task.done()]:
        await asyncio.wait(running, timeout=DEADLINE_SECONDS)
