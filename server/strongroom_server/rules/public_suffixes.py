"""Says which names are below a domain that somebody registered, by the Public Suffix List.

Below a public suffix, such as `com`, `co.uk` or `github.io`, anyone can get a host. The list comes with the package
publicsuffixlist, and is never fetched.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from publicsuffixlist import PublicSuffixList

from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules import hosts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TOO_WIDE: Final = (
    "must have a registered domain after the wildcard, such as *.example.com: "
    "anyone can get a host below a public suffix"
)


def host_warnings(allowed_hosts: Sequence[str]) -> Iterator[FieldViolation]:
    """The patterns that match hosts of strangers, with paths in Credential. The patterns must be valid."""
    for index, pattern in enumerate(allowed_hosts):
        if "*" in pattern and not _is_registered(_after_wildcards(pattern)):
            yield FieldViolation(f"allowed_hosts[{index}]", _TOO_WIDE)


def domains_of(text: str) -> tuple[str, ...]:
    """Domains, separated by commas, none of which is a public suffix.

    Raises ValueError with the rule that the text breaks, as a phrase after `must be`.
    """
    domains: dict[str, None] = {}
    for each in filter(None, (part.strip() for part in text.split(","))):
        domain = ".".join(hosts.canonical(each)[0])
        if ":" in each or not hosts.is_host(each) or not _is_registered(domain):
            raise ValueError(f"domains below a public suffix, separated by commas, such as example.com: {each} is none")
        domains[domain] = None
    return tuple(domains)


def _after_wildcards(pattern: str) -> str:
    """The labels of a pattern after the last one with a wildcard."""
    labels, _ = hosts.canonical(pattern)
    return ".".join(labels).rpartition("*")[2].partition(".")[2]


def _is_registered(name: str) -> bool:
    """Whether the name is, or is below, a registered domain. The rest of an IPv4 address is not."""
    return not name.rpartition(".")[2].isdigit() and _public_suffixes().privatesuffix(name) is not None


@cache
def _public_suffixes() -> PublicSuffixList:
    # Loading it takes about 30 ms and 2 MB, so a process does it with the first wildcard. A look-up takes 3 µs.
    return PublicSuffixList()
