"""Fetches and keeps the public keys of OpenID Connect issuers, by the URLs that operators configured.

A fetch is a task of its own with its own deadline: neither a caller that gives up nor another issuer's slow server affects it.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from strongroom.v1 import error_reason_pb2
from strongroom_server.access import json_web_keys
from strongroom_server.core.errors import ServiceError, log_fields
from strongroom_server.core.tasks import cancel_all
from strongroom_server.egress.client import Limits, Request
from strongroom_server.egress.refusals import EgressRefused

if TYPE_CHECKING:
    from collections.abc import Collection

    from strongroom_server.access.json_web_keys import WebKey, WebKeySet
    from strongroom_server.egress.client import Client

# The least time between two fetches of one URL, whatever tokens arrive.
FETCH_SECONDS: Final = 60.0
# Keys are fetched again after this time, so that a key that the issuer withdrew is not used for longer.
REFRESH_SECONDS: Final = 3600.0
# How long keys are used while their URL fails.
KEEP_SECONDS: Final = 24 * 3600.0
_LIMITS: Final = Limits(seconds=5.0, body_bytes=json_web_keys.LARGEST_SET)
_HEADERS: Final = (("Accept", "application/json, application/jwk-set+json"),)
_HTTP_OK: Final = 200
_REMEDY: Final = (
    "correct jwks_url; a private address must be in STRONGROOM_EGRESS_ENDPOINTS, an own CA in STRONGROOM_EGRESS_CA"
)

_log = structlog.get_logger()


@dataclass(slots=True)
class _Source:
    """The keys of one URL. Times are of the monotonic clock."""

    keys: WebKeySet | None = None
    fetched_at: float = float("-inf")
    tried_at: float = float("-inf")
    has_failed: bool = False
    fetch: asyncio.Task[None] | None = None


class IssuerKeys:
    """The keys of all issuers that have a URL. `epoch` is another number once the keys of a URL have changed."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.epoch = 0
        self._sources: dict[str, _Source] = {}

    def follow(self, urls: Collection[str]) -> None:
        """Fetch the keys of these URLs, and forget those of all others. It returns at once."""
        for url in self._sources.keys() - set(urls):
            source = self._sources.pop(url)
            if source.fetch is not None:
                source.fetch.cancel()
        for url in urls:
            self._sources.setdefault(url, _Source())
        self.refresh()

    def refresh(self) -> None:
        """Start to fetch the keys that are due. It returns at once."""
        now = time.monotonic()
        for url, source in self._sources.items():
            if now - source.fetched_at >= KEEP_SECONDS and source.keys is not None:
                _log.error(
                    "issuer keys dropped", url=url, remedy="the URL has failed for too long: see the warnings before"
                )
                source.keys = None
                self.epoch += 1
            if now - source.fetched_at >= REFRESH_SECONDS:
                self._start(url, source, now)

    async def key(self, url: str, key_id: str) -> WebKey | None:
        """The key with this id, None if the issuer has no such key.

        A key that is unknown starts a fetch, at most once a minute, and waits for it. Raises ISSUER_KEYS_UNAVAILABLE if the keys
        could not be fetched.
        """
        source = self._sources.setdefault(url, _Source())
        key = _key_of(source, key_id)
        if key is not None:
            return key
        self._start(url, source, time.monotonic())
        if source.fetch is not None:
            # A caller that gives up cancels only its wait.
            await asyncio.wait([source.fetch])
            key = _key_of(source, key_id)
        if key is None and (source.has_failed or source.keys is None):
            raise ServiceError(error_reason_pb2.ERROR_REASON_ISSUER_KEYS_UNAVAILABLE)
        return key

    async def close(self) -> None:
        """End the fetches."""
        fetches = [source.fetch for source in self._sources.values() if source.fetch is not None]
        await cancel_all(fetches, lambda: None)

    def _start(self, url: str, source: _Source, now: float) -> None:
        """Start a fetch, unless one is running or the last one was less than a minute ago."""
        if source.fetch is None and now - source.tried_at >= FETCH_SECONDS:
            source.tried_at = now
            source.fetch = asyncio.create_task(self._update(url, source))

    async def _update(self, url: str, source: _Source) -> None:
        try:
            to, target = self._client.operators_destination_of(url)
            response = await self._client.send(to, Request("GET", target, _HEADERS), _LIMITS)
            if response.status != _HTTP_OK:
                # A redirect is not followed: the operator configured this URL and no other.
                self._fail(url, source, problem=f"responded with the status {response.status}")
                return
            keys = json_web_keys.parse(response.body)
        except EgressRefused as error:
            self._fail(url, source, problem=error.detail, remedy=_REMEDY)
        except json_web_keys.WebKeySetError as error:
            self._fail(url, source, problem=f"sent no usable JSON Web Key Set: it {error.rule}")
        except Exception as error:  # a bug in a fetch must not end authentication with older keys
            self._fail(url, source, problem="unexpected", **log_fields(error))
        else:
            source.has_failed = False
            source.fetched_at = time.monotonic()
            if keys.secret:
                _log.warning(
                    "issuer publishes private keys",
                    url=url,
                    ignored=keys.secret,
                    remedy="the issuer must replace these keys: everybody can sign its tokens",
                )
            if source.keys is None or source.keys.keys != keys.keys:
                source.keys = keys
                _log.info("issuer keys changed", url=url, keys=sorted(keys.keys), ignored=keys.secret + keys.others)
                self.epoch += 1
        finally:
            source.fetch = None

    def _fail(self, url: str, source: _Source, **fields: object) -> None:
        source.has_failed = True
        _log.warning("issuer keys not fetched", url=url, kept=len(source.keys.keys) if source.keys else 0, **fields)


def _key_of(source: _Source, key_id: str) -> WebKey | None:
    return source.keys.keys.get(key_id) if source.keys is not None else None
