"""Says whose client refreshes a grant: of a connection the present client of its app, read when a request is about to be made.

A refresh token goes only to the origin whose token endpoint issued it: whoever may change an app must not get the tokens of others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.timestamps import text_of
from strongroom_server.credentials.pairs import origin_of
from strongroom_server.rules.use_settings import USE_SETTINGS
from strongroom_server.store import connections, credentials
from strongroom_server.store.credentials import Visible
from strongroom_server.store.grant_rows import TOKEN_URL_CHANGED
from strongroom_server.use.askers import STYLES
from strongroom_server.use.asking import AskFailed

if TYPE_CHECKING:
    from strongroom.v1.credential_pb2 import OAuth2RefreshData, OAuthData
    from strongroom_server.core import records
    from strongroom_server.credentials.pairs import Pair
    from strongroom_server.use.context import Context, Selected

# Why only a new consent helps, although no provider has refused a request.
DISCONNECTED: Final = "disconnected"
NO_REFRESH_TOKEN: Final = "no_refresh_token"  # noqa: S105 - a reason
CONSENT_REASONS: Final = frozenset({DISCONNECTED, NO_REFRESH_TOKEN, TOKEN_URL_CHANGED})

Style = Literal["auto", "basic", "body"]
# What oauth2_refresh has as auth_style, as Go's oauth2 names it.
_AUTH_STYLES: Final[dict[str, Style]] = {"header": "basic", "params": "body"}


class Client(NamedTuple):
    """The client that refreshes a grant, and where."""

    token_url: str
    client_id: str
    client_secret: str
    style: Style

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Client({self.token_url!r})"


async def client_of(context: Context, selected: Selected, pair: Pair) -> Client:
    """The client for the next refresh. Raises SEAL_BROKEN, and AskFailed for one of CONSENT_REASONS."""
    row, data = selected.row, context.vault.open(selected.stored)
    if row.variant == "oauth":
        client = _of_app(row, data.oauth)
    else:
        client = _of_data(data.oauth2_refresh)
        # Of a grant that has a pair, the pair knows whether it is a connection.
        connection = None
        if pair.endpoint_origin or not pair.access_token:
            connection = await connections.of_credential(context.vault.database, row.organisation_id, row.id)
        if connection is not None:
            if not pair.endpoint_origin:
                # The refresh token of the data was the first one: it was used, or its grant was revoked.
                raise _ended(context, DISCONNECTED)
            await context.verify_connection(connection)
            client = await _of_connection(context, connection, client)
    if pair.endpoint_origin and not pair.refresh_token:
        raise _ended(context, NO_REFRESH_TOKEN)
    if pair.endpoint_origin and origin_of(client.token_url) != pair.endpoint_origin:
        raise _ended(context, TOKEN_URL_CHANGED)
    return client


def is_irreplaceable(context: Context, selected: Selected, pair: Pair) -> bool:
    """Whether only a new consent replaces a pair, and its provider is still the one of the credential's data."""
    if not pair.endpoint_origin or pair.refresh_token:
        return False
    # The data of another variant cannot be changed while it is a connection.
    return selected.row.variant != "oauth" or (
        origin_of(context.vault.open(selected.stored).oauth.token_url) == pair.endpoint_origin
    )


async def _of_connection(context: Context, connection: records.Connection, copied: Client) -> Client:
    """The present client of the app or, if the app was deleted, the one that was copied when the connection was made."""
    # Whoever may use the connection need not see the app.
    everything = Visible(connection.organisation_id, None)
    app = await credentials.get(context.vault.database, everything, connection.app_id, box=True)
    if app is None or app.row.variant != "oauth":
        return copied
    await context.vault.verify(app.row)
    present = _of_app(app.row, context.vault.open(app).oauth)
    return present._replace(style=copied.style) if present.style == "auto" else present


def _of_app(row: records.Credential, data: OAuthData) -> Client:
    style = STYLES.get(USE_SETTINGS.of(row).client_authentication, "auto")
    # A public client has no secret to put into a header: it only names itself.
    return Client(data.token_url, data.client_id, data.client_secret, style if data.client_secret else "body")


def _of_data(data: OAuth2RefreshData) -> Client:
    style = _AUTH_STYLES.get(data.auth_style.lower(), "auto")
    return Client(data.token_url, data.client_id, data.client_secret, style)


def _ended(context: Context, reason: str) -> AskFailed:
    since = text_of(context.vault.watch.now())
    return AskFailed(ServiceError(reasons.ERROR_REASON_REAUTH_REQUIRED, error=reason, since=since), "refused", reason)
