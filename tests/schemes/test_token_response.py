"""Responses of token endpoints are read in the shapes that providers send, and a good token is never lost for another member."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from strongroom_server.egress.client import Response
from strongroom_server.schemes import token_response
from strongroom_server.schemes.token import Token
from strongroom_server.schemes.token_errors import InDoubt, Refused, Unavailable
from strongroom_server.schemes.token_response import token_of


@pytest.mark.parametrize(
    ("expires_in", "expected"),
    [
        *((each, 3600) for each in (3600, "3600", 3600.9, "3600.9", 3600.0)),
        *((each, None) for each in (None, "soon", "", -5, 0, 0.5, 1e9, 10**30, True, "9" * 400)),
        *((each, None) for each in (math.nan, math.inf, "NaN", "Infinity")),
        ([], None),
        ({}, None),
    ],
)
def test_only_a_sensible_life_counts(expires_in: Any, expected: int | None) -> None:
    body = json.dumps({"access_token": "t", "expires_in": expires_in}).encode()
    assert token_of(Response(200, (), body)).expire_seconds == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"access_token": "t", "error": null, "error_description": ""}', Token("t")),
        ('\ufeff{"access_token": "t", "access_token": "u"}', Token("u")),
        ('{"access_token": "t", "token_type": "bot", "scope": ["a", 1, "b c", "a"]}', Token("t", "bot", scopes=("a",))),
        ('{"access_token": "t", "token_type": "a b", "scope": "a  b"}', Token("t", scopes=("a", "b"))),
        ('{"access_token": "t", "refresh_token": ["r"], "x": ' + "9" * 5000 + "}", Token("t")),
        ('{"access_token": "t", "refresh_token": "\\ud800"}', Token("t")),
        ('{"access_token": "t", "refresh_token": "é\\n"}', Token("t", refresh_token="é\n")),
        ("access_token=t&token_type=bearer&scope=", Token("t")),
        ("error=bad_verification_code&access_token=", None),
        *((f'{{"access_token": {each}}}', None) for each in ('""', "1", "null", '"a\\nb"', '" t"', '"é"', '"\\ud800"')),
        (f'{{"access_token": "{"t" * 32_769}"}}', None),
        ("[" * 60_000, None),
        ('{"a":' * 12_000, None),
        ("&".join(["a=1"] * 15_000), None),
        ("access_token=t&a=" + "%" * 9_000, None),
        (json.dumps({"access_token": "t", "scope": "a " * 32_000}), Token("t", scopes=("a",))),
        (json.dumps({"access_token": "t", "scope": ["a"] * 100 + ["b"]}), Token("t", scopes=("a",))),
    ],
)
def test_shapes_of_a_response(body: str, expected: Token | None) -> None:
    response = Response(200, (), body.encode())
    if expected is None:
        with pytest.raises((InDoubt, Refused)):
            token_of(response)
    else:
        assert token_of(response) == expected


def test_a_date_to_ask_again_is_read_by_the_providers_clock() -> None:
    headers = (("date", "Sat, 28 Nov 2026 10:00:00 GMT"), ("retry-after", "Sat, 28 Nov 2026 10:01:30 GMT"))
    for given, expected in ((headers, 90), (headers[1:], None), (headers[:1], None)):
        with pytest.raises(Unavailable) as unavailable:
            token_of(Response(503, given, b""))
        assert unavailable.value.retry_after == expected


def test_a_life_that_no_number_can_hold_counts_as_not_given() -> None:
    assert token_response._expire_seconds(10**400) is None
