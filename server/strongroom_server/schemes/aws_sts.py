"""Gets a temporary AWS key by assuming a role (AssumeRole of AWS STS, API version 2011-06-15)."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode

from strongroom_server.egress.client import Request
from strongroom_server.schemes.aws_signing import AwsKey, AwsRequest, NotSigned, signature_headers
from strongroom_server.schemes.token_errors import InDoubt, Refused, Unavailable
from strongroom_server.schemes.unusable import UnusableCredential

if TYPE_CHECKING:
    from strongroom_server.egress.client import Response
    from strongroom_server.schemes.sending import Sender

# How long a key lives: what every role allows, with the key of another role too.
LIFE_SECONDS: Final = 3600

_ROLE: Final = re.compile(r"arn:(?P<partition>aws(?:-[a-z]+)*):iam::[0-9]{12}:role/[\x21-\x7e]{1,576}", re.ASCII)
_REGION: Final = re.compile(r"[a-z0-9-]{1,63}", re.ASCII)
# The domain of a partition, and the region that signs if none is given.
_PARTITIONS: Final = {
    "aws": ("amazonaws.com", "us-east-1"),
    "aws-cn": ("amazonaws.com.cn", "cn-north-1"),
    "aws-us-gov": ("amazonaws.com", "us-gov-west-1"),
}
_FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")

# The response is XML, but its four texts need no XML parser, which a hostile response could occupy: a DTD, an entity, a comment, an
# attribute and a repeated element all fail to match.
_CREDENTIALS: Final = re.compile(
    r"<Credentials>((?:\s*<[A-Za-z]+>[\x20-\x25\x27-\x3b\x3d-\x7e]*</[A-Za-z]+>)*)\s*</Credentials>"
)
_MEMBER: Final = re.compile(r"<([A-Za-z]+)>([^<]*)</\1>")
_MEMBERS: Final = {
    "AccessKeyId": re.compile(r"[A-Za-z0-9_]{16,128}", re.ASCII),
    "SecretAccessKey": re.compile(r"[\x21-\x7e]{1,1024}"),
    "SessionToken": re.compile(r"[\x21-\x7e]{1,32768}"),
    "Expiration": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z", re.ASCII),
}
_CODE: Final = re.compile(r"<Error>\s*(?:<Type>[A-Za-z]*</Type>\s*)?<Code>([A-Za-z.]{1,64})</Code>")
_CODES: Final = frozenset(
    {
        *("AccessDenied", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature", "InvalidClientTokenId"),
        *("MalformedPolicyDocument", "OptInRequired", "PackedPolicyTooLarge", "RegionDisabledException"),
        *("RequestExpired", "SignatureDoesNotMatch", "ValidationError"),
    }
)
_TRANSIENT: Final = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "InternalFailure", "ServiceUnavailable"}
)


class RoleRequest(NamedTuple):
    """The role to assume. Without a `region` it is the default of the role's partition, and without an `endpoint` that of STS.

    `session_name` is 2 to 64 of the characters A-Z a-z 0-9 _ + = , . @ -. AWS shows it in CloudTrail.
    """

    role_arn: str
    session_name: str
    external_id: str = ""
    region: str = ""
    endpoint: str = ""
    duration_seconds: int = LIFE_SECONDS

    def __repr__(self) -> str:
        return f"RoleRequest({self.role_arn})"


class TemporaryKey(NamedTuple):
    """A key with its session token, and when it expires."""

    key: AwsKey
    expire_time: datetime


async def assume_role(sender: Sender, key: AwsKey, request: RoleRequest) -> TemporaryKey:
    """Assume a role with a key. Raises UnusableCredential, SignerAbsent, Refused, Unavailable, NotSent and InDoubt.

    `error` of Refused is one of the codes of STS that are listed here, or empty.
    """
    url, region = endpoint_of(request)
    to, target = sender.destination_of(url)
    body = _form_of(request)
    signed = AwsRequest("POST", to, target, (_FORM,), hashlib.sha256(body).hexdigest())
    try:
        headers = (_FORM, *signature_headers(signed, "sts", region, key))
    except NotSigned as error:
        raise UnusableCredential("use_settings.token_url", error.rule) from None
    return _key_of(await sender.send(to, Request("POST", target, headers, body)))


def endpoint_of(request: RoleRequest) -> tuple[str, str]:
    """The URL of STS, and the region that signs. Raises UnusableCredential."""
    role = _ROLE.fullmatch(request.role_arn)
    if role is None or role["partition"] not in _PARTITIONS:
        raise UnusableCredential(
            "assumed_role_arn", "must be the ARN of a role, such as arn:aws:iam::123456789012:role/name"
        )
    domain, default_region = _PARTITIONS[role["partition"]]
    region = request.region or default_region
    if not _REGION.fullmatch(region):
        raise UnusableCredential("use_settings.aws_regions", "must be 1 to 63 of the characters a-z 0-9 -")
    return request.endpoint or f"https://sts.{region}.{domain}/", region


def _form_of(request: RoleRequest) -> bytes:
    fields = {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": request.role_arn,
        "RoleSessionName": request.session_name,
        "DurationSeconds": str(request.duration_seconds),
    }
    if request.external_id:
        fields["ExternalId"] = request.external_id
    return urlencode(fields).encode()


def _key_of(response: Response) -> TemporaryKey:
    """The key in a response. Raises Refused, Unavailable and InDoubt."""
    status = response.status
    text = response.body.decode(errors="replace")
    if status != 200:
        found = _CODE.search(text)
        code = found[1] if found else ""
        if status >= 500 or status == 429 or code in _TRANSIENT:
            raise Unavailable(status, None)
        if status < 400:
            raise InDoubt("redirect" if status >= 300 else "not_a_token", status)
        raise Refused(code if code in _CODES else "", status)
    members = _members_of(text)
    if members is None:
        raise InDoubt("not_a_token", status)
    key = AwsKey(members["AccessKeyId"], members["SecretAccessKey"], members["SessionToken"])
    return TemporaryKey(key, datetime.fromisoformat(members["Expiration"]).astimezone(UTC))


def _members_of(text: str) -> dict[str, str] | None:
    """The texts of the element Credentials, if each of the four is there once and has its form."""
    blocks = [] if "<!" in text else _CREDENTIALS.findall(text)
    if len(blocks) != 1:
        return None
    pairs = _MEMBER.findall(blocks[0])
    members = dict(pairs)
    is_valid = len(members) == len(pairs) and all(
        form.fullmatch(members.get(name, "")) for name, form in _MEMBERS.items()
    )
    return members if is_valid and _is_time(members["Expiration"]) else None


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        # Such as a 13th month.
        return False
    return True
