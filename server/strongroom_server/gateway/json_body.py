"""Reads JSON bodies of requests member by member, and writes JSON responses. Knows no vendor.

The gateway checks only the JSON types of members; the service checks all other rules. Numbers and booleans may also be strings,
because real clients send them so. null counts as absent, and unknown members are ignored. The service gets JSON documents
inside a body as the text that the client wrote.
"""

from __future__ import annotations

import re
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

import grpc
import msgspec
import structlog
from starlette.responses import Response

from strongroom import errors
from strongroom_server.gateway.connections import IS_CLOSED
from strongroom_server.gateway.problems import invalid_field
from strongroom_server.rules.json_text import Json, JsonTextError, parse_object

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Mapping

    from starlette.datastructures import QueryParams
    from starlette.types import Receive, Scope, Send

_log = structlog.get_logger()

# Documents may have 32 levels. The deepest place of one is the options of one of several requests, at level 3.
MAX_DEPTH = 32 + 3

_INT64 = range(-(1 << 63), 1 << 63)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})", re.ASCII)
_BOOLEANS = {"true": True, "false": False}

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class JsonObject:
    """A JSON object of a request: the values and the JSON texts of its members, and its path for error messages."""

    values: Mapping[str, Json] = field(repr=False)
    texts: Mapping[str, msgspec.Raw] = field(repr=False)
    path: str = ""

    def text(self, member: str) -> str | None:
        """A string."""
        value = self.values.get(member)
        if value is None or isinstance(value, str):
            return value
        raise invalid_field(self.path + member, "must be a string")

    def boolean(self, member: str) -> bool | None:
        """A boolean, or the string "true" or "false"."""
        value = self.values.get(member)
        if isinstance(value, str):
            value = _BOOLEANS.get(value, value)
        if value is None or isinstance(value, bool):
            return value
        raise invalid_field(self.path + member, "must be true or false")

    def integer(self, member: str) -> int | None:
        """An integer of 64 bits, or a string of its decimal digits."""
        value = self.values.get(member)
        return None if value is None else _integer(value, self.path + member)

    def choice(self, member: str, choices: Mapping[str, _T]) -> _T | None:
        """The choice that a string names."""
        value = self.values.get(member)
        if value is None:
            return None
        if isinstance(value, str) and value in choices:
            return choices[value]
        raise invalid_field(self.path + member, f"must be one of {', '.join(choices)}")

    def strings(self, member: str) -> list[str] | None:
        """An array of strings."""
        return self._each(member, _string)

    def integers(self, member: str) -> list[int] | None:
        """An array of integers of 64 bits."""
        return self._each(member, _integer)

    def child(self, member: str) -> JsonObject | None:
        """An object."""
        value = self.values.get(member)
        return None if value is None else _object(value, self.texts[member], self.path + member)

    def children(self, member: str) -> list[JsonObject] | None:
        """An array of objects."""
        values = self._array(member)
        if values is None:
            return None
        texts = msgspec.json.decode(self.texts[member], type=list[msgspec.Raw])
        return [
            _object(value, text, f"{self.path}{member}[{index}]")
            for index, (value, text) in enumerate(zip(values, texts, strict=True))
        ]

    def document(self, member: str) -> str | None:
        """The JSON text of an object, as the client wrote it."""
        value = self.values.get(member)
        if value is None or isinstance(value, dict):
            return None if value is None else text_of(self.texts[member])
        raise invalid_field(self.path + member, "must be a JSON object")

    def document_or_text(self, member: str) -> str | None:
        """The JSON text of an object, which may also be a string. The service checks that the string is an object."""
        value = self.values.get(member)
        if isinstance(value, str):
            return value
        return self.document(member)

    def _each(self, member: str, read: Callable[[Json, str], _T]) -> list[_T] | None:
        values = self._array(member)
        if values is None:
            return None
        return [read(value, f"{self.path}{member}[{index}]") for index, value in enumerate(values)]

    def _array(self, member: str) -> list[Json] | None:
        value = self.values.get(member)
        if value is None or isinstance(value, list):
            return value
        raise invalid_field(self.path + member, "must be an array")


def parse(body: bytes) -> JsonObject:
    """The JSON object of a body. Raises RefusedError."""
    try:
        values = parse_object(body, max_depth=MAX_DEPTH)
    except JsonTextError as error:
        raise invalid_field("body", error.rule) from None
    return JsonObject(values, members_of(body))


def of_query(query: QueryParams, names: Iterable[str]) -> JsonObject:
    """The members of these names in a query: strings, and arrays of strings as `name[]`. Raises RefusedError."""
    values: dict[str, Json] = {}
    for name in names:
        texts, elements = query.getlist(name), query.getlist(f"{name}[]")
        if len(texts) > 1:
            raise invalid_field(name, "must not be repeated")
        # An empty value counts as absent, as in every query.
        if elements:
            values[name] = list(elements)
        elif texts and texts[0].strip():
            values[name] = texts[0]
    return JsonObject(values, {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in values.items()})


def members_of(document: str | bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    """The JSON texts of an object's members."""
    return msgspec.json.decode(document, type=dict[str, msgspec.Raw])


def text_of(value: object) -> str:
    """The JSON text of a value. Parts of type msgspec.Raw are copied verbatim."""
    return msgspec.json.encode(value).decode()


def elements_of(values: Iterable[object]) -> bytes:
    """The JSON of an array's elements, without the brackets."""
    return msgspec.json.encode(list(values))[1:-1]


def response(status: int, content: object) -> Response:
    """A response with a JSON body."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")


class Slices(Response):
    """A JSON response that is sent in slices, each once the client has read most of those before it.

    If a slice cannot be made, the connection is closed without an end of the body, because the status is sent already.
    """

    def __init__(self, status: int, first: bytes, others: AsyncGenerator[bytes, None]) -> None:
        super().__init__(None, status, media_type="application/json")
        del self.headers["content-length"]
        self._first = first
        self._others = others

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the response."""
        async with aclosing(self._others) as others:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": self._first, "more_body": True})
            try:
                async for each in others:
                    await send({"type": "http.response.body", "body": each, "more_body": True})
                    if scope[IS_CLOSED]():
                        return
            except grpc.aio.AioRpcError as error:
                _log.warning("response cut off", reason=errors.from_rpc(error).reason)
                return
            await send({"type": "http.response.body"})


def _string(value: Json, path: str) -> str:
    if isinstance(value, str):
        return value
    raise invalid_field(path, "must be a string")


def _integer(value: Json, path: str) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, Decimal) or (isinstance(value, int) and value not in _INT64):
        raise invalid_field(path, "must be an integer of at most 64 bits")
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise invalid_field(path, "must be an integer")


def _object(value: Json, text: msgspec.Raw, path: str) -> JsonObject:
    if isinstance(value, dict):
        return JsonObject(value, members_of(text), f"{path}.")
    raise invalid_field(path, "must be a JSON object")
