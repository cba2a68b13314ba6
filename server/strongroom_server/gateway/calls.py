"""Gives an operation's handler what it reads of a request, and makes its response. Knows no vendor by name.

A handler can read only what its operation declares, so the OpenAPI document leaves nothing out.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.responses import Response

from strongroom_server.gateway import json_body, requests
from strongroom_server.gateway.json_body import JsonObject
from strongroom_server.gateway.parameters import IDEMPOTENCY_KEY

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from starlette.requests import Request

    from strongroom_server.core.fair_queue import Turn
    from strongroom_server.gateway.members import Body, Member
    from strongroom_server.gateway.parameters import Parameter
    from strongroom_server.gateway.requests import Metadata
    from strongroom_server.gateway.services import Services
    from strongroom_server.gateway.vendor import Operation, Vendor

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """A request for one operation. `metadata` is that of the calls for it: who makes the request."""

    request: Request
    metadata: Metadata
    services: Services
    vendor: Vendor
    operation: Operation
    # The path of the operation with the vendor's prefix; its parameters are in braces.
    path: str
    # That of a larger body, which lasts until the body is parsed.
    turn: Turn | None = None

    def value(self, parameter: Parameter[T]) -> T | None:
        """The value of a parameter, None if absent or empty. Raises RefusedError."""
        assert parameter in self.operation.all_parameters
        return parameter.of(self.request)

    def required(self, parameter: Parameter[T]) -> T:
        """The value of a required parameter. Raises RefusedError."""
        assert parameter in self.operation.all_parameters
        return parameter.required_of(self.request)

    @property
    def request_id(self) -> str:
        """The id that makes the request safe to repeat, empty if the request has none. Raises RefusedError."""
        return self.value(IDEMPOTENCY_KEY) or ""

    async def body(self) -> RequestBody:
        """The body. Raises RefusedError."""
        declared = self.operation.body
        assert declared is not None
        content = await requests.body(self.request)
        parsed = await self.services.bodies.parse(content) if content.strip() else None
        if self.turn is not None:
            self.turn.end()
        if parsed is not None:
            return RequestBody(declared, parsed)
        query = self.request.query_params
        if declared.lenient and query:
            return RequestBody(declared, json_body.of_query(query, [member.name for member in declared.all_members]))
        return RequestBody(declared, JsonObject({}, {}) if declared.optional else json_body.parse(content))

    @property
    def query(self) -> str:
        """The query as the client sent it."""
        query: bytes = self.request.scope["query_string"]
        return query.decode("latin-1")

    @property
    def shows_pages(self) -> bool:
        """Whether the client is a browser that goes where a response leads."""
        return "text/html" in self.request.headers.get("accept", "")

    def response(self, content: object = None, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
        """The response of success."""
        assert headers.keys() <= set(self.operation.headers)
        if self.operation.response is None:
            assert content is None
            return Response(status_code=self.operation.status, headers=headers)
        assert isinstance(content, self.operation.response)
        response = json_body.response(self.operation.status, content)
        response.headers.update(headers)
        return response

    async def sliced_response(self, slices: AsyncGenerator[bytes, None]) -> Response:
        """The response of success whose JSON is sent in slices. Waits for the first one, and raises its error."""
        assert self.operation.response is not None
        return json_body.Slices(self.operation.status, await anext(slices), slices)

    def redirect(self, url: str) -> Response:
        """The response that sends a browser on. The next page does not learn the URL of this one."""
        assert self.operation.callback
        return Response(status_code=HTTPStatus.SEE_OTHER, headers={"Location": url, "Referrer-Policy": "no-referrer"})


@dataclass(frozen=True, slots=True)
class RequestBody:
    """The body of a request, read member by member."""

    declared: Body
    json: JsonObject

    def value(self, member: Member[T]) -> T | None:
        """The value of a member, None if absent, null or blank. Raises RefusedError."""
        assert member in self.declared.all_members
        return None if self.blank(member) else member.of(self.json)

    def required(self, member: Member[T]) -> T:
        """The value of a required member. Raises RefusedError."""
        assert member in self.declared.all_members
        return member.required_of(self.json)

    def blank(self, member: Member[Any]) -> bool:
        """Whether the member is an empty string and counts as absent for that reason."""
        return member in self.declared.blank_members and self.json.values.get(member.name) == ""

    def has(self, member: Member[Any]) -> bool:
        """Whether the body has the member; null counts."""
        assert member in self.declared.all_members
        return member.name in self.json.values
