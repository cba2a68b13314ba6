"""What is known of a provider of OAuth 2.0, and the rules for it, whether it comes from the table or from a caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules.oauth import (
    SEPARATORS,
    authorization_endpoint_violations,
    endpoint_violations,
    issuer_violations,
    parameter_violations,
    scope_violations,
)
from strongroom_server.schemes.recipes.location import PATH_ONLY, path_of
from strongroom_server.schemes.token_endpoint import Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What a refresh does to the refresh token that was sent. none: it stays valid, even if the response has another one. grace: it
# works again for some minutes after its first use. strict: it works once.
Rotation = Literal["none", "grace", "strict", "unknown"]


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
    yield from authorization_endpoint_violations("authorization_url", provider.authorization_url)
    yield from endpoint_violations("token_url", provider.token_url)
    if provider.issuer:
        yield from issuer_violations("issuer", provider.issuer)
    if provider.revocation_url:
        yield from endpoint_violations("revocation_url", provider.revocation_url)
    if provider.scope_separator not in SEPARATORS:
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


def _account_violations(account: AccountPlace) -> Iterator[FieldViolation]:
    for name in ("subject", "label"):
        if path_of(getattr(account, name)) is None:
            yield FieldViolation(f"account.{name}", PATH_ONLY)
    if account.url:
        yield from endpoint_violations("account.url", account.url)
