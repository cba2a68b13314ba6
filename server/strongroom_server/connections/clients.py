"""Reads the app of a session: the client that is registered at a provider, with its secret."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES, Credential
from strongroom_server.connections import app_checks
from strongroom_server.connections.providers import provider_of, scopes_of
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.credentials.pairs import policy_of
from strongroom_server.rules import fields
from strongroom_server.rules.state import stored_violations
from strongroom_server.rules.use_settings import USE_SETTINGS
from strongroom_server.schemes.authorization import prepare_consent
from strongroom_server.schemes.authorization_code import GRANT_TYPE as AUTHORIZATION_CODE
from strongroom_server.schemes.token_endpoint import Style, TokenRequest
from strongroom_server.store import credentials

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from strongroom.v1.credential_pb2 import OAuthData
    from strongroom_server.connections.context import Context
    from strongroom_server.core import records
    from strongroom_server.schemes.authorization import Consent
    from strongroom_server.schemes.providers.provider import Provider
    from strongroom_server.store.credentials import Visible

_SURFACES: Final = (SURFACE_NATIVE, SURFACE_TINES)


class Client(NamedTuple):
    """An app whose row is verified, with its opened data and its provider."""

    row: records.Credential
    data: OAuthData
    provider: Provider

    def __repr__(self) -> str:
        """Without the data."""
        return f"Client({self.row.id})"

    @property
    def settings(self) -> Credential.UseSettings:
        """The use settings of the app."""
        settings: Credential.UseSettings = USE_SETTINGS.of(self.row)
        return settings

    @property
    def needs_consent(self) -> bool:
        """Whether a person consents. Otherwise the client asks for tokens in its own name."""
        return self.data.grant_type == AUTHORIZATION_CODE

    @property
    def is_connection(self) -> bool:
        """Whether the app becomes the connection itself, as on Tines' surface."""
        return self.row.surface == SURFACE_TINES

    @property
    def surface(self) -> int:
        """The surface of its connections."""
        return self.row.surface if self.is_connection else self.settings.app.connection_surface or SURFACE_NATIVE

    @property
    def scopes(self) -> tuple[str, ...]:
        """Its scopes, without those that the provider needs to issue a refresh token."""
        return scopes_of(self.data)

    @property
    def sha256(self) -> bytes:
        """The hash of what decides to whom a code and its tokens are sent, and whose account they are taken for."""
        sent = f"{self.data.client_id}\0{self.data.token_url}\0".encode()
        return hashlib.sha256(sent + policy_of(self.row)).digest()

    def requested(self, scopes: Sequence[str]) -> tuple[str, ...]:
        """The scopes that are requested for a session with these."""
        return tuple(dict.fromkeys((*scopes, *self.provider.offline_scopes)))

    def consent(self, session: records.ConnectionSession) -> Consent:
        """A new consent URL for a session. Raises FIELD_INVALID."""
        names, values = session.parameters[::2], session.parameters[1::2]
        parameters = dict(zip(names, values, strict=True))
        return prepare_consent(self.provider, self.data.client_id, session.redirect_uri, session.scopes, parameters)

    def request(self, url: str, form: Mapping[str, str], style: Style | None = None) -> TokenRequest:
        """A request of the client, which authenticates in this style, or as the app says."""
        client_id, secret = self.data.client_id, self.data.client_secret
        # A public client has no secret to put into a header: it only names itself.
        return TokenRequest(url, form, client_id, secret, style or (self.provider.authentication if secret else "body"))


async def read_client(context: Context, visible: Visible, path: str, app_id: str) -> Client:
    """Read, verify and open the app that a field names.

    Raises CREDENTIAL_NOT_FOUND, CREDENTIAL_INVALID, FIELD_INVALID, SEAL_BROKEN.
    """
    stored = await credentials.get(context.vault.database, visible, fields.credential_id(path, app_id), box=True)
    if stored is None:
        raise app_checks.not_found(path)
    row = stored.row
    await context.vault.verify(row)
    if row.variant != "oauth" or row.surface not in _SURFACES:
        raise invalid(path, "must be an app, or a credential of the variant oauth on SURFACE_TINES")
    if row.violations:
        raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_INVALID, stored_violations(row))
    data = context.vault.open(stored).oauth
    return Client(row, data, provider_of(row, data))
