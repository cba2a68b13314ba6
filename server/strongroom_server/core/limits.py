"""The sizes of messages, in bytes. Servers, channels and the in-process channel share them."""

from __future__ import annotations

from typing import Final

LARGEST_REQUEST: Final = 1024 * 1024
LARGEST_ANSWER: Final = 32 * 1024 * 1024
