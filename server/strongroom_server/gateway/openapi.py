"""Makes the OpenAPI documents from the operations that the gateway serves, so that the two cannot differ."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from strongroom_server.gateway.members import reference
from strongroom_server.gateway.vendor import HEADERS

if TYPE_CHECKING:
    from strongroom_server.gateway.members import Body
    from strongroom_server.gateway.parameters import Parameter
    from strongroom_server.gateway.vendor import Operation, Vendor

_REF = reference("{name}")["$ref"]
_DESCRIPTION = "Unknown members and query parameters are ignored. Null counts as absent."

_LENIENT = (
    "A request without a body may have the members in the query, arrays as `name[]`. "
    "Where the schema allows an empty string, it counts as absent, but in an update it clears the member unless it is a secret."
)


def document(vendor: Vendor) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a vendor's API as this gateway serves it."""
    types = [operation.response for operation in vendor.operations if operation.response is not None]
    problems = [body for body in vendor.problems.values() if body is not None]
    schemas, components = msgspec.json.schema_components([*types, *problems], ref_template=_REF)
    for operation in vendor.operations:
        for name, schema in operation.body.components.items() if operation.body else ():
            assert components.setdefault(name, schema) == schema
    responses = dict(zip(map(id, [*types, *problems]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in vendor.operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(vendor, operation, responses)
    return {
        "openapi": "3.1.0",
        "info": {"title": vendor.title, "version": "0.1.0", "description": _DESCRIPTION},
        "servers": [{"url": prefix or "/"} for prefix in vendor.prefixes],
        "security": [{name: []} for name in vendor.security],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {n: dict(s) for n, s in vendor.security.items()}},
    }


def _operation(vendor: Vendor, operation: Operation, responses: dict[int, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"operationId": operation.id, "summary": operation.summary, "tags": [operation.tag]}
    if operation.all_parameters:
        described["parameters"] = [_parameter(parameter) for parameter in operation.all_parameters]
    if operation.body is not None:
        described["requestBody"] = {
            "required": not (operation.body.optional or operation.body.lenient),
            **({"description": _LENIENT} if operation.body.lenient else {}),
            "content": {"application/json": _content(operation.body)},
        }
    success = _response(operation.status, operation.response, responses)
    if operation.links:
        success["links"] = {
            name: {"operationId": name, "parameters": dict(parameters)} for name, parameters in operation.links.items()
        }
    if operation.headers:
        success["headers"] = {name: {"schema": {"type": "string"}} for name in operation.headers}
    if operation.callback:
        described["security"] = []
    described["responses"] = {
        str(int(operation.status)): success,
        **(
            {str(int(HTTPStatus.SEE_OTHER)): _response(HTTPStatus.SEE_OTHER, None, responses)}
            if operation.callback
            else {}
        ),
        **{str(status): _response(status, body, responses) for status, body in vendor.problems.items()},
    }
    return described


def _content(body: Body) -> dict[str, Any]:
    examples = {name: {"value": value} for name, value in body.examples.items()}
    return {"schema": reference(body.name), **({"examples": examples} if examples else {})}


def _parameter(parameter: Parameter[Any]) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required or parameter.place == "path",
        "schema": dict(parameter.schema),
        **({"description": parameter.description} if parameter.description else {}),
    }


def _response(status: int, body: Any, responses: dict[int, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if status in HEADERS:
        described["headers"] = {name: {"required": True, "schema": {"type": "string"}} for name in HEADERS[status]}
    if body is not None:
        described["content"] = {"application/json": {"schema": responses[id(body)]}}
    return described
