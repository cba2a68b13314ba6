"""Prepares for each variant how its provider is asked for a token. Knows neither cache nor lease."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import CLIENT_AUTHENTICATION_BASIC, CLIENT_AUTHENTICATION_BODY, Credential
from strongroom_server.core.errors import ServiceError
from strongroom_server.credentials.pairs import Pair
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.rules.variants.values import SERVICE_ACCOUNT
from strongroom_server.schemes.recipes.errors import InvalidRecipe, RecipeFailed
from strongroom_server.schemes.recipes.run import recipe_of, run
from strongroom_server.schemes.service_account import assertion_request
from strongroom_server.schemes.token_endpoint import TokenRequest, request_token
from strongroom_server.schemes.token_errors import TokenNotIssued
from strongroom_server.schemes.unusable import UnusableCredential
from strongroom_server.use.context import data_of
from strongroom_server.use.expiry import seconds_of_jwt
from strongroom_server.use.parameters import narrowed
from strongroom_server.use.provider_errors import endpoint_failed, recipe_failed, unusable
from strongroom_server.use.tokens import Issued

if TYPE_CHECKING:
    from strongroom.v1.credential_pb2 import ClientCredentialsData, CredentialData, OAuthData
    from strongroom_server.core import records
    from strongroom_server.schemes.token import Token
    from strongroom_server.use.context import Context, Selected
    from strongroom_server.use.parameters import Parameters
    from strongroom_server.use.tokens import Ask, BeforeSend

RECIPES: Final = frozenset({"http_request", "multi_request"})

_SENT_AS_IT_IS: Final = "it has no token: AuthorizeHttpRequest and ForwardHttpRequest add its secret to a request"
_INSTEAD: Final = {
    **dict.fromkeys(
        ("key_values", "raw", "basic_auth", "api_key", "api_id_key", "access_token", "text"), _SENT_AS_IT_IS
    ),
    "mtls": "it has no token: ForwardHttpRequest presents its certificate",
}
_SECONDS: Final = 10.0
_RECIPE_SECONDS: Final = 14.0
_LONGEST_LIFE: Final = timedelta(days=1)
_Authentication = Literal["auto", "basic", "body"]


def ask_of(context: Context, selected: Selected, parameters: Parameters) -> Ask:
    """How to ask the provider of a credential. Opens its data, so access/use.py must have decided.

    Raises USE_NOT_SUPPORTED for a credential without a token, FIELD_INVALID for parameters that it does not allow, SEAL_BROKEN.
    """
    row = selected.row
    require_token(row)
    settings = Credential.UseSettings.FromString(row.use_settings)
    data = data_of(context, selected)
    match row.variant:
        case "oauth":
            return _oauth(context, data, settings, parameters)
        case "client_credentials":
            return _client_credentials(context, data, settings, parameters)
        case "json_document":
            return _service_account(context, data, settings, parameters)
        case "http_request" | "multi_request":
            return _recipe(context, data, row.variant)
    raise AssertionError(row.variant)


def require_token(row: records.Credential) -> None:
    """Raises USE_NOT_SUPPORTED for a variant that has no token, whatever its data."""
    if rule := _INSTEAD.get(row.variant):
        raise not_supported(row.variant, rule)


def not_supported(variant: str, rule: str) -> ServiceError:
    """The error for a credential that has no token. The rule says what to do instead."""
    return ServiceError(reasons.ERROR_REASON_USE_NOT_SUPPORTED, variant=variant, rule=rule)


def life_of(row: records.Credential) -> timedelta | None:
    """How long a token is kept at most: for recipes what their settings say, at most a day, and not at all without."""
    if row.variant not in RECIPES:
        return None
    seconds = Credential.TinesSettings.FromString(row.tines_settings).token_ttl_seconds
    return min(timedelta(seconds=seconds), _LONGEST_LIFE)


def _oauth(context: Context, data: CredentialData, settings: Credential.UseSettings, parameters: Parameters) -> Ask:
    client = data.oauth
    if client.grant_type != "client_credentials":
        raise not_supported(
            "oauth", "a token of the grant_type authorization_code needs the consent of a user, which is not supported"
        )
    wanted = narrowed(parameters, client.scope.split(), settings.audience)
    return _endpoint(context, _client_request(client.token_url, client, settings, wanted), wanted)


def _client_credentials(
    context: Context, data: CredentialData, settings: Credential.UseSettings, parameters: Parameters
) -> Ask:
    if not settings.token_url:
        raise not_supported("client_credentials", "set use_settings.token_url")
    wanted = narrowed(parameters, settings.scopes, settings.audience)
    request = _client_request(settings.token_url, data.client_credentials, settings, wanted)
    return _endpoint(context, request, wanted)


def _service_account(
    context: Context, data: CredentialData, settings: Credential.UseSettings, parameters: Parameters
) -> Ask:
    document = data.json_document.json
    if SERVICE_ACCOUNT not in document:
        raise not_supported("json_document", "only the key of a Google service account gives a token")
    wanted = narrowed(parameters, settings.scopes, settings.audience)
    now = context.vault.watch.now()
    try:
        request = assertion_request(document, settings.token_url, wanted.scopes, wanted.audience, now)
    except UnusableCredential as error:
        raise unusable(error, "json_document") from None
    return _endpoint(context, request, wanted)


def _client_request(
    url: str, client: OAuthData | ClientCredentialsData, settings: Credential.UseSettings, wanted: Parameters
) -> TokenRequest:
    fields = {"grant_type": "client_credentials"}
    if wanted.scopes:
        fields["scope"] = " ".join(wanted.scopes)
    if wanted.audience:
        fields["audience"] = wanted.audience
    return TokenRequest(
        url, fields, client.client_id, client.client_secret, authentication_of(settings.client_authentication)
    )


def authentication_of(value: int) -> _Authentication:
    """How a client authenticates at a token endpoint, by the setting."""
    styles: dict[int, _Authentication] = {CLIENT_AUTHENTICATION_BASIC: "basic", CLIENT_AUTHENTICATION_BODY: "body"}
    return styles.get(value, "auto")


def _endpoint(context: Context, request: TokenRequest, wanted: Parameters) -> Ask:
    async def ask(before_send: BeforeSend) -> Issued:
        try:
            issued = await request_token(_sender(context, row, before_send), request)
        except TokenNotIssued as error:
            raise endpoint_failed(error) from None
        return _issued(context, issued.token, wanted)

    return ask


def _issued(context: Context, token: Token, wanted: Parameters) -> Issued:
    seconds: float | None = token.expire_seconds
    if seconds is None:
        seconds = seconds_of_jwt(token.access_token, context.vault.watch.now())
    # A provider that names no scopes has granted those that were requested.
    return Issued(Pair(token.access_token, token.token_type, token.scopes or wanted.scopes), seconds)


def _recipe(context: Context, data: CredentialData, variant: str) -> Ask:
    recipe = recipe_of(data)

    async def ask(before_send: BeforeSend) -> Issued:
        await before_send()
        try:
            token = await run(recipe, context.client, {}, _RECIPE_SECONDS)
        except (RecipeFailed, InvalidRecipe, EgressRefused) as error:
            raise recipe_failed(error, variant) from None
        return Issued(Pair(token, "", ()), seconds_of_jwt(token, context.vault.watch.now()))

    return ask
