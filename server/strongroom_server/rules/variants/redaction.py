"""Removes from secret data what a caller without access to secrets must not see."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.descriptor import Descriptor
    from google.protobuf.message import Message

    from strongroom.v1.credential_pb2 import CredentialData


def redact(data: CredentialData, redact_fields: Sequence[str]) -> None:
    """Clear extra_json and the secret fields; of key_values only the keys in `redact_fields`."""
    data.ClearField("extra_json")
    if data.WhichOneof("variant") == "key_values":
        for key in redact_fields:
            data.key_values.values.pop(key, None)
    else:
        _clear_secret_fields(data)


def _clear_secret_fields(message: Message) -> None:
    for name in _secret_fields(message.DESCRIPTOR):
        message.ClearField(name)
    for descriptor, value in message.ListFields():
        if descriptor.message_type is not None:
            for part in value if descriptor.is_repeated else (value,):
                _clear_secret_fields(part)


@functools.cache
def _secret_fields(message: Descriptor) -> tuple[str, ...]:
    return tuple(field.name for field in message.fields if field.GetOptions().debug_redact)
