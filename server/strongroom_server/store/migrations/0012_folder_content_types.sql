-- Folders of every kind that Tines' clients keep: FolderContentType in organisation_service.proto. Those of before are for credentials.

alter table folders
    add column content_type integer not null default 1,
    -- Null in what credentials must not be put into.
    add column credential_folder_id bigint generated always as (case when content_type = 1 then folder_id end) stored;

alter table credentials drop constraint credentials_folder;
alter table folders drop constraint folders_parent, drop constraint folders_in_team;

alter table folders
    add constraint folders_for_credentials unique (organisation_id, team_id, credential_folder_id),
    add constraint folders_in_team unique (organisation_id, team_id, content_type, folder_id);
-- A folder stands in one of its own kind.
alter table folders add constraint folders_parent
    foreign key (organisation_id, team_id, content_type, parent_folder_id)
    references folders (organisation_id, team_id, content_type, folder_id);
alter table credentials add constraint credentials_folder
    foreign key (organisation_id, owning_team_id, owning_folder_id)
    references folders (organisation_id, team_id, credential_folder_id);

drop index folders_by_parent;
create index folders_by_parent on folders (organisation_id, team_id, content_type, parent_folder_id);
