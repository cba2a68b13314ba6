"""Finds why UseService cannot use a credential, when its data is stored or its policy changes, so that no use looks again."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypedDict

from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules.fields import MOST_VIOLATIONS
from strongroom_server.rules.public_suffixes import host_warnings
from strongroom_server.rules.state import stored_warnings
from strongroom_server.rules.variants.private_keys import certificate_expire_time_of
from strongroom_server.rules.variants.warnings import data_warnings
from strongroom_server.schemes.recipes import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from strongroom.v1.credential_pb2 import CredentialData
    from strongroom_server.core.records import Credential


class Usability(TypedDict):
    """The columns that say whether UseService can use a credential."""

    warnings: Sequence[str]
    certificate_expire_time: datetime | None


def usability_of(data: CredentialData, allowed_hosts: Sequence[str], violations: Sequence[FieldViolation]) -> Usability:
    """The columns for data that is to be stored. `violations` are those of its variant's rules."""
    # With violations a recipe is not whole, and they say what is missing.
    found = [*data_warnings(data), *(() if violations else _recipe_warnings(data)), *host_warnings(allowed_hosts)]
    return Usability(warnings=_column_of(found), certificate_expire_time=certificate_expire_time_of(data))


def warnings_with_hosts(row: Credential, allowed_hosts: Sequence[str]) -> Sequence[str]:
    """The column of warnings for a row whose data stays: those of the data stay, those of the hosts are found again."""
    of_data = (warning for warning in stored_warnings(row) if not _is_of_hosts(warning))
    return _column_of((*of_data, *host_warnings(allowed_hosts)))


def warnings_of_hosts(row: Credential) -> Sequence[str]:
    """The column of warnings for a row with the data of an older version, whose own warnings are not kept."""
    return _column_of(filter(_is_of_hosts, stored_warnings(row)))


def _is_of_hosts(warning: FieldViolation) -> bool:
    return warning.field.startswith("allowed_hosts[")


def _recipe_warnings(data: CredentialData) -> Iterator[FieldViolation]:
    variant = data.WhichOneof("variant")
    if variant in {"http_request", "multi_request"}:
        for field, rule in run.warnings_of(run.recipe_of(data)):
            yield FieldViolation(f"data.{variant}.{field}", rule)


def _column_of(warnings: Iterable[FieldViolation]) -> Sequence[str]:
    return [part for warning in islice(warnings, MOST_VIOLATIONS) for part in warning]
