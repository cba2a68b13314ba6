"""Says for each surface what its credentials may and must have. To add a vendor, add a row here."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_SLASHID, SURFACE_TINES, SURFACE_VERSORI
from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules.tines_settings import TINES_SETTINGS
from strongroom_server.rules.use_settings import USE_SETTINGS
from strongroom_server.rules.variants.table import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from strongroom.v1.credential_pb2 import Credential
    from strongroom_server.core import records
    from strongroom_server.rules.settings import Settings


@dataclass(frozen=True, slots=True)
class Surface:
    """The rules of one surface."""

    # As in credential.proto.
    name: str
    variants: frozenset[str]
    # Further variants, which only ConnectionService creates.
    connected: frozenset[str] = frozenset()
    name_may_be_empty: bool = False
    provider_required: bool = False
    # The settings that its credentials may have. By variant: the fields of the settings that are required, and how the server
    # generates others.
    settings: Settings | None = None
    required_settings: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    generated_settings: Mapping[str, Mapping[str, Callable[[], str]]] = dataclasses.field(default_factory=dict)

    def for_connections(self) -> Surface:
        """The rules for a credential that ConnectionService creates."""
        return dataclasses.replace(self, variants=self.variants | self.connected)

    def required_data(self, variant: str, source: Credential | records.Credential) -> tuple[str, ...] | None:
        """The fields of the data that the settings in a message or a verified row require, in place of the variant's own."""
        if self.settings is None or variant not in self.settings.required_data:
            return None
        return self.settings.required_data[variant](self.settings.of(source))

    def settings_violations(self, variant: str, credential: Credential) -> Iterator[FieldViolation]:
        """The settings that the surface requires for the variant must be set."""
        if self.settings is not None:
            for name in self.required_settings.get(variant, ()):
                if not getattr(self.settings.of(credential), name):
                    yield FieldViolation(
                        f"credential.{self.settings.name}.{name}", f"is required for {variant} at {self.name}"
                    )


# A list of all surfaces reads the surfaces in this order.
SURFACES: Final[dict[int, Surface]] = {
    SURFACE_NATIVE: Surface("SURFACE_NATIVE", frozenset(VARIANTS), settings=TINES_SETTINGS),
    SURFACE_VERSORI: Surface(
        "SURFACE_VERSORI",
        frozenset({"key_values", "raw", "basic_auth"}),
        connected=frozenset({"oauth2_refresh", "client_credentials", "jwt"}),
    ),
    SURFACE_SLASHID: Surface(
        "SURFACE_SLASHID",
        frozenset({"basic_auth", "api_key", "api_id_key", "client_credentials", "access_token", "json_document"}),
        name_may_be_empty=True,
        provider_required=True,
    ),
    SURFACE_TINES: Surface(
        "SURFACE_TINES",
        frozenset({"text", "jwt", "oauth", "aws", "mtls", "http_request", "multi_request"}),
        settings=TINES_SETTINGS,
        required_settings={"aws": ("aws_authentication_type",)},
        generated_settings={"aws": {"external_id": lambda: str(uuid4())}},
    ),
}
# Every settings message by the name of its field in Credential: that of every surface, and those of vendors.
SETTINGS: Final = {
    USE_SETTINGS.name: USE_SETTINGS,
    **{row.settings.name: row.settings for row in SURFACES.values() if row.settings is not None},
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
