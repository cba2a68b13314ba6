"""What verification finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """An error in the stored data of an organisation."""

    organisation_id: str
    text: str
