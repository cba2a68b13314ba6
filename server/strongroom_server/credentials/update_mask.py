"""Parses update masks and merges the masked fields of a request into a credential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from strongroom.v1.credential_pb2 import READ_ACCESS_SPECIFIC_TEAMS, Credential, CredentialData
from strongroom_server.core.errors import FieldViolation, invalid
from strongroom_server.rules import field_masks, fields
from strongroom_server.rules.credential_fields import METADATA_RULES
from strongroom_server.rules.surfaces import SETTINGS, surface_of
from strongroom_server.rules.variants.http_requests import requests_that_keep_secrets
from strongroom_server.rules.variants.table import VARIANTS

if TYPE_CHECKING:
    from google.protobuf.field_mask_pb2 import FieldMask

_MOST_PATHS: Final = 64
_ENABLED: Final = "test_credential.enabled"
_DATA_PATHS: Final = frozenset(
    f"data.{arm}.{field.name}" for arm in VARIANTS for field in getattr(CredentialData(), arm).DESCRIPTOR.fields
)
_SETTINGS_PATHS: Final = frozenset(f"{each.name}.{name}" for each in SETTINGS.values() for name in each.settable)


@dataclass(frozen=True, slots=True)
class Mask:
    """A checked update mask."""

    # Paths of metadata: whole fields, and fields of settings.
    metadata: frozenset[str]
    # Whether the mask names test_credential.enabled.
    enables: bool
    whole_data: bool
    # The arm and the name of each field of `data` in the mask.
    data: tuple[tuple[str, str], ...]

    @property
    def touched(self) -> frozenset[str]:
        """The metadata fields that change as a whole or in part."""
        return frozenset(path.partition(".")[0] for path in self.metadata)

    @property
    def data_fields(self) -> frozenset[str]:
        """The names of the fields of `data` in the mask."""
        return frozenset(name for _, name in self.data)

    @property
    def changes_data(self) -> bool:
        """Whether the secret data changes, which creates a new version."""
        return self.whole_data or bool(self.data)

    @property
    def changes_shared_teams(self) -> bool:
        """Whether the update can change the teams that the credential is shared with."""
        return not self.metadata.isdisjoint(("shared_team_slugs", "read_access"))


def parse(mask: FieldMask) -> Mask:
    """Parse a mask. Raises FIELD_INVALID."""
    paths = list(dict.fromkeys(mask.paths))
    if not paths:
        raise invalid("update_mask", "is required: name the fields to change")
    if len(paths) > _MOST_PATHS:
        raise invalid("update_mask", f"must have at most {_MOST_PATHS} paths")
    fields.require(
        FieldViolation(f"update_mask.paths[{index}]", "must be the path of a field that can be changed")
        for index, path in enumerate(paths)
        if path not in METADATA_RULES
        and path not in _SETTINGS_PATHS
        and path not in _DATA_PATHS
        and path not in ("data", _ENABLED)
    )
    data = tuple((arm, field) for path in paths if path in _DATA_PATHS for _, arm, field in (path.split("."),))
    if data and "data" in paths:
        raise invalid("update_mask", "must not name both data and a part of it")
    metadata = frozenset(path for path in paths if path not in ("data", _ENABLED) and path not in _DATA_PATHS)
    return Mask(metadata, _ENABLED in paths, "data" in paths, data)


def merge(present: Credential, sent: Credential, mask: Mask) -> Credential:
    """The present metadata with the masked fields as sent. A masked field that is not sent is cleared."""
    merged = Credential()
    merged.CopyFrom(present)
    for path in mask.metadata:
        name, _, nested = path.partition(".")
        if nested:
            field_masks.copy_field(getattr(sent, name), getattr(merged, name), nested)
        else:
            field_masks.copy_field(sent, merged, name)
    if (
        "read_access" in mask.metadata
        and "shared_team_slugs" not in mask.metadata
        and merged.read_access != READ_ACCESS_SPECIFIC_TEAMS
    ):
        # Only credentials with READ_ACCESS_SPECIFIC_TEAMS have slugs.
        merged.ClearField("shared_team_slugs")
    if merged.team_id != present.team_id and "folder_id" not in mask.metadata:
        # A folder belongs to one team.
        merged.ClearField("folder_id")
    return merged


def requires_check_of_data(mask: Mask, present: Credential, sent: Credential) -> bool:
    """Whether data that does not change must be checked again, because settings that its rules depend on change."""
    if mask.changes_data or mask.touched.isdisjoint(SETTINGS):
        return False
    rules, variant = surface_of(present.surface), present.variant
    return rules.required_data(variant, present) != rules.required_data(variant, merge(present, sent, mask))


def merge_data(present: CredentialData, sent: CredentialData, mask: Mask) -> CredentialData:
    """The present data with the masked fields of its arm as sent. Raises FIELD_INVALID if another arm is masked or sent."""
    merged = CredentialData()
    merged.CopyFrom(present)
    arm = present.WhichOneof("variant")
    for masked_arm, name in mask.data:
        if masked_arm != arm:
            raise invalid("update_mask", f"must not name data.{masked_arm}.{name}: the credential is of variant {arm}")
        field_masks.copy_field(getattr(sent, masked_arm), getattr(merged, masked_arm), name)
    for index in requests_that_keep_secrets(present, merged):
        merged.multi_request.requests[index].secret = present.multi_request.requests[index].secret
    if mask.data and sent.WhichOneof("variant") not in (None, arm):
        raise invalid("credential.data", f"must be of variant {arm}, or be in the mask as a whole")
    return merged
