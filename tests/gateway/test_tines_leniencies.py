"""Tests what Tines' API accepts from real clients: absent members, strings, dates, and members in the query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gateway.apis import another_organisation, data_of, tines
from gateway.tines_samples import AWS_KEY, HTTP_REQUEST, JWT, MODES, TEXT

from strongroom.v1.credential_pb2 import CredentialData, JwtData, TextData
from strongroom.v1.credential_service_pb2 import GetCredentialRequest

if TYPE_CHECKING:
    from conftest import Deployment

METHODS = ("PUT", "PATCH")
NAMED: dict[str, object] = {"name": "n", "team_id": 2}


async def create(deployment: Deployment, **sent: object) -> Any:
    return await tines(deployment).request_json("POST", json={**TEXT, **sent})


async def update(deployment: Deployment, credential: Any, method: str, **sent: object) -> Any:
    """Update a credential, and return the response, which a read must repeat."""
    answer = await tines(deployment).request_json(method, f"/{credential['id']}", json=sent)
    assert answer == await tines(deployment).request_json("GET", f"/{credential['id']}")
    return answer


async def create_folder(deployment: Deployment) -> int:
    sent = {"name": "f", "content_type": "CREDENTIAL", "team_id": 2}
    folder_id = (await tines(deployment, "folders").request_json("POST", json=sent))["id"]
    assert isinstance(folder_id, int)
    return folder_id


async def data(deployment: Deployment, credential: Any) -> CredentialData:
    return await data_of(deployment, str(credential["id"]), "a.example")


# Numbers and booleans as strings.


async def test_a_create_accepts_numbers_and_booleans_as_strings(deployment: Deployment) -> None:
    folder_id = await create_folder(deployment)
    shown = await create(
        deployment,
        team_id="2",
        folder_id=str(folder_id),
        expiry_notifications_enabled="true",
        credential_notification_recipient_user_ids=["7", 8],
    )
    twin = await tines(deployment).request_json(
        "POST", json={"name": "t", "mode": "TEXT", "value": "t", "live_credential_id": str(shown["id"])}
    )

    assert (shown["team_id"], shown["folder_id"]) == (2, folder_id)
    assert shown["expiry_notifications_enabled"] is True
    assert shown["credential_notification_recipient_user_ids"] == [7, 8]
    assert twin["team_id"] == 2


@pytest.mark.parametrize(
    ("sent", "stored"),
    [({"http_request_ttl": "60"}, 60), ({"http_request_ttl": "0"}, 0), ({"http_request_ttl": ""}, None)],
)
async def test_a_time_to_live_may_be_a_string(
    deployment: Deployment, sent: dict[str, object], stored: int | None
) -> None:
    shown = await create(deployment, mode="HTTP_REQUEST_AGENT", **HTTP_REQUEST, **sent)
    request = GetCredentialRequest(id=str(shown["id"]))
    settings = (await deployment.credentials.GetCredential(request, metadata=deployment.metadata)).tines_settings

    assert (settings.token_ttl_seconds if settings.HasField("token_ttl_seconds") else None) == stored


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
async def test_booleans_of_modes_may_be_strings(deployment: Deployment, text: str, value: bool) -> None:
    jwt = await create(deployment, mode="JWT", **{**JWT, "jwt_auto_generate_time_claims": text})
    aws = await create(deployment, mode="AWS", **AWS_KEY, use_static_external_id=text)

    assert (await data(deployment, jwt)).jwt.auto_generate_time_claims is value
    assert aws["use_static_external_id"] is value


@pytest.mark.parametrize("method", METHODS)
async def test_an_update_accepts_numbers_and_booleans_as_strings(deployment: Deployment, method: str) -> None:
    folder_id = await create_folder(deployment)
    live = await create(deployment)
    await tines(deployment).request_json(
        "POST", json={"name": "t", "mode": "TEXT", "value": "old", "live_credential_id": live["id"]}
    )

    moved = await update(deployment, live, method, folder_id=str(folder_id), expiry_notifications_enabled="true")
    assert (moved["folder_id"], moved["expiry_notifications_enabled"]) == (folder_id, True)
    off = await update(deployment, live, method, test_credential_enabled="false", team_id="2")
    assert off["test_credential_enabled"] is False
    answer = await tines(deployment).request(method, f"/{live['id']}", json={"is_test": "true", "value": "new"})
    assert answer.status_code == 422
    assert await data(deployment, live) == CredentialData(text=TextData(value="hunter2"))


@pytest.mark.parametrize("nonsense", ["yes", "True", "1.0", "+1", " 1", "1 ", "0x1", "\u0661", "01", "-0x", "null"])
async def test_a_string_that_is_no_number_or_boolean_is_refused(deployment: Deployment, nonsense: str) -> None:
    for member in ("team_id", "folder_id", "live_credential_id", "expiry_notifications_enabled"):
        answer = await tines(deployment).request("POST", json={**TEXT, member: nonsense})
        assert answer.status_code == 422, member
        [error] = answer.json()["errors"]
        assert error["details"].startswith(f"{member} must be ")


async def test_folders_accept_numbers_as_strings(deployment: Deployment) -> None:
    sent = {
        "name": "f",
        "content_type": "CREDENTIAL",
        "team_id": "2",
        "parent_folder_id": str(await create_folder(deployment)),
    }
    folder = await tines(deployment, "folders").request_json("POST", json=sent)

    assert (folder["team_id"], folder["parent_folder_id"]) == (2, int(sent["parent_folder_id"]))


# Absent members.


async def test_time_claims_are_off_if_absent_from_a_new_jwt(deployment: Deployment) -> None:
    sent = {name: value for name, value in JWT.items() if name != "jwt_auto_generate_time_claims"}
    expected = JwtData(
        algorithm="RS256", payload_json='{"iss":"a"}', auto_generate_time_claims=False, private_key="hunter2"
    )
    for further in ({}, {"jwt_auto_generate_time_claims": None}, {"jwt_auto_generate_time_claims": ""}):
        shown = await create(deployment, mode="JWT", **sent, **further)
        assert await data(deployment, shown) == CredentialData(jwt=expected)


@pytest.mark.parametrize("method", METHODS)
async def test_time_claims_are_kept_if_absent_from_an_update(deployment: Deployment, method: str) -> None:
    shown = await create(deployment, mode="JWT", **JWT)
    await update(deployment, shown, method, jwt_algorithm="HS256")

    assert (await data(deployment, shown)).jwt.auto_generate_time_claims is True


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sent", [{}, {"mode": None}, {"mode": ""}], ids=["absent", "null", "empty"])
@pytest.mark.parametrize("mode", ["TEXT", "JWT", "OAUTH", "AWS by KEY", "MTLS", "HTTP_REQUEST_AGENT", "MULTI_REQUEST"])
async def test_an_update_without_a_mode_keeps_the_stored_one(
    deployment: Deployment, method: str, sent: dict[str, object], mode: str
) -> None:
    shown = await create(deployment, **MODES[mode].sent)
    [member] = {
        "TEXT": ["value"],
        "JWT": ["jwt_private_key"],
        "OAUTH": ["oauth_client_secret"],
        "AWS by KEY": ["aws_secret_key"],
        "MTLS": ["mtls_client_private_key"],
        "HTTP_REQUEST_AGENT": ["http_request_secret"],
        "MULTI_REQUEST": ["content_type"],
    }[mode]
    after = await update(deployment, shown, method, **sent, name="renamed", **{member: "new"})

    assert (after["mode"], after["name"]) == (shown["mode"], "renamed")
    assert "new" in str(await data(deployment, shown))
    answer = await tines(deployment).request(
        method, f"/{shown['id']}", json={"mode": "TEXT" if mode != "TEXT" else "JWT"}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["details"] == "mode must be the one that the credential has"


@pytest.mark.parametrize("method", METHODS)
async def test_an_update_of_an_unknown_id_without_a_mode_is_404(deployment: Deployment, method: str) -> None:
    answer = await tines(deployment).request(method, "/999999999", json={"name": "n"})

    assert (answer.status_code, answer.json()["errors"][0]["details"]) == (404, "there is no such credential")


# Dates.


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2026-12-01", "2026-12-01T00:00:00.000Z"),
        ("2026-12-01T10:30:00", "2026-12-01T10:30:00.000Z"),
        ("2026-12-01 10:30:00", "2026-12-01T10:30:00.000Z"),
        ("2026-12-01T10:30", "2026-12-01T10:30:00.000Z"),
        ("2026-12-01T10:30:00.125", "2026-12-01T10:30:00.125Z"),
        ("2026-12-01t10:30:00z", "2026-12-01T10:30:00.000Z"),
        ("2026-12-01T10:30:00+02:00", "2026-12-01T08:30:00.000Z"),
    ],
)
async def test_a_reminder_may_be_a_date_or_a_time_without_a_zone(deployment: Deployment, sent: str, shown: str) -> None:
    credential = await create(deployment, expires_at=sent)

    assert credential["expires_at"] == shown
    for method in METHODS:
        await update(deployment, credential, method, expires_at="")
        assert (await update(deployment, credential, method, expires_at=sent))["expires_at"] == shown


# The query.


async def test_a_create_without_a_body_reads_the_query(deployment: Deployment) -> None:
    query = {
        **TEXT,
        "expiry_notifications_enabled": "true",
        "allowed_hosts[]": ["a.example", "*.b.example"],
        "unknown": 1,
    }
    answer = await tines(deployment).request("POST", params=query)

    assert answer.status_code == 201
    assert answer.json()["team_id"] == 2
    assert answer.json()["allowed_hosts"] == ["a.example", "*.b.example"]
    assert await data(deployment, answer.json()) == CredentialData(text=TextData(value="hunter2"))


@pytest.mark.parametrize("method", METHODS)
async def test_an_update_without_a_body_reads_the_query(deployment: Deployment, method: str) -> None:
    before = await create(deployment, description="d")
    after = await tines(deployment).request_json(
        method, f"/{before['id']}", params={"name": "renamed", "description": ""}
    )

    # An empty value counts as absent, as in every query.
    assert (after["name"], after["description"]) == ("renamed", "d")


@pytest.mark.parametrize("method", METHODS)
async def test_teams_and_folders_are_created_and_renamed_with_the_query(deployment: Deployment, method: str) -> None:
    _, key = await another_organisation(deployment)
    teams, folders = tines(deployment, "teams", key), tines(deployment, "folders", key)
    team = await teams.request_json("POST", params={"name": "by query"})
    folder = await folders.request_json(
        "POST", params={"name": "f", "content_type": "CREDENTIAL", "team_id": team["id"]}
    )

    assert (team["name"], folder["team_id"]) == ("by query", team["id"])
    assert (await teams.request_json(method, f"/{team['id']}", params={"name": "renamed"}))["name"] == "renamed"
    assert (await folders.request_json(method, f"/{folder['id']}", params={"name": "renamed"}))["name"] == "renamed"
    for api, made in ((folders, folder), (teams, team)):
        assert (await api.request("DELETE", f"/{made['id']}", params={"name": "x", "id": 5})).status_code == 204


async def test_the_query_is_ignored_if_there_is_a_body(deployment: Deployment) -> None:
    shown = await tines(deployment).request_json("POST", "?name=other&description=other", json=TEXT)

    assert (shown["name"], shown["description"]) == ("n", "")


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ("unknown=1", "mode is required"),
        ("mode=TEXT&name=n", "team_id is required without live_credential_id"),
        ("mode=TEXT&mode=TEXT&name=n&team_id=2&value=v", "mode must not be repeated"),
        ("mode=TEXT&name=n&team_id=two&value=v", "team_id must be an integer"),
        ("mode=TEXT&name=n&team_id=2&value=v&allowed_hosts=a.example", "allowed_hosts must be an array"),
        ("mode=TEXT&name=n&team_id=2&value=v&metadata={}", "metadata must be a JSON object"),
        ("mode=TEXT&name[]=n&team_id=2&value=v", "name must be a string"),
        ("mode=MULTI_REQUEST&name=n&team_id=2&credential_requests[]=x", "credential_requests[0] must be a JSON object"),
    ],
)
async def test_a_bad_query_is_refused_by_member_and_rule(deployment: Deployment, query: str, details: str) -> None:
    answer = await tines(deployment).request("POST", f"?{query}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["details"].startswith(details)
