"""A secret is found in a response however it is encoded and divided, and everything else passes unchanged and at once."""

from __future__ import annotations

import base64
import itertools
import json
from types import SimpleNamespace
from urllib.parse import quote
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom_server.core.errors import ServiceError
from strongroom_server.use import tripwire
from strongroom_server.use.tripwire import Hits, SecretFound, Tripwire, _forms

SECRET = 'sk_live/4eC39+HqLyj ÄZw"p'
SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=8, max_size=40)


def read(wire: Tripwire, *parts: bytes) -> bytes:
    return b"".join(wire.passed(part) for part in parts) + wire.rest()


def cut(body: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[start:end] for start, end in itertools.pairwise(edges)]


ENCODED = {
    "raw": SECRET.encode(),
    **{f"base64 after {n}": base64.b64encode(b"x" * n + SECRET.encode() + b"yz") for n in range(4)},
    **{f"URL-safe base64 after {n}": base64.urlsafe_b64encode(b"x" * n + SECRET.encode() + b"y") for n in range(3)},
    "percent": quote(SECRET, safe="").encode(),
    "percent, but no slash": quote(SECRET).encode(),
    "percent in lower case": quote(SECRET, safe="")
    .encode()
    .replace(b"%2F", b"%2f")
    .replace(b"%2B", b"%2b")
    .replace(b"%C3", b"%c3"),
    "percent everywhere": "".join(f"%{byte:02x}" for byte in SECRET.encode()).encode(),
    "JSON": json.dumps({"key": SECRET}).encode(),
    "JSON in UTF-8": json.dumps({"key": SECRET}, ensure_ascii=False).encode(),
    "JSON with escaped slashes": json.dumps({"key": SECRET}).replace("/", "\\/").encode(),
    "JSON with escapes everywhere": "".join(f"\\u{ord(each):04X}" for each in SECRET).encode(),
}


@pytest.mark.parametrize("name", ENCODED)
def test_a_secret_is_found_in_every_encoding_wherever_it_is_divided(name: str) -> None:
    body = b"before " + ENCODED[name] + b" after"
    for place in range(len(body) + 1):
        with pytest.raises(SecretFound):
            read(Tripwire([SECRET]), body[:place], body[place:])
    with pytest.raises(SecretFound):
        read(Tripwire([SECRET]), *(bytes([byte]) for byte in body))


@given(SECRETS, st.data())
def test_no_division_hides_a_pattern(secret: str, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(sorted(_forms(secret))))
    # What stands before may be the beginning of a pattern itself.
    before = data.draw(st.sampled_from([b"", form[:-1], form[:9] * 2, form[: len(form) // 2], b"\\u", b"%"]))
    body = before + form + data.draw(st.binary(max_size=9))
    wire, seen = Tripwire([secret]), b""
    parts = cut(body, data.draw(st.lists(st.integers(min_value=0), max_size=9)))
    with pytest.raises(SecretFound):  # noqa: PT012 - what passes before counts
        for part in parts:
            seen += wire.passed(part)
    # Nothing of it has left.
    assert len(seen) <= len(before)


@given(SECRETS, st.data())
def test_everything_else_passes_unchanged(secret: str, data: st.DataObject) -> None:
    forms = sorted(_forms(secret))
    pieces = st.one_of(st.binary(max_size=30), st.sampled_from([form[:-1] for form in forms]))
    body = b"".join(data.draw(st.lists(pieces, max_size=8)))
    if any(form in body for form in forms):
        return
    assert read(Tripwire([secret]), *cut(body, data.draw(st.lists(st.integers(min_value=0), max_size=9)))) == body


def test_only_what_may_begin_a_secret_is_held_back() -> None:
    wire = Tripwire(["secret-token"])
    assert wire.passed(b"data: 1\n\n") == b"data: 1\n\n"
    assert wire.passed(b"data: secret-to") == b"data: "
    assert wire.passed(b"day\n\n") == b"secret-today\n\n"
    assert wire.passed(b"a secret-") == b"a "
    assert wire.rest() == b"secret-"
    assert wire.rest() == b""


def test_of_a_long_secret_the_beginning_is_looked_for() -> None:
    secret = "ä" * 1_023 + "b" + "c" * 60_000
    for body in (secret.encode(), base64.b64encode(b"x" + secret.encode()), json.dumps(secret).encode()):
        with pytest.raises(SecretFound):
            read(Tripwire([secret]), body[:30], body[30:])
    # A hostile receiver sends what is almost the secret, again and again.
    wire = Tripwire(["a" * 60_000])
    assert len(wire.passed(b"b" + b"a" * 1_000)) == 1
    assert max(len(pattern) for pattern, _ in wire._patterns) <= 6 * 1_024


def test_headers_are_searched() -> None:
    wire = Tripwire([SECRET])
    wire.require_clean([("x-a", "nothing")])
    with pytest.raises(SecretFound):
        wire.require_clean([("x-a", "nothing"), ("location", f"/?key={quote(SECRET, safe='')}")])


def test_a_short_secret_is_not_looked_for() -> None:
    assert read(Tripwire(["short-1", ""]), b"short-1") == b"short-1"


def test_the_repr_holds_no_secret() -> None:
    assert SECRET not in repr(Tripwire([SECRET]))


def test_a_credential_is_stopped_for_a_minute_after_three_hits_in_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(tripwire, "time", SimpleNamespace(monotonic=lambda: now))
    hits, one, other = Hits(), uuid4(), uuid4()
    for second in (0, 50, 100, 109):
        now = 1000.0 + second
        hits.require_few(one, "host")
        hits.add(one)
    # The first three are not within a minute, and the last three are.
    for second, stopped in ((111, True), (168, True), (170, False)):
        now = 1000.0 + second
        hits.require_few(other, "host")
        if stopped:
            with pytest.raises(ServiceError, match="SECRET_IN_RESPONSE"):
                hits.require_few(one, "host")
        else:
            hits.require_few(one, "host")
