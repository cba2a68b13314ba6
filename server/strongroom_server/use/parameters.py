"""The scopes and the audience that a caller wants a token with, within those of the credential."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom_server.core.errors import FieldViolation, invalid
from strongroom_server.rules import fields
from strongroom_server.rules.oauth import scope_violations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST_AUDIENCE: Final = 2_048
# The variants whose provider is asked for scopes and an audience, unless the provider has fixed them before.
_TAKING: Final = ("oauth", "client_credentials", "json_document")


class Parameters(NamedTuple):
    """What a request of a caller adds to the credential's settings. The order of scopes has no meaning."""

    scopes: tuple[str, ...] = ()
    audience: str = ""

    @property
    def sha256(self) -> bytes:
        """What tokens with these parameters are stored by. Empty without parameters."""
        if self == NONE:
            return b""
        # Scopes have no space, and neither has NUL.
        return hashlib.sha256(f"{' '.join(self.scopes)}\0{self.audience}".encode()).digest()


NONE: Final = Parameters()


def parameters_of(scopes: Sequence[str], audience: str) -> Parameters:
    """The parameters in a canonical form. Raises FIELD_INVALID."""
    fields.require(_violations(scopes, audience))
    return Parameters(tuple(sorted(set(scopes))), audience)


def _violations(scopes: Sequence[str], audience: str) -> Iterator[FieldViolation]:
    yield from scope_violations("scopes", scopes)
    yield from fields.text("audience", audience, _LONGEST_AUDIENCE)


def require_taken(parameters: Parameters, variant: str) -> None:
    """Raises FIELD_INVALID if the variant takes no parameters, and there are some."""
    if variant not in _TAKING:
        for field, value in zip(Parameters._fields, parameters, strict=True):
            if value:
                raise invalid(field, f"must be empty for {variant}, it is for {', '.join(_TAKING)}")


def narrowed(parameters: Parameters, scopes: Sequence[str], audience: str) -> Parameters:
    """The credential's scopes and audience, with the caller's in their place. Raises FIELD_INVALID for what it does not allow."""
    if scopes and not set(parameters.scopes) <= set(scopes):
        raise invalid("scopes", "must be scopes that the credential has")
    if audience and parameters.audience:
        raise invalid("audience", "must be empty: the credential has an audience")
    return Parameters(parameters.scopes or tuple(scopes), audience or parameters.audience)
