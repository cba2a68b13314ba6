"""Tests which JSON texts the strict parser accepts and refuses."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom_server.rules import json_text
from strongroom_server.rules.json_text import Json, JsonTextError, parse_object

SCALARS = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENTS: st.SearchStrategy[dict[str, Json]] = st.dictionaries(
    TEXTS,
    st.recursive(SCALARS | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20),
)


@settings(max_examples=30)
@given(DOCUMENTS, st.booleans())
def test_every_object_is_parsed_from_its_text(document: dict[str, Json], ascii_only: bool) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only)

    assert parse_object(text, max_depth=100) == document
    assert parse_object(text.encode(), max_depth=100) == document


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "must be JSON; the error is at line 1, column 1"),
        ("hello", "must be JSON; the error is at line 1, column 1"),
        ('{"a": 1,\n "b": }', "must be JSON; the error is at line 2, column 7"),
        ("{'a': 1}", "must be JSON; the error is at line 1, column 2"),
        ('{"a": 01}', "must be JSON; the error is at line 1, column 8"),
        ('{"a": "tab\there"}', "must be JSON; the error is at line 1, column 11"),
        ('{"a": "\\x41"}', "must be JSON; the error is at line 1, column 8"),
        ('\ufeff{"a": 1}', "must be JSON; the error is at line 1, column 1"),
        ('{"a": 1} {"b": 2}', "must be one JSON object with nothing after it"),
        ('{"a": 1} x', "must be one JSON object with nothing after it"),
        ("[]", "must be a JSON object"),
        ('"text"', "must be a JSON object"),
        ("null", "must be a JSON object"),
        ('{"a": NaN}', "must not hold NaN or Infinity"),
        ('{"a": [Infinity]}', "must not hold NaN or Infinity"),
        ('{"a": -Infinity}', "must not hold NaN or Infinity"),
        ('{"a": 1, "a": 1}', "must not repeat a key"),
        ('{"a": 1, "\\u0061": 2}', "must not repeat a key"),
        ('{"a": [{"b": 1, "b": 2}]}', "must not repeat a key"),
        ('{"a": "\\ud800"}', "must not hold lone surrogates"),
        ('{"a": "\\uDFFF"}', "must not hold lone surrogates"),
        ('{"\\ud800": 1}', "must not hold lone surrogates"),
        ('{"a": "\\udc00\\ud800"}', "must not hold lone surrogates"),
        ('{"a": "\\ud83d\\ude00\\ude00"}', "must not hold lone surrogates"),
        ('{"a": "\\\\\\ud800"}', "must not hold lone surrogates"),
        ('{"a": "\ud800"}', "must not hold lone surrogates"),
    ],
)
def test_a_text_that_is_not_one_strict_object_is_refused_with_its_rule(text: str, rule: str) -> None:
    with pytest.raises(JsonTextError) as refusal:
        parse_object(text)

    assert refusal.value.rule == rule


@pytest.mark.parametrize("body", [b'{"a": "\xff"}', b'{"a": "\xed\xa0\x80"}', '{"a": 1}'.encode("utf-16")])
def test_bytes_that_are_not_utf_8_are_refused(body: bytes) -> None:
    with pytest.raises(JsonTextError, match="must be UTF-8"):
        parse_object(body)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": "\\ud83d\\ude00"}', "😀"),
        ('{"a": "\\uD83D\\uDE00"}', "😀"),
        ('{"a": "\\\\ud800"}', "\\ud800"),
        ('{"a": "\\u0000"}', "\0"),
        ('{"a": 9223372036854775807}', 2**63 - 1),
        ('{"a": -9223372036854775808}', -(2**63)),
        ('{"a": 1e400}', float("inf")),
        (' \t\r\n{"a": true} \n', True),
    ],
)
def test_unusual_but_valid_text_is_accepted(text: str, value: Json) -> None:
    assert parse_object(text) == {"a": value}


@pytest.mark.parametrize("digits", [20, 5_000, 500_000])
def test_a_whole_number_of_any_length_is_parsed_and_becomes_a_decimal_if_it_is_long(digits: int) -> None:
    value = parse_object(f'{{"a": -{"9" * digits}}}')["a"]

    assert isinstance(value, Decimal)
    assert value.adjusted() == digits - 1


@pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ("[", "]")])
def test_32_levels_are_accepted_and_33_are_refused(opening: str, closing: str) -> None:
    def nested(levels: int) -> str:
        return '{"a":' + opening * (levels - 1) + "1" + closing * (levels - 1) + "}"

    assert parse_object(nested(32))
    with pytest.raises(JsonTextError, match="must not be nested deeper than 32 levels"):
        parse_object(nested(33))
    assert parse_object(nested(33), max_depth=33)


@pytest.mark.parametrize("opening", ['{"a":', "[", '[{"a":'])
@pytest.mark.parametrize("levels", [900, 2_000, 200_000])
def test_no_depth_causes_a_recursion_error(opening: str, levels: int) -> None:
    with pytest.raises(JsonTextError):
        parse_object('{"a":' + opening * levels)


def test_a_large_balanced_document_is_refused_by_its_depth() -> None:
    with pytest.raises(JsonTextError, match="must not be nested deeper than 32 levels"):
        parse_object('{"a":' + "[" * 10_000 + "]" * 10_000 + "}")


def of_size(values: str, size: int = json_text.LARGE + 1) -> str:
    """An object of that size, with an array of these values."""
    text = f'{{"a":[{values}],"b":""}}'
    return text[:-2] + "x" * (size - len(text)) + text[-2:]


# Values, and how many of them are one value more than a large text may hold: the last one of an array has no comma after it.
DENSE = {
    "numbers": ("1", json_text.MOST_VALUES - 4),
    "strings": ('"\\""', json_text.MOST_VALUES - 4),
    "objects": ("{}", json_text.MOST_VALUES // 2 - 2),
    "arrays": ("[]", json_text.MOST_VALUES // 2 - 2),
    "members": ('{"b":1}', json_text.MOST_VALUES // 3 - 1),
}


@pytest.mark.parametrize("name", DENSE)
def test_a_large_text_has_a_limit_of_values(name: str) -> None:
    value, count = DENSE[name]
    size = max(json_text.LARGE + 1, (len(value) + 2) * count)
    assert len(parse_object(of_size(",".join([value] * (count - 2)), size))) == 2
    with pytest.raises(JsonTextError, match="must not hold more than 32,768 values"):
        parse_object(of_size(",".join([value] * (count + 2)), size))


def test_a_text_that_a_credential_can_hold_has_no_limit_of_values() -> None:
    assert len(parse_object(of_size(",".join(["{}"] * 21_000), json_text.LARGE))["a"]) == 21_000  # type: ignore[arg-type]


def test_characters_inside_of_strings_are_no_values() -> None:
    assert parse_object(json.dumps({"a": ',:{["' * 40_000, "b\\": [1, 2, {}]}))["b\\"] == [1, 2, {}]


@pytest.mark.parametrize("before", range(8))
def test_characters_inside_of_a_string_at_the_end_of_the_beginning_are_no_values(before: int) -> None:
    """More commas than values may be there are before the place, where the text has escapes."""
    beginning = 2 * json_text.LARGE
    text = '{"a":"' + "," * (beginning - 10 - before) + '\\\\\\"\\\\\\"' + "," * 200_000 + '"}'
    assert set(str(parse_object(text)["a"])) == set(',\\"')


@pytest.mark.parametrize(
    "text",
    ["[" * 1_000_000, '{"a":' * 200_000, '{"a":[' + '"\\\\",' * 200_000 + "1]}", '{"a":[' + '"\\"",' * 200_000 + "1]}"],
    ids=["arrays", "objects", "strings that end in a backslash", "strings that end in a quotation mark"],
)
def test_too_many_values_are_refused_before_they_are_parsed(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "_DECODER", None)
    with pytest.raises(JsonTextError, match="must not hold more than 32,768 values"):
        parse_object(text)


def test_an_error_does_not_repeat_the_text() -> None:
    with pytest.raises(JsonTextError) as refusal:
        parse_object('{"password": "hunter2" "more"}')

    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__cause__ is None
