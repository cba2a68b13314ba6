"""Tests that a key without the role `user` cannot expose a stored secret further: by an update, an undelete or an old version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest
from rpc.calls import Metadata, accessed, deleted, got, key_of, listed, refused, updated
from samples import created, named, samples
from writer_nodes import writer_node

from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest
from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
    AWS_AUTHENTICATION_TYPE_KEY,
    AWS_AUTHENTICATION_TYPE_ROLE,
    READ_ACCESS_GLOBAL,
    READ_ACCESS_SPECIFIC_TEAMS,
    READ_ACCESS_TEAM,
    AwsData,
    Credential,
    CredentialData,
    HttpRequestData,
    KeyValuesData,
    MultiRequestData,
    OAuth2RefreshData,
    OAuthData,
)
from strongroom.v1.credential_service_pb2 import (
    RestoreCredentialVersionRequest,
    UndeleteCredentialRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2 import (
    ROLE_INVOKER,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    CreateTeamRequest,
    DeleteTeamRequest,
    Team,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from conftest import Deployment

EVIL = "https://evil.example.net/token"
A, B = "a.example.com", "b.example.com"
Settings = Credential.TinesSettings


@pytest.fixture
async def writer(deployment: Deployment) -> Metadata:
    return await key_of(deployment, ROLE_WRITER, ROLE_READER)


@pytest.fixture
async def user(deployment: Deployment) -> Metadata:
    return await key_of(deployment, ROLE_WRITER, ROLE_USER)


async def oauth(deployment: Deployment) -> Credential:
    """A credential with a value in every guarded field."""
    return await created(
        deployment,
        named(
            variant="oauth",
            team_id=1,
            allowed_hosts=[A, B],
            read_access=READ_ACCESS_SPECIFIC_TEAMS,
            shared_team_slugs=["team_2"],
        ),
    )


def data(**fields: str) -> CredentialData:
    return CredentialData(oauth=OAuthData(**fields))


async def must_send_secrets(call: Awaitable[object], *fields: str) -> None:
    refusal = await refused(call)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "SECRET_REQUIRED")
    assert set(refusal.fields) == set(fields)


# The paths of an update, its values, and the fields that expose the secret.
EXPOSING: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "another token URL": ({"data.oauth.token_url": data(token_url=EVIL)}, ("data.oauth.token_url",)),
    "no scope": ({"data.oauth.scope": data()}, ("data.oauth.scope",)),
    "two fields of the data": (
        {"data.oauth.client_id": data(client_id="x", grant_type="client_credentials"), "data.oauth.grant_type": None},
        ("data.oauth.client_id", "data.oauth.grant_type"),
    ),
    "one more host": ({"allowed_hosts": [A, B, "evil.example.net"]}, ("allowed_hosts",)),
    "another host": ({"allowed_hosts": ["*.a.example.com"]}, ("allowed_hosts",)),
    "any host": ({"allowed_hosts": []}, ("allowed_hosts",)),
    "every team": ({"read_access": READ_ACCESS_GLOBAL}, ("read_access",)),
    "one more shared team": ({"shared_team_slugs": ["team_2", "team_1"]}, ("shared_team_slugs",)),
    "another team": ({"team_id": 2}, ("team_id",)),
    "no team": ({"team_id": 0}, ("team_id",)),
    "a host and a token URL": (
        {"allowed_hosts": ["evil.example.net"], "data.oauth.token_url": data(token_url=EVIL)},
        ("allowed_hosts", "data.oauth.token_url"),
    ),
}


def fields_of(changes: dict[str, Any]) -> dict[str, Any]:
    """The fields of the credential that an update with these values sends."""
    return {path.partition(".")[0]: value for path, value in changes.items() if value is not None}


@pytest.mark.parametrize(("changes", "named_fields"), EXPOSING.values(), ids=EXPOSING)
async def test_a_change_that_exposes_the_secret_needs_the_role_user(
    deployment: Deployment, writer: Metadata, user: Metadata, changes: dict[str, Any], named_fields: tuple[str, ...]
) -> None:
    credential = await oauth(deployment)
    before = await got(deployment, credential.id)

    call = updated(deployment, credential.id, *changes, by=writer, **fields_of(changes))
    await must_send_secrets(call, *(f"credential.{name}" for name in named_fields))
    assert await got(deployment, credential.id) == before

    after = await updated(deployment, credential.id, *changes, by=user, **fields_of(changes))
    assert after.etag != before.etag


@pytest.mark.parametrize(("changes", "_fields"), EXPOSING.values(), ids=EXPOSING)
async def test_a_change_that_exposes_the_secret_is_allowed_if_it_sends_the_secret(
    deployment: Deployment, writer: Metadata, changes: dict[str, Any], _fields: tuple[str, ...]
) -> None:
    fields = fields_of(changes)
    sent = CredentialData(oauth=OAuthData(client_secret="new"))
    sent.MergeFrom(fields.get("data", sent))
    credential = await oauth(deployment)
    await updated(
        deployment, credential.id, *changes, "data.oauth.client_secret", by=writer, **{**fields, "data": sent}
    )

    whole = samples("new")["oauth"]
    whole.MergeFrom(sent)
    credential = await oauth(deployment)
    policy = [path for path in changes if not path.startswith("data.")]
    await updated(deployment, credential.id, *policy, "data", by=writer, **{**fields, "data": whole})


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "n", "description": "d", "metadata_json": "{}", "provider": 1, "folder_id": 0},
        {"allowed_hosts": [A]},
        {"read_access": READ_ACCESS_TEAM},
        {"team_id": 1},
        {"data.oauth.client_secret": data(client_secret="new")},
        {"data.oauth.token_url": data(token_url="https://example.com/token")},
    ],
    ids=["metadata", "fewer hosts", "fewer teams", "the same team", "the secret", "the same token URL"],
)
async def test_a_writer_may_make_changes_that_expose_nothing(
    deployment: Deployment, writer: Metadata, changes: dict[str, Any]
) -> None:
    credential = await oauth(deployment)
    after = await updated(deployment, credential.id, *changes, by=writer, **fields_of(changes))
    assert after.etag != credential.etag


async def test_a_writer_may_narrow_access_for_hosts_and_teams(deployment: Deployment, writer: Metadata) -> None:
    hosts = [A, "*.example.com"]
    credential = await created(deployment, named(team_id=1, read_access=READ_ACCESS_GLOBAL, allowed_hosts=hosts))
    narrowed: dict[str, Any] = {
        "allowed_hosts": [A],
        "read_access": READ_ACCESS_SPECIFIC_TEAMS,
        "shared_team_slugs": ["team_2"],
    }
    after = await updated(deployment, credential.id, *narrowed, by=writer, **narrowed)
    assert (list(after.allowed_hosts), list(after.shared_team_slugs)) == ([A], ["team_2"])


async def test_a_writer_does_not_name_the_first_hosts_that_a_stored_secret_is_forwarded_to(
    deployment: Deployment, writer: Metadata
) -> None:
    credential = await created(deployment, named())
    fields: dict[str, Any] = {"allowed_hosts": [A]}
    await must_send_secrets(
        updated(deployment, credential.id, *fields, by=writer, **fields), "credential.allowed_hosts"
    )
    after = await updated(deployment, credential.id, *fields, "data", by=writer, data=samples()["basic_auth"], **fields)
    assert list(after.allowed_hosts) == [A]


async def test_a_writer_that_may_also_forward_does_not_name_the_first_host(deployment: Deployment) -> None:
    by = await key_of(deployment, ROLE_WRITER, ROLE_INVOKER)
    credential = await created(deployment, named(data=samples()["api_key"], allowed_hosts=[]))
    call = updated(deployment, credential.id, "allowed_hosts", by=by, allowed_hosts=["evil.example.net"])
    await must_send_secrets(call, "credential.allowed_hosts")


async def test_a_writer_does_not_allow_the_services_of_aws_that_issue_credentials(
    deployment: Deployment, writer: Metadata
) -> None:
    credential = await created(deployment, named(variant="aws"))
    use = Credential.UseSettings(aws_services=["iam"])
    call = updated(deployment, credential.id, "use_settings.aws_services", by=writer, use_settings=use)
    await must_send_secrets(call, "credential.use_settings.aws_services")


async def test_every_secret_field_must_be_sent(deployment: Deployment, writer: Metadata) -> None:
    credential = await created(deployment, named(variant="oauth2_refresh"))
    sent = CredentialData(oauth2_refresh=OAuth2RefreshData(token_url=EVIL, client_secret="new", refresh_token="new"))
    paths = ["data.oauth2_refresh.token_url", "data.oauth2_refresh.client_secret"]
    call = updated(deployment, credential.id, *paths, by=writer, data=sent)
    await must_send_secrets(call, "credential.data.oauth2_refresh.token_url")
    await updated(deployment, credential.id, *paths, "data.oauth2_refresh.refresh_token", by=writer, data=sent)
    assert (await accessed(deployment, credential.id)).data.oauth2_refresh.token_url == EVIL


async def test_extra_members_count_as_secrets(deployment: Deployment, writer: Metadata) -> None:
    kept = samples()["client_credentials"]
    kept.extra_json = '{"webhook_token": "hunter2"}'
    credential = await created(deployment, named(data=kept, allowed_hosts=[A]))
    sent = samples("new")["client_credentials"]
    paths = ["data.client_credentials.client_id", "data.client_credentials.client_secret", "allowed_hosts"]
    await must_send_secrets(
        updated(deployment, credential.id, *paths, by=writer, data=sent), "credential.allowed_hosts"
    )
    await updated(deployment, credential.id, "data", "allowed_hosts", by=writer, data=sent)


async def test_the_options_of_a_request_change_only_with_its_secret(deployment: Deployment, writer: Metadata) -> None:
    credential = await created(deployment, named(variant="http_request"))
    same_options = samples()["http_request"]
    # Not even to the present value: the response would confirm a guess.
    for sent in (same_options, CredentialData(http_request=HttpRequestData(options_json=f'{{"url": "{EVIL}"}}'))):
        call = updated(deployment, credential.id, "data.http_request.options_json", by=writer, data=sent)
        await must_send_secrets(call, "credential.data.http_request.options_json")
    both = ("data.http_request.options_json", "data.http_request.secret")
    await updated(deployment, credential.id, "data.http_request.secret", by=writer, data=same_options)
    # A secret that is cleared is not exposed.
    await updated(deployment, credential.id, *both, by=writer, data=sent)
    await updated(deployment, credential.id, both[0], by=writer, data=same_options)


async def test_a_writer_must_send_the_secrets_of_both_requests(deployment: Deployment, writer: Metadata) -> None:
    credential = await created(deployment, named(variant="multi_request"))
    Request = MultiRequestData.Request  # noqa: N806 - a message
    options = f'{{"url": "{EVIL}"}}'

    def sent(*secrets: str | None) -> CredentialData:
        requests = [Request(options_json=options, secret=secret) for secret in secrets]
        return CredentialData(multi_request=MultiRequestData(requests=requests))

    path = "data.multi_request.requests"
    for secrets in ((None, None), ("new", None)):
        call = updated(deployment, credential.id, path, by=writer, data=sent(*secrets))
        await must_send_secrets(call, "credential.data.multi_request.requests")
    await updated(deployment, credential.id, path, by=writer, data=sent("new", "new"))
    location = CredentialData(multi_request=MultiRequestData(location_of_token="=body"))
    call = updated(deployment, credential.id, "data.multi_request.location_of_token", by=writer, data=location)
    await must_send_secrets(call, "credential.data.multi_request.location_of_token")


async def test_settings_of_aws_change_only_with_the_secret(
    deployment: Deployment, writer: Metadata, user: Metadata
) -> None:
    settings = Settings(aws_authentication_type=AWS_AUTHENTICATION_TYPE_KEY)
    credential = await created(deployment, named(variant="aws", tines_settings=settings))
    role = Settings(aws_authentication_type=AWS_AUTHENTICATION_TYPE_ROLE, use_static_external_id=True)
    both = ("tines_settings.aws_authentication_type", "tines_settings.use_static_external_id")
    for paths in (both, ("tines_settings",)):
        call = updated(deployment, credential.id, *paths, by=writer, tines_settings=role)
        await must_send_secrets(call, *(f"credential.{path}" for path in both))
    settings.token_ttl_seconds = 60
    settings.notification_recipient_user_ids.append(1)
    await updated(deployment, credential.id, "tines_settings", by=writer, tines_settings=settings)
    await updated(deployment, credential.id, "tines_settings", by=user, tines_settings=role)
    # Data without a secret has no stored secret that could be exposed.
    bare = CredentialData(aws=AwsData(assumed_role_arn="arn:aws:iam::1:role/r"))
    bare_role = Settings(aws_authentication_type=AWS_AUTHENTICATION_TYPE_ROLE)
    credential = await created(deployment, named(data=bare, tines_settings=bare_role))
    profile = Settings(aws_authentication_type=AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE)
    call = updated(deployment, credential.id, both[0], by=writer, tines_settings=profile)
    await must_send_secrets(call, f"credential.{both[0]}")
    await updated(
        deployment, credential.id, both[0], "data.aws.assumed_role_arn", by=writer, data=bare, tines_settings=profile
    )


async def test_a_key_with_the_role_user_may_stop_redacting_a_value(
    deployment: Deployment, writer: Metadata, user: Metadata
) -> None:
    values = CredentialData(key_values=KeyValuesData(values={"token": b"hunter2"}))
    credential = await created(deployment, named(data=values, redact_fields=["token"]))
    await must_send_secrets(updated(deployment, credential.id, "redact_fields", by=writer), "credential.redact_fields")
    assert not (await updated(deployment, credential.id, "redact_fields", by=user)).redact_fields


async def test_a_test_credential_moves_with_its_live_credential_only_for_a_key_with_the_role_user(
    deployment: Deployment, writer: Metadata, user: Metadata
) -> None:
    live = await created(deployment, named(team_id=1))
    test = await created(deployment, named(live_credential_id=live.id))
    # The request sends only the secrets of the live credential.
    move: dict[str, Any] = {"team_id": 2, "data": samples("new")["basic_auth"]}
    await must_send_secrets(updated(deployment, live.id, *move, by=writer, **move), "credential.team_id")
    assert [(await got(deployment, each.id)).team_id for each in (live, test)] == [1, 1]
    await updated(deployment, live.id, "team_id", by=user, team_id=2)
    assert [(await got(deployment, each.id)).team_id for each in (live, test)] == [2, 2]


async def test_the_same_rules_apply_to_a_test_credential_updated_through_its_live_credential(
    deployment: Deployment, writer: Metadata
) -> None:
    live = await created(deployment, named(allowed_hosts=[A]))
    test = await created(deployment, named(live_credential_id=live.id, allowed_hosts=[A]))
    request = UpdateCredentialRequest(id=live.id, credential=Credential(allowed_hosts=[B]), test_credential=True)
    request.update_mask.paths.append("allowed_hosts")
    call = deployment.credentials.UpdateCredential(request, metadata=writer)
    await must_send_secrets(call, "credential.allowed_hosts")
    assert list((await got(deployment, test.id)).allowed_hosts) == [A]


async def test_undelete_gives_a_secret_to_another_team_only_for_a_key_with_the_role_user(
    deployment: Deployment, writer: Metadata, user: Metadata
) -> None:
    organisations, metadata = deployment.organisations, deployment.metadata
    team = await organisations.CreateTeam(CreateTeamRequest(team=Team(name=named().name)), metadata=metadata)
    credential = await created(deployment, named(team_id=team.id))
    await deleted(deployment, credential.id)
    await organisations.DeleteTeam(DeleteTeamRequest(id=team.id), metadata=metadata)
    request = UndeleteCredentialRequest(id=credential.id, team_id=2)
    await must_send_secrets(deployment.credentials.UndeleteCredential(request, metadata=writer), "team_id")
    assert (await deployment.credentials.UndeleteCredential(request, metadata=user)).team_id == 2


def restored(deployment: Deployment, credential_id: str, by: Metadata) -> Awaitable[Credential]:
    request = RestoreCredentialVersionRequest(id=credential_id, version=1)
    return deployment.credentials.RestoreCredentialVersion(request, metadata=by)


async def test_a_policy_widened_for_new_secrets_does_not_expose_older_ones(
    deployment: Deployment, writer: Metadata, user: Metadata
) -> None:
    credential = await created(deployment, named(team_id=1, allowed_hosts=[A]))
    widened: dict[str, Any] = {
        "data": samples("new")["basic_auth"],
        "allowed_hosts": ["evil.example.net"],
        "read_access": READ_ACCESS_GLOBAL,
    }
    await updated(deployment, credential.id, *widened, by=writer, **widened)
    await updated(deployment, credential.id, "data", by=writer, data=samples("newer")["basic_auth"])

    await must_send_secrets(restored(deployment, credential.id, writer), "version")
    of_other_team = await key_of(deployment, ROLE_USER, team_ids=(2,))
    target = {"target_host": "evil.example.net"}
    await must_send_secrets(accessed(deployment, credential.id, by=of_other_team, version=1, **target), "version")
    for version, marker in ((2, "new"), (3, "newer")):
        answer = await accessed(deployment, credential.id, by=of_other_team, version=version, **target)
        assert answer.data.basic_auth.password == marker
    assert (await accessed(deployment, credential.id, by=user, version=1, **target)).data == samples()["basic_auth"]
    assert (await restored(deployment, credential.id, user)).version == 4


async def test_a_writer_may_restore_a_version_if_the_policy_was_not_widened(
    deployment: Deployment, writer: Metadata
) -> None:
    credential = await created(deployment, named(allowed_hosts=[A, B]))
    narrowed: dict[str, Any] = {"data": samples("new")["basic_auth"], "allowed_hosts": [A]}
    await updated(deployment, credential.id, *narrowed, by=writer, **narrowed)
    assert (await restored(deployment, credential.id, writer)).version == 3
    assert (await accessed(deployment, credential.id, target_host=A)).data == samples()["basic_auth"]


async def test_refusals_and_widened_policies_are_in_the_audit_events(deployment: Deployment, writer: Metadata) -> None:
    credential = await oauth(deployment)
    await refused(updated(deployment, credential.id, "allowed_hosts", by=writer))
    await updated(deployment, credential.id, "allowed_hosts", "data", by=writer, data=samples("new")["oauth"])
    answer = await deployment.audit.ListAuditEvents(
        ListAuditEventsRequest(action="UpdateCredential", page_size=2), metadata=deployment.metadata
    )
    assert [(event.outcome, event.subject) for event in answer.audit_events] == [
        ("OK", "widened"),
        ("SECRET_REQUIRED", credential.id),
    ]


async def test_a_node_without_private_keys_decides_the_same(own_deployment: Deployment, tmp_path: Path) -> None:
    by = await key_of(own_deployment, ROLE_WRITER)
    credential = await oauth(own_deployment)
    async with writer_node(own_deployment, tmp_path / "writer") as without_keys:
        stub = CredentialServiceStub(without_keys.channel())

        async def update(*paths: str, **fields: Any) -> Credential:
            request = UpdateCredentialRequest(id=credential.id, credential=Credential(**fields))
            request.update_mask.paths.extend(paths)
            return await stub.UpdateCredential(request, metadata=by)

        assert list((await update("allowed_hosts", allowed_hosts=[A])).allowed_hosts) == [A]
        await must_send_secrets(update("allowed_hosts", allowed_hosts=[B]), "credential.allowed_hosts")
        sent = samples("new")["oauth"]
        assert list((await update("allowed_hosts", "data", allowed_hosts=[B], data=sent)).allowed_hosts) == [B]
    assert credential.id in await listed(own_deployment)
