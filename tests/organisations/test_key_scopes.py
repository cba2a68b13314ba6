"""API keys store, show, grant and widen scopes, and work only from the networks of their scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest
from msgspec import structs
from rpc.calls import bearer, change_key, key_of, listed, make_key, other_organisation, refused, revoke_key
from rpc.test_token_callers import PEM, read_key, signed, write_key

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES, SURFACE_VERSORI
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_WRITER,
    ApiKey,
    GetApiKeyRequest,
    ListApiKeysRequest,
    Scope,
)
from strongroom_server.sealing import key_files, signatures

if TYPE_CHECKING:
    from conftest import Deployment

ONE = "0199e5b0-7c1a-7000-8000-000000000001"
OTHER = "0199e5b0-7c1a-7000-8000-000000000002"
LOCAL = Scope(networks=["127.0.0.0/8"])
ELSEWHERE = Scope(networks=["10.0.0.0/8", "2001:db8::/32"])
SCOPE = Scope(
    credential_ids=[ONE, OTHER],
    folder_ids=[3, 4],
    surfaces=[SURFACE_NATIVE, SURFACE_TINES],
    networks=["127.0.0.0/8", "::1/128"],
)


async def got_key(deployment: Deployment, key_id: str) -> ApiKey:
    return await deployment.organisations.GetApiKey(GetApiKeyRequest(id=key_id), metadata=deployment.metadata)


async def test_a_key_shows_its_scope_when_it_is_created_read_listed_and_changed(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_READER, scope=SCOPE)
    assert key.scope == SCOPE
    assert (await got_key(deployment, key.id)).scope == SCOPE
    page = await deployment.organisations.ListApiKeys(ListApiKeysRequest(page_size=500), metadata=deployment.metadata)
    assert next(each.scope for each in page.api_keys if each.id == key.id) == SCOPE
    renamed = await change_key(deployment, key.id, "display_name", display_name="n")
    assert renamed.scope == SCOPE
    assert (await change_key(deployment, key.id, "scope", scope=LOCAL)).scope == LOCAL
    assert not (await change_key(deployment, key.id, "scope")).HasField("scope")
    assert (await read_key(deployment, key.id)).scope == b""


async def test_equal_values_are_stored_once_and_networks_in_one_form(deployment: Deployment) -> None:
    scope = Scope(credential_ids=[OTHER, ONE.upper(), ONE], networks=["::1", "10.0.0.1", "10.0.0.1/32"])
    key = await make_key(deployment, ROLE_READER, scope=scope)
    assert key.scope == Scope(credential_ids=[ONE, OTHER], networks=["10.0.0.1/32", "::1/128"])


async def test_an_empty_scope_limits_nothing(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_ADMIN, ROLE_READER, scope=Scope())
    assert not key.HasField("scope")
    await listed(deployment, by=bearer(key.key))


@pytest.mark.parametrize(
    ("roles", "scope", "field"),
    [
        ([ROLE_READER], Scope(credential_ids=["17"]), "api_key.scope.credential_ids[0]"),
        ([ROLE_READER], Scope(folder_ids=[0]), "api_key.scope.folder_ids[0]"),
        ([ROLE_READER], Scope(surfaces=[0]), "api_key.scope.surfaces[0]"),  # type: ignore[list-item]
        ([ROLE_READER], Scope(networks=["10.0.0.1/8"]), "api_key.scope.networks[0]"),
        ([ROLE_READER, ROLE_ADMIN], Scope(folder_ids=[3]), "api_key.roles"),
        ([ROLE_OPERATOR], Scope(surfaces=[SURFACE_NATIVE]), "api_key.roles"),
    ],
)
async def test_a_scope_that_breaks_a_rule_names_the_field(
    deployment: Deployment, roles: list[Any], scope: Scope, field: str
) -> None:
    refusal = await refused(make_key(deployment, *roles, scope=scope))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", [field])
    key = await make_key(deployment, *roles)
    refusal = await refused(change_key(deployment, key.id, "scope", scope=scope))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", [field])


async def test_a_key_with_a_scope_of_credentials_does_not_become_an_admin(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_READER, scope=Scope(folder_ids=[3]))
    refusal = await refused(change_key(deployment, key.id, "roles", roles=[ROLE_ADMIN]))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["api_key.roles"])
    both = await change_key(deployment, key.id, "roles", "scope", roles=[ROLE_ADMIN], scope=LOCAL)
    assert (list(both.roles), both.scope) == ([ROLE_ADMIN], LOCAL)


async def test_a_key_limited_to_networks_grants_only_keys_within_them(deployment: Deployment) -> None:
    by = await key_of(deployment, ROLE_ADMIN, grantable_roles=[ROLE_READER], scope=LOCAL)
    for scope in (None, ELSEWHERE, Scope(folder_ids=[3]), Scope(networks=["127.0.0.0/8", "10.0.0.0/8"])):
        refusal = await refused(make_key(deployment, ROLE_READER, by=by, scope=scope))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "GRANT_NOT_ALLOWED")
        assert list(refusal.fields) == ["api_key.scope.networks"]
    narrower = Scope(folder_ids=[3], networks=["127.0.0.1/32"])
    assert (await make_key(deployment, ROLE_READER, by=by, scope=narrower)).scope == narrower


async def test_a_key_narrows_its_own_scope_and_never_widens_it(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_ADMIN, scope=LOCAL)
    by = bearer(key.key)
    for wider in (None, Scope(networks=["127.0.0.0/8", "10.0.0.0/8"]), Scope(networks=["0.0.0.0/0"])):
        refusal = await refused(change_key(deployment, key.id, "scope", by=by, scope=wider))
        assert refusal.reason == "GRANT_NOT_ALLOWED"
        assert refusal.fields == {"api_key.scope.networks": "must not be wider than before: no key widens itself"}
    narrower = Scope(networks=["127.0.0.1/32"])
    assert (await change_key(deployment, key.id, "scope", by=by, scope=narrower)).scope == narrower


async def test_a_limited_key_changes_only_keys_of_its_networks_and_keeps_them_there(deployment: Deployment) -> None:
    by = await key_of(deployment, ROLE_ADMIN, grantable_roles=[ROLE_READER], scope=LOCAL)
    beyond = await make_key(deployment, ROLE_READER, scope=ELSEWHERE)
    refusal = await refused(change_key(deployment, beyond.id, "display_name", by=by, display_name="n"))
    assert (refusal.reason, list(refusal.fields)) == ("GRANT_NOT_ALLOWED", ["id"])
    within = await make_key(deployment, ROLE_READER, scope=Scope(folder_ids=[3], networks=["127.0.0.1/32"]))
    refusal = await refused(change_key(deployment, within.id, "scope", by=by, scope=Scope(folder_ids=[3])))
    assert (refusal.reason, list(refusal.fields)) == ("GRANT_NOT_ALLOWED", ["api_key.scope.networks"])
    await change_key(deployment, within.id, "scope", by=by, scope=LOCAL)


async def test_every_field_of_a_scope_may_be_widened_by_a_key_without_a_scope(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_READER, scope=SCOPE)
    by = await key_of(deployment, ROLE_ADMIN, grantable_roles=[ROLE_READER])
    assert not (await change_key(deployment, key.id, "scope", by=by)).HasField("scope")


async def test_a_key_works_only_from_its_networks_over_both_protocols_and_at_once(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_READER, scope=LOCAL)
    by, headers = bearer(key.key), {"Authorization": f"Bearer {key.key}"}
    path = "/api/v1/user_credentials"
    await listed(deployment, by=by)
    assert (await deployment.http.get(path, headers=headers)).status_code == 200
    await change_key(deployment, key.id, "scope", scope=ELSEWHERE)
    refusal = await refused(listed(deployment, by=by))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "NETWORK_NOT_ALLOWED")
    assert (await deployment.http.get(path, headers=headers)).status_code == 403


async def test_the_network_of_a_wrong_secret_is_not_what_is_answered(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_READER, scope=ELSEWHERE)
    assert (await refused(listed(deployment, by=bearer(f"{key.key}x")))).reason == "API_KEY_INVALID"


async def test_tokens_of_a_key_have_its_scope(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_READER, jwt_public_key=PEM, scope=ELSEWHERE)
    assert (await refused(listed(deployment, by=signed(key.id, exp=4_000_000_000)))).reason == "NETWORK_NOT_ALLOWED"


async def test_a_key_limited_to_networks_counts_as_an_admin_key(deployment: Deployment) -> None:
    _, by = await other_organisation(deployment)
    limited = await make_key(deployment, ROLE_ADMIN, by=by, grantable_roles=[ROLE_ADMIN], scope=ELSEWHERE)
    page = await deployment.organisations.ListApiKeys(ListApiKeysRequest(), metadata=by)
    own_id = by[0][1].split("_")[1]
    others = [each.id for each in page.api_keys if each.id not in (limited.id, own_id)]
    for key_id in (*others, own_id):
        assert (await revoke_key(deployment, key_id, by)).HasField("revoke_time")


async def test_a_row_of_the_earlier_format_works_and_gets_a_scope_with_its_next_change(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_READER, ROLE_WRITER)
    admin = (await key_files.load(deployment.settings.keys_dir, opens=True)).admin
    assert admin
    row = structs.replace(await read_key(deployment, key.id), signature_format=3)
    old = structs.replace(row, signature=signatures.sign(admin.secret_key, row))
    await write_key(deployment, old)
    await listed(deployment, by=bearer(key.key))
    # The earlier format does not sign a scope.
    forged = structs.replace(
        old, scope=(await read_key(deployment, (await make_key(deployment, ROLE_READER, scope=SCOPE)).id)).scope
    )
    await write_key(deployment, forged)
    assert (await refused(listed(deployment, by=bearer(key.key)))).reason == "API_KEY_INVALID"
    await write_key(deployment, old)
    assert (await change_key(deployment, key.id, "scope", scope=Scope(surfaces=[SURFACE_VERSORI]))).scope
    assert (await read_key(deployment, key.id)).signature_format == 4
    assert await listed(deployment, by=bearer(key.key)) == []


@pytest.mark.parametrize("column", ["scope = ''", "scope = '\\x9400'", "scope = '', signature_format = 3"])
async def test_a_key_whose_scope_was_changed_in_the_database_authenticates_nobody(
    deployment: Deployment, column: str
) -> None:
    key = await make_key(deployment, ROLE_READER, scope=SCOPE)
    async with deployment.sql() as sql:
        await sql.execute(f"update api_keys set {column} where id = $1", key.id)
    assert (await refused(listed(deployment, by=bearer(key.key)))).reason == "API_KEY_INVALID"
