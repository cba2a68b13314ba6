"""Wraps private keys with the secrets engine `transit` of OpenBao or Vault, which keeps the wrapping key to itself.

The name of a key is its associated data, so a wrapped key moved to another file is refused.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, Final

from strongroom_server.egress.client import Limits, Request
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.sealing.key_provider import ProviderError

if TYPE_CHECKING:
    from pathlib import Path

    from strongroom_server.egress.client import Client
    from strongroom_server.egress.endpoints import Endpoint

_LIMITS: Final = Limits(body_bytes=64 * 1024)
_REFUSED: Final = {
    "encrypt": "cannot encrypt: create the transit key, of the type aes256-gcm96, or correct STRONGROOM_TRANSIT_KEY",
    "decrypt": "refuses the key: it was wrapped by another transit key or for another file, or is damaged",
}
_CAUSES: Final = {
    403: "refuses the token: put one into STRONGROOM_TRANSIT_TOKEN_FILE whose policy allows `update` on {path}",
    404: "has no {path}: correct STRONGROOM_TRANSIT_KEY",
    503: "is sealed or in maintenance: unseal it",
}


class Transit:
    """The provider `transit`. `key` is the path of the engine and the name of its key, such as ("transit", "strongroom").

    The token is read from its file for each request, so that an agent may renew it.
    """

    name: Final = "transit"

    def __init__(self, endpoint: Endpoint, key: tuple[str, str], token_file: Path, client: Client) -> None:
        self._endpoint = endpoint
        self._engine, self._key = key
        self._token_file = token_file
        self._client = client

    async def wrap(self, key_name: str, key: bytes) -> str:
        """Encrypt a key. Raises ProviderError."""
        answer = await self._call("encrypt", key_name, "plaintext", base64.b64encode(key).decode())
        return _text(answer, "ciphertext")

    async def unwrap(self, key_name: str, wrapped: str) -> bytes:
        """Decrypt a key. Raises ProviderError."""
        answer = await self._call("decrypt", key_name, "ciphertext", wrapped)
        try:
            return base64.b64decode(_text(answer, "plaintext"), validate=True)
        except binascii.Error:
            raise _unexpected() from None

    async def _call(self, operation: str, key_name: str, member: str, value: str) -> Any:
        path = f"{self._engine}/{operation}/{self._key}"
        body = {member: value, "associated_data": base64.b64encode(f"strongroom {key_name}".encode()).decode()}
        headers = [("X-Vault-Token", self._token()), ("X-Vault-Request", "true"), ("Content-Type", "application/json")]
        try:
            request = Request("POST", f"/v1/{path}", headers, json.dumps(body).encode())
            response = await self._client.send(self._endpoint, request, _LIMITS)
        except EgressRefused as refused:
            raise ProviderError(
                f"transit: {self._endpoint} {refused.detail}: start it, or correct STRONGROOM_TRANSIT_URL"
            ) from None
        if response.status != 200:
            causes = {400: _REFUSED[operation], **_CAUSES}
            cause = causes.get(response.status, f"responds with the status {response.status} to {{path}}")
            raise ProviderError(f"transit: {self._endpoint} {cause.format(path=path)}")
        try:
            return json.loads(response.body)["data"]
        except (ValueError, TypeError, LookupError, RecursionError):
            raise _unexpected() from None

    def _token(self) -> str:
        try:
            token = self._token_file.read_text(encoding="ascii").strip()
        except OSError as error:
            raise ProviderError(f"STRONGROOM_TRANSIT_TOKEN_FILE: {self._token_file}: {error.strerror}") from None
        except UnicodeDecodeError:
            token = ""
        if not (token.isprintable() and token) or " " in token:
            raise ProviderError(f"STRONGROOM_TRANSIT_TOKEN_FILE: {self._token_file} must hold one token")
        return token


def _text(answer: Any, member: str) -> str:
    value = answer.get(member) if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value.isascii():
        raise _unexpected()
    return value


def _unexpected() -> ProviderError:
    return ProviderError("transit: the response is not one of transit: correct STRONGROOM_TRANSIT_URL")
