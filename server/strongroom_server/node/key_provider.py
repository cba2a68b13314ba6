"""Makes the key provider that the settings name. Each process reads an age identity once, and keeps the provider."""

from __future__ import annotations

import os
import signal
import stat
import sys
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

import click

from strongroom_server.core.errors import KEY_ERROR_STATUS, OperatorError
from strongroom_server.node.egress import egress_client
from strongroom_server.node.settings import SettingsError
from strongroom_server.sealing.key_provider import ProviderError

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings
    from strongroom_server.sealing.key_provider import KeyProvider

AGE_IDENTITY_FILE: Final = "STRONGROOM_AGE_IDENTITY_FILE"
_LONGEST: Final = 16 * 1024

T = TypeVar("T")


class IdentityError(OperatorError):
    """The age identity cannot be read. The text names the file and the remedy."""

    exit_status = KEY_ERROR_STATUS


@cache
def key_provider(settings: Settings) -> KeyProvider | None:
    """The provider of the private keys, None for plain files. Raises SettingsError, IdentityError."""
    # Only the provider in use is imported: each takes time, and needs packages that others do without.
    if settings.key_provider == "age":
        from strongroom_server.keys.providers.age import Age  # noqa: PLC0415 - loaded when it is used

        return Age(age_identity(settings))
    if settings.key_provider == "transit":
        from strongroom_server.keys.providers.transit import Transit  # noqa: PLC0415 - loaded when it is used

        return Transit(
            _required(settings.transit_url, "STRONGROOM_TRANSIT_URL", settings),
            _required(settings.transit_key, "STRONGROOM_TRANSIT_KEY", settings),
            _required(settings.transit_token_file, "STRONGROOM_TRANSIT_TOKEN_FILE", settings),
            egress_client(settings),
        )
    if settings.key_provider == "aws-kms":
        from strongroom_server.keys.providers.aws_kms import AwsKms  # noqa: PLC0415 - loaded when it is used

        key = _required(settings.aws_kms_key, "STRONGROOM_AWS_KMS_KEY", settings)
        return AwsKms(
            key if settings.aws_kms_url is None else key._replace(endpoint=settings.aws_kms_url),
            egress_client(settings),
        )
    return None


@cache
def age_identity(settings: Settings) -> str:
    """The identity of the provider `age`. Raises SettingsError, IdentityError.

    The file may be a pipe or on a tmpfs, and may be removed once the process has read it.
    """
    from strongroom_server.keys.providers.age import identity_in, is_encrypted  # noqa: PLC0415 - loaded when it is used

    path = _required(settings.age_identity_file, AGE_IDENTITY_FILE, settings)
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(_LONGEST)
    except OSError as error:
        raise IdentityError(f"{AGE_IDENTITY_FILE}: {path}: {error.strerror}: an operator has to give it") from None
    if not is_encrypted(content) and path.resolve().is_relative_to(settings.data_dir.resolve()):
        raise IdentityError(
            f"{AGE_IDENTITY_FILE}: {path} is in the data directory, beside the keys that it opens: keep it elsewhere, or "
            "protect it with a passphrase"
        )
    if not is_encrypted(content) and mode & 0o077:
        raise IdentityError(f"{AGE_IDENTITY_FILE}: {path} has mode {mode:04o}; it must be 0600")
    try:
        return identity_in(content, _ask_passphrase)
    except ProviderError as error:
        raise IdentityError(f"{AGE_IDENTITY_FILE}: {path}: {error}") from None


def _ask_passphrase() -> str:
    if not sys.stdin.isatty():
        raise ProviderError("a passphrase protects it: start the command on a terminal, or give the identity itself")
    # The event loop cannot handle a signal while this waits.
    present = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        passphrase: str = click.prompt("Passphrase of the age identity", hide_input=True, err=True)
    except click.Abort:
        raise ProviderError("no passphrase was given") from None
    finally:
        for number, handler in present.items():
            signal.signal(number, handler)
    return passphrase


def _required(value: T | None, variable: str, settings: Settings) -> T:
    if value is None:
        raise SettingsError(f"{variable} must be set, because STRONGROOM_KEY_PROVIDER is {settings.key_provider}")
    return value
