"""Owns Tines' API, as far as clients of credentials use it. Knows no other vendor."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING

import grpc
import msgspec

from strongroom_server.gateway import json_body
from strongroom_server.gateway.vendor import STATUSES, Vendor
from strongroom_server.gateway.vendors.tines import credentials, folders, teams
from strongroom_server.gateway.vendors.tines.callers import authenticate

if TYPE_CHECKING:
    from starlette.responses import Response

    from strongroom_server.gateway.problems import Problem


class Error(msgspec.Struct):
    """What went wrong, and why."""

    message: str
    details: str


class Errors(msgspec.Struct):
    """An answer that is an error."""

    errors: list[Error]


def _render(problem: Problem, status: int) -> Response:
    what = "Validation failed" if status == HTTPStatus.UNPROCESSABLE_ENTITY else HTTPStatus(status).phrase
    return json_body.answer(status, Errors([Error(what, sentence) for sentence in problem.sentences]))


VENDOR = Vendor(
    name="tines",
    title="Tines credentials, teams and folders",
    prefix="/api/v1",
    operations=(*credentials.OPERATIONS, *teams.OPERATIONS, *folders.OPERATIONS),
    statuses=MappingProxyType(
        {
            **STATUSES,
            grpc.StatusCode.INVALID_ARGUMENT: HTTPStatus.UNPROCESSABLE_ENTITY,
            grpc.StatusCode.ALREADY_EXISTS: HTTPStatus.UNPROCESSABLE_ENTITY,
            grpc.StatusCode.FAILED_PRECONDITION: HTTPStatus.UNPROCESSABLE_ENTITY,
        }
    ),
    fields=MappingProxyType({**credentials.FIELDS, **teams.FIELDS, **folders.FIELDS}),
    render=_render,
    authenticate=authenticate,
    problems=dict.fromkeys((401, 403, 404, 405, 408, 409, 413, 422, 500, 503, 504), Errors),
    words=MappingProxyType(
        {
            "READ_ACCESS_": "",
            "aws at SURFACE_TINES": "AWS",
            "of this surface": "of Tines'",
            "the variant of": "the mode of",
            "team of the organisation": "team of the tenant",
        }
    ),
    security={
        "Bearer": {"type": "http", "scheme": "bearer"},
        "X-User-Token": {"type": "apiKey", "in": "header", "name": "X-User-Token"},
    },
)
