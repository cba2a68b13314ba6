"""Owns the strict reading of JSON text. Knows neither who sent it nor what it is for.

Stricter than `json.loads`, which takes NaN, repeated keys, lone surrogates, and any depth and length of a number until
it raises something else than a JSONDecodeError.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import NoReturn, TypeAlias

Json: TypeAlias = "str | int | float | Decimal | bool | list[Json] | dict[str, Json] | None"

# An int of 64 bits has at most so many digits.
INT_DIGITS = 19

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
# An escaped backslash, whose successor escapes nothing, or the two escapes of one character.
_BACKSLASH_OR_PAIR = re.compile(r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


class JsonTextError(ValueError):
    """The text is not what it must be. `rule` says what that is, as in `must not repeat a key`, and holds no value."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def parse_object(text: str | bytes, *, max_depth: int = 32) -> dict[str, Json]:
    """Read the text of one JSON object, itself the first of its levels. Raises JsonTextError.

    A whole number of more than 19 digits comes back as Decimal, any other with a fraction or an exponent as float.
    """
    try:
        text = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        raise JsonTextError("must be UTF-8") from None
    if _SURROGATE.search(text) and _SURROGATE.search(_BACKSLASH_OR_PAIR.sub(" ", text)):
        raise JsonTextError("must not hold lone surrogates")
    try:
        document: Json = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            raise JsonTextError("must be one JSON object with nothing after it") from None
        raise JsonTextError(f"must be JSON; the error is at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise _too_deep(max_depth) from None
    if not isinstance(document, dict):
        raise JsonTextError("must be a JSON object")
    # Most have fewer brackets than levels are allowed: there is nothing to look at.
    if text.count("{") + text.count("[") > max_depth and _is_deeper(document, max_depth):
        raise _too_deep(max_depth)
    return document


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonTextError("must not repeat a key")
    return members


def _integer(digits: str) -> int | Decimal:
    # int() of thousands of digits takes quadratic time, and Python refuses it.
    return int(digits) if len(digits.lstrip("-")) <= INT_DIGITS else Decimal(digits)


def _constant(_: str) -> NoReturn:
    raise JsonTextError("must not hold NaN or Infinity")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_int=_integer, parse_constant=_constant)


def _is_deeper(document: dict[str, Json], limit: int) -> bool:
    """Whether there are objects or arrays below that level. Level by level: no depth of the text makes ours."""
    level: list[dict[str, Json] | list[Json]] = [document]
    for _ in range(limit):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
    return bool(level)


def _too_deep(max_depth: int) -> JsonTextError:
    return JsonTextError(f"must not be nested deeper than {max_depth} levels")
