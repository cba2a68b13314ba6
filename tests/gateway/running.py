"""Runs the gateway in front of a scripted service, for tests of all vendors' APIs."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import httpx
from client.scripted import Failure, Scripted, serve
from conftest import ORGANISATION
from gateway.apis import base_64
from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

from strongroom_server.gateway.app import VENDORS, application
from strongroom_server.gateway.services import services
from strongroom_server.node.http_server import serve_http
from strongroom_server.node.settings import Settings
from strongroom_server.node.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from google.protobuf.message import Message
    from starlette.types import ASGIApp

    from strongroom_server.gateway.vendor import Vendor

VERSORI = f"/api/switchboard/v1alpha1/organisations/{ORGANISATION}/credentials"
SLASHID = "/organizations/config/external-credentials"
TINES = "/api/v1/user_credentials"
COLLECTIONS = (VERSORI, SLASHID, TINES)
BODIES: dict[str, dict[str, object]] = {
    VERSORI: {"name": "n", "type": "Raw", "data": {"raw": base_64("hunter2")}},
    SLASHID: {"extcred_provider": "generic", "extcred_type": "api_key", "json_blob": {"api_key": "hunter2"}},
    TINES: {"name": "n", "mode": "TEXT", "team_id": 2, "value": "hunter2"},
}


def headers(api_key: str) -> dict[str, str]:
    """The headers of all vendors together: each API ignores the others' headers."""
    return {"Authorization": f"Bearer {api_key}", "SlashID-API-Key": api_key, "SlashID-OrgID": ORGANISATION}


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that listens on a free port."""
    settings = Settings(0, 0, "127.0.0.1", Path(), None, None, ORGANISATION)
    async with (
        serve_http(settings, app, Stopping()) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", verify=False) as client,
    ):
        yield client


async def always() -> bool:
    return True


async def never() -> bool:
    return False


@asynccontextmanager
async def gateway(
    *answers: Message | Failure, vendors: Sequence[Vendor] = VENDORS
) -> AsyncIterator[tuple[Scripted, httpx.AsyncClient]]:
    """A gateway in front of a service that gives these responses."""
    async with (
        serve(*answers) as scripted,
        grpc.aio.insecure_channel(scripted.target) as channel,
        listening(application(services(channel), always, vendors)) as http,
    ):
        yield scripted, http


def failure(code: grpc.StatusCode, reason: str, field: str = "", **metadata: str) -> Failure:
    status = Status(code=code.value[0], message="the service's message")
    details = [ErrorInfo(reason=reason, domain="strongroom", metadata=metadata)]
    bad_request = BadRequest(field_violations=[BadRequest.FieldViolation(field=field, description="is wrong")])
    for detail in (*details, *([bad_request] if field else [])):
        packed = Any()
        packed.Pack(detail)
        status.details.append(packed)
    return Failure(code, status)
