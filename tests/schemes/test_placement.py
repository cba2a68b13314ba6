"""How secrets and tokens are placed in a request."""

from __future__ import annotations

import pytest

from strongroom.v1.credential_pb2 import (
    PLACEMENT_LOCATION_COOKIE,
    PLACEMENT_LOCATION_HEADER,
    PLACEMENT_LOCATION_QUERY,
    PROVIDER_GENERIC,
    PROVIDER_GOOGLE,
    PROVIDER_ONFIDO,
    PROVIDER_SHOPIFY,
    PROVIDER_UNSPECIFIED,
    Credential,
    CredentialData,
    PlacementLocation,
    Provider,
)
from strongroom_server.schemes.placement import (
    Additions,
    NotPlaceable,
    encoded_query,
    placed,
    placement_of,
    secret_of,
)


def placement(location: PlacementLocation.ValueType, name: str, prefix: str = "") -> Credential.SecretPlacement:
    return Credential.SecretPlacement(location=location, name=name, prefix=prefix)


def data_of(**variant: object) -> CredentialData:
    return CredentialData(**variant)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("provider", "data", "header"),
    [
        (
            PROVIDER_UNSPECIFIED,
            {"basic_auth": {"username": "Aladdin", "password": "open sesame"}},
            ("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ),
        (PROVIDER_GENERIC, {"api_key": {"api_key": "k"}}, ("Authorization", "Bearer k")),
        (PROVIDER_GOOGLE, {"access_token": {"access_token": "t"}}, ("Authorization", "Bearer t")),
        (PROVIDER_ONFIDO, {"api_key": {"api_key": "k"}}, ("Authorization", "Token token=k")),
        (PROVIDER_SHOPIFY, {"access_token": {"access_token": "t"}}, ("X-Shopify-Access-Token", "t")),
        (PROVIDER_ONFIDO, {"basic_auth": {"username": "u", "password": "p"}}, ("Authorization", "Basic dTpw")),
        (PROVIDER_UNSPECIFIED, {"api_id_key": {"api_id": "i", "api_key": "k"}}, ("Authorization", "Bearer k")),
        (PROVIDER_UNSPECIFIED, {"text": {"value": "x"}}, ("Authorization", "Bearer x")),
        (PROVIDER_UNSPECIFIED, {"raw": {"value": b"x"}}, ("Authorization", "Bearer x")),
        (PROVIDER_UNSPECIFIED, {"key_values": {"values": {"a": b"x"}}}, ("Authorization", "Bearer x")),
    ],
)
def test_each_variant_has_a_default(
    provider: Provider.ValueType, data: dict[str, object], header: tuple[str, str]
) -> None:
    (variant,) = data
    default = placement_of(variant, Credential.UseSettings(), provider)
    assert placed(secret_of(data_of(**data)), default) == Additions(headers=(header,))


def test_the_placement_of_the_credential_replaces_the_default() -> None:
    own = placement(PLACEMENT_LOCATION_HEADER, "X-Key", "key ")
    settings = Credential.UseSettings(placement=own)
    assert placed("s", placement_of("api_key", settings, PROVIDER_ONFIDO)).headers == (("X-Key", "key s"),)


def test_a_query_and_a_cookie() -> None:
    additions = placed("a&b=c d", placement(PLACEMENT_LOCATION_QUERY, "api key"))
    assert additions.query == (("api key", "a&b=c d"),)
    assert encoded_query(additions) == "api%20key=a%26b%3Dc%20d"
    assert placed("s", placement(PLACEMENT_LOCATION_COOKIE, "sid", "v1.")).cookies == (("sid", "v1.s"),)


def test_additions_do_not_show_the_secret() -> None:
    assert repr(placed("s3cret", placement(PLACEMENT_LOCATION_HEADER, "X-Key"))) == "Additions(('X-Key',), (), ())"


@pytest.mark.parametrize(
    ("location", "secret"),
    [
        (PLACEMENT_LOCATION_HEADER, "s3cret\r\nX-Admin: 1"),
        (PLACEMENT_LOCATION_HEADER, "s3cret\n"),
        (PLACEMENT_LOCATION_HEADER, "s3cret\0"),
        (PLACEMENT_LOCATION_HEADER, "s3crét"),
        (PLACEMENT_LOCATION_HEADER, " s3cret"),
        (PLACEMENT_LOCATION_COOKIE, "s3cret; admin=1"),
        (PLACEMENT_LOCATION_COOKIE, "s3cret\n"),
        (PLACEMENT_LOCATION_QUERY, ""),
    ],
)
def test_a_secret_that_would_break_the_request_is_refused(location: PlacementLocation.ValueType, secret: str) -> None:
    with pytest.raises(NotPlaceable) as refused:
        placed(secret, placement(location, "name"))
    assert "s3cr" not in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        {"basic_auth": {"username": "a:b", "password": "p"}},
        {"raw": {"value": b"\xff"}},
        {"key_values": {"values": {"a": b"x", "b": b"y"}}},
        {"mtls": {"client_certificate": "x"}},
        {"aws": {"access_key_id": "x"}},
    ],
)
def test_data_without_one_text_to_send_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(NotPlaceable):
        secret_of(data_of(**data))
