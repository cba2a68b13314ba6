"""Generates client/strongroom/v1 from protos/, before a wheel or an editable install is made and by `make stubs`."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from grpc_tools import protoc
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
STUBS = ROOT / "client" / "strongroom" / "v1"


def generate() -> None:
    """Write the message modules, the service stubs and the types of both. Raises RuntimeError when protoc refuses."""
    # Beside ours stands what they import of Google's, whose modules googleapis-common-protos brings.
    ours = ROOT / "protos" / "strongroom"
    protos = sorted(str(path.relative_to(ROOT / "protos")) for path in ours.rglob("*.proto"))
    shutil.rmtree(STUBS, ignore_errors=True)
    # Beside the interpreter, or where an isolated build puts the scripts of what it requires.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    arguments = [
        "protoc",
        f"-I{ROOT / 'protos'}",
        f"-I{files('grpc_tools') / '_proto'}",
        *(
            f"--plugin={plugin}={shutil.which(plugin, path=path)}"
            for plugin in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")
        ),
        f"--python_out={ROOT / 'client'}",
        f"--grpc_python_out={ROOT / 'client'}",
        f"--mypy_out=quiet:{ROOT / 'client'}",
        f"--mypy_grpc_out=only_async,quiet:{ROOT / 'client'}",
        *protos,
    ]
    if protoc.main(arguments) != 0:
        raise RuntimeError("protoc failed")
    (STUBS / "__init__.py").write_text('"""Generated from protos/strongroom/v1."""\n')


class StubsHook(BuildHookInterface[Any]):
    """Runs `generate` in every build, and ships what it wrote though git ignores it."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Generate, unless the source is one that holds the generated modules already."""
        if (ROOT / "protos").is_dir():
            generate()


if __name__ == "__main__":
    generate()
