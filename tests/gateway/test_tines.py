"""Tines' door: its documented requests and answers, its quirks, and what it refuses."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import ORGANISATION
from gateway.doors import BAD_JSON, MILLISECONDS, Number, Shape, data_of, id_of, stored
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.v1.credential_pb2 import (
    AwsData,
    CredentialData,
    HttpRequestData,
    JwtData,
    MtlsData,
    MultiRequestData,
    OAuthData,
    TextData,
)
from strongroom.v1.organisation_service_pb2 import CreateFolderRequest, Folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conftest import House

COLLECTION = "/api/v1/user_credentials"

# The bodies of the documentation's curl samples, as they stand.
TEXT_SAMPLE = """{
        "name": "text credential",
        "value": "bar",
        "mode": "TEXT",
        "team_id": 2
    }"""
HTTP_REQUEST_SAMPLE = r"""{
        "name": "http credential",
        "mode": "HTTP_REQUEST_AGENT",
        "team_id": 2,
        "http_request_options": {
            "url": "http://www.example.com",
            "content_type": "json",
            "method": "post",
            "payload": {
                "key": "value",
                "secret": "I can reference the \\<<secret>> as needed in the payload."
            },
            "headers": {}
        },
        "http_request_location_of_token": "\\=credential_name.body.token",
        "http_request_secret": "secret_value"
    }"""

# Every answer has these members, in this order.
ANSWER: dict[str, object] = {
    "id": Number(),
    "name": "n",
    "team_id": 2,
    "folder_id": None,
    "mode": "TEXT",
    "read_access": "TEAM",
    "shared_team_slugs": [],
    "slug": "n",
    "created_at": MILLISECONDS,
    "updated_at": MILLISECONDS,
    "description": "",
    "aws_assumed_role_external_id": None,
    "aws_authentication_type": None,
    "use_static_external_id": False,
    "allowed_hosts": [],
    "metadata": {},
    "restriction_type": "UNRESTRICTED",
    "test_credential_enabled": False,
    "test_credential": None,
    "expires_at": None,
    "expiry_notifications_enabled": False,
    "credential_notification_recipient_user_ids": [],
}
EXTERNAL_ID = Shape("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Mode(NamedTuple):
    """The members of a mode, the data that they become, and what differs in the answer."""

    sent: dict[str, object]
    data: CredentialData
    answer: Mapping[str, object] = MappingProxyType({})


OPTIONS = '{"url": "https://example.com", "n": 1.50, "big": 12345678901234567890123}'
JWT: dict[str, object] = {
    "jwt_algorithm": "RS256",
    "jwt_payload": {"iss": "a"},
    "jwt_auto_generate_time_claims": True,
    "jwt_private_key": "hunter2",
}
OAUTH: dict[str, object] = {
    "oauth_url": "https://example.com/authorize",
    "oauth_token_url": "https://example.com/token",
    "oauth_client_id": "c",
    "oauth_client_secret": "hunter2",
    "oauth_scope": "read",
    "oauth_grant_type": "authorization_code",
    "oauthPkceCodeChallengeMethod": "S256",
}
HTTP_REQUEST: dict[str, object] = {
    "http_request_options": {"url": "https://example.com"},
    "http_request_location_of_token": "=a.b",
}
STEPS: list[dict[str, object]] = [
    {"options": {"url": "https://example.com/1"}, "http_request_secret": "hunter2"},
    {"options": {"url": "https://example.com/2?<<PREVIOUS_STEP>>"}},
]
AWS_KEY: dict[str, object] = {
    "aws_authentication_type": "KEY",
    "aws_access_key": "a",
    "aws_secret_key": "hunter2",
}
MODES = {
    "TEXT": Mode({"mode": "TEXT", "value": "hunter2"}, CredentialData(text=TextData(value="hunter2"))),
    "TEXT of nothing": Mode({"mode": "TEXT", "value": ""}, CredentialData(text=TextData(value=""))),
    "JWT": Mode(
        {"mode": "JWT", **JWT, "value": "a stray member of the samples"},
        CredentialData(
            jwt=JwtData(
                algorithm="RS256", payload_json='{"iss":"a"}', auto_generate_time_claims=True, private_key="hunter2"
            )
        ),
    ),
    "JWT without key and with its payload as text": Mode(
        {"mode": "JWT", **JWT, "jwt_payload": "{}", "jwt_private_key": None},
        CredentialData(jwt=JwtData(algorithm="RS256", payload_json="{}", auto_generate_time_claims=True)),
    ),
    "OAUTH": Mode(
        {"mode": "OAUTH", **OAUTH},
        CredentialData(
            oauth=OAuthData(
                authorization_url="https://example.com/authorize",
                token_url="https://example.com/token",
                client_id="c",
                client_secret="hunter2",
                scope="read",
                grant_type="authorization_code",
                pkce_code_challenge_method="S256",
            )
        ),
    ),
    "OAUTH without URL, scope and PKCE": Mode(
        {
            "mode": "OAUTH",
            **OAUTH,
            "oauth_url": None,
            "oauth_scope": None,
            "oauth_grant_type": "client_credentials",
            "oauthPkceCodeChallengeMethod": None,
        },
        CredentialData(
            oauth=OAuthData(
                token_url="https://example.com/token",
                client_id="c",
                client_secret="hunter2",
                grant_type="client_credentials",
            )
        ),
    ),
    "AWS by KEY": Mode(
        {"mode": "AWS", **AWS_KEY},
        CredentialData(aws=AwsData(access_key_id="a", secret_access_key="hunter2")),
        {"aws_authentication_type": "KEY", "aws_assumed_role_external_id": EXTERNAL_ID},
    ),
    "AWS by ROLE": Mode(
        {
            "mode": "AWS",
            **AWS_KEY,
            "aws_authentication_type": "ROLE",
            "aws_assumed_role_arn": "arn:aws:iam::1:role/r",
            "aws_assumed_role_external_id": "deprecated",
            "use_static_external_id": True,
        },
        CredentialData(
            aws=AwsData(access_key_id="a", secret_access_key="hunter2", assumed_role_arn="arn:aws:iam::1:role/r")
        ),
        {
            "aws_authentication_type": "ROLE",
            "aws_assumed_role_external_id": EXTERNAL_ID,
            "use_static_external_id": True,
        },
    ),
    "AWS by INSTANCE_PROFILE": Mode(
        {"mode": "AWS", "aws_authentication_type": "INSTANCE_PROFILE"},
        CredentialData(aws=AwsData()),
        {"aws_authentication_type": "INSTANCE_PROFILE", "aws_assumed_role_external_id": EXTERNAL_ID},
    ),
    "MTLS": Mode(
        {
            "mode": "MTLS",
            "mtls_client_certificate": "any text",
            "mtls_client_private_key": "hunter2",
            "mtls_root_certificate": "more text",
        },
        CredentialData(
            mtls=MtlsData(client_certificate="any text", client_private_key="hunter2", root_certificate="more text")
        ),
    ),
    "MTLS without root": Mode(
        {"mode": "MTLS", "mtls_client_certificate": "any text", "mtls_client_private_key": "hunter2"},
        CredentialData(mtls=MtlsData(client_certificate="any text", client_private_key="hunter2")),
    ),
    "HTTP_REQUEST_AGENT": Mode(
        {
            "mode": "HTTP_REQUEST_AGENT",
            **HTTP_REQUEST,
            "http_request_secret": "hunter2",
            "http_request_ttl": 3600,
            "content_type": "json",
        },
        CredentialData(
            http_request=HttpRequestData(
                options_json='{"url":"https://example.com"}',
                location_of_token="=a.b",
                secret="hunter2",
                content_type="json",
            )
        ),
    ),
    "HTTP_REQUEST_AGENT with its options as text": Mode(
        {"mode": "HTTP_REQUEST_AGENT", **HTTP_REQUEST, "http_request_options": OPTIONS},
        CredentialData(http_request=HttpRequestData(options_json=OPTIONS, location_of_token="=a.b")),
    ),
    "MULTI_REQUEST": Mode(
        {
            "mode": "MULTI_REQUEST",
            "credential_requests": STEPS,
            "http_request_location_of_token": "=a.b",
            "http_request_ttl": 0,
            "content_type": "json",
        },
        CredentialData(
            multi_request=MultiRequestData(
                requests=[
                    MultiRequestData.Request(options_json='{"url":"https://example.com/1"}', secret="hunter2"),
                    MultiRequestData.Request(options_json='{"url":"https://example.com/2?<<PREVIOUS_STEP>>"}'),
                ],
                location_of_token="=a.b",
                content_type="json",
            )
        ),
    ),
}
TEXT: dict[str, object] = {"name": "n", "mode": "TEXT", "team_id": 2, "value": "hunter2"}
SETTINGS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "null for what is optional": (
        dict.fromkeys(member for member in ANSWER if member not in ("name", "team_id", "mode")),
        {},
    ),
    "unknown members": ({"kwargs": {}, "id": 5, "http_request_ttl": "stray"}, {}),
    "a name of many words": ({"name": "  Test 2: Ünïcode!"}, {"name": "  Test 2: Ünïcode!", "slug": "test_2_ünïcode"}),
    "description and metadata": (
        {"description": "d", "metadata": {"a": [1, None], "b": "ü"}},
        {"description": "d", "metadata": {"a": [1, None], "b": "ü"}},
    ),
    "allowed hosts": (
        {"allowed_hosts": ["*.example.com", "127.0.0.1"]},
        {"allowed_hosts": ["*.example.com", "127.0.0.1"], "restriction_type": "RESTRICTED"},
    ),
    "every team": ({"read_access": "GLOBAL"}, {"read_access": "GLOBAL"}),
    "specific teams": (
        {"read_access": "SPECIFIC_TEAMS", "shared_team_slugs": ["team_1"]},
        {"read_access": "SPECIFIC_TEAMS", "shared_team_slugs": ["team_1"]},
    ),
    "a reminder": (
        {
            "expires_at": "2020-01-01T00:00:00.5+01:00",
            "expiry_notifications_enabled": True,
            "credential_notification_recipient_user_ids": [7, 8],
        },
        {
            "expires_at": "2019-12-31T23:00:00.500Z",
            "expiry_notifications_enabled": True,
            "credential_notification_recipient_user_ids": [7, 8],
        },
    ),
}


def headers(house: House) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.api_key}"}


async def read_back(house: House, created: dict[str, object]) -> dict[str, object]:
    read = await house.http.get(f"{COLLECTION}/{created['id']}", headers=headers(house))
    assert read.status_code == 200
    answer: dict[str, object] = read.json()
    return answer


@pytest.mark.parametrize(
    ("sample", "name", "slug", "mode"),
    [
        (TEXT_SAMPLE, "text credential", "text_credential", "TEXT"),
        (HTTP_REQUEST_SAMPLE, "http credential", "http_credential", "HTTP_REQUEST_AGENT"),
    ],
)
async def test_the_documentations_sample_works_as_it_stands(
    house: House, sample: str, name: str, slug: str, mode: str
) -> None:
    created = await house.http.post(
        COLLECTION, headers={"content-type": "application/json", **headers(house)}, content=sample
    )

    assert created.status_code == 201
    assert created.json() == {**ANSWER, "name": name, "slug": slug, "mode": mode}
    assert list(created.json()) == list(ANSWER)
    assert created.headers["Content-Type"] == "application/json"
    assert created.headers["Cache-Control"] == "no-store"
    assert await read_back(house, created.json()) == created.json()


async def test_the_samples_options_are_kept_to_the_letter(house: House) -> None:
    created = await house.http.post(COLLECTION, headers=headers(house), content=HTTP_REQUEST_SAMPLE)
    data = (await data_of(house, str(created.json()["id"]))).http_request

    assert data.options_json in HTTP_REQUEST_SAMPLE
    assert json.loads(data.options_json)["payload"]["secret"].startswith(r"I can reference the \<<secret>>")
    assert data.location_of_token == r"\=credential_name.body.token"
    assert data.secret == "secret_value"


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
async def test_every_mode_is_created_read_back_and_holds_what_was_sent(house: House, mode: Mode) -> None:
    created = await house.http.post(COLLECTION, headers=headers(house), json={"name": "n", "team_id": 2, **mode.sent})

    assert created.status_code == 201
    assert created.json() == {**ANSWER, "mode": mode.sent["mode"], **mode.answer}
    assert "hunter2" not in created.text
    assert await read_back(house, created.json()) == created.json()
    assert await data_of(house, str(created.json()["id"])) == mode.data


@pytest.mark.parametrize(("sent", "answer"), SETTINGS.values(), ids=SETTINGS)
async def test_what_goes_with_a_credential_is_shown(
    house: House, sent: dict[str, object], answer: dict[str, object]
) -> None:
    created = await house.http.post(COLLECTION, headers=headers(house), json={**TEXT, **sent})

    assert created.status_code == 201
    assert created.json() == {**ANSWER, **answer}
    assert await read_back(house, created.json()) == created.json()


async def test_metadata_comes_back_digit_for_digit(house: House) -> None:
    body = '{"name": "n", "mode": "TEXT", "team_id": 2, "value": "v", "metadata": {"n": 1.50, "big": 1234567890123456789012}}'
    created = await house.http.post(COLLECTION, headers=headers(house), content=body)

    assert '"metadata":{"n": 1.50, "big": 1234567890123456789012}' in created.text


async def test_a_folder_of_the_team_is_shown(house: House) -> None:
    folder = await house.organisations.CreateFolder(
        CreateFolderRequest(folder=Folder(team_id=2, name="f")), metadata=house.metadata
    )
    created = await house.http.post(COLLECTION, headers=headers(house), json={**TEXT, "folder_id": folder.id})
    elsewhere = await house.http.post(
        COLLECTION, headers=headers(house), json={**TEXT, "team_id": 1, "folder_id": folder.id}
    )

    assert (created.status_code, created.json()["folder_id"]) == (201, folder.id)
    assert elsewhere.status_code == 422
    assert elsewhere.json()["errors"][0]["details"].startswith("folder_id ")


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
async def test_any_text_comes_out_as_it_went_in(house: House, value: str) -> None:
    created = await house.http.post(COLLECTION, headers=headers(house), json={**TEXT, "value": value})

    assert (await data_of(house, str(created.json()["id"]))).text.value == value


async def test_a_test_credential_takes_over_from_its_live_one(house: House) -> None:
    sent = {**TEXT, "description": "d", "read_access": "GLOBAL"}
    live = (await house.http.post(COLLECTION, headers=headers(house), json=sent)).json()
    test = await house.http.post(
        COLLECTION,
        headers=headers(house),
        json={"name": "twin", "mode": "TEXT", "value": "t", "live_credential_id": live["id"]},
    )

    assert test.status_code == 201
    assert test.json() == {
        **ANSWER,
        "name": "twin",
        "slug": "twin",
        "description": "d",
        "read_access": "GLOBAL",
    }
    assert test.json()["id"] != live["id"]
    assert await read_back(house, test.json()) == test.json()
    shown = await read_back(house, live)
    assert shown["test_credential_enabled"] is True
    assert shown["test_credential"] == {"created_at": MILLISECONDS, "updated_at": MILLISECONDS}


async def test_a_second_test_credential_or_one_of_another_mode_is_refused(house: House) -> None:
    live = (await house.http.post(COLLECTION, headers=headers(house), json=TEXT)).json()
    twin = {"name": "twin", "mode": "TEXT", "value": "t", "live_credential_id": live["id"]}
    other_mode = {**twin, **AWS_KEY, "mode": "AWS"}

    mismatch = await house.http.post(COLLECTION, headers=headers(house), json=other_mode)
    first = await house.http.post(COLLECTION, headers=headers(house), json=twin)
    second = await house.http.post(COLLECTION, headers=headers(house), json=twin)
    of_a_test = await house.http.post(
        COLLECTION, headers=headers(house), json={**twin, "live_credential_id": first.json()["id"]}
    )

    assert [answer.status_code for answer in (mismatch, first, second, of_a_test)] == [422, 201, 422, 422]
    assert mismatch.json()["errors"][0]["details"].startswith("mode must be ")
    assert second.json()["errors"][0]["details"].startswith("live_credential_id must be ")
    assert of_a_test.json()["errors"][0]["details"].startswith("live_credential_id must be ")


GOOD: dict[str, object] = {"name": "n", "team_id": 2}
BAD_INPUT: dict[str, tuple[dict[str, object], str]] = {
    "no name": ({**TEXT, "name": None}, "name must be 1 to 255 characters long"),
    "a long name": ({**TEXT, "name": "n" * 256}, "name must be 1 to 255 characters long"),
    "a name with NUL": ({**TEXT, "name": "hunter2\0"}, "name must not contain NUL"),
    "a number as name": ({**TEXT, "name": 5}, "name must be a string"),
    "no mode": ({**TEXT, "mode": None}, "mode is required"),
    "an unknown mode": (
        {**TEXT, "mode": "hunter2"},
        "mode must be one of TEXT, JWT, OAUTH, AWS, MTLS, HTTP_REQUEST_AGENT, MULTI_REQUEST",
    ),
    "a mode in small letters": ({**TEXT, "mode": "text"}, "mode must be one of TEXT, "),
    "no team": ({**TEXT, "team_id": None}, "team_id is required without live_credential_id"),
    "a text as team": ({**TEXT, "team_id": "2"}, "team_id must be an integer"),
    "true as team": ({**TEXT, "team_id": True}, "team_id must be an integer"),
    "a fraction as team": ({**TEXT, "team_id": 2.0}, "team_id must be an integer"),
    "team 0": ({**TEXT, "team_id": 0}, "team_id must be an integer from 1"),
    "a negative team": ({**TEXT, "team_id": -2}, "team_id must be an integer from 1"),
    "a team of 65 bits": ({**TEXT, "team_id": 2**64}, "team_id must be an integer of at most 64 bits"),
    "an unknown team": ({**TEXT, "team_id": 99}, "team_id must be "),
    "a text as folder": ({**TEXT, "folder_id": "1"}, "folder_id must be an integer"),
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
        {**TEXT, "live_credential_id": "1"},
        "live_credential_id must be an integer",
    ),
    "an unknown live credential": (
        {**TEXT, "live_credential_id": 2**62},
        "live_credential_id must be ",
    ),
    "a date as expires_at": ({**TEXT, "expires_at": "2100-01-01"}, "expires_at must be a date-time of RFC 3339"),
    "a text as notifications": (
        {**TEXT, "expiry_notifications_enabled": "yes"},
        "expiry_notifications_enabled must be true or false",
    ),
    "texts as recipients": (
        {**TEXT, "credential_notification_recipient_user_ids": ["1"]},
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
        {**GOOD, "mode": "JWT", **JWT, "jwt_auto_generate_time_claims": "true"},
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
        {**GOOD, "mode": "HTTP_REQUEST_AGENT", **HTTP_REQUEST, "http_request_ttl": "60"},
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
    house: House, sent: dict[str, object], details: str
) -> None:
    before = await stored(house)
    answer = await house.http.post(COLLECTION, headers=headers(house), json=sent)

    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert {error["message"] for error in errors} == {"Validation failed"}
    assert [error for error in errors if error["details"].startswith(details)]
    assert "hunter2" not in answer.text
    assert await stored(house) == before


@pytest.mark.parametrize(("body", "rule"), BAD_JSON.items())
async def test_bad_json_is_refused_by_its_rule(house: House, body: str, rule: str) -> None:
    before = await stored(house)
    answer = await house.http.post(COLLECTION, headers=headers(house), content=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["details"].startswith("body must")
    assert rule in answer.json()["errors"][0]["details"]
    assert await stored(house) == before


async def test_a_document_of_32_levels_is_taken_wherever_it_stands_and_one_more_is_not(house: House) -> None:
    def body(levels: int) -> str:
        options = '{"a":' * levels + "1" + "}" * levels
        steps = f'[{{"options": {options}}}, {{"options": {options}}}]'
        return (
            '{"name": "n", "mode": "MULTI_REQUEST", "team_id": 2, "http_request_location_of_token": "=a",'
            f'"metadata": {{}}, "credential_requests": {steps}}}'
        )

    taken = await house.http.post(COLLECTION, headers=headers(house), content=body(32))
    refused = await house.http.post(COLLECTION, headers=headers(house), content=body(33))

    assert taken.status_code == 201
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
async def test_the_key_comes_as_bearer_or_as_user_token(house: House, sent: list[tuple[str, str]]) -> None:
    answer = await house.http.post(
        COLLECTION, headers=[(name, value.replace("{}", house.api_key)) for name, value in sent], json=TEXT
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
async def test_without_exactly_one_good_key_nothing_is_done(
    house: House, method: str, sent: list[tuple[str, str]]
) -> None:
    before = await stored(house)
    answer = await house.http.request(
        method,
        COLLECTION if method == "POST" else f"{COLLECTION}/1",
        headers=[(name, value.replace("{}", house.api_key)) for name, value in sent],
        json=TEXT,
    )

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"] == "Unauthorized"
    assert await stored(house) == before


@pytest.mark.parametrize(
    "credential_id",
    ["0", "-1", "01", "999999999", "9" * 19, "9" * 5_000, "x", "%D9%A1", "019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11"],
)
async def test_an_unknown_id_is_not_found(house: House, credential_id: str) -> None:
    answer = await house.http.get(f"{COLLECTION}/{credential_id}", headers=headers(house))

    assert answer.status_code == 404
    assert answer.json() == {"errors": [{"message": "Not Found", "details": "there is no such credential"}]}


async def test_an_id_of_the_service_itself_is_none_here(house: House) -> None:
    created = await house.http.post(COLLECTION, headers=headers(house), json=TEXT)

    answer = await house.http.get(f"{COLLECTION}/{await id_of(house, created.json()['id'])}", headers=headers(house))

    assert answer.status_code == 404


async def test_a_credential_of_another_surface_is_not_found(house: House) -> None:
    first = await house.http.post(COLLECTION, headers=headers(house), json=TEXT)
    await house.http.post(
        f"/api/switchboard/v1alpha1/organisations/{ORGANISATION}/credentials",
        headers=headers(house),
        json={"name": "n", "type": "Default", "data": {}},
    )
    last = await house.http.post(COLLECTION, headers=headers(house), json=TEXT)

    between = [
        (await house.http.get(f"{COLLECTION}/{number}", headers=headers(house))).status_code
        for number in range(first.json()["id"] + 1, last.json()["id"])
    ]

    assert set(between) == {404}
