"""Converts the `data` of Versori's connections without consent to our variants. Their casing differs from that of credentials.

A member that a credential has no place for is refused, because a connection that ignores it would not work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from strongroom.v1.credential_pb2 import (
    CLIENT_AUTHENTICATION_BASIC,
    CLIENT_AUTHENTICATION_BODY,
    CLIENT_AUTHENTICATION_UNSPECIFIED,
    BasicAuthData,
    ClientCredentialsData,
    Credential,
    CredentialData,
    JwtData,
    RawData,
)
from strongroom_server.gateway.calls import RequestBody
from strongroom_server.gateway.json_body import JsonObject
from strongroom_server.gateway.members import BOOLEAN, STRING, Body, Kind, Member, integer, one_of, reference
from strongroom_server.gateway.problems import invalid_field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LONGEST_SECRET: Final = 32 * 1024
_AUTHENTICATIONS: Final = (
    CLIENT_AUTHENTICATION_UNSPECIFIED,
    CLIENT_AUTHENTICATION_BODY,
    CLIENT_AUTHENTICATION_BASIC,
)
# The forms of one hour as a duration of Go, which is how long a signed token is valid.
_ONE_HOUR: Final = re.compile(r"1h(0m)?(0s)?|60m(0s)?|3600s", re.ASCII)


def _refused(schema: Mapping[str, object], accepted: tuple[object, ...], rule: str) -> Kind[None]:
    """A member that may only have these values, which say what happens anyway."""

    def read(body: JsonObject, member: str) -> None:
        value = body.values.get(member)
        if value is not None and value not in accepted:
            raise invalid_field(body.path + member, rule)

    return Kind(dict(schema), read)


def _one_hour(body: JsonObject, member: str) -> None:
    text = body.text(member)
    if text is not None and not _ONE_HOUR.fullmatch(text):
        raise invalid_field(body.path + member, "must be 1h: tokens are signed for an hour")


_SECRET: Final[Kind[str]] = Kind({"type": "string", "maxLength": _LONGEST_SECRET}, JsonObject.text)
_ABSENT: Final = "must be absent: the grant with a user's password is not supported"

_API_KEY = Member("apiKey", _SECRET, required=True)
_USER = Member("user", STRING, required=True)
_PASSWORD = Member("password", _SECRET, required=True)
_SECRET_VALUE = Member("secret", _SECRET, required=True)
_CLIENT_ID = Member("clientId", Kind({"type": "string", "minLength": 1}, JsonObject.text), required=True)
_CLIENT_SECRET = Member("clientSecret", _SECRET, required=True)
_USERNAME = Member("username", _refused({"type": "string", "maxLength": 0}, ("",), _ABSENT))
_USER_PASSWORD = Member("password", _refused({"type": "string", "maxLength": 0}, ("",), _ABSENT))
_PARAMETERS = Member(
    "additionalParameters", STRING, "The query string `audience=…`. Other parameters than audience are refused."
)
_ISSUE_TOKEN = Member(
    "issueToken",
    _refused(BOOLEAN.schema, (False, "false"), "must be false: a token is issued when the connection is first used"),
    "Must be false: a token is issued when the connection is first used.",
)
_AUTH_STYLE = Member(
    "authStyle", integer(0, 2), "0: found out by trying, 1: in the body, 2: by HTTP Basic authentication."
)
_PAYLOAD = Member("payload", Kind({"type": "object", "additionalProperties": True}, JsonObject.document), required=True)
_ALGORITHM = Member("algorithm", one_of("HS256", "HS384", "HS512", "RS256", "RS384", "RS512"), required=True)
_PREFIX = Member(
    "prefix",
    _refused({"type": "string", "enum": ["", "Bearer"]}, ("", "Bearer"), "must be Bearer: signed tokens are sent so"),
)
_EXPIRES_IN: Final[Member[None]] = Member(
    "expiresIn", Kind({"type": "string", "pattern": f"^({_ONE_HOUR.pattern})$"}, _one_hour), "Must be 1h."
)


def _api_key(sent: RequestBody) -> Credential:
    return _raw(sent.required(_API_KEY))


def _secret(sent: RequestBody) -> Credential:
    return _raw(sent.required(_SECRET_VALUE))


def _raw(value: str) -> Credential:
    return Credential(data=CredentialData(raw=RawData(value=value.encode())))


def _basic_auth(sent: RequestBody) -> Credential:
    data = BasicAuthData(username=sent.required(_USER), password=sent.required(_PASSWORD))
    return Credential(data=CredentialData(basic_auth=data))


def _client_credentials(sent: RequestBody) -> Credential:
    for member in (_USERNAME, _USER_PASSWORD, _ISSUE_TOKEN):
        sent.value(member)
    style = sent.value(_AUTH_STYLE) or 0
    if style not in range(len(_AUTHENTICATIONS)):
        raise invalid_field(f"{sent.json.path}authStyle", "must be 0, 1 or 2")
    data = ClientCredentialsData(client_id=sent.required(_CLIENT_ID), client_secret=sent.required(_CLIENT_SECRET))
    return Credential(
        data=CredentialData(client_credentials=data),
        use_settings=Credential.UseSettings(audience=_audience(sent), client_authentication=_AUTHENTICATIONS[style]),
    )


def _audience(sent: RequestBody) -> str:
    parameters = parse_qsl(sent.value(_PARAMETERS) or "", keep_blank_values=True)
    if any(name != "audience" for name, _ in parameters) or len(parameters) > 1:
        raise invalid_field(f"{sent.json.path}{_PARAMETERS.name}", "must have no other parameter than one audience")
    return parameters[0][1] if parameters else ""


def _jwt(sent: RequestBody) -> Credential:
    for member in (_PREFIX, _EXPIRES_IN):
        sent.value(member)
    data = JwtData(
        algorithm=sent.required(_ALGORITHM),
        payload_json=sent.required(_PAYLOAD),
        auto_generate_time_claims=True,
        private_key=sent.required(_SECRET_VALUE),
    )
    return Credential(data=CredentialData(jwt=data))


@dataclass(frozen=True, slots=True)
class AuthType:
    """A method of authentication whose secret is sent. `variant` is that of the credential, `data` the member of a request."""

    variant: str
    body: Body
    convert: Callable[[RequestBody], Credential]
    data: Member[JsonObject]

    def credential_of(self, data: JsonObject) -> Credential:
        """Our credential, with its data and use_settings. Raises RefusedError."""
        return self.convert(RequestBody(self.body, data))

    @property
    def form(self) -> dict[str, Any]:
        """The JSON schema of the data."""
        return self.body.components[self.body.name]


def _auth_type(
    variant: str, name: str, convert: Callable[[RequestBody], Credential], *members: Member[Any]
) -> AuthType:
    body = Body(name, members)
    kind = Kind(reference(name), JsonObject.child, body.components)
    return AuthType(variant, body, convert, Member("data", kind, required=True))


# By the authType of a connection. Versori's documents have no name for that of a secret alone but httprefresh.
AUTH_TYPES: Final[Mapping[str, AuthType]] = MappingProxyType(
    {
        "apikey": _auth_type("raw", "ConnectionDataAPIKey", _api_key, _API_KEY),
        "httpBasicAuth": _auth_type("basic_auth", "ConnectionDataHTTPBasicAuth", _basic_auth, _USER, _PASSWORD),
        "httprefresh": _auth_type("raw", "ConnectionDataSecret", _secret, _SECRET_VALUE),
        "oauth2": _auth_type(
            "client_credentials",
            "ConnectionDataOAuth2ClientCredentials",
            _client_credentials,
            *(_CLIENT_ID, _CLIENT_SECRET, _USERNAME, _USER_PASSWORD, _PARAMETERS, _ISSUE_TOKEN, _AUTH_STYLE),
        ),
        "jwtbearer": _auth_type(
            "jwt", "ConnectionDataJWTBearer", _jwt, _SECRET_VALUE, _PAYLOAD, _ALGORITHM, _PREFIX, _EXPIRES_IN
        ),
    }
)
