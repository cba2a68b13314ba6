"""Whose account a grant is for: an identifier to compare, and a label to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from strongroom_server.egress.client import Request
from strongroom_server.rules.json_text import JsonTextError, parse_object
from strongroom_server.schemes.recipes.location import path_of, value_at
from strongroom_server.schemes.token_errors import TokenNotIssued

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strongroom_server.rules.json_text import Json
    from strongroom_server.schemes.providers.provider import AccountPlace
    from strongroom_server.schemes.sending import Sender
    from strongroom_server.schemes.token import Token

_LONGEST: Final = 255
# Some APIs refuse a request without it.
_USER_AGENT: Final = "Strongroom"
_LABELS: Final = ("email", "preferred_username", "name", "sub")


class Account(NamedTuple):
    """An account at a provider. `subject` is unique within the issuer, which is empty if no id_token names it.

    `label` is text of the provider, of up to 255 printable characters: show it only where such a text is expected.
    """

    subject: str
    label: str
    issuer: str = ""

    def is_same(self, other: Account) -> bool:
        """Whether two grants are for one account. Labels change."""
        return (self.issuer, self.subject) == (other.issuer, other.subject)


def account_of_claims(claims: Mapping[str, Json], issuer: str) -> Account | None:
    """The account that the claims of an id_token name, None without a usable `sub`."""
    subject = _text_of(claims.get("sub"))
    label = next((text for name in _LABELS if (text := _text_of(claims.get(name)))), "")
    return Account(subject, label, issuer) if subject else None


def account_in(place: AccountPlace, document: Mapping[str, Any]) -> Account | None:
    """The account that a document names, None if it is not at its place."""
    subject, label = (_text_of(_value_at(path, document)) for path in (place.subject, place.label))
    return Account(subject, label or subject) if subject else None


async def request_account(sender: Sender, place: AccountPlace, token: Token) -> Account | None:
    """Ask the provider for the account of a new access token. None if it does not answer as expected.

    A failure is no reason to lose the grant: the caller stores the tokens, and the account stays unknown.
    """
    headers = [
        ("Accept", "application/json"),
        ("Authorization", f"Bearer {token.access_token}"),
        ("User-Agent", _USER_AGENT),
    ]
    try:
        to, target = sender.destination_of(place.url)
        response = await sender.send(to, Request("GET", target, headers))
        return account_in(place, parse_object(response.body)) if response.status == 200 else None
    except (TokenNotIssued, JsonTextError):
        return None


def _value_at(text: str, document: Mapping[str, Any]) -> Json:
    path = path_of(text)
    return value_at(path, dict(document)) if path else None


def _text_of(value: Json) -> str:
    """A short printable text, or a whole number in decimals; otherwise empty. Controls of direction are not printable."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return text if len(text) <= _LONGEST and text.isprintable() else ""
