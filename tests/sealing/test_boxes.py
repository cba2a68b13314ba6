"""The sealed box: what goes in comes out, under its own header and key alone."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_box_keypair, crypto_box_seal

from strongroom_server.sealing.boxes import BoxBroken, Header, seal, unseal

PUBLIC_KEY, PRIVATE_KEY = crypto_box_keypair()
HEADER = Header("k1", "default", UUID(int=7), 3, "basic_auth")
OVERHEAD = 48


@given(st.binary(max_size=4096))
def test_any_bytes_come_back(data: bytes) -> None:
    assert unseal(PUBLIC_KEY, PRIVATE_KEY, HEADER, seal(PUBLIC_KEY, HEADER, data)) == data


@given(st.integers(0, 70_000))
def test_a_box_tells_no_more_of_its_size_than_a_power_of_two(size: int) -> None:
    bucket = len(seal(PUBLIC_KEY, HEADER, b"\0" * size)) - OVERHEAD

    assert bucket >= 256
    assert bucket & (bucket - 1) == 0
    assert bucket <= max(256, 2 * (size + len(HEADER.encode()) + 4))


def test_two_boxes_of_the_same_data_differ() -> None:
    assert seal(PUBLIC_KEY, HEADER, b"x") != seal(PUBLIC_KEY, HEADER, b"x")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key_id", "k2"),
        ("organisation_id", "defaulu"),
        ("credential_id", UUID(int=8)),
        ("version", 2),
        ("variant", "raw"),
    ],
)
def test_a_box_opens_in_no_other_place(field: str, value: Any) -> None:
    box = seal(PUBLIC_KEY, HEADER, b"hunter2")
    with pytest.raises(BoxBroken):
        unseal(PUBLIC_KEY, PRIVATE_KEY, dataclasses.replace(HEADER, **{field: value}), box)


def test_the_headers_fields_are_all_tried() -> None:
    assert [field.name for field in dataclasses.fields(Header)] == [
        "key_id",
        "organisation_id",
        "credential_id",
        "version",
        "variant",
    ]


@given(st.binary(max_size=400))
def test_garbage_is_broken_and_nothing_else(box: bytes) -> None:
    with pytest.raises(BoxBroken):
        unseal(PUBLIC_KEY, PRIVATE_KEY, HEADER, box)


@given(st.binary(max_size=100))
def test_a_forged_plaintext_is_broken_and_nothing_else(plain: bytes) -> None:
    for forged in (plain, HEADER.encode() + plain[:3], HEADER.encode() + b"\xff\xff\xff\xff" + plain):
        with pytest.raises(BoxBroken):
            unseal(PUBLIC_KEY, PRIVATE_KEY, HEADER, crypto_box_seal(forged, PUBLIC_KEY))


@given(st.integers(0, 303), st.integers(1, 255))
def test_a_changed_byte_breaks_a_box(place: int, change: int) -> None:
    box = bytearray(seal(PUBLIC_KEY, HEADER, b"hunter2"))
    box[place] ^= change
    with pytest.raises(BoxBroken):
        unseal(PUBLIC_KEY, PRIVATE_KEY, HEADER, bytes(box))


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(BoxBroken):
        unseal(*crypto_box_keypair(), HEADER, seal(PUBLIC_KEY, HEADER, b"hunter2"))
