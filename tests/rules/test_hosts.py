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
        ("*", "anything.test:8443", False),
        ("*:8443", "anything.test:8443", True),
        ("example.com", "example.com:443", True),
        ("example.com:443", "example.com", True),
        ("example.com.:443", "EXAMPLE.com.", True),
        ("example.com", "example.com:8443", False),
        ("example.com:8443", "example.com", False),
        ("example.com:8443", "example.com:8443", True),
        ("example.com:8443", "example.com:844", False),
        ("example.com:8443", "a.example.com:8443", False),
        ("*.example.com:8443", "a.b.example.com:8443", True),
        ("*.example.com:8443", "a.b.example.com", False),
        ("10.0.0.1:65535", "10.0.0.1:65535", True),
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
    ["", ".", "a..b", "-a.test", "a-.test", "a b", "a/b", "a:", ":80", "a:0", "a:080", "a:65536", "a:+80", "a:8 0", "a:80\n",
     "a:\u0661", "a:1:2", "a:80/b", "http://a", "a@b", "ä.test", "\u212a.test", "a\n",
     "a" * 64, ".".join(["a" * 50] * 6), "[::1]", "a?", "[a]"],
)  # fmt: skip
def test_a_text_that_is_not_a_host_is_not_a_pattern(text: str) -> None:
    assert not hosts.is_host(text)
    assert not hosts.is_pattern(text)


def test_a_wildcard_is_a_pattern_but_not_a_host() -> None:
    assert hosts.is_pattern("*.a*.test")
    assert not hosts.is_host("*.a*.test")


def test_a_port_has_no_wildcard() -> None:
    assert hosts.is_pattern("*.a.test:8443")
    assert not hosts.is_pattern("a.test:*")
    assert not hosts.is_pattern("a.test:8*")


@pytest.mark.parametrize("text", ["a:", "a:0", "*.a:65536", "a:1:2"])
def test_a_broken_port_is_told_apart_from_a_broken_name(text: str) -> None:
    assert hosts.has_broken_port(text)


@pytest.mark.parametrize("text", ["a", "a:80", "http://a", "a..b:0", "[::1]", ":0"])
def test_a_broken_name_is_not_a_broken_port(text: str) -> None:
    assert not hosts.has_broken_port(text)


def test_matching_takes_linear_time() -> None:
    # With backtracking this would never end.
    assert not hosts.is_allowed(["*a" * 30 + "*b"], "a" * 63)
