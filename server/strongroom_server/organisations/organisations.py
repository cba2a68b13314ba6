"""Creates, reads, lists and updates organisations."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypedDict

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ApiKey,
    CreateOrganisationResponse,
    ListOrganisationsResponse,
)
from strongroom_server.access import grants
from strongroom_server.access.api_keys import generate
from strongroom_server.access.caller import require_team
from strongroom_server.access.organisations import read_verified
from strongroom_server.core import records
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.organisations import checks
from strongroom_server.organisations.api_keys import prepare_api_key
from strongroom_server.organisations.messages import api_key_message, organisation_message
from strongroom_server.organisations.verified_rows import verified_rows
from strongroom_server.rules import field_masks
from strongroom_server.rules.etags import require_etag
from strongroom_server.rules.pages import page_of
from strongroom_server.store import keys, organisations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom.v1.organisation_service_pb2 import (
        CreateOrganisationRequest,
        ListOrganisationsRequest,
        Organisation,
        Role,
        UpdateOrganisationRequest,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.audit.record import Recorder
    from strongroom_server.organisations.context import Context
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Transaction

# Every new organisation has these teams by name and slug, because the vendors' examples use teams 1 and 2.
FIRST_TEAMS: Final = {"Team 1": "team_1", "Team 2": "team_2"}


async def create(context: Context, request: CreateOrganisationRequest, caller: Caller) -> CreateOrganisationResponse:
    """Create an organisation with its first admin key. Raises ServiceError."""
    checks.check_create_organisation(request)
    sent, now = request.organisation, context.watch.now()
    organisation = records.Organisation(sent.id, sent.display_name, now, now, **_settings_of(sent))
    whole_key = generate()
    key = await context.database.in_transaction(
        lambda transaction: create_with_key(
            transaction, context.keyring, context.recorder, organisation, whole_key, (ROLE_ADMIN,), caller
        )
    )
    return CreateOrganisationResponse(
        organisation=organisation_message(organisation), api_key=api_key_message(key, whole_key)
    )


async def create_with_key(
    transaction: Transaction,
    keyring: Keyring,
    recorder: Recorder,
    organisation: records.Organisation,
    whole_key: str,
    roles: Sequence[Role.ValueType],
    caller: Caller,
) -> records.ApiKey:
    """Create an organisation with its first teams and its first API key, which may grant every role.

    Raises ORGANISATION_EXISTS.
    """
    organisation_id = organisation.organisation_id
    first_key = ApiKey(roles=roles, grantable_roles=grants.all_grantable(roles))
    key = prepare_api_key(keyring, whole_key, organisation_id, organisation.create_time, first_key)
    created = recorder.administrative_event(
        caller, "CreateOrganisation", organisation_id, organisation.revision, organisation_id=OPERATORS_ORGANISATION
    )
    teams = [
        keyring.sign(
            records.Team(organisation_id, number, name, slug, 1, organisation.create_time, organisation.create_time)
        )
        for number, (name, slug) in enumerate(FIRST_TEAMS.items(), 1)
    ]
    act = recorder.act(created, caller.request)
    await organisations.create(transaction, keyring.sign(organisation), teams, act)
    granted = recorder.administrative_event(
        caller, "CreateApiKey", key.id, key.revision, organisation_id=organisation_id
    )
    await keys.create_api_key(transaction, key, records.Act(granted))
    return key


async def get(context: Context, caller: Caller) -> Organisation:
    """Read the caller's organisation."""
    return organisation_message(await _read(context, caller))


async def list_organisations(context: Context, request: ListOrganisationsRequest) -> ListOrganisationsResponse:
    """Read a page of all organisations, by id. Raises ServiceError."""
    page = page_of(context.keyring, request, "organisations")
    rows = await organisations.page(context.database, after=page.after, size=page.limit)
    shown, next_page_token = page.cut(rows, lambda organisation: organisation.organisation_id)
    verified = await verified_rows(context.keyring, shown)
    return ListOrganisationsResponse(organisations=map(organisation_message, verified), next_page_token=next_page_token)


async def update(context: Context, request: UpdateOrganisationRequest, caller: Caller) -> Organisation:
    """Update the caller's organisation. Raises ServiceError."""
    checks.check_update_organisation(request)
    require_team(caller, None)
    present = await _read(context, caller)
    require_etag(request.organisation.etag, present.revision)
    merged = organisation_message(present)
    for name in request.update_mask.paths:
        field_masks.copy_field(request.organisation, merged, name)
    changed = context.keyring.sign(
        structs.replace(
            present,
            display_name=merged.display_name,
            update_time=context.watch.now(),
            revision=present.revision + 1,
            **_settings_of(merged),
        )
    )
    paths = ",".join(sorted(set(request.update_mask.paths)))
    act = context.administrative_act(caller, "UpdateOrganisation", paths, changed.revision)
    try:
        updated = await organisations.update(context.database, changed, present.revision, act)
    finally:
        # Other nodes get a notification. This node forgets the settings before it responds.
        context.forget_organisation(changed.organisation_id)
    if not updated:
        raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)
    return organisation_message(changed)


async def _read(context: Context, caller: Caller) -> records.Organisation:
    return await read_verified(context.database, context.keyring, caller.organisation_id)


class _Settings(TypedDict, total=False):
    """The columns of an organisation's settings. A row without one of them has its default."""

    kept_versions: int
    undelete_window: timedelta
    return_urls: Sequence[str]
    switchboard_callback_exchanges: bool


def _settings_of(organisation: Organisation) -> _Settings:
    """The settings that a checked message has."""
    settings = _Settings(
        return_urls=tuple(organisation.return_urls),
        switchboard_callback_exchanges=organisation.switchboard_callback_exchanges,
    )
    if organisation.kept_versions:
        settings["kept_versions"] = organisation.kept_versions
    if organisation.HasField("undelete_window"):
        settings["undelete_window"] = timedelta(seconds=organisation.undelete_window.seconds)
    return settings
