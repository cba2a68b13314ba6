"""Reads the response of a token endpoint (RFC 6749 §5), in the shapes that providers really send.

If there is a good access token, other members that break a rule are ignored: to refuse the response would lose its refresh token.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from strongroom_server.egress.retry_after import retry_after_of
from strongroom_server.schemes.token import Token, is_token
from strongroom_server.schemes.token_errors import InDoubt, Refused, TokenNotIssued, Unavailable

if TYPE_CHECKING:
    from strongroom_server.egress.client import Response

# RFC 6749 §4.1.2.1 and §5.2, RFC 8628 §3.5, RFC 8707 §2, and those of OpenID Connect that token endpoints send too. Another text
# could hold a secret.
_REGISTERED: Final = frozenset(
    {
        *("invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"),
        *("invalid_scope", "access_denied", "server_error", "temporarily_unavailable"),
        *("authorization_pending", "slow_down", "expired_token", "invalid_target"),
        *("interaction_required", "login_required", "consent_required"),
    }
)
_TRANSIENT: Final = frozenset({"server_error", "temporarily_unavailable"})
# Request Timeout, Too Early, Too Many Requests.
TRANSIENT_STATUSES: Final = frozenset({408, 425, 429})
# RFC 9110 §5.6.2.
_TOKEN_TYPE: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}", re.ASCII)
# RFC 6749 §3.3.
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,255}", re.ASCII)
_MOST_SCOPES: Final = 100
_LONGEST_REFRESH_TOKEN: Final = 32_768
_LONGEST_LIFE: Final = 1e9
_INT_DIGITS: Final = 19
# Each percent sign takes about a microsecond.
_LARGEST_FORM: Final = 8_192


def token_of(response: Response) -> Token:
    """The token in a response. Raises Refused, Unavailable and InDoubt."""
    status, document = response.status, document_of(response)
    error = document.get("error")
    code = error if isinstance(error, str) and error in _REGISTERED else ""
    if status >= 500 or status in TRANSIENT_STATUSES or code in _TRANSIENT:
        raise Unavailable(status, retry_after_of(response.headers))
    token = document.get("access_token")
    has_token = 200 <= status < 300 and isinstance(token, str) and is_token(token)
    if error or document.get("ok") is False:
        raise InDoubt("error_beside_token", status) if has_token else Refused(code, status)
    if not has_token:
        raise _failure(response)
    assert isinstance(token, str)
    kind, refresh_token = document.get("token_type"), document.get("refresh_token")
    return Token(
        token,
        _token_type(kind) if isinstance(kind, str) else "Bearer",
        _expire_seconds(document.get("expires_in")),
        _scopes(document.get("scope")),
        refresh_token if isinstance(refresh_token, str) and _is_sendable(refresh_token) else None,
    )


def _failure(response: Response) -> TokenNotIssued:
    """Why a response that names no error has no token."""
    status = response.status
    if status >= 400:
        return Refused("", status)
    if status >= 300:
        return InDoubt("redirect", status)
    encoded = any(name == "content-encoding" and value.lower() != "identity" for name, value in response.headers)
    return InDoubt("encoded" if encoded else "not_a_token", status)


def document_of(response: Response) -> dict[str, Any]:
    """The members of a JSON object, or the fields of a small form, as GitHub answers."""
    try:
        document = _DECODER.decode(response.body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        # Also UnicodeDecodeError and JSONDecodeError.
        return _form(response.body)
    return document if isinstance(document, dict) else {}


def _form(body: bytes) -> dict[str, Any]:
    if len(body) > _LARGEST_FORM:
        return {}
    try:
        return dict(parse_qsl(body.decode("ascii").strip(), errors="strict"))
    except ValueError:
        return {}


def _token_type(kind: str) -> str:
    if not _TOKEN_TYPE.fullmatch(kind):
        return "Bearer"
    # The type is case-insensitive (RFC 6749 §5.1), and some receivers want the spelling of RFC 6750.
    return "Bearer" if kind.lower() == "bearer" else kind


def _expire_seconds(value: Any) -> int | None:
    """The life in seconds, given as a number or as the text of one. Anything else counts as not given. That is not for ever."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        seconds = float(value) if not isinstance(value, str) or len(value) <= _INT_DIGITS else 0
    except (ValueError, OverflowError):
        return None
    # NaN compares as False.
    return int(seconds) if 1 <= seconds < _LONGEST_LIFE else None


def _scopes(value: Any) -> tuple[str, ...]:
    # GitHub separates scopes with commas; some providers send a list.
    split = re.split(r"[ ,]+", value, maxsplit=_MOST_SCOPES) if isinstance(value, str) else value
    names = split[:_MOST_SCOPES] if isinstance(split, list) else ()
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and _SCOPE.fullmatch(name)))


def _is_sendable(refresh_token: str) -> bool:
    try:
        return 0 < len(refresh_token.encode()) <= _LONGEST_REFRESH_TOKEN
    except UnicodeEncodeError:
        return False


def _integer(digits: str) -> int | None:
    # int() takes quadratic time, so Python raises ValueError for thousands of digits.
    return int(digits) if len(digits) <= _INT_DIGITS else None


def _constant(_: str) -> None:
    """NaN and Infinity, as expires_in, count as not given."""


_DECODER: Final = json.JSONDecoder(parse_int=_integer, parse_constant=_constant)
