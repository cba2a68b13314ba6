"""Handles SlashID's operations on external credentials."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from uuid import UUID

import grpc
from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    ListCredentialsResponse,
    UpdateCredentialRequest,
)
from strongroom_server.core import memory
from strongroom_server.core.errors import ServiceError
from strongroom_server.gateway import json_body, parameters
from strongroom_server.gateway.parameters import Parameter
from strongroom_server.gateway.problems import RefusedError, overloaded
from strongroom_server.gateway.services import CALL_SECONDS
from strongroom_server.gateway.vendor import Operation
from strongroom_server.gateway.vendors.slashid.bodies import (
    CREATE,
    LABEL,
    NEW_BLOB,
    UPDATE,
    ExternalCredentialIds,
    ExternalCredentialResult,
    ExternalCredentialsResult,
    body_of,
    message_of,
)
from strongroom_server.gateway.vendors.slashid.callers import CONSISTENCY, ORGANISATION, TIMEOUT, region_wait
from strongroom_server.gateway.vendors.slashid.data import blob_of, data_of
from strongroom_server.gateway.vendors.slashid.deletes import CREDENTIAL_ID, DELETE_ALL, delete
from strongroom_server.gateway.vendors.slashid.errors import errors_response

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.responses import Response

    from strongroom_server.gateway.calls import Call

# The id of no credential. The service checks the caller's key before it reports that the credential does not exist.
_NO_ID = str(UUID(int=0))
# What a page of 500 takes in memory as a message and as JSON, with the largest names, and what the connection holds of it.
_PAGE_BYTES: Final = 2 * memory.MIB
# How often and after which time a further page is requested again, and the codes of a node that is busy.
_RETRIES: Final = 5
_RETRY_SECONDS: Final = 1.0
_BUSY: Final = frozenset({grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE})

CRED_ID = Parameter("cred_id", "path", {"type": "string", "format": "uuid"}, parameters.text)


async def create(call: Call) -> Response:
    """Create a credential, and respond with its id alone."""
    organisation_id = call.required(ORGANISATION)
    wait = region_wait(call)
    body = await call.body()
    credential = await call.services.credentials.CreateCredential(
        CreateCredentialRequest(
            organisation_id=organisation_id,
            credential=message_of(call, body),
            accept_invalid=True,
            all_regions_timeout_seconds=wait,
            request_id=call.request_id,
        ),
        metadata=call.metadata,
        timeout=CALL_SECONDS + wait,
    )
    return call.response(ExternalCredentialIds([credential.id]))


async def list_(call: Call) -> Response:
    """List all credentials in one response, because SlashID has no pages."""
    request = ListCredentialsRequest(
        organisation_id=call.required(ORGANISATION), surface=call.vendor.surface, page_size=500
    )
    page = await call.services.credentials.ListCredentials(request, metadata=call.metadata, timeout=CALL_SECONDS)
    if not page.next_page_token:
        return call.response(ExternalCredentialsResult(list(map(body_of, page.credentials))))
    try:
        return await call.sliced_response(_slices(call, request, page))
    except ServiceError as error:
        raise RefusedError(overloaded(error)) from None


async def _slices(
    call: Call, request: ListCredentialsRequest, page: ListCredentialsResponse
) -> AsyncGenerator[bytes, None]:
    """The JSON of a list that has more than this first page. It holds one page at a time."""
    async with memory.SLICES.part(_PAGE_BYTES):
        before = b'{"result":['
        while True:
            # A page can be empty, although there are more.
            if page.credentials:
                yield before + json_body.elements_of(map(body_of, page.credentials))
                before = b","
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
            page = await _next_page(call, request)
        yield (b"" if before == b"," else before) + b"]}"


async def _next_page(call: Call, request: ListCredentialsRequest) -> ListCredentialsResponse:
    """A further page. It is requested again for a while if the node is busy, because the response has begun."""
    for _ in range(_RETRIES):
        try:
            return await call.services.credentials.ListCredentials(
                request, metadata=call.metadata, timeout=CALL_SECONDS
            )
        except grpc.aio.AioRpcError as error:
            if error.code() not in _BUSY:
                raise
        await asyncio.sleep(_RETRY_SECONDS)
    return await call.services.credentials.ListCredentials(request, metadata=call.metadata, timeout=CALL_SECONDS)


async def get(call: Call) -> Response:
    """Show a credential with its json_blob, which makes the read an access. Invalid credentials are shown too."""
    request = AccessCredentialRequest(
        id=_id_of(call), organisation_id=call.required(ORGANISATION), allow_invalid=True, surface=call.vendor.surface
    )
    try:
        credential = await call.services.credentials.AccessCredential(
            request, metadata=call.metadata, timeout=CALL_SECONDS
        )
    except grpc.aio.AioRpcError as error:
        return _not_found(call, error)
    body = body_of(credential)
    body.json_blob = blob_of(credential.data)
    return call.response(ExternalCredentialResult(body))


async def update(call: Call) -> Response:
    """Change the label, the json_blob, or both. The type cannot change, so it decides how a new json_blob is read."""
    organisation_id = call.required(ORGANISATION)
    wait = region_wait(call)
    body = await call.body()
    try:
        stored = await call.services.credentials.GetCredential(
            GetCredentialRequest(id=_id_of(call), organisation_id=organisation_id, surface=call.vendor.surface),
            metadata=call.metadata,
            timeout=CALL_SECONDS,
        )
        credential, mask = Credential(), FieldMask()
        if (label := body.value(LABEL)) is not None:
            credential.name = label
            mask.paths.append("name")
        if (blob := body.value(NEW_BLOB)) is not None:
            credential.data.CopyFrom(data_of(stored.variant, blob, body.json.texts[NEW_BLOB.name]))
            mask.paths.append("data")
        if mask.paths:
            await call.services.credentials.UpdateCredential(
                UpdateCredentialRequest(
                    id=stored.id,
                    organisation_id=organisation_id,
                    credential=credential,
                    update_mask=mask,
                    accept_invalid=True,
                    surface=call.vendor.surface,
                    variant=stored.variant,
                    all_regions_timeout_seconds=wait,
                    request_id=call.request_id,
                ),
                metadata=call.metadata,
                timeout=CALL_SECONDS + wait,
            )
    except grpc.aio.AioRpcError as error:
        return _not_found(call, error)
    return call.response()


def _id_of(call: Call) -> str:
    sent = call.required(CRED_ID)
    return sent if parameters.UUID.fullmatch(sent) else _NO_ID


def _not_found(call: Call, error: grpc.aio.AioRpcError) -> Response:
    """The response for an unknown id. Raises every other error again."""
    if error.code() is not grpc.StatusCode.NOT_FOUND:
        raise error
    # A value that is no UUID may be a secret sent in the wrong place, so the message does not quote it.
    suffix = f" {_id_of(call)}" if _id_of(call) != _NO_ID else ": its id is a UUID"
    return errors_response(HTTPStatus.NOT_FOUND, f"could not find external credential{suffix}")


_COLLECTION = "/organizations/config/external-credentials"
_ITEM = f"{_COLLECTION}/{{cred_id}}"
_CONSISTENT = (ORGANISATION, CONSISTENCY, TIMEOUT)
_NEW_ID = "$response.body#/result/0"

OPERATIONS = (
    Operation(
        "PostOrganizationsConfigExternalCredentials",
        "POST",
        _COLLECTION,
        "Create a set of external credentials.",
        create,
        HTTPStatus.CREATED,
        ExternalCredentialIds,
        _CONSISTENT,
        CREATE,
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
        _ITEM,
        "Read external credentials, with key material.",
        get,
        HTTPStatus.OK,
        ExternalCredentialResult,
        (ORGANISATION, CRED_ID),
    ),
    Operation(
        "PatchOrganizationsConfigExternalCredentialsCredId",
        "PATCH",
        _ITEM,
        "Change the label, the key material, or both.",
        update,
        HTTPStatus.NO_CONTENT,
        None,
        (*_CONSISTENT, CRED_ID),
        UPDATE,
    ),
)
