"""The client library of Strongroom.

    async with strongroom.Client("vault.example:443", api_key) as client:
        credential = await client.access_credential(credential_id, target_host="api.example.com")

Requests and responses use the generated messages in `strongroom.v1`. A failed call raises a subclass of `StrongroomError`; there is
one subclass per gRPC status code.
"""

import os
from importlib.metadata import version

# Without this setting gRPC prints a line to standard error for each failed TLS handshake, although ERROR is its documented default.
# It reads the variable when it is first imported.
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

__version__ = version("strongroom")

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
    "__version__",
]
