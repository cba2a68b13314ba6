"""Tests how each vendor's API renders the errors of the service."""

from __future__ import annotations

import grpc
import pytest
from gateway.running import (
    BODIES,
    COLLECTIONS,
    SLASHID,
    TINES,
    VERSORI,
    always,
    failure,
    gateway,
    headers,
    listening,
)
from structlog.testing import capture_logs

from strongroom.v1.credential_pb2 import Credential
from strongroom_server.gateway.app import application
from strongroom_server.gateway.services import services

CODES = grpc.StatusCode
ERRORS = [
    # The code and reason of the service, then the status at Versori, SlashID and Tines.
    (CODES.UNAUTHENTICATED, "API_KEY_INVALID", 401, 401, 401),
    (CODES.PERMISSION_DENIED, "ROLE_MISSING", 403, 403, 403),
    (CODES.PERMISSION_DENIED, "ORGANISATION_MISMATCH", 403, 401, 403),
    (CODES.NOT_FOUND, "CREDENTIAL_NOT_FOUND", 404, 404, 404),
    (CODES.INVALID_ARGUMENT, "REQUEST_MALFORMED", 400, 400, 422),
    (CODES.ALREADY_EXISTS, "TEST_CREDENTIAL_EXISTS", 409, 409, 422),
    (CODES.FAILED_PRECONDITION, "OPENING_KEY_ABSENT", 409, 409, 422),
    (CODES.ABORTED, "CONCURRENT_CHANGE", 409, 409, 409),
    (CODES.RESOURCE_EXHAUSTED, "DATABASE_FULL", 503, 503, 503),
    (CODES.RESOURCE_EXHAUSTED, "CALL_RATE_LIMITED", 429, 429, 429),
    (CODES.RESOURCE_EXHAUSTED, "CALLS_AT_ONCE_LIMITED", 429, 429, 429),
    (CODES.RESOURCE_EXHAUSTED, "BYTES_IN_FLIGHT_LIMITED", 429, 429, 429),
    (CODES.RESOURCE_EXHAUSTED, "FAILED_AUTHENTICATIONS_LIMITED", 429, 429, 429),
    (CODES.UNAVAILABLE, "OVERLOADED", 503, 503, 503),
    (CODES.UNAVAILABLE, "DATABASE_UNAVAILABLE", 503, 503, 503),
    (CODES.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", 504, 504, 504),
    (CODES.DATA_LOSS, "SEAL_BROKEN", 500, 500, 500),
    (CODES.UNKNOWN, "SOMETHING_NEW", 500, 500, 500),
]


@pytest.mark.parametrize(("code", "reason", "versori", "slashid", "tines"), ERRORS, ids=[error[1] for error in ERRORS])
async def test_each_error_of_the_service_has_its_status_at_each_vendor(
    code: grpc.StatusCode, reason: str, versori: int, slashid: int, tines: int
) -> None:
    async with gateway(failure(code, reason)) as (_, http):
        answers = {
            path: await http.post(path, headers=headers("sr_good_0123456789abcdef"), json=BODIES[path])
            for path in COLLECTIONS
        }

    assert [answer.status_code for answer in answers.values()] == [versori, slashid, tines]
    assert answers[VERSORI].json()["code"].startswith(str(versori))
    assert answers[VERSORI].json()["message"] == "the service's message"
    assert answers[VERSORI].json()["extensions"] == {"reason": reason}
    if slashid == 401:
        assert answers[SLASHID].content == b""
    else:
        assert answers[SLASHID].json() == {"errors": [{"httpcode": slashid, "message": "the service's message"}]}
    assert answers[TINES].json()["errors"][0]["details"] == "the service's message"
    for answer in answers.values():
        assert answer.headers.get("Retry-After") == ("1" if answer.status_code in (429, 503) else None)


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_retry_after_is_the_pause_that_the_service_asks_for(collection: str) -> None:
    limited = failure(CODES.RESOURCE_EXHAUSTED, "CALL_RATE_LIMITED", retry_seconds="17")
    async with gateway(limited) as (_, http):
        answer = await http.post(collection, headers=headers("sr_good_0123456789abcdef"), json=BODIES[collection])

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "17")


@pytest.mark.parametrize(
    ("collection", "path", "field"),
    [
        (VERSORI, "credential.expire_time", "expiresAt"),
        (VERSORI, "credential.redact_fields[3]", "redactFields[3]"),
        (VERSORI, "credential.data.basic_auth.password", "data.password"),
        (VERSORI, "credential.data.raw.value", "data.raw"),
        (VERSORI, "credential.data.key_values.values", "data"),
        (SLASHID, "credential.name", "extcred_label"),
        (SLASHID, "credential.data.client_credentials.client_id", "json_blob.client_id"),
        (SLASHID, "credential.data.json_document.json", "json_blob"),
        (SLASHID, "credential.data.extra_json", "json_blob"),
        (TINES, "credential.data.multi_request.requests[1].options_json", "credential_requests[1].options"),
        (TINES, "credential.tines_settings.token_ttl_seconds", "http_request_ttl"),
        (TINES, "credential.allowed_hosts[12]", "allowed_hosts[12]"),
        (TINES, "credential.something_new", "body.something_new"),
    ],
)
async def test_a_field_violation_has_the_clients_name_of_the_field(collection: str, path: str, field: str) -> None:
    async with gateway(failure(grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", path)) as (_, http):
        answer = await http.post(collection, headers=headers("sr_good_0123456789abcdef"), json=BODIES[collection])

    assert f'"{field} is wrong"' in answer.text


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_the_services_error_id_is_in_the_response(collection: str) -> None:
    internal = failure(grpc.StatusCode.INTERNAL, "INTERNAL", error_id="3f1c0a9e5b7d4f20")
    async with gateway(internal) as (_, http):
        answer = await http.post(collection, headers=headers("sr_good_0123456789abcdef"), json=BODIES[collection])

    assert answer.status_code == 500
    assert "3f1c0a9e5b7d4f20" in answer.text


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_an_unreachable_service_is_503_and_logged(collection: str) -> None:
    async with gateway(Credential()) as (scripted, _):
        pass
    async with (
        grpc.aio.insecure_channel(scripted.target) as channel,
        listening(application(services(channel), always)) as http,
    ):
        with capture_logs() as lines:
            answer = await http.post(collection, headers=headers("sr_good_0123456789abcdef"), json=BODIES[collection])

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert "the service did not respond" in answer.text
    assert scripted.target not in answer.text
    assert [(line["status"], line["reason"]) for line in lines if "vendor" in line] == [(503, "UNAVAILABLE")]


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_an_unexpected_error_is_an_opaque_500_with_an_id_that_is_in_the_log(collection: str) -> None:
    async with gateway(Credential(id="hunter2", variant="hunter2")) as (_, http):
        with capture_logs() as lines:
            created = await http.post(collection, headers=headers("sr_good_0123456789abcdef"), json=BODIES[collection])
            read = await http.get(f"{collection}/1", headers=headers("sr_good_0123456789abcdef"))

    answer = read if collection == SLASHID else created
    [line] = [line for line in lines if line.get("error_id", "-") in answer.text]
    assert answer.status_code == 500
    assert answer.headers["Cache-Control"] == "no-store"
    assert line["log_level"] == "error"
    assert line["error"] in ("KeyError", "ValueError")
    assert "hunter2" not in f"{read.text}{lines}"
