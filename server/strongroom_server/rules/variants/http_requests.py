"""The rules of the variants that get a token with HTTP requests: http_request and multi_request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules import json_text
from strongroom_server.rules.fields import MOST_VIOLATIONS
from strongroom_server.rules.variants.variant import Variant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom.v1.credential_pb2 import CredentialData


def _two_requests(data: CredentialData) -> Iterator[FieldViolation]:
    requests = data.multi_request.requests
    if len(requests) != 2:
        yield FieldViolation("requests", "must be exactly two")
    for index, request in enumerate(requests[:MOST_VIOLATIONS]):
        path = f"requests[{index}].options_json"
        if not request.HasField("options_json"):
            yield FieldViolation(path, "is required")
        elif rule := json_text.broken_rule(request.options_json):
            yield FieldViolation(path, rule)


def requests_that_keep_secrets(present: CredentialData, sent: CredentialData) -> list[int]:
    """The indexes of the requests of multi_request whose stored secret is kept, because the request doesn't send it again."""
    pairs = zip(present.multi_request.requests, sent.multi_request.requests, strict=False)
    return [
        index
        for index, (before, after) in enumerate(pairs)
        if before.HasField("secret") and not after.HasField("secret")
    ]


HTTP_REQUEST: Final = Variant(
    secrets=("options_json", "secret"),
    uses=("options_json", "location_of_token", "content_type"),
    required=("options_json", "location_of_token"),
    json_objects=("options_json",),
    use_settings=("placement",),
)
MULTI_REQUEST: Final = Variant(
    secrets=("requests.options_json", "requests.secret"),
    uses=("requests.options_json", "location_of_token", "content_type"),
    required=("location_of_token",),
    use_settings=("placement",),
    further=_two_requests,
)
