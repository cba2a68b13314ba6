"""Finds the endpoints of an issuer (OpenID Connect Discovery 1.0, RFC 8414), once: the caller stores, and so pins, what it found.

The document is of whoever controls the issuer's host at that moment. It can name any public endpoint, but no other issuer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit

from strongroom_server.egress.client import Request
from strongroom_server.rules import fields
from strongroom_server.rules.json_text import JsonTextError, parse_object
from strongroom_server.rules.oauth import endpoint_violations, issuer_violations
from strongroom_server.schemes.providers.provider import Provider, provider_violations
from strongroom_server.schemes.token_errors import InDoubt, NotSent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strongroom_server.egress.refusals import EgressRefused
    from strongroom_server.rules.json_text import Json
    from strongroom_server.schemes.sending import Sender
    from strongroom_server.schemes.token_endpoint import Style

_OPENID: Final = "/.well-known/openid-configuration"
_OAUTH: Final = "/.well-known/oauth-authorization-server"
_MOST_KEYS: Final = 50


class DiscoveryFailed(Exception):
    """The endpoints are not known. `rule` is a predicate of the issuer, and holds nothing of a response.

    `refused` says why a request was not answered, if that is the reason.
    """

    def __init__(self, rule: str, refused: EgressRefused | None = None) -> None:
        super().__init__(f"issuer {rule}")
        self.rule = rule
        self.refused = refused


class Discovered(NamedTuple):
    """The endpoints of an issuer, as a provider without a name, and where its keys are, or an empty text."""

    provider: Provider
    jwks_url: str


async def discover(sender: Sender, issuer: str) -> Discovered:
    """Read the document of an issuer. Raises ServiceError with FIELD_INVALID for its text, and DiscoveryFailed."""
    fields.require(issuer_violations("issuer", issuer))
    document = await _read(sender, f"{issuer.removesuffix('/')}{_OPENID}")
    if document is None:
        # RFC 8414 §3.1: between host and path, as OpenID Connect had it after the path.
        parts = urlsplit(issuer)
        document = await _read(sender, f"{parts.scheme}://{parts.netloc}{_OAUTH}{parts.path.removesuffix('/')}")
    if document is None:
        raise DiscoveryFailed(f"must have a document at {_OPENID} or {_OAUTH}")
    if document.get("issuer") != issuer:
        # RFC 8414 §3.3. Otherwise a document could speak for another issuer (mix-up).
        raise DiscoveryFailed("must be exactly the one that its document names")
    provider = Provider(
        name="",
        display_name=urlsplit(issuer).hostname or "",
        authorization_url=_endpoint(document, "authorization_endpoint", is_required=True),
        token_url=_endpoint(document, "token_endpoint", is_required=True),
        issuer=issuer,
        uses_pkce=_uses_pkce(document),
        sends_iss=document.get("authorization_response_iss_parameter_supported") is True,
        authentication=_authentication(document),
        revocation_url=_endpoint(document, "revocation_endpoint"),
    )
    jwks_url = _endpoint(document, "jwks_uri")
    for violation in (*provider_violations(provider), *(endpoint_violations("jwks_uri", jwks_url) if jwks_url else ())):
        raise DiscoveryFailed(f"has a document whose {violation.field} {violation.rule}")
    for name, url in (("token_url", provider.token_url), ("revocation_url", provider.revocation_url)):
        _require_allowed(sender, name, url)
    return Discovered(provider, jwks_url)


async def fetch_keys(sender: Sender, jwks_url: str) -> list[dict[str, Any]]:
    """The public keys of an issuer (RFC 7517), to pin. Raises DiscoveryFailed."""
    document = await _read(sender, jwks_url)
    keys = None if document is None else document.get("keys")
    if not isinstance(keys, list) or not 0 < len(keys) <= _MOST_KEYS:
        raise DiscoveryFailed(f"must have 1 to {_MOST_KEYS} keys at its jwks_uri")
    public = [
        key for key in keys if isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP") and "d" not in key
    ]
    if not public:
        raise DiscoveryFailed("must have a public key of the type RSA, EC or OKP at its jwks_uri")
    return public


async def _read(sender: Sender, url: str) -> dict[str, Json] | None:
    """The JSON object at a URL, None if there is none. Raises DiscoveryFailed."""
    try:
        to, target = sender.destination_of(url)
        response = await sender.send(to, Request("GET", target, [("Accept", "application/json")]))
    except (NotSent, InDoubt) as failed:
        raise DiscoveryFailed("must be reachable", failed.refused) from None
    if response.status in {404, 405, 410}:
        return None
    if response.status != 200:
        # A redirect too: the document must be where the issuer says.
        raise DiscoveryFailed(f"must answer with the status 200, and answered {response.status}")
    try:
        return parse_object(response.body)
    except JsonTextError as error:
        raise DiscoveryFailed(f"has a document that breaks a rule: the text {error.rule}") from None


def _endpoint(document: Mapping[str, Json], name: str, *, is_required: bool = False) -> str:
    url = document.get(name)
    if url is None and not is_required:
        return ""
    if not isinstance(url, str):
        raise DiscoveryFailed(f"must have a document with {name}")
    return url


def _require_allowed(sender: Sender, name: str, url: str) -> None:
    """Refuse an endpoint that egress would refuse by its URL alone. Addresses are checked with each request."""
    try:
        if url:
            sender.destination_of(url)
    except NotSent as failed:
        raise DiscoveryFailed(f"has a document whose {name} is not allowed", failed.refused) from None


def _uses_pkce(document: Mapping[str, Json]) -> bool:
    """With S256, unless the provider names only other methods. One that names none ignores the parameters (RFC 6749 §3.1)."""
    methods = document.get("code_challenge_methods_supported")
    return not isinstance(methods, list) or "S256" in methods


def _authentication(document: Mapping[str, Json]) -> Style | Literal["auto"]:
    methods = document.get("token_endpoint_auth_methods_supported")
    if not isinstance(methods, list) or "client_secret_basic" in methods:
        # RFC 8414 §2: Basic if the document does not say.
        return "basic"
    return "body" if {"client_secret_post", "none"} & {each for each in methods if isinstance(each, str)} else "auto"
