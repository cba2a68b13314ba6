"""Compares stored secret data with the data that a partial update sends: which uses change, and whether stored secrets remain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.rules.variants.http_requests import requests_that_keep_secrets
from strongroom_server.rules.variants.table import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Collection

    from google.protobuf.message import Message

    from strongroom.v1.credential_pb2 import CredentialData


def changed_uses(present: CredentialData, changed: CredentialData, masked: Collection[str]) -> list[str]:
    """The masked fields that change and say how the arm's secrets are used.

    A secret field always counts as changed: to compare it would let a caller guess its value.
    """
    name = present.WhichOneof("variant")
    assert name is not None
    variant, before, after = VARIANTS[name], getattr(present, name), getattr(changed, name)
    found = []
    for path in variant.uses:
        top = path.partition(".")[0]
        if top in masked and (path in variant.secrets or not _same(before, after, top)):
            found.append(top)
    return found


def _same(before: Message, after: Message, name: str) -> bool:
    return before.HasField(name) == after.HasField(name) and getattr(before, name) == getattr(after, name)


def keeps_secrets(present: CredentialData, sent: CredentialData, masked: Collection[str]) -> bool:
    """Whether a stored secret remains after the masked fields of the arm are replaced with those that are sent."""
    name = present.WhichOneof("variant")
    assert name is not None
    stored = {descriptor.name for descriptor, _ in getattr(present, name).ListFields()}
    secret = {path.partition(".")[0] for path in VARIANTS[name].secrets}
    return bool(present.extra_json or (stored & secret) - set(masked) or requests_that_keep_secrets(present, sent))
