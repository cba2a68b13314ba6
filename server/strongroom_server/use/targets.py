"""Checks where a request goes and which headers it brings, before a credential authenticates it."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote_plus

from strongroom.v1.credential_pb2 import PLACEMENT_LOCATION_HEADER, PLACEMENT_LOCATION_QUERY
from strongroom.v1.credential_pb2 import Credential as CredentialMessage
from strongroom_server.core.errors import FieldViolation, invalid
from strongroom_server.rules import fields, hosts
from strongroom_server.schemes.headers import broken_name_rule, broken_value_rule
from strongroom_server.schemes.placement import placement_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from strongroom.v1.use_service_pb2 import HttpHeader
    from strongroom_server.core.records import Credential
    from strongroom_server.egress.endpoints import Destination
    from strongroom_server.use.context import Context

_LONGEST_URL: Final = 8_192
# Of a path in the audit trail.
_LONGEST_PATH: Final = 1_024
_METHOD: Final = re.compile(r"[A-Z][A-Z-]{0,31}", re.ASCII)
_AFTER_HOST: Final = re.compile(r"[/?#]")
# `{…}` and `<<…>>`, which templates fill in.
_PLACEHOLDERS: Final = re.compile(r"[{}<>]")
# A second authentication beside that of the credential. Receivers differ in which they take.
_CREDENTIALS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "strongroom-key"})
# A signature sets these.
_SIGNED: Final = frozenset({"date", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"})


class Target(NamedTuple):
    """Where a request goes. `target` is the path with the query. `host` is the name, with its port unless that is 443."""

    method: str
    to: Destination
    target: str
    host: str

    def __repr__(self) -> str:
        """Without the target, whose query may hold a secret."""
        return f"Target({self.method} {self.to})"

    @property
    def path(self) -> str:
        """The path as it is recorded: without the query, and its beginning if it is long."""
        return self.target.partition("?")[0][:_LONGEST_PATH]


def target_of(context: Context, row: Credential, method: str, url: str) -> Target:
    """Read a method and a URL, by all rules of the guard but those for addresses. A port must be one of those for all requests, or
    named in allowed_hosts. Raises FIELD_INVALID and EGRESS_REFUSED.
    """
    fields.require(violations(method, url))
    to, target = context.client.destination_of(url, partial(hosts.is_allowed, row.allowed_hosts))
    host = to.host if to.port == 443 else f"{to.host}:{to.port}"
    return Target(method, to, target, host)


def placement_of_row(row: Credential) -> CredentialMessage.SecretPlacement | None:
    """How a credential's secret or token is put into a request. None if it signs requests or presents a certificate."""
    if row.variant in ("aws", "mtls"):
        return None
    settings = CredentialMessage.UseSettings.FromString(row.use_settings)
    return placement_of(row.variant, settings, row.provider)  # type: ignore[arg-type] # an enumeration's number


def headers_of(
    path: str, headers: Sequence[HttpHeader], row: Credential, dropped: Collection[str] = ()
) -> list[tuple[str, str]]:
    """The headers of a request, without those whose lower-case names are dropped. `path` is that of the field.

    Raises FIELD_INVALID for one that is not valid, that authenticates, or that the credential adds.
    """
    if not headers:
        return []
    fields.require(fields.at_most(path, headers))
    refused = _SIGNED | _CREDENTIALS if row.variant == "aws" else _CREDENTIALS
    placement = placement_of_row(row)
    added = placement.name.lower() if placement and placement.location == PLACEMENT_LOCATION_HEADER else ""
    sent = []
    for index, header in enumerate(headers):
        name = header.name.lower()
        if name in dropped:
            continue
        if name in refused or name == added:
            raise invalid(f"{path}[{index}]", f"must not be {name}: the credential authenticates the request")
        if rule := broken_name_rule(header.name) or broken_value_rule(header.value):
            raise invalid(f"{path}[{index}]", rule)
        sent.append((header.name, header.value))
    return sent


def require_no_parameter(target: Target, placement: CredentialMessage.SecretPlacement) -> None:
    """Raises FIELD_INVALID if the query has the parameter that the credential adds."""
    if placement.location != PLACEMENT_LOCATION_QUERY:
        return
    for pair in target.target.partition("?")[2].split("&"):
        if unquote_plus(pair.partition("=")[0]) == placement.name:
            raise invalid("url", "must not have the parameter of the query that the credential adds")


def violations(method: str, url: str) -> Iterator[FieldViolation]:
    """The rules that every request must keep."""
    if not _METHOD.fullmatch(method):
        yield FieldViolation("method", "must be 1 to 32 of the characters A-Z and -")
    if not 1 <= len(url) <= _LONGEST_URL:
        yield FieldViolation("url", f"must be 1 to {_LONGEST_URL:,} characters long")
    elif _PLACEHOLDERS.search(url) and _PLACEHOLDERS.search(_AFTER_HOST.split(url.partition("://")[2], maxsplit=1)[0]):
        yield FieldViolation("url", "must not have a placeholder in its host: nothing is filled in there")
