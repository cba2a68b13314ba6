"""The client has a method for every RPC, with a parameter for every field of its request."""

from __future__ import annotations

import inspect
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from grpc import StatusCode

import strongroom
from strongroom import Client, StrongroomError, errors
from strongroom.v1 import (
    audit_service_pb2,
    connection_service_pb2,
    credential_service_pb2,
    event_service_pb2,
    identity_service_pb2,
    key_service_pb2,
    organisation_service_pb2,
    use_service_pb2,
)
from strongroom.v1.use_service_pb2 import HttpRequestHead
from strongroom_server.access.roles import PUBLIC_METHODS

if TYPE_CHECKING:
    from google.protobuf.descriptor import MethodDescriptor

SERVICES = (
    credential_service_pb2.DESCRIPTOR.services_by_name["CredentialService"],
    use_service_pb2.DESCRIPTOR.services_by_name["UseService"],
    connection_service_pb2.DESCRIPTOR.services_by_name["ConnectionService"],
    organisation_service_pb2.DESCRIPTOR.services_by_name["OrganisationService"],
    identity_service_pb2.DESCRIPTOR.services_by_name["IdentityService"],
    audit_service_pb2.DESCRIPTOR.services_by_name["AuditService"],
    event_service_pb2.DESCRIPTOR.services_by_name["EventService"],
    key_service_pb2.DESCRIPTOR.services_by_name["KeyService"],
)
# The gateway calls the public methods for a browser, which has no API key.
METHODS = [method for service in SERVICES for method in service.methods if method.name not in PUBLIC_METHODS]
# What the ids in requests of these methods are of.
RESOURCES = {"get_connection_session": "session", "reconnect": "connection", "disconnect": "connection"}
ERROR_REASONS = Path(__file__).parents[2] / "protos" / "strongroom" / "v1" / "error_reason.proto"


def snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def names_of(method: MethodDescriptor) -> set[str]:
    """The fields of a method's request. Those of a head are parameters of their own, and the body of a stream is one."""
    if method.name == "StreamHttpRequest":
        return {field.name for field in HttpRequestHead.DESCRIPTOR.fields} | {"body"}
    fields = {field.name for field in method.input_type.fields}
    if method.name == "ForwardHttpRequest":
        only_streams = {"content_length", "body_sha256"}
        return (fields - {"head"}) | ({field.name for field in HttpRequestHead.DESCRIPTOR.fields} - only_streams)
    return fields


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_rpc_has_a_method_that_takes_every_field_of_its_request(method: MethodDescriptor) -> None:
    name = snake_case(method.name)
    resource = name.partition("_")[2]
    resource = RESOURCES.get(name, resource.partition("_version")[0])
    if method.containing_service.name == "UseService":
        resource = "credential"
    expected = {f"{resource}_id" if name == "id" else name for name in names_of(method)}
    if method.containing_service.name != "AuditService":
        expected -= {"organisation_id"}  # the API key's
    parameters = inspect.signature(getattr(Client, name)).parameters
    assert set(parameters) - {"self"} == expected | {"timeout_seconds"}


def test_the_client_has_no_method_without_an_rpc() -> None:
    public = {name for name, _ in inspect.getmembers(Client, inspect.isfunction) if not name.startswith("_")}
    assert public == {snake_case(method.name) for method in METHODS} | {"close"}


def test_every_service_of_the_contract_is_tested_here() -> None:
    protos = ERROR_REASONS.parent.glob("*.proto")
    services = [name for proto in protos for name in re.findall(r"^service (\w+)", proto.read_text(), re.MULTILINE)]
    assert sorted(services) == sorted(service.name for service in SERVICES)


def test_every_call_that_is_retried_reads_or_has_a_request_id() -> None:
    streams = ["ImportCredentials", "StreamHttpRequest", "StreamAuditEvents", "StreamEvents"]
    assert [method.name for method in METHODS if method.server_streaming] == streams
    for method in METHODS:
        # ForwardHttpRequest is retried for safe HTTP methods only, TestWebhook never. A session that nobody uses ends by itself,
        # and is completed once.
        others = ("ForwardHttpRequest", "TestWebhook", "BeginConnection", "Reconnect", "CompleteConnection")
        if not method.server_streaming and method.name not in others:
            reads = method.name.startswith(("Get", "List", "Access", "Mint", "Authorize"))
            assert reads or "request_id" in method.input_type.fields_by_name, method.name


def test_every_code_of_the_catalogue_has_its_class() -> None:
    codes = set(re.findall(r"^  // ([A-Z_]+)\. ", ERROR_REASONS.read_text(), re.MULTILINE))
    assert codes == {code.name for code in errors.CLASSES}


def test_every_class_names_its_only_code() -> None:
    assert len(set(errors.CLASSES.values())) == len(errors.CLASSES)
    for code, kind in errors.CLASSES.items():
        assert issubclass(kind, StrongroomError)
        assert (kind.__doc__ or "").startswith(f"{code.name}: ")
        assert kind.__name__.removesuffix("Error").upper() == code.name.replace("_", "")
    assert StatusCode.OK not in errors.CLASSES


def test_the_version_is_that_of_the_distribution() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert strongroom.__version__ == project["version"]
