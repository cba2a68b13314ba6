"""Generates client/strongroom/v1 from protos/ before each build of a wheel or an editable install, and for `make stubs`."""

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
    """Write the message modules, the service stubs and their types. Raises RuntimeError if protoc fails."""
    # protos/ also holds Google's protos that ours import. Their modules come from googleapis-common-protos.
    ours = ROOT / "protos" / "strongroom"
    protos = sorted(str(path.relative_to(ROOT / "protos")) for path in ours.rglob("*.proto"))
    shutil.rmtree(STUBS, ignore_errors=True)
    # The plugins are in the directory of the interpreter or, in an isolated build, on the PATH.
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
    """Generates the modules in every build. They are part of the wheel although git ignores them."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Generate the modules, unless the source has no protos: then it already contains the modules."""
        if (ROOT / "protos").is_dir():
            generate()


if __name__ == "__main__":
    generate()
