"""The rules of the variants that hold plain values or documents: key_values, raw, json_document and text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules.fields import LONGEST_NAME, MOST_ELEMENTS
from strongroom_server.rules.variants.variant import Variant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom.v1.credential_pb2 import CredentialData


def _bounds_of_keys(data: CredentialData) -> Iterator[FieldViolation]:
    keys = data.key_values.values
    if len(keys) > MOST_ELEMENTS:
        yield FieldViolation("values", f"must have at most {MOST_ELEMENTS} keys")
    elif any(not 1 <= len(key) <= LONGEST_NAME for key in keys):
        yield FieldViolation("values", f"must have keys of 1 to {LONGEST_NAME} characters")


KEY_VALUES: Final = Variant(secrets=("values",), use_settings=("placement",), bounds=_bounds_of_keys)
RAW: Final = Variant(secrets=("value",), required=("value",), use_settings=("placement",))
# Such as the key of a service account, which is used like an OAuth 2.0 client (RFC 7523).
JSON_DOCUMENT: Final = Variant(
    secrets=("json",), required=("json",), json_objects=("json",), use_settings=("token_url", "scopes", "audience")
)
TEXT: Final = Variant(secrets=("value",), required=("value",), use_settings=("placement",))
