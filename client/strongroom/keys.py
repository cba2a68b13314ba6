"""The client's methods for sealing and signing keys, one for each RPC of KeyService. All need the role operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.calls import Calls, new_request_id
from strongroom.v1.key_service_pb2 import (
    ActivateSealingKeyRequest,
    CreateSealingKeyRequest,
    DestroySealingKeyRequest,
    GetSealingKeyRequest,
    GetSigningKeyRequest,
    ListSealingKeysRequest,
    ListSealingKeysResponse,
    ListSigningKeysRequest,
    ListSigningKeysResponse,
    RetireSealingKeyRequest,
    RetireSigningKeyRequest,
    SealingKey,
    SigningKey,
)
from strongroom.v1.key_service_pb2_grpc import KeyServiceStub

if TYPE_CHECKING:
    from strongroom.pages import Pages


class KeyCalls(Calls):
    """Lists and changes the deployment's sealing and signing keys.

    Every change needs the root key: a node that does not have it raises FailedPreconditionError / ROOT_KEY_ABSENT.
    """

    @property
    def _keys(self) -> KeyServiceStub:
        return self._stub(KeyServiceStub)

    async def get_sealing_key(self, sealing_key_id: str, *, timeout_seconds: float | None = None) -> SealingKey:
        """Read a sealing key."""
        return await self._call(self._keys.GetSealingKey, GetSealingKeyRequest(id=sealing_key_id), timeout_seconds)

    def list_sealing_keys(
        self,
        *,
        page_size: int = 0,
        page_token: str = "",
        count_rows: bool = False,
        timeout_seconds: float | None = None,
    ) -> Pages[ListSealingKeysResponse, SealingKey]:
        """List the sealing keys, including destroyed ones, by id.

        page_size, page_token: see list_organisations.
        count_rows: also count the rows under each key, which reads every row.
        """
        request = ListSealingKeysRequest(page_size=page_size, page_token=page_token, count_rows=count_rows)
        return self._pages(self._keys.ListSealingKeys, request, lambda page: page.sealing_keys, timeout_seconds)

    async def create_sealing_key(
        self, sealing_key: SealingKey, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> SealingKey:
        """Create a sealing key, which is pending until it is activated.

        sealing_key: set organisation_id for a key of one organisation.
        request_id: see create_credential.
        """
        request = CreateSealingKeyRequest(sealing_key=sealing_key, request_id=request_id or new_request_id())
        return await self._call(self._keys.CreateSealingKey, request, timeout_seconds)

    async def activate_sealing_key(
        self, sealing_key_id: str, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> SealingKey:
        """Seal new data under this key, on every node within a second. The key that was active is retiring then.

        request_id: see create_credential.
        """
        request = ActivateSealingKeyRequest(id=sealing_key_id, request_id=request_id or new_request_id())
        return await self._call(self._keys.ActivateSealingKey, request, timeout_seconds)

    async def retire_sealing_key(
        self, sealing_key_id: str, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> SealingKey:
        """Retire a sealing key. While a row is under it, raises FailedPreconditionError / KEY_IN_USE.

        request_id: see create_credential.
        """
        request = RetireSealingKeyRequest(id=sealing_key_id, request_id=request_id or new_request_id())
        return await self._call(self._keys.RetireSealingKey, request, timeout_seconds)

    async def destroy_sealing_key(
        self,
        sealing_key_id: str,
        *,
        confirmation: str = "",
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> SealingKey:
        """Destroy the private part of a sealing key. Backups still hold it.

        confirmation: required unless the key is retired, because everything under it becomes unreadable: the key's organisation, or
            the id of a key of the deployment.
        request_id: see create_credential.
        """
        request = DestroySealingKeyRequest(
            id=sealing_key_id, confirmation=confirmation, request_id=request_id or new_request_id()
        )
        return await self._call(self._keys.DestroySealingKey, request, timeout_seconds)

    async def get_signing_key(self, signing_key_id: str, *, timeout_seconds: float | None = None) -> SigningKey:
        """Read a signing key."""
        return await self._call(self._keys.GetSigningKey, GetSigningKeyRequest(id=signing_key_id), timeout_seconds)

    def list_signing_keys(
        self,
        *,
        page_size: int = 0,
        page_token: str = "",
        count_rows: bool = False,
        timeout_seconds: float | None = None,
    ) -> Pages[ListSigningKeysResponse, SigningKey]:
        """List the signing keys, including destroyed ones, by id.

        page_size, page_token: see list_organisations.
        count_rows: see list_sealing_keys.
        """
        request = ListSigningKeysRequest(page_size=page_size, page_token=page_token, count_rows=count_rows)
        return self._pages(self._keys.ListSigningKeys, request, lambda page: page.signing_keys, timeout_seconds)

    async def retire_signing_key(
        self, signing_key_id: str, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> SigningKey:
        """Revoke a signing key. While a row is under it, raises FailedPreconditionError / KEY_IN_USE.

        request_id: see create_credential.
        """
        request = RetireSigningKeyRequest(id=signing_key_id, request_id=request_id or new_request_id())
        return await self._call(self._keys.RetireSigningKey, request, timeout_seconds)
