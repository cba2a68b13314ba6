"""Owns Tines' user_credentials. Secrets go in and never come out; members of an answer that have no value are null."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import grpc
import msgspec
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from strongroom.v1 import credential_pb2 as contract
from strongroom.v1.credential_pb2 import SURFACE_TINES
from strongroom.v1.credential_service_pb2 import (
    CreateCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    UpdateCredentialRequest,
)
from strongroom_server.gateway import parameters, times
from strongroom_server.gateway.members import BOOLEAN, POSITIVE, Body, Member, choice, text
from strongroom_server.gateway.parameters import Parameter
from strongroom_server.gateway.problems import from_service, refused
from strongroom_server.gateway.services import CALL_SECONDS
from strongroom_server.gateway.vendor import Call, Operation
from strongroom_server.gateway.vendors.tines.callers import ID, caller, links, number
from strongroom_server.gateway.vendors.tines.modes import (
    AWS_TYPES,
    COMMON,
    EXPIRES_AT,
    FOLDER_ID,
    MODE_NAMES,
    MODES,
    NAME,
    READ_ACCESS,
    TEAM_ID,
    TTL,
    Mode,
    is_secret,
)
from strongroom_server.gateway.vendors.tines.pages import PAGE, PER_PAGE, Meta, meta, place_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response

    from strongroom_server.gateway import requests
    from strongroom_server.gateway.vendor import Sent

_READ_ACCESS_NAMES = MappingProxyType({value: name for name, value in READ_ACCESS.items()})
_AWS_TYPE_NAMES = MappingProxyType({value: name for name, value in AWS_TYPES.items()})

Time = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]


class Times(msgspec.Struct):
    """When something was made and changed."""

    created_at: Time
    updated_at: Time


class UserCredential(msgspec.Struct, kw_only=True):
    """A credential as Tines shows it, in the order of its members there."""

    id: int
    name: str
    team_id: int
    folder_id: int | None
    mode: Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(MODES)})]
    read_access: Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(READ_ACCESS)})]
    shared_team_slugs: list[str]
    slug: str
    created_at: Time
    updated_at: Time
    description: str
    aws_assumed_role_external_id: str | None
    aws_authentication_type: str | None
    use_static_external_id: bool
    allowed_hosts: list[str]
    metadata: Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "object"})]
    restriction_type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["RESTRICTED", "UNRESTRICTED"]})]
    test_credential_enabled: bool
    test_credential: Times | None
    expires_at: Time | None
    expiry_notifications_enabled: bool
    credential_notification_recipient_user_ids: list[int]


class UserCredentials(msgspec.Struct):
    """A page of credentials."""

    user_credentials: list[UserCredential]
    meta: Meta


_MODE_KIND = choice("Mode", {name: name for name in MODES})
_MODE = Member("mode", _MODE_KIND, required=True)
_SAME_MODE = Member("mode", _MODE_KIND, "The credential's own, if present.")
_LIVE = Member("live_credential_id", POSITIVE, "Makes this the test credential of that live one.", "live_credential_id")
_NEW_NAME = Member("name", text(1, 255), "Renaming makes another slug.", "name")
_ENABLED = Member(
    "test_credential_enabled", BOOLEAN, "Whether tests use the test credential.", "test_credential.enabled"
)
_IS_TEST = Member(
    "is_test", BOOLEAN, "Update the test credential, which must be there and enabled, in place of the live one."
)
_ALTERNATIVES = MappingProxyType({name: mode.members for name, mode in MODES.items()})
_CREATED = Body(
    "NewUserCredential",
    (_MODE, NAME, *COMMON, _LIVE),
    _MODE.name,
    _ALTERNATIVES,
    lenient=True,
    needed=frozenset(name for mode in MODES.values() for name in mode.needed),
    examples={name: {"name": "example", "team_id": 1, "mode": name, **mode.example} for name, mode in MODES.items()},
)
_UPDATED = Body(
    "UserCredentialChanges",
    (_SAME_MODE, _NEW_NAME, *COMMON, _ENABLED, _IS_TEST),
    _MODE.name,
    _ALTERNATIVES,
    lenient=True,
    examples={
        "name": {"mode": "TEXT", "name": "example", "description": "Renamed."},
        **{name: {"mode": name, **mode.example} for name, mode in MODES.items()},
    },
)

# What a client clears by sending null.
_CLEARED_BY_NULL = (FOLDER_ID, EXPIRES_AT)
# What an empty string does not clear: it counts as absent there.
_KEPT = frozenset({TEAM_ID, *(member for mode in MODES.values() for member in mode.members if is_secret(member))})

TEAM = Parameter("team_id", "query", *parameters.integer(1, (1 << 63) - 1), "Of this team alone.")
FOLDER = Parameter("folder_id", "query", *parameters.integer(1, (1 << 63) - 1), "Of this folder alone.")
FILTER = Parameter(
    "filter",
    "query",
    # Nothing here knows of Tines' actions: every credential is unused in them.
    *parameters.choice({"UNUSED_IN_ACTIONS": None, "UNRESTRICTED": False, "RESTRICTED": True}),
    "By whether there are allowed_hosts. UNUSED_IN_ACTIONS leaves all: there are no actions here.",
)

_ARM_NAMES = MappingProxyType(
    {
        "text": "value",
        "jwt": "jwt_*",
        "oauth": "oauth_*",
        "aws": "aws_*",
        "mtls": "mtls_*",
        "http_request": "http_request_*",
        "multi_request": "credential_requests",
    }
)
_MEMBERS: tuple[Member[Any], ...] = (
    NAME,
    *COMMON,
    _LIVE,
    _ENABLED,
    *(member for mode in MODES.values() for member in mode.members),
)

FIELDS = MappingProxyType(
    {
        "credential": "body",
        "variant": "mode",
        "credential.data": "mode",
        **{f"credential.data.{arm}": name for arm, name in _ARM_NAMES.items()},
        **{f"credential.{member.path}": member.name for member in _MEMBERS},
        "credential.data.multi_request.requests[].options_json": "credential_requests[].options",
        "credential.data.multi_request.requests[].secret": "credential_requests[].http_request_secret",
    }
)


async def create(call: Call) -> Response:
    """POST: answers the created credential; with live_credential_id that is the test credential, not the live one."""
    metadata = caller(call)
    body = await call.body()
    mode = MODES[body.required(_MODE)]
    live_credential_id = body.value(_LIVE)
    if body.value(TEAM_ID) is None and live_credential_id is None:
        raise refused("team_id", "is required without live_credential_id")
    credential = contract.Credential(
        surface=SURFACE_TINES,
        name=body.value(NAME) or "",
        live_credential_id="" if live_credential_id is None else str(live_credential_id),
    )
    getattr(credential.data, mode.arm).SetInParent()
    for path, default in mode.defaults.items():
        _put(credential, path, default)
    for member in (*COMMON, *mode.members):
        if body.has(member) and (value := body.value(member)) is not None:
            _put(credential, member.path, value)
    request = CreateCredentialRequest(credential=credential, request_id=call.request_id)
    created = await _lenient(call.services.credentials.CreateCredential, request, metadata)
    return call.answer(_shown(created))


async def list_(call: Call) -> Response:
    """GET of the collection: a page by its number, and how many there are."""
    metadata = caller(call)
    place = place_of(call)
    team_id, folder_id = call.value(TEAM), call.value(FOLDER)
    restricted = call.value(FILTER)
    page = await call.services.credentials.ListCredentials(
        ListCredentialsRequest(
            surface=SURFACE_TINES,
            team_id=team_id or 0,
            folder_id=folder_id or 0,
            restricted=restricted,
            page_size=place.per_page,
            skip=place.skip,
            with_total_size=True,
        ),
        metadata=metadata,
        timeout=CALL_SECONDS,
    )
    filters = {"team_id": team_id, "folder_id": folder_id, "filter": call.request.query_params.get("filter") or None}
    shown = [_shown(credential) for credential in page.credentials]
    return call.answer(UserCredentials(shown, meta(call, place, page.total_size, filters)))


async def get(call: Call) -> Response:
    """GET by id: metadata alone."""
    credential = await call.services.credentials.GetCredential(
        GetCredentialRequest(id=str(number(call)), surface=SURFACE_TINES), metadata=caller(call), timeout=CALL_SECONDS
    )
    return call.answer(_shown(credential))


async def update(call: Call) -> Response:
    """PUT and PATCH: changes what is sent, and clears http_request_ttl if it is not sent."""
    metadata = caller(call)
    body = await call.body()
    mode = await _mode(call, body, metadata)
    credential, paths = contract.Credential(), [TTL.path]
    for member in (_NEW_NAME, *COMMON, _ENABLED, *mode.members):
        value = body.value(member)
        if value is not None:
            _put(credential, member.path, value)
        if value is not None or _clears(body, member):
            paths.append(member.path)
    request = UpdateCredentialRequest(
        id=str(number(call)),
        credential=credential,
        update_mask=FieldMask(paths=paths),
        surface=SURFACE_TINES,
        variant=mode.arm,
        test_credential=body.value(_IS_TEST) or False,
        request_id=call.request_id,
    )
    updated = await _lenient(call.services.credentials.UpdateCredential, request, metadata)
    return call.answer(_shown(updated))


async def _mode(call: Call, body: Sent, metadata: requests.Metadata) -> Mode:
    """The mode that an update names, else that of the stored credential."""
    if name := body.value(_SAME_MODE):
        return MODES[name]
    request = GetCredentialRequest(id=str(number(call)), surface=SURFACE_TINES)
    stored = await call.services.credentials.GetCredential(request, metadata=metadata, timeout=CALL_SECONDS)
    return MODES[MODE_NAMES[stored.variant]]


def _clears(body: Sent, member: Member[Any]) -> bool:
    """Whether an update empties the field of a member that has no value."""
    if body.blank(member):
        return member not in _KEPT
    return member in _CLEARED_BY_NULL and body.has(member)


async def delete(call: Call) -> Response:
    """DELETE: the test credential of a live one goes with it."""
    await call.services.credentials.DeleteCredential(
        DeleteCredentialRequest(id=str(number(call)), surface=SURFACE_TINES, request_id=call.request_id),
        metadata=caller(call),
        timeout=CALL_SECONDS,
    )
    return call.answer()


async def _lenient(
    method: Callable[..., Awaitable[contract.Credential]],
    request: CreateCredentialRequest | UpdateCredentialRequest,
    metadata: object,
) -> contract.Credential:
    """The answer to a call, made again with accept_invalid where a private key alone is missing: Tines takes that."""
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


def _put(message: Message, path: str, value: object) -> None:
    """Set the field of that path to a scalar, a list or a message."""
    *parents, name = path.split(".")
    for parent in parents:
        message = getattr(message, parent)
    if isinstance(value, list):
        getattr(message, name).extend(value)
    elif isinstance(value, Message):
        getattr(message, name).CopyFrom(value)
    else:
        setattr(message, name, value)


def _shown(credential: contract.Credential) -> UserCredential:
    settings = credential.tines_settings
    test = credential.test_credential if credential.HasField("test_credential") else None
    return UserCredential(
        id=credential.number,
        name=credential.name,
        team_id=credential.team_id,
        folder_id=credential.folder_id or None,
        mode=MODE_NAMES[credential.variant],
        read_access=_READ_ACCESS_NAMES[credential.read_access],
        shared_team_slugs=list(credential.shared_team_slugs),
        slug=credential.slug,
        created_at=times.milliseconds(credential.create_time),
        updated_at=times.milliseconds(credential.update_time),
        description=credential.description,
        aws_assumed_role_external_id=settings.external_id or None,
        aws_authentication_type=_AWS_TYPE_NAMES.get(settings.aws_authentication_type),
        use_static_external_id=settings.use_static_external_id,
        allowed_hosts=list(credential.allowed_hosts),
        metadata=msgspec.Raw(credential.metadata_json.encode()),
        restriction_type="RESTRICTED" if credential.allowed_hosts else "UNRESTRICTED",
        test_credential_enabled=test is not None and test.enabled,
        test_credential=None
        if test is None
        else Times(times.milliseconds(test.create_time), times.milliseconds(test.update_time)),
        expires_at=times.milliseconds(credential.reminder_time) if credential.HasField("reminder_time") else None,
        expiry_notifications_enabled=settings.expiry_notifications_enabled,
        credential_notification_recipient_user_ids=list(settings.notification_recipient_user_ids),
    )


_COLLECTION = "/user_credentials"
_MEMBER = f"{_COLLECTION}/{{id}}"

OPERATIONS = (
    Operation(
        "CreateUserCredential",
        "POST",
        _COLLECTION,
        "Create a credential, or the test credential of a live one.",
        create,
        HTTPStatus.CREATED,
        UserCredential,
        body=_CREATED,
        links=links("UserCredential"),
    ),
    Operation(
        "ListUserCredentials",
        "GET",
        _COLLECTION,
        "List credentials, test credentials left out.",
        list_,
        HTTPStatus.OK,
        UserCredentials,
        (PAGE, PER_PAGE, TEAM, FOLDER, FILTER),
    ),
    Operation(
        "GetUserCredential", "GET", _MEMBER, "Read a credential's metadata.", get, HTTPStatus.OK, UserCredential, (ID,)
    ),
    *(
        Operation(
            f"{verb}UserCredential",
            method,
            _MEMBER,
            "Change what is sent of a credential.",
            update,
            HTTPStatus.OK,
            UserCredential,
            (ID,),
            _UPDATED,
        )
        for verb, method in (("Update", "PUT"), ("Patch", "PATCH"))
    ),
    Operation(
        "DeleteUserCredential", "DELETE", _MEMBER, "Delete a credential.", delete, HTTPStatus.NO_CONTENT, None, (ID,)
    ),
)
