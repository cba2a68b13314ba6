"""Handles Versori's operations on credentials."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from google.protobuf.field_mask_pb2 import FieldMask
from msgspec import UNSET

from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    CreateCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    UpdateCredentialRequest,
)
from strongroom_server.gateway.problems import invalid_field
from strongroom_server.gateway.services import CALL_SECONDS
from strongroom_server.gateway.vendor import Operation
from strongroom_server.gateway.vendors.versori.bodies import (
    CREATE,
    UPDATE,
    Credential,
    CredentialsPage,
    DeletedResource,
    body_of,
    message_of,
)
from strongroom_server.gateway.vendors.versori.ids import CREDENTIAL, ORGANISATION, uuid_of
from strongroom_server.gateway.vendors.versori.lists import AFTER, BEFORE, DEFAULT_PAGE, FIRST, SORT

if TYPE_CHECKING:
    from starlette.responses import Response

    from strongroom_server.gateway.calls import Call

# An update replaces the whole credential.
_MASK = FieldMask(paths=["name", "data", "redact_fields", "expire_time"])


async def create(call: Call) -> Response:
    """Create a credential. Data that does not satisfy its type is stored, and the credential shown as not valid."""
    credential = await call.services.credentials.CreateCredential(
        CreateCredentialRequest(
            organisation_id=call.required(ORGANISATION),
            credential=message_of(call, await call.body()),
            accept_invalid=True,
            request_id=call.request_id,
        ),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    return call.response(body_of(credential))


async def list_(call: Call) -> Response:
    """List a page of credentials, forwards or backwards, with the total count."""
    after, before = call.value(AFTER), call.value(BEFORE)
    if after and before:
        raise invalid_field("before", "must not be sent together with after")
    page = await call.services.credentials.ListCredentials(
        ListCredentialsRequest(
            organisation_id=call.required(ORGANISATION),
            view=CREDENTIAL_VIEW_FULL,
            surface=call.vendor.surface,
            page_size=call.value(FIRST) or DEFAULT_PAGE,
            page_token=after or "",
            before_page_token=before or "",
            order_by=call.value(SORT) or "",
            with_total_size=True,
        ),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    return call.response(
        CredentialsPage(
            items=[body_of(credential) for credential in page.credentials],
            total_count=page.total_size,
            next=page.next_page_token or UNSET,
            prev=page.previous_page_token or UNSET,
        )
    )


async def get(call: Call) -> Response:
    """Show a credential with the data that is not redacted."""
    credential = await call.services.credentials.GetCredential(
        GetCredentialRequest(
            id=uuid_of(call.required(CREDENTIAL)),
            organisation_id=call.required(ORGANISATION),
            view=CREDENTIAL_VIEW_FULL,
            surface=call.vendor.surface,
        ),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    return call.response(body_of(credential))


async def update(call: Call) -> Response:
    """Replace a credential. Absent members are cleared, and the credential may become valid or invalid."""
    credential = await call.services.credentials.UpdateCredential(
        UpdateCredentialRequest(
            id=uuid_of(call.required(CREDENTIAL)),
            organisation_id=call.required(ORGANISATION),
            credential=message_of(call, await call.body()),
            update_mask=_MASK,
            accept_invalid=True,
            surface=call.vendor.surface,
            request_id=call.request_id,
        ),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    return call.response(body_of(credential))


async def delete(call: Call) -> Response:
    """Delete a credential, and respond with its id."""
    credential_id = call.required(CREDENTIAL)
    await call.services.credentials.DeleteCredential(
        DeleteCredentialRequest(
            id=uuid_of(credential_id),
            organisation_id=call.required(ORGANISATION),
            surface=call.vendor.surface,
            request_id=call.request_id,
        ),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    return call.response(DeletedResource(credential_id))


_COLLECTION = "/organisations/{organisationId}/credentials"
_ITEM = f"{_COLLECTION}/{{credentialId}}"
_LINKS = {
    operation: {ORGANISATION.name: f"$request.path.{ORGANISATION.name}", CREDENTIAL.name: "$response.body#/id"}
    for operation in ("GetCredential", "UpdateCredential", "DeleteCredential")
}

OPERATIONS = (
    Operation(
        "CreateCredential",
        "POST",
        _COLLECTION,
        "Create a credential, valid or not.",
        create,
        HTTPStatus.CREATED,
        Credential,
        (ORGANISATION,),
        CREATE,
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
        _ITEM,
        "Read a credential, with the data that is not redacted.",
        get,
        HTTPStatus.OK,
        Credential,
        (ORGANISATION, CREDENTIAL),
    ),
    Operation(
        "UpdateCredential",
        "PUT",
        _ITEM,
        "Replace a credential as a whole.",
        update,
        HTTPStatus.OK,
        Credential,
        (ORGANISATION, CREDENTIAL),
        UPDATE,
    ),
    Operation(
        "DeleteCredential",
        "DELETE",
        _ITEM,
        "Delete a credential.",
        delete,
        HTTPStatus.OK,
        DeletedResource,
        (ORGANISATION, CREDENTIAL),
    ),
)
