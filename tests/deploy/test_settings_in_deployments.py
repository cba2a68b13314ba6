"""Every environment variable of Strongroom that a deployment file names is a setting."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from strongroom_server.node.settings import VARIABLES

ROOT = Path(__file__).parents[2]
FILES = [
    ROOT / "docker-compose.yml",
    ROOT / "Dockerfile",
    *sorted(path for path in (ROOT / "deploy").rglob("*") if path.is_file()),
]
SETTINGS = {name for variable in VARIABLES for name in variable.names}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_deployment_file_names_only_variables_that_exist(file: Path) -> None:
    assert set(re.findall(r"STRONGROOM_\w+", file.read_text())) <= SETTINGS


def test_the_files_with_variables_are_among_those_that_are_checked() -> None:
    naming = {str(file.relative_to(ROOT)) for file in FILES if "STRONGROOM_HOST" in file.read_text()}
    assert naming == {
        "Dockerfile",
        "deploy/kubernetes/configuration.yaml",
        "deploy/systemd/strongroom-gateway.service",
        "deploy/systemd/strongroom-writer.service",
        "deploy/systemd/strongroom.service",
    }
