"""The client's methods for identities, one for each RPC of IdentityService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.calls import Calls, new_request_id
from strongroom.v1.identity_service_pb2 import (
    Caller,
    CreateIdentityIssuerRequest,
    CreateIdentityRequest,
    DisableIdentityIssuerRequest,
    DisableIdentityRequest,
    GetCallerRequest,
    GetIdentityIssuerRequest,
    GetIdentityRequest,
    Identity,
    IdentityIssuer,
    ListIdentitiesRequest,
    ListIdentitiesResponse,
    ListIdentityIssuersRequest,
    ListIdentityIssuersResponse,
    UpdateIdentityIssuerRequest,
    UpdateIdentityRequest,
)
from strongroom.v1.identity_service_pb2_grpc import IdentityServiceStub

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom.pages import Pages


class IdentityCalls(Calls):
    """Manages what client certificates and workloads' tokens stand for: issuers (role operator) and identities (role admin)."""

    @property
    def _identities(self) -> IdentityServiceStub:
        return self._stub(IdentityServiceStub)

    async def get_caller(self, *, timeout_seconds: float | None = None) -> Caller:
        """Read who the client is: its key or identity, organisation, roles and limits."""
        return await self._call(self._identities.GetCaller, GetCallerRequest(), timeout_seconds)

    async def create_identity_issuer(
        self, identity_issuer: IdentityIssuer, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> IdentityIssuer:
        """Bind a SPIFFE trust domain, a DNS suffix or an OpenID Connect issuer to one organisation.

        If it overlaps with another issuer, raises AlreadyExistsError / IDENTITY_ISSUER_EXISTS.

        request_id: see create_credential.
        """
        request = CreateIdentityIssuerRequest(
            identity_issuer=identity_issuer, request_id=request_id or new_request_id()
        )
        return await self._call(self._identities.CreateIdentityIssuer, request, timeout_seconds)

    async def get_identity_issuer(
        self, identity_issuer_id: str, *, timeout_seconds: float | None = None
    ) -> IdentityIssuer:
        """Read an issuer."""
        request = GetIdentityIssuerRequest(id=identity_issuer_id)
        return await self._call(self._identities.GetIdentityIssuer, request, timeout_seconds)

    def list_identity_issuers(
        self, *, page_size: int = 0, page_token: str = "", timeout_seconds: float | None = None
    ) -> Pages[ListIdentityIssuersResponse, IdentityIssuer]:
        """List the issuers, including disabled ones, by id: with the role operator all, with admin those of the organisation.

        page_size, page_token: see list_organisations.
        """
        request = ListIdentityIssuersRequest(page_size=page_size, page_token=page_token)
        return self._pages(
            self._identities.ListIdentityIssuers, request, lambda page: page.identity_issuers, timeout_seconds
        )

    async def update_identity_issuer(
        self,
        identity_issuer_id: str,
        identity_issuer: IdentityIssuer,
        update_mask: Sequence[str],
        *,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> IdentityIssuer:
        """Set the fields in `update_mask` of an issuer: any of display_name, denied_serials, oidc.jwks_json, oidc.jwks_url.

        request_id: see create_credential.
        """
        request = UpdateIdentityIssuerRequest(
            id=identity_issuer_id,
            identity_issuer=identity_issuer,
            update_mask=FieldMask(paths=update_mask),
            request_id=request_id or new_request_id(),
        )
        return await self._call(self._identities.UpdateIdentityIssuer, request, timeout_seconds)

    async def disable_identity_issuer(
        self, identity_issuer_id: str, *, etag: str = "", request_id: str = "", timeout_seconds: float | None = None
    ) -> IdentityIssuer:
        """Disable an issuer and its identities for good, on every node within a second.

        etag: see delete_credential.
        request_id: see create_credential.
        """
        request = DisableIdentityIssuerRequest(
            id=identity_issuer_id, etag=etag, request_id=request_id or new_request_id()
        )
        return await self._call(self._identities.DisableIdentityIssuer, request, timeout_seconds)

    async def create_identity(
        self, identity: Identity, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> Identity:
        """Map names or claims of an issuer of the organisation to roles, teams and a scope.

        Its roles must be among the grantable_roles of the client's key, and its teams and scope within the key's.

        request_id: see create_credential.
        """
        request = CreateIdentityRequest(identity=identity, request_id=request_id or new_request_id())
        return await self._call(self._identities.CreateIdentity, request, timeout_seconds)

    async def get_identity(self, identity_id: str, *, timeout_seconds: float | None = None) -> Identity:
        """Read an identity."""
        return await self._call(self._identities.GetIdentity, GetIdentityRequest(id=identity_id), timeout_seconds)

    def list_identities(
        self, *, page_size: int = 0, page_token: str = "", timeout_seconds: float | None = None
    ) -> Pages[ListIdentitiesResponse, Identity]:
        """List the identities, including disabled ones, by id.

        page_size, page_token: see list_organisations.
        """
        request = ListIdentitiesRequest(page_size=page_size, page_token=page_token)
        return self._pages(self._identities.ListIdentities, request, lambda page: page.identities, timeout_seconds)

    async def update_identity(
        self,
        identity_id: str,
        identity: Identity,
        update_mask: Sequence[str],
        *,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> Identity:
        """Set the fields in `update_mask` of an identity to their values in `identity`.

        update_mask: any of display_name, roles, team_ids, scope, expire_time, denied_names, denied_serials.
        request_id: see create_credential.
        """
        request = UpdateIdentityRequest(
            id=identity_id,
            identity=identity,
            update_mask=FieldMask(paths=update_mask),
            request_id=request_id or new_request_id(),
        )
        return await self._call(self._identities.UpdateIdentity, request, timeout_seconds)

    async def disable_identity(
        self, identity_id: str, *, etag: str = "", request_id: str = "", timeout_seconds: float | None = None
    ) -> Identity:
        """Disable an identity for good, on every node within a second.

        etag: see delete_credential.
        request_id: see create_credential.
        """
        request = DisableIdentityRequest(id=identity_id, etag=etag, request_id=request_id or new_request_id())
        return await self._call(self._identities.DisableIdentity, request, timeout_seconds)
