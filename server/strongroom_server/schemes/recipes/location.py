"""Reads a path of names and indexes in all its spellings, and follows it. Nothing is evaluated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from strongroom_server.schemes.recipes.errors import InvalidRecipe

if TYPE_CHECKING:
    from strongroom_server.rules.json_text import Json

Path: TypeAlias = "tuple[str | int, ...]"

PATH_ONLY: Final = "must be a path such as name.body.token: only a path is evaluated here"

_LONGEST: Final = 1_024
_NAME: Final = r"[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*"
_FIRST: Final = re.compile(_NAME, re.ASCII)
_NEXT: Final = re.compile(
    rf"""\.(?P<name>{_NAME})|\[(?P<index>[0-9]{{1,9}})\]|\["(?P<double>[^"\\]*)"\]|\['(?P<single>[^'\\]*)'\]""",
    re.ASCII,
)
_INDEX: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_WRAPPED: Final = (("<<", ">>"), ("{{", "}}"))
# The members of what a request results in.
_RESULT: Final = frozenset({"body", "headers", "status"})


def path_of(text: str) -> Path | None:
    """The path that a text spells, or None for anything else, such as a formula.

    A path may begin with `\\`, `=`, `$`, `$.` or `.` and be within `<<>>` or `{{}}`.
    """
    text = text.strip().removeprefix("\\")
    for opening, closing in _WRAPPED:
        if text.startswith(opening) and text.endswith(closing):
            text = text[len(opening) : -len(closing)].strip()
    text = text.removeprefix("\\").removeprefix("=").strip().removeprefix("$").removeprefix(".")
    first = _FIRST.match(text)
    if (first is None and not text.startswith(("['", '["'))) or len(text) > _LONGEST:
        return None
    path: list[str | int] = [first[0]] if first else []
    position = first.end() if first else 0
    while position < len(text):
        step = _NEXT.match(text, position)
        if step is None:
            return None
        if step["index"] is not None:
            path.append(int(step["index"]))
        else:
            path.append(next(each for each in step.group("name", "double", "single") if each is not None))
        position = step.end()
    return tuple(path)


def location_of(text: str) -> Path:
    """The path of a token, which begins with `body`, `headers` or `status`. Raises InvalidRecipe.

    The name of the credential before it may be any: Tines' own sample has another than the credential's.
    """
    path = path_of(text)
    if path is None:
        raise InvalidRecipe("", PATH_ONLY)
    if len(path) > 1 and path[1] in _RESULT:
        return path[1:]
    if path[0] in _RESULT:
        return path
    raise InvalidRecipe("", "must have body, headers or status after the name of the credential")


def value_at(path: Path, value: Json) -> Json:
    """The value that a path leads to, None if there is none."""
    for index, step in enumerate(path):
        if isinstance(value, dict):
            # Names of headers have no case. A body may have a member `headers` too.
            in_headers = index == 1 and path[0] == "headers"
            value = value.get(str(step).lower() if in_headers else str(step))
        elif isinstance(value, list) and _INDEX.fullmatch(str(step)) and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
