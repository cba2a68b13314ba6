"""The token endpoint of the mock provider: grants, tokens, rotation and modes. Knows no socket.

Grant types: client_credentials, authorization_code, refresh_token, and jwt-bearer (RFC 7523), whose assertion must be signed by a
trusted issuer.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import parse_qsl, unquote_plus, urlencode

import jwt

if TYPE_CHECKING:
    from collections.abc import Callable

Document: TypeAlias = "dict[str, Any]"

CLIENT_ID = "client:1"
# Characters that RFC 6749 §2.3.1 has encoded before base64.
CLIENT_SECRET = "s3cret+:%/ &é"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Answers of the provider that come without anything having been issued or rotated.
UNPROCESSED = ("close", "status:", "error:", "redirect")


@dataclass
class Modes:
    """How the token endpoint behaves.

    `answer` is one of:
    - `token`, `form` (form-encoded, as GitHub), `error_beside_token`, `slack` (`ok: false`), `facebook` (a nested error);
    - `html`, `huge` (64 MiB), `gzip` (a bomb of 32 MiB), `empty`, `null`, `list`, `no_token`, `not_utf8`: a useless 200, after a
      pair was issued;
    - `drop` (closes the connection), `reset` (resets it), `hang`, `drip` (a byte each 0.2 s), after a pair was issued;
    - `close`: closes the connection before anything was issued;
    - `status:503`, `status:429` and so on, with `retry_after` as Retry-After; `redirect` to the metadata service;
    - `error:invalid_grant` and so on: an OAuth error whose error_description holds the client secret and a live token.
    """

    # strict: reuse of a refresh token revokes its grant. once: reuse is refused. none: a refresh token stays as it is.
    # grace:<seconds>: as strict, but a token may be used again for so long after its first use.
    rotation: str = "strict"
    answer: str = "token"
    # How many requests are answered so, before the answer is `token` again; None: all. And how probable it is for each.
    times: int | None = None
    chance: float = 1
    # Seconds before the answer, after a pair was issued: a number, or the least and the most.
    latency: float | list[float] = 0
    retry_after: str = "2"
    # Any JSON value, NaN too; "missing" leaves it out.
    expires_in: Any = 3600
    # How long access tokens work. None: for expires_in, if that is a number above 0, otherwise for an hour.
    life: float | None = None
    token_type: str = "Bearer"
    scope: str | None = None
    # What an answer to refresh_token has as refresh token: "present" (if nothing is rotated, the old one), "absent", "empty".
    # With "absent" an answer to a code has none either.
    refresh_token: str = "present"
    # any, basic or body.
    client_authentication: str = "any"
    invalid_client_status: int = 401
    # From here on, modes of provider_consent.py. How the authorization endpoint answers: with a page, or at once: allow, deny.
    consent: str = "page"
    # Whether a callback names the issuer (RFC 9207): right, wrong or absent.
    iss: str = "right"
    # optional: a verifier is required if there was a challenge. required: each request must have an S256 challenge. ignored.
    pkce: str = "optional"
    # What comes with the scope openid: right, absent, or one that is wrong in the way that provider_consent.CLAIMS says.
    id_token: str = "right"
    # Whose account it is.
    subject: str = "user-1"
    # right; oauth (only as in RFC 8414); status:<number>, html, huge, or one that is wrong in the way of provider_consent.METADATA.
    discovery: str = "right"
    # revoke, status:<number>, error:<code>, or drop (after it was revoked).
    revocation: str = "revoke"


class Reply(NamedTuple):
    """What is sent. `way` is how: "" is as usual."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    way: str = ""


@dataclass
class Family:
    """All tokens of one grant."""

    current: str
    generation: int = 1
    is_revoked: bool = False
    # When each earlier refresh token was used first.
    used: dict[str, float] = field(default_factory=dict)


class Tokens:
    """The state of the provider."""

    def __init__(self) -> None:
        self.modes = Modes()
        self.families: dict[str, Family] = {}
        self.access_tokens: dict[str, float] = {}
        self.issuers: dict[str, str] = {}
        # Exchanges a code: provider_consent.py sets it.
        self.exchange: Callable[[dict[str, str]], Document | Reply] = lambda _: error_reply("invalid_grant")

    def set(self, **modes: Any) -> None:
        """Change some modes."""
        known = {each.name for each in fields(Modes)}
        if unknown := set(modes) - known:
            raise ValueError(f"no such modes: {unknown}")
        for name, value in modes.items():
            setattr(self.modes, name, value)

    def is_live(self, access_token: str) -> bool:
        return self.access_tokens.get(access_token, 0) > time.time()

    def grant(self, life: float | None = None) -> dict[str, str]:
        """A new grant."""
        family = secrets.token_hex(4)
        self.families[family] = Family(_refresh_token(family, 1))
        return {
            "family": family,
            "refresh_token": self.families[family].current,
            "access_token": self.access_token(family, 1, life),
        }

    def access_token(self, family: str = "", generation: int = 0, life: float | None = None) -> str:
        token = f"at-{family or 'none'}-{generation}-{secrets.token_urlsafe(24)}"
        self.access_tokens[token] = time.time() + (self._life() if life is None else life)
        return token

    def revoke(self, token: str) -> None:
        """Revoke an access token, a refresh token with its grant, or everything."""
        if token.startswith("rt-"):
            self._burn(token.split("-")[1])
        elif token:
            self.access_tokens.pop(token, None)
        else:
            self.access_tokens.clear()
            for family in self.families.values():
                family.is_revoked = True

    def answer(self, body: bytes, headers: dict[str, str], token_urls: list[str], entry: dict[str, Any]) -> Reply:
        """Answer one request of the token endpoint, and write to its entry of the log."""
        answer = self._next_answer()
        entry["answer"] = answer
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        hidden = {"refresh_token", "client_secret", "assertion", "code", "code_verifier"}
        entry["fields"] = {name: value for name, value in form.items() if name not in hidden}
        entry["grant"] = form.get("grant_type", "")
        presented = form.get("refresh_token", "").split("-")
        entry["family"] = presented[1] if len(presented) > 3 else ""
        entry["generation"] = int(presented[2]) if len(presented) > 3 else 0
        if (kind := headers.get("content-type", "")) != "application/x-www-form-urlencoded":
            return error_reply("invalid_request", f"content type {kind}")
        refused = self._unprocessed(answer)
        if refused is not None:
            return refused
        if form.get("grant_type") != JWT_BEARER and not self.is_client(form, headers, entry):
            headers_ = (("WWW-Authenticate", "Basic"),) if self.modes.invalid_client_status == 401 else ()
            return error_reply("invalid_client", CLIENT_SECRET, self.modes.invalid_client_status)._replace(
                headers=headers_
            )
        match form.get("grant_type"):
            case "client_credentials":
                document: Document | Reply = {"access_token": self.access_token()}
            case "authorization_code":
                document = self.exchange(form)
            case "refresh_token":
                document = self._refresh(form.get("refresh_token", ""))
            case grant if grant == JWT_BEARER:
                document = self._assertion(form.get("assertion", ""), token_urls, entry)
            case _:
                document = error_reply("unsupported_grant_type")
        return document if isinstance(document, Reply) else self._reply(answer, document)

    def _next_answer(self) -> str:
        modes = self.modes
        if modes.answer == "token" or modes.times == 0 or secrets.randbelow(10_000) >= modes.chance * 10_000:
            return "token"
        if modes.times is not None:
            modes.times -= 1
        return modes.answer

    def _life(self) -> float:
        seconds = self.modes.expires_in
        if self.modes.life is not None:
            return self.modes.life
        return seconds if isinstance(seconds, int | float) and seconds > 0 else 3600

    def is_client(self, form: dict[str, str], headers: dict[str, str], entry: dict[str, Any]) -> bool:
        given: tuple[str, str] | None = None
        authorization = headers.get("authorization", "")
        if authorization.startswith("Basic "):
            user, _, password = base64.b64decode(authorization[6:]).decode().partition(":")
            given, entry["authentication"] = (unquote_plus(user), unquote_plus(password)), "basic"
        elif "client_secret" in form:
            given, entry["authentication"] = (form.get("client_id", ""), form["client_secret"]), "body"
        if given is None:
            return False
        entry["client_id"] = given[0]
        allowed = self.modes.client_authentication
        return given == (CLIENT_ID, CLIENT_SECRET) and allowed in {"any", entry["authentication"]}

    def _refresh(self, token: str) -> Document | Reply:
        family_name = token.split("-")[1] if token.count("-") > 2 else ""
        family = self.families.get(family_name)
        if family is None or family.is_revoked:
            return error_reply("invalid_grant")
        rotation, _, seconds = self.modes.rotation.partition(":")
        if rotation == "none":
            return self._pair(family_name, family)
        if token != family.current:
            used = family.used.get(token)
            if used is None or rotation != "grace" or time.time() - used > float(seconds):
                if rotation != "once":
                    self._burn(family_name)
                return error_reply("invalid_grant")
        now = time.time()
        family.used.setdefault(token, now)
        if token != family.current:
            # What was issued for the first use may have been lost, or not.
            family.used.setdefault(family.current, now)
        family.generation += 1
        family.current = _refresh_token(family_name, family.generation)
        return self._pair(family_name, family)

    def _pair(self, name: str, family: Family) -> dict[str, Any]:
        pair = {"access_token": self.access_token(name, family.generation)}
        if self.modes.refresh_token != "absent":
            pair["refresh_token"] = "" if self.modes.refresh_token == "empty" else family.current
        return pair

    def _burn(self, name: str) -> None:
        if name in self.families:
            self.families[name].is_revoked = True
        for token in [each for each in self.access_tokens if each.startswith(f"at-{name}-")]:
            del self.access_tokens[token]

    def _assertion(self, assertion: str, token_urls: list[str], entry: dict[str, Any]) -> Document | Reply:
        try:
            claims = jwt.decode(assertion, options={"verify_signature": False})
            required = ["iss", "aud", "iat", "exp", "jti"]
            claims = jwt.decode(
                assertion,
                self.issuers[claims["iss"]],
                algorithms=["RS256", "ES256"],
                audience=token_urls,
                options={"require": required},
            )
        except (jwt.PyJWTError, KeyError) as error:
            return error_reply("invalid_grant", type(error).__name__)
        if claims["exp"] - claims["iat"] > 3600:
            return error_reply("invalid_grant", "lives too long")
        entry["claims"] = claims
        return {"access_token": self.access_token()}

    def _unprocessed(self, answer: str) -> Reply | None:
        kind, _, argument = answer.partition(":")
        if not answer.startswith(UNPROCESSED):
            return None
        if kind == "status":
            retry = (("Retry-After", self.modes.retry_after),) if self.modes.retry_after else ()
            return Reply(int(argument), b"<html>busy</html>", "text/html", retry)
        if kind == "error":
            described = f"{CLIENT_SECRET} {next(iter(self.access_tokens), '')}"
            return error_reply(argument, described, 401 if argument == "invalid_client" else 400)
        if kind == "redirect":
            return Reply(302, b"", headers=(("Location", "http://169.254.169.254/latest/meta-data/"),))
        return Reply(200, b"", way="drop")

    def _reply(self, answer: str, document: Document) -> Reply:
        modes = self.modes
        document["token_type"] = modes.token_type
        if modes.expires_in != "missing":
            document["expires_in"] = modes.expires_in
        if modes.scope is not None:
            document["scope"] = modes.scope
        if answer in {"drop", "reset", "hang", "drip", "huge", "gzip"}:
            return json_reply(document)._replace(way=answer)
        return _SHAPES[answer](document) if answer in _SHAPES else json_reply(document)


def _form(document: Document) -> Reply:
    return Reply(200, urlencode(document).encode(), "application/x-www-form-urlencoded; charset=utf-8")


def _facebook(document: Document) -> Reply:
    error = {"message": document["access_token"], "type": "OAuthException", "code": 190, "fbtrace_id": "x"}
    return json_reply({"error": error}, 400)


def _error_beside_token(document: Document) -> Reply:
    return json_reply({**document, "error": "access_denied", "error_description": document["access_token"]})


def _refresh_token(family: str, generation: int) -> str:
    return f"rt-{family}-{generation}-{secrets.token_urlsafe(24)}"


def json_reply(document: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(document).encode())


def error_reply(code: str, description: str = "", status: int = 400) -> Reply:
    return json_reply({"error": code, "error_description": description}, status)


# The answers in other shapes.
_SHAPES: dict[str, Callable[[Document], Reply]] = {
    "form": _form,
    "error_beside_token": _error_beside_token,
    "slack": lambda _: json_reply({"ok": False, "error": "invalid_refresh_token"}),
    "facebook": _facebook,
    "no_token": lambda document: json_reply({"token": document["access_token"]}),
    "html": lambda document: Reply(200, f"<html>{document['access_token']}</html>".encode(), "text/html"),
    "empty": lambda _: Reply(200, b""),
    "null": lambda _: Reply(200, b"null"),
    "list": lambda document: Reply(200, json.dumps([document]).encode()),
    "not_utf8": lambda _: Reply(200, b'{"access_token": "\xff"}'),
}
