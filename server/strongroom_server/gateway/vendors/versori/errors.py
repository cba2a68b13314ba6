"""Renders errors as Versori does."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom_server.gateway import json_body
from strongroom_server.gateway.vendors.versori.data import NAMES

if TYPE_CHECKING:
    from starlette.responses import Response

    from strongroom_server.gateway.problems import Problem

FIELDS = MappingProxyType(
    {
        "organisation_id": "organisationId",
        "order_by": "sort",
        "page_size": "first",
        "page_token": "after",
        "before_page_token": "before",
        "credential": "body",
        "credential.name": "name",
        "credential.redact_fields": "redactFields",
        "credential.expire_time": "expiresAt",
        "credential.data": "data",
        "credential.data.key_values": "data",
        "credential.data.key_values.values": "data",
        "credential.data.raw": "data",
        "credential.data.raw.value": "data.raw",
        "credential.data.extra_json": "data",
        "app_id": "appId",
        "credential.use_settings.audience": "data.additionalParameters",
        **{f"credential.data.{variant}": "data" for variant in NAMES},
        **{
            f"credential.data.{variant}.{field}": f"data.{name}"
            for variant, names in NAMES.items()
            for field, name in names.items()
        },
    }
)
# Our service by the name that Versori's documents have for it.
WORDS = MappingProxyType({"ConnectionService": "the connections API"})


class FieldError(msgspec.Struct):
    """A field of the request, and the rule it breaks."""

    field: str
    message: str


class Extensions(msgspec.Struct, omit_defaults=True):
    """The cause in a form for programs; `reason` is that of the gRPC error."""

    reason: str
    fields: list[FieldError] | None = None
    error_id: str | None = msgspec.field(name="errorId", default=None)


class Error(msgspec.Struct):
    """An error. The first three digits of the code are the status."""

    code: str
    message: str
    extensions: Extensions


PROBLEMS = MappingProxyType(dict.fromkeys((400, 401, 403, 404, 405, 408, 409, 413, 429, 500, 503, 504), Error))


def render(problem: Problem, status: int) -> Response:
    """The response to a problem."""
    # Versori's own client reads a string of six digits: the status, then the number of the reason, 000 if it has none.
    number = dict(ErrorReason.items()).get(f"ERROR_REASON_{problem.reason}", 0)
    return json_body.response(
        status,
        Error(
            code=f"{status:d}{number:03d}",
            message="; ".join(problem.sentences),
            extensions=Extensions(
                problem.reason,
                [FieldError(field, rule) for field, rule in problem.violations] or None,
                problem.error_id,
            ),
        ),
    )
