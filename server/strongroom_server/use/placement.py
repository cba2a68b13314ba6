"""How a secret or a token is put into a request, by the placement of the credential or the default of its variant."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom.v1.credential_pb2 import (
    PLACEMENT_LOCATION_COOKIE,
    PLACEMENT_LOCATION_HEADER,
    PLACEMENT_LOCATION_QUERY,
    SLASHID_PROVIDER_ONFIDO,
    SLASHID_PROVIDER_SHOPIFY,
    Credential,
)
from strongroom_server.use.headers import broken_name_rule, broken_value_rule

if TYPE_CHECKING:
    from strongroom.v1.credential_pb2 import CredentialData, SlashIdProvider

# RFC 6265 §4.1.1.
_COOKIE: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")
_BEARER: Final = Credential.SecretPlacement(
    location=PLACEMENT_LOCATION_HEADER, name="Authorization", prefix="Bearer "
)
_BASIC: Final = Credential.SecretPlacement(location=PLACEMENT_LOCATION_HEADER, name="Authorization", prefix="Basic ")
