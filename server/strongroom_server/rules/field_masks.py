"""Copies single fields from one message to another, for update masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.protobuf.message import Message


def copy_field(source: Message, target: Message, name: str) -> None:
    """Set one field of the target to its value in the source, or clear it if the source does not have it."""
    target.ClearField(name)
    part = type(source)()
    part.CopyFrom(source)
    for field in source.DESCRIPTOR.fields:
        if field.name != name:
            part.ClearField(field.name)
    target.MergeFrom(part)
