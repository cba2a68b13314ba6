"""The matrix of methods, roles, organisations, ids and scopes equals the policy, for keys, certificates and tokens.

It is generated from the descriptors of the services: a method or a field with an id that is added needs a decision in
authorisation_requests.py.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc.aio
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
    copy_with,
    empty,
    id_fields,
    is_general,
    is_in,
    new_credential,
    put,
    request_of,
    row_of,
)
from access.authorisation_world import KINDS, Answer, World, new_world, presented_by
from access.client_certificates import KEY_PEM
from google.protobuf import message_factory
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status
from node.tls_node import OWN_CONNECTION, TlsNode, open_tls_node
from rpc.calls import read

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_UNSPECIFIED,
    ROLE_USER,
    ROLE_WRITER,
    Role,
    Scope,
)
from strongroom_server.access.roles import METHOD_ROLES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Collection, Iterator

    from conftest import Deployment

    from strongroom_server.access.caller import Presented
    from strongroom_server.rpc.methods import Method

ROLES = {role for role in Role.values() if role != ROLE_UNSPECIFIED}
OPERATORS = "strongroom"
# Identities grant nothing, so these methods are for keys.
GRANTING = {"CreateApiKey", "UpdateApiKey", "CreateIdentity", "UpdateIdentity"}
# To give the secret to another team, as the request of the matrix does, needs this role too.
ALSO = {"UndeleteCredential": ROLE_USER}
# The bytes of a field 1000, which no message has. The check for it is the first one after those of roles and organisations.
UNKNOWN_FIELD = b"\xc2\x3e\x00"


@pytest.fixture(scope="module")
async def tls(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TlsNode]:
    async with open_tls_node(deployment, tmp_path_factory.mktemp("tls")) as node:
        yield node


@pytest.fixture(scope="module")
async def world(deployment: Deployment, tls: TlsNode) -> World:
    return await new_world(deployment, tls.client_authority)


def method_of(name: str) -> str:
    """The method of a row of METHOD_ROLES."""
    return name.removesuffix(" FULL")


def roles_of(kind: str) -> set[Role.ValueType]:
    """The roles that a caller of a kind can have."""
    return ROLES if kind == "key" else ROLES - {ROLE_OPERATOR}


def role_sets(kind: str) -> Iterator[frozenset[Role.ValueType]]:
    """Every role alone, all roles, and for each method all roles that it is not for."""
    possible = roles_of(kind)
    alone = {frozenset({role}) for role in possible}
    others = {frozenset(possible - set(roles)) for roles in METHOD_ROLES.values()}
    yield from (alone | others | {frozenset(possible)}) - {frozenset()}


def fields_with_ids() -> Iterator[tuple[str, str]]:
    """Each method with each of its request's fields that hold ids."""
    for name, method in METHODS.items():
        yield from ((name, path) for path in id_fields(method.input_type))


def test_every_method_has_roles() -> None:
    assert set(map(method_of, METHOD_ROLES)) == set(METHODS)


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
    organisations = ("default", world.foreign.organisation_id, "never-was", OPERATORS)

    async def cells(roles: frozenset[Role.ValueType]) -> list[str]:
        by, wrong = await world.caller(kind, roles), []
        for name in METHOD_ROLES:
            request = empty(name)
            request.MergeFromString(UNKNOWN_FIELD)
            answers = {"": await world.ask(method_of(name), request, by)}
            if ORGANISATION_ID in request.DESCRIPTOR.fields_by_name:
                for organisation in organisations:
                    request.organisation_id = organisation
                    answers[organisation] = await world.ask(method_of(name), request, by)
                if answers[world.foreign.organisation_id] != answers["never-was"]:
                    wrong.append(f"{name} for {sorted(roles)}: a foreign organisation differs from an unknown one")
            for organisation, answer in answers.items():
                if answer.reason != expected(name, roles, organisation):
                    wrong.append(f"{name} for {sorted(roles)} in {organisation!r}: {answer.reason or 'OK'}")
        return wrong

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
        method = method_of(name)
        roles = {role, ALSO[method]} if method in ALSO else {role}
        by = await world.caller(kind, roles, **grantable(kind, roles))
        answer = await world.ask(method, await request_of(world.own, name), by)
        cells.require(answer.reason == granted(kind, method), f"{name} for {Role.Name(role)}", answer)

    await cells.run(
        *(
            cell(name, role)
            for name, roles in METHOD_ROLES.items()
            if name not in OPERATORS_METHODS
            for role in set(roles) & roles_of(kind)
        )
    )


def grantable(kind: str, roles: Collection[Role.ValueType]) -> dict[str, Any]:
    """The fields of a caller that may create the key and the identity of the matrix."""
    return {"grantable_roles": [ROLE_READER]} if kind == "key" and ROLE_ADMIN in roles else {}


def granted(kind: str, method: str) -> str:
    """The reason of the answer to a valid request of a caller with the method's roles: empty, unless the caller's kind is refused."""
    return "GRANT_NOT_ALLOWED" if kind != "key" and method in GRANTING else ""


async def admin(world: World, kind: str) -> Presented:
    """A caller with every role but operator, which would make the rows of other organisations its own."""
    roles = ROLES - {ROLE_OPERATOR}
    return await world.caller(kind, roles, **grantable(kind, roles))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_row_of_another_organisation_looks_as_if_it_did_not_exist(
    world: World, cells: Cells, kind: str
) -> None:
    by = await admin(world, kind)

    async def cell(name: str, path: str, what: str, reason: str) -> None:
        request = await request_of(world.own, name)
        foreign = await world.ask(name, copy_with(request, path, await row_of(world.foreign, what)), by)
        unknown = await world.ask(name, copy_with(request, path, UNKNOWN[what]), by)
        own = await world.ask(name, request, by)
        cell = f"{name} {path} {what}"
        cells.require(foreign.error == unknown.error, cell, foreign, unknown)
        # A row that the request changes is read first; whether the caller may grant, before what else it names.
        first = path in ("id", "identity.issuer_id")
        cells.require(foreign.reason == (reason if first else granted(kind, name) or reason), cell, foreign)
        if name.startswith("List") and not reason:
            cells.require(foreign == unknown, cell, foreign, unknown)
        # So it was the id that was refused, and it changed nothing.
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
    return ("credential", "number") if what == "credential" and reason else (what,)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_id_that_only_answers_have_is_ignored_in_requests(world: World, cells: Cells, kind: str) -> None:
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
        if answer.message is not None and name != "ImportCredentials":
            shown = read_path(answer.message, path.partition(".")[2])
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
async def test_a_page_token_of_another_organisation_is_like_a_forged_one(world: World, cells: Cells, kind: str) -> None:
    by, other = await admin(world, kind), presented_by(world.foreign.admin)

    async def tokens(name: str, path: str, caller: Presented) -> str:
        """The token of the second page, or of the first one before it."""
        request = empty(name)
        request.page_size = 1
        first: Any = (await world.ask(name, request, caller)).message
        if path == "page_token":
            return str(first.next_page_token)
        request.page_token = first.next_page_token
        second: Any = (await world.ask(name, request, caller)).message
        return str(second.previous_page_token)

    async def cell(name: str, path: str) -> None:
        request = empty(name)
        request.page_size = 1
        foreign = await tokens(name, path, other)
        forged = ("A" if foreign[0] != "A" else "B") + foreign[1:]
        answers = [await world.ask(name, copy_with(request, path, token), by) for token in (foreign, forged)]
        own = await world.ask(name, copy_with(request, path, await tokens(name, path, by)), by)
        cells.require(foreign and answers[0].reason == "PAGE_TOKEN_INVALID", f"{name} {path}", *answers)
        cells.require(answers[0] == answers[1], f"{name} {path}", *answers)
        cells.require(own.reason == "", f"{name} {path}", own)

    await cells.run(
        *(cell(name, path) for name, path in fields_with_ids() if name not in OPERATORS_METHODS and path in PAGE_TOKENS)
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_a_request_id_of_another_organisation_is_like_a_new_one(world: World, cells: Cells, kind: str) -> None:
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


# The fields of a scope of credentials.
FIELDS = ("credential_ids", "folder_ids", "surfaces")
# A place outside of the scope of surfaces.
TINES = {"surface": SURFACE_TINES}
USING = {ROLE_READER, ROLE_WRITER, ROLE_USER}
# They show no credential, and scopes limit credentials.
UNLIMITED = {"GetOrganisation", "GetTeam", "ListTeams", "GetFolder", "ListFolders"}
# They name no credential. Their tests are in tests/credentials/test_scopes_of_lists.py and test_scopes_of_changes.py.
OF_MANY = {"CreateCredential", "ImportCredentials", "ListCredentials", "ListCredentials FULL", "PurgeCredentials"}
# The answer is about the caller alone.
OF_THE_CALLER = {"GetCaller"}
# A caller with these roles has no scope of credentials.
UNSCOPED_ROLES = {ROLE_ADMIN, ROLE_OPERATOR}
OF_ONE = [name for name in METHOD_ROLES if REFERENCES.get(f"{method_of(name)} id", ("",))[0] == "credential"]


def scope_of(world: World, field: str, *credential_ids: str) -> Scope:
    """A scope of one field. One of credential_ids has these."""
    if field == "credential_ids":
        return Scope(credential_ids=credential_ids)
    return Scope(folder_ids=[world.own.folder]) if field == "folder_ids" else Scope(surfaces=[SURFACE_NATIVE])


def test_every_method_has_a_decision_about_scopes_or_is_not_for_callers_with_one() -> None:
    for name, roles in METHOD_ROLES.items():
        decisions = [name in table for table in (OF_ONE, OF_MANY, UNLIMITED, OF_THE_CALLER)]
        assert sum(decisions) == (not set(roles) <= UNSCOPED_ROLES), (
            f"{name}: add it to one of the tables, with its tests"
        )


@pytest.mark.parametrize("kind", KINDS)
async def test_a_caller_that_administers_has_no_scope_of_credentials(world: World, cells: Cells, kind: str) -> None:
    async def cell(role: Role.ValueType, field: str) -> None:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await world.caller(kind, [role], scope=scope_of(world, field, str(uuid.uuid4())))
        assert read(caught.value).reason == "FIELD_INVALID"

    await cells.run(*(cell(role, field) for role in UNSCOPED_ROLES for field in FIELDS))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_credential_outside_of_the_scope_looks_as_if_it_did_not_exist(
    world: World, cells: Cells, kind: str
) -> None:
    own = world.own
    places = {"credential_ids": {}, "folder_ids": {"folder_id": await own.new_folder()}, "surfaces": TINES}

    async def cell(name: str, field: str) -> None:
        method = method_of(name)
        inside = await new_credential(own, method, folder_id=own.folder)
        outside = await new_credential(own, method, **{"folder_id": own.folder, **places[field]})
        by = await world.caller(kind, USING, scope=scope_of(world, field, inside.id))
        request = empty(name)
        request.MergeFrom(await request_of(own, method, inside.id))
        unknown = await world.ask(method, copy_with(request, "id", UNKNOWN["credential"]), by)
        for one in (outside.id, str(outside.number)):
            answer = await world.ask(method, copy_with(request, "id", one), by)
            cells.require(answer.reason == "CREDENTIAL_NOT_FOUND", f"{name} {field}", answer)
            cells.require(answer == unknown, f"{name} {field}", answer, unknown)
        granted = await world.ask(method, request, by)
        # Nothing has happened to the credential outside.
        untouched = await world.ask(method, copy_with(request, "id", outside.id), presented_by(own.admin))
        cells.require((granted.reason, untouched.reason) == ("", ""), f"{name} {field}", granted, untouched)

    await cells.run(*(cell(name, field) for name in OF_ONE for field in FIELDS))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_live_credential_outside_of_the_scope_looks_as_if_it_did_not_exist(
    world: World, cells: Cells, kind: str
) -> None:
    own = world.own

    async def cell(name: str, field: str) -> None:
        by = await world.caller(kind, USING, scope=scope_of(world, field))
        live = await own.credential(**({"folder_id": await own.new_folder()} if field == "folder_ids" else TINES))
        request = await request_of(own, name)
        [path] = [path for path in id_fields(request.DESCRIPTOR) if path.endswith("live_credential_id")]
        answers = [
            await world.ask(name, copy_with(request, path, one), by)
            for one in (UNKNOWN["credential"], live.id, str(live.number))
        ]
        cells.require(answers[0].reason == "LIVE_CREDENTIAL_UNKNOWN", f"{name} {field}", *answers)
        cells.require(answers[0] == answers[1] == answers[2], f"{name} {field}", *answers)
        inside = await world.ask(name, request, by)
        cells.require(inside.reason == "", f"{name} {field}", inside)

    methods = [name for name, path in fields_with_ids() if name != "UpdateCredential" and "live_credential" in path]
    # A caller with a scope of credential_ids creates nothing.
    await cells.run(*(cell(name, field) for name in methods for field in ("folder_ids", "surfaces")))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_scope_does_not_hide_teams_and_folders(world: World, cells: Cells, kind: str) -> None:
    by = await world.caller(kind, USING, scope=scope_of(world, "folder_ids"))

    async def cell(name: str) -> None:
        request = await request_of(world.own, name)
        answers = [await world.ask(name, request, caller) for caller in (by, presented_by(world.own.admin))]
        cells.require(answers[0] == answers[1] and not answers[0].reason, name, *answers)

    await cells.run(*map(cell, UNLIMITED))


@pytest.mark.parametrize("kind", KINDS)
async def test_no_method_answers_outside_of_the_callers_networks(world: World, cells: Cells, kind: str) -> None:
    roles = roles_of(kind)
    near = await world.caller(kind, roles, scope=Scope(networks=["127.0.0.0/8"]))
    far = await world.caller(kind, roles, scope=Scope(networks=["10.0.0.0/8"]))

    async def cell(name: str) -> None:
        request = empty(name)
        request.MergeFromString(UNKNOWN_FIELD)
        for by, expected in ((near, "FIELD_INVALID"), (far, "NETWORK_NOT_ALLOWED")):
            answer = await world.ask(method_of(name), request, by)
            cells.require(answer.reason == expected, f"{name} from {by.peer}", answer)
        # The address decides, whatever the caller presents.
        answer = await world.ask(method_of(name), request, far._replace(peer="10.1.2.3"))
        cells.require(answer.reason == "FIELD_INVALID", f"{name} from a network of the scope", answer)

    # Identities aren't operators.
    await cells.run(*(cell(name) for name, of in METHOD_ROLES.items() if not roles.isdisjoint(of)))


@pytest.mark.parametrize("kind", KINDS)
async def test_the_network_answers_as_the_matrix(world: World, tls: TlsNode, kind: str) -> None:
    by = await world.caller(kind, {ROLE_READER})
    foreign = await row_of(world.foreign, "credential")
    requests = {
        "GetCaller": (empty("GetCaller"), ""),
        "CreateTeam": (await request_of(world.own, "CreateTeam"), "ROLE_MISSING"),
        "ImportCredentials": (await request_of(world.own, "ImportCredentials"), "ROLE_MISSING"),
        "StreamAuditEvents": (empty("StreamAuditEvents"), "ROLE_MISSING"),
        "GetCredential": (copy_with(empty("GetCredential"), "id", foreign), "CREDENTIAL_NOT_FOUND"),
        "ListCredentials": (
            copy_with(empty("ListCredentials"), ORGANISATION_ID, world.foreign.organisation_id),
            "ORGANISATION_MISMATCH",
        ),
    }
    async with channel_of(tls, by) as channel:
        for name, (request, reason) in requests.items():
            answer = await world.ask(name, request, by)
            assert answer.reason == reason
            assert await over(channel, world.method(name), request, by) == answer


def channel_of(tls: TlsNode, by: Presented) -> grpc.aio.Channel:
    """A connection of a caller: with its certificate to the port that requires one, or with TLS alone."""
    authority, port = tls.authority.cert_pem.bytes(), tls.grpc_port
    credentials = grpc.ssl_channel_credentials(authority)
    if by.certificate:
        credentials, port = grpc.ssl_channel_credentials(authority, KEY_PEM, by.certificate), tls.only_mtls
    return grpc.aio.secure_channel(f"localhost:{port}", credentials, options=OWN_CONNECTION)


async def over(channel: grpc.aio.Channel, method: Method, request: Any, by: Presented) -> Answer:
    """What a caller is answered over the network."""
    metadata = tuple(("authorization", value) for value in by.authorization)
    content = request.SerializeToString()
    call: Any
    try:
        if method.streams_requests:
            call = channel.stream_stream(method.path)(iter([content]), metadata=metadata)
            response = await call.read()
        elif method.streams_responses:
            call = channel.unary_stream(method.path)(content, metadata=metadata)
            response = await call.read()
        else:
            call = channel.unary_unary(method.path)(content, metadata=metadata)
            response = await call
    except grpc.aio.AioRpcError as error:
        status = rpc_status.from_call(error)  # type: ignore[arg-type] # an error has what is read of a call
        assert status is not None, error.details()
        return Answer(None, status)
    message_type = message_factory.GetMessageClass(METHODS[method.name].output_type)
    return Answer(message_type.FromString(response), Status())
