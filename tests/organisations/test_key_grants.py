"""An API key gives other keys only rights that it may grant, and never widens its own rights."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from msgspec import structs
from rpc.calls import Metadata, Refusal, bearer, change_key, key_of, make_key, refused, revoke_key
from rpc.test_token_callers import PEM, read_key, signed, write_key

from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_INVOKER,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    ApiKey,
    CreateOrganisationRequest,
    CreateTeamRequest,
    GetApiKeyRequest,
    ListApiKeysRequest,
    Organisation,
    Team,
)
from strongroom_server.sealing import key_files, signatures

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from conftest import Deployment

ALL_BUT_OPERATOR = [ROLE_WRITER, ROLE_READER, ROLE_USER, ROLE_ADMIN, ROLE_INVOKER]
EVERY_ROLE = sorted([*ALL_BUT_OPERATOR, ROLE_OPERATOR])
TWO_TEAMS = [1, 2]


SOON, LATER, LATEST, NEVER = (Timestamp(seconds=seconds * 1_000_000_000) for seconds in (4, 5, 6, 7))


async def denied(call: Awaitable[ApiKey]) -> Refusal:
    """The error of a grant that is refused."""
    refusal = await refused(call)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "GRANT_NOT_ALLOWED")
    return refusal


async def got_key(deployment: Deployment, key_id: str) -> ApiKey:
    return await deployment.organisations.GetApiKey(GetApiKeyRequest(id=key_id), metadata=deployment.metadata)


async def test_a_key_that_expires_creates_only_keys_that_expire_no_later(deployment: Deployment) -> None:
    by = await key_of(deployment, ROLE_ADMIN, grantable_roles=[ROLE_READER], expire_time=LATER)
    for expiry in ({}, {"expire_time": LATEST}):
        refusal = await denied(make_key(deployment, ROLE_READER, by=by, **expiry))
        assert list(refusal.fields) == ["api_key.expire_time"]
        assert "must be set, to at most the caller's own" in refusal.message
    made = await make_key(deployment, ROLE_READER, by=by, expire_time=LATER)
    assert made.expire_time == LATER


async def test_a_key_grants_only_its_grantable_roles(deployment: Deployment) -> None:
    by = await key_of(deployment, ROLE_ADMIN, grantable_roles=[ROLE_READER, ROLE_WRITER])
    await make_key(deployment, ROLE_READER, ROLE_WRITER, by=by)
    for roles in ([ROLE_USER], [ROLE_READER, ROLE_USER], [ROLE_ADMIN], [ROLE_OPERATOR]):
        refusal = await denied(make_key(deployment, *roles, by=by))
        assert refusal.fields == {
            "api_key.roles": "must be among the caller's grantable_roles: ROLE_WRITER, ROLE_READER"
        }


async def test_a_key_that_may_grant_user_may_grant_invoker_too(deployment: Deployment) -> None:
    by = await key_of(deployment, ROLE_ADMIN, grantable_roles=[ROLE_USER, ROLE_ADMIN])
    made = await make_key(deployment, ROLE_INVOKER, by=by)
    assert list(made.roles) == [ROLE_INVOKER]
    made = await make_key(deployment, ROLE_ADMIN, by=by, grantable_roles=[ROLE_INVOKER])
    await make_key(deployment, ROLE_INVOKER, by=bearer(made.key))
    # Not the other way round.
    await denied(make_key(deployment, ROLE_USER, by=bearer(made.key)))
    other = await key_of(deployment, ROLE_ADMIN, grantable_roles=[ROLE_READER, ROLE_WRITER])
    await denied(make_key(deployment, ROLE_INVOKER, by=other))


async def test_an_admin_key_without_grantable_roles_manages_teams_but_creates_no_keys(deployment: Deployment) -> None:
    made = await make_key(deployment, ROLE_ADMIN)
    assert list(made.grantable_roles) == []
    by = bearer(made.key)
    for role in EVERY_ROLE:
        await denied(make_key(deployment, role, by=by))
    await deployment.organisations.CreateTeam(CreateTeamRequest(team=Team(name="managed")), metadata=by)


async def test_a_new_key_may_grant_only_roles_that_its_creator_may_grant(deployment: Deployment) -> None:
    by = await key_of(deployment, ROLE_ADMIN, grantable_roles=[ROLE_ADMIN, ROLE_READER])
    refusal = await denied(make_key(deployment, ROLE_ADMIN, by=by, grantable_roles=[ROLE_READER, ROLE_USER]))
    assert list(refusal.fields) == ["api_key.grantable_roles"]
    second = await make_key(deployment, ROLE_ADMIN, by=by, grantable_roles=[ROLE_READER])
    await make_key(deployment, ROLE_READER, by=bearer(second.key))
    await denied(make_key(deployment, ROLE_ADMIN, by=bearer(second.key)))


async def test_the_first_key_of_an_organisation_grants_every_role_but_operator(deployment: Deployment) -> None:
    made = await deployment.organisations.CreateOrganisation(
        CreateOrganisationRequest(organisation=Organisation(id="first-grants")), metadata=deployment.metadata
    )
    by = bearer(made.api_key.key)
    assert list(made.api_key.grantable_roles) == ALL_BUT_OPERATOR
    key = await make_key(deployment, *ALL_BUT_OPERATOR, by=by, grantable_roles=ALL_BUT_OPERATOR)
    assert list(key.grantable_roles) == ALL_BUT_OPERATOR
    await denied(make_key(deployment, ROLE_OPERATOR, by=by))


async def test_the_bootstrap_key_grants_operator_too(deployment: Deployment) -> None:
    assert list((await got_key(deployment, "bootstrap")).grantable_roles) == EVERY_ROLE
    by = await key_of(deployment, ROLE_ADMIN, ROLE_OPERATOR, grantable_roles=EVERY_ROLE)
    await make_key(deployment, ROLE_OPERATOR, by=by)


async def test_a_new_key_with_contradictory_fields_is_refused_with_a_violation_per_field(
    deployment: Deployment,
) -> None:
    cases: list[tuple[list[Any], dict[str, Any], str]] = [
        ([ROLE_READER], {"grantable_roles": [ROLE_READER]}, "api_key.grantable_roles"),
        ([ROLE_ADMIN], {"grantable_roles": [ROLE_OPERATOR]}, "api_key.grantable_roles"),
        ([ROLE_ADMIN], {"grantable_roles": [ROLE_READER, 99]}, "api_key.grantable_roles[1]"),
        ([ROLE_ADMIN], {"grantable_roles": [0]}, "api_key.grantable_roles[0]"),
        ([ROLE_READER], {"jwt_audience": "a"}, "api_key.jwt_audience"),
        ([ROLE_READER], {"max_token_age": {"seconds": 60}}, "api_key.max_token_age"),
        ([ROLE_READER], {"jwt_public_key": PEM, "jwt_audience": "a" * 256}, "api_key.jwt_audience"),
    ]
    cases += [
        ([ROLE_READER], {"jwt_public_key": PEM, "max_token_age": age}, "api_key.max_token_age")
        for age in ({}, {"seconds": -1}, {"seconds": 1, "nanos": 1}, {"seconds": 366 * 86_400 + 1})
    ]
    for roles, fields, path in cases:
        refusal = await refused(make_key(deployment, *roles, **fields))
        assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", [path])


async def narrow_key(deployment: Deployment) -> ApiKey:
    """An admin key with every limit that a key can have, created by a key that may grant everything."""
    return await make_key(
        deployment,
        ROLE_ADMIN,
        ROLE_READER,
        grantable_roles=[ROLE_ADMIN, ROLE_READER, ROLE_USER],
        team_ids=TWO_TEAMS,
        expire_time=LATER,
    )


WIDER: list[dict[str, Any]] = [
    # A role that it may only grant.
    {"roles": [ROLE_ADMIN, ROLE_READER, ROLE_USER]},
    {"roles": [ROLE_ADMIN, ROLE_WRITER]},
    {"grantable_roles": [ROLE_ADMIN, ROLE_READER, ROLE_USER, ROLE_WRITER]},
    {"team_ids": []},
    {"expire_time": None},
    {"expire_time": LATEST},
]
NARROWER: list[dict[str, Any]] = [
    {"roles": [ROLE_ADMIN]},
    {"grantable_roles": [ROLE_USER]},
    {"grantable_roles": []},
    {"team_ids": [2]},
    {"expire_time": SOON},
    {"display_name": "renamed"},
]


@pytest.mark.parametrize("fields", WIDER, ids=range(len(WIDER)))
async def test_no_key_widens_itself(deployment: Deployment, fields: dict[str, Any]) -> None:
    key = await narrow_key(deployment)
    refusal = await denied(change_key(deployment, key.id, *fields, by=bearer(key.key), **fields))
    assert refusal.fields == {
        f"api_key.{name}": "must not be wider than before: no key widens itself" for name in fields
    }
    assert (await got_key(deployment, key.id)).etag == key.etag


@pytest.mark.parametrize("fields", NARROWER, ids=range(len(NARROWER)))
async def test_a_key_may_narrow_itself(deployment: Deployment, fields: dict[str, Any]) -> None:
    key = await narrow_key(deployment)
    changed = await change_key(deployment, key.id, *fields, by=bearer(key.key), **fields)
    assert changed == await got_key(deployment, key.id)
    assert changed.etag != key.etag


async def test_a_key_does_not_relax_the_rules_for_its_own_tokens(deployment: Deployment) -> None:
    key = await make_key(
        deployment,
        ROLE_ADMIN,
        grantable_roles=[ROLE_READER],
        jwt_public_key=PEM,
        jwt_audience="a",
        max_token_age={"seconds": 60},
    )
    by = signed(key.id, aud="a", exp=int(time.time()) + 50)
    looser: list[dict[str, Any]] = [
        {"jwt_audience": "b"},
        {"jwt_audience": ""},
        {"max_token_age": {"seconds": 61}},
        {"max_token_age": None},
    ]
    for fields in looser:
        assert list((await denied(change_key(deployment, key.id, *fields, by=by, **fields))).fields) == [
            f"api_key.{name}" for name in fields
        ]
    await change_key(deployment, key.id, "max_token_age", by=by, max_token_age={"seconds": 59})
    changed = await change_key(deployment, key.id, "jwt_audience", "max_token_age")
    assert (changed.jwt_audience, changed.HasField("max_token_age")) == ("", False)


async def test_a_key_gives_another_key_only_rights_that_it_may_grant(deployment: Deployment) -> None:
    by = await key_of(deployment, ROLE_ADMIN, grantable_roles=[ROLE_READER, ROLE_USER], expire_time=LATER)
    key = await make_key(deployment, ROLE_READER)
    wider: list[dict[str, Any]] = [{"roles": [ROLE_WRITER]}, {"roles": [ROLE_ADMIN]}]
    for fields in wider:
        assert list((await denied(change_key(deployment, key.id, *fields, by=by, **fields))).fields) == [
            "api_key.roles"
        ]
    # Rights that stay or become narrower need no grant.
    await change_key(deployment, key.id, "roles", "display_name", by=by, roles=[ROLE_USER], display_name="n")
    await change_key(deployment, key.id, "expire_time", by=by, expire_time=NEVER)
    await change_key(deployment, key.id, "expire_time", by=by, expire_time=LATEST)
    for expiry in ({}, {"expire_time": NEVER}):
        refusal = await denied(change_key(deployment, key.id, "expire_time", by=by, **expiry))
        assert list(refusal.fields) == ["api_key.expire_time"]


async def test_a_key_with_more_rights_than_the_caller_may_grant_cannot_be_changed(deployment: Deployment) -> None:
    by = await key_of(deployment, ROLE_ADMIN, grantable_roles=[ROLE_ADMIN, ROLE_READER])
    beyond = [
        await make_key(deployment, ROLE_WRITER),
        await make_key(deployment, ROLE_ADMIN, grantable_roles=[ROLE_WRITER]),
    ]
    for key in beyond:
        refusal = await denied(change_key(deployment, key.id, "display_name", by=by, display_name="n"))
        assert list(refusal.fields) == ["id"]
    within = await make_key(deployment, ROLE_ADMIN, grantable_roles=[ROLE_READER])
    await change_key(deployment, within.id, "display_name", by=by, display_name="n")


async def test_a_key_that_loses_a_role_loses_the_grants_that_need_it(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_ADMIN, ROLE_OPERATOR, grantable_roles=EVERY_ROLE)
    changed = await change_key(deployment, key.id, "roles", roles=[ROLE_ADMIN])
    assert list(changed.grantable_roles) == ALL_BUT_OPERATOR
    changed = await change_key(deployment, key.id, "roles", roles=[ROLE_READER])
    assert list(changed.grantable_roles) == []
    changed = await change_key(deployment, key.id, "roles", roles=[ROLE_ADMIN])
    assert list(changed.grantable_roles) == []


async def test_only_an_operator_revokes_an_operators_key(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_OPERATOR)
    for grantable in ([], ALL_BUT_OPERATOR):
        by = await key_of(deployment, ROLE_ADMIN, grantable_roles=grantable)
        assert list((await denied(revoke_key(deployment, key.id, by))).fields) == ["id"]
        await denied(change_key(deployment, key.id, "expire_time", by=by, expire_time=LATER))
    assert not (await got_key(deployment, key.id)).HasField("revoke_time")
    await revoke_key(deployment, key.id, await key_of(deployment, ROLE_ADMIN, ROLE_OPERATOR))


async def old_key(deployment: Deployment, *roles: Any) -> tuple[ApiKey, Metadata]:
    """A key whose row was signed before grantable_roles existed."""
    key = await make_key(deployment, *roles)
    admin = (await key_files.load(deployment.settings.keys_dir, opens=True)).admin
    assert admin
    row = structs.replace(await read_key(deployment, key.id), signature_format=2)
    await write_key(deployment, structs.replace(row, signature=signatures.sign(admin.secret_key, row)))
    return key, bearer(key.key)


async def test_an_admin_key_from_before_grantable_roles_still_grants_every_role_and_keeps_them_when_changed(
    deployment: Deployment,
) -> None:
    for roles, grants in (([ROLE_ADMIN], ALL_BUT_OPERATOR), ([ROLE_ADMIN, ROLE_OPERATOR], EVERY_ROLE)):
        key, by = await old_key(deployment, *roles)
        page = await deployment.organisations.ListApiKeys(
            ListApiKeysRequest(page_size=500), metadata=deployment.metadata
        )
        shown = next(each for each in page.api_keys if each.id == key.id)
        assert list(shown.grantable_roles) == grants
        for _ in range(2):
            await make_key(deployment, *grants, by=by)
            if ROLE_OPERATOR not in grants:
                await denied(make_key(deployment, ROLE_OPERATOR, by=by))
            # The update has signed the row in the newest format.
            await change_key(deployment, key.id, "display_name", display_name="n")
            assert (await read_key(deployment, key.id)).signature_format == 4
            assert list((await got_key(deployment, key.id)).grantable_roles) == grants


async def test_a_key_from_before_grantable_roles_without_the_role_admin_grants_nothing(deployment: Deployment) -> None:
    key, _ = await old_key(deployment, ROLE_WRITER, ROLE_OPERATOR)
    assert list((await got_key(deployment, key.id)).grantable_roles) == []
    changed = await change_key(deployment, key.id, "roles", roles=[ROLE_ADMIN])
    assert list(changed.grantable_roles) == []


async def test_a_row_with_a_forged_format_or_forged_roles_authenticates_nobody(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_ADMIN, grantable_roles=[ROLE_READER])
    row = await read_key(deployment, key.id)
    changes: list[dict[str, Any]] = [
        {"signature_format": 2},
        {"signature_format": 2, "grantable_roles": []},
        {"grantable_roles": []},
        {"grantable_roles": ALL_BUT_OPERATOR},
    ]
    for change in changes:
        await write_key(deployment, structs.replace(row, **change))
        refusal = await refused(make_key(deployment, ROLE_READER, by=bearer(key.key)))
        assert refusal.reason == "API_KEY_INVALID"
    await write_key(deployment, row)
    await make_key(deployment, ROLE_READER, by=bearer(key.key))
