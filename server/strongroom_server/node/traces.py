"""Sends traces to a collector while a node runs, if STRONGROOM_TRACES is set. Imports OpenTelemetry only then."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from strongroom_server.core import tracing
from strongroom_server.node.settings import SettingsError
from strongroom_server.node.tls.rules import is_loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom_server.node.settings import Settings


@asynccontextmanager
async def traces(settings: Settings) -> AsyncIterator[None]:
    """Send traces until the context ends. Raises SettingsError."""
    if not settings.traces:
        yield
        return
    url = urlsplit(settings.traces)
    if url.scheme == "http" and not settings.insecure and not is_loopback(url.hostname or ""):
        raise SettingsError(
            "STRONGROOM_TRACES has http://, and who calls what would cross the network in clear text: use https://, or set "
            "STRONGROOM_INSECURE=1 if the network encrypts"
        )
    try:
        from strongroom_server.node.otel import OpenTelemetry  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError:
        raise SettingsError("STRONGROOM_TRACES needs the extra otel: pip install 'strongroom[server,otel]'") from None
    telemetry = OpenTelemetry(settings.traces)
    tracing.tracer = telemetry
    try:
        yield
    finally:
        tracing.tracer = None
        await telemetry.close()
