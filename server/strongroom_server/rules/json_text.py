"""Parses JSON text strictly.

`json.loads` accepts NaN, repeated keys and lone surrogates. It raises other errors than JSONDecodeError for texts that are nested
too deeply and for numbers that are too long.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import NoReturn, TypeAlias

Json: TypeAlias = "str | int | float | Decimal | bool | list[Json] | dict[str, Json] | None"

# The most digits that an integer of 64 bits has.
INT_DIGITS = 19

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
# An escaped backslash, so that what follows it is no escape, or the two escapes of one character.
_BACKSLASH_OR_PAIR = re.compile(r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


class JsonTextError(ValueError):
    """The text breaks a rule. `rule` names it, for example `must not repeat a key`, and never contains a value of the text."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def parse_object(text: str | bytes, *, max_depth: int = 32) -> dict[str, Json]:
    """Parse the text of one JSON object, which counts as the first level of depth. Raises JsonTextError.

    A whole number of more than 19 digits becomes a Decimal, a number with a fraction or an exponent a float.
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
    # Few texts have more brackets than levels are allowed, so most need no search.
    if text.count("{") + text.count("[") > max_depth and _is_deeper(document, max_depth):
        raise _too_deep(max_depth)
    return document


def broken_rule(text: str) -> str | None:
    """The rule that the text of a JSON object breaks, or None."""
    try:
        parse_object(text)
    except JsonTextError as error:
        return error.rule
    return None


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonTextError("must not repeat a key")
    return members


def _integer(digits: str) -> int | Decimal:
    # int() takes quadratic time, so Python raises ValueError for thousands of digits.
    return int(digits) if len(digits.lstrip("-")) <= INT_DIGITS else Decimal(digits)


def _constant(_: str) -> NoReturn:
    raise JsonTextError("must not hold NaN or Infinity")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_int=_integer, parse_constant=_constant)


def _is_deeper(document: dict[str, Json], limit: int) -> bool:
    """Whether there are objects or arrays below that level. Iterative, so that a deep text cannot exhaust the stack."""
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
