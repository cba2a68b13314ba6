"""Tests Versori's connections whose secret is sent, apps and connected apps: documented requests and responses, refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from conftest import ORGANISATION
from connections.consenting import stub_of
from gateway.apis import ULID, Shape, another_organisation, base_64, data_of
from gateway.versori_apps import UNKNOWN_ID, new_app, switchboard, uuid_of
from google.protobuf.field_mask_pb2 import FieldMask
from jsonschema_rs import Draft202012Validator
from rpc.calls import key_of, refused

from strongroom.v1.connection_service_pb2 import (
    CreateConnectionRequest,
    ListConnectionsRequest,
    UpdateConnectionRequest,
)
from strongroom.v1.credential_pb2 import (
    CLIENT_AUTHENTICATION_BODY,
    SURFACE_NATIVE,
    BasicAuthData,
    ClientCredentialsData,
    Credential,
    CredentialData,
    JwtData,
    RawData,
    TextData,
)
from strongroom.v1.credential_service_pb2 import GetCredentialRequest
from strongroom.v1.organisation_service_pb2 import ROLE_INVOKER, ROLE_READER, ROLE_WRITER, Scope

if TYPE_CHECKING:
    from conftest import Deployment
    from gateway.apis import VendorApi

KEY = "x" * 32
TIME = Shape(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


class Example(NamedTuple):
    """The data of a connection, that of its credential, what the credential shows at Versori, and the type's configuration."""

    data: dict[str, Any]
    stored: CredentialData
    shown: dict[str, Any]
    config: dict[str, Any]


EXAMPLES = {
    "apikey": Example(
        {"apiKey": "my-secret-key"},
        CredentialData(raw=RawData(value=b"my-secret-key")),
        {"type": "Raw", "data": {}},
        {"name": "Authorization", "in": "header"},
    ),
    "httpBasicAuth": Example(
        {"user": "anna", "password": "hunter2"},
        CredentialData(basic_auth=BasicAuthData(username="anna", password="hunter2")),
        {"type": "BasicAuth", "data": {"username": "YW5uYQ=="}},
        {},
    ),
    "httprefresh": Example(
        {"secret": "hunter2"}, CredentialData(raw=RawData(value=b"hunter2")), {"type": "Raw", "data": {}}, {}
    ),
    "oauth2": Example(
        {
            "clientId": "me",
            "clientSecret": "hunter2",
            "username": "",
            "password": None,
            "additionalParameters": "audience=https%3A%2F%2Fapi.example%2F%26",
            "issueToken": False,
            "authStyle": 1,
        },
        CredentialData(client_credentials=ClientCredentialsData(client_id="me", client_secret="hunter2")),
        {"type": "Default", "data": {"clientId": "bWU="}},
        {"flowType": "client_credentials"},
    ),
    "jwtbearer": Example(
        {
            "secret": KEY,
            "payload": {"iss": "me", "n": 1.50},
            "algorithm": "HS256",
            "prefix": "Bearer",
            "expiresIn": "1h0m0s",
        },
        CredentialData(
            jwt=JwtData(
                algorithm="HS256",
                payload_json='{"iss":"me","n":1.5}',
                auto_generate_time_claims=True,
                private_key=KEY,
            )
        ),
        {"type": "Default", "data": {"algorithm": "SFMyNTY=", "payload": base_64('{"iss":"me","n":1.5}')}},
        {},
    ),
}
each_type = pytest.mark.parametrize("auth_type", EXAMPLES)


def shown_app(app_id: str, organisation: str = ORGANISATION, **members: Any) -> dict[str, Any]:
    """An app of `new_app` as Versori shows it."""
    times = {"createdAt": TIME, "updatedAt": TIME}
    return {
        "id": app_id,
        "orgId": organisation,
        "name": "Store",
        "public": False,
        "server": {"name": "Store", "url": "https://accounts.example"},
        "schemaMetadata": {"type": "openapi", "version": "", "url": ""},
        "supportedAuthConfigs": [
            {
                "type": "oauth2",
                "isValid": True,
                "data": {
                    "flowType": "authorization_code",
                    "authorizationEndpoint": "https://accounts.example/authorize",
                    "tokenEndpoint": "https://accounts.example/token",
                    "clientId": "client",
                    "scopes": {"read": "", "write": ""},
                },
            }
        ],
        "schema": {"id": app_id, "type": "openapi", "version": "", "sourceUrl": "", **times},
        **times,
        **members,
    }


def sent(app_id: str, auth_type: str = "apikey", **members: Any) -> dict[str, Any]:
    """A request that creates a connection."""
    data = EXAMPLES[auth_type].data
    return {"name": "My API Key", "appId": app_id, "authType": auth_type, "data": data, **members}


async def created(api: VendorApi, app_id: str, auth_type: str = "apikey", **members: Any) -> dict[str, Any]:
    connection: dict[str, Any] = await api.request_json("POST", "/connections", json=sent(app_id, auth_type, **members))
    return connection


async def credential_of(deployment: Deployment, connection_id: str) -> Credential:
    return await deployment.credentials.GetCredential(
        GetCredentialRequest(id=uuid_of(connection_id)), metadata=deployment.metadata
    )


@each_type
async def test_a_documented_connection_is_created_and_shown(deployment: Deployment, auth_type: str) -> None:
    api, example = switchboard(deployment), EXAMPLES[auth_type]
    app_id = await new_app(deployment)

    answer = await api.request("POST", "/connections", json=sent(app_id, auth_type))

    assert answer.status_code == 201
    connection = answer.json()
    assert connection == {
        "id": ULID,
        "orgId": ORGANISATION,
        "name": "My API Key",
        "app": shown_app(app_id),
        "authType": auth_type,
        "authConfig": {"type": auth_type, "isValid": True, "data": example.config},
        "credentialId": connection["id"],
        "usedByBoards": [],
    }
    assert await api.request_json("GET", f"/connections/{connection['id']}") == connection
    assert await data_of(deployment, uuid_of(connection["id"])) == example.stored
    assert await api.request_json("GET", f"/credentials/{connection['credentialId']}") == {
        "id": connection["id"],
        "organisationID": ORGANISATION,
        "name": "My API Key",
        "isValid": True,
        "errors": [],
        **example.shown,
    }


async def test_client_credentials_go_to_the_endpoint_of_the_app_for_its_scopes(deployment: Deployment) -> None:
    api = switchboard(deployment)
    connection = await created(api, await new_app(deployment), "oauth2")
    settings = (await credential_of(deployment, connection["id"])).use_settings
    expected = Credential.UseSettings(
        token_url="https://accounts.example/token",
        scopes=["read", "write"],
        audience="https://api.example/&",
        client_authentication=CLIENT_AUTHENTICATION_BODY,
    )
    assert settings == expected

    again = {"name": "new", "data": {"clientId": "me", "clientSecret": "other"}}
    await api.request_json("PUT", f"/connections/{connection['id']}", json=again)

    settings = (await credential_of(deployment, connection["id"])).use_settings
    assert settings == Credential.UseSettings(token_url="https://accounts.example/token", scopes=["read", "write"])


@each_type
async def test_an_update_replaces_name_and_secret(deployment: Deployment, auth_type: str) -> None:
    api = switchboard(deployment)
    connection = await created(api, await new_app(deployment), auth_type)
    new = {**EXAMPLES[auth_type].data}
    secret = next(name for name in ("apiKey", "password", "clientSecret", "secret") if new.get(name))
    new[secret] = f"{KEY}-new"

    answer = await api.request("PUT", f"/connections/{connection['id']}", json={"name": "new", "data": new})

    assert answer.status_code == 200
    assert answer.json() == {**connection, "name": "new"}
    assert f"{KEY}-new" in str(await data_of(deployment, uuid_of(connection["id"])))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": None}, "name is required"),
    "a long name": ({"name": "n" * 256}, "name must be 1 to 255 characters long"),
    "no app": ({"appId": None}, "appId is required"),
    "no type": ({"authType": None}, "authType is required"),
    "another type": (
        {"authType": "hunter2"},
        "authType must be one of apikey, httpBasicAuth, httprefresh, oauth2, jwtbearer",
    ),
    "no data": ({"data": None}, "data is required"),
    "data of the wrong type": ({"data": "hunter2"}, "data must be a JSON object"),
    "no key": ({"data": {"secret": "hunter2"}}, "data.apiKey is required"),
    "a key of the wrong type": ({"data": {"apiKey": 5}}, "data.apiKey must be a string"),
}
REFUSED_DATA: dict[str, tuple[str, dict[str, Any], str]] = {
    "no user": ("httpBasicAuth", {"user": None}, "data.user is required"),
    "a user's name": (
        "oauth2",
        {"username": "anna"},
        "data.username must be absent: the grant with a user's password is not supported",
    ),
    "a user's password": (
        "oauth2",
        {"password": "hunter2"},
        "data.password must be absent: the grant with a user's password is not supported",
    ),
    "a token at once": (
        "oauth2",
        {"issueToken": True},
        "data.issueToken must be false: a token is issued when the connection is first used",
    ),
    "a style": ("oauth2", {"authStyle": 3}, "data.authStyle must be 0, 1 or 2"),
    "another parameter": (
        "oauth2",
        {"additionalParameters": "audience=a&resource=hunter2"},
        "data.additionalParameters must have no other parameter than one audience",
    ),
    "an empty client": ("oauth2", {"clientId": ""}, "data.clientId must not be empty"),
    "a prefix": ("jwtbearer", {"prefix": "Token"}, "data.prefix must be Bearer: signed tokens are sent so"),
    "a duration": ("jwtbearer", {"expiresIn": "5m"}, "data.expiresIn must be 1h: tokens are signed for an hour"),
    "an algorithm": (
        "jwtbearer",
        {"algorithm": "none"},
        "data.algorithm must be one of HS256, HS384, HS512, RS256, RS384, RS512",
    ),
    "a payload": ("jwtbearer", {"payload": "{}"}, "data.payload must be a JSON object"),
}


@pytest.mark.parametrize(("members", "message"), REFUSED.values(), ids=REFUSED)
async def test_bad_members_are_named(deployment: Deployment, members: dict[str, Any], message: str) -> None:
    answer = await switchboard(deployment).request(
        "POST", "/connections", json=sent(await new_app(deployment), **members)
    )

    assert (answer.status_code, answer.json()["message"]) == (400, message)
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(("auth_type", "members", "message"), REFUSED_DATA.values(), ids=REFUSED_DATA)
async def test_data_that_cannot_be_stored_is_named(
    deployment: Deployment, auth_type: str, members: dict[str, Any], message: str
) -> None:
    api, app_id = switchboard(deployment), await new_app(deployment)
    data = {**EXAMPLES[auth_type].data, **members}
    answer = await api.request("POST", "/connections", json=sent(app_id, auth_type, data=data))

    assert (answer.status_code, answer.json()["message"]) == (400, message)
    connection = await created(api, app_id, auth_type)
    answer = await api.request("PUT", f"/connections/{connection['id']}", json={"name": "n", "data": data})
    assert (answer.status_code, answer.json()["message"]) == (400, message)


async def test_an_update_needs_the_data(deployment: Deployment) -> None:
    api = switchboard(deployment)
    connection = await created(api, await new_app(deployment))
    answer = await api.request("PUT", f"/connections/{connection['id']}", json={"name": "new"})

    assert (answer.status_code, answer.json()["message"]) == (400, "data is required")


async def test_a_deleted_connection_is_gone_with_its_credential(deployment: Deployment) -> None:
    api = switchboard(deployment)
    connection = await created(api, await new_app(deployment))
    item = f"/connections/{connection['id']}"

    deleted = await api.request("DELETE", item)

    assert (deleted.status_code, deleted.json()) == (200, {"id": connection["id"]})
    for method, body in (("GET", None), ("PUT", {"name": "n", "data": {"apiKey": "k"}}), ("DELETE", None)):
        answer = await api.request(method, item, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "404110")
    assert (await api.request("GET", f"/credentials/{connection['id']}")).status_code == 404


@pytest.mark.parametrize("connection_id", [UNKNOWN_ID, "no-id", "019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11"])
async def test_an_unknown_connection_is_not_found(deployment: Deployment, connection_id: str) -> None:
    api = switchboard(deployment)
    for method, body in (("GET", None), ("PUT", {"name": "n", "data": {}}), ("DELETE", None)):
        answer = await api.request(method, f"/connections/{connection_id}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "404110")


async def test_connections_and_apps_of_other_surfaces_are_not_shown(deployment: Deployment) -> None:
    organisation, key = await another_organisation(deployment)
    api = switchboard(deployment, key, organisation)
    native = await new_app(deployment, key, connection_surface=SURFACE_NATIVE)

    assert await api.request_json("GET", "/apps") == {"items": [], "totalCount": 0}
    assert (await api.request("GET", f"/apps/{native}")).json()["message"] == "there is no such app"
    for path, body in (("/connections", sent(native)), ("/connection-init", {"appId": native, "authType": "oauth2"})):
        answer = await api.request("POST", path, json=body)
        assert (answer.status_code, answer.json()["message"]) == (404, "there is no such app")


async def test_another_organisation_in_the_path_is_refused(deployment: Deployment) -> None:
    _, key = await another_organisation(deployment)
    app_id = await new_app(deployment)
    api = switchboard(deployment, key)
    for method, path, body in (
        ("POST", "/connections", sent(app_id)),
        ("GET", "/connections", None),
        ("GET", f"/connections/{UNKNOWN_ID}", None),
        ("PUT", f"/connections/{UNKNOWN_ID}", {"name": "n", "data": {}}),
        ("DELETE", f"/connections/{UNKNOWN_ID}", None),
        ("GET", "/connected-apps", None),
        ("GET", "/apps", None),
        ("GET", f"/apps/{app_id}", None),
        ("POST", "/connection-init", {"appId": app_id, "authType": "apikey"}),
    ):
        answer = await api.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "403005"), path


ROLES = {"writer": ROLE_WRITER, "reader": ROLE_READER, "invoker": ROLE_INVOKER}


@pytest.mark.parametrize("role", ROLES)
async def test_a_key_needs_the_role_of_each_operation(deployment: Deployment, role: str) -> None:
    app_id = await new_app(deployment)
    connection = await created(switchboard(deployment), app_id)
    [(_, authorization)] = await key_of(deployment, ROLES[role])
    api = switchboard(deployment, authorization.removeprefix("Bearer "))
    item = f"/connections/{connection['id']}"
    outcomes = {
        name: (await api.request(method, path, json=body)).status_code
        for name, method, path, body in (
            ("create", "POST", "/connections", sent(app_id)),
            ("init", "POST", "/connection-init", {"appId": app_id, "authType": "apikey"}),
            ("list", "GET", "/connections", None),
            ("get", "GET", item, None),
            ("connected apps", "GET", "/connected-apps", None),
            ("apps", "GET", "/apps", None),
            ("app", "GET", f"/apps/{app_id}", None),
            ("update", "PUT", item, {"name": "n", "data": {"apiKey": "k"}}),
            ("delete", "DELETE", item, None),
        )
    }

    reads = ("init", "list", "get", "connected apps", "apps", "app")
    allowed = {"writer": outcomes.keys(), "reader": reads, "invoker": ()}[role]
    assert {name for name, status in outcomes.items() if status < 300} == set(allowed)
    assert {status for name, status in outcomes.items() if name not in allowed} <= {403}


@pytest.mark.parametrize("auth_type", ["oauth2", "jwtbearer"])
async def test_the_credentials_api_does_not_change_what_only_connections_store(
    deployment: Deployment, auth_type: str
) -> None:
    api = switchboard(deployment)
    connection = await created(api, await new_app(deployment), auth_type)
    item = f"/credentials/{connection['credentialId']}"
    body = {"name": "n", "type": "Default", "data": {"k": base_64("v")}}

    answer = await api.request("PUT", item, json=body)

    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "data must not change: only the connections API changes it",
    )
    assert await api.request_json("GET", f"/connections/{connection['id']}") == connection
    assert await api.request_json("DELETE", item) == {"id": connection["id"]}
    assert (await api.request("GET", f"/connections/{connection['id']}")).status_code == 404


async def test_lists_are_sorted_and_divided_into_pages(deployment: Deployment) -> None:
    organisation, key = await another_organisation(deployment)
    api = switchboard(deployment, key, organisation)
    first, second = await new_app(deployment, key), await new_app(deployment, key, display_name="Other")
    await new_app(deployment, key, display_name="Not connected")
    made = [
        await created(api, app_id, name=name)
        for app_id, name in ((first, "b"), (second, "c"), (first, "a"), (first, "b"))
    ]
    by_id = sorted(each["id"] for each in made)
    names = {each["id"]: each["name"] for each in made}

    async def pages(path: str, way: str = "next", **query: Any) -> list[list[str]]:
        """The ids of all pages, from the first or from the last one."""
        cursor: dict[str, str] = {}
        found: list[list[str]] = []
        while True:
            page = await api.request_json("GET", path, params={**query, **cursor})
            assert page["totalCount"] == {"/connections": 4, "/connected-apps": 2, "/apps": 3}[path]
            found.append([each.get("id") or each["app"]["id"] for each in page["items"]])
            if way not in page:
                return found
            cursor = {"after" if way == "next" else "before": page[way]}

    assert await pages("/connections") == [by_id]
    assert await pages("/connections", first=2) == [by_id[:2], by_id[2:]]
    assert await pages("/connections", first=3, sort="id:desc") == [by_id[:0:-1], by_id[:1]]
    by_name = sorted(by_id, key=lambda each: names[each])
    assert await pages("/connections", first=1, sort="name:asc") == [[each] for each in by_name]
    last = await api.request_json("GET", "/connections", params={"first": 3, "sort": "name:asc"})
    end = await api.request_json("GET", "/connections", params={"first": 3, "sort": "name:asc", "after": last["next"]})
    assert [each["id"] for each in end["items"]] == by_name[3:]
    query = {"first": 2, "sort": "name:asc", "before": end["prev"]}
    back = await api.request_json("GET", "/connections", params=query)
    assert [each["id"] for each in back["items"]] == by_name[1:3]
    assert "prev" in back
    assert "next" in back
    of_app = await api.request_json("GET", "/connections", params={"appId": second})
    assert [each["name"] for each in of_app["items"]] == ["c"]
    assert of_app["totalCount"] == 1
    assert await pages("/connected-apps", sort="name:asc") == [[second, first]]
    assert await pages("/connected-apps", first=1) == [[first], [second]]
    assert len((await pages("/apps", sort="createdAt:desc"))[0]) == 3
    shown = await api.request_json("GET", "/connected-apps", params={"first": 1})
    assert shown["items"][0] == {
        "app": shown_app(first, organisation),
        "connections": [{"id": each, "name": names[each]} for each in by_id if names[each] != "c"],
    }


UNKNOWN_FIELD = (
    "sort must name fields of id, name, orgId, credentialId, app, authType, authConfig, usedByBoards, each once with :asc or "
    ":desc, such as name:asc,id:desc"
)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"sort": "name"}, UNKNOWN_FIELD),
        ({"after": "hunter2"}, "the page token does not belong to this list"),
        ({"after": "a", "before": "b"}, "before must not be sent together with after"),
        ({"first": "0"}, "first must be an integer, at least 1"),
    ],
)
async def test_a_bad_query_is_named(deployment: Deployment, query: dict[str, str], message: str) -> None:
    answer = await switchboard(deployment).request("GET", "/connections", params=query)

    assert (answer.status_code, answer.json()["message"]) == (400, message)


async def test_a_cursor_is_valid_only_with_its_sort_and_after_its_item_is_deleted(deployment: Deployment) -> None:
    organisation, key = await another_organisation(deployment)
    api, app_id = switchboard(deployment, key, organisation), await new_app(deployment, key)
    made = sorted([(await created(api, app_id))["id"] for _ in range(3)])
    page = await api.request_json("GET", "/connections", params={"first": 1})
    await api.request_json("DELETE", f"/connections/{made[0]}")

    rest = await api.request_json("GET", "/connections", params={"after": page["next"]})
    other = await api.request("GET", "/connections", params={"after": page["next"], "sort": "id:desc"})

    assert [each["id"] for each in rest["items"]] == made[1:]
    assert other.status_code == 400


async def test_a_repeated_request_creates_one_connection(deployment: Deployment) -> None:
    api, app_id = switchboard(deployment), await new_app(deployment)
    headers = {"Idempotency-Key": "a-request"}
    answers = [await api.request("POST", "/connections", json=sent(app_id), headers=headers) for _ in range(2)]
    item = f"/connections/{answers[0].json()['id']}"
    deletions = [await api.request("DELETE", item, headers={"Idempotency-Key": "a-deletion"}) for _ in range(2)]

    assert [answer.status_code for answer in (*answers, *deletions)] == [201, 201, 200, 200]
    assert answers[0].json() == answers[1].json()
    assert deletions[0].json() == deletions[1].json()


@pytest.mark.parametrize("auth_type", [*EXAMPLES, "oidc"])
async def test_without_consent_connection_init_asks_for_the_data(deployment: Deployment, auth_type: str) -> None:
    app_id = await new_app(deployment, grant_type="client_credentials")
    answer = await switchboard(deployment).request(
        "POST", "/connection-init", json={"appId": app_id, "authType": auth_type}
    )

    assert answer.status_code == 200
    assert "Strongroom-Session-Id" not in answer.headers
    action = answer.json()["action"]
    schema = action["form"]["schema"]
    assert answer.json() == {"action": {"form": {"schema": schema}}}
    validator = Draft202012Validator(schema)
    data = EXAMPLES["oauth2" if auth_type == "oidc" else auth_type].data
    assert validator.is_valid(data)
    assert not validator.is_valid({})


async def test_connections_of_versori_alone_have_their_secret_sent(deployment: Deployment) -> None:
    native = uuid_of(await new_app(deployment, connection_surface=SURFACE_NATIVE))
    data = {"data": {"raw": {"value": b"hunter2"}}}
    stub = stub_of(deployment)

    async def create(app_id: str, **credential: Any) -> str:
        request = CreateConnectionRequest(app_id=app_id, user="u", credential=Credential(**credential))
        [(field, rule)] = (await refused(stub.CreateConnection(request, metadata=deployment.metadata))).fields.items()
        return f"{field} {rule}"

    assert await create(native, **data) == "app_id must be an app whose connection_surface is SURFACE_VERSORI"
    assert await create(native) == "credential.data must be one of raw, basic_auth, client_credentials, jwt"
    assert (await create(native, surface=SURFACE_NATIVE, **data)).startswith("credential.surface must be unset")


async def test_a_connection_whose_credential_became_another_type_gets_its_own_back(deployment: Deployment) -> None:
    api = switchboard(deployment)
    connection = await created(api, await new_app(deployment))
    body = {"name": "My API Key", "type": "Default", "data": {"k": base_64("v")}}
    await api.request_json("PUT", f"/credentials/{connection['id']}", json=body)
    assert await api.request_json("GET", f"/connections/{connection['id']}") == connection

    body = {"name": "My API Key", "data": {"apiKey": "new"}}
    assert await api.request_json("PUT", f"/connections/{connection['id']}", json=body) == connection

    assert await data_of(deployment, uuid_of(connection["id"])) == CredentialData(raw=RawData(value=b"new"))


@pytest.mark.parametrize("path", ["/apps", "/connected-apps"])
async def test_a_bad_query_of_a_list_of_apps_is_named(deployment: Deployment, path: str) -> None:
    api = switchboard(deployment)
    names = "sort must name fields of id, name, createdAt, updatedAt, each once with :asc or :desc, such as name:asc,id:desc"
    for query, message in (
        ({"after": "hunter2"}, "after must be a cursor of a page with the same sort"),
        ({"before": "W10="}, "before must be a cursor of a page with the same sort"),
        ({"sort": "id"}, names),
    ):
        answer = await api.request("GET", path, params=query)
        assert (answer.status_code, answer.json()["message"]) == (400, message)


async def test_a_key_that_must_not_see_the_app_sees_its_id(deployment: Deployment) -> None:
    connection = await created(switchboard(deployment), await new_app(deployment))
    scope = Scope(credential_ids=[uuid_of(connection["id"])])
    [(_, authorization)] = await key_of(deployment, ROLE_READER, scope=scope)
    api = switchboard(deployment, authorization.removeprefix("Bearer "))

    shown = await api.request_json("GET", f"/connections/{connection['id']}")
    listed = await api.request_json("GET", "/connections")

    assert (shown["id"], shown["app"]["id"]) == (connection["id"], connection["app"]["id"])
    assert (shown["app"]["name"], shown["app"]["server"]) == ("", {"name": "", "url": ""})
    assert listed == {"items": [shown], "totalCount": 1}
    assert await api.request_json("GET", "/connected-apps") == {"items": [], "totalCount": 0}


async def test_a_forged_row_gives_an_update_no_endpoint(deployment: Deployment) -> None:
    api = switchboard(deployment)
    connection = await created(api, await new_app(deployment), "oauth2")
    forged = Credential.UseSettings(token_url="https://attacker.example/")
    async with deployment.sql() as sql:
        await sql.execute(
            "update credentials set use_settings = $1 where id = $2",
            forged.SerializeToString(),
            uuid_of(connection["id"]),
        )
    body = {"name": "n", "data": {"clientId": "me", "clientSecret": "new"}}
    answer = await api.request("PUT", f"/connections/{connection['id']}", json=body)

    assert (answer.status_code, answer.json()["extensions"]["reason"]) == (500, "SEAL_BROKEN")


async def test_a_new_connection_is_an_event(deployment: Deployment) -> None:
    connection = await created(switchboard(deployment), app_id := await new_app(deployment))
    async with deployment.sql() as sql:
        data = await sql.fetchval(
            "select data_json from events where event_type = 'connection.created' and data_json like $1",
            f"%{uuid_of(connection['id'])}%",
        )

    assert json.loads(data) == {
        "connection_id": uuid_of(connection["id"]),
        "app_id": uuid_of(app_id),
        "user": "switchboard",
    }


ORDER_RULE = "must be fields of id, name, each once, with or without desc, with commas between"


async def test_a_bad_order_of_a_list_of_connections_is_named(deployment: Deployment) -> None:
    stub = stub_of(deployment)
    for fields, violation in (
        ({"order_by": "variant"}, {"order_by": ORDER_RULE}),
        ({"order_by": "user"}, {"order_by": ORDER_RULE}),
        (
            {"page_token": "a", "before_page_token": "b"},
            {"before_page_token": "must be empty where page_token is set"},
        ),
        ({"surface": 99}, {"surface": "must be a value of Surface"}),
    ):
        request = ListConnectionsRequest(**fields)
        assert (await refused(stub.ListConnections(request, metadata=deployment.metadata))).fields == violation


async def test_an_update_of_a_connection_names_only_its_own_fields(deployment: Deployment) -> None:
    connection = await created(switchboard(deployment), await new_app(deployment))
    stub = stub_of(deployment)
    for paths, data, field in (
        ([], CredentialData(), "update_mask"),
        (["labels"], CredentialData(), "update_mask"),
        (["data"], CredentialData(text=TextData(value="hunter2")), "credential.data"),
    ):
        request = UpdateConnectionRequest(
            id=uuid_of(connection["id"]), credential=Credential(data=data), update_mask=FieldMask(paths=paths)
        )
        refusal = await refused(stub.UpdateConnection(request, metadata=deployment.metadata))
        assert list(refusal.fields) == [field]
        assert "hunter2" not in refusal.message
