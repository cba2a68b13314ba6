"""Requests and responses for tests of Tines' API: the documentation's samples, every mode, and every member of a response."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from gateway.apis import MILLISECONDS, Number, Shape

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

if TYPE_CHECKING:
    from collections.abc import Mapping

# The bodies of the documentation's curl samples, unchanged.
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

# Every response has these members in this order.
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
    """The members of a mode, the data for them, and the members of the response that differ."""

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
