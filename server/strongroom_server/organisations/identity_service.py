"""Serves IdentityService. Each method calls the module of its noun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.organisations import identities, identity_issuers
from strongroom_server.organisations.identity_messages import caller_message

if TYPE_CHECKING:
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

    # The message has the same name.
    from strongroom_server.access.caller import Caller as RequestCaller
    from strongroom_server.organisations.context import Context


class IdentityServicer:
    """The methods of IdentityService. Each gets a parsed request of an authorised caller, and raises ServiceError."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get_caller(self, _: GetCallerRequest, caller: RequestCaller) -> Caller:
        return caller_message(caller)

    async def create_identity_issuer(
        self, request: CreateIdentityIssuerRequest, caller: RequestCaller
    ) -> IdentityIssuer:
        return await identity_issuers.create(self._context, request, caller)

    async def get_identity_issuer(self, request: GetIdentityIssuerRequest, _: RequestCaller) -> IdentityIssuer:
        return await identity_issuers.get(self._context, request)

    async def list_identity_issuers(
        self, request: ListIdentityIssuersRequest, caller: RequestCaller
    ) -> ListIdentityIssuersResponse:
        return await identity_issuers.list_issuers(self._context, request, caller)

    async def update_identity_issuer(
        self, request: UpdateIdentityIssuerRequest, caller: RequestCaller
    ) -> IdentityIssuer:
        return await identity_issuers.update(self._context, request, caller)

    async def disable_identity_issuer(
        self, request: DisableIdentityIssuerRequest, caller: RequestCaller
    ) -> IdentityIssuer:
        return await identity_issuers.disable(self._context, request, caller)

    async def create_identity(self, request: CreateIdentityRequest, caller: RequestCaller) -> Identity:
        return await identities.create(self._context, request, caller)

    async def get_identity(self, request: GetIdentityRequest, caller: RequestCaller) -> Identity:
        return await identities.get(self._context, request, caller)

    async def list_identities(self, request: ListIdentitiesRequest, caller: RequestCaller) -> ListIdentitiesResponse:
        return await identities.list_identities(self._context, request, caller)

    async def update_identity(self, request: UpdateIdentityRequest, caller: RequestCaller) -> Identity:
        return await identities.update(self._context, request, caller)

    async def disable_identity(self, request: DisableIdentityRequest, caller: RequestCaller) -> Identity:
        return await identities.disable(self._context, request, caller)
