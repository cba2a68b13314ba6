"""Credentials inside and outside of scopes, and keys with these scopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from credentials.listing import made_folder
from rpc.calls import key_of, other_organisation
from samples import created, named

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES, Credential
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_USER, ROLE_WRITER, Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conftest import Deployment
    from rpc.calls import Metadata

# By the field that limits the key: the place of a new credential inside of the scope.
KINDS = ("credential_ids", "folder_ids", "surfaces")


@dataclass(frozen=True, slots=True)
class World:
    """An organisation with a folder inside of the scopes and others outside, all of team 1 but the last, which is of team 2."""

    deployment: Deployment
    # A key with every role but operator, and no scope.
    admin: Metadata
    inside: int
    outside: int
    elsewhere: int

    async def create(self, *, within: bool, **fields: Any) -> Credential:
        """Create a credential inside or outside of the folder and of the surface that scopes contain."""
        fields.setdefault("surface", SURFACE_NATIVE if within else SURFACE_TINES)
        fields.setdefault("folder_id", self.inside if within else self.outside)
        return await created(self.deployment, named(variant="text", team_id=1, **fields), self.admin)

    async def key(self, kind: str, *credentials: Credential, **fields: Any) -> Metadata:
        """A key with a scope of one kind. One of credential_ids contains these credentials."""
        ids: Sequence[str] = [each.id for each in credentials]
        scope = {
            "credential_ids": Scope(credential_ids=ids),
            "folder_ids": Scope(folder_ids=[self.inside]),
            "surfaces": Scope(surfaces=[SURFACE_NATIVE]),
        }[kind]
        return await self.scoped(scope, **fields)

    async def scoped(self, scope: Scope, *roles: Any, **fields: Any) -> Metadata:
        """A key with this scope that may use, read and write credentials, unless other roles are given."""
        roles = roles or (ROLE_READER, ROLE_WRITER, ROLE_USER)
        return await key_of(self.deployment, *roles, by=self.admin, scope=scope, **fields)


async def new_world(deployment: Deployment) -> World:
    """An organisation of its own in the deployment."""
    _, admin = await other_organisation(deployment)
    folders = [await made_folder(deployment, admin, team_id=team_id) for team_id in (1, 1, 2)]
    return World(deployment, admin, *folders)
