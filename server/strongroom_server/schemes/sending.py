"""Sends one request for a token, so that it is known whether it was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom_server.egress.client import Limits
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.schemes.token_errors import InDoubt, NotSent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from strongroom_server.egress.client import Client, Request, Response
    from strongroom_server.egress.endpoints import Destination

_CONNECT_SECONDS: Final = 10.0
_BODY_BYTES: Final = 64 * 1024


class Sender(NamedTuple):
    """How requests for a token are sent. `seconds` limits the response, and counts from when the request is sent.

    `before_sending` is awaited for each request once its connection is open, right before it is sent. If it raises, that request is
    not sent. `tenant` is as in Client.open.
    """

    client: Client
    seconds: float
    tenant: str = ""
    before_sending: Callable[[], Awaitable[None]] | None = None

    def destination_of(self, url: str) -> tuple[Destination, str]:
        """The destination of a URL, and the target of the request. Raises NotSent."""
        try:
            return self.client.destination_of(url)
        except EgressRefused as refused:
            raise NotSent(refused) from None

    async def send(self, to: Destination, request: Request) -> Response:
        """Send a request, and return the response. Raises NotSent and InDoubt, and what `before_sending` raises.

        A cancelled call loses the response.
        """
        try:
            async with self.client.open(to, _CONNECT_SECONDS, tenant=self.tenant) as opened:
                if self.before_sending is not None:
                    await self.before_sending()
                return await opened.send(request, Limits(self.seconds, body_bytes=_BODY_BYTES))
        except EgressRefused as refused:
            raise (InDoubt("egress", refused=refused) if refused.sent else NotSent(refused)) from None
