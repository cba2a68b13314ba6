"""Tests Tines' updates with PUT and PATCH, which change only the sent members, and deletions."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from gateway.apis import BAD_JSON, MILLISECONDS, count_credentials, data_of, tines
from gateway.tines_samples import AWS_KEY, HTTP_REQUEST, MODES, STEPS, TEXT, Mode

from strongroom.v1.credential_pb2 import Credential, CredentialData, TextData
from strongroom.v1.credential_service_pb2 import GetCredentialRequest

if TYPE_CHECKING:
    from conftest import Deployment

METHODS = ("PUT", "PATCH")


async def create(deployment: Deployment, **changed: object) -> Any:
    return await tines(deployment).request_json("POST", json={**TEXT, **changed})


async def read(deployment: Deployment, credential: Any) -> Any:
    return await tines(deployment).request_json("GET", f"/{credential['id']}")


async def update(deployment: Deployment, credential: Any, method: str = "PUT", **sent: object) -> Any:
    """Update a credential successfully, and return the response, which a read must repeat."""
    body = {"mode": credential["mode"], **sent}
    answer = await tines(deployment).request(method, f"/{credential['id']}", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert list(answer.json()) == list(credential)
    assert await read(deployment, credential) == answer.json()
    return answer.json()


async def stored(deployment: Deployment, credential: Any) -> Credential:
    """The credential as gRPC shows it."""
    request = GetCredentialRequest(id=str(credential["id"]))
    return await deployment.credentials.GetCredential(request, metadata=deployment.metadata)


async def ttl_of(deployment: Deployment, credential: Any) -> int | None:
    settings = (await stored(deployment, credential)).tines_settings
    return settings.token_ttl_seconds if settings.HasField("token_ttl_seconds") else None


FULL: dict[str, object] = {
    "description": "d",
    "metadata": {"a": 1},
    "allowed_hosts": ["*.example"],
    "read_access": "SPECIFIC_TEAMS",
    "shared_team_slugs": ["team_1"],
    "expires_at": "2100-01-01T00:00:00.000Z",
    "expiry_notifications_enabled": True,
    "credential_notification_recipient_user_ids": [7, 8],
}
# The body of an update, and the members of the response that it changes.
CHANGES: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "nothing": ({}, {}),
    "unknown members": ({"kwargs": {}, "id": 1, "slug": "mine", "created_at": "1999", "test_credential": {}}, {}),
    "a name": ({"name": "  New Name: Ünïcode!"}, {"name": "  New Name: Ünïcode!", "slug": "new_name_ünïcode"}),
    "a description": ({"description": "e"}, {"description": "e"}),
    "no description": ({"description": ""}, {"description": ""}),
    "metadata": ({"metadata": {"b": [None, "ü"]}}, {"metadata": {"b": [None, "ü"]}}),
    "no metadata": ({"metadata": {}}, {"metadata": {}}),
    "other hosts": ({"allowed_hosts": ["a.example"]}, {"allowed_hosts": ["a.example"]}),
    "no hosts": ({"allowed_hosts": []}, {"allowed_hosts": [], "restriction_type": "UNRESTRICTED"}),
    "every team": ({"read_access": "GLOBAL"}, {"read_access": "GLOBAL", "shared_team_slugs": []}),
    "its team": (
        {"read_access": "TEAM", "shared_team_slugs": []},
        {"read_access": "TEAM", "shared_team_slugs": []},
    ),
    "other teams": (
        {"read_access": "SPECIFIC_TEAMS", "shared_team_slugs": ["team_2"]},
        {"shared_team_slugs": ["team_2"]},
    ),
    "another reminder": (
        {"expires_at": "2000-01-01T01:00:00+01:00"},
        {"expires_at": "2000-01-01T00:00:00.000Z"},
    ),
    "no reminder": ({"expires_at": None}, {"expires_at": None}),
    "no notifications": (
        {"expiry_notifications_enabled": False, "credential_notification_recipient_user_ids": []},
        {"expiry_notifications_enabled": False, "credential_notification_recipient_user_ids": []},
    ),
    "null for what null does not clear": (
        dict.fromkeys(
            [
                "name",
                "team_id",
                "read_access",
                "shared_team_slugs",
                "description",
                "metadata",
                "allowed_hosts",
                "expiry_notifications_enabled",
                "credential_notification_recipient_user_ids",
                "test_credential_enabled",
                "is_test",
                "value",
            ]
        ),
        {},
    ),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("sent", "changed"), CHANGES.values(), ids=CHANGES)
async def test_an_update_changes_the_sent_members_and_keeps_the_others(
    deployment: Deployment, method: str, sent: dict[str, object], changed: dict[str, object]
) -> None:
    before = await create(deployment, **FULL)
    after = await update(deployment, before, method, **sent)

    assert after == {**before, "updated_at": MILLISECONDS, **changed}
    assert await data_of(deployment, str(before["id"]), "a.example") == CredentialData(text=TextData(value="hunter2"))


@pytest.mark.parametrize("method", METHODS)
async def test_every_update_has_a_later_update_time(deployment: Deployment, method: str) -> None:
    credential = await create(deployment)
    shown, times = [credential], [(await stored(deployment, credential)).update_time.ToNanoseconds()]
    for name in ("n", "renamed"):
        shown.append(await update(deployment, credential, method, name=name))
        times.append((await stored(deployment, credential)).update_time.ToNanoseconds())

    # Two updates may be within one millisecond.
    assert len(set(times)) == 3
    assert [each["updated_at"] for each in shown] == [
        datetime.fromtimestamp(time // 1_000_000 / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for time in times
    ]
    assert {each["created_at"] for each in shown} == {credential["updated_at"]}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
async def test_sending_the_body_of_a_read_as_an_update_changes_nothing(
    deployment: Deployment, method: str, mode: Mode
) -> None:
    before = await create(deployment, **{"value": None, **FULL, **mode.sent})
    after = await tines(deployment).request_json(method, f"/{before['id']}", json=await read(deployment, before))

    assert after == {**before, "updated_at": MILLISECONDS}
    assert list(after) == list(before)
    assert await data_of(deployment, str(before["id"]), "a.example") == mode.data


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mode", ["HTTP_REQUEST_AGENT", "MULTI_REQUEST"])
async def test_an_update_without_a_time_to_live_clears_it(deployment: Deployment, method: str, mode: str) -> None:
    credential = await create(deployment, **{**MODES[mode].sent, "http_request_ttl": 60})
    assert await ttl_of(deployment, credential) == 60

    for sent, expected in (
        ({"http_request_ttl": 90}, 90),
        ({}, None),
        ({"http_request_ttl": 0}, 0),
        ({"name": "renamed"}, None),
        ({"http_request_ttl": 5, "name": "renamed"}, 5),
        ({"http_request_ttl": None}, None),
    ):
        await update(deployment, credential, method, **sent)
        assert await ttl_of(deployment, credential) == expected, sent


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("sent", "details"),
    [
        ({"mode": "JWT"}, "mode must be the one that the credential has"),
        ({"mode": "hunter2"}, "mode must be one of TEXT, JWT, OAUTH, AWS, MTLS, HTTP_REQUEST_AGENT, MULTI_REQUEST"),
        ({"mode": 5}, "mode must be one of TEXT, "),
        ({"name": ""}, "name must be 1 to 255 characters long"),
        ({"name": "n" * 256}, "name must be 1 to 255 characters long"),
        ({"name": "hunter2\0"}, "name must not contain NUL"),
        ({"name": 5}, "name must be a string"),
        ({"value": 5}, "value must be a string"),
        ({"value": "h" * 65 * 1024}, "value must be at most 64 KiB"),
        ({"description": "d" * 4_097}, "description must be at most 4,096 characters long"),
        ({"metadata": "{}"}, "metadata must be a JSON object"),
        ({"metadata": {"k": "m" * 16 * 1024}}, "metadata must be at most 16 KiB"),
        ({"allowed_hosts": ["https://example.com/"]}, "allowed_hosts[0] must be a DNS name or IPv4 address"),
        ({"read_access": "hunter2"}, "read_access must be one of TEAM, GLOBAL, SPECIFIC_TEAMS"),
        ({"read_access": "SPECIFIC_TEAMS"}, "shared_team_slugs is required "),
        ({"shared_team_slugs": ["team_1"]}, "shared_team_slugs must be empty "),
        (
            {"read_access": "SPECIFIC_TEAMS", "shared_team_slugs": ["hunter2"]},
            "shared_team_slugs[0] must be ",
        ),
        ({"team_id": 99}, "team_id must be "),
        ({"team_id": 0}, "team_id must be an integer, at least 1"),
        ({"team_id": "x"}, "team_id must be an integer"),
        ({"folder_id": 99}, "folder_id must be "),
        ({"folder_id": "x"}, "folder_id must be an integer"),
        ({"expires_at": "tomorrow"}, "expires_at must be a date or a date-time of ISO 8601"),
        ({"expiry_notifications_enabled": "yes"}, "expiry_notifications_enabled must be true or false"),
        (
            {"credential_notification_recipient_user_ids": [0]},
            "credential_notification_recipient_user_ids must be numbers from 1",
        ),
        ({"is_test": "yes"}, "is_test must be true or false"),
        ({"test_credential_enabled": 1}, "test_credential_enabled must be true or false"),
    ],
)
async def test_a_bad_update_is_refused_by_field_and_rule_and_changes_nothing(
    deployment: Deployment, method: str, sent: dict[str, object], details: str
) -> None:
    credential = await create(deployment)
    body = {"mode": "TEXT", "description": "new", **sent}
    answer = await tines(deployment).request(
        method,
        f"/{credential['id']}",
        json={name: value for name, value in body.items() if value is not None},
    )

    assert answer.status_code == 422
    assert {error["message"] for error in answer.json()["errors"]} == {"Validation failed"}
    assert [error for error in answer.json()["errors"] if error["details"].startswith(details)]
    assert "hunter2" not in answer.text
    assert await read(deployment, credential) == credential
    assert await data_of(deployment, str(credential["id"])) == CredentialData(text=TextData(value="hunter2"))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("body", "rule"), BAD_JSON.items())
async def test_bad_json_is_refused_by_its_rule(deployment: Deployment, method: str, body: str, rule: str) -> None:
    answer = await tines(deployment).request(method, f"/{(await create(deployment))['id']}", content=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["details"].startswith("body must")
    assert rule in answer.json()["errors"][0]["details"]


NOT_FOUND = {"errors": [{"message": "Not Found", "details": "there is no such credential"}]}


async def test_a_deleted_credential_is_404(deployment: Deployment) -> None:
    credential = await create(deployment)
    below = f"/{credential['id']}"
    answer = await tines(deployment).request(
        "DELETE", f"{below}/", headers={"Content-Type": "application/json"}, content=b"nobody reads this"
    )

    assert answer.status_code == 204
    assert answer.content == b""
    assert "Content-Type" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    for method in ("DELETE", "GET", *METHODS):
        gone = await tines(deployment).request(method, below, json={"mode": "TEXT", "name": "new"})
        assert gone.status_code == 404
        assert gone.json() == NOT_FOUND


@pytest.mark.parametrize("method", ["DELETE", *METHODS])
@pytest.mark.parametrize("credential_id", ["0", "-1", "01", "999999999", "9" * 19, "9" * 5_000, "x", "%D9%A1"])
async def test_an_unknown_id_is_404_and_creates_nothing(
    deployment: Deployment, method: str, credential_id: str
) -> None:
    before = await count_credentials(deployment)
    answer = await tines(deployment).request(method, f"/{credential_id}", json=TEXT)

    assert answer.status_code == 404
    assert answer.json() == NOT_FOUND
    assert await count_credentials(deployment) == before


@pytest.mark.parametrize("method", ["DELETE", *METHODS])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sr_none_0123456789abcdef"}, {"X-User-Email": "a@b"}])
async def test_a_request_without_a_valid_key_is_401_and_changes_nothing(
    deployment: Deployment, method: str, headers: dict[str, str]
) -> None:
    credential = await create(deployment)
    url = f"{tines(deployment).path}/{credential['id']}"
    answer = await deployment.http.request(method, url, headers=headers, json={"mode": "TEXT", "name": "new"})

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"] == "Unauthorized"
    assert await read(deployment, credential) == credential


@pytest.mark.parametrize("methods", [("PUT", "PUT"), ("PATCH", "PATCH"), ("PUT", "PATCH")])
async def test_concurrent_updates_leave_one_of_them_complete(deployment: Deployment, methods: tuple[str, str]) -> None:
    credential = await create(deployment, **AWS_KEY, mode="AWS")
    members = ("name", "description", "metadata")
    bodies = [
        {
            "mode": "AWS",
            "name": name,
            "description": name,
            "metadata": {"of": name},
            "aws_access_key": name,
            "aws_secret_key": name,
        }
        for name in ("one", "two")
    ]

    for _ in range(10):
        answers = await asyncio.gather(
            *(
                tines(deployment).request(method, f"/{credential['id']}", json=body)
                for method, body in zip(methods, bodies, strict=True)
            )
        )
        assert [answer.status_code for answer in answers] == [200, 200]
        shown = await read(deployment, credential)
        aws = (await data_of(deployment, str(credential["id"]))).aws
        [body] = [body for body in bodies if body["name"] == shown["name"]]
        assert {name: shown[name] for name in members} == {name: body[name] for name in members}
        assert (aws.access_key_id, aws.secret_access_key) == (shown["name"], shown["name"])


async def test_concurrent_updates_of_different_members_both_take_effect(deployment: Deployment) -> None:
    credential = await create(deployment, mode="HTTP_REQUEST_AGENT", **HTTP_REQUEST)
    for index in range(10):
        await asyncio.gather(
            update_to(deployment, credential, name=f"{index}"),
            update_to(deployment, credential, http_request_secret=f"{index}"),
        )
        assert (await read(deployment, credential))["name"] == f"{index}"
        assert (await data_of(deployment, str(credential["id"]))).http_request.secret == f"{index}"


async def update_to(deployment: Deployment, credential: Any, **sent: object) -> None:
    await tines(deployment).request_json("PATCH", f"/{credential['id']}", json={"mode": credential["mode"], **sent})


async def test_the_vendors_own_escapes_are_accepted(deployment: Deployment) -> None:
    credential = await create(deployment, mode="MULTI_REQUEST", **{**HTTP_REQUEST, "credential_requests": STEPS})
    body = (
        r'{"mode": "MULTI_REQUEST", "credential_requests": [{"options": {"a": "\u003c\u003csecret\u003e\u003e"}},'
        r' {"options": {"b": "\u003c\u003cPREVIOUS_STEP\u003e\u003e"}}]}'
    )
    await tines(deployment).request_json("PUT", f"/{credential['id']}", content=body)
    first, second = (await data_of(deployment, str(credential["id"]))).multi_request.requests

    assert (first.options_json, first.secret) == (r'{"a": "\u003c\u003csecret\u003e\u003e"}', "hunter2")
    assert second.options_json == r'{"b": "\u003c\u003cPREVIOUS_STEP\u003e\u003e"}'
