"""Finds a secret in a response, as it is or in a common encoding.

A tripwire, and no guarantee: a receiver can pass a secret on in a form that nobody expects. It catches what happens by mistake,
such as an API that shows a request in its response, and the first attempts of a curious caller.
"""

from __future__ import annotations

import base64
import json
import re
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

from prometheus_client import Counter

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.access.use import SHORTEST_SECRET
from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Iterator

# So many characters of a longer secret are looked for. All 64 KiB of one that repeats itself would occupy the event loop for 290 ms
# for each part of a response, and 220 ms before it.
_MOST_CHARACTERS: Final = 1024
# How much of a pattern is looked for at once when the end of a part may be its beginning.
_HEAD: Final = 8
# So many hits of a credential in so many seconds stop it for as long.
_MOST_HITS: Final = 3
_HIT_SECONDS: Final = 60.0
_ENCODED: Final = re.compile("%..")
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
# How JSON writes characters that could end it in HTML.
_IN_HTML: Final = {ord(each): f"\\u{ord(each):04x}" for each in "<>&'"}

_HITS: Final = Counter(
    "strongroom_secrets_in_responses", "Responses of receivers that held the secret or token of their request."
)


class SecretFound(Exception):
    """The response holds a secret."""


class Tripwire:
    """Looks for secrets in one response. `passed` takes the body in parts of any size, however they divide a secret."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Secrets of less than SHORTEST_SECRET bytes are not looked for."""
        found = [secret[:_MOST_CHARACTERS] for secret in secrets if len(secret.encode()) >= SHORTEST_SECRET]
        forms = {form for secret in found for form in _forms(secret)}
        self._patterns = [(form, form[:_HEAD]) for form in sorted(forms)]
        # The end of what came so far, if it may be the beginning of a pattern.
        self._held = b""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def passed(self, part: bytes) -> bytes:
        """What may be sent on of the body with this part: all but an end that a secret may begin with. Raises SecretFound."""
        data = self._held + part if self._held else part
        self._require_none(data)
        held = max((_begun(pattern, head, data) for pattern, head in self._patterns), default=0)
        self._held = data[len(data) - held :]
        return data[: len(data) - held] if held else data

    def rest(self) -> bytes:
        """What was held back until the end of the body."""
        held, self._held = self._held, b""
        return held

    def require_clean(self, headers: Iterable[tuple[str, str]]) -> None:
        """Raises SecretFound if a header holds a secret."""
        self._require_none("\n".join(f"{name}: {value}" for name, value in headers).encode("latin-1", "replace"))

    def _require_none(self, data: bytes) -> None:
        # On literals this is faster than one regular expression: `in` skips most bytes.
        for pattern, _ in self._patterns:
            if pattern in data:
                raise SecretFound


class Hits:
    """Counts the hits of each credential on this node. A caller that tries one form after another is stopped."""

    def __init__(self) -> None:
        self._times: dict[uuid.UUID, list[float]] = {}

    def add(self, credential_id: uuid.UUID) -> None:
        """Count a hit."""
        _HITS.inc()
        now = time.monotonic()
        self._times = {key: times for key, times in self._times.items() if times[-1] > now - _HIT_SECONDS}
        self._times[credential_id] = [*self._times.get(credential_id, ()), now][-_MOST_HITS:]

    def require_few(self, credential_id: uuid.UUID, host: str) -> None:
        """Raises SECRET_IN_RESPONSE for a minute after the third hit of a minute."""
        times = self._times.get(credential_id, [])
        is_stopped = len(times) == _MOST_HITS and times[-1] - times[0] < _HIT_SECONDS
        if is_stopped and time.monotonic() - times[-1] < _HIT_SECONDS:
            raise secret_in_response(host)


def secret_in_response(host: str) -> ServiceError:
    """The error for a response that holds a secret."""
    return ServiceError(reasons.ERROR_REASON_SECRET_IN_RESPONSE, host=host)


def _begun(pattern: bytes, head: bytes, data: bytes) -> int:
    """How many bytes at the end of the data are the beginning of a pattern, at most."""
    # From the first place at which less than a pattern is left.
    start, end = max(0, len(data) - len(pattern) + 1), len(data)
    while (start := data.find(head, start)) >= 0:
        if pattern.startswith(data[start:]):
            return end - start
        start += 1
    # Most parts end in none of these bytes, and seven comparisons for each pattern cost as much as the search for all of them.
    if head[0] in data[-len(head) :]:
        for size in range(len(head) - 1, 0, -1):
            if data.endswith(head[:size]):
                return size
    return 0


def _forms(secret: str) -> Iterator[bytes]:
    """A secret as it is, and as encodings write it."""
    raw = secret.encode()
    yield raw
    yield from _base64(raw)
    everywhere = f"%{raw.hex('%').upper()}"
    for text in (everywhere, quote(raw, safe=""), quote(raw), quote_plus(raw), quote(raw, safe="/:?#[]@!$&'()*+,;=")):
        yield text.encode()
        if "%" in text:
            yield _lower_hex(text).encode()
    for text in _json(secret):
        yield text.encode()
        yield text.replace("/", "\\/").encode()


def _base64(raw: bytes) -> Iterator[bytes]:
    """The characters that do not depend on what stands before and after the secret."""
    for offset in range(3):
        first = -(-8 * offset // 6)
        last = 8 * (offset + len(raw)) // 6
        text = base64.b64encode(bytes(offset) + raw)[first:last]
        yield text
        yield text.translate(_URL_SAFE)


def _json(secret: str) -> Iterator[str]:
    """A secret in a string of JSON, escaped as little or as much as libraries do."""
    ascii_only = json.dumps(secret)[1:-1]
    yield ascii_only
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    # So that it can stand in HTML.
    yield ascii_only.translate(_IN_HTML)
    units = secret.encode("utf-16-be").hex(" ", 2)
    for digits in (units, units.upper()):
        yield "\\u" + digits.replace(" ", "\\u")


def _lower_hex(text: str) -> str:
    """Percent-encoded text with the digits of its encoding in lower case."""
    return _ENCODED.sub(lambda found: found[0].lower(), text)
