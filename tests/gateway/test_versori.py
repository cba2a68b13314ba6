"""Tests Versori's API: documented requests and responses, special cases, and refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pytest
import ulid
from conftest import ORGANISATION
from gateway.apis import BAD_JSON, ULID, base_64, count_credentials, data_of
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.v1.credential_pb2 import BasicAuthData, CredentialData, RawData

if TYPE_CHECKING:
    from conftest import Deployment

BASE = "/api/switchboard/v1alpha1/organisations"
COLLECTION = f"{BASE}/{ORGANISATION}/credentials"


class Example(NamedTuple):
    """A request's body, and the members of the response besides id, organisationID, name and type."""

    sent: dict[str, object]
    answer: dict[str, object]


VALID: dict[str, object] = {"isValid": True, "errors": []}
EXAMPLES = {
    "Default": Example(
        {"type": "Default", "data": {"apiKey": base_64("hunter2"), "region": base_64("eu")}},
        {"data": {"apiKey": base_64("hunter2"), "region": base_64("eu")}, **VALID},
    ),
    "Default with redactFields": Example(
        {
            "type": "Default",
            "data": {"apiKey": base_64("hunter2"), "region": base_64("eu")},
            "redactFields": ["apiKey", "absent"],
        },
        {"data": {"region": base_64("eu")}, "redactFields": ["apiKey", "absent"], **VALID},
    ),
    "Default with any bytes": Example(
        {"type": "Default", "data": {"empty": "", "k": base_64(bytes(range(256)))}},
        {"data": {"k": base_64(bytes(range(256))), "empty": ""}, **VALID},
    ),
    "Default without data": Example({"type": "Default", "data": {}}, {"data": {}, **VALID}),
    "Raw": Example({"type": "Raw", "data": {"raw": base_64(b"\0\xff")}}, {"data": {}, **VALID}),
    "Raw of no bytes": Example({"type": "Raw", "data": {"raw": ""}}, {"data": {}, **VALID}),
    "Raw without raw": Example(
        {"type": "Raw", "data": {"other": base_64("x")}},
        {"data": {}, "isValid": False, "errors": ["data.raw: is required"]},
    ),
    "BasicAuth": Example(
        {"type": "BasicAuth", "data": {"username": base_64("anna"), "password": base_64("hunter2")}},
        {"data": {"username": base_64("anna")}, **VALID},
    ),
    "BasicAuth with surplus members": Example(
        {"type": "BasicAuth", "data": {"username": base_64("anna"), "password": base_64("p"), "realm": base_64("r")}},
        {"data": {"username": base_64("anna")}, **VALID},
    ),
    "BasicAuth without password": Example(
        {"type": "BasicAuth", "data": {"username": base_64("anna")}},
        {"data": {"username": base_64("anna")}, "isValid": False, "errors": ["data.password: is required"]},
    ),
    "BasicAuth without anything": Example(
        {"type": "BasicAuth", "data": {}},
        {"data": {}, "isValid": False, "errors": ["data.username: is required", "data.password: is required"]},
    ),
    "BasicAuth not in UTF-8": Example(
        {"type": "BasicAuth", "data": {"username": base_64("anna"), "password": base_64(b"\xff")}},
        {"data": {"username": base_64("anna")}, "isValid": False, "errors": ["data.password: is of the wrong type"]},
    ),
    "redactFields of another type": Example(
        {"type": "Raw", "data": {"raw": base_64("x")}, "redactFields": "anything"}, {"data": {}, **VALID}
    ),
    "expiresAt": Example(
        {"type": "Raw", "data": {"raw": base_64("x")}, "expiresAt": "2100-01-01T00:00:00Z"},
        {"data": {}, "expiresAt": "2100-01-01T00:00:00Z", **VALID},
    ),
    "expiresAt elsewhere": Example(
        {"type": "Raw", "data": {"raw": base_64("x")}, "expiresAt": "2100-01-01t00:00:00.120+02:00"},
        {"data": {}, "expiresAt": "2099-12-31T22:00:00.120Z", **VALID},
    ),
    "null for what is optional": Example(
        {"type": "Default", "data": {}, "redactFields": None, "expiresAt": None}, {"data": {}, **VALID}
    ),
    "unknown members": Example(
        {"type": "Default", "data": {}, "id": 5, "organisationID": "other", "kwargs": {}}, {"data": {}, **VALID}
    ),
}


def headers(deployment: Deployment) -> dict[str, str]:
    return {"Authorization": f"Bearer {deployment.api_key}"}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
async def test_a_documented_request_gets_the_documented_response_and_can_be_read(
    deployment: Deployment, example: Example
) -> None:
    created = await deployment.http.post(COLLECTION, headers=headers(deployment), json={"name": "n", **example.sent})
    read = await deployment.http.get(f"{COLLECTION}/{created.json()['id']}", headers=headers(deployment))

    assert created.status_code == 201
    assert read.status_code == 200
    assert created.json() == {
        "id": ULID,
        "organisationID": ORGANISATION,
        "name": "n",
        "type": example.sent["type"],
        **example.answer,
    }
    assert read.json() == created.json()
    assert created.headers["Content-Type"] == "application/json"
    assert created.headers["Cache-Control"] == read.headers["Cache-Control"] == "no-store"


async def create(deployment: Deployment, type_name: str, data: dict[str, str]) -> CredentialData:
    created = await deployment.http.post(
        COLLECTION, headers=headers(deployment), json={"name": "n", "type": type_name, "data": data}
    )
    return await data_of(deployment, str(ulid.ULID.from_str(created.json()["id"]).to_uuid()))


@settings(max_examples=20)
@given(st.dictionaries(st.text(min_size=1, max_size=20), st.binary(max_size=200), max_size=5))
async def test_any_bytes_of_a_default_credential_are_returned_as_sent(
    deployment: Deployment, values: dict[str, bytes]
) -> None:
    data = await create(deployment, "Default", {key: base_64(value) for key, value in values.items()})

    assert dict(data.key_values.values) == values


async def test_members_without_a_field_in_the_type_are_stored_as_sent(deployment: Deployment) -> None:
    raw = await create(deployment, "Raw", {"raw": base_64(b"\0\xff"), "note": base_64("n")})
    basic_auth = await create(
        deployment, "BasicAuth", {"username": base_64("ä"), "password": base_64(b"\xff"), "é": ""}
    )

    assert raw == CredentialData(raw=RawData(value=b"\0\xff"), extra_json=raw.extra_json)
    assert json.loads(raw.extra_json) == {"note": base_64("n")}
    assert basic_auth == CredentialData(basic_auth=BasicAuthData(username="ä"), extra_json=basic_auth.extra_json)
    assert json.loads(basic_auth.extra_json) == {"password": base_64(b"\xff"), "é": ""}


async def test_a_raw_credential_may_have_a_surplus_member_named_value(deployment: Deployment) -> None:
    sent = {"name": "n", "type": "Raw", "data": {"raw": base_64("x"), "value": base_64("y")}}
    created = await deployment.http.post(COLLECTION, headers=headers(deployment), json=sent)

    assert (created.json()["isValid"], created.json()["errors"]) == (True, [])


GOOD: dict[str, object] = {"name": "n", "type": "Default", "data": {"k": base_64("hunter2")}}
BAD_INPUT: dict[str, tuple[dict[str, object], str]] = {
    "no name": ({"name": None}, "name must be 1 to 255 characters long"),
    "an empty name": ({"name": ""}, "name must be 1 to 255 characters long"),
    "a long name": ({"name": "n" * 256}, "name must be 1 to 255 characters long"),
    "a name with NUL": ({"name": "hunter2\0"}, "name must not contain NUL"),
    "a number as name": ({"name": 5}, "name must be a string"),
    "no type": ({"type": None}, "type is required"),
    "an unknown type": ({"type": "hunter2"}, "type must be one of Default, Raw, BasicAuth"),
    "a list as type": ({"type": ["Raw"]}, "type must be a string"),
    "OAuth2Refresh": (
        {"type": "OAuth2Refresh"},
        "type must not be OAuth2Refresh: only the connections API creates and updates those",
    ),
    "no data": ({"data": None}, "data is required"),
    "a string as data": ({"data": "hunter2"}, "data must be a JSON object"),
    "a number in data": ({"data": {"k": 5}}, "data.k must be a string"),
    "null in data": ({"data": {"k": None}}, "data.k must be base64 with padding (RFC 4648, section 4)"),
    "no base64": ({"data": {"k": "hunter2!"}}, "data.k must be base64 with padding (RFC 4648, section 4)"),
    "no padding": ({"data": {"k": "eA"}}, "data.k must be base64 with padding (RFC 4648, section 4)"),
    "too much padding": ({"data": {"k": "eA==="}}, "data.k must be base64 with padding (RFC 4648, section 4)"),
    "padding alone": ({"data": {"k": "=="}}, "data.k must be base64 with padding (RFC 4648, section 4)"),
    "base64 for URLs": ({"data": {"k": "_-_-"}}, "data.k must be base64 with padding (RFC 4648, section 4)"),
    "base64 in lines": ({"data": {"k": "eHh4\neHh4"}}, "data.k must be base64 with padding (RFC 4648, section 4)"),
    "too much data": ({"data": {"k": base_64(bytes(65 * 1024))}}, "data must be at most 64 KiB"),
    "too many keys": ({"data": {str(key): "" for key in range(101)}}, "data must have at most 100 keys"),
    "a long key": ({"data": {"k" * 256: ""}}, "data must have keys of 1 to 255 characters"),
    "no list of redactFields": ({"redactFields": "k"}, "redactFields must be an array"),
    "a number in redactFields": ({"redactFields": ["k", 5]}, "redactFields[1] must be a string"),
    "too many redactFields": ({"redactFields": ["k"] * 101}, "redactFields must have at most 100 elements"),
    "a redactField with NUL": ({"redactFields": ["k", "\0"]}, "redactFields[1] must not contain NUL"),
    "a past expiresAt": ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt must be in the future"),
    "a date as expiresAt": ({"expiresAt": "2100-01-01"}, "expiresAt must be a date-time of RFC 3339"),
    "an expiresAt without zone": ({"expiresAt": "2100-01-01T00:00:00"}, "expiresAt must be a date-time of RFC 3339"),
    "no day of any month": ({"expiresAt": "2100-02-30T00:00:00Z"}, "expiresAt must be a date-time of RFC 3339"),
    "after the year 9999": ({"expiresAt": "9999-12-31T23:59:59-01:00"}, "expiresAt must be a date-time of RFC 3339"),
    "a number as expiresAt": ({"expiresAt": 4102444800}, "expiresAt must be a string"),
}


@pytest.mark.parametrize(("changed", "message"), BAD_INPUT.values(), ids=BAD_INPUT)
async def test_bad_input_is_refused_by_field_and_rule_and_stores_nothing(
    deployment: Deployment, changed: dict[str, object], message: str
) -> None:
    before = await count_credentials(deployment)
    answer = await deployment.http.post(COLLECTION, headers=headers(deployment), json={**GOOD, **changed})

    assert answer.status_code == 400
    assert answer.json()["code"] == "400014"
    assert answer.json()["message"].startswith(message)
    assert answer.json()["extensions"]["reason"] == "FIELD_INVALID"
    assert message.startswith(answer.json()["extensions"]["fields"][0]["field"])
    assert "hunter2" not in answer.text
    assert await count_credentials(deployment) == before


@pytest.mark.parametrize(("body", "rule"), BAD_JSON.items())
async def test_bad_json_is_refused_by_its_rule(deployment: Deployment, body: str, rule: str) -> None:
    before = await count_credentials(deployment)
    answer = await deployment.http.post(COLLECTION, headers=headers(deployment), content=body)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("body must")
    assert rule in answer.json()["message"]
    assert await count_credentials(deployment) == before


@pytest.mark.parametrize("authorization", ["Bearer {}", "bearer {}", "Bearer  {}", "{}"])
async def test_the_key_may_have_the_scheme_bearer_or_none(deployment: Deployment, authorization: str) -> None:
    answer = await deployment.http.post(
        COLLECTION, headers={"Authorization": authorization.format(deployment.api_key)}, json=GOOD
    )

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("authorizations", "code"),
    [
        ([], "401001"),
        ([""], "401001"),
        (["Bearer"], "401002"),
        (["Bearer sr_none_0123456789abcdef"], "401002"),
        (["Basic {}"], "401002"),
        (["JWT {}"], "401002"),
        (["Bearer {} {}"], "401002"),
        (["Bearer {}, Bearer {}"], "401002"),
        (["Bearer {}", "Bearer {}"], "401003"),
        (["{}", "{}"], "401003"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_request_without_exactly_one_valid_key_is_401_and_changes_nothing(
    deployment: Deployment, method: str, authorizations: list[str], code: str
) -> None:
    before = await count_credentials(deployment)
    answer = await deployment.http.request(
        method,
        COLLECTION if method == "POST" else f"{COLLECTION}/{ulid.ULID()}",
        headers=[("Authorization", value.replace("{}", deployment.api_key)) for value in authorizations],
        json=GOOD,
    )

    assert answer.status_code == 401
    assert answer.json()["code"] == code
    assert isinstance(answer.json()["message"], str)
    assert await count_credentials(deployment) == before


@pytest.mark.parametrize("organisation", ["other", "strongroom", "DEFAULT", "default%00", "%F0%9F%94%91"])
async def test_another_organisation_in_the_path_is_forbidden(deployment: Deployment, organisation: str) -> None:
    before = await count_credentials(deployment)
    created = await deployment.http.post(f"{BASE}/{organisation}/credentials", headers=headers(deployment), json=GOOD)
    read = await deployment.http.get(f"{BASE}/{organisation}/credentials/{ulid.ULID()}", headers=headers(deployment))

    assert (created.status_code, created.json()["code"]) == (403, "403005")
    assert (read.status_code, read.json()["code"]) == (403, "403005")
    assert await count_credentials(deployment) == before


@pytest.mark.parametrize(
    "credential_id",
    ["01KASF8PKYFGRSTBHZ3XQGN6RH", "1", "x" * 26, "8" + "0" * 25, "019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11", "%00"],
)
async def test_an_unknown_id_is_404(deployment: Deployment, credential_id: str) -> None:
    answer = await deployment.http.get(f"{COLLECTION}/{credential_id}", headers=headers(deployment))

    assert answer.status_code == 404
    assert answer.json() == {
        "code": "404009",
        "message": "there is no such credential",
        "extensions": {"reason": "CREDENTIAL_NOT_FOUND"},
    }


async def test_a_credential_of_another_surface_is_404(deployment: Deployment) -> None:
    other = await deployment.http.post(
        "/organizations/config/external-credentials",
        headers={"SlashID-API-Key": deployment.api_key, "SlashID-OrgID": ORGANISATION},
        json={"extcred_provider": "generic", "extcred_type": "api_key", "json_blob": {"api_key": "hunter2"}},
    )
    credential_id = ulid.ULID.from_bytes(bytes.fromhex(other.json()["result"][0].replace("-", "")))

    answer = await deployment.http.get(f"{COLLECTION}/{credential_id}", headers=headers(deployment))

    assert answer.status_code == 404


async def test_the_second_documented_server_serves_the_same_operations(deployment: Deployment) -> None:
    collection = f"/v1alpha1/organisations/{ORGANISATION}/credentials"
    sent = {"name": "n", "type": "Default", "data": {"k": base_64("v")}}
    created = await deployment.http.post(collection, headers=headers(deployment), json=sent)
    below = f"/{created.json()['id']}"

    assert created.status_code == 201
    for base in (collection, COLLECTION):
        assert (await deployment.http.get(base + below + "/", headers=headers(deployment))).json() == created.json()
        assert (
            created.json()
            in (await deployment.http.get(f"{base}?first=50&sort=id:desc", headers=headers(deployment))).json()["items"]
        )
    renamed = await deployment.http.put(collection + below, headers=headers(deployment), json={**sent, "name": "new"})
    assert renamed.json() == {**created.json(), "name": "new"}
    assert (await deployment.http.patch(collection + below, headers=headers(deployment))).status_code == 405
    assert (await deployment.http.delete(collection + below)).status_code == 401
    deleted = await deployment.http.delete(collection + below, headers=headers(deployment))
    assert (deleted.status_code, deleted.json()) == (200, {"id": created.json()["id"]})
    assert (await deployment.http.get(COLLECTION + below, headers=headers(deployment))).status_code == 404
