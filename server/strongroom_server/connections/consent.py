"""What a browser does: it opens a link, starts the consent, and comes back with a code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.v1.connection_service_pb2 import (
        Consent,
        GetConsentRequest,
        ReceiveConsentRequest,
        ReceiveConsentResponse,
        StartConsentRequest,
        StartConsentResponse,
    )
    from strongroom_server.connections.context import Context


async def get_consent(context: Context, request: GetConsentRequest, peer: str) -> Consent:
    raise NotImplementedError


async def start(context: Context, request: StartConsentRequest, peer: str) -> StartConsentResponse:
    raise NotImplementedError


async def receive(context: Context, request: ReceiveConsentRequest, peer: str) -> ReceiveConsentResponse:
    raise NotImplementedError
