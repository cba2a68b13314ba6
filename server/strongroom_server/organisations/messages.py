"""Converts rows of organisations, teams, folders and API keys to messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration

from strongroom.v1.organisation_service_pb2 import ApiKey, Folder, Organisation, Team
from strongroom_server.access import scopes
from strongroom_server.access.grants import grantable_roles
from strongroom_server.core.timestamps import timestamp

if TYPE_CHECKING:
    from strongroom_server.core import records


def organisation_message(organisation: records.Organisation) -> Organisation:
    """The message of a row."""
    return Organisation(
        id=organisation.organisation_id,
        display_name=organisation.display_name,
        create_time=timestamp(organisation.create_time),
        kept_versions=organisation.kept_versions,
        undelete_window=Duration(seconds=round(organisation.undelete_window.total_seconds())),
        etag=str(organisation.revision),
        update_time=timestamp(organisation.update_time),
        return_urls=organisation.return_urls,
        switchboard_callback_exchanges=organisation.switchboard_callback_exchanges,
    )


def team_message(team: records.Team) -> Team:
    """The message of a row."""
    return Team(
        id=team.team_id,
        organisation_id=team.organisation_id,
        name=team.name,
        slug=team.slug,
        etag=str(team.revision),
        create_time=timestamp(team.create_time),
        update_time=timestamp(team.update_time),
    )


def folder_message(folder: records.Folder) -> Folder:
    """The message of a row."""
    return Folder(
        id=folder.folder_id,
        organisation_id=folder.organisation_id,
        team_id=folder.team_id,
        parent_folder_id=folder.parent_folder_id or 0,
        name=folder.name,
        etag=str(folder.revision),
        create_time=timestamp(folder.create_time),
        update_time=timestamp(folder.update_time),
        size=folder.size,
        content_type=folder.content_type,  # type: ignore[arg-type] # an enumeration's number
    )


def api_key_message(key: records.ApiKey, whole_key: str = "") -> ApiKey:
    """The message of a row. Only the response to its creation has the whole key."""
    return ApiKey(
        id=key.id,
        organisation_id=key.organisation_id,
        display_name=key.display_name,
        roles=key.roles,  # type: ignore[arg-type] # an enumeration's numbers
        team_ids=key.team_ids,
        expire_time=timestamp(key.expire_time),
        create_time=timestamp(key.create_time),
        revoke_time=timestamp(key.revoke_time),
        key=whole_key,
        jwt_public_key=key.jwt_public_key,
        etag=str(key.revision),
        grantable_roles=grantable_roles(key),  # type: ignore[arg-type] # an enumeration's numbers
        jwt_audience=key.jwt_audience,
        max_token_age=Duration(seconds=key.max_token_age_seconds) if key.max_token_age_seconds else None,
        scope=scopes.message_of(scopes.decode(key.scope)),
    )
