"""Reads the certificates and the private key of a TLS client, and says what is wrong with them before gRPC uses them.

gRPC takes anything and fails later without a cause, and an empty file of roots makes it trust its own.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import grpc

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

FilePath: TypeAlias = "str | os.PathLike[str]"


class State(NamedTuple):
    """What changes when a file is replaced or written."""

    inode: int
    size: int
    modified_nanoseconds: int


@dataclass(frozen=True, slots=True)
class Certificates:
    """What a TLS client trusts and presents."""

    # PEM text or a file of it. None: gRPC's own roots.
    roots: bytes | Path | None = None
    # The client certificate with its intermediate certificates, and its private key. Both or none.
    chain_file: Path | None = None
    key_file: Path | None = None

    @property
    def has_files(self) -> bool:
        """Whether anything is read from files, which may change."""
        return any(True for _ in self._files())

    def state(self) -> tuple[State, ...]:
        """The state of the files. Raises ValueError if one cannot be found."""
        return tuple(map(_state_of, self._files()))

    def read(self) -> grpc.ChannelCredentials:
        """Read and check everything. Raises ValueError with the file and its mistake."""
        before = self.state()
        roots = _roots_of(self.roots)
        chain = key = None
        if self.chain_file is not None and self.key_file is not None:
            chain, key = _read(self.chain_file), _read(self.key_file)
            _require_pair(self.chain_file, self.key_file, chain, key)
        # A certificate and its key are replaced one after the other.
        if self.state() != before:
            raise ValueError("the certificate files changed while they were read")
        return grpc.ssl_channel_credentials(roots, key, chain)

    def _files(self) -> Iterator[Path]:
        for file in (self.roots, self.chain_file, self.key_file):
            if isinstance(file, Path):
                yield file


def _roots_of(roots: bytes | Path | None) -> bytes | None:
    if roots is None:
        return None
    text, source = (_read(roots), str(roots)) if isinstance(roots, Path) else (roots, "root_certificates")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=text.decode("ascii", "replace"))
    except (ssl.SSLError, ValueError):
        raise ValueError(f"{source} must contain certificates in PEM") from None
    if not context.cert_store_stats()["x509"]:
        raise ValueError(f"{source} must contain certificates in PEM")
    return text


def _require_pair(chain_file: Path, key_file: Path, chain: bytes, key: bytes) -> None:
    if b"-----BEGIN CERTIFICATE-----" not in chain:
        raise ValueError(f"{chain_file} must contain a certificate in PEM")
    if b" PRIVATE KEY-----" not in key:
        raise ValueError(f"{key_file} must contain a private key in PEM")
    if b"ENCRYPTED" in key:
        raise ValueError(f"{key_file} must contain a private key that is not encrypted")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(chain_file, key_file, password="")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ValueError(f"{key_file} is not the private key of the certificate in {chain_file}") from None
        raise ValueError(f"{chain_file} and {key_file} cannot be parsed as a certificate and its private key") from None
    except OSError as error:
        raise _unreadable(Path(error.filename or key_file), error) from None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _unreadable(file, error) from None


def _state_of(file: Path) -> State:
    try:
        found = file.stat()
    except OSError as error:
        raise _unreadable(file, error) from None
    return State(found.st_ino, found.st_size, found.st_mtime_ns)


def _unreadable(file: Path, error: OSError) -> ValueError:
    return ValueError(f"{file}: {error.strerror}")
