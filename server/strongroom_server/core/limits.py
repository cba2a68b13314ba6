"""The largest sizes of messages, in bytes, for servers and channels."""

from __future__ import annotations

from typing import Final

LARGEST_REQUEST: Final = 1024 * 1024
LARGEST_RESPONSE: Final = 32 * 1024 * 1024
