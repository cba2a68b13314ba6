"""Owns what is read from the environment: one function, once, into a frozen dataclass."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from strongroom_server.core.names import API_KEY, OPERATORS_ORGANISATION, ORGANISATION_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

_REGION = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,63}", re.ASCII)


class SettingsError(Exception):
    """An environment variable breaks a rule. The text names both, never a secret's value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration of a node. Ports 0 mean any free one."""

    grpc_port: int
    http_port: int
    host: str
    data_dir: Path
    database_url: str | None = field(repr=False)
    bootstrap_api_key: str | None = field(repr=False)
    bootstrap_organisation: str
    # The application_names of the replicas that are regions.
    regions: tuple[str, ...] = ()
    # The addresses, with commas between, whose X-Forwarded-Proto and -For are believed.
    trusted_proxies: str = ""
    # Audit events older than so many days go, a whole month at a time; 0 keeps them forever.
    audit_retention_days: int = 0
    # Where the private root key lies if not among the other key files: only setup reads it.
    moved_root_key_file: Path | None = None

    @property
    def keys_dir(self) -> Path:
        """Where the key files stand."""
        return self.data_dir / "keys"

    @property
    def root_key_file(self) -> Path:
        """The file of the private root key."""
        return self.moved_root_key_file or self.keys_dir / "root.key"

    @property
    def first_api_key_file(self) -> Path:
        """Where `run` keeps the API key that it made, for whoever runs it."""
        return self.data_dir / "api_key"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the STRONGROOM_ variables; an empty one counts as unset. Raises SettingsError."""

    def read(name: str, default: str = "") -> str:
        return environment.get(f"STRONGROOM_{name}") or default

    def port(name: str, default: str) -> int:
        value = read(name, default)
        if not (value.isascii() and value.isdigit() and len(value) <= 5 and int(value) <= 65535):
            raise SettingsError(f"STRONGROOM_{name} must be a port number from 0 to 65535")
        return int(value)

    regions = tuple(dict.fromkeys(name.strip() for name in read("REGIONS").split(",") if name.strip()))
    if not all(_REGION.fullmatch(name) for name in regions):
        raise SettingsError(
            "STRONGROOM_REGIONS must be the application_names of replicas, with commas between: 1 to 63 printable characters"
        )
    api_key = read("BOOTSTRAP_API_KEY")
    if api_key and not API_KEY.fullmatch(api_key):
        raise SettingsError(
            "STRONGROOM_BOOTSTRAP_API_KEY must have the form sr_<id>_<secret>: the id of a-z and 0-9, "
            "the secret of 16 to 256 printable characters"
        )
    organisation = read("BOOTSTRAP_ORGANISATION", "default")
    if not ORGANISATION_ID.fullmatch(organisation) or organisation == OPERATORS_ORGANISATION:
        raise SettingsError(
            "STRONGROOM_BOOTSTRAP_ORGANISATION must be 1 to 64 characters of A-Z a-z 0-9 . _ -, "
            f"the first a letter or digit, and not {OPERATORS_ORGANISATION}"
        )
    days = read("AUDIT_RETENTION_DAYS", "0")
    if not re.fullmatch(r"[0-9]{1,5}", days, re.ASCII):
        raise SettingsError(
            "STRONGROOM_AUDIT_RETENTION_DAYS must be a number of days up to 99999; 0 keeps events forever"
        )
    return Settings(
        grpc_port=port("GRPC_PORT", "50051"),
        http_port=port("HTTP_PORT", "8080"),
        host=read("HOST", "127.0.0.1"),
        data_dir=Path(read("DATA_DIR", ".strongroom")).absolute(),
        database_url=read("DATABASE_URL") or None,
        bootstrap_api_key=api_key or None,
        bootstrap_organisation=organisation,
        regions=regions,
        trusted_proxies=read("TRUSTED_PROXIES"),
        audit_retention_days=int(days),
        moved_root_key_file=Path(root_key_file).absolute() if (root_key_file := read("ROOT_KEY_FILE")) else None,
    )
