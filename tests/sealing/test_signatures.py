"""Signatures cover every column, and the signed bytes of a format never change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from msgspec import structs
from nacl.bindings import crypto_sign_seed_keypair

from strongroom_server.core.records import (
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
from strongroom_server.sealing import signatures
from strongroom_server.sealing.signatures import SignatureBroken, encode, sign, verify

if TYPE_CHECKING:
    from collections.abc import Callable

PUBLIC_KEY, SECRET_KEY = crypto_sign_seed_keypair(bytes(range(32)))
TIME = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)

CREDENTIAL = Credential(
    organisation_id="default",
    id=UUID("019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11"),
    number=65,
    surface=4,
    variant="text",
    state=1,
    provider=0,
    name="Näme",
    slug="näme",
    description="d",
    metadata_json="{}",
    allowed_hosts=["*.example.com"],
    read_access=3,
    team_id=1,
    folder_id=None,
    shared_team_ids=[2, 3],
    redact_fields=[],
    expire_time=TIME,
    reminder_time=None,
    live_credential_id=None,
    test_enabled=False,
    tines_settings=b"\x18\x01",
    violations=["text.value", "is required"],
    use_settings=b"",
    labels=[],
    warnings=[],
    certificate_expire_time=None,
    version=1,
    revision=2,
    sealing_key_id="k1",
    box_sha256=bytes(32),
    create_time=TIME,
    update_time=TIME,
    delete_time=None,
    signature_format=1,
    signer_id="s1",
    signature=b"",
)
CREDENTIAL_2 = structs.replace(
    CREDENTIAL,
    use_settings=b"\x1a\x01a",
    labels=["env", "prod"],
    warnings=["use_settings.audience", "is not known"],
    signature_format=2,
)
CREDENTIAL_3 = structs.replace(CREDENTIAL_2, certificate_expire_time=TIME, signature_format=3)
API_KEY = ApiKey("id", "default", "a key", bytes(32), [1, 2], [], None, TIME, None, "", 0, [], "", 0, b"", 1, "s1", b"")
TOKEN_KEY = structs.replace(API_KEY, jwt_public_key="pem", revision=1, signature_format=2)
LIMITED_KEY = structs.replace(
    TOKEN_KEY, grantable_roles=[2], jwt_audience="aud", max_token_age_seconds=60, signature_format=3
)
SCOPED_KEY = structs.replace(LIMITED_KEY, scope=b"scope", signature_format=4)
HEAD = AuditHead("default", "newest", 7, bytes(32), TIME, 1, "s1", b"")
SEALING_KEY = SealingKey("k1", bytes(32), "active", b"canary", TIME, "", "", b"", None, 0, 1, b"")
SIGNING_KEY = SigningKey("s1", bytes(32), "active", TIME, "", None, 0, 1, b"")
ORGANISATION_KEY = structs.replace(
    SEALING_KEY,
    organisation_id="default",
    wrapping="sealing:k0",
    wrapped_private_key=b"wrapped",
    update_time=TIME,
    revision=2,
    signature_format=2,
)
ADMIN_KEY = structs.replace(SIGNING_KEY, purpose="admin", update_time=TIME, revision=2, signature_format=2)
ORGANISATION = Organisation("default", "Default", TIME, TIME, 3, 10, timedelta(days=30), [], False, 1, "s1", b"")
RETURNING = structs.replace(
    ORGANISATION, return_urls=["https://a.example.com/"], switchboard_callback_exchanges=True, signature_format=2
)
TEAM = Team("default", 1, "Team 1", "team_1", 2, TIME, TIME, 1, "s1", b"")
ISSUER = IdentityIssuer(
    "iss-1",
    "default",
    "an issuer",
    3,
    "https://issuer",
    "aud",
    "sub",
    "repo:",
    "{}",
    "",
    ["1f"],
    TIME,
    None,
    2,
    1,
    "s1",
    b"",
)
IDENTITY = Identity(
    "id-1",
    "default",
    "iss-1",
    "an identity",
    "",
    b"c",
    [1, 2],
    [3],
    b"s",
    TIME,
    ["a"],
    ["1f"],
    TIME,
    None,
    2,
    1,
    "s1",
    b"",
)
TOKEN = Token("default", CREDENTIAL.id, b"p" * 32, 3, b"s" * 32, 2, "k1", bytes(32), TIME, TIME, 1, "s1", b"")
WEBHOOK = Webhook(
    "default",
    UUID("019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11"),
    "a webhook",
    "https://example.com/h",
    ["grant.recovered"],
    True,
    "k1",
    b"h" * 32,
    TIME,
    TIME,
    3,
    1,
    "s1",
    b"",
)
CONNECTION = Connection(
    "default",
    CREDENTIAL.id,
    UUID("019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b12"),
    "user-1",
    "https://issuer",
    "sub",
    "anna@example.com",
    ["read"],
    TIME,
    TIME,
    2,
    1,
    "s1",
    b"",
)
SESSION = ConnectionSession(
    "default",
    UUID("019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b13"),
    "key-1",
    CONNECTION.app_id,
    CREDENTIAL.id,
    1,
    "user-1",
    b"t",
    ["read"],
    ["prompt", "login"],
    "https://connect.example.com/connect/callback",
    "https://app.example.com/",
    b"l" * 32,
    b"s" * 32,
    b"c" * 32,
    1,
    "",
    TIME,
    TIME,
    2,
    "k1",
    b"h" * 32,
    1,
    "s1",
    b"",
)
NEWEST = (
    CREDENTIAL_3,
    TOKEN,
    SCOPED_KEY,
    ORGANISATION_KEY,
    ADMIN_KEY,
    HEAD,
    RETURNING,
    TEAM,
    ISSUER,
    IDENTITY,
    WEBHOOK,
    CONNECTION,
    SESSION,
)
ROWS = (CREDENTIAL, CREDENTIAL_2, API_KEY, TOKEN_KEY, LIMITED_KEY, SEALING_KEY, SIGNING_KEY, ORGANISATION, *NEWEST)

# The signed bytes of each format: rows in existing databases were signed with them.
GOLDEN = {
    (Credential, 1): (
        "93b57374726f6e67726f6f6d2043726564656e7469616c01dc0020a764656661756c74c410019ab2f45a7e7c319d2e3f"
        "1f6f0a9b114104a4746578740100a54ec3a46d65a56ec3a46d65a164a27b7d91ad2a2e6578616d706c652e636f6d0301"
        "c092020390d7ffa1dcd420695735a5c0c0c2c402180192aa746578742e76616c7565ab69732072657175697265640102"
        "a26b31c4200000000000000000000000000000000000000000000000000000000000000000d7ffa1dcd420695735a5d7"
        "ffa1dcd420695735a5c001a27331"
    ),
    (Credential, 2): (
        "93b57374726f6e67726f6f6d2043726564656e7469616c02dc0023a764656661756c74c410019ab2f45a7e7c319d2e3f"
        "1f6f0a9b114104a4746578740100a54ec3a46d65a56ec3a46d65a164a27b7d91ad2a2e6578616d706c652e636f6d0301"
        "c092020390d7ffa1dcd420695735a5c0c0c2c402180192aa746578742e76616c7565ab6973207265717569726564c403"
        "1a016192a3656e76a470726f6492b57573655f73657474696e67732e61756469656e6365ac6973206e6f74206b6e6f77"
        "6e0102a26b31c4200000000000000000000000000000000000000000000000000000000000000000d7ffa1dcd4206957"
        "35a5d7ffa1dcd420695735a5c002a27331"
    ),
    (Credential, 3): (
        "93b57374726f6e67726f6f6d2043726564656e7469616c03dc0024a764656661756c74c410019ab2f45a7e7c319d2e3f"
        "1f6f0a9b114104a4746578740100a54ec3a46d65a56ec3a46d65a164a27b7d91ad2a2e6578616d706c652e636f6d0301"
        "c092020390d7ffa1dcd420695735a5c0c0c2c402180192aa746578742e76616c7565ab6973207265717569726564c403"
        "1a016192a3656e76a470726f6492b57573655f73657474696e67732e61756469656e6365ac6973206e6f74206b6e6f77"
        "6ed7ffa1dcd420695735a50102a26b31c420000000000000000000000000000000000000000000000000000000000000"
        "0000d7ffa1dcd420695735a5d7ffa1dcd420695735a5c003a27331"
    ),
    (ApiKey, 1): (
        "93b17374726f6e67726f6f6d204170694b6579019ba26964a764656661756c74a561206b6579c4200000000000000000"
        "00000000000000000000000000000000000000000000000092010290c0d7ffa1dcd420695735a5c001a27331"
    ),
    (ApiKey, 2): (
        "93b17374726f6e67726f6f6d204170694b6579029da26964a764656661756c74a561206b6579c4200000000000000000"
        "00000000000000000000000000000000000000000000000092010290c0d7ffa1dcd420695735a5c0a370656d0102a273"
        "31"
    ),
    (ApiKey, 3): (
        "93b17374726f6e67726f6f6d204170694b657903dc0010a26964a764656661756c74a561206b6579c420000000000000"
        "000000000000000000000000000000000000000000000000000092010290c0d7ffa1dcd420695735a5c0a370656d0191"
        "02a36175643c03a27331"
    ),
    (ApiKey, 4): (
        "93b17374726f6e67726f6f6d204170694b657904dc0011a26964a764656661756c74a561206b6579c420000000000000"
        "000000000000000000000000000000000000000000000000000092010290c0d7ffa1dcd420695735a5c0a370656d0191"
        "02a36175643cc40573636f706504a27331"
    ),
    (AuditHead, 1): (
        "93b47374726f6e67726f6f6d204175646974486561640197a764656661756c74a66e657765737407c420000000000000"
        "0000000000000000000000000000000000000000000000000000d7ffa1dcd420695735a501a27331"
    ),
    (SealingKey, 1): (
        "93b57374726f6e67726f6f6d205365616c696e674b65790196a26b31c420000000000000000000000000000000000000"
        "0000000000000000000000000000a6616374697665c40663616e617279d7ffa1dcd420695735a501"
    ),
    (SigningKey, 1): (
        "93b57374726f6e67726f6f6d205369676e696e674b65790195a27331c420000000000000000000000000000000000000"
        "0000000000000000000000000000a6616374697665d7ffa1dcd420695735a501"
    ),
    (SealingKey, 2): (
        "93b57374726f6e67726f6f6d205365616c696e674b6579029ba26b31c420000000000000000000000000000000000000"
        "0000000000000000000000000000a6616374697665c40663616e617279d7ffa1dcd420695735a5a764656661756c74aa"
        "7365616c696e673a6b30c40777726170706564d7ffa1dcd420695735a50202"
    ),
    (SigningKey, 2): (
        "93b57374726f6e67726f6f6d205369676e696e674b65790298a27331c420000000000000000000000000000000000000"
        "0000000000000000000000000000a6616374697665d7ffa1dcd420695735a5a561646d696ed7ffa1dcd420695735a502"
        "02"
    ),
    (Organisation, 1): (
        "93b77374726f6e67726f6f6d204f7267616e69736174696f6e0199a764656661756c74a744656661756c74d7ffa1dcd4"
        "20695735a5d7ffa1dcd420695735a5030aa45033304401a27331"
    ),
    (Organisation, 2): (
        "93b77374726f6e67726f6f6d204f7267616e69736174696f6e029ba764656661756c74a744656661756c74d7ffa1dcd4"
        "20695735a5d7ffa1dcd420695735a5030aa45033304491b668747470733a2f2f612e6578616d706c652e636f6d2fc302"
        "a27331"
    ),
    (IdentityIssuer, 1): (
        "93b97374726f6e67726f6f6d204964656e7469747949737375657201dc0010a56973732d31a764656661756c74a9616e"
        "2069737375657203ae68747470733a2f2f697373756572a3617564a3737562a57265706f3aa27b7da091a23166d7ffa1"
        "dcd420695735a5c00201a27331"
    ),
    (Identity, 1): (
        "93b37374726f6e67726f6f6d204964656e7469747901dc0011a469642d31a764656661756c74a56973732d31ab616e20"
        "6964656e74697479a0c401639201029103c40173d7ffa1dcd420695735a591a16191a23166d7ffa1dcd420695735a5c0"
        "0201a27331"
    ),
    (Webhook, 1): (
        "93b27374726f6e67726f6f6d20576562686f6f6b019da764656661756c74c410019ab2f45a7e7c319d2e3f1f6f0a9b1"
        "1a96120776562686f6f6bb568747470733a2f2f6578616d706c652e636f6d2f6891af6772616e742e7265636f766572"
        "6564c3a26b31c4206868686868686868686868686868686868686868686868686868686868686868d7ffa1dcd420695"
        "735a5d7ffa1dcd420695735a50301a27331"
    ),
    (Token, 1): (
        "93b07374726f6e67726f6f6d20546f6b656e019ca764656661756c74c410019ab2f45a7e7c319d2e3f1f6f0a9b11c42"
        "0707070707070707070707070707070707070707070707070707070707070707003c420737373737373737373737373"
        "737373737373737373737373737373737373737302a26b31c4200000000000000000000000000000000000000000000"
        "000000000000000000000d7ffa1dcd420695735a5d7ffa1dcd420695735a501a27331"
    ),
    (Connection, 1): (
        "93b57374726f6e67726f6f6d20436f6e6e656374696f6e019da764656661756c74c410019ab2f45a7e7c319d2e3f1f6f"
        "0a9b11c410019ab2f45a7e7c319d2e3f1f6f0a9b12a6757365722d31ae68747470733a2f2f697373756572a3737562b0"
        "616e6e61406578616d706c652e636f6d91a472656164d7ffa1dcd420695735a5d7ffa1dcd420695735a50201a27331"
    ),
    (ConnectionSession, 1): (
        "93bc7374726f6e67726f6f6d20436f6e6e656374696f6e53657373696f6e01dc0018a764656661756c74c410019ab2f4"
        "5a7e7c319d2e3f1f6f0a9b13a56b65792d31c410019ab2f45a7e7c319d2e3f1f6f0a9b12c410019ab2f45a7e7c319d2e"
        "3f1f6f0a9b1101a6757365722d31c4017491a47265616492a670726f6d7074a56c6f67696ed92c68747470733a2f2f63"
        "6f6e6e6563742e6578616d706c652e636f6d2f636f6e6e6563742f63616c6c6261636bb868747470733a2f2f6170702e"
        "6578616d706c652e636f6d2fc4206c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6cc420"
        "7373737373737373737373737373737373737373737373737373737373737373c4206363636363636363636363636363"
        "63636363636363636363636363636363636301a0d7ffa1dcd420695735a5d7ffa1dcd420695735a502a26b31c4206868"
        "68686868686868686868686868686868686868686868686868686868686801a27331"
    ),
    (Team, 1): (
        "93af7374726f6e67726f6f6d205465616d0199a764656661756c7401a65465616d2031a67465616d5f3102d7ffa1dcd4"
        "20695735a5d7ffa1dcd420695735a501a27331"
    ),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row).__name__)
def test_the_signed_bytes_of_a_format_have_not_changed(row: signatures.Row) -> None:
    assert encode(row).hex() == GOLDEN[type(row), row.signature_format]


def test_every_format_is_pinned() -> None:
    assert signatures._COLUMNS.keys() == GOLDEN.keys()


@pytest.mark.parametrize("row", NEWEST, ids=lambda row: type(row).__name__)
def test_every_column_except_the_signature_is_signed(row: signatures.Row) -> None:
    assert signatures.NEWEST_FORMAT[type(row)] == row.signature_format
    signed = signatures._COLUMNS[type(row), row.signature_format]
    assert sorted(signed) == sorted(name for name in row.__struct_fields__ if name != "signature")


def replaced(row: signatures.Row, **columns: Any) -> signatures.Row:
    return structs.replace(row, **columns)


CHANGES: dict[type, Callable[[Any], object]] = {
    bool: lambda value: not value,
    int: lambda value: value + 1,
    str: lambda value: value + "x",
    bytes: lambda value: value + b"x",
    UUID: lambda value: UUID(int=value.int + 1),
    datetime: lambda value: value + timedelta(microseconds=1),
    timedelta: lambda value: value + timedelta(seconds=1),
    list: lambda value: [*value, 1],
    type(None): lambda _: 1,
}


@pytest.mark.parametrize(
    ("row", "column"),
    [(row, field) for row in ROWS for field in row.__struct_fields__],
    ids=lambda part: part if isinstance(part, str) else type(part).__name__,
)
def test_a_changed_column_breaks_the_signature(row: signatures.Row, column: str) -> None:
    row = structs.replace(row, signature=sign(SECRET_KEY, row))
    value: Any = getattr(row, column)
    verify(PUBLIC_KEY, row)
    with pytest.raises(SignatureBroken):
        verify(PUBLIC_KEY, replaced(row, **{column: CHANGES[type(value)](value)}))


def test_moving_bytes_to_the_next_column_breaks_the_signature() -> None:
    one = structs.replace(CREDENTIAL, name="ab", slug="c")
    assert encode(one) != encode(structs.replace(CREDENTIAL, name="a", slug="bc"))


def test_lists_from_the_database_are_signed_like_tuples() -> None:
    assert encode(structs.replace(CREDENTIAL, shared_team_ids=(2, 3))) == encode(CREDENTIAL)


@pytest.mark.parametrize("signature", [b"", b"x", bytes(64), bytes(65)])
def test_invalid_signatures_raise_signature_broken(signature: bytes) -> None:
    with pytest.raises(SignatureBroken):
        verify(PUBLIC_KEY, structs.replace(CREDENTIAL, signature=signature))


def test_another_key_does_not_verify() -> None:
    row = structs.replace(CREDENTIAL, signature=sign(SECRET_KEY, CREDENTIAL))
    with pytest.raises(SignatureBroken):
        verify(crypto_sign_seed_keypair(bytes(32))[0], row)
