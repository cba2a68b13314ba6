"""Owns Versori Switchboard's credentials API. Knows no other vendor.

Casing is Versori's own: `organisationID`, but `expiresAt` and `redactFields`. Absent members are left out, never null.
`isValid` and `errors` are additions in the manner of its other APIs.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, TypeAlias
from uuid import UUID

import msgspec
from google.protobuf.field_mask_pb2 import FieldMask
from msgspec import UNSET, UnsetType
from ulid import ULID

from strongroom.v1 import credential_pb2 as contract
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    CreateCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom_server.gateway import json_body, parameters, requests, times
from strongroom_server.gateway.json_body import JsonObject
from strongroom_server.gateway.members import STRINGS, TIME, Body, Kind, Member, text
from strongroom_server.gateway.parameters import Parameter
from strongroom_server.gateway.problems import Problem, refused, renamed
from strongroom_server.gateway.services import CALL_SECONDS
from strongroom_server.gateway.vendor import STATUSES, Call, Operation, Sent, Vendor

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


# The id of no credential: the service, which checks the key first, says that it is absent.
NO_ID = str(UUID(int=0))

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", re.ASCII)
# What a list is sorted by, and whether the other way round: a type and its variant are in the same order, an invalid credential's
# state is the greater.
_SORTED = MappingProxyType(
    {
        "id": ("id", False),
        "name": ("name", False),
        "type": ("variant", False),
        "expiresAt": ("expire_time", False),
        "isValid": ("state", True),
    }
)
# All have the same organisation. Objects and arrays have no order.
_UNSORTED = ("organisationID", "data", "redactFields", "errors")
_FIELD = "|".join((*_SORTED, *_UNSORTED))
_SORT = re.compile(rf"({_FIELD}):(asc|desc)(,({_FIELD}):(asc|desc))*", re.ASCII)
_LARGEST_PAGE = 50

Base64 = Annotated[str, msgspec.Meta(extra_json_schema={"contentEncoding": "base64"})]


class Credential(msgspec.Struct, kw_only=True):
    """A credential as Versori shows it. `errors` says why one is not valid, and is empty when it is."""

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
    """A page of credentials. `next` goes on as `after`, `prev` goes back as `before`."""

    items: list[Credential]
    total_count: int = msgspec.field(name="totalCount")
    next: str | UnsetType = UNSET
    prev: str | UnsetType = UNSET


class DeletedResource(msgspec.Struct):
    """What was deleted."""

    id: str


class FieldError(msgspec.Struct):
    """A field of the request, and the rule it breaks."""

    field: str
    message: str


class Extensions(msgspec.Struct, omit_defaults=True):
    """Why, for programs: the service's own reason."""

    reason: str
    fields: list[FieldError] | None = None
    error_id: str | None = msgspec.field(name="errorId", default=None)


class Error(msgspec.Struct):
    """An error. The first three digits of the code are the status."""

    code: str
    message: str
    extensions: Extensions


_FIELDS = MappingProxyType(
    {
        "organisation_id": "organisationId",
        "order_by": "sort",
        "page_size": "first",
        "page_token": "after",
        "before_page_token": "before",
        "credential": "body",
        "credential.name": "name",
        "credential.redact_fields": "redactFields",
        "credential.expire_time": "expiresAt",
        "credential.data": "data",
        "credential.data.key_values": "data",
        "credential.data.key_values.values": "data",
        "credential.data.raw": "data",
        "credential.data.raw.value": "data.raw",
        "credential.data.basic_auth": "data",
        "credential.data.extra_json": "data",
    }
)

Values: TypeAlias = Mapping[str, bytes]


def _key_values(values: Values) -> contract.CredentialData:
    return contract.CredentialData(key_values=contract.KeyValuesData(values=values))


def _raw(values: Values) -> contract.CredentialData:
    return contract.CredentialData(raw=contract.RawData(value=values.get("raw")))


def _basic_auth(values: Values) -> contract.CredentialData:
    return contract.CredentialData(
        basic_auth=contract.BasicAuthData(username=_text(values, "username"), password=_text(values, "password"))
    )


def _text(values: Values, key: str) -> str | None:
    try:
        return values[key].decode()
    except (KeyError, UnicodeDecodeError):
        return None


_ARMS: Mapping[str, Callable[[Values], contract.CredentialData]] = MappingProxyType(
    {"Default": _key_values, "Raw": _raw, "BasicAuth": _basic_auth}
)
_TYPES = MappingProxyType({"key_values": "Default", "raw": "Raw", "basic_auth": "BasicAuth"})


def _type(body: JsonObject, member: str) -> str | None:
    if body.text(member) == "OAuth2Refresh":
        raise refused(member, "must not be OAuth2Refresh: the connections APIs alone create and update those")
    return body.choice(member, {name: name for name in _ARMS})


ORGANISATION = Parameter("organisationId", "path", {"type": "string"}, parameters.text)
CREDENTIAL = Parameter("credentialId", "path", {"type": "string", "format": "ulid"}, parameters.text)
FIRST = Parameter(
    "first",
    "query",
    *parameters.capped(1, _LARGEST_PAGE),
    f"How many a page has, 20 if absent. A larger number counts as {_LARGEST_PAGE}.",
)
AFTER = Parameter("after", "query", {"type": "string"}, parameters.text, "The `next` of a page: what comes after it.")
BEFORE = Parameter(
    "before", "query", {"type": "string"}, parameters.text, "The `prev` of a page: what comes before it."
)


def _order_by(sort: str) -> str:
    terms = [term.split(":") for term in sort.split(",")]
    if not _SORT.fullmatch(sort) or len({name for name, _ in terms}) != len(terms):
        fields = ", ".join((*_SORTED, *_UNSORTED))
        raise ValueError(f"must name fields of {fields}, each once with :asc or :desc, such as name:asc,id:desc")
    deciding = [(name, direction == "desc") for name, direction in terms if name in _SORTED]
    # What is equal is in the order of the ids, in the direction of the first field.
    deciding += [("id", descends) for _, descends in deciding[:1]] if "id" not in dict(deciding) else []
    columns = [(*_SORTED[name], descends) for name, descends in deciding]
    return ", ".join(f"{column} desc" if descends != turned else column for column, turned, descends in columns)


SORT = Parameter(
    "sort",
    "query",
    {"type": "string", "pattern": f"^{_SORT.pattern}$"},
    _order_by,
    "Fields with :asc or :desc. A credential that does not expire comes after those that do. organisationID, objects and arrays "
    "decide nothing.",
)

NAME = Member("name", text(1, 255), required=True)
TYPE = Member("type", Kind({"type": "string", "enum": list(_ARMS)}, _type), required=True)
DATA = Member(
    "data",
    Kind(
        {"type": "object", "additionalProperties": {"type": "string", "contentEncoding": "base64"}},
        JsonObject.child,
    ),
    "Each value in base64. What the type requires but lacks makes the credential invalid.",
    required=True,
)
REDACT_FIELDS = Member("redactFields", STRINGS, "For the type Default: the keys of data that are not shown again.")
EXPIRES_AT = Member("expiresAt", TIME, "When the credential is deleted by itself; in the future.")
MEMBERS = (NAME, TYPE, DATA, REDACT_FIELDS, EXPIRES_AT)
EXAMPLES = MappingProxyType(
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

# A full replacement.
_MASK = FieldMask(paths=["name", "data", "redact_fields", "expire_time"])


async def create(call: Call) -> Response:
    """POST: a credential whose data does not satisfy its type is stored nevertheless, and shown as invalid."""
    caller = _caller(call.request)
    credential = await call.services.credentials.CreateCredential(
        CreateCredentialRequest(
            organisation_id=call.required(ORGANISATION),
            credential=_credential(await call.body()),
            accept_invalid=True,
            request_id=call.request_id,
        ),
        metadata=caller,
        timeout=CALL_SECONDS,
    )
    return call.answer(_shown(credential))


async def list_(call: Call) -> Response:
    """GET of the collection: a page in one direction or the other, and how many there are."""
    caller = _caller(call.request)
    after, before = call.value(AFTER), call.value(BEFORE)
    if after and before:
        raise refused("before", "must not be sent together with after")
    page = await call.services.credentials.ListCredentials(
        ListCredentialsRequest(
            organisation_id=call.required(ORGANISATION),
            view=CREDENTIAL_VIEW_FULL,
            surface=contract.SURFACE_VERSORI,
            page_size=call.value(FIRST) or 20,
            page_token=after or "",
            before_page_token=before or "",
            order_by=call.value(SORT) or "",
            with_total_size=True,
        ),
        metadata=caller,
        timeout=CALL_SECONDS,
    )
    return call.answer(
        CredentialsPage(
            items=[_shown(credential) for credential in page.credentials],
            total_count=page.total_size,
            next=page.next_page_token or UNSET,
            prev=page.previous_page_token or UNSET,
        )
    )


async def get(call: Call) -> Response:
    """GET: the credential with the data that redaction leaves."""
    credential = await call.services.credentials.GetCredential(
        GetCredentialRequest(
            id=_id(call.required(CREDENTIAL)),
            organisation_id=call.required(ORGANISATION),
            view=CREDENTIAL_VIEW_FULL,
            surface=contract.SURFACE_VERSORI,
        ),
        metadata=_caller(call.request),
        timeout=CALL_SECONDS,
    )
    return call.answer(_shown(credential))


async def update(call: Call) -> Response:
    """PUT: everything as sent, and what is not sent is gone. An invalid credential can become valid, and the other way round."""
    caller = _caller(call.request)
    credential = await call.services.credentials.UpdateCredential(
        UpdateCredentialRequest(
            id=_id(call.required(CREDENTIAL)),
            organisation_id=call.required(ORGANISATION),
            credential=_credential(await call.body()),
            update_mask=_MASK,
            accept_invalid=True,
            surface=contract.SURFACE_VERSORI,
            request_id=call.request_id,
        ),
        metadata=caller,
        timeout=CALL_SECONDS,
    )
    return call.answer(_shown(credential))


async def delete(call: Call) -> Response:
    """DELETE: answers the id."""
    credential_id = call.required(CREDENTIAL)
    await call.services.credentials.DeleteCredential(
        DeleteCredentialRequest(
            id=_id(credential_id),
            organisation_id=call.required(ORGANISATION),
            surface=contract.SURFACE_VERSORI,
            request_id=call.request_id,
        ),
        metadata=_caller(call.request),
        timeout=CALL_SECONDS,
    )
    return call.answer(DeletedResource(credential_id))


def _caller(request: Request) -> requests.Metadata:
    """`Authorization: Bearer <key>`, `JWT <token>`, or the key alone as the documentation's samples send it."""
    presented = requests.presented_key(request, "Authorization")
    scheme, _, token = presented.partition(" ")
    if scheme.lower() == "jwt":
        return requests.token_metadata(request, token.strip())
    return requests.metadata(request, requests.bearer_token(presented) if token else presented)


def _id(credential_id: str) -> str:
    try:
        return str(ULID.from_str(credential_id).to_uuid())
    except ValueError:
        return NO_ID


def _credential(body: Sent) -> contract.Credential:
    type_name = body.required(TYPE)
    sent = body.required(DATA)
    values = {key: _decoded(sent, key) for key in sent.values}
    data = _ARMS[type_name](values)
    taken = _values(data)
    if extra := {key: text for key, text in sent.texts.items() if key not in taken}:
        data.extra_json = json_body.written(extra)
    return contract.Credential(
        surface=contract.SURFACE_VERSORI,
        name=body.value(NAME) or "",
        data=data,
        redact_fields=body.value(REDACT_FIELDS) if type_name == "Default" else (),
        expire_time=body.value(EXPIRES_AT),
    )


def _decoded(sent: JsonObject, key: str) -> bytes:
    text = sent.text(key)
    if text is None or not _BASE64.fullmatch(text):
        raise refused(f"{sent.path}{key}", "must be base64 with padding (RFC 4648, section 4)")
    return base64.b64decode(text)


def _values(data: contract.CredentialData) -> dict[str, bytes]:
    """What the arm holds, by Versori's keys."""
    match data.WhichOneof("variant"):
        case "key_values":
            return dict(data.key_values.values)
        case "raw":
            return {"raw": data.raw.value} if data.raw.HasField("value") else {}
        case _:
            return {field.name: value.encode() for field, value in data.basic_auth.ListFields()}


def _shown(credential: contract.Credential) -> Credential:
    return Credential(
        id=str(ULID.from_uuid(UUID(credential.id))),
        organisation_id=credential.organisation_id,
        name=credential.name,
        type=_TYPES[credential.variant],
        data={key: base64.b64encode(value).decode() for key, value in sorted(_values(credential.data).items())},
        redact_fields=list(credential.redact_fields) or UNSET,
        expires_at=times.rfc_3339(credential.expire_time) if credential.HasField("expire_time") else UNSET,
        is_valid=credential.state == contract.CREDENTIAL_STATE_ACTIVE,
        errors=[
            f"{renamed(f'credential.data.{violation.field}', _FIELDS)}: {violation.description}"
            for violation in credential.violations
        ],
    )


def _render(problem: Problem, status: int) -> Response:
    # Six digits as a string, like those of Versori's own client: the status, and the reason's number where it has one.
    number = dict(ErrorReason.items()).get(f"ERROR_REASON_{problem.reason}", 0)
    return json_body.answer(
        status,
        Error(
            code=f"{status:d}{number:03d}",
            message="; ".join(problem.sentences),
            extensions=Extensions(
                problem.reason,
                [FieldError(field, rule) for field, rule in problem.violations] or None,
                problem.error_id,
            ),
        ),
    )


_COLLECTION = "/organisations/{organisationId}/credentials"
_MEMBER = f"{_COLLECTION}/{{credentialId}}"
_LINKS = {
    operation: {ORGANISATION.name: f"$request.path.{ORGANISATION.name}", CREDENTIAL.name: "$response.body#/id"}
    for operation in ("GetCredential", "UpdateCredential", "DeleteCredential")
}

VENDOR = Vendor(
    name="versori",
    title="Versori Switchboard credentials",
    prefix="/api/switchboard/v1alpha1",
    # The second server of Versori's own OpenAPI document.
    aliases=("/v1alpha1",),
    operations=(
        Operation(
            "CreateCredential",
            "POST",
            _COLLECTION,
            "Create a credential, valid or not.",
            create,
            HTTPStatus.CREATED,
            Credential,
            (ORGANISATION,),
            Body("CreateCredentialRequestBody", MEMBERS, examples=EXAMPLES),
            links=_LINKS,
        ),
        Operation(
            "GetCredentials",
            "GET",
            _COLLECTION,
            "List credentials, a page at a time.",
            list_,
            HTTPStatus.OK,
            CredentialsPage,
            (ORGANISATION, FIRST, AFTER, BEFORE, SORT),
        ),
        Operation(
            "GetCredential",
            "GET",
            _MEMBER,
            "Read a credential, with the data that redaction leaves.",
            get,
            HTTPStatus.OK,
            Credential,
            (ORGANISATION, CREDENTIAL),
        ),
        Operation(
            "UpdateCredential",
            "PUT",
            _MEMBER,
            "Replace a credential as a whole.",
            update,
            HTTPStatus.OK,
            Credential,
            (ORGANISATION, CREDENTIAL),
            Body("UpdateCredentialRequestBody", MEMBERS, examples=EXAMPLES),
        ),
        Operation(
            "DeleteCredential",
            "DELETE",
            _MEMBER,
            "Delete a credential.",
            delete,
            HTTPStatus.OK,
            DeletedResource,
            (ORGANISATION, CREDENTIAL),
        ),
    ),
    statuses=STATUSES,
    fields=_FIELDS,
    render=_render,
    problems=dict.fromkeys((400, 401, 403, 404, 405, 408, 409, 413, 500, 503, 504), Error),
    security={
        "Authorization": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Bearer <key>`, the key alone, or `JWT <token>` with a token that a registered key has signed.",
        }
    },
)
