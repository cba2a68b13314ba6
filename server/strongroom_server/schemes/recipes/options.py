"""Reads the options of one request of a recipe, those of Tines' HTTP request. Options that change no request are ignored."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom_server.rules.json_text import JsonTextError, parse_object
from strongroom_server.schemes.headers import broken_name_rule, broken_value_rule
from strongroom_server.schemes.recipes.errors import InvalidRecipe
from strongroom_server.schemes.recipes.placeholders import has_placeholder, require_known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom_server.rules.json_text import Json

DEFAULT_SECONDS: Final = 10.0
MOST_SECONDS: Final = 60.0
# Tines retries up to 25 times within hours. A caller waits here.
MOST_RETRIES: Final = 3
MOST_PLACEHOLDERS: Final = 32
MOST_HEADERS: Final = 100
MOST_STATUSES: Final = 100
# Each takes about a microsecond whenever the options are read.
MOST_VALUES: Final = 4_096

_METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})
_CONTENT_TYPES: Final = {
    "json": "application/json; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
    "form": "application/x-www-form-urlencoded",
    "data": "multipart/form-data",
}
_CONTENT_TYPE: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}(;[\x20-\x7e]{0,255})?")
_AUTHORITY: Final = re.compile(r"[^/?#]*//[^/?#]*")
_STATUS: Final = re.compile(r"([1-5][0-9]{2})(?:\s*-\s*([1-5][0-9]{2}))?", re.ASCII)
_UNSET: Final = (None, "", False)


class Options(NamedTuple):
    """The options of a request. The texts of url, payload, headers, basic_auth and user_agent may have placeholders."""

    url: str
    method: str
    content_type: str
    payload: Json
    headers: tuple[tuple[str, str], ...]
    basic_auth: str | tuple[str, str] | None
    user_agent: str
    seconds: float
    retried: tuple[range, ...]
    retries: int
    follows_redirects: bool
    encodes_url: bool
    authority: str | None

    def __repr__(self) -> str:
        return "Options"


def options_of(text: str, content_type: str, *, is_first: bool) -> Options:
    """Read options. `content_type` counts if they have none. Raises InvalidRecipe for all that can be known before a request."""
    try:
        options = parse_object(text)
    except JsonTextError as error:
        raise InvalidRecipe("", error.rule) from None
    if _flag(options, "disable_ssl_verification"):
        raise InvalidRecipe(
            "disable_ssl_verification", "is refused: name the server's CA in custom_certificate_authority_name"
        )
    if options.get("mutual_tls") not in _UNSET:
        raise InvalidRecipe("mutual_tls", "is refused: a recipe cannot use another credential")
    headers = tuple(_headers(options))
    basic_auth = _basic_auth(options)
    names = {name.lower() for name, _ in headers}
    if basic_auth is not None and "authorization" in names:
        raise InvalidRecipe("basic_auth", "must be empty if headers has Authorization")
    read = Options(
        url=_url(options),
        method=_method(options),
        content_type=_content_type(options, {name.lower(): value for name, value in headers}, content_type),
        payload=options.get("payload"),
        headers=tuple(header for header in headers if header[0].lower() not in {"content-type", "user-agent"}),
        basic_auth=basic_auth,
        user_agent=next((value for name, value in headers if name.lower() == "user-agent"), None)
        or _text(options, "user_agent")
        or "Strongroom",
        seconds=min(_number(options, "timeout", DEFAULT_SECONDS), MOST_SECONDS),
        retried=tuple(_statuses(options)),
        retries=min(int(_number(options, "retries", MOST_RETRIES, least=0)), MOST_RETRIES),
        follows_redirects=not _flag(options, "disable_redirect_follow"),
        encodes_url=not _flag(options, "disable_url_encoding"),
        authority=_text(options, "custom_certificate_authority_name") or None,
    )
    _require_known(read, is_first=is_first)
    return read


def _require_known(options: Options, *, is_first: bool) -> None:
    placeholders = sum(require_known(option, text, is_first=is_first) for option, text in _texts(options))
    if placeholders > MOST_PLACEHOLDERS:
        raise InvalidRecipe("", f"must have at most {MOST_PLACEHOLDERS} placeholders")
    if has_placeholder(options.content_type):
        raise InvalidRecipe("content_type", "must not have a placeholder")


def _texts(options: Options) -> Iterator[tuple[str, str]]:
    yield "url", options.url
    yield "user_agent", options.user_agent
    yield from (("headers", value) for _, value in options.headers)
    if options.basic_auth is not None:
        both = (options.basic_auth,) if isinstance(options.basic_auth, str) else options.basic_auth
        yield from (("basic_auth", each) for each in both)
    values = [options.payload]
    left = MOST_VALUES
    while values:
        left -= 1
        if left < 0:
            raise InvalidRecipe("payload", f"must not hold more than {MOST_VALUES:,} values")
        value = values.pop()
        if isinstance(value, str):
            yield "payload", value
        elif isinstance(value, list):
            values += value
        elif isinstance(value, dict):
            if any(has_placeholder(name) for name in value):
                raise InvalidRecipe("payload", "must not have a placeholder in a name, only in a value")
            values += value.values()
        elif isinstance(value, Decimal):
            raise InvalidRecipe("payload", "must not have a number of more than 19 digits: write it as text")


def _url(options: dict[str, Json]) -> str:
    url = _text(options, "url")
    if not url:
        raise InvalidRecipe("url", "is required")
    authority = _AUTHORITY.match(url)
    if authority is None or has_placeholder(authority[0]) or "<<" in authority[0] or url.startswith(("=", "\\")):
        raise InvalidRecipe("url", "must begin with a scheme and a host, and neither may have a placeholder")
    return url


def _method(options: dict[str, Json]) -> str:
    method = (_text(options, "method") or "post").lower()
    if method not in _METHODS:
        raise InvalidRecipe("method", "must be get, post, put, patch or delete")
    return method.upper()


def _content_type(options: dict[str, Json], headers: dict[str, str], default: str) -> str:
    text = headers.get("content-type") or _text(options, "content_type") or default
    if not text:
        return _CONTENT_TYPES["json"] if isinstance(options.get("payload"), dict | list) else ""
    full = _CONTENT_TYPES.get(text.lower(), text)
    if not _CONTENT_TYPE.fullmatch(full):
        raise InvalidRecipe("content_type", "must be json, xml, form, data or a type such as text/plain")
    return full


def _headers(options: dict[str, Json]) -> Iterator[tuple[str, str]]:
    headers = options.get("headers")
    if headers in _UNSET:
        return
    if not isinstance(headers, dict):
        raise InvalidRecipe("headers", "must be an object of names and texts")
    if len(headers) > MOST_HEADERS:
        raise InvalidRecipe("headers", f"must have at most {MOST_HEADERS} names")
    seen: set[str] = set()
    for name, value in headers.items():
        if rule := broken_name_rule(name):
            raise InvalidRecipe("headers", rule)
        if name.lower() in seen:
            raise InvalidRecipe("headers", "must not repeat a name in another case")
        seen.add(name.lower())
        if value is None:
            continue
        text = _scalar("headers", value)
        if rule := broken_value_rule(text):
            raise InvalidRecipe("headers", rule)
        yield name, text


def _basic_auth(options: dict[str, Json]) -> str | tuple[str, str] | None:
    match options.get("basic_auth"):
        case None | "" | []:
            return None
        case str(text):
            return text
        case [str(user), str(password)]:
            return user, password
    raise InvalidRecipe("basic_auth", 'must be "user:password" or ["user", "password"]')


def _statuses(options: dict[str, Json]) -> Iterator[range]:
    statuses = options.get("retry_on_status")
    if statuses in _UNSET:
        return
    listed = statuses if isinstance(statuses, list) else [statuses]
    if len(listed) > MOST_STATUSES:
        raise InvalidRecipe("retry_on_status", f"must have at most {MOST_STATUSES} statuses")
    for each in listed:
        found = _STATUS.fullmatch(str(each).strip()) if isinstance(each, str | int) else None
        if found is None:
            raise InvalidRecipe("retry_on_status", 'must be a list of statuses such as [429, "500-599"]')
        yield range(int(found[1]), int(found[2] or found[1]) + 1)


def _text(options: dict[str, Json], option: str) -> str:
    value = options.get(option)
    return "" if value in _UNSET else _scalar(option, value)


def _scalar(option: str, value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise InvalidRecipe(option, "must be a text")


def _flag(options: dict[str, Json], option: str) -> bool:
    """Numbers and texts are flags too, as clients of Tines send them."""
    value = options.get(option)
    return value not in (None, False, 0) and str(value).strip().lower() not in {"", "0", "false"}


def _number(options: dict[str, Json], option: str, default: float, least: float = 0.1) -> float:
    value = options.get(option)
    if value is None or value == "":
        return default
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        number = -1.0
    if not least <= number <= 1e9:
        raise InvalidRecipe(option, f"must be a number from {least:g}")
    return number
