"""Every error has a reason, a row in the table of reasons, and a status with details."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.rpc import code_pb2
from google.rpc.error_details_pb2 import BadRequest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from rpc.calls import bearer, read, refused
from samples import created, named
from test_contract import PROTOS

from strongroom.v1 import error_reason_pb2
from strongroom.v1.credential_pb2 import ApiKeyData, Credential, CredentialData, KeyValuesData, TextData
from strongroom.v1.credential_service_pb2 import (
    CreateCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.core.limits import LARGEST_REQUEST_WITH_BODY
from strongroom_server.core.reasons import LARGEST_STATUS, MOST_VIOLATIONS, REASONS, render
from strongroom_server.store import credential_writes

if TYPE_CHECKING:
    from conftest import Deployment
    from google.rpc.status_pb2 import Status

SENT = [value for value in ErrorReason.values() if value != error_reason_pb2.ERROR_REASON_UNSPECIFIED]


def test_every_reason_has_its_code_and_message() -> None:
    assert sorted(REASONS) == sorted(SENT)


def test_every_reason_is_documented_with_its_code_and_an_example() -> None:
    text = (PROTOS / "error_reason.proto").read_text()
    found = re.findall(
        r"  // ([A-Z_]+)\. .*\n(?:  // .*\n)*?  //\n  //     (\{.*\})\n  ERROR_REASON_(\w+) = \d+;", text
    )
    assert {f"ERROR_REASON_{name}" for _, _, name in found} == {ErrorReason.Name(value) for value in SENT}
    for code, example, name in found:
        shown = json.loads(example)
        assert (shown["reason"], shown["domain"]) == (name, "strongroom")
        reason = ErrorReason.Value(f"ERROR_REASON_{name}")
        expected_code, template = REASONS[reason]
        assert code_pb2.Code.Name(expected_code) == code
        # The example has the metadata that the message contains.
        assert template.format(**shown["metadata"])


def violations_in(status: Status) -> list[str]:
    bad = BadRequest()
    assert status.details[1].Unpack(bad)
    return [violation.field for violation in bad.field_violations]


def test_hundreds_of_violations_fit_into_what_a_client_accepts() -> None:
    violations = tuple(FieldViolation(f"credential.field[{index}]" * 8, "must be " + "x" * 200) for index in range(500))
    status = render(ServiceError(error_reason_pb2.ERROR_REASON_FIELD_INVALID, violations))
    assert status.ByteSize() <= LARGEST_STATUS
    assert len(status.details) == 2
    assert 0 < len(violations_in(status)) < MOST_VIOLATIONS
    few = tuple(FieldViolation(f"field[{index}]", "rule") for index in range(500))
    status = render(ServiceError(error_reason_pb2.ERROR_REASON_FIELD_INVALID, few))
    assert violations_in(status) == [f"field[{index}]" for index in range(MOST_VIOLATIONS)]


async def test_a_message_names_the_rule_once(deployment: Deployment) -> None:
    refusal = await refused(created(deployment, named(team_id=99)))
    assert refusal.message == "credential.team_id must be a team of the organisation"
    refusal = await refused(created(deployment, named("", team_id=-1, description="x" * 4097)))
    assert refusal.message == "credential.name must be 1 to 255 characters long (and 2 more)"


async def test_an_unexpected_exception_becomes_internal_with_an_id(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def explode(*_: object, **__: object) -> bool:
        raise RuntimeError("hunter2")

    monkeypatch.setattr(credential_writes, "create", explode)
    refusal = await refused(created(deployment))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert "hunter2" not in refusal.message
    assert re.search(r"[0-9a-f]{16}$", refusal.message)


async def test_bytes_that_are_not_a_request_are_refused(deployment: Deployment) -> None:
    call: Any = deployment.grpc.unary_unary("/strongroom.v1.CredentialService/CreateCredential")
    refusal = await refused(call(b"\xff\xff\xff", metadata=deployment.metadata))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_MALFORMED")
    # Text that is not UTF-8 is not a request either.
    refusal = await refused(call(b"\x12\x04\x2a\x02\xff\xfe", metadata=deployment.metadata))
    assert refusal.reason == "REQUEST_MALFORMED"


@pytest.mark.parametrize(
    "octets",
    [
        CredentialData().SerializeToString() + b"\xfa\x06\x01x",
        CredentialData(text=TextData(value="x")).SerializeToString() + b"\xfa\x06\x01x",
        b"\x52\x07\x0a\x01x\xfa\x06\x01y",
    ],
    ids=["an arm of tomorrow", "a field beside the arm", "a field inside the arm"],
)
async def test_an_unknown_field_of_a_newer_client_is_refused(deployment: Deployment, octets: bytes) -> None:
    data = CredentialData.FromString(octets)
    refusal = await refused(created(deployment, named(data=data)))
    assert refusal.reason == "FIELD_INVALID"
    assert all(field.startswith("credential.data") for field in refusal.fields)


async def test_an_unknown_field_of_the_credential_is_refused(deployment: Deployment) -> None:
    octets = named().SerializeToString() + b"\xfa\x06\x01x"
    refusal = await refused(created(deployment, Credential.FromString(octets)))
    assert refusal.fields


async def test_of_two_arms_on_the_wire_the_last_wins(deployment: Deployment) -> None:
    octets = CredentialData(text=TextData(value="first")).SerializeToString()
    octets += CredentialData(api_key=ApiKeyData(api_key="last")).SerializeToString()
    answer = await created(deployment, named(data=CredentialData.FromString(octets)))
    assert answer.variant == "api_key"


async def test_a_request_beyond_the_largest_is_refused(deployment: Deployment) -> None:
    request = CreateCredentialRequest(credential=named(description="x" * LARGEST_REQUEST_WITH_BODY))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await deployment.credentials.CreateCredential(request, metadata=deployment.metadata)
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ((), "API_KEY_MISSING"),
        ((("authorization", "Bearer x"), ("authorization", "Bearer y")), "API_KEY_AMBIGUOUS"),
        (bearer("none"), "API_KEY_INVALID"),
        (bearer("sr_none_aaaaaaaaaaaaaaaaaaaaaaaa"), "API_KEY_INVALID"),
        (bearer("sr_bootstrap_aaaaaaaaaaaaaaaaaaaa"), "API_KEY_INVALID"),
        ((("authorization", "Basic sr_bootstrap_only-ever-used-by-the-tests"),), "API_KEY_INVALID"),
    ],
)
async def test_a_call_without_a_valid_key_is_refused(
    deployment: Deployment, metadata: tuple[tuple[str, str], ...], reason: str
) -> None:
    refusal = await refused(deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=metadata))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, reason)


@pytest.mark.parametrize(
    ("request_message", "metadata", "reason"),
    [
        (GetCredentialRequest(id="1" * 8), None, "CREDENTIAL_NOT_FOUND"),
        (GetCredentialRequest(id="x"), None, "FIELD_INVALID"),
        (GetCredentialRequest(id="1", organisation_id="other"), None, "ORGANISATION_MISMATCH"),
        (GetCredentialRequest(id="1"), (), "API_KEY_MISSING"),
    ],
)
async def test_a_call_in_the_same_process_gets_the_same_errors_as_one_from_the_network(
    deployment: Deployment,
    request_message: GetCredentialRequest,
    metadata: tuple[tuple[str, str], ...] | None,
    reason: str,
) -> None:
    metadata = deployment.metadata if metadata is None else metadata
    errors = []
    for stub in (deployment.credentials, CredentialServiceStub(deployment.service.channel())):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetCredential(request_message, metadata=metadata, timeout=5)
        errors.append(read(caught.value))
    assert errors[0] == errors[1]
    assert errors[0].reason == reason
    answer = await created(deployment)
    request = GetCredentialRequest(id=answer.id)
    local = await CredentialServiceStub(deployment.service.channel()).GetCredential(
        request, metadata=deployment.metadata
    )
    assert local == await deployment.credentials.GetCredential(request, metadata=deployment.metadata)


async def test_health_needs_no_key(deployment: Deployment) -> None:
    stub = health_pb2_grpc.HealthStub(deployment.grpc)
    for service in ("", "strongroom.v1.CredentialService"):
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=service))  # type: ignore[attr-defined] # its stubs leave it out
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "credential.name"),
        ({"name": "x" * 256}, "credential.name"),
        ({"name": "a\0b"}, "credential.name"),
        ({"description": "x" * 4097}, "credential.description"),
        ({"metadata_json": '{"a": "' + "x" * 16 * 1024 + '"}'}, "credential.metadata_json"),
        ({"metadata_json": "[]"}, "credential.metadata_json"),
        ({"metadata_json": '{"a": NaN}'}, "credential.metadata_json"),
        ({"metadata_json": '{"a": 1, "a": 2}'}, "credential.metadata_json"),
        ({"metadata_json": '{"a": "\\ud800"}'}, "credential.metadata_json"),
        ({"metadata_json": '{"a": ' * 40 + "1" + "}" * 40}, "credential.metadata_json"),
        ({"metadata_json": "{} {}"}, "credential.metadata_json"),
        ({"allowed_hosts": ["a.com"] * 101}, "credential.allowed_hosts"),
        ({"allowed_hosts": ["https://a.com"]}, "credential.allowed_hosts[0]"),
        ({"allowed_hosts": ["a.com", "a.com/x"]}, "credential.allowed_hosts[1]"),
        ({"redact_fields": ["x"] * 101}, "credential.redact_fields"),
        ({"redact_fields": [""]}, "credential.redact_fields[0]"),
        ({"team_id": -1}, "credential.team_id"),
        ({"folder_id": 1}, "credential.folder_id"),
        ({"shared_team_slugs": ["team_1"]}, "credential.shared_team_slugs"),
        ({"read_access": 3}, "credential.shared_team_slugs"),
        ({"read_access": 9}, "credential.read_access"),
        ({"surface": 9}, "credential.surface"),
        ({"provider": 9}, "credential.provider"),
        ({"surface": 3}, "credential.provider"),
        ({"tines_settings": {"token_ttl_seconds": -1}}, "credential.tines_settings.token_ttl_seconds"),
        ({"tines_settings": {"token_ttl_seconds": 1 << 31}}, "credential.tines_settings.token_ttl_seconds"),
        (
            {"tines_settings": {"notification_recipient_user_ids": [0]}},
            "credential.tines_settings.notification_recipient_user_ids",
        ),
        ({"expire_time": {"seconds": 1}}, "credential.expire_time"),
        ({"expire_time": {"seconds": 1 << 60}}, "credential.expire_time"),
        ({"live_credential_id": "x"}, "credential.live_credential_id"),
        ({"data": CredentialData()}, "credential.data"),
        ({"data": CredentialData(text=TextData(value="x" * 65 * 1024))}, "credential.data.text"),
        ({"data": CredentialData(text=TextData(value="x"), extra_json="[]")}, "credential.data.extra_json"),
        (
            {"data": CredentialData(key_values=KeyValuesData(values={"": b"x"}))},
            "credential.data.key_values.values",
        ),
        (
            {"data": CredentialData(key_values=KeyValuesData(values={str(index): b"" for index in range(101)}))},
            "credential.data.key_values.values",
        ),
    ],
)
async def test_a_field_over_its_limit_is_named_with_its_rule_and_nothing_is_stored(
    deployment: Deployment, fields: dict[str, object], field: str
) -> None:
    async with deployment.sql() as connection:
        before = await connection.fetchval("select count(*) from credentials")
        fields.setdefault("name", "n")
        refusal = await refused(created(deployment, named(**fields), accept_invalid=True))  # type: ignore[arg-type] # the table decides
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID")
        assert refusal.fields[field]
        assert await connection.fetchval("select count(*) from credentials") == before


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x" * 255},
        {"name": "\U0001f511" * 255},
        {"description": "ä" * 4096},
        {"allowed_hosts": ["a.com"] * 100},
        {"redact_fields": ["x" * 255] * 100},
        {"metadata_json": '{"a": ' * 32 + "1" + "}" * 32},
        {"data": CredentialData(text=TextData(value="x" * (64 * 1024 - 10)))},
        {"data": CredentialData(text=TextData(value=""))},
        {"data": CredentialData(text=TextData(value="a\0b"))},
    ],
)
async def test_a_field_at_its_limit_is_accepted(deployment: Deployment, fields: dict[str, object]) -> None:
    fields.setdefault("name", "n")
    answer = await created(deployment, named(**fields))  # type: ignore[arg-type] # the table decides
    assert answer.id


@pytest.mark.parametrize("request_id", ["x" * 129, "a b", "ä", "a\n"])
async def test_a_malformed_request_id_is_refused(deployment: Deployment, request_id: str) -> None:
    assert list((await refused(created(deployment, request_id=request_id))).fields) == ["request_id"]
