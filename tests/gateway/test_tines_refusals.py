"""Tests which requests Tines' API refuses, and with which field violations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gateway.apis import BAD_JSON, count_credentials, id_of, tines, versori
from gateway.tines_samples import AWS_KEY, HTTP_REQUEST, JWT, OAUTH, STEPS, TEXT

if TYPE_CHECKING:
    from conftest import Deployment

COLLECTION = "/api/v1/user_credentials"


GOOD: dict[str, object] = {"name": "n", "team_id": 2}
BAD_INPUT: dict[str, tuple[dict[str, object], str]] = {
    "no name": ({**TEXT, "name": None}, "name must be 1 to 255 characters long"),
    "a long name": ({**TEXT, "name": "n" * 256}, "name must be 1 to 255 characters long"),
    "a name with NUL": ({**TEXT, "name": "hunter2\0"}, "name must not contain NUL"),
    "a number as name": ({**TEXT, "name": 5}, "name must be a string"),
    "no mode": ({**TEXT, "mode": None}, "mode is required"),
    "an empty mode": ({**TEXT, "mode": ""}, "mode must be one of TEXT, "),
    "an empty name": ({**TEXT, "name": ""}, "name must be 1 to 255 characters long"),
    "an unknown mode": (
        {**TEXT, "mode": "hunter2"},
        "mode must be one of TEXT, JWT, OAUTH, AWS, MTLS, HTTP_REQUEST_AGENT, MULTI_REQUEST",
    ),
    "a mode in small letters": ({**TEXT, "mode": "text"}, "mode must be one of TEXT, "),
    "no team": ({**TEXT, "team_id": None}, "team_id is required without live_credential_id"),
    "an empty text as team": ({**TEXT, "team_id": ""}, "team_id is required without live_credential_id"),
    "words as team": ({**TEXT, "team_id": "hunter2"}, "team_id must be an integer"),
    "a fraction in a text as team": ({**TEXT, "team_id": "2.0"}, "team_id must be an integer"),
    "a text of 65 bits as team": (
        {**TEXT, "team_id": "9999999999999999999"},
        "team_id must be an integer of at most 64 bits",
    ),
    "a text of many digits as team": ({**TEXT, "team_id": "9" * 5_000}, "team_id must be an integer"),
    "team 0 in a text": ({**TEXT, "team_id": "0"}, "team_id must be an integer, at least 1"),
    "true as team": ({**TEXT, "team_id": True}, "team_id must be an integer"),
    "a fraction as team": ({**TEXT, "team_id": 2.0}, "team_id must be an integer"),
    "team 0": ({**TEXT, "team_id": 0}, "team_id must be an integer, at least 1"),
    "a negative team": ({**TEXT, "team_id": -2}, "team_id must be an integer, at least 1"),
    "a team of 65 bits": ({**TEXT, "team_id": 2**64}, "team_id must be an integer of at most 64 bits"),
    "an unknown team": ({**TEXT, "team_id": 99}, "team_id must be "),
    "words as folder": ({**TEXT, "folder_id": "hunter2"}, "folder_id must be an integer"),
    "an unknown folder in a text": ({**TEXT, "folder_id": "99"}, "folder_id must be "),
    "an unknown folder": ({**TEXT, "folder_id": 99}, "folder_id must be "),
    "an unknown read_access": ({**TEXT, "read_access": "hunter2"}, "read_access must be one of TEAM, GLOBAL, "),
    "specific teams without teams": ({**TEXT, "read_access": "SPECIFIC_TEAMS"}, "shared_team_slugs is required "),
    "teams without specific teams": ({**TEXT, "shared_team_slugs": ["team_1"]}, "shared_team_slugs must be empty "),
    "an unknown shared team": (
        {**TEXT, "read_access": "SPECIFIC_TEAMS", "shared_team_slugs": ["team_1", "hunter2"]},
        "shared_team_slugs[1] must be ",
    ),
    "a text as shared teams": ({**TEXT, "shared_team_slugs": "team_1"}, "shared_team_slugs must be an array"),
    "numbers as shared teams": ({**TEXT, "shared_team_slugs": [1]}, "shared_team_slugs[0] must be a string"),
    "a number as description": ({**TEXT, "description": 5}, "description must be a string"),
    "a long description": (
        {**TEXT, "description": "d" * 4_097},
        "description must be at most 4,096 characters long",
    ),
    "a text as metadata": ({**TEXT, "metadata": "{}"}, "metadata must be a JSON object"),
    "large metadata": ({**TEXT, "metadata": {"k": "m" * 16 * 1024}}, "metadata must be at most 16 KiB"),
    "a text as allowed hosts": ({**TEXT, "allowed_hosts": "example.com"}, "allowed_hosts must be an array"),
    "a URL as allowed host": (
        {**TEXT, "allowed_hosts": ["example.com", "https://example.com/"]},
        "allowed_hosts[1] must be a DNS name or IPv4 address",
    ),
    "too many allowed hosts": (
        {**TEXT, "allowed_hosts": ["example.com"] * 101},
        "allowed_hosts must have at most 100 elements",
    ),
    "a text as live credential": (
        {**TEXT, "live_credential_id": "hunter2"},
        "live_credential_id must be an integer",
    ),
    "an unknown live credential": (
        {**TEXT, "live_credential_id": 2**62},
        "live_credential_id must be ",
    ),
    "words as expires_at": ({**TEXT, "expires_at": "hunter2"}, "expires_at must be a date or a date-time of ISO 8601"),
    "no day as expires_at": ({**TEXT, "expires_at": "2100-02-30"}, "expires_at must be a date or a date-time"),
    "a time as expires_at": ({**TEXT, "expires_at": "12:00"}, "expires_at must be a date or a date-time"),
    "a number as expires_at": ({**TEXT, "expires_at": 2100}, "expires_at must be a string"),
    "a text as notifications": (
        {**TEXT, "expiry_notifications_enabled": "yes"},
        "expiry_notifications_enabled must be true or false",
    ),
    "words as recipients": (
        {**TEXT, "credential_notification_recipient_user_ids": ["hunter2"]},
        "credential_notification_recipient_user_ids[0] must be an integer",
    ),
    "recipient 0": (
        {**TEXT, "credential_notification_recipient_user_ids": [0]},
        "credential_notification_recipient_user_ids must be numbers from 1",
    ),
    "no value": ({**TEXT, "value": None}, "value is required"),
    "a number as value": ({**TEXT, "value": 5}, "value must be a string"),
    "a long value": ({**TEXT, "value": "h" * 65 * 1024}, "value must be at most 64 KiB"),
    "a JWT without key and payload": (
        {**GOOD, "mode": "JWT", **JWT, "jwt_payload": None, "jwt_private_key": None},
        "jwt_payload is required",
    ),
    "a JWT without algorithm": ({**GOOD, "mode": "JWT", **JWT, "jwt_algorithm": None}, "jwt_algorithm is required"),
    "a JWT's payload as list": (
        {**GOOD, "mode": "JWT", **JWT, "jwt_payload": []},
        "jwt_payload must be a JSON object",
    ),
    "a JWT's payload as broken text": (
        {**GOOD, "mode": "JWT", **JWT, "jwt_payload": '{"iss": "hunter2}'},
        "jwt_payload must be JSON",
    ),
    "a JWT's flag as text": (
        {**GOOD, "mode": "JWT", **JWT, "jwt_auto_generate_time_claims": "hunter2"},
        "jwt_auto_generate_time_claims must be true or false",
    ),
    "OAUTH without secret": (
        {**GOOD, "mode": "OAUTH", **OAUTH, "oauth_client_secret": None},
        "oauth_client_secret is required",
    ),
    "OAUTH with an unknown grant": (
        {**GOOD, "mode": "OAUTH", **OAUTH, "oauth_grant_type": "hunter2"},
        "oauth_grant_type must be client_credentials or authorization_code",
    ),
    "OAUTH with an unknown challenge": (
        {**GOOD, "mode": "OAUTH", **OAUTH, "oauthPkceCodeChallengeMethod": "hunter2"},
        "oauthPkceCodeChallengeMethod must be S256 or plain",
    ),
    "OAUTH with a bad URL": (
        {**GOOD, "mode": "OAUTH", **OAUTH, "oauth_token_url": "ftp://hunter2"},
        "oauth_token_url must be an http or https URL",
    ),
    "OAUTH without URL": ({**GOOD, "mode": "OAUTH", **OAUTH, "oauth_url": None}, "oauth_url is required "),
    "AWS without type": (
        {**GOOD, "mode": "AWS", **AWS_KEY, "aws_authentication_type": None},
        "aws_authentication_type is required",
    ),
    "AWS of an unknown type": (
        {**GOOD, "mode": "AWS", **AWS_KEY, "aws_authentication_type": "hunter2"},
        "aws_authentication_type must be one of KEY, ROLE, INSTANCE_PROFILE",
    ),
    "AWS by KEY without secret": (
        {**GOOD, "mode": "AWS", **AWS_KEY, "aws_secret_key": None},
        "aws_secret_key is required",
    ),
    "AWS by ROLE without role": (
        {**GOOD, "mode": "AWS", **AWS_KEY, "aws_authentication_type": "ROLE"},
        "aws_assumed_role_arn is required",
    ),
    "MTLS without key": (
        {**GOOD, "mode": "MTLS", "mtls_client_certificate": "c"},
        "mtls_client_private_key is required",
    ),
    "HTTP_REQUEST_AGENT without options": (
        {**GOOD, "mode": "HTTP_REQUEST_AGENT", **HTTP_REQUEST, "http_request_options": None},
        "http_request_options is required",
    ),
    "HTTP_REQUEST_AGENT with a number as options": (
        {**GOOD, "mode": "HTTP_REQUEST_AGENT", **HTTP_REQUEST, "http_request_options": 5},
        "http_request_options must be a JSON object",
    ),
    "HTTP_REQUEST_AGENT with a list in the options' text": (
        {**GOOD, "mode": "HTTP_REQUEST_AGENT", **HTTP_REQUEST, "http_request_options": "[]"},
        "http_request_options must be a JSON object",
    ),
    "HTTP_REQUEST_AGENT without location": (
        {**GOOD, "mode": "HTTP_REQUEST_AGENT", **HTTP_REQUEST, "http_request_location_of_token": None},
        "http_request_location_of_token is required",
    ),
    "a text as time to live": (
        {**GOOD, "mode": "HTTP_REQUEST_AGENT", **HTTP_REQUEST, "http_request_ttl": "hunter2"},
        "http_request_ttl must be an integer",
    ),
    "a negative time to live": (
        {**GOOD, "mode": "HTTP_REQUEST_AGENT", **HTTP_REQUEST, "http_request_ttl": -1},
        "http_request_ttl must be 0 to ",
    ),
    "MULTI_REQUEST of no request": (
        {**GOOD, "mode": "MULTI_REQUEST", "http_request_location_of_token": "=a"},
        "credential_requests must be exactly two",
    ),
    "MULTI_REQUEST of three": (
        {
            **GOOD,
            "mode": "MULTI_REQUEST",
            "http_request_location_of_token": "=a",
            "credential_requests": [STEPS[0], *STEPS],
        },
        "credential_requests must be exactly two",
    ),
    "MULTI_REQUEST without options": (
        {
            **GOOD,
            "mode": "MULTI_REQUEST",
            "http_request_location_of_token": "=a",
            "credential_requests": [STEPS[0], {}],
        },
        "credential_requests[1].options is required",
    ),
    "MULTI_REQUEST of texts": (
        {**GOOD, "mode": "MULTI_REQUEST", "credential_requests": ["hunter2", "hunter2"]},
        "credential_requests[0] must be a JSON object",
    ),
    "MULTI_REQUEST with a number as secret": (
        {**GOOD, "mode": "MULTI_REQUEST", "credential_requests": [STEPS[0], {**STEPS[1], "http_request_secret": 5}]},
        "credential_requests[1].http_request_secret must be a string",
    ),
}


@pytest.mark.parametrize(("sent", "details"), BAD_INPUT.values(), ids=BAD_INPUT)
async def test_bad_input_is_refused_by_field_and_rule_and_stores_nothing(
    deployment: Deployment, sent: dict[str, object], details: str
) -> None:
    before = await count_credentials(deployment)
    answer = await tines(deployment).request("POST", json=sent)

    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert {error["message"] for error in errors} == {"Validation failed"}
    assert [error for error in errors if error["details"].startswith(details)]
    assert "hunter2" not in answer.text
    assert await count_credentials(deployment) == before


@pytest.mark.parametrize(("body", "rule"), BAD_JSON.items())
async def test_bad_json_is_refused_by_its_rule(deployment: Deployment, body: str, rule: str) -> None:
    before = await count_credentials(deployment)
    answer = await tines(deployment).request("POST", content=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["details"].startswith("body must")
    assert rule in answer.json()["errors"][0]["details"]
    assert await count_credentials(deployment) == before


async def test_a_document_of_32_levels_is_accepted_everywhere_and_33_are_refused(deployment: Deployment) -> None:
    def body(levels: int) -> str:
        options = '{"a":' * levels + "1" + "}" * levels
        steps = f'[{{"options": {options}}}, {{"options": {options}}}]'
        return (
            '{"name": "n", "mode": "MULTI_REQUEST", "team_id": 2, "http_request_location_of_token": "=a",'
            f'"metadata": {{}}, "credential_requests": {steps}}}'
        )

    accepted = await tines(deployment).request("POST", content=body(32))
    refused = await tines(deployment).request("POST", content=body(33))

    assert accepted.status_code == 201
    assert refused.status_code == 422
    assert "must not be nested deeper than" in refused.text


@pytest.mark.parametrize(
    "sent",
    [
        [("Authorization", "Bearer {}")],
        [("authorization", "bearer {}")],
        [("X-User-Token", "{}")],
        [("X-User-Token", "{}"), ("X-User-Email", "anna@example.com")],
    ],
)
async def test_the_key_may_be_in_authorization_or_x_user_token(
    deployment: Deployment, sent: list[tuple[str, str]]
) -> None:
    answer = await deployment.http.post(
        COLLECTION, headers=[(name, value.replace("{}", deployment.api_key)) for name, value in sent], json=TEXT
    )

    assert answer.status_code == 201


@pytest.mark.parametrize(
    "sent",
    [
        [],
        [("Authorization", "")],
        [("Authorization", "{}")],
        [("Authorization", "Bearer sr_none_0123456789abcdef")],
        [("Authorization", "Token {}")],
        [("Authorization", "Bearer {}"), ("Authorization", "Bearer {}")],
        [("Authorization", "Bearer {}"), ("X-User-Token", "{}")],
        [("X-User-Token", "{}"), ("X-User-Token", "{}")],
        [("X-User-Token", "Bearer {}")],
        [("X-User-Email", "anna@example.com")],
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_request_without_exactly_one_valid_key_is_401_and_changes_nothing(
    deployment: Deployment, method: str, sent: list[tuple[str, str]]
) -> None:
    before = await count_credentials(deployment)
    answer = await deployment.http.request(
        method,
        COLLECTION if method == "POST" else f"{COLLECTION}/1",
        headers=[(name, value.replace("{}", deployment.api_key)) for name, value in sent],
        json=TEXT,
    )

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"] == "Unauthorized"
    assert await count_credentials(deployment) == before


@pytest.mark.parametrize(
    "credential_id",
    ["0", "-1", "01", "999999999", "9" * 19, "9" * 5_000, "x", "%D9%A1", "019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11"],
)
async def test_an_unknown_id_is_404(deployment: Deployment, credential_id: str) -> None:
    answer = await tines(deployment).request("GET", f"/{credential_id}")

    assert answer.status_code == 404
    assert answer.json() == {"errors": [{"message": "Not Found", "details": "there is no such credential"}]}


async def test_an_id_of_the_grpc_service_is_404(deployment: Deployment) -> None:
    created = await tines(deployment).request("POST", json=TEXT)

    answer = await tines(deployment).request("GET", f"/{await id_of(deployment, created.json()['id'])}")

    assert answer.status_code == 404


async def test_a_credential_of_another_surface_is_404(deployment: Deployment) -> None:
    first = await tines(deployment).request("POST", json=TEXT)
    await versori(deployment).request("POST", json={"name": "n", "type": "Default", "data": {}})
    last = await tines(deployment).request("POST", json=TEXT)

    between = [
        (await tines(deployment).request("GET", f"/{number}")).status_code
        for number in range(first.json()["id"] + 1, last.json()["id"])
    ]

    assert set(between) == {404}
