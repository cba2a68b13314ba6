"""Checks that the relative links of the Markdown pages lead to a file and a heading that exist. `make lint` runs it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parent.parent

_CODE: Final = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_FENCED: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)[^)]*\)")


def pages(root: Path) -> list[Path]:
    """The project's Markdown pages."""
    return sorted([*root.glob("*.md"), *root.glob("bench/*.md"), *root.glob("docs/**/*.md")])


def broken_links(page: Path) -> Iterator[str]:
    """The relative links of a page whose file or heading does not exist."""
    for link in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8"))):
        path, _, anchor = unquote(link).partition("#")
        if "://" in link or path.startswith("mailto:"):
            continue
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them: a repeated heading gets a number."""
    found: set[str] = set()
    for heading in _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 1
        unique = anchor
        while unique in found:
            unique = f"{anchor}-{number}"
            number += 1
        found.add(unique)
    return found


def main() -> int:
    """Print each broken link. Returns 1 if there is one."""
    broken = [f"{page.relative_to(ROOT)}: {link}" for page in pages(ROOT) for link in broken_links(page)]
    for line in broken:
        sys.stderr.write(f"broken link in {line}\n")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
