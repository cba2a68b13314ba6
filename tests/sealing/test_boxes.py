"""A sealed box opens only with its own header and key, and then returns its data."""

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
def test_a_box_returns_any_bytes(data: bytes) -> None:
    assert unseal(PUBLIC_KEY, PRIVATE_KEY, HEADER, seal(PUBLIC_KEY, HEADER, data)) == data


@given(st.integers(0, 70_000))
def test_a_box_reveals_its_size_only_as_a_power_of_two(size: int) -> None:
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
def test_a_box_does_not_open_with_another_header(field: str, value: Any) -> None:
    box = seal(PUBLIC_KEY, HEADER, b"hunter2")
    with pytest.raises(BoxBroken):
        unseal(PUBLIC_KEY, PRIVATE_KEY, dataclasses.replace(HEADER, **{field: value}), box)


def test_every_field_of_the_header_is_tested() -> None:
    assert [field.name for field in dataclasses.fields(Header)] == [
        "key_id",
        "organisation_id",
        "credential_id",
        "version",
        "variant",
    ]


@given(st.binary(max_size=400))
def test_random_bytes_raise_box_broken(box: bytes) -> None:
    with pytest.raises(BoxBroken):
        unseal(PUBLIC_KEY, PRIVATE_KEY, HEADER, box)


@given(st.binary(max_size=100))
def test_a_forged_content_raises_box_broken(plain: bytes) -> None:
    for forged in (plain, HEADER.encode() + plain[:3], HEADER.encode() + b"\xff\xff\xff\xff" + plain):
        with pytest.raises(BoxBroken):
            unseal(PUBLIC_KEY, PRIVATE_KEY, HEADER, crypto_box_seal(forged, PUBLIC_KEY))


@given(st.integers(0, 303), st.integers(1, 255))
def test_a_changed_byte_breaks_a_box(place: int, change: int) -> None:
    box = bytearray(seal(PUBLIC_KEY, HEADER, b"hunter2"))
    box[place] ^= change
    with pytest.raises(BoxBroken):
        unseal(PUBLIC_KEY, PRIVATE_KEY, HEADER, bytes(box))


def test_another_key_does_not_open_a_box() -> None:
    with pytest.raises(BoxBroken):
        unseal(*crypto_box_keypair(), HEADER, seal(PUBLIC_KEY, HEADER, b"hunter2"))
