"""Signs rows and verifies their signatures. Must not know where rows are stored."""

from __future__ import annotations

from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec
from nacl.bindings import crypto_sign, crypto_sign_BYTES, crypto_sign_open
from nacl.exceptions import CryptoError

from strongroom_server.core.records import (
    AdminRow,
    ApiKey,
    AuditHead,
    Connection,
    ConnectionSession,
    Credential,
    Identity,
    IdentityIssuer,
    Organisation,
    SealingKey,
    SigningKey,
    Team,
    Token,
    Webhook,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = Credential | Token | Connection | ConnectionSession | AdminRow | SealingKey | SigningKey

# Every column except the signature, in this order. A new column needs a new format. Old rows keep their format, in which the newer
# columns are empty.
_COLUMNS: Final[dict[tuple[type[Row], int], tuple[str, ...]]] = {
    (Credential, 1): (
        "organisation_id",
        "id",
        "number",
        "surface",
        "variant",
        "state",
        "provider",
        "name",
        "slug",
        "description",
        "metadata_json",
        "allowed_hosts",
        "read_access",
        "team_id",
        "folder_id",
        "shared_team_ids",
        "redact_fields",
        "expire_time",
        "reminder_time",
        "live_credential_id",
        "test_enabled",
        "tines_settings",
        "violations",
        "version",
        "revision",
        "sealing_key_id",
        "box_sha256",
        "create_time",
        "update_time",
        "delete_time",
        "signature_format",
        "signer_id",
    ),
    (Credential, 2): (
        "organisation_id",
        "id",
        "number",
        "surface",
        "variant",
        "state",
        "provider",
        "name",
        "slug",
        "description",
        "metadata_json",
        "allowed_hosts",
        "read_access",
        "team_id",
        "folder_id",
        "shared_team_ids",
        "redact_fields",
        "expire_time",
        "reminder_time",
        "live_credential_id",
        "test_enabled",
        "tines_settings",
        "violations",
        "use_settings",
        "labels",
        "warnings",
        "version",
        "revision",
        "sealing_key_id",
        "box_sha256",
        "create_time",
        "update_time",
        "delete_time",
        "signature_format",
        "signer_id",
    ),
    (Credential, 3): (
        "organisation_id",
        "id",
        "number",
        "surface",
        "variant",
        "state",
        "provider",
        "name",
        "slug",
        "description",
        "metadata_json",
        "allowed_hosts",
        "read_access",
        "team_id",
        "folder_id",
        "shared_team_ids",
        "redact_fields",
        "expire_time",
        "reminder_time",
        "live_credential_id",
        "test_enabled",
        "tines_settings",
        "violations",
        "use_settings",
        "labels",
        "warnings",
        "certificate_expire_time",
        "version",
        "revision",
        "sealing_key_id",
        "box_sha256",
        "create_time",
        "update_time",
        "delete_time",
        "signature_format",
        "signer_id",
    ),
    (Token, 1): (
        "organisation_id",
        "credential_id",
        "parameters_sha256",
        "version",
        "policy_sha256",
        "generation",
        "sealing_key_id",
        "box_sha256",
        "create_time",
        "expire_time",
        "signature_format",
        "signer_id",
    ),
    (Connection, 1): (
        "organisation_id",
        "credential_id",
        "app_id",
        "user_id",
        "account_issuer",
        "account_subject",
        "account_label",
        "scopes",
        "create_time",
        "consent_time",
        "revision",
        "signature_format",
        "signer_id",
    ),
    (ConnectionSession, 1): (
        "organisation_id",
        "id",
        "creator",
        "app_id",
        "connection_id",
        "surface",
        "user_id",
        "template",
        "scopes",
        "parameters",
        "redirect_uri",
        "return_url",
        "link_sha256",
        "state_sha256",
        "cookie_sha256",
        "state",
        "error",
        "create_time",
        "expire_time",
        "revision",
        "sealing_key_id",
        "box_sha256",
        "signature_format",
        "signer_id",
    ),
    (ApiKey, 1): (
        "id",
        "organisation_id",
        "display_name",
        "secret_sha256",
        "roles",
        "team_ids",
        "expire_time",
        "create_time",
        "revoke_time",
        "signature_format",
        "signer_id",
    ),
    (ApiKey, 2): (
        "id",
        "organisation_id",
        "display_name",
        "secret_sha256",
        "roles",
        "team_ids",
        "expire_time",
        "create_time",
        "revoke_time",
        "jwt_public_key",
        "revision",
        "signature_format",
        "signer_id",
    ),
    (ApiKey, 3): (
        "id",
        "organisation_id",
        "display_name",
        "secret_sha256",
        "roles",
        "team_ids",
        "expire_time",
        "create_time",
        "revoke_time",
        "jwt_public_key",
        "revision",
        "grantable_roles",
        "jwt_audience",
        "max_token_age_seconds",
        "signature_format",
        "signer_id",
    ),
    (ApiKey, 4): (
        "id",
        "organisation_id",
        "display_name",
        "secret_sha256",
        "roles",
        "team_ids",
        "expire_time",
        "create_time",
        "revoke_time",
        "jwt_public_key",
        "revision",
        "grantable_roles",
        "jwt_audience",
        "max_token_age_seconds",
        "scope",
        "signature_format",
        "signer_id",
    ),
    (SealingKey, 1): ("id", "public_key", "state", "canary", "create_time", "signature_format"),
    (SealingKey, 2): (
        "id",
        "public_key",
        "state",
        "canary",
        "create_time",
        "organisation_id",
        "wrapping",
        "wrapped_private_key",
        "update_time",
        "revision",
        "signature_format",
    ),
    (SigningKey, 1): ("id", "public_key", "state", "create_time", "signature_format"),
    (SigningKey, 2): (
        "id",
        "public_key",
        "state",
        "create_time",
        "purpose",
        "update_time",
        "revision",
        "signature_format",
    ),
    (Organisation, 1): (
        "organisation_id",
        "display_name",
        "create_time",
        "update_time",
        "revision",
        "kept_versions",
        "undelete_window",
        "signature_format",
        "signer_id",
    ),
    (Organisation, 2): (
        "organisation_id",
        "display_name",
        "create_time",
        "update_time",
        "revision",
        "kept_versions",
        "undelete_window",
        "return_urls",
        "switchboard_callback_exchanges",
        "signature_format",
        "signer_id",
    ),
    (Team, 1): (
        "organisation_id",
        "team_id",
        "name",
        "slug",
        "revision",
        "create_time",
        "update_time",
        "signature_format",
        "signer_id",
    ),
    (IdentityIssuer, 1): (
        "id",
        "organisation_id",
        "display_name",
        "kind",
        "name",
        "audience",
        "claim",
        "claim_prefix",
        "jwks_json",
        "jwks_url",
        "denied_serials",
        "create_time",
        "disable_time",
        "revision",
        "signature_format",
        "signer_id",
    ),
    (Identity, 1): (
        "id",
        "organisation_id",
        "issuer_id",
        "display_name",
        "name",
        "claims",
        "roles",
        "team_ids",
        "scope",
        "expire_time",
        "denied_names",
        "denied_serials",
        "create_time",
        "disable_time",
        "revision",
        "signature_format",
        "signer_id",
    ),
    (Webhook, 1): (
        "organisation_id",
        "id",
        "display_name",
        "url",
        "event_types",
        "paused",
        "sealing_key_id",
        "box_sha256",
        "create_time",
        "update_time",
        "revision",
        "signature_format",
        "signer_id",
    ),
    (AuditHead, 1): (
        "organisation_id",
        "kind",
        "position",
        "chain_hash",
        "head_time",
        "signature_format",
        "signer_id",
    ),
}

# What a signing key is for. Signing key rows from before there were purposes have none.
WRITE: Final = "write"
ADMIN: Final = "admin"
# The purpose of the key that signs a row. The root key signs the rows of keys.
PURPOSES: Final[Mapping[type, str]] = {
    Credential: WRITE,
    Token: WRITE,
    Connection: WRITE,
    ConnectionSession: WRITE,
    ApiKey: ADMIN,
    Organisation: ADMIN,
    Team: ADMIN,
    IdentityIssuer: ADMIN,
    Identity: ADMIN,
    Webhook: ADMIN,
    AuditHead: ADMIN,
}

# Acts that change rows which admin keys or the root key sign: an admin key signs the events of those that succeeded.
ADMINISTRATIVE_ACTIONS: Final = frozenset(
    (
        "CreateOrganisation",
        "UpdateOrganisation",
        "CreateTeam",
        "UpdateTeam",
        "DeleteTeam",
        "CreateApiKey",
        "UpdateApiKey",
        "RevokeApiKey",
        "CreateIdentityIssuer",
        "UpdateIdentityIssuer",
        "DisableIdentityIssuer",
        "CreateIdentity",
        "UpdateIdentity",
        "DisableIdentity",
        "CreateWebhook",
        "UpdateWebhook",
        "DeleteWebhook",
        "ResignOrganisation",
        "ResignTeam",
        "ResignApiKey",
        "ResignIdentityIssuer",
        "ResignIdentity",
        "ResealWebhook",
        "ResignWebhook",
        "CreateSealingKey",
        "ActivateSealingKey",
        "RetireSealingKey",
        "DestroySealingKey",
        "RewrapSealingKey",
        "CreateSigningKey",
        "ActivateSigningKey",
        "RetireSigningKey",
        "DestroySigningKey",
        "ReplaceRootKey",
    )
)

# The format of new signatures.
NEWEST_FORMAT: Final[Mapping[type, int]] = dict(sorted(_COLUMNS, key=itemgetter(1)))

_GETTERS = {table: attrgetter(*columns) for table, columns in _COLUMNS.items()}
# The columns that a format does not sign, which must be empty.
_UNSIGNED = {
    table: tuple(set(table[0].__struct_fields__) - {*columns, "signature"}) for table, columns in _COLUMNS.items()
}


def purpose_of(row: Credential | Token | Connection | ConnectionSession | AdminRow) -> str:
    """The purpose of the keys that may sign such rows."""
    return PURPOSES[type(row)]


def newest_format_of(row: Row) -> int:
    """The format of new signatures of such rows."""
    return NEWEST_FORMAT[type(row)]


class SignatureBroken(Exception):
    """The signature is not this key's signature of the row."""


def _bytes_of(value: Any) -> bytes:
    octets: bytes = value.bytes
    return octets


_ENCODER = msgspec.msgpack.Encoder(uuid_format="bytes", enc_hook=_bytes_of)


def encode(row: Row) -> bytes:
    """The signed bytes: a MessagePack array of the table, the format and every column, each typed and length-prefixed.

    Raises SignatureBroken for an unknown format, and for columns that are set although the format does not sign them.
    """
    table = type(row)
    columns = _GETTERS.get((table, row.signature_format))
    if columns is None or any(getattr(row, column) for column in _UNSIGNED[table, row.signature_format]):
        raise SignatureBroken
    return _ENCODER.encode((f"strongroom {table.__name__}", row.signature_format, columns(row)))


def sign(secret_key: bytes, row: Row) -> bytes:
    """The Ed25519 signature of the row, 64 bytes, by a secret key of 64 bytes."""
    return sign_bytes(secret_key, encode(row))


def verify(public_key: bytes, row: Row) -> None:
    """Raises SignatureBroken if the row does not have the key's signature."""
    try:
        text = encode(row)
    except (TypeError, ValueError, OverflowError):
        raise SignatureBroken from None
    verify_bytes(public_key, text, row.signature)


def sign_bytes(secret_key: bytes, text: bytes) -> bytes:
    """The Ed25519 signature of an encoded row."""
    return crypto_sign(text, secret_key)[:crypto_sign_BYTES]


def verify_bytes(public_key: bytes, text: bytes, signature: bytes) -> None:
    """Raises SignatureBroken if this is not the key's signature of the encoded row."""
    try:
        crypto_sign_open(signature + text, public_key)
    except (CryptoError, TypeError, ValueError):
        raise SignatureBroken from None
