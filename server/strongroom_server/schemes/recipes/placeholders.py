"""Replaces <<secret>> and <<PREVIOUS_STEP…>> in the options of a request.

A text is read once. What replaces a placeholder is never read again, so that neither a secret nor a response can refer to another
value.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from strongroom_server.schemes.recipes.errors import InvalidRecipe, RecipeFailed
from strongroom_server.schemes.recipes.location import path_of, value_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom_server.rules.json_text import Json
    from strongroom_server.schemes.recipes.location import Path

# The backslash keeps a story of Tines from evaluating the placeholder. Clients send it as it is. No placeholder has << within:
# a search that passed over it would take seconds in a long text with many << and no >>.
PLACEHOLDER: Final = re.compile(r"\\?<<((?:(?!<<).)*?)>>", re.DOTALL)
# A text that is a formula as a whole.
_FORMULA: Final = re.compile(r"\\?=\s*([A-Za-z_].*)", re.DOTALL)
# The characters that may replace the placeholders of a request. A value counts as so many more.
MOST_REPLACED: Final = 64 * 1024
_VALUE: Final = 16
_SECRET: Final = "secret"  # noqa: S105 - the name of the placeholder
_PREVIOUS_STEP: Final = "PREVIOUS_STEP"
_RULE: Final = "may only refer to <<secret>> and <<PREVIOUS_STEP…>>: only a path is evaluated here"


class Values:
    """What replaces the placeholders of one request. `previous` is the result of the request before, None for the first."""

    def __init__(self, secret: str | None, previous: Json = None) -> None:
        self.secret = secret
        self.previous = previous
        self._left = MOST_REPLACED

    def take(self, option: str, value: Json) -> None:
        """Count a value that replaces a placeholder. Raises InvalidRecipe if too much does: each encoding holds the event loop."""
        values = [value]
        while values:
            each = values.pop()
            self._left -= _VALUE + (len(each) if isinstance(each, str) else 0)
            if self._left < 0:
                raise InvalidRecipe(option, f"must not refer to more than {MOST_REPLACED // 1024} KiB in all")
            if isinstance(each, Decimal):
                raise InvalidRecipe(option, "must not refer to a number of more than 19 digits")
            if isinstance(each, dict):
                self._left -= sum(map(len, each))
                values += each.values()
            elif isinstance(each, list):
                values += each

    def __repr__(self) -> str:
        return "Values"


def require_known(option: str, text: str, *, is_first: bool) -> int:
    """The number of placeholders in a text. Raises InvalidRecipe for one that stands for nothing, such as a formula."""
    if not _may_have_placeholder(text):
        return 0
    whole = _FORMULA.fullmatch(text)
    expressions = [whole[1]] if whole else PLACEHOLDER.findall(text)
    for expression in expressions:
        path = _path_of(option, expression)
        if is_first and path[0] == _PREVIOUS_STEP:
            raise InvalidRecipe(option, "must not refer to PREVIOUS_STEP: the first request has none")
    return len(expressions)


def has_placeholder(text: str) -> bool:
    return _may_have_placeholder(text) and bool(PLACEHOLDER.search(text) or _FORMULA.fullmatch(text))


def _may_have_placeholder(text: str) -> bool:
    """Most texts have none, which this finds in a tenth of the time of a regular expression."""
    return "<<" in text or text.startswith(("=", "\\="))


def text_of(option: str, text: str, values: Values, convert: Callable[[str], str] = str) -> str:
    """The text with its placeholders replaced by texts, each of them converted. Raises InvalidRecipe and RecipeFailed."""

    def replaced(expression: str) -> str:
        value = _value_of(option, expression, values)
        return convert(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))

    if not _may_have_placeholder(text):
        return text
    if whole := _FORMULA.fullmatch(text):
        return replaced(whole[1])
    return PLACEHOLDER.sub(lambda found: replaced(found[1]), text)


def value_of(option: str, value: Json, values: Values) -> Json:
    """A value of JSON with the placeholders in its texts replaced. A text that is one placeholder becomes its value."""
    if isinstance(value, dict):
        return {name: value_of(option, member, values) for name, member in value.items()}
    if isinstance(value, list):
        return [value_of(option, element, values) for element in value]
    if isinstance(value, str) and _may_have_placeholder(value):
        whole = _FORMULA.fullmatch(value) or PLACEHOLDER.fullmatch(value)
        # fullmatch lets the lazy group run over the end of a first placeholder.
        if whole and ">>" not in whole[1]:
            return _value_of(option, whole[1], values)
        return text_of(option, value, values)
    return value


def _path_of(option: str, expression: str) -> Path:
    path = path_of(expression)
    if path is not None and path[0] == "CREDENTIAL":
        raise InvalidRecipe(option, "must not refer to a credential: a recipe may only refer to its own <<secret>>")
    if path is None or not (path == (_SECRET,) or path[0] == _PREVIOUS_STEP):
        raise InvalidRecipe(option, _RULE)
    return path


def _value_of(option: str, expression: str, values: Values) -> Json:
    path = _path_of(option, expression)
    if path == (_SECRET,):
        if values.secret is None:
            raise InvalidRecipe(option, "refers to <<secret>>, and the request has no secret")
        values.take(option, values.secret)
        return values.secret
    value = value_at(path[1:], values.previous)
    if value is None:
        raise RecipeFailed("previous_step", f"has no value where {option} of the second request refers to")
    values.take(option, value)
    return value
