"""Translates the violations and warnings of a credential's data to the columns of its row and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from strongroom.v1.credential_pb2 import CREDENTIAL_STATE_ACTIVE, CREDENTIAL_STATE_INVALID
from strongroom_server.core.errors import FieldViolation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.core.records import Credential


class State(TypedDict):
    """The columns that say whether a credential's data keeps the rules of its variant."""

    state: int
    violations: Sequence[str]


def state_of(violations: Sequence[FieldViolation]) -> State:
    """The columns for data with these violations."""
    state = CREDENTIAL_STATE_INVALID if violations else CREDENTIAL_STATE_ACTIVE
    return State(state=state, violations=[part for violation in violations for part in violation])


def stored_violations(row: Credential) -> tuple[FieldViolation, ...]:
    """The violations in a row, with paths in CredentialData."""
    return tuple(map(FieldViolation, row.violations[::2], row.violations[1::2]))


def stored_warnings(row: Credential) -> tuple[FieldViolation, ...]:
    """The warnings in a row, with paths in Credential."""
    return tuple(map(FieldViolation, row.warnings[::2], row.warnings[1::2]))
