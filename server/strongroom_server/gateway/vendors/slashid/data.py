"""Converts SlashID's `json_blob` to our variants and back."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from strongroom.v1.credential_pb2 import CredentialData
from strongroom_server.gateway import json_body

if TYPE_CHECKING:
    from strongroom_server.gateway.json_body import JsonObject

# The variant of each type. A member of json_blob goes to the field of the same name.
TYPES = MappingProxyType(
    {
        "api_key": "api_key",
        "client_credentials": "client_credentials",
        "user_pass": "basic_auth",
        "api_id_access": "api_id_key",
        "access_token": "access_token",
        "json_credentials": "json_document",
    }
)
TYPE_NAMES = MappingProxyType({variant: name for name, variant in TYPES.items()})


def data_of(variant: str, blob: JsonObject, text: msgspec.Raw) -> CredentialData:
    """Our data for a json_blob, whose JSON text is `text`. Members without a field in the variant go to `extra_json`."""
    data = CredentialData()
    fields = getattr(data, variant)
    fields.SetInParent()
    if variant == "json_document":
        fields.json = json_body.text_of(text)
        return data
    taken = {
        field: value for field in fields.DESCRIPTOR.fields_by_name if isinstance(value := blob.values.get(field), str)
    }
    for field, value in taken.items():
        setattr(fields, field, value)
    if extra := {name: text for name, text in blob.texts.items() if name not in taken}:
        data.extra_json = json_body.text_of(extra)
    return data


def blob_of(data: CredentialData) -> msgspec.Raw:
    """The json_blob as the client sent it: the fields of the variant and `extra_json` together."""
    variant = data.WhichOneof("variant") or ""
    if variant == "json_document":
        return msgspec.Raw(data.json_document.json.encode())
    extra = json_body.members_of(data.extra_json) if data.extra_json else {}
    fields = {field.name: value for field, value in getattr(data, variant).ListFields()}
    return msgspec.Raw(msgspec.json.encode({**extra, **fields}))
