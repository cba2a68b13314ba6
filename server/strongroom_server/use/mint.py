"""Gives out tokens that a credential stands for: cached ones, new ones of its provider, and those that are signed here."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from strongroom_server.access.caller import Caller
    from strongroom_server.access.use import Kind
    from strongroom_server.core.records import Refresh
    from strongroom_server.use.context import Context, Selected
    from strongroom_server.use.pairs import Pair


class Wanted(NamedTuple):
    """What a token is wanted for. `kind` is what the caller gets: the token, or what is made with it.

    `started` is awaited before a provider is asked: Trail.started, which commits the audit event unless that has been done.
    `scopes` and `audience` are those that the credential was selected with, by `parameters_of`.
    """

    kind: Kind
    host: str
    started: Callable[[], Awaitable[None]]
    min_remaining: float = 10
    scopes: Sequence[str] = ()
    audience: str = ""
    rejected_sha256: bytes = b""


class Minted(NamedTuple):
    """A token. `expire_time` is None if it is not known. `generation` is 0 and `refresh` None for a token that was signed here.

    `selected` is the credential when the token was given: a new version if it was updated while the provider was asked.
    """

    selected: Selected
    pair: Pair
    expire_time: datetime | None
    generation: int
    refresh: Refresh | None


async def token_of(context: Context, selected: Selected, caller: Caller, wanted: Wanted) -> Minted:
    """The credential's token, for MintToken and for every request whose authentication is a token.

    access/use.py must have decided. It decides again if the credential is read again, because a provider was asked meanwhile.
    Raises USE_NOT_SUPPORTED for a variant without a token and for aws without a role, and the reasons of providers.
    """
    raise NotImplementedError


def parameters_of(scopes: Sequence[str], audience: str) -> bytes:
    """The hash by which tokens with these parameters are stored. Empty without parameters. The order of scopes has no meaning."""
    if not scopes and not audience:
        return b""
    # Scopes have no spaces and no NUL, audiences no NUL.
    return hashlib.sha256(f"{' '.join(sorted(set(scopes)))}\0{audience}".encode()).digest()
