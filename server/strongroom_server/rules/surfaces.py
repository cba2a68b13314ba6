"""Says for each surface what its credentials may and must have. To add a vendor, add a row here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_SLASHID, SURFACE_TINES, SURFACE_VERSORI
from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules.variants.table import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Surface:
    """The rules of one surface."""

    # As in credential.proto.
    name: str
    variants: frozenset[str]
    name_may_be_empty: bool = False
    provider_required: bool = False
    # Whether credentials may have tines_settings.
    tines_settings: bool = False
    # Whether AWS credentials must set tines_settings.aws_authentication_type.
    aws_authentication_type_required: bool = False
    # Whether the server generates tines_settings.external_id for AWS credentials.
    aws_external_id: bool = False


# A list of all surfaces reads the surfaces in this order.
SURFACES: Final[dict[int, Surface]] = {
    SURFACE_NATIVE: Surface("SURFACE_NATIVE", frozenset(VARIANTS), tines_settings=True),
    SURFACE_VERSORI: Surface("SURFACE_VERSORI", frozenset({"key_values", "raw", "basic_auth"})),
    SURFACE_SLASHID: Surface(
        "SURFACE_SLASHID",
        frozenset({"basic_auth", "api_key", "api_id_key", "client_credentials", "access_token", "json_document"}),
        name_may_be_empty=True,
        provider_required=True,
    ),
    SURFACE_TINES: Surface(
        "SURFACE_TINES",
        frozenset({"text", "jwt", "oauth", "aws", "mtls", "http_request", "multi_request"}),
        tines_settings=True,
        aws_authentication_type_required=True,
        aws_external_id=True,
    ),
}
# The rules for a number that is not a surface, so that a request's other violations can still be found.
_UNKNOWN: Final = Surface("", frozenset())


def surface_of(number: int) -> Surface:
    """The rules of the surface with this number."""
    return SURFACES.get(number, _UNKNOWN)


def number_violations(path: str, number: int) -> Iterator[FieldViolation]:
    """A request's surface must be in the table, or 0 if it is unset."""
    if number and number not in SURFACES:
        yield FieldViolation(path, "must be a value of Surface")
