"""Renders errors as Tines does."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from strongroom_server.gateway import json_body

if TYPE_CHECKING:
    from starlette.responses import Response

    from strongroom_server.gateway.problems import Problem


class Error(msgspec.Struct):
    """What went wrong, and why."""

    message: str
    details: str


class Errors(msgspec.Struct):
    """The body of an error response."""

    errors: list[Error]


PROBLEMS = MappingProxyType(dict.fromkeys((401, 403, 404, 405, 408, 409, 413, 422, 429, 500, 503, 504), Errors))

# Words of our rules, and Tines' words for them.
WORDS = MappingProxyType(
    {
        "READ_ACCESS_": "",
        "aws at SURFACE_TINES": "AWS",
        "of this surface": "of Tines'",
        "the variant of": "the mode of",
        "team of the organisation": "team of the tenant",
    }
)


def render(problem: Problem, status: int) -> Response:
    """The response to a problem."""
    message = "Validation failed" if status == HTTPStatus.UNPROCESSABLE_ENTITY else HTTPStatus(status).phrase
    return json_body.response(status, Errors([Error(message, sentence) for sentence in problem.sentences]))
