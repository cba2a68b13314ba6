"""Makes the metadata with which a call authenticates: an API key, a workload's token, or nothing beside a client certificate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Metadata: TypeAlias = tuple[tuple[str, str], ...]
Token: TypeAlias = str | Callable[[], str]


def metadata_of(api_key: str | None, token: Token | None, *, has_certificate: bool) -> Callable[[], Metadata]:
    """A function that returns the metadata of one call. It reads a token again for each call.

    Raises ValueError, and so does the returned function for a token that a header cannot carry.
    """
    if api_key is not None and token is not None:
        raise ValueError("pass api_key or token, not both")
    if api_key is not None:
        return _constant(_bearer("api_key", api_key))
    if callable(token):
        read = token
        return lambda: _bearer("token", read().strip())
    if token is not None:
        return _constant(_bearer("token", token.strip()))
    if not has_certificate:
        raise ValueError("pass api_key, token, or certificate_file and key_file")
    return _constant(())


def _constant(metadata: Metadata) -> Callable[[], Metadata]:
    return lambda: metadata


def _bearer(name: str, value: str) -> Metadata:
    # With other values gRPC would raise its own internal error from every call.
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError(f"{name} must be printable ASCII without spaces")
    return (("authorization", f"Bearer {value}"),)
