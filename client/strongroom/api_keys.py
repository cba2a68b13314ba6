"""The client's methods for API keys, one for each RPC of OrganisationService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.calls import Calls, new_request_id
from strongroom.v1.organisation_service_pb2 import (
    ApiKey,
    CreateApiKeyRequest,
    GetApiKeyRequest,
    ListApiKeysRequest,
    ListApiKeysResponse,
    RevokeApiKeyRequest,
    UpdateApiKeyRequest,
)
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom.pages import Pages


class ApiKeyCalls(Calls):
    """Creates, reads, lists, updates and revokes API keys."""

    @property
    def _api_keys(self) -> OrganisationServiceStub:
        return self._stub(OrganisationServiceStub)

    async def create_api_key(
        self, api_key: ApiKey, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> ApiKey:
        """Create an API key. The whole key is in `key` of this response, and nowhere else.

        The roles and grantable_roles of the new key must be among the grantable_roles of the client's key. If the client's key
        is limited to teams or expires, the new key must have no other teams and expire no later. Otherwise the call raises
        PermissionDeniedError / GRANT_NOT_ALLOWED, and field_violations names the field.

        request_id: see create_credential. Repeating the request raises AlreadyExistsError / API_KEY_EXISTS with the id of the key.
        """
        return await self._call(
            self._api_keys.CreateApiKey,
            CreateApiKeyRequest(api_key=api_key, request_id=request_id or new_request_id()),
            timeout_seconds,
        )

    async def get_api_key(self, api_key_id: str, *, timeout_seconds: float | None = None) -> ApiKey:
        """Read an API key without its secret. Its id is the part between the two underscores of the key."""
        return await self._call(self._api_keys.GetApiKey, GetApiKeyRequest(id=api_key_id), timeout_seconds)

    def list_api_keys(
        self, *, page_size: int = 0, page_token: str = "", timeout_seconds: float | None = None
    ) -> Pages[ListApiKeysResponse, ApiKey]:
        """List the API keys, including revoked and expired ones, by id.

        page_size, page_token: see list_organisations.
        """
        request = ListApiKeysRequest(page_size=page_size, page_token=page_token)
        return self._pages(self._api_keys.ListApiKeys, request, lambda page: page.api_keys, timeout_seconds)

    async def update_api_key(
        self,
        api_key_id: str,
        api_key: ApiKey,
        update_mask: Sequence[str],
        *,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> ApiKey:
        """Set the fields in `update_mask` of an API key to their values in `api_key`.

        The call raises PermissionDeniedError / GRANT_NOT_ALLOWED if the client's key would widen its own rights, or give another
        key rights that it may not grant; FailedPreconditionError / API_KEY_REVOKED if the key is revoked; and
        FailedPreconditionError / LAST_ADMIN_KEY if the organisation would be left without an admin key.

        api_key: with its etag set, the update is refused if the key has changed; see update_credential.
        update_mask: any of display_name, roles, team_ids, expire_time, grantable_roles, jwt_audience, max_token_age, scope.
        request_id: see create_credential.
        """
        request = UpdateApiKeyRequest(
            id=api_key_id,
            api_key=api_key,
            update_mask=FieldMask(paths=update_mask),
            request_id=request_id or new_request_id(),
        )
        return await self._call(self._api_keys.UpdateApiKey, request, timeout_seconds)

    async def revoke_api_key(
        self, api_key_id: str, *, etag: str = "", request_id: str = "", timeout_seconds: float | None = None
    ) -> ApiKey:
        """Revoke an API key. It stops working on every node within a second. Revoking a revoked key does nothing.

        The organisation's last admin key raises FailedPreconditionError / LAST_ADMIN_KEY. Only an operator may revoke an
        operator's key; others get PermissionDeniedError / GRANT_NOT_ALLOWED.

        etag: see delete_credential.
        request_id: see create_credential.
        """
        request = RevokeApiKeyRequest(id=api_key_id, etag=etag, request_id=request_id or new_request_id())
        return await self._call(self._api_keys.RevokeApiKey, request, timeout_seconds)
