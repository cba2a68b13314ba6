"""Tests that the OpenAPI documents are valid and describe what is served. test_fuzz.py tests that responses conform to them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from jsonschema_rs import Draft202012Validator, meta
from starlette.requests import Request

from strongroom_server.gateway import openapi, parameters
from strongroom_server.gateway.app import VENDORS
from strongroom_server.gateway.calls import Call, RequestBody
from strongroom_server.gateway.json_body import JsonObject
from strongroom_server.gateway.members import STRING, Body, Member
from strongroom_server.gateway.parameters import Parameter
from strongroom_server.gateway.services import Services
from strongroom_server.gateway.vendor import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Deployment

    from strongroom_server.gateway.vendor import Vendor

EACH_VENDOR = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)

LARGEST_PAGES = [
    *(("versori", name, "first", 50) for name in ("GetCredentials", "GetConnections", "GetConnectedApps", "GetApps")),
    *(("tines", f"List{noun}", "per_page", 500) for noun in ("UserCredentials", "Teams", "Folders", "TeamMembers")),
]
ORGANISATION = "/organisations/{organisationId}"
VERSORI = ORGANISATION + "/credentials"
SLASHID = "/organizations/config/external-credentials"
# The operations that the vendors document: the operationId where there is one, and the status of success.
DOCUMENTED = {
    "versori": {
        ("post", VERSORI): ("CreateCredential", "201"),
        ("get", VERSORI): ("GetCredentials", "200"),
        ("get", VERSORI + "/{credentialId}"): ("GetCredential", "200"),
        ("put", VERSORI + "/{credentialId}"): ("UpdateCredential", "200"),
        ("delete", VERSORI + "/{credentialId}"): ("DeleteCredential", "200"),
        ("get", ORGANISATION + "/apps"): ("GetApps", "200"),
        ("get", ORGANISATION + "/apps/{appId}"): ("GetApp", "200"),
        ("post", ORGANISATION + "/connections"): ("CreateConnection", "201"),
        ("get", ORGANISATION + "/connections"): ("GetConnections", "200"),
        ("get", ORGANISATION + "/connections/{connectionId}"): ("GetConnection", "200"),
        ("put", ORGANISATION + "/connections/{connectionId}"): ("UpdateConnection", "200"),
        ("delete", ORGANISATION + "/connections/{connectionId}"): ("DeleteConnection", "200"),
        ("get", ORGANISATION + "/connected-apps"): ("GetConnectedApps", "200"),
        ("post", ORGANISATION + "/connection-init"): ("InitialiseConnection", "200"),
        ("get", "/connections/oauth2/callback"): ("FinaliseConnectionCallback", "204"),
    },
    "slashid": {
        ("post", SLASHID): ("PostOrganizationsConfigExternalCredentials", "201"),
        ("get", SLASHID): ("GetOrganizationsConfigExternalCredentials", "200"),
        ("delete", SLASHID): ("DeleteOrganizationsConfigExternalCredentials", "204"),
        ("get", SLASHID + "/{cred_id}"): ("GetOrganizationsConfigExternalCredentialsCredId", "200"),
        ("patch", SLASHID + "/{cred_id}"): ("PatchOrganizationsConfigExternalCredentialsCredId", "204"),
    },
    "tines": {
        ("get", "/info"): ("GetInfo", "200"),
        ("get", "/teams/{id}/members"): ("ListTeamMembers", "200"),
        ("post", "/teams/{id}/destroy_static_external_id"): ("DestroyTeamStaticExternalId", "200"),
        **{
            (method, path): (f"{verb}{noun}", status)
            for collection, noun, list_noun in (
                ("/user_credentials", "UserCredential", "UserCredentials"),
                ("/teams", "Team", "Teams"),
                ("/folders", "Folder", "Folders"),
            )
            for method, path, verb, noun, status in (
                ("post", collection, "Create", noun, "201"),
                ("get", collection, "List", list_noun, "200"),
                ("get", collection + "/{id}", "Get", noun, "200"),
                ("put", collection + "/{id}", "Update", noun, "200"),
                ("patch", collection + "/{id}", "Patch", noun, "200"),
                ("delete", collection + "/{id}", "Delete", noun, "204"),
            )
        },
    },
}
SERVERS = {"versori": ["/api/switchboard/v1alpha1", "/v1alpha1"], "slashid": [""], "tines": ["/api/v1"]}
# The members that each vendor documents as required for a new credential, and for each mode of Tines.
REQUIRED = {
    "CreateCredentialRequestBody": {"name", "type", "data"},
    "UpdateCredentialRequestBody": {"name", "type", "data"},
    **{
        f"CreateConnectionRequestBody{name}": {"name", "appId", "authType", "data"}
        for name in ("Apikey", "Httpbasicauth", "Httprefresh", "Oauth2", "Jwtbearer")
    },
    "UpdateConnectionRequestBody": {"name", "data"},
    "InitConnectionRequestBody": {"appId", "authType"},
    "ConnectionDataAPIKey": {"apiKey"},
    "ConnectionDataHTTPBasicAuth": {"user", "password"},
    "ConnectionDataSecret": {"secret"},
    "ConnectionDataOAuth2ClientCredentials": {"clientId", "clientSecret"},
    "ConnectionDataJWTBearer": {"secret", "payload", "algorithm"},
    "ExternalCredentialPostRequest": {"extcred_provider", "extcred_type", "json_blob"},
    "PatchExternalCredentialRequest": set(),
    "NewUserCredentialText": {"name", "mode", "value"},
    "NewUserCredentialJwt": {"name", "mode", "jwt_algorithm", "jwt_payload"},
    "NewUserCredentialOauth": {
        "name", "mode", "oauth_token_url", "oauth_client_id", "oauth_client_secret", "oauth_grant_type",
    },
    "NewUserCredentialAws": {"name", "mode", "aws_authentication_type"},
    "NewUserCredentialMtls": {"name", "mode", "mtls_client_certificate", "mtls_client_private_key"},
    "NewUserCredentialHttpRequestAgent": {
        "name", "mode", "http_request_options", "http_request_location_of_token",
    },
    "NewUserCredentialMultiRequest": {
        "name", "mode", "credential_requests", "http_request_location_of_token",
    },
    "UserCredentialChangesText": set(),
}  # fmt: skip


async def served(deployment: Deployment, vendor: Vendor) -> dict[str, Any]:
    """The document as it is served."""
    answer = await deployment.http.get(f"/openapi/{vendor.name}.json")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    document: dict[str, Any] = answer.json()
    return document


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def references(part: Any) -> Iterator[str]:
    """Every reference to a schema in a document."""
    if isinstance(part, list):
        for element in part:
            yield from references(element)
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        yield from part.get("discriminator", {}).get("mapping", {}).values()
        for element in part.values():
            yield from references(element)


def schema_of(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """A validator for a schema of a document."""
    return Draft202012Validator({**schema, "components": document["components"]}, validate_formats=True)


@EACH_VENDOR
async def test_a_document_is_valid_openapi_3_1(deployment: Deployment, vendor: Vendor) -> None:
    document = await served(deployment, vendor)

    assert document["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(document).validate()
    for schema in document["components"]["schemas"].values():
        meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


async def test_an_invalid_document_is_detected(deployment: Deployment) -> None:
    document = await served(deployment, VENDORS[0])
    del document["paths"][VERSORI]["get"]["responses"]["200"]["description"]

    with pytest.raises(Exception, match="description"):
        schemathesis.openapi.from_dict(document).validate()


@EACH_VENDOR
async def test_a_document_lists_exactly_what_its_vendor_documents(deployment: Deployment, vendor: Vendor) -> None:
    document = await served(deployment, vendor)
    listed = {
        place: (operation["operationId"], *(status for status in operation["responses"] if status < "300"))
        for place, operation in operations(document).items()
    }

    assert listed == DOCUMENTED[vendor.name]
    assert document["servers"] == [{"url": prefix or "/"} for prefix in SERVERS[vendor.name]]


@EACH_VENDOR
async def test_each_operation_of_a_document_is_served_and_no_other(deployment: Deployment, vendor: Vendor) -> None:
    document = await served(deployment, vendor)
    for path, methods in document["paths"].items():
        answer = await deployment.http.request(
            "PROPFIND",
            vendor.prefix + path.replace("{", "").replace("}", ""),
            headers={"Authorization": f"Bearer {deployment.api_key}"},
        )
        assert answer.status_code == 405
        assert {method.lower() for method in answer.headers["Allow"].split(", ")} == set(methods)


@pytest.mark.parametrize(("name", "operation", "parameter", "most"), LARGEST_PAGES)
async def test_the_size_of_the_largest_page_is_described(
    deployment: Deployment, name: str, operation: str, parameter: str, most: int
) -> None:
    [vendor] = [each for each in VENDORS if each.name == name]
    document = await served(deployment, vendor)
    [described] = [each for each in operations(document).values() if each["operationId"] == operation]
    [schema] = [each["schema"] for each in described["parameters"] if each["name"] == parameter]

    assert schema == {"type": "integer", "minimum": 1, "maximum": most}


@EACH_VENDOR
async def test_operation_ids_are_unique(deployment: Deployment, vendor: Vendor) -> None:
    ids = [operation["operationId"] for operation in operations(await served(deployment, vendor)).values()]

    assert len(ids) == len(set(ids))


@EACH_VENDOR
async def test_every_reference_has_a_schema_and_every_schema_is_referenced(
    deployment: Deployment, vendor: Vendor
) -> None:
    document = await served(deployment, vendor)

    assert set(references(document)) == {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


@EACH_VENDOR
async def test_every_parameter_of_a_path_is_described_and_no_other(deployment: Deployment, vendor: Vendor) -> None:
    for (_, path), operation in operations(await served(deployment, vendor)).items():
        described = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
        assert described == {part.strip("{}") for part in path.split("/") if part.startswith("{")}
        assert all(each["required"] for each in operation.get("parameters", ()) if each["in"] == "path")


@EACH_VENDOR
async def test_every_link_names_an_operation_and_its_parameters(deployment: Deployment, vendor: Vendor) -> None:
    document = await served(deployment, vendor)
    parameters_of = {
        operation["operationId"]: {each["name"] for each in operation.get("parameters", ())}
        for operation in operations(document).values()
    }
    links = [
        link
        for operation in operations(document).values()
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]

    assert links
    for link in links:
        assert link["parameters"].keys() <= parameters_of[link["operationId"]]


@EACH_VENDOR
async def test_every_problem_that_a_vendor_can_render_is_described(deployment: Deployment, vendor: Vendor) -> None:
    for operation in operations(await served(deployment, vendor)).values():
        problems = {status for status in operation["responses"] if status >= "400"}
        assert problems == {str(int(status)) for status in {*vendor.statuses.values(), 500}}
        assert operation["responses"]["405"]["headers"]["Allow"]["required"]
        assert operation["responses"]["503"]["headers"]["Retry-After"]["required"]


@EACH_VENDOR
async def test_every_example_is_valid_for_its_schema(deployment: Deployment, vendor: Vendor) -> None:
    document = await served(deployment, vendor)
    for operation in operations(document).values():
        if "requestBody" not in operation:
            continue
        content = operation["requestBody"]["content"]["application/json"]
        assert content["examples"]
        for example in content["examples"].values():
            schema_of(document, content["schema"]).validate(example["value"])


@EACH_VENDOR
async def test_members_that_a_vendor_requires_are_required_and_all_others_may_be_null(
    deployment: Deployment, vendor: Vendor
) -> None:
    document = await served(deployment, vendor)
    assert "ignored" in document["info"]["description"]
    assert "Null counts as absent" in document["info"]["description"]
    for name, required in REQUIRED.items():
        schema = document["components"]["schemas"].get(name)
        if schema is None:
            continue
        assert set(schema.get("required", ())) == required
        assert schema["additionalProperties"] is True
        for member, described in schema["properties"].items():
            takes_null = schema_of(document, described).is_valid(None)
            assert takes_null == (member not in required), member


def test_each_of_these_bodies_is_in_a_document() -> None:
    described = {name for vendor in VENDORS for name in openapi.document(vendor)["components"]["schemas"]}

    assert REQUIRED.keys() <= described


KNOWN = Parameter("known", "query", {"type": "string"}, parameters.text)
UNKNOWN = Parameter("unknown", "query", {"type": "string"}, parameters.text)
MEMBER, BY_MODE, STRANGER = Member("member", STRING), Member("by_mode", STRING), Member("stranger", STRING)


def call() -> Call:
    """A request with two parameters for an operation that declares one of them."""

    async def handle(_: Call) -> Any:
        raise AssertionError

    operation = Operation("Try", "GET", "/", "Try.", handle, HTTPStatus.OK, parameters=(KNOWN,))
    request = Request({"type": "http", "query_string": b"known=a&unknown=b", "headers": []})
    services = Services(None, None, None, None, None)  # type: ignore[arg-type] # no service is called
    return Call(request, (), services, VENDORS[0], operation, "/")


def test_a_parameter_that_the_operation_does_not_declare_cannot_be_read() -> None:
    received = call()

    assert received.value(KNOWN) == received.required(KNOWN) == "a"
    with pytest.raises(AssertionError):
        received.value(UNKNOWN)
    with pytest.raises(AssertionError):
        received.required(UNKNOWN)


def test_a_member_that_the_body_does_not_declare_cannot_be_read() -> None:
    declared = Body("Tried", (MEMBER,), "mode", {"ONE": (BY_MODE,)})
    sent = RequestBody(declared, JsonObject({"member": "a", "by_mode": "b", "stranger": "c"}, {}))

    assert (sent.value(MEMBER), sent.required(BY_MODE)) == ("a", "b")
    with pytest.raises(AssertionError):
        sent.value(STRANGER)
    with pytest.raises(AssertionError):
        sent.required(STRANGER)
    with pytest.raises(AssertionError):
        sent.has(STRANGER)


async def test_a_body_that_the_operation_does_not_declare_cannot_be_read() -> None:
    with pytest.raises(AssertionError):
        await call().body()


def test_a_response_that_the_operation_does_not_declare_cannot_be_sent() -> None:
    with pytest.raises(AssertionError):
        call().response({"id": "1"})
