"""Lists the rules of every variant by the name of its arm in CredentialData."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom_server.rules.variants.aws import AWS
from strongroom_server.rules.variants.http_requests import HTTP_REQUEST, MULTI_REQUEST
from strongroom_server.rules.variants.logins import ACCESS_TOKEN, API_ID_KEY, API_KEY, BASIC_AUTH
from strongroom_server.rules.variants.oauth import CLIENT_CREDENTIALS, OAUTH, OAUTH2_REFRESH
from strongroom_server.rules.variants.private_keys import JWT, MTLS
from strongroom_server.rules.variants.values import JSON_DOCUMENT, KEY_VALUES, RAW, TEXT

if TYPE_CHECKING:
    from strongroom_server.rules.variants.variant import Variant

VARIANTS: Final[dict[str, Variant]] = {
    "key_values": KEY_VALUES,
    "raw": RAW,
    "basic_auth": BASIC_AUTH,
    "oauth2_refresh": OAUTH2_REFRESH,
    "api_key": API_KEY,
    "api_id_key": API_ID_KEY,
    "client_credentials": CLIENT_CREDENTIALS,
    "access_token": ACCESS_TOKEN,
    "json_document": JSON_DOCUMENT,
    "text": TEXT,
    "jwt": JWT,
    "oauth": OAUTH,
    "aws": AWS,
    "mtls": MTLS,
    "http_request": HTTP_REQUEST,
    "multi_request": MULTI_REQUEST,
}
