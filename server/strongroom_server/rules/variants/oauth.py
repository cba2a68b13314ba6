"""The rules of the variants that get a token by OAuth 2.0: oauth2_refresh, client_credentials and oauth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules.variants.variant import Variant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom.v1.credential_pb2 import CredentialData


def _authorization_url(data: CredentialData) -> Iterator[FieldViolation]:
    if data.oauth.grant_type == "authorization_code" and not data.oauth.HasField("authorization_url"):
        yield FieldViolation("authorization_url", "is required with grant_type authorization_code")


OAUTH2_REFRESH: Final = Variant(
    secrets=("client_secret", "refresh_token"),
    uses=("client_id", "token_url", "auth_style"),
    required=("client_id", "client_secret", "token_url", "refresh_token"),
    ids=("client_id",),
    urls=("token_url",),
    # The data has the token URL and how the client authenticates.
    use_settings=("scopes", "audience", "refresh_token_rotates", "managed"),
)
CLIENT_CREDENTIALS: Final = Variant(
    secrets=("client_secret",),
    uses=("client_id",),
    required=("client_id", "client_secret"),
    ids=("client_id",),
    use_settings=("token_url", "scopes", "audience", "client_authentication"),
)
OAUTH: Final = Variant(
    secrets=("client_secret",),
    uses=("authorization_url", "token_url", "client_id", "scope", "grant_type", "pkce_code_challenge_method"),
    required=("token_url", "client_id", "client_secret", "grant_type"),
    ids=("client_id",),
    urls=("authorization_url", "token_url"),
    one_of={
        "grant_type": ("client_credentials", "authorization_code"),
        "pkce_code_challenge_method": ("S256", "plain"),
    },
    # The data has the token URL and the scope.
    use_settings=("audience", "client_authentication", "refresh_token_rotates", "app"),
    further=_authorization_url,
)
