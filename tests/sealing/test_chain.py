"""The hashed bytes of audit events never change, so that existing chains can still be verified."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from msgspec import structs

from strongroom_server.core.records import AuditEvent
from strongroom_server.sealing import chain

FULL = AuditEvent(
    organisation_id="acme",
    event_id=UUID(int=1),
    event_time=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    action="CreateCredential",
    outcome="OK",
    key_id="key",
    peer="10.0.0.1",
    credential_id=UUID(int=2),
    credential_ids=(UUID(int=3), UUID(int=4)),
    version=5,
    revision=6,
    box_sha256=b"\x07" * 32,
    redact_fields=("token",),
    request_id="r-1",
    subject="subject",
    mac=b"\x08" * 32,
)
SIGNED = structs.replace(FULL, signer_id="a1")
BY_PRINCIPAL = structs.replace(SIGNED, principal="p")
OF_USE = structs.replace(FULL, use=b"\x09u", principal="p")
EMPTY = AuditEvent("acme", UUID(int=1), datetime(2026, 1, 2, tzinfo=UTC), "A", "OK", "", "")

# Pinned bytes. A change needs a new format.
ENCODED = {
    FULL: (
        "93b57374726f6e67726f6f6d2041756469744576656e74019fa461636d65c41000000000000000000000000000000001"
        "d7ffa1dcd420695735a5b043726561746543726564656e7469616ca24f4ba36b6579a831302e302e302e31c410000000"
        "0000000000000000000000000292c41000000000000000000000000000000003c4100000000000000000000000000000"
        "00040506c420070707070707070707070707070707070707070707070707070707070707070791a5746f6b656ea3722d"
        "31a77375626a656374"
    ),
    SIGNED: (
        "93b57374726f6e67726f6f6d2041756469744576656e7402dc0010a461636d65c4100000000000000000000000000000"
        "0001d7ffa1dcd420695735a5b043726561746543726564656e7469616ca24f4ba36b6579a831302e302e302e31c41000"
        "00000000000000000000000000000292c41000000000000000000000000000000003c410000000000000000000000000"
        "000000040506c420070707070707070707070707070707070707070707070707070707070707070791a5746f6b656ea3"
        "722d31a77375626a656374a26131"
    ),
    BY_PRINCIPAL: (
        "93b57374726f6e67726f6f6d2041756469744576656e7403dc0011a461636d65c4100000000000000000000000000000"
        "0001d7ffa1dcd420695735a5b043726561746543726564656e7469616ca24f4ba36b6579a831302e302e302e31c41000"
        "00000000000000000000000000000292c41000000000000000000000000000000003c410000000000000000000000000"
        "000000040506c420070707070707070707070707070707070707070707070707070707070707070791a5746f6b656ea3"
        "722d31a77375626a656374a170a26131"
    ),
    OF_USE: (
        "93b57374726f6e67726f6f6d2041756469744576656e7404dc0012a461636d65c410000000000000000000000000000"
        "00001d7ffa1dcd420695735a5b043726561746543726564656e7469616ca24f4ba36b6579a831302e302e302e31c410"
        "0000000000000000000000000000000292c41000000000000000000000000000000003c410000000000000000000000"
        "000000000040506c420070707070707070707070707070707070707070707070707070707070707070791a5746f6b65"
        "6ea3722d31a77375626a656374a170c4020975a0"
    ),
    EMPTY: (
        "93b57374726f6e67726f6f6d2041756469744576656e74019fa461636d65c41000000000000000000000000000000001"
        "d6ff69570a80a141a24f4ba0a0c090c0c0c090c0c0"
    ),
}
FIRST = "4328ba122cca521c851c572d5381599c4b2cf84c798871456fc8f8d7328a9e4b"
LINKED = {
    (FIRST, 1, FULL): "3dae1ffc763635925bc334a906368760ae9381920807fd68cfb7a2d4151f1d42",
    ("00" * 32, 2**40, EMPTY): "010891eacbcb4dfa67475d72f6c3fd8aabb9747c28f6edbe84ff6c55826bab3a",
}

OTHER_VALUES = {
    "organisation_id": "acm",
    "event_id": UUID(int=9),
    "event_time": FULL.event_time + timedelta(microseconds=1),
    "action": "CreateCredentia",
    "outcome": "lOK",
    "key_id": "",
    "peer": "10.0.0.1key",
    "credential_id": None,
    "credential_ids": (UUID(int=4), UUID(int=3)),
    "version": 6,
    "revision": None,
    "box_sha256": b"\x07" * 31,
    "redact_fields": ("toke", "n"),
    "request_id": "",
    "subject": None,
    "principal": "p",
    "use": b"u",
    "signer_id": "a1",
    "mac": b"\x08" * 31,
}


@pytest.mark.parametrize("event", ENCODED, ids=["full", "signed", "by principal", "of use", "empty"])
def test_the_encoding_of_an_event_has_not_changed(event: AuditEvent) -> None:
    assert chain.encode(event).hex() == ENCODED[event]


def test_the_pinned_bytes_have_every_column_except_the_mac() -> None:
    for event, version_of_event, missing in ((OF_USE, 4, 1), (BY_PRINCIPAL, 3, 2), (SIGNED, 2, 3), (FULL, 1, 4)):
        _, version, columns = msgspec.msgpack.decode(bytes.fromhex(ENCODED[event]))
        assert version == version_of_event
        assert len(columns) == len(AuditEvent.__struct_fields__) - missing
    assert FULL.mac not in bytes.fromhex(ENCODED[FULL])


def test_a_chain_starts_with_its_organisation() -> None:
    assert chain.first("acme").hex() == FIRST
    assert chain.first("acme") != chain.first("acm")


@pytest.mark.parametrize("link", LINKED, ids=["full", "empty"])
def test_a_link_has_not_changed(link: tuple[str, int, AuditEvent]) -> None:
    before, position, event = link
    hashed = bytes.fromhex(before) + position.to_bytes(8, "big") + event.mac + bytes.fromhex(ENCODED[event])
    assert chain.link(bytes.fromhex(before), position, event).hex() == LINKED[link]
    assert hashlib.sha256(hashed).hexdigest() == LINKED[link]


@pytest.mark.parametrize("column", OTHER_VALUES)
def test_another_value_of_any_column_changes_the_link(column: str) -> None:
    assert set(AuditEvent.__struct_fields__) == set(OTHER_VALUES)
    other = structs.replace(FULL, **{column: OTHER_VALUES[column]})
    before = bytes.fromhex(FIRST)
    assert chain.link(before, 1, other) != chain.link(before, 1, FULL)
    assert (chain.encode(other) != chain.encode(FULL)) == (column != "mac")


def test_another_position_or_another_previous_hash_changes_the_link() -> None:
    before = bytes.fromhex(FIRST)
    assert len({chain.link(before, 1, FULL), chain.link(before, 2, FULL), chain.link(before[::-1], 1, FULL)}) == 3
