"""Finds what makes secret data useless although it keeps the rules of its variant, such as a private key that cannot be parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.rules.variants.table import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom.v1.credential_pb2 import CredentialData


def data_warnings(data: CredentialData) -> Sequence[str]:
    """The warnings of data that is to be stored: field, as a path in Credential, and text, alternating as in the row."""
    name = data.WhichOneof("variant")
    assert name is not None
    warnings = VARIANTS[name].warnings
    if warnings is None:
        return ()
    return [part for field, rule in warnings(data) for part in (f"data.{name}.{field}", rule)]
