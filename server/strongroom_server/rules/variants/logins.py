"""The rules of the variants that are sent with a request as they are: basic_auth, api_key, api_id_key and access_token."""

from __future__ import annotations

from typing import Final

from strongroom_server.rules.variants.variant import Variant

BASIC_AUTH: Final = Variant(
    secrets=("password",), uses=("username",), required=("username", "password"), use_settings=("placement",)
)
API_KEY: Final = Variant(secrets=("api_key",), required=("api_key",), use_settings=("placement",))
API_ID_KEY: Final = Variant(
    secrets=("api_key",),
    uses=("api_id",),
    required=("api_id", "api_key"),
    ids=("api_id",),
    use_settings=("placement",),
)
ACCESS_TOKEN: Final = Variant(secrets=("access_token",), required=("access_token",), use_settings=("placement",))
