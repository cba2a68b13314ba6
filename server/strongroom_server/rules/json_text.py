"""Parses JSON text strictly, and bounds the time that it takes: a parser holds the interpreter, in a thread too.

`json.loads` accepts NaN, repeated keys and lone surrogates. It raises other errors than JSONDecodeError for texts that are nested
too deeply and for numbers that are too long.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Final, NoReturn, TypeAlias

Json: TypeAlias = "str | int | float | Decimal | bool | list[Json] | dict[str, Json] | None"

# The most digits that an integer of 64 bits has.
INT_DIGITS = 19
# Each value takes up to half a microsecond, however short it is. Texts that a credential can hold are short enough without a limit.
MOST_VALUES: Final = 32_768
LARGE: Final = 64 * 1024
_BEGINNING: Final = 2 * LARGE

_WHITE_SPACE: Final = " \t\n\r"
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class JsonTextError(ValueError):
    """The text breaks a rule. `rule` names it, for example `must not repeat a key`, and never contains a value of the text."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def parse_object(text: str | bytes, *, max_depth: int = 32) -> dict[str, Json]:
    """Parse the text of one JSON object, which counts as the first level of depth. Raises JsonTextError.

    A text of more than 64 KiB may hold MOST_VALUES values. A whole number of more than 19 digits becomes a Decimal, a number with a
    fraction or an exponent a float.
    """
    text = _decoded(text).strip(_WHITE_SPACE)
    _require_few_values(text)
    try:
        document, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        raise JsonTextError(f"must be JSON; the error is at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise _too_deep(max_depth) from None
    if end != len(text):
        raise JsonTextError("must be one JSON object with nothing after it")
    if not isinstance(document, dict):
        raise JsonTextError("must be a JSON object")
    # Few texts have more brackets than levels are allowed, so most need no search.
    if text.count("{") + text.count("[") > max_depth and _is_deeper(document, max_depth):
        raise _too_deep(max_depth)
    # Few texts escape such characters, so most need no search.
    if _SURROGATE.search(text) and _has_lone_surrogate(document):
        raise _lone_surrogate()
    return document


def broken_rule(text: str) -> str | None:
    """The rule that the text of a JSON object breaks, or None."""
    try:
        parse_object(text)
    except JsonTextError as error:
        return error.rule
    return None


def _decoded(text: str | bytes) -> str:
    try:
        if isinstance(text, bytes):
            return text.decode()
        text.encode()
    except UnicodeDecodeError:
        raise JsonTextError("must be UTF-8") from None
    except UnicodeEncodeError:
        raise _lone_surrogate() from None
    return text


def _require_few_values(text: str) -> None:
    """Raises JsonTextError for a large text with more than MOST_VALUES values, before anything is made of them."""
    if len(text) <= LARGE:
        return
    # Most texts with too many show it in their beginning. The second is an upper bound, which counts inside of strings too.
    if _has_many(text[:_BEGINNING]) or (_separators(text) > MOST_VALUES and _has_many(text)):
        raise JsonTextError(f"must not hold more than {MOST_VALUES:,} values")


def _has_many(text: str) -> bool:
    """Whether a text, or the beginning of one, has too many values outside of strings."""
    # Without escaped backslashes and quotes, every quote begins or ends a string.
    bare = text.replace("\\\\", "").replace('\\"', "") if "\\" in text else text
    # With so many strings even to find them takes too long.
    return bare.count('"') > 4 * MOST_VALUES or _separators("".join(bare.split('"')[::2])) > MOST_VALUES


def _separators(text: str) -> int:
    """How many characters begin or follow a value, except the last one of an object or array."""
    return sum(map(text.count, ",:{["))


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


def _has_lone_surrogate(document: dict[str, Json]) -> bool:
    """Whether a key or a string has a surrogate: the parser has joined those that are a pair."""
    values: list[Json] = [document]
    try:
        while values:
            value = values.pop()
            if isinstance(value, str):
                value.encode()
            elif isinstance(value, list):
                values += value
            elif isinstance(value, dict):
                values += value.keys()
                values += value.values()
    except UnicodeEncodeError:
        return True
    return False


def _lone_surrogate() -> JsonTextError:
    return JsonTextError("must not hold lone surrogates")


def _too_deep(max_depth: int) -> JsonTextError:
    return JsonTextError(f"must not be nested deeper than {max_depth} levels")
