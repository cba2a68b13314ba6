"""Methods allow the roles, organisations and networks of the policy and no others, to keys, certificates and tokens.

The cells are generated from the descriptors and METHOD_ROLES. Those of ids are in test_authorisation_of_ids.py, those of scopes in
tests/credentials/test_scopes_of_methods.py.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
from access.authorisation_requests import (
    METHODS,
    OPERATORS_METHODS,
    ORGANISATION_ID,
    UNKNOWN_FIELD,
    copy_with,
    empty,
    method_of,
    organisation_field,
    put,
    request_of,
    row_of,
)
from access.authorisation_world import (
    KINDS,
    LOOPBACK,
    Answer,
    Cells,
    World,
    grantable,
    granted,
    new_world,
    roles_of,
)
from access.client_certificates import KEY_PEM
from google.protobuf import message_factory
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status
from node.tls_node import OWN_CONNECTION, TlsNode, open_tls_node

from strongroom.v1.organisation_service_pb2 import (
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_USER,
    Role,
    Scope,
)
from strongroom_server.access.caller import Presented
from strongroom_server.access.roles import METHOD_ROLES, PUBLIC_METHODS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from conftest import Deployment

    from strongroom_server.rpc.methods import Method


OPERATORS = "strongroom"
# To give the secret to another team, as the request of the matrix does, needs this role too.
ALSO = {"UndeleteCredential": ROLE_USER}


@pytest.fixture(scope="module")
async def tls(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TlsNode]:
    async with open_tls_node(deployment, tmp_path_factory.mktemp("tls")) as node:
        yield node


@pytest.fixture(scope="module")
async def world(deployment: Deployment, tls: TlsNode) -> World:
    return await new_world(deployment, tls.client_authority)


def role_sets(kind: str) -> Iterator[frozenset[Role.ValueType]]:
    """Every role alone, all roles, and for each method all roles that it is not for."""
    possible = roles_of(kind)
    alone = {frozenset({role}) for role in possible}
    others = {frozenset(possible - set(roles)) for roles in METHOD_ROLES.values()}
    yield from (alone | others | {frozenset(possible)}) - {frozenset()}


def test_every_method_has_roles() -> None:
    assert set(map(method_of, METHOD_ROLES)) == set(METHODS)


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
            if path := organisation_field(request):
                for organisation in organisations:
                    put(request, path, organisation)
                    answers[organisation] = await world.ask(method_of(name), request, by)
                if answers[world.foreign.organisation_id] != answers["never-was"]:
                    wrong.append(f"{name} for {sorted(roles)}: a foreign organisation differs from an unknown one")
            for organisation, answer in answers.items():
                if answer.reason != expected(name, roles, organisation):
                    wrong.append(f"{name} for {sorted(roles)} in {organisation!r}: {answer.reason or 'OK'}")
        return wrong

    found = await asyncio.gather(*map(cells, role_sets(kind)))
    assert [each for wrong in found for each in wrong] == []


@pytest.mark.parametrize("kind", KINDS)
async def test_each_role_of_a_method_suffices_for_a_valid_request(world: World, kind: str) -> None:
    cells = Cells()

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


@pytest.mark.parametrize("kind", KINDS)
async def test_no_method_answers_outside_of_the_callers_networks(world: World, kind: str) -> None:
    cells = Cells()
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


async def test_a_public_method_answers_every_caller_as_a_stranger(world: World) -> None:
    presented = [Presented((), LOOPBACK), Presented(("Bearer sr_never_was-a-key-of-any-organisation",), LOOPBACK)]
    for kind in KINDS:
        far = Scope(networks=["10.0.0.0/8"])
        presented += [await world.caller(kind, roles_of(kind)), await world.caller(kind, roles_of(kind), scope=far)]
    for name in PUBLIC_METHODS:
        request = empty(name)
        request.MergeFromString(UNKNOWN_FIELD)
        answers = [await world.ask(name, request, by) for by in presented]
        assert {answer.reason for answer in answers} == {"FIELD_INVALID"}
        assert [answer for answer in answers if answer != answers[0]] == []


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
        # An error without details equals none of the service's.
        return Answer(None, rpc_status.from_call(error) or Status())  # type: ignore[arg-type] # an error has what is read of a call
    message_type = message_factory.GetMessageClass(METHODS[method.name].output_type)
    return Answer(message_type.FromString(response), Status())
