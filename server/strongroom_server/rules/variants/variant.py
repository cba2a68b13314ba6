"""Defines what a variant's rules can say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from strongroom.v1.credential_pb2 import CredentialData
    from strongroom_server.core.errors import FieldViolation


@dataclass(frozen=True, slots=True)
class Variant:
    """The rules of one arm of CredentialData. Fields have the names that they have in the arm's message."""

    # Every field of the arm is in one of these, or in both. `secrets` have `debug_redact` in credential.proto. `uses` say where,
    # how or as whom the secrets are used: a caller that cannot read the secrets may change a use only if it sends every secret.
    secrets: tuple[str, ...]
    uses: tuple[str, ...] = ()
    # The fields of Credential.UseSettings that the variant takes.
    use_settings: tuple[str, ...] = ()
    # Fields that must be set. A surface's settings can require others.
    required: tuple[str, ...] = ()
    # Fields that must not be empty if they are set.
    ids: tuple[str, ...] = ()
    # Fields that must hold an http or https URL if they are set.
    urls: tuple[str, ...] = ()
    # Fields that must hold a JSON object if they are set.
    json_objects: tuple[str, ...] = ()
    # Fields that must hold one of these values if they are set.
    one_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Yields violations of rules that no column above can express. Paths start in the arm.
    further: Callable[[CredentialData], Iterator[FieldViolation]] | None = None
    # Yields violations of bounds, which are refused even where `accept_invalid` is set. Paths start in the arm.
    bounds: Callable[[CredentialData], Iterator[FieldViolation]] | None = None
    # Yields the rules that data breaks although it can be stored and read. Paths start in the arm. Runs on the event loop, so it
    # must take less than a millisecond.
    warnings: Callable[[CredentialData], Iterator[FieldViolation]] | None = None
