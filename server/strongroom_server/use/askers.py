"""Prepares for each variant how its provider is asked for a token. Knows neither cache nor lease."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
    CLIENT_AUTHENTICATION_BASIC,
    CLIENT_AUTHENTICATION_BODY,
    Credential,
)
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.credentials.pairs import Pair
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.rules.variants.values import SERVICE_ACCOUNT
from strongroom_server.schemes.aws_signing import AwsKey, SignerAbsent
from strongroom_server.schemes.aws_sts import RoleRequest, assume_role
from strongroom_server.schemes.recipes.errors import InvalidRecipe, RecipeFailed
from strongroom_server.schemes.recipes.run import recipe_of, run
from strongroom_server.schemes.sending import Sender
from strongroom_server.schemes.service_account import assertion_request
from strongroom_server.schemes.token_endpoint import TokenRequest, request_token
from strongroom_server.schemes.token_errors import TokenNotIssued
from strongroom_server.schemes.unusable import UnusableCredential
from strongroom_server.use.context import data_of
from strongroom_server.use.expiry import seconds_of_jwt
from strongroom_server.use.parameters import Parameters, narrowed
from strongroom_server.use.provider_errors import endpoint_failed, recipe_failed, unusable
from strongroom_server.use.tokens import AskFailed, Issued

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from strongroom.v1.credential_pb2 import ClientCredentialsData, CredentialData, OAuthData
    from strongroom_server.core import records
    from strongroom_server.use.context import Context, Selected
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
# All requests of a recipe, with their retries. A call ends after 30 seconds.
_RECIPE_SECONDS: Final = 25.0
_LONGEST_LIFE: Final = timedelta(days=1)
STYLES: Final[Mapping[int, Literal["auto", "basic", "body"]]] = {
    CLIENT_AUTHENTICATION_BASIC: "basic",
    CLIENT_AUTHENTICATION_BODY: "body",
}


def ask_of(context: Context, selected: Selected, parameters: Parameters) -> Ask:
    """How to ask the provider of a credential. Opens its data, so access/use.py must have decided.

    Raises USE_NOT_SUPPORTED for a credential without a token, FIELD_INVALID for parameters that it does not allow, SEAL_BROKEN.
    """
    row = selected.row
    require_token(row)
    settings = Credential.UseSettings.FromString(row.use_settings)
    return _ASKERS[row.variant](_Provider(context, row, data_of(context, selected), settings, parameters))


class _Provider(NamedTuple):
    """What a provider is asked for, and as whom."""

    context: Context
    row: records.Credential
    data: CredentialData
    settings: Credential.UseSettings
    parameters: Parameters

    def __repr__(self) -> str:
        """Without the data."""
        return f"_Provider({self.row.variant})"

    def narrowed(self, scopes: Sequence[str]) -> Parameters:
        """The scopes and the audience to ask for, if the credential has these scopes. Raises FIELD_INVALID."""
        return narrowed(self.parameters, scopes, self.settings.audience)

    def sender(self, before_send: BeforeSend) -> Sender:
        return Sender(self.context.client, _SECONDS, self.row.organisation_id, before_send)

    def now(self) -> datetime:
        return self.context.vault.watch.now()


def require_token(row: records.Credential) -> None:
    """Raises USE_NOT_SUPPORTED for a variant that has no token, whatever its data."""
    if rule := _INSTEAD.get(row.variant):
        raise not_supported(row.variant, rule)


def is_grant(context: Context, selected: Selected, parameters: Parameters) -> bool:
    """Whether the token of a credential is that of a grant, which use/grants.py refreshes. Raises FIELD_INVALID."""
    if selected.row.variant == "oauth2_refresh":
        return True
    if selected.row.variant != "oauth" or data_of(context, selected).oauth.grant_type == "client_credentials":
        return False
    for field, value in zip(Parameters._fields, parameters, strict=True):
        if value:
            raise invalid(field, "must be empty for the grant_type authorization_code: the consent has fixed it")
    return True


def not_supported(variant: str, rule: str) -> ServiceError:
    """The error for a credential that has no token. The rule says what to do instead."""
    return ServiceError(reasons.ERROR_REASON_USE_NOT_SUPPORTED, variant=variant, rule=rule)


def life_of(row: records.Credential) -> timedelta | None:
    """How long a token is kept at most: for recipes what their settings say, at most a day, and not at all without."""
    if row.variant not in RECIPES:
        return None
    seconds = Credential.TinesSettings.FromString(row.tines_settings).token_ttl_seconds
    return min(timedelta(seconds=seconds), _LONGEST_LIFE)


def _oauth(provider: _Provider) -> Ask:
    client = provider.data.oauth
    return _client(provider, client.token_url, client, client.scope.split())


def _client_credentials(provider: _Provider) -> Ask:
    settings = provider.settings
    if not settings.token_url:
        raise not_supported("client_credentials", "set use_settings.token_url")
    return _client(provider, settings.token_url, provider.data.client_credentials, settings.scopes)


def _client(provider: _Provider, url: str, client: OAuthData | ClientCredentialsData, own_scopes: Sequence[str]) -> Ask:
    """Asks with the grant type client_credentials (RFC 6749 §4.4)."""
    wanted = provider.narrowed(own_scopes)
    fields = {"grant_type": "client_credentials"}
    if wanted.scopes:
        fields["scope"] = " ".join(wanted.scopes)
    if wanted.audience:
        fields["audience"] = wanted.audience
    style = STYLES.get(provider.settings.client_authentication, "auto")
    return _endpoint(provider, TokenRequest(url, fields, client.client_id, client.client_secret, style), wanted)


def _service_account(provider: _Provider) -> Ask:
    document, settings = provider.data.json_document.json, provider.settings
    if SERVICE_ACCOUNT not in document:
        raise not_supported("json_document", "only the key of a Google service account gives a token")
    wanted = provider.narrowed(settings.scopes)
    try:
        request = assertion_request(document, settings.token_url, wanted.scopes, wanted.audience, provider.now())
    except UnusableCredential as error:
        raise unusable(error, "json_document") from None
    return _endpoint(provider, request, wanted)


def _endpoint(provider: _Provider, request: TokenRequest, wanted: Parameters) -> Ask:
    async def ask(before_send: BeforeSend) -> Issued:
        try:
            token = (await request_token(provider.sender(before_send), request)).token
        except TokenNotIssued as error:
            raise endpoint_failed(error) from None
        seconds: float | None = token.expire_seconds
        if seconds is None:
            seconds = seconds_of_jwt(token.access_token, provider.now())
        # A provider that names no scopes has granted those that were requested.
        return Issued(Pair(token.access_token, token.token_type, token.scopes or wanted.scopes), seconds)

    return ask


def _aws(provider: _Provider) -> Ask:
    aws, settings = provider.data.aws, provider.settings
    tines = Credential.TinesSettings.FromString(provider.row.tines_settings)
    if tines.aws_authentication_type == AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE:
        raise not_supported("aws", "the instance profile would be that of the server: store a key")
    if not aws.assumed_role_arn:
        raise not_supported(
            "aws",
            "a key has no token: AuthorizeHttpRequest signs with it; with assumed_role_arn there are temporary keys",
        )
    if not (aws.access_key_id and aws.secret_access_key):
        raise not_supported("aws", "set access_key_id and secret_access_key, with which the role is assumed")
    request = RoleRequest(
        aws.assumed_role_arn,
        # What the trail of AWS shows.
        f"strongroom-{provider.row.number}",
        tines.external_id,
        next(iter(settings.aws_regions), ""),
        settings.token_url,
    )

    async def ask(before_send: BeforeSend) -> Issued:
        key = AwsKey(aws.access_key_id, aws.secret_access_key)
        try:
            made = await assume_role(provider.sender(before_send), key, request)
        except TokenNotIssued as error:
            raise endpoint_failed(error) from None
        except UnusableCredential as error:
            raise AskFailed(unusable(error, "aws"), "not_sent") from None
        except SignerAbsent as error:
            raise AskFailed(not_supported("aws", str(error)), "not_sent") from None
        pair = Pair(
            made.key.secret_access_key,
            access_key_id=made.key.access_key_id,
            session_token=made.key.session_token or "",
        )
        return Issued(pair, (made.expire_time - provider.now()).total_seconds())

    return ask


def _recipe(provider: _Provider) -> Ask:
    context, row = provider.context, provider.row
    recipe = recipe_of(provider.data)

    async def ask(before_send: BeforeSend) -> Issued:
        try:
            token = await run(
                recipe, context.client, context.authorities, _RECIPE_SECONDS, row.organisation_id, before_send
            )
        except (RecipeFailed, InvalidRecipe, EgressRefused) as error:
            raise recipe_failed(error, row.variant) from None
        return Issued(Pair(token), seconds_of_jwt(token, provider.now()))

    return ask


_ASKERS: Final[Mapping[str, Callable[[_Provider], Ask]]] = {
    "oauth": _oauth,
    "client_credentials": _client_credentials,
    "json_document": _service_account,
    "aws": _aws,
    "http_request": _recipe,
    "multi_request": _recipe,
}
