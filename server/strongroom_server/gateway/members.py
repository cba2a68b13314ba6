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
    """What a member may hold: its schema, and how it is read; `read` answers None for what is absent or null.

    `components` are the schemas that it refers to, by their names in the document.
    """

    schema: Schema
    read: Callable[[JsonObject, str], T | None]
    components: Mapping[str, Schema] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Member(Generic[T]):
    """A member of a body, the same as no other. `path` is the field of our message that it becomes, where it becomes one."""

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

    def schema(self, *, required: bool) -> Schema:
        """What may stand there; null is as good as absent."""
        described = {"description": self.description} if self.description else {}
        return {**(self.kind.schema if required else _or_null(self.kind.schema)), **described}


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body: one JSON object, whose further members are ignored. `name` is that of its schema in the document.

    With `by`, the member of that name says which further members there are. An `optional` body may be absent. `needed` names
    members that the service requires, which the gateway does not know. `examples` are bodies that are taken, each by what it is.
    """

    name: str
    members: tuple[Member[Any], ...]
    by: str = ""
    alternatives: Mapping[str, tuple[Member[Any], ...]] = field(default_factory=dict)
    optional: bool = False
    needed: frozenset[str] = frozenset()
    examples: Mapping[str, Any] = field(default_factory=dict)
    # Every member that may be there.
    all_members: frozenset[Member[Any]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Put together what is looked at with every request."""
        every = (*self.members, *(member for each in self.alternatives.values() for member in each))
        object.__setattr__(self, "all_members", frozenset(every))

    @property
    def components(self) -> dict[str, Schema]:
        """The schema of this name: the object, or one for each of the alternatives; and whatever they refer to."""
        members = (*self.members, *(member for each in self.alternatives.values() for member in each))
        parts = {
            name: schema
            for member in members
            if member.name != self.by
            for name, schema in member.kind.components.items()
        }
        if not self.alternatives:
            return {self.name: self._object(self.members), **parts}
        names = {value: self.name + value.title().replace("_", "") for value in self.alternatives}
        return {
            self.name: {
                "oneOf": [reference(name) for name in names.values()],
                "discriminator": {
                    "propertyName": self.by,
                    "mapping": {value: reference(name)["$ref"] for value, name in names.items()},
                },
            },
            **{
                names[value]: self._object((*self.members, *members), **{self.by: {"const": value}})
                for value, members in self.alternatives.items()
            },
            **parts,
        }

    def _object(self, members: tuple[Member[Any], ...], **further: Schema) -> Schema:
        required = [member.name for member in members if member.required or member.name in self.needed]
        properties = {member.name: member.schema(required=member.name in required) for member in members}
        described: Schema = {"type": "object", "properties": properties | further, "additionalProperties": True}
        return described | ({"required": required} if required else {})


def reference(name: str) -> Schema:
    """The schema of that name in the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: Schema) -> Schema:
    """The schema, or null."""
    if "anyOf" in schema:
        return {"anyOf": [*schema["anyOf"], {"type": "null"}]}
    if "$ref" in schema or "enum" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def _positive(body: JsonObject, member: str) -> int | None:
    value = body.integer(member)
    if value is not None and value < 1:
        raise refused(body.path + member, "must be an integer from 1")
    return value


def text(shortest: int, longest: int) -> Kind[str]:
    """A string of so many characters; that it is so is the service's to say."""
    return Kind({"type": "string", "minLength": shortest, "maxLength": longest}, JsonObject.text)


def named(name: str, schema: Schema, read: Callable[[JsonObject, str], T | None]) -> Kind[T]:
    """What stands in the document under a name, once."""
    return Kind(reference(name), read, {name: schema})


_OBJECT: Schema = {"type": "object", "additionalProperties": True}

STRING: Kind[str] = Kind({"type": "string"}, JsonObject.text)
BOOLEAN: Kind[bool] = Kind({"type": "boolean"}, JsonObject.boolean)
INTEGER: Kind[int] = Kind({"type": "integer", "format": "int64"}, JsonObject.integer)
# A number that a vendor gives: 0, to the service, would be none.
POSITIVE: Kind[int] = Kind({"type": "integer", "format": "int64", "minimum": 1}, _positive)
STRINGS: Kind[list[str]] = Kind(
    {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 255}, "maxItems": 100},
    JsonObject.strings,
)
NUMBERS: Kind[list[int]] = Kind(
    {"type": "array", "items": {"type": "integer", "format": "int64", "minimum": 1}, "maxItems": 100},
    JsonObject.integers,
)
OBJECT: Kind[JsonObject] = named("JsonObject", _OBJECT, JsonObject.child)
DOCUMENT: Kind[str] = named("JsonObject", _OBJECT, JsonObject.document)
DOCUMENT_OR_TEXT: Kind[str] = Kind(
    {"anyOf": [DOCUMENT.schema, {"type": "string"}]}, JsonObject.document_or_text, DOCUMENT.components
)
TIME: Kind[Timestamp] = Kind({"type": "string", "format": "date-time"}, times.timestamp)


def choice(name: str, choices: Mapping[str, T]) -> Kind[T]:
    """One of these strings, read as what it stands for; together they have a name."""
    return named(name, {"type": "string", "enum": list(choices)}, lambda body, member: body.choice(member, choices))
