"""Declares the parameters of requests: in the query, in headers and in the path. Knows no vendor.

Reading a parameter and its OpenAPI description follow from one declaration. An empty parameter counts as absent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from strongroom_server.gateway.problems import invalid_field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

T = TypeVar("T")

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Parameter(Generic[T]):
    """A parameter, compared by identity. `parse` converts its text, and raises ValueError with the rule that the text breaks."""

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
            raise invalid_field(self.name, "must not be repeated")
        # A part of the path is present even if it consists of spaces.
        if not texts or not (texts[0].strip() or self.place == "path"):
            return None
        try:
            return self.parse(texts[0].strip() if self.place == "header" else texts[0])
        except ValueError as error:
            raise invalid_field(self.name, str(error)) from None

    def required_of(self, request: Request) -> T:
        """Its value. Raises RefusedError if it is invalid or absent."""
        value = self.of(request)
        if value is None:
            raise invalid_field(self.name, "is required")
        return value

    def _texts(self, request: Request) -> list[str]:
        if self.place == "path":
            return [request.path_params[self.name]]
        sent = request.query_params if self.place == "query" else request.headers
        return sent.getlist(self.name)


def text(value: str) -> str:
    """Accept any text."""
    return value


def uuid(value: str) -> str:
    """Accept a UUID. Raises ValueError."""
    if not UUID.fullmatch(value):
        raise ValueError("must be a UUID")
    return value


def integer(least: int, most: int) -> tuple[dict[str, Any], Callable[[str], int]]:
    """The schema and the parser of a decimal integer."""

    def parse(value: str) -> int:
        # int() accepts more than digits, and is slow for long texts.
        if re.fullmatch(r"-?[0-9]{1,19}", value, re.ASCII) and least <= int(value) <= most:
            return int(value)
        raise ValueError(f"must be an integer from {least} to {most}")

    return {"type": "integer", "minimum": least, "maximum": most}, parse


def capped(least: int, most: int) -> tuple[dict[str, Any], Callable[[str], int]]:
    """The schema and the parser of a decimal integer that is reduced to `most` if it is larger."""

    def parse(value: str) -> int:
        # int() is slow for long texts.
        number = int(value) if re.fullmatch(r"[0-9]{1,19}", value, re.ASCII) else most
        if not re.fullmatch(r"[0-9]+", value, re.ASCII) or number < least:
            raise ValueError(f"must be an integer, at least {least}")
        return min(number, most)

    return {"type": "integer", "minimum": least, "maximum": most}, parse


def choice(choices: Mapping[str, T]) -> tuple[dict[str, Any], Callable[[str], T]]:
    """The schema and the parser of a text that is one of the keys."""

    def parse(value: str) -> T:
        if value in choices:
            return choices[value]
        raise ValueError(f"must be one of {', '.join(choices)}")

    return {"type": "string", "enum": list(choices)}, parse


def _request_id(value: str) -> str:
    # The draft of the header puts the value in quotes, but clients send it without.
    unquoted = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
    if not re.fullmatch(_REQUEST_ID, unquoted, re.ASCII):
        raise ValueError("must be 1 to 128 characters of A-Z a-z 0-9 . _ : -")
    return unquoted


_REQUEST_ID = r"[A-Za-z0-9._:-]{1,128}"

# A parameter of every operation that changes something.
IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "header",
    {"type": "string", "pattern": f'^("{_REQUEST_ID}"|{_REQUEST_ID})$'},
    _request_id,
    "Makes the request safe to repeat. For 24 hours a repeated request gets the first response without a second effect, and a "
    "different request with the same key is refused.",
)
