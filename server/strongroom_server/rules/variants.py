"""Owns what is true of each variant: who takes it, what makes it valid, what is redacted. Knows no storage and no vendor's JSON.

A variant is one row of VARIANTS. Which fields are secret stands in credential.proto, as `debug_redact`.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_KEY,
    AWS_AUTHENTICATION_TYPE_ROLE,
    AWS_AUTHENTICATION_TYPE_UNSPECIFIED,
    SURFACE_NATIVE,
    SURFACE_SLASHID,
    SURFACE_TINES,
    SURFACE_VERSORI,
    AwsAuthenticationType,
    Credential,
    CredentialData,
    Surface,
)
from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules import json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from google.protobuf.descriptor import Descriptor
    from google.protobuf.message import Message

MOST_VIOLATIONS: Final = 20

_SPACE_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Variant:
    """The rules of one arm of CredentialData. Fields are named as in its message."""

    surfaces: frozenset[Surface.ValueType]
    # Every field of the arm is in one of these, or in both. `secrets` have `debug_redact`. `uses` say where, how or as whom the
    # secrets are used: a caller that cannot read the secrets changes these only together with all of them.
    secrets: tuple[str, ...]
    uses: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    # Of those that are present: ids, which must not be empty, and URLs.
    ids: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    json_objects: tuple[str, ...] = ()
    one_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Whatever the columns above cannot say: yields paths within the arm, with their rules.
    further: Callable[[CredentialData, Credential.TinesSettings], Iterator[tuple[str, str]]] | None = None


def _on(*surfaces: Surface.ValueType) -> frozenset[Surface.ValueType]:
    return frozenset((SURFACE_NATIVE, *surfaces))


def _authorization_url(data: CredentialData, _: Credential.TinesSettings) -> Iterator[tuple[str, str]]:
    if data.oauth.grant_type == "authorization_code" and not data.oauth.HasField("authorization_url"):
        yield "authorization_url", "is required with grant_type authorization_code"


def _aws_keys(data: CredentialData, settings: Credential.TinesSettings) -> Iterator[tuple[str, str]]:
    required: Mapping[AwsAuthenticationType.ValueType, tuple[str, ...]] = {
        AWS_AUTHENTICATION_TYPE_UNSPECIFIED: ("access_key_id", "secret_access_key"),
        AWS_AUTHENTICATION_TYPE_KEY: ("access_key_id", "secret_access_key"),
        AWS_AUTHENTICATION_TYPE_ROLE: ("assumed_role_arn",),
    }
    for name in required.get(settings.aws_authentication_type, ()):
        if not data.aws.HasField(name):  # type: ignore[arg-type] # a literal of the table above
            yield name, "is required"


def _two_requests(data: CredentialData, _: Credential.TinesSettings) -> Iterator[tuple[str, str]]:
    requests = data.multi_request.requests
    if len(requests) != 2:
        yield "requests", "must be exactly two"
    for index, request in enumerate(requests[:MOST_VIOLATIONS]):
        path = f"requests[{index}].options_json"
        if not request.HasField("options_json"):
            yield path, "is required"
        elif rule := broken_json_rule(request.options_json):
            yield path, rule


VARIANTS: Final[dict[str, Variant]] = {
    "key_values": Variant(_on(SURFACE_VERSORI), secrets=("values",)),
    "raw": Variant(_on(SURFACE_VERSORI), secrets=("value",), required=("value",)),
    "basic_auth": Variant(
        _on(SURFACE_VERSORI, SURFACE_SLASHID),
        secrets=("password",),
        uses=("username",),
        required=("username", "password"),
    ),
    "oauth2_refresh": Variant(
        _on(),
        secrets=("client_secret", "refresh_token"),
        uses=("client_id", "token_url", "auth_style"),
        required=("client_id", "client_secret", "token_url", "refresh_token"),
        ids=("client_id",),
        urls=("token_url",),
    ),
    "api_key": Variant(_on(SURFACE_SLASHID), secrets=("api_key",), required=("api_key",)),
    "api_id_key": Variant(
        _on(SURFACE_SLASHID), secrets=("api_key",), uses=("api_id",), required=("api_id", "api_key"), ids=("api_id",)
    ),
    "client_credentials": Variant(
        _on(SURFACE_SLASHID),
        secrets=("client_secret",),
        uses=("client_id",),
        required=("client_id", "client_secret"),
        ids=("client_id",),
    ),
    "access_token": Variant(_on(SURFACE_SLASHID), secrets=("access_token",), required=("access_token",)),
    "json_document": Variant(_on(SURFACE_SLASHID), secrets=("json",), required=("json",), json_objects=("json",)),
    "text": Variant(_on(SURFACE_TINES), secrets=("value",), required=("value",)),
    "jwt": Variant(
        _on(SURFACE_TINES),
        secrets=("private_key",),
        uses=("algorithm", "payload_json", "auto_generate_time_claims"),
        required=("algorithm", "payload_json", "auto_generate_time_claims", "private_key"),
        ids=("algorithm",),
        json_objects=("payload_json",),
    ),
    "oauth": Variant(
        _on(SURFACE_TINES),
        secrets=("client_secret",),
        uses=("authorization_url", "token_url", "client_id", "scope", "grant_type", "pkce_code_challenge_method"),
        required=("token_url", "client_id", "client_secret", "grant_type"),
        ids=("client_id",),
        urls=("authorization_url", "token_url"),
        one_of={
            "grant_type": ("client_credentials", "authorization_code"),
            "pkce_code_challenge_method": ("S256", "plain"),
        },
        further=_authorization_url,
    ),
    "aws": Variant(
        _on(SURFACE_TINES),
        secrets=("secret_access_key",),
        uses=("access_key_id", "assumed_role_arn"),
        ids=("access_key_id", "assumed_role_arn"),
        further=_aws_keys,
    ),
    "mtls": Variant(
        _on(SURFACE_TINES),
        secrets=("client_private_key",),
        uses=("client_certificate", "root_certificate"),
        required=("client_certificate", "client_private_key"),
    ),
    "http_request": Variant(
        _on(SURFACE_TINES),
        secrets=("options_json", "secret"),
        uses=("options_json", "location_of_token", "content_type"),
        required=("options_json", "location_of_token"),
        json_objects=("options_json",),
    ),
    "multi_request": Variant(
        _on(SURFACE_TINES),
        secrets=("requests.options_json", "requests.secret"),
        uses=("requests.options_json", "location_of_token", "content_type"),
        required=("location_of_token",),
        further=_two_requests,
    ),
}


def violations(data: CredentialData, settings: Credential.TinesSettings) -> tuple[FieldViolation, ...]:
    """The rules that the data breaks, one a field, at most 20, by paths in CredentialData. The data keeps the bounds."""
    name = data.WhichOneof("variant")
    assert name is not None
    first: dict[str, str] = {}
    for path, rule in _violations(name, data, settings):
        first.setdefault(path, rule)
    return tuple(FieldViolation(f"{name}.{path}", rule) for path, rule in first.items())[:MOST_VIOLATIONS]


def _violations(name: str, data: CredentialData, settings: Credential.TinesSettings) -> Iterator[tuple[str, str]]:
    variant = VARIANTS[name]
    arm = getattr(data, name)
    for path in _astray(data.extra_json, arm):
        yield path, "is of the wrong type"
    for path in variant.required:
        if not arm.HasField(path):
            yield path, "is required"
    for path in variant.ids:
        if arm.HasField(path) and not getattr(arm, path):
            yield path, "must not be empty"
    for path in variant.urls:
        if arm.HasField(path) and not _is_url(getattr(arm, path)):
            yield path, "must be an http or https URL"
    for path in variant.json_objects:
        if arm.HasField(path) and (rule := broken_json_rule(getattr(arm, path))):
            yield path, rule
    for path, choices in variant.one_of.items():
        if arm.HasField(path) and getattr(arm, path) not in choices:
            yield path, f"must be {' or '.join(choices)}"
    if variant.further is not None:
        yield from variant.further(data, settings)


def _astray(extra_json: str, arm: Message) -> list[str]:
    """The fields that came, but not as the arm takes them."""
    if not extra_json:
        return []
    present = {descriptor.name for descriptor, _ in arm.ListFields()}
    return sorted((json_text.parse_object(extra_json).keys() & arm.DESCRIPTOR.fields_by_name) - present)


def changed_uses(present: CredentialData, changed: CredentialData, masked: Collection[str]) -> list[str]:
    """The masked fields among the arm's `uses` that change. A secret one counts as changed: comparing it would tell a caller who
    guesses what it holds.
    """
    name = present.WhichOneof("variant")
    assert name is not None
    variant, before, after = VARIANTS[name], getattr(present, name), getattr(changed, name)
    found = []
    for path in variant.uses:
        top = path.partition(".")[0]
        if top in masked and (path in variant.secrets or not _same(before, after, top)):
            found.append(top)
    return found


def _same(before: Message, after: Message, name: str) -> bool:
    return before.HasField(name) == after.HasField(name) and getattr(before, name) == getattr(after, name)


def keeps_secrets(present: CredentialData, sent: CredentialData, masked: Collection[str]) -> bool:
    """Whether secret data stays when the masked fields of the arm become those that are sent."""
    name = present.WhichOneof("variant")
    assert name is not None
    there = {descriptor.name for descriptor, _ in getattr(present, name).ListFields()}
    tops = {path.partition(".")[0] for path in VARIANTS[name].secrets}
    return bool(present.extra_json or (there & tops) - set(masked) or kept_request_secrets(present, sent))


def kept_request_secrets(present: CredentialData, sent: CredentialData) -> list[int]:
    """The places of the requests of multi_request whose secret is not sent again, and so stays."""
    pairs = zip(present.multi_request.requests, sent.multi_request.requests, strict=False)
    return [
        index
        for index, (before, after) in enumerate(pairs)
        if before.HasField("secret") and not after.HasField("secret")
    ]


def redact(data: CredentialData, redact_fields: Sequence[str]) -> None:
    """Take away what may not be shown: of key_values the redact_fields, else the secret fields; and extra_json."""
    data.ClearField("extra_json")
    if data.WhichOneof("variant") == "key_values":
        for key in redact_fields:
            data.key_values.values.pop(key, None)
    else:
        _clear_secret_fields(data)


def _clear_secret_fields(message: Message) -> None:
    for name in _secret_fields(message.DESCRIPTOR):
        message.ClearField(name)
    for descriptor, value in message.ListFields():
        if descriptor.message_type is not None:
            for part in value if descriptor.is_repeated else (value,):
                _clear_secret_fields(part)


@functools.cache
def _secret_fields(message: Descriptor) -> tuple[str, ...]:
    return tuple(field.name for field in message.fields if field.GetOptions().debug_redact)


def _is_url(text: str) -> bool:
    # urlsplit() drops some of these, and so would judge another text.
    if _SPACE_OR_CONTROL.search(text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def broken_json_rule(text: str) -> str | None:
    """The rule of JSON objects that the text breaks, or None."""
    try:
        json_text.parse_object(text)
    except json_text.JsonTextError as error:
        return error.rule
    return None
