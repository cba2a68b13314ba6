"""Answers repeated requests: a request with a request_id takes effect once, and later ones get a response without doing it again.

rpc/methods.py says for each method which of these replays it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_service_pb2 import (
    CreateCredentialRequest,
    DestroyCredentialVersionRequest,
    GetCredentialRequest,
    ListCredentialVersionsRequest,
    PurgeCredentialsRequest,
    PurgeCredentialsResponse,
    UpdateCredentialRequest,
)
from strongroom_server.core.errors import ServiceError
from strongroom_server.credentials import update_mask
from strongroom_server.rules.variants.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from google.protobuf.message import Message

    from strongroom.v1.credential_pb2 import Credential, CredentialVersion
    from strongroom.v1.credential_service_pb2 import ListCredentialVersionsResponse
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Made

    # Answers a request, given what the first request with its id stored.
    Replay: TypeAlias = Callable[[Any, Made, Caller], Awaitable[Message]]
    GetCredential: TypeAlias = Callable[[GetCredentialRequest, Caller], Awaitable[Credential]]
    ListVersions: TypeAlias = Callable[
        [ListCredentialVersionsRequest, Caller], Awaitable[ListCredentialVersionsResponse]
    ]

Request = TypeVar("Request")


def read(get: Callable[[Request, Caller], Awaitable[Message]], request_of: Callable[[Any, Made], Request]) -> Replay:
    """Reads the resource as it is now, with the request that `request_of` returns."""

    async def replay(request: Message, made: Made, caller: Caller) -> Message:
        return await get(request_of(request, made), caller)

    return replay


def empty(response_type: type[Message]) -> Replay:
    """Returns an empty response."""

    async def replay(_request: Message, _made: Made, _caller: Caller) -> Message:
        return response_type()

    return replay


def refuse(reason: reasons.ErrorReason.ValueType, *, subject_as: str = "") -> Replay:
    """Raises this reason, because the first response had a secret that is shown once.

    `subject_as` is the error's metadata key for what was created.
    """

    async def replay(_request: Message, made: Made, _caller: Caller) -> Message:
        raise ServiceError(reason, **({subject_as: made.subject or ""} if subject_as else {}))

    return replay


async def purged_count(_request: PurgeCredentialsRequest, made: Made, _caller: Caller) -> PurgeCredentialsResponse:
    """Returns the count that the first purge stored."""
    return PurgeCredentialsResponse(deleted_count=int(made.subject or 0))


def created_credential(get: GetCredential) -> Replay:
    """Reads the credential as it is now, with the redacted data of the request."""

    async def replay(request: CreateCredentialRequest, made: Made, caller: Caller) -> Credential:
        credential = await get(GetCredentialRequest(id=str(made.credential_id)), caller)
        return _with_data_of(request, credential)

    return replay


def updated_credential(get: GetCredential) -> Replay:
    """Reads the credential as it is now; with the redacted data of the request if the request replaced the data."""

    async def replay(request: UpdateCredentialRequest, _made: Made, caller: Caller) -> Credential:
        credential = await get(GetCredentialRequest(id=request.id, surface=request.surface), caller)
        if update_mask.parse(request.update_mask).whole_data and not request.test_credential:
            return _with_data_of(request, credential)
        return credential

    return replay


def credential_version(list_versions: ListVersions) -> Replay:
    """Reads the version as it is now. Raises VERSION_NOT_FOUND."""

    async def replay(request: DestroyCredentialVersionRequest, _made: Made, caller: Caller) -> CredentialVersion:
        kept = await list_versions(ListCredentialVersionsRequest(id=request.id, surface=request.surface), caller)
        for version in kept.versions:
            if version.version == request.version:
                return version
        raise ServiceError(reasons.ERROR_REASON_VERSION_NOT_FOUND)

    return replay


def _with_data_of(request: CreateCredentialRequest | UpdateCredentialRequest, credential: Credential) -> Credential:
    credential.data.CopyFrom(request.credential.data)
    redact(credential.data, credential.redact_fields)
    return credential
