"""Owns the OpenAPI documents: made of the operations that the gateway serves, so that neither can differ from the other."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from strongroom_server.gateway.parameters import Parameter
    from strongroom_server.gateway.vendor import Operation, Vendor

_REF = "#/components/schemas/{name}"


def document(vendor: Vendor) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a vendor's API as it is served here."""
    types = [operation.answer for operation in vendor.operations if operation.answer is not None]
    problems = [body for body in vendor.problems.values() if body is not None]
    schemas, components = msgspec.json.schema_components([*types, *problems], ref_template=_REF)
    answers = dict(zip(map(id, [*types, *problems]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in vendor.operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(vendor, operation, answers)
    return {
        "openapi": "3.1.0",
        "info": {"title": vendor.title, "version": "0.1.0"},
        "servers": [{"url": vendor.prefix or "/"}],
        "security": [{name: []} for name in vendor.security],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {n: dict(s) for n, s in vendor.security.items()}},
    }


def _operation(vendor: Vendor, operation: Operation, answers: dict[int, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"operationId": operation.id, "summary": operation.summary}
    if operation.parameters:
        described["parameters"] = [_parameter(parameter) for parameter in operation.parameters]
    if operation.body is not None:
        described["requestBody"] = {
            "required": not operation.body.optional,
            "content": {"application/json": {"schema": operation.body.schema}},
        }
    described["responses"] = {
        str(int(operation.status)): _response(operation.status, operation.answer, answers),
        **{str(status): _response(status, body, answers) for status, body in vendor.problems.items()},
    }
    return described


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
    if body is not None:
        described["content"] = {"application/json": {"schema": answers[id(body)]}}
    return described
