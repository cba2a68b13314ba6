"""The rules of what a client of OAuth 2.0 is registered with and requests: endpoints, scopes, parameters, and an app's settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_UNSPECIFIED, SURFACE_VERSORI
from strongroom_server.core.errors import FieldViolation
from strongroom_server.egress import urls
from strongroom_server.egress.refusals import Refusal
from strongroom_server.rules import fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from strongroom.v1.credential_pb2 import Credential

# Parameters of the consent URL that the service sets itself, or that replace or leak those: `request` and `request_uri` (RFC 9101)
# hold all the others.
RESERVED: Final = frozenset(
    {
        *("client_id", "redirect_uri", "response_mode", "response_type", "scope", "state"),
        *("code_challenge", "code_challenge_method", "nonce"),
        *("client_secret", "code_verifier", "request", "request_uri"),
    }
)
MOST_PARAMETERS: Final = 20
SEPARATORS: Final = (" ", ",")
# The surfaces of an app's connections.
CONNECTION_SURFACES: Final = (SURFACE_NATIVE, SURFACE_VERSORI)

# RFC 6749 §3.3.
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,255}", re.ASCII)
# Without a dot or a bracket, which PHP makes an underscore of or reads as an index: `redirect.uri` or `state[]`.
_PARAMETER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_VALUE: Final = re.compile(r"[^\x00-\x1f\x7f]{0,2048}")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PROVIDER: Final = re.compile(r"[a-z0-9_-]{0,64}", re.ASCII)
# A part of what schemes/recipes/location.py reads.
_PATH: Final = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+|\[[0-9]{1,9}\])*", re.ASCII)


def endpoint_violations(field: str, url: str) -> Iterator[FieldViolation]:
    """An endpoint must be an https URL that every parser reads in the same way."""
    try:
        scheme = urls.parse(url).scheme
    except Refusal as refusal:
        yield FieldViolation(field, f"must be an https:// URL; it {refusal.detail}")
        return
    if scheme != "https":
        yield FieldViolation(field, "must be an https:// URL")


def authorization_endpoint_violations(field: str, url: str) -> Iterator[FieldViolation]:
    """The query of an authorization endpoint stays in the consent URL (RFC 6749 §3.1), so it must keep the rules of parameters."""
    yield from endpoint_violations(field, url)
    try:
        query = urlsplit(url).query
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict") if query else []
    except ValueError:
        yield FieldViolation(field, "must have a query of the form name=value&…")
        return
    if len(dict(pairs)) != len(pairs) or _BAD_ESCAPE.search(query):
        yield FieldViolation(field, "must have a query without repeated names and with complete percent-encodings")
    for violation in parameter_violations("query", dict(pairs)):
        yield FieldViolation(field, f"has a query that breaks a rule: {violation.field} {violation.rule}")


def issuer_violations(field: str, issuer: str) -> Iterator[FieldViolation]:
    """An issuer must be an https URL without a query (RFC 8414 §2)."""
    yield from endpoint_violations(field, issuer)
    if "?" in issuer:
        yield FieldViolation(field, "must have no query")


def parameter_violations(field: str, parameters: Mapping[str, str]) -> Iterator[FieldViolation]:
    """Extra parameters of a consent URL must leave those of the service alone."""
    if len(parameters) > MOST_PARAMETERS:
        yield FieldViolation(field, f"must have at most {MOST_PARAMETERS} parameters")
        return
    for name, value in parameters.items():
        # Some servers ignore the case of names.
        if (known := name.lower()) in RESERVED:
            yield FieldViolation(
                f"{field}.{known}", "must not be set: it would replace or reveal what the service sends"
            )
        elif not _PARAMETER.fullmatch(name):
            yield FieldViolation(field, "must have names of 1 to 64 of the characters A-Z a-z 0-9 _ -")
        elif not _VALUE.fullmatch(value):
            yield FieldViolation(f"{field}.{name}", "must be at most 2,048 characters without control characters")


def scope_violations(path: str, scopes: Sequence[str]) -> Iterator[FieldViolation]:
    """Scopes must be at most 100 texts as in RFC 6749."""
    yield from fields.at_most(path, scopes)
    for index, scope in enumerate(scopes[: fields.MOST_ELEMENTS]):
        if not _SCOPE.fullmatch(scope):
            yield FieldViolation(
                f"{path}[{index}]", 'must be 1 to 255 printable ASCII characters except space, " and \\'
            )


def requested_scope_violations(path: str, scopes: Sequence[str], separator: str) -> Iterator[FieldViolation]:
    """Scopes must also not contain what a provider separates them by."""
    yield from scope_violations(path, scopes)
    if separator != " " and any(separator in scope for scope in scopes):
        yield FieldViolation(path, f"must not have {separator!r}, by which this provider separates them")


def app_violations(app: Credential.OAuthApp) -> Iterator[FieldViolation]:
    """The settings of an app must be in their bounds. Paths start in the message."""
    if not _PROVIDER.fullmatch(app.provider):
        yield FieldViolation("provider", "must be at most 64 of the characters a-z 0-9 _ -")
    if app.issuer:
        yield from issuer_violations("issuer", app.issuer)
    elif app.sends_iss or app.jwks_url:
        yield FieldViolation("issuer", "is required with sends_iss and jwks_url")
    for name in ("revocation_url", "account_url", "jwks_url"):
        if url := getattr(app, name):
            yield from endpoint_violations(name, url)
    yield from parameter_violations("parameters", app.parameters)
    yield from scope_violations("offline_scopes", app.offline_scopes)
    if app.scope_separator and app.scope_separator not in SEPARATORS:
        yield FieldViolation("scope_separator", "must be a space or a comma")
    for name in ("account_subject", "account_label"):
        path = getattr(app, name)
        if path and (len(path) > fields.LONGEST_NAME or not _PATH.fullmatch(path)):
            yield FieldViolation(name, "must be a path of at most 255 characters, such as data.id")
    if not app.account_subject and (app.account_label or app.account_url):
        yield FieldViolation("account_subject", "is required with account_label and account_url")
    if app.connection_surface not in (SURFACE_UNSPECIFIED, *CONNECTION_SURFACES):
        yield FieldViolation("connection_surface", "must be SURFACE_NATIVE or SURFACE_VERSORI")
