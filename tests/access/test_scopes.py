"""Scopes: what they contain, their forms, their rules, and which addresses requests may come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1 import organisation_service_pb2 as contract
from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES, SURFACE_VERSORI
from strongroom.v1.organisation_service_pb2 import ROLE_ADMIN, ROLE_OPERATOR, ROLE_READER, ROLE_USER, ROLE_WRITER
from strongroom_server.access import scopes
from strongroom_server.access.caller import Caller
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.access.scopes import Scope
from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Collection

ONE = "0199e5b0-7c1a-7000-8000-000000000001"
OTHER = "0199e5b0-7c1a-7000-8000-000000000002"
WHOLE = contract.Scope(
    credential_ids=[OTHER, ONE, ONE],
    folder_ids=[7, 3],
    surfaces=[SURFACE_TINES, SURFACE_NATIVE],
    networks=["2001:db8::/32", "10.0.0.0/8", "10.0.0.0/8"],
)


def scope_of(**fields: Collection[object]) -> Scope | None:
    return scopes.of_message(contract.Scope(**fields))  # type: ignore[arg-type] # tests choose the values


def caller_of(scope: Scope | None) -> Caller:
    return Caller("k", "default", frozenset(), None, scope=scope)


@pytest.mark.parametrize(
    ("scope", "contained"),
    [
        (None, True),
        (scope_of(credential_ids=[ONE, OTHER]), True),
        (scope_of(credential_ids=[OTHER]), False),
        (scope_of(folder_ids=[3, 4]), True),
        (scope_of(folder_ids=[4]), False),
        (scope_of(surfaces=[SURFACE_NATIVE]), True),
        (scope_of(surfaces=[SURFACE_TINES]), False),
        (scope_of(credential_ids=[ONE], folder_ids=[3], surfaces=[SURFACE_NATIVE]), True),
        (scope_of(credential_ids=[ONE], folder_ids=[4], surfaces=[SURFACE_NATIVE]), False),
        (scope_of(credential_ids=[ONE], folder_ids=[3], surfaces=[SURFACE_TINES]), False),
        (scope_of(networks=["10.0.0.0/8"]), True),
    ],
)
def test_a_scope_contains_what_each_of_its_fields_contains(scope: Scope | None, *, contained: bool) -> None:
    (credential_id,) = scopes.of_message(contract.Scope(credential_ids=[ONE])).credential_ids  # type: ignore[union-attr]
    assert scopes.within(scope, credential_id, 3, SURFACE_NATIVE) is contained


def test_a_scope_of_folders_does_not_contain_what_is_in_no_folder() -> None:
    (credential_id,) = scopes.of_message(contract.Scope(credential_ids=[ONE])).credential_ids  # type: ignore[union-attr]
    assert not scopes.within(scope_of(folder_ids=[3]), credential_id, None, SURFACE_NATIVE)


def test_both_forms_keep_a_scope_whatever_the_order_was() -> None:
    scope = scopes.of_message(WHOLE)
    assert scope is not None
    assert scopes.decode(scopes.encode(scope)) == scope
    message = scopes.message_of(scope)
    assert message is not None
    assert list(message.credential_ids) == [ONE, OTHER]
    assert list(message.folder_ids) == [3, 7]
    assert list(message.networks) == ["10.0.0.0/8", "2001:db8::/32"]
    assert scopes.encode(scopes.of_message(message)) == scopes.encode(scope)


def test_a_scope_that_limits_nothing_is_none_and_has_no_bytes() -> None:
    assert scopes.of_message(contract.Scope()) is None
    assert scopes.message_of(None) is None
    assert scopes.encode(None) == scopes.encode(Scope()) == b""
    assert scopes.decode(b"") is None


@pytest.mark.parametrize(
    "stored",
    [
        b"\xc1",
        b"\x90",
        msgspec.msgpack.encode(([], [], [], [])),
        msgspec.msgpack.encode(([], [7, 3], [], [])),
        msgspec.msgpack.encode(([], [3], [], [], ["a limit that this version does not know"])),
        msgspec.msgpack.encode(([b"short"], [], [], [])),
        msgspec.msgpack.encode(([], [], [], ["10.0.0.1/8"])),
    ],
)
def test_bytes_that_this_version_would_not_write_are_refused(stored: bytes) -> None:
    with pytest.raises(ServiceError) as refused:
        scopes.decode(stored)
    assert refused.value.reason == reasons.ERROR_REASON_SEAL_BROKEN


@pytest.mark.parametrize(
    ("peer", "allowed"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("192.168.0.1", False),
        ("::ffff:192.168.0.1", False),
        ("2001:db8::1", True),
        ("2001:db8::1%eth0", True),
        ("2001:db9::1", False),
        ("::1", False),
        ("unix", False),
        ("", False),
    ],
)
def test_a_request_must_come_from_a_network_of_the_scope(peer: str, *, allowed: bool) -> None:
    caller = caller_of(scopes.of_message(WHOLE))
    if allowed:
        scopes.require_network(caller, peer)
        return
    with pytest.raises(AuthenticationFailed) as refused:
        scopes.require_network(caller, peer)
    assert refused.value.reason == reasons.ERROR_REASON_NETWORK_NOT_ALLOWED
    assert (refused.value.kind, refused.value.key_id) == ("wrong_network", "k")


def test_without_networks_a_request_may_come_from_anywhere() -> None:
    for scope in (None, scope_of(folder_ids=[3])):
        scopes.require_network(caller_of(scope), "192.168.0.1")
        scopes.require_network(caller_of(scope), "unix")


@pytest.mark.parametrize(
    ("bounds", "scope", "wider"),
    [
        (None, scope_of(folder_ids=[3]), []),
        (scope_of(folder_ids=[3]), None, ["folder_ids"]),
        (WHOLE, None, ["credential_ids", "folder_ids", "surfaces", "networks"]),
        (WHOLE, WHOLE, []),
        (scope_of(credential_ids=[ONE]), scope_of(credential_ids=[ONE, OTHER]), ["credential_ids"]),
        (scope_of(credential_ids=[ONE]), scope_of(folder_ids=[3]), ["credential_ids"]),
        (scope_of(folder_ids=[3]), scope_of(folder_ids=[3], surfaces=[SURFACE_TINES]), []),
        (scope_of(networks=["10.0.0.0/8"]), scope_of(networks=["10.1.0.0/16", "10.2.3.4"]), []),
        (scope_of(networks=["10.0.0.0/8"]), scope_of(networks=["10.1.0.0/16", "11.0.0.0/16"]), ["networks"]),
        (scope_of(networks=["10.0.0.0/8"]), scope_of(networks=["::/0"]), ["networks"]),
        (scope_of(networks=["10.1.0.0/16"]), scope_of(networks=["10.0.0.0/8"]), ["networks"]),
    ],
)
def test_a_scope_is_wider_in_each_field_that_it_does_not_limit_as_much(
    bounds: Scope | contract.Scope | None, scope: Scope | contract.Scope | None, wider: list[str]
) -> None:
    both = [scopes.of_message(each) if isinstance(each, contract.Scope) else each for each in (bounds, scope)]
    assert list(scopes.wider_fields(*both)) == wider


@pytest.mark.parametrize(
    ("scope", "roles", "fields"),
    [
        (WHOLE, [ROLE_READER, ROLE_WRITER, ROLE_USER], []),
        (contract.Scope(networks=["10.0.0.0/8"]), [ROLE_ADMIN, ROLE_OPERATOR], []),
        (contract.Scope(), [ROLE_ADMIN, ROLE_OPERATOR], []),
        (contract.Scope(folder_ids=[3]), [ROLE_ADMIN], ["key.roles"]),
        (contract.Scope(credential_ids=[ONE]), [ROLE_READER, ROLE_OPERATOR], ["key.roles"]),
        (contract.Scope(surfaces=[SURFACE_VERSORI]), [ROLE_ADMIN], ["key.roles"]),
        (contract.Scope(credential_ids=[ONE, "7", ONE.upper()]), [], ["key.scope.credential_ids[1]"]),
        (contract.Scope(credential_ids=[ONE] * 1001), [], ["key.scope.credential_ids"]),
        (contract.Scope(folder_ids=[3, 0, -1]), [], ["key.scope.folder_ids[1]", "key.scope.folder_ids[2]"]),
        (contract.Scope(folder_ids=[3] * 101), [], ["key.scope.folder_ids"]),
        (contract.Scope(surfaces=[0, 99]), [], ["key.scope.surfaces[0]", "key.scope.surfaces[1]"]),  # type: ignore[list-item]
        (contract.Scope(networks=["10.0.0.0/8"] * 101), [], ["key.scope.networks"]),
    ],
)
def test_each_broken_rule_names_its_field(scope: contract.Scope, roles: Collection[int], fields: list[str]) -> None:
    assert [each.field for each in scopes.violations("key.scope", scope, "key.roles", roles)] == fields


@pytest.mark.parametrize(
    "network",
    [
        "",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "example.com",
        "fe80::%eth0/64",
        "::ffff:10.0.0.0/104",
        "10.0.0.0/8 ",
        "167772160",
    ],
)
def test_a_network_needs_the_form_of_one(network: str) -> None:
    found = scopes.violations("scope", contract.Scope(networks=[network]), "roles", ())
    assert [each.field for each in found] == ["scope.networks[0]"]
