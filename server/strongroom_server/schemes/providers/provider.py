"""What is known of a provider of OAuth 2.0, and the rules for it, whether it comes from the table or from a caller."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args
from urllib.parse import parse_qsl, urlsplit

from strongroom_server.core.errors import FieldViolation
from strongroom_server.egress import urls
from strongroom_server.egress.refusals import Refusal
from strongroom_server.rules.use_settings import scope_violations
from strongroom_server.schemes.recipes.location import PATH_ONLY, path_of
from strongroom_server.schemes.token_endpoint import Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What a refresh does to the refresh token that was sent. none: it stays valid, even if the response has another one. grace: it
# works again for some minutes after its first use. strict: it works once.
Rotation = Literal["none", "grace", "strict", "unknown"]

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

# Without a dot or a bracket, which PHP makes an underscore of or reads as an index: `redirect.uri` or `state[]`.
_PARAMETER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_VALUE: Final = re.compile(r"[^\x00-\x1f\x7f]{0,2048}")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


class AccountPlace(NamedTuple):
    """Where a JSON document names the account: paths of members, such as `data.id`.

    The document is the response of the token endpoint or, with a `url`, what a GET with the access token returns.
    """

    subject: str
    label: str
    url: str = ""


class Provider(NamedTuple):
    """An authorization server. A caller overrides single fields with `_replace`.

    `parameters` are added to the consent URL, and `offline_scopes` to the scopes: without them there is no refresh token.
    `sends_iss` says that each callback has `iss` (RFC 9207), and `repeats_nonce` that an id_token has the nonce that was sent.
    `revocation_url` is an endpoint as in RFC 7009, or empty.
    """

    name: str
    display_name: str
    authorization_url: str
    token_url: str
    issuer: str = ""
    scope_separator: str = " "
    parameters: Mapping[str, str] = {}
    offline_scopes: tuple[str, ...] = ()
    uses_pkce: bool = True
    repeats_nonce: bool = True
    sends_iss: bool = False
    rotation: Rotation = "unknown"
    authentication: Style | Literal["auto"] = "auto"
    revocation_url: str = ""
    account: AccountPlace | None = None


def provider_violations(provider: Provider) -> Iterator[FieldViolation]:
    """The rules that a provider breaks. Fields are named as in Provider."""
    yield from endpoint_violations("authorization_url", provider.authorization_url)
    yield from _query_violations("authorization_url", provider.authorization_url)
    yield from endpoint_violations("token_url", provider.token_url)
    if provider.issuer:
        yield from issuer_violations("issuer", provider.issuer)
    if provider.revocation_url:
        yield from endpoint_violations("revocation_url", provider.revocation_url)
    if provider.scope_separator not in {" ", ","}:
        yield FieldViolation("scope_separator", "must be a space or a comma")
    yield from parameter_violations("parameters", provider.parameters)
    yield from scope_violations("offline_scopes", provider.offline_scopes)
    for field, value, known in (
        ("rotation", provider.rotation, get_args(Rotation)),
        ("authentication", provider.authentication, ("auto", *get_args(Style))),
    ):
        if value not in known:
            yield FieldViolation(field, f"must be one of {', '.join(known)}")
    if provider.sends_iss and not provider.issuer:
        yield FieldViolation("issuer", "is required with sends_iss")
    if provider.account:
        yield from _account_violations(provider.account)


def endpoint_violations(field: str, url: str) -> Iterator[FieldViolation]:
    """An endpoint must be an https URL that every parser reads in the same way."""
    try:
        scheme = urls.parse(url).scheme
    except Refusal as refusal:
        yield FieldViolation(field, f"must be an https:// URL; it {refusal.detail}")
        return
    if scheme != "https":
        yield FieldViolation(field, "must be an https:// URL")


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


def _query_violations(field: str, url: str) -> Iterator[FieldViolation]:
    """The query of an authorization endpoint stays in the consent URL (RFC 6749 §3.1), so it must keep the same rules."""
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


def _account_violations(account: AccountPlace) -> Iterator[FieldViolation]:
    for name in ("subject", "label"):
        if path_of(getattr(account, name)) is None:
            yield FieldViolation(f"account.{name}", PATH_ONLY)
    if account.url:
        yield from endpoint_violations("account.url", account.url)
