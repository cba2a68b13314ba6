"""Converts rows of identity issuers and identities to messages, and messages to the columns that can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from strongroom.v1 import identity_service_pb2 as contract
from strongroom_server.access import claims, scopes
from strongroom_server.core.records import DNS, OIDC, SPIFFE
from strongroom_server.core.timestamps import timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from strongroom_server.access.caller import Caller
    from strongroom_server.core import records


class ChangeableColumns(TypedDict):
    """The columns of an identity that an update can change."""

    display_name: str
    roles: Sequence[int]
    team_ids: Sequence[int]
    scope: bytes
    expire_time: datetime | None
    denied_names: Sequence[str]
    denied_serials: Sequence[str]


class SourceColumns(TypedDict):
    """The columns that say what an issuer is."""

    kind: int
    name: str
    audience: str
    claim: str
    claim_prefix: str
    jwks_json: str
    jwks_url: str


def issuer_message(issuer: records.IdentityIssuer, *, with_keys: bool = True) -> contract.IdentityIssuer:
    """The message of a row. Without keys it lacks jwks_json."""
    message = contract.IdentityIssuer(
        id=issuer.id,
        organisation_id=issuer.organisation_id,
        display_name=issuer.display_name,
        denied_serials=issuer.denied_serials,
        create_time=timestamp(issuer.create_time),
        disable_time=timestamp(issuer.disable_time),
        etag=str(issuer.revision),
    )
    if issuer.kind == SPIFFE:
        message.spiffe_trust_domain = issuer.name
    elif issuer.kind == DNS:
        message.dns_suffix = issuer.name
    else:
        message.oidc.issuer = issuer.name
        message.oidc.audience = issuer.audience
        message.oidc.claim = issuer.claim
        message.oidc.claim_prefix = issuer.claim_prefix
        message.oidc.jwks_json = issuer.jwks_json if with_keys else ""
        message.oidc.jwks_url = issuer.jwks_url
    return message


def source_columns(message: contract.IdentityIssuer) -> SourceColumns:
    """The columns of a checked message that say what the issuer is."""
    if message.HasField("oidc"):
        oidc = message.oidc
        return SourceColumns(
            kind=OIDC,
            name=oidc.issuer,
            audience=oidc.audience,
            claim=oidc.claim or "sub",
            claim_prefix=oidc.claim_prefix,
            jwks_json=oidc.jwks_json,
            jwks_url=oidc.jwks_url,
        )
    is_dns = message.HasField("dns_suffix")
    return SourceColumns(
        kind=DNS if is_dns else SPIFFE,
        name=message.dns_suffix if is_dns else message.spiffe_trust_domain,
        audience="",
        claim="",
        claim_prefix="",
        jwks_json="",
        jwks_url="",
    )


def identity_message(identity: records.Identity) -> contract.Identity:
    """The message of a row."""
    return contract.Identity(
        id=identity.id,
        organisation_id=identity.organisation_id,
        display_name=identity.display_name,
        issuer_id=identity.issuer_id,
        name=identity.name,
        claims=claims.decode(identity.claims),
        roles=identity.roles,  # type: ignore[arg-type] # an enumeration's numbers
        team_ids=identity.team_ids,
        scope=scopes.message_of(scopes.decode(identity.scope)),
        expire_time=timestamp(identity.expire_time),
        denied_names=identity.denied_names,
        denied_serials=identity.denied_serials,
        create_time=timestamp(identity.create_time),
        disable_time=timestamp(identity.disable_time),
        etag=str(identity.revision),
    )


def changeable_columns(message: contract.Identity, expire_time: datetime | None) -> ChangeableColumns:
    """The columns of a checked message that an update can change."""
    return ChangeableColumns(
        display_name=message.display_name,
        roles=tuple(dict.fromkeys(message.roles)),
        team_ids=tuple(dict.fromkeys(message.team_ids)),
        scope=scopes.encode(scopes.of_message(message.scope)),
        expire_time=expire_time,
        denied_names=tuple(dict.fromkeys(message.denied_names)),
        denied_serials=tuple(dict.fromkeys(message.denied_serials)),
    )


def caller_message(caller: Caller) -> contract.Caller:
    """The message of who makes a request."""
    return contract.Caller(
        id=caller.key_id,
        organisation_id=caller.organisation_id,
        principal=caller.principal,
        roles=sorted(caller.roles),  # type: ignore[arg-type] # an enumeration's numbers
        team_ids=caller.team_ids or (),
        scope=scopes.message_of(caller.scope),
        expire_time=timestamp(caller.expire_time),
    )
