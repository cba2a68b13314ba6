"""Searches for planted secrets in what a node shows, logs and stores."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from conftest import Deployment

MARKER = "canary-7f3a91c2"
# Tokens of the mock provider, also those that a test never saw.
_OF_THE_PROVIDER = re.compile(rb"\b[ar]t-(?:[0-9a-f]{8}|none)-\d+-[\w-]{32}")


def written_as(marker: str) -> list[bytes]:
    """The marker as text, hexadecimal and base64 at each offset."""
    raw = marker.encode()
    codes = [base64.b64encode(b"\0" * offset + raw)[offset + 1 : -4] for offset in range(3)]
    return [raw, raw.hex().encode(), *codes]


def assert_absent(where: str, text: str | bytes, secrets: Collection[str] = (MARKER,)) -> None:
    octets = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    # The secret itself would be in the output of the test.
    found = [number for number, secret in enumerate(secrets) if any(code in octets for code in written_as(secret))]
    assert not found, f"planted secrets are in {where}: {found}"
    assert _OF_THE_PROVIDER.search(octets) is None, f"a token of the provider is in {where}"


async def rows_of(deployment: Deployment) -> AsyncIterator[tuple[str, str]]:
    """Every row of the database as text, with the name of its table."""
    async with deployment.sql() as connection:
        tables = await connection.fetch(
            "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
        )
        for (table,) in tables:
            for (row,) in await connection.fetch(f"select t::text from {table} t"):
                yield table, row
