"""Declares the environment variables of a node, and reads them once into a frozen dataclass.

`--help` and the reference page show VARIABLES, so a variable is declared there and in Settings, and nowhere else.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from strongroom_server.access.proxies import TrustedProxies, trusted_proxies_of
from strongroom_server.core import memory
from strongroom_server.core.bounds import (
    KEY_BOUNDS,
    ORGANISATION_BOUNDS,
    PEER_BOUNDS,
    Bounds,
    PeerBounds,
    bounds_of,
    shown,
)
from strongroom_server.core.errors import OperatorError
from strongroom_server.core.names import API_KEY, OPERATORS_ORGANISATION, ORGANISATION_ID
from strongroom_server.egress.endpoints import endpoint_of
from strongroom_server.egress.policy import HTTPS_PORT, endpoints_of, http_hosts_of, networks_of, ports_of
from strongroom_server.keys.providers.aws_kms import key_of
from strongroom_server.rules.public_suffixes import domains_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from strongroom_server.egress.endpoints import Endpoint
    from strongroom_server.egress.policy import Network
    from strongroom_server.keys.providers.aws_kms import KmsKey

# The values of STRONGROOM_KEY_PROVIDER.
KEY_PROVIDERS: Final = ("files", "age", "transit", "aws-kms")
# With less, the largest page of a list would take all of the memory.
_LEAST_MEMORY_MB: Final = 32
# The values of STRONGROOM_TLS.
TLS_MODES: Final = ("off", "auto", "files")

_PREFIX: Final = "STRONGROOM_"
# Kubernetes sets STRONGROOM_SERVICE_HOST, STRONGROOM_PORT and others for a service named strongroom. At this similarity of
# difflib none of them counts as a misspelling, and one wrong, missing or extra letter does.
_MISSPELLING: Final = 0.8
_TRANSIT_KEY: Final = re.compile(r"[\w-]+(/[\w-]+)+", re.ASCII)
_COLLECTOR: Final = re.compile(
    r"https?://(?=.{1,253}\Z)([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}/?", re.ASCII
)
_HOST_NAME: Final = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_REGION: Final = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,63}", re.ASCII)


class SettingsError(OperatorError):
    """An environment variable breaks a rule. The text names both, never a secret's value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration of a node. Each field is set by the variable of its name; see VARIABLES for what it means."""

    grpc_port: int
    http_port: int
    host: str
    data_dir: Path
    database_url: str | None = field(repr=False)
    bootstrap_api_key: str | None = field(repr=False)
    bootstrap_organisation: str
    regions: tuple[str, ...] = ()
    trusted_proxies: TrustedProxies = field(default_factory=TrustedProxies)
    proxy_protocol: bool = False
    audit_retention_days: int = 0
    root_key_file: Path | None = None
    key_provider: str = "files"
    age_identity_file: Path | None = None
    transit_url: Endpoint | None = None
    transit_key: tuple[str, str] | None = None
    transit_token_file: Path | None = None
    aws_kms_key: KmsKey | None = None
    aws_kms_url: Endpoint | None = None
    egress_allow: tuple[Network, ...] = ()
    egress_deny: tuple[Network, ...] = ()
    egress_ports: frozenset[int] = HTTPS_PORT
    egress_http_hosts: frozenset[tuple[str, int]] = frozenset()
    egress_endpoints: frozenset[Endpoint] = frozenset()
    egress_ca: Path | None = None
    recipe_cas: tuple[tuple[str, Path], ...] = ()
    invoker_domains: tuple[str, ...] = ()
    tls: str = "off"
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    grpc_mtls_port: int | None = None
    proxy_port: int | None = None
    proxy_host: str | None = None
    insecure: bool = False
    public_url: str = ""
    memory_mb: int = field(default_factory=memory.default_mb)
    key_limits: Bounds | None = KEY_BOUNDS
    organisation_limits: Bounds | None = ORGANISATION_BOUNDS
    peer_limits: PeerBounds | None = PEER_BOUNDS
    reflection: bool = True
    operations_port: int | None = None
    drain_seconds: float = 1.0
    traces: str = ""

    @property
    def keys_dir(self) -> Path:
        """The directory of the key files."""
        return self.data_dir / "keys"

    @property
    def root_key_path(self) -> Path:
        """The file of the private root key."""
        return self.root_key_file or self.keys_dir / "root.key"

    @property
    def tls_dir(self) -> Path:
        """The directory of the local CA, for STRONGROOM_TLS=auto."""
        return self.data_dir / "tls"

    @property
    def first_api_key_file(self) -> Path:
        """The file in which `run` keeps the API key that it generated."""
        return self.data_dir / "api_key"


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable. `parse` takes its value or default, and raises ValueError with the rule that the value breaks."""

    name: str
    default: str
    meaning: str
    parse: Callable[[str], Any]
    # A secret can also be read from a file, which the variable with _FILE at the end names.
    is_secret: bool = False

    @property
    def field(self) -> str:
        """The field of Settings that it sets."""
        return self.name.removeprefix(_PREFIX).lower()

    @property
    def names(self) -> tuple[str, ...]:
        """The variable itself and, for a secret, the one that names a file."""
        return (self.name, f"{self.name}_FILE") if self.is_secret else (self.name,)


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the STRONGROOM_ variables; an empty one counts as unset. Raises SettingsError."""
    _require_spelling(environment)
    settings = Settings(**{variable.field: _value_of(variable, environment) for variable in VARIABLES})
    if settings.proxy_host is not None and urlsplit(settings.public_url).hostname == settings.proxy_host:
        raise SettingsError(
            "STRONGROOM_PUBLIC_URL has the host of STRONGROOM_PROXY_HOST, whose requests go to the proxy: "
            "give one of them another host"
        )
    return settings


def _value_of(variable: Variable, environment: Mapping[str, str]) -> Any:
    text = _text_of(variable, environment)
    try:
        return variable.parse(text or variable.default)
    except ValueError as error:
        raise SettingsError(f"{variable.name} must be {error}") from None


def _text_of(variable: Variable, environment: Mapping[str, str]) -> str:
    """The text of a variable, from a file if it is a secret and its file is named; empty if it is unset."""
    text = environment.get(variable.name, "")
    file_variable = f"{variable.name}_FILE"
    path = environment.get(file_variable, "") if variable.is_secret else ""
    if not path:
        return text
    if text:
        raise SettingsError(f"{variable.name} and {file_variable} are both set: unset one of them")
    try:
        text = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise SettingsError(f"{file_variable}: {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file_variable}: {path} must be UTF-8 text") from None
    if not text:
        raise SettingsError(f"{file_variable}: {path} is empty")
    return text


def _require_spelling(names: Iterable[str]) -> None:
    """Refuse a variable whose name is almost that of a known one. Raises SettingsError."""
    known = {name.removeprefix(_PREFIX) for variable in VARIABLES for name in variable.names}
    for name in names:
        if name.startswith(_PREFIX) and (own := name.removeprefix(_PREFIX)) not in known:
            for similar in difflib.get_close_matches(own, known, n=1, cutoff=_MISSPELLING):
                raise SettingsError(f"{name} is not a setting: did you mean {_PREFIX}{similar}?")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535):
        raise ValueError("a port number from 0 to 65535")
    return int(text)


def _optional_port(text: str) -> int | None:
    if text and not _port(text):
        raise ValueError("a port number from 1 to 65535")
    return _port(text) if text else None


def _port_or_none(text: str) -> int | None:
    return _port(text) if text else None


def _switch(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError("0 or 1")
    return text == "1"


def _path(text: str) -> Path | None:
    return Path(text).absolute() if text else None


def _optional(text: str) -> str | None:
    return text or None


def _api_key(text: str) -> str | None:
    if text and not API_KEY.fullmatch(text):
        raise ValueError(
            "of the form sr_<id>_<secret>: the id of a-z and 0-9, the secret of 16 to 256 printable ASCII characters"
        )
    return text or None


def _organisation(text: str) -> str:
    if not ORGANISATION_ID.fullmatch(text) or text == OPERATORS_ORGANISATION:
        raise ValueError(
            "1 to 64 characters of A-Z a-z 0-9 . _ -, the first a letter or digit, "
            f"and must not be {OPERATORS_ORGANISATION}"
        )
    return text


def _proxy_host(text: str) -> str | None:
    if text and not _HOST_NAME.fullmatch(text):
        raise ValueError("a host name without scheme and port, such as proxy.example.com")
    return text.lower() or None


def _regions(text: str) -> tuple[str, ...]:
    regions = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not all(_REGION.fullmatch(name) for name in regions):
        raise ValueError("the application_names of replicas, separated by commas: each 1 to 63 printable characters")
    return regions


def _recipe_cas(text: str) -> tuple[tuple[str, Path], ...]:
    files: dict[str, Path] = {}
    for each in filter(None, (part.strip() for part in text.split(","))):
        name, _, path = (part.strip() for part in each.partition("="))
        if not name or not path:
            raise ValueError(
                f"names with files, separated by commas, such as internal=/etc/ssl/internal.pem: {each} is none"
            )
        if name in files:
            raise ValueError(f"names with files, each name once: {name} is there twice")
        files[name] = Path(path).absolute()
    return tuple(files.items())


def _provider(text: str) -> str:
    if text not in KEY_PROVIDERS:
        raise ValueError(f"one of {', '.join(KEY_PROVIDERS)}")
    return text


def _tls_mode(text: str) -> str:
    if text not in TLS_MODES:
        raise ValueError(f"one of {', '.join(TLS_MODES)}")
    return text


def _endpoint(text: str) -> Endpoint | None:
    return endpoint_of(text) if text else None


def _public_url(text: str) -> str:
    try:
        return str(endpoint_of(text)) if text else ""
    except ValueError:
        raise ValueError(
            "an https:// URL without a path, such as https://connect.example.com; "
            "http:// is allowed only for this machine, such as http://localhost:8080"
        ) from None


def _transit_key(text: str) -> tuple[str, str] | None:
    if text and not _TRANSIT_KEY.fullmatch(text):
        raise ValueError("the path of the engine, / and the name of the key, such as transit/strongroom")
    engine, _, key = text.rpartition("/")
    return (engine, key) if text else None


def _kms_key(text: str) -> KmsKey | None:
    return key_of(text) if text else None


def _days(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text, re.ASCII):
        raise ValueError("a number of days up to 99999; 0 keeps events forever")
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9])?", text, re.ASCII):
        raise ValueError("a number of seconds below 1000, such as 15 or 0.5")
    return float(text)


def _collector(text: str) -> str:
    if text and not _COLLECTOR.fullmatch(text):
        raise ValueError(
            "the https:// URL of an OTLP/gRPC collector without a path, such as https://collector.example.net:4317; "
            "http:// is allowed only for this machine, or with STRONGROOM_INSECURE=1"
        )
    return text


def _megabytes(text: str) -> int:
    if text and not (re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) and int(text) >= _LEAST_MEMORY_MB):
        raise ValueError(f"a number of MB from {_LEAST_MEMORY_MB} to 999999")
    return int(text) if text else memory.default_mb()


def _key_limits(text: str) -> Bounds | None:
    return bounds_of(text, KEY_BOUNDS)


def _organisation_limits(text: str) -> Bounds | None:
    return bounds_of(text, ORGANISATION_BOUNDS)


def _peer_limits(text: str) -> PeerBounds | None:
    return bounds_of(text, PEER_BOUNDS)


VARIABLES: Final = (
    Variable("STRONGROOM_GRPC_PORT", "50051", "The port of gRPC. 0 takes a free one.", _port),
    Variable("STRONGROOM_HTTP_PORT", "8080", "The port of HTTP. 0 takes a free one.", _port),
    Variable(
        "STRONGROOM_PROXY_PORT",
        "",
        "The port of the proxy, which sends HTTP requests with a credential added. 0 takes a free one. Without it the proxy has no "
        "port.",
        _port_or_none,
    ),
    Variable(
        "STRONGROOM_PROXY_HOST",
        "",
        "A host name for the proxy on the port of HTTP. Requests that name it in Host go to the proxy, and all others go to the "
        "other endpoints.",
        _proxy_host,
    ),
    Variable(
        "STRONGROOM_PUBLIC_URL",
        "",
        "The https:// URL, without a path, at which people's browsers reach the HTTP port or the gateway, such as "
        "https://connect.example.com; to try it on one machine, http://localhost:8080. Providers send them back to it after a "
        "consent. All nodes need the same one. Without it no connection can be begun that needs a consent, except by a program on "
        "the person's machine.",
        _public_url,
    ),
    Variable(
        "STRONGROOM_HOST",
        "127.0.0.1",
        "The address to listen on. Another one than a loopback address needs TLS, or STRONGROOM_INSECURE.",
        str,
    ),
    Variable(
        "STRONGROOM_TLS",
        "off",
        "How gRPC and HTTP are encrypted: `off`, `files` (the certificate of STRONGROOM_TLS_CERT) or `auto` (a certificate of a "
        "local CA, which the node makes in tls/ of the data directory).",
        _tls_mode,
    ),
    Variable(
        "STRONGROOM_TLS_CERT",
        "",
        "For `files`: a PEM file with the server's certificate, followed by those of intermediate CAs. This file, that of the key "
        "and that of the client CA are read again when they change.",
        _path,
    ),
    Variable(
        "STRONGROOM_TLS_KEY",
        "",
        "For `files`: a PEM file with the private key of the certificate. Only its owner and its group may read it.",
        _path,
    ),
    Variable(
        "STRONGROOM_TLS_CLIENT_CA",
        "",
        "A PEM file with the CAs of client certificates. gRPC then requires a client certificate, unless STRONGROOM_GRPC_MTLS_PORT "
        "is set; HTTP asks for one and does not require it.",
        _path,
    ),
    Variable(
        "STRONGROOM_GRPC_MTLS_PORT",
        "",
        "A second port of gRPC, which requires a client certificate. STRONGROOM_GRPC_PORT then takes callers without one.",
        _optional_port,
    ),
    Variable(
        "STRONGROOM_INSECURE",
        "0",
        "1 allows to listen without TLS on an address that is not a loopback address. Keys and secrets then cross the network in "
        "clear text.",
        _switch,
    ),
    Variable(
        "STRONGROOM_DATA_DIR",
        ".strongroom",
        "The directory of the key files and of the embedded database. If root runs the server and the user `nobody` cannot reach "
        "this directory, the database is in /var/lib/strongroom-postgres, and `run` prints where.",
        _path,
    ),
    Variable(
        "STRONGROOM_DATABASE_URL",
        "",
        "A PostgreSQL database, version 15 or newer, as a postgresql:// URL. With several hosts the node uses the one that takes "
        "writes. Without it the node uses an embedded database.",
        _optional,
        is_secret=True,
    ),
    Variable(
        "STRONGROOM_BOOTSTRAP_API_KEY",
        "",
        "The first API key, as sr_<id>_<secret>. Ignored, with a warning in the log, if the database has API keys. Without it "
        "`setup` and `run` generate one.",
        _api_key,
        is_secret=True,
    ),
    Variable("STRONGROOM_BOOTSTRAP_ORGANISATION", "default", "The organisation of the first API key.", _organisation),
    Variable(
        "STRONGROOM_ROOT_KEY_FILE",
        "",
        "The file of the private root key. Only `setup`, `api-keys create` and the commands that change keys need it. Without it "
        "root.key in keys/ of the data directory.",
        _path,
    ),
    Variable(
        "STRONGROOM_KEY_PROVIDER",
        "files",
        "What protects the private keys: `files` (plain files with the mode 0600), `age`, `transit` (OpenBao or Vault) or "
        "`aws-kms`.",
        _provider,
    ),
    Variable(
        "STRONGROOM_AGE_IDENTITY_FILE",
        "",
        "For `age`: the file of the identity, outside the data directory unless a passphrase protects it. Read once at the start. "
        "A passphrase is asked for on the terminal.",
        _path,
    ),
    Variable(
        "STRONGROOM_TRANSIT_URL", "", "For `transit`: the server, such as https://vault.example.net:8200.", _endpoint
    ),
    Variable(
        "STRONGROOM_TRANSIT_KEY",
        "",
        "For `transit`: the path of the engine and the name of the key, such as transit/strongroom.",
        _transit_key,
    ),
    Variable(
        "STRONGROOM_TRANSIT_TOKEN_FILE",
        "",
        "For `transit`: the file of the token. It is read for each request, so an agent may renew it.",
        _path,
    ),
    Variable("STRONGROOM_AWS_KMS_KEY", "", "For `aws-kms`: the ARN of the key or its alias.", _kms_key),
    Variable(
        "STRONGROOM_AWS_KMS_URL",
        "",
        "For `aws-kms`: another endpoint than the region's public one, such as a VPC endpoint.",
        _endpoint,
    ),
    Variable(
        "STRONGROOM_EGRESS_ALLOW",
        "",
        "Networks, separated by commas, that requests to tenants' URLs may reach although they are not public, such as "
        "10.20.0.0/16. Metadata services of clouds stay refused, and so do this node's own addresses unless one is given alone, "
        "such as 10.20.0.7.",
        networks_of,
    ),
    Variable(
        "STRONGROOM_EGRESS_DENY",
        "",
        "Networks, separated by commas, that requests to tenants' URLs may not reach, besides those that are not public. It counts "
        "more than STRONGROOM_EGRESS_ALLOW.",
        networks_of,
    ),
    Variable(
        "STRONGROOM_EGRESS_PORTS",
        "443",
        "The ports, separated by commas, that https:// requests to tenants' URLs may use.",
        ports_of,
    ),
    Variable(
        "STRONGROOM_EGRESS_HTTP_HOSTS",
        "",
        "Hosts, separated by commas, that tenants' URLs may name with http://, each with its port unless it is 80, such as "
        "legacy.example.com:8080.",
        http_hosts_of,
    ),
    Variable(
        "STRONGROOM_EGRESS_ENDPOINTS",
        "",
        "Endpoints, separated by commas, that may be on a private network when an operator's URL names them, such as the URL of an "
        "issuer's keys: https://issuer.internal:8443. Tenants' URLs never use this list.",
        endpoints_of,
    ),
    Variable(
        "STRONGROOM_EGRESS_CA",
        "",
        "A file of PEM certificates that outbound TLS connections trust instead of the system's.",
        _path,
    ),
    Variable(
        "STRONGROOM_RECIPE_CAS",
        "",
        "The CAs that the option `custom_certificate_authority_name` of http_request and multi_request may name, separated by "
        "commas, each with a file of PEM certificates, such as internal=/etc/ssl/internal.pem. A request that names one trusts its "
        "certificates only.",
        _recipe_cas,
    ),
    Variable(
        "STRONGROOM_INVOKER_DOMAINS",
        "",
        "Domains, separated by commas, such as example.com. Callers with the role invoker, but without the role user, may have a "
        "secret sent to each host of these domains that a wildcard in `allowed_hosts` matches. Any other host must be in "
        "`allowed_hosts` itself.",
        domains_of,
    ),
    Variable(
        "STRONGROOM_MEMORY_MB",
        "",
        "How much memory, in MB, large requests, pages and lists of one process may take at once. More of them wait for 3 s, "
        "and are then refused with OVERLOADED. Without it a quarter of the memory of the container or machine, from 64 to 1024.",
        _megabytes,
    ),
    Variable(
        "STRONGROOM_REGIONS",
        "",
        "The regions, for SlashID's all_regions: the application_names of replicas, separated by commas. The database role of the "
        "server needs pg_read_all_stats. Without it there is one region.",
        _regions,
    ),
    Variable(
        "STRONGROOM_AUDIT_RETENTION_DAYS",
        "0",
        "Audit events older than this many days are deleted, a month at a time. 0 keeps them forever.",
        _days,
    ),
    Variable(
        "STRONGROOM_TRUSTED_PROXIES",
        "",
        "The proxies in front of the node, separated by commas: addresses, networks, and names in their client certificates. "
        "X-Forwarded-For and Client-Cert (RFC 9440) count only over a connection with a certificate of such a name; "
        "X-Forwarded-Proto, which the links in Tines' pages use, counts from each of the addresses.",
        trusted_proxies_of,
    ),
    Variable(
        "STRONGROOM_PROXY_PROTOCOL",
        "0",
        "1: each connection comes from an address in STRONGROOM_TRUSTED_PROXIES and begins with a header of the PROXY protocol, "
        "version 2, which names the client.",
        _switch,
    ),
    Variable(
        "STRONGROOM_KEY_LIMITS",
        "",
        "What one API key or identity may do on a process of a node, such as `calls=512,rate=1000`: `calls` and `streams` at once, "
        "calls a second (`rate`), calls at once after a pause (`burst`), `bytes` of requests at once. What is not named has its "
        f"default, `{shown(KEY_BOUNDS)}`. `off` is no limit.",
        _key_limits,
    ),
    Variable(
        "STRONGROOM_ORGANISATION_LIMITS",
        "",
        "The same for all keys and identities of an organisation together. The defaults are "
        f"`{shown(ORGANISATION_BOUNDS)}`.",
        _organisation_limits,
    ),
    Variable(
        "STRONGROOM_PEER_LIMITS",
        "",
        "What a peer without a valid key may do on a process of a node: `calls` at once for the pages of a consent, and failed "
        "authentications that are answered at once: as many as `failures` after a pause, and as many as `rate` a second after "
        f"them. The defaults are `{shown(PEER_BOUNDS)}`. `off` is no limit. It never refuses calls with a valid key.",
        _peer_limits,
    ),
    Variable(
        "STRONGROOM_REFLECTION",
        "1",
        "0 turns off gRPC reflection, by which anybody can read which services and methods there are.",
        _switch,
    ),
    Variable(
        "STRONGROOM_OPERATIONS_PORT",
        "",
        "A port for /livez, /readyz and /metrics, which the port of HTTP then does not have. 0 takes a free one. It has the TLS of "
        "HTTP, and no PROXY protocol.",
        _port_or_none,
    ),
    Variable(
        "STRONGROOM_DRAIN_SECONDS",
        "1",
        "How long a node that has to stop reports not ready and still takes new calls, so that load balancers choose another one.",
        _seconds,
    ),
    Variable(
        "STRONGROOM_TRACES",
        "",
        "The URL of an OTLP/gRPC collector, such as https://collector.example.net:4317, to which the node sends traces. Needs the "
        "extra `otel`. http:// is allowed only for this machine, or with STRONGROOM_INSECURE. The variables OTEL_… of the "
        "OpenTelemetry SDK count too, such as OTEL_TRACES_SAMPLER.",
        _collector,
    ),
)
