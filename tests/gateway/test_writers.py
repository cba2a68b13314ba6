"""Tests that a key without the role `user` cannot redirect stored secrets at the vendors' endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gateway.apis import base_64, data_of, slashid, tines, versori
from gateway.tines_samples import AWS_KEY, HTTP_REQUEST, OAUTH, STEPS, TEXT
from rpc.calls import key_of

from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_WRITER

if TYPE_CHECKING:
    from conftest import Deployment

BASE: dict[str, Any] = {"name": "n", "team_id": 2, "allowed_hosts": ["a.example.com"]}
# A credential, the members that a writer may change only together with secrets, and those secrets.
REDIRECTS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "more hosts": (TEXT, {"allowed_hosts": ["a.example.com", "b.example.com"]}, {"value": "new"}),
    "any host": (TEXT, {"allowed_hosts": []}, {"value": "new"}),
    "every team": (TEXT, {"read_access": "GLOBAL"}, {"value": "new"}),
    "another team": (TEXT, {"team_id": 1}, {"value": "new"}),
    "shared teams": (
        TEXT,
        {"read_access": "SPECIFIC_TEAMS", "shared_team_slugs": ["team_1"]},
        {"value": "new"},
    ),
    "a token URL": (
        {"mode": "OAUTH", **OAUTH},
        {"oauth_token_url": "https://evil.example.net/token"},
        {"oauth_client_secret": "new"},
    ),
    "a role at AWS": (
        {"mode": "AWS", **AWS_KEY},
        {"aws_assumed_role_arn": "arn:aws:iam::2:role/r"},
        {"aws_secret_key": "new"},
    ),
    "the way to AWS": (
        {"mode": "AWS", **AWS_KEY, "aws_assumed_role_arn": "arn:aws:iam::2:role/r"},
        {"aws_authentication_type": "ROLE"},
        {"aws_secret_key": "new"},
    ),
    "the options of a request": (
        {"mode": "HTTP_REQUEST_AGENT", **HTTP_REQUEST, "http_request_secret": "hunter2"},
        {"http_request_options": {"url": "https://evil.example.net"}},
        {"http_request_secret": "new"},
    ),
    "a recipe": (
        {"mode": "MULTI_REQUEST", "credential_requests": STEPS, "http_request_location_of_token": "=a.b"},
        {"http_request_location_of_token": "=body"},
        {"credential_requests": [{"options": {}, "http_request_secret": "new"}] * 2},
    ),
}


async def writer(deployment: Deployment) -> str:
    [(_, authorization)] = await key_of(deployment, ROLE_WRITER, ROLE_READER)
    return authorization.removeprefix("Bearer ")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(("mode", "redirect", "secrets"), REDIRECTS.values(), ids=REDIRECTS)
async def test_at_tines_a_writer_redirects_only_secrets_in_its_own_request(
    deployment: Deployment, method: str, mode: dict[str, Any], redirect: dict[str, Any], secrets: dict[str, Any]
) -> None:
    api = tines(deployment, key=await writer(deployment))
    credential = await api.request_json("POST", json={**mode, **BASE})
    below, sent = f"/{credential['id']}", {"mode": mode["mode"], **redirect}
    before = await data_of(deployment, str(credential["id"]), "a.example.com")

    refused = await api.request(method, below, json=sent)
    assert (refused.status_code, refused.json()["errors"][0]["message"]) == (403, "Forbidden")
    details = [error["details"] for error in refused.json()["errors"]]
    assert {detail.partition(" ")[0] for detail in details} == set(redirect)
    assert all(detail.endswith("unless every secret field is sent again") for detail in details)
    assert await api.request_json("GET", below) == credential
    assert await data_of(deployment, str(credential["id"]), "a.example.com") == before

    # A key with the role user needs no secret.
    assert (await tines(deployment).request(method, below, json=sent)).status_code == 200
    other = await api.request_json("POST", json={**mode, **BASE})
    assert (await api.request(method, f"/{other['id']}", json={**sent, **secrets})).status_code == 200


async def test_at_tines_a_writer_may_repeat_stored_values_without_the_secret(deployment: Deployment) -> None:
    api = tines(deployment, key=await writer(deployment))
    members = {"mode": "OAUTH", **OAUTH, **BASE}
    credential = await api.request_json("POST", json=members)
    del members["oauth_client_secret"]
    answer = await api.request_json("PUT", f"/{credential['id']}", json={**members, "name": "renamed"})
    assert answer["name"] == "renamed"


async def test_at_versori_a_writer_replaces_a_credential_with_what_it_sends(deployment: Deployment) -> None:
    api = versori(deployment, key=await writer(deployment))
    hidden = {"type": "Default", "data": {"token": base_64("hunter2")}, "redactFields": ["token"]}
    credential = await api.request_json("POST", json={"name": "n", **hidden})
    for body in (
        {"name": "n", "type": "Default", "data": {"token": base_64("new")}},
        {"name": "n", "type": "BasicAuth", "data": {"username": base_64("anna")}},
        {"name": "n", "type": "BasicAuth", "data": {"username": base_64("otto"), "password": base_64("p")}},
    ):
        assert (await api.request("PUT", f"/{credential['id']}", json=body)).status_code == 200


async def test_at_slashid_a_writer_replaces_the_blob_with_what_it_sends(deployment: Deployment) -> None:
    api = slashid(deployment, key=await writer(deployment))
    body = {
        "extcred_provider": "onfido",
        "extcred_type": "client_credentials",
        "json_blob": {"client_id": "c", "client_secret": "hunter2", "webhook_token": "t"},
    }
    [credential_id] = (await api.request_json("POST", json=body))["result"]
    for sent in (
        {"extcred_label": "renamed"},
        {"json_blob": {"client_id": "d"}},
        {"json_blob": {"client_id": "d", "client_secret": "new"}},
    ):
        assert (await api.request("PATCH", f"/{credential_id}", json=sent)).status_code == 204
