"""Seals and signs stored tokens again, while nodes serve. A broken token that can be requested again is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.core.errors import ServiceError
from strongroom_server.store import token_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.core.records import Token
    from strongroom_server.keys.context import Context
    from strongroom_server.store.token_keys import TokenRow


async def reseal_page(context: Context, page: Sequence[TokenRow]) -> tuple[int, list[tuple[TokenRow, str]]]:
    """Seal tokens again with the active keys of their organisations.

    Returns how many are no longer under the old key, and the grants that were left, with the reason.
    """
    changed, broken = 0, []
    for found in page:
        try:
            await context.keyring.verify(found.row)
            await context.keyring.verify(found.token)
            data = context.keyring.unseal_token(found.row, found.token, found.box)
        except ServiceError as error:
            if found.is_grant:
                broken.append((found, str(error)))
            else:
                changed += await token_keys.forget(context.database, found)
        else:
            token, box = context.keyring.seal_token(found.token, data)
            changed += await token_keys.replace(context.database, found, token, box)
    return changed, broken


async def resign_page(context: Context, page: Sequence[TokenRow]) -> tuple[int, list[TokenRow]]:
    """Sign tokens again. Returns how many are no longer under the old signer, and the grants that were left."""
    changed, broken = 0, []
    for found in page:
        try:
            await context.keyring.verify(found.token)
        except ServiceError:
            if found.is_grant:
                broken.append(found)
            else:
                changed += await token_keys.forget(context.database, found)
        else:
            signed: Token = context.keyring.sign(found.token)
            changed += await token_keys.replace(context.database, found, signed, found.box)
    return changed, broken
