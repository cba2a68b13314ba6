"""The client of Strongroom: what other services import.

    async with strongroom.Client("vault.example:443", api_key) as client:
        credential = await client.access_credential(credential_id, target_host="api.example.com")

Messages are the generated ones of `strongroom.v1`. Errors are subclasses of `StrongroomError`, one a gRPC status code.
"""

import os

# ERROR is gRPC's documented default, which it does not keep: each failed TLS handshake prints a line to standard error. It reads
# the variable when it is first imported.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

from strongroom.client import Client
from strongroom.errors import (
    AbortedError,
    AlreadyExistsError,
    DataLossError,
    DeadlineExceededError,
    FailedPreconditionError,
    FieldViolation,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    ResourceExhaustedError,
    StrongroomError,
    UnauthenticatedError,
    UnavailableError,
)
from strongroom.imports import Imported
from strongroom.pages import Pages

__all__ = [
    "AbortedError",
    "AlreadyExistsError",
    "Client",
    "DataLossError",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "FieldViolation",
    "Imported",
    "InternalError",
    "InvalidArgumentError",
    "NotFoundError",
    "Pages",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "StrongroomError",
    "UnauthenticatedError",
    "UnavailableError",
]
