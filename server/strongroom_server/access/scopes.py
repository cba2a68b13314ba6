"""Decides what the scope of an API key or identity contains: which credentials, and which networks requests may come from.

A scope has a form in rows, a form in messages and field rules, which API keys and identities share. The SQL of a scope is in
store/credentials.py.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1 import organisation_service_pb2 as contract
from strongroom.v1.credential_pb2 import SURFACE_UNSPECIFIED, Surface
from strongroom.v1.organisation_service_pb2 import ROLE_ADMIN, ROLE_OPERATOR
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.core.networks import Network, is_within
from strongroom_server.rules import fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Credential


_MOST_CREDENTIALS: Final = 1000
# The form that is stored: the credential ids as bytes, the folder ids, the surfaces, and the networks as text, all sorted.
_STORED: Final = tuple[list[bytes], list[int], list[int], list[str]]
_IPV4_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")
_WITHIN: Final = "must be within the scope of the API key or identity"
# The rule for a request that changes a test credential together with its live credential.
TEST_WITHIN: Final = "reaches the test credential too, which must be within the scope of the API key or identity"
_UNSCOPED_ROLES: Final = (ROLE_ADMIN, ROLE_OPERATOR)


class Scope(msgspec.Struct, frozen=True):
    """What an API key or identity is limited to. An empty field is no limit."""

    credential_ids: frozenset[UUID] = frozenset()
    folder_ids: frozenset[int] = frozenset()
    surfaces: frozenset[int] = frozenset()
    networks: tuple[Network, ...] = ()


_UNLIMITED: Final = Scope()


def within(scope: Scope | None, credential_id: UUID, folder_id: int | None, surface: int) -> bool:
    """Whether a scope contains a credential. It contains a folder without those inside of it."""
    return scope is None or (
        (not scope.credential_ids or credential_id in scope.credential_ids)
        and (not scope.folder_ids or folder_id in scope.folder_ids)
        and (not scope.surfaces or surface in scope.surfaces)
    )


def limits_credentials(scope: Scope | None) -> bool:
    """Whether there are credentials that a scope does not contain."""
    return scope is not None and bool(scope.credential_ids or scope.folder_ids or scope.surfaces)


def contains(scope: Scope | None, row: Credential) -> bool:
    """Whether a scope contains the credential of this row."""
    return scope is None or within(scope, row.id, row.folder_id, row.surface)


def require_within(caller: Caller, row: Credential, field: str, rule: str = _WITHIN) -> None:
    """Raises SCOPE_NOT_ALLOWED with this field of the request and its rule, unless the caller's scope contains the credential."""
    if not contains(caller.scope, row):
        raise _not_allowed(field, rule)


def require_create(caller: Caller, folder_id: int, surface: int) -> None:
    """Raises SCOPE_NOT_ALLOWED unless the caller may create a credential in this folder and of this surface. 0 is no folder."""
    scope = caller.scope
    if scope is None:
        return
    if scope.credential_ids:
        raise _not_allowed("credential.id", "is new, and the scope of the API key or identity has only ids that exist")
    if scope.folder_ids and folder_id not in scope.folder_ids:
        raise _not_allowed("credential.folder_id", _WITHIN)
    if scope.surfaces and surface not in scope.surfaces:
        raise _not_allowed("credential.surface", _WITHIN)


def _not_allowed(field: str, rule: str) -> ServiceError:
    return ServiceError(reasons.ERROR_REASON_SCOPE_NOT_ALLOWED, (FieldViolation(field, rule),), field=field)


def require_network(caller: Caller, peer: str) -> None:
    """Raises AuthenticationFailed with NETWORK_NOT_ALLOWED unless the caller may send requests from this address."""
    if caller.scope is None or not caller.scope.networks:
        return
    if not is_within(caller.scope.networks, peer):
        raise AuthenticationFailed(
            "wrong_network",
            caller.key_id,
            caller.organisation_id,
            reason=reasons.ERROR_REASON_NETWORK_NOT_ALLOWED,
        )


def wider_fields(bounds: Scope | None, scope: Scope | None) -> Iterator[str]:
    """The names of the fields in which a scope reaches beyond the bounds."""
    most, own = bounds or _UNLIMITED, scope or _UNLIMITED
    for name in ("credential_ids", "folder_ids", "surfaces"):
        allowed, chosen = getattr(most, name), getattr(own, name)
        if allowed and not (chosen and chosen <= allowed):
            yield name
    if most.networks and not (own.networks and all(_lies_in(each, most.networks) for each in own.networks)):
        yield "networks"


def _lies_in(network: Network, networks: Sequence[Network]) -> bool:
    return any(
        network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type] # same version
        for other in networks
    )


def violations(path: str, scope: contract.Scope, roles_path: str, roles: Collection[int]) -> Iterator[FieldViolation]:
    """The rules of a scope in a request, and of the roles of the key or identity that it limits."""
    yield from fields.at_most(f"{path}.credential_ids", scope.credential_ids, _MOST_CREDENTIALS)
    for index, credential_id in enumerate(scope.credential_ids[:_MOST_CREDENTIALS]):
        yield from fields.uuid(f"{path}.credential_ids[{index}]", credential_id)
    yield from fields.at_most(f"{path}.folder_ids", scope.folder_ids)
    for index, folder_id in enumerate(scope.folder_ids[: fields.MOST_ELEMENTS]):
        if folder_id < 1:
            yield FieldViolation(f"{path}.folder_ids[{index}]", "must be a number from 1")
    yield from fields.at_most(f"{path}.surfaces", scope.surfaces)
    for index, surface in enumerate(scope.surfaces[: fields.MOST_ELEMENTS]):
        if surface == SURFACE_UNSPECIFIED:
            yield FieldViolation(f"{path}.surfaces[{index}]", "must not be SURFACE_UNSPECIFIED")
        yield from fields.enumeration(f"{path}.surfaces[{index}]", surface, Surface.DESCRIPTOR)
    yield from fields.at_most(f"{path}.networks", scope.networks)
    for index, network in enumerate(scope.networks[: fields.MOST_ELEMENTS]):
        yield from _network(f"{path}.networks[{index}]", network)
    if (scope.credential_ids or scope.folder_ids or scope.surfaces) and not set(roles).isdisjoint(_UNSCOPED_ROLES):
        yield FieldViolation(
            roles_path, f"must not have ROLE_ADMIN or ROLE_OPERATOR unless {path} has only networks, or nothing"
        )


def _network(path: str, text: str) -> Iterator[FieldViolation]:
    try:
        network = None if "%" in text else ipaddress.ip_network(text)
    except ValueError:
        network = None
    if network is None:
        yield FieldViolation(
            path, "must be a network such as 10.0.0.0/8 or 2001:db8::/32, without bits after the length of its prefix"
        )
    elif network.version == _IPV4_MAPPED.version and network.subnet_of(_IPV4_MAPPED):
        yield FieldViolation(path, "must have the form of IPv4, such as 10.0.0.0/8")


def of_message(message: contract.Scope) -> Scope | None:
    """The scope in a checked request. None if it limits nothing."""
    scope = Scope(
        frozenset(map(UUID, message.credential_ids)),
        frozenset(message.folder_ids),
        frozenset(message.surfaces),
        _sorted(map(ipaddress.ip_network, message.networks)),
    )
    return None if scope == _UNLIMITED else scope


def message_of(scope: Scope | None) -> contract.Scope | None:
    """The message of a scope, with sorted fields. None if it limits nothing."""
    if scope is None:
        return None
    return contract.Scope(
        credential_ids=map(str, sorted(scope.credential_ids)),
        folder_ids=sorted(scope.folder_ids),
        surfaces=sorted(scope.surfaces),  # type: ignore[arg-type] # an enumeration's numbers
        networks=map(str, scope.networks),
    )


def encode(scope: Scope | None) -> bytes:
    """The form of a scope in a row: equal scopes have equal bytes. Empty if it limits nothing."""
    if scope is None or scope == _UNLIMITED:
        return b""
    return msgspec.msgpack.encode(
        (
            sorted(each.bytes for each in scope.credential_ids),
            sorted(scope.folder_ids),
            sorted(scope.surfaces),
            [str(each) for each in _sorted(scope.networks)],
        )
    )


def decode(stored: bytes) -> Scope | None:
    """The scope in a verified row. Raises SEAL_BROKEN for a form that this version does not know: it could hold another limit."""
    if not stored:
        return None
    try:
        ids, folder_ids, surfaces, networks = msgspec.msgpack.decode(stored, type=_STORED)
        scope = Scope(
            frozenset(UUID(bytes=each) for each in ids),
            frozenset(folder_ids),
            frozenset(surfaces),
            tuple(map(ipaddress.ip_network, networks)),
        )
    except (msgspec.DecodeError, ValueError):
        scope = None
    if scope is None or encode(scope) != stored:
        raise ServiceError(reasons.ERROR_REASON_SEAL_BROKEN)
    return scope


def _sorted(networks: Iterator[Network] | Sequence[Network]) -> tuple[Network, ...]:
    return tuple(sorted(set(networks), key=lambda each: (each.version, each.network_address.packed, each.prefixlen)))
