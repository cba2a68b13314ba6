"""What one caller or organisation may do on a process of a node, as its operator sets it. rpc/limits.py counts."""

from __future__ import annotations

from typing import Final, NamedTuple


class Bounds(NamedTuple):
    """What a caller or an organisation may have: calls and streams at once, calls a second, calls at once after a pause, and bytes
    of requests at once.
    """

    calls: int
    streams: int
    rate: int
    burst: int
    bytes: int


KEY_BOUNDS: Final = Bounds(calls=1_024, streams=256, rate=2_000, burst=10_000, bytes=64 << 20)
ORGANISATION_BOUNDS: Final = Bounds(calls=4_096, streams=1_024, rate=5_000, burst=25_000, bytes=128 << 20)


def bounds_of(text: str, defaults: Bounds) -> Bounds | None:
    """Read bounds such as `calls=512,rate=1000`. What is not named has its default; `off` is no limit. Raises ValueError."""
    if text == "off":
        return None
    given: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = (each.strip() for each in part.partition("="))
        if name not in Bounds._fields or not (number.isascii() and number.isdigit() and 0 < int(number[:16]) < 1 << 40):
            raise ValueError(
                f"off, or limits separated by commas, such as calls=512,rate=1000: {part} is none; "
                f"the limits are {', '.join(Bounds._fields)}, each a number of at least 1"
            )
        if name in given:
            raise ValueError(f"limits separated by commas, each once: {name} is there twice")
        given[name] = int(number)
    bounds = defaults._replace(**given)
    if bounds.burst < bounds.rate and "burst" not in given:
        bounds = bounds._replace(burst=bounds.rate)
    return bounds
