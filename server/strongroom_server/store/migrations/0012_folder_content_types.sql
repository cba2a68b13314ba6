-- Adds the kinds of folders that Tines has: FolderContentType in organisation_service.proto. Existing folders are for credentials.

alter table folders
    add column content_type integer not null default 1,
    -- Null for folders that must not contain credentials.
    add column credential_folder_id bigint generated always as (case when content_type = 1 then folder_id end) stored;

alter table credentials drop constraint credentials_folder;
alter table folders drop constraint folders_parent, drop constraint folders_in_team;

alter table folders
    add constraint folders_for_credentials unique (organisation_id, team_id, credential_folder_id),
    add constraint folders_in_team unique (organisation_id, team_id, content_type, folder_id);
-- A folder's parent has the same content type.
alter table folders add constraint folders_parent
    foreign key (organisation_id, team_id, content_type, parent_folder_id)
    references folders (organisation_id, team_id, content_type, folder_id);
alter table credentials add constraint credentials_folder
    foreign key (organisation_id, owning_team_id, owning_folder_id)
    references folders (organisation_id, team_id, credential_folder_id);

drop index folders_by_parent;
create index folders_by_parent on folders (organisation_id, team_id, content_type, parent_folder_id);
