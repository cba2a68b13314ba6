"""Checks the names of identities: SPIFFE IDs, DNS names, and the trust domains and suffixes that contain them."""

from __future__ import annotations

import re
from typing import Final

# SPIFFE-ID, sections 2.1 and 2.2. Lower case only, and no percent-encoding: one name has one form.
_TRUST_DOMAIN: Final = re.compile(r"[a-z0-9._-]{1,255}", re.ASCII)
_SPIFFE_ID: Final = re.compile(r"spiffe://([a-z0-9._-]{1,255})((?:/[A-Za-z0-9._-]+)+)", re.ASCII)
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
LONGEST_SPIFFE_ID: Final = 2048
_LONGEST_DNS_NAME: Final = 253


def is_trust_domain(text: str) -> bool:
    """Whether the text is a SPIFFE trust domain."""
    return _TRUST_DOMAIN.fullmatch(text) is not None


def is_spiffe_id(text: str) -> bool:
    """Whether the text is the SPIFFE ID of a workload, which has a path."""
    parts = _SPIFFE_ID.fullmatch(text) if len(text) <= LONGEST_SPIFFE_ID else None
    return parts is not None and {".", ".."}.isdisjoint(parts[2].split("/"))


def is_dns_name(text: str) -> bool:
    """Whether the text is a DNS name of lower-case letters, digits and hyphens, without a wildcard."""
    return len(text) <= _LONGEST_DNS_NAME and all(map(_LABEL.fullmatch, text.split(".")))


def suffixes_of(name: str) -> list[str]:
    """The name, and every domain that it lies in."""
    labels = name.split(".")
    return [".".join(labels[index:]) for index in range(len(labels))]
