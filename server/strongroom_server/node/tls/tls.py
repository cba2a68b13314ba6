"""Keeps the current certificates of a node: loads them at the start, and again when the files change."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import grpc
import structlog
from prometheus_client import Gauge

from strongroom_server.core.errors import OperatorError, log_fields
from strongroom_server.node.tls import local_ca
from strongroom_server.node.tls.files import Material, Source, TlsFiles, check, read
from strongroom_server.node.tls.http_context import context_of, listening_context
from strongroom_server.node.tls.rules import require_consistent, require_encrypted

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

    from strongroom_server.node.settings import Settings
    from strongroom_server.node.tls.files import Contents

# How often the files are compared with those in use.
INTERVAL_SECONDS: Final = 5.0
# How long a client may take for its handshake.
HANDSHAKE_SECONDS: Final = 10.0

_EXPIRY: Final = Gauge(
    "strongroom_tls_certificate_expiry_timestamp_seconds",
    "When the server's certificate in use expires, and when the first of the client CAs does.",
    ("certificate",),
    multiprocess_mode="mostrecent",
)
_FAILING: Final = Gauge(
    "strongroom_tls_reload_failing",
    "1 while the TLS files cannot be used and the node serves with the earlier ones.",
    multiprocess_mode="mostrecent",
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The files as they were read, and what was made of them."""

    contents: Contents
    material: Material
    http: ssl.SSLContext


class Tls:
    """Gives gRPC and HTTP the certificates of the current files. Connections that were made under earlier files stay open."""

    def __init__(self, settings: Settings) -> None:
        """Load the files. Raises SettingsError, TlsFileError."""
        self._settings = settings
        self._current = _load(settings)
        self._logged = ""
        self._report(failing=False)

    @property
    def has_client_ca(self) -> bool:
        """Whether clients can present certificates."""
        return self._settings.tls_client_ca is not None

    def http_context(self) -> ssl.SSLContext:
        """The context for a listener of HTTP."""
        return listening_context(lambda: self._current.http)

    def grpc_credentials(self, *, requires_certificate: bool) -> grpc.ServerCredentials:
        """The credentials for a port of gRPC, which can only require client certificates or never ask for one."""
        given = self._current

        def configuration(loaded: _Loaded) -> grpc.ServerCertificateConfiguration:
            material = loaded.material
            client_ca = material.client_ca if requires_certificate else None
            return grpc.ssl_server_certificate_configuration([(material.key, material.chain)], client_ca)

        def fetch() -> grpc.ServerCertificateConfiguration | None:
            """What has changed since the last handshake. gRPC calls this in threads of its own."""
            nonlocal given
            if given is self._current:
                return None
            given = self._current
            return configuration(given)

        # The stubs do not know that it may return None.
        return grpc.dynamic_ssl_server_credentials(configuration(given), fetch, requires_certificate)  # type: ignore[arg-type] # stubs

    async def reload(self) -> None:
        """Read the files, and use them for new connections if they have changed. Keep the current ones if they cannot be used."""
        try:
            loaded = await asyncio.to_thread(_load, self._settings, self._current)
        except OperatorError as error:
            self._log_once(str(error))
        except Exception as error:  # the next attempt may succeed
            self._log_once(str(log_fields(error)))
        else:
            if loaded is not self._current:
                self._current = loaded
                _log.info("TLS files loaded", expires_at=loaded.material.expires_at)
            is_expired = loaded.material.expires_at < datetime.now(UTC)
            self._log_once("the certificate in use has expired: renew it" if is_expired else "")
        self._report(failing=bool(self._logged))

    async def reload_forever(self) -> None:
        """Reload until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            await self.reload()

    def _log_once(self, problem: str) -> None:
        if problem and problem != self._logged:
            _log.error("TLS files not usable", problem=problem)
        self._logged = problem

    def _report(self, *, failing: bool) -> None:
        material = self._current.material
        _EXPIRY.labels("server").set(material.expires_at.timestamp())
        if material.client_ca_expires_at is not None:
            _EXPIRY.labels("client_ca").set(material.client_ca_expires_at.timestamp())
        _FAILING.set(int(failing))


@asynccontextmanager
async def open_tls(settings: Settings) -> AsyncIterator[Tls | None]:
    """The TLS of a node that serves, whose files are read again until the context ends; None if it serves without.

    Raises SettingsError, TlsFileError.
    """
    tls = load_tls(settings)
    if tls is None:
        if settings.insecure:
            _log.warning(
                "serving without TLS: keys and secrets cross the network in clear text",
                host=settings.host,
                remedy="set STRONGROOM_TLS=files, unless a proxy on a network that you trust encrypts",
            )
        yield None
        return
    reloading = asyncio.create_task(tls.reload_forever())
    try:
        yield tls
    finally:
        reloading.cancel()
        await asyncio.gather(reloading, return_exceptions=True)


def load_tls(settings: Settings) -> Tls | None:
    """Check the settings and load the files once. None if the node serves without TLS. Raises SettingsError, TlsFileError."""
    require_consistent(settings)
    require_encrypted(settings, encrypted=settings.tls != "off")
    return None if settings.tls == "off" else Tls(settings)


def _load(settings: Settings, current: _Loaded | None = None) -> _Loaded:
    """Read and check the files. The current ones, if nothing has changed. Raises TlsFileError."""
    files = _files_of(settings)
    contents = read(files)
    if current is not None and contents == current.contents:
        return current
    material = check(files, contents)
    return _Loaded(contents, material, context_of(material))


def _files_of(settings: Settings) -> TlsFiles:
    client_ca = Source("STRONGROOM_TLS_CLIENT_CA", settings.tls_client_ca) if settings.tls_client_ca else None
    if settings.tls == "auto":
        pair = Source("STRONGROOM_TLS=auto", local_ca.renewed(settings.tls_dir, settings.host))
        return TlsFiles(pair, pair, client_ca)
    assert settings.tls_cert is not None  # require_consistent has checked both
    assert settings.tls_key is not None
    return TlsFiles(
        Source("STRONGROOM_TLS_CERT", settings.tls_cert), Source("STRONGROOM_TLS_KEY", settings.tls_key), client_ca
    )
