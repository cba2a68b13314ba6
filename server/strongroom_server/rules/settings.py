"""Defines the rules of a settings message of a Credential. The row has it serialised, in a column with the field's name."""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.protobuf.message import DecodeError

from strongroom_server.core.errors import FieldViolation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from google.protobuf.message import Message

    from strongroom.v1.credential_pb2 import Credential
    from strongroom_server.core import records


@dataclass(frozen=True, slots=True)
class Settings:
    """The rules of one settings message."""

    # The name of the message's field in Credential, and of the column.
    name: str
    message: type[Message]
    # Every field of the message is in one of these. `uses` say where, how or as whom the secrets are used: a caller that cannot
    # read the secrets may change a use only if it sends every secret.
    uses: tuple[str, ...]
    # Lists of where the secrets may be used. An empty list is no limit, but for the names here.
    limits: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    others: tuple[str, ...] = ()
    output_only: tuple[str, ...] = ()
    # Yields violations of the fields. Paths start in the message.
    bounds: Callable[[Any], Iterator[FieldViolation]] | None = None
    # By variant: the fields of the data that are required with these settings, in place of the variant's own.
    required_data: Mapping[str, Callable[[Any], tuple[str, ...]]] = dataclasses.field(default_factory=dict)

    @property
    def settable(self) -> tuple[str, ...]:
        """The fields that a request can set."""
        return (*self.uses, *self.limits, *self.others)

    def of(self, source: Credential | records.Credential) -> Any:
        """The settings in a message or a verified row."""
        found = getattr(source, self.name)
        return self.message.FromString(found) if isinstance(found, bytes) else found

    def show(self, row: records.Credential, credential: Credential) -> None:
        """Set the settings of a row that has them in its message."""
        # Lists show metadata without verifying it: one damaged row must not fail the whole page.
        with contextlib.suppress(DecodeError):
            getattr(credential, self.name).ParseFromString(getattr(row, self.name))

    def violations(self, credential: Credential) -> Iterator[FieldViolation]:
        """The settings must be in their bounds."""
        if self.bounds is not None:
            for violation in self.bounds(self.of(credential)):
                yield FieldViolation(f"credential.{self.name}.{violation.field}", violation.rule)

    def column_of(
        self, credential: Credential, present: Credential | None, generators: Mapping[str, Callable[[], str]]
    ) -> bytes:
        """The column for checked settings. Output-only fields keep their present values, or are generated."""
        from_server = {}
        for name in self.output_only:
            value = getattr(self.of(present), name) if present is not None else ""
            if value or name in generators:
                from_server[name] = value or generators[name]()
        if not from_server and not credential.HasField(self.name):  # type: ignore[arg-type] # the name of a field
            return b""
        settings = self.message()
        settings.CopyFrom(self.of(credential))
        for name in self.output_only:
            settings.ClearField(name)
        for name, value in from_server.items():
            setattr(settings, name, value)
        return settings.SerializeToString(deterministic=True)
