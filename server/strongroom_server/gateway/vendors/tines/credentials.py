"""Handles Tines' operations on user_credentials. No response shows a secret."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import grpc
import msgspec
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from strongroom.v1 import credential_pb2 as contract
from strongroom.v1.credential_service_pb2 import (
    CreateCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    UpdateCredentialRequest,
)
from strongroom_server.gateway import parameters
from strongroom_server.gateway.parameters import Parameter
from strongroom_server.gateway.problems import from_service, invalid_field
from strongroom_server.gateway.services import CALL_SECONDS
from strongroom_server.gateway.vendor import Operation
from strongroom_server.gateway.vendors.tines.bodies import (
    COMMON,
    CREATE,
    ENABLED,
    EXPIRES_AT,
    FOLDER_ID,
    IS_TEST,
    LIVE_CREDENTIAL_ID,
    MODE,
    NAME,
    NEW_NAME,
    SAME_MODE,
    TEAM_ID,
    UPDATE,
    UserCredential,
    body_of,
    is_secret,
)
from strongroom_server.gateway.vendors.tines.callers import ID, id_of, links
from strongroom_server.gateway.vendors.tines.modes import MODE_NAMES, MODES, Mode
from strongroom_server.gateway.vendors.tines.pages import PAGE, PER_PAGE, Meta, meta, place_of
from strongroom_server.gateway.vendors.tines.settings import TTL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response

    from strongroom_server.gateway.calls import Call, RequestBody
    from strongroom_server.gateway.members import Member


class UserCredentials(msgspec.Struct):
    """A page of credentials."""

    user_credentials: list[UserCredential]
    meta: Meta


# An update clears these members if they are null.
_CLEARED_BY_NULL = (FOLDER_ID, EXPIRES_AT)
# An update keeps these members if they are an empty string.
_KEPT_IF_EMPTY = frozenset(
    {TEAM_ID, *(member for mode in MODES.values() for member in mode.members if is_secret(member))}
)

TEAM = Parameter("team_id", "query", *parameters.integer(1, (1 << 63) - 1), "Only credentials of this team.")
FOLDER = Parameter("folder_id", "query", *parameters.integer(1, (1 << 63) - 1), "Only credentials in this folder.")
FILTER = Parameter(
    "filter",
    "query",
    *parameters.choice({"UNUSED_IN_ACTIONS": None, "UNRESTRICTED": False, "RESTRICTED": True}),
    "RESTRICTED lists credentials with allowed_hosts, UNRESTRICTED those without. UNUSED_IN_ACTIONS lists all, because "
    "Strongroom has no actions.",
)


async def create(call: Call) -> Response:
    """Create a credential, or with live_credential_id the test credential of a live one, and show the created one."""
    body = await call.body()
    mode = MODES[body.required(MODE)]
    live_credential_id = body.value(LIVE_CREDENTIAL_ID)
    if body.value(TEAM_ID) is None and live_credential_id is None:
        raise invalid_field("team_id", "is required without live_credential_id")
    credential = contract.Credential(
        surface=call.vendor.surface,
        name=body.value(NAME) or "",
        live_credential_id="" if live_credential_id is None else str(live_credential_id),
    )
    getattr(credential.data, mode.variant).SetInParent()
    for path, default in mode.defaults.items():
        _set(credential, path, default)
    for member in (*COMMON, *mode.members):
        if body.has(member) and (value := body.value(member)) is not None:
            _set(credential, member.path, value)
    request = CreateCredentialRequest(credential=credential, request_id=call.request_id)
    created = await _accepting_jwt_without_key(call.services.credentials.CreateCredential, request, call.metadata)
    return call.response(body_of(created))


async def list_(call: Call) -> Response:
    """List a numbered page of credentials, with the total count."""
    place = place_of(call)
    team_id, folder_id = call.value(TEAM), call.value(FOLDER)
    restricted = call.value(FILTER)
    page = await call.services.credentials.ListCredentials(
        ListCredentialsRequest(
            surface=call.vendor.surface,
            team_id=team_id or 0,
            folder_id=folder_id or 0,
            restricted=restricted,
            page_size=place.per_page,
            skip=place.skip,
            with_total_size=True,
        ),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    filters = {"team_id": team_id, "folder_id": folder_id, "filter": call.request.query_params.get("filter") or None}
    credentials = [body_of(credential) for credential in page.credentials]
    return call.response(UserCredentials(credentials, meta(call, place, page.total_size, filters)))


async def get(call: Call) -> Response:
    """Show a credential's metadata."""
    credential = await call.services.credentials.GetCredential(
        GetCredentialRequest(id=str(id_of(call)), surface=call.vendor.surface),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    return call.response(body_of(credential))


async def update(call: Call) -> Response:
    """Change the members that the body has. An absent http_request_ttl is cleared, as at Tines."""
    body = await call.body()
    mode = await _mode_of(call, body)
    credential, paths = contract.Credential(), [TTL.path]
    for member in (NEW_NAME, *COMMON, ENABLED, *mode.members):
        value = body.value(member)
        if value is not None:
            _set(credential, member.path, value)
        if value is not None or _clears(body, member):
            paths.append(member.path)
    request = UpdateCredentialRequest(
        id=str(id_of(call)),
        credential=credential,
        update_mask=FieldMask(paths=paths),
        surface=call.vendor.surface,
        variant=mode.variant,
        test_credential=body.value(IS_TEST) or False,
        request_id=call.request_id,
    )
    updated = await _accepting_jwt_without_key(call.services.credentials.UpdateCredential, request, call.metadata)
    return call.response(body_of(updated))


async def delete(call: Call) -> Response:
    """Delete a credential, and with a live one its test credential."""
    await call.services.credentials.DeleteCredential(
        DeleteCredentialRequest(id=str(id_of(call)), surface=call.vendor.surface, request_id=call.request_id),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    return call.response()


async def _mode_of(call: Call, body: RequestBody) -> Mode:
    """The mode that an update names, else that of the stored credential."""
    if name := body.value(SAME_MODE):
        return MODES[name]
    request = GetCredentialRequest(id=str(id_of(call)), surface=call.vendor.surface)
    stored = await call.services.credentials.GetCredential(request, metadata=call.metadata, timeout=CALL_SECONDS)
    return MODES[MODE_NAMES[stored.variant]]


def _clears(body: RequestBody, member: Member[Any]) -> bool:
    """Whether an update clears the field of a member without a value."""
    if body.blank(member):
        return member not in _KEPT_IF_EMPTY
    return member in _CLEARED_BY_NULL and body.has(member)


async def _accepting_jwt_without_key(
    method: Callable[..., Awaitable[contract.Credential]],
    request: CreateCredentialRequest | UpdateCredentialRequest,
    metadata: object,
) -> contract.Credential:
    """Call the method. If only a JWT's private key is missing, call it again with accept_invalid, because Tines accepts that."""
    try:
        return await method(request, metadata=metadata, timeout=CALL_SECONDS)
    except grpc.aio.AioRpcError as error:
        problem = from_service(error, {}, {})
        if problem is None or problem.reason != "DATA_INVALID":
            raise
        if [violation.field for violation in problem.violations] != ["credential.data.jwt.private_key"]:
            raise
    request.accept_invalid = True
    return await method(request, metadata=metadata, timeout=CALL_SECONDS)


def _set(message: Message, path: str, value: object) -> None:
    """Set the field at a path to a scalar, a list or a message."""
    *parents, name = path.split(".")
    for parent in parents:
        message = getattr(message, parent)
    if isinstance(value, list):
        getattr(message, name).extend(value)
    elif isinstance(value, Message):
        getattr(message, name).CopyFrom(value)
    else:
        setattr(message, name, value)


_COLLECTION = "/user_credentials"
_ITEM = f"{_COLLECTION}/{{id}}"

OPERATIONS = (
    Operation(
        "CreateUserCredential",
        "POST",
        _COLLECTION,
        "Create a credential, or the test credential of a live one.",
        create,
        HTTPStatus.CREATED,
        UserCredential,
        body=CREATE,
        links=links("UserCredential"),
    ),
    Operation(
        "ListUserCredentials",
        "GET",
        _COLLECTION,
        "List credentials without test credentials.",
        list_,
        HTTPStatus.OK,
        UserCredentials,
        (PAGE, PER_PAGE, TEAM, FOLDER, FILTER),
    ),
    Operation(
        "GetUserCredential", "GET", _ITEM, "Read a credential's metadata.", get, HTTPStatus.OK, UserCredential, (ID,)
    ),
    *(
        Operation(
            f"{verb}UserCredential",
            method,
            _ITEM,
            "Change the members of a credential that the body has.",
            update,
            HTTPStatus.OK,
            UserCredential,
            (ID,),
            UPDATE,
        )
        for verb, method in (("Update", "PUT"), ("Patch", "PATCH"))
    ),
    Operation(
        "DeleteUserCredential", "DELETE", _ITEM, "Delete a credential.", delete, HTTPStatus.NO_CONTENT, None, (ID,)
    ),
)
