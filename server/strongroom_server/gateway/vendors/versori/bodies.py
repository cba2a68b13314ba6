"""Declares the JSON bodies of Versori's credentials, and converts them to our messages and back."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import UNSET, UnsetType

from strongroom.v1 import credential_pb2 as contract
from strongroom_server.gateway import times
from strongroom_server.gateway.json_body import JsonObject
from strongroom_server.gateway.members import STRINGS, TIME, Body, Kind, Member, text
from strongroom_server.gateway.problems import invalid_field, vendor_field
from strongroom_server.gateway.vendors.versori.data import TYPE_NAMES, TYPES, base64_of, data_of
from strongroom_server.gateway.vendors.versori.errors import FIELDS
from strongroom_server.gateway.vendors.versori.ids import ulid_of

if TYPE_CHECKING:
    from strongroom_server.gateway.calls import Call, RequestBody

Base64 = Annotated[str, msgspec.Meta(extra_json_schema={"contentEncoding": "base64"})]


class Credential(msgspec.Struct, kw_only=True):
    """A credential as Versori shows it, with `isValid` and `errors`, which Versori's other APIs have and this one lacks.

    `errors` says why a credential is not valid, and is empty when it is.
    """

    id: str
    organisation_id: str = msgspec.field(name="organisationID")
    name: str
    type: str
    data: dict[str, Base64]
    redact_fields: list[str] | UnsetType = msgspec.field(name="redactFields", default=UNSET)
    expires_at: Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})] | UnsetType = msgspec.field(
        name="expiresAt", default=UNSET
    )
    is_valid: bool = msgspec.field(name="isValid")
    errors: list[str]


class CredentialsPage(msgspec.Struct, kw_only=True):
    """A page of credentials. `next` is the `after` of the next page, `prev` the `before` of the previous one."""

    items: list[Credential]
    total_count: int = msgspec.field(name="totalCount")
    next: str | UnsetType = UNSET
    prev: str | UnsetType = UNSET


class DeletedResource(msgspec.Struct):
    """The id of the deleted resource."""

    id: str


def _type(body: JsonObject, member: str) -> str | None:
    if body.text(member) == "OAuth2Refresh":
        raise invalid_field(member, "must not be OAuth2Refresh: only the connections API creates and updates those")
    return body.choice(member, {name: name for name in TYPES})


NAME = Member("name", text(1, 255), required=True)
TYPE = Member("type", Kind({"type": "string", "enum": list(TYPES)}, _type), required=True)
DATA = Member(
    "data",
    Kind(
        {"type": "object", "additionalProperties": {"type": "string", "contentEncoding": "base64"}},
        JsonObject.child,
    ),
    "Each value in base64. If a value that the type requires is missing, the credential is stored and is not valid.",
    required=True,
)
REDACT_FIELDS = Member("redactFields", STRINGS, "For the type Default: the keys of data that responses leave out.")
EXPIRES_AT = Member("expiresAt", TIME, "When the credential is deleted automatically. Must be in the future.")
_MEMBERS = (NAME, TYPE, DATA, REDACT_FIELDS, EXPIRES_AT)
_EXAMPLES = MappingProxyType(
    {
        "Default": {
            "name": "store",
            "type": "Default",
            "data": {"shop": "ZXhhbXBsZQ==", "token": "aHVudGVyMg=="},
            "redactFields": ["token"],
        },
        "Raw": {"name": "token", "type": "Raw", "data": {"raw": "aHVudGVyMg=="}},
        "BasicAuth": {
            "name": "billing",
            "type": "BasicAuth",
            "data": {"username": "YW5uYQ==", "password": "aHVudGVyMg=="},
        },
    }
)
CREATE = Body("CreateCredentialRequestBody", _MEMBERS, examples=_EXAMPLES)
UPDATE = Body("UpdateCredentialRequestBody", _MEMBERS, examples=_EXAMPLES)


def message_of(call: Call, body: RequestBody) -> contract.Credential:
    """Our message for a request's body. Raises RefusedError."""
    type_name = body.required(TYPE)
    return contract.Credential(
        surface=call.vendor.surface,
        data=data_of(type_name, body.required(DATA)),
        name=body.value(NAME) or "",
        redact_fields=body.value(REDACT_FIELDS) if type_name == "Default" else (),
        expire_time=body.value(EXPIRES_AT),
    )


def body_of(credential: contract.Credential) -> Credential:
    """The body of a response that shows a credential."""
    return Credential(
        id=ulid_of(credential.id),
        organisation_id=credential.organisation_id,
        name=credential.name,
        type=TYPE_NAMES[credential.variant],
        data=base64_of(credential.data),
        redact_fields=list(credential.redact_fields) or UNSET,
        expires_at=times.rfc_3339(credential.expire_time) if credential.HasField("expire_time") else UNSET,
        is_valid=credential.state == contract.CREDENTIAL_STATE_ACTIVE,
        errors=[
            f"{vendor_field(f'credential.data.{violation.field}', FIELDS)}: {violation.description}"
            for violation in credential.violations
        ],
    )
