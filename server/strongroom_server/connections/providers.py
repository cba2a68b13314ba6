"""The provider of an app, as its row and its data say it. A later table of well-known providers does not change it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from strongroom_server.rules.use_settings import USE_SETTINGS
from strongroom_server.schemes.providers.provider import AccountPlace, Provider
from strongroom_server.schemes.providers.table import PROVIDERS
from strongroom_server.use.askers import STYLES

if TYPE_CHECKING:
    from strongroom.v1.credential_pb2 import Credential, OAuthData
    from strongroom_server.core import records
    from strongroom_server.schemes.providers.provider import Rotation


def provider_of(row: records.Credential, data: OAuthData) -> Provider:
    """The provider of a credential of the variant oauth, whose row is verified. `display_name` is empty unless it is well known."""
    settings: Credential.UseSettings = USE_SETTINGS.of(row)
    app = settings.app
    account = None
    if app.account_subject:
        account = AccountPlace(app.account_subject, app.account_label or app.account_subject, app.account_url)
    return Provider(
        name=app.provider,
        display_name=_display_name(app.provider, data.authorization_url),
        authorization_url=data.authorization_url,
        token_url=data.token_url,
        issuer=app.issuer,
        scope_separator=app.scope_separator or " ",
        parameters=dict(app.parameters),
        offline_scopes=tuple(app.offline_scopes),
        uses_pkce=not app.pkce_disabled,
        repeats_nonce=not app.omits_nonce,
        sends_iss=app.sends_iss,
        rotation=_rotation(settings),
        authentication=STYLES.get(settings.client_authentication, "auto"),
        revocation_url=app.revocation_url,
        account=account,
    )


def scopes_of(data: OAuthData) -> tuple[str, ...]:
    """The scopes of an app, without those that its provider needs to issue a refresh token."""
    return tuple(dict.fromkeys(data.scope.split()))


def _display_name(name: str, authorization_url: str) -> str:
    """The name that a person sees: only of a provider to whose own host the browser goes."""
    known = PROVIDERS.get(name)
    if known is None or urlsplit(known.authorization_url).netloc != urlsplit(authorization_url).netloc:
        return ""
    return known.display_name


def _rotation(settings: Credential.UseSettings) -> Rotation:
    if not settings.HasField("refresh_token_rotates"):
        return "unknown"
    return "strict" if settings.refresh_token_rotates else "none"
