"""The matrix of methods, roles, organisations, ids and scopes equals the policy, for keys, certificates and tokens.

It is generated from the descriptors of the services: a method or a field with an id that is added needs a decision in
authorisation_requests.py.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from access.authorisation_requests import (
    IGNORED,
    METHODS,
    OPERATORS_METHODS,
    ORGANISATION_ID,
    PAGE_TOKENS,
    REFERENCES,
    REQUEST_ID,
    TEXTS,
    UNKNOWN,
    empty,
    id_fields,
    is_general,
    is_in,
    put,
    request_of,
    row_of,
)
from access.authorisation_world import KINDS, World, new_world, presented_by
from google.protobuf.unknown_fields import UnknownFieldSet

from strongroom.v1.organisation_service_pb2 import ROLE_ADMIN, ROLE_OPERATOR, ROLE_UNSPECIFIED, Role, Scope
from strongroom_server.access.roles import METHOD_ROLES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from access.authorisation_world import Answer
    from conftest import Deployment
    from google.protobuf.message import Message

ROLES = {role for role in Role.values() if role != ROLE_UNSPECIFIED}
OPERATORS = "strongroom"
# Identities grant nothing, so these methods are for keys.
GRANTING = {"CreateApiKey", "UpdateApiKey", "RevokeApiKey", "CreateIdentity", "UpdateIdentity"}
# The bytes of a field 1000, which no message has. The check for it is the first one after those of roles and organisations.
UNKNOWN_FIELD = b"\xc2\x3e\x00"


@pytest.fixture(scope="module")
async def world(deployment: Deployment) -> World:
    return await new_world(deployment)


def roles_of(kind: str) -> set[Role.ValueType]:
    """The roles that a caller of a kind can have."""
    return ROLES if kind == "key" else ROLES - {ROLE_OPERATOR}


def role_sets(kind: str) -> Iterator[frozenset[Role.ValueType]]:
    """Every role alone, all roles, and for each method all roles that it is not for."""
    possible = roles_of(kind)
    alone = {frozenset({role}) for role in possible}
    yield from alone | {frozenset(possible - set(roles)) for roles in METHOD_ROLES.values()} | {frozenset(possible)}


def fields_with_ids() -> Iterator[tuple[str, str]]:
    """Each method with each of its request's fields that hold ids."""
    for name, method in METHODS.items():
        yield from ((name, path) for path in id_fields(method.input_type))


def test_every_method_has_roles() -> None:
    assert {name.removesuffix(" FULL") for name in METHOD_ROLES} == set(METHODS)


def test_every_field_with_an_id_has_one_decision() -> None:
    undecided, several = [], []
    for name, path in fields_with_ids():
        decisions = (
            name in OPERATORS_METHODS, is_general(path), path.removeprefix("creates.") in TEXTS,
            is_in(REFERENCES, name, path), is_in(IGNORED, name, path),
        )  # fmt: skip
        if name in OPERATORS_METHODS:
            continue
        if not any(decisions):
            undecided.append(f"{name} {path}")
        if sum(map(bool, decisions)) > 1:
            several.append(f"{name} {path}")
    assert not undecided, "add each to a table of authorisation_requests.py"
    assert not several, "is in several tables of authorisation_requests.py"


def test_every_decision_is_about_a_field() -> None:
    used = {is_in(table, name, path) for name, path in fields_with_ids() for table in (REFERENCES, IGNORED, TEXTS)}
    assert used - {""} == {*REFERENCES, *IGNORED, *TEXTS}


def expected(name: str, roles: frozenset[Role.ValueType], organisation: str) -> str:
    """The reason that the policy gives, FIELD_INVALID if it lets the request pass."""
    if organisation == OPERATORS and ROLE_OPERATOR in roles and name in ("ListAuditEvents", "StreamAuditEvents"):
        return "FIELD_INVALID"
    if roles.isdisjoint(METHOD_ROLES[name]):
        return "ROLE_MISSING"
    return "FIELD_INVALID" if organisation in ("", "default") else "ORGANISATION_MISMATCH"


@pytest.mark.parametrize("kind", KINDS)
async def test_roles_and_organisations_allow_what_the_policy_says(world: World, kind: str) -> None:
    organisations = ("", "default", world.foreign.organisation_id, "never-was", OPERATORS)

    async def cells(roles: frozenset[Role.ValueType]) -> list[str]:
        by, wrong = await world.caller(kind, roles), []
        for name in METHOD_ROLES:
            request = empty(name)
            has_organisation = ORGANISATION_ID in request.DESCRIPTOR.fields_by_name
            for organisation in organisations if has_organisation else ("",):
                if has_organisation:
                    request.organisation_id = organisation
                request.MergeFromString(UNKNOWN_FIELD)
                answer = await world.ask(name.partition(" ")[0], request, by)
                if answer.reason != expected(name, roles, organisation):
                    wrong.append(f"{name} for {sorted(roles)} in {organisation!r}: {answer.reason or 'OK'}")
        return wrong

    assert UnknownFieldSet(type(empty("GetCaller")).FromString(UNKNOWN_FIELD))
    found = await asyncio.gather(*map(cells, role_sets(kind)))
    assert [each for wrong in found for each in wrong] == []


@dataclass(frozen=True)
class Cells:
    """Runs cells of the matrix at the same time, and collects what differs from the policy."""

    world: World
    wrong: list[str]

    async def run(self, *cells: Awaitable[None]) -> None:
        await asyncio.gather(*cells)
        assert self.wrong == []

    def require(self, condition: object, name: str, *answers: Answer) -> None:
        if not condition:
            self.wrong.append(f"{name}: {[answer.reason or 'OK' for answer in answers]}")


@pytest.fixture
def cells(world: World) -> Cells:
    return Cells(world, [])


@pytest.mark.parametrize("kind", KINDS)
async def test_each_role_of_a_method_suffices_for_a_valid_request(world: World, cells: Cells, kind: str) -> None:
    async def cell(name: str, role: Role.ValueType) -> None:
        fields = {"grantable_roles": list(roles_of(kind))} if kind == "key" and role == ROLE_ADMIN else {}
        by = await world.caller(kind, [role], **fields)
        method = name.partition(" ")[0]
        answer = await world.ask(method, await request_of(world.own, name), by)
        refusal = "GRANT_NOT_ALLOWED" if kind != "key" and method in GRANTING else ""
        cells.require(answer.reason == refusal, f"{name} for {Role.Name(role)}", answer)

    await cells.run(
        *(
            cell(name, role)
            for name, roles in METHOD_ROLES.items()
            if name not in OPERATORS_METHODS
            for role in set(roles) & roles_of(kind)
        )
    )
