"""Owns the members of JSON bodies: how each is read, and how a description says so. Knows no vendor.

A member is declared once, and both the reading and the OpenAPI document follow from that.
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
            raise invalid_field(self.name, "is required")
        return value

    def schema(self, *, required: bool, blank: bool) -> Schema:
        """What may stand there. Null is as good as absent, and so is an empty string with `blank`."""
        described = {"description": self.description} if self.description else {}
        return {**(self.kind.schema if required else _or_nothing(self.kind.schema, blank=blank)), **described}


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body: one JSON object, whose further members are ignored. `name` is that of its schema in the document.

    With `by`, the member of that name says which further members there are. An `optional` body may be absent. `needed` names
    members that the service requires, which the gateway does not know. `examples` are bodies that are taken, each by what it is.

    With `lenient`, an empty string counts as absent in a member that is neither required nor a string that must not be empty, and
    the members of a request without a body are read from its query.
    """

    name: str
    members: tuple[Member[Any], ...]
    by: str = ""
    alternatives: Mapping[str, tuple[Member[Any], ...]] = field(default_factory=dict)
    optional: bool = False
    lenient: bool = False
    needed: frozenset[str] = frozenset()
    examples: Mapping[str, Any] = field(default_factory=dict)
    # Every member that may be there, and those of them in which an empty string counts as absent.
    all_members: frozenset[Member[Any]] = field(init=False, repr=False)
    blank_members: frozenset[Member[Any]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Put together what is looked at with every request."""
        every = (*self.members, *(member for each in self.alternatives.values() for member in each))
        object.__setattr__(self, "all_members", frozenset(every))
        object.__setattr__(self, "blank_members", frozenset(member for member in every if self._may_be_blank(member)))

    def _requires(self, member: Member[Any]) -> bool:
        return member.required or member.name in self.needed

    def _may_be_blank(self, member: Member[Any]) -> bool:
        return self.lenient and not self._requires(member) and not member.kind.schema.get("minLength")

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
        references = [reference(name) for name in names.values()]
        chosen: Schema
        by: Mapping[str, Schema]
        if any(self._requires(member) for member in self.members if member.name == self.by):
            mapping = {value: reference(name)["$ref"] for value, name in names.items()}
            chosen = {"oneOf": references, "discriminator": {"propertyName": self.by, "mapping": mapping}}
            by = {value: {"const": value} for value in self.alternatives}
        else:
            # Without the member each of them may be meant.
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
    """The schema of that name in the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def _or_nothing(schema: Schema, *, blank: bool) -> Schema:
    """The schema, null, or with `blank` an empty string."""
    alternatives = schema.get("anyOf", [schema])
    blank = blank and not any(_is_any_string(each) for each in alternatives)
    if "type" in schema and "enum" not in schema and not blank:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [*alternatives, {"type": "null"}, *([{"const": ""}] if blank else [])]}


def _is_any_string(schema: Schema) -> bool:
    """Whether an empty string keeps to the schema."""
    return schema.get("type") == "string" and schema.keys().isdisjoint(("minLength", "enum", "pattern", "format"))


def _or_text(schema: Schema, **text: object) -> Schema:
    """The schema, or the same as a string."""
    return {"anyOf": [schema, {"type": "string", **text}]}


def _positive(body: JsonObject, member: str) -> int | None:
    value = body.integer(member)
    if value is not None and value < 1:
        raise invalid_field(body.path + member, "must be an integer from 1")
    return value


def text(shortest: int, longest: int) -> Kind[str]:
    """A string of so many characters; that it is so is the service's to say."""
    return Kind({"type": "string", "minLength": shortest, "maxLength": longest}, JsonObject.text)


def named(name: str, schema: Schema, read: Callable[[JsonObject, str], T | None]) -> Kind[T]:
    """What stands in the document under a name, once."""
    return Kind(reference(name), read, {name: schema})


_OBJECT: Schema = {"type": "object", "additionalProperties": True}

STRING: Kind[str] = Kind({"type": "string"}, JsonObject.text)
BOOLEAN: Kind[bool] = Kind(_or_text({"type": "boolean"}, enum=["true", "false"]), JsonObject.boolean)
# A number that a vendor gives: 0, to the service, would be none.
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
    """A whole number; that it is within these bounds is checked by the service."""
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Kind(_or_text(schema, pattern="^-?(0|[1-9][0-9]{0,18})$"), JsonObject.integer)


def choice(name: str, choices: Mapping[str, T]) -> Kind[T]:
    """One of these strings, read as what it stands for; together they have a name."""
    return named(name, {"type": "string", "enum": list(choices)}, lambda body, member: body.choice(member, choices))
