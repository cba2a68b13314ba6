"""Wraps private keys with a key of AWS KMS, which never leaves KMS. The only importer of botocore.

botocore finds the AWS credentials and signs the requests; this package's own egress sends them. The name of a key is in the
encryption context, so a wrapped key moved to another file is refused, and CloudTrail shows which key was unwrapped.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from strongroom_server.egress.client import Limits, Request
from strongroom_server.egress.endpoints import Endpoint
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.sealing.key_provider import ProviderError

if TYPE_CHECKING:
    from strongroom_server.egress.client import Client

_ARN: Final = re.compile(
    r"arn:(?P<partition>aws(-[a-z]+)*):kms:(?P<region>[a-z0-9-]{1,32}):[0-9]{12}:(key|alias)/[A-Za-z0-9/_-]{1,250}",
    re.ASCII,
)
_SUFFIXES: Final = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}
_ERROR: Final = re.compile(r"[A-Za-z]{1,64}", re.ASCII)
_LIMITS: Final = Limits(body_bytes=64 * 1024)
_DAMAGED: Final = "the key was wrapped by another KMS key or for another file, or is damaged"
_REMEDIES: Final = {
    "InvalidCiphertextException": _DAMAGED,
    "IncorrectKeyException": _DAMAGED,
    "NotFoundException": "correct STRONGROOM_AWS_KMS_KEY",
    "DisabledException": "enable the KMS key",
    "KMSInvalidStateException": "enable the KMS key",
    "AccessDeniedException": "allow kms:Encrypt and kms:Decrypt on the KMS key to these AWS credentials",
    "UnrecognizedClientException": "these AWS credentials are not valid",
    "InvalidSignatureException": "these AWS credentials are not valid",
    "ExpiredTokenException": "these AWS credentials are expired",
    "the status 403": "these AWS credentials are not valid, or may not use the KMS key",
}


class KmsKey(NamedTuple):
    """The ARN of a KMS key or alias, and what it says about the place of the key."""

    arn: str
    region: str
    endpoint: Endpoint


def key_of(arn: str) -> KmsKey:
    """Read an ARN. Raises ValueError with the rule that it breaks, as a phrase after `must be`."""
    parts = _ARN.fullmatch(arn)
    if parts is None or parts["partition"] not in _SUFFIXES:
        raise ValueError("the ARN of a KMS key, such as arn:aws:kms:eu-west-1:111122223333:key/… or …:alias/…")
    region = parts["region"]
    return KmsKey(arn, region, Endpoint("https", f"kms.{region}.{_SUFFIXES[parts['partition']]}", 443))


class AwsKms:
    """The provider `aws-kms`."""

    name: Final = "aws-kms"

    def __init__(self, key: KmsKey, client: Client) -> None:
        self._key = key
        self._client = client
        self._credentials: Any = None

    async def wrap(self, key_name: str, key: bytes) -> str:
        """Encrypt a key. Raises ProviderError."""
        return _text(
            await self._call("Encrypt", key_name, "Plaintext", base64.b64encode(key).decode()), "CiphertextBlob"
        )

    async def unwrap(self, key_name: str, wrapped: str) -> bytes:
        """Decrypt a key. Raises ProviderError."""
        answer = await self._call("Decrypt", key_name, "CiphertextBlob", wrapped)
        try:
            return base64.b64decode(_text(answer, "Plaintext"), validate=True)
        except binascii.Error:
            raise _unexpected() from None

    async def _call(self, operation: str, key_name: str, member: str, value: str) -> Any:
        body = json.dumps(
            {"KeyId": self._key.arn, member: value, "EncryptionContext": {"strongroom-key": key_name}}
        ).encode()
        # Finding credentials may call the metadata service of the machine.
        headers = await asyncio.to_thread(self._signed_headers, operation, body)
        try:
            response = await self._client.send(self._key.endpoint, Request("POST", "/", headers, body), _LIMITS)
        except EgressRefused as refused:
            raise ProviderError(
                f"aws-kms: {self._key.endpoint} {refused.detail}: correct STRONGROOM_AWS_KMS_KEY or STRONGROOM_AWS_KMS_URL, or the "
                "network"
            ) from None
        answer = _json_object(response.body)
        if response.status != 200:
            kind = str((answer or {}).get("__type", "")).rpartition("#")[2]
            kind = kind if _ERROR.fullmatch(kind) else f"the status {response.status}"
            raise ProviderError(f"aws-kms: {operation} failed with {kind}{_remedy(kind)}")
        if answer is None:
            raise _unexpected()
        return answer

    def _signed_headers(self, operation: str, body: bytes) -> list[tuple[str, str]]:
        try:
            # The extra `aws` is needed by this provider alone.
            import botocore.session  # noqa: PLC0415 - loaded when it is used
            from botocore.auth import SigV4Auth  # noqa: PLC0415 - loaded when it is used
            from botocore.awsrequest import AWSRequest  # noqa: PLC0415 - loaded when it is used
            from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - loaded when it is used
        except ImportError:
            raise ProviderError("aws-kms: botocore is not installed: install strongroom[server,aws]") from None
        headers = {
            "Host": self._key.endpoint.authority,
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"TrentService.{operation}",
        }
        request = AWSRequest("POST", f"{self._key.endpoint}/", headers=headers, data=body)
        try:
            if self._credentials is None:
                self._credentials = botocore.session.Session().get_credentials()
            if self._credentials is None:
                raise ProviderError(
                    "aws-kms: there are no AWS credentials: give this machine a role, or a profile in ~/.aws"
                )
            # They renew themselves; the frozen ones are from one moment.
            SigV4Auth(self._credentials.get_frozen_credentials(), "kms", self._key.region).add_auth(request)
        except BotoCoreError as error:
            raise ProviderError(f"aws-kms: no AWS credentials can be had ({type(error).__name__})") from None
        except ClientError as error:
            # STS or SSO refuses a role. The text of its error is a stranger's.
            code = str(error.response.get("Error", {}).get("Code", ""))
            raise ProviderError(
                f"aws-kms: no AWS credentials can be had ({code if _ERROR.fullmatch(code) else type(error).__name__})"
            ) from None
        return [(name, value) for name, value in request.headers.items() if name != "Host"]


def _remedy(kind: str) -> str:
    remedy = _REMEDIES.get(kind)
    return f": {remedy}" if remedy else ""


def _json_object(body: bytes) -> Any:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _text(answer: Any, member: str) -> str:
    value = answer.get(member)
    if not isinstance(value, str) or not value.isascii():
        raise _unexpected()
    return value


def _unexpected() -> ProviderError:
    return ProviderError("aws-kms: the response is not one of KMS: correct STRONGROOM_AWS_KMS_URL")
