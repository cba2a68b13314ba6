"""Serves a node's liveness, readiness and metrics, for those who operate it."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from strongroom_server.core.names import METRICS_DIRECTORY

if TYPE_CHECKING:
    from starlette.requests import Request

Ready: TypeAlias = Callable[[], Awaitable[bool]]


class NotReady(Exception):
    """A node cannot serve until its operator does something. The text says what."""


def routes(ready: Ready) -> list[Route]:
    """The routes that every node serves, without a key."""

    async def readyz(_: Request) -> Response:
        try:
            if await ready():
                return PlainTextResponse("ready")
        except NotReady as error:
            return PlainTextResponse(f"not ready: {error}", HTTPStatus.SERVICE_UNAVAILABLE)
        return PlainTextResponse("not ready", HTTPStatus.SERVICE_UNAVAILABLE)

    return [Route("/livez", _livez), Route("/readyz", readyz), Route("/metrics", _metrics)]


async def _livez(_: Request) -> Response:
    return PlainTextResponse("alive")


async def _metrics(_: Request) -> Response:
    return Response(generate_latest(_registry()), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _registry() -> CollectorRegistry:
    """The metrics of this process, or of all workers if it is one of several."""
    if METRICS_DIRECTORY not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # has no types
    return registry
