"""Signs a request with AWS Signature Version 4, by the signer of botocore.

The scope of a signature holds service and region, and the signed headers hold the host, so a signature is of no use for another.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, unquote

from strongroom_server.rules.use_settings import AWS_ISSUERS
from strongroom_server.schemes.headers import broken_name_rule, broken_value_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.egress.endpoints import Destination

UNSIGNED_PAYLOAD: Final = "UNSIGNED-PAYLOAD"

_NAME: Final = re.compile(r"[a-z0-9-]{1,63}", re.ASCII)
_METHOD: Final = re.compile(r"[A-Z]{1,32}", re.ASCII)
_TARGET: Final = re.compile(r"/[\x21-\x7e]*")
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
# S3 and what has its rules: the path is encoded once and not normalised, and the hash of the body is a header.
_LIKE_S3: Final = frozenset({"s3", "s3-object-lambda", "s3-outposts", "s3express"})
# The signature sets these, or they would be a second authentication.
_REFUSED: Final = frozenset(
    {"authorization", "cookie", "date", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}
)
_QUERY_OF_A_SIGNATURE: Final = frozenset(
    {
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-signature",
        "x-amz-signedheaders",
    }
)


class NotSigned(Exception):
    """A request breaks a rule. `field` is service, region, method, target, headers or body_sha256."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field} {rule}")
        self.field = field
        self.rule = rule


class SignerAbsent(Exception):
    """botocore is not installed."""


class AwsKey(NamedTuple):
    """An access key. `session_token` is of a temporary one."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    def __repr__(self) -> str:
        return f"AwsKey({self.access_key_id})"


class AwsRequest(NamedTuple):
    """What is signed. `headers` are those of the caller that are signed besides Host; `body_sha256` is hexadecimal.

    Without a hash the body is not signed, which only S3 allows.
    """

    method: str
    to: Destination
    target: str
    headers: Sequence[tuple[str, str]]
    body_sha256: str | None


def require_allowed(service: str, region: str, services: Sequence[str], regions: Sequence[str]) -> None:
    """Raises NotSigned for a service or region that the credential's use_settings do not allow."""
    for field, name, allowed in (("service", service, services), ("region", region, regions)):
        if not _NAME.fullmatch(name):
            raise NotSigned(field, "must be 1 to 63 of the characters a-z 0-9 -")
        if allowed and name not in allowed:
            raise NotSigned(field, f"must be one of use_settings.aws_{field}s")
    if service in AWS_ISSUERS and service not in services:
        raise NotSigned("service", f"must be named in use_settings.aws_services if it is {service}")


def signature_headers(request: AwsRequest, service: str, region: str, key: AwsKey) -> list[tuple[str, str]]:
    """The headers to add to a request. The service and the region must be allowed. Raises NotSigned and SignerAbsent."""
    like_s3 = service in _LIKE_S3
    _require_valid(request, like_s3=like_s3)
    request_class, credentials_class, signers = _botocore()
    path, _, query = request.target.partition("?")
    if like_s3:
        # S3 encodes the path that it receives. botocore takes it for encoded by its own rules.
        path = quote(_decoded(path), safe="/-_.~")
    unsigned = request_class(
        method=request.method,
        url=f"{request.to}{path}",
        params=[tuple(map(_decoded, pair.partition("=")[::2])) for pair in query.split("&")] if query else None,
    )
    unsigned.headers["Host"] = request.to.authority
    for name, value in request.headers:
        unsigned.headers.add_header(name, value)
    credentials = credentials_class(key.access_key_id, key.secret_access_key, key.session_token)
    signer = signers[like_s3](credentials, service, region)
    signer.body_sha256 = request.body_sha256 or UNSIGNED_PAYLOAD
    signer.add_auth(unsigned)
    given = {"host", *(name.lower() for name, _ in request.headers)}
    return [(name, value) for name, value in unsigned.headers.items() if name.lower() not in given]


def _require_valid(request: AwsRequest, *, like_s3: bool) -> None:
    if not _METHOD.fullmatch(request.method):
        raise NotSigned("method", "must be 1 to 32 capital letters")
    if not _TARGET.fullmatch(request.target):
        raise NotSigned("target", "must begin with / and be of printable ASCII characters except space")
    for name, value in request.headers:
        if name.lower() in _REFUSED:
            raise NotSigned("headers", f"must not have {name.lower()}")
        if rule := broken_name_rule(name) or broken_value_rule(value):
            raise NotSigned("headers", rule)
    for pair in request.target.partition("?")[2].split("&"):
        if _decoded(pair.partition("=")[0]).lower() in _QUERY_OF_A_SIGNATURE:
            raise NotSigned("target", "must not have a parameter of a signature in the query")
    if request.body_sha256 is None:
        if not like_s3 or request.to.scheme != "https":
            raise NotSigned("body_sha256", "is required, except for S3 over https")
    elif not _SHA256.fullmatch(request.body_sha256):
        raise NotSigned("body_sha256", "must be a SHA-256 of 64 hexadecimal digits in lower case")


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise NotSigned("target", "must be UTF-8 after percent decoding") from None


@functools.cache
def _botocore() -> tuple[Any, Any, dict[bool, Any]]:
    """The classes of a request and of credentials, and the signer for S3 or for other services."""
    try:
        # The extra `aws` is needed for this alone.
        from botocore.auth import S3SigV4Auth, SigV4Auth  # noqa: PLC0415 - loaded when it is used
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415 - loaded when it is used
        from botocore.credentials import ReadOnlyCredentials  # noqa: PLC0415 - loaded when it is used
    except ImportError:
        raise SignerAbsent("botocore is not installed: install strongroom[server,aws]") from None

    def payload(self: Any, _: Any) -> Any:
        # The caller has the body, and sends its hash.
        return self.body_sha256

    signers = {
        like_s3: type(parent.__name__, (parent,), {"payload": payload})
        for like_s3, parent in ((True, S3SigV4Auth), (False, SigV4Auth))
    }
    return AWSRequest, ReadOnlyCredentials, signers
