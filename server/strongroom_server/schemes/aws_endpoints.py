"""Reads the service and the region that a request to AWS is signed for from its host."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

# https://docs.aws.amazon.com/general/latest/gr/rande.html. The longer suffix comes first.
_SUFFIXES: Final = (".amazonaws.com.cn", ".amazonaws.com", ".api.aws", ".on.aws")
_REGION: Final = re.compile(r"[a-z]{2,3}(-[a-z]+){1,3}-[0-9]{1,2}", re.ASCII)
# S3 in its forms, with the region in the same label in old names: s3, s3-eu-west-1, s3-fips, s3-accesspoint.
_S3: Final = re.compile(r"s3(-(?P<rest>[a-z0-9-]+))?", re.ASCII)
# These have one region, or one that signs for all, where the host names none.
_GLOBAL: Final = {
    **dict.fromkeys(("cloudfront", "iam", "organizations", "route53", "s3", "shield", "sts", "waf"), "us-east-1"),
    "globalaccelerator": "us-west-2",
}
# The names of endpoints that differ from the name that signs.
_SIGNED_AS: Final = {
    "appsync-api": "appsync",
    "bedrock-agent": "bedrock",
    "bedrock-agent-runtime": "bedrock",
    "bedrock-runtime": "bedrock",
    "email": "ses",
    "lambda-url": "lambda",
    "queue": "sqs",
    "s3express-control": "s3express",
    "streaming-transcribe": "transcribe",
}
# Services whose own label is before the region's, and which have further labels before it: api.ecr.eu-west-1.
_LABELS_OF_HOSTS: Final = frozenset({"dualstack", "vpce"})
# Services whose region comes first: name.eu-west-1.es.amazonaws.com.
_AFTER_REGION: Final = frozenset({"aoss", "cloudsearch", "es"})


class Scope(NamedTuple):
    """What a signature is for. A part is empty if the host does not say it."""

    service: str = ""
    region: str = ""


def scope_of(host: str) -> Scope:
    """The service and the region of a host of AWS. Both are empty for another host, such as one of a compatible product."""
    suffix = next((each for each in _SUFFIXES if host.endswith(each)), None)
    if suffix is None:
        return Scope()
    labels = [label for label in host.removesuffix(suffix).split(".") if label not in _LABELS_OF_HOSTS]
    last = labels.pop()
    if last in _AFTER_REGION:
        region = labels[-1] if labels and _REGION.fullmatch(labels[-1]) else ""
        return Scope(last, region)
    if _REGION.fullmatch(last):
        return Scope(_service_of(labels[-1])[0], last) if labels else Scope()
    service, region = _service_of(last)
    return Scope(service, region or ("" if _is_accelerated(last) else _GLOBAL.get(service, "")))


def _service_of(label: str) -> Scope:
    """The service of a label, and the region that an old name of S3 has."""
    if parts := _S3.fullmatch(label):
        rest = parts["rest"] or ""
        if _REGION.fullmatch(rest):
            return Scope("s3", rest)
        if rest.startswith(("object-lambda", "outposts")):
            return Scope(f"s3-{rest.removesuffix('-fips')}")
        return Scope("s3")
    name = label.removesuffix("-fips")
    if name.startswith("s3express"):
        return Scope("s3express")
    return Scope(_SIGNED_AS.get(name, name))


def _is_accelerated(label: str) -> bool:
    """Whether S3 serves buckets of all regions at this name."""
    return label == "s3-accelerate"
