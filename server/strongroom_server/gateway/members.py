"""Owns the members of JSON bodies: how each is read, and how a description says so. Knows no vendor.

A member is declared once, and both the reading and the OpenAPI document follow from that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from strongroom_server.gateway import times
from strongroom_server.gateway.json_body import JsonObject
from strongroom_server.gateway.problems import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from google.protobuf.timestamp_pb2 import Timestamp

    Schema = dict[str, Any]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What a member may hold: its schema, and how it is read; `read` answers None for what is absent or null."""

    schema: Schema
    read: Callable[[JsonObject, str], T | None]


@dataclass(frozen=True, slots=True)
class Member(Generic[T]):
    """A member of a body. `path` is the field of our message that it becomes, where it becomes one."""

    name: str
    kind: Kind[T]
    description: str = ""
    path: str = ""
    required: bool = False

    def of(self, body: JsonObject) -> T | None:
        """Its value, None if absent or null. Raises RefusedError."""
        return self.kind.read(body, self.name)

    def required_of(self, body: JsonObject) -> T:
        """Its value. Raises RefusedError, also if there is none."""
        value = self.of(body)
        if value is None:
            raise refused(self.name, "is required")
        return value

    @property
    def schema(self) -> Schema:
        """What may stand there; null is as good as absent."""
        described = {"description": self.description} if self.description else {}
        kind = self.kind.schema
        if self.required:
            return {**kind, **described}
        if "enum" in kind:
            return {**kind, "type": [kind["type"], "null"], "enum": [*kind["enum"], None], **described}
        return {
            **kind,
            "type": [*(kind["type"] if isinstance(kind["type"], list) else [kind["type"]]), "null"],
            **described,
        }


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body: one JSON object, whose further members are ignored.

    With `by`, the member of that name says which further members there are. An `optional` body may be absent.
    """

    members: tuple[Member[Any], ...]
    by: str = ""
    alternatives: Mapping[str, tuple[Member[Any], ...]] = field(default_factory=dict)
    optional: bool = False

    @property
    def schema(self) -> Schema:
        """The object, or one for each of the alternatives."""
        if not self.alternatives:
            return _object(self.members)
        return {
            "oneOf": [
                {"title": value, **_object((*self.members, *members), **{self.by: {"const": value}})}
                for value, members in self.alternatives.items()
            ]
        }


def _object(members: tuple[Member[Any], ...], **further: Schema) -> Schema:
    properties = {member.name: member.schema for member in members} | further
    required = [member.name for member in members if member.required]
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def _positive(body: JsonObject, member: str) -> int | None:
    value = body.integer(member)
    if value is not None and value < 1:
        raise refused(body.path + member, "must be an integer from 1")
    return value


STRING: Kind[str] = Kind({"type": "string"}, JsonObject.text)
BOOLEAN: Kind[bool] = Kind({"type": "boolean"}, JsonObject.boolean)
INTEGER: Kind[int] = Kind({"type": "integer", "format": "int64"}, JsonObject.integer)
# A number that a vendor gives: 0, to the service, would be none.
POSITIVE: Kind[int] = Kind({"type": "integer", "format": "int64", "minimum": 1}, _positive)
STRINGS: Kind[list[str]] = Kind({"type": "array", "items": {"type": "string"}}, JsonObject.strings)
INTEGERS: Kind[list[int]] = Kind(
    {"type": "array", "items": {"type": "integer", "format": "int64"}}, JsonObject.integers
)
OBJECT: Kind[JsonObject] = Kind({"type": "object"}, JsonObject.child)
DOCUMENT: Kind[str] = Kind({"type": "object"}, JsonObject.document)
DOCUMENT_OR_TEXT: Kind[str] = Kind({"type": ["object", "string"]}, JsonObject.document_or_text)
TIME: Kind[Timestamp] = Kind({"type": "string", "format": "date-time"}, times.timestamp)


def choice(choices: Mapping[str, T]) -> Kind[T]:
    """One of these strings, read as what it stands for."""
    return Kind({"type": "string", "enum": list(choices)}, lambda body, member: body.choice(member, choices))
