"""Declares Tines' modes: the variant of each, and the members of its bodies with our field for each member."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from strongroom.v1.credential_pb2 import MultiRequestData
from strongroom_server.gateway.members import BOOLEAN, DOCUMENT_OR_TEXT, STRING, Kind, Member, reference
from strongroom_server.gateway.vendors.tines.settings import AWS_AUTHENTICATION_TYPE, TTL, USE_STATIC_EXTERNAL_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strongroom_server.gateway.json_body import JsonObject


class Mode(NamedTuple):
    """A mode. `required` are the members that a new credential needs, and `example` are members that are accepted.

    `defaults` are the values that a new credential has where a member is absent, by our path.
    """

    variant: str
    members: tuple[Member[Any], ...]
    required: tuple[str, ...]
    example: Mapping[str, Any]
    defaults: Mapping[str, Any] = MappingProxyType({})


def _steps(body: JsonObject, member: str) -> list[MultiRequestData.Request] | None:
    steps = body.children(member)
    if steps is None:
        return None
    return [
        MultiRequestData.Request(
            options_json=step.document_or_text("options"),
            # An empty secret counts as absent, so that an update keeps the stored one.
            secret=step.text("http_request_secret") or None,
        )
        for step in steps
    ]


_STEPS = Kind(
    {
        "type": "array",
        "minItems": 2,
        "maxItems": 2,
        "items": reference("CredentialRequest"),
    },
    _steps,
    {
        "CredentialRequest": {
            "type": "object",
            "properties": {
                "options": DOCUMENT_OR_TEXT.schema,
                "http_request_secret": {
                    "type": ["string", "null"],
                    "description": "The value that replaces <<secret>>.",
                },
            },
            "required": ["options"],
            "additionalProperties": True,
        },
        **DOCUMENT_OR_TEXT.components,
    },
)


MODES = MappingProxyType(
    {
        "TEXT": Mode("text", (Member("value", STRING, "", "data.text.value"),), ("value",), {"value": "hunter2"}),
        "JWT": Mode(
            "jwt",
            (
                Member("jwt_algorithm", STRING, "Such as RS256.", "data.jwt.algorithm"),
                Member("jwt_payload", DOCUMENT_OR_TEXT, "The claims.", "data.jwt.payload_json"),
                Member(
                    "jwt_auto_generate_time_claims",
                    BOOLEAN,
                    "Adds iat and exp to the claims. False if absent from a new credential.",
                    "data.jwt.auto_generate_time_claims",
                ),
                Member(
                    "jwt_private_key",
                    STRING,
                    "A credential without it is stored, but cannot be used.",
                    "data.jwt.private_key",
                ),
            ),
            ("jwt_algorithm", "jwt_payload"),
            {
                "jwt_algorithm": "HS256",
                "jwt_payload": {"sub": "anna"},
                "jwt_auto_generate_time_claims": True,
                "jwt_private_key": "hunter2",
            },
            # Tines' own SDK omits the member if it is false.
            {"data.jwt.auto_generate_time_claims": False},
        ),
        "OAUTH": Mode(
            "oauth",
            (
                Member("oauth_url", STRING, "Required with authorization_code.", "data.oauth.authorization_url"),
                Member("oauth_token_url", STRING, "", "data.oauth.token_url"),
                Member("oauth_client_id", STRING, "", "data.oauth.client_id"),
                Member("oauth_client_secret", STRING, "", "data.oauth.client_secret"),
                Member("oauth_scope", STRING, "", "data.oauth.scope"),
                Member(
                    "oauth_grant_type", STRING, "client_credentials or authorization_code.", "data.oauth.grant_type"
                ),
                Member(
                    "oauthPkceCodeChallengeMethod", STRING, "S256 or plain.", "data.oauth.pkce_code_challenge_method"
                ),
            ),
            ("oauth_token_url", "oauth_client_id", "oauth_client_secret", "oauth_grant_type"),
            {
                "oauth_token_url": "https://example.com/token",
                "oauth_client_id": "strongroom",
                "oauth_client_secret": "hunter2",
                "oauth_scope": "read",
                "oauth_grant_type": "client_credentials",
            },
        ),
        "AWS": Mode(
            "aws",
            (
                AWS_AUTHENTICATION_TYPE,
                Member("aws_access_key", STRING, "Required with KEY.", "data.aws.access_key_id"),
                Member("aws_secret_key", STRING, "Required with KEY.", "data.aws.secret_access_key"),
                Member("aws_assumed_role_arn", STRING, "Required with ROLE.", "data.aws.assumed_role_arn"),
                USE_STATIC_EXTERNAL_ID,
            ),
            ("aws_authentication_type",),
            {"aws_authentication_type": "KEY", "aws_access_key": "AKIAEXAMPLE", "aws_secret_key": "hunter2"},
        ),
        "MTLS": Mode(
            "mtls",
            (
                Member("mtls_client_certificate", STRING, "Any text.", "data.mtls.client_certificate"),
                Member("mtls_client_private_key", STRING, "Any text.", "data.mtls.client_private_key"),
                Member("mtls_root_certificate", STRING, "Any text.", "data.mtls.root_certificate"),
            ),
            ("mtls_client_certificate", "mtls_client_private_key"),
            {"mtls_client_certificate": "certificate", "mtls_client_private_key": "hunter2"},
        ),
        "HTTP_REQUEST_AGENT": Mode(
            "http_request",
            (
                Member("http_request_options", DOCUMENT_OR_TEXT, "The request.", "data.http_request.options_json"),
                Member("http_request_location_of_token", STRING, "", "data.http_request.location_of_token"),
                Member(
                    "http_request_secret", STRING, "The value that replaces <<secret>>.", "data.http_request.secret"
                ),
                TTL,
                Member("content_type", STRING, "", "data.http_request.content_type"),
            ),
            ("http_request_options", "http_request_location_of_token"),
            {
                "http_request_options": {"url": "https://example.com/token", "method": "post"},
                "http_request_location_of_token": "=body.token",
                "http_request_secret": "hunter2",
            },
        ),
        "MULTI_REQUEST": Mode(
            "multi_request",
            (
                Member(
                    "credential_requests",
                    _STEPS,
                    "In an update, a request without a secret keeps the stored secret at its position.",
                    "data.multi_request.requests",
                ),
                Member("http_request_location_of_token", STRING, "", "data.multi_request.location_of_token"),
                TTL,
                Member("content_type", STRING, "", "data.multi_request.content_type"),
            ),
            ("credential_requests", "http_request_location_of_token"),
            {
                "credential_requests": [
                    {
                        "options": {"url": "https://example.com/login", "method": "post"},
                        "http_request_secret": "hunter2",
                    },
                    {
                        "options": {"url": "https://example.com/token", "method": "get"},
                        "http_request_secret": "hunter2",
                    },
                ],
                "http_request_location_of_token": "=body.token",
            },
        ),
    }
)
MODE_NAMES = MappingProxyType({mode.variant: name for name, mode in MODES.items()})
