"""Writes the generated pages of docs/reference/: grpc.md and errors.md from the comments in protos/, configuration.md from the
settings of a node, and providers.md from the table of well-known providers.

`make reference` runs it. `make lint` runs it with --check: it then writes nothing, and fails if a page is out of date.
"""

from __future__ import annotations

import re
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)
from grpc_tools import protoc

from strongroom_server.node.settings import VARIABLES
from strongroom_server.schemes.providers.table import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom_server.schemes.providers.provider import Provider

ROOT: Final = Path(__file__).parent.parent
PAGES: Final = ROOT / "docs" / "reference"
ERRORS: Final = "strongroom/v1/error_reason.proto"
GENERATED: Final = "<!-- Generated from protos/ by `make reference`. Edit the protos instead. -->\n\n"
GENERATED_SETTINGS: Final = (
    "<!-- Generated from node/settings.py by `make reference`. Edit the settings instead. -->\n\n"
)
GENERATED_PROVIDERS: Final = (
    "<!-- Generated from schemes/providers/table.py by `make reference`. Edit the table instead. -->\n\n"
)

# The numbers of these fields in descriptor.proto. SourceCodeInfo.Location.path consists of them.
_MESSAGE, _ENUM, _SERVICE = 4, 5, 6
_FIELD, _NESTED, _NESTED_ENUM = 2, 3, 4
_VALUE, _METHOD = 2, 2

_SCALARS: Final = {
    getattr(FieldDescriptorProto, f"TYPE_{name.upper()}"): name
    for name in ("double", "float", "int64", "uint64", "int32", "bool", "string", "bytes", "uint32")
}


class File:
    """A proto file and its comments."""

    def __init__(self, proto: FileDescriptorProto) -> None:
        self.proto = proto
        self._comments = {tuple(each.path): each.leading_comments for each in proto.source_code_info.location}

    def comment(self, *path: int) -> str:
        """The comment above the element with this path (see SourceCodeInfo), without the space at the start of each line."""
        return "\n".join(
            line.removeprefix(" ") for line in self._comments.get(path, "").strip("\n").split("\n")
        ).strip()


def compile_protos() -> list[File]:
    """The project's proto files, ordered by name. Raises RuntimeError if protoc refuses one."""
    protos = ROOT / "protos"
    names = sorted(str(path.relative_to(protos)) for path in (protos / "strongroom").rglob("*.proto"))
    with tempfile.NamedTemporaryFile() as output:
        arguments = ["protoc", f"-I{protos}", f"-I{files('grpc_tools') / '_proto'}", "--include_source_info"]
        if protoc.main([*arguments, f"--descriptor_set_out={output.name}", *names]) != 0:
            raise RuntimeError("protoc failed")
        compiled = FileDescriptorSet.FromString(Path(output.name).read_bytes())
    return [File(proto) for proto in compiled.file]


def grpc_page(protos: list[File]) -> str:
    """The page of all services with their methods, and of all messages and enums."""
    parts = [
        f"# gRPC reference\n\n{GENERATED}Package `strongroom.v1`. ",
        "Fields marked as secret are redacted, see [CredentialData](#credentialdata). ",
        "[Errors](errors.md) are on another page.\n",
    ]
    for file in protos:
        for index, service in enumerate(file.proto.service):
            parts.append(f"\n## {service.name}\n\n{file.comment(_SERVICE, index)}\n")
            for number, method in enumerate(service.method):
                request = ("stream " if method.client_streaming else "") + _type(method.input_type)
                response = ("stream " if method.server_streaming else "") + _type(method.output_type)
                comment = file.comment(_SERVICE, index, _METHOD, number)
                parts.append(f"\n### {method.name}\n\n{request} → {response}\n\n{comment}\n")
    parts.append("\n## Messages\n")
    for file in protos:
        for index, message in enumerate(file.proto.message_type):
            parts += _message(file, message, message.name, (_MESSAGE, index))
        if file.proto.name != ERRORS:
            for index, enum in enumerate(file.proto.enum_type):
                parts.append(_enum(file, enum, enum.name, (_ENUM, index)))
    return "".join(parts)


def errors_page(protos: list[File]) -> str:
    """The page of all error reasons."""
    (file,) = (file for file in protos if file.proto.name == ERRORS)
    (enum,) = file.proto.enum_type
    parts = [f"# Error reference\n\n{GENERATED}{file.comment(_ENUM, 0)}\n"]
    for number, value in enumerate(enum.value[1:], start=1):
        reason = value.name.removeprefix("ERROR_REASON_")
        parts.append(f"\n## {reason}\n\n{file.comment(_ENUM, 0, _VALUE, number)}\n")
    return "".join(parts)


def configuration_page() -> str:
    """The page of all environment variables."""
    parts = [
        f"# Configuration\n\n{GENERATED_SETTINGS}",
        "A node reads these variables once, at its start. An empty variable counts as unset. ",
        "A variable whose name is almost one of these is refused.\n\n",
        "| variable | meaning | default |\n|---|---|---|\n",
    ]
    for variable in VARIABLES:
        names = " or ".join(f"`{name}`" for name in variable.names)
        parts.append(
            f"| {names} | {_cell(variable.meaning)} | {f'`{variable.default}`' if variable.default else ''} |\n"
        )
    parts += [
        "\nIf a row has two variables, the second one names a file that contains the value. Set only one of them.\n",
        "\nSeveral servers can run on one machine, each with its own ports and data directory.\n",
    ]
    return "".join(parts)


def providers_page() -> str:
    """The page of all well-known providers."""
    parts = [
        f"# Providers\n\n{GENERATED_PROVIDERS}",
        "CreateApp takes these names as `provider`. What the request leaves out is then copied from the table into the app, ",
        "so that a later version of the table changes no app. A field that the request sets replaces it, such as the endpoints ",
        "of another region or tenant. Of `parameters` only those with the same names are replaced.\n\n",
        "For a provider that is not here, set its endpoints, or its OpenID `issuer`.\n\n",
        "The facts are those that the providers document; no test reaches a provider. Where nothing is said of refresh tokens, ",
        "they are used as if they were replaced, until a response shows that they are not.\n\n",
        "| name | provider | authorization host | what is added to the consent URL | refresh tokens |\n|---|---|---|---|---|\n",
    ]
    for provider in PROVIDERS.values():
        host = urlsplit(provider.authorization_url).hostname
        parts.append(
            f"| `{provider.name}` | {provider.display_name} | `{host}` | {_added(provider)} | {_ROTATIONS[provider.rotation]} |\n"
        )
    return "".join(parts)


_ROTATIONS: Final = {
    "none": "stay valid",
    "grace": "are replaced; the previous one works for some minutes after its first use",
    "strict": "are replaced, and work once",
    "unknown": "",
}


def _added(provider: Provider) -> str:
    """The parameters and the scopes that a provider needs, and what it does not take."""
    added = [f"`{name}={value}`" for name, value in provider.parameters.items()]
    added += [f"the scope `{scope}`" for scope in provider.offline_scopes]
    if not provider.uses_pkce:
        added.append("no PKCE")
    return ", ".join(added)


def _message(file: File, message: DescriptorProto, name: str, path: tuple[int, ...]) -> Iterator[str]:
    yield f"\n### {name}\n\n"
    if comment := file.comment(*path):
        yield f"{comment}\n\n"
    if message.field:
        yield "| field | type | description |\n|---|---|---|\n"
    maps = {nested.name: nested for nested in message.nested_type if nested.options.map_entry}
    for index, field in enumerate(message.field):
        entry = maps.get(field.type_name.rpartition(".")[2])
        kind = f"map of {_kind(entry.field[0])} to {_kind(entry.field[1])}" if entry else _kind(field)
        if field.label == FieldDescriptorProto.LABEL_REPEATED and not entry:
            kind = f"repeated {kind}"
        if field.options.debug_redact:
            kind = f"secret {kind}"
        yield f"| `{field.name}` | {kind} | {_cell(file.comment(*path, _FIELD, index))} |\n"
    for index, nested in enumerate(message.nested_type):
        if not nested.options.map_entry:
            yield from _message(file, nested, f"{name}.{nested.name}", (*path, _NESTED, index))
    for index, enum in enumerate(message.enum_type):
        yield _enum(file, enum, f"{name}.{enum.name}", (*path, _NESTED_ENUM, index))


def _enum(file: File, enum: EnumDescriptorProto, name: str, path: tuple[int, ...]) -> str:
    rows = "".join(
        f"| `{value.name}` | {_cell(file.comment(*path, _VALUE, index))} |\n" for index, value in enumerate(enum.value)
    )
    comment = file.comment(*path)
    return f"\n### {name}\n\n" + (f"{comment}\n\n" if comment else "") + f"| value | description |\n|---|---|\n{rows}"


def _kind(field: FieldDescriptorProto) -> str:
    return _SCALARS.get(field.type) or _type(field.type_name)


def _type(full_name: str) -> str:
    """The name of a message or enum, with a link to its heading if the page has one."""
    name = full_name.removeprefix(".")
    if not name.startswith("strongroom.v1."):
        return f"`{name}`"
    name = name.removeprefix("strongroom.v1.")
    return f"[{name}](#{re.sub(r'[^a-z0-9_-]', '', name.lower())})"


def _cell(comment: str) -> str:
    return re.sub(r"\s+", " ", comment).replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write the pages. With --check only compare them, and return 1 if one of them differs."""
    protos = compile_protos()
    stale = []
    written = {
        "grpc.md": grpc_page(protos),
        "errors.md": errors_page(protos),
        "configuration.md": configuration_page(),
        "providers.md": providers_page(),
    }
    for name, text in written.items():
        page = PAGES / name
        if arguments == ["--check"]:
            if not page.exists() or page.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write(f"docs/reference is out of date ({', '.join(stale)}): run `make reference`\n")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
