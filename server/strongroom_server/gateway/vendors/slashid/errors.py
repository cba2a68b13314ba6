"""Renders errors as SlashID does."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType

import msgspec
from starlette.responses import PlainTextResponse, Response

from strongroom_server.gateway import json_body
from strongroom_server.gateway.problems import ROUTE_UNKNOWN, Problem
from strongroom_server.gateway.vendors.slashid.data import TYPE_NAMES

FIELDS = MappingProxyType(
    {
        "organisation_id": "SlashID-OrgID",
        "credential": "body",
        "credential.name": "extcred_label",
        "credential.provider": "extcred_provider",
        "credential.data": "json_blob",
        "credential.data.extra_json": "json_blob",
        "credential.data.json_document.json": "json_blob",
        **{f"credential.data.{arm}": "json_blob" for arm in TYPE_NAMES},
    }
)


class Error(msgspec.Struct):
    """One error; `httpcode` is the status of the response."""

    httpcode: int
    message: str


class Errors(msgspec.Struct):
    """The body of an error response."""

    errors: list[Error]


PROBLEMS = MappingProxyType(
    {401: None, **dict.fromkeys((400, 403, 404, 405, 408, 409, 413, 429, 500, 503, 504), Errors)}
)


def render(problem: Problem, status: int) -> Response:
    """The response to a problem."""
    if status == HTTPStatus.UNAUTHORIZED:
        return Response(status_code=status)
    if problem.reason == ROUTE_UNKNOWN:
        # SlashID's SDK tells an unknown path from an unknown id by this text.
        return PlainTextResponse("404 page not found", status)
    return errors_response(status, *problem.sentences)


def errors_response(status: int, *messages: str) -> Response:
    """An error response with these messages."""
    return json_body.response(status, Errors([Error(int(status), message) for message in messages]))
