"""Owns what an UpdateCredential may change: which paths there are, and how a new credential is laid over the present one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from strongroom.v1.credential_pb2 import READ_ACCESS_SPECIFIC_TEAMS, Credential, CredentialData
from strongroom_server.core.errors import invalid
from strongroom_server.rules import field_masks, fields
from strongroom_server.rules.variants import VARIANTS, kept_request_secrets

if TYPE_CHECKING:
    from google.protobuf.field_mask_pb2 import FieldMask

_SETTINGS = "tines_settings"
_ENABLED = "test_credential.enabled"
_SETTINGS_PATHS = frozenset(
    f"{_SETTINGS}.{field.name}" for field in Credential.TinesSettings.DESCRIPTOR.fields if field.name != "external_id"
)
_DATA_PATHS = frozenset(
    f"data.{arm}.{field.name}" for arm in VARIANTS for field in getattr(CredentialData(), arm).DESCRIPTOR.fields
)


@dataclass(frozen=True, slots=True)
class Mask:
    """A checked update mask."""

    # Metadata, by whole fields and fields of tines_settings.
    metadata: frozenset[str]
    # Whether test_credential.enabled is named.
    enables: bool
    whole_data: bool
    # Arms and their fields.
    data: tuple[tuple[str, str], ...]

    @property
    def touched(self) -> frozenset[str]:
        """The metadata fields that change wholly or in part."""
        return frozenset(path.partition(".")[0] for path in self.metadata)

    @property
    def data_fields(self) -> frozenset[str]:
        """The fields of the arm that are named, when the data is not replaced as a whole."""
        return frozenset(name for _, name in self.data)

    @property
    def changes_data(self) -> bool:
        """Whether the secret data changes, which makes a new version."""
        return self.whole_data or bool(self.data)

    @property
    def changes_shared_teams(self) -> bool:
        """Whether the teams change that the credential is shared with."""
        return not self.metadata.isdisjoint(("shared_team_slugs", "read_access"))


def parse(mask: FieldMask) -> Mask:
    """Check a mask. Raises FIELD_INVALID naming the path."""
    paths = list(dict.fromkeys(mask.paths))
    if not paths:
        raise invalid(("update_mask", "is required: name the fields to change"))
    if len(paths) > fields.MOST_PATHS:
        raise invalid(("update_mask", f"must have at most {fields.MOST_PATHS} paths"))
    fields.require(
        (f"update_mask.paths[{index}]", "must be the path of a field that can be changed")
        for index, path in enumerate(paths)
        if path not in fields.METADATA_RULES
        and path not in _SETTINGS_PATHS
        and path not in _DATA_PATHS
        and path not in ("data", _ENABLED)
    )
    data = tuple((arm, field) for path in paths if path in _DATA_PATHS for _, arm, field in (path.split("."),))
    if data and "data" in paths:
        raise invalid(("update_mask", "must not name both data and a part of it"))
    metadata = frozenset(path for path in paths if path not in ("data", _ENABLED) and path not in _DATA_PATHS)
    return Mask(metadata, _ENABLED in paths, "data" in paths, data)


def lay_over(present: Credential, sent: Credential, mask: Mask) -> Credential:
    """The present metadata with the masked fields as sent. An unset field clears."""
    merged = Credential()
    merged.CopyFrom(present)
    for path in mask.metadata:
        name, _, nested = path.partition(".")
        if nested:
            field_masks.copy_field(sent.tines_settings, merged.tines_settings, nested)
        else:
            field_masks.copy_field(sent, merged, name)
    if merged.tines_settings.external_id != present.tines_settings.external_id:
        # Output only.
        merged.tines_settings.external_id = present.tines_settings.external_id
    if (
        "read_access" in mask.metadata
        and "shared_team_slugs" not in mask.metadata
        and merged.read_access != READ_ACCESS_SPECIFIC_TEAMS
    ):
        # Slugs go with READ_ACCESS_SPECIFIC_TEAMS alone: leaving it lets go of them.
        merged.ClearField("shared_team_slugs")
    if merged.team_id != present.team_id and "folder_id" not in mask.metadata:
        # A folder belongs to its team.
        merged.ClearField("folder_id")
    return merged


def judges_anew(mask: Mask, present: Credential, sent: Credential) -> bool:
    """Whether data that stays must be judged by other settings."""
    if mask.changes_data or present.variant != "aws" or _SETTINGS not in mask.touched:
        return False
    merged = lay_over(present, sent, mask)
    return merged.tines_settings.aws_authentication_type != present.tines_settings.aws_authentication_type


def lay_over_data(present: CredentialData, sent: CredentialData, mask: Mask) -> CredentialData:
    """The present data with the masked fields of its arm as sent. Raises FIELD_INVALID for another arm, masked or sent."""
    merged = CredentialData()
    merged.CopyFrom(present)
    arm = present.WhichOneof("variant")
    for masked_arm, name in mask.data:
        if masked_arm != arm:
            raise invalid(
                ("update_mask", f"must not name data.{masked_arm}.{name}: the credential is of variant {arm}")
            )
        field_masks.copy_field(getattr(sent, masked_arm), getattr(merged, masked_arm), name)
    for index in kept_request_secrets(present, merged):
        merged.multi_request.requests[index].secret = present.multi_request.requests[index].secret
    if mask.data and sent.WhichOneof("variant") not in (None, arm):
        raise invalid(("credential.data", f"must be of variant {arm}, or be in the mask as a whole"))
    return merged
