"""Matches the names and claims of identities with their patterns.

`*` stands for one or more characters except the separators, `**` at the end for one or more of any characters. All else stands
for itself, code point by code point. A pattern matches the whole value.
"""

from __future__ import annotations

from typing import Final

# What `*` does not stand for, in a URI or a claim and in a DNS name.
SEPARATORS: Final = "/:"
DNS_SEPARATORS: Final = "."


def broken_rule(pattern: str) -> str | None:
    """The rule that a pattern breaks, or None."""
    if "**" in pattern.removesuffix("**") or pattern.endswith("***"):
        return "may have ** only at the end, and not after another *"
    if not pattern.isprintable():
        return "must not have control characters or invisible ones"
    return None


def is_exact(pattern: str) -> bool:
    """Whether the pattern matches only the value that it spells out."""
    return "*" not in pattern


def matches(pattern: str, value: str, separators: str = SEPARATORS) -> bool:
    """Whether the whole value fits a pattern that breaks no rule. A value with control or invisible characters fits none.

    No pattern makes it slow, whereas a regular expression with many `*` can take years.
    """
    if not value.isprintable():
        return False
    is_open = pattern.endswith("**")
    first, *pieces = pattern.removesuffix("**").split("*")
    if not value.startswith(first):
        return False
    end = len(first)
    for place, piece in enumerate(pieces, start=1):
        if place == len(pieces) and not is_open:
            start = len(value) - len(piece) if value.endswith(piece) else -1
        else:
            # The leftmost place is enough: from a later one, the rest of the pattern has less to match.
            start = value.find(piece, end + 1)
        if start <= end or not set(separators).isdisjoint(value[end:start]):
            return False
        end = start + len(piece)
    return end < len(value) if is_open else end == len(value)
