"""What a pattern of a name or claim matches."""

from __future__ import annotations

import itertools
import re
import time

import pytest

from strongroom_server.rules import patterns


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("repo:acme/x", "repo:acme/x", True),
        ("repo:acme/x", "repo:acme/X", False),
        ("repo:acme/x", "repo:acme/x\n", False),
        ("repo:acme/x", "repo:acme/x:ref", False),
        ("repo:acme/x", "repo:acme-evil/x", False),
        ("repo:acme/x", "evil/repo:acme/x", False),
        ("repo:acme/x", "", False),
        ("", "", True),
        # A point is no wildcard.
        ("repo:a.b/x", "repo:acb/x", False),
        ("repo:[a]/x", "repo:a/x", False),
        ("repo:acme/*", "repo:acme/x", True),
        ("repo:acme/*", "repo:acme/", False),
        ("repo:acme/*", "repo:acme/x/y", False),
        ("repo:acme/*", "repo:acme/x:ref", False),
        ("repo:acme/*", "repo:acme/x\n", False),
        ("repo:acme/*", "repo:acme/x\x00", False),
        ("repo:acme/*", "repo:acme/x\u202e", False),
        ("repo:acme/*", "repo:acme/é", True),
        ("repo:acme/*", "repo:acme/\u2215x", True),
        ("repo:acme/é", "repo:acme/e\u0301", False),
        ("repo:acme/x", "repo:\u0430cme/x", False),
        ("repo:acme/x", "\ufeffrepo:acme/x", False),
        ("repo:acme/*:ref:*", "repo:acme/x:ref:y", True),
        ("repo:acme/*:ref:*", "repo:acme/x:ref:refs/heads/y", False),
        ("repo:acme/*:ref:**", "repo:acme/x:ref:refs/heads/y", True),
        ("repo:acme/*:ref:**", "repo:acme/x:ref:", False),
        ("repo:acme/*:ref:**", "repo:acme/x/:ref:y", False),
        ("repo:acme/**", "repo:acme/x:ref:y/z", True),
        ("repo:acme/**", "repo:acme/", False),
        ("repo:acme/**", "repo:acme-evil/x", False),
        ("**", "x", True),
        ("**", "", False),
        ("*", "x", True),
        ("*", "x/y", False),
        ("*", "", False),
        ("*a", "aa", True),
        ("*a", "a", False),
        ("*-*", "a-b-c", True),
        ("*-*", "-b", False),
        ("*ab*", "abab", False),
        ("*ab*c", "xababc", True),
        ("*ab", "xabab", True),
    ],
)
def test_a_pattern_matches_the_whole_value(pattern: str, value: str, fits: bool) -> None:
    assert patterns.matches(pattern, value) is fits


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("*.svc.example.org", "billing.svc.example.org", True),
        ("*.svc.example.org", "a.billing.svc.example.org", False),
        ("*.svc.example.org", "svc.example.org", False),
        ("*.svc.example.org", ".svc.example.org", False),
        ("db-*.svc.example.org", "db-1.svc.example.org", True),
        ("db-*.svc.example.org", "db-.svc.example.org", False),
    ],
)
def test_in_a_dns_name_a_star_stays_within_a_label(pattern: str, value: str, fits: bool) -> None:
    assert patterns.matches(pattern, value, patterns.DNS_SEPARATORS) is fits


def test_it_agrees_with_a_regular_expression_on_all_short_patterns_and_values() -> None:
    values = ["".join(letters) for length in range(5) for letters in itertools.product("ab/", repeat=length)]
    tried = 0
    for length in range(5):
        for letters in itertools.product("ab/*", repeat=length):
            pattern = "".join(letters)
            if patterns.broken_rule(pattern) is not None:
                continue
            open_end = pattern.endswith("**")
            body = pattern.removesuffix("**").replace("*", "[^/:]+")
            expression = re.compile(body + (".+" if open_end else ""))
            for value in values:
                tried += 1
                assert patterns.matches(pattern, value) is (expression.fullmatch(value) is not None), (pattern, value)
    assert tried > 10_000


@pytest.mark.parametrize("pattern", ["**a", "a**b", "***", "a***", "**/**", "a\n", "a\x00*", "\ud800"])
def test_a_double_star_stands_only_at_the_end_and_nothing_is_invisible(pattern: str) -> None:
    assert patterns.broken_rule(pattern) is not None


@pytest.mark.parametrize("pattern", ["", "*", "**", "a*b*c", "a*/**", "*.*", "é"])
def test_other_patterns_break_no_rule(pattern: str) -> None:
    assert patterns.broken_rule(pattern) is None


def test_only_a_pattern_without_a_star_is_exact() -> None:
    assert patterns.is_exact("repo:acme/x")
    assert not patterns.is_exact("repo:acme/*")
    assert not patterns.is_exact("repo:acme/**")


def test_no_pattern_is_slow() -> None:
    started = time.perf_counter()
    assert not patterns.matches("*a" * 127 + "b", "a" * 4096)
    assert time.perf_counter() - started < 0.05
