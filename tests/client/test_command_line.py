"""The command `strongroom`: a person connects an account on this machine, and connections and apps are shown."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
from connections.consenting import USER, begin, completed, new_app, node
from schemes.provider import CLIENT_ID, provider_process

from strongroom_cli import loopback

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider_process"]

SECRET = "the-secret-of-the-client"


async def start(node: Deployment, *arguments: str, **further: str) -> Process:
    environment = {
        "STRONGROOM_TARGET": node.grpc_target,
        "STRONGROOM_PLAINTEXT": "1",
        "STRONGROOM_API_KEY": node.api_key,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "strongroom_cli", *arguments, env={**environment, **further},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def run(node: Deployment, *arguments: str, said: str = "", **further: str) -> tuple[int, str, str]:
    """The status, the output and the errors of a command."""
    process = await start(node, *arguments, **further)
    out, err = await process.communicate(said.encode())
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def url_of(process: Process) -> str:
    """The URL that `connect` prints."""
    assert process.stderr is not None
    assert await process.stderr.readline() == b"Open this page to consent:\n"
    return (await process.stderr.readline()).decode().strip()


async def decide(provider: Provider, url: str, decision: str) -> httpx.Response:
    """Let a person decide. Returns what the listener of the command answers to the browser."""
    async with httpx.AsyncClient(verify=False) as browser:
        return await browser.get(provider.consent(url, decision))


async def test_a_person_connects_an_account_and_disconnects_it(node: Deployment, provider_process: Provider) -> None:
    app = await new_app(node, provider_process)
    process = await start(node, "connect", app.id, "--user", USER, "--name", "mine", "--no-browser")
    url = await url_of(process)
    assert url.startswith(provider_process.url)
    async with httpx.AsyncClient(verify=False) as stranger:
        # Not the callback of this session: another path, and another state.
        base = provider_process.consent(url, "allow").partition("/callback")[0]
        for path in ("/", "/callback", "/callback?code=c&state=another"):
            assert (await stranger.get(base + path)).status_code == 404
    answer = await decide(provider_process, url, "allow")
    assert (answer.status_code, answer.headers["referrer-policy"]) == (200, "no-referrer")
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    connection = json.loads(out)
    assert (connection["name"], connection["user"], connection["app_id"]) == ("mine", USER, app.id)

    assert json.loads((await run(node, "connections", "get", connection["id"]))[1])["id"] == connection["id"]
    listed = (await run(node, "connections", "list", "--app", app.id, "--state", "ACTIVE"))[1].splitlines()
    assert [line.split("\t")[:4] for line in listed] == [[connection["id"], "ACTIVE", app.id, USER]]
    assert await run(node, "connections", "disconnect", connection["id"]) == (0, "REVOKED\n", "")
    assert await run(node, "connections", "list", "--app", app.id) == (0, "", "")


async def test_a_refusal_of_the_person_is_one_line(node: Deployment, provider_process: Provider) -> None:
    app = await new_app(node, provider_process)
    process = await start(node, "connect", app.id, "--user", USER, "--no-browser")
    assert (await decide(provider_process, await url_of(process), "deny")).status_code == 200
    out, err = await process.communicate()
    assert (process.returncode, out) == (1, b"")
    (line,) = err.decode().splitlines()
    assert line.startswith("Error: CONSENT_FAILED: ")


async def test_an_app_is_created_with_its_secret_from_standard_input(
    node: Deployment, provider_process: Provider
) -> None:
    arguments = ("apps", "create", "Drive", "--issuer", provider_process.url, "--client-id", CLIENT_ID, "--scope", "a")
    status, out, err = await run(node, *arguments, "--client-secret-file", "-", said=f"{SECRET}\n")
    assert (status, err) == (0, "")
    assert SECRET not in out
    app = json.loads(out)
    assert (await run(node, "apps", "list"))[1].count(f"{app['id']}\tDrive\t{CLIENT_ID}\t") == 1


async def test_no_text_of_a_list_controls_the_terminal(node: Deployment, provider_process: Provider) -> None:
    app = await new_app(
        node, provider_process, display_name="a\x1b]0;b\x07\tc\nd\u202ee", grant_type="client_credentials"
    )
    listed = (await run(node, "apps", "list"))[1].splitlines()
    assert [line for line in listed if app.id in line] == [f"{app.id}\ta?]0;b??c?d?e\t{CLIENT_ID}\t"]
    user = "anna\x1b[2J\n"
    await completed(node, (await begin(node, app.id, user=user)).session.id, user=user)
    (line,) = (await run(node, "connections", "list", "--app", app.id))[1].splitlines()
    assert line.split("\t")[3] == "anna?[2J?"


@pytest.mark.parametrize(
    ("arguments", "further", "expected"),
    [
        (("apps", "list"), {"STRONGROOM_API_KEY": ""}, "set STRONGROOM_API_KEY_FILE, or STRONGROOM_API_KEY"),
        (("apps", "list"), {"STRONGROOM_API_KEY_FILE": "/absent"}, "STRONGROOM_API_KEY_FILE cannot be read: [Errno 2]"),
        (("apps", "list"), {"STRONGROOM_PLAINTEXT": ""}, "for a server without TLS set STRONGROOM_PLAINTEXT=1"),
        (("connect", "4711", "--user", USER), {}, "NOT_FOUND"),
    ],
)
async def test_each_mistake_is_one_line(
    node: Deployment, arguments: tuple[str, ...], further: dict[str, str], expected: str
) -> None:
    status, out, err = await run(node, *arguments, **further)
    assert status != 0
    assert out == ""
    assert expected in err.splitlines()[-1]
    assert "Traceback" not in err


async def test_the_listener_survives_what_is_no_request() -> None:
    async with loopback.listening() as listener:
        port = int(listener.redirect_uri.split(":")[2].partition("/")[0])
        listener.expect("https://provider.example/authorize?state=s")
        for sent in (b"", b"\r\n\r\n", b"GET\r\n\r\n", b"\xff" * 40_000, b"GET http://[ HTTP/1.1\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            writer.write_eof()
            assert not (await reader.read()).startswith(b"HTTP/1.1 200")
            writer.close()
        async with httpx.AsyncClient() as browser:
            assert (await browser.get(f"{listener.redirect_uri}?code=c&state=s")).status_code == 200
        assert await listener.query() == "code=c&state=s"
