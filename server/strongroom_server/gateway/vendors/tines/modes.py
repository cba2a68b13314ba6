"""Owns the members of Tines' bodies, and which of them each mode has. A row says where in our message a member goes."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
    AWS_AUTHENTICATION_TYPE_KEY,
    AWS_AUTHENTICATION_TYPE_ROLE,
    READ_ACCESS_GLOBAL,
    READ_ACCESS_SPECIFIC_TEAMS,
    READ_ACCESS_TEAM,
    Credential,
    MultiRequestData,
)
from strongroom_server.gateway import times
from strongroom_server.gateway.members import (
    BOOLEAN,
    DOCUMENT,
    DOCUMENT_OR_TEXT,
    NUMBERS,
    POSITIVE,
    STRING,
    STRINGS,
    Kind,
    Member,
    choice,
    integer,
    reference,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strongroom_server.gateway.json_body import JsonObject

READ_ACCESS = MappingProxyType(
    {"TEAM": READ_ACCESS_TEAM, "GLOBAL": READ_ACCESS_GLOBAL, "SPECIFIC_TEAMS": READ_ACCESS_SPECIFIC_TEAMS}
)
AWS_TYPES = MappingProxyType(
    {
        "KEY": AWS_AUTHENTICATION_TYPE_KEY,
        "ROLE": AWS_AUTHENTICATION_TYPE_ROLE,
        "INSTANCE_PROFILE": AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
    }
)


class Mode(NamedTuple):
    """The arm of a mode, its members, those of them that a new credential needs, one that is taken, and what a new credential has
    where a member is absent, by our paths.
    """

    arm: str
    members: tuple[Member[Any], ...]
    needed: tuple[str, ...]
    example: Mapping[str, Any]
    defaults: Mapping[str, Any] = MappingProxyType({})


def is_secret(member: Member[Any]) -> bool:
    """Whether the member becomes a secret field."""
    *parents, name = member.path.split(".")
    message = Credential.DESCRIPTOR
    for parent in parents:
        inner = message.fields_by_name[parent].message_type
        assert inner is not None
        message = inner
    return bool(message.fields_by_name[name].GetOptions().debug_redact)


def _steps(body: JsonObject, member: str) -> list[MultiRequestData.Request] | None:
    steps = body.children(member)
    if steps is None:
        return None
    return [
        MultiRequestData.Request(
            options_json=step.document_or_text("options"),
            # Empty as absent: an update keeps the stored one.
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
                "http_request_secret": {"type": ["string", "null"], "description": "What <<secret>> stands for."},
            },
            "required": ["options"],
            "additionalProperties": True,
        },
        **DOCUMENT_OR_TEXT.components,
    },
)


TTL = Member(
    "http_request_ttl",
    integer(0, (1 << 31) - 1),
    "In seconds. Left out of an update it becomes null.",
    "tines_settings.token_ttl_seconds",
)

# Of every mode.
NAME = Member("name", text(1, 255), "", "name", required=True)
TEAM_ID = Member(
    "team_id", POSITIVE, "Required without live_credential_id; of an update: the team to move to.", "team_id"
)
FOLDER_ID = Member(
    "folder_id",
    POSITIVE,
    "A folder for credentials of the team; of an update: null or an empty string is the root.",
    "folder_id",
)
EXPIRES_AT = Member(
    "expires_at",
    Kind(
        {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]},
        times.date_or_timestamp,
    ),
    "A reminder: it removes nothing. A date is its first moment; without a zone it is UTC.",
    "reminder_time",
)
COMMON: tuple[Member[Any], ...] = (
    TEAM_ID,
    FOLDER_ID,
    Member("read_access", choice("ReadAccess", READ_ACCESS), "", "read_access"),
    Member("shared_team_slugs", STRINGS, "Required with SPECIFIC_TEAMS, else empty.", "shared_team_slugs"),
    Member("description", text(0, 4096), "", "description"),
    Member("metadata", DOCUMENT, "", "metadata_json"),
    Member("allowed_hosts", STRINGS, "Where it may go, with * as wildcard; empty is anywhere.", "allowed_hosts"),
    EXPIRES_AT,
    Member("expiry_notifications_enabled", BOOLEAN, "", "tines_settings.expiry_notifications_enabled"),
    Member("credential_notification_recipient_user_ids", NUMBERS, "", "tines_settings.notification_recipient_user_ids"),
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
                Member("jwt_private_key", STRING, "Without it the credential is not usable.", "data.jwt.private_key"),
            ),
            ("jwt_algorithm", "jwt_payload"),
            {
                "jwt_algorithm": "HS256",
                "jwt_payload": {"sub": "anna"},
                "jwt_auto_generate_time_claims": True,
                "jwt_private_key": "hunter2",
            },
            # The vendor's own SDK leaves out what is false.
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
                Member(
                    "aws_authentication_type",
                    choice("AwsAuthenticationType", AWS_TYPES),
                    "",
                    "tines_settings.aws_authentication_type",
                ),
                Member("aws_access_key", STRING, "Required with KEY.", "data.aws.access_key_id"),
                Member("aws_secret_key", STRING, "Required with KEY.", "data.aws.secret_access_key"),
                Member("aws_assumed_role_arn", STRING, "Required with ROLE.", "data.aws.assumed_role_arn"),
                Member("use_static_external_id", BOOLEAN, "", "tines_settings.use_static_external_id"),
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
                Member("http_request_secret", STRING, "What <<secret>> stands for.", "data.http_request.secret"),
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
                    "Of an update: a request without a secret keeps the one in its place.",
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
MODE_NAMES = MappingProxyType({mode.arm: name for name, mode in MODES.items()})
