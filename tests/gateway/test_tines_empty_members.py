"""Tests what empty strings mean in requests to Tines' API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gateway.apis import tines
from gateway.test_tines_leniencies import METHODS, create, create_folder, data, update
from gateway.tines_samples import JWT, MODES, OAUTH, STEPS

from strongroom.v1.credential_pb2 import CredentialData, OAuthData, TextData

if TYPE_CHECKING:
    from conftest import Deployment

OPTIONAL: dict[str, object] = dict.fromkeys(
    [
        "folder_id",
        "read_access",
        "shared_team_slugs",
        "description",
        "metadata",
        "allowed_hosts",
        "live_credential_id",
        "expires_at",
        "expiry_notifications_enabled",
        "credential_notification_recipient_user_ids",
    ],
    "",
)


async def test_empty_strings_in_optional_members_of_a_new_credential_count_as_absent(deployment: Deployment) -> None:
    plain, empty = await create(deployment), await create(deployment, **OPTIONAL)
    differing = dict.fromkeys(("id", "created_at", "updated_at"))

    assert {**empty, **differing} == {**plain, **differing}


async def test_empty_strings_in_optional_members_of_a_mode_count_as_absent(deployment: Deployment) -> None:
    key = await create(deployment, mode="JWT", **{**JWT, "jwt_private_key": ""})
    oauth = await create(
        deployment,
        mode="OAUTH",
        **{
            **OAUTH,
            "oauth_url": "",
            "oauth_scope": "",
            "oauth_grant_type": "client_credentials",
            "oauthPkceCodeChallengeMethod": "",
        },
    )
    root = await create(deployment, **MODES["MTLS without root"].sent, mtls_root_certificate="")
    steps = [STEPS[0], {**STEPS[1], "http_request_secret": ""}]
    multi = await create(
        deployment,
        mode="MULTI_REQUEST",
        credential_requests=steps,
        http_request_location_of_token="=a",
        content_type="",
    )

    assert not (await data(deployment, key)).jwt.HasField("private_key")
    assert (await data(deployment, oauth)).oauth == OAuthData(
        token_url="https://example.com/token",
        client_id="c",
        client_secret="hunter2",
        grant_type="client_credentials",
    )
    assert not (await data(deployment, root)).mtls.HasField("root_certificate")
    stored = (await data(deployment, multi)).multi_request
    assert not stored.requests[1].HasField("secret")
    assert not stored.HasField("content_type")


FULL: dict[str, object] = {
    "description": "d",
    "metadata": {"a": 1},
    "allowed_hosts": ["a.example"],
    "read_access": "SPECIFIC_TEAMS",
    "shared_team_slugs": ["team_1"],
    "expires_at": "2100-01-01T00:00:00.000Z",
    "expiry_notifications_enabled": True,
    "credential_notification_recipient_user_ids": [7, 8],
}
CLEARED = {
    "folder_id": {"folder_id": None},
    "description": {"description": ""},
    "metadata": {"metadata": {}},
    "allowed_hosts": {"allowed_hosts": [], "restriction_type": "UNRESTRICTED"},
    "read_access": {"read_access": "TEAM", "shared_team_slugs": []},
    "expires_at": {"expires_at": None},
    "expiry_notifications_enabled": {"expiry_notifications_enabled": False},
    "credential_notification_recipient_user_ids": {"credential_notification_recipient_user_ids": []},
    # These members keep their values.
    "value": {},
    "mode": {},
    "team_id": {},
    "is_test": {},
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("member", "shown"), CLEARED.items(), ids=CLEARED)
async def test_an_empty_string_in_an_update_clears_its_member_unless_it_is_a_secret(
    deployment: Deployment, method: str, member: str, shown: dict[str, object]
) -> None:
    before = await create(deployment, **FULL, folder_id=await create_folder(deployment))
    after = await update(deployment, before, method, **{member: ""})

    assert after == {**before, "updated_at": after["updated_at"], **shown}
    assert await data(deployment, before) == CredentialData(text=TextData(value="hunter2"))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("mode", "members"),
    [
        ("JWT", ["jwt_private_key"]),
        ("OAUTH", ["oauth_client_secret"]),
        ("AWS by KEY", ["aws_secret_key"]),
        ("MTLS", ["mtls_client_private_key"]),
        ("HTTP_REQUEST_AGENT", ["http_request_secret", "http_request_options"]),
    ],
)
async def test_an_empty_secret_in_an_update_is_kept(
    deployment: Deployment, method: str, mode: str, members: list[str]
) -> None:
    shown = await create(deployment, **{"value": None, **MODES[mode].sent})
    await update(deployment, shown, method, **dict.fromkeys(members, ""))

    assert await data(deployment, shown) == MODES[mode].data


@pytest.mark.parametrize("method", METHODS)
async def test_an_update_with_an_empty_secret_of_a_request_keeps_the_stored_one(
    deployment: Deployment, method: str
) -> None:
    shown = await create(deployment, **MODES["MULTI_REQUEST"].sent)
    steps = [{**step, "http_request_secret": ""} for step in STEPS]
    await update(deployment, shown, method, credential_requests=steps)

    assert [each.secret for each in (await data(deployment, shown)).multi_request.requests] == ["hunter2", ""]


@pytest.mark.parametrize("method", METHODS)
async def test_an_empty_string_clears_only_optional_members_of_a_mode(deployment: Deployment, method: str) -> None:
    oauth = await create(deployment, **{"value": None, **MODES["OAUTH"].sent})
    await update(deployment, oauth, method, oauth_scope="", oauthPkceCodeChallengeMethod="")
    stored = (await data(deployment, oauth)).oauth
    assert not stored.HasField("scope")
    assert not stored.HasField("pkce_code_challenge_method")

    aws = await create(deployment, **{"value": None, **MODES["AWS by ROLE"].sent})
    assert (await update(deployment, aws, method, use_static_external_id=""))["use_static_external_id"] is False
    for credential, member in ((oauth, "oauth_token_url"), (aws, "aws_authentication_type"), (aws, "name")):
        answer = await tines(deployment).request(method, f"/{credential['id']}", json={member: ""})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["details"].startswith(member)
