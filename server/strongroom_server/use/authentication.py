"""How a credential authenticates an HTTP request, for AuthorizeHttpRequest and for the requests that are forwarded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE,
    AWS_AUTHENTICATION_TYPE_ROLE,
    Credential,
)
from strongroom_server.access.use import BARE_SECRETS, require_long_secret, require_use
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.schemes.aws_endpoints import scope_of
from strongroom_server.schemes.aws_signing import (
    AwsKey,
    AwsRequest,
    NotSigned,
    SignerAbsent,
    require_allowed,
    signature_headers,
)
from strongroom_server.schemes.placement import Additions, NotPlaceable, placed, secret_of
from strongroom_server.use.context import data_of
from strongroom_server.use.mint import Wanted, token_of
from strongroom_server.use.targets import placement_of_row, require_no_parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom.v1.credential_pb2 import AwsData
    from strongroom_server.access.caller import Caller
    from strongroom_server.access.use import Kind
    from strongroom_server.use.context import Context, Selected
    from strongroom_server.use.mint import Minted
    from strongroom_server.use.targets import Target
    from strongroom_server.use.trail import Trail

# AWS takes a signature for so long after its date, by its own clock.
_SIGNATURE_LIFE: Final = timedelta(minutes=15)
_AMZ_DATE: Final = "%Y%m%dT%H%M%SZ"
# What NotSigned calls the fields of a request.
_FIELDS: Final = {"service": "aws_service", "region": "aws_region", "target": "url"}
_BY_TOKEN_OF: Final = (AWS_AUTHENTICATION_TYPE_ROLE, AWS_AUTHENTICATION_TYPE_INSTANCE_PROFILE)


class Options(NamedTuple):
    """What a request says besides its target. `headers` are those that are sent, or signed for the caller: of `headers_of`.

    `body_sha256` is hexadecimal, empty if the body is not signed. Without a service and a region of AWS, the host says which.
    """

    headers: Sequence[tuple[str, str]] = ()
    body_sha256: str = ""
    aws_service: str = ""
    aws_region: str = ""
    rejected_token_sha256: bytes = b""

    def __repr__(self) -> str:
        """Without the values of headers."""
        return f"Options({[name for name, _ in self.headers]})"


class ClientCertificate(NamedTuple):
    """A certificate and its key for TLS, as PEM. `authorities` are those of the server's certificate, empty for the public ones."""

    certificate: str
    private_key: str
    authorities: str

    def __repr__(self) -> str:
        """Without the key."""
        return "<ClientCertificate>"


class Authentication(NamedTuple):
    """What authenticates a request.

    `selected` is the credential that was used: a new version if it was updated while a provider was asked. `secrets` are the texts
    that no response may contain; none is empty. `token` is set if a token authenticates: a 401 can show that it was rejected.
    """

    selected: Selected
    additions: Additions = Additions()
    secrets: tuple[str, ...] = ()
    certificate: ClientCertificate | None = None
    expire_time: datetime | None = None
    token: str | None = None

    def __repr__(self) -> str:
        """Without secrets."""
        return f"Authentication({self.additions!r})"


def kind_of_use(variant: str) -> str:
    """What a request gets of a credential, as the audit trail calls it."""
    if variant in BARE_SECRETS:
        return "secret"
    return "signature" if variant in ("aws", "mtls") else "token"


async def authenticate(
    context: Context,
    selected: Selected,
    caller: Caller,
    target: Target,
    kind: Kind,
    trail: Trail,
    options: Options,
) -> Authentication:
    """What authenticates a request, once access/use.py has decided that the caller may have it sent there.

    `trail` records that a provider is asked. Raises ServiceError: the reasons of require_use, FIELD_INVALID, USE_NOT_SUPPORTED, and
    those of token_of.
    """
    row = selected.row
    # The clock is read only for what it decides.
    now = context.vault.recorder.now() if row.certificate_expire_time else None
    require_use(caller, row, target.host, kind, invoker_domains=context.invoker_domains, now=now)
    if row.variant == "mtls":
        return _by_certificate(context, selected, kind)
    placement = placement_of_row(row)
    if placement is not None:
        require_no_parameter(target, placement)
        if row.variant in BARE_SECRETS:
            return _by_secret(context, selected, caller, placement)
    wanted = Wanted(kind, target.host, trail, rejected_sha256=options.rejected_token_sha256)
    if placement is None:
        return await _by_signature(context, selected, caller, target, wanted, options)
    minted = await _minted(context, selected, caller, wanted)
    token = minted.pair.access_token
    additions = _placed(row.variant, token, placement)
    return Authentication(minted.selected, additions, (token,), expire_time=minted.expire_time, token=token)


async def _minted(context: Context, selected: Selected, caller: Caller, wanted: Wanted) -> Minted:
    """The credential's token. What is recorded names it."""
    minted = await token_of(context, selected, caller, wanted)
    wanted.trail.selected, wanted.trail.use.generation = minted.selected, minted.generation
    return minted


def _by_secret(
    context: Context, selected: Selected, caller: Caller, placement: Credential.SecretPlacement
) -> Authentication:
    data, variant = data_of(context, selected), selected.row.variant
    try:
        secret = secret_of(data)
    except NotPlaceable as error:
        raise _not_supported(variant, error.rule) from None
    # A response that shows the password is no better than one that shows the header.
    secrets = (secret, data.basic_auth.password) if variant == "basic_auth" else (secret,)
    require_long_secret(caller, secrets[-1])
    return Authentication(selected, _placed(variant, secret, placement), tuple(filter(None, secrets)))


def _placed(variant: str, secret: str, placement: Credential.SecretPlacement) -> Additions:
    try:
        return placed(secret, placement)
    except NotPlaceable as error:
        raise _not_supported(variant, error.rule) from None


def _by_certificate(context: Context, selected: Selected, kind: Kind) -> Authentication:
    if kind == "authorization":
        raise _not_supported("mtls", "a client certificate is not part of a request: forward the request")
    mtls = data_of(context, selected).mtls
    certificate = ClientCertificate(mtls.client_certificate, mtls.client_private_key, mtls.root_certificate)
    return Authentication(selected, secrets=(mtls.client_private_key,), certificate=certificate)


async def _by_signature(
    context: Context, selected: Selected, caller: Caller, target: Target, wanted: Wanted, options: Options
) -> Authentication:
    service, region = _allowed_scope(selected, target, options)
    aws = data_of(context, selected).aws
    key, used, key_expiry = AwsKey(aws.access_key_id, aws.secret_access_key), selected, None
    if _has_role(selected, aws):
        minted = await _minted(context, selected, caller, wanted)
        pair, used, key_expiry = minted.pair, minted.selected, minted.expire_time
        key = AwsKey(pair.access_key_id, pair.access_token, pair.session_token or None)
    request = AwsRequest(target.method, target.to, target.target, options.headers, options.body_sha256 or None)
    try:
        headers = signature_headers(request, service, region, key)
    except NotSigned as error:
        raise invalid(_FIELDS.get(error.field, error.field), error.rule) from None
    except SignerAbsent:
        raise _not_supported("aws", "this node has no botocore: install strongroom[server,aws]") from None
    expire_time = min(_date_of(headers) + _SIGNATURE_LIFE, key_expiry or datetime.max.replace(tzinfo=UTC))
    secrets = tuple(filter(None, (key.secret_access_key, key.session_token)))
    return Authentication(used, Additions(tuple(headers)), secrets, expire_time=expire_time)


def _allowed_scope(selected: Selected, target: Target, options: Options) -> tuple[str, str]:
    """The service and the region: of the request, of the host, or the only ones of use_settings. Raises FIELD_INVALID."""
    settings = Credential.UseSettings.FromString(selected.row.use_settings)
    found = scope_of(target.to.host)
    service = options.aws_service or found.service or _only(settings.aws_services)
    region = options.aws_region or found.region or _only(settings.aws_regions)
    for field, name in (("aws_service", service), ("aws_region", region)):
        if not name:
            raise invalid(field, f"is required: neither the host nor a use_settings.{field}s of one says it")
    try:
        require_allowed(service, region, settings.aws_services, settings.aws_regions)
    except NotSigned as error:
        raise invalid(_FIELDS[error.field], error.rule) from None
    return service, region


def _only(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ""


def _has_role(selected: Selected, aws: AwsData) -> bool:
    """Whether requests are signed with a temporary key, or with none: token_of says which types have none."""
    tines = Credential.TinesSettings.FromString(selected.row.tines_settings)
    return bool(aws.assumed_role_arn) or tines.aws_authentication_type in _BY_TOKEN_OF


def _date_of(headers: Sequence[tuple[str, str]]) -> datetime:
    date = next(value for name, value in headers if name.lower() == "x-amz-date")
    return datetime.strptime(date, _AMZ_DATE).replace(tzinfo=UTC)


def _not_supported(variant: str, rule: str) -> ServiceError:
    return ServiceError(reasons.ERROR_REASON_USE_NOT_SUPPORTED, variant=variant, rule=rule)
