"""Finds the caller of a request by what it presents: an API key, a token or a client certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.v1 import error_reason_pb2
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.access.workload_tokens import token_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from strongroom_server.access.api_keys import ApiKeys
    from strongroom_server.access.caller import Caller, Presented
    from strongroom_server.access.certificate_identities import CertificateIdentities
    from strongroom_server.access.identities import Identities
    from strongroom_server.access.workload_tokens import WorkloadTokens
    from strongroom_server.store.watch import Watch


class Authenticator:
    """Authenticates callers. It asks the module of each way to do so, and knows none of their details."""

    def __init__(
        self, api_keys: ApiKeys, identities: Identities, tokens: WorkloadTokens, certificates: CertificateIdentities
    ) -> None:
        self._api_keys = api_keys
        self._identities = identities
        self._tokens = tokens
        self._certificates = certificates

    async def identify(self, presented: Presented, watch: Watch) -> Caller:
        """The caller of a request. Raises AuthenticationFailed.

        With both a key or token and a certificate, the caller is that of the key or token, and the certificate must not contradict
        it: one that lies in no issuer only protects the connection.
        """
        if not presented.certificate:
            return await self._of_authorization(presented.authorization, watch)
        if not presented.authorization:
            return await self._with_newest_identities(lambda: self._of_certificate(presented.certificate, watch), watch)
        caller = await self._of_authorization(presented.authorization, watch)
        try:
            certified = await self._certificates.identify(presented.certificate, watch)
        except AuthenticationFailed as failure:
            raise _conflict(caller, failure.principal) from None
        if certified is not None and certified.organisation_id != caller.organisation_id:
            raise _conflict(caller, certified.principal)
        return caller

    async def _of_authorization(self, authorization: Sequence[str | bytes], watch: Watch) -> Caller:
        token = token_in(authorization)
        if token is not None:
            return await self._with_newest_identities(lambda: self._tokens.identify(token, watch), watch)
        return await self._api_keys.identify(authorization, watch)

    async def _of_certificate(self, certificate: bytes, watch: Watch) -> Caller:
        caller = await self._certificates.identify(certificate, watch)
        if caller is None:
            raise AuthenticationFailed("unknown_identity", reason=error_reason_pb2.ERROR_REASON_IDENTITY_UNKNOWN)
        return caller

    async def _with_newest_identities(self, identify: Callable[[], Awaitable[Caller]], watch: Watch) -> Caller:
        """The caller, found again if it is unknown and another node has changed identities a moment ago.

        As for API keys, all that fail wait for one round trip of the connection that receives notifications.
        """
        epoch = self._identities.epoch
        try:
            return await identify()
        except AuthenticationFailed as failure:
            if failure.reason != error_reason_pb2.ERROR_REASON_IDENTITY_UNKNOWN:
                raise
            await watch.catch_up()
            if self._identities.epoch == epoch:
                raise
        return await identify()


def _conflict(caller: Caller, principal: str) -> AuthenticationFailed:
    return AuthenticationFailed(
        "conflict",
        caller.key_id,
        caller.organisation_id,
        principal=principal,
        reason=error_reason_pb2.ERROR_REASON_IDENTITY_CONFLICT,
    )
