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
_MOST_PARSED: Final = 4096


class _Bound(NamedTuple):
    """A name of a certificate, and an issuer that it lies in."""

    name: Name
    issuer: IdentityIssuer


class CertificateIdentities:
    """Authenticates callers by their client certificates, whose chains TLS has verified."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._parsed: dict[bytes, Certificate | None] = {}

    async def identify(self, pem: bytes, watch: Watch) -> Caller | None:
        """The caller that a certificate stands for. None if no name of it lies in an issuer.

        Raises AuthenticationFailed with IDENTITY_UNKNOWN if a name does, and the certificate stands for no identity.
        """
        certificate = self._parse(pem)
        if certificate is None or not certificate.names:
            return None
        bound = list(_bound(certificate, await self._identities.issuers(watch)))
        if not bound:
            return None
        # A connection can last longer than its certificate, so each request looks at everything again.
        _require_usable(certificate, bound, watch.now())
        matching = [
            (identity, name)
            for name, issuer in bound
            for identity in _matching(name, await self._identities.of_issuer(issuer, watch), watch.now())
        ]
        return _caller_of(certificate, bound, matching)

    def _parse(self, pem: bytes) -> Certificate | None:
        if pem in self._parsed:
            return self._parsed[pem]
        if len(self._parsed) >= _MOST_PARSED:
            self._parsed.clear()
        parsed = self._parsed[pem] = certificates.parse(pem)
        return parsed


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


def _matching(name: Name, identities: Sequence[KnownIdentity], now: datetime) -> Sequence[KnownIdentity]:
    """The identities that a name stands for: those without `*` in their pattern if there are any."""
    if not name.is_valid:
        return ()
    separators = patterns.DNS_SEPARATORS if name.kind == DNS else patterns.SEPARATORS
    found = [
        each for each in identities if each.is_valid(now) and patterns.matches(each.row.name, name.text, separators)
    ]
    return [each for each in found if patterns.is_exact(each.row.name)] or found


def _caller_of(
    certificate: Certificate, bound: Sequence[_Bound], matching: Sequence[tuple[KnownIdentity, Name]]
) -> Caller:
    """The caller, if all names that match stand for the same identity, and it denies neither a name nor the serial."""
    if not matching:
        raise _failed("unknown_identity", bound)
    identity, name = matching[0]
    if any(each.row.id != identity.row.id for each, _ in matching):
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
