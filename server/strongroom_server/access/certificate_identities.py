"""Finds the identity that a client certificate stands for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom_server.access import certificates
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.core.records import DNS
from strongroom_server.rules import identity_names, patterns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from strongroom_server.access.caller import Caller
    from strongroom_server.access.certificates import Certificate, Name
    from strongroom_server.access.failures import Kind
    from strongroom_server.access.identities import Identities, KnownIdentity
    from strongroom_server.core.records import IdentityIssuer
    from strongroom_server.store.watch import Watch

# How far the clock of a certificate's authority may be ahead of the database's. A certificate is never valid after its end.
_LEEWAY: Final = timedelta(seconds=30)
# A full cache is emptied.
_MOST_FOUND: Final = 4096


class _Bound(NamedTuple):
    """A name of a certificate, and an issuer that it lies in."""

    name: Name
    issuer: IdentityIssuer


class _Found(NamedTuple):
    """What the rows of an epoch say of a certificate. Its time and the expiry of identities are looked at with each request."""

    epoch: int
    certificate: Certificate
    bound: Sequence[_Bound]
    # Each identity whose pattern a name matches.
    matching: Sequence[tuple[Name, KnownIdentity]]


class CertificateIdentities:
    """Authenticates callers by their client certificates, whose chains TLS has verified."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        # By the certificate.
        self._found: dict[bytes, _Found] = {}

    async def identify(self, pem: bytes, watch: Watch) -> Caller | None:
        """The caller that a certificate stands for. None if no name of it lies in an issuer.

        Raises AuthenticationFailed with IDENTITY_UNKNOWN if a name does, and the certificate stands for no identity.
        """
        found = self._found.get(pem) if watch.hearing else None
        if found is None or found.epoch != self._identities.epoch:
            found = await self._find(pem, watch)
        if found is None or not found.bound:
            return None
        # A connection can last longer than its certificate.
        now = watch.now()
        _require_usable(found.certificate, found.bound, now)
        return _caller_of(found, now)

    async def _find(self, pem: bytes, watch: Watch) -> _Found | None:
        certificate = certificates.parse(pem)
        if certificate is None:
            return None
        epoch = self._identities.epoch
        bound = list(_bound(certificate, await self._identities.issuers(watch)))
        matching = [
            (name, identity)
            for name, issuer in bound
            for identity in await self._identities.of_issuer(issuer, watch)
            if _matches(name, identity)
        ]
        found = _Found(epoch, certificate, bound, matching)
        if epoch == self._identities.epoch:
            if len(self._found) >= _MOST_FOUND:
                self._found.clear()
            self._found[pem] = found
        return found


def _bound(certificate: Certificate, issuers: Mapping[tuple[int, str], Sequence[IdentityIssuer]]) -> Iterator[_Bound]:
    """Each name of a certificate with each issuer that it lies in."""
    for name in certificate.names:
        domains = identity_names.suffixes_of(name.domain) if name.kind == DNS else (name.domain,)
        for domain in domains:
            for issuer in issuers.get((name.kind, domain), ()):
                yield _Bound(name, issuer)


def _require_usable(certificate: Certificate, bound: Sequence[_Bound], now: datetime) -> None:
    """Raises AuthenticationFailed for a certificate that stands for nothing, whatever identities there are."""
    if len({issuer.organisation_id for _, issuer in bound}) > 1:
        raise AuthenticationFailed("conflict", reason=error_reason_pb2.ERROR_REASON_IDENTITY_UNKNOWN)
    if not certificate.start - _LEEWAY <= now < certificate.end:
        raise _failed("expired_certificate", bound)
    if not certificate.is_for_clients:
        raise _failed("wrong_purpose", bound)
    if any(certificate.serial in issuer.denied_serials for _, issuer in bound):
        raise _failed("denied_identity", bound)


def _matches(name: Name, identity: KnownIdentity) -> bool:
    separators = patterns.DNS_SEPARATORS if name.kind == DNS else patterns.SEPARATORS
    return name.is_valid and patterns.matches(identity.row.name, name.text, separators)


def _caller_of(found: _Found, now: datetime) -> Caller:
    """The caller, if all names that match stand for the same identity, and it denies neither a name nor the serial."""
    certificate, bound = found.certificate, found.bound
    valid = [each for each in found.matching if each[1].is_valid(now)]
    exact = {name for name, identity in valid if patterns.is_exact(identity.row.name)}
    # A name that an identity spells out does not stand for those with a wildcard.
    counting = [each for each in valid if each[0] not in exact or patterns.is_exact(each[1].row.name)]
    if not counting:
        raise _failed("unknown_identity", bound)
    name, identity = counting[0]
    if any(each.row.id != identity.row.id for _, each in counting):
        raise _failed("ambiguous_identity", bound)
    denied = identity.row.denied_names
    if certificate.serial in identity.row.denied_serials or any(each.text in denied for each in certificate.names):
        raise _failed("denied_identity", bound, identity)
    ends = certificate.end if identity.row.expire_time is None else min(certificate.end, identity.row.expire_time)
    return structs.replace(identity.caller, principal=name.text, expire_time=ends)


def _failed(kind: Kind, bound: Sequence[_Bound], identity: KnownIdentity | None = None) -> AuthenticationFailed:
    """The failure, recorded in the organisation of the issuer with the first valid name of the certificate."""
    principal = next((name.text for name, _ in bound if name.is_valid), "")
    return AuthenticationFailed(
        kind,
        identity.row.id if identity else "",
        bound[0].issuer.organisation_id,
        principal=principal,
        reason=error_reason_pb2.ERROR_REASON_IDENTITY_UNKNOWN,
    )
