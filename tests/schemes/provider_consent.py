"""The front channel of the mock provider, and what goes with it. Knows no socket.

- `/authorize`: GET shows a page with the buttons Allow and Deny; POST of the same URL with `decision` redirects back.
- codes: exchanged once at the token endpoint; a second try revokes the grant (RFC 6749 §4.1.2).
- `/.well-known/openid-configuration`, `/.well-known/oauth-authorization-server`, and both for the issuer with the path `/tenant`.
- `/jwks`, `/userinfo` (for a live token), `/revoke` (RFC 7009).
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from schemes.provider_tokens import CLIENT_ID, Document, Reply, Tokens, error_reply, json_reply

# The first segments of the paths.
PATHS = ("authorize", ".well-known", "tenant", "jwks", "revoke", "userinfo")

# What is changed in a wrong id_token. `unsigned` and `other_key` are about its signature.
CLAIMS: dict[str, Document] = {
    "wrong_nonce": {"nonce": "another"},
    "no_nonce": {"nonce": None},
    "wrong_issuer": {"iss": "https://attacker.example"},
    "wrong_audience": {"aud": "another-client"},
    "other_party": {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
    "two_audiences": {"aud": [CLIENT_ID, "another-client"]},
    "expired": {"exp": 1_000_000_000},
    "no_subject": {"sub": None},
}
# What is changed in wrong metadata.
METADATA: dict[str, Document] = {
    "wrong_issuer": {"issuer": "https://attacker.example"},
    "slash": {"issuer": "{issuer}/"},
    "http": {"token_endpoint": "http://127.0.0.1/token"},
    "no_token_endpoint": {"token_endpoint": None},
    "list_endpoint": {"token_endpoint": ["{issuer}/token"]},
    "other_port": {"token_endpoint": "https://127.0.0.1:1/token"},
    "javascript": {"authorization_endpoint": "javascript:alert(1)"},
    "userinfo": {"authorization_endpoint": "https://accounts.example@attacker.example/"},
    "override": {"authorization_endpoint": "{issuer}/authorize?redirect_uri=https://attacker.example"},
    "plain_pkce": {"code_challenge_methods_supported": ["plain"]},
    "post": {"token_endpoint_auth_methods_supported": ["client_secret_post"]},
}


@dataclass
class Code:
    """An authorization code."""

    redirect_uri: str
    challenge: str
    nonce: str
    scope: str
    subject: str
    family: str = ""


class Consents:
    def __init__(self, tokens: Tokens) -> None:
        self.issuer = ""
        self.codes: dict[str, Code] = {}
        self._tokens = tokens
        self._key, self._other_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        tokens.exchange = self.exchange

    def answer(
        self, method: str, path: str, query: str, body: str, headers: dict[str, str], entry: dict[str, Any]
    ) -> Reply:
        """Answer a request of one of the PATHS, and write to its entry of the log."""
        form = dict(parse_qsl(body, keep_blank_values=True))
        match path.split("/")[1]:
            case "authorize":
                return self._authorize(dict(parse_qsl(query)), form if method == "POST" else None, query, entry)
            case "jwks":
                jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key()))
                return json_reply({"keys": [jwk | {"kid": "key-1", "use": "sig", "alg": "ES256"}]})
            case "revoke":
                return self._revoke(form, headers, entry)
            case "userinfo":
                token = headers.get("authorization", "").removeprefix("Bearer ")
                account = {"sub": self._tokens.modes.subject, "email": f"{self._tokens.modes.subject}@example.com"}
                return json_reply(account) if self._tokens.is_live(token) else error_reply("invalid_token", status=401)
        return self._discovery(path)

    def exchange(self, form: dict[str, str]) -> Document | Reply:
        """The tokens for a code, or an error."""
        code = self.codes.get(form.get("code", ""))
        if code is None:
            return error_reply("invalid_grant", "no such code")
        if code.family:
            self._tokens.revoke(f"rt-{code.family}")
            return error_reply("invalid_grant", "the code was used")
        if form.get("redirect_uri") != code.redirect_uri:
            return error_reply("invalid_grant", "another redirect_uri")
        if (
            code.challenge
            and self._tokens.modes.pkce != "ignored"
            and _s256(form.get("code_verifier", "")) != code.challenge
        ):
            return error_reply("invalid_grant", "the verifier is wrong")
        pair = self._tokens.grant()
        code.family = pair.pop("family")
        if self._tokens.modes.refresh_token == "absent":
            del pair["refresh_token"]
        way = self._tokens.modes.id_token
        if "openid" in code.scope.split() and way != "absent":
            pair["id_token"] = self._id_token(code, way)
        return dict(pair)

    def _authorize(
        self, given: dict[str, str], form: dict[str, str] | None, query: str, entry: dict[str, Any]
    ) -> Reply:
        entry["parameters"] = {name: value for name, value in given.items() if name not in {"state", "nonce"}}
        modes, redirect_uri = self._tokens.modes, given.get("redirect_uri", "")
        if given.get("client_id") != CLIENT_ID or urlsplit(redirect_uri).scheme not in {"http", "https"}:
            # Never redirect for these (RFC 6749 §4.1.2.1).
            return Reply(400, b"<title>Error</title><p>Unknown client or redirect URI.</p>", "text/html")
        method = given.get("code_challenge_method")
        if given.get("response_type") != "code" or (modes.pkce == "required" and method != "S256"):
            return self._redirect(given, error="invalid_request")
        decision = form.get("decision", "") if form is not None else "" if modes.consent == "page" else modes.consent
        if not decision:
            return _page(given, query)
        if decision != "allow":
            return self._redirect(given, error="access_denied", error_description="<script>alert(1)</script>")
        code = secrets.token_urlsafe(24)
        self.codes[code] = Code(
            redirect_uri,
            given.get("code_challenge", ""),
            given.get("nonce", ""),
            given.get("scope", ""),
            modes.subject,
        )
        return self._redirect(given, code=code)

    def _redirect(self, given: dict[str, str], **answer: str) -> Reply:
        answer |= {"state": given["state"]} if "state" in given else {}
        if self._tokens.modes.iss != "absent":
            answer["iss"] = self.issuer if self._tokens.modes.iss == "right" else "https://attacker.example"
        joint = "&" if "?" in given["redirect_uri"] else "?"
        return Reply(302, b"", headers=(("Location", f"{given['redirect_uri']}{joint}{urlencode(answer)}"),))

    def _id_token(self, code: Code, way: str) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "sub": code.subject, "iat": now, "exp": now + 600}
        claims |= {"email": f"{code.subject}@example.com"} | ({"nonce": code.nonce} if code.nonce else {})
        claims |= CLAIMS.get(way, {})
        claims = {name: value for name, value in claims.items() if value is not None}
        if way == "unsigned":
            return jwt.encode(claims, "", "none")
        return jwt.encode(claims, self._other_key if way == "other_key" else self._key, "ES256", {"kid": "key-1"})

    def _revoke(self, form: dict[str, str], headers: dict[str, str], entry: dict[str, Any]) -> Reply:
        entry["fields"] = {"token_type_hint": form.get("token_type_hint", "")}
        kind, _, argument = self._tokens.modes.revocation.partition(":")
        if kind == "status":
            return Reply(int(argument), b"<html>busy</html>", "text/html")
        if not self._tokens.is_client(form, headers, entry):
            return error_reply("invalid_client", status=self._tokens.modes.invalid_client_status)
        if kind == "error":
            return error_reply(argument)
        self._tokens.revoke(form["token"])
        return Reply(200, b"", way="drop" if kind == "drop" else "")

    def _discovery(self, path: str) -> Reply:
        issuer, mode = self.issuer + ("/tenant" if "/tenant" in path else ""), self._tokens.modes.discovery
        openid = "/.well-known/openid-configuration"
        known = {f"/.well-known/oauth-authorization-server{issuer.removeprefix(self.issuer)}"}
        if mode != "oauth":
            known.add(f"{issuer.removeprefix(self.issuer)}{openid}")
        if path not in known:
            return json_reply({"error": "not found"}, 404)
        kind, _, argument = mode.partition(":")
        if kind == "status":
            return Reply(int(argument), b"", headers=(("Location", f"{self.issuer}{openid}"),))
        if mode in {"html", "huge"}:
            return Reply(200, b"<html></html>", "text/html", way="huge" if mode == "huge" else "")
        document = {
            "issuer": issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "revocation_endpoint": f"{self.issuer}/revoke",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
        }
        changes = json.loads(json.dumps(METADATA.get(mode, {})).replace("{issuer}", self.issuer))
        return json_reply({name: value for name, value in (document | changes).items() if value is not None})


def _page(given: dict[str, str], query: str) -> Reply:
    scopes = "".join(f"<li>{html.escape(scope)}</li>" for scope in given.get("scope", "").split())
    page = (
        '<!doctype html><html lang="en"><title>Consent</title>'
        f"<h1>{html.escape(given['client_id'])} asks for access</h1><ul>{scopes}</ul>"
        f'<form method="post" action="/authorize?{html.escape(query)}">'
        '<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button></form>'
    )
    return Reply(200, page.encode(), "text/html; charset=utf-8")


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
