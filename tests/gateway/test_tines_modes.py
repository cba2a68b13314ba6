"""Tests that each member of each of Tines' modes can be updated alone, and that absent secrets are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gateway.apis import data_of, tines
from gateway.tines_samples import AWS_KEY, JWT, MODES

from strongroom.v1.credential_pb2 import CREDENTIAL_STATE_ACTIVE, CREDENTIAL_STATE_INVALID
from strongroom.v1.credential_service_pb2 import GetCredentialRequest

if TYPE_CHECKING:
    from conftest import Deployment
    from google.protobuf.message import Message

METHODS = ("PUT", "PATCH")

# For each mode a member, the sent value, the field, and the stored value.
MEMBERS: list[tuple[str, str, object, str, object]] = [
    ("TEXT", "value", "new", "text.value", "new"),
    ("JWT", "jwt_algorithm", "HS256", "jwt.algorithm", "HS256"),
    ("JWT", "jwt_payload", {"sub": 1.50}, "jwt.payload_json", '{"sub":1.5}'),
    ("JWT", "jwt_payload", '{"sub": 1.50}', "jwt.payload_json", '{"sub": 1.50}'),
    ("JWT", "jwt_auto_generate_time_claims", False, "jwt.auto_generate_time_claims", False),
    ("JWT", "jwt_private_key", "new", "jwt.private_key", "new"),
    ("OAUTH", "oauth_url", "https://new.example/a", "oauth.authorization_url", "https://new.example/a"),
    ("OAUTH", "oauth_token_url", "https://new.example/t", "oauth.token_url", "https://new.example/t"),
    ("OAUTH", "oauth_client_id", "new", "oauth.client_id", "new"),
    ("OAUTH", "oauth_client_secret", "new", "oauth.client_secret", "new"),
    ("OAUTH", "oauth_scope", "new", "oauth.scope", "new"),
    ("OAUTH", "oauth_grant_type", "client_credentials", "oauth.grant_type", "client_credentials"),
    ("OAUTH", "oauthPkceCodeChallengeMethod", "plain", "oauth.pkce_code_challenge_method", "plain"),
    ("AWS by KEY", "aws_access_key", "new", "aws.access_key_id", "new"),
    ("AWS by KEY", "aws_secret_key", "new", "aws.secret_access_key", "new"),
    ("AWS by ROLE", "aws_assumed_role_arn", "arn:new", "aws.assumed_role_arn", "arn:new"),
    ("MTLS", "mtls_client_certificate", "new", "mtls.client_certificate", "new"),
    ("MTLS", "mtls_client_private_key", "new", "mtls.client_private_key", "new"),
    ("MTLS", "mtls_root_certificate", "new", "mtls.root_certificate", "new"),
    ("HTTP_REQUEST_AGENT", "http_request_options", {"url": "u"}, "http_request.options_json", '{"url":"u"}'),
    ("HTTP_REQUEST_AGENT", "http_request_options", '{"n": 1.50}', "http_request.options_json", '{"n": 1.50}'),
    ("HTTP_REQUEST_AGENT", "http_request_location_of_token", "=new", "http_request.location_of_token", "=new"),
    ("HTTP_REQUEST_AGENT", "http_request_secret", "new", "http_request.secret", "new"),
    ("HTTP_REQUEST_AGENT", "content_type", "form", "http_request.content_type", "form"),
    ("MULTI_REQUEST", "http_request_location_of_token", "=new", "multi_request.location_of_token", "=new"),
    ("MULTI_REQUEST", "content_type", "form", "multi_request.content_type", "form"),
]


async def create(deployment: Deployment, **sent: object) -> Any:
    return await tines(deployment).request_json("POST", json={"name": "n", "team_id": 2, **sent})


async def update(deployment: Deployment, credential: Any, method: str = "PUT", **sent: object) -> Any:
    body = {"mode": credential["mode"], **sent}
    return await tines(deployment).request_json(method, f"/{credential['id']}", json=body)


async def refusal_of(deployment: Deployment, credential: Any, method: str = "PUT", **sent: object) -> str:
    """Send an update that is refused and changes nothing, and return the details of the error."""
    shown = await tines(deployment).request_json("GET", f"/{credential['id']}")
    held = await data_of(deployment, str(credential["id"]))
    body = {"mode": credential["mode"], "name": "new", **sent}
    answer = await tines(deployment).request(method, f"/{credential['id']}", json=body)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["message"] == "Validation failed"
    assert "hunter2" not in answer.text
    assert await tines(deployment).request_json("GET", f"/{credential['id']}") == shown
    assert await data_of(deployment, str(credential["id"])) == held
    return str(error["details"])


async def state_of(deployment: Deployment, credential: Any) -> int:
    request = GetCredentialRequest(id=str(credential["id"]))
    return (await deployment.credentials.GetCredential(request, metadata=deployment.metadata)).state


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("mode", "member", "sent", "field", "expected"), MEMBERS, ids=[f"{row[0]}: {row[1]}" for row in MEMBERS]
)
async def test_an_update_of_one_member_keeps_the_others(
    deployment: Deployment, method: str, mode: str, member: str, sent: object, field: str, expected: object
) -> None:
    credential = await create(deployment, **MODES[mode].sent)
    answer = await tines(deployment).request(
        method, f"/{credential['id']}", json={"mode": credential["mode"], member: sent}
    )

    assert answer.status_code == 200
    assert "hunter2" not in answer.text
    data = await data_of(deployment, str(credential["id"]))
    arm, name = field.split(".")
    changed = type(data)()
    changed.CopyFrom(MODES[mode].data)
    part: Message = getattr(changed, arm)
    assert getattr(part, name) != expected
    setattr(part, name, expected)
    assert data == changed


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mode", MODES)
async def test_an_update_without_members_of_the_mode_keeps_all_secrets(
    deployment: Deployment, method: str, mode: str
) -> None:
    credential = await create(deployment, **MODES[mode].sent)
    await update(deployment, credential, method, name="new", stray="a member that nobody knows")

    assert await data_of(deployment, str(credential["id"])) == MODES[mode].data


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("mode", "sent", "details"),
    [
        ("JWT", {"jwt_payload": []}, "jwt_payload must be a JSON object"),
        ("JWT", {"jwt_payload": '{"iss": "hunter2}'}, "jwt_payload must be JSON"),
        ("JWT", {"jwt_algorithm": ""}, "jwt_algorithm is required"),
        ("OAUTH", {"oauth_token_url": "ftp://hunter2"}, "oauth_token_url must be an http or https URL"),
        ("OAUTH", {"oauth_grant_type": "hunter2"}, "oauth_grant_type must be client_credentials or "),
        ("OAUTH", {"oauthPkceCodeChallengeMethod": "hunter2"}, "oauthPkceCodeChallengeMethod must be S256 or plain"),
        (
            "OAUTH without URL, scope and PKCE",
            {"oauth_grant_type": "authorization_code"},
            "oauth_url is required",
        ),
        ("AWS by KEY", {"aws_access_key": ""}, "aws_access_key is required"),
        ("AWS by KEY", {"aws_authentication_type": "hunter2"}, "aws_authentication_type must be one of KEY, ROLE, "),
        ("AWS by KEY", {"use_static_external_id": "yes"}, "use_static_external_id must be true or false"),
        ("MTLS", {"mtls_client_private_key": 5}, "mtls_client_private_key must be a string"),
        ("HTTP_REQUEST_AGENT", {"http_request_options": "[]"}, "http_request_options must be a JSON object"),
        ("HTTP_REQUEST_AGENT", {"http_request_ttl": -1}, "http_request_ttl must be 0 to "),
        ("HTTP_REQUEST_AGENT", {"http_request_ttl": "x"}, "http_request_ttl must be an integer"),
        ("MULTI_REQUEST", {"credential_requests": []}, "credential_requests must be exactly two"),
        ("MULTI_REQUEST", {"credential_requests": [{"options": {}}]}, "credential_requests must be exactly two"),
        (
            "MULTI_REQUEST",
            {"credential_requests": [{"options": {}}, {}]},
            "credential_requests[1].options is required",
        ),
        (
            "MULTI_REQUEST",
            {"credential_requests": [{"options": {}}, {"options": {}, "http_request_secret": 5}]},
            "credential_requests[1].http_request_secret must be a string",
        ),
    ],
)
async def test_a_member_that_breaks_a_rule_is_refused_by_its_name(
    deployment: Deployment, method: str, mode: str, sent: dict[str, object], details: str
) -> None:
    credential = await create(deployment, **MODES[mode].sent)

    assert (await refusal_of(deployment, credential, method, **sent)).startswith(details)


async def test_a_jwt_without_a_private_key_can_be_updated(deployment: Deployment) -> None:
    credential = await create(deployment, **{**JWT, "mode": "JWT", "jwt_private_key": None})
    assert await state_of(deployment, credential) == CREDENTIAL_STATE_INVALID

    await update(deployment, credential, name="renamed")
    await update(deployment, credential, jwt_algorithm="HS256")
    await update(deployment, credential, jwt_payload='{"iss": "b"}', jwt_auto_generate_time_claims=False)
    jwt = (await data_of(deployment, str(credential["id"]))).jwt
    assert (jwt.algorithm, jwt.payload_json, jwt.auto_generate_time_claims) == ("HS256", '{"iss": "b"}', False)
    assert not jwt.HasField("private_key")
    assert await state_of(deployment, credential) == CREDENTIAL_STATE_INVALID

    await update(deployment, credential, jwt_private_key="hunter2")
    assert await state_of(deployment, credential) == CREDENTIAL_STATE_ACTIVE


@pytest.mark.parametrize("payload", ["[]", '{"iss": "hunter2', " ", '{"iss": NaN}', '{"a": 1, "a": 2}'])
@pytest.mark.parametrize("key", ["hunter2", None])
async def test_a_bad_payload_is_refused_with_and_without_a_private_key(
    deployment: Deployment, key: str | None, payload: str
) -> None:
    credential = await create(deployment, **{**JWT, "mode": "JWT", "jwt_private_key": key})
    body = {"mode": "JWT", "name": "new", "jwt_payload": payload}
    answer = await tines(deployment).request("PUT", f"/{credential['id']}", json=body)

    assert answer.status_code == 422
    assert [error for error in answer.json()["errors"] if error["details"].startswith("jwt_payload must ")]
    assert await tines(deployment).request_json("GET", f"/{credential['id']}") == credential
    assert (await data_of(deployment, str(credential["id"]))).jwt.payload_json == '{"iss":"a"}'


async def test_aws_changes_to_a_role_only_with_its_arn(deployment: Deployment) -> None:
    credential = await create(deployment, **AWS_KEY, mode="AWS")

    details = await refusal_of(deployment, credential, aws_authentication_type="ROLE")
    assert details.startswith("aws_assumed_role_arn is required")
    after = await update(deployment, credential, aws_authentication_type="ROLE", aws_assumed_role_arn="arn:r")

    external_id = credential["aws_assumed_role_external_id"]
    assert (after["aws_authentication_type"], after["aws_assumed_role_external_id"]) == ("ROLE", external_id)
    aws = (await data_of(deployment, str(credential["id"]))).aws
    assert (aws.access_key_id, aws.secret_access_key, aws.assumed_role_arn) == ("a", "hunter2", "arn:r")
    # The keys are still stored, so the mode of authentication can change back.
    assert (await update(deployment, credential, aws_authentication_type="KEY"))["aws_authentication_type"] == "KEY"


async def test_aws_changes_to_keys_only_with_both_keys(deployment: Deployment) -> None:
    credential = await create(deployment, mode="AWS", aws_authentication_type="INSTANCE_PROFILE")
    keys = {"aws_access_key": "a", "aws_secret_key": "hunter2"}

    for name, value in keys.items():
        body = {"mode": "AWS", "aws_authentication_type": "KEY", name: value}
        answer = await tines(deployment).request("PUT", f"/{credential['id']}", json=body)
        missing = [f"{other} is required" for other in keys if other != name]
        assert answer.status_code == 422
        assert [error["details"] for error in answer.json()["errors"]] == missing
    assert (await update(deployment, credential, aws_authentication_type="KEY", **keys))[
        "aws_authentication_type"
    ] == "KEY"


async def test_the_server_chooses_the_external_id_and_the_client_whether_it_is_static(deployment: Deployment) -> None:
    credential = await create(deployment, **AWS_KEY, mode="AWS")
    after = await update(deployment, credential, aws_assumed_role_external_id="mine", use_static_external_id=True)

    assert after["aws_assumed_role_external_id"] == credential["aws_assumed_role_external_id"]
    assert (credential["use_static_external_id"], after["use_static_external_id"]) == (False, True)
    assert (await update(deployment, credential))["use_static_external_id"] is True
    assert (await update(deployment, credential, use_static_external_id=False))["use_static_external_id"] is False


async def test_a_request_without_a_secret_keeps_the_stored_one_at_its_position(deployment: Deployment) -> None:
    steps = [{"options": {"url": "1"}, "http_request_secret": name} for name in ("first", "second")]
    sent = {"mode": "MULTI_REQUEST", "credential_requests": steps, "http_request_location_of_token": "=a"}
    credential = await create(deployment, **sent)

    async def held(*new: dict[str, object]) -> list[tuple[str, str]]:
        await update(deployment, credential, credential_requests=list(new))
        requests = (await data_of(deployment, str(credential["id"]))).multi_request.requests
        return [(request.options_json, request.secret) for request in requests]

    a, b = '{"url":"a"}', '{"url":"b"}'
    assert await held({"options": {"url": "a"}}, {"options": {"url": "b"}}) == [(a, "first"), (b, "second")]
    assert await held({"options": {"url": "b"}}, {"options": {"url": "a"}, "http_request_secret": "new"}) == [
        (b, "first"),
        (a, "new"),
    ]
    assert await held(
        {"options": {"url": "a"}, "http_request_secret": None}, {"options": a, "http_request_secret": ""}
    ) == [(a, "first"), (a, "new")]


async def test_members_of_other_modes_are_ignored(deployment: Deployment) -> None:
    credential = await create(deployment, mode="TEXT", value="hunter2")
    sent: dict[str, Any] = {
        name: value for mode in MODES.values() for name, value in mode.sent.items() if name not in ("mode", "value")
    }
    await update(deployment, credential, **sent)

    assert await data_of(deployment, str(credential["id"])) == MODES["TEXT"].data
