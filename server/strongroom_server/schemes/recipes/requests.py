"""Makes the request of a recipe: replaces placeholders and encodes the payload."""

from __future__ import annotations

import base64
import json
import secrets
from itertools import islice
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from strongroom_server.egress.client import Request
from strongroom_server.schemes.headers import broken_value_rule
from strongroom_server.schemes.recipes.errors import InvalidRecipe
from strongroom_server.schemes.recipes.placeholders import text_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom_server.rules.json_text import Json
    from strongroom_server.schemes.recipes.options import Options
    from strongroom_server.schemes.recipes.placeholders import Values

# What a URL may hold, and `%`, because a URL may be encoded already.
_URL_CHARACTERS: Final = "/?:@-._~!$&'()*+,;=%[]"
_LARGEST_BODY: Final = 256 * 1024
# As in egress/urls.py.
_LONGEST_URL: Final = 2_048
# Each takes about 10 µs.
_MOST_FIELDS: Final = 1_000


def request_of(options: Options, values: Values) -> tuple[str, Request]:
    """The URL and the request, whose target is empty: egress reads it from the URL. Raises InvalidRecipe and RecipeFailed."""
    payload = value_of("payload", options.payload, values)
    url = _url(options, values)
    headers = [(name, text_of("headers", value, values)) for name, value in options.headers]
    if options.basic_auth is not None:
        headers.append(("Authorization", _basic(options.basic_auth, values)))
    headers.append(("User-Agent", text_of("user_agent", options.user_agent, values)))
    body = b""
    if options.method == "GET":
        # A GET has no body: Tines sends its payload as the query.
        if isinstance(payload, dict) and payload:
            url += ("&" if "?" in url else "?") + urlencode(_fields(payload))
    elif payload is not None:
        content_type, body = _encoded(payload, options.content_type)
        if content_type:
            headers.append(("Content-Type", content_type))
    for name, value in headers:
        if rule := broken_value_rule(value):
            option = "user_agent" if name == "User-Agent" else "headers"
            raise InvalidRecipe(option, f"{rule} after the placeholders are replaced")
    if len(body) > _LARGEST_BODY:
        raise InvalidRecipe(
            "payload", f"must be at most {_LARGEST_BODY // 1024} KiB after the placeholders are replaced"
        )
    return url, Request(options.method, "", headers, body)


def _url(options: Options, values: Values) -> str:
    # What replaces a placeholder must not begin a fragment.
    safe, left = _URL_CHARACTERS, _LONGEST_URL

    def encoded(value: str) -> str:
        nonlocal left
        left -= len(value)
        if left < 0:
            raise InvalidRecipe(
                "url", f"must be at most {_LONGEST_URL:,} characters long after the placeholders are replaced"
            )
        return quote(value, safe=safe) if options.encodes_url else value

    url = text_of("url", options.url, values, encoded)
    # The host is encoded by egress, with the rules for names.
    scheme_end = url.find("//") + 2
    path = min((found for found in (url.find(each, scheme_end) for each in "/?#") if found >= 0), default=len(url))
    return url[:path] + (quote(url[path:], safe=f"{safe}#") if options.encodes_url else url[path:])


def _basic(template: str | tuple[str, str], values: Values) -> str:
    if isinstance(template, str):
        text = text_of("basic_auth", template, values)
        if ":" not in text:
            raise InvalidRecipe("basic_auth", 'must be "user:password" or ["user", "password"]')
    else:
        user, password = (text_of("basic_auth", each, values) for each in template)
        if ":" in user:
            raise InvalidRecipe("basic_auth", "must not have a colon in the user name")
        text = f"{user}:{password}"
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def _encoded(payload: Json, content_type: str) -> tuple[str, bytes]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return _multipart(payload)
    if isinstance(payload, str):
        return content_type, payload.encode()
    if kind == "application/x-www-form-urlencoded":
        if not isinstance(payload, dict):
            raise InvalidRecipe("payload", f"must be an object or a text with the content type {kind}")
        return content_type, urlencode(_fields(payload)).encode()
    if kind == "application/json" or kind.endswith("+json"):
        return content_type, json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    raise InvalidRecipe("payload", "must be a text with a content type other than json, form and data")


def _multipart(payload: Json) -> tuple[str, bytes]:
    if not isinstance(payload, dict):
        raise InvalidRecipe("payload", "must be an object with the content type multipart/form-data")
    # 128 random bits are in no value.
    boundary = secrets.token_hex(16)
    parts = []
    for name, value in _fields(payload):
        # As browsers do, so that a name cannot end its header.
        quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{quoted}"\r\n\r\n{value}\r\n')
    body = "".join((*parts, f"--{boundary}--\r\n"))
    return f"multipart/form-data; boundary={boundary}", body.encode()


def _fields(payload: Json) -> list[tuple[str, str]]:
    fields = list(islice(_pairs(payload), _MOST_FIELDS + 1))
    if len(fields) > _MOST_FIELDS:
        raise InvalidRecipe("payload", f"must have at most {_MOST_FIELDS:,} fields as a form or a query")
    return fields


def _pairs(value: Json, name: str = "") -> Iterator[tuple[str, str]]:
    """The fields of a form. Nested values are written as name[member] and name[]."""
    if isinstance(value, dict):
        for member, each in value.items():
            yield from _pairs(each, f"{name}[{member}]" if name else member)
    elif isinstance(value, list):
        for each in value:
            yield from _pairs(each, f"{name}[]")
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    else:
        yield name, "" if value is None else str(value)
