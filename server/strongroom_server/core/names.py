"""The forms of names that several parts check."""

from __future__ import annotations

import re
from typing import Final

ORGANISATION_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
API_KEY: Final = re.compile(r"sr_([a-z0-9]{1,64})_([\x21-\x7e]{16,256})", re.ASCII)
# The reserved organisation whose audit trail holds what operators do.
OPERATORS_ORGANISATION: Final = "strongroom"

# The environment variable of prometheus_client that names where the workers of a node count together. It is read at import.
METRICS_DIRECTORY: Final = "PROMETHEUS_MULTIPROC_DIR"
