"""Declares the members of JSON bodies. Knows no vendor.

Reading a member and its OpenAPI description follow from one declaration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from strongroom_server.gateway import times
from strongroom_server.gateway.json_body import JsonObject
from strongroom_server.gateway.problems import invalid_field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from google.protobuf.timestamp_pb2 import Timestamp

    Schema = dict[str, Any]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """The kind of a member's value: its schema, and how to read it. `read` returns None if the member is absent or null.

    `components` are the named schemas that the schema refers to.
    """

    schema: Schema
    read: Callable[[JsonObject, str], T | None]
    components: Mapping[str, Schema] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Member(Generic[T]):
    """A member of a body, compared by identity. `path` is its field in our message, empty if it has none."""

    name: str
    kind: Kind[T]
    description: str = ""
    path: str = ""
    required: bool = False

    def of(self, body: JsonObject) -> T | None:
        """Its value, None if absent or null. Raises RefusedError."""
        return self.kind.read(body, self.name)

    def required_of(self, body: JsonObject) -> T:
        """Its value. Raises RefusedError if it is invalid or absent."""
        value = self.of(body)
        if value is None:
            raise invalid_field(body.path + self.name, "is required")
        return value

    def schema(self, *, required: bool, blank: bool) -> Schema:
        """Its schema in a body. Unless required it allows null, and with `blank` an empty string."""
        described = {"description": self.description} if self.description else {}
        return {**(self.kind.schema if required else _or_nothing(self.kind.schema, blank=blank)), **described}


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body: one JSON object, in which unknown members are ignored. `name` names its schema in the document.

    With `by`, the value of the member of that name selects further members from `alternatives`. An `optional` body may be absent.
    `needed` names members that the service requires and the gateway does not check. `examples` are valid bodies by name.

    With `lenient`, an empty string counts as absent in a member that is neither required nor has a minimum length, and a request
    without a body may have its members in the query.
    """

    name: str
    members: tuple[Member[Any], ...]
    by: str = ""
    alternatives: Mapping[str, tuple[Member[Any], ...]] = field(default_factory=dict)
    optional: bool = False
    lenient: bool = False
    needed: frozenset[str] = frozenset()
    examples: Mapping[str, Any] = field(default_factory=dict)
    # All members, and those in which an empty string counts as absent.
    all_members: frozenset[Member[Any]] = field(init=False, repr=False)
    blank_members: frozenset[Member[Any]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Compute once what every request reads."""
        every = (*self.members, *(member for each in self.alternatives.values() for member in each))
        object.__setattr__(self, "all_members", frozenset(every))
        object.__setattr__(self, "blank_members", frozenset(member for member in every if self._may_be_blank(member)))

    def _requires(self, member: Member[Any]) -> bool:
        return member.required or member.name in self.needed

    def _may_be_blank(self, member: Member[Any]) -> bool:
        return self.lenient and not self._requires(member) and not member.kind.schema.get("minLength")

    @property
    def components(self) -> dict[str, Schema]:
        """The named schemas: the body, each of its alternatives, and the schemas that they refer to."""
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
        references = [reference(name) for name in names.values()]
        chosen: Schema
        by: Mapping[str, Schema]
        if any(self._requires(member) for member in self.members if member.name == self.by):
            mapping = {value: reference(name)["$ref"] for value, name in names.items()}
            chosen = {"oneOf": references, "discriminator": {"propertyName": self.by, "mapping": mapping}}
            by = {value: {"const": value} for value in self.alternatives}
        else:
            # If the member is absent, the body may be any of the alternatives.
            chosen = {"anyOf": references}
            by = {value: {"enum": [value, None, *([""] if self.lenient else [])]} for value in self.alternatives}
        return {
            self.name: chosen,
            **{
                names[value]: self._object((*self.members, *members), **{self.by: by[value]})
                for value, members in self.alternatives.items()
            },
            **parts,
        }

    def _object(self, members: tuple[Member[Any], ...], **further: Schema) -> Schema:
        required = [member.name for member in members if self._requires(member)]
        properties = {
            member.name: member.schema(required=member.name in required, blank=member in self.blank_members)
            for member in members
        }
        described: Schema = {"type": "object", "properties": properties | further, "additionalProperties": True}
        return described | ({"required": required} if required else {})


def reference(name: str) -> Schema:
    """A reference to a named schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def _or_nothing(schema: Schema, *, blank: bool) -> Schema:
    """The schema, extended by null and with `blank` by an empty string."""
    alternatives = schema.get("anyOf", [schema])
    blank = blank and not any(_is_any_string(each) for each in alternatives)
    if "type" in schema and "enum" not in schema and not blank:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [*alternatives, {"type": "null"}, *([{"const": ""}] if blank else [])]}


def _is_any_string(schema: Schema) -> bool:
    """Whether the schema already allows an empty string."""
    return schema.get("type") == "string" and schema.keys().isdisjoint(("minLength", "enum", "pattern", "format"))


def _or_text(schema: Schema, **text: object) -> Schema:
    """The schema, extended by a string of the same value."""
    return {"anyOf": [schema, {"type": "string", **text}]}


def _positive(body: JsonObject, member: str) -> int | None:
    value = body.integer(member)
    if value is not None and value < 1:
        raise invalid_field(body.path + member, "must be an integer, at least 1")
    return value


def text(shortest: int, longest: int) -> Kind[str]:
    """A string with these bounds of its length, which the service checks."""
    return Kind({"type": "string", "minLength": shortest, "maxLength": longest}, JsonObject.text)


def one_of(*names: str) -> Kind[str]:
    """One of these strings."""
    choices = {name: name for name in names}
    return Kind({"type": "string", "enum": list(names)}, lambda body, member: body.choice(member, choices))


def named(name: str, schema: Schema, read: Callable[[JsonObject, str], T | None]) -> Kind[T]:
    """A kind whose schema has a name in the document."""
    return Kind(reference(name), read, {name: schema})


_OBJECT: Schema = {"type": "object", "additionalProperties": True}

STRING: Kind[str] = Kind({"type": "string"}, JsonObject.text)
BOOLEAN: Kind[bool] = Kind(_or_text({"type": "boolean"}, enum=["true", "false"]), JsonObject.boolean)
# The number of a resource. 0 is refused, because it means no value in our messages.
POSITIVE: Kind[int] = Kind(
    _or_text({"type": "integer", "format": "int64", "minimum": 1}, pattern="^[1-9][0-9]{0,18}$"), _positive
)
STRINGS: Kind[list[str]] = Kind(
    {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 255}, "maxItems": 100},
    JsonObject.strings,
)
NUMBERS: Kind[list[int]] = Kind(
    {"type": "array", "items": POSITIVE.schema, "maxItems": 100},
    JsonObject.integers,
)
OBJECT: Kind[JsonObject] = named("JsonObject", _OBJECT, JsonObject.child)
DOCUMENT: Kind[str] = named("JsonObject", _OBJECT, JsonObject.document)
DOCUMENT_OR_TEXT: Kind[str] = Kind(
    {"anyOf": [DOCUMENT.schema, {"type": "string"}]}, JsonObject.document_or_text, DOCUMENT.components
)
TIME: Kind[Timestamp] = Kind({"type": "string", "format": "date-time"}, times.timestamp)


def integer(least: int, most: int) -> Kind[int]:
    """An integer with these bounds, which the service checks."""
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Kind(_or_text(schema, pattern="^-?(0|[1-9][0-9]{0,18})$"), JsonObject.integer)


def choice(name: str, choices: Mapping[str, T]) -> Kind[T]:
    """One of the keys, read as its value. `name` names the schema."""
    return named(name, {"type": "string", "enum": list(choices)}, lambda body, member: body.choice(member, choices))
