"""Formats of names, and names that several packages use."""

from __future__ import annotations

import base64
import re
import secrets
from typing import Final

ORGANISATION_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
API_KEY: Final = re.compile(r"sr_([a-z0-9]{1,64})_([\x21-\x7e]{16,256})", re.ASCII)
# The three parts of a JSON Web Token (RFC 7515, section 7.1) of a workload: header, claims and signature.
WORKLOAD_TOKEN: Final = re.compile(
    r"(?=.{1,4096}\Z)([A-Za-z0-9_-]{2,})\.([A-Za-z0-9_-]{2,})\.([A-Za-z0-9_-]{2,})", re.ASCII
)
# The reserved organisation whose audit trail records what operators do.
OPERATORS_ORGANISATION: Final = "strongroom"

# The environment variable with the directory in which prometheus_client adds up the metrics of worker processes. It reads the
# variable when it is imported.
METRICS_DIRECTORY: Final = "PROMETHEUS_MULTIPROC_DIR"

# The metadata with which a gateway says through which endpoints a call came, and what it may say. A direct call has none.
SURFACE: Final = "strongroom-surface"
DIRECT: Final = "grpc"
SURFACES: Final = frozenset({DIRECT, "versori", "slashid", "tines", "proxy", "consent"})


def new_id() -> str:
    """A random id of 12 characters of `a-z` and `2-7`, which are 60 bits."""
    return base64.b32encode(secrets.token_bytes(8)).decode().lower()[:12]
