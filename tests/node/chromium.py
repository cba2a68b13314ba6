"""A real Chromium for tests of pages. It is a package of the system, so tests are skipped without it."""

from __future__ import annotations

import base64
import shutil
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

_CHROMIUM = shutil.which("chromium")

needs_chromium = pytest.mark.skipif(_CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")


@asynccontextmanager
async def browser(*accepted: bytes) -> AsyncIterator[Browser]:
    """A browser that accepts these certificates of servers, and judges all others as usual."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=_CHROMIUM,
            args=["--no-sandbox", f"--ignore-certificate-errors-spki-list={','.join(map(_hash_of, accepted))}"],
        )
        try:
            yield opened
        finally:
            await opened.close()


def _hash_of(certificate: bytes) -> str:
    key = x509.load_pem_x509_certificate(certificate).public_key()
    return base64.b64encode(sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()).decode()
