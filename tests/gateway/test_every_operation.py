"""Tests every operation of every vendor: keys, methods, slashes, queries, content types and caching."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

import hypothesis
import pytest
from gateway.apis import VendorApi, base_64, count_credentials, slashid, tines, versori
from gateway.tines_samples import TEXT
from gateway.versori_apps import new_app, switchboard
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom_server.gateway.app import VENDORS
from strongroom_server.gateway.requests import BODY_LIMIT

if TYPE_CHECKING:
    import httpx
    from conftest import Deployment

VERSORI = {"name": "n", "type": "Raw", "data": {"raw": base_64("hunter2")}}
SLASHID = {"extcred_provider": "generic", "extcred_type": "api_key", "json_blob": {"api_key": "hunter2"}}
CONNECTION = {"name": "n", "appId": "{app}", "authType": "apikey", "data": {"apiKey": "hunter2"}}
# Resources of Versori besides its credentials.
SWITCHBOARD = ("apps", "connections", "connected-apps", "connection-init")
FOLDER = {"name": "f", "content_type": "CREDENTIAL", "team_id": 2}


class Example(NamedTuple):
    """A valid request. `{}` in `below` is the id of a resource that a POST of `made` creates first, `{app}` that of an app."""

    resource: str
    method: str
    below: str
    made: dict[str, Any] | None
    sent: dict[str, Any] | None
    status: int


# The example of each operation, by its operationId.
EXAMPLES = {
    "CreateCredential": Example("versori", "POST", "", None, VERSORI, 201),
    "GetCredentials": Example("versori", "GET", "", None, None, 200),
    "GetCredential": Example("versori", "GET", "/{}", VERSORI, None, 200),
    "UpdateCredential": Example("versori", "PUT", "/{}", VERSORI, VERSORI, 200),
    "DeleteCredential": Example("versori", "DELETE", "/{}", VERSORI, None, 200),
    "GetApps": Example("apps", "GET", "", None, None, 200),
    "GetApp": Example("apps", "GET", "/{app}", None, None, 200),
    "CreateConnection": Example("connections", "POST", "", None, CONNECTION, 201),
    "GetConnections": Example("connections", "GET", "", None, None, 200),
    "GetConnection": Example("connections", "GET", "/{}", CONNECTION, None, 200),
    "UpdateConnection": Example("connections", "PUT", "/{}", CONNECTION, CONNECTION, 200),
    "DeleteConnection": Example("connections", "DELETE", "/{}", CONNECTION, None, 200),
    "GetConnectedApps": Example("connected-apps", "GET", "", None, None, 200),
    "InitialiseConnection": Example("connection-init", "POST", "", None, CONNECTION, 200),
    "PostOrganizationsConfigExternalCredentials": Example("slashid", "POST", "", None, SLASHID, 201),
    "GetOrganizationsConfigExternalCredentials": Example("slashid", "GET", "", None, None, 200),
    "DeleteOrganizationsConfigExternalCredentials": Example(
        "slashid", "DELETE", "?credentialId={}", SLASHID, None, 204
    ),
    "GetOrganizationsConfigExternalCredentialsCredId": Example("slashid", "GET", "/{}", SLASHID, None, 200),
    "PatchOrganizationsConfigExternalCredentialsCredId": Example("slashid", "PATCH", "/{}", SLASHID, {}, 204),
    "CreateUserCredential": Example("user_credentials", "POST", "", None, TEXT, 201),
    "ListUserCredentials": Example("user_credentials", "GET", "", None, None, 200),
    "GetUserCredential": Example("user_credentials", "GET", "/{}", TEXT, None, 200),
    "UpdateUserCredential": Example("user_credentials", "PUT", "/{}", TEXT, {"mode": "TEXT"}, 200),
    "PatchUserCredential": Example("user_credentials", "PATCH", "/{}", TEXT, {"mode": "TEXT"}, 200),
    "DeleteUserCredential": Example("user_credentials", "DELETE", "/{}", TEXT, None, 204),
    "GetInfo": Example("info", "GET", "", None, None, 200),
    "CreateTeam": Example("teams", "POST", "", None, {"name": "{}"}, 201),
    "ListTeams": Example("teams", "GET", "", None, None, 200),
    "GetTeam": Example("teams", "GET", "/{}", {"name": "{}"}, None, 200),
    "UpdateTeam": Example("teams", "PUT", "/{}", {"name": "{}"}, {"name": "{}"}, 200),
    "PatchTeam": Example("teams", "PATCH", "/{}", {"name": "{}"}, {"name": "{}"}, 200),
    "DeleteTeam": Example("teams", "DELETE", "/{}", {"name": "{}"}, None, 204),
    "ListTeamMembers": Example("teams", "GET", "/{}/members", {"name": "{}"}, None, 200),
    "DestroyTeamStaticExternalId": Example(
        "teams", "POST", "/{}/destroy_static_external_id", {"name": "{}"}, None, 200
    ),
    "CreateFolder": Example("folders", "POST", "", None, FOLDER, 201),
    "ListFolders": Example("folders", "GET", "", None, None, 200),
    "GetFolder": Example("folders", "GET", "/{}", FOLDER, None, 200),
    "UpdateFolder": Example("folders", "PUT", "/{}", FOLDER, {"name": "new"}, 200),
    "PatchFolder": Example("folders", "PATCH", "/{}", FOLDER, {"name": "new"}, 200),
    "DeleteFolder": Example("folders", "DELETE", "/{}", FOLDER, None, 204),
}


def each_of(examples: dict[str, Example]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("example", examples.values(), ids=examples)


every_operation = each_of(EXAMPLES)
each_with_a_body = each_of({name: each for name, each in EXAMPLES.items() if each.sent is not None})
each_without_a_body = each_of({name: each for name, each in EXAMPLES.items() if each.sent is None})
each_read = each_of({name: each for name, each in EXAMPLES.items() if each.method == "GET"})

COUNTER = iter(range(1_000_000))
APPS: dict[str, str] = {}


def api_of(deployment: Deployment, resource: str) -> VendorApi:
    match resource:
        case "versori":
            return versori(deployment)
        case "slashid":
            return slashid(deployment)
        case _ if resource in SWITCHBOARD:
            return switchboard(deployment, below=f"/{resource}")
        case _:
            return tines(deployment, resource)


async def filled(deployment: Deployment, body: dict[str, Any]) -> dict[str, Any]:
    """The body with each `{}` replaced by a new name, and `{app}` by the id of an app."""
    found = {"{}": f"name {next(COUNTER)}", "{app}": await app_of(deployment) if "appId" in body else ""}
    return {name: found.get(value, value) if isinstance(value, str) else value for name, value in body.items()}


async def app_of(deployment: Deployment) -> str:
    """The id of an app of the deployment, which is created once."""
    if deployment.http_url not in APPS:
        APPS[deployment.http_url] = await new_app(deployment)
    return APPS[deployment.http_url]


async def below_of(deployment: Deployment, example: Example) -> str:
    if "{app}" in example.below:
        return example.below.format(app=await app_of(deployment))
    if example.made is None:
        return example.below
    body = await filled(deployment, example.made)
    made = await api_of(deployment, example.resource).request_json("POST", json=body)
    return example.below.format(made["id"] if "id" in made else made["result"][0])


async def ask(deployment: Deployment, example: Example, suffix: str = "", **further: Any) -> httpx.Response:
    path, _, query = (await below_of(deployment, example)).partition("?")
    slash, _, more = suffix.partition("?")
    joined = "&".join(part for part in (query, more) if part)
    sent: dict[str, Any] = {"json": await filled(deployment, example.sent)} if example.sent is not None else {}
    api = api_of(deployment, example.resource)
    return await api.request(example.method, f"{path}{slash}{'?' if joined else ''}{joined}", **{**sent, **further})


def test_every_operation_has_an_example() -> None:
    # A callback needs the consent of a person: test_versori_consent.py.
    served = [operation for vendor in VENDORS for operation in vendor.operations if not operation.callback]

    assert [operation.id for operation in served] == list(EXAMPLES)
    assert [(operation.method, operation.status) for operation in served] == [
        (example.method, example.status) for example in EXAMPLES.values()
    ]


@every_operation
@pytest.mark.parametrize("suffix", ["", "//", "/?page=&first=&deleteAll=&name=&unknown=%20"])
async def test_slashes_unknown_parameters_and_empty_ones_do_not_matter(
    deployment: Deployment, example: Example, suffix: str
) -> None:
    answer = await ask(deployment, example, suffix, follow_redirects=False)

    assert answer.status_code == example.status
    assert answer.headers["Cache-Control"] == "no-store"
    if example.status == 204:
        assert answer.content == b""
        assert "Content-Type" not in answer.headers
    else:
        assert answer.headers["Content-Type"] == "application/json"
        assert int(answer.headers["Content-Length"]) == len(answer.content)


@every_operation
@pytest.mark.parametrize("content_type", ["application/json", "nonsense", ""])
async def test_the_content_type_does_not_matter(deployment: Deployment, example: Example, content_type: str) -> None:
    assert (await ask(deployment, example, headers={"Content-Type": content_type})).status_code == example.status


@each_without_a_body
@pytest.mark.parametrize("body", [b"nobody reads this", b'{"page": 5, "first": 0, "deleteAll": true}'])
async def test_operations_without_a_body_ignore_one(deployment: Deployment, example: Example, body: bytes) -> None:
    assert (await ask(deployment, example, content=body)).status_code == example.status


@each_with_a_body
async def test_unknown_members_are_ignored(deployment: Deployment, example: Example) -> None:
    unknown: dict[str, Any] = {
        "kwargs": {},
        "id": "mine",
        "organisationID": "x",
        "created_at": None,
        "": [[]],
        "Name": 5,
    }
    answer = await ask(deployment, example._replace(sent={**unknown, **(example.sent or {})}))

    assert answer.status_code == example.status


@every_operation
async def test_a_request_without_a_key_is_401_and_changes_nothing(deployment: Deployment, example: Example) -> None:
    below = await below_of(deployment, example)
    api = api_of(deployment, example.resource)
    before = await count_credentials(deployment)
    # The body is invalid too, but a caller without a key learns nothing about it.
    answer = await deployment.http.request(
        example.method, api.path + below, headers={"SlashID-OrgID": "default"}, content=b"{"
    )

    assert answer.status_code == 401
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.content == b"") == (example.resource == "slashid")
    assert await count_credentials(deployment) == before


@each_with_a_body
async def test_a_body_over_1_mib_is_413_where_a_body_is_read(deployment: Deployment, example: Example) -> None:
    answer = await ask(deployment, example, json=None, content=b" " * (BODY_LIMIT + 1))

    assert answer.status_code == 413
    assert answer.headers["Cache-Control"] == "no-store"


PATHS = [
    ("versori", "", "POST, GET"),
    ("versori", "/01KASF8PKYFGRSTBHZ3XQGN6RH", "GET, PUT, DELETE"),
    ("apps", "", "GET"),
    ("apps", "/01KASF8PKYFGRSTBHZ3XQGN6RH", "GET"),
    ("connections", "", "POST, GET"),
    ("connections", "/01KASF8PKYFGRSTBHZ3XQGN6RH", "GET, PUT, DELETE"),
    ("connected-apps", "", "GET"),
    ("connection-init", "", "POST"),
    ("slashid", "", "POST, GET, DELETE"),
    ("slashid", "/019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11", "GET, PATCH"),
    ("user_credentials", "", "POST, GET"),
    ("user_credentials", "/1", "GET, PUT, PATCH, DELETE"),
    ("info", "", "GET"),
    ("teams", "", "POST, GET"),
    ("teams", "/1", "GET, PUT, PATCH, DELETE"),
    ("teams", "/1/members", "GET"),
    ("teams", "/1/destroy_static_external_id", "POST"),
    ("folders", "", "POST, GET"),
    ("folders", "/1", "GET, PUT, PATCH, DELETE"),
]


@pytest.mark.parametrize(("resource", "below", "methods"), PATHS, ids=["".join(row[:2]) for row in PATHS])
@pytest.mark.parametrize("slash", ["", "/"])
async def test_an_unknown_method_is_405_with_the_methods_of_the_path(
    deployment: Deployment, resource: str, below: str, methods: str, slash: str
) -> None:
    api = api_of(deployment, resource)
    message = f"the method must be one of {methods}"
    body = {
        "versori": {"code": "405000", "message": message, "extensions": {"reason": "METHOD_NOT_ALLOWED"}},
        "slashid": {"errors": [{"httpcode": 405, "message": message}]},
    }.get(
        "versori" if resource in SWITCHBOARD else resource,
        {"errors": [{"message": "Method Not Allowed", "details": message}]},
    )

    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "LINK"} - set(methods.split(", ")):
        answer = await api.request(method, below + slash, json={})
        assert answer.status_code == 405
        assert answer.headers["Allow"] == methods
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.json() == body


@each_read
async def test_head_is_like_get_without_the_body(deployment: Deployment, example: Example) -> None:
    answer = await ask(deployment, example._replace(method="HEAD"))

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert int(answer.headers["Content-Length"]) > 0
    assert answer.content == b""


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
PARAMETERS = sorted(
    {
        parameter.name
        for vendor in VENDORS
        for operation in vendor.operations
        for parameter in operation.parameters
        if parameter.place == "query"
    }
)


@settings(max_examples=50)
@given(st.sampled_from(list(EXAMPLES)), st.dictionaries(st.sampled_from(PARAMETERS), TEXTS, min_size=1, max_size=3))
async def test_no_query_causes_an_unexpected_status(deployment: Deployment, name: str, query: dict[str, str]) -> None:
    answer = await ask(deployment, EXAMPLES[name], f"?{urlencode(query)}")

    assert answer.status_code in (EXAMPLES[name].status, 400, 422)


@settings(max_examples=50)
@given(st.sampled_from([name for name in EXAMPLES if EXAMPLES[name].below == "/{}"]), TEXTS)
@hypothesis.example("GetCredential", "\r")
async def test_no_id_causes_an_unexpected_status(deployment: Deployment, name: str, text: str) -> None:
    example = EXAMPLES[name]._replace(made=None, below=f"/{quote(text, safe='')}")

    # A client or the router changes paths with dots and slashes, hence 405.
    assert (await ask(deployment, example)).status_code in (example.status, 404, 405, 422)


@pytest.mark.parametrize(
    "header",
    [
        "Authorization",
        "X-User-Token",
        "SlashID-API-Key",
        "SlashID-OrgID",
        "SlashID-Required-Consistency",
        "SlashID-Required-Consistency-Timeout",
        "Content-Type",
        "Accept",
        "Host",
        "X-Request-Id",
    ],
)
async def test_no_header_causes_an_unexpected_status(deployment: Deployment, header: str) -> None:
    for name in ("GetCredentials", "PostOrganizationsConfigExternalCredentials", "ListUserCredentials"):
        for value in (b"\xff", b"\xc3\xa9", b"a\tb", b"x" * 8_000):
            answer = await ask(deployment, EXAMPLES[name], headers={header: value})
            assert answer.status_code in (EXAMPLES[name].status, 400, 401), (name, value)
