"""An organisation with credentials of every kind, and helpers that read its lists a page at a time."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from rpc.calls import Metadata, deleted, other_organisation
from samples import created, named

from strongroom.v1.credential_pb2 import PROVIDER_SHOPIFY, Credential
from strongroom.v1.credential_service_pb2 import ListCredentialsRequest, ListCredentialsResponse
from strongroom.v1.organisation_service_pb2 import CreateFolderRequest, Folder
from strongroom_server.rules.surfaces import SURFACES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conftest import Deployment

# With equal names, upper and lower case, and two names that UTF-16 units sort differently from code points.
NAMES = ("b", "a", "B", "a", "ab", "é", "\uff5e", "\U0001f511", "a", "~", "b", "Z")
# A test that reads more pages is in an endless loop.
MOST_PAGES = 100

# Values of order_by, and their columns with whether each descends.
ORDERS: dict[str, tuple[tuple[str, bool], ...]] = {
    "": (("id", False),),
    "id": (("id", False),),
    "id asc": (("id", False),),
    "id desc": (("id", True),),
    "id desc, name": (("id", True),),
    "name": (("name", False), ("id", False)),
    "name asc": (("name", False), ("id", False)),
    "name desc": (("name", True), ("id", True)),
    "name,id": (("name", False), ("id", False)),
    "name, id desc": (("name", False), ("id", True)),
    "name desc, id": (("name", True), ("id", False)),
    " name  desc ,id desc ": (("name", True), ("id", True)),
    "variant": (("variant", False), ("id", False)),
    "variant desc, name": (("variant", True), ("name", False), ("id", True)),
    "variant, name desc, id": (("variant", False), ("name", True), ("id", False)),
    "state": (("state", False), ("id", False)),
    "expire_time": (("expire_time", False), ("id", False)),
    "expire_time desc": (("expire_time", True), ("id", True)),
    "expire_time desc, name, id desc": (("expire_time", True), ("name", False), ("id", True)),
    "state desc, expire_time, variant desc, name": (
        ("state", True),
        ("expire_time", False),
        ("variant", True),
        ("name", False),
        ("id", True),
    ),
}


@dataclass(frozen=True, slots=True)
class Filled:
    """An organisation with credentials of every kind, and those that its lists must show."""

    metadata: Metadata
    credentials: Sequence[Credential]
    folder_ids: tuple[int, int]


@pytest.fixture(scope="module")
async def filled(deployment: Deployment) -> Filled:
    """Credentials on every surface, in teams and folders, among test credentials, deleted and expired ones."""
    _, by = await other_organisation(deployment)
    first, second = [await made_folder(deployment, by, team_id=team_id) for team_id in (1, 2)]
    # Teams and folders of the credentials.
    places = itertools.cycle([(0, 0), (1, 0), (1, first), (2, 0), (2, second)])
    hosts = itertools.cycle([[], ["a.example.com"], []])
    # Some times are equal, and two differ by a microsecond.
    times = itertools.cycle(
        [None, Timestamp(seconds=1 << 33), None, *(Timestamp(seconds=5 << 30, nanos=n) for n in (0, 1_000))]
    )
    shown = [
        await created(
            deployment, on_surface(surface, name, place, allowed_hosts=next(hosts), expire_time=next(times)), by
        )
        for name, surface, place in zip(NAMES * 2, itertools.cycle(SURFACES), places, strict=False)
    ]
    for live, name in zip(shown, NAMES, strict=False):
        await created(deployment, on_surface(live.surface, name, live_credential_id=live.id), by)
    for surface in SURFACES:
        place = (1, first)
        gone = await created(deployment, on_surface(surface, "a", place), by)
        await deleted(deployment, gone.id, by)
        over = await created(deployment, on_surface(surface, "a", place), by)
        await expire(deployment, over.id)
    return Filled(by, shown, (first, second))


def on_surface(surface: int, name: str, place: tuple[int, int] = (0, 0), **fields: Any) -> Credential:
    """A credential with a variant of the surface and the fields that the surface requires."""
    team_id, folder_id = place
    rules = SURFACES[surface]
    if rules.provider_required:
        fields["provider"] = PROVIDER_SHOPIFY
    variant = "basic_auth" if "basic_auth" in rules.variants else "text"
    return named(name, variant=variant, surface=surface, team_id=team_id, folder_id=folder_id, **fields)


async def made_folder(deployment: Deployment, by: Metadata, *, team_id: int) -> int:
    request = CreateFolderRequest(folder=Folder(team_id=team_id, name="f"))
    return (await deployment.organisations.CreateFolder(request, metadata=by)).id


async def expire(deployment: Deployment, credential_id: str) -> None:
    async with deployment.sql() as connection:
        status = await connection.execute(
            "update credentials set expire_time = strongroom_now() where id = $1", credential_id
        )
    assert status == "UPDATE 1"


async def page(deployment: Deployment, by: Metadata, **request: Any) -> ListCredentialsResponse:
    return await deployment.credentials.ListCredentials(ListCredentialsRequest(**request), metadata=by)


async def forward(deployment: Deployment, by: Metadata, **request: Any) -> list[ListCredentialsResponse]:
    """The pages of a list from its start."""
    pages = [await page(deployment, by, **request)]
    while token := pages[-1].next_page_token:
        assert len(pages) < MOST_PAGES
        pages.append(await page(deployment, by, page_token=token, **request))
    return pages


async def backward(
    deployment: Deployment, by: Metadata, last: ListCredentialsResponse, **request: Any
) -> list[ListCredentialsResponse]:
    """The pages before this one, the nearest first."""
    pages = [last]
    while token := pages[-1].previous_page_token:
        assert len(pages) < MOST_PAGES
        pages.append(await page(deployment, by, before_page_token=token, **request))
    return pages[1:]


def ids(credentials: Iterable[Credential]) -> list[str]:
    return [credential.id for credential in credentials]


def ids_of(pages: Iterable[ListCredentialsResponse]) -> list[str]:
    return [credential.id for each in pages for credential in each.credentials]


def ordered(credentials: Iterable[Credential], order_by: str) -> list[Credential]:
    """The credentials sorted by Python, which compares texts by code points."""
    found = list(credentials)
    for column, descends in reversed(ORDERS[order_by]):
        found.sort(key=lambda credential: key_of_order(credential, column), reverse=descends)
    return found


def key_of_order(credential: Credential, column: str) -> Any:
    if column == "expire_time":
        return credential.expire_time.ToNanoseconds() if credential.HasField("expire_time") else math.inf
    return getattr(credential, column)
