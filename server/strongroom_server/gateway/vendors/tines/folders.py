"""Handles Tines' operations on folders. Folders for stories and resources stay empty, because Strongroom has neither."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import msgspec
from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.v1 import organisation_service_pb2 as contract
from strongroom_server.gateway import parameters
from strongroom_server.gateway.members import POSITIVE, Body, Member, choice, text
from strongroom_server.gateway.parameters import Parameter
from strongroom_server.gateway.problems import invalid_field
from strongroom_server.gateway.services import CALL_SECONDS
from strongroom_server.gateway.vendor import Operation
from strongroom_server.gateway.vendors.tines.callers import ID, id_of, links
from strongroom_server.gateway.vendors.tines.pages import PAGE, PER_PAGE, Meta, meta, place_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from strongroom_server.gateway.calls import Call

_CONTENT_TYPES = MappingProxyType(
    {
        "CREDENTIAL": contract.FOLDER_CONTENT_TYPE_CREDENTIAL,
        "RESOURCE": contract.FOLDER_CONTENT_TYPE_RESOURCE,
        "STORY": contract.FOLDER_CONTENT_TYPE_STORY,
    }
)
_CONTENT_TYPE_NAMES = MappingProxyType({value: name for name, value in _CONTENT_TYPES.items()})


class Folder(msgspec.Struct):
    """A folder; `size` is the number of its credentials."""

    id: int
    name: str
    team_id: int
    content_type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(_CONTENT_TYPES)})]
    size: int
    parent_folder_id: int | None


class Folders(msgspec.Struct):
    """A page of folders."""

    folders: list[Folder]
    meta: Meta


_NAME = Member("name", text(1, 255), required=True)
_NEW_NAME = Member("name", text(0, 255), "Required and not empty, unless the query has the name.")
_CONTENT_TYPE = Member("content_type", choice("FolderContentType", _CONTENT_TYPES), required=True)
_TEAM_ID = Member("team_id", POSITIVE, required=True)
_PARENT = Member("parent_folder_id", POSITIVE, "A folder of the same team and content type.")

NAME = Parameter("name", "query", {"type": "string"}, parameters.text, "The new name, if the body has none.")
TEAM = Parameter("team_id", "query", *parameters.integer(1, (1 << 63) - 1), "Only folders of this team.")
CONTENT_TYPE = Parameter(
    "content_type",
    "query",
    *parameters.choice(_CONTENT_TYPES),
    "Only folders of this content type.",
)

FIELDS = MappingProxyType(
    {
        "folder.name": "name",
        "folder.team_id": "team_id",
        "folder.parent_folder_id": "parent_folder_id",
        "folder.content_type": "content_type",
    }
)


async def create(call: Call) -> Response:
    """Create a folder."""
    body = await call.body()
    sent = contract.Folder(
        content_type=body.required(_CONTENT_TYPE),
        name=body.required(_NAME),
        team_id=body.required(_TEAM_ID),
        parent_folder_id=body.value(_PARENT) or 0,
    )
    folder = await call.services.organisations.CreateFolder(
        contract.CreateFolderRequest(folder=sent, request_id=call.request_id),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    return call.response(body_of(folder))


async def list_(call: Call) -> Response:
    """List a numbered page of folders."""
    place, team_id, content_type = place_of(call), call.value(TEAM), call.value(CONTENT_TYPE)
    page = await call.services.organisations.ListFolders(
        contract.ListFoldersRequest(
            team_id=team_id or 0,
            content_type=content_type or contract.FOLDER_CONTENT_TYPE_UNSPECIFIED,
            page_size=place.per_page,
            skip=place.skip,
            with_total_size=True,
        ),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    filters = {"team_id": team_id, "content_type": _CONTENT_TYPE_NAMES[content_type] if content_type else None}
    return call.response(Folders(list(map(body_of, page.folders)), meta(call, place, page.total_size, filters)))


async def get(call: Call) -> Response:
    """Show a folder."""
    request = contract.GetFolderRequest(id=id_of(call))
    folder = await call.services.organisations.GetFolder(request, metadata=call.metadata, timeout=CALL_SECONDS)
    return call.response(body_of(folder))


async def update(call: Call) -> Response:
    """Rename a folder. Real clients send the name in the body or in the query."""
    name = (await call.body()).value(_NEW_NAME)
    if name is None:
        name = call.value(NAME)
    if name is None:
        raise invalid_field("name", "is required")
    folder = await call.services.organisations.UpdateFolder(
        contract.UpdateFolderRequest(
            id=id_of(call),
            folder=contract.Folder(name=name),
            update_mask=FieldMask(paths=["name"]),
            request_id=call.request_id,
        ),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    return call.response(body_of(folder))


async def delete(call: Call) -> Response:
    """Delete a folder without credentials and folders in it."""
    request = contract.DeleteFolderRequest(id=id_of(call), request_id=call.request_id)
    await call.services.organisations.DeleteFolder(request, metadata=call.metadata, timeout=CALL_SECONDS)
    return call.response()


def body_of(folder: contract.Folder) -> Folder:
    return Folder(
        folder.id,
        folder.name,
        folder.team_id,
        _CONTENT_TYPE_NAMES[folder.content_type],
        folder.size,
        folder.parent_folder_id or None,
    )


_COLLECTION = "/folders"
_ITEM = f"{_COLLECTION}/{{id}}"

OPERATIONS = (
    Operation(
        "CreateFolder",
        "POST",
        _COLLECTION,
        "Create a folder.",
        create,
        HTTPStatus.CREATED,
        Folder,
        body=Body(
            "FolderRequest",
            (_NAME, _CONTENT_TYPE, _TEAM_ID, _PARENT),
            lenient=True,
            examples={"folder": {"name": "Shops", "content_type": "CREDENTIAL", "team_id": 1}},
        ),
        links=links("Folder"),
    ),
    Operation(
        "ListFolders",
        "GET",
        _COLLECTION,
        "List folders.",
        list_,
        HTTPStatus.OK,
        Folders,
        (PAGE, PER_PAGE, TEAM, CONTENT_TYPE),
    ),
    Operation("GetFolder", "GET", _ITEM, "Read a folder.", get, HTTPStatus.OK, Folder, (ID,)),
    *(
        Operation(
            f"{verb}Folder",
            method,
            _ITEM,
            "Rename a folder.",
            update,
            HTTPStatus.OK,
            Folder,
            (ID, NAME),
            Body("FolderChanges", (_NEW_NAME,), optional=True, examples={"name": {"name": "Stores"}}),
        )
        for verb, method in (("Update", "PUT"), ("Patch", "PATCH"))
    ),
    Operation("DeleteFolder", "DELETE", _ITEM, "Delete an empty folder.", delete, HTTPStatus.NO_CONTENT, None, (ID,)),
)
