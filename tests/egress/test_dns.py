"""Hostile answers of DNS, and rebinding: a real DNS server, asked by the resolver of the system, in a namespace of its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections import Counter
from typing import Any

import pytest
from egress import dns_world

# A user other than root needs a user namespace, which some machines do not permit.
UNSHARE = ["unshare", *(["--map-root-user"] if os.getuid() else []), "--net", "--mount"]


@pytest.fixture(scope="module")
async def seen() -> dict[str, Any]:
    """What dns_world printed."""
    if not shutil.which("unshare") or await _status(*UNSHARE, "mount", "--bind", "/etc/hosts", "/etc/hosts"):
        pytest.skip("unshare is not permitted here: no network and mount namespace for a DNS server")
    program = await asyncio.create_subprocess_exec(
        *UNSHARE, sys.executable, dns_world.__file__, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, log = await program.communicate()
    assert program.returncode == 0, log.decode()[-2000:]
    seen: dict[str, Any] = json.loads(output)
    return seen


async def _status(*command: str) -> int:
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    return await process.wait()


@pytest.mark.parametrize("name", dns_world.ANSWERS)
async def test_one_refused_address_refuses_all(name: str, seen: dict[str, Any]) -> None:
    assert seen["answers"][name] == dns_world.ANSWERS[name][1]


async def test_nothing_reached_the_internal_server(seen: dict[str, Any]) -> None:
    assert seen["internal"] == 0


async def test_tls_and_host_header_use_the_name(seen: dict[str, Any]) -> None:
    assert str(("public.good.com", "public.good.com")) in seen["names"]


async def test_neither_search_domains_nor_the_hosts_file_are_used(seen: dict[str, Any]) -> None:
    assert set(seen["asked"]) == {f"{name}.good.com" for name in dns_world.ANSWERS}


async def test_rebinding_never_reaches_the_internal_server(seen: dict[str, Any]) -> None:
    half = dns_world.REBINDINGS // 2
    assert Counter(seen["rebinding"]) == {200: half, "range": half}
    assert seen["internal after rebinding"] == 0
    # A guard that checks and then connects by name is deceived each time.
    assert seen["internal after naive rebinding"] == dns_world.NAIVE_REBINDINGS


async def test_an_operators_names_may_be_below_a_search_domain_or_in_the_hosts_file(seen: dict[str, Any]) -> None:
    assert seen["operator's"] == {
        "public": 200,
        "in-the-hosts-file.good.com": 200,
        "localhost": 200,
        "absent": "name_not_found",
    }


async def test_silent_names_of_one_tenant_hold_up_its_own_look_ups_alone(seen: dict[str, Any]) -> None:
    assert seen["of others while one is silent"] == 200
    assert seen["its own while one is silent"] == "dns_busy"
    assert seen["one"] == {"dns_timeout": 4, "dns_busy": 36}
    assert seen["its own afterwards"] == 200


async def test_silent_names_of_many_hold_up_neither_the_operator_nor_other_work(seen: dict[str, Any]) -> None:
    assert seen["several"] == {"dns_timeout": 32}
    assert seen["busy"] == "dns_busy"
    assert seen["operator's while busy"] == 200
    assert seen["other threads while busy"] == "free"
    assert seen["who waits for a turn"] == 200


async def test_the_nodes_own_addresses_are_known_although_sockets_may_be_bound_to_any(seen: dict[str, Any]) -> None:
    if "own with nonlocal binds" not in seen:
        pytest.skip("net.ipv4.ip_nonlocal_bind cannot be set here")
    assert seen["own with nonlocal binds"] == "own_address"
    assert seen["public with nonlocal binds"] == 200
