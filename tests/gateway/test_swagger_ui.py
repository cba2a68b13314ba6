"""Tests that the files of Swagger UI are those of the release that their README names."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files
from pathlib import Path

import strongroom_server.gateway.docs

DIRECTORY = Path(str(files(strongroom_server.gateway.docs))) / "swagger_ui"
README = (DIRECTORY / "README.md").read_text()
SUMS = dict(re.findall(r"^([0-9a-f]{64})  (\S+)$", README, re.MULTILINE))


def test_the_files_have_the_recorded_checksums() -> None:
    found = {
        hashlib.sha256(path.read_bytes()).hexdigest(): path.name
        for path in DIRECTORY.iterdir()
        if path.name != "README.md"
    }

    assert found == SUMS


def test_the_readme_names_the_release_that_the_script_contains() -> None:
    version = re.search(r"swagger-ui-dist (\d+\.\d+\.\d+)", README)

    assert version is not None
    assert version[1] in (DIRECTORY / "swagger-ui-bundle.js").read_text()


def test_the_licence_is_included() -> None:
    assert "Apache License" in (DIRECTORY / "LICENSE").read_text()
    assert "SmartBear" in (DIRECTORY / "NOTICE").read_text()
