"""The front channel of the authorization code grant (RFC 6749 §4.1): the consent URL, and the query of its callback."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from strongroom_server.core.errors import FieldViolation
from strongroom_server.egress import urls
from strongroom_server.egress.endpoints import origin_of
from strongroom_server.egress.refusals import Refusal
from strongroom_server.rules import fields
from strongroom_server.rules.oauth import parameter_violations, requested_scope_violations
from strongroom_server.schemes.providers.provider import provider_violations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from strongroom_server.schemes.providers.provider import Provider

# OpenID Connect Core §3.1.2.1: with this scope the response has an id_token, which repeats the nonce.
OPENID: Final = "openid"
# RFC 8252 §7.3. Not localhost: a name could lead to another interface (§8.3).
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
_RANDOM_BYTES: Final = 32
_LONGEST_URL: Final = 8_192

_LONGEST_QUERY: Final = 16_384
_MOST_FIELDS: Final = 50
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NOT_PRINTABLE: Final = re.compile(r"[^\x21-\x7e]")
# What `prepare_consent` makes of 32 random bytes.
_STATE: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
# RFC 6749 appendix A.11.
_CODE: Final = re.compile(r"[\x20-\x7e]{1,8192}")
_ISSUER: Final = re.compile(r"[\x21-\x7e]{1,2048}")
# RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6. Another text is the provider's, or of whoever made the link.
_REGISTERED: Final = frozenset(
    {
        *("invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type", "invalid_scope"),
        *("server_error", "temporarily_unavailable"),
        *("interaction_required", "login_required", "account_selection_required", "consent_required"),
        *("invalid_request_uri", "invalid_request_object", "request_not_supported", "request_uri_not_supported"),
        *("registration_not_supported", "invalid_target"),
    }
)


class Consent(NamedTuple):
    """Where a person is sent, and what the exchange of the code needs.

    `verifier` is empty without PKCE, and `nonce` without the scope openid. Only a hash of `state` should be stored.
    """

    url: str
    state: str
    verifier: str = ""
    nonce: str = ""

    def __repr__(self) -> str:
        """Without secrets."""
        return f"Consent(pkce={bool(self.verifier)}, nonce={bool(self.nonce)})"


class Callback(NamedTuple):
    """The query of a callback: either a code or an error. `error` is a registered code, or `other`. `iss` may be empty."""

    state: str
    code: str = ""
    error: str = ""
    iss: str = ""

    def __repr__(self) -> str:
        """Without secrets."""
        return f"Callback(error={self.error})"


class InvalidCallback(Exception):
    """The query of a callback breaks a rule. The text holds nothing of the query."""


def prepare_consent(
    provider: Provider,
    client_id: str,
    redirect_uri: str,
    scopes: Sequence[str] = (),
    parameters: Mapping[str, str] | None = None,
) -> Consent:
    """A consent URL with a new state, verifier and nonce. `parameters` replace those of the provider.

    Raises ServiceError with FIELD_INVALID.
    """
    parameters = parameters or {}
    fields.require(_violations(provider, redirect_uri, scopes, parameters))
    names = tuple(dict.fromkeys((*scopes, *provider.offline_scopes)))
    state, verifier, nonce = _random(), "", ""
    query = {"response_type": "code", "client_id": client_id, "redirect_uri": redirect_uri, "state": state}
    if names:
        query["scope"] = provider.scope_separator.join(names)
    if provider.uses_pkce:
        verifier = _random()
        query |= {"code_challenge": challenge_of(verifier), "code_challenge_method": "S256"}
    if OPENID in names and provider.repeats_nonce:
        nonce = query["nonce"] = _random()
    # The rules keep them apart. If they failed, the service's own would count.
    encoded = urlencode({**provider.parameters, **parameters, **query}, quote_via=quote)
    # Without letters that look like others: people read the host, and not each one who opens the URL encodes it in the same way.
    endpoint = f"{origin_of(provider.authorization_url)}{urls.parse(provider.authorization_url).path}"
    url = f"{endpoint}{_joint(endpoint)}{encoded}"
    if len(url) > _LONGEST_URL:
        fields.require((FieldViolation("scopes", f"must leave the consent URL at most {_LONGEST_URL:,} characters"),))
    return Consent(url, state, verifier, nonce)


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def is_loopback_redirect(uri: str) -> bool:
    """Whether a redirect URI leads to a program on the person's machine: http, a loopback address, and any port (RFC 8252 §7.3)."""
    try:
        url = urls.parse(uri)
    except Refusal:
        return False
    return url.scheme == "http" and url.host in _LOOPBACK and "?" not in url.path


def redirect_violations(field: str, uri: str) -> Iterator[FieldViolation]:
    """A redirect URI must be an https URL or lead to this machine, without a query if it is http."""
    try:
        url = urls.parse(uri)
    except Refusal:
        is_safe = False
    else:
        is_safe = url.scheme == "https" or (urls.is_this_machine(url.host) and "?" not in url.path)
    if not is_safe:
        yield FieldViolation(
            field, "must be an https:// URL, or http:// with an address of this machine and without a query"
        )


def callback_of(query: str) -> Callback:
    """Read the query of a callback, without its `?`. Raises InvalidCallback.

    Parameters that no specification gives a meaning here are ignored: providers add their own.
    """
    given = _parameters(query)
    state, code, error, iss = (given.get(name, "") for name in ("state", "code", "error", "iss"))
    if not _STATE.fullmatch(state):
        raise InvalidCallback("the callback has no state of this service")
    if bool(code) == bool(error):
        raise InvalidCallback("the callback must have either a code or an error")
    if code and not _CODE.fullmatch(code):
        raise InvalidCallback("the callback has a code that is too long or not printable ASCII")
    if iss and not _ISSUER.fullmatch(iss):
        raise InvalidCallback("the callback has an iss that is not a URL")
    return Callback(state, code, error if error in _REGISTERED or not error else "other", iss)


def is_from(provider: Provider, callback: Callback) -> bool:
    """Whether a callback is from this provider, as far as it says (RFC 9207 §2.4). If not, its code must go nowhere."""
    if not callback.iss:
        return not provider.sends_iss
    return not provider.issuer or callback.iss == provider.issuer


def _violations(
    provider: Provider, redirect_uri: str, scopes: Sequence[str], parameters: Mapping[str, str]
) -> Iterator[FieldViolation]:
    yield from provider_violations(provider)
    yield from redirect_violations("redirect_uri", redirect_uri)
    yield from requested_scope_violations("scopes", scopes, provider.scope_separator)
    yield from parameter_violations("parameters", parameters)


def _random() -> str:
    return secrets.token_urlsafe(_RANDOM_BYTES)


def _joint(endpoint: str) -> str:
    if "?" not in endpoint:
        return "?"
    return "" if endpoint.endswith(("?", "&")) else "&"


def _parameters(query: str) -> dict[str, str]:
    if len(query) > _LONGEST_QUERY:
        raise InvalidCallback("the query of the callback is too long")
    if _NOT_PRINTABLE.search(query) or _BAD_ESCAPE.search(query):
        raise InvalidCallback("the query of the callback is not percent-encoded")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        # Also UnicodeDecodeError.
        raise InvalidCallback("the query of the callback is not a form of few fields in UTF-8") from None
    known = [name for name, _ in pairs if name in {"state", "code", "error", "iss"}]
    if len(set(known)) != len(known):
        # RFC 6749 §3.1. Another reader could take the other one.
        raise InvalidCallback("the callback repeats a parameter")
    return dict(pairs)
