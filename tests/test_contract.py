"""Compares the protos with the tables of the code: each method, variant, surface and field must have its entries."""

from __future__ import annotations

import re
import typing
from pathlib import Path

import pytest
from samples import samples
from sealing.test_signatures import CREDENTIAL

import strongroom.v1
from strongroom.v1.credential_pb2 import Credential, CredentialData, Surface
from strongroom_server.access import exposure
from strongroom_server.access.roles import METHOD_ROLES, PUBLIC_METHODS
from strongroom_server.audit.service import AuditServicer
from strongroom_server.connections.service import ConnectionServicer
from strongroom_server.credentials.service import CredentialServicer
from strongroom_server.events.service import EventServicer
from strongroom_server.keys.service import KeyServicer
from strongroom_server.organisations.identity_service import IdentityServicer
from strongroom_server.organisations.service import OrganisationServicer
from strongroom_server.rpc.methods import SERVICES, methods
from strongroom_server.rules.credential_fields import METADATA_RULES
from strongroom_server.rules.surfaces import SETTINGS, SURFACES
from strongroom_server.rules.variants.redaction import redact
from strongroom_server.rules.variants.table import VARIANTS
from strongroom_server.rules.variants.violations import data_violations
from strongroom_server.use.service import UseServicer

if typing.TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor
    from google.protobuf.message import Message

PROTOS = Path(strongroom.v1.__file__).parents[3] / "protos" / "strongroom" / "v1"
DESCRIPTORS = {f"/{service.full_name}/{method.name}": method for service in SERVICES for method in service.methods}
# The classes stand in for services: their functions have the names and annotations of the handlers.
METHODS = methods(
    typing.cast("CredentialServicer", CredentialServicer),
    typing.cast("UseServicer", UseServicer),
    typing.cast("ConnectionServicer", ConnectionServicer),
    typing.cast("OrganisationServicer", OrganisationServicer),
    typing.cast("IdentityServicer", IdentityServicer),
    typing.cast("AuditServicer", AuditServicer),
    typing.cast("EventServicer", EventServicer),
    typing.cast("KeyServicer", KeyServicer),
)
USES = {method.name for method in SERVICES[1].methods}
# They change something, and need no request id: a test of a webhook changes nothing that a caller could create twice, a session
# expires by itself and is started, answered and completed once.
WITHOUT_REQUEST_ID = {
    *USES,
    "TestWebhook",
    *("BeginConnection", "Reconnect", "StartConsent", "ReceiveConsent", "CompleteConnection"),
}
each_method = pytest.mark.parametrize("path", METHODS)
ARMS = [arm.name for arm in CredentialData.DESCRIPTOR.oneofs_by_name["variant"].fields]


def test_the_method_table_has_every_rpc() -> None:
    assert list(METHODS) == list(DESCRIPTORS)


@each_method
def test_every_rpc_has_its_handler_and_its_roles_or_is_public(path: str) -> None:
    descriptor = DESCRIPTORS[path]
    # UseService's module imports the module of messages.
    annotations = {key: text.replace("messages.", "") for key, text in METHODS[path].handle.__annotations__.items()}
    request, response = descriptor.input_type.name, descriptor.output_type.name
    if descriptor.server_streaming and not descriptor.client_streaming:
        response = f"AsyncIterator[{response} | None]"
    elif descriptor.server_streaming and descriptor.name in USES:
        # One call for the whole stream, unlike an import, which is one for each message.
        request, response = f"AsyncIterator[{request}]", f"AsyncGenerator[{response}, None]"
    assert annotations[next(iter(annotations))] == request
    assert annotations["return"] == response
    assert (descriptor.name in METHOD_ROLES) is not METHODS[path].is_public
    assert METHODS[path].is_public or METHOD_ROLES[descriptor.name]


@each_method
def test_every_rpc_that_changes_something_has_a_request_id_and_a_replay(path: str) -> None:
    descriptor = DESCRIPTORS[path]
    if descriptor.name in WITHOUT_REQUEST_ID:
        assert METHODS[path].replay is None
        return
    if descriptor.client_streaming:
        # Each part of a streamed request has its own request id.
        (part,) = (field.message_type for field in descriptor.input_type.fields if field.message_type)
        assert "request_id" in part.fields_by_name
        return
    reads = descriptor.name.startswith(("Get", "List", "Access", "Stream"))
    assert ("request_id" in descriptor.input_type.fields_by_name) is not reads
    assert (METHODS[path].replay is None) is reads


def test_only_rpcs_have_roles() -> None:
    names = {descriptor.name for descriptor in DESCRIPTORS.values()}
    assert {name.removesuffix(" FULL") for name in METHOD_ROLES} | PUBLIC_METHODS == names


def test_a_public_rpc_has_one_request_which_names_no_organisation_and_no_row() -> None:
    public = {method.name: method for method in METHODS.values() if method.is_public}
    assert set(public) == PUBLIC_METHODS
    for method in public.values():
        assert not method.streams_requests
        assert not method.streams_responses
        assert method.replay is None
        assert method.fields <= {"link", "query", "cookie", "surface"}


def test_every_surface_has_its_rules_and_its_name() -> None:
    names = {value.number: value.name for value in Surface.DESCRIPTOR.values if value.number}
    assert {number: surface.name for number, surface in SURFACES.items()} == names


def test_every_arm_is_a_variant_of_a_surface() -> None:
    assert {name for surface in SURFACES.values() for name in surface.variants} == set(ARMS)


def test_every_arm_has_its_rules_and_its_sample() -> None:
    assert list(VARIANTS) == ARMS
    assert list(samples()) == ARMS


@pytest.mark.parametrize("arm", ARMS)
def test_every_sample_is_valid_and_fills_every_field(arm: str) -> None:
    data = samples()[arm]
    assert data_violations(data) == ()
    message = getattr(data, arm)
    assert {field.name for field, _ in message.ListFields()} == set(message.DESCRIPTOR.fields_by_name)


def secret_paths(message: Message, path: str = "") -> list[str]:
    found = []
    for field, value in message.ListFields():
        if field.GetOptions().debug_redact:
            found.append(f"{path}{field.name}")
        elif field.message_type is not None and field.is_repeated:
            for index, element in enumerate(value):
                found += secret_paths(element, f"{path}{field.name}[{index}].")
        elif field.message_type is not None:
            found += secret_paths(value, f"{path}{field.name}.")
    return found


@pytest.mark.parametrize("arm", [arm for arm in ARMS if arm != "key_values"])
def test_redaction_removes_the_secret_fields_and_no_others(arm: str) -> None:
    data = samples()[arm]
    data.extra_json = "{}"
    assert secret_paths(data)
    left = CredentialData()
    left.CopyFrom(data)
    redact(left, ())
    assert secret_paths(left) == []
    assert b"hunter2" not in left.SerializeToString()
    for field in getattr(data, arm).DESCRIPTOR.fields:
        if field.message_type is None and not field.GetOptions().debug_redact:
            assert getattr(getattr(left, arm), field.name) == getattr(getattr(data, arm), field.name)


def test_key_values_are_redacted_by_name() -> None:
    left = samples()["key_values"]
    redact(left, ["hidden", "absent"])
    assert dict(left.key_values.values) == {"shown": b"yes"}


def test_every_settable_field_of_a_credential_has_its_rules() -> None:
    text = (PROTOS / "credential.proto").read_text()
    message = text[text.index("message Credential {") : text.index("message CredentialData {")]
    settable = set()
    for comment, name in re.findall(r"((?:  // .*\n)+)  (?:repeated |map<string, )?[\w.]+>? (\w+) = \d+;", message):
        if comment.lstrip().startswith(("// Required", "// Optional")) and "Cannot be changed" not in comment:
            settable.add(name)
    assert settable - {"data"} == set(METADATA_RULES)


def leaves(message: Descriptor, path: str = "") -> dict[str, bool]:
    """The paths of a message's fields, those of messages inside it included, and whether each is secret."""
    found = {}
    for field in message.fields:
        inner = field.message_type
        if inner is None or inner.GetOptions().map_entry or inner.file != message.file:
            found[f"{path}{field.name}"] = field.GetOptions().debug_redact
        else:
            found.update(leaves(inner, f"{path}{field.name}."))
    return found


@pytest.mark.parametrize("arm", ARMS)
def test_every_field_of_an_arm_is_a_secret_or_a_use_or_both(arm: str) -> None:
    message = getattr(CredentialData(), arm).DESCRIPTOR
    variant, fields_of_arm = VARIANTS[arm], leaves(message)
    assert set(variant.secrets) | set(variant.uses) == set(fields_of_arm)
    assert set(variant.secrets) == {path for path, is_secret in fields_of_arm.items() if is_secret}
    # Only options_json is secret and says where another secret is sent.
    assert {path.rpartition(".")[2] for path in set(variant.secrets) & set(variant.uses)} <= {"options_json"}
    # Uses are compared by presence too.
    assert all(message.fields_by_name[path].has_presence for path in set(variant.uses) - set(variant.secrets))


def test_only_extra_json_is_outside_the_arms() -> None:
    outside = [field.name for field in CredentialData.DESCRIPTOR.fields if field.containing_oneof is None]
    assert outside == ["extra_json"]


# Fields that no request can set or change, and the data, which has its own table.
NOT_CHANGED = {
    *("id", "number", "organisation_id", "surface", "slug", "variant", "state", "version", "etag", "data"),
    *(
        "violations",
        "warnings",
        "grant",
        "certificate_expire_time",
        "create_time",
        "update_time",
        "delete_time",
        "purge_time",
        "tines_settings.external_id",
    ),
    *("test_credential.id", "test_credential.number", "test_credential.create_time", "test_credential.update_time"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_field_of_a_settings_message_is_a_use_or_not(name: str) -> None:
    settings = SETTINGS[name]
    entries = (*settings.uses, *settings.limits, *settings.others, *settings.output_only)
    assert sorted(entries) == sorted(field.name for field in settings.message.DESCRIPTOR.fields)
    assert getattr(Credential(), name).DESCRIPTOR is settings.message.DESCRIPTOR
    assert isinstance(getattr(CREDENTIAL, name), bytes)


def test_every_field_of_a_credential_has_an_entry_for_whether_a_change_exposes_secrets() -> None:
    nested = {name: getattr(Credential(), name).DESCRIPTOR for name in (*SETTINGS, "test_credential")}
    paths = {field.name for field in Credential.DESCRIPTOR.fields} - set(nested)
    for name, message in nested.items():
        paths |= {f"{name}.{field.name}" for field in message.fields}
    assert set(exposure.FIELDS) == paths - NOT_CHANGED
    assert paths > NOT_CHANGED
    settable = {path.partition(".")[0] for path in exposure.FIELDS}
    assert settable - {"live_credential_id", "test_credential"} == set(METADATA_RULES)
