"""Owns the OpenAPI documents: made of the operations that the gateway serves, so that neither can differ from the other."""

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
_DESCRIPTION = "Members and query parameters that are not named here are ignored. Null is as good as absent."

_LENIENT = (
    "Without a body its members may be sent in the query, arrays as `name[]`. "
    "An empty string counts as absent where the schema allows it; an update clears the member then, but keeps a secret."
)


def document(vendor: Vendor) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a vendor's API as it is served here."""
    types = [operation.response for operation in vendor.operations if operation.response is not None]
    problems = [body for body in vendor.problems.values() if body is not None]
    schemas, components = msgspec.json.schema_components([*types, *problems], ref_template=_REF)
    for operation in vendor.operations:
        for name, schema in operation.body.components.items() if operation.body else ():
            assert components.setdefault(name, schema) == schema
    answers = dict(zip(map(id, [*types, *problems]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in vendor.operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(vendor, operation, answers)
    return {
        "openapi": "3.1.0",
        "info": {"title": vendor.title, "version": "0.1.0", "description": _DESCRIPTION},
        "servers": [{"url": prefix or "/"} for prefix in (vendor.prefix, *vendor.aliases)],
        "security": [{name: []} for name in vendor.security],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {n: dict(s) for n, s in vendor.security.items()}},
    }


def _operation(vendor: Vendor, operation: Operation, answers: dict[int, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"operationId": operation.id, "summary": operation.summary, "tags": [operation.tag]}
    if operation.all_parameters:
        described["parameters"] = [_parameter(parameter) for parameter in operation.all_parameters]
    if operation.body is not None:
        described["requestBody"] = {
            "required": not (operation.body.optional or operation.body.lenient),
            **({"description": _LENIENT} if operation.body.lenient else {}),
            "content": {"application/json": _content(operation.body)},
        }
    success = _response(operation.status, operation.response, answers)
    if operation.links:
        success["links"] = {
            name: {"operationId": name, "parameters": dict(parameters)} for name, parameters in operation.links.items()
        }
    described["responses"] = {
        str(int(operation.status)): success,
        **{str(status): _response(status, body, answers) for status, body in vendor.problems.items()},
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


def _response(status: int, body: Any, answers: dict[int, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if status in HEADERS:
        described["headers"] = {name: {"required": True, "schema": {"type": "string"}} for name in HEADERS[status]}
    if body is not None:
        described["content"] = {"application/json": {"schema": answers[id(body)]}}
    return described
