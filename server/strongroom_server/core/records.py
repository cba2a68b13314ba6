"""Owns the rows as the rest of the service sees them. Knows no SQL, no protobuf and no cryptography."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID


class Row(msgspec.Struct, frozen=True):
    """Rows are made, and made anew with a column changed, on the way of every call: a Struct is ten times as quick at it as a
    dataclass. Its repr tells nothing that stands in it.
    """

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Credential(Row, frozen=True):
    """A row of `credentials`. Enumerations are their numbers in credential.proto; times are aware, to the microsecond."""

    organisation_id: str
    id: UUID
    number: int
    surface: int
    variant: str
    state: int
    provider: int
    name: str
    slug: str
    description: str
    metadata_json: str
    allowed_hosts: Sequence[str]
    read_access: int
    team_id: int | None
    folder_id: int | None
    shared_team_ids: Sequence[int]
    redact_fields: Sequence[str]
    expire_time: datetime | None
    reminder_time: datetime | None
    live_credential_id: UUID | None
    test_enabled: bool
    # A serialised Credential.TinesSettings: the store never looks inside.
    tines_settings: bytes
    # The fields and rules of the violations, in turn.
    violations: Sequence[str]
    version: int
    revision: int
    sealing_key_id: str
    box_sha256: bytes
    create_time: datetime
    update_time: datetime
    delete_time: datetime | None
    signature_format: int
    signer_id: str
    signature: bytes


class TestCredential(Row, frozen=True):
    """What a live credential shows of its test credential."""

    id: UUID
    number: int
    enabled: bool
    create_time: datetime
    update_time: datetime


class StoredCredential(Row, frozen=True):
    """A credential as read: the row, and what is looked up beside it. `box` is None where it was not asked for or is gone."""

    row: Credential
    shared_team_slugs: Sequence[str]
    test_credential: TestCredential | None
    box: bytes | None = None


class ApiKey(Row, frozen=True):
    """A row of `api_keys`. `roles` are numbers of Role; `team_ids` empty is every team.

    `jwt_public_key` is PEM, and empty for a key with a secret; `secret_sha256` is empty for one without. `grantable_roles` is read
    through access/grants.py, because older rows have none. `jwt_audience` empty and `max_token_age_seconds` 0 are no rule.
    """

    id: str
    organisation_id: str
    display_name: str
    secret_sha256: bytes
    roles: Sequence[int]
    team_ids: Sequence[int]
    expire_time: datetime | None
    create_time: datetime
    revoke_time: datetime | None
    jwt_public_key: str
    revision: int
    grantable_roles: Sequence[int]
    jwt_audience: str
    max_token_age_seconds: int
    signature_format: int
    signer_id: str
    signature: bytes


class Organisation(Row, frozen=True):
    """A row of `organisations`. A window of 0 deletes for good."""

    organisation_id: str
    display_name: str
    create_time: datetime
    update_time: datetime
    revision: int = 1
    kept_versions: int = 10
    undelete_window: timedelta = timedelta(days=30)


class Team(Row, frozen=True):
    """A row of `teams`."""

    organisation_id: str
    team_id: int
    name: str
    slug: str
    revision: int
    create_time: datetime
    update_time: datetime


class Folder(Row, frozen=True):
    """A row of `folders`."""

    organisation_id: str
    folder_id: int
    team_id: int
    parent_folder_id: int | None
    name: str
    revision: int
    create_time: datetime
    update_time: datetime
    # A number of FolderContentType.
    content_type: int
    # Counted: how many credentials it holds.
    size: int


class SealingKey(Row, frozen=True):
    """A row of `sealing_keys`, signed by the root key. The canary is a box that the private key opens."""

    id: str
    public_key: bytes
    state: str
    canary: bytes
    create_time: datetime
    signature_format: int
    signature: bytes


class SigningKey(Row, frozen=True):
    """A row of `signing_keys`: a node that may write, signed by the root key."""

    id: str
    public_key: bytes
    state: str
    create_time: datetime
    signature_format: int
    signature: bytes


class DigestKeyCheck(Row, frozen=True):
    """A row of `digest_keys`. `check_value` is an HMAC-SHA-256 under the key, which only a node with that key can compute."""

    id: str
    check_value: bytes
    create_time: datetime


class Version(Row, frozen=True):
    """A row of `boxes`: one version of a credential's data. `box` is None where it was not asked for, or is destroyed."""

    version: int
    variant: str
    sealing_key_id: str
    create_time: datetime
    creator_key_id: str
    destroy_time: datetime | None
    box: bytes | None = None


class RequestId(Row, frozen=True):
    """A request id of an API key, and the keyed digest of the request it came with."""

    organisation_id: str
    # Empty in rows of versions that kept no key.
    key_id: str
    request_id: str
    method: str
    digest_key_id: str
    body_digest: bytes


class Made(RequestId, frozen=True):
    """A row of `request_ids`: what a request did when it came first. It names the credential it was on, or in words what else.

    `mac` proves that a node of this deployment wrote it as it is.
    """

    credential_id: UUID | None
    subject: str | None
    create_time: datetime
    mac: bytes = b""


class AuditEvent(Row, frozen=True):
    """A row of `audit_events`: who did what, and how it ended. `credential_ids` is set where one act reads several credentials.

    `mac` proves that a node of this deployment wrote it as it is.
    """

    organisation_id: str
    event_id: UUID
    event_time: datetime
    action: str
    # OK, or the reason of a refusal.
    outcome: str
    key_id: str
    # Where the call came from, as its transport says.
    peer: str
    credential_id: UUID | None = None
    credential_ids: Sequence[UUID] = ()
    version: int | None = None
    revision: int | None = None
    box_sha256: bytes | None = None
    # What a version of key_values hid when it was made or changed.
    redact_fields: Sequence[str] = ()
    request_id: str | None = None
    # What else the act was on, such as a team's number or a key's id.
    subject: str | None = None
    mac: bytes = b""


class Act(Row, frozen=True):
    """What is written together with an act: its event, and the row of its request id, if it has one."""

    event: AuditEvent
    made: Made | None = None


class ChainedEvent(Row, frozen=True):
    """An audit event with its place in its organisation's chain; both are None until it has one."""

    event: AuditEvent
    chain_position: int | None
    chain_hash: bytes | None


class AuditHead(Row, frozen=True):
    """A row of `audit_heads`: the chain's hash at a position, signed."""

    organisation_id: str
    kind: str
    position: int
    chain_hash: bytes
    head_time: datetime
    signature_format: int
    signer_id: str
    signature: bytes
