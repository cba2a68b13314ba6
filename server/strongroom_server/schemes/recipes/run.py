"""Runs a recipe: its requests in order, with their redirects and retries, and takes the token from the last response."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from urllib.parse import urljoin

from strongroom_server.core.errors import FieldViolation
from strongroom_server.egress.client import Limits
from strongroom_server.rules.json_text import JsonTextError, parse_object
from strongroom_server.schemes.recipes.errors import InvalidRecipe, RecipeFailed
from strongroom_server.schemes.recipes.location import location_of, value_at
from strongroom_server.schemes.recipes.options import Options, options_of
from strongroom_server.schemes.recipes.placeholders import Values
from strongroom_server.schemes.recipes.requests import request_of
from strongroom_server.schemes.token import RULE_OF_TOKENS, is_token

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from strongroom.v1.credential_pb2 import CredentialData
    from strongroom_server.egress.client import Client, Request, Response
    from strongroom_server.egress.endpoints import Destination
    from strongroom_server.rules.json_text import Json

    BeforeSending: TypeAlias = Callable[[], Awaitable[None]]

MOST_REDIRECTS: Final = 5

_BODY_BYTES: Final = 256 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# RFC 9110 §15.4: these keep the method and the body, 303 makes each a GET, and the others a POST.
_KEEPING: Final = frozenset({307, 308})
_RETRY_SECONDS: Final = 0.5


class Step(NamedTuple):
    """One request: its options as text, and its secret. `field` is the path of the options in the variant."""

    field: str
    options_json: str
    secret: str | None

    def __repr__(self) -> str:
        return f"Step({self.field})"


class Recipe(NamedTuple):
    """The requests, and where the token is in the response to the last."""

    steps: tuple[Step, ...]
    location_of_token: str
    content_type: str


def recipe_of(data: CredentialData) -> Recipe:
    """The recipe of secret data of the variant http_request or multi_request."""
    if data.WhichOneof("variant") == "http_request":
        one = data.http_request
        secret = one.secret if one.HasField("secret") else None
        return Recipe((Step("options_json", one.options_json, secret),), one.location_of_token, one.content_type)
    several = data.multi_request
    steps = tuple(
        Step(f"requests[{index}].options_json", each.options_json, each.secret if each.HasField("secret") else None)
        for index, each in enumerate(several.requests)
    )
    return Recipe(steps, several.location_of_token, several.content_type)


def warnings_of(recipe: Recipe) -> Iterator[FieldViolation]:
    """Why the recipe cannot be run, as far as that can be known without a request: at most one rule for each field."""
    for index, step in enumerate(recipe.steps):
        try:
            options = options_of(step.options_json, recipe.content_type, is_first=index == 0)
            if index == 0:
                # The second request cannot be made before the response to the first is there.
                request_of(options, Values(step.secret))
        except InvalidRecipe as invalid:
            yield FieldViolation(step.field, str(invalid))
    try:
        location_of(recipe.location_of_token)
    except InvalidRecipe as invalid:
        yield FieldViolation("location_of_token", str(invalid))


async def run(
    recipe: Recipe,
    client: Client,
    authorities: Mapping[str, ssl.SSLContext],
    seconds: float,
    tenant: str = "",
    before_sending: BeforeSending | None = None,
) -> str:
    """Send the requests of a recipe, and return the token. `authorities` are the custom CAs by name, `tenant` is as in Client.send.

    `before_sending` is awaited before each request. What it raises ends the recipe.

    Raises InvalidRecipe, RecipeFailed, and EgressRefused for what the guard refuses. The whole recipe is
    checked before the first request is sent.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    with _errors_of("location_of_token"):
        location = location_of(recipe.location_of_token)
    options = []
    for index, step in enumerate(recipe.steps):
        with _errors_of(step.field):
            each = options_of(step.options_json, recipe.content_type, is_first=index == 0)
            if each.authority is not None and each.authority not in authorities:
                raise InvalidRecipe("custom_certificate_authority_name", "must be the name of a CA of this deployment")
        options.append(each)
    result: Json = None
    for step, each in zip(recipe.steps, options, strict=True):
        with _errors_of(step.field):
            url, request = request_of(each, Values(step.secret, result))
        tls = authorities[each.authority] if each.authority else None
        result = _result_of(
            await _with_retries(_Sender(client, tls, each, deadline, tenant, before_sending), url, request)
        )
    token = value_at(location, result)
    text = token.strip() if isinstance(token, str) else ""
    if not is_token(text):
        raise RecipeFailed("location_of_token", f"has no token at location_of_token: {RULE_OF_TOKENS}")
    return text


@contextmanager
def _errors_of(field: str) -> Iterator[None]:
    """Say of which field a broken rule is."""
    try:
        yield
    except InvalidRecipe as invalid:
        invalid.field = field
        raise


class _Sender(NamedTuple):
    client: Client
    tls: ssl.SSLContext | None
    options: Options
    deadline: float
    tenant: str
    before_sending: BeforeSending | None

    def seconds_left(self) -> float:
        return self.deadline - asyncio.get_running_loop().time()

    async def send(self, to: Destination, request: Request) -> Response:
        seconds = min(self.options.seconds, self.seconds_left())
        if seconds <= 0:
            raise RecipeFailed("timeout", "did not come before the time of the recipe was over")
        if self.before_sending is not None:
            await self.before_sending()
        return await self.client.send(to, request, Limits(seconds, body_bytes=_BODY_BYTES), self.tls, self.tenant)


async def _with_retries(sender: _Sender, url: str, request: Request) -> Response:
    """Raises RecipeFailed unless the last response has a status of 2xx."""
    for attempt in range(sender.options.retries + 1):
        response = await _with_redirects(sender, url, request)
        wait = _RETRY_SECONDS * 2**attempt
        is_retried = any(response.status in statuses for statuses in sender.options.retried)
        if not is_retried or attempt == sender.options.retries or wait >= sender.seconds_left():
            break
        await asyncio.sleep(wait)
    if not 200 <= response.status < 300:
        raise RecipeFailed("status", f"has the status {response.status}", response.status)
    return response


async def _with_redirects(sender: _Sender, url: str, request: Request) -> Response:
    origin, target = sender.client.destination_of(url)
    to = origin
    for redirects in range(MOST_REDIRECTS + 1):
        response = await sender.send(to, request._replace(target=target))
        next_url = next((value for name, value in response.headers if name == "location"), None)
        if response.status not in _REDIRECTS or next_url is None or not sender.options.follows_redirects:
            return response
        if redirects == MOST_REDIRECTS:
            break
        to, target = sender.client.destination_of(_joined(f"{to}{target}", next_url))
        if to != origin:
            raise RecipeFailed("redirect", "redirects to another scheme, host or port")
        if response.status == 303 or (response.status not in _KEEPING and request.method == "POST"):
            headers = [header for header in request.headers if header[0].lower() != "content-type"]
            request = request._replace(method="GET", headers=headers, body=b"")
    raise RecipeFailed("redirect", f"redirects more than {MOST_REDIRECTS} times")


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location).partition("#")[0]
    except ValueError:
        raise RecipeFailed("redirect", "redirects to something that is not a URL") from None


def _result_of(response: Response) -> Json:
    """What a path of Tines is followed in."""
    return {"body": _body_of(response), "headers": dict(response.headers), "status": response.status}


def _body_of(response: Response) -> Json:
    content_type = next((value for name, value in response.headers if name == "content-type"), "")
    if "json" in content_type.lower() or response.body.lstrip()[:1] in {b"{", b"["}:
        try:
            # The parser reads an object.
            document = parse_object(b'{"body":' + response.body + b"}")
        except JsonTextError:
            pass
        else:
            if len(document) == 1:
                return document["body"]
    return response.body.decode(errors="replace")
