"""The error for a credential that a token cannot be made of."""

from __future__ import annotations

from strongroom_server.core.errors import FieldViolation


class UnusableCredential(Exception):
    """The credential breaks a rule. `violation` has its path, as in the credential's warnings, and holds nothing of a secret."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field} {rule}")
        self.violation = FieldViolation(field, rule)
