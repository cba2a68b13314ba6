"""Tests the methods of CredentialService: create, get, list, update, delete, access."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from rpc.calls import accessed, deleted, got, other_organisation, refused, updated
from samples import created, named, samples

from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_KEY,
    AWS_AUTHENTICATION_TYPE_ROLE,
    CREDENTIAL_STATE_ACTIVE,
    CREDENTIAL_STATE_INVALID,
    READ_ACCESS_GLOBAL,
    READ_ACCESS_SPECIFIC_TEAMS,
    READ_ACCESS_TEAM,
    SURFACE_SLASHID,
    SURFACE_TINES,
    BasicAuthData,
    Credential,
    CredentialData,
    TextData,
)
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    CreateCredentialRequest,
    ListCredentialsRequest,
)

if TYPE_CHECKING:
    from conftest import Deployment

INVALID = CredentialData(basic_auth=BasicAuthData(username="anna"))


@pytest.mark.parametrize("variant", samples())
async def test_each_variant_is_stored_and_read_redacted_and_accessed_in_full(
    deployment: Deployment, variant: str
) -> None:
    data = samples()[variant]
    answer = await created(deployment, named(variant=variant, redact_fields=["hidden"]))
    assert (answer.variant, answer.state, answer.version) == (variant, CREDENTIAL_STATE_ACTIVE, 1)
    assert b"hunter2" not in answer.SerializeToString()
    basic = await got(deployment, answer.id)
    assert not basic.HasField("data")
    full = await got(deployment, answer.id, view=CREDENTIAL_VIEW_FULL)
    assert full.data == answer.data
    assert full.data.WhichOneof("variant") == variant
    assert (await accessed(deployment, answer.id)).data == data
    assert (await accessed(deployment, str(answer.number))).id == answer.id


async def test_every_field_that_a_client_sets_is_returned(deployment: Deployment) -> None:
    soon = Timestamp(seconds=4_000_000_000)
    sent = named(
        "Ä name / 2",
        provider="PROVIDER_ONFIDO",
        description="d",
        metadata_json='{"a": 1.10}',
        allowed_hosts=["*.example.com"],
        read_access=READ_ACCESS_SPECIFIC_TEAMS,
        shared_team_slugs=["team_2", "team_1", "team_2"],
        team_id=1,
        redact_fields=["x"],
        expire_time=soon,
        reminder_time=soon,
    )
    answer = await created(deployment, sent)
    answer.ClearField("data")
    assert answer == await got(deployment, answer.id)
    assert answer.slug == "ä_name_2"
    assert answer.shared_team_slugs == ["team_2", "team_1"]
    assert answer.metadata_json == '{"a": 1.10}'
    assert answer.organisation_id == "default"


async def test_invalid_data_is_refused_unless_accepted_and_cannot_be_used(deployment: Deployment) -> None:
    refusal = await refused(created(deployment, named(data=INVALID)))
    assert refusal.reason == "DATA_INVALID"
    assert refusal.fields == {"credential.data.basic_auth.password": "is required"}
    answer = await created(deployment, named(data=INVALID), accept_invalid=True)
    assert answer.state == CREDENTIAL_STATE_INVALID
    assert [(v.field, v.description) for v in answer.violations] == [("basic_auth.password", "is required")]
    refusal = await refused(accessed(deployment, answer.id))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CREDENTIAL_INVALID")
    assert refusal.fields == {"basic_auth.password": "is required"}
    assert (await accessed(deployment, answer.id, allow_invalid=True)).data == INVALID
    valid = await updated(deployment, answer.id, "data", data=samples()["basic_auth"])
    assert (valid.state, len(valid.violations), valid.version) == (CREDENTIAL_STATE_ACTIVE, 0, 2)
    assert (await accessed(deployment, answer.id)).data == samples()["basic_auth"]
    assert (await refused(updated(deployment, answer.id, "data", data=INVALID))).reason == "DATA_INVALID"
    broken = await updated(deployment, answer.id, "data", accept_invalid=True, data=INVALID)
    assert broken.state == CREDENTIAL_STATE_INVALID


async def test_a_repeated_request_id_creates_one_credential(deployment: Deployment) -> None:
    request = CreateCredentialRequest(credential=named(), request_id=str(uuid.uuid4()))
    answers = await asyncio.gather(
        *(deployment.credentials.CreateCredential(request, metadata=deployment.metadata) for _ in range(8))
    )
    assert len({answer.id for answer in answers}) == 1
    assert answers[0] == await deployment.credentials.CreateCredential(request, metadata=deployment.metadata)
    request.credential.description = "another body"
    refusal = await refused(deployment.credentials.CreateCredential(request, metadata=deployment.metadata))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")
    _, metadata = await other_organisation(deployment)
    elsewhere = await deployment.credentials.CreateCredential(request, metadata=metadata)
    assert elsewhere.id != answers[0].id


async def test_a_surface_takes_only_its_variants_and_shows_only_its_credentials(deployment: Deployment) -> None:
    refusal = await refused(
        created(deployment, named(variant="text", surface=SURFACE_SLASHID, provider="PROVIDER_GENERIC"))
    )
    assert refusal.fields == {"credential.data.text": "is not a variant of this surface"}
    answer = await created(deployment, named(variant="text", surface=SURFACE_TINES, team_id=1))
    assert (await got(deployment, answer.id, surface=SURFACE_TINES)).id == answer.id
    refusal = await refused(got(deployment, answer.id, surface=SURFACE_SLASHID))
    assert refusal.reason == "CREDENTIAL_NOT_FOUND"
    assert (await refused(deleted(deployment, answer.id, surface=SURFACE_SLASHID))).reason == "CREDENTIAL_NOT_FOUND"


async def test_pages_have_every_credential_once_while_others_are_created_and_deleted(
    own_deployment: Deployment,
) -> None:
    deployment = own_deployment
    stayed = [(await created(deployment, named(f"row {index:02}"))).id for index in range(12)]
    goes = (await created(deployment, named("row goes"))).id
    seen: list[str] = []
    token = ""
    while True:
        page = await deployment.credentials.ListCredentials(
            ListCredentialsRequest(page_size=5, page_token=token), metadata=deployment.metadata
        )
        seen += [credential.id for credential in page.credentials]
        token = page.next_page_token
        if not token:
            break
        await created(deployment, named("row new"))
        if goes not in seen:
            await deleted(deployment, goes)
            goes = stayed[0]
    assert [credential_id for credential_id in seen if credential_id in stayed] == sorted(stayed)
    assert len(set(seen)) == len(seen)


async def test_filters_narrow_a_list_and_belong_to_its_token(own_deployment: Deployment) -> None:
    deployment = own_deployment
    wanted = await created(deployment, named("billing one", variant="text", surface=SURFACE_TINES, team_id=2))
    await created(deployment, named("billing two", variant="text", surface=SURFACE_TINES, team_id=1))
    await created(deployment, named("other", variant="api_key", team_id=2))
    for filters in (
        {"name_prefix": "billing o"},
        {"variant": "text", "team_id": 2},
        {"surface": SURFACE_TINES, "team_id": 2},
    ):
        page = await deployment.credentials.ListCredentials(
            ListCredentialsRequest(**filters),
            metadata=deployment.metadata,
        )
        assert [credential.id for credential in page.credentials] == [wanted.id]
    first = await deployment.credentials.ListCredentials(
        ListCredentialsRequest(page_size=1), metadata=deployment.metadata
    )
    for other in (
        ListCredentialsRequest(page_token=first.next_page_token, variant="text"),
        ListCredentialsRequest(page_token=first.next_page_token, view=CREDENTIAL_VIEW_FULL),
        ListCredentialsRequest(page_token="none"),
    ):
        refusal = await refused(deployment.credentials.ListCredentials(other, metadata=deployment.metadata))
        assert refusal.reason == "PAGE_TOKEN_INVALID"
    refusal = await refused(
        deployment.credentials.ListCredentials(ListCredentialsRequest(variant="none"), metadata=deployment.metadata)
    )
    assert refusal.fields == {"variant": "must be the name of an arm of CredentialData"}


async def test_a_full_list_shows_redacted_data_and_records_one_event(own_deployment: Deployment) -> None:
    deployment = own_deployment
    ids = [(await created(deployment, named(f"row {index}"))).id for index in range(3)]
    page = await deployment.credentials.ListCredentials(
        ListCredentialsRequest(view=CREDENTIAL_VIEW_FULL), metadata=deployment.metadata
    )
    assert [credential.data.basic_auth.username for credential in page.credentials] == ["anna"] * 3
    assert not any(credential.data.basic_auth.HasField("password") for credential in page.credentials)
    async with deployment.sql() as connection:
        events = await connection.fetch("select credential_ids from audit_events where action = 'ListCredentials'")
    assert [[str(credential_id) for credential_id in event[0]] for event in events] == [ids]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("name", {"name": "other"}),
        ("provider", {"provider": "PROVIDER_GOOGLE"}),
        ("description", {"description": "other"}),
        ("metadata_json", {"metadata_json": '{"b": 2}'}),
        ("allowed_hosts", {"allowed_hosts": ["b.example.com"]}),
        ("read_access", {"read_access": READ_ACCESS_GLOBAL}),
        ("team_id", {"team_id": 2}),
        ("redact_fields", {"redact_fields": ["b"]}),
        ("expire_time", {"expire_time": Timestamp(seconds=4_000_000_001)}),
        ("reminder_time", {"reminder_time": Timestamp(seconds=1)}),
        ("tines_settings", {"tines_settings": Credential.TinesSettings(token_ttl_seconds=5)}),
        ("tines_settings.token_ttl_seconds", {"tines_settings": Credential.TinesSettings(token_ttl_seconds=0)}),
    ],
)
async def test_an_update_of_metadata_changes_only_that_and_no_box(
    deployment: Deployment, path: str, fields: dict[str, Any]
) -> None:
    before = await created(deployment, named(description="d", allowed_hosts=[], redact_fields=["a"]))
    after = await updated(deployment, before.id, path, **fields)
    expected = Credential()
    expected.CopyFrom(before)
    expected.MergeFrom(Credential(**fields))
    if path in ("allowed_hosts", "redact_fields"):
        expected.ClearField(path)  # type: ignore[arg-type] # the table decides
        expected.MergeFrom(Credential(**fields))
    expected.ClearField("data")
    expected.etag, expected.slug = after.etag, after.slug
    expected.update_time.CopyFrom(after.update_time)
    assert after == expected
    assert after.etag != before.etag
    assert after.update_time.ToDatetime() > before.update_time.ToDatetime()
    assert await got(deployment, before.id) == after
    assert after.version == 1
    host = "b.example.com" if path == "allowed_hosts" else ""
    assert (await accessed(deployment, before.id, target_host=host)).data == samples()["basic_auth"]


async def test_an_unset_value_in_the_mask_clears_the_field(deployment: Deployment) -> None:
    before = await created(deployment, named(description="d", team_id=1, expire_time=Timestamp(seconds=4_000_000_000)))
    after = await updated(deployment, before.id, "description", "team_id", "expire_time", "metadata_json")
    assert (after.description, after.team_id, after.metadata_json) == ("", 0, "{}")
    assert not after.HasField("expire_time")


async def test_a_path_into_the_arm_changes_only_that_field(deployment: Deployment) -> None:
    before = await created(deployment, named(variant="aws"))
    sent = CredentialData()
    sent.aws.secret_access_key = "new"
    after = await updated(deployment, before.id, "data.aws.secret_access_key", data=sent)
    assert (after.version, after.HasField("data")) == (2, False)
    expected = samples()["aws"]
    expected.aws.secret_access_key = "new"
    assert (await accessed(deployment, before.id)).data == expected
    refusal = await refused(
        updated(deployment, before.id, "data.text.value", data=CredentialData(text=TextData(value="x")))
    )
    assert list(refusal.fields) == ["update_mask"]
    refusal = await refused(updated(deployment, before.id, "data.aws.secret_access_key"))
    assert refusal.fields == {"credential.data.aws.secret_access_key": "is required"}


async def test_replacing_all_data_may_change_the_variant(deployment: Deployment) -> None:
    before = await created(deployment)
    after = await updated(deployment, before.id, "data", data=samples()["jwt"])
    assert (after.variant, after.version) == ("jwt", 2)
    assert (await accessed(deployment, before.id)).data == samples()["jwt"]


@pytest.mark.parametrize("paths", [(), ("none",), ("id",), ("data.aws.none",), ("data", "data.aws.access_key_id")])
async def test_a_mask_that_names_nothing_to_change_is_refused(deployment: Deployment, paths: tuple[str, ...]) -> None:
    before = await created(deployment, named(variant="aws"))
    refusal = await refused(updated(deployment, before.id, *paths, name="x", data=samples()["aws"]))
    assert refusal.reason == "FIELD_INVALID"
    assert all(field.startswith("update_mask") for field in refusal.fields)


async def test_a_stale_etag_is_refused(deployment: Deployment) -> None:
    before = await created(deployment)
    await updated(deployment, before.id, "name", name="first", etag=before.etag)
    refusal = await refused(updated(deployment, before.id, "name", name="second", etag=before.etag))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert (await refused(deleted(deployment, before.id, etag=before.etag))).reason == "ETAG_MISMATCH"
    assert (await got(deployment, before.id)).name == "first"


async def test_concurrent_updates_are_stored_or_refused_and_never_mix(deployment: Deployment) -> None:
    before = await created(deployment, named(variant="basic_auth"))

    async def change(index: int) -> None:
        data = CredentialData(basic_auth=BasicAuthData(username=f"u{index}", password=f"p{index}"))
        await updated(deployment, before.id, "data", "description", data=data, description=str(index))

    outcomes = await asyncio.gather(*(change(index) for index in range(6)), return_exceptions=True)
    done = [outcome for outcome in outcomes if outcome is None]
    after = await accessed(deployment, before.id)
    assert after.version == 1 + len(done)
    assert done
    assert after.data.basic_auth.username == f"u{after.description}"
    assert after.data.basic_auth.password == f"p{after.description}"


async def test_a_deleted_credential_is_not_found_by_any_method(deployment: Deployment) -> None:
    answer = await created(deployment)
    await deleted(deployment, answer.id)
    for call in (
        got(deployment, answer.id),
        accessed(deployment, answer.id),
        updated(deployment, answer.id, "name", name="x"),
        deleted(deployment, answer.id),
    ):
        refusal = await refused(call)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "CREDENTIAL_NOT_FOUND")


@pytest.mark.parametrize(
    ("patterns", "host", "allowed"),
    [
        ([], "anything.example.com", True),
        ([], "", True),
        (["api.example.com"], "api.example.com", True),
        (["api.example.com"], "API.Example.COM.", True),
        (["api.example.com"], "", False),
        (["api.example.com"], "example.com", False),
        (["api.example.com"], "api.example.com.evil.com", False),
        (["*.example.com"], "a.example.com", True),
        (["*.example.com"], "a.b.example.com", True),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "evilexample.com", False),
        (["api-*.example.com"], "api-1.example.com", True),
        (["api-*.example.com"], "api-1.b.example.com", False),
        (["a.*.com"], "a.b.com", True),
        (["a.*.com"], "a.b.c.com", False),
        (["*"], "any.example.com", True),
        (["10.0.0.1"], "10.0.0.1", True),
        (["*a" * 25 + "*b"], "a" * 63, False),
        (["x.com", "*.example.com"], "a.example.com", True),
    ],
)
async def test_a_credential_is_given_out_only_for_its_allowed_hosts(
    deployment: Deployment, patterns: list[str], host: str, allowed: bool
) -> None:
    answer = await created(deployment, named(allowed_hosts=patterns))
    if allowed:
        assert (await accessed(deployment, answer.id, target_host=host)).HasField("data")
    else:
        refusal = await refused(accessed(deployment, answer.id, target_host=host))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "HOST_NOT_ALLOWED")


@pytest.mark.parametrize("host", ["https://a.com", "a.com:0", "a.com/x", "a b", "", "\u212a.com", "a..com", "*.com"])
async def test_a_target_host_that_is_not_a_host_is_refused(deployment: Deployment, host: str) -> None:
    answer = await created(deployment, named(allowed_hosts=["a.com"]))
    refusal = await refused(accessed(deployment, answer.id, target_host=host))
    assert refusal.reason == ("FIELD_INVALID" if host else "HOST_NOT_ALLOWED")


async def test_a_test_credential_gets_defaults_from_its_live_credential(deployment: Deployment) -> None:
    live = await created(
        deployment,
        named(
            description="d",
            team_id=1,
            read_access=READ_ACCESS_SPECIFIC_TEAMS,
            shared_team_slugs=["team_2"],
        ),
    )
    test = await created(deployment, named("test", live_credential_id=str(live.number)))
    assert (test.description, test.team_id, test.read_access) == ("d", 1, READ_ACCESS_SPECIFIC_TEAMS)
    assert (list(test.shared_team_slugs), test.live_credential_id) == (["team_2"], live.id)
    shown = (await got(deployment, live.id)).test_credential
    assert (shown.id, shown.number, shown.enabled) == (test.id, test.number, True)
    listed = await deployment.credentials.ListCredentials(
        ListCredentialsRequest(name_prefix="test", page_size=500), metadata=deployment.metadata
    )
    assert test.id not in {credential.id for credential in listed.credentials}
    refusal = await refused(created(deployment, named(live_credential_id=live.id)))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ALREADY_EXISTS, "TEST_CREDENTIAL_EXISTS")
    refusal = await refused(created(deployment, named(live_credential_id=test.id)))
    assert refusal.reason == "LIVE_CREDENTIAL_UNKNOWN"
    refusal = await refused(updated(deployment, live.id, "data", data=samples()["text"]))
    assert refusal.reason == "LIVE_CREDENTIAL_MISMATCH"
    await deleted(deployment, live.id)
    assert (await refused(got(deployment, test.id))).reason == "CREDENTIAL_NOT_FOUND"


async def test_two_concurrent_creates_of_a_test_credential_store_one(deployment: Deployment) -> None:
    live = await created(deployment)
    outcomes = await asyncio.gather(
        *(created(deployment, named(live_credential_id=live.id)) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Credential) for outcome in outcomes) == 1


async def test_a_test_credential_of_another_variant_or_an_unknown_live_credential_is_refused(
    deployment: Deployment,
) -> None:
    live = await created(deployment)
    refusal = await refused(created(deployment, named(variant="text", live_credential_id=live.id)))
    assert refusal.reason == "LIVE_CREDENTIAL_MISMATCH"
    refusal = await refused(created(deployment, named(live_credential_id=str(uuid.uuid4()))))
    assert refusal.reason == "LIVE_CREDENTIAL_UNKNOWN"


async def test_unknown_teams_and_folders_are_refused(deployment: Deployment) -> None:
    assert (await refused(created(deployment, named(team_id=77)))).fields == {
        "credential.team_id": "must be a team of the organisation"
    }
    refusal = await refused(created(deployment, named(team_id=1, folder_id=77)))
    assert (refusal.reason, list(refusal.fields)) == ("FOLDER_UNKNOWN", ["credential.folder_id"])
    refusal = await refused(
        created(deployment, named(read_access=READ_ACCESS_SPECIFIC_TEAMS, shared_team_slugs=["team_1", "none"]))
    )
    assert (refusal.reason, list(refusal.fields)) == ("TEAM_UNKNOWN", ["credential.shared_team_slugs[1]"])


async def test_another_read_access_clears_the_shared_teams(deployment: Deployment) -> None:
    shared = await created(
        deployment, named(team_id=1, read_access=READ_ACCESS_SPECIFIC_TEAMS, shared_team_slugs=["team_2"])
    )
    after = await updated(deployment, shared.id, "read_access", read_access=READ_ACCESS_TEAM)
    assert list(after.shared_team_slugs) == []
    refusal = await refused(updated(deployment, shared.id, "read_access", read_access=READ_ACCESS_SPECIFIC_TEAMS))
    assert list(refusal.fields) == ["credential.shared_team_slugs"]


async def test_aws_credentials_at_tines_keep_their_external_id(deployment: Deployment) -> None:
    settings = Credential.TinesSettings(aws_authentication_type=AWS_AUTHENTICATION_TYPE_KEY)
    refusal = await refused(created(deployment, named(variant="aws", surface=SURFACE_TINES, team_id=1)))
    assert list(refusal.fields) == ["credential.tines_settings.aws_authentication_type"]
    answer = await created(deployment, named(variant="aws", surface=SURFACE_TINES, team_id=1, tines_settings=settings))
    external_id = answer.tines_settings.external_id
    assert uuid.UUID(external_id)
    role = Credential.TinesSettings(aws_authentication_type=AWS_AUTHENTICATION_TYPE_ROLE)
    after = await updated(deployment, answer.id, "tines_settings.aws_authentication_type", tines_settings=role)
    assert (after.tines_settings.external_id, after.version) == (external_id, 1)


async def test_a_change_of_settings_can_make_the_data_invalid(deployment: Deployment) -> None:
    data = CredentialData()
    data.aws.access_key_id, data.aws.secret_access_key = "AKIA", "s"
    answer = await created(deployment, named(data=data))
    role = Credential.TinesSettings(aws_authentication_type=AWS_AUTHENTICATION_TYPE_ROLE)
    path = "tines_settings.aws_authentication_type"
    assert (await refused(updated(deployment, answer.id, path, tines_settings=role))).reason == "DATA_INVALID"
    after = await updated(deployment, answer.id, path, accept_invalid=True, tines_settings=role)
    assert (after.state, after.version) == (CREDENTIAL_STATE_INVALID, 1)


async def test_each_method_records_its_event(own_deployment: Deployment) -> None:
    deployment = own_deployment
    answer = await created(deployment)
    await accessed(deployment, answer.id)
    await got(deployment, answer.id, view=CREDENTIAL_VIEW_FULL)
    await got(deployment, answer.id)
    await updated(deployment, answer.id, "data", data=samples()["text"])
    await updated(deployment, answer.id, "name", name="other")
    await deleted(deployment, answer.id)
    async with deployment.sql() as connection:
        events = await connection.fetch(
            "select action, version, key_id, box_sha256 is not null as boxed from audit_events"
            " where credential_id = $1 order by event_time",
            answer.id,
        )
        boxes = await connection.fetch("select sha256(box) from boxes order by version")
        hashes = await connection.fetch(
            "select box_sha256 from audit_events where box_sha256 is not null order by version"
        )
    assert [(event["action"], event["version"], event["boxed"]) for event in events] == [
        ("CreateCredential", 1, True),
        ("AccessCredential", 1, False),
        ("GetCredential", 1, False),
        ("UpdateCredential", 2, True),
        ("UpdateCredential", 2, False),
        ("DeleteCredential", 2, False),
    ]
    assert {event["key_id"] for event in events} == {"bootstrap"}
    assert [row[0] for row in boxes] == [row[0] for row in hashes]
