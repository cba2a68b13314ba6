"""Tests SlashID's API: documented requests and responses, special cases, and refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from conftest import ORGANISATION
from gateway.apis import BAD_JSON, UUID, count_credentials, data_of, id_of
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from conftest import Deployment

COLLECTION = "/organizations/config/external-credentials"
PROVIDERS = ("google", "onfido", "shopify", "generic")

BLOBS = {
    "api_key": '{"api_key": "hunter2"}',
    "client_credentials": '{"client_id": "c", "client_secret": "hunter2", "webhook_token": "w"}',
    "user_pass": '{"username": "anna", "password": "hunter2"}',
    "api_id_access": '{"api_id": "i", "api_key": "hunter2"}',
    "access_token": '{"access_token": "hunter2"}',
    "json_credentials": '{ "type": "service_account",\n "private_key": "hunter2", "n": [1.50, 12345678901234567890123] }',
}
# Invalid blobs, which are stored.
INVALID_BLOBS = {
    "api_key": "{}",
    "client_credentials": '{"client_id": 5, "client_secret": ["hunter2"], "n": 1.50}',
    "user_pass": '{"username": null, "password": "hunter2"}',
    "api_id_access": '{"api_id": "", "api_key": "hunter2"}',
    "access_token": '{"accessToken": "hunter2"}',
}


def headers(deployment: Deployment, **further: str) -> dict[str, str]:
    return {"SlashID-API-Key": deployment.api_key, "SlashID-OrgID": ORGANISATION, **further}


def body(blob: str, type_name: str, provider: str = "generic") -> str:
    return f'{{"extcred_provider": "{provider}", "extcred_type": "{type_name}", "json_blob": {blob}}}'


async def test_the_published_sample_gets_the_published_response(deployment: Deployment) -> None:
    sample = (
        '{"extcred_provider":"shopify","extcred_type":"json_credentials",'
        '"extcred_label":"<STORE_NAME>","json_blob":{"multipass_secret":"<MULTIPASS_SECRET>"}}'
    )
    created = await deployment.http.post(
        COLLECTION,
        headers=headers(deployment, **{"Accept": "application/json", "Content-Type": "application/json"}),
        content=sample,
    )
    read = await deployment.http.get(f"{COLLECTION}/{created.json()['result'][0]}", headers=headers(deployment))

    assert created.status_code == 201
    assert created.json() == {"result": [UUID]}
    assert read.status_code == 200
    assert read.json() == {
        "result": {
            "external_cred_id": created.json()["result"][0],
            "organization_id": ORGANISATION,
            "extcred_provider": "shopify",
            "extcred_type": "json_credentials",
            "extcred_label": "<STORE_NAME>",
            "json_blob": {"multipass_secret": "<MULTIPASS_SECRET>"},
        }
    }
    assert created.headers["Cache-Control"] == read.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(("type_name", "blob"), [*BLOBS.items(), *INVALID_BLOBS.items()])
async def test_every_provider_and_type_is_returned_with_its_blob(
    deployment: Deployment, provider: str, type_name: str, blob: str
) -> None:
    created = await deployment.http.post(
        COLLECTION, headers=headers(deployment), content=body(blob, type_name, provider)
    )
    read = await deployment.http.get(f"{COLLECTION}/{created.json()['result'][0]}", headers=headers(deployment))

    assert (created.status_code, read.status_code) == (201, 200)
    assert read.json()["result"] == {
        "external_cred_id": UUID,
        "organization_id": ORGANISATION,
        "extcred_provider": provider,
        "extcred_type": type_name,
        "extcred_label": "",
        "json_blob": json.loads(blob),
    }


async def test_a_json_document_is_returned_verbatim(deployment: Deployment) -> None:
    created = await deployment.http.post(
        COLLECTION, headers=headers(deployment), content=body(BLOBS["json_credentials"], "json_credentials")
    )
    credential_id = created.json()["result"][0]
    read = await deployment.http.get(f"{COLLECTION}/{credential_id}", headers=headers(deployment))

    assert BLOBS["json_credentials"] in read.text
    assert (await data_of(deployment, credential_id)).json_document.json == BLOBS["json_credentials"]


async def test_members_without_a_field_in_the_type_are_returned_verbatim(deployment: Deployment) -> None:
    blob = '{"api_key":"hunter2","n":1.50,"big":12345678901234567890123,"e":1E5,"deep":{"a":[{}]}}'
    created = await deployment.http.post(COLLECTION, headers=headers(deployment), content=body(blob, "api_key"))
    credential_id = created.json()["result"][0]
    read = await deployment.http.get(f"{COLLECTION}/{credential_id}", headers=headers(deployment))
    data = await data_of(deployment, credential_id)

    assert '"n":1.50,"big":12345678901234567890123,"e":1E5,"deep":{"a":[{}]}' in read.text
    assert data.api_key.api_key == "hunter2"
    assert data.extra_json == '{"n":1.50,"big":12345678901234567890123,"e":1E5,"deep":{"a":[{}]}}'


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
BLOBS_OF_ANY_KIND = st.dictionaries(
    TEXTS | st.sampled_from(["username", "password"]),
    st.recursive(
        TEXTS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=5,
    ),
    max_size=5,
)


@settings(max_examples=20)
@given(BLOBS_OF_ANY_KIND, st.sampled_from(["user_pass", "json_credentials"]))
async def test_any_blob_is_returned_as_sent(deployment: Deployment, blob: dict[str, object], type_name: str) -> None:
    created = await deployment.http.post(
        COLLECTION, headers=headers(deployment), content=body(json.dumps(blob), type_name)
    )
    read = await deployment.http.get(f"{COLLECTION}/{created.json()['result'][0]}", headers=headers(deployment))

    assert read.json()["result"]["json_blob"] == blob


@pytest.mark.parametrize(
    "further",
    [
        {"SlashID-Required-Consistency": "local_region"},
        {"SlashID-Required-Consistency": "all_regions", "SlashID-Required-Consistency-Timeout": "1"},
        {"SlashID-Required-Consistency-Timeout": "120"},
        {"SlashID-Required-Consistency": "", "SlashID-Required-Consistency-Timeout": ""},
    ],
)
async def test_every_consistency_is_accepted_without_regions(deployment: Deployment, further: dict[str, str]) -> None:
    answer = await deployment.http.post(
        COLLECTION, headers=headers(deployment, **further), content=body(BLOBS["api_key"], "api_key")
    )

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("header", "value", "rule"),
    [
        ("SlashID-Required-Consistency", "everywhere", "must be one of local_region, all_regions"),
        ("SlashID-Required-Consistency", "LOCAL_REGION", "must be one of local_region, all_regions"),
        ("SlashID-Required-Consistency-Timeout", "0", "must be an integer from 1 to 120"),
        ("SlashID-Required-Consistency-Timeout", "121", "must be an integer from 1 to 120"),
        ("SlashID-Required-Consistency-Timeout", "-1", "must be an integer from 1 to 120"),
        ("SlashID-Required-Consistency-Timeout", "30.0", "must be an integer from 1 to 120"),
        ("SlashID-Required-Consistency-Timeout", "9" * 5_000, "must be an integer from 1 to 120"),
        ("SlashID-Required-Consistency-Timeout", "soon", "must be an integer from 1 to 120"),
        ("SlashID-OrgID", "", "is required"),
    ],
)
async def test_a_bad_header_is_refused_by_its_name(deployment: Deployment, header: str, value: str, rule: str) -> None:
    before = await count_credentials(deployment)
    answer = await deployment.http.post(
        COLLECTION, headers=headers(deployment) | {header: value}, content=body(BLOBS["api_key"], "api_key")
    )

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"httpcode": 400, "message": f"{header} {rule}"}]}
    assert await count_credentials(deployment) == before


GOOD: dict[str, object] = {
    "extcred_provider": "generic",
    "extcred_type": "api_key",
    "json_blob": {"api_key": "hunter2"},
}
TYPES = "api_key, client_credentials, user_pass, api_id_access, access_token, json_credentials"
BAD_INPUT: dict[str, tuple[dict[str, object], str]] = {
    "no provider": ({"extcred_provider": None}, "extcred_provider is required"),
    "an unknown provider": (
        {"extcred_provider": "hunter2"},
        "extcred_provider must be one of google, onfido, shopify, generic",
    ),
    "a provider in capitals": (
        {"extcred_provider": "GOOGLE"},
        "extcred_provider must be one of google, onfido, shopify, generic",
    ),
    "no type": ({"extcred_type": None}, "extcred_type is required"),
    "an unknown type": ({"extcred_type": "hunter2"}, f"extcred_type must be one of {TYPES}"),
    "an arm as type": ({"extcred_type": "basic_auth"}, f"extcred_type must be one of {TYPES}"),
    "a list as type": ({"extcred_type": ["api_key"]}, f"extcred_type must be one of {TYPES}"),
    "no blob": ({"json_blob": None}, "json_blob is required"),
    "a string as blob": ({"json_blob": '{"api_key": "hunter2"}'}, "json_blob must be a JSON object"),
    "a list as blob": ({"json_blob": ["hunter2"]}, "json_blob must be a JSON object"),
    "too much of a blob": ({"json_blob": {"api_key": "h" * 65 * 1024}}, "json_blob must be at most 64 KiB"),
    "too much of another blob": (
        {"extcred_type": "json_credentials", "json_blob": {"k": "h" * 65 * 1024}},
        "json_blob must be at most 64 KiB",
    ),
    "a number as label": ({"extcred_label": 5}, "extcred_label must be a string"),
    "a long label": ({"extcred_label": "l" * 256}, "extcred_label must be at most 255 characters long"),
    "a label with NUL": ({"extcred_label": "hunter2\0"}, "extcred_label must not contain NUL"),
}


@pytest.mark.parametrize(("changed", "message"), BAD_INPUT.values(), ids=BAD_INPUT)
async def test_bad_input_is_refused_by_field_and_rule_and_stores_nothing(
    deployment: Deployment, changed: dict[str, object], message: str
) -> None:
    before = await count_credentials(deployment)
    answer = await deployment.http.post(COLLECTION, headers=headers(deployment), json={**GOOD, **changed})

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"httpcode": 400, "message": message}]}
    assert await count_credentials(deployment) == before


@pytest.mark.parametrize(("sent", "rule"), BAD_JSON.items())
async def test_bad_json_is_refused_by_its_rule(deployment: Deployment, sent: str, rule: str) -> None:
    before = await count_credentials(deployment)
    answer = await deployment.http.post(COLLECTION, headers=headers(deployment), content=sent)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].startswith("body must")
    assert rule in answer.json()["errors"][0]["message"]
    assert await count_credentials(deployment) == before


@pytest.mark.parametrize(
    "sent",
    [
        [],
        [("SlashID-OrgID", ORGANISATION)],
        [("SlashID-API-Key", ""), ("SlashID-OrgID", ORGANISATION)],
        [("SlashID-API-Key", "sr_none_0123456789abcdef"), ("SlashID-OrgID", ORGANISATION)],
        [("SlashID-API-Key", "not a key"), ("SlashID-OrgID", ORGANISATION)],
        [("SlashID-API-Key", "{}"), ("SlashID-API-Key", "{}"), ("SlashID-OrgID", ORGANISATION)],
        [("SlashID-API-Key", "{}"), ("SlashID-OrgID", "other")],
        [("Authorization", "Bearer {}"), ("SlashID-OrgID", ORGANISATION)],
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_wrong_key_or_organisation_is_401_without_a_body(
    deployment: Deployment, method: str, sent: list[tuple[str, str]]
) -> None:
    before = await count_credentials(deployment)
    answer = await deployment.http.request(
        method,
        COLLECTION if method == "POST" else f"{COLLECTION}/{uuid4()}",
        headers=[(name, value.replace("{}", deployment.api_key)) for name, value in sent],
        json=GOOD,
    )

    assert answer.status_code == 401
    assert answer.content == b""
    assert answer.headers["Cache-Control"] == "no-store"
    assert await count_credentials(deployment) == before


@pytest.mark.parametrize(
    "credential_id", ["019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11", "019AB2F4-5A7E-7C31-9D2E-3F1F6F0A9B11"]
)
async def test_an_unknown_id_is_404_and_quoted(deployment: Deployment, credential_id: str) -> None:
    answer = await deployment.http.get(f"{COLLECTION}/{credential_id}", headers=headers(deployment))

    message = f"could not find external credential {credential_id}"
    assert answer.status_code == 404
    assert answer.json() == {"errors": [{"httpcode": 404, "message": message}]}


@pytest.mark.parametrize("credential_id", ["1", "hunter2", "%00", "{019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11}"])
async def test_a_malformed_id_is_404_and_not_quoted(deployment: Deployment, credential_id: str) -> None:
    answer = await deployment.http.get(f"{COLLECTION}/{credential_id}", headers=headers(deployment))

    assert answer.status_code == 404
    assert answer.json()["errors"][0]["httpcode"] == 404
    assert "hunter2" not in answer.text


async def test_a_credential_of_another_surface_is_404(deployment: Deployment) -> None:
    other = await deployment.http.post(
        "/api/v1/user_credentials",
        headers={"Authorization": f"Bearer {deployment.api_key}"},
        json={"name": "n", "mode": "TEXT", "team_id": 1, "value": "hunter2"},
    )

    credential_id = await id_of(deployment, other.json()["id"])

    answer = await deployment.http.get(f"{COLLECTION}/{credential_id}", headers=headers(deployment))

    assert answer.status_code == 404
