"""Converts the `data` of Versori's credentials, a map of base64 strings, to our variants and back."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from strongroom.v1.credential_pb2 import BasicAuthData, CredentialData, KeyValuesData, RawData
from strongroom_server.gateway import json_body
from strongroom_server.gateway.problems import invalid_field

if TYPE_CHECKING:
    from strongroom_server.gateway.json_body import JsonObject

Values: TypeAlias = Mapping[str, bytes]

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", re.ASCII)


def _key_values(values: Values) -> CredentialData:
    return CredentialData(key_values=KeyValuesData(values=values))


def _raw(values: Values) -> CredentialData:
    return CredentialData(raw=RawData(value=values.get("raw")))


def _basic_auth(values: Values) -> CredentialData:
    return CredentialData(
        basic_auth=BasicAuthData(username=_text(values, "username"), password=_text(values, "password"))
    )


def _text(values: Values, key: str) -> str | None:
    try:
        return values[key].decode()
    except (KeyError, UnicodeDecodeError):
        return None


TYPES: Mapping[str, Callable[[Values], CredentialData]] = MappingProxyType(
    {"Default": _key_values, "Raw": _raw, "BasicAuth": _basic_auth}
)
# The type that each variant is shown with. Only connections create the last three, and Versori has no type for the last two.
TYPE_NAMES = MappingProxyType(
    {
        "key_values": "Default",
        "raw": "Raw",
        "basic_auth": "BasicAuth",
        "oauth2_refresh": "OAuth2Refresh",
        "client_credentials": "Default",
        "jwt": "Default",
    }
)
# The names of fields in `data`, where they differ from ours. A connection's own casing is another one.
NAMES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "basic_auth": {"username": "username", "password": "password"},
        "oauth2_refresh": {
            "client_id": "clientID",
            "client_secret": "clientSecret",
            "token_url": "tokenURL",
            "refresh_token": "refreshToken",
            "auth_style": "authStyle",
        },
        "client_credentials": {"client_id": "clientId", "client_secret": "clientSecret"},
        "jwt": {"algorithm": "algorithm", "payload_json": "payload", "private_key": "secret"},
    }
)


def data_of(type_name: str, sent: JsonObject) -> CredentialData:
    """Our data for the type. Values without a place in the variant go to `extra_json`. Raises RefusedError."""
    data = TYPES[type_name]({key: _decode(sent, key) for key in sent.values})
    taken = _values_of(data)
    if extra := {key: text for key, text in sent.texts.items() if key not in taken}:
        data.extra_json = json_body.text_of(extra)
    return data


def base64_of(data: CredentialData) -> dict[str, str]:
    """The data as Versori shows it, sorted by key."""
    return {key: base64.b64encode(value).decode() for key, value in sorted(_values_of(data).items())}


def _decode(sent: JsonObject, key: str) -> bytes:
    text = sent.text(key)
    if text is None or not _BASE64.fullmatch(text):
        raise invalid_field(f"{sent.path}{key}", "must be base64 with padding (RFC 4648, section 4)")
    return base64.b64decode(text)


def _values_of(data: CredentialData) -> dict[str, bytes]:
    """The values of the variant, by Versori's keys."""
    match data.WhichOneof("variant"):
        case None:
            return {}
        case "key_values":
            return dict(data.key_values.values)
        case "raw":
            return {"raw": data.raw.value} if data.raw.HasField("value") else {}
        case variant:
            names = NAMES[variant]
            return {
                names[field.name]: value.encode()
                for field, value in getattr(data, variant).ListFields()
                if field.name in names
            }
