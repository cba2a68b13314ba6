"""Sends one request for a token, so that it is known whether it was sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

from strongroom_server.egress.client import Limits
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.schemes.token_errors import InDoubt, NotSent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom_server.egress.client import Client, Request, Response
    from strongroom_server.egress.endpoints import Destination

BeforeSending: TypeAlias = Callable[[], Awaitable[None]]

_BODY_BYTES: Final = 64 * 1024
# What egress refuses once a request is sent.
_AFTER_SENDING: Final = frozenset(
    {"closed", "response_timeout", "head_too_large", "body_too_large", "not_http", "framing"}
)


async def send(
    client: Client, to: Destination, request: Request, seconds: float, before_sending: BeforeSending | None
) -> Response:
    """Send a request, and return the response. Raises NotSent and InDoubt, and what `before_sending` raises."""
    if before_sending is not None:
        await before_sending()
    try:
        return await client.send(to, request, Limits(seconds, body_bytes=_BODY_BYTES))
    except EgressRefused as refused:
        if refused.cause in _AFTER_SENDING:
            raise InDoubt("egress", refused=refused) from None
        raise NotSent(refused) from None


@contextmanager
def not_sent() -> Iterator[None]:
    """Turns a refusal of the guard into NotSent."""
    try:
        yield
    except EgressRefused as refused:
        raise NotSent(refused) from None
