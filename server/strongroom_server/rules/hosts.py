"""Parses and matches the host patterns of allowed_hosts."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_PATTERN_LABEL = re.compile(r"[a-z0-9_*]([a-z0-9_*-]{0,61}[a-z0-9_*])?", re.ASCII)


def is_host(text: str) -> bool:
    """Whether the text is a DNS name or an IPv4 address, without scheme, port and path."""
    return _is_name(text, _LABEL)


def is_pattern(text: str) -> bool:
    """Whether the text is a host with `*` in any of its labels."""
    return _is_name(text, _PATTERN_LABEL)


def is_allowed(patterns: Iterable[str], host: str) -> bool:
    """Whether the host matches one of the patterns. Ignores case and a final dot."""
    labels = _labels(host)
    return any(_matches(_labels(pattern), labels) for pattern in patterns)


def _is_name(text: str, label: re.Pattern[str]) -> bool:
    return len(text) <= 253 and text.isascii() and all(label.fullmatch(part) for part in _labels(text))


def _labels(name: str) -> list[str]:
    return name.lower().removesuffix(".").split(".")


def _matches(pattern: list[str], host: list[str]) -> bool:
    if pattern == ["*"]:
        return True
    if pattern[0] == "*":
        # `*` as the first label matches one or more labels.
        rest = pattern[1:]
        return len(host) > len(rest) and _same(rest, host[len(host) - len(rest) :])
    return len(pattern) == len(host) and _same(pattern, host)


def _same(pattern: list[str], host: list[str]) -> bool:
    # `*` is the only special character that is_pattern allows.
    return all(fnmatchcase(label, part) for part, label in zip(pattern, host, strict=True))
