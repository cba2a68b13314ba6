"""Tests the documentation page: all its files are served here, and its policy forbids other hosts."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from strongroom_server.gateway.app import VENDORS

if TYPE_CHECKING:
    import httpx
    from conftest import Deployment

PAGE = "/docs"
START = "/docs/start.js"
ASSETS = {
    "/docs/swagger-ui/swagger-ui.css": "text/css",
    "/docs/swagger-ui/swagger-ui-bundle.js": "text/javascript",
    "/docs/swagger-ui/swagger-ui-standalone-preset.js": "text/javascript",
}
# Everything that could refer to another host.
ELSEWHERE = re.compile(r"[a-z]+://|[\"'(`=]\s*//", re.IGNORECASE)


def policy(answer: httpx.Response) -> dict[str, set[str]]:
    """The sources that a response's Content-Security-Policy allows, by directive."""
    directives = [directive.split() for directive in answer.headers["Content-Security-Policy"].split(";")]
    return {name: set(sources) for name, *sources in directives}


@pytest.mark.parametrize(
    ("path", "content_type"),
    [(PAGE, "text/html"), ("/docs/", "text/html"), (START, "text/javascript"), *ASSETS.items()],
)
async def test_the_policy_of_the_page_and_its_assets_forbids_other_hosts(
    deployment: Deployment, path: str, content_type: str
) -> None:
    answer = await deployment.http.get(path)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == content_type
    assert answer.content
    assert policy(answer) == {
        "default-src": {"'none'"},
        "script-src": {"'self'"},
        "style-src": {"'self'", "'unsafe-inline'"},
        "img-src": {"'self'", "data:"},
        "connect-src": {"'self'"},
        "base-uri": {"'none'"},
        "form-action": {"'none'"},
        "frame-ancestors": {"'none'"},
    }
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_the_page_refers_only_to_files_that_this_node_serves(deployment: Deployment) -> None:
    page, script = (await deployment.http.get(PAGE)).text, (await deployment.http.get(START)).text
    referred = set(re.findall(r'(?:src|href)="([^"]*)"', page))

    assert not ELSEWHERE.search(page)
    assert not ELSEWHERE.search("\n".join(line for line in script.splitlines() if not line.startswith("//")))
    assert referred == {START, *ASSETS, "data:,"}


@pytest.mark.parametrize("text", ['src="//example.com/a.js"', "url: 'https://example.com'", "fetch(`//example.com`)"])
def test_references_to_other_hosts_are_found(text: str) -> None:
    assert ELSEWHERE.search(text)


async def test_the_page_has_no_inline_script_because_the_policy_forbids_it(deployment: Deployment) -> None:
    page = (await deployment.http.get(PAGE)).text

    assert re.findall(r"<script[^>]*>([^<]+)</script>", page) == []
    assert re.findall(r"\son[a-z]+=", page) == []


# The id of Swagger UI's input for each kind of security scheme.
KEY_INPUTS = {("apiKey", None): "api_key_value", ("http", "bearer"): "auth-bearer-value"}


async def test_every_input_for_a_key_becomes_a_password_input(deployment: Deployment) -> None:
    script = (await deployment.http.get(START)).text
    bundle = (await deployment.http.get("/docs/swagger-ui/swagger-ui-bundle.js")).text
    schemes = [scheme for vendor in VENDORS for scheme in vendor.security.values()]
    inputs = {KEY_INPUTS[scheme["type"], scheme.get("scheme")] for scheme in schemes}

    assert inputs <= set(re.findall(r'createElement\(\w+,\{id:"([\w-]+)",type:"text"', bundle))
    listed = re.search(r"KEY_FIELDS = (\[[^\]]*\])", script)
    assert listed is not None
    assert set(json.loads(listed[1])) == inputs
    assert "plugins: [hideKeys]" in script


# Runs the page's script with a stub of Swagger UI that has only what wraps an input.
WRAPPED = """
    let settings;
    globalThis.SwaggerUIBundle = Object.assign((given) => { settings = given; }, { presets: { apis: {} } });
    globalThis.SwaggerUIStandalonePreset = {};
    require("vm").runInThisContext(require("fs").readFileSync(0, "utf8"));
    const React = { createElement: (_, properties) => properties };
    const input = settings.plugins[0]().wrapComponents.Input("input", { React });
    const ids = ["api_key_value", "auth-bearer-value", "auth_username"];
    console.log(JSON.stringify(ids.map((id) => input({ id, type: "text", onChange: 1 }))));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="runs a script of the page with Node.js")
async def test_the_script_of_the_page_hides_typed_keys_and_nothing_else(deployment: Deployment) -> None:
    node = await asyncio.create_subprocess_exec(
        "node", "-e", WRAPPED, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await node.communicate((await deployment.http.get(START)).content)

    hidden = {"type": "password", "onChange": 1, "autoComplete": "off"}
    assert json.loads(output) == [
        {"id": "api_key_value", **hidden},
        {"id": "auth-bearer-value", **hidden},
        {"id": "auth_username", "type": "text", "onChange": 1},
    ]


async def test_the_page_offers_the_document_of_every_vendor(deployment: Deployment) -> None:
    script = (await deployment.http.get(START)).text
    offered = re.search(r"const VENDORS = (\[[^\]]*\]);", script)

    assert offered is not None
    assert re.findall(r'"(\w+)"', offered[1]) == [vendor.name for vendor in VENDORS]
    for vendor in VENDORS:
        assert (await deployment.http.get(f"/openapi/{vendor.name}.json")).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/docs/swagger-ui",
        "/docs/swagger-ui/nothing.js",
        "/docs/swagger-ui/swagger-ui",
        "/docs/nothing",
        "/docs/index.html",
        "/docs/page/start.js",
        "/openapi",
        "/openapi/nothing.json",
        "/openapi/versori",
    ],
)
async def test_paths_that_are_not_part_of_the_page_are_404(deployment: Deployment, path: str) -> None:
    assert (await deployment.http.get(path)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/docs/swagger-ui/../__init__.py",
        "/docs/swagger-ui/../page/start.js",
        "/docs/swagger-ui/%2e%2e/__init__.py",
        "/docs/swagger-ui/..%2f__init__.py",
        "/docs/swagger-ui/..%2f..%2f__init__.py",
        "/docs/swagger-ui/..%5c__init__.py",
        "/docs/swagger-ui//etc/passwd",
        "/docs/swagger-ui/%2fetc%2fpasswd",
        "/docs/swagger-ui/../../../../../../../../etc/passwd",
        "/docs/../docs/swagger-ui/../../strongroom_server/cli/main.py",
    ],
)
async def test_no_path_leads_out_of_the_assets(deployment: Deployment, path: str) -> None:
    # Sent over a socket, because HTTP clients normalise paths.
    host, port = deployment.http_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert answer.split()[1] == b"404"
    assert b"import" not in answer
    assert b"root:" not in answer


@pytest.mark.parametrize("path", [PAGE, START, *ASSETS])
async def test_no_file_of_the_page_can_be_written(deployment: Deployment, path: str) -> None:
    assert (await deployment.http.post(path, content="x")).status_code in (404, 405)
