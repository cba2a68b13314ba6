"""Makes the request by which a Google service account gets a token: an assertion that it signs itself (RFC 7523)."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Final

from strongroom_server.rules.json_text import JsonTextError, parse_object
from strongroom_server.rules.key_material import KeyMaterialError
from strongroom_server.rules.variants.values import SERVICE_ACCOUNT, service_account_key
from strongroom_server.schemes.jwt_signing import sign
from strongroom_server.schemes.token_endpoint import TokenRequest
from strongroom_server.schemes.unusable import UnusableCredential

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"

# Google allows no longer.
_LIFE_SECONDS: Final = 3600


def assertion_request(
    document: str, token_url: str, scopes: Sequence[str], audience: str, now: datetime
) -> TokenRequest:
    """The request for a token. `document` is the JSON text of the key. Raises UnusableCredential.

    A `token_url` replaces the token_uri of the document. An `audience` is a field of the request, as in other grants; that of the
    assertion is always the token URL.
    """
    try:
        members = parse_object(document)
    except JsonTextError as error:
        raise UnusableCredential("json", error.rule) from None
    if members.get("type") != SERVICE_ACCOUNT:
        raise UnusableCredential("json", f'must have "type": "{SERVICE_ACCOUNT}"')
    needed = ("client_email", "private_key", *(() if token_url else ("token_uri",)))
    present = {name: value for name in (*needed, "private_key_id") if isinstance(value := members.get(name), str)}
    if absent := [name for name in needed if not present.get(name)]:
        raise UnusableCredential("json", f"must have {', '.join(absent)}: its type is {SERVICE_ACCOUNT}")
    if not scopes and not audience:
        raise UnusableCredential("use_settings.scopes", "is required, in the credential or in the request")
    try:
        key = service_account_key(present["private_key"])
    except KeyMaterialError as error:
        raise UnusableCredential("json", f"private_key {error.rule}") from None
    url, email, issued_at = token_url or present["token_uri"], present["client_email"], int(now.timestamp())
    claims = {"iss": email, "sub": email, "aud": url, "iat": issued_at, "exp": issued_at + _LIFE_SECONDS}
    claims |= {"jti": secrets.token_hex(16)} | ({"scope": " ".join(scopes)} if scopes else {})
    assertion = sign(json.dumps(claims).encode(), key, "RS256", present.get("private_key_id"))
    fields = {"grant_type": GRANT_TYPE, "assertion": assertion, **({"audience": audience} if audience else {})}
    return TokenRequest(url, fields, authentication="none")
