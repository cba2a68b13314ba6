"""Adds a made-up vendor to the list of vendors, and shows that it needs nothing else: routes, documentation and errors follow."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
import pytest
import schemathesis
from gateway.running import failure, gateway
from grpc import StatusCode
from starlette.responses import PlainTextResponse

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, Credential, CredentialData, TextData
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, GetCredentialRequest
from strongroom_server.gateway import parameters, requests
from strongroom_server.gateway.app import VENDORS
from strongroom_server.gateway.members import STRING, Body, Member
from strongroom_server.gateway.parameters import Parameter
from strongroom_server.gateway.services import CALL_SECONDS
from strongroom_server.gateway.vendor import Operation, Vendor

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from strongroom_server.gateway.calls import Call
    from strongroom_server.gateway.problems import Problem


class Secret(msgspec.Struct):
    """A secret as the made-up vendor shows it."""

    key: str
    label: str


KEY = Parameter("key", "path", {"type": "string"}, parameters.text)
LABEL = Member("label", STRING, "What the secret is for.", "name", required=True)
VALUE = Member("value", STRING, "", "data.text.value", required=True)


def caller(request: Request) -> requests.Metadata:
    return requests.metadata(request, requests.presented_key(request, "Acme-Key"))


async def create(call: Call) -> Response:
    body = await call.body()
    credential = Credential(
        surface=call.vendor.surface,
        name=body.required(LABEL),
        data=CredentialData(text=TextData(value=body.required(VALUE))),
    )
    created = await call.services.credentials.CreateCredential(
        CreateCredentialRequest(credential=credential, request_id=call.request_id),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    return call.response(Secret(created.id, created.name))


async def get(call: Call) -> Response:
    request = GetCredentialRequest(id=call.required(KEY), surface=call.vendor.surface)
    found = await call.services.credentials.GetCredential(request, metadata=call.metadata, timeout=CALL_SECONDS)
    return call.response(Secret(found.id, found.name))


def render(problem: Problem, status: int) -> Response:
    return PlainTextResponse(f"acme error: {'; '.join(problem.sentences)}", status)


ACME = Vendor(
    name="acme",
    title="Acme secrets",
    surface=SURFACE_NATIVE,
    prefix="/acme/v2",
    operations=(
        Operation(
            "CreateSecret",
            "POST",
            "/secrets",
            "Create a secret.",
            create,
            HTTPStatus.CREATED,
            Secret,
            body=Body("NewSecret", (LABEL, VALUE), examples={"secret": {"label": "store", "value": "hunter2"}}),
            links={"GetSecret": {KEY.name: "$response.body#/key"}},
        ),
        Operation("GetSecret", "GET", "/secrets/{key}", "Read a secret.", get, HTTPStatus.OK, Secret, (KEY,)),
    ),
    caller=caller,
    fields={"credential.name": "label", "id": "key"},
    render=render,
    problems=dict.fromkeys((400, 401, 403, 404, 405, 408, 409, 413, 500, 503, 504)),
    security={"AcmeKey": {"type": "apiKey", "in": "header", "name": "Acme-Key"}},
)
CREATED = Credential(id="0198", name="store")
BODY = {"label": "store", "value": "hunter2"}
HEADERS = {"Acme-Key": "sr_a_b"}


WITH_ACME = (*VENDORS, ACME)


@pytest.mark.parametrize("path", ["/acme/v2/secrets", "/acme/v2/secrets/"])
async def test_its_operations_have_routes_and_call_the_service_with_its_surface(path: str) -> None:
    async with gateway(CREATED, CREATED, vendors=WITH_ACME) as (scripted, http):
        created = await http.post(path, headers=HEADERS, json=BODY)
        found = await http.get("/acme/v2/secrets/0198", headers=HEADERS)

    assert (created.status_code, found.status_code) == (201, 200)
    assert created.json() == found.json() == {"key": "0198", "label": "store"}
    assert created.headers["Cache-Control"] == "no-store"
    create_request = CreateCredentialRequest.FromString(scripted.calls[0].request)
    get_request = GetCredentialRequest.FromString(scripted.calls[1].request)
    assert create_request.credential.surface == get_request.surface == SURFACE_NATIVE
    assert create_request.credential.data.text.value == "hunter2"


async def test_its_openapi_document_is_served_and_valid() -> None:
    async with gateway(vendors=WITH_ACME) as (_, http):
        document = (await http.get("/openapi/acme.json")).json()

    schemathesis.openapi.from_dict(document).validate()
    assert document["info"]["title"] == "Acme secrets"
    assert document["servers"] == [{"url": "/acme/v2"}]
    assert set(document["paths"]) == {"/secrets", "/secrets/{key}"}
    assert document["components"]["schemas"]["NewSecret"]["required"] == ["label", "value"]
    assert [each["name"] for each in document["paths"]["/secrets"]["post"]["parameters"]] == ["Idempotency-Key"]


async def test_the_documentation_page_lists_it() -> None:
    async with gateway(vendors=WITH_ACME) as (_, http):
        script = (await http.get("/docs/start.js")).text

    listed = re.search(r"const VENDORS = (\[[^\]]*\]);", script)
    assert listed is not None
    assert json.loads(listed[1]) == [*(vendor.name for vendor in VENDORS), "acme"]


async def test_its_errors_have_its_shape_and_its_names_of_fields() -> None:
    invalid = failure(StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", "credential.name")
    async with gateway(invalid, vendors=WITH_ACME) as (_, http):
        from_service = await http.post("/acme/v2/secrets", headers=HEADERS, json=BODY)
        from_gateway = await http.post("/acme/v2/secrets", headers=HEADERS, json={"value": "hunter2"})
        without_key = await http.get("/acme/v2/secrets/0198")

    assert (from_service.status_code, from_service.text) == (400, "acme error: label is wrong")
    assert (from_gateway.status_code, from_gateway.text) == (400, "acme error: label is required")
    assert without_key.status_code == 401
    assert without_key.text.startswith("acme error: the request has no API key")


@pytest.mark.parametrize("path", ["/acme/v2", "/acme/v2/nothing", "/acme/v2/secrets/0198/more"])
async def test_unknown_paths_below_its_prefix_have_its_404(path: str) -> None:
    async with gateway(vendors=WITH_ACME) as (_, http):
        answer = await http.get(path)

    assert (answer.status_code, answer.text) == (404, "acme error: no resource has this path")


async def test_unknown_methods_of_its_paths_have_its_405() -> None:
    async with gateway(vendors=WITH_ACME) as (_, http):
        answer = await http.delete("/acme/v2/secrets")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.text == "acme error: the method must be one of POST"


async def test_other_paths_are_still_those_of_the_other_vendors() -> None:
    async with gateway(vendors=WITH_ACME) as (_, http):
        assert (await http.get("/acme/v1/secrets")).text == "404 page not found"
        assert (await http.get("/v1alpha1/nothing")).json()["code"] == "404000"


async def test_without_its_entry_in_the_list_it_has_no_route_and_no_document() -> None:
    async with gateway() as (_, http):
        assert (await http.post("/acme/v2/secrets", headers=HEADERS, json=BODY)).status_code == 404
        assert (await http.get("/openapi/acme.json")).status_code == 404
