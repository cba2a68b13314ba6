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
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from ulid import ULID

from strongroom.v1.credential_pb2 import (
    CREDENTIAL_STATE_ACTIVE,
    SURFACE_VERSORI,
    BasicAuthData,
    Credential,
    CredentialData,
    KeyValuesData,
    RawData,
)
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL, CreateCredentialRequest, GetCredentialRequest
from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom_server.gateway import json_body, requests, times
from strongroom_server.gateway.json_body import JsonObject, required
from strongroom_server.gateway.problems import Problem, refused, renamed
from strongroom_server.gateway.services import CALL_SECONDS, Services
from strongroom_server.gateway.vendor import STATUSES, Vendor

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

# The id of no credential: the service, which checks the key first, says that it is absent.
NO_ID = str(UUID(int=0))

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", re.ASCII)

_FIELDS = MappingProxyType(
    {
        "organisation_id": "organisationId",
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


async def create(request: Request, services: Services) -> Response:
    """POST: a credential whose data does not satisfy its type is stored nevertheless, and shown as invalid."""
    caller = _caller(request)
    body = await json_body.read(request)
    credential = await services.credentials.CreateCredential(
        CreateCredentialRequest(
            organisation_id=request.path_params["organisationId"], credential=_credential(body), accept_invalid=True
        ),
        metadata=caller,
        timeout=CALL_SECONDS,
    )
    return json_body.answer(HTTPStatus.CREATED, _shown(credential))


async def get(request: Request, services: Services) -> Response:
    """GET: the credential with the data that redaction leaves."""
    credential = await services.credentials.GetCredential(
        GetCredentialRequest(
            id=_id(request.path_params["credentialId"]),
            organisation_id=request.path_params["organisationId"],
            view=CREDENTIAL_VIEW_FULL,
            surface=SURFACE_VERSORI,
        ),
        metadata=_caller(request),
        timeout=CALL_SECONDS,
    )
    return json_body.answer(HTTPStatus.OK, _shown(credential))


def _caller(request: Request) -> tuple[tuple[str, str], ...]:
    """`Authorization: Bearer <key>`, or the key alone as the documentation's samples send it."""
    presented = requests.presented_key(request, "Authorization")
    return requests.metadata(requests.bearer_token(presented) if " " in presented else presented)


def _id(credential_id: str) -> str:
    try:
        return str(ULID.from_str(credential_id).to_uuid())
    except ValueError:
        return NO_ID


def _credential(body: JsonObject) -> Credential:
    type_name = required(body.text("type"), "type")
    if type_name == "OAuth2Refresh":
        raise refused("type", "must not be OAuth2Refresh: the connections APIs alone create and update those")
    arm = required(body.choice("type", _ARMS), "type")
    sent = required(body.child("data"), "data")
    values = {key: _decoded(sent, key) for key in sent.values}
    data = arm(values)
    taken = _values(data)
    if extra := {key: text for key, text in sent.texts.items() if key not in taken}:
        data.extra_json = json_body.written(extra)
    return Credential(
        surface=SURFACE_VERSORI,
        name=body.text("name") or "",
        data=data,
        redact_fields=body.strings("redactFields") if type_name == "Default" else (),
        expire_time=times.timestamp(body, "expiresAt"),
    )


def _decoded(sent: JsonObject, key: str) -> bytes:
    text = sent.text(key)
    if text is None or not _BASE64.fullmatch(text):
        raise refused(f"{sent.path}{key}", "must be base64 with padding (RFC 4648, section 4)")
    return base64.b64decode(text)


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


_ARMS: Mapping[str, Callable[[Values], CredentialData]] = MappingProxyType(
    {"Default": _key_values, "Raw": _raw, "BasicAuth": _basic_auth}
)
_TYPES = MappingProxyType({"key_values": "Default", "raw": "Raw", "basic_auth": "BasicAuth"})


def _values(data: CredentialData) -> dict[str, bytes]:
    """What the arm holds, by Versori's keys."""
    match data.WhichOneof("variant"):
        case "key_values":
            return dict(data.key_values.values)
        case "raw":
            return {"raw": data.raw.value} if data.raw.HasField("value") else {}
        case _:
            return {field.name: value.encode() for field, value in data.basic_auth.ListFields()}


def _shown(credential: Credential) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": str(ULID.from_uuid(UUID(credential.id))),
        "organisationID": credential.organisation_id,
        "name": credential.name,
        "type": _TYPES[credential.variant],
        "data": {key: base64.b64encode(value).decode() for key, value in sorted(_values(credential.data).items())},
        "isValid": credential.state == CREDENTIAL_STATE_ACTIVE,
        "errors": [
            f"{renamed(f'credential.data.{violation.field}', _FIELDS)}: {violation.description}"
            for violation in credential.violations
        ],
    }
    if credential.redact_fields:
        shown["redactFields"] = list(credential.redact_fields)
    if credential.HasField("expire_time"):
        shown["expiresAt"] = times.rfc_3339(credential.expire_time)
    return shown


def _render(problem: Problem, status: int) -> Response:
    # Six digits as a string, like those of Versori's own client: the status, and the reason's number where it has one.
    number = dict(ErrorReason.items()).get(f"ERROR_REASON_{problem.reason}", 0)
    extensions: dict[str, object] = {"reason": problem.reason}
    if problem.violations:
        extensions["fields"] = [{"field": field, "message": rule} for field, rule in problem.violations]
    if problem.error_id:
        extensions["errorId"] = problem.error_id
    return json_body.answer(
        status,
        {"code": f"{status:d}{number:03d}", "message": "; ".join(problem.sentences), "extensions": extensions},
    )


VENDOR = Vendor(
    name="versori",
    prefix="/api/switchboard/v1alpha1",
    resources={
        "/organisations/{organisationId}/credentials": {"POST": create},
        "/organisations/{organisationId}/credentials/{credentialId}": {"GET": get},
    },
    statuses=STATUSES,
    fields=_FIELDS,
    render=_render,
)
