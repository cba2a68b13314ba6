"""Finds what makes secret data useless although it keeps the rules of its variant, such as a private key that cannot be parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules.variants.table import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom.v1.credential_pb2 import CredentialData


def data_warnings(data: CredentialData) -> Iterator[FieldViolation]:
    """The warnings of data that is to be stored, with paths in Credential."""
    name = data.WhichOneof("variant")
    assert name is not None
    warnings = VARIANTS[name].warnings
    if warnings is not None:
        for field, rule in warnings(data):
            yield FieldViolation(f"data.{name}.{field}", rule)
