"""The rules of the variants that hold plain values or documents: key_values, raw, json_document and text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom_server.core.errors import FieldViolation
from strongroom_server.rules import json_text, key_material
from strongroom_server.rules.fields import LONGEST_NAME, MOST_ELEMENTS
from strongroom_server.rules.variants.variant import Variant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom.v1.credential_pb2 import CredentialData


# What a Google service account needs to get a token (RFC 7523).
SERVICE_ACCOUNT: Final = "service_account"
_OF_SERVICE_ACCOUNT: Final = ("client_email", "private_key", "token_uri")


def _bounds_of_keys(data: CredentialData) -> Iterator[FieldViolation]:
    keys = data.key_values.values
    if len(keys) > MOST_ELEMENTS:
        yield FieldViolation("values", f"must have at most {MOST_ELEMENTS} keys")
    elif any(not 1 <= len(key) <= LONGEST_NAME for key in keys):
        yield FieldViolation("values", f"must have keys of 1 to {LONGEST_NAME} characters")


def service_account_key(text: str) -> key_material.PrivateKey:
    """The key that signs the assertions of a service account, with RS256. Raises KeyMaterialError."""
    key = key_material.private_key(text)
    if not key_material.is_strong_rsa_key(key):
        raise key_material.KeyMaterialError(key_material.STRONG_RSA_KEY)
    return key


def _service_account_warnings(data: CredentialData) -> Iterator[FieldViolation]:
    # A parser would hold the event loop for milliseconds, once more after the violations.
    if SERVICE_ACCOUNT not in data.json_document.json:
        return
    try:
        document = json_text.parse_object(data.json_document.json)
    except json_text.JsonTextError:
        # The violations say so.
        return
    if document.get("type") != SERVICE_ACCOUNT:
        return
    present = {name: value for name in _OF_SERVICE_ACCOUNT if isinstance(value := document.get(name), str) and value}
    if absent := [name for name in _OF_SERVICE_ACCOUNT if name not in present]:
        yield FieldViolation("json", f"must have {', '.join(absent)}: its type is {SERVICE_ACCOUNT}")
    if text := present.get("private_key"):
        try:
            service_account_key(text)
        except key_material.KeyMaterialError as error:
            yield FieldViolation("json", f"private_key {error.rule}")


KEY_VALUES: Final = Variant(secrets=("values",), use_settings=("placement",), bounds=_bounds_of_keys)
RAW: Final = Variant(secrets=("value",), required=("value",), use_settings=("placement",))
# Such as the key of a service account, which is used like an OAuth 2.0 client (RFC 7523).
JSON_DOCUMENT: Final = Variant(
    secrets=("json",),
    required=("json",),
    json_objects=("json",),
    use_settings=("token_url", "scopes", "audience"),
    warnings=_service_account_warnings,
)
TEXT: Final = Variant(secrets=("value",), required=("value",), use_settings=("placement",))
