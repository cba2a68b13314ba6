"""How a secret or a token is put into a request, by the placement of the credential or the default of its variant."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from strongroom.v1.credential_pb2 import (
    PLACEMENT_LOCATION_COOKIE,
    PLACEMENT_LOCATION_HEADER,
    PLACEMENT_LOCATION_QUERY,
    PROVIDER_ONFIDO,
    PROVIDER_SHOPIFY,
    Credential,
)
from strongroom_server.schemes.headers import broken_name_rule, broken_value_rule

if TYPE_CHECKING:
    from strongroom.v1.credential_pb2 import CredentialData, Provider

# RFC 6265 §4.1.1.
_COOKIE: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")


def _header(name: str, prefix: str = "") -> Credential.SecretPlacement:
    return Credential.SecretPlacement(location=PLACEMENT_LOCATION_HEADER, name=name, prefix=prefix)


_BEARER: Final = _header("Authorization", "Bearer ")
_BASIC: Final = _header("Authorization", "Basic ")
# Of the variants api_key and access_token.
_PROVIDERS: Final = {
    PROVIDER_ONFIDO: _header("Authorization", "Token token="),
    PROVIDER_SHOPIFY: _header("X-Shopify-Access-Token"),
}


class NotPlaceable(Exception):
    """A secret cannot be put into a request. `rule` holds nothing of it."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class Additions(NamedTuple):
    """What is added to a request. Names and values of the query are not percent-encoded yet; `encoded_query` does it."""

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        """The names alone."""
        names = (tuple(name for name, _ in each) for each in self)
        return f"Additions{tuple(names)}"


def placement_of(
    variant: str, settings: Credential.UseSettings, provider: Provider.ValueType
) -> Credential.SecretPlacement:
    """The placement in use_settings, or the default: that of the provider, Basic for basic_auth, or Bearer."""
    if settings.HasField("placement"):
        return settings.placement
    if variant == "basic_auth":
        return _BASIC
    if variant in {"api_key", "access_token"}:
        return _PROVIDERS.get(provider, _BEARER)
    return _BEARER


def secret_of(data: CredentialData) -> str:
    """The bare secret of a variant that is sent as it is. Raises NotPlaceable."""
    match data.WhichOneof("variant"):
        case "basic_auth":
            return _user_pass(data.basic_auth.username, data.basic_auth.password)
        case "api_key" | "api_id_key" as variant:
            secret: str | bytes = getattr(data, variant).api_key
        case "access_token":
            secret = data.access_token.access_token
        case "text" | "raw" as variant:
            secret = getattr(data, variant).value
        case "key_values":
            if len(data.key_values.values) != 1:
                raise NotPlaceable("key_values must have exactly one value to be placed in a request")
            secret = next(iter(data.key_values.values.values()))
        case _:
            raise NotPlaceable("the variant has no secret that is sent as it is")
    return secret if isinstance(secret, str) else _text_of(secret)


def placed(secret: str, placement: Credential.SecretPlacement) -> Additions:
    """Put a secret or a token into a request. Raises NotPlaceable."""
    if not secret:
        raise NotPlaceable("the secret is empty")
    name, value = placement.name, f"{placement.prefix}{secret}"
    if placement.location == PLACEMENT_LOCATION_QUERY:
        return Additions(query=((name, value),))
    if rule := broken_name_rule(name):
        raise NotPlaceable(f"the placement {rule}")
    if placement.location == PLACEMENT_LOCATION_COOKIE:
        if not _COOKIE.fullmatch(value):
            raise NotPlaceable('a cookie must be of printable ASCII characters except space, ", comma, ; and \\')
        return Additions(cookies=((name, value),))
    # Receivers drop blanks at the ends (RFC 9110 §5.5), so that it would be another secret.
    if secret != secret.strip(" \t"):
        raise NotPlaceable("a secret in a header must not begin or end with a blank")
    if rule := broken_value_rule(value):
        raise NotPlaceable(f"a secret in a header {rule}")
    return Additions(headers=((name, value),))


def encoded_query(additions: Additions) -> str:
    """The parameters to append to a query."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in additions.query)


def _user_pass(username: str, password: str) -> str:
    if ":" in username:
        raise NotPlaceable("the user name must not have a colon (RFC 7617)")
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def _text_of(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise NotPlaceable("the secret is not text") from None
