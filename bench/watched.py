"""The server with a list of what it keeps in memory, for `bench.soak`: `watched.py <arguments of strongroom-server>`.

`GET /sizes` answers the number of tasks, of objects that were made since the start and of blocks of Python; how much memory
C libraries use and how much the C library keeps free; and the number of the entries of each table: a member of an object of the
start, a global of a module or the cache of a function.

Two tables are smaller than in production, where they take many minutes of a soak to fill. Here they are full before the first
sample, so that growth of memory is not theirs.
"""

from __future__ import annotations

import asyncio
import ctypes
import functools
import gc
import json
import sys
from collections.abc import Sized
from typing import TYPE_CHECKING, Any, Final

from strongroom_server.__main__ import main
from strongroom_server.node.grpc_environment import set_grpc_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

# Revisions that the node has seen, and addresses of connections.
SEEN: Final = 512
ADDRESSES: Final = 64
# Names of figures.
USED: Final = "memory of C libraries, MB"
KEPT: Final = "freed memory that the C library keeps, MB"
_PACKAGES = ("strongroom_server", "uvicorn")
# Their length is no number of entries.
_NO_TABLES = (str, bytes, tuple, frozenset)
# What exists when the server is ready.
_owners: list[Any] = []
_freeze = gc.freeze


def _freeze_noted() -> None:
    """Note the objects of the start. They are excluded from garbage collection next, which hides them from `gc.get_objects`."""
    _owners.extend(each for each in gc.get_objects() if str(type(each).__module__).startswith(_PACKAGES))
    _freeze()


def _tables() -> Iterator[tuple[str, int]]:
    for owner in _owners:
        kind = type(owner)
        members = dict(vars(owner)) if hasattr(owner, "__dict__") else {}
        for base in kind.__mro__:
            slots = getattr(base, "__slots__", ())
            members |= {name: getattr(owner, name, None) for name in ((slots,) if isinstance(slots, str) else slots)}
        for name, value in members.items():
            if isinstance(value, Sized) and not isinstance(value, _NO_TABLES):
                yield f"{kind.__module__}.{kind.__name__}.{name}", len(value)
    for module_name, module in list(sys.modules.items()):
        if not module_name.startswith(_PACKAGES):
            continue
        for name, value in list(vars(module).items()):
            if isinstance(value, (dict, list, set)) and name != "__builtins__":
                yield f"{module_name}.{name}", len(value)
            elif callable(getattr(value, "cache_info", None)):
                yield f"{module_name}.{name}()", value.cache_info().currsize


class _Allocator(ctypes.Structure):
    """The struct mallinfo2 of glibc."""

    _fields_ = tuple((name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
    ))  # fmt: skip


_mallinfo = ctypes.CDLL(None).mallinfo2
_mallinfo.restype = _Allocator


def _sizes() -> dict[str, float]:
    sizes: dict[str, float] = {}
    for name, size in _tables():
        sizes[name] = sizes.get(name, 0) + size
    gc.collect()
    allocator = _mallinfo()
    return {
        "tasks": len(asyncio.all_tasks()),
        "objects": len(gc.get_objects()),
        "blocks of Python": sys.getallocatedblocks(),
        USED: (allocator.uordblks + allocator.hblkhd) / (1 << 20),
        KEPT: allocator.fordblks / (1 << 20),
        **sizes,
    }


class Watched:
    """An application with the list."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope.get("path") != "/sizes":
            await self._app(scope, receive, send)
            return
        body = json.dumps(_sizes()).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    set_grpc_environment()
    # These import grpc, which reads its environment then.
    from strongroom_server.cli import run
    from strongroom_server.credentials.revisions import SeenRevisions
    from strongroom_server.rpc import presented

    construct: Any = SeenRevisions.__init__
    construct.__defaults__ = (SEEN,)
    address: Any = vars(presented)["_address"].__wrapped__
    setattr(presented, "_address", functools.lru_cache(maxsize=ADDRESSES)(address))  # noqa: B010 - replaced on purpose

    application: Any = vars(run)["application"]

    def watched(*arguments: Any, **named: Any) -> ASGIApp:
        return Watched(application(*arguments, **named))

    setattr(run, "application", watched)  # noqa: B010 - as above
    setattr(gc, "freeze", _freeze_noted)  # noqa: B010 - as above
    main()
