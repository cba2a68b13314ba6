"""Writes the table of attacks into docs/security.md: `PYTHONPATH=tests python -m attacks.page`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from attacks.attack import Adversary
from attacks.table import ATTACKS

PAGE: Final = Path(__file__).parents[2] / "docs" / "security.md"
BEGIN: Final = "<!-- Generated from tests/attacks/table.py. Edit the table there. -->\n"
END: Final = "<!-- End of the table. -->\n"


def table() -> str:
    """The table of attacks in Markdown, by adversary."""
    lines = []
    for adversary in Adversary:
        attacks = [attack for attack in ATTACKS if attack.adversary is adversary]
        if not attacks:
            continue
        lines += [
            f"\n**{adversary.value[0].upper()}{adversary.value[1:]}**\n",
            "| attack | noticed | window |",
            "|---|---|---|",
        ]
        lines += [f"| {attack.name} | {attack.where.value} | {attack.window} |" for attack in attacks]
    return "\n".join(lines) + "\n\n"


def with_table(page: str) -> str:
    """The page with the present table."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
