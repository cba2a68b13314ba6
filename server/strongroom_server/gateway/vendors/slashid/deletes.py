"""Handles SlashID's DELETE of external credentials: one by its id, or all of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import grpc

from strongroom.v1.credential_service_pb2 import DeleteCredentialRequest, PurgeCredentialsRequest
from strongroom_server.gateway import parameters
from strongroom_server.gateway.parameters import Parameter
from strongroom_server.gateway.problems import Problem, RefusedError, invalid_field
from strongroom_server.gateway.services import CALL_SECONDS
from strongroom_server.gateway.vendors.slashid.callers import ORGANISATION, region_wait

if TYPE_CHECKING:
    from starlette.responses import Response

    from strongroom_server.gateway.calls import Call

# How long one request keeps deleting. That is enough for about 30,000 credentials, and clients retry a 503.
PURGE_SECONDS = CALL_SECONDS

CREDENTIAL_ID = Parameter(
    "credentialId",
    "query",
    {"type": "string", "format": "uuid"},
    parameters.uuid,
    "The credential to delete. If present, deleteAll is ignored.",
)
DELETE_ALL = Parameter(
    "deleteAll",
    "query",
    {"type": "boolean"},
    parameters.choice({"true": True, "false": False})[1],
    "Delete all credentials. If the response is 503, some are left: repeat the request.",
)


async def delete(call: Call) -> Response:
    """Delete the credential of `credentialId`, or all with `deleteAll`. An unknown id is a success, as at SlashID."""
    organisation_id = call.required(ORGANISATION)
    wait = region_wait(call)
    credential_id, delete_all = call.value(CREDENTIAL_ID), call.value(DELETE_ALL)
    if credential_id is not None:
        request = DeleteCredentialRequest(
            id=credential_id,
            organisation_id=organisation_id,
            surface=call.vendor.surface,
            all_regions_timeout_seconds=wait,
            request_id=call.request_id,
        )
        await _delete_if_present(call, request)
    elif delete_all:
        request_for_all = PurgeCredentialsRequest(
            organisation_id=organisation_id,
            surface=call.vendor.surface,
            all_regions_timeout_seconds=wait,
            request_id=call.request_id,
        )
        await _delete_all(call, request_for_all)
    else:
        raise invalid_field("credentialId", "is required unless deleteAll is true")
    return call.response()


async def _delete_if_present(call: Call, request: DeleteCredentialRequest) -> None:
    timeout = CALL_SECONDS + request.all_regions_timeout_seconds
    try:
        await call.services.credentials.DeleteCredential(request, metadata=call.metadata, timeout=timeout)
    except grpc.aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.NOT_FOUND:
            raise


async def _delete_all(call: Call, request: PurgeCredentialsRequest) -> None:
    """Call PurgeCredentials, which deletes a batch, until none is left. Raises RefusedError after PURGE_SECONDS."""
    timeout = CALL_SECONDS + request.all_regions_timeout_seconds
    deleted, end = 0, time.monotonic() + PURGE_SECONDS
    while True:
        purged = await call.services.credentials.PurgeCredentials(request, metadata=call.metadata, timeout=timeout)
        if not purged.more:
            return
        deleted += purged.deleted_count
        if time.monotonic() > end:
            message = f"{deleted} credentials are deleted and more are left: repeat the request"
            raise RefusedError(Problem(grpc.StatusCode.UNAVAILABLE, "DELETION_UNFINISHED", message))
