"""Protects the memory of this process, and the keys in it, from other programs and from core dumps."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from typing import Final

# From include/uapi/linux/prctl.h of Linux.
_PR_SET_DUMPABLE: Final = 4


def protect_memory() -> None:
    """Disable core dumps and, on Linux, keep other processes of the same user from reading the memory and the open files.

    Child processes inherit only the first, so each process that has keys must call this.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), "PR_SET_DUMPABLE")
