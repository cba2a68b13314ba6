"""Serves KeyService."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.key_service_pb2 import (
    ActivateSealingKeyRequest,
    CreateSealingKeyRequest,
    DestroySealingKeyRequest,
    GetSealingKeyRequest,
    GetSigningKeyRequest,
    KeyState,
    ListSealingKeysRequest,
    ListSealingKeysResponse,
    ListSigningKeysRequest,
    ListSigningKeysResponse,
    RetireSealingKeyRequest,
    RetireSigningKeyRequest,
    SealingKey,
    SigningKey,
)
from strongroom_server.core import records
from strongroom_server.core.errors import OperatorError, ServiceError, invalid
from strongroom_server.core.timestamps import timestamp
from strongroom_server.keys import sealing, signing
from strongroom_server.rules.pages import page_of
from strongroom_server.store import key_rows, keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from strongroom_server.access.caller import Caller
    from strongroom_server.keys.context import Context

KeyRow = TypeVar("KeyRow", records.SealingKey, records.SigningKey)


class KeyServicer:
    """The methods of KeyService. Each gets a parsed request of an authorised caller, and raises ServiceError."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get_sealing_key(self, request: GetSealingKeyRequest, _: Caller) -> SealingKey:
        key = _found(await keys.sealing_keys(self._context.database), request.id)
        if self._context.keyring.keys.sealing.get(key.id) != key:
            # This node has not heard of the last change yet.
            await self._reload()
        return self._sealing_message(key)

    async def list_sealing_keys(self, request: ListSealingKeysRequest, _: Caller) -> ListSealingKeysResponse:
        page = page_of(self._context.keyring, request, "sealing keys", request.count_rows)
        found = _after(await keys.sealing_keys(self._context.database), page.after)
        counts: Mapping[str, int] = {}
        if request.count_rows:
            async with self._context.database.transaction() as transaction:
                counts = await key_rows.rows_under_sealing_keys(transaction)
        shown, next_page_token = page.cut(found, lambda key: key.id)
        return ListSealingKeysResponse(
            sealing_keys=[self._sealing_message(key, counts) for key in shown], next_page_token=next_page_token
        )

    async def create_sealing_key(self, request: CreateSealingKeyRequest, caller: Caller) -> SealingKey:
        sent = SealingKey(organisation_id=request.sealing_key.organisation_id)
        if not request.HasField("sealing_key") or request.sealing_key != sent:
            raise invalid("sealing_key", "must be set, and may only have an organisation_id")
        key = await sealing.create(self._context, caller, sent.organisation_id)
        await self._reload()
        return self._sealing_message(key)

    async def activate_sealing_key(self, request: ActivateSealingKeyRequest, caller: Caller) -> SealingKey:
        key = await sealing.activate(self._context, caller, request.id)
        await self._reload()
        return self._sealing_message(key)

    async def retire_sealing_key(self, request: RetireSealingKeyRequest, caller: Caller) -> SealingKey:
        key = await sealing.retire(self._context, caller, request.id)
        await self._reload()
        return self._sealing_message(key)

    async def destroy_sealing_key(self, request: DestroySealingKeyRequest, caller: Caller) -> SealingKey:
        key = await sealing.destroy(self._context, caller, request.id, request.confirmation)
        await self._reload()
        return self._sealing_message(key)

    async def get_signing_key(self, request: GetSigningKeyRequest, _: Caller) -> SigningKey:
        return self._signing_message(_found(await keys.signing_keys(self._context.database), request.id))

    async def list_signing_keys(self, request: ListSigningKeysRequest, _: Caller) -> ListSigningKeysResponse:
        page = page_of(self._context.keyring, request, "signing keys", request.count_rows)
        found = _after(await keys.signing_keys(self._context.database), page.after)
        counts: Mapping[str, int] = {}
        if request.count_rows:
            async with self._context.database.transaction() as transaction:
                counts = await key_rows.rows_under_signers(transaction)
        shown, next_page_token = page.cut(found, lambda key: key.id)
        return ListSigningKeysResponse(
            signing_keys=[self._signing_message(key, counts) for key in shown], next_page_token=next_page_token
        )

    async def retire_signing_key(self, request: RetireSigningKeyRequest, caller: Caller) -> SigningKey:
        return self._signing_message(await signing.retire(self._context, caller, request.id))

    async def _reload(self) -> None:
        """Read the keys again, so that this node acts on its own change at once. The others hear of it within a second."""
        with suppress(OperatorError):
            await self._context.keyring.reload()

    def _sealing_message(self, key: records.SealingKey, counts: Mapping[str, int] | None = None) -> SealingKey:
        return SealingKey(
            id=key.id,
            organisation_id=key.organisation_id,
            state=_state(key.state),
            revision=key.revision,
            create_time=timestamp(key.create_time),
            update_time=timestamp(key.update_time),
            opened_here=self._context.keyring.holds(key.id),
            row_count=(counts or {}).get(key.id, 0),
        )

    def _signing_message(self, key: records.SigningKey, counts: Mapping[str, int] | None = None) -> SigningKey:
        return SigningKey(
            id=key.id,
            purpose=key.purpose,
            state=_state(key.state),
            revision=key.revision,
            create_time=timestamp(key.create_time),
            update_time=timestamp(key.update_time),
            used_here=key.id in self._context.keyring.signer_ids,
            row_count=(counts or {}).get(key.id, 0),
        )


def _found(rows: Sequence[KeyRow], key_id: str) -> KeyRow:
    for key in rows:
        if key.id == key_id:
            return key
    raise ServiceError(reasons.ERROR_REASON_KEY_NOT_FOUND)


def _after(rows: Sequence[KeyRow], key_id: str) -> list[KeyRow]:
    return sorted((key for key in rows if key.id > key_id), key=lambda key: key.id)


def _state(state: str) -> KeyState.ValueType:
    return KeyState.Value(f"KEY_STATE_{state.upper()}")
