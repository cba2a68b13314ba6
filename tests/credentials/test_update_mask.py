"""Tests which fields an update changes and which it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rpc.calls import accessed, got, key_of, refused, updated
from samples import created, named, samples
from writer_nodes import writer_node

from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
    AWS_AUTHENTICATION_TYPE_KEY,
    AWS_AUTHENTICATION_TYPE_ROLE,
    CREDENTIAL_STATE_ACTIVE,
    CREDENTIAL_STATE_INVALID,
    READ_ACCESS_SPECIFIC_TEAMS,
    SURFACE_TINES,
    AwsData,
    BasicAuthData,
    Credential,
    CredentialData,
    MultiRequestData,
)
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL, UpdateCredentialRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2 import ROLE_WRITER, CreateFolderRequest, Folder

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment

Settings = Credential.TinesSettings


async def test_only_the_server_sets_the_external_id(deployment: Deployment) -> None:
    sent = Settings(aws_authentication_type=AWS_AUTHENTICATION_TYPE_KEY, external_id="mine")
    at_tines = await created(deployment, named(variant="aws", surface=SURFACE_TINES, tines_settings=sent))
    native = await created(deployment, named(variant="text", tines_settings=sent))
    external_id = at_tines.tines_settings.external_id
    assert external_id not in ("", "mine")
    assert native.tines_settings.external_id == ""

    sent.use_static_external_id = True
    after = await updated(deployment, at_tines.id, "tines_settings", tines_settings=sent)
    assert (after.tines_settings.external_id, after.tines_settings.use_static_external_id) == (external_id, True)
    after = await updated(deployment, native.id, "tines_settings", tines_settings=sent)
    assert after.tines_settings.external_id == ""
    refusal = await refused(updated(deployment, at_tines.id, "tines_settings.external_id", tines_settings=sent))
    assert list(refusal.fields) == ["update_mask.paths[0]"]


async def test_other_settings_make_data_invalid_and_valid_again_without_a_new_version(deployment: Deployment) -> None:
    data = CredentialData(aws=AwsData(access_key_id="a", secret_access_key="s"))
    answer = await created(deployment, named(data=data))

    async def judged_by(kind: int, *, whole: bool) -> tuple[int, list[str]]:
        path = "tines_settings" if whole else "tines_settings.aws_authentication_type"
        settings = Settings(aws_authentication_type=kind)  # type: ignore[arg-type] # the table decides
        after = await updated(deployment, answer.id, path, accept_invalid=True, tines_settings=settings)
        assert after.version == 1
        return after.state, [violation.field for violation in after.violations]

    for whole in (True, False):
        broken = await judged_by(AWS_AUTHENTICATION_TYPE_ROLE, whole=whole)
        assert broken == (CREDENTIAL_STATE_INVALID, ["aws.assumed_role_arn"])
        assert await judged_by(AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE, whole=whole) == (CREDENTIAL_STATE_ACTIVE, [])
    assert (await accessed(deployment, answer.id)).data == data


async def test_a_node_without_private_keys_makes_updates_that_open_nothing(
    own_deployment: Deployment, tmp_path: Path
) -> None:
    basic = await created(own_deployment)
    aws = await created(own_deployment, named(variant="aws"))
    settings = Settings(token_ttl_seconds=60)
    role = Settings(aws_authentication_type=AWS_AUTHENTICATION_TYPE_ROLE)
    async with writer_node(own_deployment, tmp_path / "writer") as writer:
        stub = CredentialServiceStub(writer.channel())

        async def update(credential_id: str, *paths: str, **fields: object) -> Credential:
            request = UpdateCredentialRequest(id=credential_id, credential=Credential(**fields))  # type: ignore[arg-type] # the table decides
            request.update_mask.paths.extend(paths)
            return await stub.UpdateCredential(request, metadata=own_deployment.metadata)

        assert (await update(basic.id, "tines_settings", tines_settings=settings)).tines_settings == settings
        assert (await update(aws.id, "tines_settings", tines_settings=settings)).tines_settings == settings
        assert (await update(basic.id, "data", data=samples()["text"])).version == 2
        for paths, fields in (
            (("data.aws.secret_access_key",), {"data": samples()["aws"]}),
            (("tines_settings",), {"tines_settings": role}),
        ):
            assert (await refused(update(aws.id, *paths, **fields))).reason == "OPENING_KEY_ABSENT"


async def test_fields_of_the_arm_make_invalid_data_valid(deployment: Deployment) -> None:
    broken = CredentialData(basic_auth=BasicAuthData(username="u"), extra_json='{"password": 5, "other": 1.10}')
    answer = await created(deployment, named(data=broken), accept_invalid=True)
    assert [(violation.field, violation.description) for violation in answer.violations] == [
        ("basic_auth.password", "is of the wrong type")
    ]
    sent = CredentialData(basic_auth=BasicAuthData(password="p"))
    after = await updated(deployment, answer.id, "data.basic_auth.password", data=sent)
    assert (after.state, list(after.violations), after.version) == (CREDENTIAL_STATE_ACTIVE, [], 2)
    expected = CredentialData(basic_auth=BasicAuthData(username="u", password="p"), extra_json=broken.extra_json)
    assert (await accessed(deployment, answer.id)).data == expected


@pytest.mark.parametrize("variant", samples())
async def test_each_field_of_each_arm_can_be_changed_by_itself(deployment: Deployment, variant: str) -> None:
    before, after = samples()[variant], samples("marker 2")[variant]
    answer = await created(deployment, named(data=before))
    names = [field.name for field in getattr(after, variant).DESCRIPTOR.fields]
    for version, name in enumerate(names, start=2):
        updated_to = await updated(deployment, answer.id, f"data.{variant}.{name}", data=after)
        assert (updated_to.version, updated_to.HasField("data")) == (version, False)
    assert (await accessed(deployment, answer.id)).data == after


async def test_data_of_another_arm_clears_nothing(deployment: Deployment) -> None:
    answer = await created(deployment, named(variant="aws"))
    refusal = await refused(updated(deployment, answer.id, "data.aws.secret_access_key", data=samples()["text"]))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["credential.data"])
    assert (await accessed(deployment, answer.id)).data == samples()["aws"]


async def test_the_bounds_apply_to_the_merged_data(deployment: Deployment) -> None:
    answer = await created(deployment)
    sent = CredentialData(basic_auth=BasicAuthData(username="u" * 65_536))
    refusal = await refused(updated(deployment, answer.id, "data.basic_auth.username", data=sent, accept_invalid=True))
    assert refusal.fields == {"credential.data.basic_auth": "must be at most 64 KiB"}
    empty = CredentialData(multi_request=MultiRequestData())
    refusal = await refused(updated(deployment, answer.id, "data.multi_request.requests", data=empty))
    assert list(refusal.fields) == ["update_mask"]


async def test_a_mask_has_at_most_64_different_paths(deployment: Deployment) -> None:
    answer = await created(deployment)
    assert (await updated(deployment, answer.id, *(["name"] * 100), name="n")).name == "n"
    refusal = await refused(updated(deployment, answer.id, *(f"path{index}" for index in range(65)), name="n"))
    assert refusal.fields == {"update_mask": "must have at most 64 paths"}
    refusal = await refused(updated(deployment, answer.id, *(f"path{index}" for index in range(64)), name="n"))
    assert list(refusal.fields) == [f"update_mask.paths[{index}]" for index in range(20)]


async def test_repeated_slugs_are_shown_once(deployment: Deployment) -> None:
    answer = await created(deployment, named(team_id=1))
    after = await updated(
        deployment,
        answer.id,
        "read_access",
        "shared_team_slugs",
        read_access=READ_ACCESS_SPECIFIC_TEAMS,
        shared_team_slugs=["team_2", "team_1", "team_2"],
    )
    assert list(after.shared_team_slugs) == ["team_2", "team_1"]
    assert await got(deployment, answer.id) == after


async def test_a_credential_moves_to_a_folder_of_its_new_team_or_to_none(deployment: Deployment) -> None:
    request = CreateFolderRequest(folder=Folder(team_id=1, name="f"))
    folder = await deployment.organisations.CreateFolder(request, metadata=deployment.metadata)
    answer = await created(deployment, named(team_id=1, folder_id=folder.id))
    refusal = await refused(updated(deployment, answer.id, "team_id", "folder_id", team_id=2, folder_id=folder.id))
    assert (refusal.reason, list(refusal.fields)) == ("FOLDER_UNKNOWN", ["credential.folder_id"])
    refusal = await refused(updated(deployment, answer.id, "team_id", "folder_id", folder_id=folder.id))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["credential.folder_id"])
    after = await updated(deployment, answer.id, "team_id", team_id=1)
    assert (after.team_id, after.folder_id) == (1, folder.id)
    after = await updated(deployment, answer.id, "team_id", team_id=2)
    assert (after.team_id, after.folder_id) == (2, 0)
    after = await updated(deployment, answer.id, "team_id", "folder_id", team_id=1, folder_id=folder.id)
    assert (after.team_id, after.folder_id) == (1, folder.id)


async def test_the_response_has_redacted_data_only_if_the_update_replaces_all_data(deployment: Deployment) -> None:
    writer = await key_of(deployment, ROLE_WRITER)
    answer = await created(deployment, named(variant="key_values"))
    after = await updated(
        deployment,
        answer.id,
        "redact_fields",
        "data",
        by=writer,
        redact_fields=["hidden"],
        data=samples()["key_values"],
    )
    assert dict(after.data.key_values.values) == {"shown": b"yes"}
    assert not (await updated(deployment, answer.id, "name", by=writer, name="n")).HasField("data")
    assert (await refused(got(deployment, answer.id, writer, view=CREDENTIAL_VIEW_FULL))).reason == "ROLE_MISSING"
