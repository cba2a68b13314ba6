"""Tests the form of host patterns and what they match."""

from __future__ import annotations

import pytest

from strongroom_server.rules import hosts


@pytest.mark.parametrize(
    ("pattern", "host", "allowed"),
    [
        ("example.com", "example.com", True),
        ("example.com", "EXAMPLE.com.", True),
        ("Example.COM.", "example.com", True),
        ("example.com", "a.example.com", False),
        ("example.com", "example.com.evil.test", False),
        ("example.com", "notexample.com", False),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "evilexample.com", False),
        ("api-*.example.com", "api-eu.example.com", True),
        ("api-*.example.com", "api-eu.x.example.com", False),
        ("a*b*c.example.com", "abbc.example.com", True),
        ("a.*.example.com", "a.b.example.com", True),
        ("a.*.example.com", "a.b.c.example.com", False),
        ("*", "anything.test", True),
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.10", False),
    ],
)
def test_a_pattern_matches_as_documented(pattern: str, host: str, allowed: bool) -> None:
    assert hosts.is_pattern(pattern)
    assert hosts.is_allowed([pattern], host) is allowed
    assert hosts.is_allowed(["other.test", pattern], host) is allowed


@pytest.mark.parametrize(
    "text",
    ["", ".", "a..b", "-a.test", "a-.test", "a b", "a/b", "a:80", "http://a", "a@b", "ä.test", "\u212a.test", "a\n",
     "a" * 64, ".".join(["a" * 50] * 6), "[::1]", "a?", "[a]"],
)  # fmt: skip
def test_a_text_that_is_not_a_host_is_not_a_pattern(text: str) -> None:
    assert not hosts.is_host(text)
    assert not hosts.is_pattern(text)


def test_a_wildcard_is_a_pattern_but_not_a_host() -> None:
    assert hosts.is_pattern("*.a*.test")
    assert not hosts.is_host("*.a*.test")


def test_matching_takes_linear_time() -> None:
    # With backtracking this would never end.
    assert not hosts.is_allowed(["*a" * 30 + "*b"], "a" * 63)
