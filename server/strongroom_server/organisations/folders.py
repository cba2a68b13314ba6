"""Creates, reads, lists, renames and deletes folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.organisation_service_pb2 import FOLDER_CONTENT_TYPE_CREDENTIAL, ListFoldersResponse
from strongroom_server.access.caller import require_team
from strongroom_server.core import records
from strongroom_server.core.errors import ServiceError
from strongroom_server.organisations import checks
from strongroom_server.organisations.messages import folder_message
from strongroom_server.rules.etags import require_etag
from strongroom_server.rules.pages import page_of
from strongroom_server.store import folders as folder_rows
from strongroom_server.store import organisations

if TYPE_CHECKING:
    from strongroom.v1.organisation_service_pb2 import (
        CreateFolderRequest,
        DeleteFolderRequest,
        Folder,
        GetFolderRequest,
        ListFoldersRequest,
        UpdateFolderRequest,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.organisations.context import Context
    from strongroom_server.store.database import Transaction


async def create(context: Context, request: CreateFolderRequest, caller: Caller) -> Folder:
    """Create a folder. Raises ServiceError."""
    checks.check_create_folder(request)
    sent, now = request.folder, context.watch.now()
    require_team(caller, sent.team_id)

    async def create_numbered(transaction: Transaction) -> records.Folder:
        number = await organisations.take_number(transaction, caller.organisation_id, "folder")
        folder = records.Folder(
            organisation_id=caller.organisation_id,
            folder_id=number,
            team_id=sent.team_id,
            parent_folder_id=sent.parent_folder_id or None,
            name=sent.name,
            revision=1,
            create_time=now,
            update_time=now,
            content_type=sent.content_type or FOLDER_CONTENT_TYPE_CREDENTIAL,
            size=0,
        )
        await folder_rows.create(transaction, folder, context.act(caller, "CreateFolder", str(number), folder.revision))
        return folder

    return folder_message(await context.database.in_transaction(create_numbered))


async def get(context: Context, request: GetFolderRequest, caller: Caller) -> Folder:
    """Read a folder. Raises ServiceError."""
    checks.check_folder_id(request)
    return folder_message(await _read(context, request.id, caller))


async def list_folders(context: Context, request: ListFoldersRequest, caller: Caller) -> ListFoldersResponse:
    """Read a page of folders, by number. Raises ServiceError."""
    checks.check_list_folders(request)
    page = page_of(context.keyring, request, "folders", caller.organisation_id, request.team_id, request.content_type)
    rows, total = await folder_rows.page(
        context.database,
        caller.organisation_id,
        request.team_id,
        request.content_type,
        after=int(page.after or 0),
        skip=request.skip,
        size=page.limit,
        with_total=request.with_total_size,
    )
    shown, next_page_token = page.cut(rows, lambda folder: str(folder.folder_id))
    return ListFoldersResponse(folders=map(folder_message, shown), next_page_token=next_page_token, total_size=total)


async def update(context: Context, request: UpdateFolderRequest, caller: Caller) -> Folder:
    """Rename a folder. Raises ServiceError."""
    checks.check_update_folder(request)
    etag = request.folder.etag
    present = await _read(context, request.id, caller)
    require_team(caller, present.team_id)
    require_etag(etag, present.revision)
    folder = await folder_rows.rename(
        context.database,
        caller.organisation_id,
        request.id,
        request.folder.name,
        context.watch.now(),
        present.revision,
        context.act(caller, "UpdateFolder", str(request.id), present.revision + 1),
    )
    if folder is None:
        raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)
    return folder_message(folder)


async def delete(context: Context, request: DeleteFolderRequest, caller: Caller) -> None:
    """Delete a folder that holds nothing. Raises ServiceError."""
    checks.check_folder_id(request)
    present = await _read(context, request.id, caller)
    require_team(caller, present.team_id)
    require_etag(request.etag, present.revision)
    if not await folder_rows.delete(
        context.database,
        caller.organisation_id,
        request.id,
        present.revision,
        context.act(caller, "DeleteFolder", str(request.id), present.revision + 1),
    ):
        raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)


async def _read(context: Context, folder_id: int, caller: Caller) -> records.Folder:
    folder = await folder_rows.get(context.database, caller.organisation_id, folder_id)
    if folder is None:
        raise ServiceError(reasons.ERROR_REASON_FOLDER_NOT_FOUND)
    return folder
