"""Looks names up with the resolver of the system, off the event loop and within a time limit.

Each look-up has a thread of its own, because getaddrinfo cannot be cancelled: a thread whose caller has left ends when the
resolver gives up. The threads are daemons, so that they do not delay the end of the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from strongroom_server.egress.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom_server.egress.urls import Address

_ABSENT: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
# More would occupy the event loop when they are checked.
_MOST_ADDRESSES: Final = 64


class Resolver:
    """At most so many look-ups at a time, and of these so many for one tenant: servers of one tenant that do not answer could
    otherwise hold up all. The others wait for their turn within their time limit. Used by one event loop.
    """

    def __init__(self, lookups: int, per_tenant: int) -> None:
        self._free = asyncio.Semaphore(lookups)
        self._per_tenant = per_tenant
        # Those that a look-up has or waits for.
        self._tenants: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def addresses_of(self, name: str, seconds: float, tenant: str = "") -> tuple[Address, ...]:
        """All addresses of a name, the preferred first. Raises Refusal."""
        loop = asyncio.get_running_loop()
        turns = self._tenants.setdefault(tenant, asyncio.Semaphore(self._per_tenant))
        found: asyncio.Future[tuple[Address, ...] | Refusal] = loop.create_future()

        def end(result: tuple[Address, ...] | Refusal) -> None:
            self._free.release()
            turns.release()
            if not found.done():
                found.set_result(result)

        def look_up() -> None:
            result: tuple[Address, ...] | Refusal = Refusal("dns_failed", "cannot be looked up")
            try:
                result = _look_up(name)
            finally:
                # A closed event loop waits for nothing.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(end, result)

        has_turn = False
        try:
            async with asyncio.timeout(seconds):
                await _acquire(turns, self._free)
                has_turn = True
                _start(look_up, end)
                result = await found
        except TimeoutError:
            if not has_turn:
                raise Refusal("dns_busy", "cannot be looked up: too many look-ups wait for an answer") from None
            raise Refusal("dns_timeout", f"cannot be looked up within {seconds:g} seconds") from None
        if isinstance(result, Refusal):
            raise result
        return result


async def _acquire(turns: asyncio.Semaphore, free: asyncio.Semaphore) -> None:
    await turns.acquire()
    try:
        await free.acquire()
    except asyncio.CancelledError:
        turns.release()
        raise


def _start(look_up: Callable[[], None], end: Callable[[Refusal], None]) -> None:
    try:
        threading.Thread(target=look_up, name="egress-resolver", daemon=True).start()
    except RuntimeError:
        end(Refusal("dns_busy", "cannot be looked up: this process may not start another thread"))


def _look_up(name: str) -> tuple[Address, ...] | Refusal:
    try:
        # Bytes are not converted by Python's codec `idna`. Families that this machine lacks are looked up as well, because one
        # address that is refused refuses all.
        answers = socket.getaddrinfo(name.encode("ascii"), None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in _ABSENT:
            return Refusal("name_not_found", "has no address in DNS")
        return Refusal("dns_failed", f"cannot be looked up ({error.strerror})")
    except (OSError, UnicodeError) as error:
        return Refusal("dns_failed", f"cannot be looked up ({type(error).__name__})")
    addresses = tuple(dict.fromkeys(ipaddress.ip_address(answer[4][0]) for answer in answers))
    if len(addresses) > _MOST_ADDRESSES:
        return Refusal("too_many_addresses", f"has more than {_MOST_ADDRESSES} addresses")
    return addresses
