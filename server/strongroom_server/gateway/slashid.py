"""Owns SlashID's external credentials API. Knows no other vendor.

A body carries either `result` or `errors`, never `meta`; 401 has no body, and an unknown route is not JSON.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

import grpc
import msgspec
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
from strongroom.v1.credential_service_pb2 import AccessCredentialRequest, CreateCredentialRequest
from strongroom_server.gateway import json_body, requests
from strongroom_server.gateway.json_body import JsonObject, required
from strongroom_server.gateway.problems import ROUTE_UNKNOWN, Problem, refused
from strongroom_server.gateway.services import CALL_SECONDS, Services
from strongroom_server.gateway.vendor import STATUSES, Vendor

if TYPE_CHECKING:
    from starlette.requests import Request

# The id of no credential: the service, which checks the key first, says that it is absent.
NO_ID = str(UUID(int=0))

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_CONSISTENCIES = ("local_region", "all_regions")
_TIMEOUT_SECONDS = range(1, 121)

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


async def create(request: Request, services: Services) -> Response:
    """POST: answers the id alone. There is one region, so what is committed is consistent in all of them."""
    caller, organisation_id = _caller(request)
    _check_consistency(request)
    body = await json_body.read(request)
    credential = await services.credentials.CreateCredential(
        CreateCredentialRequest(organisation_id=organisation_id, credential=_credential(body), accept_invalid=True),
        metadata=caller,
        timeout=CALL_SECONDS,
    )
    return json_body.answer(HTTPStatus.CREATED, {"result": [credential.id]})


async def get(request: Request, services: Services) -> Response:
    """GET by id: hands out the whole json_blob, so it is an access, to invalid ones too."""
    caller, organisation_id = _caller(request)
    asked = request.path_params["cred_id"]
    credential_id = asked if _UUID.fullmatch(asked) else NO_ID
    try:
        credential = await services.credentials.AccessCredential(
            AccessCredentialRequest(
                id=credential_id, organisation_id=organisation_id, allow_invalid=True, surface=SURFACE_SLASHID
            ),
            metadata=caller,
            timeout=CALL_SECONDS,
        )
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.NOT_FOUND:
            # What is no id is not repeated: it could be a secret in the wrong place.
            named = f" {asked}" if credential_id == asked else ": its id is a UUID"
            return _errors(HTTPStatus.NOT_FOUND, f"could not find external credential{named}")
        raise
    return json_body.answer(HTTPStatus.OK, {"result": _shown(credential)})


def _caller(request: Request) -> tuple[tuple[tuple[str, str], ...], str]:
    """The caller's metadata, and the organisation that the caller names."""
    caller = requests.metadata(requests.presented_key(request, "SlashID-API-Key"))
    return caller, required(requests.header(request, "SlashID-OrgID"), "SlashID-OrgID")


def _check_consistency(request: Request) -> None:
    consistency = requests.header(request, "SlashID-Required-Consistency")
    if consistency not in (None, *_CONSISTENCIES):
        raise refused("SlashID-Required-Consistency", f"must be one of {', '.join(_CONSISTENCIES)}")
    seconds = requests.header(request, "SlashID-Required-Consistency-Timeout")
    if seconds is not None and not (re.fullmatch(r"[0-9]{1,9}", seconds) and int(seconds) in _TIMEOUT_SECONDS):
        raise refused("SlashID-Required-Consistency-Timeout", "must be an integer from 1 to 120")


def _credential(body: JsonObject) -> Credential:
    arm = required(body.choice("extcred_type", _ARMS), "extcred_type")
    return Credential(
        surface=SURFACE_SLASHID,
        provider=required(body.choice("extcred_provider", _PROVIDERS), "extcred_provider"),
        name=body.text("extcred_label") or "",
        data=_data(arm, required(body.child("json_blob"), "json_blob"), body.texts["json_blob"]),
    )


def _data(arm: str, blob: JsonObject, text: msgspec.Raw) -> CredentialData:
    data = CredentialData()
    fields = getattr(data, arm)
    fields.SetInParent()
    if arm == "json_document":
        fields.json = json_body.written(text)
        return data
    taken = {
        field: value for field in fields.DESCRIPTOR.fields_by_name if isinstance(value := blob.values.get(field), str)
    }
    for field, value in taken.items():
        setattr(fields, field, value)
    if extra := {member: text for member, text in blob.texts.items() if member not in taken}:
        data.extra_json = json_body.written(extra)
    return data


def _shown(credential: Credential) -> dict[str, object]:
    return {
        "external_cred_id": credential.id,
        "organization_id": credential.organisation_id,
        "extcred_provider": _PROVIDER_NAMES[credential.provider],
        "extcred_type": _TYPES[credential.variant],
        "extcred_label": credential.name,
        "json_blob": _blob(credential.data),
    }


def _blob(data: CredentialData) -> object:
    """What was sent as json_blob: the arm and what it had no place for, together."""
    arm = data.WhichOneof("variant") or ""
    if arm == "json_document":
        return msgspec.Raw(data.json_document.json.encode())
    extra = json_body.members(data.extra_json) if data.extra_json else {}
    return {**extra, **{field.name: value for field, value in getattr(data, arm).ListFields()}}


def _render(problem: Problem, status: int) -> Response:
    if status == HTTPStatus.UNAUTHORIZED:
        return Response(status_code=status)
    if problem.reason == ROUTE_UNKNOWN:
        return PlainTextResponse("404 page not found", status)
    return _errors(status, *problem.sentences)


def _errors(status: int, *messages: str) -> Response:
    return json_body.answer(status, {"errors": [{"httpcode": status, "message": message} for message in messages]})


VENDOR = Vendor(
    name="slashid",
    prefix="",
    resources={
        "/organizations/config/external-credentials": {"POST": create},
        "/organizations/config/external-credentials/{cred_id}": {"GET": get},
    },
    # The organisation is part of who is calling: another's is a wrong key.
    statuses=MappingProxyType({**STATUSES, "ORGANISATION_MISMATCH": HTTPStatus.UNAUTHORIZED}),
    fields=_FIELDS,
    render=_render,
)
