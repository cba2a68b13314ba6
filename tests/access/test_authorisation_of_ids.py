"""In every field of every method, an id of another organisation looks as if it did not exist.

The cells are generated from the descriptors: a new field with an id needs a decision in authorisation_requests.py.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from access.authorisation_requests import (
    IGNORED,
    METHODS,
    OF_WEBHOOK,
    OPERATORS_METHODS,
    ORGANISATION_ID,
    PAGE_TOKENS,
    REFERENCES,
    REQUEST_ID,
    TEXTS,
    UNKNOWN,
    copy_with,
    fields_with_ids,
    first_page,
    id_fields,
    is_general,
    is_in,
    method_of,
    put,
    request_of,
    row_of,
)
from access.authorisation_world import (
    KINDS,
    Cells,
    World,
    admin,
    granted,
    new_world,
    presented_by,
)

from strongroom_server.access.roles import METHOD_ROLES

if TYPE_CHECKING:
    from access.authorisation_world import Side
    from conftest import Deployment

    from strongroom_server.access.caller import Presented


@pytest.fixture(scope="module")
async def world(deployment: Deployment) -> World:
    return await new_world(deployment, trustme.CA())


def test_every_field_with_an_id_has_one_decision() -> None:
    undecided = []
    for name, path in fields_with_ids():
        decisions = (is_general(path), *(is_in(table, name, path) for table in (REFERENCES, IGNORED, TEXTS)))
        if name not in OPERATORS_METHODS and sum(map(bool, decisions)) != 1:
            undecided.append(f"{name} {path}")
    assert not undecided, "each must be in one of the tables of authorisation_requests.py"


def test_every_decision_is_about_a_field() -> None:
    used = {is_in(table, name, path) for name, path in fields_with_ids() for table in (REFERENCES, IGNORED, TEXTS)}
    assert used - {""} == {*REFERENCES, *IGNORED, *TEXTS}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_row_of_another_organisation_looks_as_if_it_did_not_exist(world: World, kind: str) -> None:
    cells = Cells()
    by = await admin(world, kind)

    async def cell(name: str, path: str, what: str, reason: str) -> None:
        request = await request_of(world.own, name)
        foreign = await world.ask(name, copy_with(request, path, await row_of(world.foreign, what)), by)
        unknown = await world.ask(name, copy_with(request, path, UNKNOWN[what]), by)
        own = await world.ask(name, request, by)
        cell = f"{name} {path} {what}"
        cells.require(foreign.error == unknown.error, cell, foreign, unknown)
        # A row that the request changes is read first; whether the caller may grant, before what else it names.
        first = path in ("id", "head.id", "identity.issuer_id", "session_id")
        cells.require(foreign.reason == (reason if first else granted(kind, name) or reason), cell, foreign)
        if name.startswith("List") and not reason:
            cells.require(foreign == unknown, cell, foreign, unknown)
        # So the id was the reason, and the refused requests changed nothing.
        cells.require(own.reason == granted(kind, name), cell, own)

    await cells.run(
        *(
            cell(name, path, form, REFERENCES[decided][1])
            for name, path in fields_with_ids()
            if name not in OPERATORS_METHODS and (decided := is_in(REFERENCES, name, path))
            for form in forms_of(*REFERENCES[decided])
        )
    )


def forms_of(what: str, reason: str) -> tuple[str, ...]:
    """The forms of an id. A credential is named by its number too, except in limits and filters."""
    if what in ("app", "connection"):
        return (what, f"{what} number") if reason else (what,)
    return ("credential", "number") if what == "credential" and reason else (what,)


@pytest.mark.parametrize("kind", KINDS)
async def test_no_list_has_a_row_of_another_organisation(world: World, kind: str) -> None:
    cells = Cells()
    by = await admin(world, kind)

    async def cell(name: str) -> None:
        answer = await world.ask(method_of(name), first_page(world.own, name, 500), by)
        # Every row says which organisation's it is.
        content = answer.message.SerializeToString() if answer.message else b""
        cells.require(b"default" in content, f"{name} has own rows", answer)
        cells.require(world.foreign.organisation_id.encode() not in content, f"{name} has foreign rows", answer)

    await cells.run(
        *(
            cell(name)
            for name in METHOD_ROLES
            if method_of(name) not in OPERATORS_METHODS
            and any(path in PAGE_TOKENS for path in paths_of(name))
            # Deliveries are those of one webhook, which says whose they are.
            and OF_WEBHOOK not in paths_of(name)
        )
    )


# They answer with another message than the credential of their request.
NO_CREDENTIAL = ("ImportCredentials", "BeginConnection", "CreateConnection", "UpdateConnection")


def paths_of(name: str) -> list[str]:
    return list(id_fields(METHODS[method_of(name)].input_type))


@pytest.mark.parametrize("kind", KINDS)
async def test_an_id_that_only_answers_have_is_ignored_in_requests(world: World, kind: str) -> None:
    cells = Cells()
    by, foreign = await admin(world, kind), world.foreign
    credential = await row_of(foreign, "credential")
    values = {"organisation_id": foreign.organisation_id, "slug": foreign.team.slug}

    async def cell(name: str, path: str) -> None:
        request = await request_of(world.own, name)
        is_number = isinstance(read_path(request, path), int)
        value = foreign.team.id if is_number else values.get(path.rpartition(".")[2], credential)
        put(request, path, value)
        masked = type(request)()
        masked.CopyFrom(request)
        answer = await world.ask(name, request, by)
        cells.require(answer.reason == granted(kind, name), f"{name} {path}", answer)
        if answer.message is not None and name not in NO_CREDENTIAL:
            outer, _, inner = path.partition(".")
            # Most methods answer with the resource itself.
            is_wrapped = outer in answer.message.DESCRIPTOR.fields_by_name
            shown = read_path(answer.message, path if is_wrapped else inner)
            cells.require(shown != value, f"{name} {path} is in the answer", answer)
        if name.startswith("Update"):
            masked.update_mask.paths[:] = [path.partition(".")[2]]
            answer = await world.ask(name, masked, by)
            cells.require(answer.reason == "FIELD_INVALID", f"{name} {path} in update_mask", answer)

    await cells.run(
        *(
            cell(name, path)
            for name, path in fields_with_ids()
            if name not in OPERATORS_METHODS and is_in(IGNORED, name, path)
        )
    )


def read_path(message: Any, path: str) -> Any:
    for name in path.split("."):
        message = getattr(message, name)
        message = message[0] if name == "creates" else message
    return message


@pytest.mark.parametrize("kind", KINDS)
async def test_a_page_token_of_another_organisation_is_like_a_forged_one(world: World, kind: str) -> None:
    cells = Cells()
    by, other = await admin(world, kind), presented_by(world.foreign.admin)

    async def tokens(name: str, path: str, side: Side, caller: Presented) -> str:
        """The token of the second page, or of the first one before it."""
        request = first_page(side, name, 1)
        first: Any = (await world.ask(name, request, caller)).message
        if path == "page_token":
            return str(first.next_page_token)
        request.page_token = first.next_page_token
        second: Any = (await world.ask(name, request, caller)).message
        return str(second.previous_page_token)

    async def cell(name: str, path: str) -> None:
        request = first_page(world.own, name, 1)
        foreign = await tokens(name, path, world.foreign, other)
        forged = ("A" if foreign[0] != "A" else "B") + foreign[1:]
        answers = [await world.ask(name, copy_with(request, path, token), by) for token in (foreign, forged)]
        own = await world.ask(name, copy_with(request, path, await tokens(name, path, world.own, by)), by)
        cells.require(foreign and answers[0].reason == "PAGE_TOKEN_INVALID", f"{name} {path}", *answers)
        cells.require(answers[0] == answers[1], f"{name} {path}", *answers)
        cells.require(own.reason == "", f"{name} {path}", own)

    await cells.run(
        *(cell(name, path) for name, path in fields_with_ids() if name not in OPERATORS_METHODS and path in PAGE_TOKENS)
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_a_request_id_of_another_organisation_is_like_a_new_one(world: World, kind: str) -> None:
    cells = Cells()
    by, other = await admin(world, kind), presented_by(world.foreign.admin)

    async def cell(name: str, path: str) -> None:
        request_id = uuid.uuid4().hex
        first = await world.ask(name, copy_with(await request_of(world.foreign, name), path, request_id), other)
        answer = await world.ask(name, copy_with(await request_of(world.own, name), path, request_id), by)
        cells.require(first.reason == "", name, first)
        cells.require(answer.reason == granted(kind, name), name, answer)
        if answer.message is not None and ORGANISATION_ID in answer.message.DESCRIPTOR.fields_by_name:
            cells.require(answer.message.organisation_id == "default", name, answer)  # type: ignore[attr-defined]

    await cells.run(
        *(
            cell(name, path)
            for name, path in fields_with_ids()
            if name not in OPERATORS_METHODS and path.removeprefix("creates.") == REQUEST_ID
        )
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_each_create_of_an_import_names_the_callers_organisation(world: World, kind: str) -> None:
    by, path = await admin(world, kind), f"creates.{ORGANISATION_ID}"
    request = await request_of(world.own, "ImportCredentials")
    foreign, unknown = [
        await world.ask("ImportCredentials", copy_with(request, path, organisation), by)
        for organisation in (world.foreign.organisation_id, "never-was")
    ]
    assert foreign.reason == "ORGANISATION_MISMATCH"
    assert foreign == unknown
    own = await world.ask("ImportCredentials", copy_with(request, path, "default"), by)
    assert own.reason == ""
