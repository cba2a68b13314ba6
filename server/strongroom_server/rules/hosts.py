"""Parses and matches the host patterns of allowed_hosts. A host or pattern without a port has the port 443."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

RULE: Final = "must be a DNS name or IPv4 address, with or without a port from 1 to 65535, without scheme and path"

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_PATTERN_LABEL = re.compile(r"[a-z0-9_*]([a-z0-9_*-]{0,61}[a-z0-9_*])?", re.ASCII)
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_DEFAULT_PORT: Final = 443
_LARGEST_PORT: Final = 65_535
# Stands for a text after the colon that is not a port. No port is 0.
_NO_PORT: Final = 0


def is_host(text: str) -> bool:
    """Whether the text is a DNS name or an IPv4 address, with or without a port, and without scheme and path."""
    return _is_valid(text, _LABEL)


def is_pattern(text: str) -> bool:
    """Whether the text is a host with `*` in any of its labels."""
    return _is_valid(text, _PATTERN_LABEL)


def has_broken_port(text: str) -> bool:
    """Whether only the port keeps the text from being a pattern."""
    name, port = _split(text)
    return port == _NO_PORT and _is_name(name, _PATTERN_LABEL) and "/" not in text


def is_allowed(patterns: Iterable[str], host: str) -> bool:
    """Whether name and port of the host match one of the patterns. Ignores case and a final dot."""
    labels, port = canonical(host)
    return any(
        pattern_port == port and _matches(pattern_labels, labels)
        for pattern_labels, pattern_port in map(canonical, patterns)
    )


def is_below(domains: Iterable[str], host: str) -> bool:
    """Whether the name of the host is one of the domains or ends in one, whatever its port."""
    labels, _ = canonical(host)
    return any(labels[-len(domain) :] == domain for domain, _ in map(canonical, domains))


def canonical(text: str) -> tuple[tuple[str, ...], int]:
    """The labels and the port of a host or pattern, equal for texts that mean the same."""
    name, port = _split(text)
    return _labels(name), port


def _split(text: str) -> tuple[str, int]:
    name, colon, port = text.partition(":")
    if not colon:
        return text, _DEFAULT_PORT
    if _PORT.fullmatch(port) is None or int(port) > _LARGEST_PORT:
        return name, _NO_PORT
    return name, int(port)


def _is_valid(text: str, label: re.Pattern[str]) -> bool:
    name, port = _split(text)
    return port != _NO_PORT and _is_name(name, label)


def _is_name(text: str, label: re.Pattern[str]) -> bool:
    return len(text) <= 253 and text.isascii() and all(label.fullmatch(part) for part in _labels(text))


def _labels(name: str) -> tuple[str, ...]:
    return tuple(name.lower().removesuffix(".").split("."))


def _matches(pattern: tuple[str, ...], host: tuple[str, ...]) -> bool:
    if pattern == ("*",):
        return True
    if pattern[0] == "*":
        # `*` as the first label matches one or more labels.
        rest = pattern[1:]
        return len(host) > len(rest) and _same(rest, host[len(host) - len(rest) :])
    return len(pattern) == len(host) and _same(pattern, host)


def _same(pattern: tuple[str, ...], host: tuple[str, ...]) -> bool:
    # `*` is the only special character that is_pattern allows.
    return all(fnmatchcase(label, part) for part, label in zip(pattern, host, strict=True))
