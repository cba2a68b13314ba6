"""The bare install contains the whole client, which imports nothing of the server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ["client", "protos", "server", "hatch_build.py", "pyproject.toml", "README.md", "LICENSE", ".gitignore"]

# grpc imports the packages of its family that are installed, so only imports after it count.
IMPORT = """
import sys
import google.rpc.error_details_pb2, grpc.aio, grpc_status
before = set(sys.modules)
import strongroom, strongroom.v1.organisation_service_pb2_grpc
print(strongroom.__file__)
print(*{name.partition(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # The build writes the stubs into its source tree, so it builds a copy without stubs.
    tree = tmp_path_factory.mktemp("tree")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tree / name)
    shutil.rmtree(tree / "client" / "strongroom" / "v1")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tree / "dist"], cwd=tree, check=True
    )
    (built,) = (tree / "dist").glob("*.whl")
    return built


def test_the_wheel_contains_the_client_with_its_types_and_stubs(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    modules = [path.name for path in (ROOT / "client" / "strongroom").glob("*.py")]
    stubs = [
        f"v1/{proto.stem}_pb2{suffix}"
        for proto in (ROOT / "protos" / "strongroom" / "v1").glob("*.proto")
        for suffix in (".py", ".pyi", "_grpc.py", "_grpc.pyi")
    ]
    assert len(modules) > 1
    assert len(stubs) > 4
    assert {f"strongroom/{name}" for name in [*modules, *stubs, "py.typed", "v1/__init__.py"]} <= names
    assert {name.partition("/")[0] for name in names if "dist-info" not in name} == {
        "strongroom",
        "strongroom_cli",
        "strongroom_server",
    }


def test_the_bare_install_requires_only_the_dependencies_of_the_client(wheel: Path) -> None:
    with ZipFile(wheel) as opened:
        (metadata,) = (name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        lines = opened.read(metadata).decode().splitlines()
    bare = [line for line in lines if line.startswith("Requires-Dist: ") and "extra ==" not in line]
    names = {line.removeprefix("Requires-Dist: ").partition(">")[0] for line in bare}
    assert names == {"googleapis-common-protos", "grpcio", "grpcio-status", "protobuf"}


def test_importing_the_client_imports_no_more_than_it_requires(wheel: Path, tmp_path: Path) -> None:
    ZipFile(wheel).extractall(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT],
        env=environment,
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    where, modules = answer.stdout.splitlines()
    assert Path(where).is_relative_to(tmp_path)
    assert set(modules.split()) <= {"strongroom", "google", "grpc", "grpc_status"}


def test_without_the_extra_the_server_s_command_says_what_to_install(wheel: Path, tmp_path: Path) -> None:
    opened = ZipFile(wheel)
    opened.extractall(tmp_path)
    (entry_points,) = (name for name in opened.namelist() if name.endswith(".dist-info/entry_points.txt"))
    assert "strongroom-server = strongroom_server.__main__:main" in opened.read(entry_points).decode()
    # -I and -S leave the standard library alone on the path.
    program = f"import sys; sys.path.append({str(tmp_path)!r}); from strongroom_server.__main__ import main; main()"
    ended = subprocess.run([sys.executable, "-I", "-S", "-c", program], check=False, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr == "strongroom-server: the server is not installed: install strongroom[server]\n"
