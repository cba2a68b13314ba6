"""The largest sizes of messages, in bytes, for servers and channels."""

from __future__ import annotations

from typing import Final

LARGEST_REQUEST: Final = 1024 * 1024
# Of a request with a head and a body, and the tags and lengths of the two. rpc/parsing.py refuses others above LARGEST_REQUEST.
LARGEST_HEAD: Final = 256 * 1024
LARGEST_BODY: Final = 1024 * 1024
LARGEST_REQUEST_WITH_BODY: Final = LARGEST_HEAD + LARGEST_BODY + 16
LARGEST_RESPONSE: Final = 32 * 1024 * 1024
