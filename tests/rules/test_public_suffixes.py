"""Which patterns of allowed_hosts match hosts of strangers, and which domains an operator can list."""

from __future__ import annotations

import re

import pytest

from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules import hosts
from strongroom_server.rules.public_suffixes import domains_of, host_warnings

RULE = (
    "must have a registered domain after the wildcard, such as *.example.com: "
    "anyone can get a host below a public suffix"
)


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "*:8443",
        "*.*",
        "*.com",
        "*.COM.",
        "*.com:8443",
        "*.co.uk",
        "*.github.io",
        "*.s3.amazonaws.com",
        "*.cloudfront.net",
        # The Public Suffix List has *.kawasaki.jp.
        "*.kawasaki.jp",
        "*.city1.kawasaki.jp",
        "*.xn--p1ai",
        # Not on the list, so its default rule counts.
        "*.internal",
        "api*.com",
        "*example.co.uk",
        "a*b.com",
        "api.*.com",
        "*.*.com",
        "api.example.*",
        "*.example.c*",
        "*.1",
        "10.0.0.*",
        "10.*.0.1",
    ],
)
def test_a_wildcard_without_a_registered_domain_after_it_is_a_warning(pattern: str) -> None:
    assert hosts.is_pattern(pattern)
    assert list(host_warnings(["api.example.com", pattern])) == [FieldViolation("allowed_hosts[1]", RULE)]


@pytest.mark.parametrize(
    "pattern",
    [
        "api.example.com",
        "example.com:8443",
        "*.example.com",
        "*.example.com.",
        "*.EXAMPLE.co.uk:8443",
        "api*.example.com",
        "a.*.example.com",
        "*.amazonaws.com",
        "*.me.github.io",
        "*.city.kawasaki.jp",
        "*.vault.internal",
        # Without a wildcard nothing but this host matches.
        "github.io",
        "localhost",
        "10.0.0.1",
    ],
)
def test_other_patterns_have_no_warning(pattern: str) -> None:
    assert hosts.is_pattern(pattern)
    assert list(host_warnings([pattern])) == []


def test_domains_are_read_in_one_form() -> None:
    assert domains_of("") == ()
    assert domains_of("Example.com., api.example.co.uk,,example.com") == ("example.com", "api.example.co.uk")


@pytest.mark.parametrize(
    "text",
    [
        "com",
        "co.uk",
        "github.io",
        "*.example.com",
        ".example.com",
        "example.com:443",
        "https://example.com",
        "10.0.0.1",
    ],
)
def test_a_public_suffix_is_no_domain_to_list(text: str) -> None:
    rule = f"domains below a public suffix, separated by commas, such as example.com: {text} is none"
    with pytest.raises(ValueError, match=f"^{re.escape(rule)}$"):
        domains_of(f"example.org,{text}")
