"""Owns what keeps the keys in this process's memory from other programs and from the disk. Knows no key."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from typing import Final

# The number is from Linux, include/uapi/linux/prctl.h.
_PR_SET_DUMPABLE: Final = 4


def protect_memory() -> None:
    """Write no core dump, and let no other process of the same user read this one's memory, its environment or its open files.

    Children inherit the first and not the second, so each process that holds keys calls this. The second is for Linux alone.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), "PR_SET_DUMPABLE")
