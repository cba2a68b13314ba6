"""Encrypts with a passphrase as age does, with so little work that tests need not wait.

age makes the work take about a second, and there is no option for less. The format: https://age-encryption.org/v1
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_WORK = 4  # the logarithm of scrypt's N


def encrypt(plaintext: bytes, passphrase: str, *, armored: bool = False) -> bytes:
    """An age file of less than one chunk."""
    file_key, salt, nonce = secrets.token_bytes(16), secrets.token_bytes(16), secrets.token_bytes(16)
    wrapping = hashlib.scrypt(
        passphrase.encode(), salt=b"age-encryption.org/v1/scrypt" + salt, n=1 << _WORK, r=8, p=1, dklen=32
    )
    wrapped = ChaCha20Poly1305(wrapping).encrypt(bytes(12), file_key, None)
    header = f"age-encryption.org/v1\n-> scrypt {_base_64(salt)} {_WORK}\n{_base_64(wrapped)}\n---".encode()
    mac = hmac.digest(_derived(file_key, b"", b"header"), header, "sha256")
    only_chunk = bytes(11) + b"\1"
    payload = ChaCha20Poly1305(_derived(file_key, nonce, b"payload")).encrypt(only_chunk, plaintext, None)
    content = header + f" {_base_64(mac)}\n".encode() + nonce + payload
    if not armored:
        return content
    # Lines of 64 characters are 48 bytes.
    lines = [base64.b64encode(content[at : at + 48]) for at in range(0, len(content), 48)]
    return b"\n".join([b"-----BEGIN AGE ENCRYPTED FILE-----", *lines, b"-----END AGE ENCRYPTED FILE-----", b""])


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, purpose).derive(key)


def _base_64(value: bytes) -> str:
    return base64.b64encode(value).decode().rstrip("=")
