"""The rows of the database as Python objects. Knows no SQL, no protobuf and no cryptography."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID


class Row(msgspec.Struct, frozen=True):
    """A row. Every call creates and copies rows, and a Struct does that ten times as fast as a dataclass.

    The repr contains no values, because some are secret.
    """

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Credential(Row, frozen=True):
    """A row of `credentials`. Enumerations are numbers of credential.proto; times have a time zone and microseconds."""

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
    # A serialised Credential.TinesSettings, which the store does not parse.
    tines_settings: bytes
    # Field and rule of each violation, alternating.
    violations: Sequence[str]
    # A serialised Credential.UseSettings.
    use_settings: bytes
    # Key and value of each label, alternating, ordered by key.
    labels: Sequence[str]
    # Field and text of each warning, alternating.
    warnings: Sequence[str]
    # When the client certificate of mtls expires, from signature format 3 on.
    certificate_expire_time: datetime | None
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
    """The part of a test credential that its live credential shows."""

    id: UUID
    number: int
    enabled: bool
    create_time: datetime
    update_time: datetime


class StoredCredential(Row, frozen=True):
    """A credential as read: the row, and values from other tables. `box` is None if it was not requested or does not exist."""

    row: Credential
    shared_team_slugs: Sequence[str]
    test_credential: TestCredential | None
    box: bytes | None = None


class ApiKey(Row, frozen=True):
    """A row of `api_keys`. `roles` are numbers of Role; empty `team_ids` mean every team.

    `jwt_public_key` is PEM, and empty for a key with a secret; `secret_sha256` is empty for a key without. Older rows have no
    `grantable_roles`, so read them through access/grants.py. An empty `jwt_audience` and 0 as `max_token_age_seconds` set no rule.
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
    # Its form is in access/scopes.py. Empty is no limit.
    scope: bytes
    signature_format: int
    signer_id: str
    signature: bytes


# The kinds of identity issuers.
SPIFFE: Final = 1
DNS: Final = 2
OIDC: Final = 3


class IdentityIssuer(Row, frozen=True):
    """A row of `identity_issuers`. Texts that do not apply to its kind are empty.

    `name` is the trust domain, the DNS suffix, or the `iss` of tokens.
    """

    id: str
    organisation_id: str
    display_name: str
    kind: int
    name: str
    audience: str
    claim: str
    claim_prefix: str
    jwks_json: str
    jwks_url: str
    denied_serials: Sequence[str]
    create_time: datetime
    disable_time: datetime | None
    revision: int
    signature_format: int = 0
    signer_id: str = ""
    signature: bytes = b""


class Identity(Row, frozen=True):
    """A row of `identities`. `name` is a pattern, and empty if the issuer is one of tokens; `claims` then has patterns, in the form
    of access/claims.py. `scope` has the form of access/scopes.py.
    """

    id: str
    organisation_id: str
    issuer_id: str
    display_name: str
    name: str
    claims: bytes
    roles: Sequence[int]
    team_ids: Sequence[int]
    scope: bytes
    expire_time: datetime | None
    denied_names: Sequence[str]
    denied_serials: Sequence[str]
    create_time: datetime
    disable_time: datetime | None
    revision: int
    signature_format: int = 0
    signer_id: str = ""
    signature: bytes = b""


class Organisation(Row, frozen=True):
    """A row of `organisations`. With an undelete window of 0, a deleted credential cannot be undeleted.

    `return_urls` are where browsers may be sent after a consent. With `switchboard_callback_exchanges` the callback of Switchboard
    exchanges a code at once.
    """

    organisation_id: str
    display_name: str
    create_time: datetime
    update_time: datetime
    revision: int = 1
    kept_versions: int = 10
    undelete_window: timedelta = timedelta(days=30)
    return_urls: Sequence[str] = ()
    switchboard_callback_exchanges: bool = False
    signature_format: int = 0
    signer_id: str = ""
    signature: bytes = b""


class Team(Row, frozen=True):
    """A row of `teams`."""

    organisation_id: str
    team_id: int
    name: str
    slug: str
    revision: int
    create_time: datetime
    update_time: datetime
    signature_format: int = 0
    signer_id: str = ""
    signature: bytes = b""


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
    # How many credentials it contains; not a column.
    size: int


class SealingKey(Row, frozen=True):
    """A row of `sealing_keys`, signed by the root key. The canary is a box to try the private key on.

    `organisation_id` is empty for a key of the deployment. `wrapped_private_key` is empty if the private part is a key file.
    """

    id: str
    public_key: bytes
    state: str
    canary: bytes
    create_time: datetime
    organisation_id: str
    wrapping: str
    wrapped_private_key: bytes
    update_time: datetime | None
    revision: int
    signature_format: int
    signature: bytes


class SigningKey(Row, frozen=True):
    """A row of `signing_keys`: a node's public key, signed by the root key.

    `purpose` is `write` or `admin`, and empty in rows from before there were purposes.
    """

    id: str
    public_key: bytes
    state: str
    create_time: datetime
    purpose: str
    update_time: datetime | None
    revision: int
    signature_format: int
    signature: bytes


class DigestKeyCheck(Row, frozen=True):
    """A row of `digest_keys`. `check_value` is an HMAC-SHA-256 under the key, to check that a node has the same key."""

    id: str
    check_value: bytes
    create_time: datetime


class Version(Row, frozen=True):
    """A row of `boxes`: one version of a credential's data. `box` is None if it was not requested or is destroyed."""

    version: int
    variant: str
    sealing_key_id: str
    create_time: datetime
    creator_key_id: str
    destroy_time: datetime | None
    box: bytes | None = None


class RequestId(Row, frozen=True):
    """A request id of an API key, and the keyed digest of the request."""

    organisation_id: str
    # Empty in rows of earlier versions of Strongroom, which did not store it.
    key_id: str
    request_id: str
    method: str
    digest_key_id: str
    body_digest: bytes


class Made(RequestId, frozen=True):
    """A row of `request_ids`: what the first request with a request id created or changed. `subject` is as in AuditEvent.

    `mac` proves that a node of this deployment wrote the row.
    """

    credential_id: UUID | None
    subject: str | None
    create_time: datetime
    mac: bytes = b""


class AuditEvent(Row, frozen=True):
    """A row of `audit_events`: who did what, and the outcome. `credential_ids` is set if one act reads several credentials.

    `mac` proves that a node of this deployment wrote the row. With a `signer_id` it is the signature of that admin signer.
    """

    organisation_id: str
    event_id: UUID
    event_time: datetime
    action: str
    # OK, or the error reason of a denied request.
    outcome: str
    key_id: str
    # The address of the caller, according to the transport.
    peer: str
    credential_id: UUID | None = None
    credential_ids: Sequence[UUID] = ()
    version: int | None = None
    revision: int | None = None
    box_sha256: bytes | None = None
    # The redact_fields of a version of key_values when it was created or changed.
    redact_fields: Sequence[str] = ()
    request_id: str | None = None
    # What the act was on besides the credential, such as a team's number or a key's id.
    subject: str | None = None
    # The name in the certificate, or the issuer and subject of the token, of an identity that acted.
    principal: str = ""
    # A serialised CredentialUse, for the methods of UseService.
    use: bytes = b""
    signer_id: str = ""
    mac: bytes = b""


class Token(Row, frozen=True):
    """The signed part of a row of `tokens`: a sealed token of a credential's version, for one set of parameters.

    `expire_time` is None if the provider did not say. `box_sha256` is the hash of the box, whose content is a Pair of
    credentials/pairs.py.
    """

    organisation_id: str
    credential_id: UUID
    parameters_sha256: bytes
    version: int
    policy_sha256: bytes
    generation: int
    sealing_key_id: str
    box_sha256: bytes
    create_time: datetime
    expire_time: datetime | None
    signature_format: int = 0
    signer_id: str = ""
    signature: bytes = b""


class Refresh(Row, frozen=True):
    """The part of a row of `tokens` that is not signed: the state of the refresh, and the lease. `state` is a RefreshState.

    With a lease a request may be under way. `in_doubt` says that an earlier one with the same pair may have been answered.
    """

    state: int
    state_time: datetime
    reason: str
    failures: int
    failure_time: datetime | None
    retry_time: datetime | None
    forced_time: datetime | None
    in_doubt: bool
    fence: int
    lease_node: int | None
    lease_until: datetime | None
    # When the grant was last used, exact to a day.
    used_time: datetime | None = None


class StoredToken(Row, frozen=True):
    """A row of `tokens`. `box` is None if there is no token yet."""

    token: Token
    refresh: Refresh
    box: bytes | None


class Connection(Row, frozen=True):
    """A row of `connections`: the app and the account of a credential that ConnectionService made.

    `scopes` are those that were granted. Texts of the account are empty if it is not known.
    """

    organisation_id: str
    credential_id: UUID
    app_id: UUID
    user_id: str
    account_issuer: str
    account_subject: str
    account_label: str
    scopes: Sequence[str]
    create_time: datetime
    consent_time: datetime
    revision: int
    signature_format: int = 0
    signer_id: str = ""
    signature: bytes = b""


class ConnectionSession(Row, frozen=True):
    """A row of `connection_sessions`, without its box. `state` is a ConnectionSessionState.

    `creator` is the key or the identity that began it. `template` is a serialised Credential. The hashes are empty if there is no
    such secret, or no longer.
    """

    organisation_id: str
    id: UUID
    creator: str
    app_id: UUID
    connection_id: UUID | None
    surface: int
    user_id: str
    template: bytes
    scopes: Sequence[str]
    # Name and value of each, alternating.
    parameters: Sequence[str]
    redirect_uri: str
    return_url: str
    link_sha256: bytes
    state_sha256: bytes
    cookie_sha256: bytes
    state: int
    error: str
    create_time: datetime
    expire_time: datetime
    revision: int
    sealing_key_id: str = ""
    box_sha256: bytes = b""
    signature_format: int = 0
    signer_id: str = ""
    signature: bytes = b""


class Act(Row, frozen=True):
    """What is stored in the same transaction as a change: its event, and the row of its request id, if it has one."""

    event: AuditEvent
    made: Made | None = None


class ChainedEvent(Row, frozen=True):
    """An audit event with its position in its organisation's chain. Both are None until it is chained."""

    event: AuditEvent
    chain_position: int | None
    chain_hash: bytes | None


class AuditHead(Row, frozen=True):
    """A row of `audit_heads`: the signed hash of a chain at a position."""

    organisation_id: str
    kind: str
    position: int
    chain_hash: bytes
    head_time: datetime
    signature_format: int
    signer_id: str
    signature: bytes


class OutboxEvent(Row, frozen=True):
    """The columns of `events` that a statement inserts. `data_json` is the text of one JSON object, without secrets.

    `mac` proves that a node of this deployment wrote the row.
    """

    organisation_id: str
    event_id: UUID
    event_type: str
    create_time: datetime
    credential_id: UUID | None
    data_json: str
    mac: bytes = b""


class PublishedEvent(Row, frozen=True):
    """An event with its sequence number."""

    event: OutboxEvent
    sequence: int


class Webhook(Row, frozen=True):
    """The signed part of a row of `webhooks`. `box_sha256` is the hash of the box with the secret of its signatures."""

    organisation_id: str
    id: UUID
    display_name: str
    url: str
    # Empty: all types.
    event_types: Sequence[str]
    paused: bool
    sealing_key_id: str
    box_sha256: bytes
    create_time: datetime
    update_time: datetime
    revision: int
    signature_format: int = 0
    signer_id: str = ""
    signature: bytes = b""


class WebhookHealth(Row, frozen=True):
    """The part of a row of `webhooks` that is not signed, because the job that delivers sets it."""

    failing_since_time: datetime | None = None
    disable_time: datetime | None = None
    disable_reason: str = ""


class StoredWebhook(Row, frozen=True):
    """A row of `webhooks`, and the newest event that is newer than it, if there is one."""

    webhook: Webhook
    health: WebhookHealth
    box: bytes
    newer: Sequence[AuditEvent] = ()


class Delivery(Row, frozen=True):
    """A row of `deliveries`, with the type and the sequence number of its event. `state` is a DeliveryState."""

    webhook_id: UUID
    event_id: UUID
    event_type: str
    sequence: int
    state: int
    next_attempt_time: datetime | None
    attempt_times: Sequence[datetime]
    attempt_outcomes: Sequence[str]


# The rows that an admin key signs.
AdminRow = ApiKey | AuditHead | Organisation | Team | IdentityIssuer | Identity | Webhook
