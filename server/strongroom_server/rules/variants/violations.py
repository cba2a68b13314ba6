"""Finds the rules of its variant that secret data breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules import json_text
from strongroom_server.rules.fields import MOST_VIOLATIONS
from strongroom_server.rules.urls import is_url
from strongroom_server.rules.variants.table import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from google.protobuf.message import Message

    from strongroom.v1.credential_pb2 import CredentialData


def data_violations(data: CredentialData, required: Sequence[str] | None = None) -> tuple[FieldViolation, ...]:
    """At most 20 violations, one per field, with paths in CredentialData. The data must be within its bounds.

    `required` are the fields that must be set, in place of the variant's own: see Surface.required_data.
    """
    name = data.WhichOneof("variant")
    assert name is not None
    first: dict[str, str] = {}
    for violation in _violations(name, data, required):
        first.setdefault(violation.field, violation.rule)
    return tuple(FieldViolation(f"{name}.{path}", rule) for path, rule in first.items())[:MOST_VIOLATIONS]


def _violations(name: str, data: CredentialData, required: Sequence[str] | None) -> Iterator[FieldViolation]:
    variant = VARIANTS[name]
    arm = getattr(data, name)
    for path in _of_wrong_type(data.extra_json, arm):
        yield FieldViolation(path, "is of the wrong type")
    for path in variant.required if required is None else required:
        if not arm.HasField(path):
            yield FieldViolation(path, "is required")
    for path in variant.ids:
        if arm.HasField(path) and not getattr(arm, path):
            yield FieldViolation(path, "must not be empty")
    for path in variant.urls:
        if arm.HasField(path) and not is_url(getattr(arm, path)):
            yield FieldViolation(path, "must be an http or https URL")
    for path in variant.json_objects:
        if arm.HasField(path) and (rule := json_text.broken_rule(getattr(arm, path))):
            yield FieldViolation(path, rule)
    for path, choices in variant.one_of.items():
        if arm.HasField(path) and getattr(arm, path) not in choices:
            yield FieldViolation(path, f"must be {' or '.join(choices)}")
    if variant.further is not None:
        yield from variant.further(data)


def _of_wrong_type(extra_json: str, arm: Message) -> list[str]:
    """The fields of the arm whose values are in extra_json, because they have a type that the arm's field cannot hold."""
    if not extra_json:
        return []
    present = {descriptor.name for descriptor, _ in arm.ListFields()}
    return sorted((json_text.parse_object(extra_json).keys() & arm.DESCRIPTOR.fields_by_name) - present)
