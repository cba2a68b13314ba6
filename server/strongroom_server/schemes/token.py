"""A token that a provider has issued or that was signed here."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

# RFC 6749 appendix A.12, without blanks at the ends, which a header would lose.
_TOKEN: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,32766}[\x21-\x7e])?")

RULE_OF_TOKENS: Final = "a text of 1 to 32,768 printable ASCII characters"


class Token(NamedTuple):
    """A token. `expire_seconds` counts from the request, and is None if that is not known.

    `scopes` is empty if the provider has not said which it granted: then it granted those that were requested. A response without a
    refresh token leaves the present one valid.
    """

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - a scheme
    expire_seconds: int | None = None
    scopes: tuple[str, ...] = ()
    refresh_token: str | None = None

    def __repr__(self) -> str:
        """Without the tokens."""
        return f"Token({self.token_type}, expire_seconds={self.expire_seconds}, refresh_token={self.refresh_token is not None})"


def is_token(text: str) -> bool:
    """Whether a text keeps RULE_OF_TOKENS."""
    return _TOKEN.fullmatch(text) is not None
