"""Exchanges an authorization code for tokens (RFC 6749 §4.1.3), and says whose account they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from strongroom_server.schemes.account import Account, account_in
from strongroom_server.schemes.id_token import Expected, IdTokenInvalid, account_of_id_token
from strongroom_server.schemes.token_endpoint import Style, TokenRequest, request_as_client
from strongroom_server.schemes.token_response import document_of, token_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from strongroom_server.egress.client import Response
    from strongroom_server.schemes.providers.provider import Provider
    from strongroom_server.schemes.sending import Sender
    from strongroom_server.schemes.token import Token

GRANT_TYPE: Final = "authorization_code"


class CodeGrant(NamedTuple):
    """A code, the client that it was issued to, and what of its Consent the exchange needs.

    `redirect_uri` must be that of the consent URL. `keys` are those of Expected.
    """

    code: str
    client_id: str
    client_secret: str
    redirect_uri: str
    verifier: str = ""
    nonce: str = ""
    keys: Sequence[Mapping[str, Any]] | None = None

    def __repr__(self) -> str:
        """Without secrets."""
        return f"CodeGrant(pkce={bool(self.verifier)})"


class Exchanged(NamedTuple):
    """The tokens, the style that worked, and the account if the response names it.

    Without an account the caller may ask with `request_account` where the provider's `account` has a URL.
    """

    token: Token
    style: Style
    account: Account | None


class AccountRejected(Exception):
    """Tokens were issued, but their id_token is missing or invalid, so they may be another person's: revoke, and store nothing."""

    def __init__(self, token: Token, style: Style, rule: str) -> None:
        super().__init__(f"the id_token {rule}")
        self.token = token
        self.style = style
        self.rule = rule


async def exchange_code(sender: Sender, provider: Provider, grant: CodeGrant, now: datetime) -> Exchanged:
    """Exchange a code. Raises Refused, Unavailable, NotSent, InDoubt and AccountRejected.

    A code is used once. After InDoubt it may be used, and only a new consent helps; a cancelled call is such a case.
    """
    fields = {"grant_type": GRANT_TYPE, "code": grant.code, "redirect_uri": grant.redirect_uri}
    if grant.verifier:
        fields["code_verifier"] = grant.verifier
    request = TokenRequest(
        provider.token_url, fields, grant.client_id, grant.client_secret, _authentication(provider, grant)
    )
    (token, document), style = await request_as_client(sender, request, _read)
    try:
        return Exchanged(token, style, _account(provider, grant, document, now))
    except IdTokenInvalid as invalid:
        raise AccountRejected(token, style, invalid.rule) from None


def _authentication(provider: Provider, grant: CodeGrant) -> Style | Literal["auto"]:
    # A public client has no secret to put into a header: it only names itself.
    return provider.authentication if grant.client_secret else "body"


def _read(response: Response) -> tuple[Token, dict[str, Any]]:
    return token_of(response), document_of(response)


def _account(provider: Provider, grant: CodeGrant, document: Mapping[str, Any], now: datetime) -> Account | None:
    id_token = document.get("id_token")
    if isinstance(id_token, str) and id_token:
        expected = Expected(grant.client_id, provider.issuer, grant.nonce, grant.keys)
        return account_of_id_token(id_token, expected, now)
    if provider.issuer and grant.nonce:
        raise IdTokenInvalid("is required: the scope openid was requested of an OpenID provider")
    if provider.account and not provider.account.url:
        return account_in(provider.account, document)
    return None
