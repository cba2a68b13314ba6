"""Owns SlashID's external credentials API. Knows no other vendor.

A body carries either `result` or `errors`, never `meta`; 401 has no body, and an unknown route is not JSON.
"""

from __future__ import annotations

import re
import time
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

import grpc
import msgspec
from google.protobuf.field_mask_pb2 import FieldMask
from msgspec import UNSET, UnsetType
from starlette.responses import PlainTextResponse, Response

from strongroom.v1.credential_pb2 import (
    PROVIDER_GENERIC,
    PROVIDER_GOOGLE,
    PROVIDER_ONFIDO,
    PROVIDER_SHOPIFY,
    SURFACE_SLASHID,
    Credential,
    CredentialData,
)
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    PurgeCredentialsRequest,
    UpdateCredentialRequest,
)
from strongroom_server.gateway import json_body, parameters, requests
from strongroom_server.gateway.members import OBJECT, Body, Member, choice, text
from strongroom_server.gateway.parameters import Parameter
from strongroom_server.gateway.problems import ROUTE_UNKNOWN, Problem, RefusedError, refused
from strongroom_server.gateway.services import CALL_SECONDS
from strongroom_server.gateway.vendor import STATUSES, Call, Operation, Sent, Vendor

# The id of no credential: the service, which checks the key first, says that it is absent.
NO_ID = str(UUID(int=0))

_DEFAULT_WAIT = 30
# How long one request goes on deleting: about 30,000 credentials. Clients repeat a 503.
PURGE_SECONDS = CALL_SECONDS
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)

_PROVIDERS = MappingProxyType(
    {
        "google": PROVIDER_GOOGLE,
        "onfido": PROVIDER_ONFIDO,
        "shopify": PROVIDER_SHOPIFY,
        "generic": PROVIDER_GENERIC,
    }
)
_PROVIDER_NAMES = MappingProxyType({provider: name for name, provider in _PROVIDERS.items()})

# Each type's arm. A member of json_blob goes to the field of the arm that has its name.
_ARMS = MappingProxyType(
    {
        "api_key": "api_key",
        "client_credentials": "client_credentials",
        "user_pass": "basic_auth",
        "api_id_access": "api_id_key",
        "access_token": "access_token",
        "json_credentials": "json_document",
    }
)
_TYPES = MappingProxyType({arm: type_name for type_name, arm in _ARMS.items()})

_FIELDS = MappingProxyType(
    {
        "organisation_id": "SlashID-OrgID",
        "credential": "body",
        "credential.name": "extcred_label",
        "credential.provider": "extcred_provider",
        "credential.data": "json_blob",
        "credential.data.extra_json": "json_blob",
        "credential.data.json_document.json": "json_blob",
        **{f"credential.data.{arm}": "json_blob" for arm in _TYPES},
    }
)


class ExternalCredential(msgspec.Struct):
    """A credential as SlashID shows it; `json_blob` only where one is read by its id."""

    external_cred_id: str
    organization_id: str
    extcred_provider: Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(_PROVIDERS)})]
    extcred_type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(_ARMS)})]
    extcred_label: str
    json_blob: Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "object"})] | UnsetType = UNSET


class ExternalCredentialIds(msgspec.Struct):
    """The id of the new credential."""

    result: list[str]


class ExternalCredentialResult(msgspec.Struct):
    """One credential."""

    result: ExternalCredential


class ExternalCredentialsResult(msgspec.Struct):
    """Every credential, without key material."""

    result: list[ExternalCredential]


class Error(msgspec.Struct):
    """What went wrong; `httpcode` is the status."""

    httpcode: int
    message: str


class Errors(msgspec.Struct):
    """An answer that is an error."""

    errors: list[Error]


ORGANISATION = Parameter(
    "SlashID-OrgID", "header", {"type": "string"}, parameters.text, "The organisation, the API key's.", required=True
)
CONSISTENCY = Parameter(
    "SlashID-Required-Consistency",
    "header",
    *parameters.choice({"local_region": False, "all_regions": True}),
    "What the answer waits for: all_regions until every one has what was written, else 408, and the write stands.",
)
TIMEOUT = Parameter(
    "SlashID-Required-Consistency-Timeout", "header", *parameters.integer(1, 120), "In seconds; 30 if absent."
)
CRED_ID = Parameter("cred_id", "path", {"type": "string", "format": "uuid"}, parameters.text)


def _uuid(value: str) -> str:
    if not _UUID.fullmatch(value):
        raise ValueError("must be a UUID")
    return value


CREDENTIAL_ID = Parameter(
    "credentialId", "query", {"type": "string", "format": "uuid"}, _uuid, "The one to delete; wins over deleteAll."
)
DELETE_ALL = Parameter(
    "deleteAll",
    "query",
    {"type": "boolean"},
    parameters.choice({"true": True, "false": False})[1],
    "Delete all of them. 503 says that some are left: repeat the request.",
)

PROVIDER = Member("extcred_provider", choice("ExternalCredentialProvider", _PROVIDERS), required=True)
TYPE = Member("extcred_type", choice("ExternalCredentialType", _ARMS), "What json_blob holds.", required=True)
BLOB = Member("json_blob", OBJECT, "The key material, comes back as sent.", required=True)
LABEL = Member("extcred_label", text(0, 255))
NEW_BLOB = Member("json_blob", OBJECT, "The key material, in place of what was there.")

_CONSISTENT = (ORGANISATION, CONSISTENCY, TIMEOUT)


async def create(call: Call) -> Response:
    """POST: answers the id alone."""
    caller = _caller(call)
    wait = _region_wait(call)
    body = await call.body()
    arm = body.required(TYPE)
    credential = Credential(
        surface=SURFACE_SLASHID,
        provider=body.required(PROVIDER),
        name=body.value(LABEL) or "",
        data=_data(arm, body, BLOB),
    )
    created = await call.services.credentials.CreateCredential(
        CreateCredentialRequest(
            organisation_id=call.required(ORGANISATION),
            credential=credential,
            accept_invalid=True,
            all_regions_timeout_seconds=wait,
            request_id=call.request_id,
        ),
        metadata=caller,
        timeout=CALL_SECONDS + wait,
    )
    return call.answer(ExternalCredentialIds([created.id]))


async def list_(call: Call) -> Response:
    """GET of the collection: all there are, for SlashID has no pages; read a page at a time."""
    caller = _caller(call)
    request = ListCredentialsRequest(
        organisation_id=call.required(ORGANISATION), surface=SURFACE_SLASHID, page_size=500
    )
    shown: list[ExternalCredential] = []
    while True:
        page = await call.services.credentials.ListCredentials(request, metadata=caller, timeout=CALL_SECONDS)
        shown += map(_shown, page.credentials)
        if not page.next_page_token:
            return call.answer(ExternalCredentialsResult(shown))
        request.page_token = page.next_page_token


async def get(call: Call) -> Response:
    """GET by id: hands out the whole json_blob, so it is an access, to invalid ones too."""
    caller = _caller(call)
    request = AccessCredentialRequest(
        id=_id(call), organisation_id=call.required(ORGANISATION), allow_invalid=True, surface=SURFACE_SLASHID
    )
    try:
        credential = await call.services.credentials.AccessCredential(request, metadata=caller, timeout=CALL_SECONDS)
    except grpc.aio.AioRpcError as error:
        return _not_found(call, error)
    shown = _shown(credential)
    shown.json_blob = _blob(credential.data)
    return call.answer(ExternalCredentialResult(shown))


async def update(call: Call) -> Response:
    """PATCH: what is sent, and nothing else. The type stays, so that a new json_blob is of the stored one."""
    caller = _caller(call)
    wait = _region_wait(call)
    body = await call.body()
    organisation_id = call.required(ORGANISATION)
    try:
        present = await call.services.credentials.GetCredential(
            GetCredentialRequest(id=_id(call), organisation_id=organisation_id, surface=SURFACE_SLASHID),
            metadata=caller,
            timeout=CALL_SECONDS,
        )
        credential, mask = Credential(), FieldMask()
        if (label := body.value(LABEL)) is not None:
            credential.name = label
            mask.paths.append("name")
        if body.value(NEW_BLOB) is not None:
            credential.data.CopyFrom(_data(present.variant, body, NEW_BLOB))
            mask.paths.append("data")
        if mask.paths:
            await call.services.credentials.UpdateCredential(
                UpdateCredentialRequest(
                    id=present.id,
                    organisation_id=organisation_id,
                    credential=credential,
                    update_mask=mask,
                    accept_invalid=True,
                    surface=SURFACE_SLASHID,
                    variant=present.variant,
                    all_regions_timeout_seconds=wait,
                    request_id=call.request_id,
                ),
                metadata=caller,
                timeout=CALL_SECONDS + wait,
            )
    except grpc.aio.AioRpcError as error:
        return _not_found(call, error)
    return call.answer()


async def delete(call: Call) -> Response:
    """DELETE of the collection: one by its id, where an unknown one changes nothing, or all."""
    caller = _caller(call)
    wait = _region_wait(call)
    organisation_id = call.required(ORGANISATION)
    credential_id, delete_all = call.value(CREDENTIAL_ID), call.value(DELETE_ALL)
    if credential_id is not None:
        try:
            await call.services.credentials.DeleteCredential(
                DeleteCredentialRequest(
                    id=credential_id,
                    organisation_id=organisation_id,
                    surface=SURFACE_SLASHID,
                    all_regions_timeout_seconds=wait,
                    request_id=call.request_id,
                ),
                metadata=caller,
                timeout=CALL_SECONDS + wait,
            )
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
        return call.answer()
    if not delete_all:
        raise refused("credentialId", "is required unless deleteAll is true")
    request = PurgeCredentialsRequest(
        organisation_id=organisation_id,
        surface=SURFACE_SLASHID,
        all_regions_timeout_seconds=wait,
        request_id=call.request_id,
    )
    deleted, ends = 0, time.monotonic() + PURGE_SECONDS
    while True:
        purged = await call.services.credentials.PurgeCredentials(request, metadata=caller, timeout=CALL_SECONDS + wait)
        if not purged.more:
            return call.answer()
        deleted += purged.deleted_count
        if time.monotonic() > ends:
            raise RefusedError(
                Problem(
                    grpc.StatusCode.UNAVAILABLE,
                    "DELETION_UNFINISHED",
                    f"{deleted} credentials are deleted and more are left: repeat the request",
                )
            )


def _caller(call: Call) -> requests.Metadata:
    """The caller's metadata. A missing key comes before whatever else is wrong."""
    caller = requests.metadata(call.request, requests.presented_key(call.request, "SlashID-API-Key"))
    call.required(ORGANISATION)
    return caller


def _region_wait(call: Call) -> int:
    """How many seconds to wait for all regions, 0 for none."""
    all_regions, seconds = call.value(CONSISTENCY), call.value(TIMEOUT)
    return (seconds or _DEFAULT_WAIT) if all_regions else 0


def _id(call: Call) -> str:
    asked = call.required(CRED_ID)
    return asked if _UUID.fullmatch(asked) else NO_ID


def _not_found(call: Call, error: grpc.aio.AioRpcError) -> Response:
    """The answer to an unknown id. Raises every other error again."""
    if error.code() is not grpc.StatusCode.NOT_FOUND:
        raise error
    # What is no id is not repeated: it could be a secret in the wrong place.
    named = f" {_id(call)}" if _id(call) != NO_ID else ": its id is a UUID"
    return _errors(HTTPStatus.NOT_FOUND, f"could not find external credential{named}")


def _data(arm: str, body: Sent, member: Member[json_body.JsonObject]) -> CredentialData:
    blob = body.required(member)
    data = CredentialData()
    fields = getattr(data, arm)
    fields.SetInParent()
    if arm == "json_document":
        fields.json = json_body.written(body.json.texts[member.name])
        return data
    taken = {
        field: value for field in fields.DESCRIPTOR.fields_by_name if isinstance(value := blob.values.get(field), str)
    }
    for field, value in taken.items():
        setattr(fields, field, value)
    if extra := {name: text for name, text in blob.texts.items() if name not in taken}:
        data.extra_json = json_body.written(extra)
    return data


def _shown(credential: Credential) -> ExternalCredential:
    return ExternalCredential(
        external_cred_id=credential.id,
        organization_id=credential.organisation_id,
        extcred_provider=_PROVIDER_NAMES[credential.provider],
        extcred_type=_TYPES[credential.variant],
        extcred_label=credential.name,
    )


def _blob(data: CredentialData) -> msgspec.Raw:
    """What was sent as json_blob: the arm and what it had no place for, together."""
    arm = data.WhichOneof("variant") or ""
    if arm == "json_document":
        return msgspec.Raw(data.json_document.json.encode())
    extra = json_body.members(data.extra_json) if data.extra_json else {}
    return msgspec.Raw(
        msgspec.json.encode({**extra, **{field.name: value for field, value in getattr(data, arm).ListFields()}})
    )


def _render(problem: Problem, status: int) -> Response:
    if status == HTTPStatus.UNAUTHORIZED:
        return Response(status_code=status)
    if problem.reason == ROUTE_UNKNOWN:
        return PlainTextResponse("404 page not found", status)
    return _errors(status, *problem.sentences)


def _errors(status: int, *messages: str) -> Response:
    return json_body.answer(status, Errors([Error(int(status), message) for message in messages]))


_COLLECTION = "/organizations/config/external-credentials"
_MEMBER = f"{_COLLECTION}/{{cred_id}}"
_NEW_ID = "$response.body#/result/0"
_EXAMPLES = MappingProxyType(
    {
        "shopify": {
            "extcred_provider": "shopify",
            "extcred_type": "json_credentials",
            "extcred_label": "store",
            "json_blob": {"multipass_secret": "hunter2"},
        },
        "onfido": {
            "extcred_provider": "onfido",
            "extcred_type": "client_credentials",
            "json_blob": {"client_id": "strongroom", "client_secret": "hunter2", "webhook_token": "token"},
        },
        "generic": {
            "extcred_provider": "generic",
            "extcred_type": "user_pass",
            "json_blob": {"username": "anna", "password": "hunter2"},
        },
    }
)

VENDOR = Vendor(
    name="slashid",
    title="SlashID external credentials",
    prefix="",
    operations=(
        Operation(
            "PostOrganizationsConfigExternalCredentials",
            "POST",
            _COLLECTION,
            "Create a set of external credentials.",
            create,
            HTTPStatus.CREATED,
            ExternalCredentialIds,
            _CONSISTENT,
            Body("ExternalCredentialPostRequest", (PROVIDER, TYPE, BLOB, LABEL), examples=_EXAMPLES),
            links={
                "GetOrganizationsConfigExternalCredentialsCredId": {CRED_ID.name: _NEW_ID},
                "PatchOrganizationsConfigExternalCredentialsCredId": {CRED_ID.name: _NEW_ID},
                "DeleteOrganizationsConfigExternalCredentials": {CREDENTIAL_ID.name: _NEW_ID},
            },
        ),
        Operation(
            "GetOrganizationsConfigExternalCredentials",
            "GET",
            _COLLECTION,
            "List all external credentials, without key material.",
            list_,
            HTTPStatus.OK,
            ExternalCredentialsResult,
            (ORGANISATION,),
        ),
        Operation(
            "DeleteOrganizationsConfigExternalCredentials",
            "DELETE",
            _COLLECTION,
            "Delete one or all external credentials.",
            delete,
            HTTPStatus.NO_CONTENT,
            None,
            (*_CONSISTENT, CREDENTIAL_ID, DELETE_ALL),
        ),
        Operation(
            "GetOrganizationsConfigExternalCredentialsCredId",
            "GET",
            _MEMBER,
            "Read external credentials, with key material.",
            get,
            HTTPStatus.OK,
            ExternalCredentialResult,
            (ORGANISATION, CRED_ID),
        ),
        Operation(
            "PatchOrganizationsConfigExternalCredentialsCredId",
            "PATCH",
            _MEMBER,
            "Change the label, the key material, or both.",
            update,
            HTTPStatus.NO_CONTENT,
            None,
            (*_CONSISTENT, CRED_ID),
            Body("PatchExternalCredentialRequest", (LABEL, NEW_BLOB), examples={"label": {"extcred_label": "store"}}),
        ),
    ),
    # The organisation is part of who is calling: another's is a wrong key.
    statuses=MappingProxyType(
        {
            **STATUSES,
            "ORGANISATION_MISMATCH": HTTPStatus.UNAUTHORIZED,
            "REGIONS_BEHIND": HTTPStatus.REQUEST_TIMEOUT,
        }
    ),
    fields=_FIELDS,
    render=_render,
    problems={401: None, **dict.fromkeys((400, 403, 404, 405, 408, 409, 413, 500, 503, 504), Errors)},
    security={"ApiKeyAuth": {"type": "apiKey", "in": "header", "name": "SlashID-API-Key"}},
)
