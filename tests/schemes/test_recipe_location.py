"""The spellings of a token's location, and what is not a path."""

from __future__ import annotations

import pytest

from strongroom_server.schemes.recipes.errors import InvalidRecipe
from strongroom_server.schemes.recipes.location import location_of, path_of, value_at


@pytest.mark.parametrize(
    "text",
    [
        r"\=credential_name.body.token",
        "=credential_name.body.token",
        "credential_name.body.token",
        "{{.credential_name.body.token}}",
        "{{ credential_name.body.token }}",
        "<<credential_name.body.token>>",
        r"\<<credential_name.body.token>>",
        "$.credential_name.body.token",
        "$['credential_name']['body']['token']",
        'credential-name.body["token"]',
        "body.token",
        "  body['token'] ",
    ],
)
def test_every_spelling_of_a_path(text: str) -> None:
    assert location_of(text) == ("body", "token")


def test_a_path_has_names_and_indexes() -> None:
    path = location_of('=name.body.a["b c"][0].x-y.1')
    assert path == ("body", "a", "b c", 0, "x-y", "1")
    assert value_at(path, {"body": {"a": {"b c": [{"x-y": ["no", "token"]}]}}}) == "token"


def test_names_of_headers_have_no_case() -> None:
    assert value_at(location_of('n.headers["X-Auth-Token"]'), {"headers": {"x-auth-token": "t"}}) == "t"
    # Those of a body that shows headers do.
    assert value_at(location_of("n.body.headers.Token"), {"body": {"headers": {"Token": "t"}}}) == "t"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "=UPCASE(name.body.token)",
        "=name.body.token |> UPCASE(%)",
        "name.body.*",
        "$..token",
        "name.body[?(@.a)]",
        "name.body[-1]",
        "name.body[0:2]",
        "name.body.a + name.body.b",
        "{{ name.body.token | upcase }}",
        "{% credential x %}",
        "name.body.",
        'name.body["a]',
        "__import__('os').system('id')",
        "name." * 500 + "a",
    ],
)
def test_a_formula_is_not_a_path(text: str) -> None:
    assert path_of(text) is None
    with pytest.raises(InvalidRecipe, match="only a path is evaluated here"):
        location_of(text)


def test_a_location_leads_into_the_response() -> None:
    with pytest.raises(InvalidRecipe, match="must have body, headers or status"):
        location_of("name.token")


@pytest.mark.parametrize(
    "path", [("body", "a", "b"), ("body", 0), ("body", "list", 9), ("body", "list", "x"), ("body", "list", "²")]
)
def test_a_path_to_nothing_has_no_value(path: tuple[str | int, ...]) -> None:
    assert value_at(path, {"body": {"a": "text", "list": [1]}}) is None
