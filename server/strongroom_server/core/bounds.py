"""What a caller, an organisation or a peer may do on a process of a node, as its operator sets it.

rpc/limits.py and rpc/strangers.py count.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeVar


class Bounds(NamedTuple):
    """What a caller or an organisation may have: calls and streams at once, calls a second, calls at once after a pause, and bytes
    of requests at once.
    """

    calls: int
    streams: int
    rate: int
    burst: int
    bytes: int


class PeerBounds(NamedTuple):
    """What a peer without a valid key may have: public calls at once, and failed authentications that are answered at once, after
    a pause and a second.
    """

    calls: int
    failures: int
    rate: int


# More calls a second than a process can answer: fairness needs no rate, so only an operator who wants one sets a lower one.
KEY_BOUNDS: Final = Bounds(calls=1_024, streams=256, rate=5_000, burst=25_000, bytes=64 << 20)
ORGANISATION_BOUNDS: Final = Bounds(calls=4_096, streams=1_024, rate=10_000, burst=50_000, bytes=128 << 20)
PEER_BOUNDS: Final = PeerBounds(calls=4, failures=500, rate=50)

# A larger limit limits nothing.
_MOST_DIGITS: Final = 12

BoundsT = TypeVar("BoundsT", Bounds, PeerBounds)


def bounds_of(text: str, defaults: BoundsT) -> BoundsT | None:
    """Read bounds such as `calls=512,rate=1000`. What is not named has its default; `off` is no limit. Raises ValueError."""
    if text == "off":
        return None
    given: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = (each.strip() for each in part.partition("="))
        if name not in defaults._fields:
            raise ValueError(f"off, or limits such as {shown(defaults)}: {part!r} is none of them")
        if not (number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS and int(number)):
            raise ValueError(f"limits that are whole numbers from 1 to {'9' * _MOST_DIGITS}: {part!r} is not")
        if name in given:
            raise ValueError(f"limits separated by commas, each once: {name} is there twice")
        given[name] = int(number)
    if "rate" in given and isinstance(defaults, Bounds):
        # With a smaller burst the calls of a second could not all be made.
        given.setdefault("burst", max(defaults.burst, given["rate"]))
    return defaults._replace(**given)


def shown(bounds: BoundsT) -> str:
    """Bounds as `bounds_of` reads them."""
    return ",".join(f"{name}={value}" for name, value in bounds._asdict().items())
