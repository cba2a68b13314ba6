"""Owns what a request says beside its body: query parameters, headers and the parts of its path. Knows no vendor.

As with members, the reading and the OpenAPI document follow from one declaration. What is empty is absent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from strongroom_server.gateway.problems import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Parameter(Generic[T]):
    """A parameter, the same as no other: where it stands, its schema, and how its text is read; `parse` raises ValueError with
    the rule it breaks.
    """

    name: str
    place: Literal["query", "header", "path"]
    schema: Mapping[str, Any]
    parse: Callable[[str], T]
    description: str = ""
    required: bool = False

    def of(self, request: Request) -> T | None:
        """Its value, None if absent or empty. Raises RefusedError."""
        texts = self._texts(request)
        if len(texts) > 1:
            raise refused(self.name, "must not be repeated")
        # A part of the path is there whatever it is made of.
        if not texts or not (texts[0].strip() or self.place == "path"):
            return None
        try:
            return self.parse(texts[0].strip() if self.place == "header" else texts[0])
        except ValueError as error:
            raise refused(self.name, str(error)) from None

    def required_of(self, request: Request) -> T:
        """Its value. Raises RefusedError, also if there is none."""
        value = self.of(request)
        if value is None:
            raise refused(self.name, "is required")
        return value

    def _texts(self, request: Request) -> list[str]:
        if self.place == "path":
            return [request.path_params[self.name]]
        sent = request.query_params if self.place == "query" else request.headers
        return sent.getlist(self.name)


def text(value: str) -> str:
    """Any text."""
    return value


def integer(least: int, most: int) -> tuple[dict[str, Any], Callable[[str], int]]:
    """The schema and the reading of a whole number in decimal."""

    def parse(value: str) -> int:
        # int() takes more than digits, and long ones take long.
        if re.fullmatch(r"-?[0-9]{1,19}", value, re.ASCII) and least <= int(value) <= most:
            return int(value)
        raise ValueError(f"must be an integer from {least} to {most}")

    return {"type": "integer", "minimum": least, "maximum": most}, parse


def capped(least: int, most: int) -> tuple[dict[str, Any], Callable[[str], int]]:
    """The schema and the reading of a whole number in decimal, of which a larger one counts as the largest."""

    def parse(value: str) -> int:
        # Conversion of many digits is slow.
        number = int(value) if re.fullmatch(r"[0-9]{1,19}", value, re.ASCII) else most
        if not re.fullmatch(r"[0-9]+", value, re.ASCII) or number < least:
            raise ValueError(f"must be an integer from {least} upwards")
        return min(number, most)

    return {"type": "integer", "minimum": least, "maximum": most}, parse


def choice(choices: Mapping[str, T]) -> tuple[dict[str, Any], Callable[[str], T]]:
    """The schema and the reading of one of these texts."""

    def parse(value: str) -> T:
        if value in choices:
            return choices[value]
        raise ValueError(f"must be one of {', '.join(choices)}")

    return {"type": "string", "enum": list(choices)}, parse


def _request_id(value: str) -> str:
    # The header's own draft has it in quotes; clients send it without.
    unquoted = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
    if not re.fullmatch(_REQUEST_ID, unquoted, re.ASCII):
        raise ValueError("must be 1 to 128 characters of A-Z a-z 0-9 . _ : -")
    return unquoted


_REQUEST_ID = r"[A-Za-z0-9._:-]{1,128}"

# Of every operation that changes something.
IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "header",
    {"type": "string", "pattern": f'^("{_REQUEST_ID}"|{_REQUEST_ID})$'},
    _request_id,
    "Makes the request safe to repeat: for 24 hours the same request is not done again, and another one is refused.",
)
