"""Checks the requests of IdentityService before anything is stored. Each `check_*` function raises FIELD_INVALID."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from strongroom.v1.organisation_service_pb2 import ROLE_OPERATOR, ROLE_UNSPECIFIED, Role
from strongroom_server.access import json_web_keys, scopes
from strongroom_server.core.errors import FieldViolation
from strongroom_server.core.names import OPERATORS_ORGANISATION, ORGANISATION_ID
from strongroom_server.core.records import DNS, OIDC, SPIFFE
from strongroom_server.rules import fields, identity_names, patterns, urls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from google.protobuf.field_mask_pb2 import FieldMask

    from strongroom.v1.identity_service_pb2 import (
        CreateIdentityIssuerRequest,
        Identity,
        IdentityIssuer,
        OidcIssuer,
        UpdateIdentityIssuerRequest,
        UpdateIdentityRequest,
    )
    from strongroom_server.core import records

_LONGEST_ID: Final = 64
_LONGEST_URL: Final = 2048
_MOST_DENIED: Final = 1000
_LARGEST_DENIED: Final = 64 * 1024
_MOST_CLAIMS: Final = 10
_SERIAL: Final = re.compile(r"[1-9a-f][0-9a-f]{0,39}", re.ASCII)
_LEAST_LABELS: Final = 2

OIDC_FIELDS: Final = ("oidc.jwks_json", "oidc.jwks_url")
_ISSUER_FIELDS: Final = ("display_name", "denied_serials", *OIDC_FIELDS)
_IDENTITY_FIELDS: Final = (
    "display_name",
    "roles",
    "team_ids",
    "scope",
    "expire_time",
    "denied_names",
    "denied_serials",
)


def check_id(identifier: str) -> None:
    """Check the id of an issuer or identity that a request names."""
    fields.require(_id(identifier))


def _id(identifier: str) -> Iterator[FieldViolation]:
    return fields.text("id", identifier, _LONGEST_ID, shortest=1)


def check_create_issuer(request: CreateIdentityIssuerRequest) -> None:
    """Check a new issuer."""
    issuer = request.identity_issuer
    fields.require((*_organisation(issuer.organisation_id), *_source(issuer), *_issuer(issuer)))


def check_update_issuer(request: UpdateIdentityIssuerRequest) -> None:
    """Check what can be checked before the issuer is read; `check_issuer` checks the changed issuer."""
    fields.require((*_id(request.id), *_mask(request.update_mask, _ISSUER_FIELDS)))


def check_oidc_mask(mask: FieldMask, kind: int) -> None:
    """Check that only the mask of an oidc issuer names its fields."""
    if kind != OIDC and not set(OIDC_FIELDS).isdisjoint(mask.paths):
        fields.require([FieldViolation("update_mask", "must not name fields of oidc: the issuer is another one")])


def check_issuer(issuer: IdentityIssuer) -> None:
    """Check an issuer as it will be stored, except what cannot be changed."""
    fields.require(_issuer(issuer))


def _organisation(organisation_id: str) -> Iterator[FieldViolation]:
    if not ORGANISATION_ID.fullmatch(organisation_id) or organisation_id == OPERATORS_ORGANISATION:
        yield FieldViolation("identity_issuer.organisation_id", "must be the id of an organisation")


def _source(issuer: IdentityIssuer) -> Iterator[FieldViolation]:
    """The fields that say what the issuer is, which cannot be changed."""
    match issuer.WhichOneof("source"):
        case "spiffe_trust_domain":
            if not identity_names.is_trust_domain(issuer.spiffe_trust_domain):
                yield FieldViolation(
                    "identity_issuer.spiffe_trust_domain",
                    "must be 1 to 255 characters of a-z 0-9 . _ -, without spiffe:// and path",
                )
        case "dns_suffix":
            suffix = issuer.dns_suffix
            if not identity_names.is_dns_name(suffix) or len(suffix.split(".")) < _LEAST_LABELS:
                yield FieldViolation(
                    "identity_issuer.dns_suffix",
                    "must be a DNS name of at least two labels, in lower case and without a dot at either end",
                )
        case "oidc":
            yield from _oidc(issuer.oidc)
        case _:
            yield FieldViolation("identity_issuer", "must have spiffe_trust_domain, dns_suffix or oidc")


def _oidc(oidc: OidcIssuer) -> Iterator[FieldViolation]:
    path = "identity_issuer.oidc"
    yield from _https(f"{path}.issuer", oidc.issuer, fields.LONGEST_NAME)
    yield from fields.text(f"{path}.audience", oidc.audience, fields.LONGEST_NAME, shortest=1)
    yield from fields.text(f"{path}.claim", oidc.claim, fields.LONGEST_NAME)
    yield from fields.text(f"{path}.claim_prefix", oidc.claim_prefix, fields.LONGEST_NAME, shortest=1)


def _issuer(issuer: IdentityIssuer) -> Iterator[FieldViolation]:
    yield from fields.text("identity_issuer.display_name", issuer.display_name, fields.LONGEST_NAME)
    yield from _serials("identity_issuer.denied_serials", issuer.denied_serials)
    if issuer.HasField("oidc"):
        yield from _no_serials("identity_issuer.denied_serials", issuer.denied_serials)
        yield from _keys(issuer.oidc)


def _keys(oidc: OidcIssuer) -> Iterator[FieldViolation]:
    path = "identity_issuer.oidc"
    if bool(oidc.jwks_json) == bool(oidc.jwks_url):
        yield FieldViolation(path, "must have exactly one of jwks_json and jwks_url")
    if oidc.jwks_json:
        try:
            json_web_keys.parse(oidc.jwks_json)
        except json_web_keys.WebKeySetError as error:
            yield FieldViolation(f"{path}.jwks_json", error.rule)
    if oidc.jwks_url:
        yield from _https(f"{path}.jwks_url", oidc.jwks_url, _LONGEST_URL)


def _https(path: str, url: str, longest: int) -> Iterator[FieldViolation]:
    if not (url.startswith("https://") and len(url) <= longest and urls.is_url(url, public=True)):
        yield FieldViolation(
            path, f"must be an https:// URL of at most {longest:,} characters, without user name and fragment"
        )


def _serials(path: str, serials: Sequence[str]) -> Iterator[FieldViolation]:
    yield from fields.at_most(path, serials, _MOST_DENIED)
    for index, serial in enumerate(serials[:_MOST_DENIED]):
        if not _SERIAL.fullmatch(serial):
            yield FieldViolation(
                f"{path}[{index}]", "must be 1 to 40 lower-case hexadecimal digits without leading zeros and colons"
            )


def _no_serials(path: str, serials: Sequence[str]) -> Iterator[FieldViolation]:
    if serials:
        yield FieldViolation(path, "must be empty for an issuer of tokens, which have no serial number")


def _mask(mask: FieldMask, names: Sequence[str]) -> Iterator[FieldViolation]:
    if not mask.paths or not set(mask.paths) <= set(names):
        yield FieldViolation("update_mask", f"must name fields of: {', '.join(names)}")


def check_update_identity(request: UpdateIdentityRequest) -> None:
    """Check what can be checked before the identity is read; `check_identity` checks the changed identity."""
    fields.require((*_id(request.id), *_mask(request.update_mask, _IDENTITY_FIELDS)))


def check_issuer_id(issuer_id: str) -> None:
    """Check the id of the issuer of a new identity."""
    fields.require(fields.text("identity.issuer_id", issuer_id, _LONGEST_ID, shortest=1))


def check_identity(
    identity: Identity, issuer: records.IdentityIssuer, new_expire_time: datetime | None, now: datetime
) -> None:
    """Check an identity as it will be stored. An expire_time that it already had may be in the past."""
    fields.require(
        (
            *_patterns(identity, issuer),
            *_rights(identity),
            *fields.future("identity.expire_time", new_expire_time, now),
            *_denied(identity, issuer),
        )
    )


def _patterns(identity: Identity, issuer: records.IdentityIssuer) -> Iterator[FieldViolation]:
    if issuer.kind == OIDC:
        if identity.name:
            yield FieldViolation("identity.name", "must be empty for an issuer of tokens: set claims")
        yield from _claims(identity, issuer)
        return
    if identity.claims:
        yield FieldViolation("identity.claims", "must be empty for an issuer of certificates: set name")
    name = identity.name
    # A text that stands for `*` shows whether the rest is a valid name.
    example = name.replace("*", "x")
    if rule := patterns.broken_rule(name):
        yield FieldViolation("identity.name", rule)
    elif issuer.kind == SPIFFE:
        if not (name.startswith(f"spiffe://{issuer.name}/") and identity_names.is_spiffe_id(example)):
            yield FieldViolation(
                "identity.name",
                f"must be spiffe://{issuer.name}/ with a path of non-empty segments of A-Z a-z 0-9 . _ - *, not . and ..",
            )
    elif not ((name == issuer.name or name.endswith(f".{issuer.name}")) and identity_names.is_dns_name(example)):
        yield FieldViolation(
            "identity.name", f"must be {issuer.name}, or a lower-case DNS name below it, with * for labels"
        )


def _claims(identity: Identity, issuer: records.IdentityIssuer) -> Iterator[FieldViolation]:
    if not 1 <= len(identity.claims) <= _MOST_CLAIMS:
        yield FieldViolation("identity.claims", f"must have 1 to {_MOST_CLAIMS} claims")
        return
    for claim, pattern in sorted(identity.claims.items()):
        # The path must not contain a text of unknown length.
        path = (
            f"identity.claims[{claim}]"
            if len(claim) <= fields.LONGEST_NAME and claim.isprintable()
            else "identity.claims"
        )
        yield from fields.text(path, claim, fields.LONGEST_NAME, shortest=1)
        yield from fields.text(path, pattern, _LONGEST_URL, shortest=1)
        if rule := patterns.broken_rule(pattern):
            yield FieldViolation(path, rule)
    if not identity.claims.get(issuer.claim, "").startswith(issuer.claim_prefix):
        yield FieldViolation(
            "identity.claims",
            f"must have the issuer's claim {issuer.claim}, and its pattern must begin with the claim_prefix",
        )


def _rights(identity: Identity) -> Iterator[FieldViolation]:
    yield from fields.text("identity.display_name", identity.display_name, fields.LONGEST_NAME)
    if not identity.roles:
        yield FieldViolation("identity.roles", "is required: at least one role")
    yield from fields.at_most("identity.roles", identity.roles)
    for index, role in enumerate(identity.roles[: fields.MOST_ELEMENTS]):
        if role in (ROLE_UNSPECIFIED, ROLE_OPERATOR):
            yield FieldViolation(f"identity.roles[{index}]", f"must not be {Role.Name(role)}")
        yield from fields.enumeration(f"identity.roles[{index}]", role, Role.DESCRIPTOR)
    yield from fields.at_most("identity.team_ids", identity.team_ids)
    yield from scopes.violations("identity.scope", identity.scope, "identity.roles", identity.roles)


def _denied(identity: Identity, issuer: records.IdentityIssuer) -> Iterator[FieldViolation]:
    """A denied name that the identity cannot have would protect nobody."""
    yield from fields.at_most("identity.denied_names", identity.denied_names, _MOST_DENIED)
    if sum(len(name.encode()) for name in identity.denied_names) > _LARGEST_DENIED:
        yield FieldViolation("identity.denied_names", f"must have at most {_LARGEST_DENIED // 1024} KiB in all")
    separators = patterns.DNS_SEPARATORS if issuer.kind == DNS else patterns.SEPARATORS
    for index, name in enumerate(identity.denied_names[:_MOST_DENIED]):
        if issuer.kind == OIDC and (not name or name.startswith(f"{issuer.name}#")):
            yield FieldViolation(
                f"identity.denied_names[{index}]",
                f"must be a value of the claim sub or {issuer.claim}, without the issuer and # before it",
            )
        if issuer.kind != OIDC and not patterns.matches(identity.name, name, separators):
            yield FieldViolation(f"identity.denied_names[{index}]", "must be a name that the identity's name matches")
    yield from _serials("identity.denied_serials", identity.denied_serials)
    if issuer.kind == OIDC:
        yield from _no_serials("identity.denied_serials", identity.denied_serials)
