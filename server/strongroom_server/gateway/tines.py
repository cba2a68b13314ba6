"""Owns Tines' user_credentials API. Knows no other vendor.

Secrets go in and never come out. Members of an answer that have no value are null, as those of a request may be.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

import grpc
import msgspec

from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
    AWS_AUTHENTICATION_TYPE_KEY,
    AWS_AUTHENTICATION_TYPE_ROLE,
    READ_ACCESS_GLOBAL,
    READ_ACCESS_SPECIFIC_TEAMS,
    READ_ACCESS_TEAM,
    READ_ACCESS_UNSPECIFIED,
    SURFACE_TINES,
    AwsData,
    Credential,
    CredentialData,
    HttpRequestData,
    JwtData,
    MtlsData,
    MultiRequestData,
    OAuthData,
    TextData,
)
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, GetCredentialRequest
from strongroom_server.gateway import json_body, requests, times
from strongroom_server.gateway.json_body import JsonObject, required
from strongroom_server.gateway.problems import Problem, refused
from strongroom_server.gateway.services import CALL_SECONDS, Services
from strongroom_server.gateway.vendor import STATUSES, Vendor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

# The id of no credential: the service, which checks the key first, says that it is absent.
NO_ID = str(UUID(int=0))

# Of no more digits than fit into 64 bits.
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

_READ_ACCESS = MappingProxyType(
    {"TEAM": READ_ACCESS_TEAM, "GLOBAL": READ_ACCESS_GLOBAL, "SPECIFIC_TEAMS": READ_ACCESS_SPECIFIC_TEAMS}
)
_READ_ACCESS_NAMES = MappingProxyType({value: name for name, value in _READ_ACCESS.items()})
_AWS_TYPES = MappingProxyType(
    {
        "KEY": AWS_AUTHENTICATION_TYPE_KEY,
        "ROLE": AWS_AUTHENTICATION_TYPE_ROLE,
        "INSTANCE_PROFILE": AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
    }
)
_AWS_TYPE_NAMES = MappingProxyType({value: name for name, value in _AWS_TYPES.items()})

_FIELDS = MappingProxyType(
    {
        "credential": "body",
        "credential.name": "name",
        "credential.description": "description",
        "credential.metadata_json": "metadata",
        "credential.allowed_hosts": "allowed_hosts",
        "credential.read_access": "read_access",
        "credential.team_id": "team_id",
        "credential.folder_id": "folder_id",
        "credential.shared_team_slugs": "shared_team_slugs",
        "credential.reminder_time": "expires_at",
        "credential.live_credential_id": "live_credential_id",
        "credential.tines_settings.aws_authentication_type": "aws_authentication_type",
        "credential.tines_settings.use_static_external_id": "use_static_external_id",
        "credential.tines_settings.token_ttl_seconds": "http_request_ttl",
        "credential.tines_settings.expiry_notifications_enabled": "expiry_notifications_enabled",
        "credential.tines_settings.notification_recipient_user_ids": "credential_notification_recipient_user_ids",
        "credential.data": "mode",
        "credential.data.text": "value",
        "credential.data.jwt": "jwt_*",
        "credential.data.oauth": "oauth_*",
        "credential.data.aws": "aws_*",
        "credential.data.mtls": "mtls_*",
        "credential.data.http_request": "http_request_*",
        "credential.data.multi_request": "credential_requests",
        "credential.data.text.value": "value",
        "credential.data.jwt.algorithm": "jwt_algorithm",
        "credential.data.jwt.payload_json": "jwt_payload",
        "credential.data.jwt.auto_generate_time_claims": "jwt_auto_generate_time_claims",
        "credential.data.jwt.private_key": "jwt_private_key",
        "credential.data.oauth.authorization_url": "oauth_url",
        "credential.data.oauth.token_url": "oauth_token_url",
        "credential.data.oauth.client_id": "oauth_client_id",
        "credential.data.oauth.client_secret": "oauth_client_secret",
        "credential.data.oauth.scope": "oauth_scope",
        "credential.data.oauth.grant_type": "oauth_grant_type",
        "credential.data.oauth.pkce_code_challenge_method": "oauthPkceCodeChallengeMethod",
        "credential.data.aws.access_key_id": "aws_access_key",
        "credential.data.aws.secret_access_key": "aws_secret_key",
        "credential.data.aws.assumed_role_arn": "aws_assumed_role_arn",
        "credential.data.mtls.client_certificate": "mtls_client_certificate",
        "credential.data.mtls.client_private_key": "mtls_client_private_key",
        "credential.data.mtls.root_certificate": "mtls_root_certificate",
        "credential.data.http_request.options_json": "http_request_options",
        "credential.data.http_request.location_of_token": "http_request_location_of_token",
        "credential.data.http_request.secret": "http_request_secret",
        "credential.data.http_request.content_type": "content_type",
        "credential.data.multi_request.requests": "credential_requests",
        "credential.data.multi_request.requests[].options_json": "credential_requests[].options",
        "credential.data.multi_request.requests[].secret": "credential_requests[].http_request_secret",
        "credential.data.multi_request.location_of_token": "http_request_location_of_token",
        "credential.data.multi_request.content_type": "content_type",
    }
)


async def create(request: Request, services: Services) -> Response:
    """POST: answers the created credential; with live_credential_id that is the test credential, not the live one."""
    caller = _caller(request)
    body = await json_body.read(request)
    credential = _credential(body)
    credential = await services.credentials.CreateCredential(
        CreateCredentialRequest(credential=credential, accept_invalid=_lacks_private_key_alone(credential.data)),
        metadata=caller,
        timeout=CALL_SECONDS,
    )
    return json_body.answer(HTTPStatus.CREATED, _shown(credential))


async def get(request: Request, services: Services) -> Response:
    """GET by id: metadata alone."""
    number = request.path_params["id"]
    credential = await services.credentials.GetCredential(
        GetCredentialRequest(id=number if _NUMBER.fullmatch(number) else NO_ID, surface=SURFACE_TINES),
        metadata=_caller(request),
        timeout=CALL_SECONDS,
    )
    return json_body.answer(HTTPStatus.OK, _shown(credential))


def _caller(request: Request) -> tuple[tuple[str, str], ...]:
    """`Authorization: Bearer <key>`, or `X-User-Token: <key>` as older clients send it."""
    presented = requests.presented_key(request, "Authorization", "X-User-Token")
    return requests.metadata(requests.bearer_token(presented) if "Authorization" in request.headers else presented)


def _credential(body: JsonObject) -> Credential:
    mode = required(body.text("mode"), "mode")
    _, data = required(body.choice("mode", _MODES), "mode")
    live_credential_id = _positive(body, "live_credential_id")
    team_id = _positive(body, "team_id")
    if team_id is None and live_credential_id is None:
        raise refused("team_id", "is required without live_credential_id")
    return Credential(
        surface=SURFACE_TINES,
        name=body.text("name") or "",
        description=body.text("description") or "",
        metadata_json=body.document("metadata") or "",
        allowed_hosts=body.strings("allowed_hosts"),
        read_access=body.choice("read_access", _READ_ACCESS) or READ_ACCESS_UNSPECIFIED,
        team_id=team_id or 0,
        folder_id=_positive(body, "folder_id") or 0,
        shared_team_slugs=body.strings("shared_team_slugs"),
        reminder_time=times.timestamp(body, "expires_at"),
        live_credential_id="" if live_credential_id is None else str(live_credential_id),
        tines_settings=_settings(mode, body),
        data=data(body),
    )


def _settings(mode: str, body: JsonObject) -> Credential.TinesSettings:
    settings = Credential.TinesSettings(
        expiry_notifications_enabled=body.boolean("expiry_notifications_enabled") or False,
        notification_recipient_user_ids=body.integers("credential_notification_recipient_user_ids"),
    )
    if mode == "AWS":
        aws_type = body.choice("aws_authentication_type", _AWS_TYPES)
        settings.aws_authentication_type = required(aws_type, "aws_authentication_type")
        settings.use_static_external_id = body.boolean("use_static_external_id") or False
    if mode in ("HTTP_REQUEST_AGENT", "MULTI_REQUEST") and (ttl := body.integer("http_request_ttl")) is not None:
        settings.token_ttl_seconds = ttl
    return settings


def _positive(body: JsonObject, member: str) -> int | None:
    """A number that Tines gives: 0, to the service, would be none."""
    value = body.integer(member)
    if value is not None and value < 1:
        raise refused(member, "must be an integer from 1")
    return value


def _lacks_private_key_alone(data: CredentialData) -> bool:
    """Whether data is to be stored though invalid: real clients leave out `jwt_private_key`, and Tines takes that."""
    jwt = data.jwt
    return (
        data.HasField("jwt")
        and not jwt.HasField("private_key")
        and jwt.HasField("algorithm")
        and jwt.HasField("payload_json")
        and jwt.HasField("auto_generate_time_claims")
    )


def _text(body: JsonObject) -> CredentialData:
    return CredentialData(text=TextData(value=body.text("value")))


def _jwt(body: JsonObject) -> CredentialData:
    return CredentialData(
        jwt=JwtData(
            algorithm=body.text("jwt_algorithm"),
            payload_json=body.document_or_text("jwt_payload"),
            auto_generate_time_claims=body.boolean("jwt_auto_generate_time_claims"),
            private_key=body.text("jwt_private_key"),
        )
    )


def _oauth(body: JsonObject) -> CredentialData:
    return CredentialData(
        oauth=OAuthData(
            authorization_url=body.text("oauth_url"),
            token_url=body.text("oauth_token_url"),
            client_id=body.text("oauth_client_id"),
            client_secret=body.text("oauth_client_secret"),
            scope=body.text("oauth_scope"),
            grant_type=body.text("oauth_grant_type"),
            pkce_code_challenge_method=body.text("oauthPkceCodeChallengeMethod"),
        )
    )


def _aws(body: JsonObject) -> CredentialData:
    return CredentialData(
        aws=AwsData(
            access_key_id=body.text("aws_access_key"),
            secret_access_key=body.text("aws_secret_key"),
            assumed_role_arn=body.text("aws_assumed_role_arn"),
        )
    )


def _mtls(body: JsonObject) -> CredentialData:
    return CredentialData(
        mtls=MtlsData(
            client_certificate=body.text("mtls_client_certificate"),
            client_private_key=body.text("mtls_client_private_key"),
            root_certificate=body.text("mtls_root_certificate"),
        )
    )


def _http_request(body: JsonObject) -> CredentialData:
    return CredentialData(
        http_request=HttpRequestData(
            options_json=body.document_or_text("http_request_options"),
            location_of_token=body.text("http_request_location_of_token"),
            secret=body.text("http_request_secret"),
            content_type=body.text("content_type"),
        )
    )


def _multi_request(body: JsonObject) -> CredentialData:
    return CredentialData(
        multi_request=MultiRequestData(
            requests=[
                MultiRequestData.Request(
                    options_json=step.document_or_text("options"), secret=step.text("http_request_secret")
                )
                for step in body.children("credential_requests")
            ],
            location_of_token=body.text("http_request_location_of_token"),
            content_type=body.text("content_type"),
        )
    )


# Each mode's arm, and what fills it.
_MODES: Mapping[str, tuple[str, Callable[[JsonObject], CredentialData]]] = MappingProxyType(
    {
        "TEXT": ("text", _text),
        "JWT": ("jwt", _jwt),
        "OAUTH": ("oauth", _oauth),
        "AWS": ("aws", _aws),
        "MTLS": ("mtls", _mtls),
        "HTTP_REQUEST_AGENT": ("http_request", _http_request),
        "MULTI_REQUEST": ("multi_request", _multi_request),
    }
)
_MODE_NAMES = MappingProxyType({arm: mode for mode, (arm, _) in _MODES.items()})


def _shown(credential: Credential) -> dict[str, object]:
    settings = credential.tines_settings
    test = credential.test_credential if credential.HasField("test_credential") else None
    return {
        "id": credential.number,
        "name": credential.name,
        "team_id": credential.team_id,
        "folder_id": credential.folder_id or None,
        "mode": _MODE_NAMES[credential.variant],
        "read_access": _READ_ACCESS_NAMES[credential.read_access],
        "shared_team_slugs": list(credential.shared_team_slugs),
        "slug": credential.slug,
        **_times(credential),
        "description": credential.description,
        "aws_assumed_role_external_id": settings.external_id or None,
        "aws_authentication_type": _AWS_TYPE_NAMES.get(settings.aws_authentication_type),
        "use_static_external_id": settings.use_static_external_id,
        "allowed_hosts": list(credential.allowed_hosts),
        "metadata": msgspec.Raw(credential.metadata_json.encode()),
        "restriction_type": "RESTRICTED" if credential.allowed_hosts else "UNRESTRICTED",
        "test_credential_enabled": test is not None and test.enabled,
        "test_credential": None if test is None else _times(test),
        "expires_at": times.milliseconds(credential.reminder_time) if credential.HasField("reminder_time") else None,
        "expiry_notifications_enabled": settings.expiry_notifications_enabled,
        "credential_notification_recipient_user_ids": list(settings.notification_recipient_user_ids),
    }


def _times(shown: Credential | Credential.TestCredential) -> dict[str, str]:
    return {
        "created_at": times.milliseconds(shown.create_time),
        "updated_at": times.milliseconds(shown.update_time),
    }


def _render(problem: Problem, status: int) -> Response:
    what = "Validation failed" if status == HTTPStatus.UNPROCESSABLE_ENTITY else HTTPStatus(status).phrase
    return json_body.answer(
        status, {"errors": [{"message": what, "details": sentence} for sentence in problem.sentences]}
    )


VENDOR = Vendor(
    name="tines",
    prefix="/api/v1",
    resources={
        "/user_credentials": {"POST": create},
        "/user_credentials/{id}": {"GET": get},
    },
    statuses=MappingProxyType(
        {
            **STATUSES,
            grpc.StatusCode.INVALID_ARGUMENT: HTTPStatus.UNPROCESSABLE_ENTITY,
            grpc.StatusCode.ALREADY_EXISTS: HTTPStatus.UNPROCESSABLE_ENTITY,
            grpc.StatusCode.FAILED_PRECONDITION: HTTPStatus.UNPROCESSABLE_ENTITY,
        }
    ),
    fields=_FIELDS,
    render=_render,
)
