"""Copies the fields that an update mask names. Knows no message by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.protobuf.message import Message


def copy_field(source: Message, target: Message, name: str) -> None:
    """Make one field of the target as it is in the source, set or not."""
    target.ClearField(name)
    part = type(source)()
    part.CopyFrom(source)
    for field in source.DESCRIPTOR.fields:
        if field.name != name:
            part.ClearField(field.name)
    target.MergeFrom(part)
