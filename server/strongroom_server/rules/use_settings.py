"""The rules of the settings that say how a credential is used for a caller that does not read its secret data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from strongroom.v1.credential_pb2 import (
    PLACEMENT_LOCATION_COOKIE,
    PLACEMENT_LOCATION_HEADER,
    PLACEMENT_LOCATION_QUERY,
    PLACEMENT_LOCATION_UNSPECIFIED,
    ClientAuthentication,
    Credential,
    PlacementLocation,
)
from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules import fields
from strongroom_server.rules.oauth import app_violations, scope_violations
from strongroom_server.rules.settings import Settings
from strongroom_server.rules.urls import is_url
from strongroom_server.rules.variants.table import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST_URL: Final = 2_048
_AWS_NAME: Final = re.compile(r"[a-z0-9-]{1,63}", re.ASCII)
# RFC 9110 §5.6.2.
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,255}", re.ASCII)
_PREFIX: Final = re.compile(r"[\x20-\x7e]{0,255}", re.ASCII)
# RFC 6265 §4.1.1.
_COOKIE_PREFIX: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{0,255}", re.ASCII)
# Services of AWS that issue credentials, which would outlive the policy of this one. An empty list of services does not allow them.
AWS_ISSUERS: Final = frozenset({"iam", "sts"})
# The HTTP client sets these from the connection and the body (RFC 9110 §7.6.1, RFC 9112). Another value could smuggle a request.
HEADERS_OF_THE_CLIENT: Final = frozenset(
    {
        *("connection", "content-length", "expect", "host", "keep-alive"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)


def _bounds(settings: Credential.UseSettings) -> Iterator[FieldViolation]:
    if len(settings.token_url) > _LONGEST_URL:
        yield FieldViolation("token_url", f"must be at most {_LONGEST_URL:,} characters long")
    elif settings.token_url and not is_url(settings.token_url, public=True):
        yield FieldViolation("token_url", "must be an http or https URL without user name, password and fragment")
    yield from scope_violations("scopes", settings.scopes)
    yield from fields.text("audience", settings.audience, _LONGEST_URL)
    yield from fields.enumeration(
        "client_authentication", settings.client_authentication, ClientAuthentication.DESCRIPTOR
    )
    if settings.HasField("placement"):
        for violation in _placement(settings.placement):
            yield FieldViolation(f"placement.{violation.field}", violation.rule)
    if settings.HasField("app"):
        for violation in app_violations(settings.app):
            yield FieldViolation(f"app.{violation.field}", violation.rule)
    for path, names in (("aws_services", settings.aws_services), ("aws_regions", settings.aws_regions)):
        yield from _names(path, names, _AWS_NAME, "must be 1 to 63 of the characters a-z 0-9 -")


def _names(path: str, names: Sequence[str], form: re.Pattern[str], rule: str) -> Iterator[FieldViolation]:
    yield from fields.at_most(path, names)
    for index, name in enumerate(names[: fields.MOST_ELEMENTS]):
        if not form.fullmatch(name):
            yield FieldViolation(f"{path}[{index}]", rule)


def _placement(placement: Credential.SecretPlacement) -> Iterator[FieldViolation]:
    location, name = placement.location, placement.name
    if location == PLACEMENT_LOCATION_UNSPECIFIED:
        yield FieldViolation("location", "is required with placement")
    yield from fields.enumeration("location", location, PlacementLocation.DESCRIPTOR)
    if location == PLACEMENT_LOCATION_QUERY:
        yield from fields.text("name", name, fields.LONGEST_NAME, shortest=1)
    elif not _TOKEN.fullmatch(name):
        yield FieldViolation("name", "must be 1 to 255 of the characters that RFC 9110 allows in a token")
    elif location == PLACEMENT_LOCATION_HEADER and name.lower() in HEADERS_OF_THE_CLIENT:
        yield FieldViolation("name", "must not be a header that describes the connection or the body")
    if location == PLACEMENT_LOCATION_COOKIE:
        if not _COOKIE_PREFIX.fullmatch(placement.prefix):
            yield FieldViolation(
                "prefix", 'must be at most 255 printable ASCII characters except space, ", comma, ; and \\'
            )
    elif not _PREFIX.fullmatch(placement.prefix):
        yield FieldViolation("prefix", "must be at most 255 printable ASCII characters")


USE_SETTINGS: Final = Settings(
    "use_settings",
    Credential.UseSettings,
    uses=("token_url", "scopes", "audience", "client_authentication", "placement", "app"),
    limits={"aws_services": AWS_ISSUERS, "aws_regions": frozenset()},
    others=("refresh_token_rotates", "managed"),
    bounds=_bounds,
)


def not_taken(settings: Credential.UseSettings, variant: str) -> list[str]:
    """The fields that are set although the variant does not take them."""
    return [field.name for field, _ in settings.ListFields() if field.name not in VARIANTS[variant].use_settings]


def variant_violations(credential: Credential, variant: str) -> Iterator[FieldViolation]:
    """Only fields that the variant takes may be set."""
    if credential.HasField("use_settings"):
        for name in not_taken(credential.use_settings, variant):
            taking = [each for each, rules in VARIANTS.items() if name in rules.use_settings]
            yield FieldViolation(
                f"credential.use_settings.{name}", f"must be empty for {variant}, it is for {' and '.join(taking)}"
            )
