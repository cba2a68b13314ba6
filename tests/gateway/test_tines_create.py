"""Tests that Tines' credentials are created and read as its documentation and its clients do it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from gateway.apis import data_of, tines
from gateway.tines_samples import ANSWER, HTTP_REQUEST_SAMPLE, MODES, TEXT, TEXT_SAMPLE, Mode
from hypothesis import given, settings
from hypothesis import strategies as st
from rpc.calls import got

from strongroom.v1.organisation_service_pb2 import CreateFolderRequest, Folder

if TYPE_CHECKING:
    from conftest import Deployment

SETTINGS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "null for what is optional": (
        dict.fromkeys(member for member in ANSWER if member not in ("name", "team_id", "mode")),
        {},
    ),
    "unknown members": ({"kwargs": {}, "id": 5, "http_request_ttl": "stray"}, {}),
    "a name of many words": ({"name": "  Test 2: Ünïcode!"}, {"name": "  Test 2: Ünïcode!", "slug": "test_2_ünïcode"}),
    "description and metadata": (
        {"description": "d", "metadata": {"a": [1, None], "b": "ü"}},
        {"description": "d", "metadata": {"a": [1, None], "b": "ü"}},
    ),
    "allowed hosts": (
        {"allowed_hosts": ["*.example.com", "127.0.0.1", "a.test:8443"]},
        {"allowed_hosts": ["*.example.com", "127.0.0.1", "a.test:8443"], "restriction_type": "RESTRICTED"},
    ),
    "every host": (
        {"allowed_hosts": ["*", "*.com"]},
        {"allowed_hosts": ["*", "*.com"], "restriction_type": "RESTRICTED"},
    ),
    "every team": ({"read_access": "GLOBAL"}, {"read_access": "GLOBAL"}),
    "specific teams": (
        {"read_access": "SPECIFIC_TEAMS", "shared_team_slugs": ["team_1"]},
        {"read_access": "SPECIFIC_TEAMS", "shared_team_slugs": ["team_1"]},
    ),
    "a reminder": (
        {
            "expires_at": "2020-01-01T00:00:00.5+01:00",
            "expiry_notifications_enabled": True,
            "credential_notification_recipient_user_ids": [7, 8],
        },
        {
            "expires_at": "2019-12-31T23:00:00.500Z",
            "expiry_notifications_enabled": True,
            "credential_notification_recipient_user_ids": [7, 8],
        },
    ),
}


async def read_back(deployment: Deployment, created: dict[str, object]) -> dict[str, object]:
    read = await tines(deployment).request("GET", f"/{created['id']}")
    assert read.status_code == 200
    answer: dict[str, object] = read.json()
    return answer


@pytest.mark.parametrize(
    ("sample", "name", "slug", "mode"),
    [
        (TEXT_SAMPLE, "text credential", "text_credential", "TEXT"),
        (HTTP_REQUEST_SAMPLE, "http credential", "http_credential", "HTTP_REQUEST_AGENT"),
    ],
)
async def test_the_documentations_sample_works_unchanged(
    deployment: Deployment, sample: str, name: str, slug: str, mode: str
) -> None:
    created = await tines(deployment).request("POST", headers={"content-type": "application/json"}, content=sample)

    assert created.status_code == 201
    assert created.json() == {**ANSWER, "name": name, "slug": slug, "mode": mode}
    assert list(created.json()) == list(ANSWER)
    assert created.headers["Content-Type"] == "application/json"
    assert created.headers["Cache-Control"] == "no-store"
    assert await read_back(deployment, created.json()) == created.json()


async def test_the_samples_options_are_stored_verbatim(deployment: Deployment) -> None:
    created = await tines(deployment).request("POST", content=HTTP_REQUEST_SAMPLE)
    data = (await data_of(deployment, str(created.json()["id"]))).http_request

    assert data.options_json in HTTP_REQUEST_SAMPLE
    assert json.loads(data.options_json)["payload"]["secret"].startswith(r"I can reference the \<<secret>>")
    assert data.location_of_token == r"\=credential_name.body.token"
    assert data.secret == "secret_value"


async def test_a_request_that_the_service_does_not_run_is_stored_and_answered_as_any_other(
    deployment: Deployment,
) -> None:
    sent = json.loads(HTTP_REQUEST_SAMPLE)
    sent["http_request_options"]["disable_ssl_verification"] = True
    sent["http_request_location_of_token"] = "=UPCASE(credential_name.body.token)"
    created = await tines(deployment).request("POST", json=sent)

    assert created.status_code == 201
    assert created.json() == {
        **ANSWER, "name": "http credential", "slug": "http_credential", "mode": "HTTP_REQUEST_AGENT",
    }  # fmt: skip
    assert await read_back(deployment, created.json()) == created.json()
    stored = await got(deployment, str(created.json()["id"]))
    assert [warning.field.removeprefix("data.http_request.") for warning in stored.warnings] == [
        "options_json", "location_of_token",
    ]  # fmt: skip


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
async def test_a_credential_of_every_mode_is_created_read_and_holds_the_sent_data(
    deployment: Deployment, mode: Mode
) -> None:
    created = await tines(deployment).request("POST", json={"name": "n", "team_id": 2, **mode.sent})

    assert created.status_code == 201
    assert created.json() == {**ANSWER, "mode": mode.sent["mode"], **mode.answer}
    assert "hunter2" not in created.text
    assert await read_back(deployment, created.json()) == created.json()
    assert await data_of(deployment, str(created.json()["id"])) == mode.data


@pytest.mark.parametrize(("sent", "answer"), SETTINGS.values(), ids=SETTINGS)
async def test_members_that_every_mode_has_are_shown(
    deployment: Deployment, sent: dict[str, object], answer: dict[str, object]
) -> None:
    created = await tines(deployment).request("POST", json={**TEXT, **sent})

    assert created.status_code == 201
    assert created.json() == {**ANSWER, **answer}
    assert await read_back(deployment, created.json()) == created.json()


async def test_metadata_is_returned_verbatim(deployment: Deployment) -> None:
    body = '{"name": "n", "mode": "TEXT", "team_id": 2, "value": "v", "metadata": {"n": 1.50, "big": 1234567890123456789012}}'
    created = await tines(deployment).request("POST", content=body)

    assert '"metadata":{"n": 1.50, "big": 1234567890123456789012}' in created.text


async def test_a_folder_of_the_team_is_shown(deployment: Deployment) -> None:
    folder = await deployment.organisations.CreateFolder(
        CreateFolderRequest(folder=Folder(team_id=2, name="f")), metadata=deployment.metadata
    )
    created = await tines(deployment).request("POST", json={**TEXT, "folder_id": folder.id})
    elsewhere = await tines(deployment).request("POST", json={**TEXT, "team_id": 1, "folder_id": folder.id})

    assert (created.status_code, created.json()["folder_id"]) == (201, folder.id)
    assert elsewhere.status_code == 422
    assert elsewhere.json()["errors"][0]["details"].startswith("folder_id ")


@settings(max_examples=20)
@given(st.text(st.characters(exclude_categories=["Cs"])))
async def test_any_text_is_returned_as_sent(deployment: Deployment, value: str) -> None:
    created = await tines(deployment).request("POST", json={**TEXT, "value": value})

    assert (await data_of(deployment, str(created.json()["id"]))).text.value == value
