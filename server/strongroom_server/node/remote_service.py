"""Connects a gateway to the gRPC service in another process, and says why it cannot. Must not import the database or the keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import grpc.aio
import structlog
from grpc_health.v1 import health_pb2

from strongroom.certificates import Certificates
from strongroom.connection_errors import SERVER, Cause, cause_of
from strongroom.renewal import RenewedChannel
from strongroom_server.core.errors import OperatorError
from strongroom_server.gateway.probes import NotReady
from strongroom_server.gateway.services import CHANNEL_OPTIONS
from strongroom_server.node.tls.files import FORBIDDEN_MODE, Source, read_file
from strongroom_server.node.tls.rules import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from strongroom_server.node.settings import Settings

_HEALTH_SECONDS: Final = 1.0
# With dns:/// in front, gRPC balances over all addresses of the name.
_ADDRESS: Final = re.compile(r"(?:dns:///)?([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})", re.ASCII)

_PLAINTEXT: Final[Mapping[Cause, str]] = {Cause.CLOSED: "if it speaks TLS, pass --service-ca"}
_TLS: Final[Mapping[Cause, str]] = {
    **SERVER,
    Cause.NO_TLS: "set STRONGROOM_TLS for it, or leave out --service-ca",
    Cause.NO_HTTP2: "--service must be its gRPC port",
    Cause.UNTRUSTED: "pass its CA as --service-ca",
    Cause.CLOSED: "if it requires a client certificate, pass --service-cert and --service-key",
}
_MUTUAL_TLS: Final[Mapping[Cause, str]] = {
    **_TLS,
    Cause.CLOSED: "it may refuse --service-cert, as expired, for another purpose or of an unknown CA",
}

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RemoteService:
    """Where the service is, and the files for its connections. Without a CA they are not encrypted."""

    target: str
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def require_valid(self, settings: Settings) -> None:
        """Check the options and the files. Raises OperatorError."""
        found = _ADDRESS.fullmatch(self.target)
        if found is None or not 1 <= int(found[2]) <= 65535:
            raise OperatorError("--service must be host:port, such as 127.0.0.1:50051, without http://")
        if (self.certificate is None) is not (self.key is None):
            raise OperatorError("--service-cert and --service-key must be given together")
        if self.ca is None and self.certificate is not None:
            raise OperatorError(
                "--service-cert needs --service-ca, because a connection without TLS has no certificate"
            )
        if self.ca is None and not settings.insecure and not is_loopback(found[1].strip("[]")):
            raise OperatorError(
                f"--service is {self.target}, to which keys and secrets would cross the network in clear text: "
                "pass --service-ca, or set STRONGROOM_INSECURE=1 if the network encrypts"
            )
        self._read()

    def open_channel(self) -> grpc.aio.Channel:
        """Open a channel that connects with its first call. Its certificates are renewed when their files change."""
        if self.ca is None:
            return grpc.aio.insecure_channel(self.target, options=CHANNEL_OPTIONS)
        return RenewedChannel(
            self._certificates,
            lambda credentials: grpc.aio.secure_channel(self.target, credentials, options=CHANNEL_OPTIONS),
            lambda problem: _log.error("changed certificate files are not used", problem=problem),
        )

    @property
    def options(self) -> tuple[str, ...]:
        """The options of the command that makes this."""
        named = {"--service": self.target, "--service-ca": self.ca, "--service-cert": self.certificate}
        named |= {"--service-key": self.key}
        return tuple(str(each) for name, value in named.items() if value is not None for each in (name, value))

    @property
    def remedies(self) -> Mapping[Cause, str]:
        """What to do if there is no connection."""
        if self.ca is None:
            return _PLAINTEXT
        return _TLS if self.certificate is None else _MUTUAL_TLS

    @property
    def _certificates(self) -> Certificates:
        return Certificates(self.ca, self.certificate, self.key)

    def _read(self) -> None:
        """Read the files as later for connections. Raises OperatorError."""
        if self.ca is None:
            return
        read_file(Source("--service-ca", self.ca))
        if self.certificate is not None and self.key is not None:
            read_file(Source("--service-cert", self.certificate))
            read_file(Source("--service-key", self.key), FORBIDDEN_MODE)
        try:
            self._certificates.read()
        except ValueError as error:
            raise OperatorError(str(error)) from None


class Health:
    """Asks the service whether it is ready."""

    def __init__(self, channel: grpc.aio.Channel, remedies: Mapping[Cause, str]) -> None:
        self._check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        self._remedies = remedies
        self._logged: Cause | None = None

    async def is_ready(self) -> bool:
        """Whether the service takes calls. Raises NotReady if a mistake prevents connections, and logs each mistake once."""
        try:
            response = await self._check(health_pb2.HealthCheckRequest(), timeout=_HEALTH_SECONDS)
        except grpc.aio.AioRpcError as error:
            cause = cause_of(error)
            if cause is None or cause not in self._remedies:
                return False
            problem = f"{cause.value}: {self._remedies[cause]}"
            if cause is not self._logged:
                _log.error("no connection to the service", problem=problem)
                self._logged = cause
            raise NotReady(problem) from None
        self._logged = None
        return bool(response.status == health_pb2.HealthCheckResponse.SERVING)
