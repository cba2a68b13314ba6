"""How a credential authenticates an HTTP request, for AuthorizeHttpRequest and for the requests that are forwarded."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from strongroom_server.access.caller import Caller
    from strongroom_server.access.use import Kind
    from strongroom_server.egress.endpoints import Destination
    from strongroom_server.schemes.placement import Additions
    from strongroom_server.use.context import Context, Selected


class Target(NamedTuple):
    """Where a request goes. `target` is the path with the query. `host` is the name, with its port unless that is 443."""

    method: str
    to: Destination
    target: str
    host: str

    def __repr__(self) -> str:
        """Without the target, whose query may hold a secret."""
        return f"Target({self.method} {self.to})"


class Options(NamedTuple):
    """What a request says besides its target. `headers` are those that are sent, or signed for the caller.

    `body_sha256` is hexadecimal, empty if the body is not signed. Without a service and a region of AWS, the host says which.
    """

    headers: Sequence[tuple[str, str]] = ()
    body_sha256: str = ""
    aws_service: str = ""
    aws_region: str = ""
    rejected_token_sha256: bytes = b""


class ClientCertificate(NamedTuple):
    """A certificate and its key for TLS, as PEM. `authorities` are those of the server's certificate, empty for the public ones."""

    certificate: str
    private_key: str
    authorities: str

    def __repr__(self) -> str:
        """Without the key."""
        return "<ClientCertificate>"


class Authentication(NamedTuple):
    """What authenticates a request.

    `selected` is the credential that was used: a new version if it was updated while a provider was asked. `secrets` are the texts
    that no response may contain. `token` is set if a token authenticates, which a 401 can show to be rejected.
    """

    selected: Selected
    additions: Additions
    secrets: tuple[str, ...]
    certificate: ClientCertificate | None = None
    expire_time: datetime | None = None
    token: str | None = None

    def __repr__(self) -> str:
        """Without secrets."""
        return f"Authentication({self.additions!r})"


def target_of(context: Context, method: str, url: str) -> Target:
    """Read a method and a URL, by all rules of the guard but those for addresses. Raises FIELD_INVALID and EGRESS_REFUSED."""
    raise NotImplementedError


async def authenticate(
    context: Context,
    selected: Selected,
    caller: Caller,
    target: Target,
    kind: Kind,
    started: Callable[[], Awaitable[None]],
    options: Options,
) -> Authentication:
    """What authenticates a request, once access/use.py has decided that the caller may have it sent there.

    `started` commits the event of the use, and is awaited before a provider is asked: Trail.started. Raises ServiceError: the
    reasons of require_use, FIELD_INVALID for a header that the credential adds, USE_NOT_SUPPORTED, and those of token_of.
    """
    raise NotImplementedError
